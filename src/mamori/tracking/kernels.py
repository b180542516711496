"""Compiled loops of tracking: confirmation, and what a track foresees."""

import math

import numpy as np
from numba import njit

from mamori.maths.earth import MEAN_RADIUS_M, geodetic_point
from mamori.maths.luck import Stage, normal, uniform
from mamori.records import Floats, Ints, ThreatKind

_STAGE = int(Stage.TRACKING)
_BALLISTIC = int(ThreatKind.BALLISTIC)


@njit(cache=True, nogil=True)
def confirm_chain(
    first: Ints,
    time_s: Floats,
    p_detect: Floats,
    interval_s: Floats,
    m: int,
    n: int,
    n_hits: Ints,
    now: Floats,
    then: Floats,
    p_confirmed: Floats,
) -> None:
    """Fill p_confirmed (R,): the chance that m of any n successive looks detected, at or before each look.

    n_hits: (2 ** (n - 1),) set bits of each state; now, then: as long, room for the chances of the states
    A state is the pattern of hits and misses of the last n - 1 looks while the track is not confirmed: an exact Markov
    chain. Looks that were skipped (a gap in the coverage) are misses.
    """
    n_states = n_hits.size
    keep = n_states - 1
    for q in range(first.size - 1):
        for state in range(n_states):
            now[state] = 0.0
        now[0] = 1.0
        done = 0.0
        for r in range(first[q], first[q + 1]):
            skipped = 0
            if r > first[q]:
                skipped = min(n - 1, round((time_s[r] - time_s[r - 1]) / interval_s[q]) - 1)
            for look in range(skipped + 1):
                p = p_detect[r] if look == skipped else 0.0
                for state in range(n_states):
                    then[state] = 0.0
                for state in range(n_states):
                    then[(state << 1) & keep] += now[state] * (1.0 - p)
                    if n_hits[state] + 1 >= m:
                        done += now[state] * p
                    else:
                        then[((state << 1) | 1) & keep] += now[state] * p
                for state in range(n_states):
                    now[state] = then[state]
            p_confirmed[r] = min(1.0, done)


@njit(cache=True, nogil=True)
def draw_confirm(
    threat_i: Ints,
    sensor_i: Ints,
    key: Ints,
    first: Ints,
    time_s: Floats,
    p_confirmed: Floats,
    last_look_s: Floats,
    latency_s: Floats,
    not_before_s: Floats,
    seed: int,
    replica: int,
    confirm_s: Floats,
) -> None:
    """Set confirm_s[t, s] (T, S) of each pair to when others learn of its confirmation; the rest is left as it is.

    not_before_s: (T,); a pair that nobody looks at any more by then has none
    """
    for q in range(threat_i.size):
        low, high = first[q], first[q + 1]
        u = uniform(seed, replica, _STAGE, key[q], 0)
        while low < high:  # first look with p_confirmed above u
            middle = (low + high) // 2
            if p_confirmed[middle] > u:
                high = middle
            else:
                low = middle + 1
        if low < first[q + 1]:
            known_s = max(time_s[low] + latency_s[q], not_before_s[threat_i[q]])
            if known_s <= last_look_s[q] + latency_s[q]:
                confirm_s[threat_i[q], sensor_i[q]] = known_s


@njit(cache=True, nogil=True)
def take_turns(ready_s: Floats, end_s: Floats, free_s: Floats) -> Floats:
    """When each of n tasks begins, (n,), if only so many run at once: inf where its own end comes first.

    ready_s: (n,) rising, inf for tasks that never come; end_s: (n,); free_s: (C,) from when each place is free
    """
    begin_s = np.full(ready_s.size, np.inf)
    for i in range(ready_s.size):
        place = 0
        for c in range(1, free_s.size):
            if free_s[c] < free_s[place]:
                place = c
        begin = max(ready_s[i], free_s[place])
        if begin <= end_s[i]:
            begin_s[i], free_s[place] = begin, end_s[i]
    return begin_s


