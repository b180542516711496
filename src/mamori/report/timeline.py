"""The raid in minutes: one night event by event, and the mean of all nights."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow.compute as pc

from mamori.records import Floats, Ints
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.subject import Subject
from mamori.report.theme import SYMBOLS
from mamori.report.words import KINDS, counted, listed, number

LANES = (
    ("launched", "threats", "launch_s", "launched"),
    ("tracked", "threats", "tracked_s", "first tracked"),
    ("alarms", "warnings", "start_s", "alarms in districts"),
    ("shots", "engagements", "launch_s", "salvoes fired"),
    ("down", "impacts", "time_s", "came down"),
)
"""What happens, from which table and column, and how it is called; alarms are not of one kind of threat."""
WIDTHS_MIN = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 360.0, 1440.0)
MOST_BINS = 60
LANE = 1.0
SPREAD = 0.16


def section(subject: Subject) -> Section:
    """The time line of a run."""
    if not subject.threats_per_night:
        return Section(
            "timeline", "The raid, minute by minute", missing=("No threat was launched: there is no time line.",)
        )
    return Section(
        "timeline", "The raid, minute by minute", figures=(one_night(subject, subject.night), all_nights(subject))
    )


def one_night(subject: Subject, replica: int) -> Figure:
    """Every event of one replica in its lane; kinds lie above each other within a lane."""
    events = {name: _events(subject, table, column, replica) for name, table, column, _ in LANES}
    data: list[dict[str, Any]] = []
    for code, kind in enumerate(KINDS):
        minutes: list[float] = []
        height: list[float] = []
        text: list[str] = []
        for lane, (name, _, _, words) in enumerate(LANES):
            times, kinds, labels = events[name]
            for i in np.flatnonzero(kinds == code).tolist():
                minutes.append(times[i])
                height.append(-lane * LANE + SPREAD * (1.5 - code))
                text.append(f"{safe(labels[i])}, {words}")
        if minutes:
            data.append(_points(KINDS[kind][1], minutes, height, text, colour=f"@{kind}", symbol=SYMBOLS[kind]))
    times, _, labels = events["alarms"]
    if len(times):
        lane = [name for name, *_ in LANES].index("alarms")
        y = [-lane * LANE] * len(times)
        names = [f"{safe(name)}, alarm" for name in labels]
        data.append(_points("alarms", times.tolist(), y, names, colour="@alarm", symbol="line-ns-open"))
    layout = {
        "xaxis": axis("minutes after the raid's zero hour", rangemode="tozero"),
        "yaxis": {
            "tickvals": [-i * LANE for i in range(len(LANES))],
            "ticktext": [words.replace(" in ", "<br>in ") for *_, words in LANES],
            "range": [-(len(LANES) - 0.5) * LANE, 0.5 * LANE],
            "zeroline": False,
            "title": {"text": ""},
        },
    }
    says = f"Replica {replica}, the night whose energy not served is nearest the median: {_told(events)}."
    return Figure("one-night", "One typical night, event by event", says, data, layout, 430)


def _points(name: str, x: list[float], y: list[float], text: list[str], *, colour: str, symbol: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "text": text,
        "hovertemplate": "%{text}<br>minute %{x:.1f}<extra></extra>",
        "marker": {
            "color": colour, "symbol": symbol, "size": 7, "opacity": 0.75, "line": {"width": 1, "color": colour},
        },
    }  # fmt: skip


def _told(events: dict[str, tuple[Floats, Ints, list[str]]]) -> str:
    parts = []
    for name, _, _, words in LANES:
        times = events[name][0]
        if len(times):
            first, last = number(float(times.min())), number(float(times.max()))
            when = f"minute {first}" if first == last else f"minutes {first} to {last}"
            parts.append(f"{number(float(len(times)))} {words} in {when}")
        else:
            parts.append(f"no {words}")
    return listed(parts)


def _events(subject: Subject, table: str, column: str, replica: int) -> tuple[Floats, Ints, list[str]]:
    """Minutes, kinds (-1 for alarms) and names of one lane's events in one replica."""
    who = "district" if table == "warnings" else "threat"
    rows = subject.read(table, [who, column], replica)
    rows = rows.filter(pc.is_valid(rows[column]))
    kinds = np.full(len(rows), -1, dtype=np.int64) if table == "warnings" else subject.kinds(rows[who])
    return np.asarray(rows[column].to_numpy(), dtype=np.float64) / 60.0, kinds, rows[who].to_pylist()


