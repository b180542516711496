"""Several plans followed together, each into a run folder of its own: stopped at any moment, taken up again, whole."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any

import mamori
from mamori.errors import StoppedError
from mamori.language.message import say, term
from mamori.raid.measures import measures
from mamori.raid.pipeline import class_names
from mamori.scenario.hash import scenario_hash
from mamori.scenario.load import dump
from mamori.store.folder import RunFolder
from mamori.study.pool import blocks, compute
from mamori.study.summary import raid_sizes, summarise
from mamori.study.work import BlockResult, Plan, Session, Spent, Task, Work, tasks

FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """What a run tells while it works.

    done, total: replicas of all plans; stage: what it is doing, in words
    """

    done: int
    total: int
    stage: str


def identity_of(plan: Plan) -> dict[str, Any]:
    """What makes a run of a plan the same run (see `mamori.store.folder.IDENTITY`)."""
    run = plan.scenario.run
    return {
        "format": FORMAT,
        "scenario": plan.name,
        "scenario_hash": scenario_hash(plan.scenario),
        "seed": run.seed,
        "replicas": run.replicas,
        "worlds": run.worlds,
        "mamori": mamori.__version__,
    }


def follow(plans: Sequence[Plan], workers: int, block: int, tell: Callable[[Progress], None]) -> list[RunFolder]:
    """Follow every plan that is not finished yet; the first is the one whose geometry the others share.

    Returns their folders. Raises StoppedError on Ctrl-C.
    """
    with ExitStack() as stack:
        fitted: list[Plan] = []
        folders: list[RunFolder] = []
        for plan in plans:  # the first one's lock keeps others out of the folders inside its own
            fitted.append(_fitted(plan) if plan.may_be_longer else plan)
            is_written = (plan.path / "scenario.yaml").exists()
            text = "" if is_written else dump(fitted[-1].scenario)  # takes a while
            folders.append(RunFolder.open(plan.path, identity_of(fitted[-1]), text))
            stack.callback(folders[-1].close)
        _Following(fitted, folders, tell).finish(workers, block)
        return folders


def _fitted(plan: Plan) -> Plan:
    """The plan at the length that its folder has; a folder of a shorter run of it is dropped, to be made again."""
    try:
        there = json.loads((plan.path / "manifest.json").read_text())
    except (OSError, ValueError):
        return plan  # nothing there, or what opening it will tell
    n = there.get("replicas") if isinstance(there, dict) else None
    if not isinstance(n, int):
        return plan
    run = plan.scenario.run.model_copy(update={"replicas": n})
    found = replace(plan, scenario=plan.scenario.model_copy(update={"run": run}))
    if any(there.get(name) != mine for name, mine in identity_of(found).items()):
        return plan
    if n < plan.scenario.run.replicas:
        shutil.rmtree(plan.path)
        return plan
    return found


class _Following:
    """Plans under way."""

    def __init__(self, plans: Sequence[Plan], folders: Sequence[RunFolder], tell: Callable[[Progress], None]) -> None:
        self._plans, self._folders, self._tell = plans, folders, tell
        self._spent = [Spent(folder.manifest.get("spent", {})) for folder in folders]
        self._session = Session(folders[0].manifest.get("spent", {}))
        self._open = [number for number, folder in enumerate(folders) if not folder.is_finished]
        self._total = sum(plan.scenario.run.replicas for plan in plans)
        there = [plans[number].scenario.run.replicas for number, f in enumerate(folders) if f.is_finished]
        there += [stop - start for number in self._open for _, start, stop in folders[number].done()]
        self._done = sum(there)

    def finish(self, workers: int, block: int) -> None:
        """Compute what is missing and write the tables."""
        if not self._open:
            self._say(term("already finished"))
            return
        try:
            self._say(term("resumed") if self._done else term("compiling"))
            todo = tasks([self._missing(number, block) for number in range(len(self._plans))])
            make = partial(Work, self._plans)
            if todo and workers > 1:
                world, start, _, number = todo[0]
                make()((world, start, start + 1, number))  # compiles and caches the kernels before the workers start
            self._say(term("replicas"))
            compute(todo, make, min(workers, len(todo)), self._take)
            self._say(term("tables"))
            for number in self._open:
                self._write(number)
            if 0 not in self._open:
                self._folders[0].note({"spent": self._account(0)})
        except (StoppedError, KeyboardInterrupt):
            for number in sorted({0, *self._open}):
                self._folders[number].note({"spent": self._account(number)})
            raise StoppedError(
                say(
                    "Stopped after {done:,} of {total:,} replicas, which are kept in {folder}. The same command takes "
                    "up from there.",
                    done=self._done,
                    total=self._total,
                    folder=self._folders[0].path,
                )
            ) from None

    def _missing(self, number: int, block: int) -> list[tuple[int, int, int]]:
        folder, run = self._folders[number], self._plans[number].scenario.run
        return [] if folder.is_finished else blocks(folder.done(), run.replicas, run.worlds, block)

    def _take(self, task: Task, result: BlockResult) -> None:
        world, start, stop, number = task
        self._folders[number].add_block((world, start, stop), result.tables)
        self._spent[number].add(result.clock)
        self._session.add(result)
        self._done += stop - start
        self._say(term("replicas"))

    def _write(self, number: int) -> None:
        plan, folder = self._plans[number], self._folders[number]
        folder.write_tables(list(plan.tables))
        summary = summarise(folder, measures(*class_names(plan.scenario))) | raid_sizes(folder)
        facts = {"platform": _platform(), "versions": _versions(), "spent": self._account(number), **plan.facts}
        folder.finish(summary, facts)

    def _account(self, number: int) -> dict[str, Any]:
        """Time of a plan; the first one's also says what all together took."""
        return {**(self._session.as_dict() if number == 0 else {}), **self._spent[number].as_dict()}

    def _say(self, stage: str) -> None:
        self._tell(Progress(self._done, self._total, stage))


def _platform() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("numpy", "scipy", "numba", "pyarrow", "pydantic")}
