"""Which repair comes first: the marginal gain per crew hour of each, given what is already being mended.

The rule is Smith's ratio rule taken greedily: weight over time, the order that minimises the weighted sum of completion
times on one machine (W. E. Smith, Naval Research Logistics Quarterly 3, 1956; known from textbooks). The weight of a
repair is the class-weighted power that it adds at the next peak of demand, its time the way and the work. It is no
optimum: gains depend on each other, and several crews work at once.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mamori.records import AssetKind, Assets, Bools, DamageState, Floats, GridState, Ints, Serve

Potential = Callable[[GridState, int], Floats]
"""A cheap estimate, (A,) class-weighted MW that mending each asset alone would add to this state at this hour."""

DIGITS = 3  # gains are compared to a kilowatt: a solver's noise and the order of a sum must not decide who is first
GRID_KINDS = (AssetKind.BUS, AssetKind.TRANSFORMER, AssetKind.FEEDER, AssetKind.GENERATOR)


@dataclass(frozen=True)
class Jobs:
    """What could be mended, at one decision.

    asset_i: (J,) assets that no crew is at and whose spare is in stock; hours: (J,) of the nearest free crew, way and
    work; is_ready: (J,) bool, a crew may set out now; spare_i: (J,) kind of spare, -1 for none
    """

    asset_i: Ints
    hours: Floats
    is_ready: Bools
    spare_i: Ints


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
        self._served: dict[tuple[bytes, int], Served] = {}
        self.n_solves = 0

    def at(self, damage: Ints, hour: int) -> Served:
        """What is served with this damage at this hour."""
        state = self._grid_state(damage)
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

    def gain(self, damage: Ints, mended: Ints, hour: int) -> float:
        """Class-weighted MW that mending these assets together adds at this hour, exactly."""
        after = damage.copy()
        after[mended] = DamageState.NONE
        return max(0.0, round(self.at(after, hour).served - self.at(damage, hour).served, DIGITS))


def state_key(state: GridState) -> bytes:
    """Bytes that two states of the grid share only if they are the same."""
    return b"".join(array.tobytes() for array in (state.bus, state.feeder, state.generator, state.branch))


@dataclass(frozen=True)
class _Unit:
    """Jobs that are weighed together: positions in `Jobs`, first to be done first; estimated gain; crew hours."""

    jobs: tuple[int, ...]
    estimate: float
    hours: float
    order: tuple[float, int]  # worth per hour, falling, then key: settles ties without regard to the order of the file


def in_order(
    jobs: Jobs,
    damage: Ints,
    stock: Ints,
    assets: Assets,
    ledger: Ledger,
    *,
    hour: int | None,
    n_crews: int,
    candidates: int,
) -> list[int]:
    """Ready jobs as positions in `jobs`, the one to do first in front; every ready job is in it once.

    damage: (A,) with everything that a crew is already at taken as mended, so that gains are on top of those repairs
    stock: (R,) spares; hour: the peak to judge by, None to judge by worth alone; n_crews: that are free
    candidates: units that gain anything to solve exactly (or as many as there are free crews, if those are more)

    Units are ranked by estimated gain per crew hour; the best are solved exactly and ranked anew. A unit is one job,
    or jobs of one site that may need each other: a switchyard with each other job there, and all the jobs of the site.
    So a feeder behind a dead switchyard, each worth nothing alone, are weighed by what both bring over the work of
    both, and are not starved. Then come units that were not solved, then the rest of the grid by worth per hour, then
    what is not grid (sensors, batteries, ports, service sites), which adds no power: actors come last.
    """
    chosen: list[int] = []
    if hour is not None and _is_contested(jobs, stock, n_crews):
        units = _units(jobs, ledger.estimate(damage, hour, assets.worth_mw), stock, assets)

        def gain_of(unit: _Unit) -> float:
            return ledger.gain(damage, jobs.asset_i[list(unit.jobs)], hour)

        chosen = [j for unit in _ranked(units, gain_of, max(candidates, n_crews)) for j in unit.jobs]
    is_grid = np.isin(assets.kind[jobs.asset_i], GRID_KINDS)
    rest = sorted(range(len(is_grid)), key=lambda j: (not is_grid[j], _order(jobs, [j], assets)))
    return [j for j in dict.fromkeys(chosen + rest) if jobs.is_ready[j]]


def _ranked(units: list[_Unit], gain_of: Callable[[_Unit], float], wanted: int) -> list[_Unit]:
    """Units that gain, by exact gain per hour, then those that were not solved, by estimate.

    wanted: units that gain to be solved; up to twice as many are tried
    """
    todo = sorted(units, key=lambda unit: (-unit.estimate / unit.hours, len(unit.jobs), unit.order))
    solved: list[tuple[float, _Unit]] = []
    tried = 0
    while tried < len(todo) and len(solved) < wanted and tried < 2 * wanted:
        unit = todo[tried]
        gain = gain_of(unit)
        if gain > 0.0:
            solved.append((gain / unit.hours, unit))
        tried += 1
    solved.sort(key=lambda entry: (-entry[0], len(entry[1].jobs), entry[1].order))
    return [unit for _, unit in solved] + todo[tried:]


def _is_contested(jobs: Jobs, stock: Ints, n_crews: int) -> bool:
    """Whether the order decides who is served: more ready jobs than crews, or than spares of a kind."""
    wanted = np.bincount(jobs.spare_i[jobs.is_ready & (jobs.spare_i >= 0)], minlength=len(stock))
    return bool(np.count_nonzero(jobs.is_ready) > n_crews or np.any(wanted > stock))


def _units(jobs: Jobs, estimates: Estimates, stock: Ints, assets: Assets) -> list[_Unit]:
    """Units that may gain anything."""
    if estimates.missing <= 0.0:
        return []
    kind, site = assets.kind[jobs.asset_i], assets.site_i[jobs.asset_i]
    is_grid = np.isin(kind, GRID_KINDS)
    groups: list[tuple[int, ...]] = [(int(j),) for j in np.flatnonzero(jobs.is_ready & is_grid)]
    for s in np.unique(site[is_grid & (site >= 0)]):
        here = [int(j) for j in np.flatnonzero(is_grid & (site == s))]
        here.sort(key=lambda j: (int(kind[j]), _order(jobs, [j], assets)))
        here = _in_stock(here, jobs, stock)
        yards = [n for n, j in enumerate(here) if kind[j] == AssetKind.BUS]
        pairs = [(here[n], j) for n in yards for j in here[n + 1 :]]
        together = dict.fromkeys([*pairs, tuple(here)]) if len(here) > 1 else {}
        groups += [group for group in together if jobs.is_ready[list(group)].any()]
    units = [
        _Unit(group, _estimate(group, jobs, estimates, assets), _hours(jobs, group), _order(jobs, group, assets))
        for group in groups
    ]
    return [unit for unit in units if unit.estimate > 0.0]


def _estimate(group: Sequence[int], jobs: Jobs, estimates: Estimates, assets: Assets) -> float:
    parts = [float(estimates.gain[jobs.asset_i[j]]) for j in group]
    found = math.fsum(parts)
    if len(group) > 1 and min(parts) == 0.0:
        # One of them waits for another: what hangs on all of the chain but its root may come back.
        worth = [float(assets.worth_mw[jobs.asset_i[j]]) for j in group]
        found = max(found, (math.fsum(worth) - max(worth)) * estimates.weight)
    return round(min(found, estimates.missing), DIGITS)


def _in_stock(members: Sequence[int], jobs: Jobs, stock: Ints) -> list[int]:
    """Those of the members that the stock suffices for together, the first having the first call on it."""
    left = stock.copy()
    found = []
    for j in members:
        kind = jobs.spare_i[j]
        if kind >= 0:
            if left[kind] <= 0:
                continue
            left[kind] -= 1
        found.append(j)
    return found


def _hours(jobs: Jobs, members: Sequence[int]) -> float:
    return math.fsum(float(jobs.hours[j]) for j in members)


def _order(jobs: Jobs, members: Sequence[int], assets: Assets) -> tuple[float, int]:
    worth = max(float(assets.worth_mw[jobs.asset_i[j]]) for j in members)
    return -worth / _hours(jobs, members), min(int(assets.key[jobs.asset_i[j]]) for j in members)
