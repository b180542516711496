"""What the user may write about recovery: crews with their depots, spare parts, and how repairs are chosen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.records import Floats, Ints
from mamori.recovery.model import CrewTable
from mamori.world.quantity import Number, Part, Place, Quantity, refusal, value
from mamori.world.schema import Id

SpareKind = Literal["switchgear", "transformer", "distribution-transformer", "generator-part"]

SPARE_KINDS: tuple[str, ...] = ("switchgear", "transformer", "distribution-transformer", "generator-part")
"""Kinds of spare part in the order of `State.spares` and `Damage.spare_i`."""


class Crews(Place):
    """Crews of repairers that share a depot. Each job takes one crew, which sets out from its depot."""

    id: Id
    count: Annotated[int, Quantity("crews", ge=0, le=10_000), Field(description="Crews at this depot")] = 1
    speed_km_h: Annotated[
        Number,
        Quantity("km/h", gt=0.0, le=300.0),
        Field(description="Speed on the way to a job, km/h (50: assumption, heavy vehicles on country roads)"),
    ] = 50.0
    working_share: Annotated[
        Number,
        Quantity(gt=0.0, le=1.0),
        Field(
            description="Share of the clock that a crew at a job works: 1 where shifts relieve each other, "
            "0.5 for twelve hours a day (1: assumption, emergency working)"
        ),
    ] = 1.0


class RecoveryPart(Part):
    """How the country mends itself after the raid."""

    days: Annotated[int, Quantity("days", ge=1, le=60), Field(description="Days that the recovery is followed")] = 7
    crews: Annotated[tuple[Crews, ...], Field(description="Crews by depot; none: nothing is mended")] = ()
    crews_file: Annotated[
        str | None,
        Field(description="CSV file with more depots of crews, relative to the scenario file; columns as their fields"),
    ] = None
    spares: Annotated[
        dict[SpareKind, Annotated[int, Quantity("parts", ge=0, le=1_000_000)]],
        Field(default_factory=dict, description="Spare parts in stock by kind; a kind that is left out has none"),
    ]
    assessment_h: Annotated[
        Number,
        Quantity("h", ge=0.0, le=720.0),
        Field(
            description="Hours from an impact until a crew may set out to what it broke: fire, unexploded "
            "ordnance, inspection (3: assumption)"
        ),
    ] = 3.0
    detour_factor: Annotated[
        Number,
        Quantity(ge=1.0, le=5.0),
        Field(description="Length of the road over the great circle (1.3: assumption, an ordinary road network)"),
    ] = 1.3
    candidates: Annotated[
        int,
        Quantity("repairs", ge=1, le=100),
        Field(description="How many of the best-ranked repairs are solved exactly before one is chosen"),
    ] = 3

    @model_validator(mode="after")
    def _each_depot_once(self) -> "RecoveryPart":
        again = [name for name, count in Counter(crews.id for crews in self.crews).items() if count > 1]
        if again:
            raise refusal(
                "id_twice",
                say("crews must have ids that differ: {ids} stand more than once", ids=joined(again, COMMAS)),
            )
        return self


def crew_table(crews: Sequence[Crews], detour_factor: Number) -> CrewTable:
    """Arrays of the crews, one row a crew: `north` with two crews gives `north.1` and `north.2`.

    crews, detour_factor: of the `RecoveryPart`, spreads drawn
    """
    rows = [(f"{depot.id}.{n}", depot) for depot in crews for n in range(1, depot.count + 1)]

    def column(values: Sequence[float]) -> Floats:
        return np.array(values, dtype=np.float64)

    return CrewTable(
        id=tuple(name for name, _ in rows),
        key=np.array([entity_key(name) for name, _ in rows], dtype=np.int64),
        latitude_rad=np.radians(column([depot.latitude_deg for _, depot in rows])),
        longitude_rad=np.radians(column([depot.longitude_deg for _, depot in rows])),
        pace_h_km=column([value(detour_factor) / value(depot.speed_km_h) for _, depot in rows]),
        working_share=column([value(depot.working_share) for _, depot in rows]),
    )


def spare_stock(spares: Mapping[str, int], kinds: Sequence[str] = SPARE_KINDS) -> Ints:
    """(R,) parts in stock by kind, in the order of `kinds`: the start of `State.spares`."""
    return np.array([spares.get(kind, 0) for kind in kinds], dtype=np.int64)
