"""What no field shows alone: names that stand for nothing, ids used twice, aims that nothing satisfies."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel

from mamori.damage.schema import KINDS
from mamori.errors import CaseError, Fault, FaultsError
from mamori.flight.schema import AimKind, ThreatGroup
from mamori.grid.case import GridCase
from mamori.grid.schema import grid_case
from mamori.language.message import COMMAS, joined, say
from mamori.maths.earth import distance_m
from mamori.records import AssetKind
from mamori.scenario.assets import ASSETS_OF_AIM, Actor, AssetEntry, asset_entries
from mamori.scenario.catalogue import read_catalogue
from mamori.scenario.faults import ANY, GAP, Path
from mamori.scenario.fields import nearest, some
from mamori.scenario.schema import Classes, Scenario
from mamori.scenario.ways import land_of, way_faults
from mamori.world.coast import read_coast
from mamori.world.quantity import Number, Spread, value
from mamori.world.terrain import read_terrain

ACTORS: dict[AssetKind, Path] = {
    AssetKind.SENSOR: ("sensing", "sensors"),
    AssetKind.BATTERY: ("defence", "batteries"),
    AssetKind.COMMAND_POST: ("defence", "command_posts"),
    AssetKind.SERVICE: ("services", "sites"),
    AssetKind.PORT: ("world", "ports"),
}
"""Lists of what stands on a site of its own, in the order in which a raid counts its assets."""

SENSOR_TYPES = ("radar", "acoustic", "optical", "launch-warning")
"""Types of a class of sensor; a `signature` is a class of threat's."""

DISTRICTS: Path = ("world", "districts")
GRID: tuple[Path, ...] = (("grid", "case"), ("grid", "join_sites"))
SITES: tuple[Path, ...] = (*GRID, *((*path, ANY, "id") for path in ACTORS.values()))
"""Where the ids of assets and sites come from."""


class Findings(NamedTuple):
    """Errors, with which the scenario cannot run, and warnings, with which it can but perhaps not as meant."""

    errors: list[Fault]
    warnings: list[Fault]


@dataclass(frozen=True)
class Finding:
    """A fault between the parts of a scenario.

    path: the place at fault; fault: in words; rests_on: further places that it follows from
    is_in_file: the fault tells its own place, in a file that the path names
    """

    path: Path
    fault: Fault
    rests_on: tuple[Path, ...] = ()
    is_error: bool = True
    is_in_file: bool = False


def check(scenario: Scenario) -> Findings:
    """Every fault between the parts of a scenario that is sound field by field."""
    found = find_all(scenario)
    return Findings([f.fault for f in found if f.is_error], [f.fault for f in found if not f.is_error])


def find_all(scenario: Scenario) -> list[Finding]:
    """The same, each with what it follows from."""
    look = _Look(scenario)
    case: GridCase | None = None
    try:
        case = grid_case(scenario.grid, FilePath())
    except FaultsError as error:
        look.found.extend(Finding(("grid", "case"), fault, GRID, is_in_file=True) for fault in error.faults)
    _ids(look, case)
    _classes(look)
    _sectors(look)
    _batteries(look)
    _land(look)
    if case is not None:
        _buses(look, case)
        assets = asset_entries(case, case.load_mw > 0.0, _actors(scenario))
        _damage(look, assets)
        _aims(look, assets)
    if scenario.run.replicas < scenario.run.worlds:
        rule = say("is less than run.worlds ({worlds}), so that some worlds get no replica", worlds=scenario.run.worlds)
        look.warn(("run", "replicas"), str(scenario.run.replicas), rule, say("Ask for more replicas."))
    return look.found


