"""Time and memory of whole runs against the number of replicas and of threats, each in processes of their own.

    python benchmarks/scaling.py [--workers 2] [--json]

Three sizes each. Processor seconds are those of the command and its workers together, memory is the largest sum that
the run's own processes held. A run of few replicas comes first, so that kernels are compiled before anything is
measured.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

import mamori

REPLICAS = (250, 500, 1000)
FACTORS = (1, 2, 4)
REPLICAS_OF_THREATS = 200


def whole(scenario: str | Path, replicas: int, workers: int, folder: Path) -> dict[str, Any]:
    """One run as a process: wall and processor seconds, memory, time by stage."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    words = ["run", str(scenario), "--replicas", str(replicas), "--workers", str(workers), "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "mamori.cli", *words], check=True, capture_output=True)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = json.loads((folder / "manifest.json").read_text())["spent"]
    return {
        "replicas": replicas,
        "wall_s": round(wall_s, 2),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_memory_mb": spent["peak_memory_mb"],
        "cpu_s_by_stage": spent["cpu_s_by_stage"],
    }


def more_threats(factor: int, folder: Path) -> Path:
    """night-raid with every group `factor` times as large, launched in the same time."""
    variants = mamori.load("night-raid").raid.variants
    groups = [
        {
            "id": variant.id,
            "groups": [
                {"id": g.id, "count": g.count * factor, "interval_s": float(g.interval_s) / factor}
                for g in variant.groups
            ],
        }
        for variant in variants
    ]
    file = folder / f"threats-{factor}.yaml"
    file.write_text(
        yaml.safe_dump({"schema_version": 1, "name": file.stem, "extends": "night-raid", "raid": {"variants": groups}})
    )
    return file


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole("night-raid", 10, options.workers, folder / "warm")
        replicas = [whole("night-raid", n, options.workers, folder / f"replicas-{n}") for n in REPLICAS]
        threats = []
        for factor in FACTORS:
            found = whole(more_threats(factor, folder), REPLICAS_OF_THREATS, options.workers, folder / f"x{factor}")
            threats.append({"threats": 154 * factor, **found})
    if options.json:
        print(json.dumps({"replicas": replicas, "threats": threats}, indent=1))
        return
    for title, rows, size in (("replicas", replicas, "replicas"), ("threats (energy variant)", threats, "threats")):
        print(f"{title:>26} {'wall s':>8} {'cpu s':>8} {'cpu s each':>11} {'peak MB':>8}")
        for row in rows:
            print(
                f"{row[size]:>26,} {row['wall_s']:>8} {row['cpu_s']:>8} {row['cpu_s'] / row[size]:>11.4f} "
                f"{row['peak_memory_mb']:>8}"
            )


if __name__ == "__main__":
    main()
