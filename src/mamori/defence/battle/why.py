"""Compiled account of why threats got through, see `defence.reasons`."""

import math

from numba import njit

from mamori.defence.battle.kernels import launch
from mamori.records import Bools, Floats, Ints


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
            if launch(first, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0] < end:
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
    alive_until: Floats, max_shots: int, is_held: Bools, salvo_first: Ints, salvo_launch_s: Floats, salvo_shots: Ints,
    reason: Ints,
) -> None:  # fmt: skip
    """Fills reason (T,), -1 where the threat did not leak; the codes are those of `reasons.Reason`."""
    for t in range(leaks.shape[0]):
        reason[t] = -1
        if not leaks[t]:
            continue
        if is_engaged[t]:
            reason[t] = 8
            continue
        if is_held[t]:
            reason[t] = 5
            continue
        if not is_tracked[t]:
            reason[t] = 0
            continue
        reason[t] = 1
        for q in range(pair_first[t], pair_first[t + 1]):
            b, start, stop = pair_battery[q], row_first[q], row_first[q + 1]
            reason[t] = max(reason[t], 2)
            not_before = unharmed_s[t, b] + reaction_s[b]
            launch_s = launch(not_before, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0]
            if launch_s == math.inf:
                continue
            reason[t] = max(reason[t], 3)
            if not launch_s < sight_s[t, b]:
                continue
            reason[t] = max(reason[t], 4)
            not_before, limit = available_s[t, b] + reaction_s[b], min(until_s[t, b], alive_until[b])
            if not launch(not_before, start, stop, row_intercept_s, row_launch_by_s, is_joined)[0] < limit:
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
