"""Plans held against each other, as one small page without a script."""

import html
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from mamori.report import theme
from mamori.report.comparison_words import (
    LEGEND,
    MARKS,
    UNTOLD_HEADINGS,
    UNTOLD_NOTE,
    UNTOLD_TITLE,
    Line,
    change_lines,
    detail,
    letters,
    name,
    sentences,
    setting,
    shown,
    untold,
)
from mamori.report.glossary import listing
from mamori.report.keep import keep
from mamori.report.page import notional
from mamori.report.prose import words_in
from mamori.report.table import Cell, Row, Table
from mamori.report.words import Words
from mamori.study.compare import Comparison, Verdict
from mamori.study.compare import Row as Measured


def write(comparisons: Sequence[Comparison], file: Path, w: Words) -> None:
    """Write the page; the same runs give the same bytes. Raises StoreError if the file cannot be written."""
    keep(page(comparisons, w).encode(), file, "--html")


def page(comparisons: Sequence[Comparison], w: Words) -> str:
    """The page as text: the headline first, all measures folded below."""
    style = (files("mamori.report") / "page.css").read_text(encoding="utf-8")
    title = (
        w.say("Compared with {plan}", plan=comparisons[0].a.manifest["scenario"])
        if comparisons
        else w.say("Comparison")
    )
    title = html.escape(title)
    sections = "".join(_section(c, letter, w) for c, letter in zip(comparisons, letters(), strict=False))
    sections += listing(words_in(sections), w)
    return (
        f'<!DOCTYPE html>\n<html lang="{w.language.tag}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n<style>\n{theme.css()}\n{style}\n</style>\n</head>\n'
        f"<body>\n<header><h1>{title}</h1></header>\n<main>{sections}</main>\n"
        f"<footer><p>{html.escape(notional(w))}</p></footer>\n</body>\n</html>\n"
    )


def _section(comparison: Comparison, letter: str, w: Words) -> str:
    rows = shown(comparison, is_all=False)
    text = "".join(f"<p>{html.escape(line)}</p>" for line in sentences(w, comparison, rows, letter))
    changed = "".join(f"<li>{html.escape(line)}</li>" for line in change_lines(w, comparison.changes, letter))
    of_b = html.escape(comparison.b.manifest["scenario"])
    folders = html.escape(f"A: {comparison.a.path} · {letter}: {comparison.b.path}")
    differs = html.escape(w.say("What differs between the scenarios"))
    tables = [_means(f"{letter}-means", w.say("Means"), rows, letter, w, is_folded=False)]
    missing = untold(w, rows)
    if missing:
        told = tuple(Row(measure, (Cell(seen), Cell(tenth))) for measure, seen, tenth in missing)
        head = tuple(w.term(heading) for heading in UNTOLD_HEADINGS)
        tables.append(Table(f"{letter}-untold", w.term(UNTOLD_TITLE), head, told, w.term(UNTOLD_NOTE), is_folded=False))
    for i, row in enumerate(rows):
        if row.verdict is not Verdict.SAME:
            about = w.say("{measure}: variants and worst nights", measure=name(w, row.measure))
            lines = tuple(_row(line, w) for line in detail(w, row))
            worst = w.say("The last line is the mean of the [worst nights](tail) of each plan.")
            caption = w.sentences([f"{w.term(LEGEND)}.", worst])
            tables.append(Table(f"{letter}-{i}", about, _head(w, letter), lines, caption))
    every = w.say_n(len(comparison.rows), "The one measure", "All {n} measures")
    tables.append(_means(f"{letter}-all", every, comparison.rows, letter, w))
    return (
        f'<section><h2>{letter}: {of_b}</h2><p class="kicker">{folders}<br>{html.escape(setting(w, comparison))}</p>'
        f'<div class="sentences">{text}</div>{f"<h3>{differs}</h3><ul>{changed}</ul>" if changed else ""}'
        f"{''.join(table.html(w) for table in tables)}</section>"
    )


def _means(place: str, title: str, rows: Sequence[Measured], letter: str, w: Words, *, is_folded: bool = True) -> Table:
    head = (*_head(w, letter), w.say("{plan} better", plan=letter), w.say("equal"))
    lines = tuple(
        _row(Line(name(w, row.measure), row.paired, row.verdict), w, w.term(row.measure.meaning),
             w.percent(row.share_better), w.percent(row.share_tie))
        for row in rows
    )  # fmt: skip
    return Table(place, title, head, lines, w.term(LEGEND), is_folded)


def _head(w: Words, letter: str) -> tuple[str, ...]:
    return ("", "A", letter, f"{letter} \N{MINUS SIGN} A", w.say("95 % interval"), "")


def _row(line: Line, w: Words, meaning: str = "", *more: str) -> Row:
    return Row(line.text, tuple(map(Cell, (*line.cells(w), MARKS[line.verdict], *more))), meaning)
