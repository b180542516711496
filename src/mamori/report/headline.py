"""The headline: three sentences written from the numbers, what luck and knowledge leave open, and every measure."""

import html
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mamori.maths.stats import estimate
from mamori.raid.measures import column_name
from mamori.report.figure import Section
from mamori.report.subject import Subject
from mamori.report.words import KINDS, NONE, between, counted, hours, is_known, listed, number, pair, percent, span

Entry = dict[str, Any]
Path = tuple[str, ...]

SHARES = ("stopped_fraction", "share_of_people_under_an_impact")
HEADINGS = (
    ("mean", "Mean over all nights"),
    ("95 % of mean", "The mean of ever more nights would lie here with 95 % confidence"),
    ("p5", "One night in twenty is below this"),
    ("p50", "Half of the nights are below this"),
    ("p95", "One night in twenty is above this"),
    ("luck", "Where 9 nights in 10 lie for luck alone, were all the catalogue's numbers known"),
    (
        "knowledge",
        "Where the mean lies in 9 of 10 worlds: what we do not know of the catalogue's numbers, luck taken out",
    ),
)


def section(subject: Subject) -> Section:
    """The headline of a run."""
    written = (_got_through(subject), _did(subject), _lights(subject))
    sentences = "".join(f"<p><strong>{lead}</strong> {text}</p>" for lead, text in written)
    body = f'<div class="sentences">{sentences}</div><p class="bands">{_bands(subject)}</p>{measures_table(subject)}'
    missing = []
    if subject.baseline is None:
        missing.append("There is no run without defence to compare with: `mamori run SCENARIO --baseline` makes one.")
    return Section("headline", "In short", body, missing=tuple(missing))


def _got_through(subject: Subject) -> tuple[str, str]:
    launched = subject.threats_per_night
    total = sum(launched.values())
    if not total:
        return "Nothing came.", "No threat was launched in any night of this run."
    found = _leakers(subject)
    through = {kind: sum(x) for kind, x in _by_kind(subject).items()}
    each = [
        f"{number(through.get(kind, 0.0)) if through.get(kind) else 'none'} of {counted(n, *KINDS[kind])}"
        for kind, n in launched.items()
    ]
    text = (
        f"Of {number(total)} threats launched in a night, {number(found.mean)} came down working on "
        f"average{_interval(found.low, found.high)}: {listed(each)}. "
        f"In one night in twenty it was {number(found.p95)} or more."
    )
    if subject.baseline is not None:
        text += f" Without any defence it would be {number(_leakers(subject.baseline).mean)}."
    return f"{number(found.mean)} of {number(total)} got through.", html.escape(text)


def _leakers(subject: Subject) -> Any:
    names = [f"leakers_{column_name(name)}" for name in subject.summary.get("leakers", {})]
    total = sum((subject.column(name) for name in names), np.zeros(subject.n_replicas))
    return estimate(np.asarray(total), subject.replicas["world"].to_numpy())


def _by_kind(subject: Subject) -> dict[str, list[float]]:
    """Mean leakers of each class, by kind of threat."""
    rows = subject.read("threats", ["class", "kind"]).group_by(["class", "kind"]).aggregate([])
    kinds = dict(zip(rows["class"].to_pylist(), rows["kind"].to_pylist(), strict=True))
    means: dict[str, list[float]] = {}
    for name, entry in subject.summary.get("leakers", {}).items():
        if name in kinds:
            means.setdefault(kinds[name], []).append(entry["mean"] or 0.0)
    return means


