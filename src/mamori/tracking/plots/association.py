"""Compiled association of plots with tracks: the one best assignment, or the chance of each pair.

Pairs that pass the gate stand in rows by track: plots of track i are plot_i[first[i] : first[i + 1]].
"""

import math

import numpy as np
from numba import njit

from mamori.records import Floats, Ints

MOST_ROUNDS = 100
SETTLED = 1e-6


@njit(cache=True, nogil=True, error_model="numpy")
def marginals(
    first: Ints, plot_i: Ints, weight: Floats, missed: Floats, n_plots: int, p: Floats, p_new: Floats
) -> None:
    """Chance of each pair that the plot is the track's (joint probabilistic data association), by belief propagation.

    weight: (E,) of each pair against being clutter; missed: (T,) weight of no plot
    p: (E,) filled; p_new: (n_plots,) filled, chance that the plot belongs to none of the tracks
    Source: Williams and Lau, IEEE Trans. AES 50(4), 2014: messages between tracks and plots; converges always, exact
    without loops and a little too sure with them.
    """
    n_tracks = first.size - 1
    to_track = np.ones(plot_i.size)
    to_plot = np.zeros(plot_i.size)
    # Sums without one term are added up, not taken off the whole: weights may differ by a factor of 1e30.
    largest, rest, whose = np.zeros(n_plots), np.zeros(n_plots), np.empty(n_plots, np.int64)
    for _ in range(MOST_ROUNDS):
        largest[:] = 0.0
        rest[:] = 0.0
        whose[:] = -1
        for t in range(n_tracks):
            before = missed[t]
            for e in range(first[t], first[t + 1]):
                to_plot[e] = before
                before += weight[e] * to_track[e]
            after = 0.0
            for e in range(first[t + 1] - 1, first[t] - 1, -1):
                others = to_plot[e] + after
                after += weight[e] * to_track[e]
                to_plot[e] = weight[e] / others
                b = plot_i[e]
                if to_plot[e] > largest[b]:
                    rest[b] += largest[b]
                    largest[b], whose[b] = to_plot[e], e
                else:
                    rest[b] += to_plot[e]
        change = 0.0
        for e in range(first[n_tracks]):
            b = plot_i[e]
            others = rest[b] if whose[b] == e else largest[b] + max(rest[b] - to_plot[e], 0.0)
            now = 1.0 / (1.0 + others)
            change = max(change, abs(now - to_track[e]))
            to_track[e] = now
        if change < SETTLED:
            break
    p_new[:] = 1.0
    for t in range(n_tracks):
        total = missed[t]
        for e in range(first[t], first[t + 1]):
            total += weight[e] * to_track[e]
        for e in range(first[t], first[t + 1]):
            p[e] = weight[e] * to_track[e] / total
            p_new[plot_i[e]] = max(0.0, p_new[plot_i[e]] - p[e])


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(first: Ints, plot_i: Ints, weight: Floats, missed: Floats, n_plots: int, p: Floats, p_new: Floats) -> None:
    """The one assignment with the largest product of weights (global nearest neighbour), as chances: of the pair chosen
    against no plot at all, and 0 for others. Arguments as in `marginals`.
    """
    n_tracks = first.size - 1
    cost = np.empty(plot_i.size)
    free = np.zeros(n_tracks)
    for t in range(n_tracks):
        for e in range(first[t], first[t + 1]):
            cost[e] = math.log(missed[t]) - math.log(max(weight[e], 1e-300))
    chosen = np.full(n_tracks, -1)
    assign(first, plot_i, cost, free, n_plots, chosen)
    p_new[:] = 1.0
    for t in range(n_tracks):
        for e in range(first[t], first[t + 1]):
            p[e] = weight[e] / (weight[e] + missed[t]) if chosen[t] == plot_i[e] else 0.0
            p_new[plot_i[e]] -= p[e]


@njit(cache=True, nogil=True, error_model="numpy")
def assign(first: Ints, column: Ints, cost: Floats, alone: Floats, n_columns: int, chosen: Ints) -> None:
    """Two-dimensional assignment of least total cost, sparse: fill chosen (R,) with each row's column, -1 for alone.

    first, column, cost: the pairs allowed, by row; alone: (R,) cost of a row without a column
    Source: shortest augmenting paths with prices, Jonker and Volgenant, Computing 38, 1987.
    """
    n_rows = first.size - 1
    row_price, column_price = np.zeros(n_rows), np.zeros(n_columns)
    row_of = np.full(n_columns, -1)
    length, before = np.empty(n_columns), np.empty(n_columns, np.int64)
    stage = np.zeros(n_columns, np.int8)  # 0 not seen, 1 seen, 2 settled
    seen = np.empty(n_columns, np.int64)
    rows, row_length = np.empty(n_rows, np.int64), np.empty(n_rows)
    chosen[:] = -1
    for start in range(n_rows):
        n_seen, n_settled, row, so_far = 0, 0, start, 0.0
        best_alone, alone_row = math.inf, -1
        while True:
            rows[n_settled], row_length[n_settled] = row, so_far
            n_settled += 1
            if so_far + alone[row] - row_price[row] < best_alone:
                best_alone, alone_row = so_far + alone[row] - row_price[row], row
            for e in range(first[row], first[row + 1]):
                j = column[e]
                reach = so_far + cost[e] - row_price[row] - column_price[j]
                if stage[j] == 0:
                    stage[j] = 1
                    seen[n_seen] = j
                    n_seen += 1
                    length[j], before[j] = reach, row
                elif stage[j] == 1 and reach < length[j]:
                    length[j], before[j] = reach, row
            nearest_j, shortest = -1, math.inf
            for s in range(n_seen):
                if stage[seen[s]] == 1 and length[seen[s]] < shortest:
                    nearest_j, shortest = seen[s], length[seen[s]]
            if best_alone <= shortest:
                so_far, nearest_j = best_alone, -1
                break
            so_far = shortest
            if row_of[nearest_j] < 0:
                break
            stage[nearest_j] = 2
            row = row_of[nearest_j]
        for s in range(n_settled):
            row_price[rows[s]] += so_far - row_length[s]
        for s in range(n_seen):
            if stage[seen[s]] == 2:
                column_price[seen[s]] -= so_far - length[seen[s]]
            stage[seen[s]] = 0
        j = nearest_j
        if j < 0:
            j = chosen[alone_row]
            chosen[alone_row] = -1
        while j >= 0:
            row = before[j]
            row_of[j] = row
            j, chosen[row] = chosen[row], j
