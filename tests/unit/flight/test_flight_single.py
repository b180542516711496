"""Single flights as people ask for them: classes that follow, failures that say why, faults all at once."""

import math

import numpy as np
import pytest

from mamori.errors import ScenarioError
from mamori.flight.single import Asked, class_for, fly_asked
from mamori.flight.status import FlightStatus
from mamori.scenario.flights import ballistic_classes


@pytest.fixture(scope="module")
def classes():
    return ballistic_classes()


def fly(classes, **asked):
    names, table = classes
    return fly_asked([Asked(id="one", **asked)], table, names)[0]


@pytest.mark.parametrize(
    ("apogee_km", "range_km", "name"),
    [
        (120, 450, "srbm-notional"),
        (50, 350, "srbm-notional"),
        (50, 600, "quasi-ballistic-notional"),
        (260, 1000, "mrbm-notional"),
        (770, 3700, "irbm-notional"),
        (2802, 933, "icbm-notional"),
        (20_000, 900, "icbm-notional"),
        (None, 500, "srbm-notional"),
        (None, 8000, "icbm-notional"),
    ],
)
def test_the_class_follows_from_apogee_and_range(classes, apogee_km, range_km, name):
    names, table = classes
    apogee_m = None if apogee_km is None else 1e3 * apogee_km
    assert names[class_for(table, apogee_m, 1e3 * range_km)] == name


def test_one_flight_has_what_was_asked(classes):
    one = fly(classes, apogee_m=120e3, range_m=450e3, burn_s=50.0)
    assert one.status == FlightStatus.FOUND
    assert one.apogee_m == pytest.approx(120e3, abs=5.0)
    assert one.range_m == 450e3
    assert one.burnout_s == 50.0
    assert one.time_s[-1] == one.flight_time_s
    assert 30.0 < math.degrees(one.impact_angle_rad) < 70.0
    above = one.time_s[one.height_m > 100e3]
    assert one.above_space_s == pytest.approx(above[-1] - above[0], abs=2.0)


def test_from_place_to_place_across_the_date_line(classes):
    one = fly(classes, start=(35.0, 179.5), end=(36.0, -178.0), apogee_m=60e3)
    assert one.status == FlightStatus.FOUND
    assert one.range_m == pytest.approx(252.5e3, rel=2e-3)
    np.testing.assert_allclose(np.degrees([one.latitude_rad[-1], one.longitude_rad[-1]]), [36.0, -178.0], atol=1e-5)


def test_course_and_range_end_there(classes):
    one = fly(classes, start=(0.0, 10.0), range_m=500e3, course_deg=90.0)
    assert np.degrees(one.latitude_rad[-1]) == pytest.approx(0.0, abs=1e-5)
    assert np.degrees(one.longitude_rad[-1]) == pytest.approx(10.0 + 500e3 / 6_378_137.0 * 180 / math.pi, abs=1e-4)


def test_the_aim_on_a_mountain(classes):
    one = fly(classes, apogee_m=120e3, range_m=450e3, end_height_m=3000.0)
    assert one.height_m[-1] == 3000.0


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"class_name": "srbm-notional", "range_m": 2000e3}, FlightStatus.TOO_FAR),
        ({"class_name": "srbm-notional", "range_m": 20e3}, FlightStatus.TOO_NEAR),
        ({"class_name": "srbm-notional", "range_m": 500e3, "apogee_m": 4475e3}, FlightStatus.BEYOND_CLASS),
        ({"range_m": 18_000e3}, FlightStatus.TOO_FAR),
        ({"range_m": 900e3, "apogee_m": 20_000e3}, FlightStatus.BEYOND_CLASS),
        ({"range_m": 450e3, "apogee_m": 20e3, "class_name": "srbm-notional"}, FlightStatus.STILL_BURNING),
        ({"range_m": 3000e3, "apogee_m": 60e3, "burn_s": 0.0, "class_name": "irbm-notional"}, FlightStatus.TOO_LOW),
        ({"range_m": 450e3, "apogee_m": 120e3, "burn_s": 3000.0}, FlightStatus.STILL_BURNING),
        ({"range_m": 450e3, "apogee_m": 120e3, "coefficient_kg_m2": 1.0}, FlightStatus.AIR_STOPS_IT),
        ({"start": (10.0, 10.0), "end": (10.0, 10.0)}, FlightStatus.SAME_PLACE),
        ({"range_m": 600e3, "apogee_m": 20e3, "class_name": "quasi-ballistic-notional"}, FlightStatus.TOO_LOW),
        ({"range_m": 600e3, "burn_s": 500.0, "class_name": "quasi-ballistic-notional"}, FlightStatus.STILL_BURNING),
    ],
)
def test_what_cannot_be_flown_says_why(classes, asked, status):
    one = fly(classes, **asked)
    assert one.status == status
    assert one.time_s.size == 0
    assert math.isnan(one.flight_time_s)


def test_all_faults_at_once(classes):
    names, table = classes
    wrong = [
        Asked(id="a", apogee_m=-1.0, range_m=math.nan, class_name="none"),
        Asked(id="b", start=(100.0, 0.0), end=(0.0, 0.0)),
        Asked(id="c"),
        Asked(id="d", end=(0.0, 0.0)),
    ]
    with pytest.raises(ScenarioError) as error:
        fly_asked(wrong, table, names)
    places = [fault.place for fault in error.value.faults]
    assert places == ["a", "a", "a", "b", "c", "d"]


def test_none_at_all_is_legal(classes):
    names, table = classes
    assert fly_asked([], table, names) == []
