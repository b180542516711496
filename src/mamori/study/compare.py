"""Plans held against each other, replica by replica: the same luck and the same world fall on both.

The first run is the reference (a); each other one (b) is compared with it. Differences are b - a.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

from mamori.errors import Fault, ScenarioError, StoreError
from mamori.language.message import LINES, SEMICOLONS, joined, say
from mamori.maths.stats import Floats, Ints, Paired, clusters_to_tell, order, paired_difference, tail_parts
from mamori.raid.measures import Better, Measure, measures
from mamori.scenario.changes import Change, changes
from mamori.scenario.document import read
from mamori.store.folder import RunFolder

CONFIDENCE = 0.95
TAIL = 0.05
"""Part of the replicas, the worst, that the conditional value at risk is the mean of."""
LEAST_IN_TAIL = 10
"""Fewer replicas in the tail have no interval: it rests on the tail's edge being known, and then it is too narrow."""
OF_MEAN = 0.1
"""A difference of this part of the reference's mean is one that a planner would like to be told."""


class Verdict(StrEnum):
    """What the interval says of a difference."""

    SAME = "same"  # equal in every replica
    B_BETTER = "b_better"
    B_WORSE = "b_worse"
    UNTOLD = "untold"  # cannot be told from luck


@dataclass(frozen=True)
class Variant:
    """One variant of the raid, over the replicas in which both plans met it."""

    id: str
    paired: Paired
    verdict: Verdict


@dataclass(frozen=True)
class Needed:
    """A run that would tell a difference, with as many replicas a world as this one."""

    replicas: int
    worlds: int


@dataclass(frozen=True)
class Row:
    """One measure in both plans.

    paired: means, difference, interval over replicas with a value in both; verdict: what that says
    n_better, n_tie, n_worse: pairs in which b is better, equal, worse
    variants: by variant of the raid; worst_a, worst_b: the variant with the worst mean of each plan, None without one
    tail: mean of the worst `TAIL` of each plan's replicas and their difference; its interval is nan where the tail is
    too short (see `LEAST_IN_TAIL`)
    to_tell_seen, to_tell_tenth: runs that would tell the difference seen, and one of `OF_MEAN` of a's mean; None where
    the one or the other is 0 or its spread is not known
    """

    measure: Measure
    paired: Paired
    verdict: Verdict
    n_better: int
    n_tie: int
    n_worse: int
    variants: tuple[Variant, ...]
    worst_a: Variant | None
    worst_b: Variant | None
    tail: Paired
    tail_verdict: Verdict
    to_tell_seen: Needed | None
    to_tell_tenth: Needed | None

    @property
    def share_better(self) -> float:
        """Share of the pairs in which b is better; nan without pairs."""
        return self._share(self.n_better)

    @property
    def share_tie(self) -> float:
        """Share of the pairs in which both are equal."""
        return self._share(self.n_tie)

    def _share(self, n: int) -> float:
        total = self.n_better + self.n_tie + self.n_worse
        return n / total if total else float("nan")


