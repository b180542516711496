"""Low flight and boats: great circles from point to point, at a height above the ground, at one speed.

For cruise missiles, drones and boats (on the sea, at height 0). A path climbs straight from the launch, keeps its
height above the ground as near as the slopes of its class let it, higher where it must and never lower, and dives
straight onto the aim. The way has the length that the ellipsoid gives it; the speed is the class's on average and
within 0.6 % of it everywhere, since the great circles are those of the geodetic normals. At a way-point it turns at
once.
"""

import math
from dataclasses import dataclass

import numpy as np

from mamori.flight.level import kernels
from mamori.maths.earth import ECCENTRICITY_2, MEAN_RADIUS_M, SEMI_MAJOR_M
from mamori.records import Bools, Floats, Ints, Ways
from mamori.world.terrain import SEA, Terrain

_SIMPSON = np.array([1.0, 4.0, 2.0, 4.0, 2.0, 4.0, 2.0, 4.0, 1.0]) / 24.0
_FINEST_M, _COARSEST_M = 100.0, 500.0  # between the points at which the ground is looked up: a quarter of a cell


@dataclass(frozen=True)
class LevelPaths:
    """Paths of n threats over their ways, ragged.

    first: (n + 1,); time_s: (P,) after launch; position_m, velocity_m_s: (P, 3); height_m: (P,) above the ellipsoid
    ground_m: (P,) height of the ground below; duration_s: (n,)
    """

    first: Ints
    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    height_m: Floats
    ground_m: Floats
    duration_s: Floats


@dataclass(frozen=True)
class Legs:
    """The ways of n threats as great circles, ragged: S legs.

    first: (n + 1,); start, ahead: (S, 3) normals at the start and at right angles to it; angle_rad, length_m: (S,)
    least_m: (S,) height above the sea to be kept at the end of the leg at least, -inf for none
    """

    first: Ints
    start: Floats
    ahead: Floats
    angle_rad: Floats
    length_m: Floats
    least_m: Floats


def level_paths(
    place: Floats,
    *,
    speed_m_s: Floats,
    height_m: Floats,
    climb_rad: Floats,
    dive_rad: Floats,
    step_s: Floats,
    ways: Ways | None = None,
    terrain: Terrain = SEA,
    is_afloat: Bools | None = None,
) -> LevelPaths:
    """Paths of n threats: rows at least every step_s, at corners and way-points, where the ground bends, at the impact.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; the other arrays (n,)
    height_m: above the ground; climb_rad, dive_rad: greatest slopes on the way (up and down) and of the last dive,
    exceeded only where the ground around launch or aim is steeper
    is_afloat: stays on the sea, whatever the terrain says; none does where left out
    Where the way is too short for climb and dive, the height is what they allow.
    """
    n = place.shape[1]
    legs = legs_of(place, ways)
    is_afloat = np.zeros(n, dtype=np.bool_) if is_afloat is None else is_afloat
    knots, knot_first, n_knots, is_corner, path_m = _profiles(
        legs, height_m, np.tan(climb_rad), np.tan(dive_rad), terrain, is_afloat
    )
    room = n_knots + np.ceil(path_m / (speed_m_s * step_s)).astype(np.int64) + 1
    room_first = _offsets(room)
    rows, n_rows = np.zeros((int(room_first[-1]), 5)), np.zeros(n, dtype=np.int64)
    kernels.fill_rows(knot_first, knots, is_corner, n_knots, speed_m_s, step_s, room_first, rows, n_rows)
    first = _offsets(n_rows)
    rows = rows[np.arange(int(first[-1])) + np.repeat(room_first[:-1] - first[:-1], n_rows)]
    position, velocity = _states(legs, rows, np.repeat(np.arange(n), n_rows), speed_m_s)
    return LevelPaths(
        first=first,
        time_s=rows[:, kernels.TIME].copy(),
        position_m=position,
        velocity_m_s=velocity,
        height_m=rows[:, kernels.HEIGHT].copy(),
        ground_m=rows[:, kernels.GROUND].copy(),
        duration_s=rows[first[1:] - 1, kernels.TIME],
    )


