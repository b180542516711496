"""Usable tracks, and the kill probability of one raid."""

from dataclasses import replace

import numpy as np
import pytest

from mamori.defence import kernels
from mamori.defence.battle.model import engage, scene
from mamori.defence.model import DefenceRules, Opportunities, raid_p_kill, track_times
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.records import Worth

INF = np.inf


def table(p_kill, ids=("a",)):
    classes = {
        f"class {i}": BatteryClass.model_validate(
            {
                "p_kill": {"drone": p, "cruise": p}, "max_range_m": 1.0, "max_height_m": 1.0,
                "interceptor_speed_m_s": 1.0, "reaction_s": 0.0, "channels": 1, "magazine": 1, "assess_s": 0.0,
                "cost_per_shot_eur": 0.0,
            }
        )
        for i, p in enumerate(p_kill)
    }  # fmt: skip
    batteries = [
        {"id": name, "class": f"class {i}", "latitude_deg": 0, "longitude_deg": 0} for i, name in enumerate(ids)
    ]
    return battery_table(DefencePart.model_validate({"batteries": batteries}), classes)


def linked(own_sensor, post_i, needs_radar=None):
    """Batteries with own sensors (B, S), command posts (B,), and whether they need a radar's track."""
    n = len(post_i)
    if n == 0:
        return replace(table((), ()), own_sensor=own_sensor)
    whole = table([0.5] * n, tuple("abcdefgh"[:n]))
    needs = np.zeros(n, np.bool_) if needs_radar is None else np.array(needs_radar)
    return replace(whole, own_sensor=own_sensor, post_i=np.asarray(post_i), needs_radar=needs)


def tracks(confirm_s, sensors=(INF, INF), posts=(INF,), cues=(False, False), needs_radar=None):
    """Battery 0 owns sensor 0 and has post 0; 1 owns sensor 1 alone; 2 has post 0 alone; 3 has neither."""
    own = np.array([[True, False], [False, True], [False, False], [False, False]])
    available_s, until_s = track_times(
        np.array([confirm_s]), np.array(sensors), np.array(cues), linked(own, [0, -1, 0, -1], needs_radar),
        np.array(posts), 5.0,
    )  # fmt: skip
    return available_s[0].tolist(), until_s[0].tolist()


def test_who_needs_a_radar_has_nothing_of_a_cue():
    needs = [True, True, False, True]
    assert tracks((100.0, 60.0), cues=(False, True), needs_radar=needs)[0] == [100.0, INF, 65.0, INF]
    assert tracks((100.0, 60.0), cues=(True, True), needs_radar=needs)[0] == [INF, INF, 65.0, INF]
    assert tracks((100.0, 60.0), needs_radar=needs) == tracks((100.0, 60.0))


def test_a_track_out_of_sight_ends_for_those_alone_who_have_it_from_that_sensor():
    own = np.array([[True, False], [False, True]])
    available_s, until_s = track_times(
        np.array([[10.0, 20.0], [10.0, INF]]), np.array([[50.0, 90.0], [INF, INF]]), np.zeros(2, np.bool_),
        linked(own, [-1, -1]), np.zeros(0), 5.0,
    )  # fmt: skip
    assert available_s.tolist() == [[10.0, 20.0], [10.0, INF]]
    assert until_s.tolist() == [[50.0, 90.0], [INF, -INF]]


def test_own_sensors_at_once_and_others_by_way_of_the_post():
    assert tracks((100.0, 60.0)) == ([65.0, 60.0, 65.0, INF], [INF, INF, INF, -INF])
    assert tracks((62.0, 60.0)) == ([62.0, 60.0, 65.0, INF], [INF, INF, INF, -INF])
    assert tracks((INF, INF)) == ([INF] * 4, [-INF] * 4)


def test_own_sensors_serve_on_when_the_post_is_lost():
    assert tracks((100.0, 60.0), posts=(80.0,)) == ([65.0, 60.0, 65.0, INF], [INF, INF, 80.0, -INF])
    assert tracks((100.0, 60.0), posts=(64.0,)) == ([100.0, 60.0, INF, INF], [INF, INF, -INF, -INF])


