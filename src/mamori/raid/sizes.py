"""The same raid at other sizes, followed as far as the fight: how much comes through when more is sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mamori.damage.model import impacts
from mamori.flight.model import lifts_off
from mamori.maths.luck import Stage, entity_key, uniform
from mamori.raid.clock import Clock
from mamori.raid.fight import fight
from mamori.raid.geometry import Geometry, geometry
from mamori.raid.sight import tracked_from
from mamori.raid.threats import draw
from mamori.world.quantity import value

if TYPE_CHECKING:
    from mamori.flight.schema import ThreatGroup, Variant
    from mamori.raid.pipeline import Raid
    from mamori.raid.world import World
    from mamori.records import Floats, Ints

MOST_SAMPLES = 6
REPLICAS_A_SAMPLE = 5
"""Of a long run, so many raids are followed at all sizes, each with the luck of so many replicas: their geometry takes
most of the time, so replicas share it. Together they take about an eighth of what 200 replicas of `night-raid` do."""
RUN_A_SAMPLE = 32
LEAST_SAMPLES = 3
"""A shorter run affords one sample for so many replicas, and some in any case."""
SLOT_JOINS = 8
"""Slot of luck, after those of `threats`."""


@dataclass(frozen=True)
class AtSizes:
    """One replica of the raid at several sizes; Z sizes, C classes of threat.

    size: (Z,) as a share of the raid as written; classes: names; launched, leaked, stopped: (Z, C) threats
    undefended: (Z, C) of those launched, how many would come down working if nobody shot
    """

    size: Floats
    classes: tuple[str, ...]
    launched: Ints
    leaked: Ints
    stopped: Ints
    undefended: Ints


def sample_of(replica: int, n_replicas: int, n_worlds: int) -> tuple[int, int] | None:
    """Which sample of the raid a replica follows at all sizes, and the number of samples; None for none.

    Samples are spread over the worlds; those of one world are followed by replicas one after the other there.
    """
    most = min(MOST_SAMPLES, max(n_replicas // RUN_A_SAMPLE, min(n_replicas // REPLICAS_A_SAMPLE, LEAST_SAMPLES), 1))
    worlds, in_world = min(n_worlds, most), max(1, most // n_worlds)
    world, nth = replica % n_worlds, replica // n_worlds // REPLICAS_A_SAMPLE
    return (world + worlds * nth, worlds * in_world) if world < worlds and nth < in_world else None


class RaidSizes:
    """Follows replicas of a raid at the sizes that its scenario asks for, geometry once for all of them."""

    def __init__(self, raid: Raid) -> None:
        self._raid = raid
        self._size = np.array(raid.scenario.run.raid_sizes, dtype=np.float64)
        self._last: tuple[int, Geometry, Floats, Floats] | None = None

    def __call__(self, replica: int, clock: Clock) -> AtSizes | None:
        """One replica at all sizes, a function of the scenario and the replica's number alone; None where the run does
        not follow this one.

        The raid is built once at its largest size. Each threat draws a number, and a smaller raid is those that drew
        low: so it is part of every larger one and shares its luck, and what comes through differs by what is added.
        The raid of size 1 is the raid as written; one of another size has its multiple of each group's threats on
        average, not each time. Who falls silent in the fight stays silent; recovery is not followed.
        """
        run = self._raid.scenario.run
        found = sample_of(replica, run.replicas, run.worlds) if len(self._size) else None
        if found is None:
            return None
        with clock("raid sizes"):
            world = self._raid.world(replica)
            g, low, span = self._geometry(world, *found)
            confirmed_s = tracked_from(world, g, replica)
            u = [uniform(run.seed, replica, int(Stage.RAID), key, SLOT_JOINS) for key in g.threats.key.tolist()]
            return _fight_all(world, g, confirmed_s, replica, self._size, low + np.array(u) * span)

    def _geometry(self, world: World, sample: int, n_samples: int) -> tuple[Geometry, Floats, Floats]:
        """Of the raid at its largest, and when each threat joins it, see `enlarged`."""
        if self._last is None or self._last[0] != sample:
            drawn = world.scenario
            # Variants in turn by weight: few samples then show the family better than a draw of each would.
            order = sorted(drawn.raid.variants, key=lambda variant: variant.id)
            edges = np.cumsum([variant.weight for variant in order])
            at = (sample + 0.5) / n_samples * edges[-1]
            variant = order[int(np.searchsorted(edges, at, side="right"))]
            u = uniform(drawn.run.seed, sample, int(Stage.RAID), entity_key("raid sizes"), 0)
            large, low, span = enlarged(variant, float(self._size.max()))
            threats = draw(
                large, world.threat_classes, world.kinds, world.reach_m, world.aims, drawn.run.seed,
                int(u * drawn.raid.aim_draws), world.wander,
            )  # fmt: skip
            self._last = sample, geometry(world, threats), low, span
        return self._last[1:]


def enlarged(variant: Variant, size: float) -> tuple[Variant, Floats, Floats]:
    """A variant with all the threats that any size up to this one has, and for each (T,) above which size it joins the
    raid if it draws 0, and how much later if it draws 1.

    Its own threats come as written and join up to size 1. Those that are added are groups beside theirs: of the same
    kind, from the same place, launched between the others in the same time, and aimed further down the list of targets.
    """
    groups: list[ThreatGroup] = []
    low: list[float] = []
    span: list[float] = []
    for group in variant.groups:
        groups.append(group)
        low += [0.0] * group.count
        span += [1.0] * group.count
        n_more = math.ceil(group.count * max(size - 1.0, 0.0) - 1e-9)
        if n_more:
            interval_s = value(group.interval_s) * group.count / n_more
            at = group.count % len(group.targets) if group.targets else 0
            more = {
                "id": f"{group.id}+",
                "count": n_more,
                "interval_s": interval_s,
                "launch_s": value(group.launch_s) + 0.5 * interval_s,
                "targets": group.targets and (*group.targets[at:], *group.targets[:at]),
            }
            groups.append(group.model_copy(update=more))
            low += [1.0] * n_more
            span += [n_more / group.count] * n_more
    return variant.model_copy(update={"groups": tuple(groups)}), np.array(low), np.array(span)


def _fight_all(
    world: World, g: Geometry, confirmed_s: Floats, replica: int, sizes: Floats, joins_at: Floats
) -> AtSizes:
    """joins_at: (T,) size above which each threat takes part."""
    threats, n_classes = g.threats, len(g.threats.classes)
    shape = (len(sizes), n_classes)
    launched, leaked, stopped, undefended = (np.zeros(shape, np.int64) for _ in range(4))
    is_up = lifts_off(world.flight, threats.class_i, threats.key, world.scenario.run.seed, replica)
    never_s = np.where(is_up, np.inf, -np.inf)
    would = impacts(threats, g.trajectories, never_s, world.munitions, world.scenario.run.seed, replica).threat_i
    is_sound = np.zeros(len(threats.id), np.bool_)
    is_sound[would] = True
    inner = Clock()  # what the stages take here counts towards the study of sizes

    def count(rows: Ints) -> Ints:
        return np.bincount(threats.class_i[rows], minlength=n_classes)

    for z, size in enumerate(sizes.tolist()):
        is_launched = joins_at < size
        fought = fight(world, g, confirmed_s, replica, inner, is_launched=is_launched)
        launched[z] = count(np.flatnonzero(is_launched))
        leaked[z] = count(fought.impacts.threat_i)
        stopped[z] = count(np.flatnonzero(np.isfinite(fought.engagements.killed_s)))
        undefended[z] = count(np.flatnonzero(is_launched & is_sound))
    return AtSizes(sizes, threats.classes, launched, leaked, stopped, undefended)
