"""Compiled loops of warning: which districts are in danger when, and what their people had of the alarm."""

import math

import numpy as np
from numba import njit

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.maths.luck import normal_quantile
from mamori.records import Bools, Floats, Ints, ThreatKind

_BALLISTIC = int(ThreatKind.BALLISTIC)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_TAIL = 6.0  # standard errors beyond which a normal density is nothing


@njit(cache=True, nogil=True)
def normal_cdf(x: float) -> float:
    """Distribution function of the standard normal."""
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


@njit(cache=True, nogil=True)
def p_in_disc(along_m: float, cross_m: float, radius_m: float, sigma_along_m: float, sigma_cross_m: float) -> float:
    """Probability that a normal error with these standard errors falls into a disc centred at (along, cross).

    By 24 Gauss-Legendre nodes along the path over the part of the disc within 6 standard errors; exact across it.
    """
    low = max(along_m - radius_m, -_TAIL * sigma_along_m)
    high = min(along_m + radius_m, _TAIL * sigma_along_m)
    if low >= high or abs(cross_m) > radius_m + _TAIL * sigma_cross_m:
        return 0.0
    half = 0.5 * (high - low)
    middle = 0.5 * (high + low)
    total = 0.0
    for i in range(_NODES.size):
        x = middle + half * _NODES[i]
        chord = math.sqrt(max(0.0, radius_m * radius_m - (x - along_m) ** 2))
        inside = normal_cdf((cross_m + chord) / sigma_cross_m) - normal_cdf((cross_m - chord) / sigma_cross_m)
        total += _WEIGHTS[i] * math.exp(-0.5 * (x / sigma_along_m) ** 2) * inside
    return total * half / (sigma_along_m * math.sqrt(2.0 * math.pi))


@njit(cache=True, nogil=True)
def is_crossed(
    along_m: float, cross_m: float, radius_m: float, sigma_m: float, sigma_bearing_rad: float, p: float, quantile: float
) -> bool:
    """Whether a straight path of uncertain place and course crosses a disc at (along, cross) with at least chance p.

    quantile: of the standard normal at 1 - p. The disc covers the angles within asin(radius / distance) of its
    centre's; the course is normal around 0. The chance is below that of all beyond the nearer edge, which most often
    settles it.
    """
    distance = math.hypot(along_m, cross_m)
    if distance <= radius_m:
        return True
    aside = abs(math.atan2(cross_m, along_m))
    cover = math.asin(radius_m / distance)
    sigma = max(1e-9, math.sqrt(sigma_bearing_rad * sigma_bearing_rad + (sigma_m / distance) ** 2))
    if aside - cover > quantile * sigma:
        return False
    return bool(normal_cdf((aside + cover) / sigma) - normal_cdf((aside - cover) / sigma) >= p)


@njit(cache=True, nogil=True)
def frames_of(latitude: Floats, longitude: Floats, bearing: Floats, frames: Floats) -> None:
    """Fill frames (K, 3, 3): unit vectors up, along the bearing, and to the right of it, at each place (K,)."""
    for k in range(latitude.size):
        sin_lat, cos_lat = math.sin(latitude[k]), math.cos(latitude[k])
        sin_lon, cos_lon = math.sin(longitude[k]), math.cos(longitude[k])
        sin_b, cos_b = math.sin(bearing[k]), math.cos(bearing[k])
        frames[k, 0, 0], frames[k, 0, 1], frames[k, 0, 2] = cos_lat * cos_lon, cos_lat * sin_lon, sin_lat
        frames[k, 1, 0] = -sin_b * sin_lon - cos_b * sin_lat * cos_lon
        frames[k, 1, 1] = sin_b * cos_lon - cos_b * sin_lat * sin_lon
        frames[k, 1, 2] = cos_b * cos_lat
        frames[k, 2, 0] = -cos_b * sin_lon + sin_b * sin_lat * cos_lon
        frames[k, 2, 1] = cos_b * cos_lon + sin_b * sin_lat * sin_lon
        frames[k, 2, 2] = -sin_b * cos_lat


@njit(cache=True, nogil=True)
def merge(start_s: float, end_s: float, starts: Floats, ends: Floats, n: int) -> int:
    """Put an interval into the first n sorted, disjoint ones; returns how many there are then (room for n + 1)."""
    low = 0
    while low < n and ends[low] < start_s:
        low += 1
    high = low
    while high < n and starts[high] <= end_s:
        start_s = min(start_s, starts[high])
        end_s = max(end_s, ends[high])
        high += 1
    shift = 1 - (high - low)
    if shift > 0:
        for i in range(n - 1, high - 1, -1):
            starts[i + 1], ends[i + 1] = starts[i], ends[i]
    elif shift < 0:
        for i in range(high, n):
            starts[i + shift], ends[i + shift] = starts[i], ends[i]
    starts[low], ends[low] = start_s, end_s
    return n + shift


