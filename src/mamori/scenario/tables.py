"""Data files that a scenario names: paths made absolute, CSV tables read into the list that they belong to."""

import csv
import io
from pathlib import Path
from typing import Any

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import Entries, Mark, Table, parse, read_text
from mamori.scenario.fields import Spot, nearest
from mamori.scenario.merge import merge

Names = tuple[str, ...]


def with_files(data: Table, top: Spot, folder: Path, faults: list[Fault], gaps: set[Names], at: Names = ()) -> Table:
    """The data with each `*_file` made absolute, and each table `x_file` read into the list `x` beside it.

    folder: what relative paths start from; gaps: gets the place of each list that rows are missing from, because what
    is wrong with its table is in `faults`; at: where the data stand
    """
    changed = data.copy()
    for name, item in data.items():
        below = top.below(name, data)
        if isinstance(item, Table) and below is not None:
            changed[name] = with_files(item, below, folder, faults, gaps, (*at, name))
        elif name.endswith("_file") and isinstance(item, str):
            path = str((folder / Path(item).expanduser()).resolve())
            target = top.below(name.removesuffix("_file"), data)
            if target is not None and target.is_list and target.entry is not None:
                del changed[name]
                n_faults = len(faults)
                rows = _rows(Path(path), target.entry, data.marks[name], faults)
                if len(faults) > n_faults:
                    gaps.add((*at, name.removesuffix("_file")))
                _append(changed, name.removesuffix("_file"), rows, faults, is_last=data.marks[name].line == 0)
            else:
                changed[name] = path
    return changed


def _append(data: Table, name: str, rows: Entries, faults: list[Fault], *, is_last: bool) -> None:
    """Rows and entries of one file stand side by side, the entries over the rows; a table set later is over both."""
    there = data.get(name)
    entries = there if isinstance(there, Entries) else Entries(rows.mark)
    below, over = (entries, rows) if is_last else (rows, entries)
    data.put(name, merge(below, over, faults, name) if over else below, rows.mark)


def _rows(path: Path, spot: Spot, named: Mark, faults: list[Fault]) -> Entries:
    rows = Entries(Mark(str(path), 1, 1))
    try:
        text = read_text(path, say("table"))
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [cell.strip() for cell in next(reader, [])]
        wrong = _header_faults(header, path, spot)
        faults.extend(wrong)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            if len(cells) != len(header):
                rule = say("the row has {n} cells and the table {columns} columns", n=len(cells), columns=len(header))
                faults.append(
                    Fault(
                        str(Mark(str(path), line, 1)),
                        "",
                        rule,
                        say("Count the commas; put text with commas in quotes."),
                    )
                )
                continue
            if wrong:
                continue  # each row would lack what the header misspells
            rows.add(_row(header, cells, str(path), line, spot), Mark(str(path), line, 1))
    except ScenarioError as error:
        faults.extend(
            Fault(say("{place} (named in {file})", place=f.place, file=named), f.value, f.rule, f.remedy)
            for f in error.faults
        )
    except csv.Error as error:
        faults.append(
            Fault(
                str(Mark(str(path), reader.line_num, 1)),
                "",
                say("this is not CSV ({reason})", reason=str(error)),
                say("Look at the quotes."),
            )
        )
    return rows


def _header_faults(header: list[str], path: Path, spot: Spot) -> list[Fault]:
    if not header:
        remedy = say("Begin with a line of names: {names}.", names=",".join(spot.names()))
        return [Fault(str(Mark(str(path), 1, 1)), "", say("the table is empty"), remedy)]
    faults = []
    for column, name in enumerate(header, 1):
        place = str(Mark(str(path), 1, column))
        if header.index(name) != column - 1:
            faults.append(Fault(place, repr(name), say("this column stands twice"), say("Keep one of the two.")))
        elif name.split(".")[0] not in spot.names():
            faults.append(Fault(place, repr(name), say("this column is not known"), nearest(name, spot.names())))
    return faults


def _row(header: list[str], cells: list[str], file: str, line: int, spot: Spot) -> Table:
    """One row; an empty cell is a field left out, `radius_m.low` a field inside `radius_m`, `a;b` a list."""
    row = Table(Mark(file, line, 1))
    for column, (name, cell) in enumerate(zip(header, cells, strict=True), 1):
        text, mark = cell.strip(), Mark(file, line, column)
        first, *inner = name.split(".")
        below = spot.below(first, row)
        if not text or below is None:
            continue
        table = row
        for step in inner:
            if not isinstance(table.get(first), Table):
                table.put(first, Table(mark), mark)
            table, below, first = table[first], below.below(step), step
            if below is None:
                break
        table.put(first, _cell(text, below, mark), mark)
    return row


def _cell(text: str, spot: Spot | None, mark: Mark) -> Any:
    if spot is not None and spot.is_list:
        parts = [part.strip() for part in text.split(";") if part.strip()]
        return Entries(mark, parts, [mark] * len(parts))
    is_number = spot is None or float in spot.types or int in spot.types
    try:
        return parse(text, mark.file) if is_number else text
    except ScenarioError:
        return text
