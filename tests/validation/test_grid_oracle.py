"""RTS-GMLC under random damage, against an independent linear programme and against the conditions of optimality.

The oracle is SciPy's interface to HiGHS on the formulation by angles, with prices of 1, 100 and 10,000 a megawatt.
"""

from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog, nnls

from mamori.grid.case import read_case
from mamori.grid.model import intact, network
from mamori.grid.potential import potential
from mamori.grid.series import read_series, split_demand

PRICE = np.array([1e4, 1e2, 1.0])
HOURS = np.array([19, 44, 120])


@lru_cache
def rts():
    case = read_case("rts-gmlc")
    series = read_series(case, datetime(2027, 1, 15, 22, tzinfo=UTC), 168, turn_days=183, peak_margin=0.05)
    demand = split_demand(series.demand_mw, 0.08 * series.demand_mw.mean(axis=0), 0.35)
    return case, network(case, demand, series.available_mw)


def damaged(seed, n_lost):
    case, _ = rts()
    rng = np.random.default_rng(seed)
    state = intact(case)
    for kind in rng.choice(4, n_lost, p=[0.25, 0.2, 0.35, 0.2]):
        if kind == 0:
            state.bus[rng.integers(73)] = False
        elif kind == 1:
            state.branch[rng.integers(120)] = False
        elif kind == 2:
            state.generator[rng.integers(158)] = 0.0
        else:
            state.feeder[rng.integers(73)] = 0.5
    return state


def wanted(net, state, hour):
    """Demand (N, C) and plant (N,) that live buses bring into the problem."""
    plant = np.bincount(net.generator_bus_i, net.available_mw[hour] * state.generator, state.bus.size)
    return net.demand_mw[hour] * (state.feeder * state.bus)[:, None], plant * state.bus


def least_shed(net, state, hour):
    """Shed (C,) of each class in an optimum of the linear programme; variables plant, shed, angles."""
    n = state.bus.size
    live = np.flatnonzero(state.branch & state.bus[net.branch_from_i] & state.bus[net.branch_to_i])
    demand, plant = wanted(net, state, hour)
    rows = np.arange(live.size)
    ends = sp.csr_matrix((np.ones(live.size), (rows, net.branch_from_i[live])), (live.size, n)) - sp.csr_matrix(
        (np.ones(live.size), (rows, net.branch_to_i[live])), (live.size, n)
    )
    flow = sp.diags(net.susceptance[live]) @ ends
    balance = sp.hstack([sp.eye(n), sp.kron(sp.eye(n), np.ones((1, 3))), -ends.T @ flow])
    carried = sp.hstack([sp.csr_matrix((live.size, 4 * n)), flow])
    result = linprog(
        np.concatenate([np.zeros(n), np.tile(PRICE, n), np.zeros(n)]),
        A_ub=sp.vstack([carried, -carried]),
        b_ub=np.tile(net.high_mw[live], 2),
        A_eq=balance,
        b_eq=demand.sum(axis=1),
        bounds=[(0, p) for p in plant] + [(0, d) for d in demand.ravel()] + [(None, None)] * n,
        method="highs",
    )
    assert result.status == 0
    return result.x[n : 4 * n].reshape(n, 3).sum(axis=0)


@pytest.mark.parametrize("n_lost", [0, 8, 20, 40])
def test_the_shed_of_each_class_is_that_of_the_linear_programme(n_lost):
    _, net = rts()
    for seed in range(4):
        state = damaged(seed, n_lost)
        service = net.serve(state, HOURS)
        for k, hour in enumerate(HOURS):
            demand, _ = wanted(net, state, hour)
            ours = (demand - service.served_mw[k]).sum(axis=0)
            theirs = least_shed(net, state, hour)
            assert ours @ PRICE == pytest.approx(theirs @ PRICE, rel=1e-6, abs=1e-3)
            assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("n_lost", [10, 30])
