"""What no field shows alone: names that stand for nothing, ids used twice, aims that nothing satisfies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mamori.damage.schema import KINDS
from mamori.defence.schema import Battery
from mamori.errors import Fault, FaultsError
from mamori.flight.schema import AimKind, ThreatGroup
from mamori.grid.case import GridCase
from mamori.grid.schema import grid_case
from mamori.scenario.catalogue import read_catalogue
from mamori.scenario.fields import nearest, some
from mamori.scenario.schema import Classes, Scenario
from mamori.sensing.schema import Sensor
from mamori.world.quantity import Number, Spread, value

NO_TARGET = ("Wind", "Solar PV", "Solar RTPV", "Sync_Cond")
"""Categories of generator that are no plant to aim at: spread over the land, or without power of their own."""


class Findings(NamedTuple):
    """Errors, with which the scenario cannot run, and warnings, with which it can but perhaps not as meant."""

    errors: list[Fault]
    warnings: list[Fault]


def check(scenario: Scenario) -> Findings:
    """Every fault between the parts of a scenario that is sound field by field."""
    found = Findings([], [])
    case: GridCase | None = None
    try:
        case = grid_case(scenario.grid, Path())
    except FaultsError as error:
        found.errors.extend(error.faults)
    _ids(scenario, case, found)
    _classes(scenario, found)
    _sectors(scenario, found)
    _batteries(scenario, found)
    _coast(scenario, found)
    if case is not None:
        _buses(scenario, case, found)
        assets, sites = _assets(scenario, case)
        _damage(scenario, assets, sites, found)
        _aims(scenario, case, {*assets, *sites}, found)
    if scenario.run.replicas < scenario.run.worlds:
        rule = f"is less than run.worlds ({scenario.run.worlds}), so that some worlds get no replica"
        found.warnings.append(Fault("run.replicas", str(scenario.run.replicas), rule, "Ask for more replicas."))
    return found


def _ids(scenario: Scenario, case: GridCase | None, found: Findings) -> None:
    """Ids are unique in their list, and sites' ids among all that is a site."""
    lists: dict[str, Sequence[Any]] = {
        "sensing.sensors": scenario.sensing.sensors,
        "defence.batteries": scenario.defence.batteries,
        "defence.command_posts": scenario.defence.command_posts,
        "services.sites": scenario.services.sites,
        "world.ports": scenario.world.ports,
        "world.districts": scenario.world.districts,
    }
    owner = dict.fromkeys(case.site_name, "a site of the grid") if case else {}
    for place, entries in lists.items():
        seen: set[str] = set()
        for entry in entries:
            where = f"{place}[{entry.id}]"
            if entry.id in seen:
                found.errors.append(Fault(where, "", "this id stands twice in the list", "Give each an id of its own."))
            elif entry.id in owner and place != "world.districts":
                rule = f"this id is also that of {owner[entry.id]}, so that the two would count as one site"
                found.errors.append(Fault(where, "", rule, "Give it an id of its own."))
            elif place != "world.districts":
                owner[entry.id] = where
            seen.add(entry.id)


def _classes(scenario: Scenario, found: Findings) -> None:
    """Every class that is named has the section that its place needs."""
    look = _Classes(scenario, found)
    for sensor in scenario.sensing.sensors:
        look(f"sensing.sensors[{sensor.id}].class", sensor.class_name, "sensing", "radar")
    for battery in scenario.defence.batteries:
        look(f"defence.batteries[{battery.id}].class", battery.class_name, "defence")
    for site in scenario.services.sites:
        look(f"services.sites[{site.id}].class", site.class_name, "services")
    for variant in scenario.raid.variants:
        for group in variant.groups:
            place = f"raid.variants[{variant.id}].groups[{group.id}].class"
            if look(place, group.class_name, "flight"):
                look(place, group.class_name, "sensing", "signature")
                look(place, group.class_name, "damage", "munition")
    for kind, name in scenario.damage.asset_classes.model_dump().items():
        look(f"damage.asset_classes.{kind}", name, "damage", "asset")
    for i, entry in enumerate(scenario.damage.protection):
        look(f"damage.protection[{i}].level", entry.level, "damage", "protection")


