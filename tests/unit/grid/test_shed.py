"""Least shed of a case: by hand, against HiGHS, by class and feeder, and what it refuses."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog

from mamori.errors import CaseError, ScenarioError, SolverError
from mamori.grid.cases.convention import dc_branches
from mamori.grid.cases.names import read_named
from mamori.grid.cases.outages import as_given, without
from mamori.grid.shed.feeders import switch_feeders
from mamori.grid.shed.loads import CLASSES, WEIGHTS, Loads, all_other, read_loads
from mamori.grid.shed.model import out_of_service, system
from mamori.records import GridState
from small_case import line, small_case

BIG = (1, 0, 500, line(1))


def shed_of(case, *out, loads=None, convention="matpower", **more):
    return system(case, loads or all_other(case), convention).shed(without(case, *out, **more))


@pytest.mark.parametrize(
    ("loads", "units", "branches", "served"),
    [
        ([50, 40], [], [(1, 2, 0.1, 0.0)], [0, 0]),  # no generator
        ([50, 40], [BIG], [], [50, 0]),  # a bus that nothing reaches
        ([50, 40], [BIG], [(1, 2, 0.1, 0.0)], [50, 40]),  # a rating of 0 is none
        ([50, 40], [BIG], [(1, 2, 0.1, 15.0)], [50, 15]),
        ([50, 40], [(1, 0, 45, line(1))], [(1, 2, 0.1, 0.0)], [25, 20]),  # more load than plant: equal shares
        ([50, -40], [], [(1, 2, 0.1, 0.0)], [40, 0]),  # negative load is plant
        ([50, -40], [], [(1, 2, 0.1, 15.0)], [15, 0]),
        ([0, 40], [(1, -90, -10, line(1)), (2, 0, 30, line(1))], [(1, 2, 0.1, 0.0)], [0, 30]),  # may take nothing
        ([0, 60, 0], [BIG], [(1, 2, 0.1, 0.0), (2, 3, -0.05, 0.0), (1, 3, 0.2, 0.0)], [0, 60, 0]),
        ([0, 60], [(1, 0, np.inf, line(1))], [(1, 2, 0.1, 0.0)], [0, 60]),
    ],
)
def test_little_grids(tmp_path, loads, units, branches, served):
    case = small_case(tmp_path, loads, units, branches)
    found = shed_of(case)
    assert found.served_mw.sum(axis=1) == pytest.approx(served)
    assert found.shed_mw == pytest.approx(np.maximum(loads, 0).sum() - sum(served))
    assert found.local_mw + found.network_mw + found.deficit_mw == pytest.approx(found.shed_mw)


def test_a_reference_that_is_cut_off_is_an_island_like_others(tmp_path):
    case = small_case(tmp_path, [10, 20, 30], [BIG, (3, 0, 40, line(1))], [(1, 2, 0.1, 0.0), (2, 3, 0.1, 0.0)])
    found = shed_of(case, ["1-2"])
    assert found.n_islands == 2
    assert found.served_mw.sum(axis=1) == pytest.approx([10, 16, 24])
    dark = shed_of(case, buses=["1"])
    assert (dark.local_mw, dark.shed_mw) == pytest.approx((10.0, 20.0))
    assert shed_of(case, generators=["3"]).generation_mw == pytest.approx([60.0, 0.0])


def test_isolated_buses_and_units_that_are_off_take_no_part(tmp_path):
    case = small_case(tmp_path, [10, 20], [BIG], [(1, 2, 0.1, 0.0)])
    text = (tmp_path / "small.m").read_text()
    (tmp_path / "small.m").write_text(text.replace("2 2 20 0", "2 4 20 0"))
    found = shed_of(read_named(str(tmp_path / "small.m")))
    assert (found.demand_mw.sum(), found.shed_mw) == (10.0, 0.0)
    (tmp_path / "small.m").write_text(text.replace("100 1 500 0", "100 0 500 0"))
    assert shed_of(read_named(str(tmp_path / "small.m"))).shed_mw == 30.0
    assert out_of_service(system(case, all_other(case)), without(case, ["1-2"], ["2"], ["1"])) == ["1-2", "bus 2", "g1"]


def test_shunts_go_first_and_are_no_load(tmp_path):
    case = small_case(tmp_path, [0, 60], [(1, 0, 40, line(1))], [(1, 2, 0.1, 0.0)], shunts=[0, 25])
    found = shed_of(case)
    assert (found.served_mw.sum(), found.shunt_shed_mw) == pytest.approx((15.0, 0.0))
    less = shed_of(small_case(tmp_path, [0, 60], [(1, 0, 20, line(1))], [(1, 2, 0.1, 0.0)], shunts=[0, 25]))
    assert (less.served_mw.sum(), less.shunt_shed_mw) == pytest.approx((0.0, 5.0))


def test_storage_gives_for_an_hour(tmp_path):
    store = "mpc.storage = [2 0 0 {} 50 20 25 1 1 40 0 0 0 0 0 0 1];"
    for energy, served in ((100, 25), (7, 7)):
        case = small_case(tmp_path, [0, 60], [], [(1, 2, 0.1, 0.0)], store.format(energy))
        assert shed_of(case).served_mw.sum() == pytest.approx(served)


def test_angle_limits_and_phase_shifts_hold(tmp_path):
    text = "1 2 0.02 0.1 0 0 0 0 0 {} 1 {} {}"
    for shift, low, high, convention, served in (
        (0, -1, 1, "matpower", 1000 * np.radians(1)),
        (0, -9, 0.5, "matpower", 1000 * np.radians(0.5)),
        (3, -1, 1, "matpower", 1000 * np.radians(1 - 3)),
        (-3, -1, 1, "matpower", 1000 * np.radians(1 + 3)),
        (3, -1, 1, "powermodels", 100 * 0.1 / 0.0104 * np.radians(1)),
    ):
        small_case(tmp_path, [0, 900], [(1, 0, 900, line(1))], [(1, 2, 0.1, 0)])
        file = tmp_path / "small.m"
        file.write_text(file.read_text().replace("1 2 0 0.1 0 0 0 0 0 0 1 -360 360", text.format(shift, low, high)))
        if served > 0:
            assert shed_of(read_named(str(file)), convention=convention).served_mw.sum() == pytest.approx(served)
        else:  # the shift alone drives more around than the limit allows: nothing is right, and that is told
            with pytest.raises(SolverError, match="no step led on"):
                shed_of(read_named(str(file)), convention=convention)


def ring_of_shifts(tmp_path):
    """Three buses in a ring, one branch with a shift of 2 degrees, ratings on all."""
    ring = [(1, 2, 0.1, 60), (2, 3, 0.15, 60), (1, 3, 0.2, 60)]
    small_case(tmp_path, [0, 80, 90], [(1, 0, 300, line(1)), (2, 0, 30, line(2))], ring)
    file = tmp_path / "small.m"
    file.write_text(file.read_text().replace("1 3 0 0.2 0 60 0 0 0 0 1", "1 3 0 0.2 0 60 0 0 1.05 2 1"))
    return read_named(str(file))


def least(asked, state, convention):
    """Weighted shed of an optimum of the linear programme by SciPy: plant, served classes, angles."""
    case, net = asked.case, asked.network
    branch, n, k = dc_branches(case, convention), len(case.bus_id), len(CLASSES)
    start, end = case.branch_from_i, case.branch_to_i
    live = np.flatnonzero(branch.is_on & state.branch & state.bus[start] & state.bus[end])
    ends = sp.csr_matrix((np.ones(live.size), (np.arange(live.size), start[live])), (live.size, n))
    ends = ends - sp.csr_matrix((np.ones(live.size), (np.arange(live.size), end[live])), (live.size, n))
    flow = sp.diags(branch.mw_per_rad[live]) @ ends
    plant = np.bincount(net.generator_bus_i, net.available_mw[0] * np.append(
        state.generator, np.ones(net.generator_bus_i.size - state.generator.size)), n) * state.bus  # fmt: skip
    demand = asked.demand_mw * state.bus[:, None]
    shift = branch.shift_mw[live]
    has_high, has_low = np.isfinite(branch.high_mw[live]), np.isfinite(branch.low_mw[live])
    result = linprog(
        np.concatenate([np.zeros(n), -np.tile(WEIGHTS, n), np.zeros(n)]),
        A_ub=sp.hstack([sp.csr_matrix((has_high.sum() + has_low.sum(), n + n * k)),
                        sp.vstack([flow[has_high], -flow[has_low]])]),
        b_ub=np.concatenate([(branch.high_mw[live] - shift)[has_high], (shift - branch.low_mw[live])[has_low]]),
        A_eq=sp.hstack([sp.eye(n), -sp.kron(sp.eye(n), np.ones((1, k))), -ends.T @ flow]),
        b_eq=ends.T @ shift,
        bounds=[(0, p) for p in plant] + [(0, d) for d in demand.ravel()] + [(None, None)] * n,
        method="highs",
    )  # fmt: skip
    assert result.status == 0
    return float(WEIGHTS @ asked.demand_mw.sum(axis=0) + result.fun)


def random_loads(case, rng):
    bus = np.repeat(np.flatnonzero(case.load_mw > 0.0), 2)
    share = rng.dirichlet(np.full(len(CLASSES), 0.4), bus.size)
    return Loads(tuple(map(str, range(bus.size))), bus, 0.5 * case.load_mw[bus][:, None] * share)


@pytest.mark.parametrize("convention", ["matpower", "powermodels"])
@pytest.mark.parametrize("name", ["case24_ieee_rts", "rts-gmlc", "case30", "shifts"])
def test_the_weighted_shed_is_that_of_the_linear_programme(name, convention, tmp_path):
    case = ring_of_shifts(tmp_path) if name == "shifts" else read_named(name)
    rng = np.random.default_rng(7)
    n_shed = 0
    for _ in range(6):
        asked = system(case, random_loads(case, rng), convention)
        whole = as_given(case)
        state = GridState(
            whole.bus & (rng.random(whole.bus.size) > 0.04), whole.feeder,
            whole.generator * (rng.random(whole.generator.size) > 0.3),
            whole.branch & (rng.random(whole.branch.size) > 0.2),
        )  # fmt: skip
        found = asked.shed(state)
        ours = float(WEIGHTS @ (found.demand_mw - found.served_mw).sum(axis=0))
        # flows may be over their rating by a thousandth of a kilowatt, at a weight of up to 10,000
        assert ours == pytest.approx(least(asked, state, convention), rel=1e-8, abs=1e-2)
        n_shed += found.shed_mw > 1.0
    assert n_shed >= 3


@pytest.fixture
def table(tmp_path):
    def written(text):
        path = tmp_path / "classes.csv"
        path.write_text(text)
        return path

    return written


def test_classes_of_a_table_and_the_order_in_which_they_are_shed(tmp_path, table):
    case = small_case(tmp_path, [0, 60, 40], [(1, 0, 30, line(1))], [(1, 2, 0.1, 0.0), (2, 3, 0.1, 0.0)])
    loads = read_loads(table("bus,hospital,water,other\n2,0.1,0.5,\n3,0.25,,0.5\n"), case)
    assert loads.by_bus(3)[1].tolist() == pytest.approx([6, 30, 0, 0, 24])
    assert loads.by_bus(3)[2].tolist() == pytest.approx([10, 0, 0, 0, 30])
    found = shed_of(case, loads=loads)
    assert found.served_mw.sum(axis=0) == pytest.approx([16, 14, 0, 0, 0])


def test_feeders_of_a_table(tmp_path, table):
    case = small_case(tmp_path, [0, 60, 40], [(1, 0, 30, line(1))], [(1, 2, 0.1, 0.0), (2, 3, 0.1, 0.0)])
    loads = read_loads(table("bus,feeder,mw,hospital\n2,north,10,0.5\n2,south,20,\n3,,,0.1\n3,,,0\n"), case)
    assert loads.feeder_id == ("north", "south", "2.3", "3.1", "3.2")
    assert loads.mw.sum(axis=1).tolist() == pytest.approx([10, 20, 30, 20, 20])
    assert loads.mw[:, 0].tolist() == pytest.approx([5, 0, 0, 2, 0])


def test_whole_feeders_by_hand(tmp_path, table):
    case = small_case(tmp_path, [0, 100], [(1, 0, 45, line(1))], [(1, 2, 0.1, 0.0)])
    rows = "2,a,40,0.1\n2,b,30,0.1\n2,c,20,0\n2,d,10,0.05\n"
    asked = system(case, read_loads(table(f"bus,feeder,mw,hospital\n{rows}"), case), "matpower")
    state = as_given(case)
    # b and d bring 3.5 MW of hospital in 40 MW, a alone 4; the other 5 MW serve nobody whole
    found = switch_feeders(asked, state, "matpower")
    assert found.is_on.tolist() == [True, False, False, False]
    by_share = asked.shed(state)
    assert by_share.served_mw.sum(axis=0)[0] == pytest.approx(7.5)
    assert by_share.served_mw.sum() - found.served_mw.sum() == pytest.approx(5.0)
    assert found.gap < 1e-6


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("feeder\n1\n", "must have a column bus"),
        ("bus,note\n2,x\n", "must have a column bus"),
        ("bus,water\n9,1\n", "classes.csv:2 bus = 9: is no bus of the case small"),
        ("bus,water\n2,much\n", "classes.csv:2 water = much: must be a number of 0 or more"),
        ("bus,water\n2,-0.1\n", "classes.csv:2 water = -0.1: must be a number of 0 or more"),
        ("bus,water,heat\n2,0.6,0.6\n", "classes.csv:2 = 1.2: the shares of a feeder must not be more than 1"),
        ("bus,mw\n2,70\n2,50\n", "classes.csv = 120 MW: the feeders of bus 2 have more than its load of 100.000 MW"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path, table, text, word):
    case = small_case(tmp_path, [0, 100], [BIG], [(1, 2, 0.1, 0.0)])
    with pytest.raises(CaseError) as caught:
        read_loads(table(text), case)
    assert word in str(caught.value)


def test_too_many_states_are_refused():
    case = read_named("case118")
    with pytest.raises(ScenarioError, match=r"--worst = 5: .* states would be asked"):
        next(system(case, all_other(case)).worst(5))


def test_equal_shares_on_a_case_of_two_thousand_buses():
    case = read_named("case_ACTIVSg2000")
    asked, state = system(case, all_other(case), "matpower"), as_given(case)
    state.generator[::2] = 0.0
    state.branch[np.arange(5, 3206, 40)] = False
    found = asked.shed(state)
    assert found.shed_mw > 1000.0
    assert found.shed_mw == pytest.approx(least(asked, state, "matpower"), rel=1e-8)
