"""`mamori compare`: plans held against each other, replica by replica."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mamori.cli.reader import Code, speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from mamori.report.words import Words
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
    language: Code = "",
) -> None:
    """Compare plans that met the same luck: differences with intervals, variants, worst nights."""
    from mamori.report.comparison_words import letters
    from mamori.report.words import Words
    from mamori.study.compare import compare as held_against

    w = Words(speaking(language))
    found = held_against(runs)
    if page is not None:
        from mamori.report.comparison import write

        write(found, page, w)
    if as_json:
        told = [_told(comparison, letter, w) for comparison, letter in zip(found, letters(), strict=False)]
        typer.echo(json.dumps({"comparisons": told}, indent=1))
        return
    for comparison, letter in zip(found, letters(), strict=False):
        _print(comparison, letter, w, is_all=is_all)
    if page is not None:
        typer.echo(w.say("Page: {file}", file=page))


def _told(comparison: "Comparison", letter: str, w: "Words") -> "dict[str, Any]":
    from mamori.report.comparison_words import sentences, shown

    return comparison.as_dict() | {"sentences": sentences(w, comparison, shown(comparison, is_all=False), letter)}


def _print(comparison: "Comparison", letter: str, w: "Words", *, is_all: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from mamori.report.comparison_words import (
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

    _say(
        w.say("A  {run}  ({plan}), the reference", run=comparison.a.path, plan=comparison.a.manifest["scenario"]),
        "bold",
    )
    _say(f"{letter}  {comparison.b.path}  ({comparison.b.manifest['scenario']})", "bold")
    _say(setting(w, comparison))
    for line in change_lines(w, comparison.changes, letter):
        _say(f"  {line}")
    _say("")
    for sentence in sentences(w, comparison, rows, letter):
        _say(sentence)
    _say("")
    console.print(_means(rows, letter, w))
    _say(w.term(LEGEND))
    missing = untold(w, rows)
    if missing:
        _say("")
        console.print(_untold(missing, w))
        _say(w.term(UNTOLD_NOTE))
    differing = [row for row in rows if row.verdict is not Verdict.SAME]
    if differing:
        _say("")
        _say(w.say("By variant of the raid (and its replicas); mean of the worst 5 % of each plan"))
    for row in differing:
        console.print(_details(row, letter, w, has_header=row is differing[0]))
    _say("")


def _table(title: str) -> "Table":
    from rich import box
    from rich.table import Table

    return Table(
        title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, padding=0,
        pad_edge=False, show_edge=False,
    )  # fmt: skip


def _differences(title: str, letter: str, w: "Words", *more: str) -> "Table":
    table = _table(title)
    table.add_column("", width=19)
    difference = f"{letter} \N{MINUS SIGN} A"
    for heading, width in (("A", 8), (letter, 8), (difference, 8), (w.say("95 % interval"), 17), ("", 1)):
        table.add_column(heading, width=width, justify="right")
    for heading in more:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _means(rows: "Sequence[Row]", letter: str, w: "Words") -> "Table":
    from mamori.report.comparison_words import MARKS, Line, name

    table = _differences(w.say("Means"), letter, w, w.say("better"), w.say("equal"))
    for row in rows:
        line = Line(name(w, row.measure), row.paired, row.verdict)
        shares = f"{row.share_better:.0%}", f"{row.share_tie:.0%}"
        table.add_row(line.text, *line.cells(w), MARKS[line.verdict], *shares)
    return table


def _details(row: "Row", letter: str, w: "Words", *, has_header: bool) -> "Table":
    from mamori.report.comparison_words import MARKS, detail, name

    table = _differences(name(w, row.measure), letter, w)
    table.show_header = has_header
    for line in detail(w, row):
        table.add_row(line.text, *line.cells(w), MARKS[line.verdict])
    return table


def _untold(missing: "Sequence[tuple[str, str, str]]", w: "Words") -> "Table":
    from mamori.report.comparison_words import UNTOLD_HEADINGS, UNTOLD_TITLE

    table = _table(w.term(UNTOLD_TITLE))
    for heading in UNTOLD_HEADINGS:
        table.add_column(w.term(heading), justify="left" if heading == UNTOLD_HEADINGS[0] else "right")
    for cells in missing:
        table.add_row(*cells)
    return table
