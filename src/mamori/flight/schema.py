"""What the user may write about a raid, and what the catalogue knows of how a class of threat flies or sails.

A catalogue class has its section `[name.flight]` (`FlightClass`); the scenario's `raid:` is a `RaidPart`.
"""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from mamori.errors import Fault, ScenarioError
from mamori.flight.model import FlightClasses
from mamori.language.message import COMMAS, joined, say
from mamori.records import ThreatKind
from mamori.world.quantity import (
    Latitude,
    Longitude,
    Number,
    Part,
    Place,
    Probability,
    Quantity,
    Spread,
    refusal,
    value,
)
from mamori.world.schema import Id

MinRange = Annotated[
    Number, Quantity("m", ge=0.0, le=15e6), Field(description="Shortest ground range from launch to aim, m")
]
MaxRange = Annotated[
    Number, Quantity("m", gt=0.0, le=15e6), Field(description="Longest ground range from launch to aim, m")
]
Speed = Annotated[Number, Quantity("m/s", ge=1.0, le=2000.0), Field(description="Speed along the path, m/s")]
Height = Annotated[
    Number, Quantity("m", ge=0.0, le=30e3), Field(description="Height above the ground that it flies at, m")
]
Slope = Annotated[Number, Quantity("deg", gt=0.0, le=89.0)]


class _Flight(Part):
    """What all kinds share."""

    min_range_m: MinRange = 0.0
    max_range_m: MaxRange
    p_launch: Annotated[
        Probability, Field(description="Probability that a launch succeeds; one that fails comes down where it began")
    ] = 1.0

    @model_validator(mode="after")
    def _band(self) -> "_Flight":
        low, high = _highest(self.min_range_m), _lowest(self.max_range_m)
        if low > high:
            raise refusal(
                "range_band", say("min_range_m must not exceed max_range_m: got {low} and {high}", low=low, high=high)
            )
        return self


Burn = Annotated[Number, Quantity("s", ge=0.0, le=600.0), Field(description="Length of the boost, s; 0: a shot")]


class BallisticFlight(_Flight):
    """A ballistic missile: a boost that pitches over smoothly, then free flight with drag."""

    kind: Literal["ballistic"]
    burn_s: Burn
    apogee_to_range_ratio: Annotated[
        Number,
        Quantity(gt=0.0, le=10.0),
        Field(description="Apogee as a share of the ground range: about 0.25 takes least energy, more is lofted"),
    ]
    max_apogee_m: Annotated[
        Number, Quantity("m", gt=0.0, le=2e7), Field(description="Highest apogee of the class, m")
    ] = 2e7
    ballistic_coefficient_kg_m2: Annotated[
        Number,
        Quantity("kg/m2", gt=0.0, le=1e6),
        Field(description="Mass over drag coefficient times area at Mach 5, kg/m2, after the boost"),
    ]
    boost_coefficient_kg_m2: Annotated[
        Number | None,
        Quantity("kg/m2", gt=0.0, le=1e6),
        Field(description="The same during the boost, kg/m2; as after it if left out"),
    ] = None


class QuasiBallisticFlight(_Flight):
    """A missile that flies low on its lift: a depressed arc, a pull-up, a shallow second arc and a dive."""

    kind: Literal["quasi-ballistic"]
    burn_s: Burn
    apogee_m: Annotated[Number, Quantity("m", gt=0.0, le=150e3), Field(description="Height of the first arc, m")]
    pull_up_m: Annotated[
        Number, Quantity("m", ge=0.0, le=100e3), Field(description="Height at which the fall from the apogee ends, m")
    ]
    lift_to_drag: Annotated[
        Number, Quantity(gt=0.0, le=20.0), Field(description="Lift over drag, mean after the boost: what slows it")
    ]
    impact_speed_m_s: Annotated[
        Number, Quantity("m/s", gt=0.0, le=4000.0), Field(description="Speed at the ground, m/s")
    ]


class _LevelFlight(_Flight):
    """Climb, flight at a height above the ground, straight dive onto the aim, all at one speed."""

    speed_m_s: Speed
    height_m: Height
    climb_angle_deg: Annotated[
        Slope,
        Field(description="Steepest climb and descent on the way, deg; ridges are cleared by climbing before them"),
    ] = 10.0
    dive_angle_deg: Annotated[
        Slope, Field(description="Angle of the last dive onto the aim, deg; more where a slope is in the way")
    ] = 20.0
    wander_m: Annotated[
        Number,
        Quantity("m", ge=0.0, le=50e3),
        Field(description="Standard deviation of its way to either side, m, drawn anew in each draw of aims"),
    ] = 0.0
    wander_every_m: Annotated[
        Number, Quantity("m", ge=1e3, le=1e6), Field(description="Length of way from one sideways turn to the next, m")
    ] = 30e3


