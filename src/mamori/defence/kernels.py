"""Compiled loops of the defence stage: intercept geometry of every pair, usable tracks."""

import math

import numpy as np
from numba import njit

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import Bools, Floats, Ints

BLOCK = 32
"""Legs of a path that share one bounding box, so that far batteries cost one test a block."""

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
def _fly_out(reach: Floats, slant: float) -> float:
    """Time to a slant range by a table (2, N), straight between its rows and on from the last two."""
    n = 1
    while n < reach.shape[1] - 1 and reach[0, n] < slant:
        n += 1
    share = (slant - reach[0, n - 1]) / (reach[0, n] - reach[0, n - 1])
    return float(reach[1, n - 1] + share * (reach[1, n] - reach[1, n - 1]))


@njit(cache=True, nogil=True)
def _ease(frame: Floats, limits: Floats, loss: Floats, path: Floats, s: float) -> float:
    """Share of its kill probability that a shot has at a point of a leg, see `model.opportunities`.

    loss: (3,) what is lost at the greatest range, at the greatest height, against a threat that crosses
    """
    away2, along, length2 = 0.0, 0.0, 0.0
    for axis in range(3):
        d = path[1, axis + 1] - path[0, axis + 1]
        x = path[0, axis + 1] + s * d - frame[0, axis]
        away2 += x * x
        along += d * x
        length2 += d * d
    height = max(0.0, path[0, 4] + s * (path[1, 4] - path[0, 4]))
    crossing = 1.0 - along * along / (away2 * length2) if away2 > 0.0 and length2 > 0.0 else 0.0
    top = max(limits[3], 1e-9)
    by_range = 1.0 - loss[0] * away2 / (limits[1] * limits[1])
    by_height = 1.0 - loss[1] * min(1.0, height / top) ** 2
    return float(by_range * by_height * (1.0 - loss[2] * max(0.0, crossing)))


@njit(cache=True, nogil=True)
def _intercept(frame: Floats, limits: Floats, reach: Floats, path: Floats, s: float) -> tuple[bool, float, float]:
    """Whether the point at share s of a leg can be an intercept, its time and the latest launch for it.

    frame: (3, 3) rows of base, east, north; path: (2, 5) time, x, y, z, height of the leg's ends
    limits: (11,) least and greatest range, least and greatest height, height of the sights (-inf for no horizon),
    boresight, half the sector, longest fly-out, greatest step along the path and in height, climb (inf for any)
    reach: (2, N) slant ranges, rising, and the time that a fly-out to each takes
    """
    time = path[0, 0] + s * (path[1, 0] - path[0, 0])
    x = path[0, 1] + s * (path[1, 1] - path[0, 1]) - frame[0, 0]
    y = path[0, 2] + s * (path[1, 2] - path[0, 2]) - frame[0, 1]
    z = path[0, 3] + s * (path[1, 3] - path[0, 3]) - frame[0, 2]
    height = path[0, 4] + s * (path[1, 4] - path[0, 4])
    slant = math.sqrt(x * x + y * y + z * z)
    fly_out = _fly_out(reach, slant)
    if limits[10] < math.inf:
        fly_out = max(fly_out, height / limits[10])
    launch_by = time - fly_out
    if fly_out > limits[7] or slant < limits[0] or slant > limits[1] or height < limits[2] or height > limits[3]:
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
def _edge(frame: Floats, limits: Floats, reach: Floats, path: Floats, inside: float, outside: float) -> float:
    """Share of the leg at which the envelope is entered or left, on the inner side."""
    for _ in range(_BISECTIONS):
        middle = 0.5 * (inside + outside)
        if _intercept(frame, limits, reach, path, middle)[0]:
            inside = middle
        else:
            outside = middle
    return inside


