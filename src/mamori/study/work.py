"""What a worker computes: blocks of replicas of several plans, world by world, so that they share their geometry."""

import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from threadpoolctl import threadpool_limits

from mamori.raid.clock import Clock
from mamori.raid.pipeline import Raid
from mamori.raid.sizes import RaidSizes
from mamori.scenario.schema import Scenario
from mamori.store.folder import Block
from mamori.store.tables import TABLES
from mamori.study.rows import tables_of


@dataclass(frozen=True)
class Plan:
    """One way to meet the raid, followed into a folder of its own.

    name: in its manifest; path: its run folder; is_defended: False leaves every battery silent
    tables: that are kept; facts: what its manifest says besides
    may_be_longer: more replicas of it than these are as good, and fewer are followed again with these
    """

    name: str
    path: Path
    scenario: Scenario
    is_defended: bool = True
    tables: tuple[str, ...] = tuple(TABLES)
    facts: Mapping[str, Any] = field(default_factory=dict)
    may_be_longer: bool = False


Task = tuple[int, int, int, int]
"""A block (world, start, stop) of the plan of this number."""


def tasks(missing: Sequence[Sequence[Block]]) -> list[Task]:
    """All blocks world by world and, in each, plan by plan: whoever works on a world has its geometry at hand.

    missing: blocks by plan
    """
    every = [(*block, plan) for plan, own in enumerate(missing) for block in own]
    return sorted(every, key=lambda task: (task[0], task[3], task[1]))


@dataclass(frozen=True)
class BlockResult:
    """Tables of one block and what it cost: processor seconds by stage, and the most memory its process ever held."""

    tables: dict[str, pa.Table]
    clock: Clock
    process: int
    memory_mb: float


class Work:
    """Computes blocks. Plans take from the first one what of their geometry is the same; that changes no result."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._reference = Raid(plans[0].scenario)
        self._sizes = RaidSizes(self._reference)
        self._raid, self._raid_of = self._reference, 0

    def __call__(self, task: Task) -> BlockResult:
        """Follow the replicas of a block of a plan."""
        world, start, stop, number = task
        plan, raid = self._plans[number], self._of(number)
        clock = Clock()
        worlds = plan.scenario.run.worlds
        replicas = range(world + worlds * start, world + worlds * stop, worlds)
        with threadpool_limits(1):  # the same bytes whatever the number of cores
            outcomes = [raid.play(replica, clock) for replica in replicas]
            sizes = [self._sizes(replica, clock) for replica in replicas] if number == 0 else ()
            with clock("tables"):
                rows = tables_of(raid, outcomes, sizes, plan.tables)
        return BlockResult(rows, clock, os.getpid(), memory_mb())

    def _of(self, number: int) -> Raid:
        """The raid of a plan; of all but the first only one is kept."""
        if number == 0:
            return self._reference
        if number != self._raid_of:
            plan = self._plans[number]
            self._raid = Raid(plan.scenario, is_defended=plan.is_defended, like=self._reference)
            self._raid_of = number
        return self._raid


class Spent:
    """Processor time of a plan, over all the sessions that it took."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self._clock = Clock(dict(before.get("cpu_s_by_stage", {})), dict(before.get("calls_by_stage", {})))

    def add(self, clock: Clock) -> None:
        """Count a block."""
        self._clock.add(clock)

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "cpu_s_by_stage": {stage: round(s, 4) for stage, s in sorted(self._clock.seconds.items())},
            "calls_by_stage": dict(sorted(self._clock.calls.items())),
        }


class Session:
    """Time by the clock and memory of all plans together, over all sessions."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        self._before = before
        self._memory_mb: dict[int, float] = {}
        self._start = time.perf_counter()

    def add(self, result: BlockResult) -> None:
        """Count a block."""
        self._memory_mb[result.process] = max(result.memory_mb, self._memory_mb.get(result.process, 0.0))

    def as_dict(self) -> dict[str, Any]:
        """For the manifest of the first plan."""
        others = sum(mb for pid, mb in self._memory_mb.items() if pid != os.getpid())
        return {
            "wall_s": round(self._before.get("wall_s", 0.0) + time.perf_counter() - self._start, 3),
            "peak_memory_mb": round(max(self._before.get("peak_memory_mb", 0.0), others + memory_mb()), 1),
            "sessions": self._before.get("sessions", 0) + 1,
        }


def memory_mb() -> float:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0**2 if sys.platform == "darwin" else 1024.0)
