"""Speed of each stage on this machine: processor seconds a replica, replicas a second, peak memory."""

import os
import platform
import resource
import statistics
import sys
import time
from typing import Any

from threadpoolctl import threadpool_limits

from mamori.raid.clock import Clock
from mamori.raid.pipeline import Raid
from mamori.scenario.schema import Scenario
from mamori.study.rows import tables_of
from mamori.study.size import refuse_too_large


def measure(scenario: Scenario, replicas: int, repeats: int) -> dict[str, Any]:
    """Follow replicas in this process, one thread, several times over, and tell where the time went.

    replicas: followed each time; repeats: times, of which medians are given
    Returns a dict ready for JSON. All replicas are of world 0, as in a worker's block. The kernels are compiled and the
    geometry is computed before the clock of the replicas starts: `first_s` is what that pass took in all, compilation
    included where it was needed, and `geometry_s` what the geometry of one variant under one draw of aims takes again.
    Raises ScenarioError if memory cannot hold the scenario.
    """
    refuse_too_large(scenario, 1)
    start = time.perf_counter()
    raid = Raid(scenario)
    of_world_0 = range(0, replicas * scenario.run.worlds, scenario.run.worlds)
    with threadpool_limits(1):
        tables_of(raid, [raid.play(replica) for replica in of_world_0])
        first_s = time.perf_counter() - start
        geometry_s = _geometry_s(scenario, repeats)
        clocks, wall_s = [], []
        for _ in range(repeats):
            clock = Clock()
            start = time.perf_counter()
            outcomes = [raid.play(replica, clock) for replica in of_world_0]
            with clock("tables"):
                tables_of(raid, outcomes)
            wall_s.append(time.perf_counter() - start)
            clocks.append(clock)
    stages = sorted({stage for clock in clocks for stage in clock.seconds})
    by_stage = {
        stage: statistics.median(clock.seconds.get(stage, 0.0) for clock in clocks) / replicas for stage in stages
    }
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0**2 if sys.platform == "darwin" else 1024.0)
    return {
        "scenario": scenario.name,
        "replicas": replicas,
        "repeats": repeats,
        "threats": max((sum(group.count for group in v.groups) for v in scenario.raid.variants), default=0),
        "s_per_replica_by_stage": dict(sorted(by_stage.items(), key=lambda item: -item[1])),
        "cpu_s_per_replica": sum(by_stage.values()),
        "replicas_per_s": replicas / statistics.median(wall_s),
        "first_s": first_s,
        "geometry_s": geometry_s,
        "peak_memory_mb": memory,
        "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
    }


def _geometry_s(scenario: Scenario, repeats: int) -> float:
    """Processor seconds for the geometry of the first variant, median of several fresh worlds."""
    spent = []
    for _ in range(repeats):
        world = Raid(scenario).world(0)
        start = time.thread_time()
        world.geometry(0, 0)
        spent.append(time.thread_time() - start)
    return statistics.median(spent)
