"""What a report is about: a run, read once, with only the columns that the page needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from mamori.errors import MamoriError, StoreError
from mamori.language.message import say
from mamori.language.speech import language
from mamori.records import Floats, Ints
from mamori.report.words import KINDS, Words
from mamori.scenario.load import load
from mamori.scenario.schema import Scenario
from mamori.study.replay import bad_night
from mamori.study.run import Run


@dataclass(frozen=True)
class Subject:
    """A run and what all sections ask of it.

    language: code of the reader's language; is_public: nothing finer than districts may be shown
    """

    run: Run
    language: str = "en"
    is_public: bool = False

    @cached_property
    def words(self) -> Words:
        """What is said, in the reader's language."""
        return Words(language(self.language))

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json."""
        return self.run.summary()

    @cached_property
    def baseline(self) -> "Subject | None":
        """The same raid without defence, where the run has it."""
        found = self.run.baseline
        return None if found is None else Subject(found, self.language, self.is_public)

    @cached_property
    def _loaded(self) -> tuple[Scenario | None, str]:
        try:  # unchecked: a run stays readable once a file that its scenario names is gone
            return load(self.run.path / "scenario.yaml", is_checked=False), ""
        except MamoriError as error:
            return None, error.said(self.words.language)

    @property
    def scenario(self) -> Scenario | None:
        """The scenario that ran; None if its file cannot be read any more."""
        return self._loaded[0]

    @property
    def scenario_fault(self) -> str:
        """Why there is no scenario; "" if there is one."""
        return self._loaded[1]

    @property
    def n_replicas(self) -> int:
        """Nights followed."""
        return int(self.run.manifest["replicas"])

    @cached_property
    def replicas(self) -> pa.Table:
        """The table `replicas`, whole: one row a night."""
        return self.read("replicas")

    def column(self, name: str) -> Floats:
        """(R,) one measure by replica, nan where it has none."""
        return np.asarray(self.replicas[name].to_numpy(zero_copy_only=False), dtype=np.float64)

    @cached_property
    def night(self) -> int:
        """The replica shown alone: the first whose energy not served is nearest the median."""
        energy = self.column("energy_not_served_mwh")
        nearest = int(np.argmin(np.abs(energy - np.median(energy)))) if len(energy) else 0
        return int(self.replicas["replica"][nearest].as_py()) if len(energy) else 0

    @cached_property
    def bad_night(self) -> int:
        """The replica told as a story: the first whose energy not served is nearest the 95th percentile."""
        return bad_night(self.run)

    @cached_property
    def kind_of_threat(self) -> dict[str, int]:
        """Place in `KINDS` of each threat id: an id holds variant and group, so it is of one kind in all replicas."""
        rows = self.read("threats", ["threat", "kind"]).group_by(["threat", "kind"]).aggregate([])
        kinds = list(KINDS)
        pairs = zip(rows["threat"].to_pylist(), rows["kind"].to_pylist(), strict=True)
        return {threat: kinds.index(kind) for threat, kind in pairs if kind in KINDS}

    def kinds(self, threats: pa.ChunkedArray) -> Ints:
        """(n,) place in `KINDS` of each threat, -1 if it is not known."""
        encoded = pa.chunked_array(threats).combine_chunks()
        encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
        known = np.array(
            [self.kind_of_threat.get(t, -1) for t in encoded.dictionary.to_pylist()] + [-1], dtype=np.int64
        )
        return np.asarray(known[encoded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)])

    @cached_property
    def threats_per_night(self) -> dict[str, float]:
        """Mean number of threats by kind."""
        kinds = self.read("threats", ["kind"])["kind"]
        counts = {entry["values"]: entry["counts"] for entry in kinds.value_counts().to_pylist()}
        return {kind: counts[kind] / self.n_replicas for kind in KINDS if kind in counts}

    def read(self, table: str, columns: Sequence[str] | None = None, replica: int | None = None) -> pa.Table:
        """Columns of a table, of all replicas or of one; repeated text is kept once (dictionaries).

        Raises StoreError if the table is not there or cannot be read.
        """
        file = self.run.path / "tables" / f"{table}.parquet"
        rows = None if replica is None else [("replica", "=", replica)]
        try:
            schema = pa.parquet.read_schema(file)
            texts = [field.name for field in schema if pa.types.is_string(field.type)]
            found = pa.parquet.read_table(
                file, columns=None if columns is None else list(columns), filters=rows, read_dictionary=texts
            )
            return found.unify_dictionaries()
        except (OSError, pa.ArrowException) as error:
            raise StoreError(
                say("{file}: cannot be read ({why}). Run the scenario again into a new folder.", file=file, why=error)
            ) from error

    def has(self, table: str, column: str) -> bool:
        """Whether the run keeps this column of a table: runs of earlier versions lack some."""
        file = self.run.path / "tables" / f"{table}.parquet"
        return file.is_file() and column in pa.parquet.read_schema(file).names

    @cached_property
    def people(self) -> int:
        """People of all districts."""
        if self.scenario is None:
            return 0
        return sum(district.people for district in self.scenario.world.districts)

    @cached_property
    def demand_mwh(self) -> float:
        """Mean demand over the horizon."""
        demand = self.read("service", ["demand_mw"])["demand_mw"].to_numpy()
        return float(demand.sum()) / self.n_replicas

    @cached_property
    def horizon_h(self) -> int:
        """Hours that recovery is followed."""
        hours = self.read("service", ["hour"], self.night)["hour"]
        return len(hours)
