"""Tables in XLSX workbooks: every sheet that is not empty is one."""

import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from mamori.errors import Fault
from mamori.language.message import say
from mamori.scenario.imports.sheet import Row, Sheet, with_header

MAX_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 500_000_000
_OLE = b"\xd0\xcf\x11\xe0"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def sheets(path: Path, faults: list[Fault]) -> list[Sheet]:
    """The tables of a workbook."""
    refused = _refused(path)
    if refused is not None:
        faults.append(refused)
        return [Sheet(path, "", "row", has_gaps=True)]
    import python_calamine

    try:
        errors = _formula_errors(path)
        book = python_calamine.load_workbook(str(path))
        pages = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        found = [_sheet(path, name, page, errors.get(name, {}), faults) for name, page in pages]
    except (python_calamine.CalamineError, etree.XMLSyntaxError, zipfile.BadZipFile, KeyError, OSError) as error:
        rule = say("this workbook cannot be read ({reason})", reason=error)
        faults.append(Fault(path.name, "", rule, say("Open it in a spreadsheet program and save it as .xlsx anew.")))
        return [Sheet(path, "", "row", has_gaps=True)]
    return [sheet for sheet in found if sheet.header or sheet.has_gaps] or [Sheet(path, "", "row")]


def _refused(path: Path) -> Fault | None:
    """What keeps the file from being opened at all: a lock, a size that no table has."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        return Fault(path.name, "", say("this workbook cannot be read ({reason})", reason=error.strerror or error))
    if size > MAX_BYTES:
        rule = say("a workbook may be at most {most} MB", most=MAX_BYTES // 1_000_000)
        return Fault(path.name, f"{size / 1e6:.0f} MB", rule, say("Save the sheets that are needed as CSV."))
    if begin == _OLE:
        rule = say("this workbook is locked with a password, or is of the old kind (.xls)")
        return Fault(path.name, "", rule, say("Open it and save it as .xlsx without a password."))
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        rule = say("this is no XLSX workbook")
        return Fault(path.name, "", rule, say("Open it in a spreadsheet program and save it as .xlsx anew."))
    if unpacked > MAX_UNPACKED_BYTES:
        rule = say("this workbook would unpack to more than {most} MB", most=MAX_UNPACKED_BYTES // 1_000_000)
        return Fault(path.name, f"{unpacked / 1e6:.0f} MB", rule, say("Save the sheets that are needed as CSV."))
    return None


def _sheet(path: Path, name: str, page: Any, errors: dict[str, str], faults: list[Fault]) -> Sheet:
    sheet = Sheet(path, name, "row")
    n_faults = len(faults)
    for (top, left), (bottom, right) in page.merged_cell_ranges or ():
        value = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
        rule = say("these cells are merged, so that only the first of them has the value")
        remedy = say("Unmerge them and write the value into each cell that it is meant for.")
        faults.append(Fault(sheet.mark(top + 1).place(), value, rule, remedy))
    columns = 0
    for number, values in enumerate(page.to_python(skip_empty_area=False), 1):
        cells = [_plain(value) for value in values]
        if all(cell is None for cell in cells) and not any(_row_of(place) == number for place in errors):
            continue
        if not sheet.header:
            while cells and cells[-1] is None:
                cells.pop()
            columns = len(cells)
            if not with_header(sheet, ["" if cell is None else str(cell) for cell in cells], faults, number):
                break
            continue
        if any(cell is not None for cell in cells[columns:]):
            rule = say("a cell beside the table is filled, under no column name")
            faults.append(Fault(sheet.mark(number).place(), "", rule, say("Name its column, or empty it.")))
        cells = [*cells, *[None] * columns][:columns]
        for column in range(columns):
            place = f"{_letters(column)}{number}"
            if place in errors:
                rule = say("this cell holds the error of a formula ({cell})", cell=place)
                remedy = say("Mend the formula, or write the value.")
                faults.append(Fault(sheet.mark(number, sheet.header[column]).place(), errors[place], rule, remedy))
        sheet.rows.append(Row(number, tuple(cells)))
    sheet.has_gaps = len(faults) > n_faults
    return sheet


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _row_of(place: str) -> int:
    return int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def _formula_errors(path: Path) -> dict[str, dict[str, str]]:
    """Cells that hold an error, by sheet and place: the reader of values shows them as empty."""
    found: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(path) as packed:
        book, links = (_parsed(packed.read(f"xl/{name}")) for name in ("workbook.xml", "_rels/workbook.xml.rels"))
        target = {link.get("Id"): link.get("Target") for link in links}
        for entry in book.iter(f"{_MAIN}sheet"):
            part = str(target.get(entry.get(_LINK), ""))
            file = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
            if file not in packed.namelist():
                continue
            with packed.open(file) as stream:
                for _, cell in etree.iterparse(stream, tag=f"{_MAIN}c", resolve_entities=False, no_network=True):
                    if cell.get("t") == "e":
                        value = cell.findtext(f"{_MAIN}v") or ""
                        found.setdefault(entry.get("name"), {})[cell.get("r")] = value
                    cell.clear()
    return found


def _parsed(text: bytes) -> Any:
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))