def legs_of(place: Floats, ways: Ways | None) -> Legs:
    """Great circles from the launch over the way-points to the aim; place as `level_paths` takes it."""
    n = place.shape[1]
    n_ways = np.zeros(n, dtype=np.int64) if ways is None else np.diff(ways.first)
    point_first = _offsets(n_ways + 2)
    points, least = np.zeros((2, int(point_first[-1]))), np.full(int(point_first[-1]), -np.inf)
    points[:, point_first[:-1]], points[:, point_first[1:] - 1] = place[:2], place[2:]
    if ways is not None:
        inner = np.ones(points.shape[1], dtype=np.bool_)
        inner[point_first[:-1]] = inner[point_first[1:] - 1] = False
        points[:, inner] = ways.latitude_rad, ways.longitude_rad
        least[inner] = ways.height_m
    is_start = np.ones(points.shape[1], dtype=np.bool_)
    is_start[point_first[1:] - 1] = False
    at = np.flatnonzero(is_start)
    start, end = _normals(*points[:, at]), _normals(*points[:, at + 1])
    across = np.linalg.norm(np.cross(start, end), axis=1)
    angle = np.arctan2(across, (start * end).sum(axis=1))
    ahead = end - start * np.cos(angle)[:, None]
    # Between antipodes every way is as short; any will do.
    axis = np.eye(3)[np.abs(start).argmin(axis=1)]
    aside = np.cross(start, axis)
    ahead = np.where(across[:, None] > 1e-12, ahead, aside)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1), 1e-300)[:, None]
    return Legs(_offsets(n_ways + 1), start, ahead, angle, _lengths(start, ahead, angle), least[at + 1])


def way_lengths_m(place: Floats, ways: Ways | None) -> Floats:
    """Lengths (n,) of the ways over the ground, m; place as `level_paths` takes it."""
    legs = legs_of(place, ways)
    return _sums(legs.length_m, legs.first)


def _profiles(
    legs: Legs, above_m: Floats, climb: Floats, dive: Floats, terrain: Terrain, is_afloat: Bools
) -> tuple[Floats, Ints, Ints, Bools, Floats]:
    """Heights over the ways: knots, their offsets and numbers, which need a row, and lengths through the air."""
    spacing_m = _COARSEST_M if np.isfinite(legs.least_m).any() else math.inf
    if terrain.height_m.any():
        cell_m = min(terrain.latitude_step_rad, terrain.longitude_step_rad) * MEAN_RADIUS_M
        spacing_m = min(max(0.25 * cell_m, _FINEST_M), _COARSEST_M)
    n, n_steps = above_m.size, np.maximum(1.0, np.ceil(legs.length_m / spacing_m)).astype(np.int64)
    first = _offsets(np.add.reduceat(3 * n_steps, legs.first[:-1]) + 1 if n else n_steps)
    along, under, least = (np.zeros(int(first[-1])) for _ in range(3))
    is_corner, n_points = np.zeros(along.size, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    kernels.sample_ground(
        *terrain, *_bounds(terrain), legs.first, legs.start, legs.ahead, legs.angle_rad, legs.length_m, legs.least_m,
        is_afloat, spacing_m, first, n_points, along, under, least, is_corner,
    )  # fmt: skip
    knot_first = _offsets(n_points + 3)
    knots, knot_is_corner = np.zeros((int(knot_first[-1]), 3)), np.zeros(int(knot_first[-1]), dtype=np.bool_)
    n_knots, path_m = np.zeros(n, dtype=np.int64), np.zeros(n)
    kernels.fill_heights(
        first, n_points, along, under, is_corner, least, above_m, climb, dive, knot_first, knots, knot_is_corner,
        n_knots, path_m, np.zeros(along.size),
    )  # fmt: skip
    return knots, knot_first, n_knots, knot_is_corner, path_m


def _bounds(terrain: Terrain) -> tuple[Floats, float]:
    """Normal (3,) at the middle of a terrain, and the cosine of the angle beyond which all is sea."""
    rows, columns = terrain.height_m.shape
    half = 0.5 * (rows + 1) * terrain.latitude_step_rad, 0.5 * (columns + 1) * terrain.longitude_step_rad
    latitude = terrain.south_rad + half[0] - terrain.latitude_step_rad
    longitude = terrain.west_rad + half[1] - terrain.longitude_step_rad
    # A way along two sides of the grid is never shorter than the straight one.
    return _normals(latitude, longitude), math.cos(min(math.pi, half[0] + half[1]))


def _states(legs: Legs, rows: Floats, i: Ints, speed_m_s: Floats) -> tuple[Floats, Floats]:
    """Positions and velocities (R, 3) of rows (R, 5) of threats i (R,); a row at a way-point begins the next leg."""
    end_m = np.concatenate([np.zeros(0), *(np.cumsum(x) for x in np.split(legs.length_m, legs.first[1:-1]))])
    begin_m = end_m - legs.length_m
    # Ways side by side on one line, so that one search finds the leg of every row.
    apart = float(end_m.max(initial=0.0)) + 1.0
    leg = np.searchsorted(
        begin_m + apart * np.repeat(np.arange(legs.first.size - 1), np.diff(legs.first)),
        rows[:, kernels.ALONG] + apart * i + 1e-6,
        side="right",
    ) - 1  # fmt: skip
    along, slope = rows[:, kernels.ALONG] - begin_m[leg], rows[:, kernels.SLOPE]
    length = np.maximum(legs.length_m[leg], 1e-300)
    turned = np.clip(along / length, 0.0, 1.0) * legs.angle_rad[leg]
    position, change = _points(legs.start[leg], legs.ahead[leg], turned, rows[:, kernels.HEIGHT])
    normal = legs.start[leg] * np.cos(turned)[:, None] + legs.ahead[leg] * np.sin(turned)[:, None]
    over_ground = np.where(legs.length_m[leg] > 0.0, speed_m_s[i] / np.sqrt(1.0 + slope * slope), 0.0)
    turn_rad_s = over_ground * legs.angle_rad[leg] / length
    return position, change * turn_rad_s[:, None] + normal * (slope * over_ground)[:, None]


def _offsets(counts: Ints) -> Ints:
    first = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=first[1:])
    return first