@njit(cache=True, nogil=True)
def sample_intercepts(
    first: Ints, time_s: Floats, position_m: Floats, height_m: Floats, kind: Ints, box_first: Ints, box: Floats,
    engages: Bools, frames: Floats, min_range_m: Floats, max_range_m: Floats, min_height_m: Floats,
    max_height_m: Floats, sight_m: Floats, boresight_rad: Floats, sector_rad: Floats, longest_s: Floats,
    climb_m_s: Floats, fly_out: Floats, losses: Floats,
    is_counting: bool, pair_first: Ints, battery_i: Ints, threat_i: Ints, row_first: Ints,
    intercept_s: Floats, launch_by_s: Floats, is_joined: Bools, ease: Floats,
) -> tuple[int, int]:  # fmt: skip
    """Walks every path through every envelope: returns the number of pairs and of rows (upper bounds while counting).

    frames: (B, 3, 3) rows of base, east, north; sight_m: (B,) height of the sights, -inf where no horizon hides
    fly_out: (B, 2, N) tables of slant range and time; losses: (B, 3) as `_ease` takes them
    A row is kept only where a later launch is possible than at all rows before it: of a threat that outruns the
    interceptor, only the part before it is past. Otherwise as `model.Opportunities`.
    """
    limits, path = np.empty(11), np.empty((2, 5))
    n_pairs, n_rows = 0, 0
    for t in range(kind.shape[0]):
        pair_first[t] = n_pairs
        for b in range(engages.shape[0]):
            if not engages[b, kind[t]]:
                continue
            k = kind[t]
            limits[0], limits[1] = min_range_m[b, k], max_range_m[b, k]
            limits[2], limits[3] = min_height_m[b, k], max_height_m[b, k]
            limits[4], limits[5], limits[6] = sight_m[b], boresight_rad[b], 0.5 * sector_rad[b]
            limits[7], limits[10] = longest_s[b], climb_m_s[b]
            limits[8] = min(_STEP_M, limits[1] / _STEPS_ACROSS)
            limits[9] = max(1.0, (limits[3] - limits[2]) / _STEPS_ACROSS)
            frame, reach, loss = frames[b], fly_out[b], losses[b]
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
                        is_inside, time, launch_by = _intercept(frame, limits, reach, path, s)
                        if is_inside != was_inside and piece > 0:
                            before = (piece - 1) / pieces
                            inner, outer = (s, before) if is_inside else (before, s)
                            edge = _edge(frame, limits, reach, path, inner, outer)
                            _, edge_time, edge_launch_by = _intercept(frame, limits, reach, path, edge)
                            joins = joins and was_inside
                            if edge_launch_by > latest:
                                intercept_s[n_rows], launch_by_s[n_rows] = edge_time, edge_launch_by
                                ease[n_rows] = _ease(frame, limits, loss, path, edge)
                                is_joined[n_rows] = joins
                                latest, joins = edge_launch_by, True
                                n_rows += 1
                            else:
                                joins = False
                        if is_inside and launch_by > latest:
                            intercept_s[n_rows], launch_by_s[n_rows], is_joined[n_rows] = time, launch_by, joins
                            ease[n_rows] = _ease(frame, limits, loss, path, s)
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
    post_alive_until: Floats, latency_s: float, sigma_m: Floats, needs_sigma_m: Floats, available_s: Floats,
    until_s: Floats,
) -> None:  # fmt: skip
    """Fills available_s and until_s (T, B), see `model.track_times`."""
    for t in range(confirm_s.shape[0]):
        for b in range(post_i.shape[0]):
            begin, end = math.inf, -math.inf
            for s in range(confirm_s.shape[1]):
                if (is_cue[s] and needs_radar[b]) or sigma_m[t, s] > needs_sigma_m[b]:
                    continue
                if own_sensor[b, s] and confirm_s[t, s] < lost_s[t, s]:
                    begin, end = min(begin, confirm_s[t, s]), max(end, lost_s[t, s])
                if post_i[b] >= 0:
                    handed, last = confirm_s[t, s] + latency_s, min(lost_s[t, s], post_alive_until[post_i[b]])
                    if handed < last:
                        begin, end = min(begin, handed), max(end, last)
            available_s[t, b], until_s[t, b] = begin, end
