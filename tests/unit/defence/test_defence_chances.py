"""How many batteries could have launched at a threat in time."""

import numpy as np

from mamori.defence.battle.model import chances, scene
from mamori.defence.model import Opportunities
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.records import Worth

GUN = {
    "p_kill": {"drone": 0.5}, "max_range_m": 1.0, "max_height_m": 1.0, "interceptor_speed_m_s": 1.0, "reaction_s": 10.0,
    "channels": 0, "magazine": 0, "assess_s": 0.0, "cost_per_shot_eur": 0.0,
}  # fmt: skip


def test_in_time_with_a_track_and_alive_whatever_is_loaded():
    batteries = [{"id": f"b{i}", "class": "x", "latitude_deg": 0, "longitude_deg": 0} for i in range(3)]
    part = DefencePart.model_validate({"batteries": batteries})
    table = battery_table(part, {"x": BatteryClass.model_validate(GUN)})
    opp = Opportunities(
        battery_i=np.arange(3), threat_i=np.zeros(3, np.int64), pair_first=np.array([0, 3, 3]), first=2 * np.arange(4),
        intercept_s=np.tile([150.0, 250.0], 3), launch_by_s=np.tile([100.0, 200.0], 3),
        is_joined=np.tile([False, True], 3),
    )  # fmt: skip
    raid = scene(opp, table, np.full(2, 2), np.arange(2), Worth(np.ones(2)))

    def count(seen, until=(np.inf,) * 3, alive=(np.inf,) * 3):
        seen, until = (np.array([row, row]) for row in (seen, until))
        return chances(raid, table, seen, until, np.array(alive)).tolist()

    assert count([0.0, 190.0, 190.1]) == [2, 0]
    assert count([0.0, 0.0, np.inf]) == [2, 0]
    assert count([0.0, 0.0, 0.0], until=[100.0, 100.1, -np.inf]) == [1, 0]
    assert count([0.0, 0.0, 0.0], alive=[-np.inf, 100.0, 101.0]) == [1, 0]
