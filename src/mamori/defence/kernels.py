"""Compiled loops of the defence stage: intercept geometry of every pair, usable tracks, one replica's engagements."""

import math

import numpy as np
from numba import njit

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.maths.luck import Stage, pair_key, uniform
from mamori.records import Bools, Floats, Ints

BLOCK = 32
"""Legs of a path that share one bounding box, so that far batteries cost one test a block."""

_DEFENCE = int(Stage.DEFENCE)
_HORIZON_M = 2.0 * MEAN_RADIUS_M * 4.0 / 3.0
_STEP_M = 2000.0
_STEPS_ACROSS = 8.0
_BISECTIONS = 40


@njit(cache=True, nogil=True)
def bounding_boxes(first: Ints, position_m: Floats, height_m: Floats, box_first: Ints, box: Floats) -> None:
    """Fills box (N, 8): least and greatest x, y, z and height of each block of legs; box_first: (T + 1,) by threat."""
    for t in range(first.shape[0] - 1):
        for n in range(box_first[t], box_first[t + 1]):
            start = first[t] + (n - box_first[t]) * BLOCK
            stop = min(start + BLOCK + 1, first[t + 1])
            for axis in range(4):
                box[n, axis], box[n, axis + 4] = math.inf, -math.inf
            for j in range(start, stop):
                for axis in range(4):
                    x = height_m[j] if axis == 3 else position_m[j, axis]
                    box[n, axis] = min(box[n, axis], x)
                    box[n, axis + 4] = max(box[n, axis + 4], x)


@njit(cache=True, nogil=True)
def _intercept(frame: Floats, limits: Floats, path: Floats, s: float) -> tuple[bool, float, float]:
    """Whether the point at share s of a leg can be an intercept, its time and the latest launch for it.

    frame: (3, 3) rows of base, east, north; path: (2, 5) time, x, y, z, height of the leg's ends
    limits: (10,) least and greatest range, least and greatest height, height of the sights (-inf for no horizon),
    boresight, half the sector, speed, greatest step along the path and in height
    """
    time = path[0, 0] + s * (path[1, 0] - path[0, 0])
    x = path[0, 1] + s * (path[1, 1] - path[0, 1]) - frame[0, 0]
    y = path[0, 2] + s * (path[1, 2] - path[0, 2]) - frame[0, 1]
    z = path[0, 3] + s * (path[1, 3] - path[0, 3]) - frame[0, 2]
    height = path[0, 4] + s * (path[1, 4] - path[0, 4])
    slant = math.sqrt(x * x + y * y + z * z)
    launch_by = time - slant / limits[7]
    if slant < limits[0] or slant > limits[1] or height < limits[2] or height > limits[3]:
        return False, time, launch_by
    if limits[4] > -math.inf:
        rise = height - limits[4]
        ground = math.sqrt(max(0.0, slant * slant - rise * rise))
        horizon = math.sqrt(_HORIZON_M * max(0.0, limits[4])) + math.sqrt(_HORIZON_M * max(0.0, height))
        if ground > horizon:
            return False, time, launch_by
    if limits[6] < math.pi:
        east = x * frame[1, 0] + y * frame[1, 1] + z * frame[1, 2]
        north = x * frame[2, 0] + y * frame[2, 1] + z * frame[2, 2]
        turn = math.atan2(east, north) - limits[5]
        turn -= 2.0 * math.pi * math.floor(turn / (2.0 * math.pi) + 0.5)
        if abs(turn) > limits[6]:
            return False, time, launch_by
    return True, time, launch_by


@njit(cache=True, nogil=True)
def _box_is_far(base: Floats, limits: Floats, box: Floats) -> bool:
    if box[3] > limits[3] or box[7] < limits[2]:
        return True
    d2 = 0.0
    for axis in range(3):
        gap = max(box[axis] - base[axis], base[axis] - box[axis + 4], 0.0)
        d2 += gap * gap
    return bool(d2 > limits[1] * limits[1])


