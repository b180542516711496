"""The equal-area plane against PROJ: areas of the ellipsoid anywhere on it."""

import math

import numpy as np
import pytest
from pyproj import Geod, Proj

from mamori.maths import equal_area
from mamori.maths.equal_area import Plane


@pytest.mark.parametrize("middle", [(0.0, 0.0), (35.0, 170.0), (-60.0, -179.5), (90.0, 0.0), (-90.0, 120.0)])
def test_areas_are_those_of_the_ellipsoid(middle):
    plane = Plane.round(*np.radians(middle))
    angle = np.linspace(0.0, 2.0 * math.pi, 3601)[:-1]
    east, north = 8e5 * np.cos(angle) + 4e5, 3e5 * np.sin(angle) - 6e5
    latitude, longitude = np.degrees(plane.places_rad(east, north))
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(longitude, latitude)
    flat = 0.5 * np.sum(east * np.roll(north, -1) - np.roll(east, -1) * north)
    assert area == pytest.approx(flat, rel=1e-6)  # geodesics between the points, where the plane has straight lines


def test_there_and_back():
    plane = Plane.round(0.6, 3.0)
    east, north = np.random.default_rng(1).uniform(-4e6, 4e6, (2, 500))
    back = plane.points_m(*plane.places_rad(east, north))
    np.testing.assert_allclose(back, [east, north], atol=0.01)  # Snyder's series is good to 1e-9 rad, 6 mm


def test_near_the_middle_it_is_projs_but_for_the_stretch_of_the_sphere():
    plane = Plane.round(math.radians(35.0), math.radians(170.0))
    latitude, longitude = np.radians([[35.3, 34.8], [170.4, 169.0]])
    mine = plane.points_m(latitude, longitude)
    proj = np.array(Proj("+proj=laea +lat_0=35 +lon_0=170 +ellps=WGS84")(np.degrees(longitude), np.degrees(latitude)))
    # PROJ stretches north against east so that the scale at the middle is 1: by less than half the flattening.
    np.testing.assert_allclose(np.hypot(*mine), np.hypot(*proj), rtol=0.002)


def test_amid_the_date_line_and_a_pole():
    plane = Plane.amid(np.radians([10.0, 10.0]), np.radians([179.0, -179.0]))
    assert plane.points_m(np.radians(10.0), np.radians(-179.0))[0] > 100e3
    assert plane.points_m(np.radians(10.0), np.radians(179.0))[0] < -100e3
    pole = Plane.amid(np.radians([89.0, 89.0]), np.radians([0.0, 180.0]))
    assert pole.sin_middle == pytest.approx(1.0)


def test_compiled_and_plain_agree():
    plane = Plane.round(0.6, 3.0)
    for name in ("authalic_point", "geodetic_latitude"):
        kernel = getattr(equal_area, name)
        assert kernel.py_func(0.7) == pytest.approx(kernel(0.7), rel=1e-14)
    for name in ("plane_point", "place_point"):
        kernel = getattr(equal_area, name)
        assert kernel.py_func(*plane, 0.5, 2.9) == pytest.approx(kernel(*plane, 0.5, 2.9), rel=1e-12)
