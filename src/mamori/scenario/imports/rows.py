"""The rows of a table as entries of the scenario, each value marked with the cell that it came from."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from mamori.errors import Fault
from mamori.language.message import say
from mamori.scenario.document import Entries, Table
from mamori.scenario.imports.cells import (
    Decimal,
    angle_deg,
    decimal_of,
    is_open,
    not_a_number,
    number,
    text_of,
    two_angles,
)
from mamori.scenario.imports.parts import AIMS, ANGLES, Kind
from mamori.scenario.imports.plan import Plan
from mamori.scenario.imports.shapes import area_m2, centre_deg, is_area, radius_m
from mamori.scenario.imports.sheet import Cell, Row
from mamori.scenario.imports.words import factor, plain, service_class

PLACES = 9
"""Decimal places that are kept of a number turned into another unit: nothing of it is lost, no noise is seen."""


class Told:
    """Faults of cells, each told once: what the schema says of the same cell later is not repeated."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.places: set[str] = set()

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.places.add(str(fault.place))


def entries_of(plan: Plan, known_classes: Collection[str], told: Told) -> tuple[Entries, list[Any]]:
    """The entries of a table and the shape of each, None for those without.

    known_classes: names of classes, which are not taken for words
    """
    sheet = plan.sheet
    entries, shapes = Entries(sheet.mark()), []
    told.places |= {sheet.mark(0, name).place() for name in plan.missing}
    decimal = _decimal(plan, told)
    project = _projection(plan, told)
    for written in sheet.rows:
        row = _in_degrees(written, project)
        entry = _entry(plan, row, decimal, project, known_classes, told)
        if entry is not None:
            entries.add(entry, sheet.mark(row.number))
            shapes.append(row.shape)
    return entries, shapes


def _decimal(plan: Plan, told: Told) -> Decimal:
    if plan.decimal is not None:
        return plan.decimal
    columns = [plan.sheet.header.index(title) for name, title in plan.columns.items() if plan.kind.is_number(name)]
    cells = [(row, k) for row in plan.sheet.rows for k in columns if isinstance(row.cells[k], str)]
    found = decimal_of(str(row.cells[k]) for row, k in cells)
    if found is not None:
        return found
    row, k = next(((row, k) for row, k in cells if is_open(str(row.cells[k]))), cells[0])
    rule = say("the comma may be a decimal sign or stand between thousands, and the table does not tell")
    remedy = say("Write `decimal: comma` or `decimal: point` for the table into the mapping.")
    told.add(Fault(plan.sheet.mark(row.number, plan.sheet.header[k]).place(), str(row.cells[k]), rule, remedy))
    return "comma"


def _projection(plan: Plan, told: Told) -> Any:
    """What turns easting and northing into longitude and latitude; None where they are degrees."""
    if plan.crs is None:
        return None
    try:
        from pyproj import Transformer
        from pyproj.exceptions import ProjError
    except ImportError:
        rule = say("coordinates of a projection need pyproj, which is not installed")
        told.add(Fault(plan.sheet.title, plan.crs, rule, say("Install pyproj, or export the table in degrees.")))
        return None
    try:
        return Transformer.from_crs(plan.crs, "EPSG:4326", always_xy=True)
    except ProjError:
        rule = say("is no coordinate system that is known")
        told.add(Fault(plan.sheet.title, plan.crs, rule, say("Look the code up, such as EPSG:6677.")))
        return None


def _entry(
    plan: Plan, row: Row, decimal: Decimal, project: Any, known_classes: Collection[str], told: Told
) -> Table | None:
    sheet, kind = plan.sheet, plan.kind
    entry = Table(sheet.mark(row.number))
    for name, constant in plan.constants.items():
        _put(entry, name, constant if kind.is_number(name) else text_of(constant))
    for name in plan.missing:
        entry.put(name, None, sheet.mark(0, name))
    extra: dict[str, Any] = {}
    for name, title in plan.columns.items():
        cell = row.cells[sheet.header.index(title)]
        mark = sheet.mark(row.number, title)
        if cell is None:
            if name in kind.needed and name not in entry:
                rule = say("the cell is empty, and `{field}` is needed", field=name)
                told.add(Fault(mark.place(), "", rule, say("Give {text}.", text=_small(kind.about(name)))))
                entry.put(name, None, mark)
            continue
        value = _value(plan, name, cell, decimal, mark, told)
        if name == "class" and kind.name == "services" and isinstance(value, str) and value not in known_classes:
            value = service_class(value) or value
        if name in kind.also or name == "coordinates":
            extra[name] = value
        else:
            _put(entry, name, value, mark)
    if "coordinates" in extra:
        mark = sheet.mark(row.number, plan.columns["coordinates"])
        _coordinates(entry, extra.pop("coordinates"), mark, decimal, told)
    if project is not None:
        _unproject(entry, project, sheet.mark(row.number), told)
    if row.shape is not None and not _shaped(entry, row, kind, told, sheet.mark(row.number, "geometry")):
        sheet.has_gaps = True
        return None
    _derived(entry, extra, row)
    return entry


