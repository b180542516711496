"""Least-cost dispatch with the DC power flow: what each unit gives, what flows, what a megawatt more would cost.

Variables are power of units and of DC lines, cost above that of units with pieces, flow of branches, angle of buses.

    minimise the cost of units and DC lines, subject to the balance of each bus, each branch's flow as its convention
    says, flows and powers between their limits

Prices are the multipliers of the balances: what one more megawatt of load at the bus would cost.
Source: the standard DC optimal power flow, as in MATPOWER User's Manual, section 6.2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from mamori.errors import InfeasibleError, SolverError
from mamori.grid.cases.convention import Convention, DcBranches, dc_branches
from mamori.grid.cases.power import PowerCase
from mamori.grid.dispatch.costs import costs
from mamori.grid.highs import Problem, least_violation, optimum
from mamori.language.message import say
from mamori.records import Floats, Ints

MISSED_MW = 1e-4
"""Power that balances miss in all, above which a case counts as one without a dispatch."""


@dataclass(frozen=True)
class Dispatched:
    """The cheapest dispatch of a case.

    objective_usd_per_h: of units and DC lines, constants included
    generation_mw: (G,), 0 for what is off; dc_mw: (D,) leaving the first bus; flow_mw: (L,) from first to second bus
    angle_rad, price_usd_per_mwh: (N,), nan at isolated buses
    congestion_usd_per_mwh: (L,) what one more megawatt of the branch's rating would save an hour
    """

    objective_usd_per_h: float
    generation_mw: Floats
    dc_mw: Floats
    flow_mw: Floats
    angle_rad: Floats
    price_usd_per_mwh: Floats
    congestion_usd_per_mwh: Floats


def dispatch(case: PowerCase, convention: Convention = "matpower", rating: str = "continuous") -> Dispatched:
    """The cheapest dispatch of all that is in service.

    Raises CaseError if costs are missing or not convex, InfeasibleError if no dispatch serves the load, saying
    why.
    """
    unit_cost, dc_cost = costs(case)
    branch, dc, n = dc_branches(case, convention, rating), case.dc, len(case.bus_id)
    unit = np.flatnonzero(case.generator_on & case.bus_on[case.generator_bus_i])
    line = np.flatnonzero(branch.is_on)
    link = np.flatnonzero(dc.is_on & case.bus_on[dc.from_i] & case.bus_on[dc.to_i])
    piece = np.flatnonzero(np.isin(unit_cost.piece_i, unit))
    bend, bend_of_piece = np.unique(unit_cost.piece_i[piece], return_inverse=True)  # units whose cost has pieces
    n_unit, n_link, n_bend, n_line = len(unit), len(link), len(bend), len(line)
    if np.any(np.isin(dc_cost.piece_i, link)):
        raise SolverError(say("costs of DC lines by points are not solved; give a polynomial"))

    def at(bus_i: Ints, weight: Floats | float = 1.0) -> Any:
        """(N, K) which bus each of K things is at."""
        k = len(bus_i)
        return sp.csr_matrix((np.broadcast_to(weight, k).astype(float), (bus_i, np.arange(k))), (n, k))

    ends = at(case.branch_from_i[line]) - at(case.branch_to_i[line])
    arriving = at(dc.to_i[link], 1.0 - dc.loss_share[link]) - at(dc.from_i[link])
    balance = sp.hstack([at(case.generator_bus_i[unit]), arriving, sp.csr_matrix((n, n_bend)), -ends, _zero(n, n)])
    flows = sp.hstack(
        [_zero(n_line, n_unit + n_link + n_bend), sp.eye(n_line), -sp.diags(branch.mw_per_rad[line]) @ ends.T]
    )
    place = np.searchsorted(unit, unit_cost.piece_i[piece])
    rows, n_piece = np.arange(len(piece)), len(piece)
    of_unit = sp.csr_matrix((-unit_cost.slope[piece], (rows, place)), (n_piece, n_unit))
    of_bend = sp.csr_matrix((np.ones(n_piece), (rows, bend_of_piece)), (n_piece, n_bend))
    bends = sp.hstack([of_unit, _zero(n_piece, n_link), of_bend, _zero(n_piece, n_line + n)])
    demand = (case.load_mw + case.shunt_mw) * case.bus_on
    np.add.at(demand, dc.to_i[link], dc.loss_mw[link])
    angle = _angle_limits(case, branch, n)
    problem = Problem(
        cost=np.concatenate([unit_cost.linear[unit], dc_cost.linear[link], np.ones(n_bend), np.zeros(n_line + n)]),
        quadratic=2.0 * np.concatenate([unit_cost.square[unit], dc_cost.square[link], np.zeros(n_bend + n_line + n)]),
        low=np.concatenate([case.p_min[unit], dc.low_mw[link], np.full(n_bend, -np.inf), branch.low_mw[line], -angle]),
        high=np.concatenate([case.p_max[unit], dc.high_mw[link], np.full(n_bend, np.inf), branch.high_mw[line], angle]),
        matrix=sp.vstack([balance, flows, bends], format="csc"),
        row_low=np.concatenate([demand, branch.shift_mw[line], unit_cost.level[piece]]),
        row_high=np.concatenate([demand, branch.shift_mw[line], np.full(n_piece, np.inf)]),
    )
    try:
        found = optimum(problem)
    except InfeasibleError:
        raise InfeasibleError(_why(case, branch, unit, link, demand)) from None
    except SolverError:  # HiGHS may find no verdict on what is infeasible; how much is missing it always can say
        if least_violation(problem, n) > MISSED_MW:
            raise InfeasibleError(_why(case, branch, unit, link, demand)) from None
        raise
    cut = np.cumsum([n_unit, n_link, n_bend, n_line])
    power, dc_power, _, flow, angles = np.split(found.x, cut)
    generation, dc_mw, flow_mw = np.zeros(len(case.generator_id)), np.zeros(len(dc.id)), np.zeros(len(case.branch_id))
    generation[unit], dc_mw[link], flow_mw[line] = power, dc_power, flow
    congestion = np.zeros(len(case.branch_id))
    congestion[line] = np.abs(found.column_price[cut[2] : cut[3]])
    total = unit_cost.at(generation)[unit].sum() + dc_cost.at(dc_mw)[link].sum()
    return Dispatched(
        objective_usd_per_h=float(total),
        generation_mw=generation,
        dc_mw=dc_mw,
        flow_mw=flow_mw,
        angle_rad=np.where(case.bus_on, angles, np.nan),
        price_usd_per_mwh=np.where(case.bus_on, found.row_price[:n], np.nan),
        congestion_usd_per_mwh=congestion,
    )


def islands(case: PowerCase, branch: DcBranches) -> tuple[int, Ints]:
    """How many islands the buses in service make, and (N,) which each is in; -1 for isolated buses."""
    on, n = np.flatnonzero(branch.is_on), len(case.bus_id)
    links = sp.csr_matrix((np.ones(len(on)), (case.branch_from_i[on], case.branch_to_i[on])), (n, n))
    label = connected_components(links, directed=False)[1]
    names, numbers = np.unique(label[case.bus_on], return_inverse=True)
    island = np.full(n, -1)
    island[case.bus_on] = numbers
    return len(names), island


def _zero(rows: int, columns: int) -> Any:
    return sp.csr_matrix((rows, columns))


def _angle_limits(case: PowerCase, branch: DcBranches, n: int) -> Floats:
    """(N,) inf, but 0 at one bus of each island, the reference if it has one, and at isolated buses."""
    limit = np.full(n, np.inf)
    limit[~case.bus_on] = 0.0
    island = islands(case, branch)[1]
    order = np.lexsort((np.arange(n), case.bus_type != 3, island))
    _, first = np.unique(island[order], return_index=True)
    limit[order[first]] = 0.0
    return limit


def _why(case: PowerCase, branch: DcBranches, unit: Ints, link: Ints, demand: Floats) -> str:
    """What keeps a dispatch from serving the load: an island's plant, else lines."""
    n_islands, island = islands(case, branch)
    bus, dc = case.generator_bus_i[unit], case.dc
    most, least = np.zeros(n_islands), np.zeros(n_islands)
    np.add.at(most, island[bus], case.p_max[unit])
    np.add.at(least, island[bus], case.p_min[unit])
    for ends, sign in ((dc.from_i[link], -1.0), (dc.to_i[link], 1.0)):
        moved = np.sort(sign * np.stack([dc.low_mw[link], dc.high_mw[link]]), axis=0)
        np.add.at(least, island[ends], moved[0])
        np.add.at(most, island[ends], moved[1])
    load = np.bincount(island[case.bus_on], demand[case.bus_on], n_islands)
    for k in range(n_islands):
        if not least[k] - 1e-6 <= load[k] <= most[k] + 1e-6:
            return say(
                "no dispatch serves the load: around bus {bus} stand {load:,.1f} MW of load, and its plant gives "
                "{least:,.1f} to {most:,.1f} MW. `mamori grid shed` says what can be served.",
                bus=case.bus_id[int(np.argmax(island == k))], load=load[k], least=least[k], most=most[k],
            )  # fmt: skip
    return say(
        "no dispatch serves the load: there is plant enough, but the ratings or angle limits of branches do not let it "
        "through. `mamori grid shed` says what can be served."
    )
