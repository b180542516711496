"""Compiled loops of sensing: the looks of every sensor along every path."""

import math
from typing import NamedTuple

from numba import njit

from mamori.maths.luck import Stage, pair_key, uniform
from mamori.records import Floats, Ints
from mamori.sensing.kernels import (
    LAUNCH,
    N_BEARINGS,
    OPTICAL,
    RADAR,
    RADIUS_M,
    Watch,
    bearing,
    chance_of_look,
    diamond,
    horizon_m,
    look_at,
)

_STAGE = int(Stage.SENSING)
AHEAD = 16


class Paths(NamedTuple):
    """Paths of the threats as `records.Trajectories` has them.

    path_m: (P,) length of the path up to each row; horizon_m: (P,) of its height, and ahead_horizon_m: (P,) the
    farthest of the next `AHEAD` rows; burn_end_s: (T,) end of the boost, -inf for what has none
    """

    first: Ints
    time_s: Floats
    position_m: Floats
    height_m: Floats
    above_m: Floats
    path_m: Floats
    horizon_m: Floats
    ahead_horizon_m: Floats
    burn_end_s: Floats


@njit(cache=True, nogil=True)
def off_until_s(w: Watch, s: int, t_s: float) -> float:
    """When the outage of a sensor that holds at a time ends, s; -inf if it is on."""
    for i in range(w.off_first[s], w.off_first[s + 1]):
        if w.off_from_s[i] <= t_s < w.off_until_s[i]:
            return float(w.off_until_s[i])
    return -math.inf


@njit(cache=True, nogil=True)
def fill_horizons(first: Ints, height_m: Floats, own_m: Floats, ahead_m: Floats) -> None:
    """Fill the horizon (P,) of each row of the paths, and the farthest of the next `AHEAD` rows."""
    for k in range(height_m.size):
        own_m[k] = horizon_m(height_m[k])
    for t in range(first.size - 1):
        for k in range(first[t], first[t + 1]):
            ahead_m[k] = own_m[k]
            for i in range(k + 1, min(k + AHEAD + 1, first[t + 1])):
                ahead_m[k] = max(ahead_m[k], own_m[i])


@njit(cache=True, nogil=True)
def row_at(time_s: Floats, k: int, a: int, b: int, t_s: float) -> int:
    """Row of a path (a to b) on whose leg a time lies, looked for from row k on."""
    while k < b - 1 and time_s[k + 1] <= t_s:
        k += 1
    while k > a and time_s[k] > t_s:
        k -= 1
    return k


@njit(cache=True, nogil=True)
def place_at(paths: Paths, k: int, t_s: float) -> tuple[float, float, float, float, float, float]:
    """Place at a time on the leg after row k, m, its height and that above the ground, and the leg's share done."""
    f = (t_s - paths.time_s[k]) / (paths.time_s[k + 1] - paths.time_s[k])
    return (
        paths.position_m[k, 0] + f * (paths.position_m[k + 1, 0] - paths.position_m[k, 0]),
        paths.position_m[k, 1] + f * (paths.position_m[k + 1, 1] - paths.position_m[k, 1]),
        paths.position_m[k, 2] + f * (paths.position_m[k + 1, 2] - paths.position_m[k, 2]),
        paths.height_m[k] + f * (paths.height_m[k + 1] - paths.height_m[k]),
        paths.above_m[k] + f * (paths.above_m[k + 1] - paths.above_m[k]),
        f,
    )


@njit(cache=True, nogil=True)
def seen_from(w: Watch, s: int, paths: Paths, k: int) -> tuple[float, float, float]:
    """Row k of a path in the axes of a sensor: ahead, right, up, m."""
    axes, on = w.axes[s], paths.position_m
    dx, dy, dz = on[k, 0] - axes[0, 0], on[k, 1] - axes[0, 1], on[k, 2] - axes[0, 2]
    return (
        dx * axes[2, 0] + dy * axes[2, 1] + dz * axes[2, 2],
        dx * axes[3, 0] + dy * axes[3, 1] + dz * axes[3, 2],
        dx * axes[1, 0] + dy * axes[1, 1] + dz * axes[1, 2],
    )


