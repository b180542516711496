"""Least shed where a feeder is on or off as a whole, whoever is on it: a mixed-integer programme by HiGHS.

A feeder mixes classes, so switching it off to shed industry takes the telecom mast on it along. The weights of the
classes are those of least shed by shares, so that the two can be compared; shares are what a grid with a switch for
each customer could do, whole feeders what operators have.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from mamori.grid.cases.convention import Convention, dc_branches
from mamori.grid.highs import Problem, optimum
from mamori.grid.shed.loads import WEIGHTS
from mamori.grid.shed.model import SHUNT_WEIGHT, System
from mamori.records import Bools, Floats, GridState, Ints


@dataclass(frozen=True)
class Switched:
    """is_on: (F,) of the feeders; served_mw: (N, C) by bus and class; gap: to the best, relative."""

    is_on: Bools
    served_mw: Floats
    gap: float


def switch_feeders(
    system: System, state: GridState, convention: Convention, rating: str = "continuous", time_limit_s: float = 600.0
) -> Switched:
    """Which feeders to keep on in a state, so that the weighted shed is least.

    convention, rating: those that the system was made with
    Raises SolverError if HiGHS finds no proven optimum in time, InfeasibleError if shifts of angle leave no answer.
    """
    case, net, loads, n = system.case, system.network, system.loads, len(system.case.bus_id)
    branch = dc_branches(case, convention, rating)
    start, end = case.branch_from_i, case.branch_to_i
    line = np.flatnonzero(state.branch & branch.is_on & state.bus[start] & state.bus[end])
    n_more = net.generator_bus_i.size - state.generator.size
    plant = net.available_mw[0] * np.append(state.generator, np.ones(n_more)) * state.bus[net.generator_bus_i]
    shunt = net.demand_mw[0][:, system.columns < 0].sum(axis=1) * state.bus
    feeder_mw = loads.mw.sum(axis=1)
    n_unit, n_feeder, n_line = len(plant), len(feeder_mw), len(line)

    def at(bus_i: Ints, weight: Floats | float = 1.0) -> Any:
        """(N, K) which bus each of K things is at."""
        k = len(bus_i)
        return sp.csr_matrix((np.broadcast_to(weight, k).astype(float), (bus_i, np.arange(k))), (n, k))

    ends = at(start[line]) - at(end[line])
    balance = sp.hstack(
        [at(net.generator_bus_i), -at(loads.bus_i, feeder_mw), -sp.eye(n), -ends, sp.csr_matrix((n, n))]
    )
    flows = sp.hstack(
        [
            sp.csr_matrix((n_line, n_unit + n_feeder + n)),
            sp.eye(n_line),
            -sp.diags(branch.mw_per_rad[line]) @ ends.T,
        ]
    )
    worth = loads.mw @ WEIGHTS
    free = np.full(n, np.inf)
    problem = Problem(
        cost=np.concatenate([np.zeros(n_unit), -worth, np.full(n, -SHUNT_WEIGHT), np.zeros(n_line + n)]),
        low=np.concatenate([np.zeros(n_unit + n_feeder + n), branch.low_mw[line], -free]),
        high=np.concatenate([plant, state.bus[loads.bus_i].astype(float), shunt, branch.high_mw[line], free]),
        matrix=sp.vstack([balance, flows], format="csc"),
        row_low=np.concatenate([np.zeros(n), branch.shift_mw[line]]),
        row_high=np.concatenate([np.zeros(n), branch.shift_mw[line]]),
        is_integer=np.concatenate([np.zeros(n_unit, bool), np.ones(n_feeder, bool), np.zeros(2 * n + n_line, bool)]),
    )
    found = optimum(problem, gap=1e-6, time_limit_s=time_limit_s)
    is_on = found.x[n_unit : n_unit + n_feeder] > 0.5
    served = np.zeros((n, len(WEIGHTS)))
    np.add.at(served, loads.bus_i[is_on], loads.mw[is_on])
    return Switched(is_on, served, found.gap)
