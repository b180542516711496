"""What acts on a body in ballistic flight, and one step of the integrator for sixteen of them; `kernels.py` flies them.

Everything is in the frame that turns with the Earth, m and m/s. Sixteen flights go side by side, so that the processor
does one sum for several of them at once. Each has its own time and step, and one that ends makes room for the next: no
flight depends on its neighbours, bit for bit.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from mamori.flight.dop853 import N_STAGES, NODES, STAGES, WEIGHTS
from mamori.maths.atmosphere import CELL, air_table, cell_of_geopotential, cell_point, geometric_height_m
from mamori.records import Floats

LANES = 16

AIR = air_table()
MAX_FLIGHT_S = 3.0 * 3600.0
_AIR_TOP_M = 120e3  # a step in space may be as long as asked for, as long as it stays above this
_SCALE_M = 7000.0  # the density of air falls to 1/e over about so much height
# Length of a step in air, by what changes in it: height, speed by drag, Mach number. Found by trial, so that impacts
# stay within 0.1 m of DOP853 at 1e-11 for boosts and throws of 50 km to 10,000 km.
_AIR_SHARE, _DRAG_SHARE, _FORCE_SHARE, _MACH_SHARE, _MACH_M_S = 0.85, 1.0, 2.0, 0.3, 60.0
_BOOST_RATE = 0.1  # steps under thrust are no longer than 1 over this, s
_LEAST_ENTRY_S, _LEAST_S = 2.0, 0.01  # no step is shorter, whatever the drag, but to end at a corner
# Where the air's temperature has corners, and the first cells of the air's table above. A step ends there, and takes
# all its stages by the formulas of one layer, which go on smoothly past its ends.
CORNERS_M = geometric_height_m(np.array([11e3, 20e3, 32e3, 47e3, 51e3, 71e3]))
CORNER_CELLS = cell_of_geopotential(np.array([11e3, 20e3, 32e3, 47e3, 51e3, 71e3]))
LAST_OF_ALL = float(AIR.size // CELL - 1)
_NEAR_M = 10.0  # so near a corner the next layer begins
_STRETCH = 1.2  # a step may be so much longer to end at a corner
BURN_GAP_S = 1e-9

_BOOST_START = 0.5  # acceleration at launch, as a share of the boost's mean
_PITCH_SHARE = 0.7  # share of the boost after which its direction stays

# Drag over that at Mach 5: a quotient of cubics in the squared Mach number.
_N0, _N1, _N2, _N3 = 0.731, -1.536, 1.1325, 0.0270
_D1, _D2, _D3 = -1.5221, 0.70463, 0.04406


class Earth(NamedTuple):
    """The Earth that a ballistic path is flown over.

    semi_major_m, eccentricity_2: the ellipsoid; gm_m3_s2, j2: gravity, to the second zonal term; rotation_rad_s: spin
    """

    semi_major_m: float
    eccentricity_2: float
    gm_m3_s2: float
    j2: float
    rotation_rad_s: float


@njit(forceinline=True, error_model="numpy")
def gravity_point(x: float, y: float, z: float, earth: Earth) -> tuple[float, float, float]:
    """Gravity and centrifugal acceleration at a point that turns with the Earth, m/s2."""
    r_2 = x * x + y * y + z * z
    inverse = 1.0 / math.sqrt(r_2)
    q = inverse * inverse
    k = -earth.gm_m3_s2 * q * inverse
    j = 1.5 * earth.j2 * earth.semi_major_m * earth.semi_major_m * q
    polar = 5.0 * z * z * q
    across = k * (1.0 + j * (1.0 - polar)) + earth.rotation_rad_s * earth.rotation_rad_s
    return across * x, across * y, k * (1.0 + j * (3.0 - polar)) * z


@njit(forceinline=True, error_model="numpy")
def height_point(x: float, y: float, z: float, earth: Earth) -> float:
    """Height above the ellipsoid, m: exact at 0, within 5 parts in 100 million above.

    Source: distance from the surface along the radius (1 / sqrt(1 - c) as a series, to 0.1 mm), times the cosine of
    the angle between radius and normal.
    """
    p = x * x + y * y
    r_2 = p + z * z
    inverse = 1.0 / math.sqrt(r_2)
    q = inverse * inverse
    c = earth.eccentricity_2 * p * q
    series = 1.0 + c * (0.5 + c * (0.375 + c * (0.3125 + c * (0.2734375 + c * 0.24609375))))
    surface_m = earth.semi_major_m * math.sqrt(1.0 - earth.eccentricity_2) * series
    lean = 0.5 * earth.eccentricity_2 * c * z * z * q * surface_m * inverse
    return (r_2 * inverse - surface_m) * (1.0 - lean)


@njit(forceinline=True, error_model="numpy")
def drag_shape(speed_2: float, sound_2: float) -> float:
    """Drag coefficient over that at Mach 5, of squared speeds of the body and of sound.

    Source: fitted to the standard projectile G7 (tabulated by JBM Ballistics after McCoy, "Modern Exterior
    Ballistics", 1999), a slender body, within 8 % outside the transonic rise, which is smoothed; beyond Mach 5, where
    that table ends, the fit falls to 0.7.
    """
    above = sound_2 * (sound_2 * (_N0 * sound_2 + _N1 * speed_2) + _N2 * speed_2 * speed_2)
    below = sound_2 * (sound_2 * (sound_2 + _D1 * speed_2) + _D2 * speed_2 * speed_2)
    cube = speed_2 * speed_2 * speed_2
    return (above + _N3 * cube) / (below + _D3 * cube)


@njit(forceinline=True, error_model="numpy")
def boost_shares(t: float, per_burn_s: float) -> tuple[float, float]:
    """Shares a second of the boost's velocity that act upwards and in its final direction at a time, 1/s.

    The acceleration grows in a straight line; the direction turns from the vertical by a smooth step.
    """
    u = min(t * per_burn_s, 1.0)
    turn = min(u * (1.0 / _PITCH_SHARE), 1.0)
    turned = turn * turn * turn * (10.0 - turn * (15.0 - 6.0 * turn))
    pace = (_BOOST_START + 2.0 * (1.0 - _BOOST_START) * u) * per_burn_s
    return pace * (1.0 - turned), pace * turned


N_STATE = 6 * LANES
SHARES = np.concatenate([STAGES, WEIGHTS[None]]).ravel()
ENDS = np.concatenate([NODES, [1.0]])
# Rows of the lanes' memory, one number of each lane side by side. One flat block with constant places: so the compiler
# sees that no two rows overlap, and does four or eight lanes by one instruction.
N_ROWS = 65
_ROWS = range(0, N_ROWS * LANES, LANES)
X, Y, Z, VX, VY, VZ, AX, AY, AZ = _ROWS[0:9]  # state and acceleration
OX, OY, OZ, OVX, OVY, OVZ, OAX, OAY, OAZ = _ROWS[9:18]  # the same a step before
SX, SY, SZ, FX, FY, FZ, BX, BY, BZ, GX, GY, GZ = _ROWS[18:30]  # a stage's velocity and force; sums over the stages
UX, UY, UZ, EX, EY, EZ, WX, WY, WZ, TX, TY, TZ = _ROWS[30:42]  # boost: upwards, at its end, weight at launch; thrust
TIME, STEP, OLD_STEP, HEIGHT, CLIMB, OLD_HEIGHT, OLD_CLIMB = _ROWS[42:49]
IS_ON, BURN, PER_BURN, DRAG, FLOOR, WANTS = _ROWS[49:55]
AIR_CELL, DENSITY, SOUND_2, STAGE_HEIGHT, IS_EVENT, PER_RADIUS, RISE, FIRST_CELL, LAST_CELL, IS_NEW = _ROWS[55:65]


@njit(forceinline=True, error_model="numpy")
def push(w: Floats, m: int, t: float) -> None:
    """Thrust of lane m at a time, into its rows."""
    q, r = boost_shares(t, w[PER_BURN + m])
    on = w[IS_ON + m]
    w[TX + m] = on * (q * w[UX + m] + r * w[EX + m] + w[WX + m])
    w[TY + m] = on * (q * w[UY + m] + r * w[EY + m] + w[WY + m])
    w[TZ + m] = on * (q * w[UZ + m] + r * w[EZ + m] + w[WZ + m])


@njit(forceinline=True, error_model="numpy")
def pull(w: Floats, m: int, x: float, y: float, z: float, vx: float, vy: float, vz: float, earth: Earth) -> None:
    """All but drag that acts on lane m at a state, and where in the air it is, into its rows."""
    gx, gy, gz = gravity_point(x, y, z, earth)
    height = height_point(x, y, z, earth)
    spin = 2.0 * earth.rotation_rad_s
    w[SX + m], w[SY + m], w[SZ + m] = vx, vy, vz
    w[FX + m] = gx + spin * vy + w[TX + m]
    w[FY + m] = gy - spin * vx + w[TY + m]
    w[FZ + m] = gz + w[TZ + m]
    w[STAGE_HEIGHT + m] = height
    w[PER_RADIUS + m] = 1.0 / math.sqrt(x * x + y * y + z * z)
    w[AIR_CELL + m] = cell_point(height)


@njit(forceinline=True, error_model="numpy")
def breathe(w: Floats, m: int) -> None:
    """Density and squared speed of sound where lane m is. In loops of its own: looking up goes lane by lane."""
    i = int(min(max(w[AIR_CELL + m], w[FIRST_CELL + m]), w[LAST_CELL + m]))
    u = w[AIR_CELL + m] - i
    k = i * CELL
    w[DENSITY + m] = AIR[k] + u * (AIR[k + 1] + u * (AIR[k + 2] + u * AIR[k + 3]))
    w[SOUND_2 + m] = AIR[k + 4] + u * AIR[k + 5]


@njit(forceinline=True, error_model="numpy")
def drag_rate(w: Floats, m: int) -> float:
    """Drag of lane m over its speed, 1/s."""
    vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
    speed_2 = vx * vx + vy * vy + vz * vz
    rate: float = w[DRAG + m] * w[DENSITY + m] * math.sqrt(speed_2) * drag_shape(speed_2, w[SOUND_2 + m])
    return rate


@njit(forceinline=True, error_model="numpy")
def settle(w: Floats, m: int, is_on: float, t: float, step_s: float, space_s: float, slow: float) -> None:
    """Length of the next step of lane m, s.

    In space space_s. In air so short that drag, climb and Mach number change by little over it; times step_s. It
    ends where layers of the air meet, at the top of a flight in air, where the boost's direction settles and where it
    ends. When it comes to a corner is foretold by a cubic, whose last term is what the last step changed.
    """
    height, climb = w[HEIGHT + m], w[CLIMB + m]
    vx, vy, vz, ax, ay, az = w[VX + m], w[VY + m], w[VZ + m], w[AX + m], w[AY + m], w[AZ + m]
    speed_2 = vx * vx + vy * vy + vz * vz
    across = speed_2 - climb * climb
    rise = ((w[X + m] * ax + w[Y + m] * ay + w[Z + m] * az) + across) * w[PER_RADIUS + m]
    force = abs(ax) + abs(ay) + abs(az)  # near enough its length, without a root
    pace = abs(vx) + abs(vy) + abs(vz)
    sound_2 = w[SOUND_2 + m]
    off = min(abs(speed_2 - sound_2) / sound_2, 1.0)
    rate = (
        abs(climb) * (1.0 / _SCALE_M)
        + _DRAG_SHARE * slow
        + force * _FORCE_SHARE / (_MACH_SHARE * pace * off + _MACH_M_S)
    )
    thin = math.sqrt(math.sqrt(math.sqrt(slow + 1e-12)))
    is_high = height > _AIR_TOP_M
    boost = _BOOST_RATE * is_on
    air = _AIR_SHARE * rate * thin
    hurry = boost if is_high else boost + air
    length = min(space_s, step_s * max(1.0 / max(hurry, 1e-9), _LEAST_S))
    # A step of free flight stays above the air.
    down = height - _AIR_TOP_M
    root = math.sqrt(max(climb * climb - 2.0 * rise * down, 0.0))
    into_s = 2.0 * down / max(root - climb, 1e-9)
    length = min(length, max(into_s, _LEAST_ENTRY_S)) if is_high else length
    is_rising = climb > 1.0
    here = height + (_NEAR_M if is_rising else -_NEAR_M)
    above, below = 1e9, -1e9
    first, last = 0.0, LAST_OF_ALL
    for i in range(CORNERS_M.size):
        is_below = CORNERS_M[i] <= here
        below = CORNERS_M[i] if is_below else below
        first = CORNER_CELLS[i] if is_below else first
        j = CORNERS_M.size - 1 - i
        is_above = CORNERS_M[j] > here
        above = CORNERS_M[j] if is_above else above
        last = CORNER_CELLS[j] - 1.0 if is_above else last
    w[IS_NEW + m] = 1.0 if first != w[FIRST_CELL + m] else 0.0
    w[FIRST_CELL + m], w[LAST_CELL + m] = first, last
    floor = w[FLOOR + m]
    below = max(below, floor if floor < here else -1e9)
    away = (above if is_rising else below) - height
    square = climb * climb + 2.0 * rise * away
    root = math.sqrt(max(square, 0.0))
    pace_m_s = climb + (root if is_rising else -root)
    reach_s = 2.0 * away / (pace_m_s if abs(pace_m_s) > 1e-9 else 1e-9)
    jerk = (rise - w[RISE + m]) / max(w[OLD_STEP + m], 1e-3)
    for _ in range(2):
        miss = away - reach_s * (climb + reach_s * (0.5 * rise + reach_s * jerk * (1.0 / 6.0)))
        pace_there = climb + reach_s * (rise + 0.5 * jerk * reach_s)
        better = reach_s + miss / (pace_there if abs(pace_there) > 1.0 else 1e9)
        reach_s = better if (better > 0.5 * reach_s) & (better < 2.0 * reach_s) else reach_s
    w[RISE + m] = rise
    is_met = (abs(away) < 1e6) & (square > 0.0) & (reach_s < _STRETCH * length)
    length = reach_s if is_met else length
    # The top of a flight in air ends a step, lest it pass a layer twice unseen.
    top_s = climb / max(-rise, 1e-9)
    length = min(length, top_s) if is_rising & (not is_high) else length
    left_s = w[BURN + m] - t
    turn_s = left_s - (1.0 - _PITCH_SHARE) * w[BURN + m]
    left_s = turn_s if turn_s > 1e-6 else max(left_s, 0.0)
    length = min(length, left_s) if is_on > 0.0 else length
    w[STEP + m] = length if w[FLOOR + m] > -math.inf else 0.0  # a lane without a flight stands still


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})  # a product and a sum in one instruction
def step(w: Floats, k: Floats, y: Floats, earth: Earth, step_s: float, space_s: float) -> float:
    """One Runge-Kutta step of the eighth order of every lane; returns how many have something to tell.

    w: (N_ROWS * LANES,) the lanes' rows; k: (N_STAGES * N_STATE,) room for the rates of the stages; y: (N_STATE,) room
    """
    for r in range(N_STATE // 2):
        k[r], k[N_STATE // 2 + r] = w[VX + r], w[AX + r]
    for stage in range(1, N_STAGES + 1):
        # The last round is the end of the step: its rates are the first of the next one.
        for r in range(N_STATE):
            y[r] = 0.0
        for j in range(stage):
            share = SHARES[stage * N_STAGES + j]
            if share != 0.0:
                for r in range(N_STATE):
                    y[r] += share * k[j * N_STATE + r]
        node = ENDS[stage]
        for m in range(LANES):
            h = w[STEP + m]
            push(w, m, w[TIME + m] + node * h)
            pull(
                w, m, w[X + m] + h * y[m], w[Y + m] + h * y[LANES + m], w[Z + m] + h * y[2 * LANES + m],
                w[VX + m] + h * y[3 * LANES + m], w[VY + m] + h * y[4 * LANES + m], w[VZ + m] + h * y[5 * LANES + m],
                earth,
            )  # fmt: skip
        for m in range(LANES):
            breathe(w, m)
        if stage < N_STAGES:
            at = stage * N_STATE
            for m in range(LANES):
                slow = drag_rate(w, m)
                vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
                k[at + m], k[at + LANES + m], k[at + 2 * LANES + m] = vx, vy, vz
                k[at + 3 * LANES + m] = w[FX + m] - slow * vx
                k[at + 4 * LANES + m] = w[FY + m] - slow * vy
                k[at + 5 * LANES + m] = w[FZ + m] - slow * vz
    for r in range(3 * LANES):
        w[OX + r], w[OVX + r], w[OAX + r] = w[X + r], w[VX + r], w[AX + r]
    for m in range(LANES):
        h = w[STEP + m]
        w[X + m] += h * y[m]
        w[Y + m] += h * y[LANES + m]
        w[Z + m] += h * y[2 * LANES + m]
        w[VX + m], w[VY + m], w[VZ + m] = w[SX + m], w[SY + m], w[SZ + m]
    n_events = 0.0
    for m in range(LANES):
        slow = drag_rate(w, m)
        vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
        w[AX + m], w[AY + m], w[AZ + m] = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
        x, y_m, z = w[X + m], w[Y + m], w[Z + m]
        old_climb, climb = w[CLIMB + m], (x * vx + y_m * vy + z * vz) * w[PER_RADIUS + m]
        w[OLD_HEIGHT + m], w[OLD_CLIMB + m], w[OLD_STEP + m] = w[HEIGHT + m], old_climb, w[STEP + m]
        w[HEIGHT + m], w[CLIMB + m] = w[STAGE_HEIGHT + m], climb
        t = w[TIME + m] + w[STEP + m]
        w[TIME + m] = t
        on = w[IS_ON + m]
        settle(w, m, on, t, step_s, space_s, slow)
        is_event = (
            (not ((w[HEIGHT + m] >= w[FLOOR + m]) | (climb >= 0.0)))
            | ((old_climb > 0.0) & (climb <= 0.0))
            | ((on > 0.0) & (w[BURN + m] - t < BURN_GAP_S))
            | (t > MAX_FLIGHT_S)
            | (w[WANTS + m] > 0.0)
        )
        w[IS_EVENT + m] = 1.0 if is_event else 0.0
    for m in range(LANES):
        if w[IS_NEW + m] > 0.0:  # the same state by the formulas of the next layer
            breathe(w, m)
            slow = drag_rate(w, m)
            w[AX + m] = w[FX + m] - slow * w[SX + m]
            w[AY + m] = w[FY + m] - slow * w[SY + m]
            w[AZ + m] = w[FZ + m] - slow * w[SZ + m]
    for m in range(LANES):
        n_events += w[IS_EVENT + m]
    return n_events


@njit(cache=True, nogil=True, error_model="numpy")
def look(w: Floats, m: int, earth: Earth, step_s: float, space_s: float) -> None:
    """What acts on lane m as it stands, its height, climb and next step, into its rows."""
    x, y, z, vx, vy, vz = w[X + m], w[Y + m], w[Z + m], w[VX + m], w[VY + m], w[VZ + m]
    push(w, m, w[TIME + m])
    pull(w, m, x, y, z, vx, vy, vz, earth)
    breathe(w, m)
    slow = drag_rate(w, m)
    w[AX + m], w[AY + m], w[AZ + m] = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
    w[HEIGHT + m] = w[STAGE_HEIGHT + m]
    w[CLIMB + m] = (x * vx + y * vy + z * vz) * w[PER_RADIUS + m]
    w[OLD_STEP + m] = math.inf
    settle(w, m, w[IS_ON + m], w[TIME + m], step_s, space_s, slow)


@njit(cache=True, nogil=True, error_model="numpy")
def begin(
    w: Floats, m: int, launch: Floats, up: Floats, boost: Floats, burn_s: float, drag_m2_kg: float, earth: Earth
) -> None:
    """Put a flight into lane m, at its launch at time 0; `drag_m2_kg` is that of the boost if there is one."""
    w[X + m], w[Y + m], w[Z + m] = launch
    w[TIME + m], w[BURN + m], w[DRAG + m] = 0.0, burn_s, drag_m2_kg
    w[FIRST_CELL + m], w[LAST_CELL + m] = 0.0, LAST_OF_ALL
    if burn_s > 0.0:
        w[IS_ON + m], w[PER_BURN + m] = 1.0, 1.0 / burn_s
        w[VX + m], w[VY + m], w[VZ + m] = 0.0, 0.0, 0.0
        total = math.sqrt(boost[0] * boost[0] + boost[1] * boost[1] + boost[2] * boost[2])
        w[UX + m], w[UY + m], w[UZ + m] = total * up[0], total * up[1], total * up[2]
        w[EX + m], w[EY + m], w[EZ + m] = boost
        gx, gy, gz = gravity_point(launch[0], launch[1], launch[2], earth)
        w[WX + m], w[WY + m], w[WZ + m] = -gx, -gy, -gz
    else:
        w[IS_ON + m], w[PER_BURN + m] = 0.0, 0.0
        w[VX + m], w[VY + m], w[VZ + m] = boost
