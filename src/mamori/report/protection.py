"""Which protective measures would have saved most: each alone, on the same luck, ranked by energy saved a night."""

import math
from textwrap import wrap
from typing import Any

from mamori.language.message import noun
from mamori.report.figure import Figure, Section, Sentence, axis, safe
from mamori.report.subject import Subject
from mamori.report.table import Cell, Row, Table
from mamori.report.words import HOUR, NIGHT, NONE, Words
from mamori.study.compare import Verdict
from mamori.study.protection import ENERGY, EXPOSED, HOSPITALS, PEOPLE, Saving

REPLICA = noun("replica", "replicas")
WORLD = noun("world", "worlds")
BEST = 3
LABEL = 26
"""Letters in a line of a bar's name."""
BAR_PX, AROUND_PX = 46, 110


def section(subject: Subject) -> Section | None:
    """The ranking; None where no measure was followed, and for the public: what helps most says what is thin."""
    found = () if subject.is_public else subject.run.protection
    if not found:
        return None
    w = subject.words
    return Section(
        "protection",
        w.say("Protective measures that would have saved most"),
        sentences=tuple(_sentences(w, found)),
        figures=(saved(w, found),),
        tables=(_table(w, found),),
    )


def _sentences(w: Words, found: tuple[Saving, ...]) -> list[Sentence]:
    said = [Sentence(w.sentences(_best(w, found)))]
    untold = [saving for saving in found if saving.verdict is Verdict.UNTOLD]
    if untold:
        said.append(Sentence(w.sentences(_untold(w, untold))))
    rest = w.sentences([*_worse(w, found), *_no_energy(w, found)])
    if rest:
        said.append(Sentence(rest))
    alone = w.say(
        "Each measure is followed alone, on the same [luck](luck) as the run. Together they do not save the sum: two "
        "that keep the same site standing save it once. The list is what the scenario asks about, nothing was searched "
        "for, and the raid does not answer to a measure as an attacker might."
    )
    return [*said, Sentence(alone, is_soft=True)]


def _best(w: Words, found: tuple[Saving, ...]) -> list[str]:
    """The three that save most for sure."""
    best = [saving for saving in found if saving.verdict is Verdict.B_BETTER][:BEST]
    nights = w.counted(max(saving.replicas for saving in found), NIGHT)
    if not best:
        return [w.say("Over {nights}, no measure saves energy that can be told from [luck](luck).", nights=nights)]
    first, *others = best
    mean, low, high = first.saved()
    before = first.rows[ENERGY].paired.mean_a
    says = [
        w.say(
            "{measure} would have saved most: {energy} MWh a night ([95 % confidence](confidence): {range}), {share} "
            "of the [energy not served](energy-not-served), and some of it in {better} of {nights}.",
            measure=_quoted(w, first), energy=w.number(mean), range=w.pair(low, high),
            share=w.percent(mean / before if before > 0.0 else None),
            better=w.percent(first.rows[ENERGY].share_better), nights=nights,
        )
    ]  # fmt: skip
    if others:
        after = [
            w.say("{measure} with {energy} MWh", measure=_quoted(w, saving), energy=w.number(saving.saved()[0]))
            for saving in others
        ]
        says.append(w.say("Next come {measures}.", measures=w.listed(after)))
    cheapest = min((s for s in found if s.eur_per_mwh is not None), key=lambda s: s.eur_per_mwh or 0.0, default=None)
    if cheapest is not None:
        says.append(
            w.say(
                "For its cost {measure} saves most: {cost} EUR for each MWh of one such night.",
                measure=_quoted(w, cheapest),
                cost=w.number(cheapest.eur_per_mwh),
            )
        )
    return says


def _untold(w: Words, untold: list[Saving]) -> list[str]:
    """Those whose interval holds zero, and the run that would tell."""
    told = [_needed(w, saving) for saving in untold]
    return [
        w.say_n(
            len(untold),
            "What {measures} saves cannot be told from [luck](luck) yet.",
            "What {measures} save cannot be told from [luck](luck) yet.",
            measures=w.listed(told),
        )
    ]


def _needed(w: Words, saving: Saving) -> str:
    needed = saving.to_tell
    if needed is None:
        return _quoted(w, saving)
    return w.say(
        "{measure} (about {replicas} in {worlds} would tell)",
        measure=_quoted(w, saving), replicas=w.counted(needed.replicas, REPLICA),
        worlds=w.counted(needed.worlds, WORLD),
    )  # fmt: skip


def _worse(w: Words, found: tuple[Saving, ...]) -> list[str]:
    worse = [_quoted(w, saving) for saving in found if saving.verdict is Verdict.B_WORSE]
    return [w.say("With {measures} more energy was lost than without.", measures=w.listed(worse))] if worse else []


def _no_energy(w: Words, found: tuple[Saving, ...]) -> list[str]:
    """Those that change no energy, and what they save instead."""
    same = [saving for saving in found if saving.verdict is Verdict.SAME]
    if not same:
        return []
    nothing = [saving for saving in same if not _other(w, saving)]
    says = [
        w.say("{measure} saves no energy but {what}.", measure=_quoted(w, saving), what=w.listed(_other(w, saving)))
        for saving in same
        if saving not in nothing
    ]
    if nothing:
        listed = w.listed([_quoted(w, saving) for saving in nothing])
        says.append(
            w.say_n(
                len(nothing),
                "{measures} saves no energy and nothing else that can be told from luck.",
                "{measures} save no energy and nothing else that can be told from luck.",
                measures=listed,
            )
        )
    return says