def test_a_lost_sensor_ends_its_tracks():
    assert tracks((100.0, 60.0), sensors=(INF, 70.0)) == ([65.0, 60.0, 65.0, INF], [INF, 70.0, INF, -INF])
    assert tracks((INF, 60.0), sensors=(INF, 70.0)) == ([65.0, 60.0, 65.0, INF], [70.0, 70.0, 70.0, -INF])
    assert tracks((100.0, 60.0), sensors=(INF, 60.0)) == ([100.0, INF, 105.0, INF], [INF, -INF, INF, -INF])


def test_tracks_of_nothing():
    for n_threats, n_sensors, n_batteries in ((0, 2, 3), (2, 0, 3), (2, 2, 0)):
        available_s, until_s = track_times(
            np.zeros((n_threats, n_sensors)), np.full(n_sensors, INF), np.zeros(n_sensors, np.bool_),
            linked(np.ones((n_batteries, n_sensors), np.bool_), np.full(n_batteries, -1)), np.empty(0), 1.0,
        )  # fmt: skip
        assert available_s.shape == until_s.shape == (n_threats, n_batteries)
        assert np.all(np.isinf(available_s)) or n_sensors


def test_tracks_compiled_and_plain_python_agree(monkeypatch):
    rng = np.random.default_rng(5)
    inputs = (
        rng.uniform(0, 100, (6, 4)), rng.uniform(20, 100, (6, 4)), rng.uniform(size=4) < 0.5,
        linked(rng.uniform(size=(5, 4)) < 0.4, rng.integers(-1, 2, 5), rng.uniform(size=5) < 0.5),
        rng.uniform(20, 100, 2), 3.0,
    )  # fmt: skip
    compiled = track_times(*inputs)
    monkeypatch.setattr(kernels, "usable_tracks", kernels.usable_tracks.py_func)
    for one, other in zip(compiled, track_times(*inputs), strict=True):
        assert np.array_equal(one, other)


def test_certain_kill_probabilities_stay():
    batteries = table((0.0, 0.3, 1.0), ("a", "b", "c"))
    for rho in (0.0, 0.3, 1.0):
        drawn = raid_p_kill(batteries, np.full(4, rho), 1, 2)
        assert drawn[[0, 2], 2].tolist() == [0.0, 1.0]
        assert 0.0 <= drawn[1, 2] <= 1.0
        assert drawn[:, [0, 3]].tolist() == [[0.0, 0.0]] * 3
    assert np.array_equal(raid_p_kill(batteries, np.zeros(4), 1, 2), batteries.p_kill)
    assert raid_p_kill(batteries, np.ones(4), 1, 2)[1, 2] in (0.0, 1.0)


def test_a_bad_night_is_bad_for_every_battery_and_a_new_one_changes_no_draw():
    small, large = table((0.3, 0.6), ("a", "b")), table((0.9, 0.3, 0.6), ("new", "a", "b"))
    rho = np.full(4, 0.2)
    rows = np.array([raid_p_kill(small, rho, 4, replica)[:, 2] for replica in range(50)])
    assert np.all(np.diff(rows[np.argsort(rows[:, 0]), 1]) >= 0.0)
    for replica in range(50):
        assert np.array_equal(raid_p_kill(large, rho, 4, replica)[1:], raid_p_kill(small, rho, 4, replica))
    # The kinds have luck of their own.
    kinds = np.array([raid_p_kill(small, rho, 4, replica)[0, 1:3] for replica in range(400)])
    assert abs(np.corrcoef(kinds.T)[0, 1]) < 3.29 / np.sqrt(400)


def test_mean_and_variance_over_raids():
    p, rho, n = 0.7, 0.4, 4000
    batteries = table((p,))
    drawn = np.array([raid_p_kill(batteries, np.full(4, rho), 9, replica)[0, 2] for replica in range(n)])
    variance = p * (1.0 - p) * rho
    assert drawn.mean() == pytest.approx(p, abs=3.29 * np.sqrt(variance / n))
    assert drawn.var() == pytest.approx(variance, rel=0.05)


