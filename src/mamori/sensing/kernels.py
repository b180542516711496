"""Compiled loops of sensing: what one look of a sensor at a point gives, and the hills that hide it; `looks/kernels.py`
follows paths."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mamori.maths.earth import ECCENTRICITY_2, MEAN_RADIUS_M
from mamori.records import Bools, Floats, Ints
from mamori.sensing import acoustic, optical, radar, sightline, swerling
from mamori.world.kernels import ground_m

RADAR, ACOUSTIC, OPTICAL, LAUNCH = range(4)
"""Kinds of sensor: radar, net of microphones, eyes and cameras, launch warning from space."""

miss_probability = njit(cache=True, nogil=True)(swerling.miss_probability)
clutter_area_m2 = njit(cache=True, nogil=True)(radar.clutter_area_m2)
range_error_m = njit(cache=True, nogil=True)(radar.range_error_m)
angle_error_rad = njit(cache=True, nogil=True)(radar.angle_error_rad)
heard_probability = njit(cache=True, nogil=True)(acoustic.heard_probability)
seen_probability = njit(cache=True, nogil=True)(optical.seen_probability)
horizon_m = njit(cache=True, nogil=True)(sightline.horizon_m)
slope = njit(cache=True, nogil=True)(sightline.slope)
diamond = njit(cache=True, nogil=True)(sightline.diamond)
undiamond = njit(cache=True, nogil=True)(sightline.undiamond)

OPEN, N_BEARINGS = sightline.OPEN, sightline.N_BEARINGS
SAMPLES = 2
"""Looks at the ground in a ring of hills."""
LOG_SNR_FIRST, LOG_SNR_STEP, N_SNR = -7.0, 0.004, 5251
"""Natural logarithms of signal to noise in tables of detection: -30 to 61 dB; straight between, within 1e-5."""
RADIUS_M = MEAN_RADIUS_M


class Watch(NamedTuple):
    """Sensors (S) and what each can make of each class of threat (S, C), as compiled loops take them.

    kind, key, sees: see `model.SensorTable`; axes: (S, 4, 3) place of the antenna, then its unit vectors up, along the
    boresight, and to the right of it; antenna_m: (S,) above the ellipsoid
    reach_m: (S, C) beyond which no look counts; half_range_m: (S, C) of hearing or sight
    signal: (S, C) signal to noise of a pulse at one metre; detect: (E, N_SNR) probability by signal to noise
    detect_i: (S, C) its row; hills: (S, N_BEARINGS, R) slopes, R = 0 where all is sea
    The others are columns of the table.
    """

    kind: Ints
    key: Ints
    sees: Bools
    axes: Floats
    antenna_m: Floats
    boresight_rad: Floats
    interval_s: Floats
    is_turning: Bools
    min_range_m: Floats
    min_sin: Floats
    max_sin: Floats
    half_sector_rad: Floats
    n_pulses: Ints
    resolution_m: Floats
    beam_rad: Floats
    beam_up_rad: Floats
    clutter: Floats
    least_radial_m_s: Floats
    per_m2: Floats
    p_look: Floats
    range_sigma_m: Floats
    range_sigma_share: Floats
    angle_sigma_rad: Floats
    place_sigma_m: Floats
    off_first: Ints
    off_from_s: Floats
    off_until_s: Floats
    reach_m: Floats
    half_range_m: Floats
    signal: Floats
    detect: Floats
    detect_i: Ints
    hills: NDArray[np.float32]
    ring_step_m: float
    cloud_base_m: float
    cloud_top_m: float


@njit(cache=True, nogil=True)
def fill_detection(n_pulses: int, threshold: float, shape: float, p_detect: Floats) -> None:
    """Fill probabilities of detection (N_SNR,); see `swerling.miss_probability`."""
    for i in range(p_detect.size):
        snr = math.exp(LOG_SNR_FIRST + i * LOG_SNR_STEP)
        p_detect[i] = 1.0 - miss_probability(snr, n_pulses, threshold, shape)


@njit(cache=True, nogil=True)
def detected(snr: float, p_detect: Floats) -> float:
    """Probability of detection at a ratio of signal to noise, from a table of `fill_detection`."""
    at = min(max((math.log(snr) - LOG_SNR_FIRST) / LOG_SNR_STEP, 0.0), p_detect.size - 1.001)
    i = int(at)
    return float(p_detect[i] + (at - i) * (p_detect[i + 1] - p_detect[i]))


@njit(cache=True, nogil=True)
def fill_hills(
    axes: Floats,
    antenna_m: float,
    reach_m: float,
    south_rad: float,
    west_rad: float,
    latitude_step_rad: float,
    longitude_step_rad: float,
    height_m: Floats,
    step_m: float,
    hills: NDArray[np.float32],
) -> None:
    """Fill the slopes (N_BEARINGS, R) to the highest hill up to the end of each ring, as one sensor sees them.

    axes, antenna_m: of the sensor, see `Watch`; reach_m: how far it looks; ring r ends r + 1 steps away, and its
    ground is looked up so often
    What lies at sea level hides no more than the horizon does. The Earth falls below the antenna's level plane as a
    sphere does (textbook parabola; good to some hundred kilometres, where hills end).
    """
    for i in range(hills.shape[0]):
        ahead, right = undiamond(4.0 * (i + 0.5) / hills.shape[0])
        size = math.sqrt(ahead * ahead + right * right)
        ahead, right = ahead / size, right / size
        highest = OPEN
        for ring in range(hills.shape[1]):
            for part in range(1, SAMPLES + 1):
                way_m = step_m * (ring + part / SAMPLES)
                if way_m > reach_m:
                    break
                drop_m = way_m * way_m / (2.0 * RADIUS_M)
                x = axes[0, 0] + way_m * (ahead * axes[2, 0] + right * axes[3, 0]) - drop_m * axes[1, 0]
                y = axes[0, 1] + way_m * (ahead * axes[2, 1] + right * axes[3, 1]) - drop_m * axes[1, 1]
                z = axes[0, 2] + way_m * (ahead * axes[2, 2] + right * axes[3, 2]) - drop_m * axes[1, 2]
                # Latitude of the ellipsoid straight below: near the ground, to a metre, without iteration.
                latitude = math.atan2(z, (1.0 - ECCENTRICITY_2) * math.sqrt(x * x + y * y))
                ground = ground_m(
                    south_rad, west_rad, latitude_step_rad, longitude_step_rad, height_m, latitude, math.atan2(y, x)
                )  # fmt: skip
                if ground > 0.0:
                    highest = max(highest, slope(way_m, ground - antenna_m - drop_m))
            hills[i, ring] = highest


@njit(cache=True, nogil=True)
def look_at(
    w: Watch, s: int, reach_m: float, x_m: float, y_m: float, z_m: float, height_m: float
) -> tuple[float, bool]:
    """Slant range to a point, m, and whether the sensor can look at it there; height_m: of the point above the
    ellipsoid."""
    axes = w.axes[s]
    dx, dy, dz = x_m - axes[0, 0], y_m - axes[0, 1], z_m - axes[0, 2]
    range_m = math.sqrt(dx * dx + dy * dy + dz * dz)
    if w.kind[s] == LAUNCH:
        return range_m, height_m >= w.cloud_top_m
    if range_m > reach_m or range_m < w.min_range_m[s]:
        return range_m, False
    if w.kind[s] == ACOUSTIC:
        return range_m, True
    if range_m > horizon_m(w.antenna_m[s]) + horizon_m(height_m):
        return range_m, False
    up = dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2]
    if up < w.min_sin[s] * range_m or up > w.max_sin[s] * range_m:
        return range_m, False
    ahead = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
    right = dx * axes[3, 0] + dy * axes[3, 1] + dz * axes[3, 2]
    if w.half_sector_rad[s] < math.pi and abs(math.atan2(right, ahead)) > w.half_sector_rad[s]:
        return range_m, False
    if w.hills.shape[2] > 0:
        way_m = math.sqrt(ahead * ahead + right * right)
        ring = min(int(way_m / w.ring_step_m), w.hills.shape[2]) - 1  # the last that ends before it
        if ring >= 0:
            i = min(int(diamond(ahead, right) * (0.25 * N_BEARINGS)), N_BEARINGS - 1)
            if slope(way_m, up) < w.hills[s, i, ring]:
                return range_m, False
    return range_m, w.kind[s] != OPTICAL or height_m <= w.cloud_base_m


@njit(cache=True, nogil=True)
def bearing(w: Watch, s: int, x_m: float, y_m: float, z_m: float) -> float:
    """Bearing of a point from a sensor, rad clockwise from north, not brought into any one turn."""
    axes = w.axes[s]
    dx, dy, dz = x_m - axes[0, 0], y_m - axes[0, 1], z_m - axes[0, 2]
    ahead = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
    right = dx * axes[3, 0] + dy * axes[3, 1] + dz * axes[3, 2]
    return float(math.atan2(right, ahead) + w.boresight_rad[s])


@njit(cache=True, nogil=True)
def chance_of_look(
    w: Watch, s: int, c: int, range_m: float, height_m: float, above_m: float, radial_m_s: float
) -> tuple[float, float, float]:
    """Probability that a look detects, and the standard errors of its range, m, and of each of its angles, rad.

    above_m: height of the threat above the ground below it; radial_m_s: how fast its range changes
    """
    p, range_sigma_m, angle_sigma_rad = 0.0, w.range_sigma_m[s], w.angle_sigma_rad[s]
    if w.kind[s] == RADAR:
        if abs(radial_m_s) < w.least_radial_m_s[s]:
            return 0.0, range_sigma_m, angle_sigma_rad
        fall = 1.0 / (range_m * range_m * range_m * range_m)
        snr = w.signal[s, c] * fall
        is_ground_lit = range_m < horizon_m(w.antenna_m[s]) + horizon_m(height_m - above_m)
        if w.clutter[s] > 0.0 and is_ground_lit and above_m < range_m * w.beam_up_rad[s]:
            snr /= 1.0 + w.clutter[s] * fall * clutter_area_m2(range_m, w.beam_rad[s], w.resolution_m[s])
        p = detected(snr, w.detect[w.detect_i[s, c]])
        snr *= w.n_pulses[s]
        range_sigma_m = range_error_m(snr, w.resolution_m[s], range_sigma_m)
        angle_sigma_rad = angle_error_rad(snr, w.beam_rad[s], angle_sigma_rad)
    elif w.kind[s] == ACOUSTIC:
        p = heard_probability(above_m, w.half_range_m[s, c], w.per_m2[s])
    elif w.kind[s] == OPTICAL:
        p = w.p_look[s] * seen_probability(range_m, w.half_range_m[s, c])
    else:
        p = w.p_look[s]
    share = w.range_sigma_share[s] * range_m
    across = w.place_sigma_m[s] / range_m
    return (
        p,
        math.sqrt(range_sigma_m * range_sigma_m + share * share),
        math.sqrt(angle_sigma_rad * angle_sigma_rad + across * across),
    )
