"""Quasi-ballistic flight as a kinematic profile: a depressed arc, a pull-up, a shallow second arc, a dive.

No forces and no guidance: a height over the way that has the shape of such flights, and a speed that falls along it as
a body loses energy that flies on its lift. Two reports of such flights give 50 km of apogee, 850 to 900 km of range and
11 minutes, which no ballistic path has: with that apogee it would be down after four.
"""

import numpy as np

from mamori.flight.ballistic import ROW_S, Ballistics
from mamori.flight.status import FlightStatus
from mamori.maths.earth import ecef
from mamori.records import Floats

_APOGEE_SHARE, _PULL_UP_SHARE, _SECOND_SHARE = 0.3, 0.6, 0.75  # of the way, where the profile turns
_SECOND_RISE = 0.25  # of the fall from the apogee, that the pull-up wins back
_DIVE_POWER = 4.0
_N = 801
_START = 0.5  # acceleration at launch as a share of the boost's mean, as in ballistic flight
_G_M_S2 = 9.8
_ROW_GAP_S = 1e-3


def quasi_ballistic_paths(
    place: Floats,
    *,
    apogee_m: Floats,
    burn_s: Floats,
    pull_up_m: Floats,
    lift_to_drag: Floats,
    impact_speed_m_s: Floats,
    row_s: float = ROW_S,
) -> Ballistics:
    """Paths of n bodies from the ground to the ground along great circles.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; the other arrays (n,)
    pull_up_m: height at which the fall from the apogee ends; lift_to_drag: mean over the flight after the boost, which
    loses the energy of its weight times the way, divided by it
    impact_speed_m_s: relative to the ground; how fast the boost must end follows from it
    A path has a status other than 0 where the apogee is not above the pull-up, the boost outlasts the climb, or the aim
    is the launch. Source: assumption; see the module.
    """
    n = place.shape[1]
    parts = [
        _one(
            place[:, i], float(apogee_m[i]), float(burn_s[i]), float(pull_up_m[i]), float(lift_to_drag[i]),
            float(impact_speed_m_s[i]), row_s,
        )
        for i in range(n)
    ]  # fmt: skip
    first = np.zeros(n + 1, dtype=np.int64)
    np.cumsum([len(rows) for rows, _, _ in parts], out=first[1:])
    rows = np.concatenate([np.zeros((0, 8)), *(rows for rows, _, _ in parts)])
    facts = np.array([facts for _, facts, _ in parts]).reshape(n, 6)
    return Ballistics(
        first=first,
        time_s=rows[:, 0].copy(),
        position_m=rows[:, 1:4].copy(),
        velocity_m_s=rows[:, 4:7].copy(),
        height_m=rows[:, 7].copy(),
        status=np.array([status for _, _, status in parts], dtype=np.int64),
        duration_s=facts[:, 0].copy(),
        apogee_m=facts[:, 1].copy(),
        apogee_s=facts[:, 2].copy(),
        burnout_s=facts[:, 3].copy(),
        burnout_height_m=facts[:, 4].copy(),
        burnout_speed_m_s=facts[:, 5].copy(),
        boost_m_s=np.zeros((n, 3)),
    )


def profile_m(share: Floats, apogee_m: float, pull_up_m: float) -> Floats:
    """Heights (P,) at shares of the way over the ground: upright at launch, level at the turns, steep at the end."""
    second_m = pull_up_m + _SECOND_RISE * (apogee_m - pull_up_m)
    up = np.clip(share / _APOGEE_SHARE, 0.0, 1.0)
    down = _smooth((share - _APOGEE_SHARE) / (_PULL_UP_SHARE - _APOGEE_SHARE))
    again = _smooth((share - _PULL_UP_SHARE) / (_SECOND_SHARE - _PULL_UP_SHARE))
    dive = np.clip((share - _SECOND_SHARE) / (1.0 - _SECOND_SHARE), 0.0, 1.0)
    height: Floats = np.select(
        [share < _APOGEE_SHARE, share < _PULL_UP_SHARE, share < _SECOND_SHARE],
        [
            apogee_m * np.sqrt(1.0 - (1.0 - up) ** 2),
            apogee_m + (pull_up_m - apogee_m) * down,
            pull_up_m + (second_m - pull_up_m) * again,
        ],
        second_m * (1.0 - dive**_DIVE_POWER),
    )
    return height


def _smooth(u: Floats) -> Floats:
    u = np.clip(u, 0.0, 1.0)
    step: Floats = u * u * u * (10.0 - u * (15.0 - 6.0 * u))
    return step


