"""What a comparison of two plans says, in words."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mamori.language.message import noun, term
from mamori.maths.stats import Paired
from mamori.raid.measures import Better, Measure
from mamori.report.names import UNITS, step_name
from mamori.report.words import NONE, Words, is_known
from mamori.scenario.changes import Change
from mamori.study.compare import LEAST_IN_TAIL, TAIL, Comparison, Needed, Row, Verdict

HEADLINE = (
    "energy_not_served_mwh", "customer_hours_without_power", "critical_load_hours_lost", "leakers", "persons_exposed",
    "warning_lead_time_s", "time_to_90_percent_h", "capacity_missing_mw", "cost_of_interceptors", "cost_of_damage",
)  # fmt: skip
"""Measures shown unless all are asked for, by the first step of their path."""
MARKS = {Verdict.B_BETTER: "+", Verdict.B_WORSE: "\N{MINUS SIGN}", Verdict.UNTOLD: "?", Verdict.SAME: "="}
LEGEND = term("+ better, \N{MINUS SIGN} worse than A; ? cannot be told from luck; = the same in every replica")
MOST_CHANGES = 20
PAIRS = noun("pair of replicas", "pairs of replicas")
WORLD = noun("world", "worlds")
UNTOLD_TITLE = term("Not told from luck: replicas (and worlds) that would tell")
UNTOLD_HEADINGS = (term("measure"), term("the difference seen"), term("10 % of A's mean"))
UNTOLD_NOTE = term(
    "At the variance seen and as many replicas a world as now; give them by `--replicas N --set run.worlds=W`. About "
    "half of such runs would still fall a little short; of runs of twice as many, one in five."
)


@dataclass(frozen=True)
class Line:
    """One line of a table: what, both means, the difference with its interval, and its verdict."""

    text: str
    paired: Paired
    verdict: Verdict

    def cells(self, w: Words) -> tuple[str, str, str, str]:
        """Mean of a, mean of b, difference, interval, short enough for a table."""
        x = self.paired
        short = replace(w, is_short=True)
        return short.number(x.mean_a), short.number(x.mean_b), signed(short, x.difference), interval(short, x)


def letters() -> Iterator[str]:
    """What the plans after A are called: B to Z, then P27 and on."""
    for i in range(1, 1 << 30):
        yield chr(ord("A") + i) if i < 26 else f"P{i + 1}"


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


def name(w: Words, measure: Measure) -> str:
    """A measure in words, with its unit."""
    steps = [step_name(w, step) for step in measure.path[-2:]]
    if measure.path[0] == "critical_load_hours_lost":
        text = w.say("{kind} hours lost", kind=steps[-1])
    elif len(steps) == 2:
        text = w.say("{measure}: {part}", measure=steps[0], part=steps[1])
    else:
        text = steps[0]
    return w.say("{measure}, {unit}", measure=text, unit=_unit(w, measure)) if measure.unit else text


def _unit(w: Words, measure: Measure) -> str:
    return w.term(UNITS.get(measure.unit, measure.unit))


def _with_unit(w: Words, text: str, measure: Measure) -> str:
    return w.say("{number} {unit}", number=text, unit=_unit(w, measure)) if measure.unit else text


def signed(w: Words, x: float) -> str:
    """A difference with its sign; 0 has none."""
    text = w.number(x)
    return f"+{text}" if is_known(x) and x > 0.0 and text[0].isdigit() else text


def interval(w: Words, x: Paired) -> str:
    """The interval of a difference; a dash where there is none."""
    if not is_known(x.low):
        return NONE
    if x.low == x.high:
        return signed(w, x.low)
    return w.pair(x.low, x.high, text=lambda v: signed(w, math.nan if v is None else v))


def setting(w: Words, comparison: Comparison) -> str:
    """What was compared, in one line."""
    m = comparison.a.manifest
    worlds = min(int(m["worlds"]), int(m["replicas"]))
    return w.say(
        "{pairs} in {worlds}, seed {seed}: both plans meet the same luck.",
        pairs=w.counted(int(m["replicas"]), PAIRS), worlds=w.counted(worlds, WORLD), seed=m["seed"],
    )  # fmt: skip


def change_lines(w: Words, found: Sequence[Change], letter: str) -> list[str]:
    """What differs between the scenarios, at most `MOST_CHANGES` lines."""
    lines = [_change(w, change, letter) for change in found]
    if len(lines) <= MOST_CHANGES:
        return lines
    more = len(lines) - MOST_CHANGES + 1
    rest = w.say_n(more, "and {n} more place (all with --json)", "and {n} more places (all with --json)")
    return [*lines[: MOST_CHANGES - 1], rest]


def _change(w: Words, change: Change, letter: str) -> str:
    if change.before is None:
        return w.say("{path}: only in {plan}: {value}", path=change.path, plan=letter, value=change.after)
    if change.after is None:
        return w.say("{path}: only in {plan}: {value}", path=change.path, plan="A", value=change.before)
    return f"{change.path}: {change.before} → {change.after}"


def detail(w: Words, row: Row) -> Iterator[Line]:
    """The measure by variant of the raid, its worst variant in each plan, and the mean of its worst replicas."""
    for variant in row.variants:
        yield Line(f"{variant.id} ({variant.paired.n})", variant.paired, variant.verdict)
    yield Line(w.say("worst {share}", share=w.percent(TAIL)), row.tail, row.tail_verdict)


def sentences(w: Words, comparison: Comparison, rows: Sequence[Row], letter: str = "B") -> list[str]:
    """What the comparison says, in words; rows: those shown."""
    found = [w.term(note) for note in comparison.notes]
    energy = next((row for row in comparison.rows if row.measure.column == "energy_not_served_mwh"), None)
    if energy is not None:
        found.append(_lead(w, energy, letter))
        found += _worst_variants(w, energy, letter)
    found += [_got_there(w, row, letter) for row in rows if _is_there_other(row)]
    if any(row.tail.difference != 0.0 and not is_known(row.tail.low) for row in rows if row.tail.n):
        found.append(
            w.say(
                "The mean of the worst {share} has no interval here: the tail needs {least} replicas or more, a run of "
                "{all}.",
                share=w.percent(TAIL), least=LEAST_IN_TAIL, all=math.ceil(LEAST_IN_TAIL / TAIL - 1e-9),
            )
        )  # fmt: skip
    if comparison.n_other_variant:
        found.append(
            w.say_n(
                comparison.n_other_variant,
                "{n} replica drew another variant of the raid with {plan} and counts in the means, not by variant.",
                "{n} replicas drew another variant of the raid with {plan} and count in the means, not by variant.",
                plan=letter,
            )
        )
    n_asked = sum(row.verdict is not Verdict.SAME for row in rows)
    if n_asked > 1:
        found.append(
            w.say(
                "Each interval stands alone: of {n} measures about {few} would seem to differ by luck.",
                n=w.number(n_asked), few=w.number(0.05 * n_asked),
            )
        )  # fmt: skip
    for only, which in ((comparison.only_a, "A"), (comparison.only_b, letter)):
        if only:
            names = w.listed([name(w, m) for m in only])
            found.append(w.say("Only {plan} has: {measures}.", plan=which, measures=names))
    return found


def _is_there_other(row: Row) -> bool:
    return row.measure.is_none_worst and bool(row.paired.n_only_a or row.paired.n_only_b)


def _got_there(w: Words, row: Row, letter: str) -> str:
    x = row.paired
    return w.sentences(
        [
            w.say_n(
                x.n_only_b,
                "{measure}: {n} replica gets there with {plan} alone, {other} with A alone.",
                "{measure}: {n} replicas get there with {plan} alone, {other} with A alone.",
                measure=_capital(name(w, row.measure)), plan=letter, other=w.number(x.n_only_a),
            ),
            w.say(
                "The difference is over the {n} that get there with both; the shares count not getting there as worst.",
                n=w.number(x.n),
            ),
        ]
    )  # fmt: skip


def _lead(w: Words, row: Row, letter: str) -> str:
    measure = _capital(name(w, row.measure))
    if row.verdict is Verdict.SAME:
        return w.say("{measure}: the same in every replica, the difference is exactly 0.", measure=measure)
    x, n = row.paired, row.n_better + row.n_tie + row.n_worse
    means = w.say(
        "{measure}: {b} with {plan}, {a} with A.",
        measure=measure, a=w.number(x.mean_a), b=w.number(x.mean_b), plan=letter,
    )  # fmt: skip
    values = {"plan": letter, "difference": signed(w, x.difference), "interval": interval(w, x)}
    if row.verdict is Verdict.UNTOLD:
        verdict = w.say("The difference of {difference} ({interval}) cannot be told from luck.", **values)
    elif row.verdict is Verdict.B_BETTER:
        verdict = w.say("{plan} is better: {difference} on average ({interval} with 95 % confidence).", **values)
    else:
        verdict = w.say("{plan} is worse: {difference} on average ({interval} with 95 % confidence).", **values)
    shares = w.say(
        "{plan} is better in {better} of {all} replicas, equal in {equal}.",
        plan=letter, better=w.number(row.n_better), all=w.number(n), equal=w.number(row.n_tie),
    )  # fmt: skip
    return w.sentences([means, verdict, shares])


def _worst_variants(w: Words, row: Row, letter: str) -> Iterator[str]:
    if row.verdict is Verdict.SAME or len(row.variants) < 2 or row.worst_a is None or row.worst_b is None:
        return
    of_a, of_b = (
        _with_unit(w, w.number(x), row.measure) for x in (row.worst_a.paired.mean_a, row.worst_b.paired.mean_b)
    )
    yield w.say(
        "The worst variant of the raid is {worst_a} for A ({of_a}) and {worst_b} for {plan} ({of_b}).",
        worst_a=row.worst_a.id, of_a=of_a, worst_b=row.worst_b.id, plan=letter, of_b=of_b,
    )  # fmt: skip
    sign = 1.0 if row.measure.better is Better.LESS else -1.0
    least = max(row.variants, key=lambda v: sign * v.paired.difference)
    if least.paired.difference != row.paired.difference:
        difference = _with_unit(w, signed(w, least.paired.difference), row.measure)
        yield w.say(
            "{plan} does least well against A in {variant} ({difference}).",
            plan=letter, variant=least.id, difference=difference,
        )  # fmt: skip


def untold(w: Words, rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Of each measure that cannot be told from luck: name, the run that would tell the difference seen, and the one
    that would tell a tenth of A's mean."""
    return [
        (name(w, row.measure), needed(w, row.to_tell_seen), needed(w, row.to_tell_tenth))
        for row in rows
        if row.verdict is Verdict.UNTOLD
    ]


def needed(w: Words, x: Needed | None) -> str:
    """Replicas and worlds, rounded up to two digits; a dash where no number of them tells."""
    if x is None:
        return NONE
    text = w.language.decimal(_up(x.replicas))
    return text if x.worlds == 1 else f"{text} ({w.language.decimal(_up(x.worlds))})"


def _up(n: int) -> int:
    step: int = 10 ** max(0, len(str(n)) - 2)
    return -(-n // step) * step


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
