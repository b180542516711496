"""The raid as a list: one variant and one draw of its aims and launch points.

Aims are drawn by weighted rendezvous: every candidate draws its own number for the threat and the best one wins. So a
site or battery that is added to the scenario takes some threats to itself, and all others keep the aims that they had.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.flight.level.wander import wandering
from mamori.flight.schema import AimKind, ThreatGroup, Variant
from mamori.language.message import COMMAS, joined, say
from mamori.maths.earth import distance_m, offset_point
from mamori.maths.luck import Stage, entity_key, pair_key, uniform
from mamori.raid.assets import Places
from mamori.records import ThreatKind, Threats, Ways
from mamori.scenario.assets import ASSETS_OF_AIM
from mamori.world.districts import DistrictTable
from mamori.world.quantity import value

STAGE = int(Stage.RAID)
SLOT_RADIUS, SLOT_ANGLE, SLOT_JITTER, SLOT_KIND, SLOT_SITE, SLOT_ASSET, SLOT_AIM_RADIUS, SLOT_AIM_ANGLE = range(8)


Site = tuple[str, int, tuple[int, ...]]
"""Id, luck key, and indices of the assets (of a district: its own index)."""


@dataclass(frozen=True)
class Aims:
    """What a raid can aim at.

    sites: by kind of aim; by_name: indices of the assets of each site or asset; district aims are points in a district
    """

    places: Places
    districts: DistrictTable
    sites: Mapping[AimKind, Sequence[Site]]
    by_name: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, places: Places, districts: DistrictTable) -> "Aims":
        """All candidates of a world."""
        assets = places.assets
        sites: dict[AimKind, list[Site]] = {}
        by_name: dict[str, list[int]] = {}
        for aim, kinds in ASSETS_OF_AIM.items():
            there: dict[int, list[int]] = {}
            for i in np.flatnonzero(np.isin(assets.kind, kinds)).tolist():
                there.setdefault(int(assets.site_i[i]), []).append(i)
            sites[aim] = [(places.site[s], entity_key(places.site[s]), tuple(members)) for s, members in there.items()]
        for i, name in enumerate(assets.id):
            by_name.setdefault(name, []).append(i)
            by_name.setdefault(places.site[assets.site_i[i]], []).append(i)
        sites[AimKind.DISTRICT] = [(name, int(districts.key[i]), (i,)) for i, name in enumerate(districts.id)]
        return cls(places, districts, sites, {name: tuple(members) for name, members in by_name.items()})

    def within(self, group: ThreatGroup, nearest_m: float, farthest_m: float) -> Mapping[AimKind, Sequence[Site]]:
        """Of the kinds that a group aims at, the sites within these ranges of its launch area; all where none is."""
        wanted = {k: self.sites[k] for k, w in (group.aims or {}).items() if w > 0.0 and self.sites[k]}
        radius_m = value(group.launch_radius_m)
        start = np.radians(group.launch_latitude_deg), np.radians(group.launch_longitude_deg)
        near: dict[AimKind, Sequence[Site]] = {}
        for kind, sites in wanted.items():
            table = self.districts if kind is AimKind.DISTRICT else self.places.assets
            first = [members[0] for _, _, members in sites]
            metres = distance_m(*start, table.latitude_rad[first], table.longitude_rad[first])
            is_near = (metres >= nearest_m + radius_m) & (metres <= farthest_m - radius_m)
            near[kind] = [site for site, here in zip(sites, is_near.tolist(), strict=True) if here]
        near = {kind: sites for kind, sites in near.items() if sites}
        return near or wanted


def draw(
    variant: Variant,
    classes: Sequence[str],
    kinds: Mapping[str, ThreatKind],
    reach_m: Mapping[str, tuple[float, float]],
    aims: Aims,
    seed: int,
    aim_draw: int,
    wander: Mapping[str, tuple[float, float]] | None = None,
) -> Threats:
    """The threats of one variant under one draw of aims and launch points.

    classes: names of the threat classes, in the order that `Threats.class_i` counts; kinds: their kinds; reach_m: the
    least and the greatest range that each has in every world, within which sites of a kind are drawn; wander: of
    classes that stray, how far to either side and how often, m
    Raises ScenarioError if a group aims at what the scenario does not have.
    """
    faults: list[Fault] = []
    rows: list[tuple[str, int, str, float, float, float, float, float, int]] = []
    groups: list[ThreatGroup] = []
    for group in variant.groups:
        place = f"raid.variants[{variant.id}].groups[{group.id}]"
        faults += _faults(group, aims, place)
        if faults:
            continue
        near = aims.within(group, *reach_m[group.class_name])
        for n in range(group.count):
            name = f"{variant.id}/{group.id}/{n + 1:03d}"
            key = entity_key(name)
            u = [uniform(seed, aim_draw, STAGE, key, slot) for slot in (SLOT_RADIUS, SLOT_ANGLE, SLOT_JITTER)]
            metres, angle = value(group.launch_radius_m) * math.sqrt(u[0]), 2.0 * math.pi * u[1]
            latitude, longitude = offset_point(
                np.radians(group.launch_latitude_deg), np.radians(group.launch_longitude_deg),
                metres * math.sin(angle), metres * math.cos(angle),
            )  # fmt: skip
            launch_s = value(group.launch_s) + n * value(group.interval_s) + u[2] * value(group.jitter_s)
            aim = _aim(group, n, key, aims, near, seed, aim_draw)
            rows.append((name, key, group.class_name, launch_s, float(latitude), float(longitude), *aim))
            groups.append(group)
    if faults:
        raise ScenarioError(faults)
    index = {name: i for i, name in enumerate(classes)}
    ends = np.array([row[4:8] for row in rows], dtype=np.float64).reshape(-1, 4).T
    keys = np.array([row[1] for row in rows], dtype=np.int64)
    sigma_m, every_m = np.array([(wander or {}).get(row[2], (0.0, 1.0)) for row in rows]).reshape(-1, 2).T
    return Threats(
        id=tuple(row[0] for row in rows),
        key=keys,
        kind=np.array([int(kinds[row[2]]) for row in rows], dtype=np.int64),
        classes=tuple(classes),
        class_i=np.array([index[row[2]] for row in rows], dtype=np.int64),
        launch_s=np.array([row[3] for row in rows], dtype=np.float64),
        launch_latitude_rad=ends[0].copy(),
        launch_longitude_rad=ends[1].copy(),
        aim_latitude_rad=ends[2].copy(),
        aim_longitude_rad=ends[3].copy(),
        aim_i=np.array([row[8] for row in rows], dtype=np.int64),
        ways=wandering(ends, _ways(groups), sigma_m, every_m, seed, aim_draw, keys),
    )


def _ways(groups: Sequence[ThreatGroup]) -> Ways | None:
    """The way-points that the groups of all threats give, one group a threat; None where none gives any."""
    if not any(group.via for group in groups):
        return None
    points = [point for group in groups for point in group.via]
    return Ways(
        first=np.cumsum([0, *(len(group.via) for group in groups)], dtype=np.int64),
        latitude_rad=np.radians(np.array([point.latitude_deg for point in points], dtype=np.float64)),
        longitude_rad=np.radians(np.array([point.longitude_deg for point in points], dtype=np.float64)),
        height_m=np.array([-np.inf if p.height_m is None else p.height_m for p in points], dtype=np.float64),
    )


def _faults(group: ThreatGroup, aims: Aims, place: str) -> list[Fault]:
    if group.targets:
        return [
            Fault(f"{place}.targets[{i}]", name, say("must be the id of a site, an asset or a district"))
            for i, name in enumerate(group.targets)
            if name not in aims.by_name and name not in aims.districts.id
        ]
    if group.count and not any(aims.sites[kind] for kind, weight in (group.aims or {}).items() if value(weight) > 0.0):
        known = joined((kind for kind, found in aims.sites.items() if found), COMMAS)
        return [
            Fault(
                f"{place}.aims",
                ", ".join(group.aims or ()),
                say("the scenario has nothing of the kind"),
                say("It has {known}.", known=known),
            )
        ]
    return []


def _aim(
    group: ThreatGroup,
    n: int,
    key: int,
    aims: Aims,
    near: Mapping[AimKind, Sequence[Site]],
    seed: int,
    aim_draw: int,
) -> tuple[float, float, int]:
    """Latitude, longitude and asset (-1 for a point in a district) that the n-th threat of a group aims at."""

    def best(candidates: Sequence[tuple[int, float]], slot: int) -> int:
        scores = [
            (-math.log(1.0 - uniform(seed, aim_draw, STAGE, pair_key(key, other), slot)) / weight, other)
            for other, weight in candidates
        ]
        return scores.index(min(scores))

    if group.targets:
        name = group.targets[n % len(group.targets)]
        if name in aims.by_name:
            members, district = aims.by_name[name], -1
        else:
            members, district = (), aims.districts.id.index(name)
    else:
        kinds = [(kind, w) for kind, w in (group.aims or {}).items() if kind in near]
        kind = kinds[best([(entity_key(kind), w) for kind, w in kinds], SLOT_KIND)][0]
        _, _, members = near[kind][best([(site_key, 1.0) for _, site_key, _ in near[kind]], SLOT_SITE)]
        district = members[0] if kind is AimKind.DISTRICT else -1
    if district >= 0:
        table = aims.districts
        u, v = (uniform(seed, aim_draw, STAGE, key, slot) for slot in (SLOT_AIM_RADIUS, SLOT_AIM_ANGLE))
        metres, angle = float(table.radius_m[district]) * math.sqrt(u), 2.0 * math.pi * v
        at = offset_point(
            table.latitude_rad[district],
            table.longitude_rad[district],
            metres * math.sin(angle),
            metres * math.cos(angle),
        )
        return float(at[0]), float(at[1]), -1
    assets = aims.places.assets
    asset = members[best([(int(assets.key[i]), 1.0) for i in members], SLOT_ASSET)]
    return float(assets.latitude_rad[asset]), float(assets.longitude_rad[asset]), asset
