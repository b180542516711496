"""Compiled loop over districts and slots: which groups take the next turn without power."""

import math

from numba import njit

from mamori.records import Floats


@njit(cache=True, nogil=True)
def turns(shed_share: Floats, slot_h: int, off_h: Floats) -> None:
    """Hours without power of each group of each district.

    shed_share: (H, D) in [0, 1]; slot_h: hours of a turn; off_h: (D, groups) added to, zero at the start
    """
    n_hours, n_districts = shed_share.shape
    groups = off_h.shape[1]
    for d in range(n_districts):
        owed = 0.0  # hours that groups still have to be off
        for start in range(0, n_hours, slot_h):
            stop = min(start + slot_h, n_hours)
            length = float(stop - start)
            for h in range(start, stop):
                owed += shed_share[h, d] * groups
            # The slack keeps a whole turn whole when its sum of shares falls an ulp short.
            n_off = min(groups, math.floor(owed / length + 1e-9))
            owed -= n_off * length
            for _ in range(n_off):
                # The group with fewest hours among those not yet off in this slot; x is marked off as -1 - x.
                chosen = -1
                for g in range(groups):
                    if off_h[d, g] >= 0.0 and (chosen < 0 or off_h[d, g] < off_h[d, chosen]):
                        chosen = g
                off_h[d, chosen] = -1.0 - (off_h[d, chosen] + length)
            for g in range(groups):
                if off_h[d, g] < 0.0:
                    off_h[d, g] = -1.0 - off_h[d, g]
        # What is owed at the end is less than a turn, and whoever has fewest hours was on for at least one.
        least = 0
        for g in range(groups):
            if off_h[d, g] < off_h[d, least]:
                least = g
        off_h[d, least] += max(0.0, owed)
