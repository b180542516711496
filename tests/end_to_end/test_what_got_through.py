"""The tables of who got through, what is left and who is in the dark, against each other, in a run and its baseline."""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

import mamori
from mamori.defence.reasons import Reason
from mamori.study.knee import sizes_entry


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    return mamori.run(small, baseline=True, out=tmp_path_factory.mktemp("runs") / "run")


def rows(run, name):
    return run.tables[name].to_pylist()


@pytest.mark.parametrize("is_defended", [True, False])
def test_who_came_down_has_one_reason_and_nobody_else(run, is_defended):
    run = run if is_defended else run.baseline
    shot_at = {(row["replica"], row["threat"]) for row in rows(run, "engagements")}
    texts = {reason.text for reason in Reason}
    for row in rows(run, "threats"):
        assert (row["why"] in texts) == (row["fate"] == "impact")
        if row["fate"] == "impact":
            assert (row["why"] == "missed") == ((row["replica"], row["threat"]) in shot_at)
            assert row["why"] != "not seen" or row["tracked_s"] is None
            assert (row["tracked_s"] is None) <= (row["why"] == "not seen")
    if not is_defended:  # nobody fires: whoever could have stood in the way is down
        assert {row["why"] for row in rows(run, "threats")} <= {
            None,
            "not seen",
            "out of reach",
            "too late",
            "lost from sight",
            "silenced",
        }


def test_reasons_are_counted_in_the_summary(run):
    count = Counter(row["why"] for row in rows(run, "threats") if row["why"])
    found = run.summary()["leakers_by_reason"]
    assert {reason.replace("_", " "): entry["mean"] for reason, entry in found.items()} == pytest.approx(
        {reason.text: count[reason.text] / 6 for reason in Reason}
    )


def test_magazines_are_what_was_there_less_what_was_fired(run):
    fired = defaultdict(int)
    for row in rows(run, "engagements"):
        fired[row["replica"], row["battery"]] += row["shots"]
    found = rows(run, "magazines")
    assert len(found) == 6 * len(run.scenario().defence.batteries)
    for row in found:
        assert row["left"] == row["start"] - fired[row["replica"], row["battery"]] >= 0
    assert all(row["left"] == row["start"] for row in rows(run.baseline, "magazines"))


def test_households_are_the_districts_group_by_group(run):
    people, off = defaultdict(float), defaultdict(list)
    for row in rows(run, "households"):
        people[row["replica"], row["district"]] += row["people"]
        off[row["replica"], row["district"]].append(row["hours_off"])
    for row in rows(run, "districts"):
        key = row["replica"], row["district"]
        assert people[key] == pytest.approx(row["people"])
        assert (min(off[key]), max(off[key])) == (row["hours_off_best"], row["hours_off_worst"])
        assert np.mean(off[key]) == pytest.approx(row["hours_off"])


def test_shares_of_the_people(run):
    """The least hours that this share of them has at most, counted one by one."""
    for row in rows(run, "replicas"):
        mine = sorted((h["hours_off"], h["people"]) for h in rows(run, "households") if h["replica"] == row["replica"])
        hours, people = (np.array(x) for x in zip(*mine, strict=True))
        reached = np.cumsum(people) / people.sum()
        for share in (0.05, 0.5, 0.95):
            expected = hours[np.flatnonzero(reached >= share - 1e-12)[0]]
            assert row[f"household_hours_off_p{100 * share:.0f}"] == expected


def test_sizes_stand_in_the_summary_and_the_baseline_has_none(run):
    found = run.tables["raid_sizes"]
    assert found.num_rows
    assert json.loads(json.dumps(sizes_entry(found, 2))) == run.summary()["raid_sizes"]
    assert not run.baseline.tables["raid_sizes"].num_rows
    assert "raid_sizes" not in run.baseline.summary()