def _small(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _put(entry: Table, name: str, value: Any, mark: Any = None) -> None:
    """Lay a value into the entry; `aims.port` and `radius_m.low` go into the mapping of the first name."""
    mark = mark or entry.mark
    outer, _, inner = name.partition(".")
    if not inner:
        entry.put(name, value, mark)
        return
    if not isinstance(entry.get(outer), Table):
        entry.put(outer, Table(mark), mark)
    if not name.startswith(AIMS) or value != 0:
        entry[outer].put(inner, value, mark)


def _value(plan: Plan, name: str, cell: Any, decimal: Decimal, mark: Cell, told: Told) -> Any:
    """The value of a cell; what is none stays text, for the schema to refuse."""
    kind = plan.kind
    if isinstance(cell, str) and name in plan.values:
        for word, value in plan.values[name].items():
            if plain(word) == plain(cell):
                return value
    if name in ANGLES and plan.crs is None:
        angle = angle_deg(cell, decimal, is_latitude="latitude" in name)
        if angle is None and not isinstance(cell, str) and (fault := not_a_number(mark.place(), cell)) is not None:
            told.add(fault)
        return text_of(cell) if angle is None else angle
    if kind.is_number(name):
        found = number(cell, decimal)
        if found is None:
            if (fault := not_a_number(mark.place(), cell)) is not None:
                told.add(fault)
            return text_of(cell)
        unit = plan.units.get(name)
        times = factor(unit, kind.unit(name)) if unit else None
        x = found if times is None else round(found * times, PLACES)
        return int(x) if kind.is_whole(name) and float(x).is_integer() else x
    if kind.is_list(name):
        parts = [part.strip() for part in text_of(cell).replace(",", ";").split(";") if part.strip()]
        return Entries(mark, parts, [mark] * len(parts))
    return cell if name == "coordinates" else text_of(cell)


def _coordinates(entry: Table, cell: Any, mark: Any, decimal: Decimal, told: Told) -> None:
    both = two_angles(cell)
    angles: tuple[float | None, float | None] = (None, None)
    if both is not None:
        angles = (angle_deg(both[0], decimal, is_latitude=True), angle_deg(both[1], decimal, is_latitude=False))
    if None in angles:
        rule = say("is no pair of latitude and longitude")
        told.add(Fault(mark.place(), repr(str(cell)), rule, say("Write it as `50.45, 30.52`, latitude first.")))
    entry.put("latitude_deg", angles[0], mark)
    entry.put("longitude_deg", angles[1], mark)


def _unproject(entry: Table, project: Any, mark: Any, told: Told) -> None:
    """Turn easting and northing, which stand as longitude and latitude, into degrees."""
    x, y = entry.get("longitude_deg"), entry.get("latitude_deg")
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return
    longitude, latitude = project.transform(x, y)
    for name, angle in (("latitude_deg", latitude), ("longitude_deg", longitude)):
        at = entry.marks.get(name, mark)
        if not abs(angle) <= 360.0:
            rule = say("lies outside the coordinate system")
            told.add(Fault(at.place(), f"{x:g}, {y:g}", rule, say("Are easting and northing the right way round?")))
        entry.put(name, round(float(angle), PLACES) if abs(angle) <= 360.0 else None, at)


def _in_degrees(row: Row, project: Any) -> Row:
    """The row with its shape in degrees."""
    if row.shape is None or project is None:
        return row
    return replace(row, shape=shapely.transform(row.shape, lambda xy: np.column_stack(project.transform(*xy.T))))


def _shaped(entry: Table, row: Row, kind: Kind, told: Told, mark: Any) -> bool:
    """Lay the place of the row's shape into the entry, and a district's radius; what its cells say goes before it."""
    if not kind.is_place:
        return True
    if row.shape.geom_type not in ("Point", "Polygon", "MultiPolygon"):
        rule = say("a {shape} is no place", shape=row.shape.geom_type)
        told.add(Fault(mark.place(), "", rule, say("Give a Point, or for districts a Polygon.")))
        return False
    latitude, longitude = centre_deg(row.shape)
    for name, value in (("latitude_deg", latitude), ("longitude_deg", longitude)):
        if name not in entry:
            entry.put(name, value, mark)
    if is_area(row.shape) and kind.name == "districts" and "radius_m" not in entry:
        entry.put("radius_m", radius_m(area_m2(row.shape)), mark)
    return True


def _derived(entry: Table, extra: dict[str, Any], row: Row) -> None:
    """A district's radius from its area, its people from their density; a group's variant."""
    area, density = extra.get("area_m2"), extra.get("density_km2")
    mark = entry.mark
    if isinstance(area, int | float) and area > 0.0:
        if "radius_m" not in entry:
            entry.put("radius_m", radius_m(float(area)), mark)
    elif is_area(row.shape):
        area = area_m2(row.shape)
    if isinstance(density, int | float) and isinstance(area, int | float) and "people" not in entry:
        entry.put("people", round(density * area / 1e6), mark)
    for name in ("variant", "variant_weight"):
        if name in extra:
            entry.put(name, extra[name], mark)


def with_ids(entries: Entries, kind: Kind, told: Told) -> bool:
    """Give each entry without an id one: its code, its name, or its number. Drop those whose id stands twice.

    Returns whether rows were dropped.
    """
    seen: dict[Any, Any] = {}
    kept = Entries(entries.mark)
    for i, entry in enumerate(entries):
        name = entry.get("id")
        if "id" in kind.spots and name in (None, ""):
            made = next((str(entry[n]) for n in ("code", "name") if entry.get(n)), f"{kind.name}-{i + 1}")
            entry.put("id", made, entry.marks.get("id", entry.mark))
            name = made
        key = name if kind.name != "raid" else (entry.get("variant"), name)
        if "id" in kind.spots and key in seen:
            rule = say("this id stands twice: first in {place}", place=seen[key].place())
            told.add(Fault(entry.marks["id"].place(), repr(name), rule, say("Give each an id of its own.")))
            continue
        if "id" in kind.spots:
            seen[key] = entry.mark
        kept.add(entry, entries.marks[i])
    has_dropped = len(kept) < len(entries)
    entries[:], entries.marks = list(kept), kept.marks
    return has_dropped
