"""What comes down where, and what it breaks: dispersion, hits, damage states, repair work."""

from dataclasses import dataclass

from mamori.records import Floats, Ints


@dataclass(frozen=True)
class MunitionTable:
    """What each class of threat does where it comes down, one row a class.

    p_works: (M,) arrives and functions; cep_m: (M,); effect_radius_m: (M,); severity: (M,) factor on the odds of worse
    damage
    """

    p_works: Floats
    cep_m: Floats
    effect_radius_m: Floats
    severity: Floats


@dataclass(frozen=True)
class AssetTable:
    """How each kind of asset breaks and is mended, one row a kind (AssetKind), one column a state (DamageState).

    radius_m: (9,); p_heavy_or_worse: (9,) given a hit; p_destroyed_if_heavy: (9,); work_h: (9, 4) median crew hours,
    not falling along a row; work_sigma_ln: (9,); spare_i: (9,) kind of spare, -1 for none; spare_from: (9,) DamageState
    capacity_left_light: (9,) share kept; cost_eur: (9, 4)
    """

    radius_m: Floats
    p_heavy_or_worse: Floats
    p_destroyed_if_heavy: Floats
    work_h: Floats
    work_sigma_ln: Floats
    spare_i: Ints
    spare_from: Ints
    capacity_left_light: Floats
    cost_eur: Floats


@dataclass(frozen=True)
class ProtectionTable:
    """Levels of passive protection, one row a level, one column a kind of threat (ThreatKind).

    radius_factor: (P, 4) on the effect radius; p_stop: (P, 4) a hit is stopped; cost_eur: (P,) for one site
    """

    radius_factor: Floats
    p_stop: Floats
    cost_eur: Floats
