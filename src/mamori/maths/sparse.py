"""Sparse symmetric systems of one fixed pattern that are solved many times with other numbers.

The pattern is worked out once (`pattern`); for each set of numbers the compiled `eliminate` writes the L D L' factor
into flat arrays along it, and `substitute` solves with it. Entries may be zero, so a network with lines out keeps its
pattern.

Source: sparse Cholesky factorisation with minimum-degree order, as in textbooks (George and Liu, 1981).
"""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pattern:
    """Where the factor of a matrix with N rows has its E entries below the diagonal.

    place: (N,) of each row in the order of elimination; column: (N + 1,), row: (E,) the factor by columns in that order
    target: entry of the factor array into which each product of the elimination goes; slot: (L,) entry of each pair
    The factor array is (N + E,): the diagonal in the order of elimination, then the entries below it by columns.
    """

    place: Ints
    column: Ints
    row: Ints
    target: Ints
    slot: Ints


def pattern(n: int, start: Ints, end: Ints) -> Pattern:
    """Pattern of a matrix of n rows that is zero off the diagonal but for the pairs (start, end), (L,) each."""
    neighbours: list[set[int]] = [set() for _ in range(n)]
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        neighbours[a].add(b)
        neighbours[b].add(a)
    queue = [(len(around), i) for i, around in enumerate(neighbours)]
    heapify(queue)
    is_left = [True] * n
    order, columns = [], []
    while queue:
        degree, pivot = heappop(queue)
        around = neighbours[pivot]
        if not is_left[pivot] or degree != len(around):
            continue  # an entry from before its neighbours changed; a later one stands for it
        for i in around:
            neighbours[i] |= around
            neighbours[i] -= {i, pivot}
            heappush(queue, (len(neighbours[i]), i))
        is_left[pivot] = False
        order.append(pivot)
        columns.append(around)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    rows = [sorted(int(place[i]) for i in column) for column in columns]
    first = np.cumsum([0, *map(len, rows)])
    entry = {(i, k): n + int(first[k]) + e for k, column in enumerate(rows) for e, i in enumerate(column)}
    target = [
        column[a] if a == b else entry[column[a], column[b]]
        for column in rows
        for a in range(len(column))
        for b in range(a + 1)
    ]
    ends = np.sort(np.stack([place[start], place[end]]), axis=0)
    return Pattern(
        place=place,
        column=first.astype(np.int64),
        row=np.array([i for column in rows for i in column], np.int64),
        target=np.array(target, np.int64),
        slot=np.array([entry[high, low] for low, high in ends.T.tolist()], np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate(column: Ints, target: Ints, factor: Floats) -> None:
    """The matrix into its factor, in place; it must be positive definite."""
    n = column.shape[0] - 1
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
def substitute(column: Ints, row: Ints, factor: Floats, x: Floats) -> None:
    """Right-hand side into solution, in place, both in the order of elimination."""
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
