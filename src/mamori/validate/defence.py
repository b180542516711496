"""Defence against what was reported: shares stopped by kind of threat in `night-raid` beside those of a country."""

import csv
import math
from collections.abc import Iterator
from importlib.resources import files

import numpy as np

from mamori.raid.clock import Clock
from mamori.raid.fight import fight
from mamori.raid.pipeline import Raid
from mamori.records import ThreatKind
from mamori.scenario.load import load
from mamori.tracking.model import confirm
from mamori.validate.case import Case

__all__ = ["defence_cases"]

REPLICAS, WORLDS = 120, 6
_SOURCE = (
    "reported of Ukraine: launched, destroyed and, from 2024, not reached their goal, by class and year; contested"
)
_FITTED, _COMPARED = "reported shares that the catalogue must come near", "reported shares beside it, not judged"


def defence_cases() -> list[Case]:
    """All cases, computed now. Takes some ten seconds."""
    computed = shares()
    with (files("mamori.validate") / "data" / "interception_by_class_year.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [case for kind in computed for case in _cases(kind, computed[kind], [r for r in rows if r["kind"] == kind])]


def _cases(kind: str, share: tuple[float, float, float], rows: list[dict[str, str]]) -> Iterator[Case]:
    stopped, engageable, stopped_if = share
    by_year = {int(row["year"]): row for row in rows}
    early = {year: row for year, row in by_year.items() if year < 2024}
    published = [int(row["destroyed"]) / int(row["launched"]) for row in early.values()]
    # Two years of one country lie this far apart; of a single year with few launches, 1.96 standard errors.
    apart = max(published) - min(published)
    n = min(int(row["launched"]) for row in early.values())
    tolerance = apart or 1.96 * math.sqrt(published[0] * (1.0 - published[0]) / n)
    years = " and ".join(str(year) for year in early)
    yield Case(_FITTED, f"{kind}, {years}", "share stopped", published, stopped, tolerance, _SOURCE)
    late = by_year[2024]
    launched, destroyed, lost = (int(late[name]) for name in ("launched", "destroyed", "not_reach_goal"))
    both = [destroyed / launched, (destroyed + lost) / launched]
    yield Case(_COMPARED, f"{kind}, 2024", "share stopped", both, stopped, tolerance, _SOURCE, is_judged=False)
    everything = [*published, *both]
    for quantity, computed in (("share stopped of those engageable", stopped_if), ("share engageable", engageable)):
        yield Case(_COMPARED, f"{kind}, all years", quantity, everything, computed, tolerance, _SOURCE, is_judged=False)


def shares() -> dict[str, tuple[float, float, float]]:
    """By kind of threat in `night-raid`: shares stopped by defence, engageable, and stopped of those."""
    raid = Raid(load("night-raid", [f"run.worlds={WORLDS}", "raid.aim_draws=1"]))
    clock, seed = Clock(), raid.scenario.run.seed
    total = np.zeros((len(ThreatKind), 3))
    for replica in sorted(range(REPLICAS), key=lambda r: (r % WORLDS, r)):
        world = raid.world(replica)
        g = world.geometry(*raid.which(replica))
        seen_s = confirm(
            g.tracks, n_threats=len(g.threats.id), n_sensors=len(world.sensors.id), seed=seed, replica=replica
        )
        fought = fight(world, g, seen_s, replica, clock)
        is_flown = g.trajectories.status == 0
        for row, counted in enumerate((is_flown, np.isfinite(fought.engagements.killed_s), fought.chances > 0)):
            total[:, row] += np.bincount(g.threats.kind[counted & is_flown], minlength=len(ThreatKind))
    kinds = (ThreatKind.BALLISTIC, ThreatKind.CRUISE, ThreatKind.DRONE)
    return {
        kind.name.lower(): (float(stopped / launched), float(able / launched), float(stopped / able))
        for kind, (launched, stopped, able) in ((kind, total[kind].tolist()) for kind in kinds)
    }
