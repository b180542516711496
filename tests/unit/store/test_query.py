"""SQL sees the tables of its run and nothing else, says what is wrong in words, and gives whole files."""

import csv
import io
import json
import math
import re
import zipfile
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from mamori.cli import query as command
from mamori.cli.tables import NONE
from mamori.errors import QueryError, StoreError
from mamori.store import export, query
from mamori.store.dictionary import markdown, tables_of_run
from mamori.store.export import plain, whole, write_csv, write_json, write_xlsx
from mamori.store.folder import IDENTITY, RunFolder
from mamori.store.query import ROWS_AT_ONCE, answer, table_files
from mamori.store.tables import ROWS, TABLES, Column, table

ME = {**{name: name for name in IDENTITY}, "worlds": 1}
N = 5


def repairs(delay_h=0.0):
    hours = np.arange(N, dtype=np.float64) + delay_h
    columns = {
        "replica": np.arange(N, dtype=np.int32), "asset": [f"bus:{i}" for i in range(N)], "crew": ['a "b", c'] * N,
        "start_h": np.where(hours == 0.0, np.nan, hours), "end_h": hours + 0.1, "spare": [None] * N,
    }  # fmt: skip
    return table("repairs", columns)


def replicas():
    columns = {
        "replica": np.arange(N, dtype=np.int32), "world": [0] * N, "variant": ["[bold]v"] * N, "aim_draw": [0] * N,
        "passes": [1] * N, "loss_mwh": np.full(N, 1234567.891), "hits": np.arange(N, dtype=np.float64),
    }  # fmt: skip
    return table("replicas", columns, [Column("loss_mwh", pa.float64(), "lost"), Column("hits", pa.float64(), "hit")])


def finished(path, tables):
    folder = RunFolder.open(path, ME, "name: x")
    folder.add_block((0, 0, N), tables)
    folder.write_tables(list(tables))
    folder.finish({}, {})
    folder.close()
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("it's a") / 'run "1"'
    finished(path, {"repairs": repairs(), "replicas": replicas()})
    finished(path / "baseline", {"repairs": repairs(10.0)})
    return path


def rows(run, sql):
    with answer(run, sql) as found:
        return list(found.rows)


def test_tables_and_baseline_side_by_side(run):
    sql = "SELECT b.start_h - a.start_h FROM repairs a JOIN baseline.repairs b USING (replica) ORDER BY replica"
    assert rows(run, sql) == [(None,), *[(10.0,)] * (N - 1)]
    assert rows(run, "SHOW TABLES") == [("repairs",), ("replicas",)]
    assert ("end_h", "DOUBLE") in [row[:2] for row in rows(run, "DESCRIBE repairs")]
    assert rows(run, "WITH a AS (SELECT 1) FROM a;") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY repairs TO '{}'", "CREATE TABLE x AS SELECT 1", "SET threads = 2", "ATTACH '{}' AS x", "PRAGMA version",
        "INSERT INTO repairs SELECT * FROM repairs", "DROP VIEW repairs", "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1; SELECT 2", "", "-- nothing", "INSTALL httpfs", "LOAD httpfs",
        "EXPORT DATABASE '{}'", "CALL pragma_version()",
    ],
)  # fmt: skip
def test_only_one_select(run, tmp_path, sql):
    with pytest.raises(QueryError, match=r"one SELECT.*--csv"):
        rows(run, sql.format(tmp_path / "out"))
    assert not list(tmp_path.iterdir())
    assert rows(run, "SELECT count(*) FROM repairs") == [(N,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{}')", "SELECT * FROM read_text('{}')", "SELECT * FROM glob('{}*')",
        "SELECT * FROM read_json('{run}/manifest.json')", "SELECT * FROM '{run}/baseline/manifest.json'",
        "SELECT * FROM read_csv('https://example.com/a.csv')", "SELECT * FROM read_blob('{}')",
        "SELECT * FROM query('SELECT * FROM read_text(''{}'')')",
    ],
)  # fmt: skip
def test_no_other_file_and_no_network(run, tmp_path, sql):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(QueryError, match="closed to it"):
        rows(run, sql.format(secret, run=str(run).replace("'", "''")))


