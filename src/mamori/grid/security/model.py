"""Security: what a grid loses when one thing more, or several, fall out, and whether overloads cascade.

The grid starts from its least-cost dispatch. After an outage, plant of each island follows its load: up in proportion
to its room, and where that is not enough all load of the island is shed alike; down in proportion to what it gives.
Then branches above their rating trip, all at once, and so on until none does. That is a plain and common model of a
cascade (no time, no relays of their own, no operator); the numbers say where a closer look is due.

Single outages of branches that make no island are first screened by outage distribution factors, one sparse solve each;
only what overloads a branch, makes an island or takes plant is followed.
Source: line outage distribution factors as in Wood, Wollenberg and Sheblé, Power Generation, Operation and Control.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mamori.errors import SolverError
from mamori.grid.cases.convention import Convention, DcBranches, dc_branches
from mamori.grid.cases.outages import as_given
from mamori.grid.cases.power import PowerCase
from mamori.grid.dispatch.model import Dispatched, dispatch
from mamori.grid.kernels import fill_factor, find_islands
from mamori.grid.security import kernels
from mamori.language.message import say
from mamori.maths.sparse import Pattern, pattern
from mamori.records import Bools, Floats, GridState, Ints

MOST_ROUNDS = 500


@dataclass(frozen=True)
class Fate:
    """What an outage comes to.

    out: ids of what fell out; loading: highest share of a rating right afterwards, fullest: of which branch, none if no
    branch is rated; n_over: branches above their rating then; tripped: rounds of branches that then trip
    lost_mw: load that is not served at the end, makes_islands: whether there are more islands than before
    """

    out: tuple[str, ...]
    loading: float
    fullest: str | None
    n_over: int
    tripped: tuple[tuple[str, ...], ...]
    lost_mw: float
    makes_islands: bool


@dataclass(frozen=True)
class Grid:
    """A dispatched grid, ready for outages.

    limit_mw: (L,) rating beyond which a branch is overloaded; trip_at: share of it at which it trips
    plant_mw, room_mw, load_mw, fixed_mw: (N,) what plant gives and could give more, load, what DC lines bring
    """

    case: PowerCase
    branch: DcBranches
    dispatched: Dispatched
    state: GridState
    limit_mw: Floats
    trip_at: float
    pattern: Pattern
    plant_mw: Floats
    room_mw: Floats
    load_mw: Floats
    fixed_mw: Floats
    n_islands: int

    def screen(self) -> tuple[Ints, Floats, Ints]:
        """(L,) after the outage of each branch alone: fullest branch, its loading, how many are over, -1: an island."""
        case, sparse = self.case, self.pattern
        n, n_branches = len(case.bus_id), len(case.branch_id)
        ends = case.branch_from_i, case.branch_to_i
        label, members, first = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
        n_islands = find_islands(self.state.bus, self.state.branch, *ends, label, members, first)
        factor = np.empty(n + sparse.row.size)
        susceptance = self.branch.mw_per_rad
        fill_factor(
            label, members, first, n_islands, self.state.branch, *ends, susceptance, sparse.place, sparse.column,
            sparse.target, sparse.slot, factor,
        )  # fmt: skip
        fullest, loading = np.empty(n_branches, np.int64), np.empty(n_branches)
        n_over = np.empty(n_branches, np.int64)
        kernels.screen(
            self.state.branch, *ends, susceptance, self.limit_mw, self.dispatched.flow_mw, label, sparse.place,
            sparse.column, sparse.row, factor, fullest, loading, n_over,
        )  # fmt: skip
        return fullest, loading, n_over

    def follow(self, state: GridState, out: Sequence[str]) -> Fate:
        """What the outages of a state come to. Raises SolverError if the cascade does not settle."""
        case, sparse, n_branches = self.case, self.pattern, len(self.case.branch_id)
        lost_plant = np.bincount(case.generator_bus_i, (1.0 - state.generator) * self._unit_mw(), len(case.bus_id))
        lost_room = np.bincount(case.generator_bus_i, (1.0 - state.generator) * self._unit_room_mw(), len(case.bus_id))
        plant, room, load, fixed = (
            self.plant_mw - lost_plant, self.room_mw - lost_room, self.load_mw.copy(), self.fixed_mw.copy()
        )  # fmt: skip
        branch, flow, rounds, first = (
            state.branch.copy(),
            np.empty(n_branches),
            np.empty(n_branches, np.int64),
            np.empty(3),
        )
        n_rounds = kernels.cascade(
            state.bus, branch, case.branch_from_i, case.branch_to_i, self.branch.mw_per_rad, self.branch.shift_mw,
            self.limit_mw, self.trip_at, MOST_ROUNDS, sparse.place, sparse.column, sparse.row, sparse.target,
            sparse.slot, plant, room, load, fixed, flow, rounds, first,
        )  # fmt: skip
        if n_rounds < 0:
            raise SolverError(say("the cascade after {names} did not settle", names=", ".join(out)))
        ids = case.branch_id
        return Fate(
            out=tuple(out),
            loading=float(first[1]),
            fullest=ids[int(first[0])] if first[0] >= 0.0 else None,
            n_over=int(first[2]),
            tripped=tuple(tuple(ids[k] for k in np.flatnonzero(rounds == r)) for r in range(1, n_rounds + 1)),
            lost_mw=max(0.0, float(self.load_mw.sum() - load.sum())),
            makes_islands=self._count(state.bus, state.branch) > self.n_islands,
        )

    def single(self) -> list[Fate]:
        """The fate of every branch and every generator in service, each alone."""
        case, whole = self.case, self.state
        fullest, loading, n_over = self.screen()
        ids, fates = case.branch_id, []
        for k in np.flatnonzero(whole.branch).tolist():
            if n_over[k] == 0 and loading[k] <= self.trip_at:
                top = ids[fullest[k]] if fullest[k] >= 0 else None
                fates.append(Fate((ids[k],), float(loading[k]), top, 0, (), 0.0, makes_islands=False))
                continue
            branch = whole.branch.copy()
            branch[k] = False
            fates.append(self.follow(GridState(whole.bus, whole.feeder, whole.generator, branch), (ids[k],)))
        for g in np.flatnonzero(whole.generator).tolist():
            generator = whole.generator.copy()
            generator[g] = 0.0
            state = GridState(whole.bus, whole.feeder, generator, whole.branch)
            fates.append(self.follow(state, (case.generator_id[g],)))
        return fates

    def _unit_mw(self) -> Floats:
        """(G,) what each unit feeds in; units that take power in count as load."""
        return np.maximum(self.dispatched.generation_mw, 0.0)

    def _unit_room_mw(self) -> Floats:
        return _room(self.case, self.state, self.dispatched)

    def _count(self, bus: Bools, branch: Bools) -> int:
        n = len(self.case.bus_id)
        label, members, first = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
        ends = self.case.branch_from_i, self.case.branch_to_i
        return int(find_islands(bus, branch, *ends, label, members, first))


def grid(
    case: PowerCase, convention: Convention = "matpower", rating: str = "continuous", trip_at: float = 1.0
) -> Grid:
    """The case at its least-cost dispatch, whose branches keep to their continuous rating.

    rating: beyond which a branch is overloaded after an outage
    Raises what `dispatch` raises.
    """
    branch, n = dc_branches(case, convention), len(case.bus_id)
    found, state = dispatch(case, convention), as_given(case)
    dc = case.dc
    bus = case.generator_bus_i
    feeding = np.maximum(-case.load_mw, 0.0) + np.maximum(-case.shunt_mw, 0.0)
    taking = np.maximum(case.load_mw, 0.0) + np.maximum(case.shunt_mw, 0.0)
    arriving = np.where(dc.is_on, found.dc_mw * (1.0 - dc.loss_share) - dc.loss_mw, 0.0)
    ready = Grid(
        case=case,
        branch=branch,
        dispatched=found,
        state=state,
        limit_mw=case.limit_mw(rating),
        trip_at=trip_at,
        pattern=pattern(n, case.branch_from_i, case.branch_to_i),
        plant_mw=(np.bincount(bus, np.maximum(found.generation_mw, 0.0), n) + feeding) * case.bus_on,
        room_mw=np.bincount(bus, _room(case, state, found), n).astype(np.float64) * case.bus_on,
        load_mw=(taking + np.bincount(bus, np.maximum(-found.generation_mw, 0.0), n).astype(np.float64)) * case.bus_on,
        fixed_mw=(np.bincount(dc.to_i, arriving, n) - np.bincount(dc.from_i, found.dc_mw, n)).astype(np.float64),
        n_islands=0,
    )
    return Grid(**{**ready.__dict__, "n_islands": ready._count(state.bus, state.branch)})  # noqa: SLF001


def _room(case: PowerCase, state: GridState, found: Dispatched) -> Floats:
    """(G,) what each unit in service could give more."""
    most = np.where(np.isfinite(case.p_max), case.p_max, np.abs(case.load_mw).sum())
    return np.where(state.generator > 0.0, np.maximum(most - np.maximum(found.generation_mw, 0.0), 0.0), 0.0)