class _Look:
    """The scenario, and what was found in it so far."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.found: list[Finding] = []

    def error(self, path: Path, given: str, rule: str, remedy: str, *rests_on: Path) -> None:
        self.found.append(Finding(path, Fault(self.place(path), given, rule, remedy), rests_on))

    def warn(self, path: Path, given: str, rule: str, remedy: str) -> None:
        self.found.append(Finding(path, Fault(self.place(path), given, rule, remedy), is_error=False))

    def known(self, path: Path, name: str, known: Iterable[str], what: str, *rests_on: Path) -> None:
        """An error if the name is not among those known; rests_on: where these come from."""
        names = set(known)
        if name in names:
            return
        kind = name.partition(":")[0] + ":"
        alike = {other for other in names if other.startswith(kind)} if kind in name else names
        remedy = nearest(name, alike) or say("There is none in the scenario.")
        self.error(path, repr(name), say("must be {what}", what=what), remedy, *rests_on)

    def entries(self, path: Path) -> Sequence[Any]:
        """The entries of a list of the scenario."""
        item: Any = self.scenario
        for name in path:
            item = getattr(item, str(name))
        return item if isinstance(item, tuple) else ()

    def place(self, path: Path) -> str:
        """`defence.batteries[north].class`."""
        item: Any = self.scenario
        text = ""
        for step in path:
            if isinstance(step, int):
                item = item[step] if isinstance(item, tuple) else None
                text += f"[{getattr(item, 'id', step)}]"
            else:
                item = getattr(item, step, None) if isinstance(item, BaseModel) else None
                text += f".{step}" if text else step
        return text


def _ids(look: _Look, case: GridCase | None) -> None:
    """Ids are unique in their list, and sites' ids among all that is a site."""
    owner: dict[str, str] = dict.fromkeys(case.site_name, say("a site of the grid")) if case else {}
    for path in (*ACTORS.values(), DISTRICTS):
        seen: set[str] = set()
        for i, entry in enumerate(look.entries(path)):
            here = (*path, i, "id")
            if entry.id in seen:
                look.error(
                    here, repr(entry.id), say("this id stands twice in the list"), say("Give each an id of its own.")
                )
            elif entry.id in owner and path != DISTRICTS:
                rule = say(
                    "this id is also that of {owner}, so that the two would count as one site", owner=owner[entry.id]
                )
                look.error(here, repr(entry.id), rule, say("Give it an id of its own."), *GRID)
            elif path != DISTRICTS:
                owner[entry.id] = look.place((*path, i))
            seen.add(entry.id)


def _classes(look: _Look) -> None:
    """Every class that is named has the section that its place needs."""
    scenario, class_of = look.scenario, _Classes(look)
    for i, sensor in enumerate(scenario.sensing.sensors):
        class_of(("sensing", "sensors", i, "class"), sensor.class_name, "sensing", *SENSOR_TYPES)
    for i, battery in enumerate(scenario.defence.batteries):
        class_of(("defence", "batteries", i, "class"), battery.class_name, "defence")
    for i, site in enumerate(scenario.services.sites):
        class_of(("services", "sites", i, "class"), site.class_name, "services")
    for path, group in _groups(scenario):
        if class_of((*path, "class"), group.class_name, "flight"):
            class_of((*path, "class"), group.class_name, "sensing", "signature")
            class_of((*path, "class"), group.class_name, "damage", "munition")
    for kind, name in scenario.damage.asset_classes.model_dump().items():
        class_of(("damage", "asset_classes", kind), name, "damage", "asset")
    for i, entry in enumerate(scenario.damage.protection):
        class_of(("damage", "protection", i, "level"), entry.level, "damage", "protection")


def _groups(scenario: Scenario) -> list[tuple[Path, ThreatGroup]]:
    return [
        (("raid", "variants", v, "groups", g), group)
        for v, variant in enumerate(scenario.raid.variants)
        for g, group in enumerate(variant.groups)
    ]


class _Classes:
    """Looks classes up by name, stage and type of section."""

    def __init__(self, look: _Look) -> None:
        self.look = look
        self.sections: dict[str, dict[str, str]] = {}  # stage → class → type of its section, "" where it has none
        for name, stages in read_catalogue().sections.items():
            for stage, section in stages.items():
                self.sections.setdefault(stage, {})[name] = section.get("type", "")
        for stage in Classes.model_fields:
            for name, section in getattr(look.scenario.classes, stage).items():
                self.sections.setdefault(stage, {})[name] = getattr(section, "type", "")

    def __call__(self, path: Path, name: str, stage: str, *of_types: str) -> bool:
        there = self.sections.get(stage, {})
        if name in there and (not of_types or there[name] in of_types):
            return True
        is_class = any(name in sections for sections in self.sections.values())
        if not is_class:
            rule = say("is no class of the catalogue")
        elif of_types:
            rule = say('has no `{stage}` section of type "{type}"', stage=stage, type='", "'.join(of_types))
        else:
            rule = say("has no `{stage}` section", stage=stage)
        known = [other for other, its_type in there.items() if not of_types or its_type in of_types]
        self.look.error(path, repr(name), rule, nearest(name, known), ("catalogue", name))
        return False


