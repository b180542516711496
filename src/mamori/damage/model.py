"""What comes down where, and what it breaks: dispersion, hits, damage states, repair work."""

import math
from dataclasses import dataclass

import numpy as np

from mamori.damage import kernels
from mamori.maths.earth import distance_m, offset_point
from mamori.maths.luck import Stage, uniform
from mamori.records import Assets, Damage, Floats, Impacts, Ints, Threats, Trajectories

CEP_PER_SIGMA = math.sqrt(2.0 * math.log(2.0))
"""Circular error probable of a circular normal distribution over its standard deviation along one axis, 1.1774.

Source: the distance from the aim is Rayleigh distributed, whose median is sigma sqrt(2 ln 2), exact.
"""


@dataclass(frozen=True)
class DebrisTable:
    """What is left of each class of threat that was stopped in the air, one row a class.

    p_harmful: (M,) a piece that can do harm comes down; drag_s: (M,) time constant of the loss of speed over the ground
    spread: (M,) standard deviation of its place, share of the way; effect_radius_m: (M,)
    severity: (M,) factor on the odds of worse damage
    """

    p_harmful: Floats
    drag_s: Floats
    spread: Floats
    effect_radius_m: Floats
    severity: Floats


@dataclass(frozen=True)
class MunitionTable:
    """What each class of threat does where it comes down, one row a class.

    p_works: (M,) arrives and functions; cep_m: (M,) at the aim; drift: (M,) by which the error of navigation grows, m
    of CEP a metre from launch to aim, None for none; effect_radius_m: (M,); severity: (M,) factor on the odds of worse
    damage; debris: None where nothing is left of stopped threats
    """

    p_works: Floats
    cep_m: Floats
    effect_radius_m: Floats
    severity: Floats
    debris: DebrisTable | None = None
    drift: Floats | None = None


@dataclass(frozen=True)
class AssetTable:
    """How each kind of asset breaks and is mended, one row a kind (AssetKind), one column a state (DamageState).

    radius_m: (9,) of the footprint; offset_m: (9,) largest distance from the centre of its site
    p_heavy_or_worse: (9,) given a hit; p_destroyed_if_heavy: (9,)
    work_h: (9, 4) median crew hours, not falling along a row; work_sigma_ln: (9,)
    spare_i: (9,) kind of spare, -1 for none; spare_from: (9,) DamageState
    capacity_left_light: (9,) share kept; cost_eur: (9, 4)
    """

    radius_m: Floats
    offset_m: Floats
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


def places(
    site_latitude_rad: Floats, site_longitude_rad: Floats, kind: Ints, key: Ints, classes: AssetTable
) -> tuple[Floats, Floats]:
    """Where on its site each asset stands, latitude and longitude (A,) rad: evenly drawn in a disc about the centre.

    site_latitude_rad, site_longitude_rad: (A,) centre of the site of each; kind: (A,) AssetKind; key: (A,) luck keys
    The place hangs on the asset's id alone, the same for every seed, world and neighbour: equipment of one site must
    not stand on one point, or one impact would break all of it.
    Source: assumption: no layout of a real site is used.
    """
    u = [[uniform(0, 0, int(Stage.WORLD), k, slot) for slot in (0, 1)] for k in key.tolist()]
    draw = np.array(u, dtype=np.float64).reshape(key.size, 2)
    distance = classes.offset_m[kind] * np.sqrt(draw[:, 0])
    bearing = 2.0 * np.pi * draw[:, 1]
    return offset_point(site_latitude_rad, site_longitude_rad, distance * np.sin(bearing), distance * np.cos(bearing))


def _cep_m(threats: Threats, munitions: MunitionTable) -> Floats:
    """Circular error probable (T,), m: that at the aim and the error of navigation, which add in squares."""
    cep_m = munitions.cep_m[threats.class_i]
    if munitions.drift is None:
        return cep_m
    way_m = distance_m(
        threats.launch_latitude_rad, threats.launch_longitude_rad, threats.aim_latitude_rad, threats.aim_longitude_rad
    )
    return np.asarray(np.hypot(cep_m, munitions.drift[threats.class_i] * way_m))


