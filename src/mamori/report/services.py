"""Hospitals, water, heat and telecom past their backup, by hour."""

import numpy as np

from mamori.language.message import term
from mamori.report import panels
from mamori.report.figure import Figure, Section
from mamori.report.recovery import by_hour, hours_axis
from mamori.report.subject import Subject
from mamori.report.told import Told
from mamori.report.words import HOUR

KINDS = {
    "hospital": ("hospitals_lost", term("Hospitals"), term("Hospitals, of {n}")),
    "water": ("water_lost", term("Water works"), term("Water works, of {n}")),
    "heat": ("heat_lost", term("Heat plants"), term("Heat plants, of {n}")),
    "telecom": ("telecom_lost", term("Telecom nodes"), term("Telecom nodes, of {n}")),
}
"""Column of `service`, name, and name with how many there are."""


def section(subject: Subject) -> Section:
    """The services of a run."""
    w = subject.words
    title = w.say("Hospitals, water, heat and telecom")
    counts = sites(subject)
    if not subject.horizon_h or (counts is not None and not counts):
        said = w.say("There is no hospital, water works, heat plant or telecom node in this scenario, or no hour is "
                     "followed.")  # fmt: skip
        return Section("services", title, missing=(said,))
    return Section("services", title, figures=(_chart(subject, counts),))


def sites(subject: Subject) -> dict[str, int] | None:
    """Number of sites by kind, of the kinds that there are; None where the scenario cannot be read any more."""
    scenario = subject.scenario
    if scenario is None:
        return None
    kinds = [scenario.classes.services[site.class_name].kind for site in scenario.services.sites]
    return {kind: kinds.count(kind) for kind in KINDS if kind in kinds}


def _chart(subject: Subject, counts: dict[str, int] | None) -> Figure:
    w, told = subject.words, Told(subject)
    titles, data, parts = [], [], []
    for number, kind in enumerate(KINDS if counts is None else counts):
        column, name, of = KINDS[kind]
        lost = by_hour(subject, column)
        low, high = np.quantile(lost, [0.05, 0.95], axis=0)
        mean = lost.mean(axis=0)
        worst = int(np.argmax(mean))
        what = w.term(name)
        titles.append(what if counts is None else w.say(of, n=w.number(counts[kind])))
        hover = w.say("{what}: {number} past their backup<br>hour {hour}", what=what, number="%{y:.3~g}", hour="%{x}")
        data += panels.row(w, number, list(range(len(mean))), low, mean, high, hover)
        if mean[worst] > 0.0:
            parts.append(
                w.say(
                    "{what}: in hour {hour}, the worst, {mean} are past their [backup](backup) on average and {many} "
                    "or more in one night in twenty; {hours} added up over sites and hours.",
                    what=titles[-1], hour=worst, mean=w.number(float(mean[worst])),
                    many=w.number(float(np.quantile(lost[:, worst], 0.95))),
                    hours=told.counted(HOUR, "critical_load_hours_lost", kind, "mean"),
                )
            )  # fmt: skip
    layout = panels.layout(titles, w.say("sites"), hours_axis(w, subject.horizon_h), rangemode="tozero")
    says = w.sentences(parts) or w.say(
        "No site was past its [backup](backup) in any of the {hours} of any night.",
        hours=w.counted(subject.horizon_h, HOUR),
    )
    title = w.say("Sites past their backup, hour by hour")
    return Figure("services-lost", title, says, data, layout, panels.height_px(len(titles)))
