"""A run: thousands of replicas of one scenario into a run folder, and the same opened again."""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.load import load
from mamori.scenario.schema import MOST_REPLICAS, Scenario
from mamori.store.folder import RunFolder
from mamori.store.tables import TABLES
from mamori.study.follow import FORMAT, Progress, follow
from mamori.study.protection import Saving, measure_plans, ranking
from mamori.study.size import refuse_too_large
from mamori.study.work import Plan

__all__ = ["BLOCK", "FORMAT", "Progress", "Run", "Tables", "protect", "run", "with_run"]

BLOCK = 25
MOST_WORKERS = 4096


class Tables(Mapping[str, pa.Table]):
    """The tables of a run by name, read from disk when asked for."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> pa.Table:
        if name not in TABLES:
            raise KeyError(f"{name}: a run has the tables {', '.join(TABLES)}")
        return self._folder.table(name)

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


class Run:
    """A finished run: its summary, its tables, its manifest, and the same raid without defence where it was asked
    for."""

    def __init__(self, folder: RunFolder, *, is_temporary: bool = False) -> None:
        self._folder = folder
        if is_temporary:
            weakref.finalize(self, shutil.rmtree, folder.path.parent, ignore_errors=True)
        self.path = folder.path
        self.manifest = folder.manifest
        self.tables = Tables(folder)

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """The run in a folder.

        Raises StoreError if there is none, or it is unfinished.
        """
        return cls(RunFolder.read(Path(path)))

    def summary(self) -> dict[str, Any]:
        """The content of summary.json: see `mamori.raid.measures` for what each entry means."""
        return self._folder.summary()

    @property
    def baseline(self) -> "Run | None":
        """The same raid, luck and knowledge without any defence; None unless the run was made with a baseline."""
        path = self.path / "baseline"
        return Run.open(path) if (path / "manifest.json").is_file() else None

    @property
    def protection(self) -> tuple[Saving, ...]:
        """The protective measures that were followed, the one that would have saved most energy first."""
        return ranking(self.path)

    def scenario(self) -> Scenario:
        """The scenario that ran, as resolved."""
        return load(self.path / "scenario.yaml")

    def __repr__(self) -> str:
        return f"Run({self.manifest['scenario']!r}, replicas={self.manifest['replicas']}, path={str(self.path)!r})"


def run(
    scenario: Scenario | str | Path,
    *,
    replicas: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    block: int = BLOCK,
    baseline: bool = False,
    protection: bool = True,
    out: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Follow a scenario's raid in many replicas.

    scenario: a Scenario, a file or the name of a built-in one
    replicas, seed: instead of the scenario's own
    workers: processes; 1 computes in this one. A script that asks for more needs `if __name__ == "__main__":`
    block: replicas a worker is given at a time; changes no result
    baseline: also follow the same raid without any defence (see `Run.baseline`)
    protection: also follow some replicas with each protective measure of the scenario (see `Run.protection`)
    out: run folder; an unfinished one of the same run is resumed; None keeps the run in a temporary folder
    progress: called after each block
    Raises ScenarioError, StoreError, SolverError; StoppedError on Ctrl-C.
    """
    scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
    faults = _faults(replicas=replicas, seed=seed, workers=workers, block=block)
    if faults:
        raise ScenarioError(faults)
    scenario = with_run(scenario, replicas=replicas, seed=seed)
    refuse_too_large(scenario, min(workers, -(-scenario.run.replicas // block)))
    path = Path(tempfile.mkdtemp(prefix="mamori-")) / "run" if out is None else Path(out)
    plans = [Plan(scenario.name, path, scenario)]
    if baseline:
        plans.append(Plan(f"{scenario.name} without defence", path / "baseline", scenario, is_defended=False))
    tell = progress or (lambda _: None)
    if protection:
        plans += _measured(scenario, path, tell)
    folder, *_ = follow(plans, workers, block, tell)
    return Run(folder, is_temporary=out is None)


def protect(
    path: str | Path,
    *,
    replicas: int | None = None,
    workers: int = 1,
    block: int = BLOCK,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Follow a run's raid with each protective measure of its scenario, in so many of its replicas.

    path: folder of a finished run; replicas, workers, block, progress: as `run` has them
    Raises ScenarioError if the scenario names no measure, and what `run` raises.
    """
    path = Path(path)
    RunFolder.read(path)
    scenario = load(path / "scenario.yaml")
    faults = _faults(replicas=replicas, workers=workers, block=block)
    if not scenario.protective_measures:
        rule = say("the scenario of this run names none")
        remedy = say("Write some into the scenario, and give `mamori run` with it and the same --out again.")
        faults.append(Fault("protective_measures", "", rule, remedy))
    if faults:
        raise ScenarioError(faults)
    update = {} if replicas is None else {"protection_replicas": replicas}
    scenario = scenario.model_copy(update={"run": scenario.run.model_copy(update=update)})
    refuse_too_large(scenario, min(workers, -(-scenario.run.replicas // block)))
    tell = progress or (lambda _: None)
    folder, *_ = follow([Plan(scenario.name, path, scenario), *_measured(scenario, path, tell)], workers, block, tell)
    return Run(folder)


def _measured(scenario: Scenario, path: Path, tell: Callable[[Progress], None]) -> list[Plan]:
    found, left_out = measure_plans(scenario, path)
    for measure in left_out:
        tell(Progress(0, 0, say("{measure} finds nothing to change here and is left out", measure=measure.id)))
    return found


def with_run(scenario: Scenario, **own: int | None) -> Scenario:
    """The scenario with its own number of replicas or seed replaced by those that are not None.

    Raises ScenarioError if one is out of bounds.
    """
    faults = _faults(**own)
    if faults:
        raise ScenarioError(faults)
    given = {name: value for name, value in own.items() if value is not None}
    return scenario.model_copy(update={"run": scenario.run.model_copy(update=given)})


def _faults(**given: int | None) -> list[Fault]:
    least = {"seed": 0}
    most = {"replicas": MOST_REPLICAS, "seed": 2**63 - 1, "workers": MOST_WORKERS, "block": MOST_REPLICAS}
    remedy = {
        "replicas": say("Leave replicas out for the scenario's own number."),
        "seed": say("Leave seed out for the scenario's own."),
        "workers": say("Give the number of processes; it changes no result."),
        "block": say("Leave block out for {default}; it changes no result.", default=BLOCK),
    }
    return [
        Fault(
            name,
            str(value),
            say("must be at least {least} and at most {most}", least=least.get(name, 1), most=most[name]),
            remedy[name],
        )
        for name, value in given.items()
        if value is not None and not least.get(name, 1) <= value <= most[name]
    ]
