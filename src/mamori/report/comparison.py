"""Two plans held against each other, in words and as one small page without a script."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mamori.errors import StoreError
from mamori.maths.stats import Paired
from mamori.raid.measures import Better, Measure
from mamori.report import theme
from mamori.report.words import NONE, counted, is_known, listed, number, pair, percent
from mamori.scenario.changes import Change
from mamori.study.compare import LEAST_IN_TAIL, TAIL, Comparison, Needed, Row, Verdict

HEADLINE = (
    "energy_not_served_mwh", "customer_hours_without_power", "critical_load_hours_lost", "leakers", "persons_exposed",
    "warning_lead_time_s", "time_to_90_percent_h", "capacity_missing_mw", "cost_of_interceptors", "cost_of_damage",
)  # fmt: skip
"""Measures shown unless all are asked for, by the first step of their path."""
MARKS = {Verdict.B_BETTER: "+", Verdict.B_WORSE: "\N{MINUS SIGN}", Verdict.UNTOLD: "?", Verdict.SAME: "="}
LEGEND = "+ better, \N{MINUS SIGN} worse than A; ? cannot be told from luck; = the same in every replica"
MOST_CHANGES = 20


@dataclass(frozen=True)
class Line:
    """One line of a table: what, both means, the difference with its interval, and its verdict."""

    text: str
    paired: Paired
    verdict: Verdict

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Mean of a, mean of b, difference, interval, short enough for a table."""
        x = self.paired
        a, b, difference, its_interval = map(
            _short, (number(x.mean_a), number(x.mean_b), signed(x.difference), interval(x))
        )
        return a, b, difference, its_interval


def _short(text: str) -> str:
    return text.replace(" million", " M").replace(" billion", " bn")


def shown(comparison: Comparison, *, is_all: bool) -> list[Row]:
    """The measures to show: the headline, or all."""
    return [
        row
        for row in comparison.rows
        if is_all
        or (row.measure.path[0] in HEADLINE and (len(row.measure.path) == 1 or _is_headline_part(row.measure)))
    ]


def _is_headline_part(measure: Measure) -> bool:
    return measure.path[0] == "leakers" or measure.path[-1] == "hospital"


def name(measure: Measure) -> str:
    """A measure in words, with its unit."""
    steps = [_words(step) for step in measure.path[-2:]]
    text = f"{steps[0]}: {steps[1]}" if len(steps) == 2 else steps[0]
    if measure.path[0] == "critical_load_hours_lost":
        text = f"{steps[-1]} hours lost"
    return f"{text}, {measure.unit}" if measure.unit else text


def _words(step: str) -> str:
    for unit in ("_mwh", "_mw", "_h", "_s"):
        step = step.removesuffix(unit)
    return step.replace("_", " ").removesuffix("-notional").replace("-", " ")


def signed(x: float) -> str:
    """A difference with its sign; 0 has none."""
    text = number(x)
    return f"+{text}" if is_known(x) and x > 0.0 and text[0].isdigit() else text


def interval(x: Paired) -> str:
    """The interval of a difference; a dash where there is none."""
    if not is_known(x.low):
        return NONE
    if x.low == x.high:
        return signed(x.low)
    return pair(x.low, x.high, text=lambda v: signed(math.nan if v is None else v))


def setting(comparison: Comparison) -> str:
    """What was compared, in one line."""
    m = comparison.a.manifest
    worlds = min(int(m["worlds"]), int(m["replicas"]))
    return (
        f"{counted(m['replicas'], 'pair of replicas', 'pairs of replicas')} in {counted(worlds, 'world', 'worlds')}, "
        f"seed {m['seed']}: both plans meet the same luck."
    )


def change_lines(found: Sequence[Change], letter: str) -> list[str]:
    """What differs between the scenarios, at most `MOST_CHANGES` lines."""
    lines = [_change(change, letter) for change in found]
    if len(lines) <= MOST_CHANGES:
        return lines
    return [*lines[: MOST_CHANGES - 1], f"and {len(lines) - MOST_CHANGES + 1} more places (all with --json)"]


def _change(change: Change, letter: str) -> str:
    if change.before is None:
        return f"{change.path}: only in {letter}: {change.after}"
    if change.after is None:
        return f"{change.path}: only in A: {change.before}"
    return f"{change.path}: {change.before} → {change.after}"


