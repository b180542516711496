"""Ballistic flight: boost, free flight, re-entry, over a turning ellipsoid with the air of a standard day.

What it is: a point; a boost of given duration whose acceleration grows and whose direction pitches over smoothly (a
shape, not an engine); gravity to the second zonal term; drag in the US Standard Atmosphere 1976, at rest with the
Earth, with a coefficient that depends on the Mach number. What it is not: no guidance, no stages, no lift, no wind.
"""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from mamori.flight.motion import Earth
from mamori.flight.search import APOGEE_MISS_M, MISS_M, Task, fly_all, least_energy_apogee_m, rows_of, search, surface
from mamori.flight.status import FlightStatus
from mamori.maths.earth import ECCENTRICITY_2, GM_M3_S2, J2, ROTATION_RAD_S, SEMI_MAJOR_M
from mamori.records import Floats, Ints

__all__ = ["APOGEE_MISS_M", "MISS_M", "WGS_84", "Ballistics", "Earth", "Path", "ballistic_flight", "shots", "sphere"]

STEP_S = 1.0
"""Longest step of the integrator in air and under thrust; it takes shorter ones by itself, and longer ones in space."""
ROW_S = 2.0
"""Time between the rows of a path."""
_LONGEST_S = 3.0 * 3600.0
_LIGHTEST_KG_M2 = 30.0  # lighter things float down at some 20 m/s and reach nothing

WGS_84 = Earth(SEMI_MAJOR_M, ECCENTRICITY_2, GM_M3_S2, J2, ROTATION_RAD_S)


FOUND, NO_PATH = FlightStatus.FOUND, FlightStatus.NO_PATH


def sphere(radius_m: float = 6_371_000.0, gm_m3_s2: float = GM_M3_S2) -> Earth:
    """A round Earth at rest, for comparison with closed forms."""
    return Earth(radius_m, 0.0, gm_m3_s2, 0.0, 0.0)


