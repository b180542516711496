"""Why a threat got through: a scene by hand for every reason, and for every precedence."""

from dataclasses import replace

import numpy as np
import pytest

from mamori.defence.battle import why
from mamori.defence.battle.model import engage, scene
from mamori.defence.model import DefenceRules, Opportunities, track_times
from mamori.defence.reasons import Reason, reasons
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.records import Worth

INF = np.inf
RULES = DefenceRules(correlation=np.zeros(4), track_latency_s=5.0, max_shots_per_threat=2)
GUN = {
    "p_kill": {"drone": 0.0}, "max_range_m": 1.0, "max_height_m": 1.0, "interceptor_speed_m_s": 1.0, "reaction_s": 10.0,
    "channels": 1, "magazine": 2, "assess_s": 1000.0, "cost_per_shot_eur": 0.0,
}  # fmt: skip


class Scene:
    """Batteries with one sensor each and a post for all, and drones that may be launched at in given windows.

    batteries: changes to `GUN`, one a battery; windows: {(threat, battery): (first, last launch)}, met 50 s later
    seen_s: (T, S) confirmation; the earlier of two threats in a window is the more worthy
    """

    def __init__(self, batteries, windows, seen_s, *, rules=RULES, is_linked=True):
        sensors = tuple(f"s{i}" for i in range(len(batteries)))
        post = {"command_post": "p"} if is_linked else {}
        part = DefencePart.model_validate(
            {
                "command_posts": [{"id": "p", "latitude_deg": 0, "longitude_deg": 0}],
                "batteries": [
                    {"id": f"b{i}", "class": f"c{i}", "latitude_deg": 0, "longitude_deg": 0, "sensors": [s], **post}
                    for i, s in enumerate(sensors)
                ],
            }
        )
        classes = {f"c{i}": BatteryClass.model_validate({**GUN, **change}) for i, change in enumerate(batteries)}
        self.table = battery_table(part, classes, sensors)
        self.rules, self.seen_s = rules, np.array(seen_s, dtype=np.float64)
        pairs = sorted(windows)
        threats = np.array([t for t, _ in pairs], np.int64)
        launches = np.array([windows[pair] for pair in pairs], np.float64).ravel()
        self.opp = Opportunities(
            battery_i=np.array([b for _, b in pairs], np.int64), threat_i=threats,
            pair_first=np.searchsorted(threats, np.arange(len(self.seen_s) + 1)).astype(np.int64),
            first=2 * np.arange(len(pairs) + 1), intercept_s=launches + 50.0, launch_by_s=launches,
            is_joined=np.tile([False, True], len(pairs)),
        )  # fmt: skip

    def why(self, *, sensors=None, batteries=None, post=INF, sight=None):
        """Reasons by name, with the times at which sensors, batteries, the post and the sight of threats are lost."""
        n, n_threats = len(self.table.id), len(self.seen_s)
        sensors, batteries = (np.full(n, INF) if x is None else np.array(x) for x in (sensors, batteries))

        sight_s = np.full(self.seen_s.shape, INF) if sight is None else np.array(sight, dtype=np.float64)

        def tracks(sensor_s, post_s):
            return track_times(
                self.seen_s, np.minimum(sensor_s, sight_s), np.zeros(n, np.bool_), self.table, np.array([post_s]),
                self.rules.track_latency_s,
            )  # fmt: skip

        available_s, until_s = tracks(sensors, post)
        kind, key = np.full(n_threats, 2), np.arange(n_threats)
        fought = engage(
            scene(self.opp, self.table, kind, key, Worth(-1.0 * np.arange(n_threats))),
            self.table,
            self.rules,
            available_s,
            until_s,
            batteries,
            np.full(len(self.table.id), np.inf),
            self.table.p_kill,
            1,
            0,
        )
        leaks = ~np.isfinite(fought.killed_s)
        is_tracked = np.any(self.seen_s <= sensors, axis=1) & np.any(np.isfinite(self.seen_s), axis=1)
        unharmed_s, kept_s = tracks(np.full(n, INF), INF)
        found = reasons(
            self.opp,
            self.table,
            self.rules,
            fought,
            leaks,
            is_tracked,
            available_s,
            until_s,
            unharmed_s,
            kept_s,
            batteries,
        )
        return [Reason(r).text if r >= 0 else None for r in found.tolist()]


SEEN = [[100.0]]
OPEN = {(0, 0): (120.0, 200.0)}


def test_engaged_and_missed():
    assert Scene([{}], OPEN, SEEN).why() == ["missed"]


def test_stopped_has_no_reason():
    assert Scene([{"p_kill": {"drone": 1.0}}], OPEN, SEEN).why() == [None]


def test_never_tracked():
    assert Scene([{}], OPEN, [[INF]]).why() == ["not seen"]
    assert Scene([{}], {}, [[INF]]).why() == ["not seen"]  # wherever it flew


def test_a_sensor_lost_before_it_saw():
    assert Scene([{}], OPEN, SEEN).why(sensors=[99.0]) == ["not seen"]


def test_in_no_envelope():
    assert Scene([{}], {}, SEEN).why() == ["out of reach"]
    assert Scene([{}], {}, SEEN).why(batteries=[-INF]) == ["out of reach"]


@pytest.mark.parametrize(("last_launch_s", "reason"), [(109.0, "too late"), (110.0, "missed")])
def test_the_last_launch_before_track_and_reaction(last_launch_s, reason):
    assert Scene([{}], {(0, 0): (50.0, last_launch_s)}, SEEN).why() == [reason]


