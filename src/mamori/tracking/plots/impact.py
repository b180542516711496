"""Where and when what falls will come down: the state of the falling model, carried to the ground by sigma points."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from mamori.maths.earth import geodetic_point
from mamori.records import Bools, Floats, Ints
from mamori.tracking.plots.model import Tracked
from mamori.tracking.plots.motion import FALL, N_STATES, acceleration
from mamori.tracking.plots.unscented import N_POINTS, points_of

LONG_STEP_S, SHORT_STEP_S = 2.0, 0.25
THIN_AIR_M = 60e3
"""Above, gravity alone bends the path and a long step is exact to a metre; below, drag may brake by 100 g."""
LONGEST_S = 3600.0


@dataclass(frozen=True)
class Impacts:
    """Predicted impacts, one for each row of a track that is taken for ballistic and comes down.

    row: (I,) of `Tracked`; place_m: (I, 3) in the tracker's axes, on the ground; time_s: (I,)
    east_north_cov: (I, 2, 2) of the place on the ground, m2 (flat axes: x and y); sigma_s: (I,) of the time
    latitude_rad, longitude_rad: (I,) nan in flat axes
    """

    row: Ints
    place_m: Floats
    time_s: Floats
    east_north_cov: Floats
    sigma_s: Floats
    latitude_rad: Floats
    longitude_rad: Floats


def impacts(tracked: Tracked, *, is_earth: bool, ground_m: float = 0.0, p_from: float = 0.5) -> Impacts:
    """Impact of every track that is ballistic with chance p_from or more.

    ground_m: height of the ground at the impact
    The mean and covariance of place and time are those of sigma points flown to the ground (see `unscented`), so that
    the ellipse shrinks as the track goes on. What does not come down within an hour has none.
    """
    rows = np.flatnonzero((tracked.p_ballistic >= p_from) & np.isfinite(tracked.fall[:, 0]))
    n = len(rows)
    place, east_north = np.empty((n, 3)), np.empty((n, 2, 2))
    when, sigma, is_down = np.empty(n), np.empty(n), np.zeros(n, np.bool_)
    fall_down(tracked.fall[rows], tracked.fall_cov[rows], is_earth, ground_m, place, when, east_north, sigma, is_down)
    keep = np.flatnonzero(is_down)
    latitude, longitude = np.full(len(keep), np.nan), np.full(len(keep), np.nan)
    if is_earth:
        for i, k in enumerate(keep):
            latitude[i], longitude[i], _ = geodetic_point(*place[k])
    return Impacts(
        row=rows[keep],
        place_m=place[keep],
        time_s=tracked.time_s[rows[keep]] + when[keep],
        east_north_cov=east_north[keep],
        sigma_s=sigma[keep],
        latitude_rad=latitude,
        longitude_rad=longitude,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def height_of(x: Floats, is_earth: bool) -> float:
    """Height above the ground plane, or above the ellipsoid, m."""
    if is_earth:
        return float(geodetic_point(x[0], x[1], x[2])[2])
    return float(x[2])


@njit(cache=True, nogil=True, error_model="numpy")
def land(x: Floats, is_earth: bool, ground_m: float, vectors: Floats, slope: Floats, room: Floats) -> float:
    """Fly a falling state (7,) to the ground in place (Runge-Kutta 4); returns the seconds, inf if it stays up.

    vectors (2, 3), slope (3, 7), room (6, 7): scratch
    """
    up, found = vectors[0], vectors[1]
    before, point, k1, k2, k3, k4 = room[0], room[1], room[2], room[3], room[4], room[5]
    flown_s, height = 0.0, height_of(x, is_earth)
    if height <= ground_m:
        return 0.0
    while flown_s < LONGEST_S:
        before[:] = x
        h = LONG_STEP_S if height > THIN_AIR_M else SHORT_STEP_S
        for stage in range(4):
            k = k1 if stage == 0 else k2 if stage == 1 else k3 if stage == 2 else k4
            point[:] = x
            if stage > 0:
                last = k1 if stage == 1 else k2 if stage == 2 else k3
                ahead = h if stage == 3 else 0.5 * h
                for a in range(6):
                    point[a] = x[a] + ahead * last[a]
            acceleration(FALL, point, is_earth, up, found, slope)
            for a in range(3):
                k[a], k[3 + a] = point[3 + a], found[a]
        for a in range(6):
            x[a] += h / 6.0 * (k1[a] + 2.0 * k2[a] + 2.0 * k3[a] + k4[a])
        now = height_of(x, is_earth)
        if now <= ground_m:
            share = (height - ground_m) / (height - now)
            for a in range(6):
                x[a] = before[a] + share * (x[a] - before[a])
            return float(flown_s + share * h)
        flown_s, height = flown_s + h, now
    return math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def fall_down(
    x: Floats, cov: Floats, is_earth: bool, ground_m: float, place: Floats, when: Floats, east_north: Floats,
    sigma: Floats, is_down: Bools,
) -> None:  # fmt: skip
    """Fill the impact of each state x (I, 7), cov (I, 7, 7): see `Impacts`; when (I,) counts from the state's time."""
    points, root = np.empty((N_POINTS, N_STATES)), np.empty((N_STATES, N_STATES))
    vectors, slope, room = np.empty((2, 3)), np.empty((3, N_STATES)), np.empty((6, N_STATES))
    lasts = np.empty(N_POINTS)
    for i in range(x.shape[0]):
        points_of(x[i], cov[i], root, points)
        is_down[i] = True
        place[i, :] = 0.0
        when[i], sigma[i] = 0.0, 0.0
        for p in range(N_POINTS):
            lasts[p] = land(points[p], is_earth, ground_m, vectors, slope, room)
            if not math.isfinite(lasts[p]):
                is_down[i] = False
                break
            when[i] += lasts[p] / N_POINTS
            for a in range(3):
                place[i, a] += points[p, a] / N_POINTS
        if not is_down[i]:
            continue
        east0, east1, north0, north1, north2 = 1.0, 0.0, 0.0, 1.0, 0.0
        if is_earth:
            latitude, longitude, _ = geodetic_point(place[i, 0], place[i, 1], place[i, 2])
            east0, east1 = -math.sin(longitude), math.cos(longitude)
            north0, north1 = -math.sin(latitude) * math.cos(longitude), -math.sin(latitude) * math.sin(longitude)
            north2 = math.cos(latitude)
        east_north[i, :, :] = 0.0
        for p in range(N_POINTS):
            dx, dy, dz = points[p, 0] - place[i, 0], points[p, 1] - place[i, 1], points[p, 2] - place[i, 2]
            east, north = east0 * dx + east1 * dy, north0 * dx + north1 * dy + north2 * dz
            east_north[i, 0, 0] += east * east / N_POINTS
            east_north[i, 0, 1] += east * north / N_POINTS
            east_north[i, 1, 1] += north * north / N_POINTS
            sigma[i] += (lasts[p] - when[i]) ** 2 / N_POINTS
        east_north[i, 1, 0] = east_north[i, 0, 1]
        sigma[i] = math.sqrt(sigma[i])
