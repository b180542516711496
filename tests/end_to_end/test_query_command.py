"""Questions to a real run from the command line, and what its files say of themselves."""

import json

import pyarrow.parquet
import pytest

import mamori


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    """Two replicas with a baseline."""
    return mamori.run(small, replicas=2, out=tmp_path_factory.mktemp("runs") / "run", baseline=True)


def test_sql_and_summary_agree(run, mamori_cli, tmp_path):
    sql = "SELECT avg(energy_not_served_mwh) AS mean FROM replicas"
    for prefix, of in (("", run), ("baseline.", run.baseline)):
        found = json.loads(mamori_cli("query", run.path, sql.replace("replicas", f"{prefix}replicas"), "--json").stdout)
        assert found[0]["mean"] == pytest.approx(of.summary()["energy_not_served_mwh"]["mean"])
    out = mamori_cli("query", run.path, "FROM impacts ORDER BY replica, time_s", "--csv", "-").stdout
    assert len(out.splitlines()) == run.tables["impacts"].num_rows + 1
    mamori_cli("query", run.path, "FROM impacts ORDER BY replica, time_s", "--csv", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == out
    assert mamori_cli("query", run.path, "FROM impacts", "--xlsx", tmp_path / "a.xlsx").stdout.endswith(" rows\n")


def test_wrong_questions_end_with_2(run, mamori_cli, tmp_path):
    for words, said in (
        (["query", run.path, "SELECT lead FROM impacts"], "Perhaps `lead_s`"),
        (["query", run.path, "FROM impacts", "--json", "--csv", "-"], "goes one way"),
        (["query", tmp_path, "SELECT 1"], "not a run folder"),
        (["tables", run.path, "impact"], "Perhaps impacts?"),
        (["tables"], "is missing"),
    ):
        done = mamori_cli(*words, check=False)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_every_column_of_every_file_says_what_it_means(run, mamori_cli):
    listed = json.loads(mamori_cli("tables", run.path, "--json").stdout)
    assert {table["name"] for table in listed} == set(run.tables)
    for table in listed:
        assert table["rows"] == run.tables[table["name"]].num_rows
        assert table["rows_baseline"] == run.baseline.tables[table["name"]].num_rows
        for field in pyarrow.parquet.read_schema(run.path / "tables" / f"{table['name']}.parquet"):
            assert field.metadata[b"meaning"], field.name
    replicas = next(table for table in listed if table["name"] == "replicas")
    summary = run.summary()["energy_not_served_mwh"]
    column = next(c for c in replicas["columns"] if c["name"] == "energy_not_served_mwh")
    assert (column["unit"], column["meaning"]) == (summary["unit"], summary["meaning"])
    assert "energy demanded and not served" in mamori_cli("tables", run.path, "replicas").stdout
