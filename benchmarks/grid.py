"""Speed of least shed on damaged grids and of N-1 by AC, beside peers on the same states.

    python benchmarks/grid.py [--states 20] [--peer-states 3] [--json]

Processor seconds of one thread, medians. States: 3 % of branches, 1 % of buses and 5 % of units out, drawn anew; a
repair step mends one of these things, in random order, until all stand. mamori solves each from nothing, so that the
answer depends on the state alone. Peers on the same states: HiGHS called direct on the formulation by angles, cold;
PyPSA with HiGHS, if `pypsa` is installed (`uv run --with pypsa python benchmarks/grid.py`). N-1 by AC: all outages of
single branches, followed, beside lightsim2grid's own batch without mamori.
"""

import argparse
import json
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import scipy.sparse as sp

from mamori.grid.cases.names import read_named
from mamori.grid.cases.outages import as_given
from mamori.grid.highs import Problem, optimum
from mamori.grid.security.ac import MOST_ITERATIONS, TOLERANCE, AcGrid, branches_out
from mamori.grid.security.model import grid
from mamori.grid.shed.loads import all_other
from mamori.grid.shed.model import System, system
from mamori.records import GridState

CASES = ("rts-gmlc", "case_ACTIVSg2000")
TARGETS_MS = {"rts-gmlc": (3.0, 0.3), "case_ACTIVSg2000": (300.0, 8.0)}
SHARES = {"branch": 0.03, "bus": 0.01, "generator": 0.05}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor seconds and the answer."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def damaged(asked: System, seed: int) -> tuple[GridState, list[tuple[str, int]]]:
    """A state and what is out in it."""
    rng, state = np.random.default_rng(seed), as_given(asked.case)
    out: list[tuple[str, int]] = []
    for part, share in SHARES.items():
        there = np.flatnonzero(getattr(state, part))
        for i in rng.choice(there, max(1, round(share * there.size)), replace=False).tolist():
            getattr(state, part)[i] = 0
            out.append((part, i))
    rng.shuffle(out)
    return state, out


def repairs(state: GridState, out: list[tuple[str, int]]) -> Iterator[GridState]:
    """The state after each repair; the same object, changed."""
    for part, i in out:
        getattr(state, part)[i] = 1
        yield state


def highs_mw(asked: System, state: GridState) -> float:
    """Least shed by HiGHS, direct."""
    case, net, n = asked.case, asked.network, len(asked.case.bus_id)
    start, end = case.branch_from_i, case.branch_to_i
    live = np.flatnonzero(state.branch & state.bus[start] & state.bus[end])
    ends = sp.csr_matrix((np.ones(live.size), (start[live], np.arange(live.size))), (n, live.size))
    ends = ends - sp.csr_matrix((np.ones(live.size), (end[live], np.arange(live.size))), (n, live.size))
    plant = np.bincount(net.generator_bus_i, net.available_mw[0] * state.generator, n) * state.bus
    demand = asked.demand_mw.sum(axis=1) * state.bus
    flow = sp.diags(net.susceptance[live]) @ ends.T
    zero = np.zeros(live.size)
    found = optimum(
        Problem(
            cost=np.concatenate([np.zeros(n), np.ones(n), np.zeros(live.size + n)]),
            low=np.concatenate([np.zeros(2 * n), net.low_mw[live], np.full(n, -np.inf)]),
            high=np.concatenate([plant, demand, net.high_mw[live], np.full(n, np.inf)]),
            matrix=sp.vstack(
                [
                    sp.hstack([sp.eye(n), sp.eye(n), -ends, sp.csr_matrix((n, n))]),
                    sp.hstack([sp.csr_matrix((live.size, 2 * n)), sp.eye(live.size), -flow]),
                ],
                format="csc",
            ),
            row_low=np.concatenate([demand, zero]),
            row_high=np.concatenate([demand, zero]),
        )
    )
    return found.objective + float(asked.demand_mw.sum() - demand.sum())


