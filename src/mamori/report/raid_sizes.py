"""The raid at other sizes: how many come through, and the knee from which on defence is full."""

from itertools import pairwise
from typing import Any

from mamori.report.figure import Figure, axis, pattern, safe
from mamori.report.names import class_name
from mamori.report.prose import fact
from mamori.report.subject import Subject
from mamori.report.theme import SYMBOLS
from mamori.report.words import KINDS, NIGHT, Words

Sizes = dict[str, Any]


def through(subject: Subject, sizes: Sizes) -> Figure:
    """Leakers against the size of the raid: mean, band, by class, and the knee."""
    w = subject.words
    x = [100.0 * size for size in sizes["size"]]
    edge = {
        "type": "scatter", "mode": "lines", "x": x, "line": {"width": 0, "color": "@mean"}, "hoverinfo": "skip",
        "legendgroup": "band",
    }  # fmt: skip
    data: list[dict[str, Any]] = [
        {**edge, "y": sizes["leaked_p5"], "showlegend": False},
        {**edge, "y": sizes["leaked_p95"], "fill": "tonexty", "fillcolor": "@band", "name": w.say("9 nights in 10")},
        _line(w, w.say("all classes"), x, sizes["leaked"], colour="@mean", symbol="circle", width=3.0),
    ]
    for name, kind in _by_kind(subject, sizes):
        label = safe(class_name(w, name))
        y = sizes["by_class"][name]["leaked"]
        data.append(_line(w, label, x, y, colour=f"@{kind}", dash="dot", symbol=SYMBOLS[kind]))
    layout: dict[str, Any] = {
        "xaxis": axis(w.say("size of the raid, % of the raid as written"), rangemode="tozero"),
        "yaxis": axis(w.say("threats that came down working"), rangemode="tozero"),
        "shapes": [], "annotations": [],
    }  # fmt: skip
    if sizes["knee"] is not None:
        layout["shapes"].append(
            {"type": "line", "xref": "x", "yref": "paper", "x0": 100.0 * sizes["knee"], "x1": 100.0 * sizes["knee"],
             "y0": 0, "y1": 1, "line": {"color": "@night", "width": 1.5, "dash": "dash"}}
        )  # fmt: skip
        layout["annotations"].append(
            {"text": w.say("knee"), "xref": "x", "yref": "paper", "x": 100.0 * sizes["knee"], "y": 1.0,
             "xanchor": "left", "yanchor": "top", "showarrow": False, "font": {"color": "@night"}}
        )  # fmt: skip
    few = w.say(
        "These are {nights}, followed at all sizes: by luck they differ from the mean of all nights.",
        nights=w.counted(sizes["n_replicas"], NIGHT),
    )
    says = w.sentences([*_at(w, sizes), _knee(w, sizes), _of_classes(subject, sizes), few])
    return Figure("raid-size", w.say("How many come through, by the size of the raid"), says, data, layout, 440)


def added(subject: Subject, sizes: Sizes) -> Figure:
    """Step by step, the share of what is added that comes through."""
    w = subject.words
    edges = [0.0, *sizes["size"]]
    steps = [
        w.say("{low} to {high} %", low=w.number(100.0 * low), high=w.number(100.0 * high))
        for low, high in pairwise(edges)
    ]
    share = [None if x is None else 100.0 * x for x in sizes["marginal"]]
    hover = w.say("from {step} of the raid: {share} % of what is added", step="%{x}", share="%{y:.3~g}")
    data = []
    looks: tuple[tuple[bool, str, dict[str, Any]], ...] = (
        (False, w.say("half or less"), {"color": "@mean"}),
        (True, w.say("more than half"), {"color": "@leaked", "pattern": pattern("/")}),
    )
    for is_over, name, look in looks:
        y = [x if x is not None and (x > 50.0) == is_over else None for x in share]
        if any(x is not None for x in y):
            data.append(
                {"type": "bar", "x": steps, "y": y, "name": name, "marker": look | {"line": {"width": 0}},
                 "hovertemplate": hover + "<extra></extra>"}
            )  # fmt: skip
    half = {"color": "@ink", "width": 1.5, "dash": "dot"}
    step = w.say("step in size, % of the raid as written")
    layout = {
        "barmode": "overlay",
        "xaxis": axis(step, type="category", categoryarray=steps, tickangle=-30),
        "yaxis": axis(w.say("comes through of what is added, %"), rangemode="tozero"),
        "shapes": [{"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": 50, "y1": 50, "line": half}],
    }  # fmt: skip
    known = [(step, x) for step, x in zip(steps, share, strict=True) if x is not None]
    says = [
        w.say("Of the threats that would come down working without defence, and by which each size is larger than the "
              "one before, {first} come through in the step {first_step} and {last} in the step {last_step}.",
              first=w.percent(known[0][1] / 100.0), first_step=known[0][0],
              last=w.percent(known[-1][1] / 100.0), last_step=known[-1][0]) if known else "",
        w.say("The dotted line is one half: the first step above it begins at the [knee](knee).")
        if sizes["knee"] is not None
        else w.say("The dotted line is one half: no step is above it, so there is no [knee](knee)."),
    ]  # fmt: skip
    return Figure("raid-added", w.say("What comes through of what is added"), w.sentences(says), data, layout, 360)


