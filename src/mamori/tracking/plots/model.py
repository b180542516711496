"""What the tracker takes and gives: plots, sensors, motion models, rules, tracks."""

import math
from dataclasses import dataclass, field

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.records import Floats, Ints
from mamori.tracking.plots.motion import BOOST, FALL, STRAIGHT, TURN


@dataclass(frozen=True)
class Plots:
    """Measurements in order of time.

    scan_s: (K,) time of each scan, not falling; sensor_i: (K,) who made it; first: (K + 1,) rows of z by scan
    z: (P, 3) elevation rad, bearing rad, range m
    """

    scan_s: Floats
    sensor_i: Ints
    first: Ints
    z: Floats


@dataclass(frozen=True)
class Sensors:
    """Who measures.

    place_m: (S, 3); axes: (S, 3, 3), rows are the sensor's own axes (see `radar`); noise: (S, 3, 3) covariance of
    elevation and bearing, rad, and range, m; p_detect: (S,)
    clutter: (S,) density of false plots, per rad rad m, nan to have it estimated from the plots
    reach: (S, 4) least and most range, m, and elevation, rad: outside a track cannot be seen and no miss is counted
    """

    place_m: Floats
    axes: Floats
    noise: Floats
    p_detect: Floats
    clutter: Floats
    reach: Floats


@dataclass(frozen=True)
class Motions:
    """Motion models of the filter.

    model: (M,) of `motion`; noise: (M,) white acceleration, m2/s3; own, own_sigma, own_noise: (M,) start of the model's
    own number, its uncertainty, and its intensity of change; speed_sigma_m_s: (M,) of each axis at a track's start;
    p_start: (M,); change: (M, M) chance a scan to go over from one to another
    """

    names: tuple[str, ...]
    model: Ints
    noise: Floats
    own: Floats
    own_sigma: Floats
    own_noise: Floats
    speed_sigma_m_s: Floats
    p_start: Floats
    change: Floats

    @property
    def is_ballistic(self) -> Floats:
        """(M,) 1 for models of what flies by thrust or gravity alone, 0 for the others."""
        is_ballistic: Floats = np.isin(self.model, (FALL, BOOST)).astype(np.float64)
        return is_ballistic


MOTIONS: dict[str, dict[str, float]] = {
    "calm": {
        "model": STRAIGHT, "noise": 0.1, "own": 0.0, "own_sigma": 0.0, "own_noise": 0.0, "speed_sigma_m_s": 200.0,
        "p_start": 0.40,
    },
    "straight": {
        "model": STRAIGHT, "noise": 1.0, "own": 0.0, "own_sigma": 0.0, "own_noise": 0.0, "speed_sigma_m_s": 200.0,
        "p_start": 0.40,
    },
    "turn": {
        "model": TURN, "noise": 1.0, "own": 0.0, "own_sigma": 0.03, "own_noise": 1e-5, "speed_sigma_m_s": 200.0,
        "p_start": 0.05,
    },
    "boost": {
        "model": BOOST, "noise": 1.0, "own": 20.0, "own_sigma": 20.0, "own_noise": 10.0, "speed_sigma_m_s": 400.0,
        "p_start": 0.05,
    },
    "fall": {
        "model": FALL, "noise": 0.1, "own": -math.log(6000.0), "own_sigma": 0.8, "own_noise": 1e-4,
        "speed_sigma_m_s": 1200.0, "p_start": 0.15,
    },
}  # fmt: skip
"""Models by name, with what they start from (assumption: aircraft, drones and cruise missiles fly below 600 m/s and
turn at up to 0.1 rad/s; what falls comes at up to 4 km/s with a ballistic coefficient of 1,000 to 30,000 kg/m2)."""
USUAL = ("calm", "straight", "turn", "fall")
STAY = 0.999
"""Chance that a target goes on as it did from scan to scan (assumption: targets change their motion every quarter of an
hour or less often; a larger share of change costs accuracy in all the scans without one)."""


def interacting(names: tuple[str, ...] = USUAL, stay: float = STAY) -> Motions:
    """Several models of `MOTIONS` that take turns; one name makes a plain filter.

    Raises ScenarioError for a name that is none of them, and for none at all.
    """
    known = joined(MOTIONS, COMMAS)
    unknown = [name for name in names if name not in MOTIONS]
    if unknown or not names:
        rule, remedy = say("is no motion model"), say("Give one or more of {names}.", names=known)
        raise ScenarioError([Fault("models", name, rule, remedy) for name in unknown or ("",)])
    rows = [MOTIONS[name] for name in names]
    n = len(rows)
    change = np.full((n, n), (1.0 - stay) / max(1, n - 1))
    np.fill_diagonal(change, stay if n > 1 else 1.0)
    of = {key: np.array([row[key] for row in rows], dtype=np.float64) for key in rows[0]}
    return Motions(
        names=tuple(names), model=of["model"].astype(np.int64), noise=of["noise"], own=of["own"],
        own_sigma=of["own_sigma"], own_noise=of["own_noise"], speed_sigma_m_s=of["speed_sigma_m_s"],
        p_start=of["p_start"] / of["p_start"].sum(), change=change,
    )  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """How the tracker decides.

    motions: one model makes a plain filter, several interacting ones; is_unscented: unscented, else extended Kalman
    is_joint: joint probabilistic data association; False: global nearest neighbour
    by_existence: tracks live by the chance that there is a target; False: by m of n scans and misses in a row
    gate: Mahalanobis distance; exists_new: chance that an unexplained plot is a target
    lifetime_s: mean life of a target
    firm_from, firm_below, loose_below: chances at which a track becomes firm, and below which a firm and a loose one
    end
    shown_from: a firm track is given while its chance is this or more
    m, n, most_missed_firm, most_missed_loose: scans
    longest_step_s: of a prediction; is_earth: axes are Earth-fixed, else flat with z up
    """

    motions: Motions = field(default_factory=interacting)
    is_unscented: bool = False
    is_joint: bool = True
    by_existence: bool = True
    gate: float = 4.0
    exists_new: float = 0.1
    lifetime_s: float = 1e4
    firm_from: float = 0.99
    firm_below: float = 1e-3
    loose_below: float = 2e-3
    shown_from: float = 0.1
    m: int = 4
    n: int = 8
    most_missed_firm: int = 4
    most_missed_loose: int = 2
    longest_step_s: float = 2.0
    is_earth: bool = False


@dataclass(frozen=True)
class Tracked:
    """Firm tracks after each scan, in order of scan.

    scan: (K,); track_id: (K,); time_s: (K,); x: (K, 6) position m and velocity m/s; cov: (K, 6, 6); p_model: (K, M);
    exists: (K,); p_ballistic: (K,); fall: (K, 7), fall_cov: (K, 7, 7) state of the falling model, nan without it
    """

    scan: Ints
    track_id: Ints
    time_s: Floats
    x: Floats
    cov: Floats
    p_model: Floats
    exists: Floats
    p_ballistic: Floats
    fall: Floats
    fall_cov: Floats
