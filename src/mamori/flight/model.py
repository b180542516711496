"""Paths of the raid's threats, from launch to impact."""

from dataclasses import dataclass

import numpy as np

from mamori.flight.ballistic import ROW_S, Ballistics, shots
from mamori.flight.level.paths import level_paths, way_lengths_m
from mamori.flight.quasi import quasi_ballistic_paths
from mamori.flight.sea.ways import Sea
from mamori.flight.status import FlightStatus, status_text
from mamori.maths.earth import distance_m, geodetic_point
from mamori.maths.luck import Stage, uniform
from mamori.records import Bools, Floats, Ints, ThreatKind, Threats, Trajectories, Ways
from mamori.world.terrain import SEA, Terrain

__all__ = ["FlightClasses", "FlightStatus", "status_text", "trajectories"]

_STEPS_S = {ThreatKind.BALLISTIC: ROW_S, ThreatKind.CRUISE: 10.0, ThreatKind.DRONE: 20.0, ThreatKind.BOAT: 30.0}
"""Grid of the rows by kind: fine enough that a chord stays within a metre of the path of a level flight."""


@dataclass(frozen=True)
class FlightClasses:
    """How each class of threat flies or sails, one row a class (M,).

    Columns that a kind does not use stand at 0 or inf.
    kind: ThreatKind; min_range_m, max_range_m: ground range from launch to aim
    speed_m_s: along the path; height_m: of low flight above the ground
    climb_rad, dive_rad: greatest slopes on the way and of the last dive
    burn_s: length of the boost; apogee_ratio: apogee over ground range
    ballistic_coefficient_kg_m2, boost_coefficient_kg_m2: mass over drag coefficient times area at Mach 5, after and
    during the boost; max_apogee_m: highest apogee
    apogee_m: of quasi-ballistic flight, nan for the others; pull_up_m, lift_to_drag, impact_speed_m_s: its profile
    p_launch: that a launch succeeds
    """

    kind: Ints
    min_range_m: Floats
    max_range_m: Floats
    speed_m_s: Floats
    height_m: Floats
    climb_rad: Floats
    dive_rad: Floats
    burn_s: Floats
    apogee_ratio: Floats
    ballistic_coefficient_kg_m2: Floats
    boost_coefficient_kg_m2: Floats
    max_apogee_m: Floats
    apogee_m: Floats
    pull_up_m: Floats
    lift_to_drag: Floats
    impact_speed_m_s: Floats
    p_launch: Floats


def lifts_off(classes: FlightClasses, class_i: Ints, threat_key: Ints, seed: int, replica: int) -> Bools:
    """Whose launch succeeds in a replica, (T,).

    class_i: (T,) row in the classes; threat_key: (T,) luck keys, so that it hangs on the threat alone
    """
    found = np.ones(class_i.size, np.bool_)
    for t in np.flatnonzero(classes.p_launch[class_i] < 1.0):
        found[t] = uniform(seed, replica, int(Stage.FLIGHT), int(threat_key[t]), 0) < classes.p_launch[class_i[t]]
    return found


def trajectories(
    threats: Threats, classes: FlightClasses, terrain: Terrain = SEA, sea: Sea | None = None
) -> Trajectories:
    """Paths of all threats, in their order, on a time grid after the raid's zero hour.

    classes: one row a class of `threats.classes`; their kinds, not `threats.kind`, decide how a threat moves
    terrain: the ground that cruise missiles and drones fly over, and on which ballistic paths end; quasi-ballistic ones
    end on the ellipsoid, and all ballistic ones begin there
    sea: the land that boats go round; they go straight where it is left out
    A threat without a path has a FlightStatus other than 0 (`status_text` says what to do), no rows, impact_s inf.
    Heights are those above the ellipsoid, of ballistic paths along the radius (6 parts in a million more at most).
    """
    n = len(threats.id)
    place = np.stack(
        [
            threats.launch_latitude_rad,
            threats.launch_longitude_rad,
            threats.aim_latitude_rad,
            threats.aim_longitude_rad,
        ]
    )
    kind = classes.kind[threats.class_i]
    range_m = distance_m(*place)
    status = np.where(range_m < classes.min_range_m[threats.class_i], FlightStatus.TOO_NEAR, FlightStatus.FOUND)
    status = status.astype(np.int64)
    ways, is_cut_off = _ways(threats, kind, place, sea)
    status[is_cut_off & (status == FlightStatus.FOUND)] = FlightStatus.NO_SEA_WAY
    is_low = kind != ThreatKind.BALLISTIC
    way_m = np.where(is_low, way_lengths_m(place, ways), range_m) if ways is not None else range_m
    status[(way_m > classes.max_range_m[threats.class_i]) & (status == FlightStatus.FOUND)] = FlightStatus.TOO_FAR
    ballistic = np.flatnonzero((status == FlightStatus.FOUND) & (kind == ThreatKind.BALLISTIC))
    level = np.flatnonzero((status == FlightStatus.FOUND) & (kind != ThreatKind.BALLISTIC))
    c = threats.class_i[ballistic]
    high = high_paths(
        place[:, ballistic],
        classes,
        c,
        apogee_m=np.full(ballistic.size, np.nan),
        aim_height_m=terrain.ground_m(place[2, ballistic], place[3, ballistic]),
    )
    status[ballistic] = high.status
    c = threats.class_i[level]
    steps = np.array([_STEPS_S[k] for k in ThreatKind])
    low = level_paths(
        place[:, level],
        speed_m_s=classes.speed_m_s[c],
        height_m=classes.height_m[c],
        climb_rad=classes.climb_rad[c],
        dive_rad=classes.dive_rad[c],
        step_s=steps[kind[level]],
        ways=None if ways is None else _of(ways, level),
        terrain=terrain,
        is_afloat=kind[level] == ThreatKind.BOAT,
    )
    n_rows = np.zeros(n, dtype=np.int64)
    duration = np.full(n, np.inf)
    n_rows[ballistic], duration[ballistic] = np.diff(high.first), high.duration_s
    n_rows[level], duration[level] = np.diff(low.first), low.duration_s
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(n_rows, out=first[1:])
    # Where each row of the two kinds of path goes, threat by threat.
    to_high = _targets(first, ballistic, high.first)
    to_low = _targets(first, level, low.first)
    n_all = int(first[-1])
    time_s, height, position, velocity = np.zeros(n_all), np.zeros(n_all), np.zeros((n_all, 3)), np.zeros((n_all, 3))
    ground = np.zeros(n_all)
    ground[to_low], ground[to_high] = low.ground_m, _ground_below(high, terrain)
    for to, paths in ((to_high, high), (to_low, low)):
        time_s[to], height[to] = paths.time_s, paths.height_m
        position[to], velocity[to] = paths.position_m, paths.velocity_m_s
    return Trajectories(
        first=first,
        time_s=time_s + np.repeat(threats.launch_s, n_rows),
        position_m=position,
        velocity_m_s=velocity,
        height_m=height,
        impact_s=threats.launch_s + duration,
        status=status,
        ground_m=ground,
    )


