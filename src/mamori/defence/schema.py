"""What the user may write about defence: shooters, command posts, rules; and the catalogue's classes of shooter."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Literal, get_args

import numpy as np
from pydantic import Field, TypeAdapter, model_validator

from mamori.defence.battle.arrays import Engage
from mamori.defence.model import BatteryTable, CommandPostTable, DefenceRules
from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.records import Floats, Ints, ThreatKind
from mamori.world.quantity import Number, Part, Place, Probability, Quantity, Spread, refusal, value
from mamori.world.schema import Id

KINDS = tuple(kind.name.lower() for kind in ThreatKind)

Seconds = Annotated[Number, Quantity("s", ge=0.0, le=30 * 86400.0)]
Shots = Annotated[int, Quantity("shots", ge=0, le=1_000_000)]
Loads = Annotated[int, Quantity("loads", ge=0, le=10_000)]
Salvo = Annotated[int, Quantity("shots", ge=1, le=100)]
Doctrine = Literal["shoot-look-shoot", "salvo", "salvo-look"]
Layer = Literal["guns", "craft", "jamming", "drones", "short-range", "medium-range", "lower-tier", "upper-tier"]
ENGAGE = {"first-come": Engage.FIRST_COME, "worth": Engage.WORTH, "rolling": Engage.ROLLING}
LAYERS: tuple[Layer, ...] = get_args(Layer)
TIER: dict[Layer, int] = {layer: max(0, i - 2) for i, layer in enumerate(LAYERS)}
"""Who is lower than whom, for batteries that leave a threat to a lower tier: guns, craft and jamming are the lowest."""
Correlation = Annotated[Number, Quantity(ge=0.0, le=1.0)]


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


def _fly_out(section: BatteryClass, sea_state: int) -> list[tuple[float, float]]:
    """Table of range and time, from 0 on."""
    slower = 1.0 - sea_state * value(section.slower_by_sea_state)
    if section.interceptor_speed_m_s is None:
        rows = [(row.range_m, row.time_s / slower) for row in section.fly_out]
    else:
        rows = [(1.0, 1.0 / (value(section.interceptor_speed_m_s) * slower))]
    return [(0.0, 0.0), *rows]


def _longest_s(section: BatteryClass) -> float:
    if section.endurance_s is None:
        return float("inf")
    return value(section.endurance_s) * (0.5 if section.returns else 1.0)


def _or_inf(number: Number | None) -> float:
    return float("inf") if number is None else value(number)


DEFENCE_SECTION: TypeAdapter[BatteryClass] = TypeAdapter(BatteryClass)
"""Validates the `defence` section of a class in the catalogue: `DEFENCE_SECTION.validate_python(section)`."""


class Battery(Place):
    """One shooter, at its base."""

    id: Id
    class_name: Annotated[str, Field(alias="class", description="Its class in the catalogue")]
    height_m: Annotated[
        Number,
        Quantity("m", ge=-500.0, le=10e3),
        Field(description="Height of its own sights above the ellipsoid, m; for the horizon"),
    ] = 10.0
    boresight_deg: Annotated[
        float | None,
        Quantity("deg", ge=-360.0, le=360.0),
        Field(description="Bearing of the middle of its sector, deg clockwise from north"),
    ] = None
    bus: Annotated[
        str | None,
        Field(
            coerce_numbers_to_str=True,
            description="Bus of the grid that feeds it: with its switchyard lost it acts as long as its backup lasts",
        ),
    ] = None
    magazine: Annotated[Shots | None, Field(description="Ready shots; its class's number where left out")] = None
    reloads: Annotated[Loads | None, Field(description="Further full loads; its class's number where left out")] = None
    doctrine: Annotated[Doctrine | None, Field(description="Its doctrine; that of all or its class where left out")] = (
        None
    )
    leaves_to_lower: Annotated[
        bool | None, Field(description="Whether it leaves threats to a lower tier; as its class where left out")
    ] = None
    ballistic_reserve: Annotated[
        Shots | None, Field(description="Shots kept for ballistic missiles; its class's number where left out")
    ] = None
    sensors: Annotated[
        tuple[str, ...],
        Field(description="Ids of its own sensors: their tracks serve it without latency and without a command post"),
    ] = ()
    command_post: Annotated[
        str | None,
        Field(
            coerce_numbers_to_str=True,
            description="Post that hands it every sensor's tracks while the post lives; none for own sensors only",
        ),
    ] = None


class CommandPost(Place):
    """A place where the tracks of all sensors meet and are handed to batteries."""

    id: Id


class KillCorrelation(Part):
    """Correlation of the outcomes of two shots at threats of one kind in one raid, beyond what saturation causes."""

    ballistic: Annotated[Correlation, Field(description="Of shots at ballistic missiles")] = 0.4
    cruise: Annotated[Correlation, Field(description="Of shots at cruise missiles")] = 0.2
    drone: Annotated[Correlation, Field(description="Of shots at one-way drones")] = 0.1
    boat: Annotated[Correlation, Field(description="Of shots at boats")] = 0.1


class DefencePart(Part):
    """Who shoots, who hands out the tracks, and by which rules."""

    batteries: Annotated[tuple[Battery, ...], Field(description="Every shooter")] = ()
    batteries_file: Annotated[
        str | None,
        Field(description="CSV file with more shooters, relative to the scenario file; columns as a shooter's fields"),
    ] = None
    command_posts: Annotated[tuple[CommandPost, ...], Field(description="Command posts")] = ()
    command_posts_file: Annotated[
        str | None,
        Field(description="CSV file with more command posts, relative to the scenario file; columns as a post's"),
    ] = None
    doctrine: Annotated[
        Doctrine | None,
        Field(description="Doctrine of all whose own entry names none; each class's own where left out"),
    ] = None
    engage: Annotated[
        Literal["first-come", "worth", "rolling"],
        Field(
            description="Who comes first of threats that wait for one channel: who has waited longest; who is worth "
            "most; or as an optimum over the next minutes says, which may hold fire for what is to come"
        ),
    ] = "worth"
    engage_horizon_s: Annotated[
        Number, Quantity("s", gt=0.0, le=3600.0), Field(description="How far the rolling optimum looks ahead, s")
    ] = 180.0
    coordination: Annotated[
        Literal["posts", "all"],
        Field(
            description="posts: batteries act together while their command posts live, and each alone without one; "
            "all: always together"
        ),
    ] = "posts"
    conditions: Annotated[Conditions, Field(description="Night, weather and sea")] = Conditions()
    correlation: Annotated[KillCorrelation, Field(description="How the outcomes of one raid hang together")] = (
        KillCorrelation()
    )
    track_latency_s: Annotated[
        Seconds, Field(description="From a sensor's confirmed track to a battery, by way of the command post, s")
    ] = 5.0
    max_shots_per_threat: Annotated[
        int, Quantity("shots", ge=0, le=1000), Field(description="Most shots that all together spend on one threat")
    ] = 8


def battery_table(
    part: DefencePart,
    classes: Mapping[str, BatteryClass],
    sensor_ids: Sequence[str] = (),
    place: str = "defence.batteries",
) -> BatteryTable:
    """Arrays of the batteries, in the order of the file; none at all is legal.

    classes: the catalogue's defence sections by class name, spreads drawn
    sensor_ids: of the scenario's sensors, in order; place: where the list stands, for faults
    Raises ScenarioError for each class, sensor or command post that is not there, and each sector without a boresight.
    """
    faults: list[Fault] = []
    rows: list[tuple[Battery, BatteryClass]] = []
    posts = [post.id for post in part.command_posts]
    for i, battery in enumerate(part.batteries):
        faults += _unknown(f"{place}[{i}].sensors", battery.sensors, sensor_ids, say("a sensor"))
        post = () if battery.command_post is None else (battery.command_post,)
        faults += _unknown(f"{place}[{i}].command_post", post, posts, say("a command post"))
        faults += _unknown(f"{place}[{i}].class", (battery.class_name,), sorted(classes), say("a class of battery"))
        if battery.class_name not in classes:
            continue
        section = classes[battery.class_name]
        if value(section.sector_deg) < 360.0 and battery.boresight_deg is None:
            rule = say(
                "must be given, because its class reaches a sector of {width:g} deg only",
                width=value(section.sector_deg),
            )
            faults.append(
                Fault(f"{place}[{i}].boresight_deg", "", rule, say("Give the bearing of the sector's middle."))
            )
        rows.append((battery, section))
    if faults:
        raise ScenarioError(faults)
    names = tuple(sorted({battery.class_name for battery, _ in rows}))
    magazine = [c.magazine if b.magazine is None else b.magazine for b, c in rows]
    reloads = [c.reloads if b.reloads is None else b.reloads for b, c in rows]
    doctrines: list[Doctrine] = [b.doctrine or part.doctrine or c.doctrine for b, c in rows]
    sea_state = part.conditions.sea_state
    shape = (len(rows), len(KINDS))
    shots = [1 if d == "shoot-look-shoot" else c.shots_per_salvo for d, (_, c) in zip(doctrines, rows, strict=True)]
    leaves = [c.leaves_to_lower if b.leaves_to_lower is None else b.leaves_to_lower for b, c in rows]
    reserve = [c.ballistic_reserve if b.ballistic_reserve is None else b.ballistic_reserve for b, c in rows]
    return BatteryTable(
        id=tuple(b.id for b, _ in rows),
        key=_ints([entity_key(b.id) for b, _ in rows]),
        classes=names,
        class_i=_ints([names.index(b.class_name) for b, _ in rows]),
        latitude_rad=np.radians(_floats([b.latitude_deg for b, _ in rows])),
        longitude_rad=np.radians(_floats([b.longitude_deg for b, _ in rows])),
        height_m=_floats([value(b.height_m) for b, _ in rows]),
        engages=np.array(
            [[getattr(c.p_kill, kind) is not None and sea_state <= c.max_sea_state for kind in KINDS] for _, c in rows],
            dtype=np.bool_,
        ).reshape(shape),
        p_kill=_floats(
            [
                _share(c, part.conditions) * (0.0 if (p := getattr(c.p_kill, kind)) is None else value(p))
                for _, c in rows
                for kind in KINDS
            ]
        ).reshape(shape),
        **{
            name: _floats([value(envelope_of(c, kind)[name]) for _, c in rows for kind in KINDS]).reshape(shape)
            for name in LIMITS
        },
        needs_line_of_sight=np.array([c.needs_line_of_sight for _, c in rows], dtype=np.bool_),
        boresight_rad=np.radians(_floats([b.boresight_deg or 0.0 for b, _ in rows])),
        sector_rad=np.radians(_floats([value(c.sector_deg) for _, c in rows])),
        fly_out=_tables([_fly_out(c, sea_state) for _, c in rows]),
        climb_m_s=_floats([_or_inf(c.climb_m_s) for _, c in rows]),
        longest_s=_floats([_longest_s(c) for _, c in rows]),
        losses=1.0
        - _floats(
            [[value(c.p_kill_at_range), value(c.p_kill_at_height), value(c.p_kill_crossing)] for _, c in rows]
        ).reshape(len(rows), 3),
        attempts=_ints([c.attempts for _, c in rows]),
        needs_sigma_m=_floats([_or_inf(c.needs_sigma_m) for _, c in rows]),
        is_soft=np.array([c.layer == "jamming" for _, c in rows], dtype=np.bool_),
        bus=tuple(b.bus or "" for b, _ in rows),
        backup_s=_floats([_or_inf(c.backup_s) for _, c in rows]),
        reaction_s=_floats([value(c.reaction_s) for _, c in rows]),
        channels=_ints([c.channels for _, c in rows]),
        magazine=_ints(magazine),
        stock=_ints([load * (1 + n) for load, n in zip(magazine, reloads, strict=True)]),
        reload_s=_floats([value(c.reload_s) for _, c in rows]),
        shots_per_salvo=_ints([n if isinstance(n, int) else getattr(n, kind) for n in shots for kind in KINDS]).reshape(
            len(rows), len(KINDS)
        ),
        assess_s=_floats([value(c.assess_s) for _, c in rows]),
        returns=np.array([c.returns for _, c in rows], dtype=np.bool_),
        turnaround_s=_floats([value(c.turnaround_s) for _, c in rows]),
        layer=tuple(c.layer for _, c in rows),
        tier=_ints([TIER[c.layer] for _, c in rows]),
        is_once=np.array([d == "salvo" for d in doctrines], dtype=np.bool_),
        leaves_to_lower=np.array(leaves, dtype=np.bool_),
        reserve=_ints(reserve),
        p_kill_unseen=_floats([value(c.p_kill_unseen) for _, c in rows]),
        p_miss_unseen=_floats([value(c.p_miss_unseen) for _, c in rows]),
        cost_per_shot_eur=_floats([value(c.cost_per_shot_eur) for _, c in rows]),
        own_sensor=np.array([[s in b.sensors for s in sensor_ids] for b, _ in rows], dtype=np.bool_).reshape(
            len(rows), len(sensor_ids)
        ),
        post_i=_ints([-1 if b.command_post is None else posts.index(b.command_post) for b, _ in rows]),
    )


def command_post_table(part: DefencePart) -> CommandPostTable:
    """Arrays of the command posts, in the order of the file."""
    posts = part.command_posts
    return CommandPostTable(
        id=tuple(post.id for post in posts),
        key=_ints([entity_key(post.id) for post in posts]),
        latitude_rad=np.radians(_floats([post.latitude_deg for post in posts])),
        longitude_rad=np.radians(_floats([post.longitude_deg for post in posts])),
    )


def defence_rules(part: DefencePart) -> DefenceRules:
    """The rules of engagement as the model takes them."""
    return DefenceRules(
        correlation=_floats([value(getattr(part.correlation, kind)) for kind in KINDS]),
        track_latency_s=value(part.track_latency_s),
        max_shots_per_threat=part.max_shots_per_threat,
        engage=ENGAGE[part.engage],
        horizon_s=value(part.engage_horizon_s),
        needs_post=part.coordination == "posts",
    )


def _unknown(place: str, names: Sequence[str], known: Sequence[str], what: str) -> list[Fault]:
    remedy = (
        say("Use one of {known}.", known=joined(known[:30], COMMAS))
        if known
        else say("There is not {what} in the scenario yet: add it.", what=what)
    )
    return [Fault(place, name, say("is not {what}", what=what), remedy) for name in names if name not in known]


def _share(section: BatteryClass, conditions: Conditions) -> float:
    """Share of its kill probability that night and weather leave a class."""
    at_night = value(section.p_kill_at_night) if conditions.is_night else 1.0
    return at_night * (value(section.p_kill_bad_weather) if conditions.is_bad_weather else 1.0)


def _tables(rows: Sequence[Sequence[tuple[float, float]]]) -> Floats:
    """(B, 2, N) of tables of pairs; shorter ones go on as their last two rows do."""
    most = max((len(table) for table in rows), default=2)
    filled = np.empty((len(rows), 2, most))
    for table, into in zip(rows, filled, strict=True):
        into[:, : len(table)] = np.array(table).T
        for n in range(len(table), most):
            into[:, n] = 2.0 * into[:, n - 1] - into[:, n - 2]
    return filled


def _floats(values: Sequence[float] | Sequence[Sequence[float]]) -> Floats:
    return np.array(values, dtype=np.float64)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)