class _Classes:
    """Looks classes up by name, stage and type of section."""

    def __init__(self, scenario: Scenario, found: Findings) -> None:
        self.found = found
        self.sections: dict[str, dict[str, str]] = {}  # stage → class → type of its section, "" where it has none
        for name, stages in read_catalogue().sections.items():
            for stage, section in stages.items():
                self.sections.setdefault(stage, {})[name] = section.get("type", "")
        for stage in Classes.model_fields:
            for name, section in getattr(scenario.classes, stage).items():
                self.sections.setdefault(stage, {})[name] = getattr(section, "type", "")

    def __call__(self, place: str, name: str, stage: str, of_type: str = "") -> bool:
        there = self.sections.get(stage, {})
        if name in there and of_type in ("", there[name]):
            return True
        is_class = any(name in sections for sections in self.sections.values())
        what = f"has no `{stage}` section" + (f' of type "{of_type}"' if of_type else "")
        rule = what if is_class else "is no class of the catalogue"
        known = [other for other, its_type in there.items() if of_type in ("", its_type)]
        self.found.errors.append(Fault(place, repr(name), rule, nearest(name, known)))
        return False


def _sectors(scenario: Scenario, found: Findings) -> None:
    """Whatever watches or reaches a sector only says where its middle is."""
    actors: list[tuple[str, Sensor | Battery, Any]] = [
        *(
            (f"sensing.sensors[{s.id}]", s, scenario.classes.sensing.get(s.class_name))
            for s in scenario.sensing.sensors
        ),
        *(
            (f"defence.batteries[{b.id}]", b, scenario.classes.defence.get(b.class_name))
            for b in scenario.defence.batteries
        ),
    ]
    for place, actor, section in actors:
        own = getattr(actor, "sector_deg", None)
        width = own if own is not None else getattr(section, "sector_deg", None)
        if width is not None and _low(width) < 360.0 and actor.boresight_deg is None:
            rule = f"is needed, because its sector is only {_low(width):g} deg wide"
            remedy = "Give the bearing of the sector's middle, deg clockwise from north."
            found.errors.append(Fault(f"{place}.boresight_deg", "", rule, remedy))


def _low(number: Number) -> float:
    return number.low if isinstance(number, Spread) else value(number)


def _batteries(scenario: Scenario, found: Findings) -> None:
    sensors = [sensor.id for sensor in scenario.sensing.sensors]
    posts = [post.id for post in scenario.defence.command_posts]
    for battery in scenario.defence.batteries:
        place = f"defence.batteries[{battery.id}]"
        for name in battery.sensors:
            _known(f"{place}.sensors", name, sensors, "the id of a sensor", found)
        if battery.command_post is not None:
            _known(f"{place}.command_post", battery.command_post, posts, "the id of a command post", found)
        elif not battery.sensors:
            rule = "has neither sensors of its own nor a command post, so that it never shoots"
            found.warnings.append(Fault(place, "", rule, "Give it `sensors` or a `command_post`."))


def _known(place: str, name: str, known: Iterable[str], what: str, found: Findings) -> bool:
    names = set(known)
    if name in names:
        return True
    kind = name.partition(":")[0] + ":"
    alike = {other for other in names if other.startswith(kind)} if kind in name else names
    remedy = nearest(name, alike) or "There is none in the scenario."
    found.errors.append(Fault(place, repr(name), f"must be {what}", remedy))
    return False


def _buses(scenario: Scenario, case: GridCase, found: Findings) -> None:
    for district in scenario.world.districts:
        place = f"world.districts[{district.id}].bus"
        if district.bus is None:
            rule = "no bus feeds this district, so that its people never lose power"
            found.warnings.append(Fault(place, "", rule, "Name a bus, or leave it so."))
        else:
            _known(place, district.bus, case.bus_id, "the id of a bus of the grid", found)
    for site in scenario.services.sites:
        _known(f"services.sites[{site.id}].bus", site.bus, case.bus_id, "the id of a bus of the grid", found)
    fed = {district.bus for district in scenario.world.districts}
    empty = [name for name, mw in zip(case.bus_id, case.load_mw, strict=True) if mw > 0.0 and name not in fed]
    if empty and scenario.world.districts:
        rule = "these buses carry load and feed no district, so that no people stand behind that load"
        shown = some(empty, 12)
        found.warnings.append(Fault("grid buses", shown, rule, "Add districts, or leave it so."))


