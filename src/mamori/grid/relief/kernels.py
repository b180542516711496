"""Compiled loop that makes room on overloaded lines: a dual active-set method with a unique answer.

Segments, shares and prices are those of `grid/kernels.py`. The buses of the island are members[low : high]. A row of
`relief` says how one more megawatt at each bus lowers the flow of an active line; its price pays for that, so the price
at a bus is y[0] + sum over lines of relief * y.
"""

import math

import numpy as np
from numba import njit

from mamori.maths.sparse import substitute
from mamori.records import Bools, Floats, Ints

DONE, STALLED, TOO_MANY_LINES, TOO_MANY_STEPS, NO_WAY_ON = 0, 1, 2, 3, 4
FLOW_TOLERANCE_MW = 1e-6
SINGULAR = 1e-18  # of a row's square: what is left of it beside the others is taken for nothing below this
STILL = 1e-10  # a price that moves less than this share of the step is taken as not moving
MOST_LINES = 500


@njit(cache=True, nogil=True, error_model="numpy")
def inject(
    members: Ints, low: int, high: int, place: Ints, size_mw: Floats, share: Floats, fixed_mw: Floats, x: Floats
) -> None:
    """Writes the net injection of the buses into x, in the order of elimination; fixed_mw: what shifts of angle add."""
    for j in range(low, high):
        i = members[j]
        p = size_mw[i, 0] * share[i, 0]
        for s in range(1, size_mw.shape[1]):
            p -= size_mw[i, s] * (1.0 - share[i, s])
        x[place[i]] = p + fixed_mw[i]


@njit(cache=True, nogil=True, error_model="numpy")
def price_factor(
    members: Ints, low: int, n_buses: int, k: int, relief: Floats, size_mw: Floats, slope: Floats, is_free: Bools,
    matrix: Floats, basis: Floats,
) -> int:  # fmt: skip
    """Factor of how balance and the k active lines answer to their prices; returns its rank, k + 1 if it is full.

    Writes the lower triangle of matrix, L with L L' = A W A' (rows of A: ones, then relief; W: weights of the free
    segments), by orthogonalising the rows of A W^1/2, which keeps twice the digits that A W A' itself would.
    """
    n_free = 0
    for j in range(n_buses):
        i = members[low + j]
        weight = 0.0
        for s in range(slope.shape[0]):
            if is_free[i, s]:
                weight += size_mw[i, s] / slope[s]
        if weight > 0.0:
            weight = math.sqrt(weight)
            basis[0, n_free] = weight
            for r in range(k):
                basis[r + 1, n_free] = weight * relief[r, j]
            n_free += 1
    for c in range(k + 1):
        whole = 0.0
        for j in range(n_free):
            whole += basis[c, j] * basis[c, j]
        for b in range(c):
            dot = 0.0
            for j in range(n_free):
                dot += basis[b, j] * basis[c, j]
            for j in range(n_free):
                basis[c, j] -= dot * basis[b, j]
            matrix[c, b] = dot
        left = 0.0
        for j in range(n_free):
            left += basis[c, j] * basis[c, j]
        if not left > SINGULAR * whole:
            return c
        left = math.sqrt(left)
        matrix[c, c] = left
        for j in range(n_free):
            basis[c, j] /= left
    return k + 1


