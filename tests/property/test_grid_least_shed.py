"""What must hold for any small grid and any damage."""

from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.grid.model import network
from mamori.records import GridState

PRICE = np.array([1e4, 1e2, 1.0])
MW = st.integers(0, 60).map(float)


@st.composite
def grids(draw):
    n = draw(st.integers(1, 9))
    bus = st.integers(0, n - 1)
    ends = draw(st.lists(st.tuples(bus, bus).filter(lambda e: e[0] != e[1]), max_size=18)) if n > 1 else []
    n_lines = len(ends)
    plant_at = draw(st.lists(bus, max_size=5))
    case = SimpleNamespace(
        bus_id=range(n),
        generator_bus_i=np.array(plant_at, np.int64),
        branch_from_i=np.array([a for a, _ in ends], np.int64),
        branch_to_i=np.array([b for _, b in ends], np.int64),
        branch_x=np.array(draw(st.lists(st.sampled_from([0.01, 0.1, 0.13, 1.0]), min_size=n_lines, max_size=n_lines))),
        branch_mw=np.array(draw(st.lists(st.sampled_from([5.0, 17.0, 40.0]), min_size=n_lines, max_size=n_lines))),
    )
    load = np.array(draw(st.lists(MW, min_size=3 * n, max_size=3 * n))).reshape(1, n, 3)
    plant = np.array(draw(st.lists(st.integers(0, 200).map(float), min_size=len(plant_at), max_size=len(plant_at))))

    def flags(k):
        return np.array(draw(st.lists(st.integers(0, 5), min_size=k, max_size=k)), np.int64) > 0

    state = GridState(flags(n), np.where(flags(n), 1.0, 0.5), np.ones(len(plant_at)), flags(n_lines))
    return network(case, load, plant.reshape(1, -1)), state


@settings(max_examples=60, deadline=None)
@given(grids())
def test_a_dispatch_carries_what_is_served(drawn):
    net, state = drawn
    found = net.dispatch(state, 0)
    n = state.bus.size
    net_mw = found.generation_mw - found.served_mw.sum(axis=1)
    out = np.bincount(net.branch_from_i, found.flow_mw, n) - np.bincount(net.branch_to_i, found.flow_mw, n)
    assert np.abs(net_mw - out).max() < 1e-5
    assert np.all(np.abs(found.flow_mw) <= net.high_mw + 1e-5)
    reach = net.demand_mw[0] * (state.feeder * state.bus)[:, None]
    assert np.all(found.served_mw >= 0.0)
    assert np.all(found.served_mw <= reach)
    plant = np.bincount(net.generator_bus_i, net.available_mw[0] * state.generator, n) * state.bus
    assert np.all(found.generation_mw >= 0.0)
    assert np.all(found.generation_mw <= plant + 1e-9)
    service = net.serve(state, np.array([0]))
    shed = service.local_mw + service.network_mw + service.deficit_mw
    assert abs(shed[0] - (service.demand_mw - service.served_mw).sum()) < 1e-6
    assert min(service.local_mw[0], service.network_mw[0], service.deficit_mw[0]) > -1e-6


@settings(max_examples=60, deadline=None)
@given(grids(), st.integers(0, 4))
def test_less_plant_is_never_better(drawn, lost):
    net, state = drawn
    before = (net.serve(state, np.array([0])).served_mw[0] @ PRICE).sum()
    if lost < state.generator.size:
        state.generator[lost] = 0.0
    after = (net.serve(state, np.array([0])).served_mw[0] @ PRICE).sum()
    assert after <= before * (1.0 + 1e-6) + 1e-3


@settings(max_examples=40, deadline=None)
@given(grids(), st.randoms(use_true_random=False))
def test_the_order_of_buses_changes_nothing(drawn, random):
    net, state = drawn
    n = state.bus.size
    order = list(range(n))
    random.shuffle(order)
    place = np.argsort(order)
    case = SimpleNamespace(
        bus_id=range(n), generator_bus_i=place[net.generator_bus_i], branch_from_i=place[net.branch_from_i],
        branch_to_i=place[net.branch_to_i], branch_x=1.0 / net.susceptance, branch_mw=net.high_mw,
    )  # fmt: skip
    other = network(case, net.demand_mw[:, order], net.available_mw)
    moved = GridState(state.bus[order], state.feeder[order], state.generator, state.branch)
    ours, theirs = net.serve(state, np.array([0])).served_mw[0], other.serve(moved, np.array([0])).served_mw[0]
    assert np.allclose(ours[order], theirs, atol=1e-4)
