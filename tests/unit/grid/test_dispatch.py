"""Least-cost dispatch by hand, its prices as proof of optimality, and what it refuses."""

import numpy as np
import pytest

from mamori.errors import CaseError, InfeasibleError, SolverError
from mamori.grid.cases.convention import dc_branches
from mamori.grid.cases.names import read_named
from mamori.grid.dispatch.costs import costs
from mamori.grid.dispatch.model import dispatch
from mamori.grid.highs import Problem, optimum
from small_case import line, small_case

RING = [(1, 2, 0.1, 0.0), (2, 3, 0.1, 0.0), (1, 3, 0.1, 80.0)]


def test_a_ring_with_a_full_line_by_hand(tmp_path):
    case = small_case(tmp_path, [0, 0, 150], [(1, 0, 300, line(10)), (2, 0, 300, line(40))], RING)
    found = dispatch(case, "matpower")
    # two thirds of what bus 1 sends to bus 3 take the line between them, one third of what bus 2 sends
    assert found.generation_mw == pytest.approx([90.0, 60.0])
    assert found.flow_mw == pytest.approx([10.0, 70.0, 80.0])
    assert found.objective_usd_per_h == pytest.approx(90 * 10 + 60 * 40)
    # a MW more at bus 3 lets bus 1 give one less and bus 2 two more
    assert found.price_usd_per_mwh == pytest.approx([10.0, 40.0, 70.0])
    assert found.congestion_usd_per_mwh == pytest.approx([0.0, 0.0, 90.0])


def test_squares_share_the_load_so_that_margins_are_equal(tmp_path):
    case = small_case(tmp_path, [100], [(1, 0, 90, "2 0 0 3 0.1 10 7"), (1, 0, 90, "2 0 0 3 0.05 16 3")], [])
    found = dispatch(case)
    # 10 + 0.2 p = 16 + 0.1 (100 - p)
    # tangents meet a square to 1e-7 $/h, so power to the root of that over the square
    assert found.generation_mw == pytest.approx([160 / 3, 140 / 3], abs=2e-3)
    assert found.price_usd_per_mwh[0] == pytest.approx(10 + 0.2 * 160 / 3, abs=4e-4)
    assert found.objective_usd_per_h == pytest.approx(
        10 + 0.15 * (160 / 3) ** 2 + 0.05 * (100 * 100 - 200 * 160 / 3) + 10 * 160 / 3 + 16 * 140 / 3
    )


def test_points_dc_lines_and_units_that_take_power(tmp_path):
    units = [(1, 0, 100, "1 0 0 3 0 0 50 500 100 2000"), (2, -30, 0, line(25)), (2, 0, 100, line(60))]
    link = "mpc.dcline = [1 2 1 0 0 0 0 1 1 0 40 0 0 0 0 1 0.1];\nmpc.dclinecost = [2 0 0 2 1 0];"
    case = small_case(tmp_path, [20, 30], units, [], link)
    found = dispatch(case)
    # a MW from bus 1 costs (30 + 1) / 0.9 at bus 2: less than the 60 there, more than the 25 that more load is worth
    sent = (30.0 + 1.0) / 0.9
    assert found.dc_mw == pytest.approx([sent])
    assert found.generation_mw == pytest.approx([20.0 + sent, 0.0, 0.0], abs=1e-6)
    assert found.objective_usd_per_h == pytest.approx(500.0 + (sent - 30.0) * 30.0 + sent)
    assert found.price_usd_per_mwh == pytest.approx([30.0, 31.0 / 0.9])


def test_shunts_isolated_buses_islands_and_what_is_off(tmp_path):
    units = [(1, 0, 100, line(10)), (3, 0, 100, line(20)), (4, 50, 100, line(5))]
    case = small_case(tmp_path, [20, 30, 40, 50], units, [(1, 2, 0.1, 0.0), (3, 4, 0.1, 0.0)], shunts=[0, 2])
    text = (tmp_path / "small.m").read_text().replace("4 2 50 0", "4 4 50 0")
    (tmp_path / "small.m").write_text(text)
    case = read_named(str(tmp_path / "small.m"))
    found = dispatch(case)
    assert found.generation_mw == pytest.approx([52.0, 40.0, 0.0])
    assert found.flow_mw == pytest.approx([32.0, 0.0])
    assert found.price_usd_per_mwh[:3] == pytest.approx([10.0, 10.0, 20.0])
    assert np.isnan(found.price_usd_per_mwh[3])