@njit(cache=True, nogil=True)
def _pieces(base: Floats, limits: Floats, path: Floats) -> int:
    """Number of pieces into which a leg is cut, 0 if no point of it can be an intercept."""
    if min(path[0, 4], path[1, 4]) > limits[3] or max(path[0, 4], path[1, 4]) < limits[2]:
        return 0
    length2, along = 0.0, 0.0
    for axis in range(3):
        d = path[1, axis + 1] - path[0, axis + 1]
        length2 += d * d
        along -= d * (path[0, axis + 1] - base[axis])
    s = min(1.0, max(0.0, along / length2)) if length2 > 0.0 else 0.0
    nearest2 = 0.0
    for axis in range(3):
        x = path[0, axis + 1] + s * (path[1, axis + 1] - path[0, axis + 1]) - base[axis]
        nearest2 += x * x
    if nearest2 > limits[1] * limits[1]:
        return 0
    rise = abs(path[1, 4] - path[0, 4])
    return 1 + int(max(math.sqrt(length2) / limits[8], rise / limits[9]))


@njit(cache=True, nogil=True)
def _edge(frame: Floats, limits: Floats, path: Floats, inside: float, outside: float) -> float:
    """Share of the leg at which the envelope is entered or left, on the inner side."""
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inside + outside)
        if _intercept(frame, limits, path, middle)[0]:
            inside = middle
        else:
            outside = middle
    return inside


@njit(cache=True, nogil=True)
def sample_intercepts(
    first: Ints, time_s: Floats, position_m: Floats, height_m: Floats, kind: Ints, box_first: Ints, box: Floats,
    engages: Bools, frames: Floats, min_range_m: Floats, max_range_m: Floats, min_height_m: Floats,
    max_height_m: Floats, sight_m: Floats, boresight_rad: Floats, sector_rad: Floats, speed_m_s: Floats,
    is_counting: bool, pair_first: Ints, battery_i: Ints, threat_i: Ints, row_first: Ints,
    intercept_s: Floats, launch_by_s: Floats, is_joined: Bools,
) -> tuple[int, int]:  # fmt: skip
    """Walks every path through every envelope: returns the number of pairs and of rows (upper bounds while counting).

    frames: (B, 3, 3) rows of base, east, north; sight_m: (B,) height of the sights, -inf where no horizon hides
    A row is kept only where a later launch is possible than at all rows before it: of a threat that outruns the
    interceptor, only the part before it is past. Otherwise as `model.Opportunities`.
    """
    limits, path = np.empty(10), np.empty((2, 5))
    n_pairs, n_rows = 0, 0
    for t in range(kind.shape[0]):
        pair_first[t] = n_pairs
        for b in range(engages.shape[0]):
            if not engages[b, kind[t]]:
                continue
            limits[0], limits[1] = min_range_m[b], max_range_m[b, kind[t]]
            limits[2], limits[3] = min_height_m[b], max_height_m[b]
            limits[4], limits[5], limits[6], limits[7] = sight_m[b], boresight_rad[b], 0.5 * sector_rad[b], speed_m_s[b]
            limits[8] = min(_STEP_M, limits[1] / _STEPS_ACROSS)
            limits[9] = max(1.0, (limits[3] - limits[2]) / _STEPS_ACROSS)
            frame = frames[b]
            start_row, latest = n_rows, -math.inf
            was_inside, was_leg, joins = False, -2, False
            for n in range(box_first[t], box_first[t + 1]):
                if _box_is_far(frame[0], limits, box[n]):
                    continue
                start = first[t] + (n - box_first[t]) * BLOCK
                for j in range(start, min(start + BLOCK, first[t + 1] - 1)):
                    for end in range(2):
                        path[end, 0], path[end, 4] = time_s[j + end], height_m[j + end]
                        for axis in range(3):
                            path[end, axis + 1] = position_m[j + end, axis]
                    pieces = _pieces(frame[0], limits, path)
                    if pieces == 0:
                        continue
                    if is_counting:
                        n_rows += 2 * pieces + 1
                        continue
                    if was_leg != j - 1:
                        was_inside, joins = False, False
                    was_leg = j
                    for piece in range(1 if was_inside else 0, pieces + 1):
                        s = piece / pieces
                        is_inside, time, launch_by = _intercept(frame, limits, path, s)
                        if is_inside != was_inside and piece > 0:
                            before = (piece - 1) / pieces
                            edge = _edge(frame, limits, path, s if is_inside else before, before if is_inside else s)
                            _, edge_time, edge_launch_by = _intercept(frame, limits, path, edge)
                            joins = joins and was_inside
                            if edge_launch_by > latest:
                                intercept_s[n_rows], launch_by_s[n_rows] = edge_time, edge_launch_by
                                is_joined[n_rows] = joins
                                latest, joins = edge_launch_by, True
                                n_rows += 1
                            else:
                                joins = False
                        if is_inside and launch_by > latest:
                            intercept_s[n_rows], launch_by_s[n_rows], is_joined[n_rows] = time, launch_by, joins
                            latest, joins = launch_by, True
                            n_rows += 1
                        else:
                            joins = joins and is_inside and launch_by == latest
                        was_inside = is_inside
            if n_rows > start_row:
                if not is_counting:
                    battery_i[n_pairs], threat_i[n_pairs], row_first[n_pairs] = b, t, start_row
                n_pairs += 1
    pair_first[kind.shape[0]] = n_pairs
    if not is_counting:
        row_first[n_pairs] = n_rows
    return n_pairs, n_rows