@njit(cache=True, nogil=True, error_model="numpy")
def settle(
    members: Ints, low: int, n_buses: int, k: int, relief: Floats, size_mw: Floats, price: Floats, slope: Floats,
    y: Floats, off: Floats, share: Floats, is_free: Bools, matrix: Floats, basis: Floats, here: Floats,
) -> bool:  # fmt: skip
    """Takes the rounding of many steps out of prices and shares again. Returns whether it could.

    off: (k + 1,) what balance and the flows of the active lines are off by; overwritten
    """
    if price_factor(members, low, n_buses, k, relief, size_mw, slope, is_free, matrix, basis) <= k:
        return False
    for j in range(n_buses):
        i = members[low + j]
        for s in range(slope.shape[0]):
            if is_free[i, s]:
                power = size_mw[i, s] * ((here[j] - price[s]) / slope[s] - share[i, s])
                off[0] -= power
                for r in range(k):
                    off[r + 1] -= relief[r, j] * power
    for c in range(k + 1):
        for r in range(c):
            off[c] -= matrix[c, r] * off[r]
        off[c] /= matrix[c, c]
    for c in range(k, -1, -1):
        for r in range(c + 1, k + 1):
            off[c] -= matrix[r, c] * off[r]
        off[c] /= matrix[c, c]
    for r in range(k + 1):
        y[r] += off[r]
    for j in range(n_buses):
        change = off[0]
        for r in range(k):
            change += relief[r, j] * off[r + 1]
        i = members[low + j]
        for s in range(slope.shape[0]):
            if is_free[i, s]:
                late = (here[j] - price[s]) / slope[s] - share[i, s]
                share[i, s] = min(1.0, max(0.0, share[i, s] + late + change / slope[s]))
        here[j] = y[0]
        for r in range(k):
            here[j] += relief[r, j] * y[r + 1]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def relieve(
    island: int, members: Ints, low: int, high: int, label: Ints, branch: Bools, start: Ints, end: Ints,
    susceptance: Floats, shift_mw: Floats, low_mw: Floats, high_mw: Floats, fixed_mw: Floats, place: Ints, column: Ints,
    row: Ints, factor: Floats, price: Floats, slope: Floats, size_mw: Floats, level: float, share: Floats,
    is_free: Bools, bus_price: Floats, h: int, steps: Ints,
) -> int:  # fmt: skip
    """Goes from the copper-plate answer of an island to the one that its lines can carry. Returns a status code.

    A dual active-set method: the most overloaded line is pressed down to its limit while the active ones stay at
    theirs; on the way segments meet their ends or begin to move, and lines that no longer bind are let go.
    """
    n, n_segments = size_mw.shape
    n_buses = high - low
    most_lines = min(n_buses, MOST_LINES)
    relief = np.empty((most_lines, n_buses))
    active = np.empty(most_lines, np.int64)
    y = np.zeros(most_lines + 1)  # price of energy, then of each active line
    dy = np.zeros(most_lines + 1)
    matrix = np.empty((most_lines + 1, most_lines + 1))
    basis = np.empty((most_lines + 1, n_buses))
    here = np.empty(n_buses)  # price at each bus
    move = np.empty(n_buses)
    off = np.empty(most_lines + 1)  # what balance and the flows of the active lines are off by
    side = np.empty(most_lines)  # way in which the flow of each active line is too large
    is_settled = False
    x = np.zeros(n)
    y[0] = level
    k = int(np.int64(0))  # not a literal: numba would compile what takes it twice
    n_steps = 0
    while True:
        for i in range(n):
            x[i] = 0.0
        inject(members, low, high, place, size_mw, share, fixed_mw, x)
        off[0] = 0.0
        for j in range(n_buses):
            off[0] -= x[place[members[low + j]]]
        substitute(column, row, factor, x)
        if k > 0 and not is_settled:
            for r in range(k):
                b = active[r]
                flow = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) + shift_mw[b]
                off[r + 1] = flow - high_mw[b] if side[r] > 0.0 else low_mw[b] - flow
            if not settle(
                members, low, n_buses, k, relief, size_mw, price, slope, y, off, share, is_free, matrix, basis, here
            ):
                return NO_WAY_ON
            is_settled = True
            continue
        worst, excess, sign = -1, FLOW_TOLERANCE_MW, 1.0
        for b in range(branch.shape[0]):
            if branch[b] and label[start[b]] == island and label[end[b]] == island:
                flow = susceptance[b] * (x[place[start[b]]] - x[place[end[b]]]) + shift_mw[b]
                if flow - high_mw[b] > excess:
                    worst, excess, sign = b, flow - high_mw[b], 1.0
                if low_mw[b] - flow > excess:
                    worst, excess, sign = b, low_mw[b] - flow, -1.0
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
        substitute(column, row, factor, x)
        for j in range(n_buses):
            relief[k, j] = x[place[members[low + j]]]
        is_settled = False
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