class CruiseFlight(_LevelFlight):
    """A cruise missile."""

    kind: Literal["cruise"]


class DroneFlight(_LevelFlight):
    """A one-way drone."""

    kind: Literal["drone"]


class BoatFlight(_Flight):
    """An uncrewed boat: the shortest way over the sea, round the coast that the scenario gives."""

    kind: Literal["boat"]
    speed_m_s: Speed


FlightClass = Annotated[
    BallisticFlight | QuasiBallisticFlight | CruiseFlight | DroneFlight | BoatFlight, Field(discriminator="kind")
]
"""The section `[name.flight]` of a catalogue class."""


class AimKind(StrEnum):
    """Kinds of site that a group of threats may aim at."""

    SUBSTATION = "substation"
    POWER_PLANT = "power_plant"
    BATTERY = "battery"
    SENSOR = "sensor"
    COMMAND_POST = "command_post"
    PORT = "port"
    DISTRICT = "district"
    SERVICE = "service"


class WayPoint(Place):
    """A point that threats pass between launch and aim."""

    height_m: Annotated[
        float | None,
        Quantity("m", ge=0.0, le=30e3),
        Field(
            description="Height above the sea that they pass at least, m, as near as their climb lets them; where left "
            "out, their class's height above the ground"
        ),
    ] = None


class ThreatGroup(Part):
    """Threats of one class that are launched from one area, one after another."""

    model_config = ConfigDict(populate_by_name=True)

    id: Id
    class_name: Annotated[str, Field(alias="class", description="Class of the catalogue with a flight section")]
    count: Annotated[int, Field(ge=0, le=100_000, description="Number of threats; 0 for none")]
    launch_latitude_deg: Annotated[Latitude, Field(description="Middle of the launch area, latitude, deg")]
    launch_longitude_deg: Annotated[Longitude, Field(description="Middle of the launch area, longitude, deg")]
    launch_radius_m: Annotated[
        Number, Quantity("m", ge=0.0, le=50e3), Field(description="Launch points are drawn within this distance, m")
    ] = 0.0
    launch_s: Annotated[
        Number, Quantity("s", ge=0.0, le=30 * 86400.0), Field(description="First launch after the raid's zero hour, s")
    ] = 0.0
    interval_s: Annotated[
        Number, Quantity("s", ge=0.0, le=86400.0), Field(description="Time from one launch to the next, s")
    ] = 0.0
    jitter_s: Annotated[
        Number,
        Quantity("s", ge=0.0, le=86400.0),
        Field(description="Each launch is late by a time drawn between 0 and this, s"),
    ] = 0.0
    via: Annotated[
        tuple[WayPoint, ...],
        Field(description="Points that all of the group pass on their way, in order; not for ballistic classes"),
    ] = ()
    aims: Annotated[
        dict[AimKind, Annotated[float, Quantity(ge=0.0)]] | None,
        Field(description="Kinds of site aimed at, with their weights (shares of any sum); sites of a kind are drawn"),
    ] = None
    targets: Annotated[
        tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...] | None,
        Field(description="Ids of the sites or assets aimed at, used in turn"),
    ] = None

    @model_validator(mode="after")
    def _one_way_to_aim(self) -> "ThreatGroup":
        if (self.aims is None) == (self.targets is None):
            raise refusal("one_aim", say("must give either `aims` (kinds of site) or `targets` (ids), not both"))
        if self.aims is not None and not sum(self.aims.values()) > 0.0:
            raise refusal("aim_weights", say("`aims` must give at least one kind of site a weight above 0"))
        if self.targets is not None and not self.targets:
            raise refusal("no_target", say("`targets` must name at least one site or asset"))
        return self


class Variant(Part):
    """One way in which the raid may come."""

    id: Id
    weight: Annotated[
        float, Quantity(gt=0.0, le=1e9), Field(description="How likely against the other variants (a share of any sum)")
    ] = 1.0
    groups: Annotated[tuple[ThreatGroup, ...], Field(description="Groups of threats; none at all is legal")] = ()

    @model_validator(mode="after")
    def _unique(self) -> "Variant":
        _refuse_twins("groups", [group.id for group in self.groups])
        return self


class RaidPart(Part):
    """The scenario's `raid:`: a family of variants, one of which comes in each replica."""

    variants: Annotated[tuple[Variant, ...], Field(min_length=1, description="The ways in which the raid may come")]
    aim_draws: Annotated[
        int,
        Field(
            ge=1,
            le=10_000,
            description="Draws of aims and launch points of each variant; a replica picks one by luck. More take more "
            "time and memory before the first replica",
        ),
    ] = 4

    @model_validator(mode="after")
    def _unique(self) -> "RaidPart":
        _refuse_twins("variants", [variant.id for variant in self.variants])
        return self


