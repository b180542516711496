"""Which repair comes first: the marginal gain per crew hour of each, given what is already being mended.

The rule is Smith's ratio rule taken greedily: weight over time, the order that minimises the weighted sum of completion
times on one machine (W. E. Smith, Naval Research Logistics Quarterly 3, 1956; known from textbooks). The weight of a
repair is the class-weighted power that it adds at the next peak of demand, its time the way and the work. It is no
optimum: gains depend on each other, and several crews work at once.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mamori.records import AssetKind, Assets, DamageState, Floats, GridState, Ints, Serve

Potential = Callable[[GridState, int], Floats]
"""A cheap estimate, (A,) class-weighted MW that mending each asset alone would add to this state at this hour."""

DIGITS = 3  # gains are compared to a kilowatt: a solver's noise and the order of a sum must not decide who is first
BUS = int(AssetKind.BUS)
GRID_KINDS = frozenset({BUS, int(AssetKind.TRANSFORMER), int(AssetKind.FEEDER), int(AssetKind.GENERATOR)})


class Job(NamedTuple):
    """An asset that could be mended: no crew is at it, and its spare is in stock.

    hours: of the nearest free crew, way and work; is_ready: a crew may set out now; spare_i: kind of spare, -1 for none
    """

    asset_i: int
    kind: int
    site_i: int
    worth_mw: float
    key: int
    hours: float
    is_ready: bool
    spare_i: int


@dataclass(frozen=True)
class Served:
    """What one state of the grid serves in one hour: class-weighted MW served and demanded, and MW shed."""

    served: float
    demanded: float
    shed_mw: float


@dataclass(frozen=True)
class Estimates:
    """gain: (A,) estimated gain of mending each asset alone, class-weighted MW, at most what is missing

    missing: class-weighted MW not served; weight: of an average MW that is not served
    """

    gain: Floats
    missing: float
    weight: float


class Ledger:
    """What states of the grid serve at single hours, each solved once; lives as long as one `advance`."""

    def __init__(
        self,
        grid_state: Callable[[Ints], GridState],
        serve: Serve,
        potential: Potential | None,
        class_weight: Floats,
    ) -> None:
        self._grid_state = grid_state
        self._serve = serve
        self._potential = potential
        self._class_weight = class_weight
        self._served: dict[tuple[bytes, int], Served] = {}  # by state of the grid and hour
        self._looked_up: dict[tuple[bytes, int], Served] = {}  # by damage and hour, to spare making the state
        self.n_solves = 0

    def at(self, damage: Ints, hour: int) -> Served:
        """What is served with this damage at this hour."""
        question = damage.tobytes(), hour
        if question not in self._looked_up:
            self._looked_up[question] = self._solved(self._grid_state(damage), hour)
        return self._looked_up[question]

    def _solved(self, state: GridState, hour: int) -> Served:
        key = state_key(state), hour
        if key not in self._served:
            self.n_solves += 1
            service = self._serve(state, np.array([hour], dtype=np.int64))
            demand, served = service.demand_mw[0], service.served_mw[0]
            self._served[key] = Served(
                math.fsum((served * self._class_weight).ravel().tolist()),
                math.fsum((demand * self._class_weight).ravel().tolist()),
                math.fsum((demand - served).ravel().tolist()),
            )
        return self._served[key]

    def estimate(self, damage: Ints, hour: int, worth_mw: Floats) -> "Estimates":
        """What each asset may bring; without a potential, the power that hangs on it."""
        base = self.at(damage, hour)
        missing = round(base.demanded - base.served, DIGITS)
        if missing <= 0.0:
            return Estimates(np.zeros(len(worth_mw)), 0.0, 0.0)
        weight = missing / base.shed_mw if base.shed_mw > 0.0 else 0.0
        found = worth_mw * weight if self._potential is None else self._potential(self._grid_state(damage), hour)
        return Estimates(np.asarray(np.round(np.clip(found, 0.0, missing), DIGITS), dtype=np.float64), missing, weight)

    def gain(self, damage: Ints, mended: Sequence[int], hour: int) -> float:
        """Class-weighted MW that mending these assets together adds at this hour, exactly."""
        after = damage.copy()
        after[list(mended)] = DamageState.NONE
        return max(0.0, round(self.at(after, hour).served - self.at(damage, hour).served, DIGITS))


def state_key(state: GridState) -> bytes:
    """Bytes that two states of the grid share only if they are the same."""
    return b"".join(array.tobytes() for array in (state.bus, state.feeder, state.generator, state.branch))


@dataclass(frozen=True)
class _Unit:
    """Jobs that are weighed together, first to be done first; what is known of their gain, and crew hours."""

    jobs: tuple[Job, ...]
    gain: float
    hours: float

    def rank(self) -> tuple[float, int, float, int]:
        """Sorts by gain per hour; ties by size, worth and key, never by place in the file."""
        return -self.gain / self.hours, len(self.jobs), *_order(self.jobs)


def in_order(
    jobs: Sequence[Job],
    damage: Ints,
    stock: Ints,
    assets: Assets,
    ledger: Ledger,
    *,
    hour: int | None,
    n_crews: int,
    candidates: int,
) -> list[int]:
    """Assets of the ready jobs, the one to do first in front; each is in it once.

    damage: (A,) with everything that a crew is already at taken as mended, so that gains are on top of those repairs
    stock: (R,) spares; hour: the peak to judge by, None to judge by worth alone; n_crews: that are free
    candidates: units that gain anything to solve exactly (or as many as there are free crews, if those are more)

    Units are ranked by estimated gain per crew hour; the best are solved exactly and ranked anew. A unit is one job,
    or jobs of one site that may need each other: a switchyard with each other job there, and all the jobs of the site.
    So a feeder behind a dead switchyard, each worth nothing alone, are weighed by what both bring over the work of
    both, and are not starved. Then come units that were not solved, then the rest of the grid by worth per hour, then
    what is not grid (sensors, batteries, ports, service sites), which adds no power: actors come last.
    """
    chosen: list[Job] = []
    if hour is not None and _is_contested(jobs, stock, n_crews):
        estimates = ledger.estimate(damage, hour, assets.worth_mw)

        def solved(unit: _Unit) -> _Unit:
            return replace(unit, gain=ledger.gain(damage, [job.asset_i for job in unit.jobs], hour))

        ranked = _ranked(_units(jobs, estimates, stock), solved, max(candidates, n_crews))
        chosen = [job for unit in ranked for job in unit.jobs]
    rest = sorted(jobs, key=lambda job: (job.kind not in GRID_KINDS, _order((job,))))
    return list(dict.fromkeys(job.asset_i for job in [*chosen, *rest] if job.is_ready))


def _ranked(units: list[_Unit], solved: Callable[[_Unit], _Unit], wanted: int) -> list[_Unit]:
    """Units that gain, by exact gain per hour, then those that were not solved, by estimate.

    wanted: units that gain to be solved; up to twice as many are tried
    """
    todo = sorted(units, key=_Unit.rank)
    found: list[_Unit] = []
    tried = 0
    while tried < min(len(todo), 2 * wanted) and len(found) < wanted:
        unit = solved(todo[tried])
        if unit.gain > 0.0:
            found.append(unit)
        tried += 1
    return sorted(found, key=_Unit.rank) + todo[tried:]


def _is_contested(jobs: Sequence[Job], stock: Ints, n_crews: int) -> bool:
    """Whether the order decides who is served: more ready jobs than crews, or than spares of a kind."""
    ready = [job for job in jobs if job.is_ready]
    wanted = Counter(job.spare_i for job in ready if job.spare_i >= 0)
    return len(ready) > n_crews or any(count > stock[kind] for kind, count in wanted.items())


def _units(jobs: Sequence[Job], estimates: Estimates, stock: Ints) -> list[_Unit]:
    """Units that may gain anything, with their estimates."""
    if estimates.missing <= 0.0:
        return []
    grid = [job for job in jobs if job.kind in GRID_KINDS]
    groups: list[tuple[Job, ...]] = [(job,) for job in grid if job.is_ready]
    by_site: dict[int, list[Job]] = {}
    for job in sorted(grid, key=lambda job: (job.kind, _order((job,)))):
        by_site.setdefault(job.site_i, []).append(job)
    for site_i, there in by_site.items():
        here = _in_stock(there, stock)
        if site_i < 0 or len(here) < 2:
            continue
        pairs = [(yard, job) for n, yard in enumerate(here) if yard.kind == BUS for job in here[n + 1 :]]
        together = dict.fromkeys([*pairs, tuple(here)])
        groups += [group for group in together if any(job.is_ready for job in group)]
    units = [_Unit(group, _estimate(group, estimates), math.fsum(job.hours for job in group)) for group in groups]
    return [unit for unit in units if unit.gain > 0.0]


def _estimate(group: Sequence[Job], estimates: Estimates) -> float:
    parts = [float(estimates.gain[job.asset_i]) for job in group]
    found = math.fsum(parts)
    if len(group) > 1 and min(parts) == 0.0:
        # One of them waits for another: what hangs on all of the chain but its root may come back.
        worth = [job.worth_mw for job in group]
        found = max(found, (math.fsum(worth) - max(worth)) * estimates.weight)
    return round(min(found, estimates.missing), DIGITS)


def _in_stock(jobs: Sequence[Job], stock: Ints) -> list[Job]:
    """Those of the jobs that the stock suffices for together, the first having the first call on it."""
    used: Counter[int] = Counter()
    found = []
    for job in jobs:
        if job.spare_i >= 0:
            if used[job.spare_i] >= stock[job.spare_i]:
                continue
            used[job.spare_i] += 1
        found.append(job)
    return found


def _order(jobs: Sequence[Job]) -> tuple[float, int]:
    """Settles ties: by worth per hour, then by key."""
    return -max(job.worth_mw for job in jobs) / math.fsum(job.hours for job in jobs), min(job.key for job in jobs)
