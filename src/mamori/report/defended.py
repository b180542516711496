"""What batteries defend, for people and machines: GeoJSON, pictures, rows of tables."""

from collections.abc import Iterable

import numpy as np
from shapely.geometry.base import BaseGeometry

from mamori.raid.footprint import MOST_SHOTS, Defended, Footprint
from mamori.report.area_map import Chart, Mark, Panel
from mamori.report.cover import Row, coast_of, districts_of, known
from mamori.report.exports.areas import Properties, geojson
from mamori.world.outline import outline


def defended_geojson(found: Defended) -> str:
    """One feature a battery, class, direction and number of shots, and one of all together (`battery` null)."""
    return geojson(found.plane, _features(found))


def _features(found: Defended) -> Iterable[tuple[BaseGeometry, Properties]]:
    for print_ in found.footprints:
        own = zip(found.batteries, print_.n_shots, strict=True)
        for battery, n_shots in ((None, print_.all_shots), *own):
            for least in range(1, min(int(n_shots.max(initial=0)), MOST_SHOTS) + 1):
                shape = outline(print_.grid, np.minimum(n_shots, least).astype(np.float64), least - 0.5)
                area_km2 = round(shape.area / 1e6, 1)
                yield shape, {"battery": battery, **_of(print_), "shots": least, "area_km2": area_km2}


def _of(one: Footprint) -> dict[str, str | float | int | None]:
    return {
        "class": one.class_name, "from_deg": round(one.course.from_deg, 1),
        "range_km": None if one.course.range_m is None else round(one.course.range_m / 1e3, 1),
    }  # fmt: skip


def defended_facts(found: Defended) -> list[Row]:
    """All areas and shares for machines."""
    return [
        {
            **_of(one),
            "area_km2": round(one.together.area / 1e6, 1),
            "share_of_people": known(one.share_of_people, 4),
            "share_of_sites": known(one.share_of_sites, 4),
            "step_m": round(one.grid.step_m, 1),
            "step_along_m": round(one.grid.row_step_m or one.grid.step_m, 1),
            "by_battery": {
                battery: {
                    "area_km2": round(one.areas[battery].area / 1e6, 1),
                    "most_shots": int(n_shots.max(initial=0)),
                }
                for battery, n_shots in zip(found.batteries, one.n_shots, strict=True)
            },
        }
        for one in found.footprints
    ]


def defended_charts(found: Defended) -> dict[str, Chart]:
    """The pictures by name: one a class, a panel for each direction."""
    world = found.world
    classes = {battery.id: battery.class_name for battery in world.scenario.defence.batteries}
    groups = sorted(set(classes.values()))
    east, north = found.plane.points_m(world.batteries.latitude_rad, world.batteries.longitude_rad)
    charts: dict[str, Chart] = {}
    for class_name in dict.fromkeys(one.class_name for one in found.footprints):
        mine = [one for one in found.footprints if one.class_name == class_name]
        able = {battery for one in mine for battery, shape in one.areas.items() if not shape.is_empty}
        marks = [
            Mark(battery, groups.index(classes[battery]), float(east[b]), float(north[b]))
            for b, battery in enumerate(found.batteries)
            if battery in able or not able
        ]
        panels = [
            Panel(_title(one), {b: shape for b, shape in one.areas.items() if b in able}, one.together, one.grid,
                  one.all_shots, one.course.from_deg)
            for one in mine
        ]  # fmt: skip
        charts[f"defended-{class_name}"] = Chart(
            title=f"{world.scenario.name}: what is defended against {class_name}",
            caption="Aims before which a battery can launch at the threat, after a track and its own reaction; "
            "shots one after another, with a look between.",
            groups=groups,
            counted=("shot", "shots"),
            plane=found.plane,
            marks=marks,
            marker="s",
            panels=panels,
            dots=districts_of(world, found.plane),
            coast_file=coast_of(world),
            terrain=world.terrain,
        )
    return charts


def _title(one: Footprint) -> str:
    people = "" if np.isnan(one.share_of_people) else f", {one.share_of_people:.0%} of people"
    far = "" if one.course.range_m is None else f", {one.course.range_m / 1e3:,.0f} km away"
    return f"from {one.course.from_deg:g}°{far}: {one.together.area / 1e6:,.0f} km²{people}"
