"""Compiled loop of ballistic flight, the integrator; the search for the start that hits the aim is in `ballistic.py`.

Everything is in the frame that turns with the Earth. States are (x, y, z, vx, vy, vz) in m and m/s.
"""

import math
from typing import NamedTuple

from numba import njit

from mamori.maths.atmosphere import density_point
from mamori.records import Floats, Ints

State6 = tuple[float, float, float, float, float, float]

_MAX_FLIGHT_S = 3.0 * 3600.0
_AIR_TOP_M = (
    150e3  # drag above is left out: below 1e-7 m/s2 for every class that the schema admits near the catalogue's
)
_FINE_TOP_M = 120e3
_N_FINE = 4  # small steps in one of the grid, wherever the air or the engine acts
_MAX_LANDING = 8
_ROW_GAP_S = 1e-3  # rows of a path stand at least so far apart


class Earth(NamedTuple):
    """The Earth that a ballistic path is flown over.

    semi_major_m, eccentricity_2: the ellipsoid; gm_m3_s2, j2: gravity, to the second zonal term; rotation_rad_s: spin
    """

    semi_major_m: float
    eccentricity_2: float
    gm_m3_s2: float
    j2: float
    rotation_rad_s: float


@njit(cache=True, nogil=True)
def surface_radius(x: float, y: float, z: float, earth: Earth) -> float:
    """Distance of the surface from the Earth's centre in the direction of a point, m."""
    cos_2 = (x * x + y * y) / (x * x + y * y + z * z)
    polar_2 = (1.0 - earth.eccentricity_2) / (1.0 - earth.eccentricity_2 * cos_2)
    return earth.semi_major_m * math.sqrt(polar_2)


@njit(cache=True, nogil=True)
def height_point(x: float, y: float, z: float, earth: Earth) -> float:
    """Height above the ellipsoid along the radius, m: exact at 0, above by at most 6 parts in a million."""
    surface_m: float = surface_radius(x, y, z, earth)
    return math.sqrt(x * x + y * y + z * z) - surface_m


@njit(cache=True, nogil=True)
def gravity_point(x: float, y: float, z: float, earth: Earth) -> tuple[float, float, float]:
    """Gravity and centrifugal acceleration at a point that turns with the Earth, m/s2."""
    r_2 = x * x + y * y + z * z
    k = -earth.gm_m3_s2 / (r_2 * math.sqrt(r_2))
    j = 1.5 * earth.j2 * earth.semi_major_m * earth.semi_major_m / r_2
    polar = 5.0 * z * z / r_2
    across = k * (1.0 + j * (1.0 - polar)) + earth.rotation_rad_s * earth.rotation_rad_s
    return across * x, across * y, k * (1.0 + j * (3.0 - polar)) * z


@njit(cache=True, nogil=True)
def acceleration(
    s: State6, thrust: tuple[float, float, float], drag_m2_kg: float, earth: Earth
) -> tuple[float, float, float]:
    """Acceleration relative to the turning Earth, m/s2.

    thrust: m/s2, in Earth-fixed axes; drag_m2_kg: half of drag area over mass
    """
    x, y, z, vx, vy, vz = s
    gx, gy, gz = gravity_point(x, y, z, earth)
    w = 2.0 * earth.rotation_rad_s
    k = 0.0
    if drag_m2_kg > 0.0:
        height = height_point(x, y, z, earth)
        if height < _AIR_TOP_M:
            k = drag_m2_kg * density_point(height) * math.sqrt(vx * vx + vy * vy + vz * vz)
    return thrust[0] + gx + w * vy - k * vx, thrust[1] + gy - w * vx - k * vy, thrust[2] + gz - k * vz


@njit(cache=True, nogil=True)
def runge_kutta(s: State6, thrust: tuple[float, float, float], drag_m2_kg: float, earth: Earth, dt: float) -> State6:
    """State after dt seconds by one classical Runge-Kutta step of the fourth order."""
    x, y, z, vx, vy, vz = s
    px, py, pz, pvx, pvy, pvz = s
    sx = sy = sz = svx = svy = svz = 0.0
    for stage in range(4):
        ax, ay, az = acceleration((px, py, pz, pvx, pvy, pvz), thrust, drag_m2_kg, earth)
        weight = 1.0 if stage in (0, 3) else 2.0
        sx, sy, sz = sx + weight * pvx, sy + weight * pvy, sz + weight * pvz
        svx, svy, svz = svx + weight * ax, svy + weight * ay, svz + weight * az
        h = dt if stage == 2 else 0.5 * dt
        px, py, pz, pvx, pvy, pvz = x + h * pvx, y + h * pvy, z + h * pvz, vx + h * ax, vy + h * ay, vz + h * az
    h = dt / 6.0
    return x + h * sx, y + h * sy, z + h * sz, vx + h * svx, vy + h * svy, vz + h * svz


