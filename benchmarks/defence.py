"""Speed of the fight: replicas a second on one core, and the raid in plain numbers for other engines.

    python benchmarks/defence.py [--seconds 3] [--json] [--blade FILE]

Two raids on a field of batteries with channels, magazines, reloads and looks: 100 threats against 10 batteries, and 600
against 60. Threats are one-way drones and cruise missiles that fly straight across; batteries are of the catalogue's
short-range and area classes. The geometry is computed once, each replica draws its own tracks (a tenth never tracked)
and its own shots. What is counted is the compiled loop over replicas in one thread, processor seconds, compilation left
out; then `model.engage` with its tables of results, as a run calls it.

`--blade FILE` writes the first raid in plain numbers (JSON: batteries with places and all figures, threats with start,
aim, speed, height), for whoever sets up the same in Panopticon's BLADE (Python 3.12, not a dependency).
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from mamori.defence.battle import kernels
from mamori.defence.battle.arrays import Fought, Night, Rules, Scene, Shooters, Work
from mamori.defence.battle.model import engage, scene, shooters, space
from mamori.defence.model import BatteryTable, DefenceRules, opportunities
from mamori.defence.schema import DEFENCE_SECTION, BatteryClass, DefencePart, battery_table
from mamori.maths.earth import ecef
from mamori.maths.luck import entity_key, uniform
from mamori.records import Floats, ThreatKind, Trajectories, Worth

POLICIES = {"first-come": 0, "worth": 1, "rolling": 2}
LATITUDE_DEG, LONGITUDE_DEG = 35.0, 168.0
DEG_M = 111_195.0

CLASSES = {
    "short-range": {
        "layer": "short-range", "p_kill": {"cruise": 0.7, "drone": 0.85}, "min_range_m": 1e3, "max_range_m": 18e3,
        "max_height_m": 10e3, "interceptor_speed_m_s": 600.0, "reaction_s": 8.0, "channels": 4, "magazine": 12,
        "reloads": 2, "reload_s": 1800.0, "assess_s": 4.0, "cost_per_shot_eur": 0.5e6,
    },
    "area": {
        "layer": "lower-tier", "p_kill": {"cruise": 0.75, "drone": 0.85}, "min_range_m": 3e3, "max_range_m": 40e3,
        "max_height_m": 22e3, "interceptor_speed_m_s": 1100.0, "reaction_s": 12.0, "channels": 6, "magazine": 24,
        "reloads": 1, "reload_s": 3600.0, "assess_s": 5.0, "cost_per_shot_eur": 3e6,
    },
}  # fmt: skip


def field(
    n_threats: int, n_batteries: int, seed: int = 1
) -> tuple[Trajectories, np.ndarray, BatteryTable, dict[str, Any]]:
    """Paths, kinds and batteries of a raid, and the same as plain places."""
    rng = np.random.default_rng(seed)
    side_m = 25e3 * np.sqrt(n_batteries)
    place = rng.uniform(-side_m, side_m, (n_batteries, 2))
    names = ["area" if i % 3 == 0 else "short-range" for i in range(n_batteries)]

    def at(east_m: float, north_m: float) -> dict[str, float]:
        longitude = LONGITUDE_DEG + east_m / (DEG_M * np.cos(np.radians(LATITUDE_DEG)))
        return {"latitude_deg": float(LATITUDE_DEG + north_m / DEG_M), "longitude_deg": float(longitude)}

    batteries = [{"id": f"b{i}", "class": names[i], **at(*place[i]), "command_post": "hq"} for i in range(n_batteries)]
    part = DefencePart.model_validate({"batteries": batteries, "command_posts": [{"id": "hq", **at(0.0, 0.0)}]})
    sections: dict[str, BatteryClass] = {name: DEFENCE_SECTION.validate_python(c) for name, c in CLASSES.items()}
    aim = place[rng.integers(0, n_batteries, n_threats)] + rng.normal(0.0, 5e3, (n_threats, 2))
    start = np.stack([np.full(n_threats, -2.0 * side_m - 50e3), rng.uniform(-side_m, side_m, n_threats)], axis=-1)
    is_drone = rng.uniform(size=n_threats) < 0.8
    speed, height = np.where(is_drone, 50.0, 240.0), np.where(is_drone, 400.0, 60.0)
    length = np.hypot(*(aim - start).T)
    # All come down within an hour and a half, as in a raid of one night.
    impact_s = rng.uniform(4000.0, 4000.0 + 5400.0, n_threats)
    n_rows = 17
    share = np.linspace(0.0, 1.0, n_rows)
    xy = start[:, None] + share[None, :, None] * (aim - start)[:, None]
    times = impact_s[:, None] + (share - 1.0) * (length / speed)[:, None]
    latitude = np.radians(LATITUDE_DEG + xy[..., 1] / DEG_M)
    longitude = np.radians(LONGITUDE_DEG + xy[..., 0] / (DEG_M * np.cos(np.radians(LATITUDE_DEG))))
    high = np.broadcast_to(height[:, None], times.shape)
    position = ecef(latitude.ravel(), longitude.ravel(), high.ravel().copy())
    paths = Trajectories(
        first=n_rows * np.arange(n_threats + 1), time_s=times.ravel(), position_m=np.ascontiguousarray(position),
        velocity_m_s=np.zeros((n_threats * n_rows, 3)), height_m=high.ravel().copy(), impact_s=impact_s,
        status=np.zeros(n_threats, np.int64),
    )  # fmt: skip
    kind = np.where(is_drone, int(ThreatKind.DRONE), int(ThreatKind.CRUISE)).astype(np.int64)
    plain = {
        "batteries": [{**b, **CLASSES[str(b["class"])]} for b in batteries],
        "threats": [
            {"id": f"t{i}", "from": at(*start[i]), "to": at(*aim[i]), "speed_m_s": float(speed[i]),
             "height_m": float(height[i]), "start_s": float(times[i, 0])}
            for i in range(n_threats)
        ],
    }  # fmt: skip
    return paths, kind, battery_table(part, sections), plain


@njit(nogil=True)
def replicas(
    raid: Scene, table: Shooters, rules: Rules, night: Night, first: int, n: int, work: Work, out: Fought,
    sums: np.ndarray,
) -> None:  # fmt: skip
    """Follow n replicas; sums: (3,) salvoes, shots and kills of all of them."""
    for replica in range(first, first + n):
        salvoes = kernels.fight(raid, table, rules, night, 7, replica, work, out)
        sums[0] += salvoes
        for s in range(salvoes):
            sums[1] += out.n_shots[s]
            sums[2] += out.is_kill[s]


def timed(n_threats: int, n_batteries: int, policy: str, seconds: float) -> dict[str, Any]:
    """Replicas a second of one raid."""
    paths, kind, batteries, _ = field(n_threats, n_batteries)
    start = time.process_time()
    opp = opportunities(paths, kind, batteries)
    geometry_s = time.process_time() - start
    key = np.array([entity_key(f"t{i}") for i in range(n_threats)], np.int64)
    worth = Worth(np.array([1.0 + 99.0 * uniform(1, 0, 1, int(k), 0) for k in key]))
    raid = scene(opp, batteries, kind, key, worth)
    rng = np.random.default_rng(2)
    seen: Floats = np.repeat(rng.uniform(0.0, 1.0, n_threats)[:, None], n_batteries, axis=1)
    available_s = np.where(seen < 0.1, np.inf, paths.impact_s[:, None] - 1500.0 * seen)
    many, forever = np.full((n_threats, n_batteries), np.inf), np.full(n_batteries, np.inf)
    rules = DefenceRules(np.zeros(4), 5.0, 8)
    night = Night(batteries.p_kill, available_s, many, forever, forever)
    work, out = space(n_threats, len(raid.battery_i), batteries, 8)
    sums = np.zeros(3, np.int64)
    of_loop = Rules(POLICIES[policy], 180.0, 8)
    replicas(raid, shooters(batteries), of_loop, night, 0, 2, work, out, sums)
    sums[:] = 0
    n, spent, chunk = 0, 0.0, 50
    while spent < seconds:
        start = time.process_time()
        replicas(raid, shooters(batteries), of_loop, night, n, chunk, work, out, sums)
        spent += time.process_time() - start
        n += chunk
    start, calls = time.process_time(), 0
    while time.process_time() - start < 0.3 * seconds:
        engage(raid, batteries, rules, available_s, many, forever, forever, batteries.p_kill, 7, calls)
        calls += 1
    whole_s = (time.process_time() - start) / calls
    return {
        "threats": n_threats, "batteries": n_batteries, "engage": policy, "pairs": len(raid.battery_i),
        "geometry_s": round(geometry_s, 3), "replicas_per_s": round(n / spent),
        "calls_of_engage_per_s": round(1.0 / whole_s) if policy == "worth" else None,
        "salvoes": round(sums[0] / n, 1), "shots": round(sums[1] / n, 1), "kills": round(sums[2] / n, 1),
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--blade", type=Path)
    asked = parser.parse_args()
    if asked.blade:
        asked.blade.write_text(json.dumps(field(100, 10)[3], indent=1))
    found = [
        timed(n_threats, n_batteries, policy, asked.seconds)
        for n_threats, n_batteries in ((100, 10), (600, 60))
        for policy in POLICIES
    ]
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    for row in found:
        print("  ".join(f"{name} {value}" for name, value in row.items() if value is not None))


if __name__ == "__main__":
    main()
