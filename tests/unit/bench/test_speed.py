"""What `mamori bench` measures: every stage once, nothing twice."""

import time

import pytest

import mamori
from mamori.bench.speed import measure
from mamori.raid.clock import Clock


def test_time_inside_another_stage_counts_once(monkeypatch):
    now = iter([0.0, 1.0, 4.0, 10.0, 20.0, 25.0])
    monkeypatch.setattr(time, "thread_time", lambda: next(now))
    clock = Clock()
    with clock("recovery"), clock("grid"):
        pass
    with clock("grid"):
        pass
    assert clock.seconds == {"grid": 3.0 + 5.0, "recovery": 10.0 - 3.0}
    assert clock.calls == {"grid": 2, "recovery": 1}
    both = Clock()
    both.add(clock)
    both.add(clock)
    assert both.seconds["recovery"] == 14.0


def test_bench_tells_every_stage():
    small = mamori.load("night-raid", ["recovery.days=1", "raid.aim_draws=1"])
    found = measure(small, replicas=2, repeats=1)
    stages = set(found["s_per_replica_by_stage"])
    assert {"tracking", "defence", "damage", "warning", "recovery", "grid", "services", "tables"} <= stages
    assert found["cpu_s_per_replica"] == pytest.approx(sum(found["s_per_replica_by_stage"].values()))
    assert found["threats"] == 154
    assert found["geometry_s"] > 0.0
    assert found["peak_memory_mb"] > 50.0
