"""Compiled loops of security: what each single outage of a branch does to flows, and a cascade followed to its end.

The method stands in `model.py`. Flows are susceptance times the difference of angles plus shift_mw, in MW.
"""

import math

import numpy as np
from numba import njit

from mamori.grid.kernels import fill_factor, find_islands
from mamori.maths.sparse import substitute
from mamori.records import Bools, Floats, Ints

BRIDGE = 1e-6
"""A branch that all of its own flow would have to come back through joins two islands; this much of it is nothing."""

OVER_MW = 1e-6


@njit(cache=True, nogil=True, error_model="numpy")
def screen(
    branch: Bools, start: Ints, end: Ints, susceptance: Floats, limit_mw: Floats, flow_mw: Floats, label: Ints,
    place: Ints, column: Ints, row: Ints, factor: Floats, fullest: Ints, loading: Floats, n_over: Ints,
) -> None:  # fmt: skip
    """Flows after the outage of each branch alone, by its outage distribution factors.

    flow_mw: (L,) before; factor: of the state before
    Writes for each branch in service (L,): fullest, the branch with the highest loading afterwards, -1 for none rated
    or where the outage makes an island; loading, its share of limit_mw; n_over, how many are above 1, -1 for an island.
    """
    n, n_branches = label.shape[0], branch.shape[0]
    x = np.empty(n)
    for k in range(n_branches):
        fullest[k], loading[k], n_over[k] = -1, 0.0, 0
        if not branch[k]:
            continue
        for i in range(n):
            x[i] = 0.0
        x[place[start[k]]] = 1.0
        x[place[end[k]]] = -1.0
        substitute(column, row, factor, x)
        left = 1.0 - susceptance[k] * (x[place[start[k]]] - x[place[end[k]]])
        if abs(left) < BRIDGE:
            n_over[k] = -1
            continue
        moved = flow_mw[k] / left
        for b in range(n_branches):
            if branch[b] and b != k and limit_mw[b] < math.inf:
                flow = flow_mw[b] + susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) * moved
                share = abs(flow) / limit_mw[b]
                if share > loading[k]:
                    loading[k], fullest[k] = share, b
                if abs(flow) > limit_mw[b] + OVER_MW:
                    n_over[k] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def balance(
    members: Ints, low: int, high: int, plant_mw: Floats, room_mw: Floats, load_mw: Floats, fixed_mw: Floats
) -> None:
    """Plant of an island follows its load: up by its room in proportion, then load is shed alike; down in proportion.

    Changes plant_mw, room_mw, load_mw (N,) of its buses; fixed_mw: what else comes in there.
    """
    plant = 0.0
    room = 0.0
    load = 0.0
    fixed = 0.0
    for j in range(low, high):
        i = members[j]
        plant += plant_mw[i]
        room += room_mw[i]
        load += load_mw[i]
        fixed += fixed_mw[i]
    short = load - fixed - plant
    if short > 0.0:
        up = min(1.0, short / room) if room > 0.0 else 0.0
        left = short - up * room
        cut = min(1.0, left / load) if load > 0.0 and left > 0.0 else 0.0
        for j in range(low, high):
            i = members[j]
            plant_mw[i] += up * room_mw[i]
            room_mw[i] -= up * room_mw[i]
            load_mw[i] -= cut * load_mw[i]
    elif short < 0.0:
        down = min(1.0, -short / plant) if plant > 0.0 else 0.0
        for j in range(low, high):
            i = members[j]
            room_mw[i] += down * plant_mw[i]
            plant_mw[i] -= down * plant_mw[i]


@njit(cache=True, nogil=True, error_model="numpy")
def cascade(
    bus: Bools, branch: Bools, start: Ints, end: Ints, susceptance: Floats, shift_mw: Floats, limit_mw: Floats,
    trip_at: float, most_rounds: int, place: Ints, column: Ints, row: Ints, target: Ints, slot: Ints, plant_mw: Floats,
    room_mw: Floats, load_mw: Floats, fixed_mw: Floats, flow_mw: Floats, round_out: Ints, first: Floats,
) -> int:  # fmt: skip
    """Follows an outage until no branch in service is above trip_at times its limit. Returns the rounds of trips, or -1
    if it has not settled in most_rounds.

    Changes branch (L,), plant_mw, room_mw, load_mw (N,), fixed_mw (N,) to what is left; writes flow_mw (L,) at the end;
    round_out (L,) in which round each branch tripped, 0 if it did not; first (3,) after the outage, before any trip:
    the fullest branch (-1: none), its loading, how many are above their limit.
    """
    n, n_branches = bus.shape[0], branch.shape[0]
    label, members, offset = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
    factor, x = np.empty(n + row.shape[0]), np.empty(n)
    for b in range(n_branches):
        round_out[b] = 0
    for tripped in range(most_rounds + 1):
        n_islands = find_islands(bus, branch, start, end, label, members, offset)
        fill_factor(
            label, members, offset, n_islands, branch, start, end, susceptance, place, column, target, slot, factor
        )
        for i in range(n):
            if label[i] < 0:
                plant_mw[i], room_mw[i], load_mw[i], fixed_mw[i] = 0.0, 0.0, 0.0, 0.0
        for k in range(n_islands):
            balance(members, offset[k], offset[k + 1], plant_mw, room_mw, load_mw, fixed_mw)
        for i in range(n):
            x[place[i]] = plant_mw[i] - load_mw[i] + fixed_mw[i] if label[i] >= 0 else 0.0
        for b in range(n_branches):
            if shift_mw[b] != 0.0 and branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
                x[place[start[b]]] -= shift_mw[b]
                x[place[end[b]]] += shift_mw[b]
        substitute(column, row, factor, x)
        n_over = 0
        if tripped == 0:
            first[0], first[1], first[2] = -1.0, 0.0, 0.0
        for b in range(n_branches):
            flow_mw[b] = 0.0
            if branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
                flow_mw[b] = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) + shift_mw[b]
                if tripped == 0 and limit_mw[b] < math.inf:
                    if abs(flow_mw[b]) / limit_mw[b] > first[1]:
                        first[0], first[1] = b, abs(flow_mw[b]) / limit_mw[b]
                    if abs(flow_mw[b]) > limit_mw[b] + OVER_MW:
                        first[2] += 1.0
                if abs(flow_mw[b]) > trip_at * limit_mw[b] + OVER_MW:
                    n_over += 1
        if n_over == 0:
            return tripped
        for b in range(n_branches):
            if branch[b] and abs(flow_mw[b]) > trip_at * limit_mw[b] + OVER_MW:
                branch[b] = False
                round_out[b] = tripped + 1
    return -1