@njit(cache=True, nogil=True)
def hidden_until(w: Watch, s: int, paths: Paths, k: int, end: int) -> int:
    """The first row from k on, or back from k if `end` is less, whose leg towards `end` does not surely lie hidden.

    Hidden is a leg as a whole behind hills, below the horizon or outside the sector. By bounds that hold on a straight
    leg: it is no nearer than its farther end less its length, no farther than that end, and no higher than its higher
    end. So it may end early, never late.
    """
    step = 1 if end > k else -1
    own_horizon_m, half_sector_rad, n_rings = horizon_m(w.antenna_m[s]), w.half_sector_rad[s], w.hills.shape[2]
    has_sector = half_sector_rad < math.pi
    ahead, right, up = seen_from(w, s, paths, k)
    way, off, at = math.sqrt(ahead * ahead + right * right), 0.0, int(diamond(ahead, right) * (0.25 * N_BEARINGS))
    if has_sector:
        off = math.atan2(right, ahead)
    while k != end:
        ahead, right, next_up = seen_from(w, s, paths, k + step)
        next_way, next_off = math.sqrt(ahead * ahead + right * right), 0.0
        next_at = int(diamond(ahead, right) * (0.25 * N_BEARINGS))
        is_hidden = False
        if has_sector:
            next_off = math.atan2(right, ahead)
            is_one_side = off * next_off > 0.0 and abs(off - next_off) < math.pi
            is_hidden = is_one_side and min(abs(off), abs(next_off)) > half_sector_rad
        if not is_hidden:
            farthest_m = max(way, next_way)
            nearest_m = farthest_m - abs(paths.path_m[k + step] - paths.path_m[k])
            is_hidden = nearest_m > own_horizon_m + max(paths.horizon_m[k], paths.horizon_m[k + step])
            ring = min(int(nearest_m / w.ring_step_m), n_rings) - 1
            if not is_hidden and nearest_m > 0.0 and ring >= 0:
                n = next_at - at
                if n > N_BEARINGS // 2:
                    n -= N_BEARINGS
                if n < -N_BEARINGS // 2:
                    n += N_BEARINGS
                up_m = max(up, next_up)
                highest = up_m / (nearest_m if up_m > 0.0 else farthest_m) + farthest_m / (8.0 * RADIUS_M)
                is_hidden = True
                for i in range(min(n, 0), max(n, 0) + 1):
                    if w.hills[s, (at + i) % N_BEARINGS, ring] <= highest:
                        is_hidden = False
                        break
        if not is_hidden:
            return k
        k += step
        up, way, off, at = next_up, next_way, next_off, next_at
    return k


@njit(cache=True, nogil=True)
def turn_at(w: Watch, s: int, paths: Paths, k: int, t_s: float, near: float) -> float:
    """Share of a turn of the antenna, from north, at which it points at the threat: the one nearest to `near`."""
    x, y, z, _, _, _ = place_at(paths, k, t_s)
    turn: float = bearing(w, s, x, y, z) / (2.0 * math.pi)
    return turn + round(near - turn)


@njit(cache=True, nogil=True)
def look_of(
    w: Watch, s: int, c: int, paths: Paths, k: int, t_s: float, burn_end_s: float
) -> tuple[float, float, float, float, float]:
    """One look at a time on the leg after row k.

    Returns slant range, m, probability of detection (0 where it cannot be seen), errors of range, m, and angle, rad,
    and the way flown, m.
    """
    x, y, z, height_m, above_m, f = place_at(paths, k, t_s)
    flown_m = paths.path_m[k] + f * (paths.path_m[k + 1] - paths.path_m[k])
    range_m, is_visible = look_at(w, s, w.reach_m[s, c], x, y, z, height_m)
    if not is_visible or (w.kind[s] == LAUNCH and t_s > burn_end_s):
        return range_m, 0.0, 0.0, 0.0, flown_m
    place, on = w.axes[s, 0], paths.position_m
    closing = (x - place[0]) * (on[k + 1, 0] - on[k, 0]) + (y - place[1]) * (on[k + 1, 1] - on[k, 1])
    closing += (z - place[2]) * (on[k + 1, 2] - on[k, 2])
    radial_m_s = closing / (range_m * (paths.time_s[k + 1] - paths.time_s[k]))
    p, range_sigma_m, angle_sigma_rad = chance_of_look(w, s, c, range_m, height_m, above_m, radial_m_s)
    return range_m, p, range_sigma_m, angle_sigma_rad, flown_m


