"""What the catalogue may say about a class of shooter."""

from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter, model_validator

from mamori.language.message import say
from mamori.records import ThreatKind
from mamori.world.quantity import Number, Part, Probability, Quantity, Spread, refusal, value

KINDS = tuple(kind.name.lower() for kind in ThreatKind)

Seconds = Annotated[Number, Quantity("s", ge=0.0, le=30 * 86400.0)]
Shots = Annotated[int, Quantity("shots", ge=0, le=1_000_000)]
Loads = Annotated[int, Quantity("loads", ge=0, le=10_000)]
Salvo = Annotated[int, Quantity("shots", ge=1, le=100)]
Doctrine = Literal["shoot-look-shoot", "salvo", "salvo-look"]
Layer = Literal["guns", "craft", "jamming", "drones", "short-range", "medium-range", "lower-tier", "upper-tier"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
TIER: dict[Layer, int] = {layer: max(0, i - 2) for i, layer in enumerate(LAYERS)}
"""Who is lower than whom, for batteries that leave a threat to a lower tier: guns, craft and jamming are the lowest."""


class KillProbabilities(Part):
    """Single-shot kill probability by kind of threat; a kind that is left out is never engaged."""

    ballistic: Annotated[Probability | None, Field(description="Against a ballistic missile")] = None
    cruise: Annotated[Probability | None, Field(description="Against a cruise missile")] = None
    drone: Annotated[Probability | None, Field(description="Against a one-way drone")] = None
    boat: Annotated[Probability | None, Field(description="Against a boat")] = None

    @model_validator(mode="after")
    def _engages_something(self) -> "KillProbabilities":
        if all(getattr(self, kind) is None for kind in KINDS):
            raise refusal("no_kind", say("must name at least one of ballistic, cruise, drone, boat"))
        return self


class SalvoSizes(Part):
    """Shots fired together at one threat, by kind."""

    ballistic: Annotated[Salvo, Field(description="At a ballistic missile")] = 1
    cruise: Annotated[Salvo, Field(description="At a cruise missile")] = 1
    drone: Annotated[Salvo, Field(description="At a one-way drone")] = 1
    boat: Annotated[Salvo, Field(description="At a boat")] = 1


class Envelope(Part):
    """Where an intercept is possible against one kind of threat; what is left out is as for all kinds."""

    min_range_m: Annotated[
        Number | None, Quantity("m", ge=0.0), Field(description="Nearest slant range of an intercept, m")
    ] = None
    max_range_m: Annotated[
        Number | None, Quantity("m", gt=0.0, le=5e6), Field(description="Farthest slant range of an intercept, m")
    ] = None
    min_height_m: Annotated[
        Number | None, Quantity("m", ge=-1000.0), Field(description="Lowest height of an intercept above the ground, m")
    ] = None
    max_height_m: Annotated[
        Number | None, Quantity("m", le=5e6), Field(description="Greatest height of an intercept above the ground, m")
    ] = None


class Envelopes(Part):
    """Envelopes of their own by kind of threat."""

    ballistic: Annotated[Envelope, Field(description="Against ballistic missiles")] = Envelope()
    cruise: Annotated[Envelope, Field(description="Against cruise missiles")] = Envelope()
    drone: Annotated[Envelope, Field(description="Against one-way drones")] = Envelope()
    boat: Annotated[Envelope, Field(description="Against boats")] = Envelope()


class FlyOut(Part):
    """A row of a table of fly-out times."""

    range_m: Annotated[float, Quantity("m", gt=0.0, le=5e6), Field(description="Slant range, m")]
    time_s: Annotated[float, Quantity("s", gt=0.0), Field(description="Time from the launch to it, s")]


class Conditions(Part):
    """The night of the raid, as far as those who fly and sail against it feel it."""

    is_night: Annotated[bool, Field(description="Whether it is dark")] = False
    is_bad_weather: Annotated[bool, Field(description="Whether wind, icing, rain or fog hinders small aircraft")] = (
        False
    )
    sea_state: Annotated[
        int,
        Quantity("", ge=0, le=9),
        Field(description="Sea state, 0 (calm) to 9 (phenomenal), as WMO code 3700 has it"),
    ] = 0


class BatteryClass(Part):
    """A class of shooter: a missile battery, a gun post, a team with interceptor drones, a patrol craft."""

    layer: Annotated[
        Layer, Field(description="Layer of the defence that it belongs to, for tables and for who is lower than whom")
    ] = "short-range"
    p_kill: Annotated[KillProbabilities, Field(description="Probability that one shot stops the threat, by kind")]
    min_range_m: Annotated[
        Number, Quantity("m", ge=0.0), Field(description="Nearest slant range of an intercept, m")
    ] = 0.0
    max_range_m: Annotated[
        Number, Quantity("m", gt=0.0, le=5e6), Field(description="Farthest slant range of an intercept, m")
    ]
    min_height_m: Annotated[
        Number,
        Quantity("m", ge=-1000.0),
        Field(description="Lowest height of an intercept above the ellipsoid, m"),
    ] = -1000.0
    max_height_m: Annotated[
        Number, Quantity("m", le=5e6), Field(description="Greatest height of an intercept above the ellipsoid, m")
    ]
    needs_line_of_sight: Annotated[
        bool, Field(description="Whether the intercept must lie above the battery's own horizon (over a smooth Earth)")
    ] = True
    sector_deg: Annotated[
        Number,
        Quantity("deg", gt=0.0, le=360.0),
        Field(description="Width of the sector in which it can intercept, around the battery's boresight, deg"),
    ] = 360.0
    envelope: Annotated[Envelopes, Field(description="What of the envelope differs by kind of threat")] = Envelopes()
    interceptor_speed_m_s: Annotated[
        Number | None,
        Quantity("m/s", gt=0.0, le=20e3),
        Field(description="Mean speed from the battery to the point of intercept, m/s; or give fly_out"),
    ] = None
    fly_out: Annotated[
        tuple[FlyOut, ...],
        Field(description="Times of fly-out by slant range, both rising, from the first row on; from 0 s at 0 m to it"),
    ] = ()
    climb_m_s: Annotated[
        Number | None,
        Quantity("m/s", gt=0.0),
        Field(description="Climb of an interceptor drone, m/s: it takes at least the climb; any where left out"),
    ] = None
    endurance_s: Annotated[
        Seconds | None,
        Field(description="Time that what it sends can stay out, s, the way back included if it returns"),
    ] = None
    attempts: Annotated[
        int,
        Quantity("attempts", ge=1, le=20),
        Field(description="Attempts of one interceptor drone or craft in a sortie"),
    ] = 1
    p_kill_at_range: Annotated[
        Probability, Field(description="Share of its kill probability that a shot has at the greatest range")
    ] = 1.0
    p_kill_at_height: Annotated[
        Probability, Field(description="Share of its kill probability that a shot has at the greatest height")
    ] = 1.0
    p_kill_crossing: Annotated[
        Probability, Field(description="Share of its kill probability that a shot has at a threat that crosses")
    ] = 1.0
    p_kill_at_night: Annotated[
        Probability, Field(description="Share of its kill probability that is left at night")
    ] = 1.0
    p_kill_bad_weather: Annotated[
        Probability, Field(description="Share of its kill probability that is left in bad weather")
    ] = 1.0
    max_sea_state: Annotated[
        int, Quantity("", ge=0, le=9), Field(description="Highest sea state in which it sails")
    ] = 9
    slower_by_sea_state: Annotated[
        Number, Quantity("", ge=0.0, le=0.11), Field(description="Share of its speed that each sea state takes away")
    ] = 0.0
    needs_radar_track: Annotated[
        bool,
        Field(
            description="Whether it shoots at the track of a radar only; else a cue of microphones, lookouts or launch "
            "warning is enough, and its own sights do the rest"
        ),
    ] = False
    needs_sigma_m: Annotated[
        Number | None,
        Quantity("m", gt=0.0),
        Field(description="Greatest position error (one look, m) of a sensor whose tracks it can use; any if left out"),
    ] = None
    backup_s: Annotated[
        Seconds | None,
        Field(description="How long it acts once the bus that feeds it is lost, s; for good if left out"),
    ] = None
    reaction_s: Annotated[Seconds, Field(description="From a usable track to the first launch at that threat, s")]
    channels: Annotated[
        int,
        Quantity("threats", ge=0, le=1000),
        Field(description="Threats that it can engage at the same time (drones, craft or guns that act alone)"),
    ]
    magazine: Annotated[Shots, Field(description="Shots ready to fire in one load")]
    reloads: Annotated[Loads, Field(description="Further full loads held at the battery")] = 0
    reload_s: Annotated[Seconds, Field(description="Time to bring up the next load, once the last is spent, s")] = 0.0
    shots_per_salvo: Annotated[
        Salvo | SalvoSizes, Field(description="Shots fired together at one threat: one number, or by kind")
    ] = 1
    assess_s: Annotated[
        Seconds,
        Field(description="From the intercept until it is known whether the threat is stopped, s; the channel waits"),
    ]
    p_kill_unseen: Annotated[
        Probability,
        Field(description="Probability that the look after a salvo takes a kill for a miss: it shoots again"),
    ] = 0.0
    p_miss_unseen: Annotated[
        Probability,
        Field(description="Probability that the look after a salvo takes a miss for a kill: nobody shoots at it again"),
    ] = 0.0
    doctrine: Annotated[
        Doctrine,
        Field(
            description="shoot-look-shoot: one shot, a look, the next; salvo: shots_per_salvo at once and never again "
            "at that threat; salvo-look: shots_per_salvo at once, a look, and again"
        ),
    ] = "salvo-look"
    leaves_to_lower: Annotated[
        bool,
        Field(description="Whether it holds its fire while a lower tier has a shot and a launch at the threat ahead"),
    ] = False
    ballistic_reserve: Annotated[Shots, Field(description="Shots that it keeps for ballistic missiles")] = 0
    returns: Annotated[
        bool,
        Field(description="Whether the channel stays busy until what was sent is back at base: drone teams, craft"),
    ] = False
    turnaround_s: Annotated[Seconds, Field(description="From the return to the next departure, s")] = 0.0
    cost_per_shot_eur: Annotated[Number, Quantity("eur", ge=0.0), Field(description="Notional cost of one shot, EUR")]

    @model_validator(mode="after")
    def _in_order(self) -> "BatteryClass":
        for kind in KINDS:
            limits = envelope_of(self, kind)
            for what in ("range_m", "height_m"):
                low, high = limits[f"min_{what}"], limits[f"max_{what}"]
                if _end(low, "high") >= _end(high, "low"):
                    raise refusal(
                        "limits_order",
                        say(
                            "{low} must be less than {high} at every end of a spread",
                            low=f"min_{what}",
                            high=f"max_{what}",
                        ),
                    )
        return self

    @model_validator(mode="after")
    def _flies(self) -> "BatteryClass":
        if (self.interceptor_speed_m_s is None) == (not self.fly_out):
            raise refusal("fly_out", say("must have either interceptor_speed_m_s or fly_out"))
        rows = [(0.0, 0.0), *((row.range_m, row.time_s) for row in self.fly_out)]
        if any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(rows)):
            raise refusal("fly_out_order", say("ranges and times of fly_out must rise from row to row"))
        return self


