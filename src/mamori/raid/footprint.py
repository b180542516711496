"""What the batteries of a scenario defend: aims before which each could meet a threat that comes from a direction.

To every point of a grid a threat is flown as its class flies, sensing says when each sensor could have a track, and
defence when a launch could meet it: an aim is defended by a battery that has such a launch after the first track that
it may use and its own reaction. Magazines are full, nothing is hit, and there is one threat alone, so that no channel
is ever busy: what is drawn is the reach of the defence and not its strength. Of what flies low a battery also defends
all aims behind it that are reached past it.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from shapely import union_all
from shapely.geometry.base import BaseGeometry

from mamori.defence.model import BatteryTable, Opportunities, opportunities, track_times
from mamori.errors import Fault, ScenarioError
from mamori.flight.model import FlightClasses, status_text, trajectories
from mamori.flight.schema import flight_classes
from mamori.language.message import say
from mamori.maths.earth import bearing_point, destination, distance_m
from mamori.maths.equal_area import Plane
from mamori.maths.luck import entity_key
from mamori.raid.cover import classes_of, groups_of, share_of_people, share_of_sites, threatened_sites
from mamori.raid.world import World
from mamori.records import Floats, Ints, ThreatKind, Threats, Tracks
from mamori.sensing.kernels import Watch
from mamori.sensing.model import detections, watch
from mamori.sensing.table import conditions, signature_table
from mamori.tracking.model import kept_until, tracks
from mamori.world.outline import Grid, areal, outline, turned

STEPS_ACROSS = 55
"""Steps of the grid over its longer side, where no step is asked for."""
ALONG = 2.0
"""Of what flies low steps are longer by this along its way and shorter across it: what is defended is long there."""
MOST_AIMS = 100_000
FRONT_M = 150e3
"""How far before the country what flies low begins: out of the reach of batteries, and nearly always out of sight."""
P_TRACK = 0.5
"""A battery may use a track from the look on by which it is confirmed with this probability: the median of its time."""
MOST_SHOTS = 5
_BLOCK = 100  # aims whose looks are held at once
_MOST_THREADS = 4
_ROUND_DEG = 5.0


class Course(NamedTuple):
    """How the threats come: from this bearing as the aim sees it, flying this far over the ground.

    range_m: None for all from one line across that bearing, `FRONT_M` before the country
    """

    from_deg: float
    range_m: float | None


@dataclass(frozen=True)
class Footprint:
    """What is defended against one class from one direction: areas by battery and of all together, on the equal-area
    plane.

    n_shots: (B, rows, columns) shots, one after another with a look between, for which each battery has time at a
    threat that aims at each point of the grid; at most `MOST_SHOTS` and its magazine; a salvo counts as one
    """

    class_name: str
    course: Course
    grid: Grid
    n_shots: Ints
    areas: Mapping[str, BaseGeometry]
    together: BaseGeometry
    share_of_people: float
    share_of_sites: float

    @property
    def all_shots(self) -> Ints:
        """(rows, columns) shots of all batteries together, each at its own pace."""
        return np.asarray(self.n_shots.sum(axis=0))


@dataclass(frozen=True)
class Defended:
    """The footprints of all classes and directions that were asked for."""

    world: World
    plane: Plane
    batteries: tuple[str, ...]
    footprints: tuple[Footprint, ...]


def footprints(
    world: World,
    *,
    classes: Sequence[str] = (),
    from_deg: Sequence[float] = (),
    range_m: float | None = None,
    step_m: float | None = None,
    is_part: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Defended:
    """What the batteries of a world defend.

    classes: of threats, the raid's if none; boats go round coasts and have no direction: they are left out, or refused
    if nothing else is asked for, unless is_part says that this is but a part of the answer
    from_deg: bearings from which they come; if none, those of the raid's groups of the class, or of all its groups
    range_m: over the ground; if None the raid's or else the class's usual one of a ballistic class, and of what flies
    low as far as it is from a line `FRONT_M` before the country
    step_m: of the grid of aims, a part of the country if None
    progress: is told how many directions of how many are done
    Raises ScenarioError with all that is wrong with them.
    """
    names = _flying(world, classes, from_deg, step_m, is_part=is_part)
    plane = Plane.amid(world.batteries.latitude_rad, world.batteries.longitude_rad)
    asked = [(name, flight_classes(world.scenario.classes.flight, (name,))) for name in names]
    wanted = [(*one, course) for one in asked for course in _courses(world, *one, from_deg, range_m)]
    found: list[Footprint] = []
    for name, flight, course in wanted:
        grid = _grid(world, plane, course, ALONG if flight.kind[0] != ThreatKind.BALLISTIC else 1.0, step_m)
        if progress is not None:
            progress(len(found), len(wanted))
        watched = watch(
            world.sensors, signature_table((name,), world.scenario.classes.sensing),
            conditions(world.scenario.sensing.conditions), world.hidden,
        )  # fmt: skip
        found.append(_footprint(world, name, flight, watched, course, grid))
    return Defended(world, plane, world.batteries.id, tuple(found))


def _flying(
    world: World, classes: Sequence[str], from_deg: Sequence[float], step_m: float | None, *, is_part: bool
) -> tuple[str, ...]:
    faults: list[Fault] = []
    if not world.batteries.id:
        rule = say("must hold at least one battery")
        faults.append(Fault("defence.batteries", "", rule, say("Add one to the scenario, or ask for sensors only.")))
    faults += [
        Fault("--from-deg", f"{bearing:g} deg", say("must be from 0 to 360 deg"), say("North is 0, east 90."))
        for bearing in from_deg
        if not 0.0 <= bearing <= 360.0
    ]
    if step_m is not None and not 100.0 <= step_m <= 200e3:
        rule = say("must be from 0.1 to 200 km")
        faults.append(Fault("--aim-step-km", f"{step_m / 1e3:g} km", rule, say("Leave it out for a fitting one.")))
    names = classes_of(world.scenario, classes)
    flight = flight_classes(world.scenario.classes.flight, names)
    afloat = {name for name, kind in zip(names, flight.kind.tolist(), strict=True) if kind == ThreatKind.BOAT}
    faults += [
        Fault(
            "--class",
            name,
            say("goes round the coast, so that what is defended has no direction"),
            say("Ask for sensors only, or for classes that fly."),
        )
        for name in dict.fromkeys(classes)
        if name in afloat and afloat.issuperset(classes) and not is_part
    ]
    if faults:
        raise ScenarioError(faults)
    return tuple(name for name in names if name not in afloat)


def _grid(world: World, plane: Plane, course: Course, along: float, step_m: float | None) -> Grid:
    """Aims over the country: batteries, sites, districts, and a little more; its north is where threats come from."""
    sites = threatened_sites(world)
    latitude = [*world.batteries.latitude_rad, *(site.latitude_rad for site in sites), *world.districts.latitude_rad]
    longitude = [*world.batteries.longitude_rad, *(s.longitude_rad for s in sites), *world.districts.longitude_rad]
    turn = math.radians(course.from_deg)
    east_m, north_m = plane.points_m(np.array(latitude), np.array(longitude))
    at = np.stack(turned(east_m, north_m, -turn))
    low, high = at.min(axis=1), at.max(axis=1)
    longer = max(float((high - low).max()), 60e3)
    room = 0.05 * longer
    west, south = (low - room).tolist()
    east, north = (high + room).tolist()
    step, rise = (longer / STEPS_ACROSS / along, longer / STEPS_ACROSS * along) if step_m is None else (step_m, step_m)
    grid = Grid.over(plane, (west, south, east, north), step, turn_rad=turn, row_step_m=rise)
    if grid.n_rows * grid.n_columns > MOST_AIMS:
        n = grid.n_rows * grid.n_columns
        rule = say("the grid would have {n:,} aims, more than {most:,}", n=n, most=MOST_AIMS)
        raise ScenarioError(Fault("--aim-step-km", f"{step / 1e3:g} km", rule, say("Give a longer step.")))
    return grid


def _courses(
    world: World, name: str, flight: FlightClasses, from_deg: Sequence[float], range_m: float | None
) -> list[Course]:
    """The directions that are asked for, or the raid's, rounded to 5 degrees; and how far they come."""
    groups = groups_of(world.scenario)
    own = [group for group in groups if group.class_name == name] or groups
    middle_lat, middle_lon = Plane.amid(world.batteries.latitude_rad, world.batteries.longitude_rad).places_rad(
        np.array(0.0), np.array(0.0)
    )
    latitude = np.radians([group.launch_latitude_deg for group in own])
    longitude = np.radians([group.launch_longitude_deg for group in own])
    usual: float | None
    least, most = float(flight.min_range_m[0]), float(flight.max_range_m[0])
    if range_m is not None:
        if not least <= range_m <= most:
            rule = say(
                "must be from {least:g} to {most:g} km for {threat}", least=least / 1e3, most=most / 1e3, threat=name
            )
            raise ScenarioError(
                Fault("--range-km", f"{range_m / 1e3:g} km", rule, say("Leave it out for the usual one."))
            )
        usual = range_m
    elif flight.kind[0] != ThreatKind.BALLISTIC:
        usual = None
    elif own:
        usual = float(np.median(distance_m(latitude, longitude, middle_lat, middle_lon)))
    else:
        usual = 0.5 * (least + most)
    if usual is not None:
        usual = min(max(usual, least), most)
    if from_deg:
        return [Course(bearing % 360.0, usual) for bearing in dict.fromkeys(from_deg)]
    bearings = [
        np.degrees(bearing_point(float(middle_lat), float(middle_lon), a, b))
        for a, b in zip(latitude.tolist(), longitude.tolist(), strict=True)
    ]
    rounded = sorted({float(round(b / _ROUND_DEG) * _ROUND_DEG % 360.0) for b in bearings})
    if not rounded:
        rule = say("must be given, because the scenario's raid has no threats")
        raise ScenarioError(Fault("--from-deg", "", rule, say("Give bearings, such as 250.")))
    return [Course(bearing, usual) for bearing in rounded]


