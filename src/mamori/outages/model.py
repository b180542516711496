"""Rolling outages: how the households of a district share the hours without power."""

import numpy as np

from mamori.outages.kernels import turns
from mamori.records import Floats


def rota(shed_share: Floats, groups: int = 6, slot_h: int = 2) -> Floats:
    """Hours without power of each group of households in each district: (D, groups).

    shed_share: (H, D) share in [0, 1] of the district's households that must be off in each hour (what can take turns:
    whoever hangs on a broken feeder is off besides)
    groups: equal parts of a district's households; slot_h: hours of one turn
    In each slot whole groups are off, those with fewest hours so far first. What is owed beyond whole groups is carried
    to the next slot, and after the last the least burdened takes the remainder, so that hours off times group size add
    up to the shed energy over the horizon; within it the rota lags the grid's need by less than one group's turn. In
    any horizon of whole slots no two groups of a district differ by more than one slot.
    Source: assumption: fewest hours first, a plain rota; households are alike and a slot's whole turn is one outage.
    """
    off_h = np.zeros((shed_share.shape[1], groups))
    turns(np.ascontiguousarray(shed_share, dtype=np.float64), slot_h, off_h)
    return off_h
