"""From damage to the days after: whose load is lost when, until a crew has mended it, and what the services feel."""

import math

import numpy as np
import pytest

import mamori
from mamori.raid.clock import Clock
from mamori.raid.pipeline import Raid
from mamori.raid.recover import recover
from mamori.records import Damage, DamageState, Impacts

WHOLE = ["damage.initial=[]", "grid.peak_margin=0.5", "run.worlds=1", "recovery.days=3"]


@pytest.fixture(scope="module")
def raid():
    return Raid(mamori.load("night-raid", WHOLE))


def damaged(world, names, state=DamageState.DESTROYED, time_s=3700.0, work_h=10.0):
    ids = world.places.assets.id
    asset_i = np.array(sorted(ids.index(name) for name in names), dtype=np.int64)
    n = len(asset_i)
    return Damage(
        asset_i=asset_i,
        state=np.full(n, state, dtype=np.int64),
        time_s=np.full(n, time_s),
        silent_s=np.full(n, time_s),
        threat_i=np.zeros(n, dtype=np.int64),
        work_h=np.full(n, work_h),
        spare_i=np.full(n, -1, dtype=np.int64),
        cost=np.ones(n),
    )


def after(raid, broken):
    """The days after this damage, as if one impact had done it."""
    world, outcome = raid.world(0), raid.play(0)
    one = np.array([float(broken.time_s.max(initial=0.0))])
    fallen = Impacts(np.zeros(1, dtype=np.int64), one, np.zeros(1), np.zeros(1), np.zeros(1))
    return recover(world, broken, outcome.engagements, fallen, Clock())


def test_a_whole_grid_with_margin_serves_everything(raid):
    r = after(raid, damaged(raid.world(0), []))
    np.testing.assert_allclose(r.served_mw, r.demand_mw, rtol=1e-9)
    assert r.customers_off.max() == pytest.approx(0.0, abs=1e-6)
    assert len(r.repair_asset_i) == 0


def test_a_dead_feeder_loses_its_own_load_from_its_hour_until_it_is_mended(raid):
    world = raid.world(0)
    r = after(raid, damaged(world, ["feeder:118"]))
    bus = world.case.bus_id.index("118")
    lost = r.demand_mw - r.served_mw
    assert lost[0] == pytest.approx(0.0, abs=1e-6)
    (end_h,) = r.repair_end_h
    out = range(1, math.ceil(end_h))
    np.testing.assert_allclose(lost[out], world.demand_mw[out, bus].sum(axis=1))
    np.testing.assert_allclose(r.local_mw[out], lost[out])
    np.testing.assert_allclose(lost[math.ceil(end_h) :], 0.0, atol=1e-6)
    people = world.districts.people[world.district_bus_i == bus].sum()
    np.testing.assert_allclose(r.customers_off[out], people)
    # The crew sets out three hours after the last impact (recovery.assessment_h) and works ten.
    assert r.repair_start_h[0] == pytest.approx(3700.0 / 3600.0 + 3.0)
    assert end_h > r.repair_start_h[0] + 10.0


def test_household_groups_share_the_hours_off(raid):
    world = raid.world(0)
    r = after(raid, damaged(world, ["feeder:118"]))
    district = int(np.flatnonzero(world.district_bus_i == world.case.bus_id.index("118"))[0])
    hours = math.ceil(r.repair_end_h[0]) - 1
    np.testing.assert_allclose(r.group_hours_off[district], hours)
    others = np.delete(r.group_hours_off, district, axis=0)
    assert others.max() == pytest.approx(0.0, abs=1e-9)


def test_light_damage_to_a_switchyard_keeps_it_in_service(raid):
    r = after(raid, damaged(raid.world(0), ["bus:118"], state=DamageState.LIGHT))
    np.testing.assert_allclose(r.served_mw, r.demand_mw, rtol=1e-9)
    assert len(r.repair_asset_i) == 1


def test_a_service_whose_building_is_hit_is_lost_until_mended(raid):
    world = raid.world(0)
    name = world.services.id[0]
    r = after(raid, damaged(world, [f"service:{name}"], state=DamageState.HEAVY))
    end = math.ceil(r.repair_end_h[0])
    lost = r.services_lost[:, 0]
    assert lost[0] == 0.0
    np.testing.assert_array_equal(lost[1:end], 1.0)
    assert lost[end:].max() == 0.0


def test_damage_after_the_horizon_is_left_out(raid):
    r = after(raid, damaged(raid.world(0), ["feeder:118"], time_s=3600.0 * 24 * 3 + 1.0))
    np.testing.assert_allclose(r.served_mw, r.demand_mw, rtol=1e-9)
