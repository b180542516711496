"""Hours without power, household by household: how many people for how long, and where."""

from typing import Any

import numpy as np

from mamori.records import Floats
from mamori.report.figure import Figure, Section, axis
from mamori.report.subject import Subject
from mamori.report.table import Cell, Row, Table
from mamori.report.told import Told
from mamori.report.words import HOUR, Words

MOST_STEPS = 84
MOST_DISTRICTS = 12
MARKS_H = (1.0, 24.0, 72.0)
"""Hours of which the sentence tells how many people are off for longer."""


def section(subject: Subject) -> Section:
    """The households of a run. The public is not shown where it is worst: that would point at the weakest places."""
    w = subject.words
    title = w.say("Hours without power, by household")
    if not subject.has("households", "hours_off"):
        said = w.say("This run was made by an earlier version, which did not keep its households: run it again.")
        return Section("households", title, missing=(said,))
    hours, share = off_for_longer(subject)
    if not len(hours):
        return Section("households", title, missing=(w.say("Nobody lives in this scenario, or no hour is followed."),))
    tables = () if subject.is_public else (_worst(subject),)
    return Section("households", title, figures=(_chart(subject, hours, share),), tables=tables)


def off_for_longer(subject: Subject) -> tuple[Floats, Floats]:
    """(X,) hours, and (R, X) the share of the people who are without power for longer; empty where nobody is."""
    rows = subject.read("households", ["replica", "people", "hours_off"])
    people, off = rows["people"].to_numpy(), rows["hours_off"].to_numpy()
    replica, row = np.unique(rows["replica"].to_numpy(), return_inverse=True)
    horizon = subject.horizon_h
    total = np.bincount(row, people, minlength=len(replica))
    if not horizon or not total.any():
        return np.empty(0), np.empty((len(replica), 0))
    step = max(1, -(-horizon // MOST_STEPS))
    hours = np.unique([*np.arange(0.0, horizon + 1.0, step), *(mark for mark in MARKS_H if mark <= horizon)])
    # a household counts in all columns whose hours are less than its own
    at = np.searchsorted(hours, off - 1e-9, side="left")
    counted = np.zeros((len(replica), len(hours) + 1))
    np.add.at(counted, (row, at), people)
    longer = counted[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    return hours, longer / total[:, np.newaxis]


def _chart(subject: Subject, hours: Floats, share: Floats) -> Figure:
    w = subject.words
    mean = share.mean(axis=0)
    low, high = np.quantile(share, [0.05, 0.95], axis=0)
    x = hours.tolist()
    edge = {
        "type": "scatter", "mode": "lines", "x": x,
        "line": {"width": 0, "color": "@mean", "shape": "hv"}, "hoverinfo": "skip",
        "legendgroup": "band",
    }  # fmt: skip
    data: list[dict[str, Any]] = [
        {**edge, "y": 100.0 * low, "showlegend": False},
        {**edge, "y": 100.0 * high, "fill": "tonexty", "fillcolor": "@band", "name": w.say("9 nights in 10")},
        _line(w, w.say("mean"), x, 100.0 * mean, colour="@mean"),
    ]
    most = float(high.max(initial=0.0))
    if subject.baseline is not None and subject.baseline.has("households", "hours_off"):
        x_bare, bare = off_for_longer(subject.baseline)
        without = bare.mean(axis=0)
        data.append(_line(w, w.say("mean without defence"), x_bare.tolist(), 100.0 * without, "@baseline", "dash"))
        most = max(most, float(without.max(initial=0.0)))
    dtick = 24 if hours[-1] > 72 else 6 if hours[-1] > 12 else 1
    layout = {
        "xaxis": axis(w.say("hours without power, all together"), dtick=dtick, range=[0.0, float(hours[-1])]),
        "yaxis": axis(w.say("people without power for longer, %"), range=[0.0, min(100.0, 105.0 * most) or 1.0]),
    }
    says = w.sentences([_told(w, hours, mean, high), _worst_off(subject)])
    title = w.say("How many people are without power, and for how long")
    return Figure("hours-off", title, says, data, layout, 400)


def _line(w: Words, name: str, x: list[float], y: Floats, colour: str, dash: str = "solid") -> dict[str, Any]:
    hover = w.say(
        "{what}: {share} % of people<br>for more than {hours} h", what=name, share="%{y:.3~g}", hours="%{x:.3~g}"
    )
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": x, "y": y,
        "line": {"color": colour, "dash": dash, "width": 2.5 if dash == "solid" else 1.8, "shape": "hv"},
        "hovertemplate": hover + "<extra></extra>",
    }  # fmt: skip


def _told(w: Words, hours: Floats, mean: Floats, high: Floats) -> str:
    parts = []
    for mark in MARKS_H:
        (found,) = np.flatnonzero(hours == mark) if mark in hours else (None,)
        if found is not None:
            parts.append(
                w.say(
                    "{share} for more than {hours} ({many} or more in one night in twenty)",
                    share=w.percent(float(mean[found])), hours=w.counted(mark, HOUR),
                    many=w.percent(float(high[found])),
                )
            )  # fmt: skip
    if not parts:
        return ""
    return w.say("Of all people, on average, are without power: {parts}.", parts=w.listed(parts))


def _worst_off(subject: Subject) -> str:
    w, told = subject.words, Told(subject)
    name = "household_hours_off_p95"
    if told.value(name, "mean") is None:
        return ""
    return w.say(
        "One person in twenty is without power for {hours} or longer, mean of all nights.",
        hours=told.hours(name, "mean"),
    )


def _worst(subject: Subject) -> Table:
    """The districts that are longest without power."""
    w = subject.words
    rows = subject.read("districts", ["replica", "district", "people", "hours_off"])
    name = np.array(rows["district"].to_pylist(), dtype=str)
    people, off = rows["people"].to_numpy(), rows["hours_off"].to_numpy()
    ids, row = np.unique(name, return_inverse=True)
    order = np.argsort(row, kind="stable")
    by_district = off[order].reshape(len(ids), -1)
    here = dict(zip(name.tolist(), people.tolist(), strict=True))
    called = {} if subject.scenario is None else {d.id: d.name or d.id for d in subject.scenario.world.districts}
    mean = by_district.mean(axis=1)
    low, high = np.quantile(by_district, [0.05, 0.95], axis=1)
    worst = sorted(range(len(ids)), key=lambda i: (-mean[i], ids[i]))[:MOST_DISTRICTS]
    lines = tuple(
        Row(
            called.get(str(ids[i]), str(ids[i])),
            (
                Cell(w.number(float(here[str(ids[i])]))),
                *(Cell(w.number(float(x[i])), key, (float(x[i]),)) for key, x in _columns(low, mean, high)),
            ),
        )
        for i in worst
    )
    head = (
        w.say("district"), w.say("people"), w.say("[p5](percentile)"), w.say("mean"), w.say("[p95](percentile)"),
    )  # fmt: skip
    title = w.say_n(len(lines), "The district longest without power", "The {n} districts longest without power")
    caption = w.say("Hours without power of a household there, mean over its groups in the rota, over all nights.")
    return Table("districts-longest-off", title, head, lines, caption)


def _columns(low: Floats, mean: Floats, high: Floats) -> tuple[tuple[str, Floats], ...]:
    return ("p5", low), ("mean", mean), ("p95", high)
