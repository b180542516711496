"""Tables in KML: each placemark is a row, its name and ExtendedData the cells, its geometry the place.

No document type and no entities are read, so that a few lines cannot unfold into gigabytes or fetch other files.
"""

from pathlib import Path
from typing import Any

from lxml import etree

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import read_text
from mamori.scenario.imports.shapes import checked
from mamori.scenario.imports.sheet import Row, Sheet, with_header


def sheets(path: Path, faults: list[Fault]) -> list[Sheet]:
    """The one table of a KML file, whatever folders its placemarks lie in."""
    sheet = Sheet(path, "", "placemark", has_gaps=True)
    try:
        text = read_text(path, "table").encode()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root = etree.fromstring(text, parser)
    except ScenarioError as error:
        faults.extend(error.faults)
        return [sheet]
    except (etree.XMLSyntaxError, ValueError) as error:
        rule = say("this is not XML ({reason})", reason=getattr(error, "msg", error))
        place = f"{path.name}:{getattr(error, 'lineno', 1) or 1}:1"
        faults.append(Fault(place, "", rule, say("Is the file whole? Export it anew as KML.")))
        return [sheet]
    if root.getroottree().docinfo.doctype:
        rule = say("a KML file with a document type of its own is not read")
        faults.append(Fault(path.name, "<!DOCTYPE", rule, say("Export it anew as KML.")))
        return [sheet]
    if _tag(root) != "kml":
        faults.append(Fault(path.name, f"<{_tag(root)}>", say("this is not KML"), say("Export it anew as KML.")))
        return [sheet]
    places = [entry for entry in root.iter() if _tag(entry) == "Placemark"]
    entries = [_fields(place) for place in places]
    header = list(dict.fromkeys(name for entry in entries for name in entry))
    if not with_header(sheet, header, faults):
        return [sheet]
    for number, (place, entry) in enumerate(zip(places, entries, strict=True), 1):
        cells = tuple(entry.get(name) or None for name in header)
        n_faults = len(faults)
        shape = _shape(place, sheet.mark(number, "geometry").place(), faults)
        if len(faults) > n_faults:
            sheet.has_gaps = True
        else:
            sheet.rows.append(Row(number, cells, shape))
    return [sheet]


def _tag(element: Any) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _fields(place: Any) -> dict[str, str]:
    """Name, description and ExtendedData of a placemark."""
    found: dict[str, str] = {}
    for entry in place:
        if _tag(entry) in ("name", "description"):
            found[_tag(entry)] = (entry.text or "").strip()
        elif _tag(entry) == "ExtendedData":
            for data in entry.iter():
                name = data.get("name") if _tag(data) in ("Data", "SimpleData") else None
                if name:
                    value = next((child for child in data if _tag(child) == "value"), data)
                    found[name.strip()] = (value.text or "").strip()
    return found


def _shape(place: Any, where: str, faults: list[Fault]) -> Any:
    """The geometry of a placemark: one Point, or one or more Polygons; None if it has none, or with a fault."""
    points = [e for e in place.iter() if _tag(e) == "Point"]
    polygons = [e for e in place.iter() if _tag(e) == "Polygon"]
    lines = [e for e in place.iter() if _tag(e) == "LineString"]
    if polygons:
        parts = [[_coordinates(ring) for ring in polygon.iter() if _tag(ring) == "LinearRing"] for polygon in polygons]
        return checked({"type": "MultiPolygon", "coordinates": parts}, where, faults)
    if points:
        first = _coordinates(points[0])
        return checked({"type": "Point", "coordinates": first[0] if first else None}, where, faults)
    return checked({"type": "LineString", "coordinates": _coordinates(lines[0])}, where, faults) if lines else None


def _coordinates(element: Any) -> list[list[Any]]:
    """Points of `longitude,latitude[,height]`; text that is no number stays text, for the check to refuse."""
    texts = [e.text or "" for e in element.iter() if _tag(e) == "coordinates"]
    return [[_number(x) for x in word.split(",")] for word in " ".join(texts).split()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
