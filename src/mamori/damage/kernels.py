"""Compiled loops of damage: which threats arrive and how far off, and what each impact breaks.

Slots of luck, stage DAMAGE: by threat 0 works, 1 east, 2 north; by pair of threat and asset 0 stopped, 1 state; by
asset 8 repair work.
"""

import math

from numba import njit

from mamori.maths.earth import MEAN_RADIUS_M, distance_point
from mamori.maths.luck import Stage, normal, pair_key, uniform
from mamori.records import Floats, Ints

_STAGE = int(Stage.DAMAGE)
_LIGHT, _HEAVY, _DESTROYED = 1, 2, 3


@njit(cache=True, nogil=True)
def arrivals(
    key: Ints,
    class_i: Ints,
    impact_s: Floats,
    status: Ints,
    killed_s: Floats,
    p_works: Floats,
    sigma_m: Floats,
    seed: int,
    replica: int,
    threat_i: Ints,
    east_m: Floats,
    north_m: Floats,
) -> int:
    """Threats that come down and work, with their offsets from the aim, in the order of the raid's list.

    key, class_i, impact_s, status, killed_s, sigma_m: (T,); p_works: (M,) by class
    threat_i, east_m, north_m: (T,) written up to the number returned
    """
    n = 0
    for t in range(key.size):
        if status[t] != 0 or killed_s[t] <= impact_s[t]:
            continue
        c = class_i[t]
        if uniform(seed, replica, _STAGE, key[t], 0) >= p_works[c]:
            continue
        threat_i[n] = t
        east_m[n] = sigma_m[t] * normal(seed, replica, _STAGE, key[t], 1)
        north_m[n] = sigma_m[t] * normal(seed, replica, _STAGE, key[t], 2)
        n += 1
    return n


@njit(cache=True, nogil=True)
def odds_scaled(p: float, factor: float) -> float:
    """Probability whose odds are `factor` times those of p."""
    return factor * p / (1.0 - p + factor * p)


@njit(cache=True, nogil=True)
def hits(
    impact_latitude: Floats,
    impact_longitude: Floats,
    effect_radius_m: Floats,
    impact_key: Ints,
    impact_kind: Ints,
    severity: Floats,
    asset_key: Ints,
    asset_kind: Ints,
    asset_latitude: Floats,
    asset_longitude: Floats,
    radius_m: Floats,
    protection: Ints,
    radius_factor: Floats,
    p_stop: Floats,
    p_heavy_or_worse: Floats,
    p_destroyed_if_heavy: Floats,
    seed: int,
    replica: int,
    state: Ints,
    cause: Ints,
    silencer: Ints,
) -> None:
    """Worst state of each asset, the first impact that brought it there, and the first that silenced it.

    impact_*, effect_radius_m, severity: (I,) in order of time; asset_*, radius_m, protection: (A,)
    radius_factor, p_stop: (P, 4); p_heavy_or_worse, p_destroyed_if_heavy: (9,) by kind
    state: (A,) changed in place, zero at the start; cause: (A,) written where something hit
    silencer: (A,) changed where an impact left heavy damage or worse, -1 at the start
    """
    for a in range(asset_key.size):
        for i in range(impact_key.size):
            # Most pairs lie far apart in latitude alone; a millimetre of slack covers rounding.
            south_north_m = abs(asset_latitude[a] - impact_latitude[i]) * MEAN_RADIUS_M
            if south_north_m > effect_radius_m[i] + radius_m[a] + 1e-3:
                continue
            level, kind = protection[a], impact_kind[i]
            reach_m = effect_radius_m[i] * radius_factor[level, kind] + radius_m[a]
            distance = distance_point(asset_latitude[a], asset_longitude[a], impact_latitude[i], impact_longitude[i])
            if distance > reach_m:
                continue
            pair = pair_key(impact_key[i], asset_key[a])
            if uniform(seed, replica, _STAGE, pair, 0) < p_stop[level, kind]:
                continue
            u = uniform(seed, replica, _STAGE, pair, 1)
            p_heavy = odds_scaled(p_heavy_or_worse[asset_kind[a]], severity[i])
            p_destroyed = p_heavy * odds_scaled(p_destroyed_if_heavy[asset_kind[a]], severity[i])
            new = _DESTROYED if u < p_destroyed else _HEAVY if u < p_heavy else _LIGHT
            if new > state[a]:
                state[a] = new
                cause[a] = i
            if new >= _HEAVY and silencer[a] < 0:
                silencer[a] = i


@njit(cache=True, nogil=True)
def work(
    asset_i: Ints,
    key: Ints,
    median_h: Floats,
    sigma_ln: Floats,
    seed: int,
    replica: int,
    work_h: Floats,
) -> None:
    """Repair work of each damaged asset: lognormal around its median.

    asset_i: (M,); key: (A,); median_h, sigma_ln: (M,); work_h: (M,) written
    """
    for m in range(asset_i.size):
        work_h[m] = median_h[m] * math.exp(sigma_ln[m] * normal(seed, replica, _STAGE, key[asset_i[m]], 8))