@dataclass(frozen=True)
class Comparison:
    """Run b against the reference a.

    rows: measures that both have; only_a, only_b: measures that one has alone; changes: what differs between the
    scenarios; n_other_variant: replicas that drew another variant of the raid in b, left out by variant; notes: what a
    reader should know besides
    """

    a: RunFolder
    b: RunFolder
    rows: tuple[Row, ...]
    only_a: tuple[Measure, ...]
    only_b: tuple[Measure, ...]
    changes: tuple[Change, ...]
    n_other_variant: int
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; None where there is no number."""
        return {
            "a": _run_dict(self.a),
            "b": _run_dict(self.b),
            "confidence": CONFIDENCE,
            "replicas": self.a.manifest["replicas"],
            "worlds": self.a.manifest["worlds"],
            "seed": self.a.manifest["seed"],
            "measures": {row.measure.column: _row_dict(row) for row in self.rows},
            "only_in_a": [m.column for m in self.only_a],
            "only_in_b": [m.column for m in self.only_b],
            "replicas_with_another_variant": self.n_other_variant,
            "changes": [change.as_dict() for change in self.changes],
            "notes": list(self.notes),
        }


def compare(runs: Sequence[str | Path]) -> list[Comparison]:
    """Each run but the first against the first.

    runs: run folders, or the `baseline` folders in them
    Raises ScenarioError if there are fewer than two; StoreError if one cannot be read or is unfinished, or they do not
    share seed, replicas and worlds.
    """
    if len(runs) < 2:
        count = say("1 run folder") if runs else say("no run folder")
        raise ScenarioError(
            Fault("compare", count, say("needs at least 2"), say("The first is the one to compare with."))
        )
    a, *others = (RunFolder.read(Path(run)) for run in runs)
    _check_pairs(a, others)
    return [_comparison(a, b) for b in others]


def _check_pairs(a: RunFolder, others: Sequence[RunFolder]) -> None:
    drawn = a.table("replicas", ["replica", "world"])
    faults = []
    for b in others:
        different = [
            say("{name} {a} there, {b} here", name=name, a=a.manifest[name], b=b.manifest[name])
            for name in ("seed", "replicas", "worlds")
            if a.manifest[name] != b.manifest[name]
        ] or (
            []
            if b.table("replicas", ["replica", "world"]).equals(drawn)
            else [say("the numbers of replicas and worlds")]
        )
        if different:
            rule = say(
                "{b}: cannot be compared in pairs with {a} ({different}).",
                a=a.path, b=b.path, different=joined(different, SEMICOLONS),
            )  # fmt: skip
            faults.append(rule)
    if faults:
        m = a.manifest
        same = f"--seed {m['seed']} --replicas {m['replicas']} --set run.worlds={m['worlds']}"
        remedy = say("Run all with the same seed, replicas and worlds: `{options}`.", options=same)
        raise StoreError(joined([*faults, remedy], LINES))


def _comparison(a: RunFolder, b: RunFolder) -> Comparison:
    of_a, of_b = ({m.column: m for m in _measures(run)} for run in (a, b))
    pairs = _Pairs(a, b)
    found = tuple(changes(read(a.path / "scenario.yaml"), read(b.path / "scenario.yaml")))
    return Comparison(
        a,
        b,
        tuple(pairs.row(m) for column, m in of_a.items() if column in of_b),
        tuple(m for column, m in of_a.items() if column not in of_b),
        tuple(m for column, m in of_b.items() if column not in of_a),
        found,
        pairs.n_other_variant,
        tuple(_notes(a, b, found)),
    )


def _measures(run: RunFolder) -> list[Measure]:
    """The measures of a run, from what its summary names: files that its scenario names may be gone."""
    summary = run.summary()
    columns = pyarrow.parquet.read_schema(run.path / "tables" / "replicas.parquet").names
    names = (tuple(summary.get(key, {})) for key in ("leakers", "magazine_left"))
    return [m for m in measures(*names) if m.column in columns]


def _notes(a: RunFolder, b: RunFolder, found: Sequence[Change]) -> list[str]:
    notes: list[str] = []
    name_a, name_b = a.manifest["scenario"], b.manifest["scenario"]
    if not found:
        silent = [name for name in (name_a, name_b) if name.endswith(" without defence")]
        if name_a != name_b and len(silent) == 1:
            bare = a.path if silent[0] == name_a else b.path
            notes.append(say("The scenario is the same; in {run} no battery fires.", run=bare))
        elif a.manifest["scenario_hash"] != b.manifest["scenario_hash"]:
            notes.append(
                say("The scenarios read the same, but a file that they name, or what is known of it, differs.")
            )
        else:
            notes.append(say("The scenario is the same."))
    if a.manifest["mamori"] != b.manifest["mamori"]:
        notes.append(
            say(
                "{a} was made by mamori {of_a}, {b} by {of_b}: a difference may come from that.",
                a=a.path, of_a=a.manifest["mamori"], b=b.path, of_b=b.manifest["mamori"],
            )
        )  # fmt: skip
    return notes


def rows_of(a: RunFolder, b: RunFolder, columns: Sequence[str]) -> dict[str, Row]:
    """Some measures of plan b held against a, over the first replicas, which both must have followed."""
    pairs = _Pairs(a, b)
    return {m.column: pairs.row(m) for m in _measures(a) if m.column in columns}


class _Pairs:
    """Two runs whose tables of replicas are, row by row, the same replica, as far as the shorter one goes; read one
    measure at a time."""

    def __init__(self, a: RunFolder, b: RunFolder) -> None:
        self._a, self._b = a, b
        drawn, other = (run.table("replicas", ["world", "variant"]) for run in (a, b))
        self._n = n = min(len(drawn), len(other))
        drawn, other = drawn[:n], other[:n]
        self._world: Ints = drawn["world"].to_numpy().astype(np.int64)
        self._n_worlds = min(int(a.manifest["worlds"]), len(self._world))
        variant_a, variant_b = (np.array(table["variant"].to_pylist(), dtype=object) for table in (drawn, other))
        is_same = np.asarray(variant_a == variant_b, dtype=np.bool_)
        self.n_other_variant = int(np.count_nonzero(~is_same))
        names = sorted(set(variant_a.tolist()))
        self._variants = [(name, np.asarray(is_same & (variant_a == name))) for name in names]

    def row(self, measure: Measure) -> Row:
        """Everything about one measure."""
        a, b = (_values(run, measure.column)[: self._n] for run in (self._a, self._b))
        paired, verdict = self._paired(a, b, measure)
        never = np.inf if measure.is_none_worst else np.nan
        below, n_tie, above = order(np.where(np.isnan(a), never, a), np.where(np.isnan(b), never, b))
        n_better, n_worse = (below, above) if measure.better is Better.LESS else (above, below)
        variants = []
        for name, where in self._variants:
            of_variant, its_verdict = self._paired(a[where], b[where], measure, where)
            if of_variant.n:
                variants.append(Variant(name, of_variant, its_verdict))
        tail = self._tail(a, b, measure)
        return Row(
            measure, paired, verdict, n_better, n_tie, n_worse, tuple(variants),
            _worst(variants, measure, "mean_a"), _worst(variants, measure, "mean_b"),
            tail, _verdict(tail, measure, is_same=not n_better and not n_worse),
            self._needed(paired, paired.difference), self._needed(paired, OF_MEAN * paired.mean_a),
        )  # fmt: skip

    def _paired(
        self, a: Floats, b: Floats, measure: Measure, where: "np.ndarray[Any, np.dtype[np.bool_]] | None" = None
    ) -> tuple[Paired, Verdict]:
        world = self._world if where is None else self._world[where]
        found = paired_difference(a, b, world, CONFIDENCE)
        below, _, above = order(a, b)
        return found, _verdict(found, measure, is_same=not below and not above)

    def _tail(self, a: Floats, b: Floats, measure: Measure) -> Paired:
        """Mean of each plan's own worst replicas; in general not the same replicas."""
        both = ~(np.isnan(a) | np.isnan(b))
        sign = 1.0 if measure.better is Better.LESS else -1.0
        parts = [sign * tail_parts(sign * x[both], TAIL) for x in (a, b)]
        found = paired_difference(parts[0], parts[1], self._world[both], CONFIDENCE)
        nan = float("nan")
        return found if found.n * TAIL >= LEAST_IN_TAIL else replace(found, low=nan, high=nan)

    def _needed(self, found: Paired, difference: float) -> Needed | None:
        clusters = clusters_to_tell(found, difference)
        if clusters is None:
            return None
        # Replicas without a value must be followed too, and worlds keep as many replicas as they have.
        n_replicas = len(self._world)
        replicas = -(-clusters * n_replicas // found.n_clusters)
        is_one = self._n_worlds == 1
        return Needed(replicas, 1 if is_one else -(-clusters * self._n_worlds // found.n_clusters))


def _values(run: RunFolder, column: str) -> Floats:
    return np.asarray(run.table("replicas", [column])[column].to_numpy(), dtype=np.float64)


def _verdict(found: Paired, measure: Measure, *, is_same: bool) -> Verdict:
    if is_same and found.n and not found.n_only_a and not found.n_only_b:
        return Verdict.SAME
    if found.low > 0.0:
        return Verdict.B_BETTER if measure.better is Better.MORE else Verdict.B_WORSE
    if found.high < 0.0:
        return Verdict.B_BETTER if measure.better is Better.LESS else Verdict.B_WORSE
    return Verdict.UNTOLD


def _worst(variants: Sequence[Variant], measure: Measure, which: str) -> Variant | None:
    sign = 1.0 if measure.better is Better.LESS else -1.0
    return max(variants, key=lambda v: sign * float(getattr(v.paired, which)), default=None)


def _run_dict(run: RunFolder) -> dict[str, Any]:
    return {"run": str(run.path), **{key: run.manifest[key] for key in ("scenario", "scenario_hash", "mamori")}}


def _row_dict(row: Row) -> dict[str, Any]:
    m = row.measure

    def needed(x: Needed | None) -> dict[str, int] | None:
        return None if x is None else {"replicas": x.replicas, "worlds": x.worlds}

    def worst(v: Variant | None, mean: str) -> dict[str, Any] | None:
        return None if v is None else {"variant": v.id, "mean": _number(getattr(v.paired, mean))}

    return {
        "path": list(m.path),
        "unit": m.unit,
        "meaning": m.meaning,
        "better": m.better.value,
        **_paired_dict(row.paired),
        "verdict": row.verdict.value,
        "value_only_in": {"a": row.paired.n_only_a, "b": row.paired.n_only_b},
        "replicas_b_better": row.n_better,
        "replicas_tie": row.n_tie,
        "replicas_b_worse": row.n_worse,
        "share_b_better": _number(row.share_better),
        "by_variant": {v.id: {**_paired_dict(v.paired), "verdict": v.verdict.value} for v in row.variants},
        "worst_variant": {"a": worst(row.worst_a, "mean_a"), "b": worst(row.worst_b, "mean_b")},
        "worst_5_percent": {**_paired_dict(row.tail), "verdict": row.tail_verdict.value},
        "needed_to_tell": {"difference_seen": needed(row.to_tell_seen), "tenth_of_mean_a": needed(row.to_tell_tenth)},
    }


def _paired_dict(x: Paired) -> Mapping[str, Any]:
    return {
        "pairs": x.n,
        "mean_a": _number(x.mean_a),
        "mean_b": _number(x.mean_b),
        "difference": _number(x.difference),
        "interval_95": [_number(x.low), _number(x.high)],
    }


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