def all_nights(subject: Subject) -> Figure:
    """Events in a mean night by bins of minutes, stacked by kind, a row for each kind of event."""
    counts = {name: _counts(subject, table, column) for name, table, column, _ in LANES}
    first = min((min(c[0], default=0) for c in counts.values()), default=0)
    last = max((max(c[0], default=0) for c in counts.values()), default=0)
    width = next((w for w in WIDTHS_MIN if (last - first + 1) / w <= MOST_BINS), WIDTHS_MIN[-1])
    data: list[dict[str, Any]] = []
    seen: set[str] = set()
    layout: dict[str, Any] = {
        "barmode": "stack", "bargap": 0.05, "annotations": [],
        "xaxis": axis("minutes after the raid's zero hour", anchor="y" if len(LANES) == 1 else f"y{len(LANES)}"),
    }  # fmt: skip
    for row, (name, _, _, words) in enumerate(LANES):
        ref = "y" if row == 0 else f"y{row + 1}"
        top = 1.0 - row / len(LANES)
        unit = "districts" if name == "alarms" else "salvoes" if name == "shots" else "threats"
        layout["yaxis" + ref[1:]] = axis(
            unit, domain=[top - 0.80 / len(LANES), top - 0.06 / len(LANES)], rangemode="tozero", nticks=3, anchor="x"
        )
        layout["annotations"].append(
            {"text": words, "xref": "paper", "yref": "paper", "x": 0.005, "y": top, "xanchor": "left",
             "yanchor": "middle", "showarrow": False}
        )  # fmt: skip
        for label, colour, x, y in _bars(counts[name], width, subject.n_replicas, is_alarm=name == "alarms"):
            data.append(
                {"type": "bar", "name": label, "legendgroup": label, "showlegend": label not in seen, "x": x, "y": y,
                 "yaxis": ref, "width": width, "marker": {"color": colour, "line": {"width": 0}},
                 "hovertemplate": f"{label}, {words}: %{{y:.3~g}} a night<br>about minute %{{x:.0f}}<extra></extra>"}
            )  # fmt: skip
            seen.add(label)
    totals = {name: sum(c[2]) / subject.n_replicas for name, c in counts.items()}
    parts = [f"{number(totals[name])} {words}" for name, _, _, words in LANES]
    busiest = counts["down"]
    says = f"The mean of {counted(subject.n_replicas, 'night', 'nights')}: {listed(parts)}."
    if busiest[0]:
        at = np.average(busiest[0], weights=busiest[2])
        says += f" What came down did so about minute {number(float(at))} on average."
    return Figure(
        "all-nights",
        f"The mean of all nights, in steps of {number(width)}\N{NO-BREAK SPACE}min",
        says,
        data,
        layout,
        640,
    )


def _counts(subject: Subject, table: str, column: str) -> tuple[list[int], list[int], list[int]]:
    """Minute, kind (-1 for alarms) and number of events, over all replicas; as many as there are different minutes."""
    who = None if table == "warnings" else "threat"
    rows = subject.read(table, [column] if who is None else [who, column])
    is_there = pc.is_valid(rows[column])
    minute = np.floor(rows[column].filter(is_there).to_numpy() / 60.0).astype(np.int64)
    kind = np.full(len(minute), -1, dtype=np.int64) if who is None else subject.kinds(rows[who].filter(is_there))
    pairs, number_of = np.unique(minute * 8 + kind + 1, return_counts=True)
    return (pairs // 8).tolist(), (pairs % 8 - 1).tolist(), number_of.tolist()


def _bars(
    counts: tuple[list[int], list[int], list[int]], width: float, n_replicas: int, *, is_alarm: bool
) -> Iterator[tuple[str, str, list[float], list[float]]]:
    minute, kind, n = (np.asarray(c, dtype=np.int64) for c in counts)
    names = [("alarms", "@alarm", -1)] if is_alarm else [(KINDS[k][1], f"@{k}", i) for i, k in enumerate(KINDS)]
    for label, colour, code in names:
        mine = kind == code
        if mine.any():
            at, which = np.unique(np.floor(minute[mine] / width).astype(np.int64), return_inverse=True)
            mean = np.bincount(which, n[mine]) / n_replicas
            yield label, colour, ((at + 0.5) * width).tolist(), mean.tolist()