def _other(w: Words, saving: Saving) -> list[str]:
    """What a measure saves besides energy, where that can be told from luck."""
    sure = {column: saving.saved(column)[0] for column, row in saving.rows.items() if row.verdict is Verdict.B_BETTER}
    found = []
    if HOSPITALS in sure:
        said = w.say("{hours} of hospitals past their [backup](backup) a night", hours=w.counted(sure[HOSPITALS], HOUR))
        found.append(said)
    if EXPOSED in sure:
        found.append(w.say("{people} people [under an impact](exposed) a night", people=w.number(sure[EXPOSED])))
    return found


def _quoted(w: Words, saving: Saving) -> str:
    return w.say("“{name}”", name=saving.name)


def saved(w: Words, found: tuple[Saving, ...]) -> Figure:
    """Ranked bars with their intervals; those that cannot be told from luck are hatched."""
    names = {saving.id: "<br>".join(wrap(safe(saving.name), LABEL)) or saving.id for saving in found}
    data: list[dict[str, Any]] = []
    kinds = (
        (w.say("told from luck"), "@mean", "", [s for s in found if s.verdict is not Verdict.UNTOLD]),
        (w.say("not told from luck"), "@baseline", "/", [s for s in found if s.verdict is Verdict.UNTOLD]),
    )
    hover = w.say(
        "{measure}: {energy} MWh a night ({range}), better in {share} of nights",
        measure="%{y}", energy="%{x:,.3~r}", range="%{customdata[0]}", share="%{customdata[1]}",
    )  # fmt: skip
    for name, colour, shape, savings in kinds:
        if not savings:
            continue
        spans = [saving.saved() for saving in savings]
        more = [[_range(w, saving), w.percent(saving.rows[ENERGY].share_better)] for saving in savings]
        data.append(
            {"type": "bar", "orientation": "h", "name": name, "y": [names[saving.id] for saving in savings],
             "x": [mean for mean, _, _ in spans], "customdata": more, "hovertemplate": hover + "<extra></extra>",
             "marker": {"color": colour, "line": {"width": 0},
                        "pattern": {"shape": shape, "size": 6, "solidity": 0.4}},
             "error_x": {"type": "data", "symmetric": False, "color": "@ink", "thickness": 1.5, "width": 4,
                         "array": [high - mean for mean, _, high in spans],
                         "arrayminus": [mean - low for mean, low, _ in spans]}}
        )  # fmt: skip
    layout = {
        "xaxis": axis(w.say("energy saved a night, MWh"), zeroline=True, zerolinecolor="@soft"),
        "yaxis": {
            "type": "category", "categoryorder": "array", "categoryarray": [names[s.id] for s in reversed(found)],
            "ticks": "", "showgrid": False,
        },
        "bargap": 0.45,
    }  # fmt: skip
    parts = [
        w.say("{measure} {energy} MWh ({range})", measure=saving.name, energy=_text(w, saving.saved()[0]),
              range=_range(w, saving))
        for saving in found
    ]  # fmt: skip
    says = w.sentences(
        [
            w.say("Saved a night, with [95 % confidence](confidence): {measures}.", measures=w.listed(parts)),
            w.say("The lines are where the mean lies with that confidence; a hatched bar's line crosses zero."),
        ]
    )
    title = w.say("Energy saved a night by each measure alone")
    return Figure("saved", title, says, data, layout, AROUND_PX + BAR_PX * len(found), is_tall=True)


def _table(w: Words, found: tuple[Saving, ...]) -> Table:
    rows = []
    for saving in found:
        needed = saving.to_tell if saving.verdict is Verdict.UNTOLD else None
        to_tell = (
            NONE if needed is None else w.say("{n} in {m}", n=w.number(needed.replicas), m=w.number(needed.worlds))
        )
        cells = (
            _text(w, saving.saved()[0]), _range(w, saving), w.percent(saving.rows[ENERGY].share_better),
            _text(w, saving.saved(PEOPLE)[0]), _text(w, saving.saved(HOSPITALS)[0]), _text(w, saving.saved(EXPOSED)[0]),
            w.number(saving.cost_eur), w.number(saving.eur_per_mwh), to_tell,
        )  # fmt: skip
        rows.append(Row(saving.name, tuple(Cell(text) for text in cells), saving.assumption))
    head = (
        w.say("protective measure"), w.say("[MWh](mwh) saved"), w.say("[95 % of mean](confidence)"),
        w.say("nights better"),
        w.say("[person h](person-hour) without power saved"), w.say("hospital hours past [backup](backup) saved"),
        w.say("people [under an impact](exposed) saved"), w.say("cost, EUR"), w.say("EUR for each MWh saved"),
        w.say("replicas and worlds that would tell"),
    )  # fmt: skip
    caption = w.say(
        "Means over the first {nights}, each held against the same night without the measure. All costs are notional.",
        nights=w.counted(max(saving.replicas for saving in found), NIGHT),
    )
    title = w.say_n(len(found), "The one measure in numbers", "All {n} protective measures in numbers")
    return Table("protection-measures", title, head, tuple(rows), caption)


def _range(w: Words, saving: Saving) -> str:
    _, low, high = saving.saved()
    return NONE if math.isnan(low) or math.isnan(high) else w.pair(low, high)


def _text(w: Words, x: float) -> str:
    return NONE if math.isnan(x) else w.number(x)
