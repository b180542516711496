"""Compiled loops of coverage: what a look gives over each point of a grid, and from which height on a place is seen."""

import math

from numba import njit

from mamori.maths.earth import ecef_point
from mamori.maths.equal_area import Plane, place_point
from mamori.records import Floats, Ints
from mamori.sensing.kernels import Watch, chance_of_look, look_at
from mamori.world.kernels import ground_m
from mamori.world.terrain import Terrain

_BISECTIONS = 14


@njit(cache=True, nogil=True)
def chance(
    w: Watch, s: int, c: int, x_m: float, y_m: float, z_m: float, height_m: float, above_m: float, closing_m_s: float
) -> float:
    """Probability that one look of a sensor detects a threat of a class that flies towards it at a point.

    x_m, y_m, z_m, height_m: of the point, Earth-centred and above the ellipsoid; above_m: above the ground
    """
    range_m, is_visible = look_at(w, s, w.reach_m[s, c], x_m, y_m, z_m, height_m)
    if not is_visible:
        return 0.0
    return float(chance_of_look(w, s, c, range_m, height_m, above_m, closing_m_s)[0])


@njit(cache=True, nogil=True)
def chance_over(
    w: Watch, s: int, c: int, terrain: Terrain, latitude_rad: float, longitude_rad: float, above_m: float,
    closing_m_s: float, is_afloat: bool,
) -> float:  # fmt: skip
    """The same over a place, above_m above its ground; what is afloat is nowhere over land."""
    ground = ground_m(
        terrain.south_rad, terrain.west_rad, terrain.latitude_step_rad, terrain.longitude_step_rad, terrain.height_m,
        latitude_rad, longitude_rad,
    )  # fmt: skip
    if is_afloat and ground > 0.0:
        return 0.0
    height_m = ground + above_m
    x_m, y_m, z_m = ecef_point(latitude_rad, longitude_rad, height_m)
    return float(chance(w, s, c, x_m, y_m, z_m, height_m, above_m, closing_m_s))


@njit(cache=True, nogil=True)
def fill_chances(
    w: Watch, s: int, c: int, position_m: Floats, up: Floats, ground: Floats, above_m: float, closing_m_s: float,
    is_afloat: bool, first_row: int, first_column: int, end_row: int, end_column: int, p: Floats,
) -> None:  # fmt: skip
    """Fill p (rows, columns) within a window of a grid; outside it stays as it is.

    position_m, up: (rows, columns, 3) of the ground and straight up there; ground: (rows, columns) its height
    """
    for i in range(first_row, end_row):
        for j in range(first_column, end_column):
            if is_afloat and ground[i, j] > 0.0:
                continue
            at, n = position_m[i, j], up[i, j]
            p[i, j] = chance(
                w, s, c, at[0] + above_m * n[0], at[1] + above_m * n[1], at[2] + above_m * n[2],
                ground[i, j] + above_m, above_m, closing_m_s,
            )  # fmt: skip


@njit(cache=True, nogil=True)
def fill_edges(
    w: Watch, s: int, c: int, terrain: Terrain, plane: Plane, above_m: float, closing_m_s: float, is_afloat: bool,
    level: float, inside: Floats, outside: Floats, edge: Floats,
) -> None:  # fmt: skip
    """Fill edge (2, V) by halving the way between points of a plane inside and outside (2, V) of the coverage."""
    for v in range(edge.shape[1]):
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            share = 0.5 * (low + high)
            latitude, longitude = place_point(
                plane.sin_middle, plane.cos_middle, plane.middle_rad,
                inside[0, v] + share * (outside[0, v] - inside[0, v]),
                inside[1, v] + share * (outside[1, v] - inside[1, v]),
            )  # fmt: skip
            p = chance_over(w, s, c, terrain, latitude, longitude, above_m, closing_m_s, is_afloat)
            if p >= level:
                low = share
            else:
                high = share
        for axis in range(2):
            edge[axis, v] = inside[axis, v] + 0.5 * (low + high) * (outside[axis, v] - inside[axis, v])


@njit(cache=True, nogil=True)
def fill_lowest(
    w: Watch, sensor_i: Ints, c: int, terrain: Terrain, latitude_rad: Floats, longitude_rad: Floats, steps_m: Floats,
    closing_m_s: float, level: float, lowest_m: Floats, by: Ints,
) -> None:  # fmt: skip
    """Fill the lowest height (N,) above the ground of each place at which a look detects, inf for none, and by whom.

    steps_m: (H,) rising heights that are tried; between the first that is seen and the one before it the way is halved
    """
    for i in range(latitude_rad.size):
        lowest_m[i], by[i] = math.inf, -1
        for s in sensor_i:
            for k in range(steps_m.size):
                if steps_m[k] >= lowest_m[i]:
                    break
                if (
                    chance_over(w, s, c, terrain, latitude_rad[i], longitude_rad[i], steps_m[k], closing_m_s, False)
                    < level
                ):
                    continue
                low, high = steps_m[k - 1] if k > 0 else steps_m[k], steps_m[k]
                for _ in range(_BISECTIONS):
                    middle = 0.5 * (low + high)
                    p = chance_over(w, s, c, terrain, latitude_rad[i], longitude_rad[i], middle, closing_m_s, False)
                    if p >= level:
                        high = middle
                    else:
                        low = middle
                if high < lowest_m[i]:
                    lowest_m[i], by[i] = high, s
                break