@njit(cache=True, nogil=True)
def usable_tracks(
    confirm_s: Floats, lost_s: Floats, is_cue: Bools, needs_radar: Bools, own_sensor: Bools, post_i: Ints,
    post_alive_until: Floats, latency_s: float, available_s: Floats, until_s: Floats,
) -> None:  # fmt: skip
    """Fills available_s and until_s (T, B), see `model.track_times`."""
    for t in range(confirm_s.shape[0]):
        for b in range(post_i.shape[0]):
            begin, end = math.inf, -math.inf
            for s in range(confirm_s.shape[1]):
                if is_cue[s] and needs_radar[b]:
                    continue
                if own_sensor[b, s] and confirm_s[t, s] < lost_s[t, s]:
                    begin, end = min(begin, confirm_s[t, s]), max(end, lost_s[t, s])
                if post_i[b] >= 0:
                    handed, last = confirm_s[t, s] + latency_s, min(lost_s[t, s], post_alive_until[post_i[b]])
                    if handed < last:
                        begin, end = min(begin, handed), max(end, last)
            available_s[t, b], until_s[t, b] = begin, end


@njit(cache=True, nogil=True)
def _launch(
    not_before: float, start: int, stop: int, intercept_s: Floats, launch_by_s: Floats, is_joined: Bools
) -> tuple[float, float]:
    """First launch at or after a time that can still meet the threat, and its intercept; inf where there is none."""
    if start == stop or launch_by_s[stop - 1] < not_before:
        return math.inf, math.inf
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) // 2
        if launch_by_s[middle] >= not_before:
            high = middle
        else:
            low = middle + 1
    if low > start and is_joined[low]:
        share = (not_before - launch_by_s[low - 1]) / (launch_by_s[low] - launch_by_s[low - 1])
        return not_before, intercept_s[low - 1] + share * (intercept_s[low] - intercept_s[low - 1])
    return launch_by_s[low], intercept_s[low]


