"""What the sensors of a scenario cover: areas, and the people and sites under them.

Every number that is not known stands at its median; every sensor works. Sensing gives the chance of a look over each
point, tracking how many looks make a track, flight how fast a class comes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import betaincinv
from shapely import contains_xy, union_all
from shapely.geometry.base import BaseGeometry

from mamori.errors import Fault, ScenarioError
from mamori.flight.model import FlightClasses
from mamori.flight.schema import AimKind, ThreatGroup, flight_classes
from mamori.language.message import COMMAS, joined, say
from mamori.maths.earth import offset_point
from mamori.maths.equal_area import Plane
from mamori.raid.world import World
from mamori.records import Floats, Ints, ThreatKind
from mamori.scenario.schema import Scenario
from mamori.sensing.cover.model import Approach, areas, chances, charted, lowest_seen_m, reaches_m, spans_m
from mamori.sensing.kernels import Watch
from mamori.sensing.model import watch
from mamori.sensing.schema import SignatureClass
from mamori.sensing.table import conditions, signature_table
from mamori.tracking.model import TrackingRules
from mamori.world.outline import Grid, areal
from mamori.world.quantity import resolve, value

LOW_M = (60.0, 300.0, 3000.0)
HEIGHTS_M: Mapping[ThreatKind, tuple[float, ...]] = {
    ThreatKind.BALLISTIC: (10e3, 50e3, 100e3), ThreatKind.CRUISE: LOW_M, ThreatKind.DRONE: LOW_M,
    ThreatKind.BOAT: (0.0,),
}  # fmt: skip
"""Heights above the ground that are shown where none are asked for; boats are always on the sea."""

LOOK, TRACK = "look", "track"
SURE = 0.9
"""Chance of a track that is called one: a radar that sees by half of its looks confirms 3 of 5 by half as well."""

STEPS_ACROSS = 400
"""Steps of a grid over its longer side, where no step is asked for; FINEST_M: no finer."""
FINEST_M = 250.0
MOST_CHANCES = 50_000_000  # 8 bytes each
_DISC = 61  # points at which the people of a district stand


@dataclass(frozen=True)
class Rule:
    """When a place counts as seen. name: `look`, one look detects; `track`, m of n looks at the place confirm a track.

    probability: with at least this chance; p_look: what each look must then have
    """

    name: str
    probability: float
    p_look: float


@dataclass(frozen=True)
class Site:
    """What a raid may aim at: id, latitude_rad, longitude_rad."""

    id: str
    latitude_rad: float
    longitude_rad: float


@dataclass(frozen=True)
class Sight:
    """Where a class is seen at one height: areas by sensor and of all together, on the equal-area plane (so that
    `.area` is true, m2).

    n_seeing: (rows, columns) sensors that see each point of the grid; share_of_people, share_of_sites: under the union
    """

    class_name: str
    kind: ThreatKind
    above_m: float
    rule: Rule
    grid: Grid
    areas: Mapping[str, BaseGeometry]
    together: BaseGeometry
    n_seeing: Ints
    share_of_people: float
    share_of_sites: float


@dataclass(frozen=True)
class Lowest:
    """From which height_m (N,) above the ground on a class is seen over each site, inf for never; and by whom."""

    class_name: str
    rule: Rule
    height_m: Floats
    sensor: tuple[str, ...]


@dataclass(frozen=True)
class Cover:
    """What the sensors cover: each class at each height by each rule, and over the sites that the raid may aim at."""

    world: World
    plane: Plane
    sensors: tuple[str, ...]
    sites: tuple[Site, ...]
    sights: tuple[Sight, ...]
    lowest: tuple[Lowest, ...]


def median_world(scenario: Scenario) -> World:
    """The scenario with every number that is not known at its median."""
    return World(resolve(scenario, lambda _: 0.5), 0)


def rule_of(text: str, tracking: TrackingRules) -> Rule:
    """A rule as the user writes it: a probability of one look, `track`, or `track:` and a probability.

    A track here is m detections in n looks at the same place, by the scenario's own m and n. A path that stays in sight
    longer confirms more surely, one that crosses a corner of the area less.
    Raises ScenarioError.
    """
    name, _, number = text.partition(":")
    is_track = name.strip() == TRACK
    try:
        probability = SURE if is_track and not number else float(number if is_track else text)
    except ValueError:
        probability = np.nan
    if not 0.001 <= probability < 1.0:
        rule = say("must be a probability from 0.001 to below 1, or track, or track:0.9")
        raise ScenarioError(Fault("--p", text, rule, say("0.5 is where half of the looks detect.")))
    if not is_track:
        return Rule(LOOK, probability, probability)
    m, n = tracking.m, tracking.n
    # At least m of n looks detect: the regularised incomplete beta function I_p(m, n - m + 1), textbook identity.
    return Rule(TRACK, probability, float(betaincinv(m, n - m + 1, probability)))


def classes_of(scenario: Scenario, wanted: Sequence[str], place: str = "--class") -> tuple[str, ...]:
    """The classes of threat that are wanted, all of the raid's if none is.

    Raises ScenarioError for unknown ones.
    """
    sections = scenario.classes
    signed = {name for name, section in sections.sensing.items() if isinstance(section, SignatureClass)}
    known = sorted(signed & sections.flight.keys())
    own = sorted({group.class_name for group in groups_of(scenario)})
    names = tuple(dict.fromkeys(wanted)) or tuple(own)
    remedy = say("Known are {known}.", known=joined(known, COMMAS))
    faults = [
        Fault(place, name, say("is not a class of threat that the scenario uses"), remedy)
        for name in names
        if name not in known
    ]
    if not names:
        faults.append(Fault(place, "", say("the scenario's raid has no threats, so no class is known"), remedy))
    if faults:
        raise ScenarioError(faults)
    return names


def groups_of(scenario: Scenario) -> list[ThreatGroup]:
    """All groups of the raid, of whichever variant."""
    return [group for variant in scenario.raid.variants for group in variant.groups]


def plane_of(world: World) -> Plane:
    """The plane amid the sensors; amid the batteries where there are none."""
    table = world.sensors if len(world.sensors.id) else world.batteries
    return Plane.amid(table.latitude_rad, table.longitude_rad)


def cover(
    world: World,
    *,
    classes: Sequence[str] = (),
    heights_m: Sequence[float] = (),
    rules: Sequence[str] = ("0.5",),
    sensors: Sequence[str] = (),
    step_m: float | None = None,
) -> Cover:
    """What the sensors of a world cover.

    classes: of threats, the raid's if none; heights_m: above the ground, `HEIGHTS_M` if none; rules: see `rule_of`
    sensors: ids, all if none; step_m: of the grid, a part of the area if None
    Raises ScenarioError with all that is wrong with them.
    """
    chosen, names, *wanted = _all_of(
        lambda: _chosen(world, sensors, heights_m, step_m),
        lambda: classes_of(world.scenario, classes),
        *(partial(rule_of, text, world.tracking) for text in rules),
    )
    watched = _watch(world, names, chosen)
    flight = flight_classes(world.scenario.classes.flight, names)
    plane, sites = plane_of(world), threatened_sites(world)
    sights: list[Sight] = []
    lowest: list[Lowest] = []
    for c, name in enumerate(names):
        approaches = _approaches(c, flight, heights_m)
        for approach in approaches:
            sights += _sights(world, watched, plane, sites, chosen, name, approach, wanted, step_m)
        if approaches[0].kind != ThreatKind.BOAT:
            lowest += [_lowest(world, watched, sites, name, approaches[0], rule) for rule in wanted]
    return Cover(world, plane, tuple(world.sensors.id[s] for s in chosen), sites, tuple(sights), tuple(lowest))


def _all_of(*checks: Callable[[], Any]) -> list[Any]:
    """What the checks give. Raises ScenarioError with the faults of all of them."""
    faults: list[Fault] = []
    found: list[Any] = []
    for check in checks:
        try:
            found.append(check())
        except ScenarioError as error:
            faults.extend(error.faults)
    if faults:
        raise ScenarioError(faults)
    return found


def _chosen(world: World, wanted: Sequence[str], heights_m: Sequence[float], step_m: float | None) -> list[int]:
    faults: list[Fault] = []
    ids = world.sensors.id
    there = charted(world.sensors).tolist()
    if not there:
        rule = say("must hold at least one sensor other than launch warning from space")
        faults.append(Fault("sensing.sensors", "", rule, say("Add one to the scenario.")))
    known = joined([ids[s] for s in there], COMMAS)
    for name in wanted:
        if name not in ids:
            faults.append(
                Fault("--sensor", name, say("is not a sensor of the scenario"), say("It has {known}.", known=known))
            )
        elif ids.index(name) not in there:
            rule = say("sees from space every launch above the clouds and has no area on the ground")
            faults.append(Fault("--sensor", name, rule, say("Use one of {known}.", known=known)))
    for height in heights_m:
        if not 0.0 <= height <= 1e6:
            within = say("must be from 0 to 1,000,000 m")
            faults.append(Fault("--height-m", f"{height:g} m", within, say("Give heights above the ground.")))
    if step_m is not None and not 50.0 <= step_m <= 100e3:
        rule = say("must be from 0.05 to 100 km")
        faults.append(Fault("--step-km", f"{step_m / 1e3:g} km", rule, say("Leave it out for a fitting one.")))
    if faults:
        raise ScenarioError(faults)
    return [s for s in there if not wanted or ids[s] in wanted]


def _watch(world: World, names: tuple[str, ...], chosen: Sequence[int]) -> Watch:
    signatures = signature_table(names, world.scenario.classes.sensing)
    watched = watch(world.sensors, signatures, conditions(world.scenario.sensing.conditions), world.hidden)
    others = np.setdiff1d(np.arange(len(world.sensors.id)), chosen)
    watched.reach_m[others] = 0.0
    watched.sees[others] = False
    return watched


def _approaches(c: int, flight: FlightClasses, heights_m: Sequence[float]) -> list[Approach]:
    kind = ThreatKind(int(flight.kind[c]))
    heights = HEIGHTS_M[kind] if not heights_m or kind == ThreatKind.BOAT else tuple(dict.fromkeys(heights_m))
    closing = float(flight.speed_m_s[c]) if kind != ThreatKind.BALLISTIC else np.inf
    return [Approach(c, kind, height, closing) for height in heights]


def _sights(
    world: World, watched: Watch, plane: Plane, sites: tuple[Site, ...], chosen: Sequence[int], name: str,
    approach: Approach, rules: Sequence[Rule], step_m: float | None,
) -> list[Sight]:  # fmt: skip
    reach = reaches_m(watched, world.sensors, approach, float(world.terrain.height_m.max(initial=0.0)))
    east, north, half = spans_m(plane, world.sensors, reach)
    at = np.stack([east, north])
    who = [s for s in chosen if reach[s] > 0.0] or list(chosen)
    box = (*(at - half)[:, who].min(axis=1), *(at + half)[:, who].max(axis=1))
    longer = max(box[2] - box[0], box[3] - box[1])
    grid = Grid.over(plane, box, max(FINEST_M, longer / STEPS_ACROSS) if step_m is None else step_m)
    n_chances = grid.n_rows * grid.n_columns * len(world.sensors.id)
    if n_chances > MOST_CHANCES:
        limit = say(
            "points of the grid times sensors would be {n:,}, more than {most:,}", n=n_chances, most=MOST_CHANCES
        )
        remedy = say("Give a longer step, or leave it out.")
        raise ScenarioError(Fault("--step-km", f"{grid.step_m / 1e3:g} km", limit, remedy))
    found = chances(watched, world.sensors, approach, grid, world.terrain)
    made = []
    for rule in rules:
        shapes = areas(watched, approach, found, rule.p_look, world.terrain)
        own = {world.sensors.id[s]: shapes[s] for s in chosen}
        together = areal(union_all(list(own.values())))
        counted = (found.p[chosen] >= rule.p_look).sum(axis=0)
        people, share = share_of_people(world, plane, together), share_of_sites(sites, plane, together)
        made.append(Sight(name, approach.kind, approach.above_m, rule, grid, own, together, counted, people, share))
    return made


def _lowest(world: World, watched: Watch, sites: tuple[Site, ...], name: str, approach: Approach, rule: Rule) -> Lowest:
    latitude, longitude = _columns(sites)
    height, by = lowest_seen_m(watched, world.sensors, approach, rule.p_look, latitude, longitude, world.terrain)
    ids = tuple("" if s < 0 else world.sensors.id[s] for s in by.tolist())
    return Lowest(name, rule, height, ids)


def threatened_sites(world: World) -> tuple[Site, ...]:
    """The sites that some group of the raid may aim at, districts apart."""
    found: dict[str, Site] = {}
    assets, aims = world.places.assets, world.aims
    for group in groups_of(world.scenario):
        members = [aims.by_name[name] for name in group.targets or () if name in aims.by_name]
        for kind, weight in (group.aims or {}).items():
            if value(weight) > 0.0 and kind is not AimKind.DISTRICT:
                members += [site[2] for site in aims.sites[kind]]
        for some in members:
            i = some[0]
            name = world.places.site[assets.site_i[i]]
            found.setdefault(name, Site(name, float(assets.latitude_rad[i]), float(assets.longitude_rad[i])))
    return tuple(found[name] for name in sorted(found))


def _columns(sites: Sequence[Site]) -> Floats:
    return (
        np.array([(site.latitude_rad, site.longitude_rad) for site in sites], dtype=np.float64).reshape(-1, 2).T.copy()
    )


def share_of_sites(sites: Sequence[Site], plane: Plane, shape: BaseGeometry) -> float:
    """Share of the sites that lie in an area; nan for no sites."""
    if not sites:
        return np.nan
    return float(contains_xy(shape, *plane.points_m(*_columns(sites))).mean())


def share_of_people(world: World, plane: Plane, shape: BaseGeometry) -> float:
    """Share of the districts' people who live in an area, their discs filled evenly by points; nan for no people."""
    districts = world.districts
    if not districts.people.sum() > 0.0:
        return np.nan
    n = np.arange(_DISC) + 0.5
    way, angle = np.sqrt(n / _DISC), np.pi * (3.0 - np.sqrt(5.0)) * n  # a sunflower's: even over the disc
    metres = districts.radius_m[:, None] * way
    latitude, longitude = offset_point(
        districts.latitude_rad[:, None],
        districts.longitude_rad[:, None],
        metres * np.sin(angle),
        metres * np.cos(angle),
    )
    inside = contains_xy(shape, *plane.points_m(latitude, longitude)).mean(axis=1)
    return float(inside @ districts.people / districts.people.sum())