def _did(subject: Subject) -> tuple[str, str]:
    summary = subject.summary
    energy, off, exposed = (
        summary[name] for name in ("energy_not_served_mwh", "customer_hours_without_power", "persons_exposed")
    )
    share = percent(energy["mean"] / subject.demand_mwh) if subject.demand_mwh else NONE
    text = (
        f"Over {span(subject.horizon_h)}, {number(energy['mean'])} MWh that people and works asked "
        f"for were not served{_interval(*energy['interval_95'])}: {share} of demand. "
    )
    if subject.people:
        text += (
            f"That is {hours(off['mean'] / subject.people)} without power for each of {number(subject.people)} people, "
            "were it shared evenly. "
        )
    before = summary.get("energy_not_served_without_raid_mwh", {}).get("mean")
    if before:
        text += f"Without the raid, {number(before)} MWh would be missing for damage from earlier ones. "
    text += f"{counted(exposed['mean'], 'person', 'people')} stood under an impact outside shelter"
    text += f"{_interval(*exposed['interval_95'])}"
    lost = summary.get("critical_load_hours_lost", {}).get("hospital", {}).get("mean")
    if lost:
        text += f", and hospitals were past their backup for {number(lost)} hours, added up over all of them"
    text += "."
    if subject.baseline is not None:
        without = subject.baseline.summary
        text += (
            f" Without any defence: {number(without['energy_not_served_mwh']['mean'])} MWh and "
            f"{counted(without['persons_exposed']['mean'], 'person', 'people')}."
        )
    return f"{number(energy['mean'])} MWh not served.", html.escape(text)


def _lights(subject: Subject) -> tuple[str, str]:
    entry = subject.summary["time_to_90_percent_h"]
    share, horizon = entry.get("share_of_replicas") or 0.0, span(subject.horizon_h)
    if entry["p50"] is None:
        return "The lights stay out.", f"In no night were 90 % of demand served again within {horizon}."
    nights = "the nights" if share >= 1.0 else f"the {percent(share)} of nights that get there"
    if entry["p95"] == 0.0:
        lead, text = "The lights stay on.", f"In 19 of 20 of {nights}, at least 90 % of demand was served in every hour"
    elif entry["p50"] == 0.0:
        lead = "Most lights stay on."
        text = (
            f"In half of {nights} or more, demand never fell below 90 % served; in one of twenty it took "
            f"{hours(entry['p95'])} or longer until it stayed above"
        )
    else:
        lead = f"{hours(entry['p50']).capitalize()} until 90 % of demand is served again."
        text = (
            f"Half of {nights} have 90 % of demand served for good within {hours(entry['p50'])}; one in twenty takes "
            f"{hours(entry['p95'])} or longer, and the mean is {counted(entry['mean'], 'hour', 'hours')}"
            f"{_interval(*entry['interval_95'])}"
        )
    if share < 0.5:  # the percentiles are of the few that got there
        lead = f"In most nights less than 90 % of demand is served even after {horizon}."
    text += f". In {percent(1.0 - share)} of nights it is not reached within {horizon}." if share < 1.0 else "."
    if subject.baseline is not None:
        bare = subject.baseline.summary["time_to_90_percent_h"]
        there = bare.get("share_of_replicas") or 0.0
        text += f" Without any defence {percent(there)} of nights get there"
        text += f", half of them within {hours(bare['p50'])}." if there else "."
    missing = subject.summary["capacity_missing_mw"]["mean"]
    if missing:
        text += f" At the end {number(missing)} MW of generating plant are still out."
    return html.escape(lead), html.escape(text)


def _interval(low: float | None, high: float | None) -> str:
    """The 95 % interval of a mean in plain words; nothing where one replica has none."""
    return "" if not is_known(low) or not is_known(high) else f" ({between(low, high)} with 95 % confidence)"


def _bands(subject: Subject) -> str:
    entry = subject.summary["energy_not_served_mwh"]
    luck, knowledge = entry["luck"], entry["knowledge"]
    n, worlds = subject.n_replicas, min(subject.n_replicas, int(subject.run.manifest["worlds"]))
    text = f"From {counted(n, 'night', 'nights')} in {counted(worlds, 'world', 'worlds')}. "
    if n == 1:
        text += "One night says nothing about the next: run more replicas."
    elif luck[0] is None:
        text += "With one night in each world, luck and knowledge cannot be told apart: run more replicas."
    else:
        text += f"Luck alone moves the energy not served between {_and(luck)} MWh in 9 nights of 10. "
        if worlds == 1:
            text += (
                "What we do not know of the catalogue's numbers was drawn only once: this run does not show how much "
                "it matters."
            )
        else:
            text += (
                "What we do not know of the catalogue's numbers (kill probabilities, repair times) moves its mean "
                f"between {_and(knowledge)} MWh in 9 worlds of 10; more nights do not narrow that."
            )
    text += " All classes are notional: compare plans with each other, not with a forecast."
    return html.escape(text)