def _end(number: Number, which: Literal["low", "high"]) -> float:
    return float(getattr(number, which)) if isinstance(number, Spread) else float(number)


LIMITS = ("min_range_m", "max_range_m", "min_height_m", "max_height_m")


def envelope_of(section: BatteryClass, kind: str) -> dict[str, Number]:
    """Limits of the envelope against one kind of threat, by name."""
    own = getattr(section.envelope, kind)
    return {name: getattr(section if getattr(own, name) is None else own, name) for name in LIMITS}


def fly_out_table(section: BatteryClass, sea_state: int) -> list[tuple[float, float]]:
    """Table of range and time, from 0 on."""
    slower = 1.0 - sea_state * value(section.slower_by_sea_state)
    if section.interceptor_speed_m_s is None:
        rows = [(row.range_m, row.time_s / slower) for row in section.fly_out]
    else:
        rows = [(1.0, 1.0 / (value(section.interceptor_speed_m_s) * slower))]
    return [(0.0, 0.0), *rows]


def longest_s(section: BatteryClass) -> float:
    if section.endurance_s is None:
        return float("inf")
    return value(section.endurance_s) * (0.5 if section.returns else 1.0)


def or_inf(number: Number | None) -> float:
    return float("inf") if number is None else value(number)


DEFENCE_SECTION: TypeAdapter[BatteryClass] = TypeAdapter(BatteryClass)
"""Validates the `defence` section of a class in the catalogue: `DEFENCE_SECTION.validate_python(section)`."""
