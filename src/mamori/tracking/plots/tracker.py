"""The multi-target tracker: plots in, tracks out, scan by scan."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mamori.records import Bools, Floats, Ints
from mamori.tracking.plots import kernels
from mamori.tracking.plots.check import check
from mamori.tracking.plots.model import Plots, Rules, Sensors, Tracked
from mamori.tracking.plots.motion import FALL, N_STATES

MOST_SEEN = 0.999
"""A detection that never fails would let a single miss end every track."""
LEAST_DENSITY = 1e-30
FORGET = 0.1
"""Share of the latest scan in the estimate of false plots."""


def track(plots: Plots, sensors: Sensors, rules: Rules | None = None) -> Tracked:
    """Follow all targets through all scans.

    rules: what wins on the scenes of `benchmarks/tracking.py` if left out
    Returns the firm tracks after every scan, in order of scan and of track.
    Raises CaseError for plots or sensors that cannot be (see `check`).
    """
    rules = rules or Rules()
    check(plots, sensors, is_earth=rules.is_earth)
    found = [_nothing(len(rules.motions.model)), *_scans(plots, sensors, rules)]
    return Tracked(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _scans(plots: Plots, sensors: Sensors, rules: Rules) -> "Iterator[tuple[np.ndarray, ...]]":
    motions = rules.motions
    bank, room = _Bank(len(motions.model)), _Room(len(motions.model))
    clutter = _Clutter(plots, sensors)
    is_ballistic, falling = motions.is_ballistic, np.flatnonzero(motions.model == FALL)
    for k in range(len(plots.scan_s)):
        s, time_s = int(plots.sensor_i[k]), float(plots.scan_s[k])
        z = plots.z[plots.first[k] : plots.first[k + 1]]
        z = np.ascontiguousarray(z[np.argsort(z[:, 2], kind="stable")])
        of_sensor = (sensors.place_m[s], sensors.axes[s], sensors.noise[s])
        kernels.predict(
            bank.n, time_s, bank.x, bank.cov, bank.p_model, bank.exists, bank.at_s, motions.model, motions.noise,
            motions.own_noise, motions.change, rules.lifetime_s, rules.longest_step_s, rules.is_earth,
            rules.is_unscented,
        )  # fmt: skip
        room.fit(bank.size)
        p_detect = min(float(sensors.p_detect[s]), MOST_SEEN)
        kernels.expect(
            bank.n, bank.x, bank.cov, bank.p_model, *of_sensor, sensors.reach[s], p_detect, rules.is_unscented, room.z,
            room.gain, room.weight, room.sigma, room.density, room.p_seen,
        )  # fmt: skip
        exists = bank.exists if rules.by_existence else np.ones(bank.size)
        p_new = _associate(bank, room, z, exists, clutter.density(s), rules)
        clutter.learn(s, p_new)
        kernels.correct(
            bank.n, room.first, room.p, room.by_model, room.shift, room.gain, room.weight, room.p_seen, bank.x,
            bank.cov, bank.p_model, exists, bank.hits, bank.n_missed,
        )  # fmt: skip
        is_kept = np.ones(bank.size, np.bool_)
        kernels.judge(
            bank.n, rules.by_existence, rules.firm_from, rules.firm_below, rules.loose_below, rules.m, rules.n,
            rules.most_missed_firm, rules.most_missed_loose, bank.exists, bank.hits, bank.n_missed, bank.is_firm,
            is_kept,
        )  # fmt: skip
        bank.keep(is_kept)
        bank.make_room(len(z))
        n = kernels.begin(
            bank.n, z, p_new, time_s, rules.exists_new, *of_sensor, motions.speed_sigma_m_s, motions.own,
            motions.own_sigma, motions.p_start, bank.next_id, bank.x, bank.cov, bank.p_model, bank.exists, bank.at_s,
            bank.hits, bank.n_missed, bank.is_firm, bank.track_id,
        )  # fmt: skip
        bank.next_id += n - bank.n
        bank.n = n
        shown_from = rules.shown_from if rules.by_existence else 0.0
        yield _firm(bank, k, time_s, is_ballistic, falling, shown_from)


def _associate(bank: "_Bank", room: "_Room", z: Floats, exists: Floats, clutter: float, rules: Rules) -> Floats:
    """Fill the room's pairs; returns p_new (P,), the chance that a plot belongs to no track."""

    def pairs() -> int:
        found: int = kernels.pair(
            bank.n, z, room.z, room.weight, room.sigma, room.density, bank.p_model, exists, room.p_seen, clutter,
            rules.gate, room.first, room.plot_i, room.odds, room.by_model, room.shift,
        )  # fmt: skip
        return found

    n_pairs = pairs()
    if n_pairs > len(room.plot_i):
        room.make_pairs(2 * n_pairs)
        pairs()
    p_new = np.empty(len(z))
    kernels.share_out(
        bank.n, rules.is_joint, room.first, room.plot_i, room.odds, exists, room.p_seen, len(z), room.p, p_new
    )
    return p_new


def _nothing(n_models: int) -> tuple[np.ndarray, ...]:
    none, n = np.zeros(0, np.int64), N_STATES
    return (
        none, none, np.zeros(0), np.zeros((0, 6)), np.zeros((0, 6, 6)), np.zeros((0, n_models)), np.zeros(0),
        np.zeros(0), np.zeros((0, n)), np.zeros((0, n, n)),
    )  # fmt: skip


