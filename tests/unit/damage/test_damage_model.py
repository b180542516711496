from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mamori.damage import kernels, model
from mamori.maths.luck import entity_key, normal, pair_key, uniform
from mamori.records import AssetKind, Damage, DamageState, Impacts

SEED = 7


def strike(build: SimpleNamespace, assets, *, aims=1, replica=0, table=None, north_m=0.0, munition=None) -> Damage:
    threats = build.threats([f"threat-{i}" for i in range(aims)], north_m=north_m)
    munitions = munition or build.munitions()
    traj = build.trajectories([100.0 * (i + 1) for i in range(aims)])
    landed = model.impacts(threats, traj, np.full(aims, np.inf), munitions, SEED, replica)
    return model.damage(
        landed, threats, assets, munitions, table or build.asset_table(), build.protections(), SEED, replica
    )


def test_only_threats_that_live_and_have_a_path_come_down(build: SimpleNamespace) -> None:
    threats = build.threats(["late", "killed", "lost", "early", "killed after"])
    traj = build.trajectories([300.0, 200.0, 150.0, 100.0, 50.0], status=[0, 0, 2, 0, 0])
    killed_s = np.array([np.inf, 199.0, np.inf, np.inf, 51.0])
    landed = model.impacts(threats, traj, killed_s, build.munitions(), SEED, 0)
    assert landed.threat_i.tolist() == [4, 3, 0]
    assert landed.time_s.tolist() == [50.0, 100.0, 300.0]
    assert landed.latitude_rad == pytest.approx(threats.aim_latitude_rad[landed.threat_i], abs=1e-15)
    assert landed.effect_radius_m.tolist() == [50.0] * 3


def test_equal_times_stand_in_order_of_keys(build: SimpleNamespace) -> None:
    threats = build.threats(["a", "b", "c", "d"])
    landed = model.impacts(threats, build.trajectories([9.0] * 4), np.full(4, np.inf), build.munitions(), SEED, 0)
    assert (np.diff(threats.key[landed.threat_i]) > 0).all()


def test_what_does_not_work_does_not_come_down(build: SimpleNamespace) -> None:
    threats = build.threats([str(i) for i in range(2000)])
    traj, alive = build.trajectories([1.0] * 2000), np.full(2000, np.inf)
    none = model.impacts(threats, traj, alive, build.munitions(p_works=0.0), SEED, 0)
    some = model.impacts(threats, traj, alive, build.munitions(p_works=0.3), SEED, 0)
    assert none.threat_i.size == 0
    assert some.threat_i.size == pytest.approx(600, abs=4 * np.sqrt(2000 * 0.3 * 0.7))


def test_a_threat_lands_where_its_own_luck_says_whoever_else_flies(build: SimpleNamespace) -> None:
    few, many = build.threats(["a", "b"]), build.threats(["new", "b", "a"])
    munitions = build.munitions(p_works=0.9, cep_m=500.0)
    one = model.impacts(few, build.trajectories([1.0, 2.0]), np.full(2, np.inf), munitions, SEED, 3)
    two = model.impacts(many, build.trajectories([3.0, 2.0, 1.0]), np.full(3, np.inf), munitions, SEED, 3)
    where = {many.id[t]: x for t, x in zip(two.threat_i, two.latitude_rad, strict=True)}
    assert one.threat_i.size == 2
    assert [where[few.id[t]] for t in one.threat_i] == one.latitude_rad.tolist()


@pytest.mark.parametrize(("distance_m", "is_hit"), [(0.0, True), (59.0, True), (61.0, False), (5000.0, False)])
def test_a_hit_is_effect_radius_plus_footprint(build: SimpleNamespace, distance_m: float, *, is_hit: bool) -> None:
    # 50 m of effect and 10 m of footprint; the great circle is within 0.6 % of the ellipsoid.
    east = strike(build, build.assets([distance_m]))
    north = strike(build, build.assets([0.0]), north_m=distance_m)
    assert (east.asset_i.size == 1) == is_hit
    assert (north.asset_i.size == 1) == is_hit


@pytest.mark.parametrize(
    ("level", "distance_m", "is_hit"), [(0, 40.0, True), (1, 40.0, False), (1, 34.0, True), (2, 0.0, False)]
)
def test_protection_halves_the_radius_or_stops(
    build: SimpleNamespace, level: int, distance_m: float, *, is_hit: bool
) -> None:
    found = strike(build, build.assets([distance_m], protection=level))
    assert (found.asset_i.size == 1) == is_hit


def test_the_state_is_drawn_by_pair_as_a_plain_reading_says(build: SimpleNamespace) -> None:
    assets = build.assets([0.0])
    pair = pair_key(entity_key("threat-0"), entity_key("asset-0"))
    states = [int(strike(build, assets, replica=r).state[0]) for r in range(400)]
    draws = [uniform(SEED, r, 8, pair, 1) for r in range(400)]
    assert states == [3 if u < 0.25 else 2 if u < 0.5 else 1 for u in draws]
    assert set(states) == {1, 2, 3}


