"""What the commands of the grid share: their options, tables for people, for machines and as CSV."""

import csv
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.language.message import say

if TYPE_CHECKING:
    from mamori.language.speech import Language

Rows = Sequence[dict[str, Any]]

MOST_ROWS = 12
"""Of each table on a terminal; JSON and CSV have all."""

WIDTH = 120


class Way(StrEnum):
    """Conventions of a DC power flow."""

    POWERMODELS = "powermodels"
    MATPOWER = "matpower"


class Rating(StrEnum):
    """Ratings of branches."""

    CONTINUOUS = "continuous"
    LONG_TERM = "long_term"
    SHORT_TERM = "short_term"


CaseName = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="rts-gmlc; the path of a MATPOWER case (version 2); or the name of one of MATPOWER's (case118; extra: "
        "mamori[cases]).",
    ),
]
Convention = Annotated[
    Way,
    typer.Option(
        help="powermodels: reactance with resistance, no taps, no shifts, every angle limited (as PGLib publishes); "
        "matpower: reactance alone, taps, shifts."
    ),
]
RatingOption = Annotated[
    Rating,
    typer.Option(help="Rating of branches: continuous (A), long_term (B, else A), short_term (C, else B, else A)."),
]
Folder = Annotated[Path | None, typer.Option("--csv", metavar="FOLDER", help="Write the tables as CSV files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]


def clean(number: float, digits: int = 6) -> float | None:
    """A number for machines: rounded, and none where it is not finite."""
    return round(float(number), digits) + 0.0 if math.isfinite(number) else None


def write_csv(folder: Path, tables: Mapping[str, Rows]) -> None:
    """One file a table, its columns those of its first row; an empty table is an empty file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            if not rows:
                continue
            lines = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            lines.writeheader()
            lines.writerows(
                {key: " ".join(cell) if isinstance(cell, list) else cell for key, cell in row.items()} for row in rows
            )


def print_table(language: "Language", title: str, heads: Mapping[str, str], rows: Rows, most: int = MOST_ROWS) -> None:
    """The first rows of a table as people read it; heads: words above each column."""
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name, head in heads.items():
        is_text = isinstance(rows[0][name], str | list)
        table.add_column(language.text(head), justify="left" if is_text else "right", no_wrap=not is_text)
    for row in rows[:most]:
        table.add_row(*(_cell(row[name]) for name in heads))
    if len(rows) > most:
        table.caption = language.text(say("{n:,} more: --json, --csv", n=len(rows) - most))
        table.caption_justify = "left"
    console = Console(width=None if Console().is_terminal else WIDTH)
    console.print(language.text(title), highlight=False, style="bold", markup=False)
    console.print(table)
    console.print()


def _cell(value: Any) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, list):
        return " ".join(value)
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
