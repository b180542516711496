"""Least shed of a case with outages: what can still be served, by class, with every injection curtailable.

The problem and its one answer are those of `grid/model.py`; here a case of any source becomes one. Plant may give
anything from nothing to its greatest power, negative load is plant, storage gives for an hour. Shunts that take power
(GS) are served before every class and count as no load. DC lines carry nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mamori.errors import Fault, ScenarioError, SolverError
from mamori.grid.cases.convention import Convention, dc_branches
from mamori.grid.cases.outages import as_given
from mamori.grid.cases.power import PowerCase
from mamori.grid.model import Network, prices, slopes
from mamori.grid.shed.loads import CLASSES, WEIGHTS, Loads
from mamori.language.message import say
from mamori.maths.sparse import pattern
from mamori.records import Floats, GridState, Ints

SHUNT_WEIGHT = 1e5
"""Of shunts, beside `WEIGHTS`: first of all (as in PowerModelsRestoration)."""

EVENNESS = 1e-6
"""As in `grid/model.py`, but smaller: in a mesh of 2,000 buses a line's relief may take hundreds of megawatts of plant
for one of load, and at 1e-4 up to 0.24 of 343 MW were shed that a linear programme spares; at 1e-6 none is."""

MOST_STATES = 3_000_000
"""How many states an enumeration may have; 3 million take some minutes on a small case."""

WORST_TOLD = 10

MOST_OFF_MW = 1e-3
"""By how much the flows of an answer may miss the balance of a bus before it is no answer."""


@dataclass(frozen=True)
class Shed:
    """What a state serves: demand_mw, served_mw (N, C) by bus and class; generation_mw (G,); flow_mw (L,).

    shunt_shed_mw: what shunts miss; local_mw, network_mw, deficit_mw: parts, as in `Service`, of that and the load shed
    price: (N,) at the bus, in megawatts of the last class; n_islands of live buses
    """

    demand_mw: Floats
    served_mw: Floats
    generation_mw: Floats
    flow_mw: Floats
    price: Floats
    local_mw: float
    network_mw: float
    deficit_mw: float
    shunt_shed_mw: float
    n_islands: int

    @property
    def shed_mw(self) -> float:
        """Load that is not served."""
        return float((self.demand_mw - self.served_mw).sum())


@dataclass(frozen=True)
class System:
    """A case ready to be asked: its network of one hour, the columns of the network's classes, the case's load.

    columns: (K,) class of each class of the network, -1 for shunts
    """

    case: PowerCase
    loads: Loads
    network: Network
    columns: Ints
    demand_mw: Floats

    def shed(self, state: GridState) -> Shed:
        """Least shed of a state, in full. Raises SolverError if there is no answer."""
        found = self.network.dispatch(self._widened(state), 0)
        served, flow = np.zeros(self.demand_mw.shape), found.flow_mw
        for k, column in enumerate(self.columns.tolist()):
            if column >= 0:
                served[:, column] = found.served_mw[:, k]
        self._check(state, found.generation_mw - found.served_mw.sum(axis=1), flow)
        shunts = self.network.demand_mw[0][:, self.columns < 0].sum() - found.served_mw[:, self.columns < 0].sum()
        return Shed(
            demand_mw=self.demand_mw,
            served_mw=served,
            generation_mw=self._by_unit(state, found.generation_mw),
            flow_mw=flow,
            price=found.price,
            local_mw=float(found.shed_mw[0]),
            network_mw=float(found.shed_mw[1]),
            deficit_mw=float(found.shed_mw[2]),
            shunt_shed_mw=float(shunts),
            n_islands=found.n_islands,
        )

    def shed_mw(self, state: GridState) -> float:
        """Load that is not served in a state, alone."""
        served = self.network.solve(self._widened(state), np.array([0]))[0][0]
        return float(self.demand_mw.sum() - served[:, self.columns >= 0].sum())

    def worst(self, n_out: int, n_told: int = WORST_TOLD) -> Iterator[tuple[int, list[tuple[float, tuple[int, ...]]]]]:
        """Every choice of n_out branches in service, out at once: after each hundred states how many were asked and the
        n_told worst so far (MW, branches), the worst first.

        Raises ScenarioError if there are too many.
        """
        whole = as_given(self.case)
        branches = np.flatnonzero(whole.branch).tolist()
        n_states = count(len(branches), n_out)
        if n_states > MOST_STATES:
            rule = say("{states:,} states would be asked, and at most {most:,} are", states=n_states, most=MOST_STATES)
            raise ScenarioError(Fault("--worst", str(n_out), rule, say("Give a smaller number of outages.")))
        told: list[tuple[float, tuple[int, ...]]] = []
        for asked, out in enumerate(combinations(branches, n_out), 1):
            state = GridState(whole.bus, whole.feeder, whole.generator, whole.branch.copy())
            state.branch[list(out)] = False
            told.append((self.shed_mw(state), out))
            if asked % 100 == 0 or asked == n_states:
                told = sorted(told, key=lambda one: (-round(one[0], 6), one[1]))[:n_told]
                yield asked, told

    def _widened(self, state: GridState) -> GridState:
        """The state with what stands in for negative load and storage behind the generators."""
        more = self.network.generator_bus_i.size - state.generator.size
        generator = np.append(state.generator, np.ones(more))
        return GridState(state.bus, state.feeder, generator, state.branch)

    def _by_unit(self, state: GridState, bus_mw: Floats) -> Floats:
        """(G,) what each generator gives of what its bus does, in proportion to what it could."""
        can = self.network.available_mw[0] * self._widened(state).generator
        at = self.network.generator_bus_i
        whole = np.bincount(at, can, len(bus_mw))
        share = np.divide(bus_mw, whole, out=np.zeros(len(bus_mw)), where=whole > 0.0)
        by_unit: Floats = (can * share[at])[: state.generator.size]
        return by_unit

    def _check(self, state: GridState, injected_mw: Floats, flow_mw: Floats) -> None:
        """Flows that miss the balance show a factor that negative reactances have spoilt."""
        net, n = self.network, len(injected_mw)
        out = np.bincount(net.branch_from_i, flow_mw, n) - np.bincount(net.branch_to_i, flow_mw, n)
        off = np.abs(np.where(state.bus, injected_mw - out, 0.0)).max(initial=0.0)
        if not off <= MOST_OFF_MW:
            raise SolverError(
                say("least shed of the grid found no answer: {reason}", reason=say("flows do not add up"))
            )


def count(n: int, k: int) -> int:
    """Number of choices of k out of n."""
    found = 1
    for i in range(k):
        found = found * (n - i) // (i + 1)
    return found


def system(case: PowerCase, loads: Loads, convention: Convention = "matpower", rating: str = "continuous") -> System:
    """The case with its load by class, made ready. Raises CaseError if a branch has no reactance."""
    branch, n = dc_branches(case, convention, rating), len(case.bus_id)
    load = loads.by_bus(n)
    feeding = np.flatnonzero((case.load_mw < 0.0) & case.bus_on)
    shunt = np.maximum(case.shunt_mw, 0.0) * case.bus_on
    giving = np.flatnonzero((case.shunt_mw < 0.0) & case.bus_on)
    store = case.storage
    held = np.where(store.is_on, np.minimum(store.discharge_mw, store.energy_mwh), 0.0)
    total = float(load.sum() + shunt.sum())
    columns = [-1] * bool(shunt.any()) + [c for c in range(len(CLASSES)) if load[:, c].any()]
    columns = columns or [len(CLASSES) - 1]
    weight = np.array([SHUNT_WEIGHT if c < 0 else WEIGHTS[c] for c in columns])
    demand = np.stack([shunt if c < 0 else load[:, c] for c in columns], axis=1)
    plant = np.concatenate([np.clip(case.p_max, 0.0, total), -case.load_mw[feeding], -case.shunt_mw[giving], held])
    network = Network(
        demand_mw=np.ascontiguousarray(demand[None]),
        available_mw=np.ascontiguousarray(plant[None]),
        generator_bus_i=np.concatenate([case.generator_bus_i, feeding, giving, store.bus_i]).astype(np.int64),
        branch_from_i=case.branch_from_i,
        branch_to_i=case.branch_to_i,
        susceptance=np.where(branch.is_on, branch.mw_per_rad, 0.0),
        shift_mw=np.where(branch.is_on, branch.shift_mw, 0.0),
        low_mw=branch.low_mw,
        high_mw=branch.high_mw,
        pattern=pattern(n, case.branch_from_i, case.branch_to_i),
        price=prices(weight[::-1].copy()),
        slope=slopes(weight[::-1].copy(), EVENNESS),
    )
    return System(case, loads, network, np.array(columns), load)


def out_of_service(system: System, state: GridState) -> Sequence[str]:
    """Ids of what the case has in service and the state has not."""
    case, whole = system.case, as_given(system.case)
    return [
        *(case.branch_id[k] for k in np.flatnonzero(whole.branch & ~state.branch)),
        *(f"bus {case.bus_id[i]}" for i in np.flatnonzero(whole.bus & ~state.bus)),
        *(case.generator_id[g] for g in np.flatnonzero(whole.generator > state.generator)),
    ]