def test_severity_scales_odds() -> None:
    # Odds of 1 to 1 times 3 are 3 to 1.
    assert kernels.odds_scaled(0.5, 3.0) == pytest.approx(0.75)
    assert kernels.odds_scaled(1.0, 0.2) == 1.0
    assert kernels.odds_scaled(0.0, 5.0) == 0.0
    assert kernels.odds_scaled.py_func(0.2, 1.0) == pytest.approx(0.2)


def test_a_drone_breaks_less_than_a_missile_on_the_same_spot(build: SimpleNamespace) -> None:
    assets = build.assets([0.0])
    light = [strike(build, assets, replica=r, munition=build.munitions(severity=0.25)).state[0] for r in range(500)]
    heavy = [strike(build, assets, replica=r).state[0] for r in range(500)]
    assert all(a <= b for a, b in zip(light, heavy, strict=True))
    # Odds 1:1 times a quarter are 1:4, that is 20 %.
    assert np.mean(np.array(light) >= 2) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 500))


def test_the_worst_state_stands_at_its_first_time(build: SimpleNamespace) -> None:
    assets, aims = build.assets([0.0]), 6
    keys = [pair_key(entity_key(f"threat-{i}"), entity_key("asset-0")) for i in range(aims)]
    seen = set()
    for replica in range(60):
        each = [uniform(SEED, replica, 8, key, 1) for key in keys]
        states = [3 if u < 0.25 else 2 if u < 0.5 else 1 for u in each]
        found = strike(build, assets, aims=aims, replica=replica)
        first = states.index(max(states))
        assert found.state.tolist() == [max(states)]
        assert found.threat_i.tolist() == [first]
        assert found.time_s.tolist() == [100.0 * (first + 1)]
        heavy = [i for i, state in enumerate(states) if state >= 2]
        silent_s = 100.0 * (heavy[0] + 1) if heavy else np.inf
        assert model.alive_until(found, 1).tolist() == [silent_s]  # even where a later impact made it worse
        seen.add((max(states), first, silent_s))
    assert len(seen) > 8


def test_work_spare_and_cost_follow_the_state(build: SimpleNamespace) -> None:
    assets = build.assets([0.0])
    for p_heavy, p_destroyed, state, work, spare in ((0, 0, 1, 10, -1), (1, 0, 2, 50, 2), (1, 1, 3, 200, 2)):
        found = strike(build, assets, table=build.asset_table(float(p_heavy), float(p_destroyed)))
        assert (found.state[0], found.work_h[0], found.spare_i[0], found.cost[0]) == (state, work, spare, state)


def test_work_is_lognormal_by_asset_and_scales_with_size(build: SimpleNamespace) -> None:
    assets, table = build.assets([0.0, 5.0]), build.asset_table(1.0, 0.0, sigma_ln=0.4)
    found = strike(build, assets, replica=5, table=table)
    expected = [50.0 * np.exp(0.4 * normal(SEED, 5, 8, entity_key(name), 8)) for name in assets.id]
    assert found.work_h == pytest.approx(expected)
    threats = build.threats(["threat-0"])
    landed = model.impacts(threats, build.trajectories([1.0]), np.array([np.inf]), build.munitions(), SEED, 5)
    large = model.damage(
        landed, threats, assets, build.munitions(), table, build.protections(), SEED, 5, size=np.array([1.0, 3.0])
    )
    assert large.work_h == pytest.approx(found.work_h * [1.0, 3.0])
    assert large.cost == pytest.approx(found.cost * [1.0, 3.0])


def test_nothing_to_hit_and_nothing_that_hits(build: SimpleNamespace) -> None:
    for east_m, aims in (([], 2), ([0.0], 0), ([], 0)):
        found = strike(build, build.assets(east_m), aims=aims)
        assert found.asset_i.size == found.state.size == found.time_s.size == found.cost.size == 0
        assert model.alive_until(found, len(east_m)).tolist() == [np.inf] * len(east_m)


def test_an_actor_needs_heavy_damage_to_fall_silent() -> None:
    damage = record([0, 2, 3], [1, 2, 3], time_s=[5.0, 6.0, 7.0])
    assert model.alive_until(damage, 4).tolist() == [np.inf, np.inf, 6.0, 7.0]