@njit(cache=True, nogil=True)
def fight(
    pair_first: Ints, pair_battery: Ints, row_first: Ints, row_intercept_s: Floats, row_launch_by_s: Floats,
    is_joined: Bools, threat_key: Ints, kind: Ints, worth: Floats, battery_key: Ints, p_kill: Floats,
    reaction_s: Floats, magazine: Ints, reload_s: Floats, shots_per_salvo: Ints, assess_s: Floats, returns: Bools,
    turnaround_s: Floats, cost_per_shot: Floats, available_s: Floats, until_s: Floats, alive_until: Floats,
    max_shots: int, seed: int, replica: int, channel_free: Floats, stock: Ints, decide_s: Floats, fired_at: Ints,
    fired_by: Ints, battery_i: Ints, threat_i: Ints, launch_s: Floats, intercept_s: Floats, n_shots: Ints,
    p_shot: Floats, is_kill: Bools, killed_s: Floats,
) -> int:  # fmt: skip
    """One replica, shoot-look-shoot; returns the number of engagements.

    channel_free: (B, C) -inf for each channel that there is, inf for the others; stock: (B,) shots at hand, left after
    decide_s: (T,) -inf, fired_at: (T,) 0 and fired_by: (Q,) 0 are work space; killed_s: (T,) inf on entry
    The rest as in `model.engage`.
    """
    n_batteries, n_engagements = stock.shape[0], 0
    free_from, loaded_from = np.empty(n_batteries), np.full(n_batteries, -math.inf)
    ready = np.empty(n_batteries, np.int64)
    for b in range(n_batteries):
        free_from[b] = math.inf
        for c in range(channel_free.shape[1]):
            free_from[b] = min(free_from[b], channel_free[b, c])
        ready[b] = min(magazine[b], stock[b])
    while True:
        t, now = -1, math.inf
        for other in range(decide_s.shape[0]):
            if decide_s[other] == math.inf or decide_s[other] > now:
                continue
            if (
                t < 0
                or decide_s[other] < now
                or worth[other] > worth[t]
                or (worth[other] == worth[t] and threat_key[other] < threat_key[t])
            ):
                t, now = other, decide_s[other]
        if t < 0:
            return n_engagements
        best, best_intercept, later = -1, math.inf, math.inf
        for q in range(pair_first[t], pair_first[t + 1]):
            b = pair_battery[q]
            if ready[b] <= 0 or fired_at[t] >= max_shots:
                continue
            wanted = max(now, available_s[t, b] + reaction_s[b], free_from[b], loaded_from[b])
            if wanted > now and wanted >= later:
                continue
            launch, meets = _launch(wanted, row_first[q], row_first[q + 1], row_intercept_s, row_launch_by_s, is_joined)
            if launch == math.inf or launch >= until_s[t, b] or launch >= alive_until[b]:
                continue
            if launch > now:
                later = min(later, launch)
                continue
            if best >= 0:
                rival = pair_battery[best]
                is_better = meets < best_intercept
                if meets == best_intercept:
                    is_better = cost_per_shot[b] < cost_per_shot[rival] or (
                        cost_per_shot[b] == cost_per_shot[rival] and battery_key[b] < battery_key[rival]
                    )
                if not is_better:
                    continue
            best, best_intercept = q, meets
        if best < 0:
            decide_s[t] = later
            continue
        b = pair_battery[best]
        shots = min(shots_per_salvo[b, kind[t]], ready[b], max_shots - fired_at[t])
        chance = p_kill[b, kind[t]]
        is_stopped = False
        for _ in range(shots):
            luck = uniform(seed, replica, _DEFENCE, pair_key(battery_key[b], threat_key[t]), fired_by[best])
            fired_by[best] += 1
            is_stopped = is_stopped or luck < chance
        is_stopped = is_stopped and alive_until[b] >= best_intercept
        fired_at[t] += shots
        ready[b] -= shots
        stock[b] -= shots
        if ready[b] == 0 and stock[b] > 0:
            ready[b] = min(magazine[b], stock[b])
            loaded_from[b] = now + reload_s[b]
        busy_until = best_intercept + assess_s[b]
        if returns[b]:
            busy_until = max(busy_until, best_intercept + (best_intercept - now) + turnaround_s[b])
        used = 0
        for c in range(channel_free.shape[1]):
            if channel_free[b, c] < channel_free[b, used]:
                used = c
        channel_free[b, used] = busy_until
        free_from[b] = math.inf
        for c in range(channel_free.shape[1]):
            free_from[b] = min(free_from[b], channel_free[b, c])
        e = n_engagements
        battery_i[e], threat_i[e], launch_s[e], intercept_s[e] = b, t, now, best_intercept
        n_shots[e], p_shot[e], is_kill[e] = shots, chance, is_stopped
        n_engagements += 1
        decide_s[t] = math.inf if is_stopped else best_intercept + assess_s[b]
        if is_stopped:
            killed_s[t] = best_intercept