@njit(cache=True, nogil=True)
def line_variance(n_looks: float, interval_s: float, ahead_s: float) -> float:
    """Variance, in units of one look's, of a straight line fitted to n looks, ahead_s after the last of them.

    Source: ordinary least squares with equally spaced abscissae, 1 / n + (t - mean t)^2 / sum (t_i - mean t)^2.
    """
    middle_s = ahead_s + 0.5 * (n_looks - 1.0) * interval_s
    spread = interval_s * interval_s * n_looks * (n_looks * n_looks - 1.0) / 12.0
    return 1.0 / n_looks + middle_s * middle_s / spread


@njit(cache=True, nogil=True)
def ground_velocity(latitude_rad: float, longitude_rad: float, velocity_m_s: Floats) -> tuple[float, float, float]:
    """East, north and upward parts of an Earth-centred velocity (3,)."""
    sin_lat, cos_lat = math.sin(latitude_rad), math.cos(latitude_rad)
    sin_lon, cos_lon = math.sin(longitude_rad), math.cos(longitude_rad)
    outward = cos_lon * velocity_m_s[0] + sin_lon * velocity_m_s[1]
    east = cos_lon * velocity_m_s[1] - sin_lon * velocity_m_s[0]
    north = cos_lat * velocity_m_s[2] - sin_lat * outward
    up = cos_lat * outward + sin_lat * velocity_m_s[2]
    return east, north, up


@njit(cache=True, nogil=True)
def beside(
    latitude_rad: float, longitude_rad: float, bearing_rad: float, along_m: float, cross_m: float
) -> tuple[float, float]:
    """Place a short way along a bearing and to the right of it, on the mean sphere."""
    east = along_m * math.sin(bearing_rad) + cross_m * math.cos(bearing_rad)
    north = along_m * math.cos(bearing_rad) - cross_m * math.sin(bearing_rad)
    return latitude_rad + north / MEAN_RADIUS_M, longitude_rad + east / (MEAN_RADIUS_M * math.cos(latitude_rad))


