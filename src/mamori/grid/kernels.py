"""Compiled loops of the grid: islands, the sparse factor of a state, and least shed with a unique answer.

The method stands in `model.py`. Segments of a bus, cheapest first: 0 its generation, then shedding of its load classes
from the last in priority to the first. `share` in [0, 1] of a segment's `size_mw` is used; its marginal price is
price[s] + slope[s] * share. A row of an active line says how one more megawatt at each bus relieves it.
"""

import math

import numpy as np
from numba import njit

from mamori.records import Bools, Floats, Ints

DONE, STALLED, TOO_MANY_LINES, TOO_MANY_STEPS, NO_WAY_ON = 0, 1, 2, 3, 4
FLOW_TOLERANCE_MW = 1e-6
SINGULAR = 1e-18  # of a row's square: what is left of it beside the others is taken for nothing below this
STILL = 1e-10  # a price that moves less than this share of the step is taken as not moving


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
def factorise(
    label: Ints, members: Ints, first: Ints, n_islands: int, branch: Bools, start: Ints, end: Ints, susceptance: Floats,
    place: Ints, column: Ints, target: Ints, slot: Ints, factor: Floats,
) -> None:  # fmt: skip
    """Writes the L D L' factor of the state's susceptance matrix, one bus of each island grounded.

    place: (N,) of each bus in the order of elimination; column: (N + 1,) offsets of the columns of L
    target: where each product of the elimination goes; slot: (L,) entry of each branch; factor: (N + E,) D, then L
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
    t = 0
    for k in range(n):
        for a in range(column[k], column[k + 1]):
            by_pivot = factor[n + a] / factor[k]
            for b in range(column[k], a + 1):
                factor[target[t]] -= by_pivot * factor[n + b]
                t += 1
        for a in range(column[k], column[k + 1]):
            factor[n + a] /= factor[k]


@njit(cache=True, nogil=True, error_model="numpy")
def solve_angles(column: Ints, row: Ints, factor: Floats, x: Floats) -> None:
    """Injections into angles, in place, both in the order of elimination."""
    n = x.shape[0]
    for k in range(n):
        y = x[k]
        if y != 0.0:
            for e in range(column[k], column[k + 1]):
                x[row[e]] -= factor[n + e] * y
            x[k] = y / factor[k]
    for k in range(n - 1, -1, -1):
        y = x[k]
        for e in range(column[k], column[k + 1]):
            y -= factor[n + e] * x[row[e]]
        x[k] = y


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
def inject(members: Ints, low: int, high: int, place: Ints, size_mw: Floats, share: Floats, x: Floats) -> None:
    """Adds the net injection of the buses to x, in the order of elimination."""
    for j in range(low, high):
        i = members[j]
        p = size_mw[i, 0] * share[i, 0]
        for s in range(1, size_mw.shape[1]):
            p -= size_mw[i, s] * (1.0 - share[i, s])
        x[place[i]] = p


@njit(cache=True, nogil=True, error_model="numpy")
def price_factor(
    members: Ints, low: int, n_buses: int, k: int, relief: Floats, size_mw: Floats, slope: Floats, is_free: Bools,
    matrix: Floats, basis: Floats,
) -> int:  # fmt: skip
    """Factor of how balance and the k active lines answer to their prices; returns its rank, k + 1 if it is full.

    Writes the lower triangle of matrix, L with L L' = A W A' (rows of A: ones, then relief; W: weights of the free
    segments), by orthogonalising the rows of A W^1/2, which keeps twice the digits that A W A' itself would.
    """
    for j in range(n_buses):
        i = members[low + j]
        weight = 0.0
        for s in range(slope.shape[0]):
            if is_free[i, s]:
                weight += size_mw[i, s] / slope[s]
        weight = math.sqrt(weight)
        basis[0, j] = weight
        for r in range(k):
            basis[r + 1, j] = weight * relief[r, j]
    for c in range(k + 1):
        whole = 0.0
        for j in range(n_buses):
            whole += basis[c, j] * basis[c, j]
        for b in range(c):
            dot = 0.0
            for j in range(n_buses):
                dot += basis[b, j] * basis[c, j]
            for j in range(n_buses):
                basis[c, j] -= dot * basis[b, j]
            matrix[c, b] = dot
        left = 0.0
        for j in range(n_buses):
            left += basis[c, j] * basis[c, j]
        if not left > SINGULAR * whole:
            return c
        left = math.sqrt(left)
        matrix[c, c] = left
        for j in range(n_buses):
            basis[c, j] /= left
    return k + 1


@njit(cache=True, nogil=True, error_model="numpy")
def relieve(
    island: int, members: Ints, low: int, high: int, label: Ints, branch: Bools, start: Ints, end: Ints,
    susceptance: Floats, limit_mw: Floats, place: Ints, column: Ints, row: Ints, factor: Floats, price: Floats,
    slope: Floats, size_mw: Floats, level: float, share: Floats, is_free: Bools, bus_price: Floats, h: int, steps: Ints,
) -> int:  # fmt: skip
    """Goes from the copper-plate answer of an island to the one that its lines can carry. Returns a status code.

    A dual active-set method: the most overloaded line is pressed down to its limit while the active ones stay at
    theirs; on the way segments meet their ends or begin to move, and lines that no longer bind are let go.
    """
    n, n_segments = size_mw.shape
    n_buses = high - low
    most_lines = min(n_buses, 80)
    relief = np.empty((most_lines, n_buses))
    active = np.empty(most_lines, np.int64)
    y = np.zeros(most_lines + 1)  # price of energy, then of each active line
    dy = np.zeros(most_lines + 1)
    matrix = np.empty((most_lines + 1, most_lines + 1))
    basis = np.empty((most_lines + 1, n_buses))
    here = np.empty(n_buses)  # price at each bus
    move = np.empty(n_buses)
    x_net = np.empty(n_buses)
    side = np.empty(most_lines)  # way in which the flow of each active line is too large
    is_refined = False
    x = np.zeros(n)
    y[0] = level
    k = 0
    n_steps = 0
    while True:
        for i in range(n):
            x[i] = 0.0
        inject(members, low, high, place, size_mw, share, x)
        for j in range(n_buses):
            x_net[j] = x[place[members[low + j]]]
        solve_angles(column, row, factor, x)
        if k > 0 and not is_refined:
            # rounding is taken out again before the next line: of the prices that a free segment has, and of the flows
            if price_factor(members, low, n_buses, k, relief, size_mw, slope, is_free, matrix, basis) <= k:
                return NO_WAY_ON
            dy[0] = 0.0
            for j in range(n_buses):
                dy[0] -= x_net[j]
            for r in range(k):
                b = active[r]
                dy[r + 1] = side[r] * susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) - limit_mw[b]
            for j in range(n_buses):
                i = members[low + j]
                for s in range(n_segments):
                    if is_free[i, s]:
                        off = size_mw[i, s] * ((here[j] - price[s]) / slope[s] - share[i, s])
                        dy[0] -= off
                        for r in range(k):
                            dy[r + 1] -= relief[r, j] * off
            for c in range(k + 1):
                for r in range(c):
                    dy[c] -= matrix[c, r] * dy[r]
                dy[c] /= matrix[c, c]
            for c in range(k, -1, -1):
                for r in range(c + 1, k + 1):
                    dy[c] -= matrix[r, c] * dy[r]
                dy[c] /= matrix[c, c]
            for r in range(k + 1):
                y[r] += dy[r]
            for j in range(n_buses):
                change = dy[0]
                for r in range(k):
                    change += relief[r, j] * dy[r + 1]
                i = members[low + j]
                for s in range(n_segments):
                    if is_free[i, s]:
                        off = (here[j] - price[s]) / slope[s] - share[i, s]
                        share[i, s] = min(1.0, max(0.0, share[i, s] + off + change / slope[s]))
                here[j] = y[0]
                for r in range(k):
                    here[j] += relief[r, j] * y[r + 1]
            is_refined = True
            continue
        worst, excess, sign = -1, FLOW_TOLERANCE_MW, 1.0
        for b in range(branch.shape[0]):
            if branch[b] and label[start[b]] == island and label[end[b]] == island:
                flow = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]])
                if abs(flow) - limit_mw[b] > excess:
                    worst, excess, sign = b, abs(flow) - limit_mw[b], math.copysign(1.0, flow)
        if worst < 0:
            break
        for r in range(k):
            if active[r] == worst:
                return STALLED
        if k == most_lines:
            return TOO_MANY_LINES
        for i in range(n):
            x[i] = 0.0
        x[place[start[worst]]] = -sign * susceptance[worst]
        x[place[end[worst]]] = sign * susceptance[worst]
        solve_angles(column, row, factor, x)
        for j in range(n_buses):
            relief[k, j] = x[place[members[low + j]]]
        is_refined = False
        active[k] = worst
        side[k] = sign
        k += 1
        y[k] = 0.0
        for j in range(n_buses):
            here[j] = y[0]
            for r in range(k):
                here[j] += relief[r, j] * y[r + 1]
        while excess > 0.0:
            n_steps += 1
            if n_steps > 200 + 20 * n_buses:
                return TOO_MANY_STEPS
            m = k + 1
            # only the last pivot, the new line's, may vanish: then prices move and no power does
            rank = price_factor(members, low, n_buses, k, relief, size_mw, slope, is_free, matrix, basis)
            if rank < k:
                return NO_WAY_ON
            is_singular = rank == k
            dy[k] = 1.0 if is_singular else 1.0 / (matrix[k, k] * matrix[k, k])
            for c in range(k - 1, -1, -1):
                dy[c] = 0.0
                for r in range(c + 1, m):
                    dy[c] -= matrix[r, c] * dy[r]
                dy[c] /= matrix[c, c]
            still = 0.0
            for r in range(m):
                still += STILL * abs(dy[r])
            # how far until something happens: a segment ends (1) or starts to move (2), a line lets go (3)
            step = math.inf if is_singular else excess
            event, at, at_segment = 0, -1, -1
            for j in range(n_buses):
                d = dy[0]
                for r in range(k):
                    d += relief[r, j] * dy[r + 1]
                move[j] = d
                if abs(d) <= still:
                    continue
                i = members[low + j]
                for s in range(n_segments):
                    if size_mw[i, s] <= 0.0:
                        continue
                    if is_free[i, s]:
                        if is_singular:
                            continue
                        t = ((1.0 - share[i, s]) if d > 0.0 else -share[i, s]) * slope[s] / d
                        kind = 1
                    elif d > 0.0 and share[i, s] == 0.0:
                        t = (price[s] - here[j]) / d
                        kind = 2
                    elif d < 0.0 and share[i, s] == 1.0:
                        t = (price[s] + slope[s] - here[j]) / d
                        kind = 2
                    else:
                        continue
                    if t < step:
                        step, event, at, at_segment = max(0.0, t), kind, j, s
            for r in range(k - 1):
                if dy[r + 1] < 0.0 and -y[r + 1] / dy[r + 1] < step:
                    step, event, at = max(0.0, -y[r + 1] / dy[r + 1]), 3, r
            if step == math.inf:
                return NO_WAY_ON
            for r in range(m):
                y[r] += step * dy[r]
            for j in range(n_buses):
                here[j] += step * move[j]
                if not is_singular:
                    i = members[low + j]
                    for s in range(n_segments):
                        if is_free[i, s]:
                            share[i, s] = min(1.0, max(0.0, share[i, s] + step * move[j] / slope[s]))
            if not is_singular:
                excess -= step
            if event == 0:
                excess = 0.0
            elif event == 1:
                share[members[low + at], at_segment] = 1.0 if move[at] > 0.0 else 0.0
                is_free[members[low + at], at_segment] = False
            elif event == 2:
                is_free[members[low + at], at_segment] = True
            else:
                for r in range(at, k - 1):
                    active[r] = active[r + 1]
                    side[r] = side[r + 1]
                    y[r + 1] = y[r + 2]
                    for j in range(n_buses):
                        relief[r, j] = relief[r + 1, j]
                k -= 1
    for j in range(n_buses):
        bus_price[h, members[low + j]] = y[0]
        for r in range(k):
            bus_price[h, members[low + j]] += relief[r, j] * y[r + 1]
    steps[0] += n_steps
    steps[1] = max(steps[1], k)
    return DONE


@njit(cache=True, nogil=True, error_model="numpy")
def serve_hours(
    hour: Ints, demand_mw: Floats, available_mw: Floats, generator_bus: Ints, start: Ints, end: Ints,
    susceptance: Floats, limit_mw: Floats, place: Ints, column: Ints, row: Ints, target: Ints, slot: Ints,
    price: Floats, slope: Floats, bus: Bools, feeder: Floats, generator: Floats, branch: Bools,
    served_mw: Floats, shed_mw: Floats, dispatch_mw: Floats, bus_price: Floats, steps: Ints,
) -> int:  # fmt: skip
    """Least shed of one state at each of the hours, each on its own.

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
    factorise(label, members, first, n_islands, branch, start, end, susceptance, place, column, target, slot, factor)
    size_mw = np.empty((n, n_classes + 1))
    share = np.empty((n, n_classes + 1))
    is_free = np.empty((n, n_classes + 1), np.bool_)
    x = np.empty(n)
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
            inject(members, low, high, place, size_mw, share, x)
            for j in range(low, high):
                i = members[j]
                bus_price[h, i] = level[k]
        solve_angles(column, row, factor, x)
        for b in range(branch.shape[0]):
            if branch[b] and label[start[b]] >= 0 and label[end[b]] >= 0:
                flow = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]])
                if abs(flow) > limit_mw[b] + FLOW_TOLERANCE_MW:
                    is_over[label[start[b]]] = True
        shed = 0.0
        for k in range(n_islands):
            low, high = first[k], first[k + 1]
            if not is_over[k]:
                shed += plate_shed[k]
                continue
            status = relieve(
                k, members, low, high, label, branch, start, end, susceptance, limit_mw, place, column, row, factor,
                price, slope, size_mw, level[k], share, is_free, bus_price, h, steps,
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
