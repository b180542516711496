"""Doctrine: who may fire when, what a look gets wrong, who acts alone, and whom to engage."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from mamori.defence.battle.arrays import Engage
from mamori.defence.battle.model import engage, scene
from mamori.defence.battle.plan import assign
from mamori.defence.model import DefenceRules, Opportunities, alone_from
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.records import Engagements, ThreatKind, Worth

INF = np.inf
RULES = DefenceRules(correlation=np.zeros(4), track_latency_s=0.0, max_shots_per_threat=100)
GUN = {
    "p_kill": {"drone": 0.0, "ballistic": 0.0}, "max_range_m": 1.0, "max_height_m": 1.0, "interceptor_speed_m_s": 1.0,
    "reaction_s": 0.0, "channels": 10, "magazine": 100, "assess_s": 5.0, "cost_per_shot_eur": 0.0,
}  # fmt: skip


def fought(classes, windows, *, kind=None, worth=None, rules=RULES, alone=None, replica=0, part=None) -> Engagements:
    """One replica of threats met 10 s after the launch in windows {(threat, battery): (first, last launch)}."""
    part = {"batteries": [{"id": f"b{i}", "class": f"c{i}", "latitude_deg": 0, "longitude_deg": 0} for i in range(
        len(classes))], **(part or {})}  # fmt: skip
    sections = {f"c{i}": BatteryClass.model_validate({**GUN, **change}) for i, change in enumerate(classes)}
    table = battery_table(DefencePart.model_validate(part), sections)
    pairs = sorted(windows)
    n_threats = max(t for t, _ in pairs) + 1
    threats = np.array([t for t, _ in pairs], np.int64)
    launches = np.array([windows[pair] for pair in pairs], np.float64).ravel()
    opp = Opportunities(
        battery_i=np.array([b for _, b in pairs], np.int64), threat_i=threats,
        pair_first=np.searchsorted(threats, np.arange(n_threats + 1)).astype(np.int64),
        first=2 * np.arange(len(pairs) + 1), intercept_s=launches + 10.0, launch_by_s=launches,
        is_joined=np.tile([False, True], len(pairs)),
    )  # fmt: skip
    kind = np.full(n_threats, int(ThreatKind.DRONE)) if kind is None else np.array(kind)
    worth = np.ones(n_threats) if worth is None else np.array(worth, dtype=np.float64)
    seen = np.zeros((n_threats, len(classes)))
    n = len(classes)
    return engage(
        scene(opp, table, kind, np.arange(n_threats), Worth(worth)), table, rules, seen, np.full_like(seen, INF),
        np.full(n, INF), np.full(n, INF) if alone is None else np.array(alone), table.p_kill, 1, replica,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("doctrine", "launches", "shots"),
    [
        ("shoot-look-shoot", [100.0, 115.0, 130.0], [1, 1, 1]),
        ("salvo", [100.0], [3]),
        ("salvo-look", [100.0, 115.0, 130.0], [3, 3, 3]),
    ],
)
def test_the_three_doctrines(doctrine, launches, shots):
    found = fought([{"doctrine": doctrine, "shots_per_salvo": 3}], {(0, 0): (100.0, 130.0)})
    assert found.launch_s.tolist() == launches
    assert found.n_shots.tolist() == shots


def test_doctrine_of_the_battery_before_that_of_all_before_that_of_its_class():
    windows = {(0, 0): (100.0, 100.0), (1, 1): (100.0, 100.0)}
    change = [{"doctrine": "salvo-look", "shots_per_salvo": 4}] * 2
    place = {"latitude_deg": 0, "longitude_deg": 0}
    part = {
        "doctrine": "shoot-look-shoot",
        "batteries": [{"id": "b0", "class": "c0", **place}, {"id": "b1", "class": "c1", "doctrine": "salvo", **place}],
    }
    assert fought(change, windows).n_shots.tolist() == [4, 4]
    assert sorted(fought(change, windows, part=part).n_shots.tolist()) == [1, 4]


def test_a_salvo_without_a_look_frees_its_channel_at_the_intercept():
    windows = {(0, 0): (100.0, 100.0), (1, 0): (100.0, 200.0)}
    for doctrine, second in (("salvo", 110.0), ("salvo-look", 115.0)):
        found = fought([{"doctrine": doctrine, "channels": 1}], windows, worth=[2, 1])
        assert found.launch_s[found.threat_i == 1][0] == second


def test_upper_tier_leaves_it_to_the_lower_while_that_has_its_chance():
    upper, lower = {"layer": "upper-tier", "leaves_to_lower": True}, {"layer": "lower-tier"}
    windows = {(0, 0): (100.0, 300.0), (0, 1): (150.0, 200.0)}
    found = fought([upper, lower], windows)
    assert found.launch_s[found.battery_i == 1].tolist() == [150.0, 165.0, 180.0, 195.0]
    assert found.launch_s[found.battery_i == 0].min() > 200.0
    assert fought([{"layer": "upper-tier"}, lower], windows).launch_s[0] == 100.0
    # A lower tier without a shot or a channel has no chance, nor has one that reaches it earlier only.
    for broken in ({"magazine": 0}, {"channels": 0}):
        assert fought([upper, {**lower, **broken}], windows).launch_s[0] == 100.0
    assert fought([upper, lower], {(0, 0): (100.0, 300.0), (0, 1): (10.0, 50.0)}).launch_s[-1] > 100.0


def test_a_threat_left_to_a_lower_tier_that_ran_out_was_held_back():
    windows = {(0, 0): (100.0, 150.0), (0, 1): (160.0, 200.0), (1, 1): (120.0, 120.0)}
    upper, lower = {"layer": "upper-tier", "leaves_to_lower": True}, {"layer": "lower-tier", "magazine": 1}
    found = fought([upper, lower], windows)
    assert found.threat_i.tolist() == [1]
    assert found.is_held.tolist() == [True, False]


def test_a_reserve_is_kept_for_ballistic_missiles():
    gun = {"magazine": 4, "reloads": 1, "ballistic_reserve": 5}
    windows = {(0, 0): (100.0, 1000.0), (1, 0): (2000.0, 3000.0)}
    found = fought([gun], windows, kind=[ThreatKind.DRONE, ThreatKind.BALLISTIC])
    assert np.bincount(found.threat_i).tolist() == [3, 5]
    assert found.is_held.tolist() == [True, False]
    assert found.magazine_left.tolist() == [0]


def test_a_kill_taken_for_a_miss_costs_shots_and_a_miss_taken_for_a_kill_leaks():
    window = {(0, 0): (100.0, 130.0)}
    sure, never = {"p_kill": {"drone": 1.0}}, {"p_kill": {"drone": 0.0}}
    assert fought([sure], window).n_shots.tolist() == [1]
    wasted = fought([{**sure, "p_kill_unseen": 1.0}], window)
    assert wasted.launch_s.tolist() == [100.0, 115.0, 130.0]
    assert wasted.is_kill.tolist() == [True, False, False]
    assert wasted.killed_s.tolist() == [110.0]
    assert fought([never], window).n_shots.tolist() == [1, 1, 1]
    assert fought([{**never, "p_miss_unseen": 1.0}], window).n_shots.tolist() == [1]


def test_looks_err_as_often_as_they_should():
    """Shots until the miss is taken for a kill: geometric, mean 1 / 0.25; variance (1 - p) / p^2."""
    n = 2000
    window = {(0, 0): (100.0, 100000.0)}
    shots = [len(fought([{"p_miss_unseen": 0.25}], window, replica=r).n_shots) for r in range(n)]
    assert np.mean(shots) == pytest.approx(4.0, abs=3.29 * np.sqrt(0.75 / 0.25**2 / n))


def test_who_acts_alone_engages_what_others_do():
    window = {(0, 0): (100.0, 130.0), (0, 1): (100.0, 130.0)}
    sure = [{"p_kill": {"drone": 1.0}}] * 2
    assert len(fought(sure, window).launch_s) == 1
    for alone in ([-INF, -INF], [-INF, INF]):
        both = fought(sure, window, alone=alone)
        assert both.launch_s.tolist() == [100.0, 100.0]
        assert both.is_kill.sum() == 1
        assert both.killed_s.tolist() == [110.0]
    # The post is lost before, or after, the threat is stopped; a later comer sees that it is gone.
    late = {(0, 0): (100.0, 130.0), (0, 1): (116.0, 130.0)}
    assert len(fought(sure, late, alone=[-INF, -INF]).launch_s) == 1
    early = {(0, 0): (100.0, 130.0), (0, 1): (114.0, 130.0)}
    assert len(fought(sure, early, alone=[-INF, -INF]).launch_s) == 2


def test_a_battery_cut_off_in_mid_raid_waits_for_its_own_salvo_only():
    window = {(0, 0): (100.0, 200.0)}
    found = fought([{}], window, alone=[105.0])
    assert found.launch_s.tolist() == [100.0, 115.0, 130.0, 145.0, 160.0, 175.0, 190.0]


def test_from_when_a_battery_acts_alone():
    post_i, lost_s = np.array([0, 1, -1]), np.array([50.0, INF])
    assert alone_from(RULES, post_i, lost_s).tolist() == [50.0, INF, -INF]
    assert alone_from(replace(RULES, needs_post=False), post_i, lost_s).tolist() == [INF] * 3
    assert alone_from(RULES, np.array([-1]), np.empty(0)).tolist() == [-INF]


ONE_CHANNEL = {"channels": 1, "magazine": 2}


def order_of(policy, worth, windows, change=ONE_CHANNEL):
    rules = replace(RULES, engage=policy, max_shots_per_threat=1)
    return fought([change], windows, worth=worth, rules=rules).threat_i.tolist()


def test_first_come_or_most_worth():
    # One is under way when 1 (at 101 s) and then 2, worth more (at 102 s), join the queue.
    windows = {(0, 0): (100.0, 100.0), (1, 0): (101.0, 150.0), (2, 0): (102.0, 150.0)}
    assert order_of(Engage.FIRST_COME, [1, 1, 5], windows) == [0, 1]
    assert order_of(Engage.WORTH, [1, 1, 5], windows) == [0, 2]


def test_the_rolling_optimum_keeps_the_last_shots_for_what_is_worth_more():
    windows = {(0, 0): (100.0, 140.0), (1, 0): (120.0, 160.0), (2, 0): (130.0, 170.0)}
    change = {"channels": 3, "magazine": 2, "p_kill": {"drone": 0.5}}
    assert order_of(Engage.WORTH, [1, 5, 4], windows, change) == [0, 1]
    assert order_of(Engage.ROLLING, [1, 5, 4], windows, change) == [1, 2]
    # With shots for all, all are engaged.
    assert sorted(order_of(Engage.ROLLING, [1, 5, 4], windows, {**change, "magazine": 3})) == [0, 1, 2]


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (5, 9), (12, 30)])
def test_the_assignment_is_the_best_there_is(size):
    rng = np.random.default_rng(size[0])
    for _ in range(20):
        gain = rng.integers(0, 6, size).astype(np.float64)
        column = assign(gain)
        assert len(set(column.tolist())) == size[0]
        rows, best = linear_sum_assignment(gain, maximize=True)
        assert gain[np.arange(size[0]), column].sum() == pytest.approx(gain[rows, best].sum())
        assert np.array_equal(assign.py_func(gain), column)
