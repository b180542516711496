"""Security: factors against whole solves, cascades by hand, AC by lightsim2grid."""

import numpy as np
import pytest

from mamori.errors import ScenarioError, SolverError
from mamori.grid.cases.names import read_named
from mamori.grid.cases.outages import contingency, without
from mamori.grid.security import kernels
from mamori.grid.security.ac import AcGrid, branches_out
from mamori.grid.security.model import grid
from mamori.records import GridState
from small_case import line, small_case

TRIPLE = [(1, 2, 0.1, 60), (1, 2, 0.1, 60), (1, 2, 0.2, 45)]


def test_a_cascade_by_hand(tmp_path):
    case = small_case(tmp_path, [0, 100], [(1, 0, 200, line(1)), (2, 0, 30, line(9))], TRIPLE)
    fates = {fate.out: fate for fate in grid(case, "matpower").single()}
    # shares of 40, 40 and 20 MW; without the first 67 and 33, so the second trips, then the third alone has 100
    fate = fates["1-2.1",]
    assert fate.loading == pytest.approx(100 * 2 / 3 / 60)
    assert (fate.fullest, fate.n_over) == ("1-2.2", 1)
    assert fate.tripped == (("1-2.2",), ("1-2.3",))
    assert fate.lost_mw == pytest.approx(70.0)  # the unit at bus 2 comes up to its 30 MW
    assert not fate.makes_islands
    assert fates["1-2.3",].n_over == 0
    assert fates["1-2.3",].loading == pytest.approx(50 / 60)
    assert fates["g1",].lost_mw == pytest.approx(70.0)
    assert fates["g2",].lost_mw == 0.0
    lenient = {fate.out: fate for fate in grid(case, "matpower", trip_at=1.2).single()}
    assert lenient["1-2.1",].n_over == 1
    assert lenient["1-2.1",].tripped == ()


def test_plant_follows_in_proportion_and_islands_shed_alike(tmp_path):
    units = [(1, 0, 100, line(1)), (1, 0, 100, line(2)), (3, 0, 25, line(5))]
    case = small_case(tmp_path, [20, 40, 40], units, [(1, 2, 0.1, 0), (2, 3, 0.1, 0)])
    ready = grid(case, "matpower")
    assert ready.dispatched.generation_mw == pytest.approx([100, 0, 0])
    cut = ready.follow(without(case, ["1-2"]), ["1-2"])
    assert cut.makes_islands
    assert cut.lost_mw == pytest.approx(80 - 25)
    lost = ready.follow(without(case, generators=["1.1"]), ["g1.1"])
    assert lost.lost_mw == 0.0
    both = ready.follow(without(case, generators=["1"]), ["g1"])
    assert both.lost_mw == pytest.approx(75.0)
    dead = ready.follow(without(case, buses=["1"]), ["bus 1"])
    assert dead.lost_mw == pytest.approx(20 + 80 - 25)


@pytest.mark.parametrize("name", ["case24_ieee_rts", "rts-gmlc", "pglib_opf_case300_ieee"])
def test_factors_say_what_a_whole_solve_says(name):
    case = read_named(name)
    ready = grid(case, "matpower", trip_at=1e6)
    fullest, loading, n_over = ready.screen()
    n_islands = 0
    for k in np.flatnonzero(ready.state.branch).tolist():
        branch = ready.state.branch.copy()
        branch[k] = False
        fate = ready.follow(GridState(ready.state.bus, ready.state.feeder, ready.state.generator, branch), ["x"])
        assert (n_over[k] < 0) == fate.makes_islands
        n_islands += fate.makes_islands
        if n_over[k] >= 0:
            assert loading[k] == pytest.approx(fate.loading, abs=1e-6)
            assert n_over[k] == fate.n_over
            assert fate.fullest is None or loading[k] - 1e-6 <= fate.loading
            assert fullest[k] >= 0 or fate.fullest is None
    assert n_islands > 0


def test_the_compiled_loops_and_plain_python_agree(monkeypatch):
    case = read_named("case24_ieee_rts")
    ready = grid(case, "matpower", trip_at=0.7)
    compiled = ready.single()
    assert any(fate.tripped for fate in compiled)
    for name in ("screen", "balance", "cascade", "find_islands", "fill_factor", "substitute"):
        monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    for ours, theirs in zip(compiled, ready.single(), strict=True):
        assert ours.tripped == theirs.tripped
        assert (ours.lost_mw, ours.loading) == pytest.approx((theirs.lost_mw, theirs.loading), abs=1e-9)


def test_a_cascade_without_end_is_an_error(monkeypatch):
    case = read_named("case24_ieee_rts")
    ready = grid(case, "matpower")
    monkeypatch.setattr(kernels, "cascade", lambda *_: -1)
    with pytest.raises(SolverError, match="the cascade after 11-14 did not settle"):
        ready.follow(without(case, ["11-14"]), ["11-14"])


def test_ac_by_hand_on_two_buses(tmp_path):
    case = small_case(tmp_path, [0, 60], [(1, 0, 200, line(1))], [(1, 2, 0.2, 50), (1, 2, 0.2, 50)])
    ready = grid(case, "matpower", trip_at=9.0)
    looked = AcGrid(case, ready.branch, ready.dispatched, "continuous", 1.0)
    base = looked.base()
    # v2 at 0.1 per unit of reactance and 0.6 of power without reactive: v = cos d, 0.6 = v sin d / 0.1
    angle = 0.5 * np.arcsin(2 * 0.6 * 0.1)
    assert base.v_low == pytest.approx(np.cos(angle), abs=1e-8)
    assert base.loading == pytest.approx(30 / np.cos(angle) / 50, abs=1e-6)  # at the sending end
    first, second = looked.fates(*branches_out(case, ready.state.branch))
    assert first.n_over == 1
    assert first.tripped == (("1-2.2",),)
    assert first.lost_mw == pytest.approx(60.0)
    assert second.tripped == (("1-2.1",),)


def test_ac_without_solution_is_told(tmp_path):
    case = small_case(tmp_path, [0, 300], [(1, 0, 900, line(1))], [(1, 2, 0.2, 0), (1, 2, 0.25, 0)])
    ready = grid(case, "matpower")
    looked = AcGrid(case, ready.branch, ready.dispatched, "continuous", 1.0)
    fates = looked.fates(*branches_out(case, ready.state.branch))
    assert [fate.is_solved for fate in fates] == [False, False]  # 3 per unit over 0.2 and more is past the nose
    assert np.isnan(fates[0].lost_mw)
    case = small_case(tmp_path, [0, 900], [(1, 0, 900, line(1))], [(1, 2, 0.2, 0), (1, 2, 0.25, 0)])
    ready = grid(case, "matpower")
    with pytest.raises(SolverError, match="has no solution"):
        AcGrid(case, ready.branch, ready.dispatched, "continuous", 1.0)


def test_outages_named_together():
    case = read_named("case24_ieee_rts")
    state = contingency(case, ["11-14", "14-16"], "--outage")
    assert grid(case, "matpower").follow(state, ["11-14", "14-16"]).lost_mw == pytest.approx(194.0)
    with pytest.raises(ScenarioError, match="--outage = 1-99"):
        contingency(case, ["1-99"], "--outage")
