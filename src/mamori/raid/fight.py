"""The fight of one replica: engagements, impacts and damage, until no further actor falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mamori.damage.debris import debris, together
from mamori.damage.model import alive_until, damage, impacts
from mamori.defence.battle.model import chances, engage
from mamori.defence.model import alone_from, raid_p_kill, track_times
from mamori.defence.reasons import reasons
from mamori.flight.model import lifts_off
from mamori.records import ThreatKind

if TYPE_CHECKING:
    from mamori.raid.clock import Clock
    from mamori.raid.geometry import Geometry
    from mamori.raid.world import World
    from mamori.records import Bools, Damage, Engagements, Floats, Impacts, Ints


@dataclass(frozen=True)
class Fought:
    """How one fight went.

    alive_s: (A,) until when each asset stands; sensor_alive_s: (S,) until when each sensor stands and has power
    passes: how often it was followed until no further actor fell silent
    available_s, until_s: (T, B) between which times each battery had a track of each threat
    chances: (T,) batteries that could have launched at it in time
    """

    engagements: Engagements
    impacts: Impacts
    damage: Damage
    alive_s: Floats
    sensor_alive_s: Floats
    passes: int
    available_s: Floats
    until_s: Floats
    chances: Ints


def fight(
    world: World,
    g: Geometry,
    confirmed_s: Floats,
    replica: int,
    clock: Clock,
    *,
    is_defended: bool = True,
    is_launched: Bools | None = None,
) -> Fought:
    """Engagements, impacts and damage, followed again from the start with the same luck until no further actor falls
    silent.

    confirmed_s: (T, S) when each sensor would confirm its track, inf for never
    is_defended: False keeps every battery silent; is_launched: (T,) which threats take part, None for all
    Whoever falls silent does so in order of time, and what happened before does not change, so each pass settles at
    least one more actor: the number of passes is at most the number of actors plus one.
    """
    seed = world.scenario.run.seed
    assets = world.places.assets
    before_s = alive_until(world.initial, len(assets.id))
    if not is_defended:
        before_s[world.battery_asset_i] = -np.inf
    takes_part = lifts_off(world.flight, g.threats.class_i, g.threats.key, seed, replica)
    if is_launched is not None:
        takes_part &= is_launched
    confirmed_s = np.where(takes_part[:, np.newaxis], confirmed_s, np.inf)
    with clock("defence"):
        p_kill = raid_p_kill(world.batteries, world.defence.correlation, seed, replica)
    alive_s = before_s
    passes = 0
    while True:
        passes += 1
        sensor_alive_s = np.minimum(alive_s[world.sensor_asset_i], world.sensor_supply.until(alive_s))
        with clock("defence"):
            available_s, until_s = track_times(
                confirmed_s, np.minimum(g.kept_s, sensor_alive_s), world.sensors.is_cue, world.batteries,
                alive_s[world.post_asset_i], world.defence.track_latency_s, g.sigma_m,
            )  # fmt: skip
            engagements = engage(
                g.scene, world.batteries, world.defence, available_s, until_s, world.batteries_until(alive_s),
                alone_from(world.defence, world.batteries.post_i, alive_s[world.post_asset_i]), p_kill, seed, replica,
            )  # fmt: skip
        with clock("damage"):
            gone_s = np.where(takes_part, engagements.killed_s, -np.inf)
            fallen = impacts(g.threats, g.trajectories, gone_s, world.munitions, seed, replica)
            fallen_and_pieces = _with_debris(world, g, engagements, fallen, seed, replica)
            broken = damage(
                fallen_and_pieces, g.threats, assets, world.munitions, world.asset_classes, world.protections, seed,
                replica, world.places.size,
            )  # fmt: skip
        now_s = np.minimum(before_s, alive_until(broken, len(assets.id)))
        if np.array_equal(now_s, alive_s):
            able = chances(g.scene, world.batteries, available_s, until_s, world.batteries_until(alive_s))
            return Fought(engagements, fallen, broken, alive_s, sensor_alive_s, passes, available_s, until_s, able)
        alive_s = now_s


def _with_debris(
    world: World, g: Geometry, engagements: Engagements, fallen: Impacts, seed: int, replica: int
) -> Impacts:
    """Impacts, and pieces of what was broken up in the air; what jamming turned away comes down somewhere else."""
    pieces = world.munitions.debris
    if pieces is None:
        return fallen
    is_soft = np.zeros(len(g.threats.id), np.bool_)
    is_kill = engagements.is_kill
    is_soft[engagements.threat_i[is_kill]] = world.batteries.is_soft[engagements.battery_i[is_kill]]
    broken_s = np.where(is_soft | (g.threats.kind == ThreatKind.BOAT), np.inf, engagements.killed_s)
    return together(fallen, debris(g.threats, g.trajectories, broken_s, pieces, seed, replica))


def why(world: World, g: Geometry, fought: Fought, confirmed_s: Floats, is_tracked: Bools) -> Ints:
    """Why each threat leaked that did: (T,) `defence.reasons.Reason`, -1 for the others.

    confirmed_s: (T, S) as `fight` took it; is_tracked: (T,) a sensor confirmed a track while both still stood
    """
    leaks = np.zeros(len(g.threats.id), np.bool_)
    leaks[fought.impacts.threat_i] = True
    unharmed_s, sight_s = track_times(
        confirmed_s, g.kept_s, world.sensors.is_cue, world.batteries, np.full(len(world.posts.id), np.inf),
        world.defence.track_latency_s, g.sigma_m,
    )  # fmt: skip
    return reasons(
        g.opportunities, world.batteries, world.defence, fought.engagements, leaks, is_tracked, fought.available_s,
        fought.until_s, unharmed_s, sight_s, world.batteries_until(fought.alive_s),
    )  # fmt: skip
