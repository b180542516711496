"""The bad night told as a story: every number from the rows of that night."""

import pyarrow as pa
import pyarrow.parquet
import pytest

from mamori.language.speech import CODES
from mamori.report.prose import as_text
from mamori.report.story import BadNight, section
from mamori.report.subject import Subject


def told(found):
    """What is said at each time; in the order of the page where it is of the same minute."""
    said = {}
    for s in found.sentences:
        said[as_text(s.lead)] = f"{said.get(as_text(s.lead), '')} {as_text(s.text)}".strip()
    return said


@pytest.fixture
def run(make_run, tmp_path):
    return make_run(tmp_path / "run")


def changed(run, table, change):
    """The run with a table rewritten row by row."""
    file = run.path / "tables" / f"{table}.parquet"
    rows = pa.parquet.read_table(file)
    found = [row for old in rows.to_pylist() for row in change(old)]
    pa.parquet.write_table(pa.Table.from_pylist(found, schema=rows.schema), file)


def test_the_night_is_near_the_95th_percentile(run):
    subject = Subject(run)
    energy = subject.column("energy_not_served_mwh")
    assert list(energy) == sorted(energy)
    assert subject.bad_night == 3
    assert subject.night != 3
    assert "worse than 75 % of all nights: 4,700 MWh" in told(section(subject))[""]
    assert "replica 3" in told(section(subject))[""]


def test_what_happened_by_the_clock(run):
    found = told(section(Subject(run)))
    # zero hour 19:00 of the scenario; replica 3 lets its first four of five threats through
    assert found["19:00"].startswith("The raid begins. Launched until 19:04: 2 ballistic missiles and 3 drones.")
    assert found["19:10"] == "The first of them is tracked; in the end 5 of 5 are."
    assert found["19:30"].startswith(
        "The first alarm. There will be 51 alarms for 4.2 million people in 51 districts; "
    )
    assert found["19:30"].endswith("the last all-clear comes at 20:30.")
    assert found["19:20"].startswith("The defence opens fire and stops 1 of 5 threats: 1 by ")
    assert found["20:00"] == "The first comes down. Until 20:03 these get through: 1 ballistic missile and 3 drones."
    last = found["day 3, 19:00"]
    assert "Who waits longest: " in last
    assert "without power for 200 hours (8.33 days)" in last


def test_damage_and_repairs(run):
    file = run.path / "tables" / "damage.parquet"
    schema = pa.parquet.read_schema(file)
    rows = [
        {"replica": 3, "asset": "bus:1", "kind": "bus", "site": "Abel", "state": "heavy", "time_s": 3700.0,
         "threat": "t", "work_h": 40.0, "spare": None, "cost_eur": 5.0},
        {"replica": 3, "asset": "feeder:1", "kind": "feeder", "site": "Abel", "state": "heavy", "time_s": 3900.0,
         "threat": "t", "work_h": 10.0, "spare": None, "cost_eur": 5.0},
        {"replica": 3, "asset": "bus:2", "kind": "bus", "site": "Adams", "state": "light", "time_s": 3800.0,
         "threat": "t", "work_h": 90.0, "spare": None, "cost_eur": 9.0},
    ]  # fmt: skip
    pa.parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file)
    repairs = run.path / "tables" / "repairs.parquet"
    done = [
        {"replica": 3, "asset": asset, "crew": "c", "start_h": 1.0, "end_h": end_h, "spare": None}
        for asset, end_h in (("bus:1", 20.5), ("feeder:1", 30.0), ("bus:2", 99.0))
    ]
    pa.parquet.write_table(pa.Table.from_pylist(done, schema=pa.parquet.read_schema(repairs)), repairs)
    found = told(section(Subject(run)))
    assert found["20:05"] == (
        "The costliest loss is at Abel: 2 assets broken, 50 crew hours to mend. In the whole raid 3 assets break."
    )
    assert found["day 2, 15:30"] == (
        "The first repair is done, and 1 more follows; the largest are the switchyard at Abel (day 2, 15:30) and "
        "the feeders at Abel (day 3, 01:00). 1 asset is still broken at the end."
    )


def test_the_light(run):
    night = BadNight(Subject(run), 3)
    # 1,000 MW are asked for in each hour; replica 3 sheds 4 MW for each of the 48 hours that are left
    assert night.share[0] == pytest.approx(1.0 - 4 * 48 / 1000)
    assert night.back_h == 23
    found = told(section(Subject(run)))
    assert "90 % of demand is served again; 10,000 people are still" in found["day 2, 18:00"]
    figure = section(Subject(run)).figures[0]
    assert [a["text"] for a in figure.layout["annotations"]] == ["lowest point", "last impact", "90 % again"]
    assert figure.says.startswith("80.8 % of demand is served in the first hour of this night, 80.8 % at the lowest")


def test_never_back(run):
    changed(run, "service", lambda row: [row | {"served_mw": 500.0}])
    found = told(section(Subject(run)))
    assert "before 90 % of demand is served again: it is 50 %" in found["day 3, 19:00"]
    assert BadNight(Subject(run), 3).back_h is None


def test_the_public_is_told_nothing_of_places(run, scenario):
    found = section(Subject(run, is_public=True))
    text = " ".join(told(found).values()) + found.figures[0].says + str(found.figures[0].layout)
    hidden = [
        *(d.id for d in scenario.world.districts), *(d.name for d in scenario.world.districts),
        *(b.id for b in scenario.defence.batteries), "bus:", "drone", "missile", "stopped", "replica", "only",
    ]  # fmt: skip
    assert [name for name in hidden if name in text] == []
    assert "The first alarm" in text
    assert "Who waits longest" in text


def test_a_night_in_which_nothing_happens(make_run, tmp_path):
    run = make_run(tmp_path / "run", ids=(), replicas=1)
    changed(run, "warnings", lambda _: [])
    changed(run, "districts", lambda row: [row | {"hours_off": 0.0}])
    changed(run, "service", lambda row: [row | {"served_mw": row["demand_mw"], "customers_off": 0.0}])
    found = section(Subject(run))
    text = " ".join(told(found).values())
    assert "This is the only night" in text
    assert "The lights stay on everywhere." in text
    assert found.figures


def test_a_run_whose_scenario_is_gone(run):
    (run.path / "scenario.yaml").unlink()
    found = told(section(Subject(run)))
    assert "0:10 after the zero hour" in found


@pytest.mark.parametrize("code", CODES)
def test_every_language_tells_all_of_it(run, code):
    assert len(section(Subject(run, code)).sentences) == len(section(Subject(run)).sentences)