def test_a_track_that_nobody_hands_over_is_no_track_in_time():
    # Sensor 1 sees it, battery 0 could reach it, and they have no post in common.
    batteries, seen_s = [{}, {}], [[INF, 100.0]]
    assert Scene(batteries, OPEN, seen_s, is_linked=False).why() == ["too late"]
    assert Scene(batteries, OPEN, seen_s).why() == ["missed"]


def test_battery_lost_before_its_window():
    for lost_s in (-INF, 120.0):
        assert Scene([{}], OPEN, SEEN).why(batteries=[lost_s]) == ["silenced"]
    assert Scene([{}], OPEN, SEEN).why(batteries=[121.0]) == ["missed"]


def test_sensor_or_post_lost_after_it_saw():
    assert Scene([{}], OPEN, SEEN).why(sensors=[115.0]) == ["silenced"]
    scene = Scene([{}, {}], OPEN, [[INF, 100.0]])
    assert scene.why(post=115.0) == ["silenced"]
    assert scene.why(post=-INF) == ["silenced"]


def test_lost_from_sight_before_it_came_into_reach():
    """Its window opens at 120 s; no sensor has seen it for too long by then, whatever becomes of the battery."""
    assert Scene([{}], OPEN, SEEN).why(sight=[[120.0]]) == ["lost from sight"]
    assert Scene([{}], OPEN, SEEN).why(sight=[[120.0]], batteries=[-INF]) == ["lost from sight"]
    assert Scene([{}], OPEN, SEEN).why(sight=[[121.0]]) == ["missed"]
    assert Scene([{}], OPEN, SEEN).why(sight=[[121.0]], batteries=[-INF]) == ["silenced"]
    assert Scene([{}], {(0, 0): (50.0, 109.0)}, SEEN).why(sight=[[120.0]]) == ["too late"]


def test_a_battery_that_would_have_been_too_late_anyway_was_not_silenced():
    assert Scene([{}], {(0, 0): (50.0, 109.0)}, SEEN).why(batteries=[-INF]) == ["too late"]


def test_rules_that_allow_no_shot():
    assert Scene([{}], OPEN, SEEN, rules=replace(RULES, max_shots_per_threat=0)).why() == ["held back"]


def two(change, second=(150.0, 300.0)):
    """Two drones: the first takes the only channel at 120 s until 1,170 s."""
    return Scene([change], {(0, 0): (120.0, 200.0), (1, 0): second}, [[100.0], [100.0]])


def test_every_channel_busy():
    assert two({}).why() == ["missed", "no channel"]
    assert two({"channels": 2}).why() == ["missed", "missed"]
    assert Scene([{"channels": 0}], OPEN, SEEN).why() == ["no channel"]


def test_free_again_in_time():
    assert two({}, (150.0, 1170.0)).why() == ["missed", "missed"]
    assert two({}, (150.0, 1169.0)).why() == ["missed", "no channel"]


def test_magazine_empty():
    spent = {"magazine": 2, "shots_per_salvo": 2, "channels": 2}
    assert two(spent).why() == ["missed", "no shot"]
    assert two({**spent, "channels": 1}).why() == ["missed", "no shot"]  # nor had it a channel
    assert Scene([{"magazine": 0}], OPEN, SEEN).why() == ["no shot"]


def test_being_reloaded():
    loading = {"magazine": 2, "shots_per_salvo": 2, "channels": 2, "reloads": 1}
    assert two({**loading, "reload_s": 200.0}).why() == ["missed", "no shot"]
    assert two({**loading, "reload_s": 180.0}).why() == ["missed", "missed"]
    assert two({**loading, "reload_s": 170.0, "channels": 1}).why() == ["missed", "no channel"]


def test_the_last_shot_goes_to_the_more_worthy_at_the_same_moment():
    spent = {"magazine": 2, "shots_per_salvo": 2, "channels": 2}
    assert two(spent, (120.0, 120.0)).why() == ["missed", "no shot"]


def test_a_moment_with_a_shot_before_the_magazine_was_spent():
    # Both channels are busy from 120 s to 1,170 s, when the last shot goes at the second; the third waits from 150 s.
    scene = Scene(
        [{"magazine": 3, "channels": 2}],
        {(0, 0): (120.0, 200.0), (1, 0): (120.0, 1200.0), (2, 0): (150.0, 1180.0)},
        [[100.0]] * 3,
    )
    assert scene.why() == ["missed", "missed", "no channel"]


def test_the_battery_that_came_nearest_decides():
    spent = {"magazine": 0}
    late = (50.0, 60.0)
    windows = {(0, 0): late, (0, 1): (120.0, 200.0)}
    assert Scene([{}, spent], windows, [[100.0, INF]]).why() == ["no shot"]
    assert Scene([{}, {}], windows, [[100.0, INF]]).why(batteries=[INF, -INF]) == ["silenced"]
    both = {(0, 0): (120.0, 200.0), (0, 1): (120.0, 200.0)}
    assert Scene([{"channels": 0}, spent], both, [[100.0, INF]]).why() == ["no channel"]
    assert Scene([spent, {}], both, [[100.0, INF]]).why(batteries=[INF, -INF]) == ["no shot"]


def test_nothing_at_all():
    assert Scene([{}], {}, np.empty((0, 1))).why() == []
    assert Scene([], {}, np.empty((1, 0))).why() == ["not seen"]


def test_compiled_and_plain_python_agree(monkeypatch):
    scenes = [two({}), two({"magazine": 2, "shots_per_salvo": 2, "channels": 2, "reloads": 1, "reload_s": 200.0})]
    compiled = [scene.why() for scene in scenes]
    for name in ("why_leaked", "_had_a_shot", "launch"):
        monkeypatch.setattr(why, name, getattr(why, name).py_func)
    assert [scene.why() for scene in scenes] == compiled