@njit(cache=True, nogil=True)
def fill_looks(
    paths: Paths,
    kind: Ints,
    class_i: Ints,
    threat_key: Ints,
    w: Watch,
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
    looks: Floats,
) -> tuple[int, int]:
    """Fill the tables of pairs and looks; returns how many of each there are.

    looks: (5, room) time, probability, range, errors of range and angle; those beyond the room are counted but not
    written: the caller then makes room and calls again. count_p: (m,) room for the chances of 0 .. m - 1 detections
    The path is searched by stepping over what cannot be in range: a threat that is d too far away must first fly d.
    """
    n_pairs = n_looks = 0
    room = looks.shape[1]
    pair_first[0] = 0
    time_s, path_m = paths.time_s, paths.path_m
    for t in range(kind.size):
        a, b = paths.first[t], paths.first[t + 1] - 1
        if b <= a:
            continue
        c, end_s, burn_end_s = class_i[t], time_s[b], paths.burn_end_s[t]
        for s in range(w.key.size):
            reach_m = w.reach_m[s, c]
            if not w.sees[s, kind[t]] or reach_m <= 0.0:
                continue
            has_horizon = w.kind[s] == RADAR or w.kind[s] == OPTICAL
            own_horizon_m = horizon_m(w.antenna_m[s])
            step_s, key = w.interval_s[s], pair_key(threat_key[t], w.key[s])
            is_turning = w.is_turning[s]
            phase = uniform(0, 0, _STAGE, w.key[s] if is_turning else key, 0)
            start_looks, last_s, last_j = n_looks, -math.inf, 0
            error_2 = 0.0
            p_open = 1.0  # bound on the chance that no track is confirmed yet: no aligned block of n looks had m
            block = -1
            settled = False
            k = a
            turn = turn_at(w, s, paths, a, time_s[a], 0.5) if is_turning else 0.0
            j = math.ceil(time_s[a] / step_s - phase - turn)
            while True:
                t_s = (j + phase + turn) * step_s
                if t_s >= end_s:
                    break
                off_s = off_until_s(w, s, t_s)
                if off_s >= end_s:
                    break
                if off_s > t_s:
                    j = max(j + 1, math.ceil(off_s / step_s - phase - turn))
                    continue
                k = row_at(time_s, k, a, b, t_s)
                range_m, p, range_sigma_m, angle_sigma_rad, flown_m = look_of(w, s, c, paths, k, t_s, burn_end_s)
                if p >= p_least and is_turning:  # it looks when it points there: a little sooner or later
                    turn = turn_at(w, s, paths, k, t_s, turn)
                    t_s = min(max((j + phase + turn) * step_s, time_s[a]), end_s)
                    k = row_at(time_s, k, a, b, t_s)
                    range_m, p, range_sigma_m, angle_sigma_rad, flown_m = look_of(w, s, c, paths, k, t_s, burn_end_s)
                if p < p_least:
                    j += 1
                    far_m, stop = reach_m, b
                    if has_horizon and own_horizon_m + paths.ahead_horizon_m[k] < reach_m:
                        far_m, stop = own_horizon_m + paths.ahead_horizon_m[k], min(k + AHEAD, b)
                    if range_m > far_m:
                        goal_m = flown_m + range_m - far_m
                        if goal_m > path_m[stop] and stop == b:
                            break
                        while k + 1 < stop and path_m[k + 1] < goal_m:
                            k += 1
                    elif has_horizon:
                        k = hidden_until(w, s, paths, k, b)
                        if k == b:
                            break
                    else:
                        continue
                    # A turning antenna may by then meet it up to half a turn sooner.
                    j = max(j, math.ceil(time_s[k] / step_s - phase - turn - (0.5 if is_turning else 0.0)))
                    continue
                if n_looks < room:
                    looks[0, n_looks], looks[1, n_looks], looks[2, n_looks] = t_s, p, range_m
                    looks[3, n_looks], looks[4, n_looks] = range_sigma_m, angle_sigma_rad
                n_looks += 1
                across_m = angle_sigma_rad * range_m
                error_2 += (range_sigma_m * range_sigma_m + 2.0 * across_m * across_m) / 3.0
                last_s, last_j = t_s, j
                if j // n != block:
                    if block >= 0:
                        p_block = 0.0
                        for i in range(m):
                            p_block += count_p[i]
                        p_open *= p_block
                        settled = p_open < p_unsettled
                    block = j // n
                    count_p[0] = 1.0
                    for i in range(1, m):
                        count_p[i] = 0.0
                for i in range(m - 1, 0, -1):
                    count_p[i] = count_p[i] * (1.0 - p) + count_p[i - 1] * p
                count_p[0] *= 1.0 - p
                j += 1
                if settled:
                    break
            found = n_looks - start_looks
            if found < m:
                n_looks = start_looks
                continue
            if settled:
                last_s = last_look_s(w, s, c, paths, a, b, phase, turn, last_j, reach_m, burn_end_s, p_least, last_s)
            pair_threat[n_pairs] = t
            pair_sensor[n_pairs] = s
            pair_key_out[n_pairs] = key
            pair_last_s[n_pairs] = last_s
            pair_sigma_m[n_pairs] = math.sqrt(error_2 / found)
            n_pairs += 1
            pair_first[n_pairs] = n_looks
    return n_pairs, n_looks