def _footprint(world: World, name: str, flight: FlightClasses, watched: Watch, course: Course, grid: Grid) -> Footprint:
    threats = threats_at(name, ThreatKind(int(flight.kind[0])), course, float(flight.max_range_m[0]), grid)
    n_shots = np.zeros((len(world.batteries.id), len(threats.id)), dtype=np.int64)
    status = np.zeros(len(threats.id), dtype=np.int64)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(threats.id), _BLOCK)]

    def fly(rows: slice) -> tuple[Ints, Ints]:
        return _shots(world, watched, flight, _some(threats, rows))

    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        for rows, (there, shots_there) in zip(blocks, pool.map(fly, blocks), strict=True):
            status[rows], n_shots[:, rows] = there, shots_there
    if status.all():
        rule = say("no path is found: {reason}", reason=status_text(int(status[0])))
        remedy = say("Give another --range-km.")
        far = "" if course.range_m is None else f"{course.range_m / 1e3:g} km"
        raise ScenarioError(Fault("--range-km", far, rule, remedy))
    shots = n_shots.reshape(-1, grid.n_rows, grid.n_columns)
    shapes = {
        battery: outline(grid, np.minimum(shots[b], 1).astype(np.float64), 0.5)
        for b, battery in enumerate(world.batteries.id)
    }
    together = areal(union_all(list(shapes.values())))
    plane = grid.plane
    people = share_of_people(world, plane, together)
    sites = share_of_sites(threatened_sites(world), plane, together)
    return Footprint(name, course, grid, shots, shapes, together, people, sites)


