"""What a run holds as files that people and machines have: answers of queries as CSV, XLSX and JSON, and the events of
its replicas as Parquet; each row written as it comes."""

import csv
import errno
import json
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from mamori.errors import StoreError
from mamori.language.message import say
from mamori.store.events import EVENTS, Event, Gazetteer, events
from mamori.store.folder import ROWS_PER_GROUP
from mamori.store.query import Answer
from mamori.store.tables import arrow_schema

XLSX_ROWS = 1_048_575
"""Most rows that a sheet holds below its header."""

_XLSX_COLUMNS = 16_384
_XLSX_LETTERS = 32_767
_EXACT = 2**53  # above it a spreadsheet rounds a whole number


def write_csv(answer: Answer, sink: IO[str]) -> int:
    """Header and rows, missing values as empty fields; the number of rows."""
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(answer.columns)
    n_rows = 0
    for row in answer.rows:
        writer.writerow([_field(value) for value in row])
        n_rows += 1
    return n_rows


def _field(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    held = plain(value)
    return json.dumps(held, ensure_ascii=False) if isinstance(held, (bool, list, dict)) else held


def write_json(answer: Answer, sink: IO[str]) -> int:
    """A list of objects, one row a line; the number of rows."""
    sink.write("[")
    n_rows = 0
    for row in answer.rows:
        record = dict(zip(answer.columns, map(plain, row), strict=True))
        sink.write((",\n" if n_rows else "\n") + json.dumps(record, ensure_ascii=False))
        n_rows += 1
    sink.write("\n]\n")
    return n_rows


def write_xlsx(answer: Answer, file: Path) -> int:
    """One sheet with a header that stays in sight and filters; missing values as empty cells; the number of rows.

    Raises StoreError if there are more rows or columns than a sheet holds.
    """
    import xlsxwriter

    if len(answer.columns) > _XLSX_COLUMNS:
        raise StoreError(
            say(
                "{file}: a sheet holds at most {most:,} columns. Choose fewer in the query, or give --csv a file.",
                file=file,
                most=_XLSX_COLUMNS,
            )
        )
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("answer")
        bold = book.add_format({"bold": True})
        for at, name in enumerate(answer.columns):
            sheet.set_column(at, at, min(max(len(name) + 2, 10), 40))
            sheet.write_string(0, at, name, bold)
        sheet.freeze_panes(1, 0)
        n_rows = 0
        for row in answer.rows:
            n_rows += 1
            if n_rows > XLSX_ROWS:
                raise StoreError(
                    say(
                        "{file}: a sheet holds at most {most:,} rows. Choose fewer in the query, or give --csv a file.",
                        file=file,
                        most=XLSX_ROWS,
                    )
                )
            for at, value in enumerate(row):
                _cell(sheet, n_rows, at, plain(value))
        if answer.columns:
            sheet.autofilter(0, 0, n_rows, len(answer.columns) - 1)
    return n_rows


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) <= _EXACT):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value)[:_XLSX_LETTERS])


def plain(value: Any) -> Any:
    """A value as files hold it: whole decimals as integers, what is no number as None, times as ISO 8601."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (date, time, datetime)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return str(value)


def write_events(
    replicas: Iterable[tuple[int, Mapping[str, pa.Table]]], where: Gazetteer, case: str, start: datetime, file: Path
) -> int:
    """The events of replicas as Parquet, a row group at a time; the number of rows.

    replicas: number and rows of each, in order; case: what to call the scenario that ran; start: its zero hour
    """
    schema, zero_ms = arrow_schema(EVENTS), int(start.astimezone(UTC).timestamp() * 1000.0)
    numbers: list[int] = []
    waiting: list[Event] = []
    n_rows = 0
    with pa.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for number, rows in replicas:
            found = events(rows, where)
            waiting += found
            numbers += [number] * len(found)
            n_rows += len(found)
            if len(waiting) >= ROWS_PER_GROUP:
                writer.write_table(_event_table(waiting, numbers, case, zero_ms, schema), row_group_size=len(waiting))
                waiting, numbers = [], []
        if waiting or not n_rows:
            writer.write_table(_event_table(waiting, numbers, case, zero_ms, schema))
    return n_rows


def _event_table(found: list[Event], numbers: list[int], case: str, zero_ms: int, schema: pa.Schema) -> pa.Table:
    time_s = np.array([event.time_s for event in found], dtype=np.float64)
    columns = {
        "case": [case] * len(found),
        "replica": numbers,
        "time_s": time_s,
        "time_utc": np.rint(zero_ms + 1000.0 * time_s).astype("datetime64[ms]"),
        "actor": [event.actor for event in found],
        "event": [event.event for event in found],
        "threat": [event.threat or None for event in found],
        "detail": [str(event.detail) for event in found],
        "place": [event.place or None for event in found],
        "latitude_deg": [event.latitude_deg for event in found],
        "longitude_deg": [event.longitude_deg for event in found],
    }
    return pa.table([pa.array(columns[field.name], type=field.type) for field in schema], schema=schema)


def whole(file: Path, write: Callable[[Path], int]) -> int:
    """Write a file beside its place and move it there once it is whole, so that an error leaves no half file.

    write: is given the path to write to
    Raises StoreError if the place cannot be written.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.touch()  # a place that cannot be written is told before the work
        n_rows = write(part)
        part.replace(file)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(
                say("{file}: the disk is full. Free some space, or give another file.", file=file)
            ) from error
        raise StoreError(
            say("{file}: {reason}. Give another file.", file=file, reason=error.strerror or error)
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return n_rows