def _one(
    place: Floats,
    apogee_m: float,
    burn_s: float,
    pull_up_m: float,
    lift_to_drag: float,
    impact_speed_m_s: float,
    row_s: float,
) -> tuple[Floats, tuple[float, ...], int]:
    """Rows (P, 8) of time, place, velocity and height; duration, apogee and boost of one path; its status."""
    none = np.zeros((0, 8)), (np.inf, np.nan, np.nan, np.nan, np.nan, np.nan)
    if not apogee_m > pull_up_m:
        return *none, FlightStatus.TOO_LOW
    start, end = _normal(place[0], place[1]), _normal(place[2], place[3])
    across = float(np.linalg.norm(np.cross(start, end)))
    angle = float(np.arctan2(across, start @ end))
    if angle < 1e-7:
        return *none, FlightStatus.SAME_PLACE
    if across > 1e-9:
        ahead = (end - start * np.cos(angle)) / across
    else:  # opposite sides of the Earth: any way is as good
        ahead = np.cross(start, np.eye(3)[np.abs(start).argmin()])
        ahead /= np.linalg.norm(ahead)
    # Finer at the start, where the path stands upright.
    share = np.linspace(0.0, 1.0, _N) ** 2
    height = profile_m(share, apogee_m, pull_up_m)
    height[-1] = 0.0
    turned = (share * angle)[:, None]
    normal = start * np.cos(turned) + ahead * np.sin(turned)
    point = ecef(np.arcsin(np.clip(normal[:, 2], -1.0, 1.0)), np.arctan2(normal[:, 1], normal[:, 0]), height)
    way = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(point, axis=0), axis=1)))
    loss = _G_M_S2 / lift_to_drag
    last = impact_speed_m_s**2
    speed = np.sqrt(last + 2.0 * loss * way[-1])
    boost_way, boost_height = 0.0, 0.0
    for _ in range(60):
        boost_way = speed * burn_s * (0.5 * _START + (1.0 - _START) / 3.0)
        boost_height = float(np.interp(boost_way, way, height))
        speed = 0.5 * (
            speed + np.sqrt(max(last + 2.0 * loss * (way[-1] - boost_way) - 2.0 * _G_M_S2 * boost_height, 1.0))
        )
    if boost_way > np.interp(_APOGEE_SHARE, share, way):
        return *none, FlightStatus.STILL_BURNING
    after = way >= boost_way
    squares = speed**2 - 2.0 * loss * (way - boost_way) - 2.0 * _G_M_S2 * (height - boost_height)
    if squares[after].min() <= 0.0:
        return *none, FlightStatus.TOO_HIGH
    # Time over the way: in the boost from its closed form, afterwards from speed, which is straight between the points.
    tau = np.linspace(0.0, 1.0, 201)
    boost_times = tau * burn_s
    boost_ways = speed * burn_s * (0.5 * _START * tau**2 + (1.0 - _START) / 3.0 * tau**3)
    ways = np.append(boost_way, way[after & (way > boost_way)])
    speeds = np.append(speed, np.sqrt(squares[after & (way > boost_way)]))
    times = burn_s + np.append(0.0, np.cumsum(2.0 * np.diff(ways) / (speeds[1:] + speeds[:-1])))
    duration = float(times[-1])
    grid = np.arange(0.0, duration - _ROW_GAP_S, row_s)
    grid = np.append(grid, duration)
    is_boost = grid < burn_s
    along = np.where(is_boost, np.interp(grid, boost_times, boost_ways), np.interp(grid, times, ways))
    u = grid / max(burn_s, 1e-9)
    pace = np.where(is_boost, speed * (_START * u + (1.0 - _START) * u * u), np.interp(grid, times, speeds))
    at = np.interp(along, way, share)
    at[-1] = 1.0
    row_height = profile_m(at, apogee_m, pull_up_m)
    row_height[0] = row_height[-1] = 0.0
    turned = (at * angle)[:, None]
    normal = start * np.cos(turned) + ahead * np.sin(turned)
    position = ecef(np.arcsin(np.clip(normal[:, 2], -1.0, 1.0)), np.arctan2(normal[:, 1], normal[:, 0]), row_height)
    # Directions from the path itself, a short way to either side.
    span = 0.25 * pace.max()
    before, behind = np.clip(along - span, 0.0, way[-1]), np.clip(along + span, 0.0, way[-1])
    tangent = np.stack([np.interp(behind, way, c) - np.interp(before, way, c) for c in point.T], axis=1)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    top = int(height.argmax())
    facts = (
        duration, float(height[top]), float(np.interp(way[top], ways, times)), burn_s, boost_height, float(speed),
    )  # fmt: skip
    rows = np.concatenate([grid[:, None], position, tangent * pace[:, None], row_height[:, None]], axis=1)
    return rows, facts, FlightStatus.FOUND


def _normal(latitude_rad: float, longitude_rad: float) -> Floats:
    cos = np.cos(latitude_rad)
    return np.array([cos * np.cos(longitude_rad), cos * np.sin(longitude_rad), np.sin(latitude_rad)])