def test_dispatch_and_prices_prove_that_the_answer_is_the_optimum(n_lost):
    # convex, so these prove it: it is feasible, shares follow the prices, lines at their rating explain the prices
    _, net = rts()
    n_bound = 0
    for seed in range(10, 18):
        state = damaged(seed, n_lost)
        found = net.dispatch(state, 19)
        demand, plant = wanted(net, state, 19)
        start, end, n = net.branch_from_i, net.branch_to_i, state.bus.size
        net_mw = found.generation_mw - found.served_mw.sum(axis=1)
        out = np.bincount(start, found.flow_mw, n) - np.bincount(end, found.flow_mw, n)
        assert np.abs(net_mw - out).max() < 1e-6
        assert (np.abs(found.flow_mw) - net.high_mw).max() < 2e-6

        size = np.column_stack([plant, demand[:, ::-1]])
        used = np.column_stack([found.generation_mw, (demand - found.served_mw)[:, ::-1]])
        share = np.clip((found.price[:, None] - net.price) / net.slope, 0.0, 1.0)
        assert np.abs(used - share * size).max() < 1e-3

        live = state.branch & state.bus[start] & state.bus[end]
        pull = np.where(live, net.susceptance * (found.price[start] - found.price[end]), 0.0)
        bound = np.flatnonzero(live & (np.abs(found.flow_mw) > net.high_mw - 1e-5))
        n_bound += bound.size
        left = np.bincount(start, pull, n) - np.bincount(end, pull, n)
        if bound.size:
            rents = np.zeros((n, bound.size))
            sign = net.susceptance[bound] * np.sign(found.flow_mw[bound])
            rents[start[bound], np.arange(bound.size)] -= sign
            rents[end[bound], np.arange(bound.size)] += sign
            assert nnls(rents, left)[1] < 1e-6 * np.abs(left).max()
        else:
            assert np.abs(left).max() < 1e-6
    assert n_bound >= 5


def test_the_intact_grid_serves_all_at_the_winter_peak():
    case, net = rts()
    service = net.serve(intact(case), np.arange(168))
    assert np.array_equal(service.served_mw, service.demand_mw)
    assert not np.any(service.local_mw + service.network_mw + service.deficit_mw)


def test_the_answer_does_not_depend_on_who_asked_what_before():
    _, net = rts()
    states = [damaged(seed, 25) for seed in range(5)]
    together = [net.serve(state, np.arange(0, 48, 6)) for state in states]
    for state, service in reversed(list(zip(states, together, strict=True))):
        for k in (7, 0, 3):
            alone = net.serve(state, np.array([6 * k]))
            for name in ("served_mw", "local_mw", "network_mw", "deficit_mw"):
                assert getattr(alone, name)[0].tobytes() == getattr(service, name)[k].tobytes()


def test_local_network_and_deficit_add_up_and_none_is_negative():
    _, net = rts()
    for seed in range(20, 26):
        service = net.serve(damaged(seed, 35), np.arange(0, 168, 7))
        shed = (service.demand_mw - service.served_mw).sum(axis=(1, 2))
        parts = np.stack([service.local_mw, service.network_mw, service.deficit_mw])
        assert np.allclose(parts.sum(axis=0), shed, atol=1e-6)
        assert parts.min() > -1e-6


def test_the_estimate_finds_the_best_repair_among_its_first_five():
    _, net = rts()
    weight = np.array([4.0, 1.0, 0.5])
    found = []
    for seed in range(12):
        state = damaged(seed, 20)
        estimate = potential(net, state, 19, weight)
        whole = intact(rts()[0])
        before = (net.serve(state, HOURS[:1]).served_mw[0] @ weight).sum()
        pairs = []
        for part in ("bus", "feeder", "generator", "branch"):
            guess, now = getattr(estimate, part), getattr(state, part)
            assert np.all(guess[now == 1] == 0.0)
            assert np.all(guess >= 0.0)
            for i in np.flatnonzero(now < 1):
                mended = {name: getattr(state, name).copy() for name in ("bus", "feeder", "generator", "branch")}
                mended[part][i] = getattr(whole, part)[i]
                after = net.serve(type(state)(**mended), HOURS[:1]).served_mw[0]
                pairs.append((guess[i], (after @ weight).sum() - before))
        pairs.sort(reverse=True)
        best = max(gain for _, gain in pairs)
        found.append(max(gain for _, gain in pairs[:5]) / best)
    assert min(found) > 0.99
