"""Compiled loops of the grid: islands, the sparse factor of a state, least shed of a state hour by hour.

The method stands in `model.py`. Segments of a bus, cheapest first: 0 its generation, then shedding of its load classes
from the last in priority to the first. `share` in [0, 1] of a segment's `size_mw` is used; its marginal price is
price[s] + slope[s] * share.
"""

import numpy as np
from numba import njit

from mamori.grid.relief.kernels import DONE, FLOW_TOLERANCE_MW, inject, relieve
from mamori.maths.sparse import eliminate, substitute
from mamori.records import Bools, Floats, Ints


@njit(cache=True, nogil=True, error_model="numpy")
def find_islands(bus: Bools, branch: Bools, start: Ints, end: Ints, label: Ints, members: Ints, first: Ints) -> int:
    """Finds the islands of live buses; returns how many.

    Writes label: (N,) island of each bus, -1 if dead; members: (N,) buses by island; first: (N + 1,) offsets into it
    """
    n = bus.shape[0]
    root = np.arange(n)
    for b in range(branch.shape[0]):
        if branch[b] and bus[start[b]] and bus[end[b]]:
            low, high = start[b], end[b]
            while root[low] != low:
                root[low] = root[root[low]]
                low = root[low]
            while root[high] != high:
                root[high] = root[root[high]]
                high = root[high]
            root[max(low, high)] = min(low, high)
    n_islands = 0
    first[0] = 0
    count = np.zeros(n, np.int64)
    for i in range(n):
        label[i] = -1
        if bus[i]:
            a = i
            while root[a] != a:
                a = root[a]
            if a == i:
                label[i] = n_islands
                n_islands += 1
            else:
                label[i] = label[a]
            count[label[i]] += 1
    for k in range(n_islands):
        first[k + 1] = first[k] + count[k]
        count[k] = first[k]
    for i in range(n):
        if label[i] >= 0:
            members[count[label[i]]] = i
            count[label[i]] += 1
    return n_islands


@njit(cache=True, nogil=True, error_model="numpy")
def fill_factor(
    label: Ints, members: Ints, first: Ints, n_islands: int, branch: Bools, start: Ints, end: Ints, susceptance: Floats,
    place: Ints, column: Ints, target: Ints, slot: Ints, factor: Floats,
) -> None:  # fmt: skip
    """Writes the factor (N + E,) of the state's susceptance matrix, one bus of each island grounded.

    place, column, target, slot: as in `sparse.Pattern`, of the buses and branches
    """
    n = label.shape[0]
    for e in range(factor.shape[0]):
        factor[e] = 0.0
    for i in range(n):
        if label[i] < 0:
            factor[place[i]] = 1.0
    for k in range(n_islands):
        factor[place[members[first[k]]]] = 1.0
    for b in range(branch.shape[0]):
        if branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
            factor[place[start[b]]] += susceptance[b]
            factor[place[end[b]]] += susceptance[b]
            factor[slot[b]] -= susceptance[b]
    eliminate(column, target, factor)


@njit(cache=True, nogil=True, error_model="numpy")
def copper_plate(
    members: Ints, low: int, high: int, size_mw: Floats, price: Floats, slope: Floats, share: Floats, is_free: Bools
) -> tuple[float, float]:
    """Least shed of one island without lines: plant in proportion to what it can give, then one class after another.

    Writes share and is_free (N, S) of its buses. Returns the price and the MW shed.
    """
    n_segments = price.shape[0]
    total = np.zeros(n_segments)
    for j in range(low, high):
        i = members[j]
        for s in range(n_segments):
            total[s] += size_mw[i, s]
    left = 0.0
    for s in range(1, n_segments):
        left += total[s]
    shed = max(0.0, left - total[0])
    level = 0.0
    marginal = 0
    for s in range(n_segments):
        used = 0.0
        if left > 0.0 and total[s] > 0.0:
            used = min(1.0, left / total[s])
            left = left - total[s] if used == 1.0 else 0.0
            level = price[s] + slope[s] * used
            marginal = s
        for j in range(low, high):
            i = members[j]
            share[i, s] = used
            is_free[i, s] = False
    for j in range(low, high):
        i = members[j]
        is_free[i, marginal] = size_mw[i, marginal] > 0.0
    return level, shed


