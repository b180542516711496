"""What batteries have left: shots by class over the raid, and how often one ran empty."""

from dataclasses import dataclass

import numpy as np

from mamori.language.message import noun
from mamori.records import Floats
from mamori.report import panels
from mamori.report.figure import Figure, Section, axis
from mamori.report.names import class_name
from mamori.report.subject import Subject
from mamori.report.words import Words

BATTERY = noun("battery", "batteries")
STEPS = 80


@dataclass(frozen=True)
class Magazine:
    """Of one class of battery.

    start: (R,) shots of all its batteries before the raid; n_batteries: of them with any shot; n_empty: (R,) of these,
    how many had none left at the end
    """

    start: Floats
    n_batteries: int
    n_empty: Floats


def section(subject: Subject) -> Section | None:
    """Magazines of a run; none for the public, for it says what defence lacks."""
    if subject.is_public:
        return None
    w = subject.words
    title = w.say("What is left to shoot with")
    if not subject.has("magazines", "start"):
        said = w.say("This run was made by an earlier version, which did not keep its magazines: run it again.")
        return Section("magazines", title, missing=(said,))
    found = magazines(subject)
    if not found:
        return Section("magazines", title, missing=(w.say("No battery has a shot in this scenario."),))
    return Section("magazines", title, figures=(_chart(subject, found),))


def magazines(subject: Subject) -> dict[str, Magazine]:
    """By class of battery, of those that have shots at all."""
    rows = subject.read("magazines", ["replica", "class", "start", "left"])
    replica, row = np.unique(rows["replica"].to_numpy(), return_inverse=True)
    start, left = (rows[name].to_numpy().astype(np.float64) for name in ("start", "left"))
    name = np.array(rows["class"].to_pylist(), dtype=str)
    found = {}
    for of in np.unique(name).tolist():
        mine = (name == of) & (start > 0.0)
        if mine.any():
            total = np.bincount(row[mine], start[mine], minlength=len(replica)).astype(np.float64)
            empty = np.bincount(row[mine], left[mine] == 0.0, minlength=len(replica)).astype(np.float64)
            found[of] = Magazine(total, int(mine.sum()) // len(replica), empty)
    return found


def left_over_time(subject: Subject, found: dict[str, Magazine]) -> tuple[Floats, dict[str, Floats]]:
    """(X,) minutes, and by class (R, X) the share of its shots that is left then."""
    rows = subject.read("engagements", ["replica", "class", "launch_s", "shots"])
    replicas = np.unique(subject.replicas["replica"].to_numpy())
    row = np.searchsorted(replicas, rows["replica"].to_numpy())
    minute, shots = rows["launch_s"].to_numpy() / 60.0, rows["shots"].to_numpy()
    last = float(np.ceil(minute.max(initial=0.0) / 10.0) * 10.0) or 10.0
    x = np.linspace(0.0, last, STEPS + 1)
    step = np.clip(np.searchsorted(x, minute, side="left"), 0, STEPS)
    name = np.array(rows["class"].to_pylist(), dtype=str)
    left = {}
    for of, magazine in found.items():
        mine = name == of
        fired = np.zeros((len(replicas), STEPS + 1))
        np.add.at(fired, (row[mine], step[mine]), shots[mine].astype(np.float64))
        left[of] = 1.0 - fired.cumsum(axis=1) / magazine.start[:, np.newaxis]
    return x, left


def _chart(subject: Subject, found: dict[str, Magazine]) -> Figure:
    w = subject.words
    minutes, left = left_over_time(subject, found)
    order = sorted(found, key=lambda name: (float(left[name][:, -1].mean()), name))
    titles, data, parts = [], [], []
    for number, name in enumerate(order):
        titles.append(_title(w, name, found[name]))
        share = 100.0 * left[name]
        low, high = np.quantile(share, [0.05, 0.95], axis=0)
        hover = w.say(
            "{what}: {share} % left<br>minute {minute}", what=class_name(w, name), share="%{y:.3~g}", minute="%{x:.0f}"
        )
        data += panels.row(w, number, minutes.tolist(), low, share.mean(axis=0), high, hover)
        parts.append(
            w.say(
                "{share} with {class_name}", share=w.percent(float(left[name][:, -1].mean())),
                class_name=class_name(w, name),
            )
        )  # fmt: skip
    time = axis(w.say("minutes after the raid's zero hour"), range=[0.0, float(minutes[-1])])
    layout = panels.layout(titles, w.say("% left"), time, range=[-4.0, 104.0])
    says = [w.say("Shots left after the raid, on average: {parts}.", parts=w.listed(parts)), _ran_empty(w, found)]
    title = w.say("Shots left over the raid, by class of battery")
    return Figure("magazines-left", title, w.sentences(says), data, layout, panels.height_px(len(order)))


def _title(w: Words, name: str, magazine: Magazine) -> str:
    return w.say(
        "{class_name}: {batteries}, {shots} shots",
        class_name=class_name(w, name), batteries=w.counted(magazine.n_batteries, BATTERY),
        shots=w.number(float(magazine.start.mean())),
    )  # fmt: skip


def _ran_empty(w: Words, found: dict[str, Magazine]) -> str:
    often = sorted(((float((m.n_empty > 0).mean()), name) for name, m in found.items()), key=lambda x: (-x[0], x[1]))
    parts = [
        w.say(
            "of {class_name} in {share} of nights ({few} of {all} on average)",
            class_name=class_name(w, name), share=w.percent(share), few=w.number(float(found[name].n_empty.mean())),
            all=w.number(found[name].n_batteries),
        )
        for share, name in often
        if share > 0.0
    ]  # fmt: skip
    if not parts:
        return w.say("No battery fired its last shot in any night.")
    return w.say("A battery fired its last shot: {parts}; none of the others ever did.", parts=w.listed(parts))
