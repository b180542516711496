"""One way through: the stages in order, for one replica. Only this folder knows the order."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from mamori.maths.luck import Stage, entity_key, uniform
from mamori.raid.clock import Clock
from mamori.raid.fight import fight, why
from mamori.raid.outcome import Outcome
from mamori.raid.recover import recover, without_raid
from mamori.raid.sight import tracked_from
from mamori.raid.world import World
from mamori.tracking.model import predictions
from mamori.warning.model import exposure, warnings

if TYPE_CHECKING:
    from mamori.scenario.schema import Scenario

MOST_WORLDS_KEPT = 2
"""Worlds whose tables and geometry (some 100 MB each) a process keeps; those longest not used are made again when
needed.
Blocks of replicas keep to one world, so that is seldom."""


class Raid:
    """A scenario ready to be followed, replica by replica, in any order."""

    def __init__(self, scenario: Scenario, *, is_defended: bool = True, like: Raid | None = None) -> None:
        """Nothing is computed before the first replica.

        is_defended: False follows the same raid with every battery silent from the start, the baseline of a comparison
        like: a raid whose geometry is taken wherever it would come out the same; changes no result
        """
        self.scenario = scenario
        self.is_defended = is_defended
        self._like = like
        is_one = like is not None and like.scenario is scenario
        self.worlds: OrderedDict[int, World] = like.worlds if like is not None and is_one else OrderedDict()

    def world(self, replica: int) -> World:
        """The world of a replica: they take turns, so that any number of replicas shares them evenly."""
        number = replica % self.scenario.run.worlds
        if number not in self.worlds:
            like = None if self._like is None else self._like.world(number)
            beside = next(reversed(self.worlds.values()), None)
            self.worlds[number] = World(self.scenario, number, like, beside)
            if len(self.worlds) > MOST_WORLDS_KEPT:
                self.worlds.popitem(last=False)
        self.worlds.move_to_end(number)
        return self.worlds[number]

    def play(self, replica: int, clock: Clock | None = None) -> Outcome:
        """Follow one replica from launch to the last light: a function of the scenario and the replica's number
        alone."""
        clock = clock or Clock()
        seed = self.scenario.run.seed
        with clock("world"):
            world = self.world(replica)
        variant_i, aim_draw = self.which(replica)
        with clock("geometry"):
            g = world.geometry(variant_i, aim_draw)
        with clock("tracking"):
            confirmed_s = tracked_from(world, g, replica)
        fought = fight(world, g, confirmed_s, replica, clock, is_defended=self.is_defended)
        engagements, fallen, broken = fought.engagements, fought.impacts, fought.damage
        end_s = np.minimum(engagements.killed_s, g.trajectories.impact_s)
        sensor_alive_s = fought.sensor_alive_s
        is_kept = confirmed_s <= np.minimum(sensor_alive_s[None, :], end_s[:, None])
        with clock("defence"):
            reason = why(world, g, fought, confirmed_s, np.asarray(is_kept.any(axis=1)))
        confirmed_s = np.where(is_kept, confirmed_s, np.inf)
        with clock("warning"):
            foreseen = predictions(
                g.trajectories, g.threats.kind, g.threats.key, g.tracks, confirm_s=confirmed_s,
                alive_until_s=sensor_alive_s, end_s=end_s, rules=world.tracking, seed=seed, replica=replica,
            )  # fmt: skip
            alarms = warnings(foreseen, g.threats.kind, end_s, world.districts, world.warning)
            exposed = exposure(fallen, alarms, world.districts, world.warning)
        recovered = recover(world, broken, engagements, fallen, clock)
        return Outcome(
            replica=replica,
            world=replica % self.scenario.run.worlds,
            variant_i=variant_i,
            aim_draw=aim_draw,
            passes=fought.passes,
            threats=g.threats,
            status=g.trajectories.status,
            impact_s=g.trajectories.impact_s,
            confirmed_s=confirmed_s,
            tracked_s=confirmed_s.min(axis=1, initial=np.inf),
            engagements=engagements,
            reason=reason,
            chances=fought.chances,
            impacts=fallen,
            exposure=exposed,
            warnings=alarms,
            damage=broken,
            recovered=recovered,
            without_raid=without_raid(world, clock),
        )

    def which(self, replica: int) -> tuple[int, int]:
        """Variant and draw of aims of a replica. Variants are drawn by id, so their order in the file changes
        nothing."""
        raid, seed = self.scenario.raid, self.scenario.run.seed
        key = entity_key("raid")
        order = sorted(range(len(raid.variants)), key=lambda i: raid.variants[i].id)
        edges = np.cumsum([raid.variants[i].weight for i in order])
        u = uniform(seed, replica, int(Stage.RAID), key, 0)
        variant_i = order[int(np.searchsorted(edges, u * edges[-1], side="right"))]
        aim_draw = int(uniform(seed, replica, int(Stage.RAID), key, 1) * raid.aim_draws)
        return variant_i, aim_draw


def class_names(scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the threat classes and of the battery classes that occur in a scenario, each sorted."""
    threats = {group.class_name for variant in scenario.raid.variants for group in variant.groups}
    return tuple(sorted(threats)), tuple(sorted({battery.class_name for battery in scenario.defence.batteries}))