@njit(cache=True, nogil=True)
def _had_a_shot(
    not_before: float, limit: float, b: int, start: int, stop: int, row_intercept_s: Floats, row_launch_by_s: Floats,
    is_joined: Bools, magazine: Ints, stock: Ints, reload_s: Floats, salvo_first: Ints, salvo_launch_s: Floats,
    salvo_shots: Ints,
) -> bool:  # fmt: skip
    """Whether battery b had a loaded shot at a moment in [not_before, limit) at which a launch could meet the threat.

    start, stop: rows of the pair; salvo_first: (B + 1,) rows of each battery's salvoes, in order of launch
    """
    left, ready, loaded_from = stock[b], min(magazine[b], stock[b]), -math.inf
    for s in range(salvo_first[b], salvo_first[b + 1] + 1):
        is_last = s == salvo_first[b + 1]
        end = limit if is_last else min(limit, salvo_launch_s[s])
        if ready > 0:
            first = max(not_before, loaded_from)
            if _launch(first, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0] < end:
                return True
        if not is_last:
            left -= salvo_shots[s]
            ready -= salvo_shots[s]
            if ready == 0 and left > 0:
                ready = min(magazine[b], left)
                loaded_from = salvo_launch_s[s] + reload_s[b]
    return False


@njit(cache=True, nogil=True)
def why_leaked(
    leaks: Bools, is_tracked: Bools, is_engaged: Bools, pair_first: Ints, pair_battery: Ints, row_first: Ints,
    row_intercept_s: Floats, row_launch_by_s: Floats, is_joined: Bools, reaction_s: Floats, magazine: Ints,
    stock: Ints, reload_s: Floats, available_s: Floats, until_s: Floats, unharmed_s: Floats, sight_s: Floats,
    alive_until: Floats, max_shots: int, salvo_first: Ints, salvo_launch_s: Floats, salvo_shots: Ints, reason: Ints,
) -> None:  # fmt: skip
    """Fills reason (T,), -1 where the threat did not leak; the codes are those of `reasons.Reason`."""
    for t in range(leaks.shape[0]):
        reason[t] = -1
        if not leaks[t]:
            continue
        if is_engaged[t]:
            reason[t] = 8
            continue
        if not is_tracked[t]:
            reason[t] = 0
            continue
        reason[t] = 1
        for q in range(pair_first[t], pair_first[t + 1]):
            b, start, stop = pair_battery[q], row_first[q], row_first[q + 1]
            reason[t] = max(reason[t], 2)
            not_before = unharmed_s[t, b] + reaction_s[b]
            launch_s = _launch(not_before, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0]
            if launch_s == math.inf:
                continue
            reason[t] = max(reason[t], 3)
            if not launch_s < sight_s[t, b]:
                continue
            reason[t] = max(reason[t], 4)
            not_before, limit = available_s[t, b] + reaction_s[b], min(until_s[t, b], alive_until[b])
            if not _launch(not_before, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0] < limit:
                continue
            if max_shots == 0:
                reason[t] = max(reason[t], 5)
            elif _had_a_shot(
                not_before, limit, b, start, stop, row_intercept_s, row_launch_by_s, is_joined, magazine, stock,
                reload_s, salvo_first, salvo_launch_s, salvo_shots,
            ):  # fmt: skip
                reason[t] = max(reason[t], 7)
            else:
                reason[t] = max(reason[t], 6)
