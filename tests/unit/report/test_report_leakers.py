"""Who got through, what is left to shoot with, who is in the dark: charts and words against the tables."""

import json

import numpy as np
import pytest

from mamori.report import households, leakers, magazines, services
from mamori.report.prose import as_text
from mamori.report.subject import Subject


@pytest.fixture
def subject(tmp_path, make_run):
    """Replica r of four lets its first r + 1 threats through: drones first, then two missiles."""
    return Subject(make_run(tmp_path / "run", baseline=True))


def figure(section, name):
    return next(found for found in section.figures if found.id == name)


def test_fates_of_each_class(subject):
    found = figure(leakers.section(subject), "fates")
    bars = {bar["name"]: bar["x"] for bar in found.data if bar["type"] == "bar"}
    assert list(bars) == ["came down working", "stopped by defence", "failed of itself, or could not reach its aim"]
    assert np.sum(list(bars.values()), axis=0) == pytest.approx([100.0, 100.0])
    says = as_text(found.says)
    assert "ballistic missile: 0.25 of 2" in says
    assert "drone: 2.25 of 3" in says


def test_reasons_by_class(subject):
    found = figure(leakers.section(subject), "why")
    missiles, drones = found.data
    assert drones["y"] == missiles["y"] == ["no shot loaded", "no channel free"]  # in the order of the chain
    assert drones["x"] == [0.0, 2.25]
    assert missiles["x"] == [0.25, 0.0]
    assert drones["marker"]["pattern"]["shape"] != missiles["marker"]["pattern"]["shape"]
    says = as_text(found.says)
    assert says.startswith("Of 2.5 leakers in a mean night: 2.25 because every channel was busy and 0.25 because mag")


def test_the_knee_is_drawn_and_said(subject):
    section = leakers.section(subject)
    through, added = figure(section, "raid-size"), figure(section, "raid-added")
    (line,) = through.layout["shapes"]
    assert line["x0"] == line["x1"] == 100.0
    says = as_text(through.says)
    assert "At 100 % of the raid as written, 2 of 20 come down working, and 20 would without defence." in says
    assert "The knee is at 100 %" in says
    assert "With 95 % confidence it is the same step." in says
    assert "ballistic" not in says  # no missile was followed
    below, above = added.data
    assert below["y"] == [0.0, 20.0, None, None]
    assert above["y"] == [None, None, 100.0, 100.0]
    assert above["marker"]["pattern"]["shape"]


@pytest.mark.parametrize(
    ("knee", "interval", "told"),
    [
        (None, [None, None], "there is no knee up to there."),
        (None, [1.5, None], "it lies at 150 % or beyond, perhaps past 200 %"),
        (0.0, [0.0, 0.5], "even of the smallest raid that was followed more than half comes through"),
        (1.5, [0.5, 2.0], "it lies between 50 % and 200 %."),
        (1.5, None, "One night does not say how sure that is."),
    ],
)
def test_other_knees_in_words(subject, knee, interval, told):
    sizes = json.loads(json.dumps(subject.summary["raid_sizes"]))
    sizes |= {"knee": knee, "knee_interval_95": interval}
    vars(subject)["summary"] = subject.summary | {"raid_sizes": sizes}
    section = leakers.section(subject)
    assert told in as_text(figure(section, "raid-size").says)
    assert ("no step is above it" in as_text(figure(section, "raid-added").says)) == (knee is None)


def test_without_other_sizes(subject):
    vars(subject)["summary"] = {name: x for name, x in subject.summary.items() if name != "raid_sizes"}
    section = leakers.section(subject)
    assert [found.id for found in section.figures] == ["fates", "why"]
    assert "run.raid_sizes" in section.missing[0]


def test_shots_left_over_the_raid(subject):
    found = magazines.magazines(subject)
    scenario = subject.scenario
    first = scenario.defence.batteries[0].class_name
    n = sum(battery.class_name == first for battery in scenario.defence.batteries)
    assert found[first].n_batteries == n
    assert found[first].start.tolist() == [20.0 * n] * 4
    minutes, left = magazines.left_over_time(subject, found)
    # replica r stops 4 - r of five, each with two shots at minute 20
    assert left[first][:, -1] == pytest.approx([1.0 - 2.0 * (4 - r) / (20.0 * n) for r in range(4)])
    assert np.all(left[first][:, minutes < 20.0] == 1.0)
    assert np.all(left[first][:, minutes >= 20.0] == left[first][:, -1:])
    chart = figure(magazines.section(subject), "magazines-left")
    assert "No battery fired its last shot in any night." in chart.says
    assert len(chart.layout["annotations"]) == len(found)


def test_a_battery_that_ran_empty_is_told(subject):
    found = magazines.magazines(subject)
    (name, *_) = found
    empty = magazines.Magazine(found[name].start, 2, np.array([0.0, 1.0, 2.0, 2.0]))
    said = magazines._ran_empty(subject.words, {name: empty})
    assert "in 75 % of nights (1.25 of 2 on average)" in said


def test_people_without_power_for_longer(subject):
    hours, share = households.off_for_longer(subject)
    rows = subject.read("households").to_pylist()
    for r in range(4):
        mine = [row for row in rows if row["replica"] == r]
        total = sum(row["people"] for row in mine)
        expected = [sum(row["people"] for row in mine if row["hours_off"] > h) / total for h in hours]
        assert share[r] == pytest.approx(expected)
    assert set(households.MARKS_H) & set(range(49)) <= set(hours.tolist())


def test_districts_longest_off(subject):
    (table,) = households.section(subject).tables
    districts = subject.scenario.world.districts
    assert len(table.rows) == households.MOST_DISTRICTS
    last = districts[-1]
    assert table.rows[0].head == (last.name or last.id)
    low, mean, high = (cell.exact[0] for cell in table.rows[0].cells[1:])
    d = len(districts) - 1
    assert mean == pytest.approx(2.5 * d)
    assert (low, high) == pytest.approx((1.15 * d, 3.85 * d))


def test_services_of_how_many(subject):
    counts = services.sites(subject)
    assert sum(counts.values()) == len(subject.scenario.services.sites)
    chart = figure(services.section(subject), "services-lost")
    assert next(a["text"] for a in chart.layout["annotations"]) == f"Hospitals, of {counts['hospital']}"
    assert "48 hours" in as_text(chart.says)


def test_the_public_sees_no_gaps(subject):
    public = Subject(subject.run, is_public=True)
    assert leakers.section(public) is None
    assert magazines.section(public) is None
    found = households.section(public)
    assert not found.tables  # a ranking would point at the weakest
    assert found.figures


def test_runs_of_earlier_versions_are_told(subject, make_run, tmp_path):
    run = make_run(tmp_path / "old")
    for name in ("households", "magazines", "raid_sizes"):
        (run.path / "tables" / f"{name}.parquet").unlink()
    old = Subject(run)
    for section in (households.section(old), magazines.section(old)):
        assert "earlier version" in section.missing[0]
        assert not section.figures
