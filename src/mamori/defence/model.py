"""Who can shoot at what and when, and how one raid's engagements go.

Geometry once (`opportunities`), then for every replica: which tracks a battery may use (`track_times`), how well this
raid's shots do (`raid_p_kill`), and the engagements one after the other (`engage`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from mamori.defence import kernels
from mamori.maths.earth import ecef
from mamori.maths.luck import Stage, entity_key, uniform
from mamori.records import Bools, Engagements, Floats, Ints, ThreatKind, Trajectories, Worth


@dataclass(frozen=True)
class BatteryTable:
    """Shooters as arrays, one row a battery; K is the four kinds of ThreatKind.

    id: (B,) names; key: (B,) luck keys; classes: names of the classes in use; class_i: (B,) index into them
    latitude_rad, longitude_rad: (B,) of the base; height_m: (B,) of its sights above the ellipsoid
    engages: (B, K) whether it shoots at that kind at all; p_kill: (B, K) of one shot, the mean over raids
    min_range_m: (B,), max_range_m: (B, K) slant range of an intercept; min_height_m, max_height_m: (B,) of an intercept
    needs_line_of_sight: (B,) whether the intercept must lie above its horizon
    boresight_rad, sector_rad: (B,) middle and full width of its sector
    interceptor_speed_m_s: (B,) mean; reaction_s: (B,) from track to launch; channels: (B,) engagements at once
    magazine: (B,) shots in one load; stock: (B,) all shots at hand, the first load among them; reload_s: (B,)
    shots_per_salvo: (B, K); assess_s: (B,) from intercept to the next look
    returns: (B,) whether a channel is busy until the interceptor is back; turnaround_s: (B,) before it leaves again
    cost_per_shot_eur: (B,); needs_radar: (B,) whether it shoots at a radar's track only
    own_sensor: (B, S) whether that sensor is its own; post_i: (B,) command post, -1 for none
    """

    id: tuple[str, ...]
    key: Ints
    classes: tuple[str, ...]
    class_i: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    engages: Bools
    p_kill: Floats
    min_range_m: Floats
    max_range_m: Floats
    min_height_m: Floats
    max_height_m: Floats
    needs_line_of_sight: Bools
    boresight_rad: Floats
    sector_rad: Floats
    interceptor_speed_m_s: Floats
    reaction_s: Floats
    channels: Ints
    magazine: Ints
    stock: Ints
    reload_s: Floats
    shots_per_salvo: Ints
    assess_s: Floats
    returns: Bools
    turnaround_s: Floats
    cost_per_shot_eur: Floats
    needs_radar: Bools
    own_sensor: Bools
    post_i: Ints


@dataclass(frozen=True)
class CommandPostTable:
    """Command posts as arrays: id: (P,) names; key: (P,) luck keys; latitude_rad, longitude_rad: (P,)."""

    id: tuple[str, ...]
    key: Ints
    latitude_rad: Floats
    longitude_rad: Floats


@dataclass(frozen=True)
class DefenceRules:
    """Rules that hold for all batteries.

    correlation: (K,) of the outcomes of two shots at threats of one kind in one raid
    track_latency_s: from a sensor's track to a battery by way of its command post
    max_shots_per_threat: most shots that all batteries together spend on one threat
    """

    correlation: Floats
    track_latency_s: float
    max_shots_per_threat: int


@dataclass(frozen=True)
class Opportunities:
    """When each battery could meet each threat: rows of possible intercepts along the path, ragged over pairs.

    battery_i, threat_i: (Q,) the pairs that can ever meet, sorted by threat, then battery
    pair_first: (T + 1,) by threat; first: (Q + 1,); intercept_s: (R,) times at which the threat is in the envelope
    launch_by_s: (R,) latest launch that still meets it then, rising within a pair
    is_joined: (R,) whether every time between the row before (of the same pair) and this one is in the envelope too
    """

    battery_i: Ints
    threat_i: Ints
    pair_first: Ints
    first: Ints
    intercept_s: Floats
    launch_by_s: Floats
    is_joined: Bools


def opportunities(traj: Trajectories, kind: Ints, batteries: BatteryTable) -> Opportunities:
    """Intercept geometry of every pair, the same for all replicas.

    kind: (T,) ThreatKind
    An intercept is possible where the path lies within the battery's slant range, height above the ground and sector,
    and above its horizon if it needs that (smooth Earth of 4/3 its radius, the textbook's allowance for refraction).
    The fly-out takes slant range over mean speed: of a missile or shell its flight, of a drone or craft the straight
    chase from its base to the point where both meet. Paths are straight between their rows, sampled every 2 km or an
    eighth of the envelope, and the envelope's edges bisected; a window shorter than that between two samples is missed.
    """
    n_legs = np.maximum(np.diff(traj.first) - 1, 0)
    box_first = np.concatenate([[0], np.cumsum(-(-n_legs // kernels.BLOCK))]).astype(np.int64)
    box = np.empty((box_first[-1], 8))
    above_m = traj.above_ground_m
    kernels.bounding_boxes(traj.first, traj.position_m, above_m, box_first, box)
    pair_first = np.zeros(kind.shape[0] + 1, np.int64)
    inputs = (
        traj.first, traj.time_s, traj.position_m, above_m, kind, box_first, box,
        batteries.engages, _frames(batteries), batteries.min_range_m, batteries.max_range_m, batteries.min_height_m,
        batteries.max_height_m, np.where(batteries.needs_line_of_sight, batteries.height_m, -np.inf),
        batteries.boresight_rad, batteries.sector_rad, batteries.interceptor_speed_m_s,
    )  # fmt: skip

    def walk(n_pairs: int, n_rows: int, *, is_counting: bool) -> tuple[Opportunities, int, int]:
        out = Opportunities(
            battery_i=np.zeros(n_pairs, np.int64),
            threat_i=np.zeros(n_pairs, np.int64),
            pair_first=pair_first,
            first=np.zeros(n_pairs + 1, np.int64),
            intercept_s=np.empty(n_rows),
            launch_by_s=np.empty(n_rows),
            is_joined=np.zeros(n_rows, np.bool_),
        )
        used = kernels.sample_intercepts(
            *inputs, is_counting, out.pair_first, out.battery_i, out.threat_i, out.first, out.intercept_s,
            out.launch_by_s, out.is_joined,
        )  # fmt: skip
        return out, *used

    _, n_pairs, n_rows = walk(0, 0, is_counting=True)
    out, used_pairs, used_rows = walk(n_pairs, n_rows, is_counting=False)
    return Opportunities(
        battery_i=out.battery_i[:used_pairs].copy(),
        threat_i=out.threat_i[:used_pairs].copy(),
        pair_first=out.pair_first,
        first=out.first[: used_pairs + 1].copy(),
        intercept_s=out.intercept_s[:used_rows].copy(),
        launch_by_s=out.launch_by_s[:used_rows].copy(),
        is_joined=out.is_joined[:used_rows].copy(),
    )


def _frames(batteries: BatteryTable) -> Floats:
    """(B, 3, 3) rows of each battery's place and its directions east and north, Earth-centred."""
    latitude, longitude = batteries.latitude_rad, batteries.longitude_rad
    base = ecef(latitude, longitude, batteries.height_m)
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    return np.ascontiguousarray(np.stack([base, east, north], axis=1))


def track_times(
    confirm_s: Floats,
    lost_s: Floats,
    is_cue: Bools,
    batteries: BatteryTable,
    post_alive_until: Floats,
    latency_s: float,
) -> tuple[Floats, Floats]:
    """Between which times each battery may use a track of each threat.

    confirm_s: (T, S) when the sensor's track is confirmed, inf for never; lost_s: (T, S) or (S,) when it is lost, with
    its sensor or out of its sight
    is_cue: (S,) whether its tracks only say where to look: no radar's; post_alive_until: (P,) of the command posts
    latency_s: by way of the post
    Returns available_s, until_s: (T, B), inf and -inf where there is no track.
    A battery that needs a radar's track has none of a cue. Its own sensors serve it at once and while they live.
    Through its command post it has every sensor's tracks, the latency later, while both live. available_s is the first
    of all these times and until_s the last: a gap
    between the loss of one sensor and the confirmation of the next is not kept (assumption: it is short).
    """
    available_s = np.empty((confirm_s.shape[0], len(batteries.id)))
    until_s = np.empty_like(available_s)
    kernels.usable_tracks(
        confirm_s,
        np.broadcast_to(lost_s, confirm_s.shape).copy(),
        is_cue,
        batteries.needs_radar,
        batteries.own_sensor,
        batteries.post_i,
        post_alive_until,
        float(latency_s),
        available_s,
        until_s,
    )
    return available_s, until_s


_RAID_KEY = tuple(entity_key(f"kill correlation of {kind.name.lower()}") for kind in ThreatKind)


def raid_p_kill(batteries: BatteryTable, correlation: Floats, seed: int, replica: int) -> Floats:
    """Kill probability of one shot in this raid: (B, K).

    correlation: (K,) of the outcomes of two shots in one raid, in [0, 1]
    Each p becomes the quantile of Beta(a, b) with mean p = a / (a + b) and a + b = 1 / correlation - 1, all of a kind
    at the same uniform, so that a bad night is bad for every battery. Two shots of the same p then have exactly that
    correlation (beta-binomial: the intra-class correlation is 1 / (a + b + 1), textbook identity).
    """
    drawn = batteries.p_kill.copy()
    for kind in range(drawn.shape[1]):
        rho, mean = float(correlation[kind]), batteries.p_kill[:, kind]
        if rho <= 0.0 or mean.size == 0:
            continue
        u = uniform(seed, replica, int(Stage.DEFENCE), _RAID_KEY[kind], 0)
        if rho >= 1.0:
            drawn[:, kind] = np.where(u >= 1.0 - mean, 1.0, 0.0)
            continue
        # Batteries of one class share their p: draw each value once.
        values, row = np.unique(mean, return_inverse=True)
        is_open = (values > 0.0) & (values < 1.0)
        both = 1.0 / rho - 1.0
        values[is_open] = betaincinv(values[is_open] * both, (1.0 - values[is_open]) * both, u)
        drawn[:, kind] = values[row]
    return drawn


def engage(
    opp: Opportunities,
    batteries: BatteryTable,
    rules: DefenceRules,
    kind: Ints,
    key: Ints,
    available_s: Floats,
    until_s: Floats,
    worth: Worth,
    alive_until: Floats,
    p_kill: Floats,
    seed: int,
    replica: int,
) -> Engagements:
    """The engagements of one replica: shoot, look, shoot again.

    kind, key: (T,) ThreatKind and luck key of each threat; available_s, until_s: (T, B) of `track_times`
    alive_until: (B,) when the battery is lost, inf for never; p_kill: (B, K) of `raid_p_kill`
    A battery can launch at a threat once it has the track and has reacted, while it lives and keeps the track, with a
    free channel and a loaded shot, and in time for an intercept in its envelope. The threat is taken on at the first
    moment that any battery can launch; of several at the same moment by the one that meets it first, then the cheaper,
    then by key. Threats due at the same moment come in order of worth, then key: the order of the file decides
    nothing. A channel is busy until the kill assessment, or until what was sent is back and turned round if that is
    later. One salvo at a time is in the air at a threat; the next decision follows its assessment. A salvo whose
    battery is lost before the intercept is lost too. Each shot of a pair has its own draw, numbered in firing order.
    """
    n_threats, most_shots = key.shape[0], rules.max_shots_per_threat
    stock = batteries.stock.copy()
    n_most = min(int(stock.sum()), n_threats * most_shots)
    n_channels = min(n_most, int(batteries.channels.max(initial=0)))
    channel_free = np.where(np.arange(n_channels) < batteries.channels[:, np.newaxis], -np.inf, np.inf)
    ints, floats, is_kill = np.empty((3, n_most), np.int64), np.empty((3, n_most)), np.empty(n_most, np.bool_)
    killed_s = np.full(n_threats, np.inf)
    n = kernels.fight(
        opp.pair_first, opp.battery_i, opp.first, opp.intercept_s, opp.launch_by_s, opp.is_joined, key, kind,
        worth.threat, batteries.key, p_kill, batteries.reaction_s, batteries.magazine, batteries.reload_s,
        batteries.shots_per_salvo, batteries.assess_s, batteries.returns, batteries.turnaround_s,
        batteries.cost_per_shot_eur, available_s, until_s, alive_until, most_shots, seed, replica,
        channel_free, stock, np.full(n_threats, -np.inf), np.zeros(n_threats, np.int64),
        np.zeros(opp.battery_i.shape[0], np.int64), ints[0], ints[1], floats[0], floats[1], ints[2], floats[2], is_kill,
        killed_s,
    )  # fmt: skip
    return Engagements(
        battery_i=ints[0, :n].copy(),
        threat_i=ints[1, :n].copy(),
        launch_s=floats[0, :n].copy(),
        intercept_s=floats[1, :n].copy(),
        n_shots=ints[2, :n].copy(),
        p_kill=floats[2, :n].copy(),
        is_kill=is_kill[:n].copy(),
        killed_s=killed_s,
        magazine_left=stock,
    )
