"""What sensors cover and batteries defend, for people and machines: GeoJSON, pictures, rows of tables."""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from shapely.geometry.base import BaseGeometry

from mamori.maths.equal_area import Plane
from mamori.raid.cover import Cover, Lowest, Rule, Sight
from mamori.raid.world import World
from mamori.records import Floats
from mamori.report.area_map import Chart, Mark, Panel
from mamori.report.exports.areas import Properties, geojson

Row = dict[str, Any]


def known(number: float, digits: int) -> float | None:
    """A number for machines: null where there is none."""
    return round(number, digits) if math.isfinite(number) else None


def cover_geojson(found: Cover) -> str:
    """One feature a sensor, class, height and rule, and one of all together (`sensor` null)."""
    return geojson(found.plane, _features(found))


def _features(found: Cover) -> Iterable[tuple[BaseGeometry, Properties]]:
    for sight in found.sights:
        shapes: list[tuple[str | None, BaseGeometry]] = [(None, sight.together), *sight.areas.items()]
        for sensor, shape in shapes:
            yield shape, {"sensor": sensor, **_of(sight), "area_km2": round(shape.area / 1e6, 1)}


def _of(sight: Sight) -> dict[str, str | float | int | None]:
    return {
        "class": sight.class_name, "height_m": sight.above_m, "rule": sight.rule.name,
        "probability": sight.rule.probability,
    }  # fmt: skip


def cover_facts(found: Cover) -> Row:
    """All areas and shares, and the lowest height seen over each site, for machines."""
    return {
        "sensors": list(found.sensors),
        "cover": [
            {
                **_of(sight),
                "area_km2": round(sight.together.area / 1e6, 1),
                "share_of_people": known(sight.share_of_people, 4),
                "share_of_sites": known(sight.share_of_sites, 4),
                "step_m": round(sight.grid.step_m, 1),
                "by_sensor_km2": {name: round(shape.area / 1e6, 1) for name, shape in sight.areas.items()},
            }
            for sight in found.sights
        ],
        "lowest_seen": [
            {
                "class": lowest.class_name,
                "rule": lowest.rule.name,
                "probability": lowest.rule.probability,
                "sites": [
                    {
                        "site": site.id,
                        "latitude_deg": round(math.degrees(site.latitude_rad), 5),
                        "longitude_deg": round(math.degrees(site.longitude_rad), 5),
                        "height_m": known(height, 1),
                        "sensor": sensor or None,
                    }
                    for site, height, sensor in zip(found.sites, lowest.height_m.tolist(), lowest.sensor, strict=True)
                ],
            }
            for lowest in found.lowest
        ],
    }


def metres(height_m: float) -> str:
    """A height as a title has it."""
    return f"{height_m / 1e3:g} km" if height_m >= 10e3 else f"{height_m:g} m"


def told(rule: Rule) -> str:
    """A rule as a caption has it."""
    if rule.name == "look":
        return f"one look detects with probability {rule.probability:g} or more"
    return f"looks at one place confirm a track with probability {rule.probability:g} or more"


def cover_charts(found: Cover) -> dict[str, Chart]:
    """The pictures by name: one a class and rule, a panel for each height."""
    world, plane = found.world, found.plane
    charts: dict[str, Chart] = {}
    rules = list(dict.fromkeys(sight.rule for sight in found.sights))
    for class_name in dict.fromkeys(sight.class_name for sight in found.sights):
        for rule in rules:
            mine = [s for s in found.sights if s.class_name == class_name and s.rule == rule]
            seeing = {name for sight in mine for name, shape in sight.areas.items() if not shape.is_empty}
            panels = [
                Panel(_title(sight), {n: a for n, a in sight.areas.items() if n in seeing}, sight.together, sight.grid,
                      sight.n_seeing)
                for sight in mine
            ]  # fmt: skip
            name = f"cover-{class_name}" + ("" if rule == rules[0] else f"-{rule.name}-{rule.probability:g}")
            charts[name] = Chart(
                title=f"{world.scenario.name}: where {class_name} is seen",
                caption=f"Seen: {told(rule)}, of a threat that flies at the sensor; heights above the ground.",
                groups=_classes(world),
                counted=("sensor", "sensors"),
                plane=plane,
                marks=[mark for mark in _sensors(found) if mark.id in seeing] or _sensors(found),
                marker="^",
                panels=panels,
                dots=districts_of(world, plane),
                coast_file=coast_of(world),
                terrain=world.terrain,
            )
    return charts


def _title(sight: Sight) -> str:
    people = "" if math.isnan(sight.share_of_people) else f", {sight.share_of_people:.0%} of people"
    height = "on the sea" if sight.above_m == 0.0 else f"at {metres(sight.above_m)}"
    return f"{height}: {sight.together.area / 1e6:,.0f} km²{people}"


def _sensors(found: Cover) -> list[Mark]:
    world = found.world
    classes = {sensor.id: sensor.class_name for sensor in world.scenario.sensing.sensors}
    east, north = found.plane.points_m(world.sensors.latitude_rad, world.sensors.longitude_rad)
    at = dict(zip(world.sensors.id, zip(east.tolist(), north.tolist(), strict=True), strict=True))
    groups = _classes(world)
    return [Mark(name, groups.index(classes[name]), *at[name]) for name in found.sensors]


def _classes(world: World) -> list[str]:
    return sorted({sensor.class_name for sensor in world.scenario.sensing.sensors})


def districts_of(world: World, plane: Plane) -> Floats:
    """Places (2, D) of the districts on a plane."""
    return np.asarray(plane.points_m(world.districts.latitude_rad, world.districts.longitude_rad))


def coast_of(world: World) -> Path | None:
    """File of the scenario's coast."""
    file = world.scenario.world.coast_file
    return None if file is None else Path(file)


def seen_from(lowest: Lowest, steps_m: Sequence[float]) -> list[float]:
    """Shares of the sites over which a threat is seen from each height or lower, and over which never."""
    found = [float((lowest.height_m <= step).mean()) for step in steps_m]
    return [*found, float(np.isinf(lowest.height_m).mean())]


def write_sites(found: Cover, sink: IO[str]) -> int:
    """CSV of the lowest height seen over each site by class and rule, empty for never; the number of rows."""
    lines = csv.writer(sink, lineterminator="\n")
    lines.writerow(["site", "latitude_deg", "longitude_deg", "class", "rule", "probability", "height_m", "sensor"])
    rows = [row for lowest in cover_facts(found)["lowest_seen"] for row in _rows(lowest)]
    lines.writerows(rows)
    return len(rows)


def _rows(lowest: Row) -> Iterable[list[Any]]:
    for site in lowest["sites"]:
        yield [
            site["site"], site["latitude_deg"], site["longitude_deg"], lowest["class"], lowest["rule"],
            lowest["probability"], site["height_m"], site["sensor"],
        ]  # fmt: skip
