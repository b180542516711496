"""What no die changes: the paths, looks and opportunities of one raid, computed once a world, variant and draw of
aims."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mamori.defence.battle.arrays import Scene
from mamori.defence.battle.model import scene
from mamori.defence.model import Opportunities, opportunities
from mamori.flight.model import trajectories
from mamori.maths.earth import geodetic_point
from mamori.records import Floats, Ints, Threats, Tracks, Trajectories, Worth
from mamori.sensing.kernels import Watch
from mamori.sensing.model import SensorTable, detections
from mamori.tracking.model import TrackingRules, kept_until, tracks

if TYPE_CHECKING:
    from mamori.raid.world import World

PEOPLE_PER_MW = 1000.0
"""People whom a defender weighs like one megawatt when a threat heads for a district (assumption: about the household
load of so many people)."""


@dataclass(frozen=True)
class Geometry:
    """One raid before any luck: records of the stages up to defence, the worth of stopping each threat, and all of
    this as the fight takes it.

    kept_s: (T, S) until when each sensor's track is of use to others, see `tracking.model.kept_until`
    sigma_m: (T, S) position error of one look of each sensor at each threat, inf where it never looks
    """

    threats: Threats
    trajectories: Trajectories
    tracks: Tracks
    kept_s: Floats
    opportunities: Opportunities
    worth: Worth
    scene: Scene
    sigma_m: Floats


def places_at(paths: Trajectories, threat_i: Ints, time_s: Floats) -> Floats:
    """Latitude and longitude, rad, and height above the ellipsoid, m, of threats at given times: (E, 3)."""
    found = np.empty((len(threat_i), 3))
    for e, (t, at) in enumerate(zip(threat_i.tolist(), time_s.tolist(), strict=True)):
        rows = slice(paths.first[t], paths.first[t + 1])
        x, y, z = (np.interp(at, paths.time_s[rows], paths.position_m[rows, axis]) for axis in range(3))
        found[e] = geodetic_point(x, y, z)
    return found


def geometry(world: World, threats: Threats, other: tuple[World, Geometry] | None = None) -> Geometry:
    """The geometry of a raid in a world.

    other: another world and its geometry of the same raid: what a stage would make of equal inputs is taken from it
    """
    paths = looks = shots = None
    if other is not None:
        there, found = other
        if _same(_of_paths(world, threats), _of_paths(there, found.threats)):
            paths = found.trajectories
            looks = found.tracks if _same(_of_tracks(world, threats), _of_tracks(there, found.threats)) else None
            is_same = _same(_of_opportunities(world, threats), _of_opportunities(there, found.threats))
            shots = found.opportunities if is_same else None
    paths = paths or trajectories(**_of_paths(world, threats))
    shots = shots or opportunities(paths, **_of_opportunities(world, threats))
    worth = Worth(_worth(world, threats))
    looks = looks or _tracks(paths, **_of_tracks(world, threats))
    sigma_m = np.full((len(threats.id), len(world.sensors.id)), np.inf)
    sigma_m[looks.threat_i, looks.sensor_i] = looks.sigma_m
    return Geometry(
        threats=threats,
        trajectories=paths,
        tracks=looks,
        kept_s=kept_until(looks, threats.kind, world.tracking, len(world.sensors.id)),
        opportunities=shots,
        worth=worth,
        sigma_m=sigma_m,
        scene=scene(shots, world.batteries, threats.kind, threats.key, worth),
    )


# All that a stage is given besides the paths, so that what is compared is what is used.


def _of_paths(world: World, threats: Threats) -> dict[str, Any]:
    # Which asset stands where it aims is nothing to a path, and changes with every asset that is added.
    return {
        "threats": replace(threats, aim_i=np.full_like(threats.aim_i, -1)), "classes": world.flight,
        "terrain": world.terrain, "sea": world.sea,
    }  # fmt: skip


def _of_tracks(world: World, threats: Threats) -> dict[str, Any]:
    return {
        "kind": threats.kind, "class_i": threats.class_i, "threat_key": threats.key, "sensors": world.sensors,
        "watched": world.watch, "burn_end_s": threats.launch_s + world.flight.burn_s[threats.class_i],
        "rules": world.tracking,
    }  # fmt: skip


def _of_opportunities(world: World, threats: Threats) -> dict[str, Any]:
    return {"kind": threats.kind, "batteries": world.batteries}


def _tracks(
    paths: Trajectories, kind: Ints, class_i: Ints, threat_key: Ints, sensors: SensorTable, watched: Watch,
    burn_end_s: Floats, rules: TrackingRules,
) -> Tracks:  # fmt: skip
    looks = detections(
        paths, kind, class_i, threat_key, sensors, watched, burn_end_s=burn_end_s, m=rules.m, n=rules.n
    )  # fmt: skip
    return tracks(looks, rules)


def _same(a: Any, b: Any) -> bool:
    """Whether inputs of a stage (arrays, tables of arrays, collections, plain values) are equal to the last bit."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if is_dataclass(a):
        return all(_same(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


def _worth(world: World, threats: Threats) -> Floats:
    """(T,) worth of what each threat heads for: all that stands on the site that it aims at."""
    assets = world.places.assets
    of_site = np.bincount(assets.site_i, weights=assets.worth_mw, minlength=len(world.places.site))
    mean_people = float(world.districts.people.mean()) if len(world.districts.id) else 0.0
    worth = np.full(len(threats.id), mean_people / PEOPLE_PER_MW)
    is_site = threats.aim_i >= 0
    worth[is_site] = of_site[assets.site_i[threats.aim_i[is_site]]]
    return worth