def threats_at(name: str, kind: ThreatKind, course: Course, most_m: float, grid: Grid) -> Threats:
    """One threat to each point of a grid, row by row, all launched at time 0.

    grid: its own north is where they come from; most_m: farthest that the class flies
    """
    latitude, longitude = (row.ravel() for row in grid.places_rad())
    range_m: Floats | float
    if course.range_m is None:
        range_m = np.minimum(np.repeat(grid.north_m[-1] - grid.north_m + FRONT_M, grid.n_columns), most_m)
    else:
        range_m = course.range_m
    start = destination(latitude, longitude, np.radians(course.from_deg), range_m)
    n = latitude.size
    ids = tuple(f"{name}/{course.from_deg:g}/{i}" for i in range(n))
    return Threats(
        id=ids,
        key=np.array([entity_key(one) for one in ids], dtype=np.int64),
        kind=np.full(n, int(kind), dtype=np.int64),
        classes=(name,),
        class_i=np.zeros(n, dtype=np.int64),
        launch_s=np.zeros(n),
        launch_latitude_rad=start[0],
        launch_longitude_rad=start[1],
        aim_latitude_rad=latitude,
        aim_longitude_rad=longitude,
        aim_i=np.full(n, -1, dtype=np.int64),
    )


def _some(threats: Threats, rows: slice) -> Threats:
    return Threats(
        id=threats.id[rows], key=threats.key[rows], kind=threats.kind[rows], classes=threats.classes,
        class_i=threats.class_i[rows], launch_s=threats.launch_s[rows],
        launch_latitude_rad=threats.launch_latitude_rad[rows], launch_longitude_rad=threats.launch_longitude_rad[rows],
        aim_latitude_rad=threats.aim_latitude_rad[rows], aim_longitude_rad=threats.aim_longitude_rad[rows],
        aim_i=threats.aim_i[rows],
    )  # fmt: skip


