"""How the lights come back: demand served, why it is not, and people without power, by hour."""

from typing import Any

import numpy as np

from mamori.language.message import term
from mamori.records import Floats
from mamori.report.figure import Figure, Section, axis
from mamori.report.subject import Subject
from mamori.report.words import HOUR, PERSON, Words

CAUSES = (
    (
        "local_mw", "@local", term("the site itself is dead"),
        term("{energy} MWh because the [site itself](local) is dead"),
    ),
    (
        "network_mw", "@network", term("the network cannot carry it"),
        term("{energy} MWh because the [network](network) cannot carry it"),
    ),
    (
        "deficit_mw", "@deficit", term("plant cannot make it"),
        term("{energy} MWh because [plant](deficit) cannot make it"),
    ),
)  # fmt: skip
"""Column, colour, what it is called, and what is said of its energy."""


def section(subject: Subject) -> Section:
    """The recovery of a run."""
    w = subject.words
    title = w.say("How the lights come back")
    if not subject.horizon_h:
        return Section("recovery", title, missing=(w.say("Recovery was not followed for any hour."),))
    demand = by_hour(subject, "demand_mw")
    if not demand.any():
        said = w.say("Nobody demands power in this scenario: there is no recovery to show.")
        return Section("recovery", title, missing=(said,))
    return Section("recovery", title, figures=(served(subject, demand), causes(subject), people_off(subject)))


def by_hour(subject: Subject, column: str) -> Floats:
    """(R, H) a column of `service`; nan where a replica has no such hour."""
    rows = subject.read("service", ["replica", "hour", column])
    replica, hour = rows["replica"].to_numpy(), rows["hour"].to_numpy()
    known, row = np.unique(replica, return_inverse=True)
    found = np.full((len(known), int(hour.max(initial=-1)) + 1), np.nan)
    found[row, hour] = rows[column].to_numpy()
    return found


def share_served(subject: Subject, demand: Floats) -> Floats:
    """(R, H) share of demand served; 1 where there is none."""
    return np.divide(by_hour(subject, "served_mw"), demand, out=np.ones_like(demand), where=demand > 0.0)


def served(subject: Subject, demand: Floats) -> Figure:
    """Share of demand served by hour: mean, band, the typical night, and the mean without defence."""
    w = subject.words
    share = share_served(subject, demand)
    mean = share.mean(axis=0)
    data = band_and_mean(w, 100.0 * share, "%", ".1f")
    night = np.flatnonzero(np.unique(subject.replicas["replica"].to_numpy()) == subject.night)
    if len(night) and len(share) > 1:
        typical = 100.0 * share[night[0]]
        data.append(line(w, w.say("one typical night"), typical, "%", ".1f", colour="@night", dash="dot"))
    low = float(np.quantile(share, 0.05, axis=0).min())
    worst = int(np.argmin(mean))
    says = [
        w.say(
            "The mean is lowest in hour {hour}, when {least} of [demand](demand) is served; at the end of {span} it is "
            "{last}.",
            hour=worst, least=w.percent(float(mean[worst])), span=w.counted(len(mean), HOUR),
            last=w.percent(float(mean[-1])),
        ),
        w.say("One night in twenty falls to {share} or less at some hour.", share=w.percent(low)),
    ]  # fmt: skip
    if subject.baseline is not None:
        without = share_served(subject.baseline, by_hour(subject.baseline, "demand_mw")).mean(axis=0)
        bare = w.say("mean without defence")
        data.append(line(w, bare, 100.0 * without, "%", ".1f", colour="@baseline", dash="dash"))
        least = w.percent(float(without.min()))
        says.append(w.say("[Without defence](baseline) the mean falls to {share}.", share=least))
        low = min(low, float(without.min()))
    floor = max(0.0, 10.0 * np.floor(10.0 * min(low, float(mean.min()), float(share[night].min(initial=1.0)))) - 2.0)
    layout = {
        "xaxis": hours_axis(w, len(mean)), "yaxis": axis(w.say("share of demand served, %"), range=[floor, 101.0]),
    }  # fmt: skip
    return Figure("served", w.say("Demand served, hour by hour"), w.sentences(says), data, layout, 420)


