"""Tables in CSV: any of the three usual separators, UTF-8 with or without its mark."""

import codecs
import csv
import io
from pathlib import Path

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import MAX_BYTES, read_text
from mamori.scenario.imports.sheet import Row, Sheet, with_header

SEPARATORS = ",;\t"


def sheets(path: Path, faults: list[Fault], encoding: str = "") -> list[Sheet]:
    """The one table of a CSV file.

    encoding: as the mapping gives it, "" for UTF-8
    """
    sheet = Sheet(path, "", "row", has_gaps=True)
    try:
        text = _decoded(path, encoding) if encoding else read_text(path, "table")
    except ScenarioError as error:
        remedy = say("Save the file as UTF-8 text, or write its encoding into the mapping, such as `encoding: cp1251`.")
        faults.extend(Fault(f.place, f.value, f.rule, remedy if ":" in f.place else f.remedy) for f in error.faults)
        return [sheet]
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=lambda s: (len(next(csv.reader([first], delimiter=s))), -SEPARATORS.index(s)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header: list[str] = []
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped):
                continue
            if not header:
                header = stripped
                while header and not header[-1]:
                    header.pop()
                if not with_header(sheet, header, faults, reader.line_num):
                    return [sheet]
                continue
            while len(stripped) > len(header) and not stripped[-1]:
                stripped.pop()
            if len(stripped) != len(header):
                rule = say(
                    "the row has {cells} cells and the table {columns} columns",
                    cells=len(stripped), columns=len(header),
                )  # fmt: skip
                remedy = say("Count the separators; put text that holds one in quotes.")
                faults.append(Fault(sheet.mark(reader.line_num).place(), "", rule, remedy))
                sheet.has_gaps = True
                continue
            sheet.rows.append(Row(reader.line_num, tuple(cell or None for cell in stripped)))
    except csv.Error as error:
        rule = say("this is not CSV ({reason})", reason=error)
        faults.append(Fault(sheet.mark(reader.line_num).place(), "", rule, say("Look at the quotes.")))
        sheet.has_gaps = True
    return [sheet]


def _decoded(path: Path, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
        if path.stat().st_size > MAX_BYTES:
            return read_text(path, "table")
        return path.read_bytes().decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        rule = say("is no encoding that is known")
        raise ScenarioError(Fault(path.name, encoding, rule, say("Such as: utf-8, cp1251, shift_jis."))) from error
    except UnicodeDecodeError as error:
        rule = say("byte {byte} is not {encoding} text", byte=error.start + 1, encoding=encoding)
        raise ScenarioError(Fault(f"{path.name}:1:1", "", rule, "")) from error
