"""Ballistic flight: boost, free flight, re-entry, over a turning ellipsoid with the air of a standard day.

What it is: a point of constant ballistic coefficient; a boost of constant acceleration in a direction fixed to the
Earth; gravity to the second zonal term; drag in the US Standard Atmosphere 1976, at rest with the Earth. What it is
not: no guidance, no staging, no lift, no wind, and the drag coefficient does not change with the Mach number.
"""

import math
from dataclasses import dataclass, fields

import numpy as np

from mamori.flight.kernels import Earth, fly
from mamori.maths.earth import ECCENTRICITY_2, GM_M3_S2, J2, ROTATION_RAD_S, SEMI_MAJOR_M
from mamori.records import Bools, Floats, Ints

__all__ = ["WGS_84", "Ballistics", "Earth", "Path", "ballistic_flight", "shots", "sphere"]

FOUND, NO_PATH = 0, 3
"""Status of a path."""

MISS_M = 0.5
"""How near to the aim the search ends, m over the ground."""
APOGEE_MISS_M = 5.0
_MAX_TRIES = 60

STEP_S = 2.0
"""Grid of the rows of a path; below 120 km and under thrust the integrator takes four steps in each."""

WGS_84 = Earth(SEMI_MAJOR_M, ECCENTRICITY_2, GM_M3_S2, J2, ROTATION_RAD_S)


def sphere(radius_m: float = 6_371_000.0, gm_m3_s2: float = GM_M3_S2) -> Earth:
    """A round Earth at rest, for comparison with closed forms."""
    return Earth(radius_m, 0.0, gm_m3_s2, 0.0, 0.0)


@dataclass(frozen=True)
class Ballistics:
    """Ballistic paths of n threats from launch at time 0, ragged over the threats found.

    first: (n + 1,); time_s: (P,); position_m, velocity_m_s: (P, 3); height_m: (P,)
    status: (n,) 0 where a path was found
    duration_s, apogee_m, apogee_s: (n,), inf, nan, nan where none was
    boost_m_s: (n, 3) velocity that the boost would give at launch gravity without air
    """

    first: Ints
    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    height_m: Floats
    status: Ints
    duration_s: Floats
    apogee_m: Floats
    apogee_s: Floats
    boost_m_s: Floats


@dataclass(frozen=True)
class Path:
    """One ballistic path, from launch at time 0 to impact.

    time_s: (P,); position_m, velocity_m_s: (P, 3) Earth-centred, Earth-fixed; height_m: (P,) above the ellipsoid
    impact_speed_m_s: relative to the ground; status: 0 where a path was found (else no rows, and nan for numbers)
    """

    status: int
    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    height_m: Floats
    duration_s: float
    apogee_m: float
    apogee_s: float
    impact_speed_m_s: float


def ballistic_flight(
    launch_latitude_rad: float,
    launch_longitude_rad: float,
    aim_latitude_rad: float,
    aim_longitude_rad: float,
    apogee_m: float,
    *,
    burn_s: float = 0.0,
    ballistic_coefficient_kg_m2: float = math.inf,
    earth: Earth = WGS_84,
    step_s: float = STEP_S,
) -> Path:
    """The ballistic path from a launch to an aim, both on the ellipsoid, with a given apogee.

    burn_s: length of the boost, 0 for an impulsive start; ballistic_coefficient_kg_m2: infinite for no drag
    earth: WGS_84, or `sphere()` without rotation; step_s: grid of the rows
    Source: see `kernels.py`; closed forms and reported flights in tests/validation/test_flight_published.py.
    """
    one = shots(
        np.array([[launch_latitude_rad], [launch_longitude_rad], [aim_latitude_rad], [aim_longitude_rad]]),
        apogee_m=np.array([apogee_m], dtype=np.float64),
        burn_s=np.array([burn_s], dtype=np.float64),
        ballistic_coefficient_kg_m2=np.array([ballistic_coefficient_kg_m2], dtype=np.float64),
        earth=earth,
        step_s=step_s,
    )
    is_found = one.status[0] == FOUND
    return Path(
        status=int(one.status[0]),
        time_s=one.time_s,
        position_m=one.position_m,
        velocity_m_s=one.velocity_m_s,
        height_m=one.height_m,
        duration_s=float(one.duration_s[0]) if is_found else math.nan,
        apogee_m=float(one.apogee_m[0]),
        apogee_s=float(one.apogee_s[0]),
        impact_speed_m_s=float(np.linalg.norm(one.velocity_m_s[-1])) if is_found else math.nan,
    )


