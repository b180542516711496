"""A table of the report: to be read as HTML and Markdown, with exact numbers for machines."""

import html
from collections.abc import Callable
from dataclasses import dataclass

from mamori.report.prose import as_html, as_text, tip
from mamori.report.words import Words


@dataclass(frozen=True)
class Cell:
    """One number: its text, its key in the data, and its exact values."""

    text: str
    key: str = ""
    exact: tuple[float | None, ...] = ()

    def html(self) -> str:
        """The cell, with its exact numbers where it has a key."""
        if not self.key:
            return f"<td>{html.escape(self.text)}</td>"
        exact = html.escape(" ".join("" if x is None else repr(x) for x in self.exact))
        return f'<td data-key="{self.key}" data-value="{exact}" title="{exact}">{html.escape(self.text)}</td>'


@dataclass(frozen=True)
class Row:
    """One row.

    head: what it is about; cells: none for a row that heads the next ones; meaning: of the head; unit: of the cells
    path: where the numbers stand in summary.json; depth: how far the head is moved in, 1 is not at all
    """

    head: str
    cells: tuple[Cell, ...] = ()
    meaning: str = ""
    unit: str = ""
    path: str = ""
    depth: int = 1


@dataclass(frozen=True)
class Table:
    """A table.

    title: what opens it, if it is folded; head: of all columns, the first is that of the rows' heads; in the head and
    the caption words may be marked
    """

    id: str
    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""
    is_folded: bool = True

    def html(self, w: Words) -> str:
        """The table."""
        head = "".join(f'<th scope="col">{as_html(text, w)}</th>' for text in self.head)
        rows = "".join(self._row(row, number) for number, row in enumerate(self.rows))
        caption = f"<caption>{as_html(self.caption, w)}</caption>" if self.caption else ""
        title = html.escape(self.title)
        table = (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table>{caption}<thead><tr>'
            f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
        if self.is_folded:
            return f'<details id="{self.id}"><summary>{title}</summary>{table}</details>'
        return f'<h3 id="{self.id}">{title}</h3>{table}'

    def _row(self, row: Row, number: int) -> str:
        if not row.cells:
            heading = f'<th scope="rowgroup" colspan="{len(self.head)}">{html.escape(row.head)}</th>'
            return f'<tr class="group">{heading}</tr>'
        means = f"{self.id}-{number}"
        head = html.escape(row.head)
        if row.meaning:
            meaning = html.escape(row.meaning)
            head = tip(head, meaning, means) + f'<span id="{means}" hidden>{meaning}</span>'
        unit = f" <small>{html.escape(row.unit)}</small>" if row.unit else ""
        place = f' data-path="{html.escape(row.path)}"' if row.path else ""
        cells = "".join(cell.html() for cell in row.cells)
        return f'<tr{place}><th scope="row" class="depth{min(row.depth, 3)}">{head}{unit}</th>{cells}</tr>'

    def markdown(self, escaped: Callable[[str], str]) -> list[str]:
        """The table as lines of Markdown; escaped: makes a text safe to stand in it."""
        lines = ["| " + " | ".join(escaped(as_text(text)) for text in self.head) + " |"]
        lines.append("|---" + "|---:" * (len(self.head) - 1) + "|")
        for row in self.rows:
            head = "· " * (row.depth - 1) + escaped(row.head) + (f" ({escaped(row.unit)})" if row.unit else "")
            cells = row.cells or (Cell(""),) * (len(self.head) - 1)
            lines.append("| " + " | ".join([head, *(escaped(cell.text) for cell in cells)]) + " |")
        return lines
