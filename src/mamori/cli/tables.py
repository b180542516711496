"""Tables that commands print: the same numbers as summary.json, in 80 columns."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from mamori.study.run import Run

NONE = "\N{EN DASH}"


def summary_table(done: "Run") -> Table:
    """Every measure of a run, and beside it the mean without defence where the run has a baseline."""
    manifest = done.manifest
    worlds = "1 world" if manifest["worlds"] == 1 else f"{manifest['worlds']} worlds"
    title = f"{manifest['scenario']}: {manifest['replicas']:,} replicas in {worlds}, seed {manifest['seed']}"
    baseline = dict(_entries(done.baseline.summary())) if done.baseline is not None else None
    table = Table(title=title, title_justify="left", header_style="bold", box=None, padding=(0, 2, 0, 0))
    table.caption = (
        "mean, and where it lies with 95 % confidence; p5 to p95: 9 replicas in 10. "
        "`mamori report` explains each measure."
    )
    table.caption_justify = "left"
    table.add_column("", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95 % confidence", justify="right", no_wrap=True)
    if baseline is None:
        table.add_column("p5 to p95", justify="right", no_wrap=True)
    else:
        table.add_column("no defence", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    heading: tuple[str, ...] = ()
    for path, entry in _entries(done.summary()):
        for depth in range(1, len(path)):
            if path[:depth] != heading[:depth] and "mean" not in _at(done.summary(), path[:depth]):
                table.add_row("  " * (depth - 1) + _words(path[depth - 1]))
        heading = path
        other = _range(entry["p5"], entry["p95"])
        if baseline is not None:
            other = number(baseline[path]["mean"]) if path in baseline else NONE
        label = "  " * (len(path) - 1) + _words(path[-1])
        table.add_row(label, number(entry["mean"]), _range(*entry["interval_95"]), other, entry["unit"])
    return table


def _words(name: str) -> str:
    for ending in ("_mwh", "_mw", "_h", "_s", "_eur", "-notional"):
        name = name.removesuffix(ending)
    return _SHORT.get(name, name).replace("_", " ")


_SHORT = {
    "customer_hours_without_power": "time without power",
    "energy_not_served_without_raid": "without this raid",
    "share_of_people_under_an_impact": "people under an impact",
    "false_warning_person_hours": "false warning",
    "time_to_90_percent": "time to 90 % served",
    "capacity_missing": "capacity missing at end",
}
"""Names of summary.json that are too long for a line of a terminal."""


def _at(summary: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for name in path:
        summary = summary[name]
    return summary


def _entries(
    summary: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield (*path, name), value
            yield from _entries(value, (*path, name))


def _range(low: float | None, high: float | None) -> str:
    return f"{number(low)} to {number(high)}" if low is not None and high is not None else NONE


def number(x: float | None) -> str:
    """A number as people read it: three digits that matter, millions by name; a dash for none."""
    if x is None:
        return NONE
    if abs(x) < 5e-7:
        return "0"
    if abs(x) >= 1e6:
        return f"{x / 1e6:.3g} M" if abs(x) < 1e9 else f"{x / 1e9:.3g} bn"
    if abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}"