def _sums(values: Floats, first: Ints) -> Floats:
    """Sums (n,) of ragged values; every entry has at least one."""
    return np.add.reduceat(values, first[:-1]) if first.size > 1 else values[:0]


def _normals(latitude_rad: Floats | float, longitude_rad: Floats | float) -> Floats:
    cos_lat = np.cos(latitude_rad)
    return np.stack([cos_lat * np.cos(longitude_rad), cos_lat * np.sin(longitude_rad), np.sin(latitude_rad)], axis=-1)


def _points(start: Floats, ahead: Floats, turned_rad: Floats, height_m: Floats) -> tuple[Floats, Floats]:
    """Points (..., 3) whose normals have turned from `start` towards `ahead`, and their derivative by the angle.

    Source: the point of an ellipsoid with normal n is (a2 n_x, a2 n_y, b2 n_z) / sqrt(a2 (n_x2 + n_y2) + b2 n_z2).
    """
    cos, sin = np.cos(turned_rad)[..., None], np.sin(turned_rad)[..., None]
    normal, change = start * cos + ahead * sin, ahead * cos - start * sin
    squares = np.array([1.0, 1.0, 1.0 - ECCENTRICITY_2]) * SEMI_MAJOR_M
    scaled, scaled_change = squares * normal, squares * change
    root = np.sqrt((normal * scaled).sum(axis=-1, keepdims=True) / SEMI_MAJOR_M)
    root_change = (scaled * change).sum(axis=-1, keepdims=True) / (SEMI_MAJOR_M * root)
    tall = height_m[..., None]
    return scaled / root + tall * normal, scaled_change / root - scaled * root_change / root**2 + tall * change


def _lengths(start: Floats, ahead: Floats, angle: Floats) -> Floats:
    """Lengths (n,) of the arcs on the ellipsoid, by Simpson's rule in eight parts."""
    turned = angle[:, None] * np.linspace(0.0, 1.0, _SIMPSON.size)
    _, slope = _points(start[:, None, :], ahead[:, None, :], turned, np.zeros(turned.shape))
    lengths: Floats = angle * (np.linalg.norm(slope, axis=-1) * _SIMPSON).sum(axis=1)
    return lengths