def _assets(scenario: Scenario, case: GridCase) -> tuple[set[str], set[str]]:
    """Ids of everything that an impact can break, and of the sites that it stands on."""
    assets = {f"bus:{name}" for name in case.bus_id} | {f"feeder:{name}" for name in case.bus_id}
    assets |= {f"transformer:{case.branch_id[i]}" for i in np.flatnonzero(case.is_transformer).tolist()}
    assets |= {f"generator:{case.generator_id[i]}" for i in _plants(case)}
    own: dict[str, Sequence[Any]] = {
        "sensor": scenario.sensing.sensors,
        "battery": scenario.defence.batteries,
        "command_post": scenario.defence.command_posts,
        "service": scenario.services.sites,
        "port": scenario.world.ports,
    }
    assets |= {f"{kind}:{entry.id}" for kind, entries in own.items() for entry in entries}
    sites = {*case.site_name, *(entry.id for entries in own.values() for entry in entries)}
    return assets, sites


def _plants(case: GridCase) -> list[int]:
    return [i for i, c in enumerate(case.category) if c not in NO_TARGET and case.generator_mw[i] > 0.0]


def _damage(scenario: Scenario, assets: set[str], sites: set[str], found: Findings) -> None:
    for i, protected in enumerate(scenario.damage.protection):
        place = f"damage.protection[{i}].at"
        _known(
            place, protected.at, {*KINDS, *assets, *sites}, "the id of an asset or a site, or a kind of asset", found
        )
    for i, entry in enumerate(scenario.damage.initial):
        _known(f"damage.initial[{i}].asset", entry.asset, assets, "the id of an asset, such as bus:101", found)


def _aims(scenario: Scenario, case: GridCase, names: set[str], found: Findings) -> None:
    there: dict[AimKind, bool] = {
        AimKind.SUBSTATION: bool(case.bus_id),
        AimKind.POWER_PLANT: bool(_plants(case)),
        AimKind.BATTERY: bool(scenario.defence.batteries),
        AimKind.SENSOR: bool(scenario.sensing.sensors),
        AimKind.COMMAND_POST: bool(scenario.defence.command_posts),
        AimKind.PORT: bool(scenario.world.ports),
        AimKind.DISTRICT: bool(scenario.world.districts),
        AimKind.SERVICE: bool(scenario.services.sites),
    }
    districts = {district.id for district in scenario.world.districts}
    for variant in scenario.raid.variants:
        for group in variant.groups:
            place = f"raid.variants[{variant.id}].groups[{group.id}]"
            for name in group.targets or ():
                _known(f"{place}.targets", name, names | districts, "the id of a site, an asset or a district", found)
            _aims_of(group, place, there, found)


def _aims_of(group: ThreatGroup, place: str, there: Mapping[AimKind, bool], found: Findings) -> None:
    wanted = [kind for kind, weight in (group.aims or {}).items() if weight > 0.0]
    missing = [str(kind) for kind in wanted if not there[kind]]
    if not missing or group.count == 0:
        return
    known = ", ".join(kind for kind, is_there in there.items() if is_there)
    if len(missing) == len(wanted):
        rule = "the scenario has nothing of the kind to aim at"
        found.errors.append(Fault(f"{place}.aims", ", ".join(missing), rule, f"It has: {known}."))
    else:
        rule = "the scenario has nothing of the kind, so that all aim at the other kinds"
        found.warnings.append(Fault(f"{place}.aims", ", ".join(missing), rule, f"It has: {known}."))


def _coast(scenario: Scenario, found: Findings) -> None:
    """Only drawing needs the coast, and a run folder may be read where the file is not: a warning."""
    file = scenario.world.coast_file
    if file is None:
        return
    try:
        kind = json.loads(Path(file).read_text(encoding="utf-8")).get("type")
        rule = "" if kind in ("FeatureCollection", "Feature", "Polygon", "MultiPolygon") else "is not GeoJSON"
    except OSError as error:
        rule = f"cannot be read ({error.strerror})"
    except (ValueError, AttributeError) as error:
        rule = f"is not GeoJSON ({error})"
    if rule:
        found.warnings.append(Fault("world.coast_file", file, rule, "Maps are drawn without a coast."))
