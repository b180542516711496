"""What a state of the grid can serve: least shed by priority, with the DC power flow, islands and line ratings.

One strictly convex problem gives one answer, whoever asks and in whatever order. Each bus supplies itself from
segments: its plant, at price 0, then its load classes from the last in priority to the first, which are shed at prices
of 1, WEIGHT and WEIGHT squared. So that shares are equal wherever the network lets them, the price of a segment of
z MW rises from its first megawatt to its last by EVENNESS times p, where p is the class's price, or 1 for plant. With
v MW used of a segment:

    minimise sum (price v + EVENNESS p v^2 / (2 z)) subject to 0 <= v <= z, balance of each island, |flow| <= rating

Without lines the answer has a closed form: plant in proportion, then the last class in equal shares, then the next.
Where its flows fit, that is the answer; where they do not, a dual active-set method (`relief/kernels.py`) goes on from
there. Every hour is solved on its own, so the answer is a function of state and hour alone, bit for bit.

Source: DC power flow with susceptance 1/x, without taps and losses, and the dual active-set method of Goldfarb and
Idnani for strictly convex quadratic programmes, here with a diagonal Hessian; both are textbook formulae.
"""

from dataclasses import dataclass

import numpy as np

from mamori.errors import SolverError
from mamori.grid import kernels
from mamori.grid.case import GridCase
from mamori.grid.relief import kernels as relief
from mamori.language.message import say
from mamori.maths.sparse import Pattern, pattern, substitute
from mamori.records import Floats, GridState, Ints, Service

WEIGHT = 100.0
"""How many megawatts of a load class an operator would shed to spare one of the next in priority (assumption)."""

EVENNESS = 1e-4
"""Small enough that the least total of each class is met as by a linear programme, large enough to be resolved."""

_REASONS = {
    relief.STALLED: say("a line that is held at its rating came out overloaded"),
    relief.TOO_MANY_LINES: say("too many lines bind at once"),
    relief.TOO_MANY_STEPS: say("it took too many steps"),
    relief.NO_WAY_ON: say("no step led on"),
}


@dataclass(frozen=True)
class Dispatch:
    """One hour of one state in full.

    generation_mw: (N,) of each bus; served_mw: (N, C); flow_mw: (L,) from the branch's first bus to its second
    price: (N,) what one more megawatt at the bus would save, in the objective of the module; 0 at dead buses
    shed_mw: (3,) local, network and deficit; n_islands: of live buses
    n_steps: of the active-set method, 0 where the closed form held
    """

    generation_mw: Floats
    served_mw: Floats
    flow_mw: Floats
    price: Floats
    shed_mw: Floats
    n_islands: int
    n_steps: int


