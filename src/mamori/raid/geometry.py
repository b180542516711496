"""What no die changes: the paths, looks and opportunities of one raid, computed once a world, variant and draw of
aims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mamori.defence.model import Opportunities, opportunities
from mamori.flight.model import trajectories
from mamori.records import Floats, Threats, Tracks, Trajectories, Worth
from mamori.sensing.model import detections
from mamori.tracking.model import tracks

if TYPE_CHECKING:
    from mamori.raid.world import World

PEOPLE_PER_MW = 1000.0
"""People whom a defender weighs like one megawatt when a threat heads for a district (assumption: about the household
load of so many people)."""


@dataclass(frozen=True)
class Geometry:
    """One raid before any luck: records of the stages up to defence, and the worth of stopping each threat."""

    threats: Threats
    trajectories: Trajectories
    tracks: Tracks
    opportunities: Opportunities
    worth: Worth


def geometry(world: World, threats: Threats) -> Geometry:
    """The geometry of a raid in a world."""
    paths = trajectories(threats, world.flight)
    looks = detections(
        paths, threats.kind, world.rcs_m2[threats.class_i], threats.key, world.sensors,
        m=world.tracking.m, n=world.tracking.n,
    )  # fmt: skip
    return Geometry(
        threats=threats,
        trajectories=paths,
        tracks=tracks(looks, world.tracking),
        opportunities=opportunities(paths, threats.kind, world.batteries),
        worth=Worth(_worth(world, threats)),
    )


def _worth(world: World, threats: Threats) -> Floats:
    """(T,) worth of what each threat heads for: all that stands on the site that it aims at."""
    assets = world.places.assets
    of_site = np.bincount(assets.site_i, weights=assets.worth_mw, minlength=len(world.places.site))
    mean_people = float(world.districts.people.mean()) if len(world.districts.id) else 0.0
    worth = np.full(len(threats.id), mean_people / PEOPLE_PER_MW)
    is_site = threats.aim_i >= 0
    worth[is_site] = of_site[assets.site_i[threats.aim_i[is_site]]]
    return worth
