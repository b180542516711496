"""The raid in minutes: one night event by event, and the mean of all nights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from mamori.language.message import noun, term
from mamori.records import Floats, Ints
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.subject import Subject
from mamori.report.theme import SYMBOLS
from mamori.report.words import KIND_NAMES, KINDS, NIGHT, Noun, Words

Told = dict[str, tuple[Floats, Ints, list[str]]]


@dataclass(frozen=True)
class Lane:
    """One kind of event.

    table, column: where its times stand; label: of its row, short lines; of: what happened, as a noun that is counted;
    none: the same where it never happened; unit: what is counted
    """

    table: str
    column: str
    label: str
    of: Noun
    none: str
    unit: str

    def said(self, w: Words) -> str:
        """What happened, in one line."""
        return w.term(self.label).replace("<br>", " ")

    @property
    def is_alarm(self) -> bool:
        """Alarms are not of one kind of threat."""
        return self.table == "warnings"


LANES = {
    "launched": Lane(
        "threats", "launch_s", term("launched"), noun("launch", "launches"), term("no launches"), term("threats")
    ),
    "tracked": Lane(
        "threats", "tracked_s", term("first tracked"), noun("first track", "first tracks"), term("no first tracks"),
        term("threats"),
    ),
    "alarms": Lane(
        "warnings", "start_s", term("alarms in<br>districts"), noun("alarm in a district", "alarms in districts"),
        term("no alarms in districts"), term("districts"),
    ),
    "shots": Lane(
        "engagements", "launch_s", term("salvoes<br>fired"), noun("salvo fired", "salvoes fired"),
        term("no salvoes fired"), term("salvoes"),
    ),
    "down": Lane(
        "impacts", "time_s", term("came down"), noun("impact", "impacts"), term("no impacts"), term("threats")
    ),
}  # fmt: skip
WIDTHS_MIN = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 360.0, 1440.0)
MOST_BINS = 60
LANE = 1.0
SPREAD = 0.16


def section(subject: Subject) -> Section | None:
    """The time line of a run; none for the public, for it says when defence sees and how often it shoots."""
    if subject.is_public:
        return None
    w = subject.words
    title = w.say("The raid, minute by minute")
    if not subject.threats_per_night:
        missing = (w.say("No threat was launched: there is no time line."),)
        return Section("timeline", title, missing=missing)
    return Section("timeline", title, figures=(one_night(subject, subject.night), all_nights(subject)))


def one_night(subject: Subject, replica: int) -> Figure:
    """Every event of one replica in its lane; kinds lie above each other within a lane."""
    w = subject.words
    events = {name: _events(subject, lane, replica) for name, lane in LANES.items()}
    called = {name: lane.said(w) for name, lane in LANES.items()}
    data: list[dict[str, Any]] = []
    for code, kind in enumerate(KINDS):
        minutes: list[float] = []
        height: list[float] = []
        text: list[str] = []
        for row, (name, (times, kinds, labels)) in enumerate(events.items()):
            for i in np.flatnonzero(kinds == code).tolist():
                minutes.append(times[i])
                height.append(-row * LANE + SPREAD * (1.5 - code))
                text.append(f"{safe(labels[i])}, {called[name]}")
        if minutes:
            data.append(
                _points(w, w.term(KIND_NAMES[kind]), minutes, height, text, colour=f"@{kind}", symbol=SYMBOLS[kind])
            )
    times, _, labels = events["alarms"]
    if len(times):
        y = [-list(LANES).index("alarms") * LANE] * len(times)
        names = [f"{safe(name)}, {w.say('alarm')}" for name in labels]
        data.append(_points(w, w.say("alarms"), times.tolist(), y, names, colour="@alarm", symbol="line-ns-open"))
    layout = {
        "xaxis": axis(w.say("minutes after the raid's zero hour"), rangemode="tozero"),
        "yaxis": {
            "tickvals": [-i * LANE for i in range(len(LANES))],
            "ticktext": [w.term(lane.label) for lane in LANES.values()],
            "range": [-(len(LANES) - 0.5) * LANE, 0.5 * LANE],
            "zeroline": False,
            "title": {"text": ""},
        },
    }
    says = w.say(
        "Replica {replica}, the [night](night) whose [energy not served](energy-not-served) is nearest the median: "
        "{events}.",
        replica=replica, events=w.listed(_told(w, events)),
    )  # fmt: skip
    return Figure("one-night", w.say("One typical night, event by event"), says, data, layout, 430)


def _points(
    w: Words, name: str, x: list[float], y: list[float], text: list[str], *, colour: str, symbol: str
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "text": text,
        "hovertemplate": "%{text}<br>" + w.say("minute {x}", x="%{x:.1f}") + "<extra></extra>",
        "marker": {
            "color": colour, "symbol": symbol, "size": 7, "opacity": 0.75, "line": {"width": 1, "color": colour},
        },
    }  # fmt: skip


def _told(w: Words, events: Told) -> list[str]:
    parts = []
    for name, lane in LANES.items():
        times = events[name][0]
        if not len(times):
            parts.append(w.term(lane.none))
            continue
        first, last = w.number(float(times.min())), w.number(float(times.max()))
        counted = w.counted(float(len(times)), lane.of)
        parts.append(
            w.say("{events} in minute {first}", events=counted, first=first)
            if first == last
            else w.say("{events} in minutes {first} to {last}", events=counted, first=first, last=last)
        )
    return parts


def _events(subject: Subject, lane: Lane, replica: int) -> tuple[Floats, Ints, list[str]]:
    """Minutes, kinds (-1 for alarms) and names of one lane's events in one replica."""
    who = "district" if lane.is_alarm else "threat"
    rows = subject.read(lane.table, [who, lane.column], replica)
    rows = rows.filter(pc.is_valid(rows[lane.column]))
    kinds = np.full(len(rows), -1, dtype=np.int64) if lane.is_alarm else subject.kinds(rows[who])
    return np.asarray(rows[lane.column].to_numpy(), dtype=np.float64) / 60.0, kinds, rows[who].to_pylist()