def pypsa_mw(asked: System, state: GridState) -> float:
    """Least shed by PyPSA with HiGHS."""
    import pypsa

    case, net = asked.case, asked.network
    names = np.array([f"b{name}" for name in case.bus_id])
    live_bus = np.flatnonzero(state.bus)
    start, end = case.branch_from_i, case.branch_to_i
    live = np.flatnonzero(state.branch & state.bus[start] & state.bus[end])
    network = pypsa.Network()
    network.add("Bus", names[live_bus], v_nom=1.0)
    network.add(
        "Line", [f"l{k}" for k in live], bus0=names[start[live]], bus1=names[end[live]], r=0.0,
        x=case.base_mva / net.susceptance[live], s_nom=np.minimum(net.high_mw[live], 1e6),
    )  # fmt: skip
    units = np.flatnonzero((state.generator > 0.0) & state.bus[net.generator_bus_i])
    network.add(
        "Generator", [f"g{g}" for g in units], bus=names[net.generator_bus_i[units]],
        p_nom=net.available_mw[0][units] * state.generator[units],
    )  # fmt: skip
    demand = asked.demand_mw.sum(axis=1)
    loaded = live_bus[demand[live_bus] > 0.0]
    network.add("Load", [f"d{i}" for i in loaded], bus=names[loaded], p_set=demand[loaded])
    network.add("Generator", [f"s{i}" for i in loaded], bus=names[loaded], p_nom=demand[loaded], marginal_cost=1.0)
    network.optimize(solver_name="highs", solver_options={"output_flag": False, "threads": 1}, log_to_console=False)
    shed = network.generators_t.p.iloc[0]
    return float(shed[[f"s{i}" for i in loaded]].sum() + demand[~state.bus].sum())


def least_shed(name: str, n_states: int, n_peers: int, *, with_pypsa: bool) -> dict[str, Any]:
    """Medians of new states and of repair steps, and how far the answers are apart."""
    case = read_named(name)
    asked = system(case, all_other(case), "matpower")
    asked.shed_mw(as_given(case))
    new_s, repair_s, peers = list[float](), list[float](), {"highs": list[float](), "pypsa": list[float]()}
    apart = 0.0
    for seed in range(n_states):
        state, out = damaged(asked, seed)
        spent, ours = timed(lambda state=state: asked.shed_mw(state))
        new_s.append(spent)
        if seed < n_peers:
            for peer, work in (("highs", highs_mw), ("pypsa", pypsa_mw)):
                if peer == "highs" or with_pypsa:
                    spent, theirs = timed(lambda state=state, work=work: work(asked, state))
                    peers[peer].append(spent)
                    apart = max(apart, abs(ours - theirs))
        repair_s += [timed(lambda state=state: asked.shed_mw(state))[0] for state in repairs(state, out)]
    facts: dict[str, Any] = {
        "case": name,
        "new_state_ms": 1e3 * statistics.median(new_s),
        "repair_step_ms": 1e3 * statistics.median(repair_s),
        "repair_step_p90_ms": 1e3 * float(np.quantile(repair_s, 0.9)),
        "targets_ms": TARGETS_MS[name],
        "largest_difference_mw": apart,
    }
    for peer, spent_s in peers.items():
        if spent_s:
            facts[f"{peer}_ms"] = 1e3 * statistics.median(spent_s)
            facts[f"{peer}_over_mamori"] = statistics.median(spent_s) / statistics.median(new_s)
    return facts


def single_outages(name: str) -> dict[str, Any]:
    """N-1 by AC of all branches: mamori's whole answer beside lightsim2grid's batch alone."""
    from lightsim2grid.contingencyAnalysis import ContingencyAnalysisCPP

    case = read_named(name)
    ready = grid(case, "matpower", "long_term")
    looked = AcGrid(case, ready.branch, ready.dispatched, "long_term", 1e9)

    def alone() -> None:
        analysis = ContingencyAnalysisCPP(looked.model)
        analysis.handle_disconnected_grid = True
        analysis.add_all_n1()
        analysis.compute(looked.start, MOST_ITERATIONS, TOLERANCE)

    outages = branches_out(case, ready.state.branch)
    theirs = statistics.median(timed(alone)[0] for _ in range(3))
    ours = statistics.median(timed(lambda: looked.fates(*outages))[0] for _ in range(3))
    dc = statistics.median(timed(ready.single)[0] for _ in range(3))
    n = len(outages[0])
    return {
        "case": name, "outages": n, "ac_ms_each": 1e3 * ours / n, "lightsim2grid_ms_each": 1e3 * theirs / n,
        "ratio": ours / theirs, "dc_ms_each": 1e3 * dc / n,
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--states", type=int, default=20)
    parser.add_argument("--peer-states", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    try:
        import pypsa  # noqa: F401

        with_pypsa = True
    except ImportError:
        with_pypsa = False
    shed = [least_shed(name, given.states, given.peer_states, with_pypsa=with_pypsa) for name in CASES]
    outages = [single_outages(name) for name in CASES]
    if given.json:
        print(json.dumps({"least_shed": shed, "single_outages": outages}, indent=1))
        return
    for facts in (*shed, *outages):
        print(
            "  ".join(
                f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in facts.items()
            )
        )


if __name__ == "__main__":
    main()
