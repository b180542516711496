"""The ranking of protective measures, and where the time of the run went: from run folders written by hand."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from mamori.report import effort, protection
from mamori.report.prose import as_text
from mamori.report.subject import Subject
from mamori.study.protection import ranking

ENERGY = "energy_not_served_mwh"


@pytest.fixture
def with_measures(make_run, tmp_path):
    """A run of four nights and measures that take so much of each night's energy, or of people exposed."""

    def make(**measures):
        run = make_run(tmp_path / "run")
        for name, (columns, cost_eur) in measures.items():
            folder = tmp_path / "run" / "protection" / name
            make_run(folder)
            file = folder / "tables" / "replicas.parquet"
            rows = pa.parquet.read_table(file)
            for column, less in columns.items():
                values = rows[column].to_numpy() - np.asarray(less, dtype=float)
                rows = rows.set_column(rows.column_names.index(column), column, pa.array(values))
            pa.parquet.write_table(rows, file)
            facts = {"id": name, "title": f"The {name} one", "assumption": "a guess", "cost_eur": cost_eur}
            manifest = json.loads((folder / "manifest.json").read_text()) | {"protective_measure": facts}
            (folder / "manifest.json").write_text(json.dumps(manifest))
        return Subject(run)

    return make


@pytest.fixture
def subject(with_measures):
    return with_measures(
        best=({ENERGY: 50.0}, 1000.0),
        second=({ENERGY: 20.0}, 100.0),
        unsure=({ENERGY: [30.0, -10.0, 20.0, -30.0]}, 5.0),
        worse=({ENERGY: -5.0}, None),
        backup=({"hospital_hours_lost": 0.01}, None),
        idle=({}, None),
    )


def test_it_says_the_best_what_luck_hides_and_what_saves_no_energy(subject):
    section = protection.section(subject)
    said = " ".join(as_text(sentence.text) for sentence in section.sentences)
    mean = np.mean([1176.0, 2352.0, 3528.0, 4704.0])
    assert "“The best one” would have saved most: 50 MWh a night (95 % confidence: 50 to 50)" in said
    assert f"{100.0 * 50.0 / mean:.3g} % of the energy not served" in said
    assert "in 100 % of 4 nights" in said
    assert "Next come “The second one” with 20 MWh." in said
    assert "For its cost “The second one” saves most: 5 EUR for each MWh" in said
    assert "What “The unsure one” (about" in said
    assert "cannot be told from luck yet" in said
    assert "With “The worse one” more energy was lost than without." in said
    assert "“The backup one” saves no energy but 0.01 hours of hospitals past their backup a night." in said
    assert "“The idle one” saves no energy and nothing else that can be told from luck." in said
    assert "do not save the sum" in said


def test_bars_are_the_ranking(subject):
    (figure,) = protection.section(subject).figures
    found = {saving.name: saving.saved() for saving in ranking(subject.run.path)}
    drawn = {}
    for trace in figure.data:
        for name, mean, up, down in zip(
            trace["y"], trace["x"], trace["error_x"]["array"], trace["error_x"]["arrayminus"], strict=True
        ):
            drawn[name] = (mean, mean - down, mean + up)
    assert drawn.keys() == found.keys()
    for name, (mean, low, high) in found.items():
        assert drawn[name] == pytest.approx((mean, low, high))
    assert figure.layout["yaxis"]["categoryarray"][::-1] == [s.name for s in ranking(subject.run.path)]
    hatched = [trace for trace in figure.data if trace["marker"]["pattern"]["shape"]]
    assert [trace["y"] for trace in hatched] == [["The unsure one"]]
    for name in found:
        assert name in figure.says
    (table,) = protection.section(subject).tables
    assert [row.head for row in table.rows] == list(found)
    assert all(len(row.cells) + 1 == len(table.head) for row in table.rows)
    assert table.rows[0].meaning == "a guess"


def test_nothing_for_the_public_and_nothing_where_nothing_was_followed(subject, make_run, tmp_path):
    assert protection.section(Subject(subject.run, is_public=True)) is None
    assert protection.section(Subject(make_run(tmp_path / "bare"))) is None


def test_only_luck(with_measures):
    section = protection.section(with_measures(unsure=({ENERGY: [30.0, -10.0, 20.0, -30.0]}, None)))
    said = as_text(section.sentences[0].text)
    assert said == "Over 4 nights, no measure saves energy that can be told from luck."


def test_time_by_stage(make_run, tmp_path):
    run = make_run(tmp_path / "run", baseline=True)
    assert effort.section(Subject(run)) is None  # its manifest does not say
    spent = {"geometry": 6.0, "grid": 2.0}
    whole = {"cpu_s_by_stage": spent, "wall_s": 7.0, "sessions": 2, "peak_memory_mb": 1500.0}
    for folder, own in ((run.path, whole), (run.path / "baseline", {"cpu_s_by_stage": {"grid": 1.0, "other": 1.0}})):
        manifest = json.loads((folder / "manifest.json").read_text()) | {"spent": own}
        (folder / "manifest.json").write_text(json.dumps(manifest))
    section = effort.section(Subject(type(run).open(run.path)))
    said = section.sentences[0].text
    assert (
        "took 10 seconds of processor time; the largest part, 60 %, went into paths, looks and firing windows" in said
    )
    assert "the run 80 % and without defence 20 %" in said
    assert "By the clock it was 7 seconds in 2 sessions, with at most 1.5 GB of memory." in said
    (figure,) = section.figures
    first, second = figure.data
    assert first["y"] == ["paths, looks and firing windows", "power flows", "other"]
    assert first["x"] == [60.0, 20.0, 0.0]
    assert second["x"] == [0.0, 10.0, 10.0]
    assert "power flows 30 %" in figure.says
    assert effort.section(Subject(type(run).open(run.path), is_public=True)) is None