def _shots(world: World, watched: Watch, flight: FlightClasses, threats: Threats) -> tuple[Ints, Ints]:
    """Status (T,) of the paths, and shots (B, T) that each battery has time for at each threat."""
    rules = world.tracking
    paths = trajectories(threats, flight, world.terrain)
    if not paths.time_s.size:
        return paths.status, np.zeros((len(world.batteries.id), len(threats.id)), dtype=np.int64)
    looks = detections(
        paths, threats.kind, threats.class_i, threats.key, world.sensors, watched,
        burn_end_s=threats.launch_s + flight.burn_s[threats.class_i], m=rules.m, n=rules.n,
    )  # fmt: skip
    known = tracks(looks, rules)
    confirm_s = first_confirmed_s(known, len(threats.id), len(world.sensors.id))
    kept_s = kept_until(known, threats.kind, rules, len(world.sensors.id))
    available_s, until_s = track_times(
        confirm_s, kept_s, world.sensors.is_cue, world.batteries, np.full(len(world.posts.id), np.inf),
        world.defence.track_latency_s,
    )  # fmt: skip
    found = opportunities(paths, threats.kind, world.batteries)
    return paths.status, shots(found, world.batteries, available_s, until_s)


def first_confirmed_s(known: Tracks, n_threats: int, n_sensors: int) -> Floats:
    """When others learn of each sensor's track of each threat (T, S): of the look by which it is confirmed with
    probability `P_TRACK`; inf where that is never."""
    confirm_s = np.full((n_threats, n_sensors), np.inf)
    for q in range(known.threat_i.size):
        rows = slice(known.first[q], known.first[q + 1])
        at = int(np.searchsorted(known.p_confirmed[rows], P_TRACK))
        if at < known.time_s[rows].size:
            confirm_s[known.threat_i[q], known.sensor_i[q]] = known.time_s[rows][at] + known.latency_s[q]
    return confirm_s


def shots(found: Opportunities, batteries: BatteryTable, available_s: Floats, until_s: Floats) -> Ints:
    """How many shots (B, T) each battery has time for, each but the first after a look at what the last one did.

    available_s, until_s: (T, B) between which it has a track, see `defence.model.track_times`
    """
    n_shots = np.zeros((len(batteries.id), available_s.shape[0]), dtype=np.int64)
    for q in range(found.battery_i.size):
        b, t = int(found.battery_i[q]), int(found.threat_i[q])
        rows = slice(found.first[q], found.first[q + 1])
        meets_s, by_s, is_joined = found.intercept_s[rows], found.launch_by_s[rows], found.is_joined[rows]
        now = available_s[t, b] + batteries.reaction_s[b]
        most = min(MOST_SHOTS, int(batteries.stock[b]))
        while n_shots[b, t] < most:
            i = int(np.searchsorted(by_s, now))
            if i == by_s.size:
                break
            launch_s, intercept_s = float(by_s[i]), float(meets_s[i])
            if i > 0 and is_joined[i]:
                share = (now - by_s[i - 1]) / (by_s[i] - by_s[i - 1])
                launch_s, intercept_s = now, float(meets_s[i - 1] + share * (meets_s[i] - meets_s[i - 1]))
            if launch_s >= until_s[t, b]:
                break
            n_shots[b, t] += 1
            now = intercept_s + batteries.assess_s[b]
    return n_shots
