"""Compiled loop of ballistic flight from launch to ground; the search for the start that hits is in `search.py`.

See `motion.py` for what acts on the bodies and how sixteen of them go side by side.
"""

import math

import numpy as np
from numba import njit

from mamori.flight.dop853 import N_STAGES
from mamori.flight.motion import (
    AX,
    AY,
    AZ,
    BURN,
    BURN_GAP_S,
    CLIMB,
    DRAG,
    FLOOR,
    HEIGHT,
    IS_EVENT,
    IS_ON,
    LANES,
    MAX_FLIGHT_S,
    N_ROWS,
    N_STATE,
    OAX,
    OAY,
    OAZ,
    OLD_CLIMB,
    OLD_HEIGHT,
    OLD_STEP,
    OVX,
    OVY,
    OVZ,
    OX,
    OY,
    OZ,
    STEP,
    TIME,
    VX,
    VY,
    VZ,
    WANTS,
    Earth,
    X,
    Y,
    Z,
    begin,
    height_point,
    look,
    step,
)  # fmt: skip
from mamori.records import Floats, Ints

State9 = tuple[float, float, float, float, float, float, float, float, float]

N_FLOWN = 12
"""Columns of what `fly` says of each flight."""

ROW_GAP_S = 1e-3  # rows of a path stand at least so far apart


@njit(forceinline=True, error_model="numpy")
def quintic(
    u: float, h: float, p0: float, v0: float, a0: float, p1: float, v1: float, a1: float
) -> tuple[float, float]:
    """Place and velocity at a share u of a step of h seconds, from place, velocity and acceleration at its ends."""
    v0, v1, a0, a1 = v0 * h, v1 * h, a0 * h * h, a1 * h * h
    d, v, a = p1 - p0 - v0 - 0.5 * a0, v1 - v0 - a0, a1 - a0
    c3, c4, c5 = 10.0 * d - 4.0 * v + 0.5 * a, -15.0 * d + 7.0 * v - a, 6.0 * d - 3.0 * v + 0.5 * a
    place = p0 + u * (v0 + u * (0.5 * a0 + u * (c3 + u * (c4 + u * c5))))
    return place, (v0 + u * (a0 + u * (3.0 * c3 + u * (4.0 * c4 + u * 5.0 * c5)))) / h


@njit(cache=True, nogil=True, error_model="numpy")
def between(u: float, h: float, old: State9, new: State9) -> tuple[float, float, float, float, float, float]:
    """State at a share u of a step of h seconds; the ends: place, velocity, acceleration."""
    x, vx = quintic(u, h, old[0], old[3], old[6], new[0], new[3], new[6])
    y, vy = quintic(u, h, old[1], old[4], old[7], new[1], new[4], new[7])
    z, vz = quintic(u, h, old[2], old[5], old[8], new[2], new[5], new[8])
    return x, y, z, vx, vy, vz


@njit(cache=True, nogil=True, error_model="numpy")
def landing(h: float, old: State9, new: State9, floor_m: float, earth: Earth) -> float:
    """Share of a step at which the body comes down to a height that lies between those of the ends.

    Newton's method on the height along the quintic, kept inside by halving.
    """
    low, high = 0.0, 1.0
    u = 0.5
    for _ in range(40):
        x, y, z, vx, vy, vz = between(u, h, old, new)
        above = height_point(x, y, z, earth) - floor_m
        if above > 0.0:
            low = u
        else:
            high = u
        climb = h * (x * vx + y * vy + z * vz) / math.sqrt(x * x + y * y + z * z)
        next_u = u - above / climb if climb < 0.0 else 0.5 * (low + high)
        if not low < next_u < high:
            next_u = 0.5 * (low + high)
        if abs(next_u - u) * h < 1e-10:
            break
        u = next_u
    return u


@njit(cache=True, nogil=True, error_model="numpy")
def top(h: float, low: float, climb_0: float, high: float, climb_1: float) -> tuple[float, float]:
    """Share of a step at which the body is highest, and height there: a cubic, its slope zero by Newton's method."""
    c1, d = h * climb_0, high - low
    c2, c3 = 3.0 * d - 2.0 * c1 - h * climb_1, c1 + h * climb_1 - 2.0 * d
    u = climb_0 / (climb_0 - climb_1)
    for _ in range(3):
        bend = 2.0 * c2 + 6.0 * c3 * u
        if bend < 0.0:
            u = min(max(u - (c1 + u * (2.0 * c2 + 3.0 * c3 * u)) / bend, 0.0), 1.0)
    return u, low + u * (c1 + u * (c2 + u * c3))


