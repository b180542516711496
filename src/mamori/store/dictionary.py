"""The data dictionary: what the tables of a run hold, read from the files themselves or stated for any run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from mamori.errors import StoreError
from mamori.language.message import say
from mamori.store.events import EVENTS
from mamori.store.query import BASELINE, table_files
from mamori.store.tables import ROWS, TABLES, Column, arrow_schema, schema, unit


@dataclass(frozen=True)
class ColumnFacts:
    """One column: name, type as SQL calls it, unit ("" for a count or a name), meaning."""

    name: str
    type: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class TableFacts:
    """One table: what it holds one row of, its columns, its rows here and in the baseline (None if there is none)."""

    name: str
    row: str
    columns: tuple[ColumnFacts, ...]
    rows: int | None = None
    rows_baseline: int | None = None


def tables_of_run(path: Path) -> tuple[TableFacts, ...]:
    """The tables of a finished run, from the files' own metadata.

    Raises StoreError if there is no finished run or a file cannot be read.
    """
    files = table_files(path)
    found = {name: _metadata(file) for name, file in files.items()}
    return tuple(
        TableFacts(
            name,
            ROWS.get(name, ""),
            _columns(name, metadata.schema.to_arrow_schema()),
            metadata.num_rows,
            found[f"{BASELINE}.{name}"].num_rows if f"{BASELINE}.{name}" in found else None,
        )
        for name, metadata in found.items()
        if "." not in name
    )


def tables_of_any_run(measures: Sequence[Column]) -> tuple[TableFacts, ...]:
    """The tables that every run has; `measures` are the columns of `replicas` that depend on the scenario."""
    return tuple(
        TableFacts(name, ROWS[name], _columns(name, schema(name, measures if name == "replicas" else ())))
        for name in TABLES
    )


def table_of_events() -> TableFacts:
    """The table that `mamori export --format events` adds to a run."""
    row = "everything that happened, in order of replicas and times; `mamori export RUN --format events` writes it"
    return TableFacts("events", row, _columns("events", arrow_schema(EVENTS)))


def _metadata(file: Path) -> pa.parquet.FileMetaData:
    try:
        return pa.parquet.read_metadata(file)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            say(
                "{file}: cannot be read ({reason}). Run the scenario again into a new folder.",
                file=file,
                reason=str(error),
            )
        ) from error


def _columns(table: str, arrow: pa.Schema) -> tuple[ColumnFacts, ...]:
    stated = {column.name: column for column in TABLES.get(table, ())}
    facts = []
    for field in arrow:
        said = field.metadata or {}  # none in runs of before the files explained themselves
        meaning = said[b"meaning"].decode() if b"meaning" in said else ""
        if not meaning and field.name in stated:
            meaning = stated[field.name].meaning
        in_unit = said[b"unit"].decode() if b"unit" in said else unit(field.name)
        facts.append(ColumnFacts(field.name, _TYPES.get(str(field.type), str(field.type)), in_unit, meaning))
    return tuple(facts)


_TYPES = {
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "string": "varchar",
    "bool": "boolean",
    "timestamp[ms]": "timestamp",
}


def markdown(tables: Iterable[TableFacts]) -> str:
    """The tables as sections of a Markdown page."""
    return "\n".join(_section(table) for table in tables)


def _section(table: TableFacts) -> str:
    lines = [f"## {table.name}", "", f"One row for {table.row}.", ""] if table.row else [f"## {table.name}", ""]
    if table.rows is not None:
        baseline = f"; {table.rows_baseline:,} without defence" if table.rows_baseline is not None else ""
        lines += [f"Rows: {table.rows:,}{baseline}.", ""]
    lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
    lines += [f"| `{c.name}` | {c.type} | {c.unit} | {c.meaning.replace('|', chr(92) + '|')} |" for c in table.columns]
    return "\n".join([*lines, ""])