@njit(cache=True, nogil=True)
def alarm(
    time_s: Floats,
    until_s: Floats,
    frames: Floats,
    sigma_along_m: Floats,
    sigma_cross_m: Floats,
    sigma_bearing_rad: Floats,
    speed_m_s: Floats,
    kind: Ints,
    end_s: Floats,
    district_up: Floats,
    radius_m: Floats,
    p_ballistic: float,
    p_air_breathing: float,
    horizon_s: float,
    course_sigma_rad: float,
    latency_s: float,
    all_clear_s: float,
    starts: Floats,
    ends: Floats,
    out_district: Ints,
    out_start_s: Floats,
    out_end_s: Floats,
) -> int:
    """Fill the alarms of all districts; returns how many there are.

    frames: (T, U, 3, 3) of `frames_of`; district_up: (D, 3); starts, ends: (T * U + 1,) scratch
    Alarms beyond the room are counted but not written: the caller then makes room and calls again.
    """
    n_updates = time_s.shape[1]
    n_out = 0
    quantile = -normal_quantile(p_air_breathing)
    for d in range(radius_m.size):
        n = int(np.int64(0))  # not a literal: numba would compile `merge` twice
        x, y, z = district_up[d, 0], district_up[d, 1], district_up[d, 2]
        radius = radius_m[d]
        for t in range(kind.size):
            is_ballistic = kind[t] == _BALLISTIC
            for u in range(n_updates):
                now_s = time_s[t, u]
                if now_s == math.inf:
                    continue
                frame = frames[t, u]
                up = MEAN_RADIUS_M * (x * frame[0, 0] + y * frame[0, 1] + z * frame[0, 2])
                if up <= 0.0:
                    continue
                along = MEAN_RADIUS_M * (x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2])
                if is_ballistic:
                    if abs(along) > radius + _TAIL * sigma_along_m[t, u]:
                        continue
                    cross = MEAN_RADIUS_M * (x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2])
                    sigma_along, sigma_cross = max(1.0, sigma_along_m[t, u]), max(1.0, sigma_cross_m[t, u])
                    # The peak of the density over the disc bounds its integral: most updates need no more.
                    edge = max(0.0, math.hypot(along, cross) - radius) / max(sigma_along, sigma_cross)
                    area = radius * radius / (2.0 * sigma_along * sigma_cross)
                    if area * math.exp(-0.5 * edge * edge) < p_ballistic:
                        continue
                    if p_in_disc(along, cross, radius, sigma_along, sigma_cross) >= p_ballistic:
                        heard_s = now_s + latency_s
                        n = merge(heard_s, max(heard_s, end_s[t] + all_clear_s), starts, ends, n)
                        break
                    continue
                speed = speed_m_s[t, u]
                ahead_m = speed * (horizon_s + until_s[t, u] - now_s) + radius
                if along > ahead_m or along < -radius:
                    continue
                cross = MEAN_RADIUS_M * (x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2])
                if abs(cross) > ahead_m:
                    continue
                distance = math.hypot(along, cross)
                # The danger begins when the near edge comes within the horizon, as long as this update is the latest,
                begin_s = max(now_s, now_s + (distance - radius) / speed - horizon_s)
                if begin_s > until_s[t, u]:
                    continue
                sigma = max(sigma_along_m[t, u], sigma_cross_m[t, u])
                spread = math.sqrt(sigma_bearing_rad[t, u] ** 2 + course_sigma_rad * course_sigma_rad)
                if not is_crossed(along, cross, radius, sigma, spread, p_air_breathing, quantile):
                    continue
                # and ends when the threat is past, ends itself, or a later update says otherwise.
                over_s = min(now_s + (distance + radius) / speed, end_s[t])
                for later in range(u + 1, n_updates):
                    if time_s[t, later] < math.inf:
                        over_s = min(over_s, time_s[t, later])
                        break
                heard_s = begin_s + latency_s
                n = merge(heard_s, max(heard_s, over_s + all_clear_s), starts, ends, n)
        for i in range(n):
            if n_out < out_district.size:
                out_district[n_out], out_start_s[n_out], out_end_s[n_out] = d, starts[i], ends[i]
            n_out += 1
    return n_out


@njit(cache=True, nogil=True)
def expose(
    impact_s: Floats,
    impact_up: Floats,
    effect_radius_m: Floats,
    district_up: Floats,
    radius_m: Floats,
    people: Floats,
    alarm_first: Ints,
    start_s: Floats,
    end_s: Floats,
    latency_s: float,
    share: float,
    median_s: float,
    log_sigma: float,
    exposure: float,
    is_true: Bools,
    district_i: Ints,
    persons_under: Floats,
    lead_s: Floats,
    is_late: Bools,
    persons_sheltered: Floats,
    persons_exposed: Floats,
) -> None:
    """Fill what the people under each impact (I,) had of the alarms; is_true: (W,) whether anything fell in it."""
    for i in range(impact_s.size):
        t = impact_s[i]
        nearest = math.inf
        district_i[i] = -1
        for d in range(radius_m.size):
            dx = impact_up[i, 0] - district_up[d, 0]
            dy = impact_up[i, 1] - district_up[d, 1]
            dz = impact_up[i, 2] - district_up[d, 2]
            distance = MEAN_RADIUS_M * math.sqrt(dx * dx + dy * dy + dz * dz)
            if distance > radius_m[d]:
                continue
            for w in range(alarm_first[d], alarm_first[d + 1]):
                if start_s[w] - latency_s <= t <= end_s[w]:
                    is_true[w] = True
            if distance < nearest:
                nearest = distance
                district_i[i] = d
        lead_s[i] = math.nan
        is_late[i] = False
        persons_under[i] = persons_sheltered[i] = persons_exposed[i] = 0.0
        d = district_i[i]
        if d < 0:
            continue
        persons_under[i] = people[d] * min(1.0, (effect_radius_m[i] / radius_m[d]) ** 2)
        for w in range(alarm_first[d], alarm_first[d + 1]):
            if start_s[w] <= t <= end_s[w]:
                lead_s[i] = t - start_s[w]
                if lead_s[i] > 0.0:
                    reached = normal_cdf(math.log(lead_s[i] / median_s) / log_sigma)
                    persons_sheltered[i] = persons_under[i] * share * reached
            elif t < start_s[w] <= t + latency_s:
                is_late[i] = True
        is_late[i] = is_late[i] and math.isnan(lead_s[i])
        persons_exposed[i] = persons_under[i] - persons_sheltered[i] * (1.0 - exposure)
