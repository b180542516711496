"""Where and when what falls will come down: the falling model's state, carried to the ground by sigma points."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from mamori.maths.earth import geodetic_point
from mamori.records import Bools, Floats, Ints
from mamori.tracking.plots.model import Motions, Tracked
from mamori.tracking.plots.motion import FALL, N_STATES
from mamori.tracking.plots.unscented import N_POINTS, move_points

LONG_STEP_S, SHORT_STEP_S = 2.0, 0.25
THIN_AIR_M = 60e3
"""Above, gravity alone bends the path and a long step is exact to a metre; below, drag may brake by 100 g."""
LONGEST_S = 3600.0
SLOWEST_FALL_M_S = 1.0


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


def impacts(
    tracked: Tracked, motions: Motions, *, is_earth: bool, ground_m: float = 0.0, p_from: float = 0.5
) -> Impacts:
    """Impact of every track that is ballistic with chance p_from or more.

    motions: that the tracks were made with; ground_m: height of the ground at the impact
    State and covariance of the falling model go on by the unscented transform, with the model's noise, until the state
    is on the ground; there the errors of place follow the path down to it. So the ellipse shrinks as the track goes on.
    What does not come down within an hour has none.
    """
    falling = np.flatnonzero(motions.model == FALL)
    noise, own_noise = (
        float(values[falling[0]]) if len(falling) else 0.0 for values in (motions.noise, motions.own_noise)
    )
    rows = np.flatnonzero((tracked.p_ballistic >= p_from) & np.isfinite(tracked.fall[:, 0]))
    n = len(rows)
    place, east_north = np.empty((n, 3)), np.empty((n, 2, 2))
    when, sigma, is_down = np.empty(n), np.empty(n), np.zeros(n, np.bool_)
    fall_down(
        tracked.fall[rows], tracked.fall_cov[rows], noise, own_noise, is_earth, ground_m, place, when, east_north,
        sigma, is_down,
    )  # fmt: skip
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
def fall_down(
    x: Floats, cov: Floats, noise: float, own_noise: float, is_earth: bool, ground_m: float, place: Floats,
    when: Floats, east_north: Floats, sigma: Floats, is_down: Bools,
) -> None:  # fmt: skip
    """Fill the impact of each state x (I, 7), cov (I, 7, 7), both used up: see `Impacts`; when (I,) counts from the
    state's time."""
    points, root = np.empty((N_POINTS, N_STATES)), np.empty((N_STATES, N_STATES))
    vectors, slope, onto, spread = np.empty((4, 3)), np.empty((3, N_STATES)), np.empty((2, 3)), np.empty((2, 3))
    up = np.empty(3)
    for i in range(x.shape[0]):
        flown_s, height = 0.0, height_of(x[i], is_earth)
        while height > ground_m and flown_s < LONGEST_S:
            h = LONG_STEP_S if height > THIN_AIR_M else SHORT_STEP_S
            move_points(FALL, x[i], cov[i], h, noise, own_noise, is_earth, vectors, slope, root, points)
            flown_s, height = flown_s + h, height_of(x[i], is_earth)
        is_down[i] = height <= ground_m
        if not is_down[i]:
            continue
        latitude, longitude = 0.5 * math.pi, -0.5 * math.pi  # of flat axes: east is x, north is y, up is z
        if is_earth:
            latitude, longitude, _ = geodetic_point(x[i, 0], x[i, 1], x[i, 2])
        onto[0, 0], onto[0, 1], onto[0, 2] = -math.sin(longitude), math.cos(longitude), 0.0
        onto[1, 0], onto[1, 1] = -math.sin(latitude) * math.cos(longitude), -math.sin(latitude) * math.sin(longitude)
        onto[1, 2] = math.cos(latitude)
        up[0], up[1] = math.cos(latitude) * math.cos(longitude), math.cos(latitude) * math.sin(longitude)
        up[2] = math.sin(latitude)
        climb = min(up[0] * x[i, 3] + up[1] * x[i, 4] + up[2] * x[i, 5], -SLOWEST_FALL_M_S)
        back_s = (height - ground_m) / climb
        when[i], sigma[i] = flown_s - back_s, 0.0
        for a in range(3):
            place[i, a] = x[i, a] - back_s * x[i, 3 + a]
            for b in range(3):
                sigma[i] += up[a] * cov[i, a, b] * up[b] / climb**2
        sigma[i] = math.sqrt(sigma[i])
        # An error of place comes down along the path: its share upwards moves the impact along the velocity.
        for k in range(2):
            along = (onto[k, 0] * x[i, 3] + onto[k, 1] * x[i, 4] + onto[k, 2] * x[i, 5]) / climb
            for a in range(3):
                onto[k, a] -= along * up[a]
        for k in range(2):
            for a in range(3):
                spread[k, a] = onto[k, 0] * cov[i, 0, a] + onto[k, 1] * cov[i, 1, a] + onto[k, 2] * cov[i, 2, a]
        for k in range(2):
            for m in range(2):
                east_north[i, k, m] = spread[k, 0] * onto[m, 0] + spread[k, 1] * onto[m, 1] + spread[k, 2] * onto[m, 2]
