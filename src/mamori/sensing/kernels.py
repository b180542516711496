"""Compiled loops of sensing: the looks of each sensor at each threat."""

import math

from numba import njit

from mamori.maths.luck import Stage, pair_key, uniform
from mamori.records import Bools, Floats, Ints
from mamori.sensing import radar

_STAGE = int(Stage.SENSING)

signal_to_noise = njit(cache=True, nogil=True)(radar.signal_to_noise)
detection_probability = njit(cache=True, nogil=True)(radar.detection_probability)
range_of_probability = njit(cache=True, nogil=True)(radar.range_of_probability)
horizon_m = njit(cache=True, nogil=True)(radar.horizon_m)


@njit(cache=True, nogil=True)
def look_at(
    axes: Floats,
    x_m: float,
    y_m: float,
    z_m: float,
    height_m: float,
    sensor_horizon_m: float,
    min_range_m: float,
    max_range_m: float,
    min_sin: float,
    max_sin: float,
    half_sector_rad: float,
) -> tuple[float, bool]:
    """Slant range to a point, m, and whether the sensor can look at it there.

    axes: (4, 3) place of the antenna, then its unit vectors up, along the boresight, and to the right of it
    """
    dx, dy, dz = x_m - axes[0, 0], y_m - axes[0, 1], z_m - axes[0, 2]
    range_m = math.sqrt(dx * dx + dy * dy + dz * dz)
    if range_m > max_range_m or range_m < min_range_m or range_m > sensor_horizon_m + horizon_m(height_m):
        return range_m, False
    up = dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2]
    if up < min_sin * range_m or up > max_sin * range_m:
        return range_m, False
    if half_sector_rad < math.pi:
        ahead = dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2]
        right = dx * axes[3, 0] + dy * axes[3, 1] + dz * axes[3, 2]
        if abs(math.atan2(right, ahead)) > half_sector_rad:
            return range_m, False
    return range_m, True


