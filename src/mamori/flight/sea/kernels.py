"""Compiled search for the shortest way between corners of the land.

The plane is gnomonic, on which great circles are straight. Rings run with the land on their left.
"""

import math

from numba import njit

from mamori.records import Bools, Floats, Ints


@njit(cache=True, nogil=True)
def side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """Positive where c lies left of the line from a to b."""
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@njit(cache=True, nogil=True)
def is_into_land(x: Floats, y: Floats, before: Ints, after: Ints, k: int, tx: float, ty: float) -> bool:
    """Whether the line from the convex corner k to a point begins inside the land."""
    a, b = before[k], after[k]
    return bool(side(x[k], y[k], x[b], y[b], tx, ty) > 0.0 and side(x[a], y[a], x[k], y[k], tx, ty) > 0.0)


@njit(cache=True, nogil=True)
def is_open(x: Floats, y: Floats, before: Ints, after: Ints, n_corners: int, i: int, j: int) -> bool:
    """Whether no land lies between the points i and j, each a corner (below n_corners) or not."""
    if i < n_corners and is_into_land(x, y, before, after, i, x[j], y[j]):
        return False
    if j < n_corners and is_into_land(x, y, before, after, j, x[i], y[i]):
        return False
    west, east = min(x[i], x[j]), max(x[i], x[j])
    south, north = min(y[i], y[j]), max(y[i], y[j])
    for a in range(n_corners):
        b = after[a]
        if a in (i, j) or b in (i, j):
            continue
        if max(x[a], x[b]) < west or min(x[a], x[b]) > east or max(y[a], y[b]) < south or min(y[a], y[b]) > north:
            continue
        # A line that only touches a corner counts as crossing one of its two edges: the way then goes by that corner.
        if (side(x[i], y[i], x[j], y[j], x[a], y[a]) >= 0.0) != (side(x[i], y[i], x[j], y[j], x[b], y[b]) >= 0.0) and (
            side(x[a], y[a], x[b], y[b], x[i], y[i]) >= 0.0
        ) != (side(x[a], y[a], x[b], y[b], x[j], y[j]) >= 0.0):
            return False
    return True


@njit(cache=True, nogil=True)
def is_tangent(x: Floats, y: Floats, before: Ints, after: Ints, k: int, i: int) -> bool:
    """Whether the line from point i touches the land at corner k without entering it: shortest ways turn only there."""
    a = side(x[i], y[i], x[k], y[k], x[before[k]], y[before[k]])
    b = side(x[i], y[i], x[k], y[k], x[after[k]], y[after[k]])
    return bool(a * b >= 0.0)


@njit(cache=True, nogil=True)
def arc_rad(normal: Floats, i: int, j: int) -> float:
    """Angle between two unit vectors of normal (N, 3)."""
    d = 0.0
    for axis in range(3):
        d += (normal[i, axis] - normal[j, axis]) ** 2
    return 2.0 * math.asin(min(1.0, 0.5 * math.sqrt(d)))


@njit(cache=True, nogil=True)
def shortest(
    normal: Floats,
    x: Floats,
    y: Floats,
    before: Ints,
    after: Ints,
    is_turn: Bools,
    far_rad: Floats,
    came_from: Ints,
    is_done: Bools,
) -> bool:
    """The shortest way over the sea from the last point but one to the last (A*); whether there is one.

    normal: (N, 3) unit vectors of the corners, then of start and aim; x, y: (N,) the same on the plane
    before, after: (N - 2,) neighbours in their ring; is_turn: (N - 2,) corners at which a way may turn
    far_rad, came_from, is_done: (N,) scratch; came_from is written: the point before each on the way, -1 at the start
    """
    n_corners = before.size
    start, aim = n_corners, n_corners + 1
    for k in range(n_corners + 2):
        far_rad[k] = math.inf
        came_from[k] = -1
        is_done[k] = False
    far_rad[start] = 0.0
    while True:
        here = -1
        best = math.inf
        for k in range(n_corners + 2):
            if not is_done[k] and far_rad[k] < math.inf:
                whole = far_rad[k] + arc_rad(normal, k, aim)
                if whole < best:
                    here, best = k, whole
        if here < 0:
            return False
        if here == aim:
            return True
        is_done[here] = True
        for k in range(n_corners + 2):
            if is_done[k] or (k < n_corners and not is_turn[k]):
                continue
            far = far_rad[here] + arc_rad(normal, here, k)
            if far >= far_rad[k]:
                continue
            if k < n_corners and not is_tangent(x, y, before, after, k, here):
                continue
            if is_open(x, y, before, after, n_corners, here, k):
                far_rad[k] = far
                came_from[k] = here
