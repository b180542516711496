"""SQL over the tables of a finished run: DuckDB reads them where they lie, and can read or write nothing else."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb

from mamori.errors import QueryError, StoreError
from mamori.language.message import COMMAS, OR, SENTENCES, joined, say, term
from mamori.store.folder import RunFolder
from mamori.store.tables import TABLES

BASELINE = "baseline"
"""The schema under which the tables of the same raid without defence stand."""

THEN = term("{first}, then {second}")
ROWS_AT_ONCE = 8192

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """What a query found: names of the columns (each once), and the rows, which can be read through only once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def table_files(path: Path) -> dict[str, Path]:
    """Parquet file of each table of a finished run, by the name that SQL knows it by.

    The baseline's stand as `baseline.NAME`; a baseline that is unfinished is left out.
    Raises StoreError if there is no run or it is unfinished.
    """
    RunFolder.read(path)
    files = _files(path)
    if not files:
        raise StoreError(say("{path}: holds no table. Run the scenario again into a new folder.", path=path / "tables"))
    try:
        RunFolder.read(path / BASELINE)
    except StoreError:
        return files
    return files | {f"{BASELINE}.{name}": file for name, file in _files(path / BASELINE).items()}


def _files(path: Path) -> dict[str, Path]:
    order = list(TABLES)
    found = {file.stem: file.resolve() for file in (path / "tables").glob("*.parquet")}
    return {
        name: found[name] for name in sorted(found, key=lambda n: (order.index(n) if n in order else len(order), n))
    }


@contextmanager
def answer(path: Path, sql: str) -> Iterator[Answer]:
    """What one SELECT says of a run's tables; rows are computed as they are read, so memory does not grow with them.

    path: run folder; sql: one SELECT, WITH, FROM, VALUES, DESCRIBE, SUMMARIZE or SHOW
    Raises StoreError if there is no finished run, QueryError if the SQL is wrong (also while rows are read).
    """
    files = table_files(path)
    spill = Path(tempfile.mkdtemp(prefix="mamori-"))
    try:
        with duckdb.connect(":memory:", config=_config(spill)) as connection:
            columns = _open(connection, files)
            with _readable_errors(path, sql, columns):
                _check(connection, sql)
                connection.execute(sql)
            names = _once_each([str(column[0]) for column in connection.description or ()])
            yield Answer(names, _rows(connection, path, sql, columns))
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _config(spill: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        # With one thread, sums are added up in the same order and so have the same last digit on every machine.
        "threads": 1,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,  # else a name that is no table may be a variable of this program
    }