def _firm(
    bank: "_Bank", scan: int, time_s: float, is_ballistic: Floats, falling: Ints, shown_from: float
) -> tuple[np.ndarray, ...]:
    """What `Tracked` tells of the firm tracks. is_ballistic: (M,); falling: models that fall, as a list of indices."""
    rows = np.flatnonzero(bank.is_firm[: bank.n] & (bank.exists[: bank.n] >= shown_from))
    n, p_model = len(rows), bank.p_model[rows]
    x, cov = np.empty((n, 6)), np.empty((n, 6, 6))
    kernels.mean(rows, bank.x, bank.cov, bank.p_model, x, cov)
    if len(falling):
        fall, fall_cov = bank.x[rows, falling[0]], bank.cov[rows, falling[0]]
    else:
        fall, fall_cov = np.full((n, N_STATES), np.nan), np.full((n, N_STATES, N_STATES), np.nan)
    return (
        np.full(n, scan), bank.track_id[rows], np.full(n, time_s), x, cov, p_model, bank.exists[rows],
        p_model @ is_ballistic, fall, fall_cov,
    )  # fmt: skip


class _Clutter:
    """Density of false plots of each sensor: as given, or estimated as the tracker goes on.

    The estimate takes half of a sensor's first plots as false, then follows the number that belongs to no track; the
    volume is the box that holds all of the sensor's plots.
    """

    def __init__(self, plots: Plots, sensors: Sensors) -> None:
        n_sensors = len(sensors.clutter)
        self._given = sensors.clutter
        self._volume, self._rate = np.ones(n_sensors), np.ones(n_sensors)
        of_plot = np.repeat(plots.sensor_i, np.diff(plots.first))
        for s in np.flatnonzero(np.isnan(sensors.clutter)):
            z = plots.z[of_plot == s]
            if len(z):
                self._volume[s] = np.prod(np.maximum(np.ptp(z, axis=0), 10.0 * np.sqrt(np.diag(sensors.noise[s]))))
                own_scans = np.flatnonzero(plots.sensor_i == s)
                self._rate[s] = max(0.5 * np.diff(plots.first)[own_scans[0]], 1.0)

    def density(self, s: int) -> float:
        """Per rad rad m."""
        given = float(self._given[s])
        return max(self._rate[s] / self._volume[s] if np.isnan(given) else given, LEAST_DENSITY)

    def learn(self, s: int, p_new: Floats) -> None:
        """p_new: (P,) chance of each plot of a scan to belong to no track."""
        self._rate[s] = max((1.0 - FORGET) * self._rate[s] + FORGET * float(p_new.sum()), 0.1)


@dataclass
class _Bank:
    """Room for tracks; see `kernels`."""

    n_models: int
    size: int = 256
    n: int = 0
    next_id: int = 0
    x: Floats = field(init=False)
    cov: Floats = field(init=False)
    p_model: Floats = field(init=False)
    exists: Floats = field(init=False)
    at_s: Floats = field(init=False)
    hits: Ints = field(init=False)
    n_missed: Ints = field(init=False)
    is_firm: Bools = field(init=False)
    track_id: Ints = field(init=False)

    def __post_init__(self) -> None:
        c, m = self.size, self.n_models
        self.x, self.cov = np.zeros((c, m, N_STATES)), np.zeros((c, m, N_STATES, N_STATES))
        self.p_model, self.exists, self.at_s = np.zeros((c, m)), np.zeros(c), np.zeros(c)
        self.hits, self.n_missed = np.zeros(c, np.int64), np.zeros(c, np.int64)
        self.is_firm, self.track_id = np.zeros(c, np.bool_), np.zeros(c, np.int64)

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def keep(self, is_kept: Bools) -> None:
        """Close the gaps that ended tracks leave."""
        rows = np.flatnonzero(is_kept[: self.n])
        if len(rows) < self.n:
            for values in self.arrays().values():
                values[: len(rows)] = values[rows]
            self.n = len(rows)

    def make_room(self, n_more: int) -> None:
        if self.n + n_more > self.size:
            before = self.arrays()
            self.size = 2 * (self.n + n_more)
            self.__post_init__()
            for name, values in self.arrays().items():
                values[: self.n] = before[name][: self.n]


class _Room:
    """Scratch of one scan, kept between scans."""

    def __init__(self, n_models: int) -> None:
        self._n_models, self._size = n_models, 0
        self.make_pairs(4096)

    def fit(self, size: int) -> None:
        if size <= self._size:
            return
        self._size, m = size, self._n_models
        self.z, self.gain = np.empty((size, m, 3)), np.empty((size, m, N_STATES, 3))
        self.weight, self.density = np.empty((size, m, 3, 3)), np.empty((size, m))
        self.sigma = np.empty((size, m, 3))
        self.p_seen, self.first = np.empty(size), np.zeros(size + 1, np.int64)

    def make_pairs(self, size: int) -> None:
        m = self._n_models
        self.plot_i, self.odds, self.p = np.empty(size, np.int64), np.empty(size), np.empty(size)
        self.by_model, self.shift = np.empty((size, m)), np.empty((size, m, 3))
