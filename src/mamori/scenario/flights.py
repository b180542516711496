"""The catalogue's ballistic classes with the likeliest of their numbers, for single flights."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from mamori.flight.model import FlightClasses
from mamori.flight.schema import BallisticFlight, FlightClass, QuasiBallisticFlight, flight_classes
from mamori.scenario.catalogue import read_catalogue
from mamori.world.quantity import Spread


def ballistic_classes() -> tuple[list[str], FlightClasses]:
    """Names of the catalogue's ballistic and quasi-ballistic classes, and their table with every spread at its mode."""
    adapter: TypeAdapter[FlightClass] = TypeAdapter(FlightClass)
    stages: Mapping[str, Any] = read_catalogue().sections
    sections = {name: adapter.validate_python(found["flight"]) for name, found in stages.items() if "flight" in found}
    kept = {
        name: _likeliest(section)
        for name, section in sections.items()
        if isinstance(section, BallisticFlight | QuasiBallisticFlight)
    }
    names = list(kept)
    return names, flight_classes(kept, names)


def _likeliest(section: BallisticFlight | QuasiBallisticFlight) -> BallisticFlight | QuasiBallisticFlight:
    numbers = {name: getattr(section, name) for name in type(section).model_fields}
    modes = {
        name: 0.5 * (number.low + number.high) if number.mode is None else number.mode
        for name, number in numbers.items()
        if isinstance(number, Spread)
    }
    return section.model_copy(update=modes)
