"""Plans that a worker follows side by side: to the last bit what each would be alone."""

from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

import mamori
from mamori.raid.pipeline import Raid
from mamori.study.protection import measure_plans
from mamori.study.rows import tables_of
from mamori.study.work import Plan, Work, tasks

FROM = "launch_latitude_deg: 34.9, launch_longitude_deg: 164"
GROUPS = (
    f"{{id: drones, class: drone-notional, count: 12, {FROM}, targets: [Carter, Camus]}}, "
    f"{{id: missiles, class: srbm-notional, count: 4, {FROM}, launch_s: 3000, aims: {{sensor: 1, battery: 1}}}}"
)
SMALL = ["recovery.days=1", "raid.aim_draws=1", f"raid.variants=[{{id: only, groups: [{GROUPS}]}}]", "run.worlds=2"]
FOLLOWED = {"concrete-substations", "twice-upper-tier", "gun-posts", "low-level-radar"}


def test_side_by_side_as_alone():
    scenario = mamori.load("night-raid", SMALL)
    measured, _ = measure_plans(scenario, Path("run"))
    plans = [
        Plan("it", Path("run"), scenario),
        Plan("silent", Path("run/baseline"), scenario, is_defended=False),
        *(plan for plan in measured if plan.path.name in FOLLOWED),
    ]
    assert len(plans) == 2 + len(FOLLOWED)
    work = Work(plans)
    for number, plan in [*enumerate(plans)][::-1]:  # the first one last: nobody may lean on what it left
        found = work((1, 0, 2, number)).tables
        raid = Raid(plan.scenario, is_defended=plan.is_defended)
        with threadpool_limits(1):
            alone = tables_of(raid, [raid.play(replica) for replica in (1, 3)])
        assert set(found) == set(plan.tables)
        for name in found.keys() - {"raid_sizes"}:
            assert found[name].equals(alone[name]), (plan.name, name)


@pytest.mark.parametrize(("missing", "expected"), [
    ([[], []], []),
    ([[(0, 0, 2), (1, 0, 2)], [(1, 0, 1), (0, 0, 1)]], [(0, 0, 2, 0), (0, 0, 1, 1), (1, 0, 2, 0), (1, 0, 1, 1)]),
    ([[(0, 2, 4), (0, 0, 2)], [(0, 0, 1)]], [(0, 0, 2, 0), (0, 2, 4, 0), (0, 0, 1, 1)]),
])  # fmt: skip
def test_world_by_world_then_plan_by_plan(missing, expected):
    assert tasks(missing) == expected