def shots(
    place: Floats,
    *,
    apogee_m: Floats,
    burn_s: Floats,
    ballistic_coefficient_kg_m2: Floats,
    earth: Earth = WGS_84,
    step_s: float = STEP_S,
) -> Ballistics:
    """Ballistic paths of n threats; see `ballistic_flight`.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; the other arrays (n,)
    A path is found where it ends within MISS_M of the aim and its apogee is within APOGEE_MISS_M of the one asked for.
    """
    n = place.shape[1]
    launch, up = _surface(place[0], place[1], earth)
    aim, _ = _surface(place[2], place[3], earth)
    aim_radius = np.linalg.norm(aim, axis=1)
    over = launch / np.linalg.norm(launch, axis=1)[:, None]
    normal = np.cross(launch, aim)
    length = np.linalg.norm(normal, axis=1)
    # Launch and aim in one place (or opposite each other) leave the plane open: any upright one will do.
    is_apart = length > 1e-9 * aim_radius**2
    normal = np.where(is_apart[:, None], normal, np.cross(over, np.eye(3)[np.abs(over).argmin(axis=1)]))
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    along = np.cross(normal, up)
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    task = _Task(
        launch=launch,
        frames=np.stack([up, along, np.cross(up, along)], axis=1),
        axes=np.stack([over, np.cross(normal, over), normal], axis=1),
        range_rad=np.arctan2(length, (launch * aim).sum(axis=1)),
        aim_radius_m=aim_radius,
        apogee_m=apogee_m,
        burn_s=burn_s,
        drag_m2_kg=0.5 / ballistic_coefficient_kg_m2,
    )
    local, status = _search(task, earth, step_s)
    boost, flown, n_rows = _fly(task, local, earth, step_s)
    n_rows[status != FOUND] = 0
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(n_rows, out=first[1:])
    rows = np.zeros((int(first[-1]), 7))
    # A shot that failed has no room for rows: flying it again for nothing costs less than sorting it out.
    fly(launch, boost, burn_s, task.drag_m2_kg, earth, step_s, first, rows, flown, n_rows.copy())
    return Ballistics(
        first=first,
        time_s=rows[:, 0].copy(),
        position_m=rows[:, 1:4].copy(),
        velocity_m_s=rows[:, 4:7].copy(),
        height_m=_heights(rows[:, 1:4], first, earth),
        status=status,
        duration_s=np.where(status == FOUND, flown[:, 0], np.inf),
        apogee_m=np.where(status == FOUND, flown[:, 1], np.nan),
        apogee_s=np.where(status == FOUND, flown[:, 2], np.nan),
        boost_m_s=boost,
    )


def _heights(position_m: Floats, first: Ints, earth: Earth) -> Floats:
    """Heights (P,) above the ellipsoid as `kernels.height_point` has them, exactly 0 at the first and last rows."""
    square = position_m * position_m
    r_2 = square.sum(axis=1)
    cos_2 = (square[:, 0] + square[:, 1]) / r_2
    surface = earth.semi_major_m * np.sqrt((1.0 - earth.eccentricity_2) / (1.0 - earth.eccentricity_2 * cos_2))
    height: Floats = np.maximum(0.0, np.sqrt(r_2) - surface)
    ends = np.concatenate([first[:-1], first[1:] - 1])[np.tile(np.diff(first) > 0, 2)]
    height[ends] = 0.0
    return height


