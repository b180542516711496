"""The parts of a scenario that a table may give, with the fields that its columns may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field

from mamori.defence.schema import Battery, CommandPost
from mamori.flight.schema import ThreatGroup
from mamori.grid.schema import BusSite
from mamori.language.message import noun
from mamori.recovery.schema import Crews, SpareKind
from mamori.scenario.fields import Spot, fields, spot
from mamori.sensing.schema import Sensor
from mamori.services.schema import ServiceSite
from mamori.world.quantity import Number, Part, Place, Quantity, Spread
from mamori.world.schema import District, Id, Port

ANGLES = ("latitude_deg", "longitude_deg", "launch_latitude_deg", "launch_longitude_deg")
AIMS = "aims."


class Spare(Part):
    """Spare parts of one kind in stock."""

    kind: Annotated[SpareKind, Field(description="Kind of spare part")]
    count: Annotated[int, Quantity("parts", ge=0, le=1_000_000), Field(description="Parts in stock")]


class Shelter(Place):
    """One shelter: mamori knows how many of a district's people find room, not the shelter itself."""

    id: Id
    places: Annotated[int, Quantity("people", ge=0), Field(description="People who find room in it")]
    district: Annotated[
        str | None,
        Field(coerce_numbers_to_str=True, description="Id or code of its district; the nearest one where left out"),
    ] = None


class Feeder(Part):
    """One feeder: mamori knows one of each bus, which stands for all that the table has there."""

    id: Id
    bus: Annotated[str, Field(coerce_numbers_to_str=True, min_length=1, description="Id of the bus that it hangs on")]
    district: Annotated[
        str | None, Field(coerce_numbers_to_str=True, description="Id or code of the district that it serves")
    ] = None
    load_mw: Annotated[Number | None, Quantity("MW", ge=0.0), Field(description="Demand that it carries, MW")] = None


class Aside(Part):
    """What is checked like a part of the scenario and then put into other parts."""

    spares: tuple[Spare, ...] = ()
    shelters: tuple[Shelter, ...] = ()
    feeders: tuple[Feeder, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of table.

    at: where its list stands in the scenario, () for what is put into other parts
    model: of a row; said: what its rows are called; also: units of columns that other fields are made from
    like: fields that the words of another field name here too
    """

    name: str
    at: tuple[str, ...]
    model: type[BaseModel]
    said: tuple[str, str]
    also: Mapping[str, str] = field(default_factory=dict)
    like: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def spots(self) -> dict[str, Spot]:
        """Fields that a cell can give, by name; those inside a number that is not known as `radius_m.low`."""
        found: dict[str, Spot] = {}
        top = spot(self.model)
        for name in fields(self.model):
            below = top.below(name)
            if below is None:
                continue
            if below.is_open:
                found |= {f"{AIMS}{kind}": below.entry for kind in _keys(below) if below.entry}
            else:
                found[name] = below
        return found

    @property
    def is_place(self) -> bool:
        return issubclass(self.model, Place)

    @property
    def columns(self) -> list[str]:
        """All fields that a column may give."""
        own = [*self.spots, *self.also, *(["coordinates"] if self.is_place else [])]
        return [
            *own,
            *(f"{name}.{end}" for name, below in self.spots.items() if Spread in below.types for end in _ENDS),
        ]

    @property
    def needed(self) -> list[str]:
        """Fields without which a row is none; an id can be made, but for that of a bus."""
        can_be_made = () if self.model is BusSite else ("id",)
        return [name for name, info in fields(self.model).items() if info.is_required() and name not in can_be_made]

    def unit(self, name: str) -> str:
        """Unit in which the field is kept, "" for a pure number or text."""
        if name in self.also:
            return self.also[name]
        below = self._spot(name)
        return below.quantity.unit if below is not None and below.quantity else ""

    def is_number(self, name: str) -> bool:
        """Whether the field takes a number."""
        if name in self.also:
            return name != "variant"
        below = self._spot(name)
        return below is not None and (float in below.types or int in below.types)

    def _spot(self, name: str) -> Spot | None:
        return self.spots.get(name.rpartition(".")[0] if name.endswith(_SUFFIXES) else name)

    def is_whole(self, name: str) -> bool:
        """Whether the field takes whole numbers only."""
        below = self.spots.get(name)
        return below is not None and int in below.types and float not in below.types

    def is_list(self, name: str) -> bool:
        """Whether the field takes several entries."""
        return name in self.spots and self.spots[name].is_list

    def about(self, name: str) -> str:
        """What the field means."""
        text = self.spots[name].text if name in self.spots else ""
        return text or name.replace("_", " ")


_ENDS = ("low", "mode", "high")
_SUFFIXES = tuple(f".{end}" for end in _ENDS)


def _keys(below: Spot) -> list[str]:
    for kind in below.types:
        arguments = get_args(kind)
        if len(arguments) == 2:
            return [str(member) for member in arguments[0]]
    return []


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("sites", ("grid", "sites"), BusSite, noun("site of a bus", "sites of buses"), like={"id": "bus"}),
        Kind(
            "districts",
            ("world", "districts"),
            District,
            noun("district", "districts"),
            {"area_m2": "m2", "density_km2": "people/km2"},
            {"name": "district"},
        ),
        Kind("ports", ("world", "ports"), Port, noun("port", "ports")),
        Kind("services", ("services", "sites"), ServiceSite, noun("service", "services")),
        Kind("sensors", ("sensing", "sensors"), Sensor, noun("sensor", "sensors")),
        Kind("command_posts", ("defence", "command_posts"), CommandPost, noun("command post", "command posts")),
        Kind("batteries", ("defence", "batteries"), Battery, noun("battery", "batteries")),
        Kind(
            "raid",
            ("raid", "variants"),
            ThreatGroup,
            noun("group of threats", "groups of threats"),
            {"variant": "", "variant_weight": ""},
        ),
        Kind("crews", ("recovery", "crews"), Crews, noun("depot of crews", "depots of crews")),
        Kind("spares", (), Spare, noun("kind of spare part", "kinds of spare part")),
        Kind("shelters", (), Shelter, noun("shelter", "shelters")),
        Kind("feeders", (), Feeder, noun("feeder", "feeders")),
    )
}

PartName = Literal[
    "sites", "districts", "ports", "services", "sensors", "command_posts", "batteries", "raid", "crews", "spares",
    "shelters", "feeders", "none",
]  # fmt: skip
"""What a mapping may say that a table holds."""
