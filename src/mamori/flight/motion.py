"""What acts on a body in ballistic flight, and one step of the integrator for sixteen of them; `kernels.py` flies them.

Everything is in the frame that turns with the Earth, m and m/s. Sixteen flights go side by side, so that the processor
does one sum for several of them at once. Each has its own time and step, and one that ends makes room for the next: no
flight depends on its neighbours, bit for bit.
"""

import math
from typing import NamedTuple

from numba import njit

from mamori.maths.atmosphere import CELL, air_table, cell_point
from mamori.records import Floats

LANES = 16

AIR = air_table()
MAX_FLIGHT_S = 3.0 * 3600.0
_AIR_TOP_M = 120e3  # a step in space may be as long as asked for, as long as it stays above this
_SCALE_M = 7000.0  # the density of air falls to 1/e over about so much height; no step below passes more
# Steps in air: speed, height and Mach number change by this share in one, less where the air is dense. Found by trial,
# so that impacts stay within 0.1 m of DOP853.
_AIR_STEP, _BOOST_HURRY, _MACH_M_S = 0.065, 0.4, 120.0
_LEAST_SHARE = 0.01  # of the longest step: the shortest, whatever the drag
# Where the air's temperature has a corner that is felt: steps end there.
_LAYER_1_M, _LAYER_2_M, _LAYER_3_M = 11_019.07, 20_063.12, 32_161.9
_NEAR_M = 2.0
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


