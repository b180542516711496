"""What lies between a sensor and a threat: the horizon of the smooth Earth, and hills on the way.

Plain Python, compiled by `kernels.py`. Rays are straight over an Earth of four thirds its radius.
"""

import math

from mamori.maths.earth import MEAN_RADIUS_M

EFFECTIVE_RADIUS_M = MEAN_RADIUS_M * 4.0 / 3.0
"""Earth on which rays are straight: the four-thirds model of a standard atmosphere (textbook formula)."""

BENDING_RAD = 0.013
"""Whole bending of a ray that leaves the ground level, out to space. Assumption: refractivity about 310 N units."""

N_BEARINGS = 720
"""Bearings of a table of hills, 0.4 to 0.7 degrees apart: even steps of `diamond`."""
OPEN = -1e9
"""Slope to the hills where there are none."""


def horizon_m(height_m: float) -> float:
    """Slant range from a point at height_m to where its line of sight touches the sea.

    A radar at height a sees a target at height h up to horizon_m(a) + horizon_m(h).
    Source: the textbooks' sqrt(2 k a h) with k of four thirds. That model bends rays at all heights; the air above
    about 20 km bends them no more, so that the true Earth's tangent with the whole bending at sea level is the upper
    limit.
    """
    if height_m <= 0.0:
        return 0.0
    low = math.sqrt(2.0 * EFFECTIVE_RADIUS_M * height_m)
    high = math.sqrt(height_m * (2.0 * MEAN_RADIUS_M + height_m)) + BENDING_RAD * MEAN_RADIUS_M
    return min(low, high)


def slope(way_m: float, up_m: float) -> float:
    """Slope at which a point is seen that lies way_m away along the antenna's level plane and up_m above that plane.

    Rays bend down by a quarter of the Earth's curvature (the four-thirds Earth), so that things seem so much higher.
    Source: parabola of the bending (textbook), good to some hundred kilometres, where hills end.
    """
    return up_m / way_m + way_m / (8.0 * MEAN_RADIUS_M)


def diamond(ahead: float, right: float) -> float:
    """A bearing as a number in [0, 4) that grows with it, without trigonometry: 0 ahead, 1 right, 2 behind, 3 left."""
    size = abs(ahead) + abs(right)
    if size == 0.0:
        return 0.0
    share = right / size
    if ahead < 0.0:
        return 2.0 - share
    return share if share >= 0.0 else 4.0 + share


def undiamond(number: float) -> tuple[float, float]:
    """A direction (ahead, right), not of unit length, of a number of `diamond`."""
    if number < 1.0:
        return 1.0 - number, number
    if number < 3.0:
        return 1.0 - number if number < 2.0 else number - 3.0, 2.0 - number
    return number - 3.0, number - 4.0