def causes(subject: Subject) -> Figure:
    """Mean power not served by hour, stacked by why."""
    w = subject.words
    data: list[dict[str, Any]] = []
    parts: list[str] = []
    n_hours = 0
    for column, colour, name, said in CAUSES:
        mean = by_hour(subject, column).mean(axis=0)
        n_hours = len(mean)
        parts.append(w.say(said, energy=w.number(float(mean.sum()))))
        why = w.term(name)
        hover = w.say("{what}: {number} {unit}<br>hour {hour}", what=why, number="%{y:,.3~r}", unit="MW", hour="%{x}")
        data.append(
            {"type": "bar", "name": why, "x": list(range(n_hours)), "y": mean,
             "marker": {"color": colour, "line": {"width": 0}}, "hovertemplate": hover + "<extra></extra>"}
        )  # fmt: skip
    layout = {
        "barmode": "stack",
        "bargap": 0,
        "xaxis": hours_axis(w, n_hours),
        "yaxis": axis(w.say("power not served, mean, MW"), rangemode="tozero"),
    }
    says = w.say("In a mean night, over all hours: {parts}.", parts=w.listed(parts))
    return Figure("causes", w.say("Why power is not served"), says, data, layout, 380)


def people_off(subject: Subject) -> Figure:
    """People without power by hour."""
    w = subject.words
    off = by_hour(subject, "customers_off")
    mean = off.mean(axis=0)
    worst = int(np.argmax(mean))
    says = [
        w.say(
            "Most people are without power in hour {hour}: {people} on average, and {many} or more in one night in "
            "twenty.",
            hour=worst, people=w.counted(float(mean[worst]), PERSON),
            many=w.number(float(np.quantile(off[:, worst], 0.95))),
        ),
        w.say("At the end it is {people}.", people=w.counted(float(mean[-1]), PERSON)),
    ]  # fmt: skip
    people = w.say("people")
    data = band_and_mean(w, off, people, ",.3~s")
    if subject.baseline is not None:
        without = by_hour(subject.baseline, "customers_off").mean(axis=0)
        bare = w.say("mean without defence")
        data.append(line(w, bare, without, people, ",.3~s", colour="@baseline", dash="dash"))
        most = w.number(float(without.max()))
        says.append(w.say("[Without defence](baseline) the mean reaches {number}.", number=most))
    layout = {
        "xaxis": hours_axis(w, len(mean)),
        "yaxis": axis(w.say("people without power"), rangemode="tozero", tickformat="~s"),
    }
    return Figure("people-off", w.say("People without power, hour by hour"), w.sentences(says), data, layout, 380)


def band_and_mean(w: Words, values: Floats, unit: str, form: str) -> list[dict[str, Any]]:
    """The band of 9 nights in 10 and the mean; values: (R, H)."""
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    hours = list(range(values.shape[1]))
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0, "color": "@mean"}, "hoverinfo": "skip"}
    band = {"fill": "tonexty", "fillcolor": "@band", "name": w.say("9 nights in 10"), "legendgroup": "band"}
    return [
        {**edge, "x": hours, "y": low, "showlegend": False, "legendgroup": "band"},
        {**edge, "x": hours, "y": high, **band},
        line(w, w.say("mean"), values.mean(axis=0), unit, form, colour="@mean"),
    ]


def line(w: Words, name: str, y: Floats, unit: str, form: str, *, colour: str, dash: str = "solid") -> dict[str, Any]:
    """One number an hour; form: Plotly's format of the number; unit: in words."""
    hover = w.say("{what}: {number} {unit}<br>hour {hour}", what=name, number=f"%{{y:{form}}}", unit=unit, hour="%{x}")
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": list(range(len(y))), "y": y,
        "line": {"color": colour, "dash": dash, "width": 2.5 if dash == "solid" else 1.8},
        "hovertemplate": hover + "<extra></extra>",
    }  # fmt: skip


def hours_axis(w: Words, n: int) -> dict[str, Any]:
    """Hours of recovery."""
    dtick = 24 if n > 72 else 6 if n > 12 else 1
    return axis(w.say("hours after the raid's zero hour"), dtick=dtick, range=[-0.5, n - 0.5])
