"""The area that a sensor sees: where one look detects a threat of a class, at a height above the ground.

The threat is taken to fly straight at the sensor, so that no Doppler filter takes it for ground, unless it is slower
than the filter lets through. Sensors are taken as ready and without outages. Launch warning from space has no such
area: it sees a burning motor wherever it is above the clouds.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from mamori.maths.earth import MEAN_RADIUS_M, ecef
from mamori.maths.equal_area import AUTHALIC_RADIUS_M, Plane
from mamori.records import Floats, Ints, ThreatKind
from mamori.sensing.cover import kernels
from mamori.sensing.kernels import Watch, horizon_m
from mamori.sensing.model import SensorKind, SensorTable
from mamori.world.outline import Grid, outline
from mamori.world.terrain import SEA, Terrain

HEIGHTS_M = np.geomspace(1.0, 200e3, 160)
"""Heights that `lowest_seen_m` tries, 8 % apart."""


@dataclass(frozen=True)
class Approach:
    """How the threat comes: class_i (row of the signatures of the watch), kind, height above the ground, speed.

    closing_m_s: how fast it nears the sensor; inf where that never matters
    """

    class_i: int
    kind: ThreatKind
    above_m: float
    closing_m_s: float = np.inf


@dataclass(frozen=True)
class Chances:
    """Probability that one look detects: p (S, rows, columns) by sensor over the points of a grid."""

    grid: Grid
    p: Floats


def charted(sensors: SensorTable) -> Ints:
    """Indices of the sensors that have an area: all but launch warning from space."""
    return np.flatnonzero(sensors.kind != SensorKind.LAUNCH)


def reaches_m(watched: Watch, sensors: SensorTable, approach: Approach, most_ground_m: float) -> Floats:
    """(S,) beyond which no sensor sees, m on the ground: by range, and by the horizon over ground of at most this."""
    reach = np.where(watched.sees[:, approach.kind], watched.reach_m[:, approach.class_i], 0.0)
    over = [horizon_m(height) + horizon_m(approach.above_m + most_ground_m) for height in watched.antenna_m.tolist()]
    has_horizon = np.isin(sensors.kind, (SensorKind.RADAR, SensorKind.OPTICAL))
    reach = np.where(has_horizon, np.minimum(reach, over), reach)
    return np.where(sensors.kind == SensorKind.LAUNCH, 0.0, reach)


def spans_m(plane: Plane, sensors: SensorTable, reach_m: Floats) -> Floats:
    """East, north and half the width (3, S) of squares on a plane that hold what lies within reach_m (S,) of sensors.

    The plane stretches lengths across by 1 / cos(c / 2) at the angle c from its middle, and the ellipsoid by half a per
    cent at most.
    """
    east, north = plane.points_m(sensors.latitude_rad, sensors.longitude_rad)
    off = 2.0 * np.arcsin(np.minimum(np.hypot(east, north) / (2.0 * AUTHALIC_RADIUS_M), 1.0))
    far = np.minimum(off + reach_m / MEAN_RADIUS_M, 0.95 * np.pi)
    return np.stack([east, north, 1.005 * reach_m / np.cos(0.5 * far)])


def chances(watched: Watch, sensors: SensorTable, approach: Approach, grid: Grid, terrain: Terrain = SEA) -> Chances:
    """Probability of one look of each sensor over every point of a grid."""
    latitude, longitude = grid.places_rad()
    is_flat = not terrain.height_m.any()
    ground = np.zeros(latitude.shape) if is_flat else terrain.ground_m(latitude, longitude)
    position = ecef(latitude, longitude, ground)
    up = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=-1
    )
    reach = reaches_m(watched, sensors, approach, float(terrain.height_m.max(initial=0.0)))
    east, north, half = spans_m(grid.plane, sensors, reach)
    p = np.zeros((len(sensors.id), grid.n_rows, grid.n_columns))
    for s in np.flatnonzero(reach > 0.0).tolist():
        rows = _window(grid.south_m, grid.step_m, grid.n_rows, north[s], half[s])
        columns = _window(grid.west_m, grid.step_m, grid.n_columns, east[s], half[s])
        kernels.fill_chances(
            watched, s, approach.class_i, position, up, ground, approach.above_m, approach.closing_m_s,
            approach.kind == ThreatKind.BOAT, rows[0], columns[0], rows[1], columns[1], p[s],
        )  # fmt: skip
    return Chances(grid, p)


def _window(first_m: float, step_m: float, n: int, middle_m: float, reach_m: float) -> tuple[int, int]:
    low = int(np.floor((middle_m - reach_m - first_m) / step_m))
    high = int(np.ceil((middle_m + reach_m - first_m) / step_m)) + 1
    return min(max(low, 0), n), min(max(high, 0), n)


def areas(
    watched: Watch, approach: Approach, found: Chances, p_least: float, terrain: Terrain = SEA
) -> list[BaseGeometry]:
    """Where one look of each sensor (S) detects with at least this probability: polygons on the grid's plane.

    The edge is found to a metre on every line of the grid that it crosses; what is smaller than a step may be missed,
    islands of sight behind hills above all. Over the open sea the area is right to (step / radius)^2.
    """
    return [
        outline(found.grid, p, p_least, _edges(watched, s, approach, found.grid, p_least, terrain))
        for s, p in enumerate(found.p)
    ]


def _edges(
    watched: Watch, s: int, approach: Approach, grid: Grid, level: float, terrain: Terrain
) -> Callable[[Floats, Floats], Floats]:
    def edges(inside: Floats, outside: Floats) -> Floats:
        edge = np.empty(inside.shape)
        kernels.fill_edges(
            watched, s, approach.class_i, terrain, grid.plane, approach.above_m, approach.closing_m_s,
            approach.kind == ThreatKind.BOAT, level, inside, outside, edge,
        )  # fmt: skip
        return edge

    return edges


def lowest_seen_m(
    watched: Watch, sensors: SensorTable, approach: Approach, p_least: float, latitude_rad: Floats,
    longitude_rad: Floats, terrain: Terrain = SEA,
) -> tuple[Floats, Ints]:  # fmt: skip
    """From which height (N,) above the ground on a threat over each place is seen, inf for never, and by which sensor.

    approach: its height does not matter; heights from 1 m to 200 km are tried. Higher up it may be lost again, above a
    sensor's greatest elevation or range.
    """
    lowest, by = np.empty(latitude_rad.size), np.empty(latitude_rad.size, dtype=np.int64)
    who = charted(sensors)
    who = who[watched.sees[who, approach.kind]]
    kernels.fill_lowest(
        watched, who, approach.class_i, terrain, latitude_rad, longitude_rad, HEIGHTS_M, approach.closing_m_s, p_least,
        lowest, by,
    )  # fmt: skip
    return lowest, by