def _sectors(look: _Look) -> None:
    """Whatever watches or reaches a sector only says where its middle is."""
    classes = look.scenario.classes
    of_kind: tuple[tuple[AssetKind, Callable[[str], Any]], ...] = (
        (AssetKind.SENSOR, classes.sensing.get),
        (AssetKind.BATTERY, classes.defence.get),
    )
    for kind, section_of in of_kind:
        for i, actor in enumerate(look.entries(ACTORS[kind])):
            own = getattr(actor, "sector_deg", None)
            width = own if own is not None else getattr(section_of(actor.class_name), "sector_deg", None)
            if width is not None and _low(width) < 360.0 and actor.boresight_deg is None:
                entry = (*ACTORS[kind], i)
                rule = say("is needed, because its sector is only {width:g} deg wide", width=_low(width))
                remedy = say("Give the bearing of the sector's middle, deg clockwise from north.")
                rests_on = (*entry, "sector_deg"), (*entry, "class"), ("catalogue", actor.class_name)
                look.error((*entry, "boresight_deg"), "", rule, remedy, *rests_on)


def _low(number: Number) -> float:
    return number.low if isinstance(number, Spread) else value(number)


def _high(number: Number) -> float:
    return number.high if isinstance(number, Spread) else value(number)


def _batteries(look: _Look) -> None:
    defence = look.scenario.defence
    sensors = [sensor.id for sensor in look.scenario.sensing.sensors]
    posts = [post.id for post in defence.command_posts]
    for i, battery in enumerate(defence.batteries):
        here = ("defence", "batteries", i)
        for k, name in enumerate(battery.sensors):
            look.known(
                (*here, "sensors", k), name, sensors, say("the id of a sensor"), ("sensing", "sensors", ANY, "id")
            )
        if battery.command_post is not None:
            ids = ("defence", "command_posts", ANY, "id")
            look.known((*here, "command_post"), battery.command_post, posts, say("the id of a command post"), ids)
        elif not battery.sensors:
            rule = say("has neither sensors of its own nor a command post, so that it never shoots")
            look.warn(here, "", rule, say("Give it `sensors` or a `command_post`."))


def _buses(look: _Look, case: GridCase) -> None:
    scenario, what = look.scenario, say("the id of a bus of the grid")
    for i, district in enumerate(scenario.world.districts):
        path = (*DISTRICTS, i, "bus")
        if district.bus is None:
            rule = say("no bus feeds this district, so that its people never lose power")
            look.warn(path, "", rule, say("Name a bus, or leave it so."))
        else:
            look.known(path, district.bus, case.bus_id, what, *GRID)
    for i, site in enumerate(scenario.services.sites):
        look.known(("services", "sites", i, "bus"), site.bus, case.bus_id, what, *GRID)
    for i, sensor in enumerate(scenario.sensing.sensors):
        if sensor.bus is not None:
            look.known(("sensing", "sensors", i, "bus"), sensor.bus, case.bus_id, what, *GRID)
    for i, battery in enumerate(scenario.defence.batteries):
        if battery.bus is not None:
            look.known(("defence", "batteries", i, "bus"), battery.bus, case.bus_id, what, *GRID)
    fed = {district.bus for district in scenario.world.districts}
    empty = [name for name, mw in zip(case.bus_id, case.load_mw, strict=True) if mw > 0.0 and name not in fed]
    if empty and scenario.world.districts:
        rule = say("these buses carry load and feed no district, so that no people stand behind that load")
        look.warn(("grid buses",), some(empty, 12), rule, say("Add districts, or leave it so."))


def _actors(scenario: Scenario) -> dict[AssetKind, list[Actor]]:
    lists = {kind: _Look(scenario).entries(path) for kind, path in ACTORS.items()}
    return {kind: [(entry.id, *_at(entry)) for entry in entries] for kind, entries in lists.items()}


def _at(entry: Any) -> tuple[float, float]:
    return float(np.radians(entry.latitude_deg)), float(np.radians(entry.longitude_deg))


def _damage(look: _Look, assets: Sequence[AssetEntry]) -> None:
    part, ids = look.scenario.damage, {asset.id for asset in assets}
    names = {*KINDS, *ids, *(asset.site for asset in assets)}
    for i, protected in enumerate(part.protection):
        what = say("the id of an asset or a site, or a kind of asset")
        look.known(("damage", "protection", i, "at"), protected.at, names, what, *SITES)
    for i, entry in enumerate(part.initial):
        look.known(
            ("damage", "initial", i, "asset"), entry.asset, ids, say("the id of an asset, such as bus:101"), *SITES
        )