def one_chance(launch_s: float, intercept_s: float) -> Opportunities:
    return Opportunities(
        battery_i=np.zeros(1, np.int64), threat_i=np.zeros(1, np.int64), pair_first=np.array([0, 1]),
        first=np.array([0, 1]), intercept_s=np.array([intercept_s]), launch_by_s=np.array([launch_s]),
        is_joined=np.zeros(1, np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("alive_until", "n_fired", "is_killed"), [(INF, 1, True), (50.0, 1, True), (49.0, 1, False), (40.0, 0, False)]
)
def test_a_salvo_whose_battery_is_lost_in_flight_is_lost(alive_until, n_fired, is_killed):
    batteries = table((1.0,))
    fought = engage(
        scene(one_chance(40.0, 50.0), batteries, np.array([2]), np.array([77]), Worth(np.ones(1))),
        batteries,
        DefenceRules(np.zeros(4), 0.0, 8),
        np.zeros((1, 1)),
        np.full((1, 1), INF),
        np.array([alive_until]),
        np.full(len(batteries.id), np.inf),
        batteries.p_kill,
        1,
        0,
    )
    assert fought.launch_s.tolist() == [40.0] * n_fired
    assert fought.magazine_left.tolist() == [1 - n_fired]
    assert np.isfinite(fought.killed_s).tolist() == [is_killed]


def test_no_threats_and_no_batteries():
    nothing = Opportunities(
        battery_i=np.empty(0, np.int64), threat_i=np.empty(0, np.int64), pair_first=np.zeros(1, np.int64),
        first=np.zeros(1, np.int64), intercept_s=np.empty(0), launch_by_s=np.empty(0), is_joined=np.empty(0, np.bool_),
    )  # fmt: skip
    rules, none = DefenceRules(np.full(4, 0.2), 0.0, 8), np.empty(0, np.int64)
    one, zero = table((0.5,)), battery_table(DefencePart(), {})
    no_threats = engage(
        scene(nothing, one, none, none, Worth(np.empty(0))),
        one,
        rules,
        np.empty((0, 1)),
        np.empty((0, 1)),
        np.full(1, INF),
        np.full(len(one.id), np.inf),
        raid_p_kill(one, rules.correlation, 1, 0),
        1,
        0,
    )
    assert no_threats.killed_s.shape == (0,)
    assert no_threats.magazine_left.tolist() == [1]
    no_batteries = engage(
        scene(
            Opportunities(**{**vars(nothing), "pair_first": np.zeros(3, np.int64)}),
            zero,
            np.array([2, 2]),
            np.array([5, 6]),
            Worth(np.ones(2)),
        ),
        zero,
        rules,
        np.empty((2, 0)),
        np.empty((2, 0)),
        np.empty(0),
        np.full(len(zero.id), np.inf),
        raid_p_kill(zero, rules.correlation, 1, 0),
        1,
        0,
    )
    assert no_batteries.battery_i.size == 0
    assert no_batteries.killed_s.tolist() == [INF, INF]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize(
    ("later_s", "dearer", "winner"), [(0.0, "", ""), (0.0, "a", "b"), (0.0, "b", "a"), (1.0, "a", "a")]
)
def test_of_several_that_can_launch_now_the_first_to_meet_then_the_cheaper_then_by_key(order, later_s, dearer, winner):
    """Both can launch at 40 s only; b meets the threat `later_s` after a."""
    batteries = table((0.5, 0.5), order)
    cost = np.array([2.0 if name == dearer else 1.0 for name in order])
    batteries = replace(batteries, cost_per_shot_eur=cost)
    opp = Opportunities(
        battery_i=np.arange(2), threat_i=np.zeros(2, np.int64), pair_first=np.array([0, 2]), first=np.arange(3),
        intercept_s=np.array([50.0 + later_s if name == "b" else 50.0 for name in order]),
        launch_by_s=np.full(2, 40.0), is_joined=np.zeros(2, np.bool_),
    )  # fmt: skip
    fought = engage(
        scene(opp, batteries, np.array([2]), np.array([77]), Worth(np.ones(1))),
        batteries,
        DefenceRules(np.zeros(4), 0.0, 8),
        np.zeros((1, 2)),
        np.full((1, 2), INF),
        np.full(2, INF),
        np.full(len(batteries.id), np.inf),
        batteries.p_kill,
        1,
        0,
    )
    by_key = order[int(np.argmin(batteries.key))]
    assert [order[b] for b in fought.battery_i] == [winner or by_key]
