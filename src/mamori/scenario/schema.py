"""The whole scenario: each stage's part, the run, and the classes of the catalogue that it uses."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from mamori.damage.schema import DamageClass, DamagePart
from mamori.defence.schema import BatteryClass, DefencePart
from mamori.flight.schema import FlightClass, RaidPart
from mamori.grid.schema import GridPart
from mamori.language.message import say
from mamori.outages.schema import OutagesPart
from mamori.recovery.schema import RecoveryPart
from mamori.sensing.schema import ConditionsPart, SensingSection, Sensor
from mamori.services.schema import ServiceClass, ServicesPart
from mamori.tracking.schema import TrackingPart
from mamori.warning.schema import WarningPart
from mamori.world.quantity import Number, Part, Quantity, refusal
from mamori.world.schema import WorldPart

SCHEMA_VERSION = 1
MOST_REPLICAS = 100_000_000


def _file_name(name: str) -> str:
    if not re.fullmatch(r"[\w][\w .-]*", name):
        raise refusal("name", say("must begin with a letter or digit and hold letters, digits, spaces, . - _ only"))
    return name


def _rising(sizes: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(sizes)):
        raise refusal("order", say("must rise from each to the next"))
    return sizes


RaidSize = Annotated[float, Quantity(gt=0.0, le=10.0)]


class RunPart(Part):
    """How much luck is drawn."""

    seed: Annotated[
        int, Quantity(ge=0, le=2**63 - 1), Field(description="Seed of all luck: the same seed, the same result")
    ] = 1
    replicas: Annotated[
        int,
        Quantity(ge=1, le=MOST_REPLICAS),
        Field(description="How often the raid is followed, each time with new luck, all worlds together"),
    ] = 1000
    worlds: Annotated[
        int,
        Quantity(ge=1, le=1_000_000),
        Field(
            description="How often the numbers that are not known ({low, high}) are drawn; "
            "the replicas are shared among the worlds"
        ),
    ] = 1
    raid_sizes: Annotated[
        tuple[RaidSize, ...],
        AfterValidator(_rising),
        Field(
            max_length=100,
            description="Sizes at which the fight alone is followed too, 1 being the raid as written, so that it shows "
            "from where on more comes through; rising; none for leaving that out",
        ),
    ] = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)

    protection_replicas: Annotated[
        int,
        Quantity(ge=0, le=MOST_REPLICAS),
        Field(
            description="How many of the replicas are also followed with each of the protective measures; 0 for none. "
            "It changes no result of the run itself"
        ),
    ] = 40


class SensingPart(Part):
    """The scenario's `sensing:`."""

    sensors: Annotated[tuple[Sensor, ...], Field(description="Every sensor; none at all is legal")] = ()
    sensors_file: Annotated[
        str | None,
        Field(description="CSV file with more sensors, relative to the scenario file; columns as a sensor's fields"),
    ] = None
    conditions: Annotated[ConditionsPart, Field(description="Air and light, for eyes, ears and satellites")] = (
        ConditionsPart()
    )


def _plain(item: Any) -> Any:
    """YAML data without the marks of where they stood."""
    if isinstance(item, dict):
        return {str(name): _plain(entry) for name, entry in item.items()}
    return [_plain(entry) for entry in item] if isinstance(item, list) else item


class ProtectiveMeasure(Part):
    """Something that could be done before the raid, followed on the same luck to see what it would have saved."""

    id: Annotated[
        str,
        Field(min_length=1, max_length=100, description="Short name, also of its folder"),
        AfterValidator(_file_name),
    ]
    title: Annotated[str, Field(description="What is done, one line for people")] = ""
    changes: Annotated[
        dict[str, Any],
        Field(
            alias="set",
            min_length=1,
            description="What it changes: values by path, as `--set` takes them, such as "
            "`defence.batteries[class=gun-post-notional].magazine: 60`; neither the raid nor the run",
        ),
        AfterValidator(_plain),
    ]
    cost_eur: Annotated[
        Number | None, Quantity("EUR", ge=0.0), Field(description="What it costs, EUR; left out: not known")
    ] = None
    assumption: Annotated[str, Field(description="Where the cost comes from, and what the measure leaves out")] = ""


class Classes(Part):
    """Classes of the catalogue that a scenario uses, stage by stage, by name."""

    flight: dict[str, FlightClass] = Field(default_factory=dict)
    sensing: dict[str, SensingSection] = Field(default_factory=dict)
    defence: dict[str, BatteryClass] = Field(default_factory=dict)
    damage: dict[str, DamageClass] = Field(default_factory=dict)
    services: dict[str, ServiceClass] = Field(default_factory=dict)