def _ground_below(paths: Ballistics, terrain: Terrain) -> Floats:
    """Height (P,) of the ground below ballistic paths, never above them."""
    at = np.array([geodetic_point(*point) for point in paths.position_m.tolist()]).reshape(-1, 3)
    return np.minimum(terrain.ground_m(at[:, 0], at[:, 1]), paths.height_m)


def high_paths(
    place: Floats,
    classes: FlightClasses,
    class_i: Ints,
    *,
    apogee_m: Floats,
    aim_height_m: Floats | None = None,
    row_s: float = ROW_S,
) -> Ballistics:
    """Ballistic and quasi-ballistic paths of n bodies, each by its class.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; class_i: (n,) row of the
    classes; apogee_m: (n,), nan for the class's own; aim_height_m: (n,) above the ellipsoid, of ballistic aims
    """
    n = class_i.size
    is_quasi = ~np.isnan(classes.apogee_m[class_i])
    own = np.where(is_quasi, classes.apogee_m[class_i], classes.apogee_ratio[class_i] * distance_m(*place))
    top = np.where(np.isnan(apogee_m), own, apogee_m)
    quasi, free = np.flatnonzero(is_quasi), np.flatnonzero(~is_quasi)
    c = class_i[free]
    paths = shots(
        place[:, free],
        apogee_m=top[free],
        burn_s=classes.burn_s[c],
        ballistic_coefficient_kg_m2=classes.ballistic_coefficient_kg_m2[c],
        boost_coefficient_kg_m2=classes.boost_coefficient_kg_m2[c],
        most_apogee_m=classes.max_apogee_m[c],
        aim_height_m=None if aim_height_m is None else aim_height_m[free],
        row_s=row_s,
    )
    if quasi.size == 0:
        return paths
    c = class_i[quasi]
    low = quasi_ballistic_paths(
        place[:, quasi],
        apogee_m=top[quasi],
        burn_s=classes.burn_s[c],
        pull_up_m=classes.pull_up_m[c],
        lift_to_drag=classes.lift_to_drag[c],
        impact_speed_m_s=classes.impact_speed_m_s[c],
        row_s=row_s,
    )
    return paths.merged(low, free, quasi, n)


def _ways(threats: Threats, kind: Ints, place: Floats, sea: Sea | None) -> tuple[Ways | None, Bools]:
    """Way-points of all threats, those of boats with every corner of their way; and which boats have none (T,)."""
    is_cut_off = np.zeros(kind.size, dtype=np.bool_)
    boats = set(np.flatnonzero(kind == ThreatKind.BOAT).tolist()) if sea is not None else set()
    if sea is None or not boats:
        return threats.ways, is_cut_off
    parts = []
    for i in range(kind.size):
        own = np.zeros((0, 3))
        if threats.ways is not None:
            rows = slice(threats.ways.first[i], threats.ways.first[i + 1])
            columns = threats.ways.latitude_rad, threats.ways.longitude_rad, threats.ways.height_m
            own = np.stack([column[rows] for column in columns], axis=1)
        if i in boats:
            way = sea.way(np.concatenate([place[None, :2, i], own[:, :2], place[None, 2:, i]]))
            is_cut_off[i] = way is None
            own = np.zeros((0, 3)) if way is None else np.insert(way[1:-1], 2, -np.inf, axis=1)
        parts.append(own)
    first = np.zeros(kind.size + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=first[1:])
    return Ways(first, *np.ascontiguousarray(np.concatenate(parts).T)), is_cut_off


def _of(ways: Ways, which: Ints) -> Ways:
    """The way-points of some of the threats."""
    n = np.diff(ways.first)[which]
    first = np.zeros(which.size + 1, dtype=np.int64)
    np.cumsum(n, out=first[1:])
    rows = np.arange(int(first[-1])) + np.repeat(ways.first[which] - first[:-1], n)
    return Ways(first, ways.latitude_rad[rows], ways.longitude_rad[rows], ways.height_m[rows])


def _targets(first: Ints, which: Ints, own_first: Ints) -> Ints:
    """Rows of the whole record that the rows of some of its threats take, in their order."""
    shift = np.repeat(first[which] - own_first[:-1], np.diff(own_first))
    rows: Ints = np.arange(int(own_first[-1]), dtype=np.int64) + shift
    return rows