# Rows of the lanes' memory, one number of each lane side by side. One flat block with constant places: so the compiler
# sees that no two rows overlap, and does four or eight lanes by one instruction.
N_ROWS = 61
_ROWS = range(0, N_ROWS * LANES, LANES)
X, Y, Z, VX, VY, VZ, AX, AY, AZ = _ROWS[0:9]  # state and acceleration
OX, OY, OZ, OVX, OVY, OVZ, OAX, OAY, OAZ = _ROWS[9:18]  # the same a step before
SX, SY, SZ, FX, FY, FZ, BX, BY, BZ, GX, GY, GZ = _ROWS[18:30]  # a stage's velocity and force; sums over the stages
UX, UY, UZ, EX, EY, EZ, WX, WY, WZ, TX, TY, TZ = _ROWS[30:42]  # boost: upwards, at its end, weight at launch; thrust
TIME, STEP, OLD_STEP, HEIGHT, CLIMB, OLD_HEIGHT, OLD_CLIMB = _ROWS[42:49]
IS_ON, BURN, PER_BURN, DRAG, FLOOR, WANTS = _ROWS[49:55]
AIR_CELL, DENSITY, SOUND_2, STAGE_HEIGHT, IS_EVENT, PER_RADIUS = _ROWS[55:61]


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
    i = min(max(int(w[AIR_CELL + m]), 0), AIR.size // CELL - 1)
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
def to_corner(length: float, height: float, climb: float, per_climb: float, layer_m: float) -> float:
    """Length of a step, cut short where it would pass a height, s."""
    after = height + climb * length
    is_above = (height + _NEAR_M < layer_m) & (layer_m < after)
    is_below = (after < layer_m) & (layer_m < height - _NEAR_M)
    return (layer_m - height) * per_climb if is_above | is_below else length


@njit(forceinline=True, error_model="numpy")
def settle(w: Floats, m: int, is_on: float, t: float, step_s: float, space_s: float, slow: float) -> None:
    """Length of the next step of lane m, s.

    At most step_s under thrust and space_s else. In air so short that drag and climb change speed and density by
    little; it ends where layers of the air meet, and where the boost ends.
    """
    height, climb = w[HEIGHT + m], w[CLIMB + m]
    force = abs(w[AX + m]) + abs(w[AY + m]) + abs(w[AZ + m])  # near enough its length, without a root
    per_climb = 1.0 / (climb if abs(climb) > 1.0 else 1.0)
    hurry = slow + _BOOST_HURRY * is_on + force * (1.0 / _MACH_M_S) + abs(climb) * (1.0 / _SCALE_M)
    hurry *= math.sqrt(math.sqrt(slow))
    is_high = height + 1.5 * space_s * min(climb, 0.0) > _AIR_TOP_M
    longest = space_s if is_high else min(space_s, _SCALE_M * abs(per_climb))
    longest = min(longest, step_s) if is_on > 0.0 else longest
    length = min(longest, step_s * max(_AIR_STEP / max(hurry, 1e-9), _LEAST_SHARE))
    length = to_corner(length, height, climb, per_climb, _LAYER_1_M)
    length = to_corner(length, height, climb, per_climb, _LAYER_2_M)
    length = to_corner(length, height, climb, per_climb, _LAYER_3_M)
    length = min(length, max(w[BURN + m] - t, 0.0)) if is_on > 0.0 else length
    w[STEP + m] = length if w[FLOOR + m] > -math.inf else 0.0  # a lane without a flight stands still


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})  # a product and a sum in one instruction
def step(w: Floats, earth: Earth, step_s: float, space_s: float) -> float:
    """One Runge-Kutta step of the fourth order of every lane; returns how many have something to tell.

    w: (N_ROWS * LANES,) the lanes' rows
    """
    for m in range(LANES):
        half = 0.5 * w[STEP + m]
        vx, vy, vz, ax, ay, az = w[VX + m], w[VY + m], w[VZ + m], w[AX + m], w[AY + m], w[AZ + m]
        push(w, m, w[TIME + m] + half)
        w[BX + m], w[BY + m], w[BZ + m] = vx, vy, vz
        w[GX + m], w[GY + m], w[GZ + m] = ax, ay, az
        pull(
            w, m, w[X + m] + half * vx, w[Y + m] + half * vy, w[Z + m] + half * vz,
            vx + half * ax, vy + half * ay, vz + half * az, earth,
        )  # fmt: skip
    for m in range(LANES):
        breathe(w, m)
    for m in range(LANES):
        half = 0.5 * w[STEP + m]
        slow = drag_rate(w, m)
        vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
        ax, ay, az = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
        w[BX + m] += 2.0 * vx
        w[BY + m] += 2.0 * vy
        w[BZ + m] += 2.0 * vz
        w[GX + m] += 2.0 * ax
        w[GY + m] += 2.0 * ay
        w[GZ + m] += 2.0 * az
        pull(
            w, m, w[X + m] + half * vx, w[Y + m] + half * vy, w[Z + m] + half * vz,
            w[VX + m] + half * ax, w[VY + m] + half * ay, w[VZ + m] + half * az, earth,
        )  # fmt: skip
    for m in range(LANES):
        breathe(w, m)
    for m in range(LANES):
        h = w[STEP + m]
        slow = drag_rate(w, m)
        vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
        ax, ay, az = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
        w[BX + m] += 2.0 * vx
        w[BY + m] += 2.0 * vy
        w[BZ + m] += 2.0 * vz
        w[GX + m] += 2.0 * ax
        w[GY + m] += 2.0 * ay
        w[GZ + m] += 2.0 * az
        push(w, m, w[TIME + m] + h)
        pull(
            w, m, w[X + m] + h * vx, w[Y + m] + h * vy, w[Z + m] + h * vz,
            w[VX + m] + h * ax, w[VY + m] + h * ay, w[VZ + m] + h * az, earth,
        )  # fmt: skip
    for m in range(LANES):
        breathe(w, m)
    for m in range(LANES):
        sixth = w[STEP + m] * (1.0 / 6.0)
        slow = drag_rate(w, m)
        vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
        ax, ay, az = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
        w[OX + m], w[OY + m], w[OZ + m] = w[X + m], w[Y + m], w[Z + m]
        w[OVX + m], w[OVY + m], w[OVZ + m] = w[VX + m], w[VY + m], w[VZ + m]
        w[OAX + m], w[OAY + m], w[OAZ + m] = w[AX + m], w[AY + m], w[AZ + m]
        w[X + m] += sixth * (w[BX + m] + vx)
        w[Y + m] += sixth * (w[BY + m] + vy)
        w[Z + m] += sixth * (w[BZ + m] + vz)
        w[VX + m] += sixth * (w[GX + m] + ax)
        w[VY + m] += sixth * (w[GY + m] + ay)
        w[VZ + m] += sixth * (w[GZ + m] + az)
        pull(w, m, w[X + m], w[Y + m], w[Z + m], w[VX + m], w[VY + m], w[VZ + m], earth)
    for m in range(LANES):
        breathe(w, m)
    n_events = 0.0
    for m in range(LANES):
        slow = drag_rate(w, m)
        vx, vy, vz = w[SX + m], w[SY + m], w[SZ + m]
        w[AX + m], w[AY + m], w[AZ + m] = w[FX + m] - slow * vx, w[FY + m] - slow * vy, w[FZ + m] - slow * vz
        x, y, z = w[X + m], w[Y + m], w[Z + m]
        old_climb, climb = w[CLIMB + m], (x * vx + y * vy + z * vz) * w[PER_RADIUS + m]
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
    settle(w, m, w[IS_ON + m], w[TIME + m], step_s, space_s, slow)


@njit(cache=True, nogil=True, error_model="numpy")
def begin(
    w: Floats, m: int, launch: Floats, up: Floats, boost: Floats, burn_s: float, drag_m2_kg: float, earth: Earth
) -> None:
    """Put a flight into lane m, at its launch at time 0; `drag_m2_kg` is that of the boost if there is one."""
    w[X + m], w[Y + m], w[Z + m] = launch
    w[TIME + m], w[BURN + m], w[DRAG + m] = 0.0, burn_s, drag_m2_kg
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