@njit(cache=True, nogil=True, error_model="numpy")
def fly(
    launch: Floats,
    up: Floats,
    boost: Floats,
    burn_s: Floats,
    boost_drag_m2_kg: Floats,
    drag_m2_kg: Floats,
    floor_m: Floats,
    earth: Earth,
    step_s: float,
    space_s: float,
    row_s: float,
    first: Ints,
    rows: Floats,
    flown: Floats,
    n_rows: Ints,
) -> None:
    """Fly n bodies from the surface back to the surface.

    launch: (n, 3) m; up: (n, 3) unit vector upwards there
    boost: (n, 3) the velocity that the engine would give at launch gravity and without air if it never turned, m/s
    burn_s: (n,) the engine works so long, gravity at the launch taken off; 0: the body starts with `boost`
    boost_drag_m2_kg, drag_m2_kg: (n,) half of drag area over mass at Mach 5, during and after the boost
    floor_m: (n,) height above the ellipsoid at which the flight ends; step_s, space_s: longest step under
    thrust and without
    row_s: time between rows; first: (n + 1,) offsets into rows: (P, 7) time, place, velocity; none where no room is
    flown: (n, N_FLOWN) written: duration (inf if it does not come down), apogee, its time, place and velocity at the
    ground, time at which the boost ended (or the ground came first), height and speed then
    n_rows: (n,) written: rows that the path takes
    """
    n = n_rows.size
    w, k, y = np.zeros(N_ROWS * LANES), np.zeros(N_STAGES * N_STATE), np.zeros(N_STATE)
    flight = np.full(LANES, -1)
    next_row = np.zeros(LANES, dtype=np.int64)
    n_begun = n_ended = 0
    for m in range(LANES):  # a lane without a flight stands still, high above everything
        w[X + m], w[STEP + m], w[FLOOR + m] = 2.0 * earth.semi_major_m, 0.0, -math.inf
    is_room = True
    while n_ended < n:
        for m in range(LANES):
            if is_room and flight[m] < 0 and n_begun < n:
                i = n_begun
                n_begun += 1
                flight[m], next_row[m] = i, 0
                flown[i, :] = 0.0
                drag = boost_drag_m2_kg[i] if burn_s[i] > 0.0 else drag_m2_kg[i]
                begin(w, m, launch[i], up[i], boost[i], burn_s[i], drag, earth)
                w[FLOOR + m] = floor_m[i]
                w[WANTS + m] = 1.0 if first[i + 1] > first[i] else 0.0
                look(w, m, earth, step_s, space_s)
                flown[i, 10] = w[HEIGHT + m]
                flown[i, 11] = math.sqrt(w[VX + m] ** 2 + w[VY + m] ** 2 + w[VZ + m] ** 2)
        is_room = False
        if step(w, k, y, earth, step_s, space_s) == 0.0:
            continue
        for m in range(LANES):
            i = flight[m]
            if i < 0 or w[IS_EVENT + m] == 0.0:
                continue
            h = w[OLD_STEP + m]
            t0 = w[TIME + m] - h
            old = (
                w[OX + m], w[OY + m], w[OZ + m], w[OVX + m], w[OVY + m], w[OVZ + m], w[OAX + m], w[OAY + m], w[OAZ + m],
            )  # fmt: skip
            new = (w[X + m], w[Y + m], w[Z + m], w[VX + m], w[VY + m], w[VZ + m], w[AX + m], w[AY + m], w[AZ + m])
            # Said so that what is no number any more is down, too.
            is_down = not (w[HEIGHT + m] >= w[FLOOR + m] or w[CLIMB + m] >= 0.0)
            # What comes down without having been above the floor has not got there.
            is_landed = is_down and w[OLD_HEIGHT + m] >= w[FLOOR + m]
            end_u = landing(h, old, new, w[FLOOR + m], earth) if is_landed else 1.0
            end_s = t0 + end_u * h
            if w[OLD_CLIMB + m] > 0.0 >= w[CLIMB + m]:
                u, top_m = top(h, w[OLD_HEIGHT + m], w[OLD_CLIMB + m], w[HEIGHT + m], w[CLIMB + m])
                if top_m > flown[i, 1]:
                    flown[i, 1], flown[i, 2] = top_m, t0 + u * h
            if w[WANTS + m] > 0.0:
                while next_row[m] * row_s <= end_s and first[i] + next_row[m] < first[i + 1]:
                    row = rows[first[i] + next_row[m]]
                    row[0] = next_row[m] * row_s
                    row[1], row[2], row[3], row[4], row[5], row[6] = between((row[0] - t0) / h, h, old, new)
                    next_row[m] += 1
            if w[IS_ON + m] > 0.0 and (is_down or w[BURN + m] - w[TIME + m] < BURN_GAP_S):
                flown[i, 9], flown[i, 10] = end_s, w[HEIGHT + m]
                flown[i, 11] = math.sqrt(w[VX + m] ** 2 + w[VY + m] ** 2 + w[VZ + m] ** 2)
                w[TIME + m], w[IS_ON + m], w[DRAG + m] = w[BURN + m], 0.0, drag_m2_kg[i]
                look(w, m, earth, step_s, space_s)
            if not (is_down or t0 + h > MAX_FLIGHT_S):
                continue
            s = between(end_u, h, old, new)
            flown[i, 0] = end_s if is_landed else math.inf
            flown[i, 3], flown[i, 4], flown[i, 5], flown[i, 6], flown[i, 7], flown[i, 8] = s
            n_rows[i] = 0
            if is_landed:
                last = math.floor(end_s / row_s)
                n_rows[i] = last + 1 if end_s - last * row_s < ROW_GAP_S else last + 2
                if w[WANTS + m] > 0.0:
                    row = rows[first[i] + n_rows[i] - 1]
                    row[0] = end_s
                    row[1], row[2], row[3], row[4], row[5], row[6] = s
            n_ended += 1
            flight[m] = -1
            is_room = True
            w[STEP + m], w[FLOOR + m], w[WANTS + m], w[IS_ON + m] = 0.0, -math.inf, 0.0, 0.0