def _refuse_twins(what: str, ids: Sequence[str]) -> None:
    twins = sorted({name for name in ids if ids.count(name) > 1})
    if twins:
        raise refusal(
            "twins", say("ids of {what} must be unique; twice or more: {names}", what=what, names=joined(twins, COMMAS))
        )


def _lowest(number: Number) -> float:
    return number.low if isinstance(number, Spread) else number


def _highest(number: Number) -> float:
    return number.high if isinstance(number, Spread) else number


def threat_kind(
    section: BallisticFlight | QuasiBallisticFlight | CruiseFlight | DroneFlight | BoatFlight,
) -> ThreatKind:
    """Kind of threat of a catalogue section."""
    return ThreatKind.BALLISTIC if section.kind == "quasi-ballistic" else ThreatKind[section.kind.upper()]


def reach_m(
    classes: Mapping[str, BallisticFlight | QuasiBallisticFlight | CruiseFlight | DroneFlight | BoatFlight],
    names: Sequence[str],
) -> dict[str, tuple[float, float]]:
    """Least and greatest ground range of each class, m, that it has whatever its spreads turn out to be."""
    return {name: (_highest(classes[name].min_range_m), _lowest(classes[name].max_range_m)) for name in names}


def wander(
    classes: Mapping[str, BallisticFlight | QuasiBallisticFlight | CruiseFlight | DroneFlight | BoatFlight],
    names: Sequence[str],
) -> dict[str, tuple[float, float]]:
    """Of each resolved class that wanders: the standard deviation to either side, and the way between turns, m."""
    sections = {name: classes[name] for name in names}
    found = {
        name: (value(section.wander_m), value(section.wander_every_m))
        for name, section in sections.items()
        if isinstance(section, CruiseFlight | DroneFlight)
    }
    return {name: numbers for name, numbers in found.items() if numbers[0] > 0.0}


def flight_classes(
    classes: Mapping[str, BallisticFlight | QuasiBallisticFlight | CruiseFlight | DroneFlight | BoatFlight],
    names: Sequence[str],
) -> FlightClasses:
    """Table of resolved classes, one row a name (in the order of `Threats.classes`).

    classes: flight section by class name; names: (M,) the rows wanted
    Raises ScenarioError if a name has no flight section.
    """
    known = say("Known are {known}.", known=joined(sorted(classes), COMMAS) or say("none"))
    faults = [Fault("raid.class", name, say("has no flight section"), known) for name in names if name not in classes]
    if faults:
        raise ScenarioError(faults)
    sections = [classes[name] for name in names]

    def column(field: str, default: float) -> list[float]:
        numbers = [getattr(section, field, default) for section in sections]
        return [value(default if number is None else number) for number in numbers]

    coefficient = np.array(column("ballistic_coefficient_kg_m2", math.inf), dtype=np.float64)
    boost = np.array(column("boost_coefficient_kg_m2", math.nan), dtype=np.float64)
    return FlightClasses(
        kind=np.array([threat_kind(section) for section in sections], dtype=np.int64),
        min_range_m=np.array(column("min_range_m", 0.0), dtype=np.float64),
        max_range_m=np.array(column("max_range_m", 0.0), dtype=np.float64),
        speed_m_s=np.array(column("speed_m_s", 0.0), dtype=np.float64),
        height_m=np.array(column("height_m", 0.0), dtype=np.float64),
        climb_rad=np.radians(np.array(column("climb_angle_deg", 45.0), dtype=np.float64)),
        dive_rad=np.radians(np.array(column("dive_angle_deg", 45.0), dtype=np.float64)),
        burn_s=np.array(column("burn_s", 0.0), dtype=np.float64),
        apogee_ratio=np.array(column("apogee_to_range_ratio", 0.0), dtype=np.float64),
        ballistic_coefficient_kg_m2=coefficient,
        boost_coefficient_kg_m2=np.where(np.isnan(boost), coefficient, boost),
        max_apogee_m=np.array(column("max_apogee_m", math.inf), dtype=np.float64),
        apogee_m=np.array(column("apogee_m", math.nan), dtype=np.float64),
        pull_up_m=np.array(column("pull_up_m", 0.0), dtype=np.float64),
        lift_to_drag=np.array(column("lift_to_drag", math.inf), dtype=np.float64),
        impact_speed_m_s=np.array(column("impact_speed_m_s", 0.0), dtype=np.float64),
        p_launch=np.array(column("p_launch", 1.0), dtype=np.float64),
    )