@pytest.mark.parametrize("name", ["case30", "case118", "case30pwl", "pglib_opf_case300_ieee", "rts-gmlc"])
@pytest.mark.parametrize("convention", ["matpower", "powermodels"])
def test_prices_prove_that_the_answer_is_the_optimum(name, convention):
    # convex, so these prove it: it is feasible, and no unit and no pair of bus and line could gain at these prices
    case = read_named(name)
    found, branch = dispatch(case, convention), dc_branches(case, convention)
    n, ends = len(case.bus_id), (case.branch_from_i, case.branch_to_i)
    injected = np.bincount(case.generator_bus_i, found.generation_mw, n) - case.load_mw - case.shunt_mw
    dc = case.dc
    injected += np.bincount(dc.to_i, found.dc_mw, n) - np.bincount(dc.from_i, found.dc_mw, n)
    out = np.bincount(ends[0], found.flow_mw, n) - np.bincount(ends[1], found.flow_mw, n)
    assert np.abs(injected - out).max() < 1e-5
    by_angle = branch.mw_per_rad * (found.angle_rad[ends[0]] - found.angle_rad[ends[1]]) + branch.shift_mw
    assert np.abs(np.where(branch.is_on, by_angle, 0.0) - found.flow_mw).max() < 1e-4
    assert np.all(found.flow_mw <= branch.high_mw + 1e-5)
    assert np.all(found.flow_mw >= branch.low_mw - 1e-5)
    unit, step = costs(case)[0], 1e-3
    for g in np.flatnonzero(case.generator_on).tolist():
        price, p = found.price_usd_per_mwh[case.generator_bus_i[g]], found.generation_mw.copy()
        for change in (-step, step):
            p[g] = found.generation_mw[g] + change
            if case.p_min[g] <= p[g] <= case.p_max[g]:
                gain = price * change - (unit.at(p)[g] - unit.at(found.generation_mw)[g])
                assert gain < 1e-6 * (1 + abs(price)) + 2 * unit.square[g] * step**2
    pull = np.where(
        branch.is_on, branch.mw_per_rad * (found.price_usd_per_mwh[ends[1]] - found.price_usd_per_mwh[ends[0]]), 0
    )
    free = (found.flow_mw < branch.high_mw - 1e-4) & (found.flow_mw > branch.low_mw + 1e-4)
    assert found.congestion_usd_per_mwh[free] == pytest.approx(0.0, abs=1e-6)
    rent = np.where(found.flow_mw > 0, found.congestion_usd_per_mwh, -found.congestion_usd_per_mwh) * branch.mw_per_rad
    left = pull - np.where(branch.is_on, rent, 0.0)  # what no rating explains must cancel at every bus
    assert (
        np.abs(np.bincount(ends[0], left, n) - np.bincount(ends[1], left, n)).max() < 1e-5 * np.abs(pull).max() + 1e-3
    )


@pytest.mark.parametrize(
    ("loads", "units", "branches", "error", "word"),
    [
        ([10], [], [], InfeasibleError, "around bus 1 stand 10.0 MW of load, and its plant gives 0.0 to 0.0 MW"),
        ([500], [(1, 0, 200, line(1))], [], InfeasibleError, "its plant gives 0.0 to 200.0 MW"),
        ([5], [(1, 10, 20, line(1))], [], InfeasibleError, "its plant gives 10.0 to 20.0 MW"),
        ([0, 50], [(1, 0, 90, line(1))], [], InfeasibleError, "around bus 2 stand 50.0 MW"),
        ([0, 50], [(1, 0, 90, line(1))], [(1, 2, 0.1, 40.0)], InfeasibleError, "plant enough, but the ratings"),
        ([5], [(1, 0, 9, "2 0 0 4 1 1 1 0")], [], CaseError, "small:13 g1 = 1 1 1 0: must be of degree 2 or less"),
        ([5], [(1, 0, 9, "2 0 0 3 -1 1 1")], [], CaseError, "g1 = -1: must not have a negative square"),
        ([5], [(1, 0, 9, "1 0 0 3 0 0 5 90 9 99")], [], CaseError, "g1 = 18 2.25: the slope of its pieces must not"),
        ([5], [(1, 0, 9, "1 0 0 2 5 0 5 90")], [], CaseError, "g1 = 5 5: the power of its points must rise"),
    ],
)
def test_what_has_no_dispatch_says_why(tmp_path, loads, units, branches, error, word):
    with pytest.raises(error) as caught:
        dispatch(small_case(tmp_path, loads, units, branches))
    assert word in str(caught.value)


def test_without_costs_there_is_no_dispatch():
    with pytest.raises(CaseError, match=r"case4gs: has no rows in mpc\.gencost"):
        dispatch(read_named("case4gs"))


def test_negative_load_and_negative_reactance_are_legal(tmp_path):
    ring = [(1, 2, 0.1, 0.0), (2, 3, -0.05, 0.0), (1, 3, 0.1, 0.0)]
    found = dispatch(small_case(tmp_path, [0, -20, 60], [(1, 0, 90, line(3))], ring), "matpower")
    assert found.generation_mw == pytest.approx([40.0])
    # ring: x1 f12 + x2 f23 = x3 f13, f23 = f12 + 20, f13 = 40 - f12
    f = (0.1 * 40 + 0.05 * 20) / (0.1 - 0.05 + 0.1)
    assert found.flow_mw == pytest.approx([f, f + 20, 40 - f])


def test_highs_says_how_it_ended():
    def problem(low, high, **more):
        one = np.ones(1)
        return Problem(one, low * one, high * one, np.ones((1, 1)), one * 3.0, one * 5.0, **more)

    assert optimum(problem(0.0, 9.0)).x == pytest.approx([3.0])
    found = optimum(problem(0.0, 9.0, quadratic=np.array([2.0])))
    assert (found.x[0], found.objective, found.row_price[0]) == pytest.approx((3.0, 12.0, 7.0), rel=1e-6)
    with pytest.raises(InfeasibleError):
        optimum(problem(0.0, 2.0))
    with pytest.raises(SolverError, match="without a proven optimum: Unbounded"):
        optimum(Problem(-np.ones(1), np.zeros(1), np.full(1, np.inf), np.zeros((1, 1)), np.zeros(1), np.zeros(1)))
