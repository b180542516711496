from types import SimpleNamespace

import numpy as np
import pytest

from mamori.errors import SolverError
from mamori.grid import kernels
from mamori.grid.model import network
from mamori.grid.relief import kernels as relief
from mamori.records import GridState

HOUR = np.array([0])


def grid(load, plant, lines, hours=1):
    """load: (N, 3) MW by class; plant: [(bus, MW)]; lines: [(from, to, x, MW)]."""
    bus, power = zip(*plant, strict=True) if plant else ((), ())
    start, end, x, limit = zip(*lines, strict=True) if lines else ((), (), (), ())
    case = SimpleNamespace(
        bus_id=range(len(load)),
        generator_bus_i=np.array(bus, np.int64),
        branch_from_i=np.array(start, np.int64),
        branch_to_i=np.array(end, np.int64),
        branch_x=np.array(x, np.float64),
        branch_mw=np.array(limit, np.float64),
    )
    return network(case, np.tile(np.array(load, float), (hours, 1, 1)), np.tile(np.array(power, float), (hours, 1)))


def whole(net, **without):
    n, n_generators, n_branches = net.demand_mw.shape[1], net.available_mw.shape[1], net.high_mw.size
    state = GridState(np.ones(n, bool), np.ones(n), np.ones(n_generators), np.ones(n_branches, bool))
    for name, indices in without.items():
        getattr(state, name)[indices] = 0
    return state


TRIANGLE = [(0, 1, 0.1, 500.0), (1, 2, 0.1, 500.0), (0, 2, 0.1, 80.0)]
AT_2 = [[0, 0, 0], [0, 0, 0], [40, 60, 100]]


def test_three_buses_in_a_ring_by_hand():
    # two thirds of what bus 0 sends to bus 2 take the line between them, one third of what bus 1 sends
    net = grid(AT_2, [(0, 300.0), (1, 60.0)], TRIANGLE)
    found = net.dispatch(whole(net), 0)
    assert found.generation_mw == pytest.approx([90.0, 60.0, 0.0])  # 2/3 of 90 and 1/3 of 60 are 80
    assert found.served_mw[2] == pytest.approx([40.0, 60.0, 50.0])
    assert found.flow_mw == pytest.approx([10.0, 70.0, 80.0])
    service = net.serve(whole(net), HOUR)
    parts = [service.local_mw[0], service.network_mw[0], service.deficit_mw[0]]
    assert parts == pytest.approx([0.0, 50.0, 0.0])

    without_1 = net.dispatch(whole(net, generator=[1]), 0)
    assert without_1.generation_mw == pytest.approx([120.0, 0.0, 0.0])
    assert without_1.served_mw[2] == pytest.approx([40.0, 60.0, 20.0])


def test_without_the_line_between_them_more_is_served():
    # Braess: the ring's third line limits the other two
    net = grid(AT_2, [(0, 300.0)], TRIANGLE)
    ring, chain = whole(net), whole(net, branch=[2])
    assert net.dispatch(ring, 0).served_mw.sum() == pytest.approx(120.0)
    assert net.dispatch(chain, 0).served_mw.sum() == pytest.approx(200.0)


def test_a_deficit_is_shared_in_proportion_within_the_class_that_it_reaches():
    load = [[10, 20, 30], [5, 40, 10], [0, 20, 0]]
    net = grid(load, [(0, 65.0)], [(0, 1, 0.1, 500.0), (1, 2, 0.1, 500.0)])
    service = net.serve(whole(net), HOUR)
    assert service.deficit_mw[0] == pytest.approx(70.0)  # all 40 of industry, 30 of the households' 80
    assert service.served_mw[0] == pytest.approx(np.array([[10, 12.5, 0], [5, 25, 0], [0, 12.5, 0]]))


def test_shares_stay_equal_behind_a_line_that_binds():
    load = [[0, 0, 50], [0, 0, 60], [0, 0, 20]]
    net = grid(load, [(0, 500.0)], [(0, 1, 0.1, 40.0), (1, 2, 0.2, 100.0)])
    service = net.serve(whole(net), HOUR)
    assert service.served_mw[0, :, 2] == pytest.approx([50.0, 30.0, 10.0])
    assert service.network_mw[0] == pytest.approx(40.0)