@njit(cache=True, nogil=True)
def climb_rate(s: State6) -> float:
    """Speed away from the Earth's centre, m/s."""
    return (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2])


@njit(cache=True, nogil=True)
def write_row(row: Floats, t: float, s: State6) -> None:
    """Time and state into a row (7,)."""
    row[0], row[1], row[2], row[3], row[4], row[5], row[6] = t, s[0], s[1], s[2], s[3], s[4], s[5]


@njit(cache=True, nogil=True)
def fly(
    launch: Floats,
    boost: Floats,
    burn_s: Floats,
    drag_m2_kg: Floats,
    earth: Earth,
    step_s: float,
    first: Ints,
    rows: Floats,
    flown: Floats,
    n_rows: Ints,
) -> None:
    """Fly n bodies from the surface back to the surface.

    launch: (n, 3) m; boost: (n, 3) velocity that the engine would give at launch gravity and without air, m/s
    burn_s: (n,) the engine's constant acceleration lasts so long, in a direction fixed to the Earth; 0 is a shot
    drag_m2_kg: (n,) half of drag area over mass; step_s: grid of the rows
    first: (n + 1,) offsets into rows: (P, 7) time, position, velocity, written as far as there is room
    flown: (n, 9) written: duration (inf if it does not come down), apogee, its time, place and velocity at the ground
    n_rows: (n,) written: rows that the path takes
    """
    for i in range(n_rows.size):
        s = (launch[i, 0], launch[i, 1], launch[i, 2], 0.0, 0.0, 0.0)
        ax = ay = az = 0.0
        burn = burn_s[i]
        if burn > 0.0:
            gx, gy, gz = gravity_point(s[0], s[1], s[2], earth)
            ax, ay, az = boost[i, 0] / burn - gx, boost[i, 1] / burn - gy, boost[i, 2] / burn - gz
        else:
            s = (s[0], s[1], s[2], boost[i, 0], boost[i, 1], boost[i, 2])
        height, climb = 0.0, climb_rate(s)
        apogee, apogee_s = 0.0, 0.0
        duration = math.inf
        t = 0.0
        n = 0
        room = first[i + 1] - first[i]
        is_on_grid = True
        landing = 0
        dt = 0.0
        while t < _MAX_FLIGHT_S:
            if is_on_grid:
                if n < room:
                    write_row(rows[first[i] + n], t, s)
                n += 1
                is_on_grid = False
            if landing == 0:
                end = n * step_s
                is_fine = t < burn or (height < _FINE_TOP_M and drag_m2_kg[i] > 0.0)
                dt = min(end - t, step_s / _N_FINE) if is_fine else end - t
                if t < burn < t + dt:
                    dt = burn - t
            is_boost = t < burn
            thrust = (ax, ay, az) if is_boost else (0.0, 0.0, 0.0)
            new = runge_kutta(s, thrust, drag_m2_kg[i], earth, dt)
            new_height = height_point(new[0], new[1], new[2], earth)
            new_climb = climb_rate(new)
            if landing > 0 and (abs(new_height) < 1e-7 or landing == _MAX_LANDING):
                duration = t + dt
                if n > 1 and duration - (n - 1) * step_s < _ROW_GAP_S:
                    n -= 1
                if n < room:
                    write_row(rows[first[i] + n], duration, new)
                n += 1
                s = new
                break
            if landing > 0 or new_height < 0.0:
                # The ground lies inside this step: go again from its start with a length that ends there.
                part = dt * height / (height - new_height) if landing == 0 else dt - new_height / min(new_climb, -1e-3)
                dt = min(max(part, 0.0), step_s)
                landing += 1
                continue
            if new_height > apogee:
                apogee, apogee_s = new_height, t + dt
            if climb > 0.0 >= new_climb:
                # Height as a parabola between the two ends, whose slope passes zero inside.
                f = climb / (climb - new_climb)
                apogee, apogee_s = height + 0.5 * climb * f * dt, t + f * dt
            s, height, climb = new, new_height, new_climb
            t += dt
            if is_boost and abs(t - burn) < 1e-9 * step_s:
                t = burn
            if end - t < 1e-9 * step_s:
                t, is_on_grid = end, True
        n_rows[i] = n
        flown[i, 0], flown[i, 1], flown[i, 2] = duration, apogee, apogee_s
        for j in range(6):
            flown[i, 3 + j] = s[j]
