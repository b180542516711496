"""Which protective measures would have saved most: each followed alone, on the same luck as the run, and ranked.

The measures are those that a scenario names. Nothing looks for further ones, and nothing changes the raid.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mamori.errors import ScenarioError, StoreError
from mamori.language.message import say
from mamori.scenario import plans as scenario_plans
from mamori.scenario.schema import ProtectiveMeasure, Scenario
from mamori.store.folder import RunFolder
from mamori.study.compare import Needed, Row, Verdict, rows_of
from mamori.study.work import Plan
from mamori.world.quantity import Spread

FOLDER = "protection"
ENERGY, PEOPLE, HOSPITALS, EXPOSED = (
    "energy_not_served_mwh", "customer_hours_without_power", "hospital_hours_lost", "persons_exposed",
)  # fmt: skip
RANKED_BY = (ENERGY, PEOPLE, HOSPITALS, EXPOSED)
"""What is told of each measure; the ranking goes by the first."""


@dataclass(frozen=True)
class Saving:
    """What one protective measure would have saved.

    cost_eur: the middle of it, None if it is not known; replicas: followed with it
    rows: each of `RANKED_BY`, with the measure (b) against without (a)
    """

    id: str
    title: str
    assumption: str
    cost_eur: float | None
    replicas: int
    rows: dict[str, Row]

    @property
    def name(self) -> str:
        """The title, or the id where there is none."""
        return self.title or self.id

    @property
    def verdict(self) -> Verdict:
        """What the interval says of the energy."""
        return self.rows[ENERGY].verdict

    @property
    def to_tell(self) -> Needed | None:
        """The run that would tell the difference seen from luck; None where none would."""
        return self.rows[ENERGY].to_tell_seen

    def saved(self, column: str = ENERGY) -> tuple[float, float, float]:
        """Mean saved a night, and the interval of that mean; nan where the pairs do not say."""
        paired = self.rows[column].paired
        return 0.0 - paired.difference, 0.0 - paired.high, 0.0 - paired.low  # no minus zero

    @property
    def eur_per_mwh(self) -> float | None:
        """Cost over the energy saved in one such night; None unless both are known and it saves for sure."""
        saved = self.saved()[0]
        is_sure = self.verdict is Verdict.B_BETTER and saved > 0.0
        return self.cost_eur / saved if self.cost_eur is not None and is_sure else None

    def as_dict(self) -> dict[str, Any]:
        """For JSON; None where there is no number."""

        def numbers(column: str) -> dict[str, Any]:
            row = self.rows[column]
            mean, low, high = (_number(x) for x in self.saved(column))
            return {
                "saved": mean, "interval_95": [low, high], "unit": row.measure.unit, "verdict": row.verdict.value,
                "share_of_replicas_better": _number(row.share_better),
            }  # fmt: skip

        needed = self.to_tell
        return {
            "id": self.id,
            "title": self.title,
            "assumption": self.assumption,
            "cost_eur": self.cost_eur,
            "eur_per_mwh_saved": self.eur_per_mwh,
            "replicas": self.replicas,
            "replicas_to_tell": None if needed is None else needed.replicas,
            "saved": {column: numbers(column) for column in self.rows},
        }


def measure_plans(scenario: Scenario, path: Path) -> tuple[list[Plan], list[ProtectiveMeasure]]:
    """The plans to follow in a run's folder, and the measures that find nothing to change in the scenario.

    Raises ScenarioError if a measure is wrong.
    """
    n = min(scenario.run.protection_replicas, scenario.run.replicas)
    if not n:
        return [], []
    every = scenario_plans.plans(scenario)
    faults = [fault for plan in every if plan.is_wrong for fault in plan.faults]
    if faults:
        raise ScenarioError(faults)
    found = [
        Plan(
            name=f"{scenario.name} with {plan.measure.id}",
            path=path / FOLDER / plan.measure.id,
            scenario=plan.scenario.model_copy(update={"run": scenario.run.model_copy(update={"replicas": n})}),
            tables=("replicas",),
            facts={"protective_measure": _facts(plan.measure)},
            may_be_longer=True,
        )
        for plan in every
        if plan.scenario is not None
    ]
    return found, [plan.measure for plan in every if plan.scenario is None]


def ranking(path: Path) -> tuple[Saving, ...]:
    """The measures that were followed in a run's folder, that which saves most energy first.

    Raises StoreError if a table cannot be read.
    """
    folders = sorted(file.parent for file in (path / FOLDER).glob("*/manifest.json"))
    if not folders:
        return ()
    run = RunFolder.read(path)
    found = [_saving(run, RunFolder(folder, manifest)) for folder in folders if (manifest := _finished(folder))]
    # Equal ones, such as all that save no energy, by the others in turn; then by id.
    return tuple(sorted(found, key=lambda saving: (*(_rank(saving, column) for column in RANKED_BY), saving.id)))


def _finished(folder: Path) -> dict[str, Any] | None:
    """The manifest of a measure's folder, None while it is unfinished."""
    try:
        manifest = dict(json.loads((folder / "manifest.json").read_text()))
    except (OSError, ValueError) as error:
        raise StoreError(
            say("{file}: cannot be read ({reason}).", file=folder / "manifest.json", reason=str(error))
        ) from error
    return manifest if manifest.get("status") == "finished" and "protective_measure" in manifest else None


def _saving(run: RunFolder, folder: RunFolder) -> Saving:
    facts = folder.manifest["protective_measure"]
    n = min(int(folder.manifest["replicas"]), int(run.manifest["replicas"]))
    return Saving(
        facts["id"], facts["title"], facts["assumption"], facts["cost_eur"], n, rows_of(run, folder, RANKED_BY)
    )  # fmt: skip


def _facts(measure: ProtectiveMeasure) -> dict[str, Any]:
    cost = measure.cost_eur
    return {
        "id": measure.id,
        "title": measure.title,
        "assumption": measure.assumption,
        "cost_eur": cost.quantile(0.5) if isinstance(cost, Spread) else cost,
    }


def _rank(saving: Saving, column: str) -> float:
    saved = saving.saved(column)[0]
    return -saved if math.isfinite(saved) else math.inf


def _number(x: float) -> float | None:
    return x if math.isfinite(x) else None
