"""What must hold for a whole raid, whatever the luck: order changes nothing, limits hold, the silent stay silent."""

import numpy as np
import pytest

import mamori
from mamori.raid.judge import judge, time_to
from mamori.raid.pipeline import Raid
from mamori.records import DamageState

SHORT = ["recovery.days=2", "raid.aim_draws=1", "run.worlds=1"]
REPLICAS = range(4)
ONE_GUN_POST = (
    "defence={batteries: [{id: post, class: gun-post-notional, latitude_deg: 34.0, longitude_deg: 167.0, "
    "command_post: hq}], command_posts: [{id: hq, latitude_deg: 35.5, longitude_deg: 169.0}]}"
)
ONE_MISSILE_THEN_DRONES = (
    "raid.variants=[{id: one, groups: [{id: m, class: srbm-notional, count: 1, launch_s: 0, "
    "launch_latitude_deg: 31.362, launch_longitude_deg: 164.524, targets: [post]},"
    "{id: d, class: drone-notional, count: 10, launch_s: 0, interval_s: 1, "
    "launch_latitude_deg: 33.5, launch_longitude_deg: 166.5, targets: [post]}]}]"
)


@pytest.fixture(scope="module")
def night():
    return Raid(mamori.load("night-raid", SHORT))


def judged(raid, replicas=REPLICAS):
    return [judge(raid.world(r), raid.play(r)) for r in replicas]


def reversed_lists(scenario):
    """The same scenario with every list that has ids turned round."""
    variants = tuple(
        v.model_copy(update={"groups": tuple(reversed(v.groups))}) for v in reversed(scenario.raid.variants)
    )
    return scenario.model_copy(
        update={
            "raid": scenario.raid.model_copy(update={"variants": variants}),
            "sensing": scenario.sensing.model_copy(update={"sensors": tuple(reversed(scenario.sensing.sensors))}),
            "defence": scenario.defence.model_copy(
                update={
                    "batteries": tuple(reversed(scenario.defence.batteries)),
                    "command_posts": tuple(reversed(scenario.defence.command_posts)),
                }
            ),
            "services": scenario.services.model_copy(update={"sites": tuple(reversed(scenario.services.sites))}),
            "world": scenario.world.model_copy(update={"districts": tuple(reversed(scenario.world.districts))}),
            "recovery": scenario.recovery.model_copy(update={"crews": tuple(reversed(scenario.recovery.crews))}),
        }
    )


def test_order_of_the_file_changes_nothing(night):
    turned = Raid(reversed_lists(night.scenario))
    for a, b in zip(judged(night), judged(turned), strict=True):
        assert a == pytest.approx(b, rel=1e-9, nan_ok=True)


def test_a_battery_inserted_first_leaves_all_other_luck(night):
    far = {"id": "aaa", "class": "gun-post-notional", "latitude_deg": 50.0, "longitude_deg": 150.0}
    first = night.scenario.defence.batteries[0].model_validate(far)
    batteries = (first, *night.scenario.defence.batteries)
    defence = night.scenario.defence.model_copy(update={"batteries": batteries})
    more = Raid(night.scenario.model_copy(update={"defence": defence}))
    for replica in REPLICAS:
        a, b = night.play(replica), more.play(replica)
        np.testing.assert_array_equal(a.confirmed_s, b.confirmed_s)
        np.testing.assert_array_equal(a.engagements.launch_s, b.engagements.launch_s)
        np.testing.assert_array_equal(a.engagements.is_kill, b.engagements.is_kill)
        np.testing.assert_array_equal(a.engagements.battery_i + 1, b.engagements.battery_i)
        np.testing.assert_array_equal(a.impacts.latitude_rad, b.impacts.latitude_rad)
        np.testing.assert_array_equal(a.damage.state, b.damage.state)
        np.testing.assert_array_equal(a.recovered.served_mw, b.recovered.served_mw)


