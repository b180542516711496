"""A raid of two threats and one battery, worked out by hand, event by event.

The battery stands at latitude 0, longitude 0. Both threats fly straight at it at 250 m/s, A from the east and B, 20 s
later, from the west, each 100 km away at its start. Envelope: slant range 1 to 40 km. Interceptor: 1000 m/s on average.

Geometry, with t the time and L the launch:
  A is |100 000 - 250 t| m away; a launch at L meets it at I where 100 000 - 250 I = 1000 (I - L), so I = 80 + 0.8 L.
  It enters the envelope at t = 240 (40 km), for a launch at 200, and leaves it at t = 396 (1 km), for a launch at 395.
  B is 20 s later: I - 20 = 80 + 0.8 (L - 20), so I = 84 + 0.8 L; in it from 260 (launch 220) to 416 (launch 415).

Battery: one channel, loads of 3 shots, one further load that takes 100 s, one shot a salvo, 10 s from track to launch,
5 s to assess. Tracks of both from t = 150. A is a drone and every shot at it fails; B is a cruise missile, worth more
than A, and every shot at it succeeds.

  t = 160  the battery has reacted, but a shot at A would arrive before A is in the envelope: wait for 200
  t = 200  first shot, at A (2 left in the load), meets it at 80 + 160 = 240, known to have failed at 245
  t = 220  B could be shot at now; the only channel is busy until 245
  t = 245  both are due; B is worth more: shot at B (1 left), meets it at 84 + 196 = 280, busy until 285
  t = 280  B is stopped
  t = 285  shot at A (0 left: the next load is up at 285 + 100 = 385), meets it at 80 + 228 = 308, failed, known at 313
  t = 313  nothing is loaded until 385, which is before 395, so wait
  t = 385  shot at A (2 left), meets it at 80 + 308 = 388, failed, known at 393
  t = 393  shot at A (1 left), meets it at 80 + 314.4 = 394.4, failed, known at 399.4
  t = 399.4  later than 395, the last launch that meets A in the envelope: A gets through
"""

import numpy as np
import pytest

from mamori.defence.battle.model import engage, scene
from mamori.defence.model import opportunities
from mamori.defence.schema import BatteryClass, DefencePart, battery_table, defence_rules
from mamori.maths.earth import SEMI_MAJOR_M
from mamori.maths.luck import entity_key
from mamori.records import ThreatKind, Trajectories, Worth

BATTERY = {
    "p_kill": {"drone": 0.0, "cruise": 1.0},
    "min_range_m": 1e3,
    "max_range_m": 40e3,
    "max_height_m": 10e3,
    "needs_line_of_sight": False,
    "interceptor_speed_m_s": 1000.0,
    "reaction_s": 10.0,
    "channels": 1,
    "magazine": 3,
    "reloads": 1,
    "reload_s": 100.0,
    "shots_per_salvo": 1,
    "assess_s": 5.0,
    "cost_per_shot_eur": 1.0,
}


def paths() -> Trajectories:
    time_s = np.linspace(0.0, 400.0, 21)
    away_m = 100e3 - 250.0 * time_s
    east = np.stack([np.full(21, SEMI_MAJOR_M), away_m, np.zeros(21)], axis=-1)
    west = east * np.array([1.0, -1.0, 1.0])
    return Trajectories(
        first=np.array([0, 21, 42]),
        time_s=np.concatenate([time_s, time_s + 20.0]),
        position_m=np.concatenate([east, west]),
        velocity_m_s=np.zeros((42, 3)),
        height_m=np.full(42, 500.0),
        impact_s=np.array([400.0, 420.0]),
        status=np.zeros(2, np.int64),
    )


def test_two_threats_and_one_battery() -> None:
    part = DefencePart.model_validate(
        {"batteries": [{"id": "b", "class": "hand", "latitude_deg": 0, "longitude_deg": 0, "height_m": 0}]}
    )
    batteries = battery_table(part, {"hand": BatteryClass.model_validate(BATTERY)})
    kind = np.array([ThreatKind.DRONE, ThreatKind.CRUISE], np.int64)
    opp = opportunities(paths(), kind, batteries)
    assert opp.pair_first.tolist() == [0, 1, 2]
    for pair, (enter, enter_launch, leave, leave_launch) in enumerate([(240, 200, 396, 395), (260, 220, 416, 415)]):
        rows = slice(opp.first[pair], opp.first[pair + 1])
        assert opp.intercept_s[rows][[0, -1]] == pytest.approx([enter, leave], abs=1e-6)
        assert opp.launch_by_s[rows][[0, -1]] == pytest.approx([enter_launch, leave_launch], abs=1e-6)

    fought = engage(
        scene(opp, batteries, kind, np.array([entity_key("A"), entity_key("B")]), Worth(np.array([1.0, 2.0]))),
        batteries,
        defence_rules(part),
        np.full((2, 1), 150.0),
        np.full((2, 1), np.inf),
        np.array([np.inf]),
        np.full(len(batteries.id), np.inf),
        batteries.p_kill,
        1,
        0,
    )

    a, b = 0, 1
    assert fought.threat_i.tolist() == [a, b, a, a, a]
    assert fought.launch_s == pytest.approx([200.0, 245.0, 285.0, 385.0, 393.0], abs=1e-6)
    assert fought.intercept_s == pytest.approx([240.0, 280.0, 308.0, 388.0, 394.4], abs=1e-6)
    assert fought.n_shots.tolist() == [1, 1, 1, 1, 1]
    assert fought.is_kill.tolist() == [False, True, False, False, False]
    assert fought.killed_s[a] == np.inf
    assert fought.killed_s[b] == pytest.approx(280.0, abs=1e-6)
    assert fought.magazine_left.tolist() == [1]


def test_two_threats_and_a_battery_whose_drones_fly_back() -> None:
    """The same, but what was sent flies back: after a launch at L the channel is free at I + (I - L) + 7 s.

    200 at A: met at 240, back at 280, free at 287. 287: B before A: met at 84 + 229.6 = 313.6, back at 340.2, free at
    347.2. 347.2: A: met at 80 + 277.76 = 357.76, back at 368.32, free at 375.32; the load is spent and the next one up
    at 447.2, after 395: A gets through.
    """
    part = DefencePart.model_validate(
        {"batteries": [{"id": "b", "class": "hand", "latitude_deg": 0, "longitude_deg": 0, "height_m": 0}]}
    )
    section = BatteryClass.model_validate({**BATTERY, "returns": True, "turnaround_s": 7.0})
    batteries = battery_table(part, {"hand": section})
    kind = np.array([ThreatKind.DRONE, ThreatKind.CRUISE], np.int64)
    fought = engage(
        scene(
            opportunities(paths(), kind, batteries),
            batteries,
            kind,
            np.array([entity_key("A"), entity_key("B")]),
            Worth(np.array([1.0, 2.0])),
        ),
        batteries,
        defence_rules(part),
        np.full((2, 1), 150.0),
        np.full((2, 1), np.inf),
        np.array([np.inf]),
        np.full(len(batteries.id), np.inf),
        batteries.p_kill,
        1,
        0,
    )
    assert fought.threat_i.tolist() == [0, 1, 0]
    assert fought.launch_s == pytest.approx([200.0, 287.0, 347.2], abs=1e-6)
    assert fought.intercept_s == pytest.approx([240.0, 313.6, 357.76], abs=1e-6)
    assert fought.is_kill.tolist() == [False, True, False]
    assert fought.magazine_left.tolist() == [3]
