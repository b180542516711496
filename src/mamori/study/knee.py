"""What comes through of the raid at other sizes, and the knee: the size beyond which defence is full."""

from typing import Any

import numpy as np
import pyarrow as pa

from mamori.maths.stats import estimate
from mamori.records import Floats, Ints

HALF = 0.5
"""Beyond the knee more than this share comes through of what is added to the raid and would without defence."""
RESAMPLES = 2000
ALL = "all"


def sizes_entry(rows: pa.Table, n_worlds: int) -> dict[str, Any] | None:
    """What summary.json says of the raid at other sizes; None where no replica was followed at any.

    rows: the table `raid_sizes`
    Lists are by size; threats of `ALL` classes and of each class; means over the replicas that were followed, p5 and
    p95 of theirs. marginal: see `marginal`; knee: see `knee`, for all classes and for each, null where there is none up
    to the largest size, its interval's ends likewise.
    """
    if not rows.num_rows:
        return None
    replica, row = np.unique(rows["replica"].to_numpy(), return_inverse=True)
    size, at = np.unique(rows["size"].to_numpy(), return_inverse=True)
    name = np.array(rows["class"].to_pylist(), dtype=str)
    world = replica % n_worlds
    found: dict[str, Any] = {"n_replicas": len(replica), "size": size.tolist(), "by_class": {}}
    for of in (ALL, *np.unique(name).tolist()):
        mine = np.ones(len(name), np.bool_) if of == ALL else name == of
        counts = {}
        for column in ("launched", "leaked", "stopped", "undefended"):
            table = np.zeros((len(replica), len(size)))
            np.add.at(table, (row[mine], at[mine]), rows[column].to_numpy()[mine].astype(np.float64))
            counts[column] = table
        entry = _entry(counts, size, world)
        if of == ALL:
            found |= entry
        else:
            found["by_class"][of] = entry
    return found


def _entry(counts: dict[str, Floats], size: Floats, world: Ints) -> dict[str, Any]:
    leaked, undefended = counts["leaked"], counts["undefended"]
    intervals = [estimate(leaked[:, z], world) for z in range(len(size))]
    at, low, high = knee(leaked, undefended, size, world)
    shares = marginal(leaked.sum(axis=0), undefended.sum(axis=0))
    return {
        **{name: table.mean(axis=0).tolist() for name, table in counts.items()},
        "leaked_interval_95": [[_known(max(e.low, 0.0)), _known(e.high)] for e in intervals],
        "leaked_p5": [e.p5 for e in intervals],
        "leaked_p95": [e.p95 for e in intervals],
        "marginal": [_known(x) for x in shares.tolist()],
        "knee": _known(at),
        "knee_interval_95": [_known(low), _known(high)] if not np.isnan(low) else None,
    }


def marginal(leaked: Floats, undefended: Floats) -> Floats:
    """Of the threats by which each size is larger than the one before, the share that defence lets through.

    leaked, undefended: (..., Z) threats that came down working, and that would have if nobody had shot; before the
    first size stands 0. Returns (..., Z), nan where nothing was added.
    """
    added = np.diff(undefended, axis=-1, prepend=0.0)
    through = np.diff(leaked, axis=-1, prepend=0.0)
    share = np.full(added.shape, np.nan)
    np.divide(through, added, out=share, where=added > 0.0)
    return share


def knee(leaked: Floats, undefended: Floats, size: Floats, world: Ints) -> tuple[float, float, float]:
    """The size beyond which more than half of what is added comes through, with its 95 % interval.

    leaked, undefended: (R, Z) by replica and size, sizes rising; world: (R,)
    The knee is the size before the first step at which `marginal`, over all replicas together, is above `HALF`: the
    sizes that were followed are all that it can be, or 0, or inf for none up to the largest. The interval is that of a
    bootstrap over worlds (over replicas where there is one world), percentiles; nan for a single one. With few worlds
    it is rough, and rather too narrow.
    Source: textbook (Efron, percentile bootstrap of clusters).
    """
    of = world if len(np.unique(world)) > 1 else np.arange(len(world))
    number, cluster = np.unique(of, return_inverse=True)
    n = len(number)
    sums = np.zeros((2, n, len(size)))
    for row, counts in zip(sums, (leaked, undefended), strict=True):
        np.add.at(row, cluster, counts)
    at = float(_first(sums.sum(axis=1), size))
    if n == 1:
        return at, np.nan, np.nan
    # not the raid's luck: always the same resamples, so that a run's summary is the same bytes
    times = np.random.default_rng(0).multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES).astype(np.float64)
    found = np.sort(_first(times @ sums, size))
    return at, float(found[int(0.025 * RESAMPLES)]), float(found[int(0.975 * RESAMPLES) - 1])


def _first(sums: Floats, size: Floats) -> Floats:
    """Knees of (2, ..., Z) leaked and undefended."""
    share = marginal(sums[0], sums[1])
    is_over = np.where(np.isnan(share), 0.0, share) > HALF
    before = np.concatenate([[0.0], size[:-1]])
    return np.where(is_over.any(axis=-1), before[is_over.argmax(axis=-1)], np.inf)


def _known(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