def _and(band: list[float]) -> str:
    low, high = band
    return f"{number(max(low, 0.0))} and {number(max(high, 0.0))}"


def measures_table(subject: Subject) -> str:
    """Every measure of summary.json, each cell with the exact number as `data-value`."""
    without = dict(_entries(subject.baseline.summary)) if subject.baseline is not None else {}
    columns = [*HEADINGS]
    if subject.baseline is not None:
        columns.insert(1, ("mean without defence", "The same nights, with every battery silent"))
    head = "".join(f'<th scope="col" title="{html.escape(why)}">{html.escape(name)}</th>' for name, why in columns)
    rows: list[str] = []
    n_groups = 0
    group: Path = ()
    for path, entry in _entries(subject.summary):
        if path[:-1] and path[:-1] != group and "mean" not in _at(subject.summary, path[:-1]):
            n_groups += 1
            heading = html.escape(_name(path[:-1]))
            rows.append(f'<tr class="group"><th scope="rowgroup" colspan="{len(columns) + 1}">{heading}</th></tr>')
        group = path[:-1]
        rows.append(_row(path, entry, without.get(path) if subject.baseline is not None else None, subject.baseline))
    return (
        f"<details><summary>All {len(rows) - n_groups} measures, with intervals and bands</summary>"
        '<div class="scroll" tabindex="0" role="region" aria-label="All measures"><table class="measures">'
        "<caption>Each word is explained where the pointer rests on it.</caption>"
        f'<thead><tr><th scope="col">measure</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
        "</details>"
    )


def _row(path: Path, entry: Entry, without: Entry | None, baseline: Subject | None) -> str:
    is_share = any(name in SHARES for name in path)
    text = percent if is_share else number
    meaning = html.escape(str(entry["meaning"]))
    place = html.escape("/".join(path))
    cells: list[str] = []

    def cell(key: str, *values: float | None) -> None:
        exact = html.escape(" ".join("" if x is None else repr(x) for x in values))
        known = [x for x in values if x is not None]
        shown = (
            NONE
            if len(known) < len(values)
            else text(known[0])
            if len(known) == 1
            else pair(known[0], known[1], text=text)
        )
        cells.append(f'<td data-key="{key}" data-value="{exact}" title="{exact}">{html.escape(shown)}</td>')

    cell("mean", entry["mean"])
    if baseline is not None:
        cell("baseline", without["mean"] if without is not None else None)
    cell("interval_95", *entry["interval_95"])
    for key in ("p5", "p50", "p95"):
        cell(key, entry[key])
    cell("luck", *entry["luck"])
    cell("knowledge", *entry["knowledge"])
    unit = f" <small>{html.escape(str(entry['unit']))}</small>" if entry["unit"] and not is_share else ""
    extra = entry.get("share_of_replicas")
    if extra is not None and extra < 1.0:
        meaning += f"; over the {percent(extra)} of nights that have a value"
    name = html.escape(_name(path))
    return (
        f'<tr data-path="{place}"><th scope="row" class="depth{min(len(path), 3)}">'
        f'<abbr title="{meaning}">{name}</abbr>{unit}</th>'
        f"{''.join(cells)}</tr>"
    )


def _name(path: Path) -> str:
    """The last step of a path in words; its unit has a column of its own."""
    text = path[-1]
    for unit in ("_mwh", "_mw", "_h", "_s"):
        text = text.removesuffix(unit)
    return text.replace("_", " ").removesuffix("-notional").replace("-", " ")


def _at(summary: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    for name in path:
        summary = summary[name]
    return summary


def _entries(summary: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Entry]]:
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield (*path, name), value
            yield from _entries(value, (*path, name))
