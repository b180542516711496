"""`mamori compare`: plans held against each other, replica by replica."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from mamori.study.compare import Comparison, Row

WIDTH = 80


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(compare)


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="A B...", help="Run folders, or their baseline folders; A is the reference.")
    ],
    is_all: Annotated[bool, typer.Option("--all", help="Every measure, not the headline alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")] = False,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write one self-contained HTML page.")
    ] = None,
) -> None:
    """Compare plans that met the same luck: differences with intervals, variants, worst nights."""
    from mamori.study.compare import compare as held_against

    found = held_against(runs)
    if page is not None:
        from mamori.report.comparison import write

        write(found, page)
    if as_json:
        typer.echo(json.dumps({"comparisons": [c.as_dict() for c in found]}, indent=1))
        return
    from mamori.report.comparison import letters

    for comparison, letter in zip(found, letters(), strict=False):
        _print(comparison, letter, is_all=is_all)
    if page is not None:
        typer.echo(f"Page: {page}")


def _print(comparison: "Comparison", letter: str, *, is_all: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from mamori.report.comparison import (
        LEGEND,
        UNTOLD_NOTE,
        change_lines,
        sentences,
        setting,
        shown,
        untold,
    )  # fmt: skip
    from mamori.study.compare import Verdict

    console = Console(width=WIDTH, highlight=False, markup=False, soft_wrap=False)
    rows = shown(comparison, is_all=is_all)

    def _say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style))

    _say(f"A  {comparison.a.path}  ({comparison.a.manifest['scenario']}), the reference", "bold")
    _say(f"{letter}  {comparison.b.path}  ({comparison.b.manifest['scenario']})", "bold")
    _say(setting(comparison))
    for line in change_lines(comparison.changes, letter):
        _say(f"  {line}")
    _say("")
    for sentence in sentences(comparison, rows, letter):
        _say(sentence)
    _say("")
    console.print(_means(rows, letter))
    _say(LEGEND)
    missing = untold(rows)
    if missing:
        _say("")
        console.print(_untold(missing))
        _say(UNTOLD_NOTE)
    differing = [row for row in rows if row.verdict is not Verdict.SAME]
    if differing:
        _say("")
        _say("By variant of the raid (and its replicas); mean of the worst 5 % of each plan")
    for row in differing:
        console.print(_details(row, letter, has_header=row is differing[0]))
    _say("")


def _table(title: str) -> "Table":
    from rich import box
    from rich.table import Table

    return Table(
        title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=0,
        pad_edge=False, show_edge=False,
    )  # fmt: skip


def _differences(title: str, letter: str, *more: str) -> "Table":
    table = _table(title)
    table.add_column("", width=19)
    for heading, width in (("A", 8), (letter, 8), (f"{letter} \N{MINUS SIGN} A", 8), ("95 % interval", 17), ("", 1)):
        table.add_column(heading, width=width, justify="right")
    for heading in more:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _means(rows: "Sequence[Row]", letter: str) -> "Table":
    from mamori.report.comparison import MARKS, Line, name

    table = _differences("Means", letter, "better", "equal")
    for row in rows:
        line = Line(name(row.measure), row.paired, row.verdict)
        table.add_row(line.text, *line.cells, MARKS[line.verdict], f"{row.share_better:.0%}", f"{row.share_tie:.0%}")
    return table


def _details(row: "Row", letter: str, *, has_header: bool) -> "Table":
    from mamori.report.comparison import MARKS, detail, name

    table = _differences(name(row.measure), letter)
    table.show_header = has_header
    for line in detail(row):
        table.add_row(line.text, *line.cells, MARKS[line.verdict])
    return table


def _untold(missing: "Sequence[tuple[str, str, str]]") -> "Table":
    from mamori.report.comparison import UNTOLD_HEADINGS, UNTOLD_TITLE

    table = _table(UNTOLD_TITLE)
    for heading in UNTOLD_HEADINGS:
        table.add_column(heading, justify="left" if heading == UNTOLD_HEADINGS[0] else "right")
    for cells in missing:
        table.add_row(*cells)
    return table
