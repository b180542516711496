"""Compiled motion models of a filter: straight on, turn, boost, fall with unknown drag.

A state is x (7,): position, velocity (m, m/s) and one number of the model's own: the turn rate about the vertical
(rad/s), the acceleration along the velocity (m/s2), or the logarithm of the inverse ballistic coefficient (m2/kg).
Axes are either flat (z is up, gravity along it) or Earth-fixed (the Earth turns).
"""

import math

from numba import njit

from mamori.maths.earth import FLATTENING, GM_M3_S2, J2, ROTATION_RAD_S, SEMI_MAJOR_M
from mamori.records import Floats

STRAIGHT, TURN, BOOST, FALL = 0, 1, 2, 3
N_STATES = 7
SCALE_HEIGHT_M = 7200.0  # assumption: one exponential for the air, within 30 % of the standard one up to 80 km
AIR_KG_M3 = 1.225
GRAVITY_M_S2 = 9.80665
RADIUS_M = 6371e3
SLOW_M_S = 50.0  # assumption: below this a direction of flight is not known and boost and drag fade out


@njit(cache=True, nogil=True, error_model="numpy")
def surroundings(x: Floats, is_earth: bool, up: Floats, gravity: Floats) -> float:
    """Fill up (3,), the vertical, and gravity (3,), m/s2; returns the height, m.

    Earth-fixed: gravity with its J2 term, and what the Earth's turning adds (Coriolis and centrifugal).
    """
    if not is_earth:
        up[0], up[1], up[2] = 0.0, 0.0, 1.0
        height = x[2]
        gravity[0], gravity[1] = 0.0, 0.0
        gravity[2] = -GRAVITY_M_S2 * (RADIUS_M / (RADIUS_M + height)) ** 2
        return float(height)
    r = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    for a in range(3):
        up[a] = x[a] / r
    pull = GM_M3_S2 / (r * r)
    bulge = 1.5 * J2 * (SEMI_MAJOR_M / r) ** 2
    for a in range(3):
        gravity[a] = -pull * up[a] * (1.0 + bulge * ((1.0 if a < 2 else 3.0) - 5.0 * up[2] * up[2]))
    gravity[0] += ROTATION_RAD_S * (ROTATION_RAD_S * x[0] + 2.0 * x[4])
    gravity[1] += ROTATION_RAD_S * (ROTATION_RAD_S * x[1] - 2.0 * x[3])
    return float(r - SEMI_MAJOR_M * (1.0 - FLATTENING * up[2] * up[2]))


@njit(cache=True, nogil=True, error_model="numpy")
def acceleration(model: int, x: Floats, is_earth: bool, up: Floats, found: Floats, slope: Floats) -> None:
    """Fill found (3,), m/s2, and slope (3, 7), its derivative by the state (gravity's own slope is left out)."""
    slope[:] = 0.0
    found[:] = 0.0
    if model == STRAIGHT:
        return
    height = surroundings(x, is_earth, up, found)
    vx, vy, vz, own = x[3], x[4], x[5], x[6]
    speed = math.sqrt(vx * vx + vy * vy + vz * vz + SLOW_M_S * SLOW_M_S)
    if model == TURN:
        found[0] = own * (up[1] * vz - up[2] * vy)
        found[1] = own * (up[2] * vx - up[0] * vz)
        found[2] = own * (up[0] * vy - up[1] * vx)
        slope[0, 4], slope[0, 5] = -own * up[2], own * up[1]
        slope[1, 3], slope[1, 5] = own * up[2], -own * up[0]
        slope[2, 3], slope[2, 4] = -own * up[1], own * up[0]
        slope[0, 6] = up[1] * vz - up[2] * vy
        slope[1, 6] = up[2] * vx - up[0] * vz
        slope[2, 6] = up[0] * vy - up[1] * vx
        return
    if model == BOOST:
        for a in range(3):
            found[a] += own * x[3 + a] / speed
            for b in range(3):
                slope[a, 3 + b] = -own * x[3 + a] * x[3 + b] / speed**3
            slope[a, 3 + a] += own / speed
            slope[a, 6] = x[3 + a] / speed
        return
    drag = 0.5 * AIR_KG_M3 * math.exp(-max(height, 0.0) / SCALE_HEIGHT_M + min(own, 0.0))
    for a in range(3):
        found[a] -= drag * speed * x[3 + a]
        for b in range(3):
            slope[a, b] = drag * speed * x[3 + a] * up[b] / SCALE_HEIGHT_M
            slope[a, 3 + b] = -drag * x[3 + a] * x[3 + b] / speed
        slope[a, 3 + a] -= drag * speed
        slope[a, 6] = -drag * speed * x[3 + a]


