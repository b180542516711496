"""Tables in GeoJSON: each feature is a row, its properties the cells, its geometry the place."""

import json
from pathlib import Path
from typing import Any

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import read_text
from mamori.scenario.imports.shapes import checked
from mamori.scenario.imports.sheet import Row, Sheet, with_header

_DEGREES = ("crs84", "4326")


def sheets(path: Path, faults: list[Fault], *, is_projected: bool = False) -> list[Sheet]:
    """The one table of a GeoJSON file. is_projected: the mapping names the system of its coordinates."""
    sheet = Sheet(path, "", "feature", has_gaps=True)
    try:
        data = json.loads(read_text(path, "table"))
    except ScenarioError as error:
        faults.extend(error.faults)
        return [sheet]
    except (ValueError, RecursionError) as error:
        place = f"{path.name}:{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else path.name
        rule = say("this is not JSON ({reason})", reason=getattr(error, "msg", "it is nested too deep"))
        faults.append(Fault(place, "", rule, say("Is the file whole? Export it anew as GeoJSON.")))
        return [sheet]
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection" or not isinstance(features, list):
        rule = say("this is not GeoJSON with a list of features")
        faults.append(Fault(path.name, "", rule, say("Export it as a FeatureCollection.")))
        return [sheet]
    system = str(_inside(data, "crs", "properties", "name") or "")
    if system and not is_projected and not any(name in system.lower() for name in _DEGREES):
        rule = say("the coordinates are not in degrees of WGS 84")
        remedy = say("Export it in EPSG:4326, or write the system into the mapping: `crs: EPSG:...`.")
        faults.append(Fault(path.name, system, rule, remedy))
        return [sheet]
    entries = [_properties(feature) for feature in features]
    header = list(dict.fromkeys(name for entry in entries for name in entry))
    if not with_header(sheet, header, faults):
        return [sheet]
    for number, (feature, entry) in enumerate(zip(features, entries, strict=True), 1):
        cells = tuple(_plain(entry.get(name)) for name in header)
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if geometry is None:
            sheet.rows.append(Row(number, cells))
            continue
        place = sheet.mark(number, "geometry").place()
        if not isinstance(geometry, dict):
            rule = say("the geometry is not a mapping")
            faults.append(Fault(place, "", rule, say("Export it anew as GeoJSON.")))
            shape = None
        else:
            shape = checked(geometry, place, faults, is_projected=is_projected)
        if shape is None:
            sheet.has_gaps = True
        else:
            sheet.rows.append(Row(number, cells, shape))
    return [sheet]


def _properties(feature: Any) -> dict[str, Any]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    entry = dict(properties) if isinstance(properties, dict) else {}
    if isinstance(feature, dict) and "id" in feature:
        entry.setdefault("id", feature["id"])
    return entry


def _inside(data: Any, *names: str) -> Any:
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