@njit(cache=True, nogil=True)
def foresee(
    first: Ints,
    row_s: Floats,
    position_m: Floats,
    velocity_m_s: Floats,
    impact_s: Floats,
    kind: Ints,
    threat_key: Ints,
    pair_first: Ints,
    sensor_i: Ints,
    last_look_s: Floats,
    sigma_m: Floats,
    interval_s: Floats,
    latency_s: Floats,
    confirm_s: Floats,
    alive_until_s: Floats,
    end_s: Floats,
    m: int,
    memory_looks: int,
    seed: int,
    replica: int,
    room: Floats,
    time_s: Floats,
    until_s: Floats,
    latitude: Floats,
    longitude: Floats,
    sigma_along: Floats,
    sigma_cross: Floats,
    bearing: Floats,
    sigma_bearing: Floats,
    speed: Floats,
) -> None:
    """Fill the fields of `Predictions` (T, U), which come with time_s at infinity and the rest at 0.

    pair_first: (T + 1,) the pairs of each threat; room: (7, U) scratch
    """
    n_updates = time_s.shape[1]
    for t in range(kind.size):
        begin_s = math.inf
        for q in range(pair_first[t], pair_first[t + 1]):
            s = sensor_i[q]
            c = confirm_s[t, s]
            if c < min(begin_s, alive_until_s[s]):
                begin_s = c
        if begin_s >= end_s[t] or begin_s >= impact_s[t]:
            continue
        is_ballistic = kind[t] == _BALLISTIC
        for u in range(n_updates):
            now_s = begin_s + (impact_s[t] - begin_s) * (u / n_updates) ** 2
            information, v_information, covered_s = 0.0, 0.0, -math.inf
            for q in range(pair_first[t], pair_first[t + 1]):
                s = sensor_i[q]
                c = confirm_s[t, s]
                stop_s = min(last_look_s[q], alive_until_s[s])
                step_s = interval_s[q]
                if c > now_s or c >= alive_until_s[s] or (not is_ballistic and now_s > stop_s + latency_s[q] + step_s):
                    continue
                late_s = latency_s[q]
                more = math.floor((min(now_s - late_s, stop_s) - (c - late_s)) / step_s + 1e-9)
                looks = m + more
                if not is_ballistic:
                    looks = min(looks, memory_looks)
                if looks < 2:
                    continue
                last_s = c - late_s + more * step_s
                ahead_s = (impact_s[t] if is_ballistic else now_s) - last_s
                variance = sigma_m[q] * sigma_m[q]
                information += 1.0 / (variance * line_variance(looks, step_s, ahead_s))
                v_information += step_s * step_s * looks * (looks * looks - 1.0) / (12.0 * variance)
                covered_s = max(covered_s, stop_s + late_s + step_s)
            room[0, u], room[1, u], room[2, u] = information, v_information, covered_s
            if information > 0.0 and now_s < end_s[t]:
                time_s[t, u] = now_s
        after_s = end_s[t]
        for u in range(n_updates - 1, -1, -1):
            if time_s[t, u] < math.inf:
                until_s[t, u] = after_s if is_ballistic else max(time_s[t, u], min(after_s, room[2, u]))
                after_s = time_s[t, u]
        n_draws = 2 if is_ballistic else 4
        for u in range(n_updates):
            if is_ballistic or time_s[t, u] < math.inf:
                for c in range(n_draws):
                    room[3 + c, u] = normal(seed, replica, _STAGE, threat_key[t], 4 * u + c)
        if is_ballistic:
            k = first[t + 1] - 1
            x, y, z = position_m[k, 0], position_m[k, 1], position_m[k, 2]
            lat, lon, _ = geodetic_point(x, y, z)
            east, north, up = ground_velocity(lat, lon, velocity_m_s[k])
            over_ground = math.hypot(east, north)
            course = math.atan2(east, north)
            # A vertical error moves the impact along the path by its cotangent of the angle of fall.
            stretch = math.sqrt(1.0 + min(32.0, (over_ground / max(1e-9, -up)) ** 2))
            along = cross = older = 0.0
            for u in range(n_updates - 1, -1, -1):
                if room[0, u] <= 0.0:
                    continue
                # Estimates by least squares from growing data: the earlier is the later plus independent noise.
                variance = max(older, 1.0 / room[0, u])
                step_m = math.sqrt(variance - older)
                along += stretch * step_m * room[3, u]
                cross += step_m * room[4, u]
                older = variance
                if time_s[t, u] < math.inf:
                    latitude[t, u], longitude[t, u] = beside(lat, lon, course, along, cross)
                    sigma_along[t, u] = stretch * math.sqrt(variance)
                    sigma_cross[t, u] = math.sqrt(variance)
                    bearing[t, u] = course
                    speed[t, u] = over_ground
            continue
        k = first[t]
        for u in range(n_updates):
            if time_s[t, u] == math.inf:
                continue
            while k < first[t + 1] - 2 and row_s[k + 1] <= time_s[t, u]:
                k += 1
            f = (time_s[t, u] - row_s[k]) / (row_s[k + 1] - row_s[k])
            x = position_m[k, 0] + f * (position_m[k + 1, 0] - position_m[k, 0])
            y = position_m[k, 1] + f * (position_m[k + 1, 1] - position_m[k, 1])
            z = position_m[k, 2] + f * (position_m[k + 1, 2] - position_m[k, 2])
            lat, lon, _ = geodetic_point(x, y, z)
            east, north, _ = ground_velocity(lat, lon, velocity_m_s[k])
            over_ground = max(1e-3, math.hypot(east, north))
            sigma = math.sqrt(1.0 / room[0, u])
            sigma_speed = math.sqrt(1.0 / room[1, u])
            sigma_course = min(math.pi, sigma_speed / over_ground)
            heading = math.atan2(east, north)
            faster = sigma_speed * room[6, u]
            latitude[t, u], longitude[t, u] = beside(lat, lon, heading, sigma * room[3, u], sigma * room[4, u])
            sigma_along[t, u] = sigma_cross[t, u] = sigma
            bearing[t, u] = heading + sigma_course * room[5, u]
            sigma_bearing[t, u] = sigma_course
            speed[t, u] = max(0.25 * over_ground, over_ground + faster)