@njit(cache=True, nogil=True)
def fill_looks(
    first: Ints,
    time_s: Floats,
    position_m: Floats,
    height_m: Floats,
    path_m: Floats,
    kind: Ints,
    rcs_m2: Floats,
    threat_key: Ints,
    sensor_key: Ints,
    axes: Floats,
    antenna_m: Floats,
    reference_range_m: Floats,
    reference_snr: Floats,
    p_false_alarm: Floats,
    interval_s: Floats,
    min_range_m: Floats,
    max_range_m: Floats,
    min_sin: Floats,
    max_sin: Floats,
    half_sector_rad: Floats,
    range_sigma_m: Floats,
    angle_sigma_rad: Floats,
    sees: Bools,
    m: int,
    n: int,
    p_least: float,
    p_unsettled: float,
    count_p: Floats,
    pair_threat: Ints,
    pair_sensor: Ints,
    pair_key_out: Ints,
    pair_first: Ints,
    pair_last_s: Floats,
    pair_sigma_m: Floats,
    look_s: Floats,
    look_p: Floats,
    look_range_m: Floats,
) -> tuple[int, int]:
    """Fill the tables of pairs and looks; returns how many of each there are.

    Looks beyond the room in look_s are counted but not written: the caller then makes room and calls again.
    path_m: (P,) length of the path up to each row; count_p: (m,) room for the chances of 0 .. m - 1 detections
    The path is searched by stepping over what cannot be in range: a threat that is d too far away must first fly d.
    """
    n_pairs = 0
    n_looks = 0
    room = look_s.size
    pair_first[0] = 0
    for t in range(kind.size):
        a, b = first[t], first[t + 1] - 1
        if b <= a:
            continue
        highest_m = 0.0
        for k in range(a, b + 1):
            highest_m = max(highest_m, height_m[k])
        for s in range(sensor_key.size):
            if not sees[s, kind[t]]:
                continue
            sensor_horizon_m = horizon_m(antenna_m[s])
            reach_m = range_of_probability(p_least, rcs_m2[t], reference_range_m[s], reference_snr[s], p_false_alarm[s])
            reach_m = min(reach_m, max_range_m[s], sensor_horizon_m + horizon_m(highest_m))
            step_s = interval_s[s]
            key = pair_key(threat_key[t], sensor_key[s])
            phase = uniform(0, 0, _STAGE, key, 0)
            end_s = time_s[b]
            start_looks = n_looks
            last_s = -math.inf
            last_j = 0
            range_2 = 0.0
            p_open = 1.0  # bound on the chance that no track is confirmed yet: no aligned block of n looks had m
            block = -1
            settled = False
            k = a
            j = math.ceil(time_s[a] / step_s - phase)
            while True:
                t_s = (j + phase) * step_s
                if t_s >= end_s:
                    break
                while k < b - 1 and time_s[k + 1] <= t_s:
                    k += 1
                f = (t_s - time_s[k]) / (time_s[k + 1] - time_s[k])
                range_m, visible = look_at(
                    axes[s],
                    position_m[k, 0] + f * (position_m[k + 1, 0] - position_m[k, 0]),
                    position_m[k, 1] + f * (position_m[k + 1, 1] - position_m[k, 1]),
                    position_m[k, 2] + f * (position_m[k + 1, 2] - position_m[k, 2]),
                    height_m[k] + f * (height_m[k + 1] - height_m[k]),
                    sensor_horizon_m, min_range_m[s], reach_m, min_sin[s], max_sin[s], half_sector_rad[s],
                )  # fmt: skip
                if not visible:
                    j += 1
                    if range_m > reach_m:
                        goal_m = path_m[k] + f * (path_m[k + 1] - path_m[k]) + range_m - reach_m
                        if goal_m > path_m[b]:
                            break
                        while path_m[k + 1] < goal_m:
                            k += 1
                        j = max(j, math.ceil(time_s[k] / step_s - phase))
                    continue
                p = detection_probability(
                    signal_to_noise(range_m, rcs_m2[t], reference_range_m[s], reference_snr[s]), p_false_alarm[s]
                )
                if n_looks < room:
                    look_s[n_looks] = t_s
                    look_p[n_looks] = p
                    look_range_m[n_looks] = range_m
                n_looks += 1
                range_2 += range_m * range_m
                last_s = t_s
                last_j = j
                if j // n != block:
                    if block >= 0:
                        p_block = 0.0
                        for c in range(m):
                            p_block += count_p[c]
                        p_open *= p_block
                        settled = p_open < p_unsettled
                    block = j // n
                    count_p[0] = 1.0
                    for c in range(1, m):
                        count_p[c] = 0.0
                for c in range(m - 1, 0, -1):
                    count_p[c] = count_p[c] * (1.0 - p) + count_p[c - 1] * p
                count_p[0] *= 1.0 - p
                j += 1
                if settled:
                    break
            found = n_looks - start_looks
            if found < m:
                n_looks = start_looks
                continue
            if settled:
                j = math.ceil(end_s / step_s - phase) - 1
                k = b - 1
                while j > last_j:
                    t_s = (j + phase) * step_s
                    while k > a and time_s[k] > t_s:
                        k -= 1
                    f = (t_s - time_s[k]) / (time_s[k + 1] - time_s[k])
                    range_m, visible = look_at(
                        axes[s],
                        position_m[k, 0] + f * (position_m[k + 1, 0] - position_m[k, 0]),
                        position_m[k, 1] + f * (position_m[k + 1, 1] - position_m[k, 1]),
                        position_m[k, 2] + f * (position_m[k + 1, 2] - position_m[k, 2]),
                        height_m[k] + f * (height_m[k + 1] - height_m[k]),
                        sensor_horizon_m, min_range_m[s], reach_m, min_sin[s], max_sin[s], half_sector_rad[s],
                    )  # fmt: skip
                    if visible:
                        last_s = t_s
                        break
                    j -= 1
                    if range_m > reach_m:
                        goal_m = path_m[k] + f * (path_m[k + 1] - path_m[k]) - (range_m - reach_m)
                        while k > a and path_m[k] > goal_m:
                            k -= 1
                        j = min(j, math.floor(time_s[k + 1] / step_s - phase))
            pair_threat[n_pairs] = t
            pair_sensor[n_pairs] = s
            pair_key_out[n_pairs] = key
            pair_last_s[n_pairs] = last_s
            angle_m2 = angle_sigma_rad[s] * angle_sigma_rad[s] * range_2 / found
            pair_sigma_m[n_pairs] = math.sqrt((range_sigma_m[s] * range_sigma_m[s] + 2.0 * angle_m2) / 3.0)
            n_pairs += 1
            pair_first[n_pairs] = n_looks
    return n_pairs, n_looks
