"""Coordinates against PROJ."""

import numpy as np
import pyproj
import pytest

from mamori.maths.earth import bearing_point, distance_m, distance_point, ecef, ecef_point, geodetic_point, offset_point

TO_ECEF = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
GEOD = pyproj.Geod(ellps="WGS84")
POINTS = [(0.0, 0.0, 0.0), (0.6, 2.9, 100.0), (-1.2, -3.0, 5e6), (1.57, 0.3, 2e5)]


@pytest.mark.parametrize("point", POINTS)
def test_there_and_back(point):
    latitude, longitude, height = point
    x = np.array(ecef_point(*point))
    np.testing.assert_allclose(x, TO_ECEF.transform(np.degrees(longitude), np.degrees(latitude), height), atol=1e-6)
    np.testing.assert_array_equal(x, ecef(np.array(latitude), np.array(longitude), height))
    back = geodetic_point(*x)
    np.testing.assert_allclose(back[:2], point[:2], atol=1e-11)
    assert back[2] == pytest.approx(height, abs=1e-5)
    np.testing.assert_array_equal(geodetic_point.py_func(*x), back)


def test_distance_and_bearing():
    a, b = (0.6, 2.9), (0.63, 2.95)
    azimuth, _, metres = GEOD.inv(*np.degrees([a[1], a[0], b[1], b[0]]))
    assert distance_point(*a, *b) == pytest.approx(metres, rel=6e-3)
    assert distance_m(*a, *b) == distance_point(*a, *b)
    assert np.degrees(bearing_point(*a, *b)) == pytest.approx(azimuth, abs=0.2)


def test_offset_is_metres_on_the_ellipsoid():
    latitude, longitude = offset_point(np.array(0.6), np.array(2.9), np.array(3000.0), np.array(4000.0))
    _, _, metres = GEOD.inv(*np.degrees([2.9, 0.6, longitude, latitude]))
    assert metres == pytest.approx(5000.0, rel=1e-3)
