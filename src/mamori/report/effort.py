"""Where the time of the run went: processor time by stage, of the run itself and of what was followed beside it."""

import json
from pathlib import Path
from typing import Any

from mamori.errors import StoreError
from mamori.language.message import noun, say, term
from mamori.report.figure import Figure, Section, Sentence, axis
from mamori.report.subject import Subject
from mamori.report.words import Words
from mamori.study.protection import FOLDER

STAGES = {
    "world": term("worlds: tables, grid and assets"),
    "geometry": term("paths, looks and firing windows"),
    "tracking": term("tracks"),
    "defence": term("engagements"),
    "damage": term("impacts and damage"),
    "warning": term("predictions and alarms"),
    "recovery": term("repairs"),
    "grid": term("power flows"),
    "services": term("services and outages"),
    "raid sizes": term("the raid at other sizes"),
    "tables": term("tables"),
}
"""What the clock's stages are called; what this lacks keeps its name."""
SECOND = noun("second", "seconds")
SESSION = noun("session", "sessions")
BAR_PX, AROUND_PX = 30, 110


def section(subject: Subject) -> Section | None:
    """Time and memory; None where the run does not say, and for the public, to whom they say nothing."""
    parts = [] if subject.is_public else _parts(subject)
    if not parts:
        return None
    w = subject.words
    return Section(
        "effort",
        w.say("Where the time of the run went"),
        sentences=(Sentence(w.sentences(_said(subject, parts))),),
        figures=(_stages(w, parts),),
    )


def _parts(subject: Subject) -> list[tuple[str, str, dict[str, float]]]:
    """What was followed: its name, its colour, processor seconds by stage."""
    w, path = subject.words, subject.run.path
    measures = sorted((path / FOLDER).glob("*/manifest.json"))
    found = [
        (w.say("the run"), "@mean", _seconds([path / "manifest.json"])),
        (w.say("without defence"), "@baseline", _seconds([path / "baseline" / "manifest.json"])),
        (w.say("with protective measures"), "@deficit", _seconds(measures)),
    ]
    return [part for part in found if sum(part[2].values()) > 0.0]


def _seconds(manifests: list[Path]) -> dict[str, float]:
    total: dict[str, float] = {}
    for file in manifests:
        if not file.is_file():
            continue
        try:
            spent = json.loads(file.read_text()).get("spent", {}).get("cpu_s_by_stage", {})
        except (OSError, ValueError) as error:
            raise StoreError(say("{file}: cannot be read ({reason}).", file=file, reason=str(error))) from error
        for stage, seconds in spent.items():
            total[stage] = total.get(stage, 0.0) + float(seconds)
    return total


def _by_stage(parts: list[tuple[str, str, dict[str, float]]]) -> dict[str, float]:
    """Seconds of all parts, the longest stage first."""
    total: dict[str, float] = {}
    for _, _, seconds in parts:
        for stage, s in seconds.items():
            total[stage] = total.get(stage, 0.0) + s
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _said(subject: Subject, parts: list[tuple[str, str, dict[str, float]]]) -> list[str]:
    w, spent = subject.words, subject.run.manifest.get("spent", {})
    by_stage = _by_stage(parts)
    total = sum(by_stage.values())
    (first, most), *_ = by_stage.items()
    says = [
        w.say(
            "The replicas took {seconds} of processor time; the largest part, {share}, went into {stage}.",
            seconds=w.counted(total, SECOND), share=w.percent(most / total), stage=_name(w, first),
        )
    ]  # fmt: skip
    if len(parts) > 1:
        shares = [
            w.say("{part} {share}", part=name, share=w.percent(sum(seconds.values()) / total))
            for name, _, seconds in parts
        ]
        says.append(w.say("By what was followed: {parts}.", parts=w.listed(shares)))
    if "wall_s" in spent:
        says.append(
            w.say(
                "By the clock it was {seconds} in {sessions}, with at most {memory} GB of memory.",
                seconds=w.counted(float(spent["wall_s"]), SECOND),
                sessions=w.counted(int(spent.get("sessions", 1)), SESSION),
                memory=w.number(float(spent.get("peak_memory_mb", 0.0)) / 1000.0),
            )
        )
    return says


def _name(w: Words, stage: str) -> str:
    return w.term(STAGES[stage]) if stage in STAGES else stage


def _stages(w: Words, parts: list[tuple[str, str, dict[str, float]]]) -> Figure:
    """Stacked bars by stage, as shares of all."""
    by_stage = _by_stage(parts)
    total = sum(by_stage.values())
    names = [_name(w, stage) for stage in by_stage]
    data: list[dict[str, Any]] = []
    for name, colour, seconds in parts:
        hover = w.say("{stage}, {part}: {share} %, {seconds} s", stage="%{y}", part=name, share="%{x:.3~r}",
                      seconds="%{customdata:.3~r}")  # fmt: skip
        own = [seconds.get(stage, 0.0) for stage in by_stage]
        data.append(
            {"type": "bar", "orientation": "h", "name": name, "y": names, "x": [100.0 * s / total for s in own],
             "customdata": own, "marker": {"color": colour, "line": {"width": 0}},
             "hovertemplate": hover + "<extra></extra>"}
        )  # fmt: skip
    layout = {
        "barmode": "stack",
        "xaxis": axis(w.say("share of processor time, %"), rangemode="tozero"),
        "yaxis": {"type": "category", "categoryorder": "array", "categoryarray": names[::-1], "ticks": "",
                  "showgrid": False},
    }  # fmt: skip
    shares = [
        w.say("{stage} {share}", stage=_name(w, stage), share=w.percent(seconds / total))
        for stage, seconds in by_stage.items()
    ]
    says = w.say("Shares of all processor time: {shares}.", shares=w.listed(shares))
    height_px = AROUND_PX + BAR_PX * len(names)
    return Figure("effort-stages", w.say("Processor time by stage"), says, data, layout, height_px, is_tall=True)