@dataclass(frozen=True)
class Network:
    """A grid with its demand and plant over a horizon of H hours.

    demand_mw: (H, N, C) by class; available_mw: (H, G) of the intact plant, at the buses generator_bus_i
    branch_from_i, branch_to_i, susceptance (MW for a unit of angle), shift_mw: (L,) the flow of a branch is its
    susceptance times the difference of angles plus its shift; low_mw, high_mw: (L,) between which it must lie
    price, slope: (C + 1,) of the segments of a bus: plant, then the classes from the last to the first
    """

    demand_mw: Floats
    available_mw: Floats
    generator_bus_i: Ints
    branch_from_i: Ints
    branch_to_i: Ints
    susceptance: Floats
    shift_mw: Floats
    low_mw: Floats
    high_mw: Floats
    pattern: Pattern
    price: Floats
    slope: Floats

    def serve(self, state: GridState, hours: Ints) -> Service:
        """Power served in a state over some hours: a function of state and hour alone.

        hours: (H,) indices into the horizon
        Raises SolverError if an hour could not be solved.
        """
        hour = np.ascontiguousarray(hours, np.int64)
        served, shed, *_ = self.solve(state, hour)
        return Service(hour, self.demand_mw[hour], served, shed[:, 0], shed[:, 1], shed[:, 2])

    def dispatch(self, state: GridState, hour: int) -> Dispatch:
        """The dispatch and the flows that carry what `serve` serves at one hour."""
        served, shed, generation, price, steps = self.solve(state, np.array([hour], np.int64))
        sparse = self.pattern
        n = sparse.place.size
        label, members, first = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n + 1, np.int64)
        ends = self.branch_from_i, self.branch_to_i
        n_islands = kernels.find_islands(state.bus, state.branch, *ends, label, members, first)
        factor = np.empty(n + sparse.row.size)
        kernels.fill_factor(
            label, members, first, n_islands, state.branch, *ends, self.susceptance, sparse.place, sparse.column,
            sparse.target, sparse.slot, factor,
        )  # fmt: skip
        angle = np.empty(n)
        is_live = state.branch & state.bus[ends[0]] & state.bus[ends[1]]
        shifted = np.where(is_live, self.shift_mw, 0.0)
        moved = np.bincount(ends[1], shifted, n) - np.bincount(ends[0], shifted, n)
        angle[sparse.place] = generation[0] - served[0].sum(axis=1) + moved
        substitute(sparse.column, sparse.row, factor, angle)
        angle = angle[sparse.place]
        flow = np.where(is_live, self.susceptance * (angle[ends[0]] - angle[ends[1]]) + self.shift_mw, 0.0)
        return Dispatch(generation[0], served[0], flow, price[0], shed[0], n_islands, int(steps[0]))

    def solve(self, state: GridState, hour: Ints) -> tuple[Floats, Floats, Floats, Floats, Ints]:
        """Everything that the kernel finds at the hours (H,).

        Returns served (H, N, C), shed (H, 3) local, network and deficit, generation and price (H, N), and the
        steps of the active-set method and the most lines that bound (2,).
        """
        n_hours, (n, n_classes) = hour.size, self.demand_mw.shape[1:]
        served, shed = np.empty((n_hours, n, n_classes)), np.empty((n_hours, 3))
        generation, price, steps = np.empty((n_hours, n)), np.empty((n_hours, n)), np.zeros(2, np.int64)
        sparse = self.pattern
        status = kernels.serve_hours(
            hour, self.demand_mw, self.available_mw, self.generator_bus_i, self.branch_from_i, self.branch_to_i,
            self.susceptance, self.shift_mw, self.low_mw, self.high_mw, sparse.place, sparse.column, sparse.row,
            sparse.target, sparse.slot, self.price, self.slope, state.bus, state.feeder, state.generator, state.branch,
            served, shed, generation, price, steps,
        )  # fmt: skip
        if status != relief.DONE:
            raise SolverError(say("least shed of the grid found no answer: {reason}", reason=_REASONS[status]))
        return served, shed, generation, price, steps


def network(case: GridCase, demand_mw: Floats, available_mw: Floats) -> Network:
    """The network of a case.

    demand_mw: (H, N, C) by class, the first in priority first; available_mw: (H, G)
    """
    weight: Floats = np.float64(WEIGHT) ** np.arange(demand_mw.shape[2])
    return Network(
        demand_mw=np.ascontiguousarray(demand_mw, np.float64),
        available_mw=np.ascontiguousarray(available_mw, np.float64),
        generator_bus_i=case.generator_bus_i,
        branch_from_i=case.branch_from_i,
        branch_to_i=case.branch_to_i,
        susceptance=1.0 / case.branch_x,
        shift_mw=np.zeros(len(case.branch_x)),
        low_mw=-case.branch_mw,
        high_mw=case.branch_mw,
        pattern=pattern(len(case.bus_id), case.branch_from_i, case.branch_to_i),
        price=prices(weight),
        slope=slopes(weight),
    )


def prices(weight: Floats) -> Floats:
    """(C + 1,) of the segments of a bus: plant, then the classes by their weights (C,), the last in priority first."""
    return np.append(0.0, weight)


def slopes(weight: Floats, evenness: float = EVENNESS) -> Floats:
    """(C + 1,) by which those prices rise from the first to the last megawatt of a segment."""
    return evenness * np.append(10.0, np.sqrt(weight))


def intact(case: GridCase) -> GridState:
    """The state in which everything stands."""
    n, n_generators, n_branches = len(case.bus_id), len(case.generator_id), len(case.branch_id)
    return GridState(np.ones(n, bool), np.ones(n), np.ones(n_generators), np.ones(n_branches, bool))