def record(asset_i, state, *, time_s=None, threat=0, work_h=None) -> Damage:
    n = len(asset_i)
    return Damage(
        asset_i=np.array(asset_i, dtype=np.int64),
        state=np.array(state, dtype=np.int64),
        time_s=np.array([1.0] * n if time_s is None else time_s),
        silent_s=np.where(np.array(state) >= DamageState.HEAVY, [1.0] * n if time_s is None else time_s, np.inf),
        threat_i=np.full(n, threat, dtype=np.int64),
        work_h=np.array([float(s) for s in state] if work_h is None else work_h),
        spare_i=np.array([0 if s >= DamageState.HEAVY else -1 for s in state], dtype=np.int64),
        cost=np.array([float(s) for s in state]),
    )


def test_merged_damage_keeps_the_worse_state() -> None:
    old = record([1, 2, 4], [2, 1, 3], threat=-1, work_h=[70.0, 1.0, 3.0])
    new = record([0, 1, 2, 4], [1, 1, 3, 3], work_h=[5.0, 6.0, 7.0, 8.0])
    both = model.merge(old, new)
    assert both.asset_i.tolist() == [0, 1, 2, 4]
    assert both.state.tolist() == [1, 2, 3, 3]
    assert both.threat_i.tolist() == [0, 0, 0, 0]
    assert model.merge(old, record([], [])).threat_i.tolist() == [-1, -1, -1]
    assert both.work_h.tolist() == [5.0, 70.0, 7.0, 8.0]
    assert both.spare_i.tolist() == [-1, 0, 0, 0]
    assert model.merge(record([], []), new) is new
    assert model.merge(old, record([], [])).state.tolist() == old.state.tolist()


def test_standing_damage_waits_for_clearance_where_this_raid_hit() -> None:
    both = model.merge(record([0], [2], threat=-1), record([2], [3]))
    state, spare_i, work_h, ready_h = model.standing(both, 3, last_impact_s=7200.0, clearance_h=6.0)
    assert state.tolist() == [2, 0, 3]
    assert spare_i.tolist() == [0, -1, 0]
    assert work_h.tolist() == [2.0, 0.0, 3.0]
    assert ready_h.tolist() == [2.0, 0.0, 8.0]


def test_equipment_of_one_site_stands_apart_and_in_its_disc(build: SimpleNamespace) -> None:
    from mamori.maths.earth import distance_m

    assets = build.assets([0.0] * 300)
    latitude, longitude = model.places(
        assets.latitude_rad, assets.longitude_rad, assets.kind, assets.key, build.asset_table()
    )
    away = distance_m(assets.latitude_rad, assets.longitude_rad, latitude, longitude)
    assert away.max() < 300.0 * 1.006
    # Evenly over the disc: half of them beyond radius / sqrt(2).
    assert np.mean(away > 300.0 / np.sqrt(2.0)) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(300))
    again = model.places(
        assets.latitude_rad[:5], assets.longitude_rad[:5], assets.kind[:5], assets.key[:5], build.asset_table()
    )
    assert again[0].tolist() == latitude[:5].tolist()
    assert model.places(np.zeros(0), np.zeros(0), assets.kind[:0], assets.key[:0], build.asset_table())[0].shape == (0,)


def test_kernels_agree_with_plain_python(build: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = replace(build.assets(list(range(-200, 200, 20))), kind=np.arange(20) % len(AssetKind))
    munition = build.munitions(p_works=0.8, cep_m=60.0, severity=1.5)
    table = build.asset_table(sigma_ln=0.3)

    def both() -> tuple[Impacts, Damage]:
        threats = build.threats([f"t{i}" for i in range(8)])
        traj = build.trajectories([float(i) for i in range(8)])
        landed = model.impacts(threats, traj, np.full(8, np.inf), munition, SEED, 1)
        return landed, model.damage(landed, threats, assets, munition, table, build.protections(), SEED, 1)

    compiled = both()
    for name in ("arrivals", "hits", "work"):
        monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    plain = both()
    assert compiled[1].asset_i.size > 2
    for a, b in zip(compiled, plain, strict=True):
        for field, value in vars(a).items():
            if value is not None:
                np.testing.assert_allclose(value, getattr(b, field), rtol=1e-13)


def test_the_order_of_the_files_changes_nothing(build: SimpleNamespace) -> None:
    east_m = list(range(-200, 200, 20))
    ids = [f"asset-{i}" for i in range(len(east_m))]
    forward = strike(build, build.assets(east_m, ids=ids), aims=5, munition=build.munitions(cep_m=80.0))
    back = strike(build, build.assets(east_m[::-1], ids=ids[::-1]), aims=5, munition=build.munitions(cep_m=80.0))
    assert forward.asset_i.size > 2
    one = {ids[a]: tuple(row) for a, *row in rows(forward)}
    two = {ids[::-1][a]: tuple(row) for a, *row in rows(back)}
    assert one == two


def rows(damage: Damage) -> list[tuple[float, ...]]:
    return list(zip(damage.asset_i, damage.state, damage.time_s, damage.threat_i, damage.work_h, strict=True))
