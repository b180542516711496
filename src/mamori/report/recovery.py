"""How the lights come back: demand served, why it is not, and people without power, by hour."""

from typing import Any

import numpy as np

from mamori.records import Floats
from mamori.report.figure import Figure, Section, axis
from mamori.report.subject import Subject
from mamori.report.words import counted, listed, number, percent

CAUSES = (
    ("local_mw", "@local", "the site itself is dead"),
    ("network_mw", "@network", "the network cannot carry it"),
    ("deficit_mw", "@deficit", "plant cannot make it"),
)
TITLE = "How the lights come back"
HOURS = "hours after the raid's zero hour"


def section(subject: Subject) -> Section:
    """The recovery of a run."""
    if not subject.horizon_h:
        return Section("recovery", TITLE, missing=("Recovery was not followed for any hour.",))
    demand = by_hour(subject, "demand_mw")
    if not demand.any():
        return Section(
            "recovery", TITLE, missing=("Nobody demands power in this scenario: there is no recovery to show.",)
        )
    return Section("recovery", TITLE, figures=(served(subject, demand), causes(subject), people_off(subject)))


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
    share = share_served(subject, demand)
    mean = share.mean(axis=0)
    data = _band_and_mean(100.0 * share, "%", ".1f")
    night = np.flatnonzero(np.unique(subject.replicas["replica"].to_numpy()) == subject.night)
    if len(night) and len(share) > 1:
        data.append(_line("one typical night", 100.0 * share[night[0]], "%", ".1f", colour="@night", dash="dot"))
    low = float(np.quantile(share, 0.05, axis=0).min())
    worst = int(np.argmin(mean))
    says = (
        f"The mean is lowest in hour {worst}, when {percent(float(mean[worst]))} of demand is served; at "
        f"the end of the {len(mean)} hours it is {percent(float(mean[-1]))}. One night in twenty "
        f"falls to {percent(low)} or less at some hour."
    )
    if subject.baseline is not None:
        without = share_served(subject.baseline, by_hour(subject.baseline, "demand_mw")).mean(axis=0)
        data.append(_line("mean without defence", 100.0 * without, "%", ".1f", colour="@baseline", dash="dash"))
        says += f" Without defence the mean falls to {percent(float(without.min()))}."
        low = min(low, float(without.min()))
    floor = max(0.0, 10.0 * np.floor(10.0 * min(low, float(mean.min()), float(share[night].min(initial=1.0)))) - 2.0)
    layout = {"xaxis": _hours(len(mean)), "yaxis": axis("share of demand served, %", range=[floor, 101.0])}
    return Figure("served", "Demand served, hour by hour", says, data, layout, 420)


def causes(subject: Subject) -> Figure:
    """Mean power not served by hour, stacked by why."""
    data: list[dict[str, Any]] = []
    parts: list[str] = []
    n_hours = 0
    for column, colour, why in CAUSES:
        mean = by_hour(subject, column).mean(axis=0)
        n_hours = len(mean)
        parts.append(f"{number(float(mean.sum()))} MWh because {why}")
        data.append(
            {"type": "bar", "name": why, "x": list(range(n_hours)), "y": mean,
             "marker": {"color": colour, "line": {"width": 0}},
             "hovertemplate": f"{why}: %{{y:,.3~r}} MW<br>hour %{{x}}<extra></extra>"}
        )  # fmt: skip
    layout = {
        "barmode": "stack",
        "bargap": 0,
        "xaxis": _hours(n_hours),
        "yaxis": axis("power not served, mean, MW", rangemode="tozero"),
    }
    says = f"In a mean night, over all hours: {listed(parts)}."
    return Figure("causes", "Why power is not served", says, data, layout, 380)


def people_off(subject: Subject) -> Figure:
    """People without power by hour."""
    off = by_hour(subject, "customers_off")
    mean = off.mean(axis=0)
    worst = int(np.argmax(mean))
    says = (
        f"Most people are without power in hour {worst}: {counted(float(mean[worst]), 'person', 'people')} on average, "
        f"and {number(float(np.quantile(off[:, worst], 0.95)))} or more in one night in twenty. At the end it is "
        f"{counted(float(mean[-1]), 'person', 'people')}."
    )
    data = _band_and_mean(off, "people", ",.3~s")
    if subject.baseline is not None:
        without = by_hour(subject.baseline, "customers_off").mean(axis=0)
        data.append(_line("mean without defence", without, "people", ",.3~s", colour="@baseline", dash="dash"))
        says += f" Without defence the mean reaches {number(float(without.max()))}."
    layout = {"xaxis": _hours(len(mean)), "yaxis": axis("people without power", rangemode="tozero", tickformat="~s")}
    return Figure("people-off", "People without power, hour by hour", says, data, layout, 380)


def _band_and_mean(values: Floats, unit: str, form: str) -> list[dict[str, Any]]:
    """The band of 9 nights in 10 and the mean; values: (R, H)."""
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    hours = list(range(values.shape[1]))
    edge = {"type": "scatter", "mode": "lines", "line": {"width": 0, "color": "@mean"}, "hoverinfo": "skip"}
    return [
        {**edge, "x": hours, "y": low, "showlegend": False, "legendgroup": "band"},
        {
            **edge,
            "x": hours,
            "y": high,
            "fill": "tonexty",
            "fillcolor": "@band",
            "name": "9 nights in 10",
            "legendgroup": "band",
        },
        _line("mean", values.mean(axis=0), unit, form, colour="@mean"),
    ]


def _line(name: str, y: Floats, unit: str, form: str, *, colour: str, dash: str = "solid") -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": list(range(len(y))), "y": y,
        "line": {"color": colour, "dash": dash, "width": 2.5 if dash == "solid" else 1.8},
        "hovertemplate": f"{name}: %{{y:{form}}} {unit}<br>hour %{{x}}<extra></extra>",
    }  # fmt: skip


def _hours(n: int) -> dict[str, Any]:
    return axis(HOURS, dtick=24 if n > 72 else 6 if n > 12 else 1, range=[-0.5, n - 0.5])