def detail(row: Row) -> Iterator[Line]:
    """The measure by variant of the raid, its worst variant in each plan, and the mean of its worst replicas."""
    for variant in row.variants:
        yield Line(f"{variant.id} ({variant.paired.n})", variant.paired, variant.verdict)
    yield Line(f"worst {percent(TAIL)}", row.tail, row.tail_verdict)


def sentences(comparison: Comparison, rows: Sequence[Row], letter: str = "B") -> list[str]:
    """What the comparison says, in words; rows: those shown."""
    found = list(comparison.notes)
    energy = next((row for row in comparison.rows if row.measure.column == "energy_not_served_mwh"), None)
    if energy is not None:
        found.append(_lead(energy, letter))
        found += _worst_variants(energy, letter)
    for row in rows:
        x = row.paired
        if row.measure.is_none_worst and (x.n_only_a or x.n_only_b):
            found.append(
                f"{_capital(name(row.measure))}: {counted(x.n_only_b, 'replica gets', 'replicas get')} there with "
                f"{letter} alone, {number(x.n_only_a)} with A alone. The difference is over the {number(x.n)} that get "
                "there with both; the shares count not getting there as worst."
            )
    if any(row.tail.difference != 0.0 and not is_known(row.tail.low) for row in rows if row.tail.n):
        found.append(
            f"The mean of the worst {percent(TAIL)} has no interval here: the tail needs {LEAST_IN_TAIL} replicas or "
            f"more, a run of {math.ceil(LEAST_IN_TAIL / TAIL - 1e-9)}."
        )
    if comparison.n_other_variant:
        found.append(
            f"{counted(comparison.n_other_variant, 'replica', 'replicas')} drew another variant of the raid with "
            f"{letter} and count in the means, not by variant."
        )
    n_asked = sum(row.verdict is not Verdict.SAME for row in rows)
    if n_asked > 1:
        found.append(
            f"Each interval stands alone: of {n_asked} measures about {number(0.05 * n_asked)} would seem to differ by "
            "luck."
        )
    for only, which in ((comparison.only_a, "A"), (comparison.only_b, letter)):
        if only:
            found.append(f"Only {which} has: {listed([name(m) for m in only])}.")
    return found


def _lead(row: Row, letter: str) -> str:
    if row.verdict is Verdict.SAME:
        return f"{_capital(name(row.measure))}, is the same in every replica: the difference is exactly 0."
    x, n = row.paired, row.n_better + row.n_tie + row.n_worse
    text = f"{_capital(name(row.measure))}: {number(x.mean_b)} with {letter}, {number(x.mean_a)} with A"
    if row.verdict is Verdict.UNTOLD:
        text += f". The difference of {signed(x.difference)} ({interval(x)}) cannot be told from luck"
    else:
        side = "better" if row.verdict is Verdict.B_BETTER else "worse"
        text += f". {letter} is {side}: {signed(x.difference)} on average ({interval(x)} with 95 % confidence)"
    return f"{text}. {letter} is better in {row.n_better} of {n} replicas, equal in {row.n_tie}."


def _worst_variants(row: Row, letter: str) -> Iterator[str]:
    if row.verdict is Verdict.SAME or len(row.variants) < 2 or row.worst_a is None or row.worst_b is None:
        return
    unit = row.measure.unit
    yield (
        f"The worst variant of the raid is {row.worst_a.id} for A ({number(row.worst_a.paired.mean_a)} {unit}) and "
        f"{row.worst_b.id} for {letter} ({number(row.worst_b.paired.mean_b)} {unit})."
    )
    sign = 1.0 if row.measure.better is Better.LESS else -1.0
    least = max(row.variants, key=lambda v: sign * v.paired.difference)
    if least.paired.difference != row.paired.difference:
        yield f"{letter} does least well against A in {least.id} ({signed(least.paired.difference)} {unit})."