def _by_kind(subject: Subject, sizes: Sizes) -> list[tuple[str, str]]:
    """Classes with their kind, in the order of legends."""
    rows = subject.read("threats", ["class", "kind"]).group_by(["class", "kind"]).aggregate([])
    kind_of = dict(zip(rows["class"].to_pylist(), rows["kind"].to_pylist(), strict=True))
    order = list(KINDS)
    return sorted(
        ((name, kind_of[name]) for name in sizes["by_class"] if kind_of.get(name) in KINDS),
        key=lambda found: (order.index(found[1]), found[0]),
    )


def _line(
    w: Words, name: str, x: list[float], y: list[float], *, colour: str, symbol: str, dash: str = "solid",
    width: float = 1.8,
) -> dict[str, Any]:  # fmt: skip
    hover = w.say("{what}: {number} at {size} % of the raid", what=name, number="%{y:.3~g}", size="%{x:.3~g}")
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "x": x, "y": y,
        "line": {"color": colour, "dash": dash, "width": width},
        "marker": {"color": colour, "symbol": symbol, "size": 7},
        "hovertemplate": hover + "<extra></extra>",
    }  # fmt: skip


def _at(w: Words, sizes: Sizes) -> list[str]:
    """What comes through at the size as written, where it was followed, and at the largest."""
    size = sizes["size"]
    return [
        w.say(
            "At {size} of the raid as written, {through} of {launched} come down working, and {bare} would "
            "[without defence](baseline).",
            size=w.percent(size[z]),
            through=fact(w.number(sizes["leaked"][z]), f"raid_sizes/leaked/{z}", sizes["leaked"][z]),
            launched=fact(w.number(sizes["launched"][z]), f"raid_sizes/launched/{z}", sizes["launched"][z]),
            bare=fact(w.number(sizes["undefended"][z]), f"raid_sizes/undefended/{z}", sizes["undefended"][z]),
        )
        for z in sorted({size.index(1.0) if 1.0 in size else 0, len(size) - 1})
    ]


def _knee(w: Words, sizes: Sizes) -> str:
    knee, largest = sizes["knee"], w.percent(sizes["size"][-1])
    if knee is None:
        said = w.say(
            "Up to {largest} defence still stops at least half of what is added at each step: there is no "
            "[knee](knee) up to there.",
            largest=largest,
        )
    elif knee == 0.0:
        said = w.say(
            "There is no room before the [knee](knee): even of the smallest raid that was followed more than half "
            "comes through of what would without defence."
        )
    else:
        said = w.say(
            "The [knee](knee) is at {size}: of what is added beyond it, more than half comes through of what would "
            "without defence.",
            size=fact(w.percent(knee), "raid_sizes/knee", knee),
        )
    return w.sentences([said, _how_sure(w, sizes, largest)])


def _how_sure(w: Words, sizes: Sizes, largest: str) -> str:
    if sizes["knee_interval_95"] is None:
        return w.say("One night does not say how sure that is.")
    low, high = sizes["knee_interval_95"]
    if low is None:
        return ""
    values = {"low": w.percent(low), "largest": largest}
    if high is None:
        return w.say(
            "With [95 % confidence](confidence) it lies at {low} or beyond, perhaps past {largest}: few raids were "
            "followed at all sizes.",
            **values,
        )
    if low == high:
        return w.say("With [95 % confidence](confidence) it is the same step.")
    return w.say("With [95 % confidence](confidence) it lies between {low} and {high}.", **values, high=w.percent(high))


def _of_classes(subject: Subject, sizes: Sizes) -> str:
    w = subject.words
    found = [
        w.say("{class_name} at {size}", class_name=class_name(w, name), size=w.percent(sizes["by_class"][name]["knee"]))
        for name, _ in _by_kind(subject, sizes)
        if sizes["by_class"][name]["knee"] is not None
    ]
    if not found:
        return ""
    return w.say("Class by class there are knees: {classes}.", classes=w.listed(found))