def test_variables_of_the_program_are_no_tables(run, monkeypatch):
    monkeypatch.setattr(query, "secret", pa.table({"a": [1]}), raising=False)
    with pytest.raises(QueryError, match="no table `secret`"):
        rows(run, "SELECT * FROM secret")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM repair", r"no table `repair`. Perhaps `repairs`\?(.|\n)*LINE 1"),
        ("SELECT * FROM baselin.repairs", r"no table `baselin.repairs`. Perhaps `baseline.repairs`\?"),
        ("SELECT start FROM repairs", r"no column `start`. Perhaps `start_h`\?"),
        ("SELECT r.satrt_h FROM repairs r", r"no column `satrt_h`. Perhaps `start_h`\?"),
        ("SELECT loss_mwh FROM repairs", r"no column `loss_mwh`. It is a column of replicas"),
        ('SELECT * FROM repairs WHERE asset = "bus:1"', r"no column `bus:1`.*'single quotes'"),
        ("SELECT FROM WHERE", r"SQL: syntax error(.|\n)*\^"),
        ("SELECT sum(asset) FROM repairs", r"^SQL: No function matches(?!(.|\n)*HUGEINT)"),
        ("SELECT asset::INT FROM repairs", r"bus:0"),
    ],
)
def test_errors_are_readable(run, sql, said):
    with pytest.raises(QueryError, match=said):
        rows(run, sql)


def test_error_while_rows_are_read(run):
    assert ROWS_AT_ONCE < 30_000  # so that the error comes after the first rows
    sql = "SELECT CASE WHEN i < 30000 THEN '1' ELSE 'x' END::INT FROM range(40000) r(i)"
    with answer(run, sql) as found, pytest.raises(QueryError, match="'x'"):
        list(found.rows)


def test_endless_answer_is_read_as_it_comes(run):
    with answer(run, "SELECT i FROM range(1000000000000) r(i)") as found:
        assert list(islice(found.rows, 2)) == [(0,), (1,)]


def test_no_finished_run(run, tmp_path):
    with pytest.raises(StoreError, match="not a run folder"):
        rows(tmp_path, "SELECT 1")
    RunFolder.open(tmp_path / "r", ME, "name: x").close()
    with pytest.raises(StoreError, match="unfinished"):
        rows(tmp_path / "r", "SELECT 1")
    finished(tmp_path / "s", {"repairs": repairs()})
    RunFolder.open(tmp_path / "s" / "baseline", ME, "name: x").close()
    assert list(table_files(tmp_path / "s")) == ["repairs"]
    with pytest.raises(QueryError, match=r"no finished baseline.*--baseline"):
        rows(tmp_path / "s", "FROM baseline.repairs")
    (tmp_path / "s" / "tables" / "repairs.parquet").write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"repairs\.parquet: cannot be read"):
        rows(tmp_path / "s", "SELECT 1")
    with pytest.raises(StoreError, match=r"repairs\.parquet: cannot be read"):
        tables_of_run(tmp_path / "s")


MIXED = """SELECT replica, start_h, asset || ',"' AS t, spare, replica > 1 AS is_late, 'nan'::DOUBLE AS x,
           sum(replica) OVER () AS n, [1, 2] AS l, DATE '2020-01-02' AS d, 1 AS same, 2 AS same
           FROM repairs ORDER BY replica"""


def test_csv(run):
    sink = io.StringIO()
    with answer(run, MIXED) as found:
        assert write_csv(found, sink) == N
    read = list(csv.reader(io.StringIO(sink.getvalue())))
    assert read[0] == ["replica", "start_h", "t", "spare", "is_late", "x", "n", "l", "d", "same", "same_2"]
    assert read[1] == ["0", "", 'bus:0,"', "", "false", "", "10", "[1, 2]", "2020-01-02", "1", "2"]
    assert read[3][:5] == ["2", "2.0", 'bus:2,"', "", "true"]


def test_json(run):
    sink = io.StringIO()
    with answer(run, MIXED) as found:
        assert write_json(found, sink) == N
    read = json.loads(sink.getvalue())
    assert read[0]["start_h"] is None
    assert read[0]["x"] is None
    assert read[4] == {
        "replica": 4, "start_h": 4.0, "t": 'bus:4,"', "spare": None, "is_late": True, "x": None, "n": 10, "l": [1, 2],
        "d": "2020-01-02", "same": 1, "same_2": 2,
    }  # fmt: skip
    with answer(run, "SELECT 1 WHERE false") as found:
        empty = io.StringIO()
        assert write_json(found, empty) == 0
    assert json.loads(empty.getvalue()) == []


