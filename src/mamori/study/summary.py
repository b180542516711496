"""From the tables to summary.json: every measure with its mean, interval, percentiles and both bands; raid sizes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mamori.maths.stats import Estimate, estimate
from mamori.raid.measures import Measure, Over
from mamori.store.folder import RunFolder
from mamori.study.knee import sizes_entry


def summarise(folder: RunFolder, measures: Sequence[Measure]) -> dict[str, Any]:
    """Every measure as a dict at its path; a measure "of which" stands inside the one that it is part of.

    folder: whose table `replicas` is written, read one column at a time; measures: those whose columns it holds
    """
    world = folder.table("replicas", ["world"])["world"].to_numpy()
    summary: dict[str, Any] = {}
    for measure in measures:
        at = summary
        for name in measure.path:
            at = at.setdefault(name, {})
        x = folder.table("replicas", [measure.column])[measure.column].to_numpy().astype(np.float64)
        at.update(_entry(measure, estimate(x, world), len(x)))
    return summary


def raid_sizes(folder: RunFolder) -> dict[str, Any]:
    """The entry of the raid at other sizes (see `mamori.study.knee`), by its name; none where it was not followed."""
    if "raid_sizes" not in folder.manifest["tables"]:
        return {}
    found = sizes_entry(folder.table("raid_sizes"), int(folder.manifest["worlds"]))
    return {} if found is None else {"raid_sizes": found}


def _entry(measure: Measure, found: Estimate, n_replicas: int) -> dict[str, Any]:
    # No measure falls below 0 and no share above 1, so neither does an interval of its mean.
    most = 1.0 if measure.is_share else np.inf
    entry: dict[str, Any] = {
        "mean": _number(found.mean),
        "interval_95": [_number(_within(found.low, most)), _number(_within(found.high, most))],
        "p5": _number(found.p5),
        "p50": _number(found.p50),
        "p95": _number(found.p95),
        "luck": [_number(x) for x in found.luck],
        "knowledge": [_number(_within(x, most)) for x in found.knowledge],
        "unit": measure.unit,
        "meaning": measure.meaning,
    }
    if measure.over is Over.REACHED:
        entry["share_of_replicas"] = found.n / n_replicas if n_replicas else None
    return entry


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


def _within(x: float, most: float) -> float:
    return float(np.clip(x, 0.0, most))  # nan stays nan
