"""The relief of Tatejima: mountains where nobody lives, plains where people do; for `make_tatejima.py`.

Only sums, products and square roots make the heights, and only `random.random()` the luck, so that they come out the
same on every machine. Lengths are kilometres on the plane of `make_tatejima.py`, heights metres.
"""

import random
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]
Disc = tuple[float, float, float]

STEP_DEG = 0.02
SOUTH_WEST, NORTH_EAST = (32.6, 164.6), (36.8, 171.4)  # latitude, longitude of the grid's corners, deg
HIGHEST_M = 3100.0  # before shores and valleys take from it
FOOT_KM = 4.0  # flat so far around every bus and district
FULL_KM = 32.0  # mountains stand at their full height so far from where people live ...
SHORE_KM = 26.0  # ... and so far inland
RIDGES = ((46.0, 0.55), (23.0, 0.25), (11.0, 0.13), (5.5, 0.07))  # wavelength, share of the height


def nodes() -> tuple[Array, Array]:
    """Latitudes (rows,) from north to south and longitudes (columns,) of the middles of the cells, deg."""
    rows, columns = (round((b - a) / STEP_DEG) for a, b in zip(SOUTH_WEST, NORTH_EAST, strict=True))
    latitude = NORTH_EAST[0] - STEP_DEG * (np.arange(rows) + 0.5)
    return latitude, SOUTH_WEST[1] + STEP_DEG * (np.arange(columns) + 0.5)


def relief(x: Array, y: Array, land: Sequence[shapely.Polygon], settled: Sequence[Disc], seed: str) -> Array:
    """Heights (rows, columns) in whole metres at points of the plane, 0 at sea.

    x, y: (rows, columns); land: main island first; settled: (x, y, radius) of what needs level ground
    """
    shape = shapely.MultiPolygon(list(land))
    is_land = shapely.contains_xy(shape, x, y)
    inland = np.where(is_land, shapely.distance(shapely.points(x, y), shape.boundary), 0.0)
    away = np.full(x.shape, np.inf)
    for east, north, radius in settled:
        away = np.minimum(away, np.sqrt((x - east) ** 2 + (y - north) ** 2) - radius)
    luck = random.Random(seed)
    rough = ridged(x, y, luck)
    region = 0.66 + 0.34 * waves(x, y, 170.0, luck)  # some massifs are higher than others
    edge = 11.0 * waves(x, y, 34.0, luck) + 6.0 * waves(x, y, 15.0, luck)  # so that basins are not round
    free = np.minimum((away - FOOT_KM + np.minimum(edge, 0.7 * away)) / FULL_KM, (inland - 2.0 + 0.5 * edge) / SHORE_KM)
    level = smooth((away - 0.5 * FOOT_KM) / FOOT_KM)
    mountains = HIGHEST_M * region * smooth(free) * level * (0.12 + 1.05 * rough * rough)
    hills = 300.0 * smooth((away - 1.0) / 14.0) * smooth(inland / 9.0) * rough * rough
    plain = 3.0 + 1.1 * np.minimum(inland, 60.0)
    return np.where(is_land, np.rint(plain + hills + mountains), 0.0)


def smooth(share: Array) -> Array:
    """0 below 0, 1 above 1, and a soft rise between."""
    t = np.clip(share, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def waves(x: Array, y: Array, wavelength: float, luck: random.Random) -> Array:
    """Soft noise between -1 and 1: random values at the corners of squares, smoothly joined."""
    n = int(1000.0 / wavelength) + 3
    corners = np.array([[2.0 * luck.random() - 1.0 for _ in range(n)] for _ in range(n)])
    u, v = (x + 500.0) / wavelength, (y + 500.0) / wavelength
    i, j = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    s, t = smooth(u - i), smooth(v - j)
    low = corners[j, i] * (1.0 - s) + corners[j, i + 1] * s
    high = corners[j + 1, i] * (1.0 - s) + corners[j + 1, i + 1] * s
    joined: Array = low * (1.0 - t) + high * t
    return joined


def ridged(x: Array, y: Array, luck: random.Random) -> Array:
    """Noise between 0 and 1 whose crests are sharp: where soft noise passes zero. Crests bend with a noise of their
    own."""
    bent_x, bent_y = x + 14.0 * waves(x, y, 60.0, luck), y + 14.0 * waves(x, y, 60.0, luck)
    total = np.zeros_like(x)
    for wavelength, share in RIDGES:
        crest = 1.0 - np.abs(waves(bent_x, bent_y, wavelength, luck))
        total += share * crest * crest
    return total
