"""Compiled look-up of the height of the ground."""

import math

from numba import njit

from mamori.records import Floats


@njit(cache=True, nogil=True)
def node_m(height_m: Floats, row: int, column: int, is_over_pole: bool, is_round: bool) -> float:
    """Height of one node, m: 0 beyond the grid, but its last row again over a pole, and round the Earth if it goes."""
    n_rows, n_columns = height_m.shape
    if is_over_pole:
        row = min(max(row, 0), n_rows - 1)
    if is_round:
        column %= n_columns
    if row < 0 or row >= n_rows or column < 0 or column >= n_columns:
        return 0.0
    found_m: float = height_m[row, column]
    return found_m


@njit(cache=True, nogil=True)
def ground_m(
    south_rad: float,
    west_rad: float,
    latitude_step_rad: float,
    longitude_step_rad: float,
    height_m: Floats,
    latitude_rad: float,
    longitude_rad: float,
) -> float:
    """Height of the ground at a point, m, between four nodes; see `terrain.Terrain`."""
    n_rows, n_columns = height_m.shape
    y = (latitude_rad - south_rad) / latitude_step_rad
    if y <= -1.0 or y >= n_rows:
        return 0.0
    turn = 2.0 * math.pi
    is_round = n_columns * longitude_step_rad > turn - 0.5 * longitude_step_rad
    # From one step west of the grid, so that the fall to the sea there is found as well.
    x = ((longitude_rad - west_rad + longitude_step_rad) % turn) / longitude_step_rad - 1.0
    if x >= n_columns and not is_round:
        return 0.0
    row, column = math.floor(y), math.floor(x)
    south, north = south_rad + row * latitude_step_rad, south_rad + (row + 1) * latitude_step_rad
    is_over_pole = south < -0.5 * math.pi or north > 0.5 * math.pi
    up, right = y - row, x - column
    low = node_m(height_m, row, column, is_over_pole, is_round) * (1.0 - right)
    low += node_m(height_m, row, column + 1, is_over_pole, is_round) * right
    high = node_m(height_m, row + 1, column, is_over_pole, is_round) * (1.0 - right)
    high += node_m(height_m, row + 1, column + 1, is_over_pole, is_round) * right
    found_m: float = low * (1.0 - up) + high * up
    return found_m


@njit(cache=True, nogil=True)
def fill_ground(
    south_rad: float,
    west_rad: float,
    latitude_step_rad: float,
    longitude_step_rad: float,
    height_m: Floats,
    latitude_rad: Floats,
    longitude_rad: Floats,
    found_m: Floats,
) -> None:
    """Heights at n points: latitude_rad, longitude_rad (n,) in, found_m (n,) written."""
    for i in range(latitude_rad.size):
        found_m[i] = ground_m(
            south_rad, west_rad, latitude_step_rad, longitude_step_rad, height_m, latitude_rad[i], longitude_rad[i]
        )