def _open(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """Make a view of each file, close all else; the columns of each table."""
    allowed = ", ".join(_text(str(file)) for file in files.values())
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    columns = {}
    for name, file in files.items():
        quoted = ".".join(_name(part) for part in name.split("."))
        if name.startswith(f"{BASELINE}."):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {BASELINE}")
        try:
            connection.execute(f"CREATE VIEW {quoted} AS SELECT * FROM read_parquet({_text(str(file))})")  # noqa: S608
            described = connection.execute(f"DESCRIBE {quoted}").fetchall()
        except duckdb.Error as error:
            raise StoreError(
                say(
                    "{file}: cannot be read ({reason}). Run the scenario again into a new folder.",
                    file=file,
                    reason=str(error),
                )
            ) from error
        columns[name] = tuple(str(row[0]) for row in described)
    return columns


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        found = joined([statement.type.name for statement in statements], THEN) or say("nothing")
        raise QueryError(
            say(
                "SQL: must be one SELECT, WITH, DESCRIBE, SUMMARIZE or SHOW, but is {found}. A run is only "
                "read: to keep an answer, give --csv or --xlsx a file.",
                found=found,
            )
        )


def _once_each(names: Sequence[str]) -> tuple[str, ...]:
    """Names of the answer's columns; a repeated one is counted on, so that none hides another in a file."""
    once: list[str] = []
    for name in names:
        counted, n = name, 1
        while counted in once:
            n += 1
            counted = f"{name}_{n}"
        once.append(counted)
    return tuple(once)


def _rows(
    connection: duckdb.DuckDBPyConnection, path: Path, sql: str, columns: Mapping[str, tuple[str, ...]]
) -> Iterator[Row]:
    while True:
        with _readable_errors(path, sql, columns):
            rows = connection.fetchmany(ROWS_AT_ONCE)
        if not rows:
            return
        yield from rows


@contextmanager
def _readable_errors(path: Path, sql: str, columns: Mapping[str, tuple[str, ...]]) -> Iterator[None]:
    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as error:
        if "interrupt" in str(error).lower():  # DuckDB's word for Ctrl-C
            raise KeyboardInterrupt from error
        raise
    except duckdb.Error as error:
        raise QueryError(_explain(error, path, sql, columns)) from error


def _explain(error: duckdb.Error, path: Path, sql: str, columns: Mapping[str, tuple[str, ...]]) -> str:
    said, _, where = str(error).partition("\n\nLINE ")
    where = f"\nLINE {where}" if where else ""
    said = said.split("\n\tCandidate functions")[0].strip()
    if isinstance(error, duckdb.PermissionException):
        said = say("a query reads the tables of its run alone; other files and the network are closed to it.")
    elif table := re.search(r'Table with name "?(.+?)"? does not exist', said):
        said = _no_table(table[1], path, columns)
    elif column := re.search(r'Referenced column "(.+?)" (?:was )?not found|have a column named "(.+?)"', said):
        said = _no_column(column[1] or column[2], path, sql, columns)
    else:
        said = re.sub(r"^[A-Z]\w+(?: [A-Z]\w+)* Error: ", "", said)
    return say("SQL: {said}{where}", said=said, where=where)


def _no_table(name: str, path: Path, columns: Mapping[str, tuple[str, ...]]) -> str:
    has_baseline = any(known.startswith(f"{BASELINE}.") for known in columns)
    if name.lower().startswith(BASELINE) and not has_baseline:
        return say(
            "this run has no finished baseline. Follow the same raid without defence into a new folder with "
            "`mamori run SCENARIO --baseline --out FOLDER`."
        )
    near = get_close_matches(name.lower(), columns, n=1) or get_close_matches(name.lower().split(".")[-1], columns, n=1)
    own = joined((known for known in columns if "." not in known), COMMAS)
    sentences = [
        say("there is no table `{name}`.", name=name),
        _perhaps(near),
        say("`mamori tables {path}` describes all: {tables}.", path=path, tables=own),
        say("Each also stands under {baseline}.", baseline=BASELINE) if has_baseline else "",
    ]
    return joined(filter(None, sentences), SENTENCES)


def _no_column(name: str, path: Path, sql: str, columns: Mapping[str, tuple[str, ...]]) -> str:
    words = set(re.findall(r"\w+", sql.lower()))
    read = {table: found for table, found in columns.items() if table.split(".")[-1] in words}
    homes = [table for table, found in columns.items() if name.lower() in found and "." not in table]
    here = sorted({column for found in (read or columns).values() for column in found})
    if homes:
        hint: str = say("It is a column of {tables}.", tables=joined(homes, COMMAS))
    else:
        inside = [column for column in here if len(name) > 2 and name.lower() in column]
        hint = _perhaps((inside or get_close_matches(name.lower(), here, n=3))[:4])
    sentences = [
        say("the query reads no column `{name}`.", name=name),
        hint,
        say("`mamori tables {path}` lists all; text stands in 'single quotes'.", path=path),
    ]
    return joined(filter(None, sentences), SENTENCES)


def _perhaps(near: Sequence[str]) -> str:
    return say("Perhaps {names}?", names=joined((f"`{name}`" for name in near), OR)) if near else ""