def untold(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Of each measure that cannot be told from luck: name, the run that would tell the difference seen, and the one
    that would tell a tenth of A's mean."""
    return [
        (name(row.measure), needed(row.to_tell_seen), needed(row.to_tell_tenth))
        for row in rows
        if row.verdict is Verdict.UNTOLD
    ]


UNTOLD_TITLE = "Not told from luck: replicas (and worlds) that would tell"
UNTOLD_HEADINGS = ("measure", "the difference seen", "10 % of A's mean")
UNTOLD_NOTE = (
    "At the variance seen and as many replicas a world as now; give them by `--replicas N --set run.worlds=W`. About "
    "half of such runs would still fall a little short; of runs of twice as many, one in five."
)


def needed(x: Needed | None) -> str:
    """Replicas and worlds, rounded up to two digits; a dash where no number of them tells."""
    if x is None:
        return NONE
    text = f"{_up(x.replicas):,}"
    return text if x.worlds == 1 else f"{text} ({_up(x.worlds):,})"


def _up(n: int) -> int:
    step: int = 10 ** max(0, len(str(n)) - 2)
    return -(-n // step) * step


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def write(comparisons: Sequence[Comparison], file: Path) -> None:
    """Write the page; the same runs give the same bytes.

    Raises StoreError if the file cannot be written.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.write_text(page(comparisons), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            f"{file}: cannot be written ({error.strerror or error}). Give another file with --html."
        ) from error


def page(comparisons: Sequence[Comparison]) -> str:
    """The page as text: the headline first, all measures folded below."""
    style = (files("mamori.report") / "page.css").read_text(encoding="utf-8")
    title = html.escape(f"Compared with {comparisons[0].a.manifest['scenario']}") if comparisons else "Comparison"
    sections = "".join(_section(c, letter) for c, letter in zip(comparisons, letters(), strict=False))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{title}</title>\n<link rel="icon" href="data:,">\n<style>\n{theme.css()}\n{style}\n</style>\n</head>\n'
        f"<body>\n<header><h1>{title}</h1></header>\n<main>{sections}</main>\n<footer><p>mamori analyses protection "
        "with public, notional figures. It is not a forecast of any real event or place.</p></footer>\n"
        "</body>\n</html>\n"
    )


def letters() -> Iterator[str]:
    """What the plans after A are called: B to Z, then P27 and on."""
    for i in range(1, 1 << 30):
        yield chr(ord("A") + i) if i < 26 else f"P{i + 1}"


def _section(comparison: Comparison, letter: str) -> str:
    rows = shown(comparison, is_all=False)
    text = "".join(f"<p>{html.escape(line)}</p>" for line in sentences(comparison, rows, letter))
    changed = "".join(f"<li>{html.escape(line)}</li>" for line in change_lines(comparison.changes, letter))
    lines = [Line(name(row.measure), row.paired, row.verdict) for row in rows]
    of_b = html.escape(comparison.b.manifest["scenario"])
    folders = html.escape(f"A: {comparison.a.path} · {letter}: {comparison.b.path}")
    parts = [
        f'<h2>{letter}: {of_b}</h2><p class="kicker">{folders}<br>{html.escape(setting(comparison))}</p>',
        f'<div class="sentences">{text}</div>',
        f"<h3>What differs between the scenarios</h3><ul>{changed}</ul>" if changed else "",
        "<h3>Means</h3>" + _table(lines, letter, rows),
    ]
    missing = untold(rows)
    if missing:
        head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in UNTOLD_HEADINGS)
        body = "".join(
            f'<tr><th scope="row">{html.escape(a)}</th><td>{html.escape(b)}</td><td>{html.escape(c)}</td></tr>'
            for a, b, c in missing
        )
        parts.append(
            f'<h3>{html.escape(UNTOLD_TITLE)}</h3><div class="scroll"><table><caption>{html.escape(UNTOLD_NOTE)}'
            f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
    parts += [
        f"<details><summary>{html.escape(name(row.measure))}: variants and worst nights</summary>"
        f"{_table(list(detail(row)), letter)}</details>"
        for row in rows
        if row.verdict is not Verdict.SAME
    ]
    every = [Line(name(row.measure), row.paired, row.verdict) for row in comparison.rows]
    parts.append(
        f"<details><summary>All {len(every)} measures</summary>{_table(every, letter, comparison.rows)}</details>"
    )
    return f"<section>{''.join(parts)}</section>"


def _table(lines: Sequence[Line], letter: str, rows: Sequence[Row] | None = None) -> str:
    headings = ["", "A", letter, f"{letter} \N{MINUS SIGN} A", "95 % interval", ""]
    headings += [f"{letter} better", "equal"] if rows is not None else []
    head = "".join(f'<th scope="col">{html.escape(h)}</th>' for h in headings)
    body = ""
    for i, line in enumerate(lines):
        cells = [*line.cells, MARKS[line.verdict]]
        meaning = ""
        if rows is not None:
            cells += [percent(rows[i].share_better), percent(rows[i].share_tie)]
            meaning = f' title="{html.escape(rows[i].measure.meaning)}"'
        body += f'<tr><th scope="row"{meaning}>{html.escape(line.text)}</th>'
        body += "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Differences"><table><caption>{html.escape(LEGEND)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
