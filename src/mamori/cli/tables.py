"""Tables that commands print: the same numbers as summary.json."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from mamori.study.run import Run


def summary_table(done: "Run") -> Table:
    """Every measure of a run, and beside it the mean without defence where the run has a baseline."""
    manifest = done.manifest
    title = (
        f"{manifest['scenario']}: {manifest['replicas']:,} replicas in {manifest['worlds']} "
        f"{'world' if manifest['worlds'] == 1 else 'worlds'}, seed {manifest['seed']}"
    )
    baseline = dict(_entries(done.baseline.summary())) if done.baseline is not None else None
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("measure", overflow="fold")
    for heading in ("mean", "95 % of mean", "p5", "p50", "p95"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit")
    if baseline is not None:
        table.add_column("mean without defence", justify="right")
    for path, entry in _entries(done.summary()):
        low, high = entry["interval_95"]
        cells = [
            "  " * (len(path) - 1) + (path[-1] if len(path) > 1 else path[0]).replace("_", " "),
            number(entry["mean"]),
            f"{number(low)} to {number(high)}" if low is not None else "",
            number(entry["p5"]),
            number(entry["p50"]),
            number(entry["p95"]),
            entry["unit"],
        ]
        if baseline is not None:
            cells.append(number(baseline[path]["mean"]) if path in baseline else "")
        table.add_row(*cells)
    return table


def _entries(summary: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield (*path, name), value
            yield from _entries(value, (*path, name))


def number(x: float | None) -> str:
    """A number as people read it: three digits that matter, thousands apart; a dash for none."""
    if x is None:
        return "–"
    if x != 0 and abs(x) < 0.01:
        return f"{x:.1e}"
    if abs(x) >= 100:
        return f"{x:,.0f}"
    return f"{x:.3g}"
