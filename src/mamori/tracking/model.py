"""When detections become a track, and what a track knows about the place that a threat is heading for."""

from dataclasses import dataclass

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.records import Detections, Floats, Ints, Predictions, ThreatKind, Tracks, Trajectories
from mamori.tracking.kernels import confirm_chain, draw_confirm, foresee, take_turns

MOST_LOOKS = 8
"""Largest n of an m-of-n rule: the chain over the last n - 1 looks has 2 ** (n - 1) states."""

N_UPDATES = 12
"""Updates of a prediction from the first confirmation to the impact, at the squares of even steps: dense at first."""


@dataclass(frozen=True)
class TrackingRules:
    """m detections within n looks confirm a track; the course of a threat that may turn is fitted to memory_looks.

    coast_s: how long a track of what may turn is of use to others after the last look at it; ballistic ones stay
    """

    m: int
    n: int
    memory_looks: int = 20
    coast_s: float = 60.0


def tracks(det: Detections, rules: TrackingRules) -> Tracks:
    """Distribution of the confirmation time of each pair: geometry, no die is cast.

    A track is confirmed at the first look that is the m-th detection within the last n looks. Looks are independent
    given the geometry. Exact: a Markov chain over the pattern of the last n - 1 looks.
    Raises ScenarioError unless 1 <= m <= n <= 8.
    """
    if not 1 <= rules.m <= rules.n <= MOST_LOOKS:
        rule = say("m of n must keep 1 <= m <= n <= {most}", most=MOST_LOOKS)
        raise ScenarioError(
            Fault(
                "tracking", say("{m} of {n}", m=rules.m, n=rules.n), rule, say("Give smaller numbers, such as 3 of 5.")
            )
        )
    p_confirmed = np.empty(det.time_s.size)
    n_states = 1 << (rules.n - 1)
    n_hits = np.array([state.bit_count() for state in range(n_states)], dtype=np.int64)
    confirm_chain(
        det.first, det.time_s, det.p_detect, det.interval_s, rules.m, rules.n, n_hits, np.empty(n_states),
        np.empty(n_states), p_confirmed,
    )  # fmt: skip
    return Tracks(
        threat_i=det.threat_i,
        sensor_i=det.sensor_i,
        key=det.key,
        first=det.first,
        time_s=det.time_s,
        p_confirmed=p_confirmed,
        last_look_s=det.last_look_s,
        sigma_m=det.sigma_m,
        interval_s=det.interval_s,
        latency_s=det.latency_s,
    )


def confirm(
    trk: Tracks,
    *,
    n_threats: int,
    n_sensors: int,
    seed: int,
    replica: int,
    not_before_s: Floats | None = None,
    capacity: Ints | None = None,
) -> Floats:
    """Time at which others learn of each sensor's track of each threat in one replica: (T, S), inf where they never do.

    not_before_s: (T,) until when nobody takes it for a threat, None for nowhere; capacity: (S,) most tracks at once,
    None for no limit
    One uniform draw a pair, keyed by both ids, and the sensor's latency. Whether the sensor is still alive then is the
    caller's to ask. A sensor that is full takes up the next threat when its coverage of another ends (assumption: it
    does not know of kills, and drops nobody for another).
    """
    confirm_s = np.full((n_threats, n_sensors), np.inf)
    draw_confirm(
        trk.threat_i, trk.sensor_i, trk.key, trk.first, trk.time_s, trk.p_confirmed, trk.last_look_s, trk.latency_s,
        np.full(n_threats, -np.inf) if not_before_s is None else not_before_s, seed, replica, confirm_s,
    )  # fmt: skip
    if capacity is not None:
        for s in np.flatnonzero(np.bincount(trk.sensor_i, minlength=n_sensors) > capacity):
            pairs = np.flatnonzero(trk.sensor_i == s)
            order = np.lexsort((trk.key[pairs], confirm_s[trk.threat_i[pairs], s]))
            pairs = pairs[order]
            ends_s = (trk.last_look_s + trk.latency_s)[pairs]
            confirm_s[trk.threat_i[pairs], s] = take_turns(
                confirm_s[trk.threat_i[pairs], s], ends_s, np.full(int(capacity[s]), -np.inf)
            )
    return confirm_s


def kept_until(trk: Tracks, kind: Ints, rules: TrackingRules, n_sensors: int) -> Floats:
    """Until when each sensor's track of each threat (T, S) is of use to others, -inf where there is none.

    kind: (T,) ThreatKind. What falls is foretold to its end; what may turn is lost `coast_s` after the last look.
    """
    kept_s = np.full((kind.size, n_sensors), -np.inf)
    is_ballistic = kind[trk.threat_i] == ThreatKind.BALLISTIC
    kept_s[trk.threat_i, trk.sensor_i] = np.where(is_ballistic, np.inf, trk.last_look_s + trk.latency_s + rules.coast_s)
    return kept_s


def predictions(
    traj: Trajectories,
    kind: Ints,
    threat_key: Ints,
    trk: Tracks,
    *,
    confirm_s: Floats,
    alive_until_s: Floats,
    end_s: Floats,
    rules: TrackingRules,
    seed: int,
    replica: int,
    n_updates: int = N_UPDATES,
) -> Predictions:
    """What the tracks foresee in one replica.

    kind, threat_key: (T,); confirm_s: (T, S) of `confirm`; alive_until_s: (S,) when each sensor is lost, inf if never
    end_s: (T,) when the threat ends, killed or landed

    All sensors feed one picture: at each update the information (inverse variances) of those that hold a confirmed
    track is added. A track holds m looks at its confirmation and one more each interval until its coverage ends, all
    taken as detections; each is known its sensor's latency later. A straight line through n looks, interval h, error
    sigma each, foretells the place tau after the last with variance
    sigma^2 [1/n + 12 (tau + (n - 1) h / 2)^2 / (h^2 n (n^2 - 1))] (ordinary least squares).
    - Ballistic: tau runs to the impact. Gravity and drag are taken as known, so that the error grows as on a straight
      line; along the path it is stretched by the angle of fall. The errors of successive updates belong together.
    - Others may turn: the fit remembers `memory_looks` looks, and gives place, course and speed now. Without coverage
      there is no update. What the threat may do next is the warning's to judge.
    The centre is the true end of the path plus the drawn error; a threat tracked while its motor still burns is
    foretold as well as later (no boost phase here).
    """
    n_threats = kind.size
    shape = (n_threats, n_updates)
    time_s = np.full(shape, np.inf)
    until_s, latitude, longitude, along, cross, bearing, sigma_bearing, speed = (np.zeros(shape) for _ in range(8))
    pair_first = np.searchsorted(trk.threat_i, np.arange(n_threats + 1)).astype(np.int64)
    foresee(
        traj.first, traj.time_s, traj.position_m, traj.velocity_m_s, traj.impact_s, kind, threat_key, pair_first,
        trk.sensor_i, trk.last_look_s, trk.sigma_m, trk.interval_s, trk.latency_s, confirm_s, alive_until_s, end_s,
        rules.m, rules.memory_looks, seed, replica, np.empty((7, n_updates)), time_s, until_s, latitude, longitude,
        along, cross, bearing, sigma_bearing, speed,
    )  # fmt: skip
    return Predictions(
        time_s=time_s,
        until_s=until_s,
        latitude_rad=latitude,
        longitude_rad=longitude,
        sigma_along_m=along,
        sigma_cross_m=cross,
        bearing_rad=bearing,
        sigma_bearing_rad=sigma_bearing,
        speed_m_s=speed,
    )
