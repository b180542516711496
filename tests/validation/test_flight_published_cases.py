"""`mamori validate flight`: every published number is met, and one that is not shows. Geodesy against pyproj."""

import numpy as np
import pytest
from pyproj import Transformer

from mamori.maths.earth import ecef, geodetic_point
from mamori.validate.case import Case
from mamori.validate.flight import flight_cases


@pytest.fixture(scope="module")
def cases():
    return flight_cases()


def test_every_published_number_is_met(cases):
    outside = [(case.name, case.quantity, case.published, case.computed) for case in cases if not case.is_within]
    assert not outside


def test_all_kinds_of_case_are_there(cases):
    assert len([case for case in cases if case.group == "reported flights"]) == 17
    assert {case.group for case in cases} == {
        "reported flights", "textbook ellipses", "least energy", "standard atmosphere", "conservation", "integrator",
    }  # fmt: skip
    assert all(case.source for case in cases)


def test_a_number_outside_is_outside():
    def case(computed: float) -> Case:
        return Case("g", "n", "q", [39.0, 37.0], computed, 1.0, "s")

    assert case(37.9).is_within
    assert case(38.0).is_within
    assert not case(35.9).is_within
    assert case(40.1).error == pytest.approx(1.1)


def test_geodesy_agrees_with_pyproj_to_a_millimetre():
    rng = np.random.default_rng(5)
    latitude, longitude = rng.uniform(-90.0, 90.0, 400), rng.uniform(-180.0, 180.0, 400)
    latitude[:4], longitude[:4] = [90.0, -90.0, 0.0, 0.0], [0.0, 0.0, 180.0, -180.0]
    height = 10.0 ** rng.uniform(0.0, 6.7, 400)
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    theirs = np.stack(to_ecef.transform(longitude, latitude, height), axis=1)
    ours = ecef(np.radians(latitude), np.radians(longitude), height)
    assert np.abs(ours - theirs).max() < 1e-3
    back = np.array([geodetic_point(*point) for point in theirs])
    again = ecef(back[:, 0], back[:, 1], back[:, 2])
    assert np.abs(again - theirs).max() < 1e-3
    assert np.abs(back[:, 2] - height).max() < 1e-3
