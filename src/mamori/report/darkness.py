"""Districts without power: how likely, for how long, for the map and for the public's chart."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from mamori.records import Floats
from mamori.report.subject import Subject

WITHOUT_RAID = "hours_off_without_raid"
THRESHOLD_H = 1.0
"""A district loses power in a night if its households go without for longer than this because of the raid."""


@dataclass(frozen=True)
class Darkness:
    """Hours without power of the districts of a scenario, in its order, over the nights of a run.

    hours_off: (R, D) of a mean household; extra_h: (R, D) beyond those that it would have been without if the raid
    had not come
    """

    hours_off: Floats
    extra_h: Floats

    @property
    def p_dark(self) -> Floats:
        """(D,) share of the nights in which the raid takes more than `THRESHOLD_H` from a district."""
        share: Floats = (self.extra_h > THRESHOLD_H).mean(axis=0)
        return share

    @property
    def mean_h(self) -> Floats:
        """(D,) mean hours without power."""
        mean: Floats = self.hours_off.mean(axis=0)
        return mean

    @property
    def band_h(self) -> tuple[Floats, Floats]:
        """(D,) hours without power that 5 and 95 % of the nights do not exceed."""
        low, high = np.percentile(self.hours_off, [5.0, 95.0], axis=0)
        return low, high


def darkness(subject: Subject, ids: list[str]) -> Darkness:
    """Of the districts of these ids; one that the run does not have is never without power."""
    columns = ["replica", "district", "hours_off"]
    # Runs of before this column was kept count all hours.
    is_known = WITHOUT_RAID in pa.parquet.read_schema(subject.run.path / "tables" / "districts.parquet").names
    rows = subject.read("districts", [*columns, WITHOUT_RAID] if is_known else columns)
    column = {name: d for d, name in enumerate(ids)}
    replicas, r = np.unique(rows["replica"].to_numpy(), return_inverse=True)
    named = pa.chunked_array(rows["district"]).combine_chunks()
    named = named if pa.types.is_dictionary(named.type) else named.dictionary_encode()
    d = np.array([column.get(name, -1) for name in named.dictionary.to_pylist()], dtype=np.int64)[
        named.indices.to_numpy(zero_copy_only=False)
    ]
    off, without = np.zeros((max(len(replicas), 1), len(ids))), np.zeros((max(len(replicas), 1), len(ids)))
    is_here = d >= 0
    off[r[is_here], d[is_here]] = rows["hours_off"].to_numpy()[is_here]
    if is_known:
        without[r[is_here], d[is_here]] = rows[WITHOUT_RAID].to_numpy()[is_here]
    return Darkness(off, off - without)