def impacts(
    threats: Threats, traj: Trajectories, killed_s: Floats, munitions: MunitionTable, seed: int, replica: int
) -> Impacts:
    """Where the threats that got through came down in one replica.

    killed_s: (T,) time of each kill, inf where it got through; munitions: one row a class of `threats.classes`
    A threat that was killed before its impact does not come down here (of its pieces see `debris.debris`), nor does one
    whose path was not found. The others function with probability p_works and land at a
    circular normal offset from their aim, both keyed by the threat alone.
    Source: circular normal dispersion about the aim, no bias: assumption (what a CEP alone says).
    """
    n_threats = threats.key.size
    threat_i = np.empty(n_threats, dtype=np.int64)
    east, north = np.empty(n_threats), np.empty(n_threats)
    n = kernels.arrivals(
        threats.key, threats.class_i, traj.impact_s, traj.status, killed_s, munitions.p_works,
        _cep_m(threats, munitions) / CEP_PER_SIGMA, seed, replica, threat_i, east, north,
    )  # fmt: skip
    order = np.lexsort((threats.key[threat_i[:n]], traj.impact_s[threat_i[:n]]))
    threat_i, east, north = threat_i[:n][order], east[:n][order], north[:n][order]
    latitude, longitude = offset_point(
        threats.aim_latitude_rad[threat_i], threats.aim_longitude_rad[threat_i], east, north
    )
    return Impacts(
        threat_i=threat_i,
        time_s=traj.impact_s[threat_i],
        latitude_rad=latitude,
        longitude_rad=longitude,
        effect_radius_m=munitions.effect_radius_m[threats.class_i[threat_i]],
    )


def damage(
    impacts: Impacts,
    threats: Threats,
    assets: Assets,
    munitions: MunitionTable,
    classes: AssetTable,
    protections: ProtectionTable,
    seed: int,
    replica: int,
    size: Floats | None = None,
) -> Damage:
    """What the impacts broke in one replica.

    impacts: in order of time; munitions: by class of threat; classes: by kind of asset
    protections: rows that `assets.protection` counts in
    size: (A,) factor on the work and cost of each asset (a large generator), None for 1
    An impact hits an asset when it lands within its effect radius, as the protection leaves it, of the edge of the
    footprint, and the protection does not stop it. The state is drawn for each hit; the worst stands, at the first
    time that it was reached. Two light hits do not add up to a heavy one. With the same luck, better protection never
    leaves an asset in a worse state nor with more work: the work is drawn by asset, lognormal around the median of the
    state.
    Source: assumption: cookie cutter (all inside the radius, nothing outside), the simplest damage function.
    """
    n_assets = assets.key.size
    state = np.zeros(n_assets, dtype=np.int64)
    cause = np.zeros(n_assets, dtype=np.int64)
    silencer = np.full(n_assets, -1, dtype=np.int64)
    kernels.hits(
        impacts.latitude_rad, impacts.longitude_rad, impacts.effect_radius_m, threats.key[impacts.threat_i],
        threats.kind[impacts.threat_i], _severity(impacts, threats, munitions),
        assets.key, assets.kind, assets.latitude_rad, assets.longitude_rad, assets.radius_m, assets.protection,
        protections.radius_factor, protections.p_stop, classes.p_heavy_or_worse, classes.p_destroyed_if_heavy,
        seed, replica, state, cause, silencer,
    )  # fmt: skip
    asset_i = np.flatnonzero(state).astype(np.int64)
    kind, state, cause, silencer = assets.kind[asset_i], state[asset_i], cause[asset_i], silencer[asset_i]
    factor = np.ones(asset_i.size) if size is None else size[asset_i]
    work_h = np.empty(asset_i.size)
    kernels.work(
        asset_i, assets.key, classes.work_h[kind, state] * factor, classes.work_sigma_ln[kind], seed, replica, work_h
    )
    return Damage(
        asset_i=asset_i,
        state=state,
        time_s=impacts.time_s[cause],
        silent_s=np.where(silencer >= 0, np.append(impacts.time_s, np.inf)[silencer], np.inf),
        threat_i=impacts.threat_i[cause],
        work_h=work_h,
        spare_i=np.where(state >= classes.spare_from[kind], classes.spare_i[kind], -1).astype(np.int64),
        cost=classes.cost_eur[kind, state] * factor,
    )