def test_shots_never_exceed_magazines_nor_engagements_channels(night):
    for replica in REPLICAS:
        world, outcome = night.world(replica), night.play(replica)
        e, b = outcome.engagements, world.batteries
        used = np.bincount(e.battery_i, weights=e.n_shots, minlength=len(b.id))
        np.testing.assert_array_equal(used + e.magazine_left, b.stock)
        channels = {
            battery.id: world.scenario.classes.defence[battery.class_name].channels
            for battery in world.scenario.defence.batteries
        }
        for i, name in enumerate(b.id):
            rows = e.battery_i == i
            edges = sorted([(t, 1) for t in e.launch_s[rows]] + [(t, -1) for t in e.intercept_s[rows]])
            assert max(np.cumsum([step for _, step in edges]), default=0) <= channels[name]


def test_kill_probability_zero_stops_nothing(night):
    world = night.world(0)
    zero = [
        f"catalogue.{battery}.defence.p_kill.{kind}=0"
        for battery in world.batteries.classes
        for kind in ("ballistic", "cruise", "drone", "boat")
        if getattr(world.scenario.classes.defence[battery].p_kill, kind) is not None
    ]
    toothless = Raid(mamori.load("night-raid", SHORT + zero))
    bare = Raid(night.scenario, is_defended=False)
    for replica in (0, 1):
        a, b = toothless.play(replica), bare.play(replica)
        assert not np.isfinite(a.engagements.killed_s).any()
        assert len(b.engagements.battery_i) == 0
        np.testing.assert_array_equal(a.impacts.threat_i, b.impacts.threat_i)
        np.testing.assert_array_equal(a.damage.asset_i, b.damage.asset_i)


def test_who_is_hit_falls_silent_and_the_raid_is_followed_again():
    """Four missiles fall on one gun post with no error; after the first of them it fires no more."""
    raid = Raid(
        mamori.load(
            "night-raid",
            [
                *SHORT,
                "catalogue.srbm-notional.damage.cep_m=0",
                "catalogue.srbm-notional.damage.drift=0",
                "catalogue.srbm-notional.flight.p_launch=1",
                "catalogue.srbm-notional.damage.p_works=1",
                "damage.protection=[]",
                "catalogue.battery-site-notional.damage.p_heavy_or_worse=1",
                ONE_GUN_POST,
                ONE_MISSILE_THEN_DRONES,
            ],
        )
    )
    outcome = raid.play(0)
    assert outcome.passes == 2
    hit_s = outcome.damage.silent_s.min()
    assert np.isfinite(hit_s)
    assert hit_s < outcome.impact_s[1:].min()
    assert len(outcome.engagements.battery_i) == 0
    assert outcome.damage.state.max() >= DamageState.HEAVY
    (variant,) = raid.scenario.raid.variants
    drones = variant.model_copy(update={"groups": variant.groups[1:]})
    only_drones = raid.scenario.raid.model_copy(update={"variants": (drones,)})
    untouched = Raid(raid.scenario.model_copy(update={"raid": only_drones}))
    assert len(untouched.play(0).engagements.battery_i) > 0


def test_power_adds_up(night):
    for replica in REPLICAS:
        r = night.play(replica).recovered
        np.testing.assert_allclose(r.demand_mw - r.served_mw, r.local_mw + r.network_mw + r.deficit_mw, atol=1e-6)
        assert r.served_mw.min() >= 0.0
        assert np.all(r.served_mw <= r.demand_mw + 1e-6)


def test_nothing_depends_on_the_replicas_before(night):
    fresh = Raid(night.scenario)
    a, b = night.play(3), fresh.play(3)
    np.testing.assert_array_equal(a.recovered.served_mw, b.recovered.served_mw)
    np.testing.assert_array_equal(a.recovered.repair_end_h, b.recovered.repair_end_h)
    np.testing.assert_array_equal(a.engagements.launch_s, b.engagements.launch_s)


@pytest.mark.parametrize(
    ("served", "hours"), [([10, 10, 10], 0.0), ([8, 10, 10], 1.0), ([10, 8, 9], 2.0), ([10, 10, 8], np.nan)]
)
def test_time_to_90_percent(served, hours):
    assert time_to(0.9, np.full(3, 10.0), np.array(served, dtype=float)) == pytest.approx(hours, nan_ok=True)
