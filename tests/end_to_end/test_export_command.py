"""`mamori export`: files of a run and of a scenario, and every way in which it says no."""

import json
import shutil

import pyarrow.parquet
import pytest

from mamori.store.events import EVENTS


@pytest.fixture(scope="session")
def islands_run(tmp_path_factory, mamori_cli):
    """A finished run of the islands, with its baseline; not to be written into."""
    from islands import BRANCHES, BUSES, PLANTS, SCENARIO

    folder = tmp_path_factory.mktemp("islands")
    (folder / "grid").mkdir()
    for name, text in (("bus", BUSES), ("branch", BRANCHES), ("gen", PLANTS)):
        (folder / "grid" / f"{name}.csv").write_text(text)
    (folder / "islands.yaml").write_text(SCENARIO)
    mamori_cli("run", folder / "islands.yaml", "--workers", 1, "--baseline", "--out", folder / "run")
    return folder / "run"


@pytest.fixture
def run(islands_run, tmp_path):
    shutil.copytree(islands_run, tmp_path / "run")
    return tmp_path / "run"


def said(answer):
    code, out, error = answer
    assert code == 0, error
    return out


def test_every_format_of_the_bad_night(run, cli):
    energy = pyarrow.parquet.read_table(run / "tables" / "replicas.parquet")["energy_not_served_mwh"].to_pylist()
    worst = f"replica-{energy.index(max(energy))}"
    for kind in ("czml", "geojson", "kml"):
        assert worst in said(cli("export", run, "--format", kind))
    first, *_ = json.loads((run / f"{worst}.czml").read_text())
    assert first["id"] == "document"
    paths = [f for f in json.loads((run / f"{worst}.geojson").read_text())["features"] if f["id"].startswith("path/")]
    assert len(paths) == 5
    assert (run / f"{worst}.kml").read_text().startswith("<?xml")
    assert not list(run.rglob("*.part"))


def test_events_of_all_replicas_answer_queries(run, cli):
    out = said(cli("export", run, "--format", "events"))
    assert "events of 6 replicas" in out
    rows = json.loads(said(cli("query", run, "SELECT event, count(*) n FROM events GROUP BY 1", "--json")))
    n = {row["event"]: row["n"] for row in rows}
    assert (n["begins"], n["ends"], n["launch"]) == (6, 6, 30)
    (facts,) = json.loads(said(cli("tables", run, "events", "--json")))
    assert [column["name"] for column in facts["columns"]] == [column.name for column in EVENTS]
    assert all(column["meaning"] for column in facts["columns"])


def test_events_of_one_replica_are_those_that_run_prints(run, cli, tmp_path):
    file = tmp_path / "e.parquet"
    said(cli("export", run, "--format", "events", "--replica", 4, "--out", file))
    told = pyarrow.parquet.read_table(file).to_pylist()
    printed = json.loads(said(cli("run", run / "scenario.yaml", "--replica", 4, "--json")))
    assert [(e["time_s"], e["actor"], e["event"], e["detail"]) for e in told] == [
        (e["time_s"], e["actor"], e["event"], e["detail"]) for e in printed
    ]
    whole = tmp_path / "all.parquet"
    said(cli("export", run, "--format", "events", "--out", whole))
    rows = pyarrow.parquet.read_table(whole, filters=[("replica", "=", 4)]).to_pylist()
    assert rows == told


def test_a_baseline_is_without_defence(run, cli, tmp_path):
    file = tmp_path / "b.geojson"
    said(cli("export", run / "baseline", "--format", "geojson", "--replica", 2, "--out", file))
    assert json.loads(file.read_text())["case"] == "islands without defence"


def test_a_scenario_without_a_run(run, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "islands-replica-0.czml" in said(cli("export", run / "scenario.yaml"))
    assert (tmp_path / "islands-replica-0.czml").stat().st_size > 1000


def test_in_the_language_of_the_reader(run, cli, tmp_path):
    for code in ("uk", "ja"):
        said(cli("export", run, "--replica", 1, "--out", tmp_path / f"{code}.czml", "--language", code))
        json.loads((tmp_path / f"{code}.czml").read_text(encoding="utf-8"))


def test_what_is_refused(run, refused, tmp_path):
    for words, told in (
        (["--public"], ["--public", "places and ids", "mamori report RUN --public"]),
        (["--replica", 6], ["--replica = 6", "replicas 0 to 5"]),
        (["--replica", -1], ["replicas 0 to 5"]),
        (["--out", tmp_path / "no" / "x.czml"], ["no/x.czml", "Give another file"]),
        (["--format", "events", "--out", tmp_path], ["Give another file"]),
    ):
        refused(["export", run, *words], *told)
    assert not list(tmp_path.rglob("*.part"))


def test_a_run_that_is_unfinished_or_none(run, refused, tmp_path):
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps(manifest | {"status": "unfinished"}))
    refused(["export", run], "is unfinished")
    refused(["export", tmp_path], "is not a run folder")
    refused(["export", run, "--format", "events"], "is unfinished")
    assert not (run / "tables" / "events.parquet").exists()


def test_an_error_leaves_what_was_there(run, refused):
    file = run / "replica-0.czml"
    file.write_text("before")
    (run / "scenario.yaml").write_text("nothing: of the kind\n")
    refused(["export", run, "--replica", 0], "nothing")
    assert file.read_text() == "before"
    assert not list(run.rglob("*.part"))
