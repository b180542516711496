"""Answers of queries as files that people and machines have: CSV, XLSX, JSON; each row written as it comes."""

import csv
import json
import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from mamori.errors import StoreError
from mamori.store.query import Answer

XLSX_ROWS = 1_048_575
"""Most rows that a sheet holds below its header."""

_XLSX_COLUMNS = 16_384
_XLSX_LETTERS = 32_767
_EXACT = 2**53  # above it a spreadsheet rounds a whole number
_RATHER = "Choose fewer in the query, or give --csv a file."


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
        raise StoreError(f"{file}: a sheet holds at most {_XLSX_COLUMNS:,} columns. {_RATHER}")
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
                raise StoreError(f"{file}: a sheet holds at most {XLSX_ROWS:,} rows. {_RATHER}")
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
        raise StoreError(f"{file}: {error.strerror or error}. Give another file.") from error
    finally:
        part.unlink(missing_ok=True)
    return n_rows
