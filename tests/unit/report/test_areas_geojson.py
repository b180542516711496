"""Areas as GeoJSON by RFC 7946: rings' turns, the date line, the poles, holes."""

import json

import numpy as np
import pytest
from pyproj import Geod
from shapely import MultiPolygon, Point
from shapely.geometry import shape

from mamori.maths.equal_area import Plane
from mamori.report.exports.areas import Chart, geojson, multipolygon

RING = Point(0, 0).buffer(300e3, quad_segs=64).difference(Point(20e3, 30e3).buffer(50e3))


@pytest.mark.parametrize(
    ("latitude", "longitude", "n_parts"),
    [
        (35.0, 170.0, 1), (10.0, 179.5, 2), (-20.0, -179.9, 2), (0.0, 180.0, 2), (70.0, 0.1, 1), (85.0, 180.0, 2),
        (89.0, 30.0, 1), (-88.5, 179.0, 1), (90.0, 0.0, 1), (-90.0, 45.0, 1),
    ],
)  # fmt: skip
def test_an_area_stays_what_it_is_on_any_place_of_the_earth(latitude, longitude, n_parts):
    plane = Plane.round(*np.radians((latitude, longitude)))
    geometry = multipolygon(Chart(plane), RING)
    found = shape(geometry)
    assert found.is_valid
    assert len(found.geoms) == n_parts
    assert all(part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors) for part in found.geoms)
    west, south, east, north = found.bounds
    assert west >= -180.0
    assert east <= 180.0
    assert south >= -90.0
    assert north <= 90.0
    area = sum(Geod(ellps="WGS84").geometry_area_perimeter(part)[0] for part in found.geoms)
    assert area == pytest.approx(RING.area, rel=5e-6)  # degrees are rounded to a metre
    for part in found.geoms:  # nothing runs the wrong way round the Earth
        steps = np.abs(np.diff(np.asarray(part.exterior.coords), axis=0))
        is_pole = np.abs(np.asarray(part.exterior.coords)[:-1, 1]) == 90.0
        assert (steps[~is_pole, 0] < 60.0).all()


def test_features_carry_their_properties_and_empty_ones_are_left_out():
    plane = Plane.round(0.5, 1.0)
    text = geojson(plane, [(RING, {"sensor": "a", "area_km2": 1.5}), (MultiPolygon(), {"sensor": "b"})])
    (feature,) = json.loads(text)["features"]
    assert feature["properties"] == {"sensor": "a", "area_km2": 1.5}
    (polygon,) = feature["geometry"]["coordinates"]
    assert len(polygon) == 2
    assert polygon[0][0] == polygon[0][-1]
