"""Actors in order of their next decision: a binary heap in an array, compiled."""

from numba import njit

from mamori.records import Floats, Ints


@njit(cache=True, nogil=True)
def comes_before(time_s: Floats, since_s: Floats, rank: Ints, i: int, j: int) -> bool:
    """Whether actor i decides before actor j: by time, then by who has waited longer, then by rank."""
    if time_s[i] != time_s[j]:
        return bool(time_s[i] < time_s[j])
    if since_s[i] != since_s[j]:
        return bool(since_s[i] < since_s[j])
    return bool(rank[i] < rank[j])


@njit(cache=True, nogil=True)
def sink(heap: Ints, n: int, start: int, time_s: Floats, since_s: Floats, rank: Ints) -> None:
    """Restore the order below a place of the heap's n entries, whose actor may now come later."""
    k, actor = start, heap[start]
    while True:
        child = 2 * k + 1
        if child >= n:
            break
        if child + 1 < n and comes_before(time_s, since_s, rank, heap[child + 1], heap[child]):
            child += 1
        if not comes_before(time_s, since_s, rank, heap[child], actor):
            break
        heap[k] = heap[child]
        k = child
    heap[k] = actor


@njit(cache=True, nogil=True)
def order(heap: Ints, n: int, time_s: Floats, since_s: Floats, rank: Ints) -> None:
    """Make a heap of n entries in any order."""
    for k in range(n // 2 - 1, -1, -1):
        sink(heap, n, k, time_s, since_s, rank)
