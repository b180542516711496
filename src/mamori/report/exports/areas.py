"""Areas of an equal-area plane as GeoJSON (RFC 7946): outer rings counter-clockwise, cut at the date line."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from shapely import LineString, Point, Polygon, get_parts, make_valid, node, polygonize, prepare, union_all
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from mamori.maths.equal_area import Plane
from mamori.records import Floats
from mamori.world.outline import areal

Properties = Mapping[str, str | float | int | None]

_PLACES = 5  # decimals of a degree: a metre
_LEAST_M2 = 1.0
_POLE = 0.5 * math.pi


def geojson(plane: Plane, features: Iterable[tuple[BaseGeometry, Properties]]) -> str:
    """A FeatureCollection of areas with their properties; empty areas are left out."""
    chart = Chart(plane)
    found = [
        {"type": "Feature", "properties": dict(properties), "geometry": geometry}
        for shape, properties in features
        if (geometry := multipolygon(chart, shape)) is not None
    ]
    return json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False)


def multipolygon(chart: "Chart", shape: BaseGeometry) -> dict[str, Any] | None:
    """The geometry of an area in degrees; None where nothing is left of it at a metre's precision."""
    found = [mapping(orient(part))["coordinates"] for whole in get_parts(shape) for part in chart.degrees(whole)]
    return {"type": "MultiPolygon", "coordinates": found} if found else None


class Chart:
    """Degrees of a plane's polygons, each within one turn of longitudes, -180 to 180."""

    def __init__(self, plane: Plane) -> None:
        """The lines of the cut: the date line from pole to pole, and the meridian that goes on from it over them."""
        self.plane = plane
        latitude = np.linspace(-_POLE, _POLE, 3601)[1:-1]
        poles = [plane.points_m(np.array(at), np.array(plane.middle_rad)) for at in (-_POLE, _POLE)]
        self.lines = [
            LineString(np.column_stack([poles[0], plane.points_m(latitude, np.full_like(latitude, at)), poles[1]]).T)
            for at in (math.pi, 0.0)
        ]
        self.poles = [Point(pole).buffer(1.0) for pole in poles]
        prepare([*self.lines, *self.poles])

    def degrees(self, polygon: Polygon) -> list[Polygon]:
        """The polygon in degrees: whole, or cut at the date line. Where it goes round a pole it is cut into halves that
        are joined again on the chart, on which the pole is a line."""
        filled = Polygon(polygon.exterior)
        has_pole = any(pole.intersects(filled) for pole in self.poles)
        cuts = [line for line in (self.lines if has_pole else self.lines[:1]) if line.intersects(polygon)]
        pieces = self._cut(polygon, cuts) if cuts else [polygon]
        charted = [part for piece in pieces for part in self._charted(piece)]
        return list(get_parts(areal(union_all(charted)))) if has_pole else charted

    @staticmethod
    def _cut(polygon: Polygon, lines: list[LineString]) -> list[Polygon]:
        pieces = get_parts(polygonize(get_parts(node(union_all([polygon.boundary, *lines])))))
        return [p for p in pieces if p.area > _LEAST_M2 and polygon.contains(p.representative_point())]

    def _charted(self, polygon: Polygon) -> list[Polygon]:
        middle = polygon.representative_point()
        centre = math.degrees(float(self.plane.places_rad(np.array(middle.x), np.array(middle.y))[1]))
        centre = (centre + 180.0) % 360.0 - 180.0
        outer, *holes = (
            self._degrees(np.asarray(ring.coords), centre) for ring in (polygon.exterior, *polygon.interiors)
        )
        if len(outer) < 4:
            return []
        shape = Polygon(outer, [hole for hole in holes if len(hole) >= 4])
        return [shape] if shape.is_valid else list(get_parts(areal(make_valid(shape))))

    def _degrees(self, ring: Floats, centre: float) -> Floats:
        """A closed ring (n, 2) of longitudes and latitudes, all on that side of the date line on which centre lies."""
        latitude, longitude = np.degrees(self.plane.places_rad(ring[:-1, 0], ring[:-1, 1]))
        longitude = (longitude + 180.0) % 360.0 - 180.0
        is_seam = 180.0 - np.abs(longitude) < 1e-5
        longitude = np.where(is_seam, math.copysign(180.0, centre), longitude)
        points: list[tuple[float, float]] = []
        n = len(latitude)
        for i in range(n):
            if 90.0 - abs(latitude[i]) < 1e-5:  # a pole is a line of the chart: along it, from one meridian to the next
                points += [(longitude[i - 1], latitude[i]), (longitude[(i + 1) % n], latitude[i])]
            else:
                points.append((longitude[i], latitude[i]))
        rounded = np.round(points, _PLACES)
        kept = np.any(rounded != np.roll(rounded, 1, axis=0), axis=1)
        rounded = rounded[kept]
        return np.concatenate([rounded, rounded[:1]]) if len(rounded) else rounded
