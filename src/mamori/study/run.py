"""A run: thousands of replicas of one scenario into a run folder, and the same opened again."""

import os
import platform
import resource
import shutil
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
from threadpoolctl import threadpool_limits

import mamori
from mamori.errors import Fault, ScenarioError, StoppedError
from mamori.raid.clock import Clock
from mamori.raid.measures import measures
from mamori.raid.pipeline import Raid, class_names
from mamori.scenario.hash import scenario_hash
from mamori.scenario.load import dump, load
from mamori.scenario.schema import MOST_REPLICAS, Scenario
from mamori.store.folder import Block, RunFolder
from mamori.store.tables import TABLES
from mamori.study.pool import blocks, compute
from mamori.study.rows import tables_of
from mamori.study.size import refuse_too_large
from mamori.study.summary import summarise

BLOCK = 25
FORMAT = 1
MOST_WORKERS = 4096


@dataclass(frozen=True)
class Progress:
    """What a run tells while it works.

    done, total: replicas; stage: what it is doing, in words
    """

    done: int
    total: int
    stage: str


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
    out: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Follow a scenario's raid in many replicas.

    scenario: a Scenario, a file or the name of a built-in one
    replicas, seed: instead of the scenario's own
    workers: processes; 1 computes in this one. A script that asks for more needs `if __name__ == "__main__":`
    block: replicas a worker is given at a time; changes no result
    baseline: also follow the same raid without any defence (see `Run.baseline`)
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
    tell = progress or (lambda _: None)
    folder = _follow(scenario, path, workers, block, tell, is_defended=True)
    if baseline:
        _follow(scenario, path / "baseline", workers, block, tell, is_defended=False)
    return Run(folder, is_temporary=out is None)


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
        "replicas": "Leave replicas out for the scenario's own number.",
        "seed": "Leave seed out for the scenario's own.",
        "workers": "Give the number of processes; it changes no result.",
        "block": f"Leave block out for {BLOCK}; it changes no result.",
    }
    return [
        Fault(name, str(value), f"must be at least {least.get(name, 1)} and at most {most[name]}", remedy[name])
        for name, value in given.items()
        if value is not None and not least.get(name, 1) <= value <= most[name]
    ]


def _follow(
    scenario: Scenario, path: Path, workers: int, block: int, tell: Callable[[Progress], None], *, is_defended: bool
) -> RunFolder:
    total = scenario.run.replicas
    name = scenario.name if is_defended else f"{scenario.name} without defence"
    identity = {
        "format": FORMAT,
        "scenario": name,
        "scenario_hash": scenario_hash(scenario),
        "seed": scenario.run.seed,
        "replicas": total,
        "worlds": scenario.run.worlds,
        "mamori": mamori.__version__,
    }
    folder = RunFolder.open(path, identity, dump(scenario))
    if folder.is_finished:
        folder.close()
        tell(Progress(total, total, "already finished"))
        return folder
    try:
        spent = _Spent(folder.manifest.get("spent", {}))
        done = sum(stop - start for _, start, stop in folder.done())
        tell(Progress(done, total, "resumed" if done else "compiling"))
        todo = blocks(folder.done(), total, scenario.run.worlds, block)
        make = partial(Work, scenario, is_defended=is_defended)
        if todo and workers > 1:
            make()((todo[0][0], todo[0][1], todo[0][1] + 1))  # compiles and caches the kernels before the workers start
        tell(Progress(done, total, "replicas"))

        def take(at: Block, result: "BlockResult") -> None:
            nonlocal done
            folder.add_block(at, result.tables)
            spent.add(result)
            done += at[2] - at[1]
            tell(Progress(done, total, "replicas"))

        compute(todo, make, min(workers, len(todo)), take)
        tell(Progress(done, total, "tables"))
        folder.write_tables(list(TABLES))
        summary = summarise(folder, measures(*class_names(scenario)))
        folder.finish(summary, {"platform": _platform(), "versions": _versions(), "spent": spent.as_dict()})
    except (StoppedError, KeyboardInterrupt):
        folder.note({"spent": spent.as_dict()})
        raise StoppedError(
            f"Stopped after {done:,} of {total:,} replicas, which are kept in {path}. The same command takes up from "
            "there."
        ) from None
    finally:
        folder.close()
    return folder


@dataclass(frozen=True)
class BlockResult:
    """Tables of one block and what it cost: processor seconds by stage, and the most memory its process ever held."""

    tables: dict[str, pa.Table]
    clock: Clock
    process: int
    memory_mb: float


class Work:
    """What a worker computes blocks with."""

    def __init__(self, scenario: Scenario, *, is_defended: bool) -> None:
        self._raid = Raid(scenario, is_defended=is_defended)

    def __call__(self, at: Block) -> BlockResult:
        """Follow the replicas of a block."""
        world, start, stop = at
        clock = Clock()
        worlds = self._raid.scenario.run.worlds
        replicas = range(world + worlds * start, world + worlds * stop, worlds)
        with threadpool_limits(1):  # the same bytes whatever the number of cores
            outcomes = [self._raid.play(replica, clock) for replica in replicas]
            with clock("tables"):
                rows = tables_of(self._raid, outcomes)
        return BlockResult(rows, clock, os.getpid(), _memory_mb())


class _Spent:
    """Time and memory of a run, over all the sessions that it took."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self._before = before
        self._clock = Clock(dict(before.get("cpu_s_by_stage", {})), dict(before.get("calls_by_stage", {})))
        self._memory_mb: dict[int, float] = {}
        self._start = time.perf_counter()

    def add(self, result: BlockResult) -> None:
        self._clock.add(result.clock)
        self._memory_mb[result.process] = max(result.memory_mb, self._memory_mb.get(result.process, 0.0))

    def as_dict(self) -> dict[str, Any]:
        others = sum(mb for pid, mb in self._memory_mb.items() if pid != os.getpid())
        return {
            "wall_s": round(self._before.get("wall_s", 0.0) + time.perf_counter() - self._start, 3),
            "cpu_s_by_stage": {stage: round(s, 4) for stage, s in sorted(self._clock.seconds.items())},
            "calls_by_stage": dict(sorted(self._clock.calls.items())),
            "peak_memory_mb": round(max(self._before.get("peak_memory_mb", 0.0), others + _memory_mb()), 1),
            "sessions": self._before.get("sessions", 0) + 1,
        }


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def _platform() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("numpy", "scipy", "numba", "pyarrow", "pydantic")}