@dataclass(frozen=True)
class _Task:
    """What n shots must reach, one row a shot.

    launch: (n, 3); frames: (n, 3, 3) rows up, along and across at the launch, the components of a boost
    axes: (n, 3, 3) rows: unit vector to the launch, downrange at right angles to it, normal of their plane
    range_rad: (n,) angle from launch to aim seen from the Earth's centre; aim_radius_m: (n,) aim's distance from it
    """

    launch: Floats
    frames: Floats
    axes: Floats
    range_rad: Floats
    aim_radius_m: Floats
    apogee_m: Floats
    burn_s: Floats
    drag_m2_kg: Floats

    def rows(self, which: Ints) -> "_Task":
        return _Task(*(getattr(self, field.name)[which] for field in fields(self)))


def _fly(task: _Task, local: Floats, earth: Earth, step_s: float) -> tuple[Floats, Floats, Ints]:
    """Fly with boosts (n, 3) up, along, across: boosts in Earth-fixed axes, how the flights ended, rows they take."""
    n = len(local)
    boost = np.ascontiguousarray((local[:, :, None] * task.frames).sum(axis=1))
    flown, n_rows = np.zeros((n, 9)), np.zeros(n, dtype=np.int64)
    none = np.zeros(n + 1, dtype=np.int64)
    fly(task.launch, boost, task.burn_s, task.drag_m2_kg, earth, step_s, none, np.zeros((0, 7)), flown, n_rows)
    return boost, flown, n_rows


def _miss(task: _Task, local: Floats, earth: Earth, step_s: float) -> tuple[Floats, Floats]:
    """Errors (n, 3) of apogee, downrange and crossrange, m, and their lengths, inf where a flight never ends."""
    _, flown, _ = _fly(task, local, earth, step_s)
    end = flown[:, 3:6]
    over, ahead, beside = ((task.axes * end[:, None, :]).sum(axis=2) / np.linalg.norm(end, axis=1)[:, None]).T
    miss = np.stack(
        [
            flown[:, 1] - task.apogee_m,
            (np.arctan2(ahead, over) - task.range_rad) * task.aim_radius_m,
            np.arcsin(np.clip(beside, -1.0, 1.0)) * task.aim_radius_m,
        ],
        axis=1,
    )
    return miss, np.where(np.isfinite(flown[:, 0]), np.linalg.norm(miss, axis=1), np.inf)


def _search(task: _Task, earth: Earth, step_s: float) -> tuple[Floats, Ints]:
    """Boosts (n, 3) up, along, across that reach apogee and aim, and the status of each.

    Source: C. G. Broyden, "A class of methods for solving nonlinear simultaneous equations" (1965), the update of the
    inverse; the Jacobian by forward differences of 1 m/s, taken anew whenever a step comes no nearer.
    Every shot goes its own way: what is found for one does not depend on the others.
    """
    local = _first_guess(task, earth)
    n = len(local)
    miss, error = _miss(task, local, earth, step_s)
    inverse = np.zeros((n, 3, 3))
    is_stale, is_fresh, is_lost = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_), ~np.isfinite(error)
    shrink = np.ones(n)
    for _ in range(_MAX_TRIES):
        live = np.flatnonzero(~is_lost & ~_is_hit(miss, error))
        if live.size == 0:
            break
        stale = live[is_stale[live]]
        if stale.size:
            inverse[stale], is_lost[stale] = _inverse_jacobian(
                task.rows(stale), local[stale], miss[stale], earth, step_s
            )
            is_stale[stale], is_fresh[stale], shrink[stale] = False, True, 1.0
            live = live[~is_lost[live]]
        step = -shrink[live, None] * (inverse[live] * miss[live, None, :]).sum(axis=2)
        # No step beyond a third of the speed: far from the answer the straight line of the Jacobian leads astray.
        most = 0.3 * np.linalg.norm(local[live], axis=1) + 20.0
        step *= np.minimum(1.0, most / np.maximum(np.linalg.norm(step, axis=1), 1e-12))[:, None]
        trial = local[live] + step
        trial[:, 0] = np.maximum(trial[:, 0], 1.0)
        new_miss, new_error = _miss(task.rows(live), trial, earth, step_s)
        is_nearer = new_error < error[live]
        worse, near = live[~is_nearer], live[is_nearer]
        shrink[worse] = np.where(is_fresh[worse], 0.5 * shrink[worse], 1.0)
        is_stale[worse] = ~is_fresh[worse]
        step = trial[is_nearer] - local[near]
        back = (inverse[near] * (new_miss[is_nearer] - miss[near])[:, None, :]).sum(axis=2)
        below = (step * back).sum(axis=1)
        row = (step[:, :, None] * inverse[near]).sum(axis=1) / np.where(np.abs(below) > 1e-12, below, np.inf)[:, None]
        inverse[near] += (step - back)[:, :, None] * row[:, None, :]
        local[near], miss[near], error[near] = trial[is_nearer], new_miss[is_nearer], new_error[is_nearer]
        is_fresh[near], shrink[near] = False, 1.0
    return local, np.where(_is_hit(miss, error), FOUND, NO_PATH).astype(np.int64)


