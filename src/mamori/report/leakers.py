"""Who got through: how many of each class, why, and how many of a smaller or larger raid."""

from typing import Any

import numpy as np
import pyarrow.compute as pc

from mamori.language.message import noun, term
from mamori.raid.measures import column_name
from mamori.report.figure import Figure, Section, axis, pattern, safe
from mamori.report.names import class_name
from mamori.report.prose import fact
from mamori.report.raid_sizes import added, through
from mamori.report.subject import Subject
from mamori.report.words import KINDS, Words

LEAKER = noun("leaker", "leakers")
FATES = (
    ("leaked", "@leaked", "", term("came down working")),
    ("stopped", "@stopped", "", term("stopped by defence")),
    ("failed", "@failed", "/", term("failed of itself, or could not reach its aim")),
)
"""Fate, colour, pattern, and what it is called."""
WHY = {
    "not seen": (term("not seen"), term("{n} of which no sensor had a track")),
    "out of reach": (term("out of reach"), term("{n} that flew through no battery's [envelope](envelope)")),
    "too late": (term("too late"), term("{n} tracked too late for any launch")),
    "lost from sight": (term("lost from sight"), term("{n} that no sensor saw any more when they came into reach")),
    "silenced": (term("silenced"), term("{n} because batteries, command posts or sensors were lost by then")),
    "held back": (term("held back"), term("{n} at which the rules of engagement or doctrine held fire")),
    "no shot": (term("no shot loaded"), term("{n} because [magazines](magazine) were spent or being reloaded")),
    "no channel": (term("no channel free"), term("{n} because every [channel](channel) was busy")),
    "missed": (term("missed"), term("{n} that were shot at and missed")),
}
"""Reasons in the order of the chain from sight to kill: what each is called, and what is said of those who had it."""
PATTERNS = ("", "/", "x", ".", "+", "-", "|")


def section(subject: Subject) -> Section | None:
    """Who got through; none for the public, for it says what defence lacks."""
    if subject.is_public:
        return None
    w = subject.words
    title = w.say("Who got through, and why")
    if not subject.threats_per_night:
        return Section("leakers", title, missing=(w.say("No threat was launched: nothing could come through."),))
    missing = []
    figures = [fates(subject)]
    if subject.has("threats", "why"):
        figures.append(reasons(subject))
    sizes = subject.summary.get("raid_sizes")
    if sizes:
        figures += [through(subject, sizes), added(subject, sizes)]
    else:
        missing.append(
            w.say(
                "The raid was not followed at other sizes: the scenario's run.raid_sizes names none, or the run is old."
            )
        )
    return Section("leakers", title, missing=tuple(missing), figures=tuple(figures))


def classes(subject: Subject) -> dict[str, tuple[int, float]]:
    """Classes of the raid in the order of legends: place in `KINDS` of each, and how many come in a mean night."""
    rows = subject.read("threats", ["class", "kind"]).group_by(["class", "kind"]).aggregate([([], "count_all")])
    kinds = list(KINDS)
    found = sorted(
        (kinds.index(kind), name, n / subject.n_replicas)
        for name, kind, n in zip(*(rows[c].to_pylist() for c in ("class", "kind", "count_all")), strict=True)
        if kind in kinds
    )
    return {name: (kind, n) for kind, name, n in found}


def look(of: dict[str, tuple[int, float]], name: str) -> dict[str, Any]:
    """Colour by the kind of a class, and a hatching of its own."""
    shape = PATTERNS[list(of).index(name) % len(PATTERNS)]
    return {"color": f"@{list(KINDS)[of[name][0]]}", "line": {"width": 0}, "pattern": pattern(shape)}