SECTIONS: dict[str, TypeAdapter[Any]] = {
    "flight": TypeAdapter(FlightClass),
    "sensing": TypeAdapter(SensingSection),
    "defence": TypeAdapter(BatteryClass),
    "damage": TypeAdapter(DamageClass),
    "services": TypeAdapter(ServiceClass),
}
"""What validates the section of a class, by stage."""


class ClassSections(Part):
    """One class of the catalogue as it stands in a file: a section for each stage that it concerns."""

    flight: Annotated[FlightClass | None, Field(description="How it flies")] = None
    sensing: Annotated[
        SensingSection | None, Field(description="How it looks and sounds to sensors, or how it looks for threats")
    ] = None
    defence: Annotated[BatteryClass | None, Field(description="How it shoots")] = None
    damage: Annotated[
        DamageClass | None, Field(description="What it breaks, how it breaks, or what it protects from")
    ] = None
    services: Annotated[ServiceClass | None, Field(description="What it serves people with")] = None


class _Parts(Part):
    """What a scenario and its file have in common."""

    schema_version: Annotated[Literal[1], Field(description="Version of this layout")]
    name: Annotated[
        str,
        Field(min_length=1, max_length=100, description="Short name; run folders are called by it"),
        AfterValidator(_file_name),
    ]
    title: Annotated[str, Field(description="One line for people")] = ""
    description: Annotated[str, Field(description="What it is about, and what is assumed")] = ""
    start: Annotated[
        AwareDatetime,
        Field(
            description="The raid's zero hour, from which all its times count, with the country's offset from UTC: "
            "the hour as written is the local one, at which demand, sun and wind are taken"
        ),
    ] = datetime(2027, 1, 15, 18, tzinfo=UTC)
    run: Annotated[RunPart, Field(description="Seed, replicas, worlds")] = RunPart()
    raid: Annotated[RaidPart, Field(description="What comes: variants of the raid, their groups of threats and aims")]
    world: Annotated[WorldPart, Field(description="Districts of people, ports, the coast")] = WorldPart()
    sensing: Annotated[SensingPart, Field(description="Sensors")] = SensingPart()
    tracking: Annotated[TrackingPart, Field(description="When detections become a track")] = TrackingPart()
    warning: Annotated[WarningPart, Field(description="When people are warned, and what they do")] = WarningPart()
    defence: Annotated[DefencePart, Field(description="Batteries, command posts, rules of engagement")] = DefencePart()
    damage: Annotated[DamagePart, Field(description="What impacts break, what protects, what was broken before")] = (
        DamagePart()
    )
    grid: Annotated[GridPart, Field(description="The power grid")] = GridPart()
    services: Annotated[ServicesPart, Field(description="Hospitals, water works, heat plants, telecom nodes")] = (
        ServicesPart()
    )
    recovery: Annotated[RecoveryPart, Field(description="Crews, spare parts, order of repair")] = (
        RecoveryPart.model_validate({})
    )
    outages: Annotated[OutagesPart, Field(description="Rolling outages")] = OutagesPart()
    protective_measures: Annotated[
        tuple[ProtectiveMeasure, ...],
        Field(description="Measures whose worth is ranked: each is followed alone, on the same luck"),
    ] = ()


class Scenario(_Parts):
    """A scenario as loaded: everything that it extends merged in, tables read, classes looked up."""

    built_on: Annotated[
        tuple[str, ...], Field(description="What it was built on by `extends`, the nearest first; written by mamori")
    ] = ()
    classes: Annotated[Classes, Field(description="The classes of the catalogue that it uses")] = Classes()


class ScenarioFile(_Parts):
    """A scenario as it stands in a file."""

    extends: Annotated[
        str | None, Field(description="Another scenario file, or the name of a built-in one, that this one changes")
    ] = None
    replaces: Annotated[
        tuple[str, ...],
        Field(
            description="Parts of what it extends that this file does not take over, such as world.districts: without "
            "it, lists merge by id"
        ),
    ] = ()
    built_on: Annotated[
        tuple[str, ...], Field(description="What it was built on by `extends`, the nearest first; written by mamori")
    ] = ()
    catalogue: Annotated[
        dict[str, ClassSections],
        Field(description="Classes of your own, or what you change in the catalogue's: class, stage, field"),
    ] = Field(default_factory=dict)