def _is_hit(miss: Floats, error: Floats) -> Bools:
    near = np.abs(miss) < np.array([APOGEE_MISS_M, MISS_M, MISS_M])
    hit: Bools = near.all(axis=1) & np.isfinite(error)
    return hit


def _inverse_jacobian(task: _Task, local: Floats, miss: Floats, earth: Earth, step_s: float) -> tuple[Floats, Bools]:
    """Inverse (n, 3, 3) of the derivative of the errors by the boost, and where there is none."""
    columns = [_miss(task, local + delta, earth, step_s)[0] - miss for delta in np.eye(3)]
    a, b, c = columns
    adjugate = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    determinant = (a * adjugate[:, 0]).sum(axis=1)
    is_lost: Bools = ~(np.abs(determinant) > 0.0)
    return adjugate / np.where(is_lost, 1.0, determinant)[:, None, None], is_lost


def _first_guess(task: _Task, earth: Earth) -> Floats:
    """Boosts (n, 3) for a round Earth at rest without air: a straight boost, then an ellipse.

    Source: polar equation of the ellipse with its apogee at r_a: r = r_a (1 - e) / (1 - e cos(angle from apogee)).
    """
    radius = np.linalg.norm(task.launch, axis=1)
    top = radius + task.apogee_m
    up = along = np.zeros(len(radius))
    for _ in range(6 if (task.burn_s > 0.0).any() else 1):
        burnout = radius + np.minimum(0.5 * up * task.burn_s, 0.8 * task.apogee_m)
        arc = task.range_rad - np.minimum(0.5 * along * task.burn_s / radius, 0.8 * task.range_rad)
        low, high = task.apogee_m / (top + radius), np.ones(len(radius))
        for _ in range(40):
            e = 0.5 * (low + high)
            p = top * (1.0 - e)
            fall = np.arccos(np.clip((1.0 - p / radius) / e, -1.0, 1.0))
            rise = np.arccos(np.clip((1.0 - p / burnout) / e, -1.0, 1.0))
            is_far = fall + rise > arc
            low, high = np.where(is_far, e, low), np.where(is_far, high, e)
        along = np.sqrt(earth.gm_m3_s2 * p) / burnout
        up = np.sqrt(np.maximum(1.0, earth.gm_m3_s2 * (2.0 / burnout - (1.0 + e) / top) - along * along))
    return np.stack([up, along, np.zeros(len(radius))], axis=1)


def _surface(latitude_rad: Floats, longitude_rad: Floats, earth: Earth) -> tuple[Floats, Floats]:
    """Points on the ellipsoid and the upward normals there, (n, 3) each."""
    cos_lat = np.cos(latitude_rad)
    up = np.stack([cos_lat * np.cos(longitude_rad), cos_lat * np.sin(longitude_rad), np.sin(latitude_rad)], axis=1)
    radius = earth.semi_major_m / np.sqrt(1.0 - earth.eccentricity_2 * up[:, 2] ** 2)
    flat = np.array([1.0, 1.0, 1.0 - earth.eccentricity_2])
    return np.ascontiguousarray(radius[:, None] * up * flat), np.ascontiguousarray(up)
