"""A table as it came out of a file, whichever format that was: header, rows, shapes, and where each cell stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mamori.errors import Fault
from mamori.language.message import say
from mamori.scenario.document import Mark

Kind = Literal["row", "feature", "placemark"]


@dataclass(frozen=True, slots=True)
class Cell(Mark):
    """Where a cell stands in a user's own table; line: number of its row, feature or placemark, from 1.

    sheet: of a workbook, "" elsewhere; header: name of its column, "" for the row as a whole
    """

    sheet: str = ""
    header: str = ""
    kind: Kind = "row"

    def __str__(self) -> str:
        return self.place()

    def place(self) -> str:
        """`people.xlsx, sheet Towns, row 3, column Name`."""
        file = Path(self.file).name
        source = say("{file}, sheet {sheet}", file=file, sheet=self.sheet) if self.sheet else file
        if not self.line:
            return say("{source}, column {column}", source=source, column=self.header) if self.header else source
        if self.kind == "feature" and self.header:
            return say("{source}, feature {row}, property {column}", source=source, row=self.line, column=self.header)
        if self.kind == "feature":
            return say("{source}, feature {row}", source=source, row=self.line)
        if self.kind == "placemark" and self.header:
            return say("{source}, placemark {row}, field {column}", source=source, row=self.line, column=self.header)
        if self.kind == "placemark":
            return say("{source}, placemark {row}", source=source, row=self.line)
        if self.header:
            return say("{source}, row {row}, column {column}", source=source, row=self.line, column=self.header)
        return say("{source}, row {row}", source=source, row=self.line)


@dataclass(frozen=True)
class Row:
    """One row. cells: as many as the header has names, None where empty; shape: its geometry, if the format has any."""

    number: int
    cells: tuple[Any, ...]
    shape: Any = None


@dataclass
class Sheet:
    """One table.

    file: path; name: of the sheet in a workbook, "" elsewhere; kind: what its rows are called
    has_gaps: rows are missing, because what is wrong with them is among the faults
    """

    file: Path
    name: str
    kind: Kind
    header: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    has_gaps: bool = False

    def mark(self, row: int = 0, column: str = "") -> Cell:
        """Where a row stands, or a column (row 0), or a cell."""
        index = self.header.index(column) + 1 if column in self.header else 1
        return Cell(str(self.file), row, index, self.name, column, self.kind)

    @property
    def title(self) -> str:
        """What people call it: `people.xlsx, sheet Towns`."""
        return self.mark().place()

    @property
    def has_shapes(self) -> bool:
        return any(row.shape is not None for row in self.rows)


def with_header(sheet: Sheet, cells: list[str], faults: list[Fault], row: int = 1) -> bool:
    """Take the header; what is wrong with it is added to the faults.

    cells: names of the columns, "" for none; row: where they stand
    Returns whether rows can be read below it.
    """
    sheet.header = tuple(cells)
    wrong = []
    for column, name in enumerate(cells, 1):
        if not name:
            rule = say("column {column} has no name", column=column)
            wrong.append(Fault(sheet.mark(row).place(), "", rule, say("Name each column in the first row.")))
        elif cells.index(name) != column - 1:
            rule = say("this column stands twice")
            wrong.append(Fault(sheet.mark(row, name).place(), repr(name), rule, say("Keep one of the two.")))
    faults.extend(wrong)
    sheet.has_gaps = bool(wrong)
    return not wrong