def fates(subject: Subject) -> Figure:
    """Shares of each class that came through, were stopped and failed, with the band of what came through."""
    w, of = subject.words, classes(subject)
    names = [class_name(w, name) for name in of]
    share: dict[str, list[float]] = {fate: [] for fate, *_ in FATES}
    over: list[float] = []
    under: list[float] = []
    parts = []
    for name, (_, launched) in of.items():
        stopped, failed = (subject.column(f"{fate}_fraction_{column_name(name)}") for fate in ("stopped", "failed"))
        is_there = ~np.isnan(stopped)
        leaked = 1.0 - stopped[is_there] - failed[is_there]
        for fate, values in (("leaked", leaked), ("stopped", stopped[is_there]), ("failed", failed[is_there])):
            share[fate].append(100.0 * float(values.mean()))
        low, high = (100.0 * float(x) for x in np.quantile(leaked, [0.05, 0.95]))
        over.append(max(high - share["leaked"][-1], 0.0))
        under.append(max(share["leaked"][-1] - low, 0.0))
        entry = subject.summary["leakers"][name]
        path = f"leakers/{name}"
        parts.append(
            w.say(
                "{class_name}: {through} of {launched} ({low} to {high} in 9 nights of 10)",
                class_name=class_name(w, name),
                through=fact(w.number(entry["mean"]), f"{path}/mean", entry["mean"]),
                launched=w.number(launched),
                low=fact(w.number(entry["p5"]), f"{path}/p5", entry["p5"]),
                high=fact(w.number(entry["p95"]), f"{path}/p95", entry["p95"]),
            )
        )
    data: list[dict[str, Any]] = []
    rows = [safe(name) for name in names]
    for fate, colour, shape, text in FATES:
        label = w.term(text)
        hover = w.say("{what}: {share} % of {class_name}", what=label, share="%{x:.3~g}", class_name="%{y}")
        data.append(
            {"type": "bar", "orientation": "h", "name": label, "x": share[fate], "y": rows,
             "marker": {"color": colour, "line": {"width": 0}, "pattern": pattern(shape)},
             "hovertemplate": hover + "<extra></extra>"}
        )  # fmt: skip
    band = w.say("came down working, 9 nights in 10")
    data.append(
        {"type": "scatter", "mode": "markers", "name": band, "x": share["leaked"], "y": rows, "hoverinfo": "skip",
         "marker": {"color": "@ink", "symbol": "line-ns-open", "size": 10},
         "error_x": {"type": "data", "array": over, "arrayminus": under, "color": "@ink", "thickness": 2, "width": 6}}
    )  # fmt: skip
    layout = {
        "barmode": "stack", "bargap": 0.35,
        "xaxis": axis(w.say("share of the class, %"), range=[0.0, 100.5]),
        "yaxis": axis(w.say("class"), autorange="reversed", type="category"),
    }  # fmt: skip
    says = w.say("Came down working in a mean night, of those launched: {classes}.", classes=w.listed(parts))
    title = w.say("What became of the threats, by class")
    return Figure("fates", title, says, data, layout, 150 + 52 * len(of))


def reasons(subject: Subject) -> Figure:
    """Leakers of a mean night by reason, stacked by class."""
    w, of = subject.words, classes(subject)
    rows = subject.read("threats", ["class", "why"])
    rows = rows.filter(pc.is_valid(rows["why"])).group_by(["class", "why"]).aggregate([([], "count_all")])
    count = {
        (name, why): n / subject.n_replicas
        for name, why, n in zip(*(rows[c].to_pylist() for c in ("class", "why", "count_all")), strict=True)
    }
    total = {why: sum(n for (_, own), n in count.items() if own == why) for why in WHY}
    shown = [why for why in WHY if total[why] > 0.0]
    labels = [w.term(WHY[why][0]) for why in shown]
    data = []
    for name in of:
        label = class_name(w, name)
        if not any(count.get((name, why)) for why in shown):
            continue
        hover = w.say("{what}, {why}: {number} a night", what=safe(label), why="%{y}", number="%{x:.3~g}")
        x = [count.get((name, why), 0.0) for why in shown]
        data.append(
            {"type": "bar", "orientation": "h", "name": safe(label), "x": x, "y": labels, "marker": look(of, name),
             "hovertemplate": hover + "<extra></extra>"}
        )  # fmt: skip
    layout = {
        "barmode": "stack", "bargap": 0.3,
        "xaxis": axis(w.say("threats in a mean night"), rangemode="tozero"),
        "yaxis": axis(w.say("why"), autorange="reversed", type="category"),
    }  # fmt: skip
    says = w.sentences([_most(w, total), _one_reason(w)])
    return Figure("why", w.say("Why they got through"), says, data, layout, 170 + 38 * max(len(shown), 2))


def _most(w: Words, total: dict[str, float]) -> str:
    ranked = sorted((why for why in total if total[why] > 0.0), key=lambda why: -total[why])
    if not ranked:
        return w.say("In no night did a threat come down working.")
    parts = []
    for why in ranked:
        number = fact(w.number(total[why]), f"leakers_by_reason/{why.replace(' ', '_')}/mean", total[why])
        parts.append(w.say(WHY[why][1], n=number))
    all_of_them = w.counted(sum(total.values()), LEAKER)
    return w.say("Of {leakers} in a mean night: {parts}.", leakers=all_of_them, parts=w.listed(parts))


def _one_reason(w: Words) -> str:
    return w.say(
        "Each has one reason: of the links sight, reach, time, survival, shot, channel and hit, the one at which the "
        "battery failed that came nearest to stopping it."
    )
