"""Repairs on small made-up grids, counted by hand."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from mamori.errors import ScenarioError
from mamori.maths.earth import MEAN_RADIUS_M
from mamori.maths.luck import entity_key
from mamori.records import AssetKind, Assets, DamageState, GridState, Service, State
from mamori.recovery.model import CrewTable, advance, peak_hour, travel_h

BUS, FEEDER, GENERATOR = int(AssetKind.BUS), int(AssetKind.FEEDER), int(AssetKind.GENERATOR)
DEGREE_KM = 1e-3 * MEAN_RADIUS_M * math.pi / 180.0
WEIGHT = np.array([100.0, 10.0, 1.0])


def make_assets(*rows, north_deg=None):
    """Assets from (name, kind, element, site, worth_mw)."""
    n = len(rows)
    kind, element, site = (np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2, 3))
    return Assets(
        id=tuple(row[0] for row in rows), key=np.array([entity_key(row[0]) for row in rows], dtype=np.int64),
        kind=kind, element=element, site_i=site,
        latitude_rad=np.radians(np.zeros(n) if north_deg is None else np.array(north_deg)),
        longitude_rad=np.zeros(n), radius_m=np.ones(n), protection=np.zeros(n, dtype=np.int64),
        worth_mw=np.array([row[4] for row in rows], dtype=np.float64),
    )  # fmt: skip


def make_crews(*names, pace_h_km=0.0, working_share=1.0):
    n = len(names)
    return CrewTable(
        names, np.array([entity_key(name) for name in names], dtype=np.int64), np.zeros(n), np.zeros(n),
        np.full(n, pace_h_km), np.full(n, working_share),
    )  # fmt: skip


def make_state(assets, crews, work_h, *, spare=None, spares=(), ready_h=None, clock_h=0.0):
    """Everything with work to do is destroyed."""
    work_h = np.array(work_h, dtype=np.float64)
    n, n_crews = len(assets.key), len(crews.key)
    return State(
        clock_h=clock_h, damage=np.where(work_h > 0.0, DamageState.DESTROYED, DamageState.NONE).astype(np.int64),
        work_h=work_h, spare_i=np.full(n, -1) if spare is None else np.array(spare, dtype=np.int64),
        ready_h=np.zeros(n) if ready_h is None else np.array(ready_h, dtype=np.float64),
        magazine=np.array([3], dtype=np.int64), spares=np.array(spares, dtype=np.int64),
        crew_free_h=np.full(n_crews, clock_h), crew_asset_i=np.full(n_crews, -1, dtype=np.int64),
    )  # fmt: skip


class Grid:
    """Copper plate: a bus is served through its feeder, as far as plant suffices, the first class first."""

    def __init__(self, assets, load_mw, plant_mw=(1e6,), plant_bus=None, shape=(1.0,) * 400):
        self.assets, self.load_mw = assets, np.array(load_mw, dtype=np.float64).reshape(-1, 3)
        self.plant_mw = np.array(plant_mw, dtype=np.float64)
        self.plant_bus = [-1] * len(self.plant_mw) if plant_bus is None else plant_bus
        self.shape = np.array(shape)
        self.calls = []

    def grid_state(self, damage):
        n, n_plant = len(self.load_mw), len(self.plant_mw)
        bus, feeder, plant = np.ones(n, dtype=bool), np.ones(n), np.ones(n_plant)
        for a in np.flatnonzero(damage > 0):
            kind, element = self.assets.kind[a], self.assets.element[a]
            if kind == BUS:
                bus[element] = False
            if kind == FEEDER:
                feeder[element] = 0.5 if damage[a] == DamageState.LIGHT else 0.0
            if kind == GENERATOR:
                plant[element] = 0.0
        return GridState(bus, feeder, plant, np.ones(0, dtype=bool))

    def serve(self, state, hours):
        self.calls.append(hours.tolist())
        demand = self.load_mw[None] * self.shape[hours][:, None, None]
        reached = demand * (state.bus * state.feeder)[None, :, None]
        stands = [b < 0 or bool(state.bus[b]) for b in self.plant_bus]
        plant = float(np.sum(self.plant_mw * state.generator * np.array(stands)))
        served = np.zeros_like(demand)
        for h in range(len(hours)):
            left = plant
            for c in range(3):
                want = float(np.sum(reached[h, :, c]))
                served[h, :, c] = reached[h, :, c] * (min(1.0, left / want) if want > 0.0 else 0.0)
                left = max(0.0, left - want)
        local = np.sum(demand - reached, axis=(1, 2))
        short = np.sum(reached - served, axis=(1, 2))
        return Service(hours, demand, served, local, np.zeros(len(hours)), short)

    def advance(self, state, until_h, crews, **more):
        more = {"demand_mw": self.shape * np.sum(self.load_mw), "class_weight": WEIGHT, **more}
        return advance(state, until_h, self.assets, crews, grid_state=self.grid_state, serve=self.serve, **more)


def two_feeders(load=((0, 10, 0), (0, 30, 0))):
    assets = make_assets(("feeder:a", FEEDER, 0, 0, 10.0), ("feeder:b", FEEDER, 1, 1, 30.0))
    return Grid(assets, load)


def names(grid, done):
    return [grid.assets.id[a] for a in done.repairs.asset_i]


def assert_same(a, b):
    for field in fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        if isinstance(x, np.ndarray):
            assert x.dtype == y.dtype
            assert x.tobytes() == y.tobytes(), field.name
        else:
            assert x == y, field.name


def test_two_jobs_one_crew_by_hand():
    grid, crews = two_feeders(), make_crews("c")
    state = make_state(grid.assets, crews, [2.5, 5.0])
    done = grid.advance(state, 12.0, crews)
    # 10 MW in 2.5 h are 4 MW/h, 30 MW in 5 h are 6 MW/h: b first, then a until 7.5, whole from hour 8.
    assert names(grid, done) == ["feeder:b", "feeder:a"]
    np.testing.assert_array_equal(done.repairs.start_h, [0.0, 5.0])
    np.testing.assert_array_equal(done.repairs.end_h, [5.0, 7.5])
    np.testing.assert_array_equal(done.repairs.spare_i, [-1, -1])
    served = done.service.served_mw.sum(axis=(1, 2))
    np.testing.assert_array_equal(served, [0.0] * 5 + [30.0] * 3 + [40.0] * 4)
    np.testing.assert_array_equal(done.service.hour, np.arange(12))
    np.testing.assert_array_equal(done.service.local_mw, 40.0 - served)
    assert done.state.clock_h == 12.0
    assert not done.state.damage.any()
    assert not done.state.work_h.any()
    np.testing.assert_array_equal(done.state.crew_free_h, [7.5])
    np.testing.assert_array_equal(done.state.crew_asset_i, [-1])
    np.testing.assert_array_equal(done.state.magazine, state.magazine)
    assert state.damage.all()  # the caller's state is left alone


def test_the_larger_gain_per_hour_wins_not_the_larger_gain():
    grid, crews = two_feeders(), make_crews("c")
    assert names(grid, grid.advance(make_state(grid.assets, crews, [2.5, 9.0]), 1.0, crews)) == ["feeder:a"]


def test_critical_load_outweighs_more_load_of_industry():
    grid, crews = two_feeders(load=((1, 0, 0), (0, 0, 30))), make_crews("c")
    assert names(grid, grid.advance(make_state(grid.assets, crews, [5.0, 5.0]), 1.0, crews)) == ["feeder:a"]


def test_exact_gain_overrules_the_estimate():
    # Worth says plant; but there is plenty of plant, so only the feeder serves anyone.
    assets = make_assets(("generator:g", GENERATOR, 0, 0, 500.0), ("feeder:a", FEEDER, 0, 1, 10.0))
    grid, crews = Grid(assets, [(0, 10, 0)], plant_mw=[500.0, 500.0]), make_crews("c")
    state = make_state(assets, crews, [2.0, 2.0])
    assert names(grid, grid.advance(state, 9.0, crews)) == ["feeder:a", "generator:g"]


def test_judged_at_the_next_peak():
    # At hour 0 plant suffices for half the load; at the peak of the evening it does not.
    assets = make_assets(("generator:g", GENERATOR, 0, 0, 40.0), ("feeder:a", FEEDER, 0, 1, 10.0))
    shape = [0.5] * 18 + [1.0] + [0.5] * 29
    grid, crews = Grid(assets, [(0, 10, 0), (0, 70, 0)], [40.0, 40.0], shape=shape), make_crews("c")
    state = make_state(assets, crews, [4.0, 4.0])
    assert names(grid, grid.advance(state, 9.0, crews)) == ["generator:g", "feeder:a"]
    assert [18] in grid.calls
    flat = Grid(assets, [(0, 10, 0), (0, 70, 0)], [40.0, 40.0], shape=[0.5] * 48)
    assert names(flat, flat.advance(state, 9.0, crews)) == ["feeder:a", "generator:g"]
    assert peak_hour(grid.shape, 0.0) == 18
    assert peak_hour(grid.shape, 18.9) == 18
    assert peak_hour(grid.shape, 1e6) == 47
    assert peak_hour(np.zeros(0), 0.0) is None


@pytest.mark.parametrize("potential", [None, "own"])
def test_a_chain_is_not_starved(potential):
    """A feeder behind a dead switchyard: each alone serves nobody, both together more an hour than the third job."""
    assets = make_assets(
        ("bus:x", BUS, 0, 0, 100.0), ("feeder:x", FEEDER, 0, 0, 100.0), ("feeder:y", FEEDER, 1, 1, 20.0),
        ("generator:x", GENERATOR, 1, 0, 50.0),
    )  # fmt: skip
    grid, crews = Grid(assets, [(0, 100, 0), (0, 20, 0)], [1e3, 50.0]), make_crews("c")
    state = make_state(assets, crews, [5.0, 5.0, 4.0, 50.0])

    def own(now, hour):
        # What a dual would say: feeder y is worth 20 MW, the others nothing as long as their partner is dead.
        found = np.array([0.0, 0.0, 200.0 * (1.0 - now.feeder[1]), 0.0])
        return found + (np.array([0.0, 1000.0 * (1.0 - now.feeder[0]), 0.0, 0.0]) if now.bus[0] else 0.0)

    done = grid.advance(state, 20.0, crews, potential=own if potential else None)
    # Both: 100 MW in 10 h; y: 20 MW in 4 h; once the yard is under repair its feeder brings 20 MW/h.
    assert names(grid, done) == ["bus:x", "feeder:x", "feeder:y", "generator:x"]


def test_plant_behind_a_dead_switchyard():
    assets = make_assets(
        ("bus:x", BUS, 0, 0, 60.0), ("generator:x", GENERATOR, 0, 0, 60.0), ("feeder:y", FEEDER, 1, 1, 5.0)
    )
    grid = Grid(assets, [(0, 0, 0), (0, 5, 0), (0, 90, 0)], [60.0, 40.0], plant_bus=[0, -1])
    crews = make_crews("c")
    done = grid.advance(make_state(assets, crews, [4.0, 8.0, 6.0]), 20.0, crews)
    assert names(grid, done) == ["bus:x", "generator:x", "feeder:y"]


def test_a_spare_that_is_missing_makes_the_job_wait_and_nobody_else():
    grid, crews = two_feeders(), make_crews("c")
    state = make_state(grid.assets, crews, [2.0, 5.0], spare=[-1, 1], spares=[0, 0])
    done = grid.advance(state, 10.0, crews)
    assert names(grid, done) == ["feeder:a"]
    np.testing.assert_array_equal(done.state.damage, [DamageState.NONE, DamageState.DESTROYED])
    np.testing.assert_array_equal(done.state.work_h, [0.0, 5.0])
    later = grid.advance(replace(done.state, spares=np.array([0, 1])), 20.0, crews)
    assert names(grid, later) == ["feeder:b"]
    np.testing.assert_array_equal(later.repairs.start_h, [10.0])
    np.testing.assert_array_equal(later.repairs.spare_i, [1])
    np.testing.assert_array_equal(later.state.spares, [0, 0])
    np.testing.assert_array_equal(later.state.spare_i, [-1, -1])


def test_the_last_spare_goes_to_the_better_job():
    grid, crews = two_feeders(), make_crews("c", "d", "e")
    state = make_state(grid.assets, crews, [5.0, 5.0], spare=[0, 0], spares=[1])
    done = grid.advance(state, 24.0, crews)
    assert names(grid, done) == ["feeder:b"]
    np.testing.assert_array_equal(done.state.spares, [0])


def test_a_chain_without_its_spare_is_no_chain():
    assets = make_assets(
        ("bus:x", BUS, 0, 0, 100.0), ("feeder:x", FEEDER, 0, 0, 100.0), ("feeder:y", FEEDER, 1, 1, 20.0)
    )
    grid, crews = Grid(assets, [(0, 100, 0), (0, 20, 0)]), make_crews("c")
    state = make_state(assets, crews, [1.0, 1.0, 8.0], spare=[0, -1, -1], spares=[0])
    assert names(grid, grid.advance(state, 24.0, crews)) == ["feeder:y", "feeder:x"]


def test_one_spare_is_not_two():
    """Yard and feeder of one site need a switchgear each, one is left: mending one of them would serve nobody."""
    assets = make_assets(
        ("bus:x", BUS, 0, 0, 100.0), ("feeder:x", FEEDER, 0, 0, 100.0), ("feeder:y", FEEDER, 1, 1, 20.0)
    )
    grid, crews = Grid(assets, [(0, 100, 0), (0, 20, 0)]), make_crews("c")
    for stock, first in ((1, "feeder:y"), (2, "bus:x")):
        state = make_state(assets, crews, [1.0, 1.0, 8.0], spare=[0, 0, -1], spares=[stock])
        assert names(grid, grid.advance(state, 24.0, crews))[0] == first


def test_scarce_spares_are_worth_a_solve_even_with_crews_to_spare():
    assets = make_assets(("generator:g", GENERATOR, 0, 0, 500.0), ("feeder:a", FEEDER, 0, 1, 10.0))
    grid, crews = Grid(assets, [(0, 10, 0)], plant_mw=[500.0, 500.0]), make_crews("c", "d")
    state = make_state(assets, crews, [2.0, 2.0], spare=[0, 0], spares=[1])
    assert names(grid, grid.advance(state, 9.0, crews)) == ["feeder:a"]
    enough = grid.advance(replace(state, spares=np.array([2])), 9.0, crews)
    assert enough.n_solves == 0  # both go at once: nothing to choose


def test_ties_go_by_key_not_by_place_in_the_file():
    twins = [("feeder:a", FEEDER, 0, 0, 10.0), ("feeder:b", FEEDER, 1, 1, 10.0)]
    first = min(("feeder:a", "feeder:b"), key=entity_key)
    for rows in (twins, twins[::-1]):
        for n_crews in (1, 2):
            crews = make_crews(*"cd"[:n_crews])
            grid = Grid(make_assets(*rows), [(0, 10, 0), (0, 10, 0)])
            assert names(grid, grid.advance(make_state(grid.assets, crews, [2.0, 2.0]), 9.0, crews))[0] == first


def test_travel_counts_and_the_nearer_crew_goes():
    assets = make_assets(("feeder:a", FEEDER, 0, 0, 10.0), north_deg=[1.0])
    crews = make_crews("far", "near", pace_h_km=0.02)
    crews = replace(crews, latitude_rad=np.radians([-1.0, 0.5]))
    grid = Grid(assets, [(0, 10, 0)])
    done = grid.advance(make_state(assets, crews, [3.0]), 9.0, crews)
    np.testing.assert_array_equal(done.repairs.crew_i, [1])
    assert done.repairs.end_h[0] == pytest.approx(0.5 * DEGREE_KM * 0.02 + 3.0, abs=1e-5)
    way_h = travel_h(crews, assets, np.array([0]))
    np.testing.assert_allclose(way_h[:, 0], [2.0 * DEGREE_KM * 0.02, 0.5 * DEGREE_KM * 0.02], atol=1e-6)


def test_work_left_while_travelling_and_working():
    assets = make_assets(("feeder:a", FEEDER, 0, 0, 10.0), north_deg=[1.0])
    crews = make_crews("c", pace_h_km=2.0 / DEGREE_KM, working_share=0.5)  # two hours on the way, then six for three
    grid = Grid(assets, [(0, 10, 0)])
    state = make_state(assets, crews, [3.0])
    for until_h, left in ((1.0, 3.0), (2.0, 3.0), (4.0, 2.0), (7.0, 0.5), (8.0, 0.0)):
        done = grid.advance(state, until_h, crews)
        assert done.state.work_h[0] == pytest.approx(left, abs=1e-6)
        assert done.state.crew_asset_i[0] == (0 if left else -1)
    assert done.state.damage[0] == DamageState.NONE


def test_ready_later():
    grid, crews = two_feeders(), make_crews("c")
    state = make_state(grid.assets, crews, [2.0, 2.0], ready_h=[0.0, 1.0])
    done = grid.advance(state, 9.0, crews)
    assert names(grid, done) == ["feeder:a", "feeder:b"]  # no waiting for the better one
    waits = grid.advance(replace(state, ready_h=np.array([6.5, math.inf])), 9.0, crews)
    assert names(grid, waits) == ["feeder:a"]
    np.testing.assert_array_equal(waits.repairs.start_h, [6.5])


def test_light_damage_is_the_grids_business():
    grid, crews = two_feeders(), make_crews("c")
    state = replace(make_state(grid.assets, crews, [5.0, 5.0]), damage=np.array([3, 1]))
    done = grid.advance(state, 4.0, crews)
    assert names(grid, done) == ["feeder:b"]  # 15 MW are missing there, 10 at the other
    np.testing.assert_array_equal(done.service.served_mw.sum(axis=(1, 2)), 15.0)


def test_actors_come_last_and_do_no_harm():
    kinds = (AssetKind.SENSOR, AssetKind.BATTERY, AssetKind.COMMAND_POST, AssetKind.SERVICE, AssetKind.PORT)
    actors = [(f"actor:{int(kind)}", int(kind), 0, 0, 100.0 * int(kind)) for kind in kinds]
    assets = make_assets(*actors, ("generator:idle", GENERATOR, 1, 0, 1.0), ("feeder:a", FEEDER, 0, 0, 1.0))
    grid, crews = Grid(assets, [(0, 1, 0)], [10.0, 10.0]), make_crews("c")
    done = grid.advance(make_state(assets, crews, [1.0] * 7), 24.0, crews)
    assert names(grid, done) == ["feeder:a", "generator:idle"] + [f"actor:{k}" for k in (8, 7, 6, 5, 4)]
    assert not done.state.damage.any()


def test_hopeless_and_finished_jobs_are_left():
    grid, crews = two_feeders(), make_crews("c")
    state = make_state(grid.assets, crews, [math.inf, 1.0])
    state = replace(state, work_h=np.array([math.inf, 0.0]))
    done = grid.advance(state, 9.0, crews)
    assert not len(done.repairs.asset_i)
    np.testing.assert_array_equal(done.state.damage, state.damage)


@pytest.mark.parametrize("n_crews", [0, 3])
def test_nothing_damaged_costs_one_call(n_crews):
    grid, crews = two_feeders(), make_crews(*"abc"[:n_crews])
    done = grid.advance(make_state(grid.assets, crews, [0.0, 0.0]), 24.0, crews)
    assert (len(done.repairs.asset_i), done.n_solves) == (0, 0)
    assert grid.calls == [list(range(24))]
    np.testing.assert_array_equal(done.service.served_mw.sum(axis=(1, 2)), 40.0)


def test_no_crews_no_assets_no_hours():
    grid, crews = two_feeders(), make_crews()
    done = grid.advance(make_state(grid.assets, crews, [1.0, 1.0]), 3.0, crews)
    assert done.state.damage.all()
    np.testing.assert_array_equal(done.service.local_mw, 40.0)
    empty = Grid(make_assets(), [(0, 1, 0)])
    done = empty.advance(make_state(empty.assets, crews, []), 3.0, crews)
    assert done.service.served_mw.shape == (3, 1, 3)
    done = grid.advance(
        make_state(grid.assets, make_crews("c"), [1.0, 1.0]), 3.0, make_crews("c"), demand_mw=np.zeros(0)
    )
    assert names(grid, done) == ["feeder:b", "feeder:a"]  # by worth


def test_until_the_clock_is_nothing():
    grid, crews = two_feeders(), make_crews("c")
    state = make_state(grid.assets, crews, [1.0, 1.0], clock_h=5.0)
    done = grid.advance(state, 5.0, crews)
    assert_same(done.state, state)
    assert done.service.served_mw.shape == (0, 2, 3)
    assert (len(done.repairs.asset_i), done.n_solves) == (0, 0)
    with pytest.raises(ScenarioError, match=r"until_h = 4 h: must not be before the state's clock, 5 h"):
        grid.advance(state, 4.0, crews)


def test_the_hours_between_odd_clocks():
    grid, crews = two_feeders(), make_crews()
    state = make_state(grid.assets, crews, [1.0, 1.0], clock_h=1.5)
    np.testing.assert_array_equal(grid.advance(state, 4.5, crews).service.hour, [2, 3, 4])


def test_solves_are_few():
    """Thirty jobs, twelve crews, a week: about sixty solves of one hour beyond the hours themselves."""
    n = 30
    rows = [(f"feeder:{i}", FEEDER, i, i // 3, 10.0 + i) for i in range(n)]
    assets = make_assets(*rows)
    day = [0.7 + 0.3 * math.sin(math.pi * h / 24.0) for h in range(24)]
    grid = Grid(assets, [(0, 10 + i, 0) for i in range(n)], shape=day * 7)
    crews = make_crews(*(f"c{w}" for w in range(12)))
    work = [5.0 + (7 * i) % 30 + 0.01 * i for i in range(n)]
    done = grid.advance(make_state(assets, crews, work), 168.0, crews)
    assert len(done.repairs.asset_i) == n
    assert done.n_solves <= 66
    assert sum(len(call) for call in grid.calls) == 168 + done.n_solves
