"""What the user may write about defence: shooters, command posts, rules. Of classes of shooter see `classes.schema`."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from mamori.defence.battle.arrays import Engage
from mamori.defence.classes.schema import (
    DEFENCE_SECTION,
    KINDS,
    LIMITS,
    TIER,
    BatteryClass,
    Conditions,
    Doctrine,
    Loads,
    Seconds,
    Shots,
    envelope_of,
    fly_out_table,
    longest_s,
    or_inf,
)
from mamori.defence.model import BatteryTable, CommandPostTable, DefenceRules
from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.maths.luck import entity_key
from mamori.records import Floats, Ints
from mamori.world.quantity import Number, Part, Place, Quantity, value
from mamori.world.schema import Id

__all__ = [
    "DEFENCE_SECTION",
    "Battery",
    "BatteryClass",
    "CommandPost",
    "DefencePart",
    "battery_table",
    "command_post_table",
    "defence_rules",
]

ENGAGE = {"first-come": Engage.FIRST_COME, "worth": Engage.WORTH, "rolling": Engage.ROLLING}
Correlation = Annotated[Number, Quantity(ge=0.0, le=1.0)]


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
        fly_out=_tables([fly_out_table(c, sea_state) for _, c in rows]),
        climb_m_s=_floats([or_inf(c.climb_m_s) for _, c in rows]),
        longest_s=_floats([longest_s(c) for _, c in rows]),
        losses=1.0
        - _floats(
            [[value(c.p_kill_at_range), value(c.p_kill_at_height), value(c.p_kill_crossing)] for _, c in rows]
        ).reshape(len(rows), 3),
        attempts=_ints([c.attempts for _, c in rows]),
        needs_sigma_m=_floats([or_inf(c.needs_sigma_m) for _, c in rows]),
        is_soft=np.array([c.layer == "jamming" for _, c in rows], dtype=np.bool_),
        bus=tuple(b.bus or "" for b, _ in rows),
        backup_s=_floats([or_inf(c.backup_s) for _, c in rows]),
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
        needs_radar=np.array([c.needs_radar_track for _, c in rows], dtype=np.bool_),
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