def all_nights(subject: Subject) -> Figure:
    """Events in a mean night by bins of minutes, stacked by kind, a row for each kind of event."""
    w = subject.words
    counts = {name: _counts(subject, lane) for name, lane in LANES.items()}
    first = min((min(c[0], default=0) for c in counts.values()), default=0)
    last = max((max(c[0], default=0) for c in counts.values()), default=0)
    width = next((x for x in WIDTHS_MIN if (last - first + 1) / x <= MOST_BINS), WIDTHS_MIN[-1])
    data: list[dict[str, Any]] = []
    seen: set[str] = set()
    layout: dict[str, Any] = {
        "barmode": "stack", "bargap": 0.05, "annotations": [],
        "xaxis": axis(w.say("minutes after the raid's zero hour"), anchor=f"y{len(LANES)}"),
    }  # fmt: skip
    for row, (name, lane) in enumerate(LANES.items()):
        ref = "y" if row == 0 else f"y{row + 1}"
        top = 1.0 - row / len(LANES)
        layout["yaxis" + ref[1:]] = axis(
            w.term(lane.unit), domain=[top - 0.80 / len(LANES), top - 0.06 / len(LANES)], rangemode="tozero", nticks=3,
            anchor="x",
        )  # fmt: skip
        layout["annotations"].append(
            {"text": lane.said(w), "xref": "paper", "yref": "paper", "x": 0.005, "y": top,
             "xanchor": "left", "yanchor": "middle", "showarrow": False}
        )  # fmt: skip
        for label, colour, x, y in _bars(w, counts[name], width, subject.n_replicas, is_alarm=lane.is_alarm):
            hover = w.say("{what}: {number} a night<br>about minute {minute}", what=f"{label}, {lane.said(w)}",
                          number="%{y:.3~g}", minute="%{x:.0f}")  # fmt: skip
            data.append(
                {"type": "bar", "name": label, "legendgroup": label, "showlegend": label not in seen, "x": x, "y": y,
                 "yaxis": ref, "width": width, "marker": {"color": colour, "line": {"width": 0}},
                 "hovertemplate": hover + "<extra></extra>"}
            )  # fmt: skip
            seen.add(label)
    parts = [w.counted(sum(counts[name][2]) / subject.n_replicas, lane.of) for name, lane in LANES.items()]
    says = [
        w.say("The mean of {nights}: {events}.", nights=w.counted(subject.n_replicas, NIGHT), events=w.listed(parts))
    ]
    down = counts["down"]
    if down[0]:
        at = float(np.average(down[0], weights=down[2]))
        says.append(w.say("What came down did so about minute {minute} on average.", minute=w.number(at)))
    title = w.say("The mean of all nights, in steps of {width}\N{NO-BREAK SPACE}min", width=w.number(width))
    return Figure("all-nights", title, w.sentences(says), data, layout, 640)


def _counts(subject: Subject, lane: Lane) -> tuple[list[int], list[int], list[int]]:
    """Minute, kind (-1 for alarms) and number of events, over all replicas; as many as there are different minutes."""
    rows = subject.read(lane.table, [lane.column] if lane.is_alarm else ["threat", lane.column])
    is_there = pc.is_valid(rows[lane.column])
    minute = np.floor(rows[lane.column].filter(is_there).to_numpy() / 60.0).astype(np.int64)
    none = np.full(len(minute), -1, dtype=np.int64)
    kind = none if lane.is_alarm else subject.kinds(rows["threat"].filter(is_there))
    pairs, number_of = np.unique(minute * 8 + kind + 1, return_counts=True)
    return (pairs // 8).tolist(), (pairs % 8 - 1).tolist(), number_of.tolist()


def _bars(
    w: Words, counts: tuple[list[int], list[int], list[int]], width: float, n_replicas: int, *, is_alarm: bool
) -> Iterator[tuple[str, str, list[float], list[float]]]:
    minute, kind, n = (np.asarray(c, dtype=np.int64) for c in counts)
    names = [(w.term(KIND_NAMES[kind]), f"@{kind}", i) for i, kind in enumerate(KINDS)]
    for label, colour, code in [(w.say("alarms"), "@alarm", -1)] if is_alarm else names:
        mine = kind == code
        if mine.any():
            at, which = np.unique(np.floor(minute[mine] / width).astype(np.int64), return_inverse=True)
            mean = np.bincount(which, n[mine]) / n_replicas
            yield label, colour, ((at + 0.5) * width).tolist(), mean.tolist()