def test_xlsx(run, tmp_path):
    with answer(run, MIXED + " LIMIT 2") as found:
        assert whole(tmp_path / "a.xlsx", lambda part: write_xlsx(found, part)) == 2
    sheet = zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="A3"><v>1</v></c><c r="B3"><v>1</v></c><c r="C3" t="inlineStr">' in sheet
    assert 'r="B2"' not in sheet  # null is an empty cell
    assert '<c r="E3" t="b"><v>0</v></c>' in sheet
    with answer(run, "SELECT '=1+1' AS a, 9007199254740993 AS b") as found:
        whole(tmp_path / "b.xlsx", lambda part: write_xlsx(found, part))
    sheet = zipfile.ZipFile(tmp_path / "b.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet  # an id that begins with = is no formula
    assert "9007199254740993" in sheet


def test_no_half_file(run, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "XLSX_ROWS", 3)
    (tmp_path / "a.xlsx").write_text("before")
    with answer(run, "FROM repairs") as found, pytest.raises(StoreError, match=r"at most 3 rows.*--csv"):
        whole(tmp_path / "a.xlsx", lambda part: write_xlsx(found, part))
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_text() == "before"
    with pytest.raises(StoreError, match="No such file"):
        whole(tmp_path / "nowhere" / "a.xlsx", lambda _: pytest.fail("must be told before the work"))


def test_values_as_files_hold_them():
    assert plain(math.inf) is None
    assert plain({"a": (True, b"x")}) == {"a": [True, "b'x'"]}


def test_files_explain_themselves(run):
    for name in ("repairs", "replicas"):
        for field in pa.parquet.read_schema(run / "tables" / f"{name}.parquet"):
            assert field.metadata[b"meaning"]
            assert b"unit" in field.metadata
    facts = {table.name: table for table in tables_of_run(run)}
    assert (facts["repairs"].rows, facts["repairs"].rows_baseline) == (N, N)
    assert facts["replicas"].rows_baseline is None
    columns = {column.name: column for column in facts["replicas"].columns}
    assert (columns["loss_mwh"].unit, columns["loss_mwh"].meaning, columns["loss_mwh"].type) == (
        "MWh",
        "lost",
        "double",
    )
    assert columns["hits"].unit == ""
    assert "| `start_h` | double | h | crew sets out" in markdown(facts.values())


def test_runs_of_before_the_files_explained_themselves(tmp_path):
    finished(tmp_path / "r", {"repairs": repairs()})
    file = tmp_path / "r" / "tables" / "repairs.parquet"
    bare = pa.parquet.read_table(file)
    bare = bare.cast(pa.schema([field.remove_metadata() for field in bare.schema]))
    pa.parquet.write_table(bare, file)
    (facts,) = tables_of_run(tmp_path / "r")
    assert {c.name: (c.unit, c.meaning) for c in facts.columns}["end_h"] == ("h", "repair done")


def test_page_of_the_docs_is_up_to_date():
    page = Path(__file__).parents[3] / "docs" / "reference" / "tables.md"
    assert page.read_text() == command.reference(), "run: mamori tables --markdown > docs/reference/tables.md"
    assert set(ROWS) == set(TABLES)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, NONE), (math.nan, NONE), (0.1 + 0.2, "0.3"), (1234567.891, "1,234,568"), (12.345678, "12.3457"),
        (-0.5, "-0.5"),
        (1e-9, "1e-09"), (3e20, "3e+20"), (1234567, "1,234,567"), (True, "true"), ("a\nb", "a b"),
        ("x" * 99, "x" * 59 + "…"),
        ([1, None], "[1, null]"), (0.0, "0"), (999999.96, "1,000,000"),
    ],
)  # fmt: skip
def test_cells_of_the_terminal(value, said):
    assert command._cell(value) == said


def test_terminal_says_how_many_rows(run, capsys):
    command.query(run, "SELECT r.i, variant FROM range(60) r(i), replicas WHERE replica = 0")
    out = capsys.readouterr().out
    assert out.count("[bold]v") == 50
    assert "50 of 60 rows" in out
    command.query(run, "SELECT r.i FROM range(60) r(i)", limit=0)
    out = capsys.readouterr().out
    assert out.splitlines()[-2].strip() == "59"
    assert out.splitlines()[-1] == "60 rows"


def test_columns_without_room_are_named(run, capsys, monkeypatch):
    monkeypatch.setattr(command.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    command.query(run, "FROM repairs")
    out = capsys.readouterr().out
    assert "more columns have no room here" in out
    assert "spare" in out
    command.query(run, "FROM repairs LIMIT 1")
    out = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
    assert "no room" not in out
    assert [line.split()[0] for line in out.splitlines()[:6]] == [column.name for column in TABLES["repairs"]]