class _Point(NamedTuple):
    """A place that may be aimed at, rad, and how far from it an aim may lie, m."""

    latitude_rad: float
    longitude_rad: float
    radius_m: float = 0.0


def _aims(look: _Look, assets: Sequence[AssetEntry]) -> None:
    """Every group has something to aim at, and something of it within its reach."""
    of_kind: dict[AimKind, list[_Point]] = {kind: [] for kind in AimKind}
    by_name: dict[str, list[_Point]] = {}
    aim_of = {kind: aim for aim, kinds in ASSETS_OF_AIM.items() for kind in kinds}
    for asset in assets:
        point = _Point(asset.latitude_rad, asset.longitude_rad)
        of_kind[aim_of[asset.kind]].append(point)
        for name in (asset.id, asset.site):
            by_name.setdefault(name, []).append(point)
    for district in look.scenario.world.districts:
        point = _Point(*_at(district), _high(district.radius_m))
        of_kind[AimKind.DISTRICT].append(point)
        by_name.setdefault(district.id, []).append(point)
    land = land_of(look.scenario)
    for path, group in _groups(look.scenario):
        if group.targets is not None:
            what = say("the id of a site, an asset or a district")
            for k, name in enumerate(group.targets):
                look.known((*path, "targets", k), name, by_name, what, *SITES, (*DISTRICTS, ANY, "id"))
            points = [point for name in group.targets for point in by_name.get(name, ())]
        else:
            points = _points_of(look, path, group, of_kind)
        _reach(look, path, group, points)
        for fault in way_faults(look.scenario, group, [point[:2] for point in points], land):
            note = look.error if fault.is_error else look.warn
            note((*path, *fault.at), fault.given, fault.rule, fault.remedy)


def _points_of(look: _Look, path: Path, group: ThreatGroup, of_kind: dict[AimKind, list[_Point]]) -> list[_Point]:
    wanted = [kind for kind, weight in (group.aims or {}).items() if weight > 0.0]
    missing = [kind for kind in wanted if not of_kind[kind]]
    if missing and group.count > 0:
        given, remedy = (
            ", ".join(missing),
            say("It has: {kinds}.", kinds=joined((kind for kind in of_kind if of_kind[kind]), COMMAS)),
        )
        if len(missing) == len(wanted):
            lists = [(*path, GAP) for path in (*ACTORS.values(), DISTRICTS)]
            rule = say("the scenario has nothing of the kind to aim at")
            look.error((*path, "aims"), given, rule, remedy, (*path, "count"), *GRID, *lists)
        else:
            rule = say("the scenario has nothing of the kind, so that all aim at the other kinds")
            look.warn((*path, "aims"), given, rule, remedy)
    return [point for kind in wanted for point in of_kind[kind]]


def _reach(look: _Look, path: Path, group: ThreatGroup, points: Sequence[_Point]) -> None:
    section = look.scenario.classes.flight.get(group.class_name)
    if section is None or not points or group.count == 0:
        return
    latitude, longitude, radius = np.array(points, dtype=np.float64).T
    launch = np.radians([group.launch_latitude_deg, group.launch_longitude_deg])
    nearest_m = float((distance_m(launch[0], launch[1], latitude, longitude) - radius).min())
    reach_m = _high(section.max_range_m)
    if nearest_m - _high(group.launch_radius_m) > reach_m:
        rule = say(
            "the nearest that the group may aim at is {away_km:.0f} km away, and its class reaches "
            "{reach_km:.0f} km, so that none arrives",
            away_km=nearest_m / 1e3,
            reach_km=reach_m / 1e3,
        )
        at = f"{group.launch_latitude_deg:g}, {group.launch_longitude_deg:g} deg"
        look.warn((*path, "launch_latitude_deg"), at, rule, say("Launch it closer, or take another class."))


def _land(look: _Look) -> None:
    """Coast and terrain can be read: boats go round the one and others fly over the other."""
    world = look.scenario.world
    for name, file, read in (
        ("coast_file", world.coast_file, read_coast),
        ("terrain_file", world.terrain_file, read_terrain),
    ):
        if file is None:
            continue
        try:
            read(file)
        except CaseError as error:
            look.found.extend(Finding(("world", name), fault, is_in_file=True) for fault in error.faults)
