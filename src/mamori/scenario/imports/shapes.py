"""Geometry of the user's own tables: checked, and turned into what a scenario knows, a point with a radius."""

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as as_shape

from mamori.errors import Fault
from mamori.language.message import say
from mamori.maths.earth import MEAN_RADIUS_M

_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_POLYGONS = ("Polygon", "MultiPolygon")


def checked(geometry: dict[str, Any], place: str, faults: list[Fault], *, is_projected: bool = False) -> Any:
    """The shape of a geometry in GeoJSON's form; None, with a fault, if it is not sound.

    place: where it stands, for faults; is_projected: its coordinates are metres of a projection, not degrees
    """
    kind = geometry.get("type")
    coordinates: Any = geometry.get("coordinates")
    if not isinstance(kind, str) or kind not in _DEPTH:
        remedy = say("Give a Point, or for districts a Polygon or MultiPolygon.")
        return _no(faults, place, str(kind), say("is no geometry that can be read"), remedy)
    points = _points(coordinates, _DEPTH[kind])
    if points is None or not points:
        rule = say("the coordinates are not those of a {kind}", kind=kind)
        return _no(faults, place, "", rule, say("Give each point as [longitude, latitude], in numbers."))
    if not is_projected:
        outside = [(x, y) for x, y in points if not (-180.0 <= x <= 360.0 and -90.0 <= y <= 90.0)]
        if outside:
            x, y = outside[0]
            is_swapped = all(abs(a) <= 90.0 and abs(b) <= 360.0 for a, b in points)
            remedy = (
                say("Latitude and longitude look swapped: longitude comes first.")
                if is_swapped
                else say("Give degrees of WGS 84; for a projection write its code into the mapping: `crs: EPSG:...`.")
            )
            return _no(faults, place, f"{x:g}, {y:g}", say("is no longitude and latitude in degrees"), remedy)
    if kind in _POLYGONS:
        for ring in coordinates if kind == "Polygon" else [ring for part in coordinates for ring in part]:
            if len(ring) < 4 or list(ring[0][:2]) != list(ring[-1][:2]):
                rule = say("the ring of the polygon is open: its last point is not its first")
                return _no(faults, place, "", rule, say("Close it: repeat the first point at the end."))
    shape = as_shape({"type": kind, "coordinates": coordinates})
    if not shape.is_valid:
        rule = say("the polygon is not sound ({reason})", reason=shapely.is_valid_reason(shape))
        return _no(faults, place, "", rule, say("Mend it in a GIS program (fix geometries)."))
    return shape


def _no(faults: list[Fault], place: str, value: str, rule: str, remedy: str) -> None:
    faults.append(Fault(place, value, rule, remedy))


def _points(coordinates: Any, depth: int) -> list[tuple[float, float]] | None:
    """All points of nested lists; None if they are not nested as they should be, or are no finite numbers."""
    if not isinstance(coordinates, list | tuple):
        return None
    if depth == 0:
        numbers = coordinates[:2]
        if len(numbers) < 2 or not all(isinstance(x, int | float) and math.isfinite(x) for x in numbers):
            return None
        return [(float(numbers[0]), float(numbers[1]))]
    found: list[tuple[float, float]] = []
    for entry in coordinates:
        inside = _points(entry, depth - 1)
        if inside is None:
            return None
        found += inside
    return found


def is_area(shape: Any) -> bool:
    """Whether the shape encloses ground."""
    return shape is not None and shape.geom_type in _POLYGONS


def centre_deg(shape: Any) -> tuple[float, float]:
    """Latitude and longitude, deg, of the middle of a shape; always inside its box."""
    point = shape if shape.geom_type == "Point" else shape.centroid
    return round(float(point.y), 6), round(float(point.x), 6)


def area_m2(shape: Any) -> float:
    """Area on the mean sphere, m2, by the cylindrical projection that keeps areas (Lambert 1772)."""

    def project(points: Any) -> Any:
        angle = np.radians(points)
        return MEAN_RADIUS_M * np.column_stack([angle[:, 0], np.sin(angle[:, 1])])

    return float(shapely.transform(shape, project).area)


def radius_m(area: float) -> float:
    """Radius of the disc of an area in m2, to the metre."""
    return float(round(math.sqrt(area / math.pi)))
