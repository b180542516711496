"""What the sensors make known in one replica: who works tonight, who has a track of whom, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mamori.flight.model import lifts_off
from mamori.sensing.model import ready, recognised_s
from mamori.tracking.model import confirm

if TYPE_CHECKING:
    from mamori.raid.geometry import Geometry
    from mamori.raid.world import World
    from mamori.records import Floats


def tracked_from(world: World, g: Geometry, replica: int) -> Floats:
    """When others learn of each sensor's track of each threat, (T, S), inf for never.

    Whether the sensor still stands then is left to who asks. Nobody sees a launch that fails.
    """
    seed, threats, sensors = world.scenario.run.seed, g.threats, world.sensors
    taken_s = recognised_s(
        world.signatures, threats.class_i, threats.key, g.trajectories.impact_s, seed, replica
    )  # fmt: skip
    known_s = confirm(
        g.tracks, n_threats=len(threats.id), n_sensors=len(sensors.id), seed=seed, replica=replica,
        not_before_s=taken_s, capacity=sensors.capacity,
    )  # fmt: skip
    is_up = lifts_off(world.flight, threats.class_i, threats.key, seed, replica)
    return np.where(is_up[:, None] & ready(sensors, seed, replica), known_s, np.inf)