@njit(cache=True, nogil=True, error_model="numpy")
def move(
    model: int, x: Floats, cov: Floats, dt_s: float, noise: float, own_noise: float, is_earth: bool,
    vectors: Floats, slope: Floats, step: Floats, room: Floats,
) -> None:  # fmt: skip
    """Predict a state and its covariance in place, by the midpoint rule.

    x: (7,); cov: (7, 7); noise: intensity of white acceleration, m2/s3; own_noise: of the model's own number, a second
    vectors (4, 3), slope (3, 7), step (7, 7), room (7, 7): scratch
    """
    if model == STRAIGHT:
        _straight(x, cov, dt_s)
    else:
        acceleration(model, x, is_earth, vectors[0], vectors[1], slope)
        _transition(slope, dt_s, step)
        _spread(step, cov, room)
        step_state(model, x, dt_s, is_earth, vectors, slope, room[0])
    add_noise(cov, dt_s, noise, own_noise)


@njit(cache=True, nogil=True, error_model="numpy")
def step_state(
    model: int, x: Floats, dt_s: float, is_earth: bool, vectors: Floats, slope: Floats, before: Floats
) -> None:
    """A state (7,) after dt_s, in place, by the midpoint rule. vectors (4, 3), slope (3, 7), before (7,): scratch."""
    up, first, middle, half = vectors[0], vectors[1], vectors[2], vectors[3]
    acceleration(model, x, is_earth, up, first, slope)
    for a in range(N_STATES):
        before[a] = x[a]
    for a in range(3):
        x[a] = before[a] + 0.5 * dt_s * before[3 + a]
        half[a] = before[3 + a] + 0.5 * dt_s * first[a]
        x[3 + a] = half[a]
    acceleration(model, x, is_earth, up, middle, slope)
    for a in range(3):
        x[a] = before[a] + dt_s * half[a]
        x[3 + a] = before[3 + a] + dt_s * middle[a]


@njit(cache=True, nogil=True, error_model="numpy")
def add_noise(cov: Floats, dt_s: float, noise: float, own_noise: float) -> None:
    """What white acceleration, and the drift of the model's own number, add to a covariance (7, 7) in dt_s."""
    for a in range(3):
        cov[a, a] += noise * dt_s**3 / 3.0
        cov[a, a + 3] += noise * dt_s**2 / 2.0
        cov[a + 3, a] = cov[a, a + 3]
        cov[a + 3, a + 3] += noise * dt_s
    cov[6, 6] += own_noise * dt_s


@njit(cache=True, nogil=True, error_model="numpy")
def _straight(x: Floats, cov: Floats, dt_s: float) -> None:
    """The exact step without acceleration; the model's own number stays as it is."""
    for a in range(3):
        x[a] += dt_s * x[a + 3]
    for b in range(N_STATES):
        for a in range(3):
            cov[a, b] += dt_s * cov[a + 3, b]
    for b in range(N_STATES):
        for a in range(3):
            cov[b, a] += dt_s * cov[b, a + 3]


@njit(cache=True, nogil=True, error_model="numpy")
def _transition(slope: Floats, dt_s: float, step: Floats) -> None:
    """Fill step (7, 7): derivative of the state after dt_s by the state before, to second order."""
    step[:] = 0.0
    for a in range(N_STATES):
        step[a, a] = 1.0
    for a in range(3):
        step[a, a + 3] = dt_s
        for b in range(N_STATES):
            second = slope[a, b - 3] if 3 <= b < 6 else 0.0
            for c in range(3):
                second += slope[a, 3 + c] * slope[c, b]
            step[a, b] += 0.5 * dt_s * dt_s * slope[a, b]
            step[a + 3, b] += dt_s * slope[a, b] + 0.5 * dt_s * dt_s * second


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(step: Floats, cov: Floats, room: Floats) -> None:
    """step cov step', in place. Rows of the transition are dense only in position and velocity; the last is its own."""
    for i in range(6):
        for j in range(N_STATES):
            total = 0.0
            for c in range(N_STATES):
                total += step[i, c] * cov[c, j]
            room[i, j] = total
    for j in range(N_STATES):
        room[6, j] = cov[6, j]
    for i in range(N_STATES):
        for j in range(i, N_STATES):
            total = room[i, 6] if j == 6 else 0.0
            if j < 6:
                for c in range(N_STATES):
                    total += room[i, c] * step[j, c]
            cov[i, j] = total
            cov[j, i] = total