@dataclass(frozen=True)
class Ballistics:
    """Ballistic paths of n threats from launch at time 0, ragged over the threats found.

    first: (n + 1,); time_s: (P,); position_m, velocity_m_s: (P, 3); height_m: (P,)
    status: (n,) FlightStatus, 0 where a path was found
    duration_s, apogee_m, apogee_s: (n,), inf, nan, nan where none was
    burnout_s, burnout_height_m, burnout_speed_m_s: (n,) end of the boost, relative to the ground; nan where no path
    boost_m_s: (n, 3) velocity that the boost would give at launch gravity without air and turn
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
    burnout_s: Floats
    burnout_height_m: Floats
    burnout_speed_m_s: Floats
    boost_m_s: Floats

    def merged(self, other: "Ballistics", mine: Ints, others: Ints, n: int) -> "Ballistics":
        """These paths and others as one record of n; mine, others: the places that they take in it."""
        counts = np.zeros(n, dtype=np.int64)
        counts[mine], counts[others] = np.diff(self.first), np.diff(other.first)
        first = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(counts, out=first[1:])
        columns: dict[str, Any] = {}
        for field in fields(self):
            a, b = getattr(self, field.name), getattr(other, field.name)
            if field.name == "first":
                continue
            is_row = field.name in _ROW_FIELDS
            whole = np.zeros((int(first[-1]) if is_row else n, *a.shape[1:]), dtype=a.dtype)
            for part, which in ((a, mine), (b, others)):
                at = which
                if is_row:
                    own = counts[which]
                    starts = np.cumsum(own) - own
                    at = np.arange(int(own.sum())) + np.repeat(first[which] - starts, own)
                whole[at] = part
            columns[field.name] = whole
        return Ballistics(**{**columns, "first": first})


_ROW_FIELDS = ("time_s", "position_m", "velocity_m_s", "height_m")


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
    apogee_m: float | None = None,
    *,
    burn_s: float = 0.0,
    ballistic_coefficient_kg_m2: float = math.inf,
    boost_coefficient_kg_m2: float | None = None,
    aim_height_m: float = 0.0,
    earth: Earth = WGS_84,
    step_s: float = STEP_S,
    row_s: float = ROW_S,
) -> Path:
    """The ballistic path from a launch on the ellipsoid to an aim, with a given apogee or the least boost.

    apogee_m: above the ellipsoid; None for the path that takes the least boost
    burn_s: length of the boost, 0 for an impulsive start
    ballistic_coefficient_kg_m2: at Mach 5, infinite for no drag; boost_coefficient_kg_m2: before burn-out, if another
    earth: WGS_84, or `sphere()` without rotation; step_s: longest step in air; row_s: time between rows
    Source: see `kernels.py`; closed forms and reported flights in tests/validation.
    """
    one = shots(
        np.array([[launch_latitude_rad], [launch_longitude_rad], [aim_latitude_rad], [aim_longitude_rad]]),
        apogee_m=np.array([math.nan if apogee_m is None else apogee_m], dtype=np.float64),
        burn_s=np.array([burn_s], dtype=np.float64),
        ballistic_coefficient_kg_m2=np.array([ballistic_coefficient_kg_m2], dtype=np.float64),
        boost_coefficient_kg_m2=None if boost_coefficient_kg_m2 is None else np.array([boost_coefficient_kg_m2]),
        aim_height_m=np.array([aim_height_m], dtype=np.float64),
        earth=earth,
        step_s=step_s,
        row_s=row_s,
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
    boost_coefficient_kg_m2: Floats | None = None,
    aim_height_m: Floats | None = None,
    most_apogee_m: Floats | None = None,
    earth: Earth = WGS_84,
    step_s: float = STEP_S,
    row_s: float = ROW_S,
) -> Ballistics:
    """Ballistic paths of n threats; see `ballistic_flight`.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; the other arrays (n,)
    apogee_m: nan for the least boost; aim_height_m: above the ellipsoid; most_apogee_m: of the class
    A path is found where it ends within MISS_M of the aim and its apogee is within APOGEE_MISS_M of the one asked for.
    """
    n = place.shape[1]
    if boost_coefficient_kg_m2 is None:
        boost_coefficient_kg_m2 = ballistic_coefficient_kg_m2
    task = _task(
        place,
        apogee_m=apogee_m,
        burn_s=burn_s,
        drag_m2_kg=0.5 / ballistic_coefficient_kg_m2,
        boost_drag_m2_kg=0.5
        / (ballistic_coefficient_kg_m2 if boost_coefficient_kg_m2 is None else boost_coefficient_kg_m2),
        aim_height_m=np.zeros(n) if aim_height_m is None else aim_height_m,
        earth=earth,
    )
    status = _hopeless(task)
    if most_apogee_m is not None:
        status[task.apogee_m > most_apogee_m] = FlightStatus.BEYOND_CLASS
    boost = np.zeros((n, 3))
    some = np.flatnonzero(status == FOUND)
    duration = np.full(n, np.inf)
    boost[some], is_hit, duration[some] = search(task.rows(some), earth, step_s)
    lost = some[~is_hit]
    status[lost] = _why(task.rows(lost), earth, step_s)
    n_rows = np.where(status == FOUND, rows_of(np.where(status == FOUND, duration, 0.0), row_s), 0)
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(n_rows, out=first[1:])
    # A shot that failed has no room for rows: flying it again for nothing costs less than sorting it out.
    flown, _, rows = fly_all(task, boost, earth, step_s, row_s, first)
    is_found = status == FOUND
    return Ballistics(
        first=first,
        time_s=rows[:, 0].copy(),
        position_m=rows[:, 1:4].copy(),
        velocity_m_s=rows[:, 4:7].copy(),
        height_m=_heights(rows[:, 1:4], first, task.floor_m, earth),
        status=status,
        duration_s=np.where(is_found, flown[:, 0], np.inf),
        apogee_m=np.where(is_found, flown[:, 1], np.nan),
        apogee_s=np.where(is_found, flown[:, 2], np.nan),
        burnout_s=np.where(is_found, flown[:, 9], np.nan),
        burnout_height_m=np.where(is_found, flown[:, 10], np.nan),
        burnout_speed_m_s=np.where(is_found, flown[:, 11], np.nan),
        boost_m_s=boost,
    )


def _task(
    place: Floats,
    *,
    apogee_m: Floats,
    burn_s: Floats,
    drag_m2_kg: Floats,
    boost_drag_m2_kg: Floats,
    aim_height_m: Floats,
    earth: Earth,
) -> Task:
    launch, up = surface(place[0], place[1], np.zeros(place.shape[1]), earth)
    aim, _ = surface(place[2], place[3], aim_height_m, earth)
    radius = np.linalg.norm(launch, axis=1)
    over = launch / radius[:, None]
    normal = np.cross(launch, aim)
    length = np.linalg.norm(normal, axis=1)
    # Launch and aim in one place (or opposite each other) leave the plane open: any upright one will do.
    is_apart = length > 1e-9 * radius**2
    normal = np.where(is_apart[:, None], normal, np.cross(over, np.eye(3)[np.abs(over).argmin(axis=1)]))
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    along = np.cross(normal, up)
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    return Task(
        launch=launch,
        up=up,
        along=along,
        aim=aim,
        axes=np.stack([over, np.cross(normal, over), normal], axis=1),
        range_rad=np.arctan2(length, (launch * aim).sum(axis=1)),
        floor_m=aim_height_m,
        apogee_m=apogee_m,
        burn_s=burn_s,
        boost_drag_m2_kg=boost_drag_m2_kg,
        drag_m2_kg=drag_m2_kg,
    )


def _hopeless(task: Task) -> Ints:
    """Status (n,) of what need not be tried."""
    radius = np.linalg.norm(task.launch, axis=1)
    status = np.zeros(len(radius), dtype=np.int64)
    is_least = np.isnan(task.apogee_m)
    status[is_least & (task.range_rad * radius < 1.0)] = FlightStatus.SAME_PLACE
    status[task.apogee_m <= task.floor_m] = FlightStatus.TOO_LOW
    status[task.drag_m2_kg > 0.5 / _LIGHTEST_KG_M2] = FlightStatus.AIR_STOPS_IT
    return status


def _why(task: Task, earth: Earth, step_s: float) -> Ints:
    """Status (n,) of what was tried in vain."""
    status = np.full(len(task.range_rad), FlightStatus.NO_PATH, dtype=np.int64)
    if status.size == 0:
        return status
    radius = np.linalg.norm(task.launch, axis=1)
    vacuum = Task(**{**task.__dict__, "drag_m2_kg": 0.0 * task.drag_m2_kg, "boost_drag_m2_kg": 0.0 * task.drag_m2_kg})
    has_drag = (task.drag_m2_kg > 0.0) | (task.boost_drag_m2_kg > 0.0)
    _, is_hit, _ = search(vacuum, earth, step_s)
    status[has_drag & is_hit] = FlightStatus.AIR_STOPS_IT
    status[task.apogee_m < 0.5 * least_energy_apogee_m(radius, task.range_rad)] = FlightStatus.TOO_LOW
    # The boost's mean speed is about half its last one; a straight way up takes the least.
    climb_s = np.sqrt(2.0 * np.maximum(task.apogee_m, 0.0) / 9.8)
    status[task.burn_s > climb_s] = FlightStatus.STILL_BURNING
    axis = radius + 0.5 * task.apogee_m
    period_s = 2.0 * math.pi * np.sqrt(axis**3 / earth.gm_m3_s2)
    status[period_s > 1.2 * _LONGEST_S] = FlightStatus.TOO_HIGH
    return status


def _heights(position_m: Floats, first: Ints, floor_m: Floats, earth: Earth) -> Floats:
    """Heights (P,) above the ellipsoid, exactly 0 at the first row of each path and the aim's height at the last."""
    x, y, z = position_m.T
    height: Floats = _height(x, y, z, earth)
    is_there = np.diff(first) > 0
    height[first[:-1][is_there]] = 0.0
    height[first[1:][is_there] - 1] = floor_m[is_there]
    return height


def _height(x: Floats, y: Floats, z: Floats, earth: Earth) -> Floats:
    """As `kernels.height_point`."""
    p = x * x + y * y
    r_2 = p + z * z
    c = earth.eccentricity_2 * p / r_2
    surface_m = earth.semi_major_m * np.sqrt((1.0 - earth.eccentricity_2) / (1.0 - c))
    r = np.sqrt(r_2)
    height: Floats = (r - surface_m) * (1.0 - 0.5 * earth.eccentricity_2 * c * z * z / r_2 * surface_m / r)
    return height
