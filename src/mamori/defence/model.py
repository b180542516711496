"""Who can shoot at what and when, with which tracks, and how well.

Geometry once (`opportunities`), then for every replica: which tracks a battery may use (`track_times`), how well this
raid's shots do (`raid_p_kill`), and the engagements one after the other (`battle.model.engage`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from mamori.defence import kernels
from mamori.defence.battle.arrays import Engage
from mamori.maths.earth import ecef
from mamori.maths.luck import Stage, entity_key, uniform
from mamori.records import Bools, Floats, Ints, ThreatKind, Trajectories


@dataclass(frozen=True)
class BatteryTable:
    """Shooters as arrays, one row a battery; K is the four kinds of ThreatKind.

    id: (B,) names; key: (B,) luck keys; classes: names of the classes in use; class_i: (B,) index into them
    latitude_rad, longitude_rad: (B,) of the base; height_m: (B,) of its sights above the ellipsoid
    engages: (B, K) whether it shoots at that kind at all; p_kill: (B, K) of one shot, the mean over raids
    min_range_m, max_range_m: (B, K) slant range of an intercept; min_height_m, max_height_m: (B, K) of an intercept
    needs_line_of_sight: (B,) whether the intercept must lie above its horizon
    boresight_rad, sector_rad: (B,) middle and full width of its sector
    fly_out: (B, 2, N) slant ranges, rising, and the time to each; climb_m_s: (B,) most, inf for any
    longest_s: (B,) longest fly-out, inf for any; losses: (B, 3) of kill probability at the greatest range, at the
    greatest height, against a threat that crosses; attempts: (B,) that one shot has
    needs_sigma_m: (B,) greatest position error of a sensor whose tracks it can use, inf for any
    is_soft: (B,) whether it jams: what it stops flies on and misses its aim
    bus: (B,) grid bus that feeds it, "" for none; backup_s: (B,) how long it acts without that
    reaction_s: (B,) from track to launch; channels: (B,) engagements at once
    magazine: (B,) shots in one load; stock: (B,) all shots at hand, the first load among them; reload_s: (B,)
    shots_per_salvo: (B, K); assess_s: (B,) from intercept to the next look
    returns: (B,) whether a channel is busy until the interceptor is back; turnaround_s: (B,) before it leaves again
    layer: (B,) name of its layer; tier: (B,) its place, 0 the lowest
    is_once: (B,) whether it fires one salvo at a threat and looks no more
    leaves_to_lower: (B,) whether it holds its fire while a lower tier has its chance ahead
    reserve: (B,) shots kept for ballistic threats; p_kill_unseen, p_miss_unseen: (B,) that a look takes a kill for a
    miss, a miss for a kill
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
    fly_out: Floats
    climb_m_s: Floats
    longest_s: Floats
    losses: Floats
    attempts: Ints
    needs_sigma_m: Floats
    is_soft: Bools
    bus: tuple[str, ...]
    backup_s: Floats
    reaction_s: Floats
    channels: Ints
    magazine: Ints
    stock: Ints
    reload_s: Floats
    shots_per_salvo: Ints
    assess_s: Floats
    returns: Bools
    turnaround_s: Floats
    layer: tuple[str, ...]
    tier: Ints
    is_once: Bools
    leaves_to_lower: Bools
    reserve: Ints
    p_kill_unseen: Floats
    p_miss_unseen: Floats
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
    engage: who comes first when several threats wait for one channel; horizon_s: how far the rolling optimum looks
    needs_post: whether batteries act together only while they have a command post; if not, all always do
    """

    correlation: Floats
    track_latency_s: float
    max_shots_per_threat: int
    engage: Engage = Engage.WORTH
    horizon_s: float = 180.0
    needs_post: bool = True


@dataclass(frozen=True)
class Opportunities:
    """When each battery could meet each threat: rows of possible intercepts along the path, ragged over pairs.

    battery_i, threat_i: (Q,) the pairs that can ever meet, sorted by threat, then battery
    pair_first: (T + 1,) by threat; first: (Q + 1,); intercept_s: (R,) times at which the threat is in the envelope
    launch_by_s: (R,) latest launch that still meets it then, rising within a pair
    is_joined: (R,) whether every time between the row before (of the same pair) and this one is in the envelope too
    ease: (R,) share of its kill probability that a shot has there, None for all of it everywhere
    """

    battery_i: Ints
    threat_i: Ints
    pair_first: Ints
    first: Ints
    intercept_s: Floats
    launch_by_s: Floats
    is_joined: Bools
    ease: Floats | None = None


def opportunities(traj: Trajectories, kind: Ints, batteries: BatteryTable) -> Opportunities:
    """Intercept geometry of every pair, the same for all replicas.

    kind: (T,) ThreatKind
    An intercept is possible where the path lies within the battery's slant range, height above the ground and sector,
    and above its horizon if it needs that (smooth Earth of 4/3 its radius, the textbook's allowance for refraction).
    The fly-out takes what the battery's table says for the slant range, straight between its rows: of a missile or
    shell its flight, of a drone or craft the straight chase from its base to the point where both meet; it takes at
    least the climb to the height of the intercept, and no longer than the endurance allows. The ease of a shot is one
    less the loss at the greatest range times the square of the range's share in it, times the same for height, times
    one less the loss of crossing times the squared sine of the angle between path and line of sight (assumption: the
    plainest smooth shapes that are 1 at the battery and for a threat that comes straight at it). Paths are straight
    between their rows, sampled every 2 km or an eighth of the envelope, and the envelope's edges bisected; a window
    shorter than that between two samples is missed.
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
        batteries.boresight_rad, batteries.sector_rad, batteries.longest_s, batteries.climb_m_s, batteries.fly_out,
        batteries.losses,
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
            ease=np.ones(n_rows),
        )
        used = kernels.sample_intercepts(
            *inputs, is_counting, out.pair_first, out.battery_i, out.threat_i, out.first, out.intercept_s,
            out.launch_by_s, out.is_joined, out.ease,
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
        ease=None if out.ease is None else out.ease[:used_rows].copy(),
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
    sigma_m: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Between which times each battery may use a track of each threat.

    confirm_s: (T, S) when the sensor's track is confirmed, inf for never; lost_s: (T, S) or (S,) when it is lost, with
    its sensor or out of its sight
    is_cue: (S,) whether its tracks only say where to look: no radar's; post_alive_until: (P,) of the command posts
    latency_s: by way of the post
    sigma_m: (T, S) position error of one look of the sensor at the threat, None for none that matters
    Returns available_s, until_s: (T, B), inf and -inf where there is no track.
    A battery that needs a radar's track has none of a cue, and one that needs a fine track none of a coarse one. Its
    own sensors serve it at once and while they live. Through its command post it has every sensor's tracks, the latency
    later, while both live. available_s is the first of all these times and until_s the last: a gap
    between the loss of one sensor and the confirmation of the next is not kept (assumption: it is short).
    """
    available_s = np.empty((confirm_s.shape[0], len(batteries.id)))
    until_s = np.empty_like(available_s)
    kernels.usable_tracks(
        confirm_s, np.broadcast_to(lost_s, confirm_s.shape).copy(), is_cue, batteries.needs_radar,
        batteries.own_sensor, batteries.post_i, post_alive_until, float(latency_s),
        np.zeros_like(confirm_s) if sigma_m is None else sigma_m, batteries.needs_sigma_m, available_s, until_s,
    )  # fmt: skip
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


def alone_from(rules: DefenceRules, post_i: Ints, post_alive_until: Floats) -> Floats:
    """From when each battery acts alone: (B,) s, -inf for always, inf for never.

    post_i: (B,) command post, -1 for none; post_alive_until: (P,)
    All whose posts live act together, whichever posts they are (assumption: posts talk to each other). Without its post
    a battery goes on with the tracks of its own sensors and knows nothing of what others do.
    """
    if not rules.needs_post:
        return np.full(post_i.shape[0], np.inf)
    return np.append(post_alive_until, -np.inf)[post_i]