@njit(cache=True, nogil=True, error_model="numpy")
def serve_hours(
    hour: Ints, demand_mw: Floats, available_mw: Floats, generator_bus: Ints, start: Ints, end: Ints,
    susceptance: Floats, shift_mw: Floats, low_mw: Floats, high_mw: Floats, place: Ints, column: Ints, row: Ints,
    target: Ints, slot: Ints, price: Floats, slope: Floats, bus: Bools, feeder: Floats, generator: Floats,
    branch: Bools, served_mw: Floats, shed_mw: Floats, dispatch_mw: Floats, bus_price: Floats, steps: Ints,
) -> int:  # fmt: skip
    """Least shed of one state at each of the hours, each on its own.

    The flow of a branch is susceptance times the difference of its angles, plus shift_mw, within low_mw and high_mw.
    Writes served_mw (H, N, C); shed_mw (H, 3) local, network, deficit; dispatch_mw, bus_price (H, N); steps (2,) how
    many steps of `relieve` were taken and the most lines that bound. Returns a status code, of the hour that failed.
    """
    n = bus.shape[0]
    n_classes = demand_mw.shape[2]
    label = np.empty(n, np.int64)
    members = np.empty(n, np.int64)
    first = np.empty(n + 1, np.int64)
    n_islands = find_islands(bus, branch, start, end, label, members, first)
    factor = np.empty(n + row.shape[0])
    fill_factor(label, members, first, n_islands, branch, start, end, susceptance, place, column, target, slot, factor)
    size_mw = np.empty((n, n_classes + 1))
    share = np.empty((n, n_classes + 1))
    is_free = np.empty((n, n_classes + 1), np.bool_)
    x = np.empty(n)
    fixed_mw = np.zeros(n)
    for b in range(branch.shape[0]):
        if shift_mw[b] != 0.0 and branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
            fixed_mw[start[b]] -= shift_mw[b]
            fixed_mw[end[b]] += shift_mw[b]
    level = np.empty(n_islands)
    is_over = np.empty(n_islands, np.bool_)
    plate_shed = np.empty(n_islands)
    for h in range(hour.shape[0]):
        for i in range(n):
            size_mw[i, 0] = 0.0
        for g in range(generator_bus.shape[0]):
            size_mw[generator_bus[g], 0] += generator[g] * available_mw[hour[h], g]
        wanted = 0.0
        reached = 0.0
        plant = 0.0
        for i in range(n):
            for c in range(n_classes):
                wanted += demand_mw[hour[h], i, c]
                size_mw[i, n_classes - c] = demand_mw[hour[h], i, c] * feeder[i] if label[i] >= 0 else 0.0
                reached += size_mw[i, n_classes - c]
            if label[i] < 0:
                size_mw[i, 0] = 0.0
                for s in range(n_classes + 1):
                    share[i, s] = 0.0
                bus_price[h, i] = 0.0
                x[place[i]] = 0.0
            plant += size_mw[i, 0]
        for k in range(n_islands):
            low, high = first[k], first[k + 1]
            level[k], plate_shed[k] = copper_plate(members, low, high, size_mw, price, slope, share, is_free)
            is_over[k] = False
            inject(members, low, high, place, size_mw, share, fixed_mw, x)
            for j in range(low, high):
                i = members[j]
                bus_price[h, i] = level[k]
        substitute(column, row, factor, x)
        for b in range(branch.shape[0]):
            if branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
                flow = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) + shift_mw[b]
                if max(flow - high_mw[b], low_mw[b] - flow) > FLOW_TOLERANCE_MW:
                    is_over[label[start[b]]] = True
        shed = 0.0
        for k in range(n_islands):
            low, high = first[k], first[k + 1]
            if not is_over[k]:
                shed += plate_shed[k]
                continue
            status = relieve(
                k, members, low, high, label, branch, start, end, susceptance, shift_mw, low_mw, high_mw, fixed_mw,
                place, column, row, factor, price, slope, size_mw, level[k], share, is_free, bus_price, h, steps,
            )  # fmt: skip
            if status != DONE:
                return int(status)
            for j in range(low, high):
                i = members[j]
                for s in range(1, n_classes + 1):
                    shed += size_mw[i, s] * share[i, s]
        for i in range(n):
            dispatch_mw[h, i] = size_mw[i, 0] * share[i, 0]
            for c in range(n_classes):
                s = n_classes - c
                served_mw[h, i, c] = size_mw[i, s] * (1.0 - share[i, s])
        shed_mw[h, 0] = wanted - reached
        shed_mw[h, 2] = min(shed, max(0.0, reached - plant))
        shed_mw[h, 1] = shed - shed_mw[h, 2]
    return DONE
