"""Compiled loop over hours and sites: backup that drains and recharges."""

from numba import njit

from mamori.records import Floats


@njit(cache=True, nogil=True)
def drain(share: Floats, alive: Floats, backup_h: Floats, recharge: Floats, charge_h: Floats, lost_h: Floats) -> None:
    """Hours lost at each site in each hour.

    share, alive: (H, K) in [0, 1]; backup_h, recharge: (K,)
    charge_h: (K,) backup left, changed in place; lost_h: (H, K) written
    """
    n_hours, n_sites = share.shape
    for h in range(n_hours):
        for k in range(n_sites):
            up = alive[h, k]
            # The part of the hour in which a standing site has no power from the grid; backup fills it while it lasts.
            missing = up * max(0.0, 1.0 - share[h, k])
            used = min(missing, charge_h[k])
            lost_h[h, k] = (1.0 - up) + missing - used
            charge_h[k] -= used
            if share[h, k] >= 1.0 and up >= 1.0:
                charge_h[k] = min(backup_h[k], charge_h[k] + recharge[k])