def _severity(impacts: Impacts, threats: Threats, munitions: MunitionTable) -> Floats:
    """(I,) factor on the odds of worse damage of each impact or piece."""
    class_i = threats.class_i[impacts.threat_i]
    whole = munitions.severity[class_i]
    if impacts.is_debris is None or munitions.debris is None:
        return whole
    return np.where(impacts.is_debris, munitions.debris.severity[class_i], whole)


def alive_until(damage: Damage, n_assets: int) -> Floats:
    """Until when each asset can act: (A,) s, inf where nothing silenced it.

    An actor falls silent with heavy damage or worse, from the first impact that left it so.
    """
    until = np.full(n_assets, np.inf)
    until[damage.asset_i] = damage.silent_s
    return until


def merge(before: Damage, new: Damage) -> Damage:
    """Damage of two raids as one record: of an asset in both, the worse state stands, the older of equals.

    The work left of such an asset is the larger of the two, a spare once needed stays needed, and where the older has
    no threat of its own the newer's is named, so that `standing` knows that it was hit again.
    """
    if before.asset_i.size == 0:
        return new
    n = int(max(before.asset_i.max(initial=-1), new.asset_i.max(initial=-1))) + 1
    old_row, new_row = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    old_row[before.asset_i] = np.arange(before.asset_i.size)
    new_row[new.asset_i] = np.arange(new.asset_i.size)
    asset_i = np.flatnonzero((old_row >= 0) | (new_row >= 0)).astype(np.int64)
    both = _append(before, new)
    i, j = old_row[asset_i], np.where(new_row[asset_i] >= 0, new_row[asset_i] + before.asset_i.size, -1)
    i, j = np.where(i >= 0, i, j), np.where(j >= 0, j, i)
    k = np.where(both.state[j] > both.state[i], j, i)
    return Damage(
        asset_i=asset_i,
        state=both.state[k],
        time_s=both.time_s[k],
        silent_s=np.minimum(both.silent_s[i], both.silent_s[j]),
        threat_i=np.where(both.threat_i[k] >= 0, both.threat_i[k], both.threat_i[j]),
        work_h=np.maximum(both.work_h[i], both.work_h[j]),
        spare_i=np.maximum(both.spare_i[i], both.spare_i[j]),
        cost=both.cost[k],
    )


def _append(a: Damage, b: Damage) -> Damage:
    return Damage(
        asset_i=np.concatenate([a.asset_i, b.asset_i]),
        state=np.concatenate([a.state, b.state]),
        time_s=np.concatenate([a.time_s, b.time_s]),
        silent_s=np.concatenate([a.silent_s, b.silent_s]),
        threat_i=np.concatenate([a.threat_i, b.threat_i]),
        work_h=np.concatenate([a.work_h, b.work_h]),
        spare_i=np.concatenate([a.spare_i, b.spare_i]),
        cost=np.concatenate([a.cost, b.cost]),
    )


def standing(
    damage: Damage, n_assets: int, last_impact_s: float, clearance_h: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Damage as `State` holds it, one entry an asset: state (A,), spare_i (A,), work_h (A,), ready_h (A,).

    last_impact_s: time of the raid's last impact; crews start on nothing before it, and on what this raid hit
    (threat_i not negative) clearance_h later.
    """
    state = np.zeros(n_assets, dtype=np.int64)
    spare_i = np.full(n_assets, -1, dtype=np.int64)
    work_h = np.zeros(n_assets)
    ready_h = np.zeros(n_assets)
    state[damage.asset_i] = damage.state
    spare_i[damage.asset_i] = damage.spare_i
    work_h[damage.asset_i] = damage.work_h
    ready_h[damage.asset_i] = last_impact_s / 3600.0 + np.where(damage.threat_i >= 0, clearance_h, 0.0)
    return state, spare_i, work_h, ready_h