def test_a_class_is_shed_before_the_next_even_far_from_the_line():
    load = [[0, 0, 0], [30, 0, 0], [0, 0, 20]]
    net = grid(load, [(0, 500.0)], [(0, 1, 0.1, 40.0), (1, 2, 0.1, 100.0)])
    assert net.dispatch(whole(net), 0).served_mw == pytest.approx(np.array([[0, 0, 0], [30, 0, 0], [0, 0, 10]]))


def test_islands_dead_buses_and_feeders_are_each_their_own():
    load = [[1, 2, 3]] * 5
    lines = [(0, 1, 0.1, 99.0), (1, 2, 0.1, 99.0), (2, 3, 0.1, 99.0), (3, 4, 0.1, 99.0)]
    net = grid(load, [(0, 4.0), (4, 100.0)], lines)
    state = whole(net, bus=[2])
    state.feeder[4] = 0.5
    service = net.serve(state, HOUR)
    served = service.served_mw[0]
    for i in (0, 1):
        assert served[i] == pytest.approx([1.0, 1.0, 0.0])  # 4 MW for two buses of 6
    assert served[2] == pytest.approx([0.0, 0.0, 0.0])
    assert served[3] == pytest.approx([1.0, 2.0, 3.0])
    assert served[4] == pytest.approx([0.5, 1.0, 1.5])
    assert service.local_mw[0] == pytest.approx(9.0)
    assert service.deficit_mw[0] == pytest.approx(0.0)  # there is plant enough in all
    assert service.network_mw[0] == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("plant", "lines", "without", "served"),
    [
        ([], [(0, 1, 0.1, 9.0)], {}, [0, 0]),
        ([(0, 9.0)], [], {}, [6, 0]),
        ([(0, 99.0)], [(0, 1, 0.1, 9.0)], {"bus": [0]}, [0, 0]),
        ([(0, 99.0)], [(0, 1, 0.1, 9.0)], {"bus": [0, 1]}, [0, 0]),
        ([(0, 99.0)], [(0, 1, 0.1, 9.0)], {"generator": [0]}, [0, 0]),
        ([(0, 99.0)], [(0, 1, 0.1, 9.0)], {"branch": [0]}, [6, 0]),
        ([(0, 99.0)], [(0, 1, 0.1, 9.0), (1, 0, 0.1, 2.0)], {}, [6, 4]),
    ],
)
def test_little_grids(plant, lines, without, served):
    net = grid([[1, 2, 3], [1, 2, 3]], plant, lines)
    service = net.serve(whole(net, **without), HOUR)
    assert service.served_mw[0].sum(axis=1) == pytest.approx(served)
    shed = service.local_mw + service.network_mw + service.deficit_mw
    assert shed == pytest.approx(12.0 - sum(served))


def test_no_load_and_no_hours_are_legal():
    net = grid([[0, 0, 0], [0, 0, 0]], [(0, 9.0)], [(0, 1, 0.1, 9.0)])
    assert net.serve(whole(net), HOUR).served_mw.sum() == 0.0
    empty = net.serve(whole(net), np.array([], np.int64))
    assert empty.served_mw.shape == (0, 2, 3)
    assert empty.network_mw.shape == (0,)


def test_the_compiled_loops_and_plain_python_agree(monkeypatch):
    rng = np.random.default_rng(4)
    lines = [(i, (i + k) % 8, rng.uniform(0.05, 0.3), rng.uniform(10, 40)) for i in range(8) for k in (1, 3)]
    net = grid(rng.uniform(0, 20, (8, 3)), [(0, 150.0), (3, 90.0), (5, 200.0)], lines, hours=3)
    net.demand_mw[1:] *= np.array([0.6, 1.7])[:, None, None]
    state = whole(net, bus=[6])
    hours = np.arange(3)
    compiled = net.solve(state, hours)
    assert compiled[4][0] > 10
    for module in (kernels, relief):
        for name in ("find_islands", "fill_factor", "copper_plate", "inject", "relieve", "settle", "price_factor",
                     "eliminate", "substitute", "serve_hours"):  # fmt: skip
            if hasattr(module, name):
                monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for ours, theirs in zip(compiled, net.solve(state, hours), strict=True):
        assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_a_failed_solve_says_so(monkeypatch):
    net = grid(AT_2, [(0, 300.0)], TRIANGLE)
    monkeypatch.setattr(kernels, "serve_hours", lambda *_: relief.TOO_MANY_STEPS)
    with pytest.raises(SolverError, match="too many steps"):
        net.serve(whole(net), HOUR)
