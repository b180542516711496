"""A replica as GeoJSON: points and paths with their numbers, for any map tool.

Source: RFC 7946 (WGS 84, longitude first, height in metres above the ellipsoid; a line is cut where it crosses the
antimeridian).
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from mamori.report.exports.scene import Flown, Scene
from mamori.report.words import Words

Feature = dict[str, Any]
Corner = list[float]

UNITS = {"_m": "m", "_s": "s", "_h": "h", "_deg": "deg", "_km": "km"}
"""Units of properties by the end of their name; besides, `hours_off*` are hours and `p_*` shares."""


def geojson(scene: Scene, words: Words) -> str:
    """The collection, as text, a feature a line."""
    features = [
        *_districts(scene), *_sites(scene), *_sensors(scene), *_batteries(scene), *_paths(scene), *_impacts(scene),
        *_damage(scene),
    ]  # fmt: skip
    head = {
        "type": "FeatureCollection",
        "name": words.say("{case}, replica {replica}", case=scene.case, replica=scene.replica),
        "case": scene.case,
        "replica": scene.replica,
        "start": scene.clock(0.0),
        "units": _units(features),
    }
    text = json.dumps(head, ensure_ascii=False, allow_nan=False)[:-1]
    rows = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for f in features)
    return f'{text}, "features": [\n{rows}\n]}}\n'


def _units(features: list[Feature]) -> dict[str, str]:
    """Unit of each property that is a quantity, and of the third coordinate."""
    found = {"coordinates": "deg, deg, m above the WGS 84 ellipsoid"}
    for name in sorted({name for feature in features for name in feature["properties"]}):
        unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), "")
        unit = "h" if name.startswith("hours_off") else "1" if name.startswith("p_") else unit
        if unit:
            found[name] = unit
    return found


def _feature(layer: str, name: str, geometry: dict[str, Any], **properties: Any) -> Feature:
    """A feature; its id is unique in the file."""
    known = {key: _plain(value) for key, value in properties.items()}
    return {
        "type": "Feature",
        "id": f"{layer}/{name}",
        "geometry": geometry,
        "properties": {"layer": layer, "name": name, **known},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _point(longitude_deg: float, latitude_deg: float, height_m: float | None = None) -> dict[str, Any]:
    at = [round(east(longitude_deg), 6), round(latitude_deg, 6)]
    return {"type": "Point", "coordinates": at if height_m is None else [*at, round(height_m, 1)]}


def east(longitude_deg: float) -> float:
    """The same meridian in [-180, 180]."""
    return longitude_deg if -180.0 <= longitude_deg <= 180.0 else (longitude_deg + 180.0) % 360.0 - 180.0


def _districts(scene: Scene) -> Iterator[Feature]:
    for d in scene.districts:
        yield _feature(
            "district", d.id, _point(d.longitude_deg, d.latitude_deg), title=d.name, people=d.people,
            radius_m=d.radius_m, hours_off=d.hours_off, off_share_by_hour=d.off_share.tolist(),
            alarms_s=[list(alarm) for alarm in d.alarms_s], **d.results,
        )  # fmt: skip


def _sites(scene: Scene) -> Iterator[Feature]:
    for site in scene.sites:
        yield _feature(
            "site", site["site"], _point(site["longitude_deg"], site["latitude_deg"]), kinds=site["kinds"],
            n_assets=site["n_assets"], n_broken=site["n_broken"],
        )  # fmt: skip


def _sensors(scene: Scene) -> Iterator[Feature]:
    world = scene.replay.world
    for i, sensor in enumerate(world.scenario.sensing.sensors):
        at = _point(sensor.longitude_deg, sensor.latitude_deg, float(world.sensors.height_m[i]))
        yield _feature("sensor", sensor.id, at, range_m=float(world.sensors.max_range_m[i]), **_of(sensor.class_name))


def _batteries(scene: Scene) -> Iterator[Feature]:
    left = scene.replay.outcome.engagements.magazine_left
    stock = scene.replay.world.batteries.stock
    for i, battery in enumerate(scene.replay.world.scenario.defence.batteries):
        yield _feature(
            "battery", battery.id, _point(battery.longitude_deg, battery.latitude_deg), stock_shots=int(stock[i]),
            left_shots=int(left[i]), **_of(battery.class_name),
        )  # fmt: skip


def _of(class_name: str) -> dict[str, str]:
    return {"class": class_name}


def _paths(scene: Scene) -> Iterator[Feature]:
    for path in scene.paths:
        geometry, times_s = line(path)
        row = path.threat
        yield _feature(
            "path", row["threat"], geometry, kind=row["kind"], aim=row["aim"], launch_s=row["launch_s"],
            tracked_s=row["tracked_s"], end_s=row["end_s"], fate=row["fate"], stopped_by=row["stopped_by"],
            times_s=times_s, **_of(row["class"]),
        )  # fmt: skip


def line(path: Flown) -> tuple[dict[str, Any], list[Any]]:
    """A path as a line, cut where it crosses the antimeridian, and the times of its points in the same shape."""
    parts: list[list[Corner]] = [[]]
    times: list[list[float]] = [[]]
    columns = (path.longitude_deg, path.latitude_deg, path.height_m, path.time_s)
    for lon, lat, height, time_s in zip(*(column.tolist() for column in columns), strict=True):
        here = [round(lon, 6), round(lat, 6), round(height, 1)]
        if parts[-1] and abs(lon - (before := parts[-1][-1])[0]) > 180.0:
            edge = math.copysign(180.0, before[0])
            unrolled = lon + 2.0 * edge
            share = (edge - before[0]) / (unrolled - before[0]) if unrolled != before[0] else 0.0
            middle = [round(a + share * (b - a), 6) for a, b in zip(before[1:], here[1:], strict=True)]
            between_s = round(times[-1][-1] + share * (time_s - times[-1][-1]), 3)
            parts[-1].append([edge, *middle])
            times[-1].append(between_s)
            parts.append([[-edge, *middle]])
            times.append([between_s])
        parts[-1].append(here)
        times[-1].append(round(time_s, 3))
    if len(parts) == 1:
        return {"type": "LineString", "coordinates": parts[0]}, times[0]
    return {"type": "MultiLineString", "coordinates": parts}, times


def _impacts(scene: Scene) -> Iterator[Feature]:
    for row in scene.rows("impacts"):
        yield _feature(
            "impact", row["threat"], _point(row["longitude_deg"], row["latitude_deg"]), time_s=row["time_s"],
            time=scene.clock(row["time_s"]), district=row["district"], persons_under=row["persons_under"],
            persons_exposed=row["persons_exposed"], lead_s=row["lead_s"],
        )  # fmt: skip


def _damage(scene: Scene) -> Iterator[Feature]:
    for row in scene.damage:
        yield _feature(
            "damage", row["asset"], _point(row["longitude_deg"], row["latitude_deg"]), kind=row["kind"],
            site=row["site"], state=row["state"], time_s=row["time_s"], threat=row["threat"], work_h=row["work_h"],
            spare=row["spare"], mended_s=row["mended_s"],
        )  # fmt: skip