@njit(cache=True, nogil=True)
def last_look_s(
    w: Watch,
    s: int,
    c: int,
    paths: Paths,
    a: int,
    b: int,
    phase: float,
    turn: float,
    last_j: int,
    reach_m: float,
    burn_end_s: float,
    p_least: float,
    last_s: float,
) -> float:
    """Time of the last look that can detect at all, searched from the path's end (rows a to b) back to look last_j."""
    time_s, path_m, step_s = paths.time_s, paths.path_m, w.interval_s[s]
    end_s = min(time_s[b], burn_end_s) if w.kind[s] == LAUNCH else time_s[b]
    k = b - 1
    if w.is_turning[s]:
        turn = turn_at(w, s, paths, k, end_s, turn)
    j = math.ceil(end_s / step_s - phase - turn) - 1
    while j > last_j:
        t_s = (j + phase + turn) * step_s
        if t_s <= last_s:
            break
        if t_s >= end_s or off_until_s(w, s, t_s) > t_s:
            j -= 1
            continue
        k = row_at(time_s, k, a, b, t_s)
        range_m, p, _, _, flown_m = look_of(w, s, c, paths, k, t_s, burn_end_s)
        if p >= p_least and w.is_turning[s]:
            turn = turn_at(w, s, paths, k, t_s, turn)
            t_s = min(max((j + phase + turn) * step_s, time_s[a]), end_s)
            k = row_at(time_s, k, a, b, t_s)
            range_m, p, _, _, flown_m = look_of(w, s, c, paths, k, t_s, burn_end_s)
        if p >= p_least and t_s < end_s:
            return float(max(t_s, last_s))
        j -= 1
        if range_m > reach_m:
            goal_m = flown_m - (range_m - reach_m)
            while k > a and path_m[k] > goal_m:
                k -= 1
        elif w.kind[s] == RADAR or w.kind[s] == OPTICAL:
            k = hidden_until(w, s, paths, k + 1, a) - 1
            if k < a:
                break
        else:
            continue
        j = min(j, math.floor(time_s[k + 1] / step_s - phase - turn + (0.5 if w.is_turning[s] else 0.0)))
    return last_s
