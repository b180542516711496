"""Ballistic paths: they end at the aim, below nothing, in time order; compiled and plain agree."""

import math

import numpy as np
import pytest

from mamori.flight import kernels, motion
from mamori.flight.ballistic import APOGEE_MISS_M, MISS_M, WGS_84, ballistic_flight, shots, sphere
from mamori.flight.kernels import N_FLOWN
from mamori.flight.status import FlightStatus
from mamori.maths.earth import ecef, geodetic_point

FOUND = FlightStatus.FOUND
LAUNCH = (math.radians(34.0), math.radians(151.0))
AIM = (math.radians(36.0), math.radians(153.5))
SRBM = {"burn_s": 65.0, "ballistic_coefficient_kg_m2": 7000.0}


@pytest.fixture(scope="module")
def path():
    return ballistic_flight(*LAUNCH, *AIM, 80e3, **SRBM)


def test_ends_at_the_aim_with_the_apogee_asked_for(path):
    assert path.status == FOUND
    assert np.linalg.norm(path.position_m[-1] - ecef(np.array(AIM[0]), np.array(AIM[1]))) < 2.0 * MISS_M
    assert path.apogee_m == pytest.approx(80e3, abs=APOGEE_MISS_M)
    assert path.height_m.max() == pytest.approx(path.apogee_m, abs=50.0)  # a row lies within 1 s of the top
    top = path.time_s[path.height_m.argmax()]
    assert path.apogee_s == pytest.approx(top, abs=1.01)


def test_starts_at_the_launch_at_rest_and_rises(path):
    np.testing.assert_allclose(path.position_m[0], ecef(np.array(LAUNCH[0]), np.array(LAUNCH[1])), atol=1e-6)
    np.testing.assert_array_equal(path.velocity_m_s[0], 0.0)
    assert path.height_m[0] == path.height_m[-1] == 0.0
    assert (path.height_m[1:-1] > 0.0).all()


def test_time_rises_on_the_grid_and_ends_at_the_impact(path):
    np.testing.assert_array_equal(path.time_s[:-1], 2.0 * np.arange(path.time_s.size - 1))
    assert path.time_s[-2] < path.time_s[-1] == path.duration_s


def test_height_is_that_above_the_ellipsoid(path):
    exact = np.array([geodetic_point(*p)[2] for p in path.position_m])
    np.testing.assert_allclose(path.height_m, exact, rtol=6e-6, atol=1e-3)


def test_velocity_is_the_derivative_of_position(path):
    after = path.time_s > 68.0
    central = (path.position_m[2:-1] - path.position_m[:-3]) / 4.0
    keep = after[:-3] & (path.height_m[:-3] > 40e3) & (path.height_m[2:-1] > 40e3)
    assert keep.sum() > 20
    np.testing.assert_allclose(central[keep], path.velocity_m_s[1:-2][keep], atol=0.05)


def test_boost_lasts_as_long_as_it_says(path):
    speed = np.linalg.norm(path.velocity_m_s, axis=1)
    climbing = path.time_s < path.apogee_s
    assert path.time_s[climbing][speed[climbing].argmax()] == pytest.approx(65.0, abs=2.0)


def test_smaller_steps_hardly_change_it(path):
    fine = ballistic_flight(*LAUNCH, *AIM, 80e3, **SRBM, step_s=0.25)
    assert path.duration_s == pytest.approx(fine.duration_s, abs=0.02)
    assert path.impact_speed_m_s == pytest.approx(fine.impact_speed_m_s, rel=1e-4)


def test_drag_slows_the_impact(path):
    free = ballistic_flight(*LAUNCH, *AIM, 80e3, burn_s=65.0)
    blunt = ballistic_flight(*LAUNCH, *AIM, 80e3, burn_s=65.0, ballistic_coefficient_kg_m2=2000.0)
    assert blunt.impact_speed_m_s < path.impact_speed_m_s < free.impact_speed_m_s


def test_rotation_of_the_earth_matters_as_it_must():
    """Flying east over a turning Earth takes a smaller push than flying west, seen from the ground."""
    still, turning = WGS_84._replace(rotation_rad_s=0.0), WGS_84
    speeds = {}
    for name, aim in (("east", 10.0), ("west", -10.0)):
        for earth in (still, turning):
            one = ballistic_flight(0.0, 0.0, 0.0, math.radians(aim), 300e3, earth=earth)
            speeds[name, earth] = np.linalg.norm(one.velocity_m_s[0])
    assert speeds["east", still] == pytest.approx(speeds["west", still], rel=1e-6)
    assert speeds["east", turning] < speeds["west", turning]


def test_straight_up_and_down():
    up = ballistic_flight(*LAUNCH, *LAUNCH, 50e3, burn_s=30.0)
    assert up.status == FOUND
    assert np.linalg.norm(up.position_m[-1] - up.position_m[0]) < 2.0 * MISS_M
    assert up.duration_s == pytest.approx(2.0 * math.sqrt(2.0 * 50e3 / 9.7), abs=40.0)


@pytest.mark.parametrize(
    ("aim", "apogee_m", "options", "status"),
    [
        (AIM, 20_000e3, {}, FlightStatus.TOO_HIGH),
        (AIM, 3e3, {"burn_s": 300.0}, FlightStatus.STILL_BURNING),
        (AIM, 100.0, {}, FlightStatus.TOO_LOW),
        (AIM, -5.0, {}, FlightStatus.TOO_LOW),
        (AIM, 2e3, {"aim_height_m": 3e3}, FlightStatus.TOO_LOW),
        (LAUNCH, None, {}, FlightStatus.SAME_PLACE),
        (AIM, 80e3, {"ballistic_coefficient_kg_m2": 5.0}, FlightStatus.AIR_STOPS_IT),
    ],
)
def test_no_path_has_a_status_that_says_why_and_no_rows(aim, apogee_m, options, status):
    none = ballistic_flight(*LAUNCH, *aim, apogee_m, **options)
    assert none.status == status
    assert none.time_s.size == none.height_m.size == 0
    assert math.isnan(none.duration_s)
    assert math.isnan(none.apogee_m)


def test_the_least_boost_is_the_least(path):
    least = _shot(math.nan)
    assert least.status[0] == FOUND
    for factor in (0.9, 1.1):
        other = _shot(factor * least.apogee_m[0])
        assert np.linalg.norm(other.boost_m_s[0]) > np.linalg.norm(least.boost_m_s[0])
    assert np.linalg.norm(least.boost_m_s[0]) < 0.999 * np.linalg.norm(_shot(0.8 * least.apogee_m[0]).boost_m_s[0])


def _shot(apogee_m):
    return shots(
        np.array([*LAUNCH, *AIM])[:, None],
        apogee_m=np.array([apogee_m]),
        burn_s=np.array([65.0]),
        ballistic_coefficient_kg_m2=np.array([7000.0]),
    )


def test_an_aim_on_a_mountain_is_hit_at_its_height():
    high = ballistic_flight(*LAUNCH, *AIM, 80e3, **SRBM, aim_height_m=3000.0)
    assert high.status == FOUND
    assert high.height_m[-1] == 3000.0
    end = ecef(np.array(AIM[0]), np.array(AIM[1]), 3000.0)
    assert np.linalg.norm(high.position_m[-1] - end) < 2.0 * MISS_M


@pytest.mark.parametrize(
    ("launch", "aim", "apogee_m"),
    [
        ((0.0, 0.0), (0.0, 180.0), 1200e3),  # antipodes
        ((30.0, 10.0), (-30.0, -170.0), None),
        ((30.0, 10.0), (-30.0, -170.0), 1200e3),
        ((35.0, 179.5), (36.0, -178.0), 60e3),  # across the date line
        ((89.5, 0.0), (89.5, 180.0), 30e3),  # across the pole
    ],
)
def test_far_and_odd_places_have_a_right_answer(launch, aim, apogee_m):
    there = tuple(math.radians(x) for x in aim)
    one = ballistic_flight(*(math.radians(x) for x in launch), *there, apogee_m)
    assert one.status == FOUND
    end = ecef(np.array(there[0]), np.array(there[1]))
    assert np.linalg.norm(one.position_m[-1] - end) < 10.0


def test_huge_drag_finds_a_path_or_says_that_air_stops_it():
    for coefficient in (1000.0, 300.0, 100.0):
        one = ballistic_flight(*LAUNCH, *AIM, 80e3, burn_s=65.0, ballistic_coefficient_kg_m2=coefficient)
        assert one.status in {FOUND, FlightStatus.AIR_STOPS_IT}
        if one.status == FOUND:
            assert np.linalg.norm(one.position_m[-1] - ecef(np.array(AIM[0]), np.array(AIM[1]))) < 2.0 * MISS_M


def test_one_that_fails_leaves_the_others_as_they_are(path):
    place = np.array([[*LAUNCH, *AIM], [*LAUNCH, *AIM], [*LAUNCH, *AIM]]).T
    three = shots(
        place,
        apogee_m=np.array([80e3, 20e6, 80e3]),
        burn_s=np.full(3, 65.0),
        ballistic_coefficient_kg_m2=np.full(3, 7000.0),
    )
    np.testing.assert_array_equal(three.status, [FOUND, FlightStatus.TOO_HIGH, FOUND])
    n = path.time_s.size
    np.testing.assert_array_equal(three.first, [0, n, n, 2 * n])
    assert three.position_m[:n].tobytes() == three.position_m[n:].tobytes() == path.position_m.tobytes()
    assert three.duration_s[1] == np.inf


def test_none_at_all_is_legal():
    none = shots(np.zeros((4, 0)), apogee_m=np.zeros(0), burn_s=np.zeros(0), ballistic_coefficient_kg_m2=np.zeros(0))
    assert none.first.tolist() == [0]
    assert none.position_m.shape == (0, 3)


@pytest.mark.parametrize("latitude_deg", [-90.0, 0.0, 90.0])
def test_poles_and_equator(latitude_deg):
    away = math.radians(latitude_deg - math.copysign(4.0, latitude_deg))
    one = ballistic_flight(math.radians(latitude_deg), 0.3, away, 0.4, 100e3, **SRBM)
    assert one.status == FOUND


def _flown(flyer, step_s, *, boost=(900.0, 800.0, 10.0), burn_s=33.3, drag=1e-4, n=1, room=0):
    """What `fly` says of n equal flights, and their rows."""
    rows, flown, n_rows = np.zeros((n * room, 7)), np.zeros((n, N_FLOWN)), np.zeros(n, dtype=np.int64)
    launch, up = np.tile([6_371_000.0, 0.0, 0.0], (n, 1)), np.tile([1.0, 0.0, 0.0], (n, 1))
    first = np.arange(n + 1, dtype=np.int64) * room
    one = np.ones(n)
    flyer(
        launch, up, np.tile(boost, (n, 1)), burn_s * one, 0.5 * drag * one, drag * one, 0.0 * one, sphere(), step_s,
        step_s, 2.0, first, rows, flown, n_rows,
    )  # fmt: skip
    return flown, n_rows, rows


@pytest.mark.parametrize("burn_s", [0.0, 33.3])
def test_flight_compiled_and_plain_agree(burn_s, plain):
    compiled = _flown(kernels.fly, 1.0, burn_s=burn_s, room=120)
    slow = _flown(plain, 1.0, burn_s=burn_s, room=120)
    assert 30 < compiled[1][0] < 120
    for a, b in zip(compiled, slow, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-6)


@pytest.fixture(scope="module")
def plain():
    """`fly` as Python runs it, with every compiled function below it in Python too."""
    names = ("begin", "look", "step", "landing", "top", "between")
    before = {name: getattr(kernels, name) for name in names}
    inner = ("push", "pull", "breathe", "drag_rate", "settle", "boost_shares", "drag_shape", "gravity_point")
    below = {name: getattr(motion, name) for name in (*inner, "height_point", "cell_point")}
    with pytest.MonkeyPatch.context() as patch:
        for name, kernel in before.items():
            patch.setattr(kernels, name, kernel.py_func)
        for name, kernel in below.items():
            patch.setattr(motion, name, kernel.py_func)
        for name in ("quintic", "height_point"):
            patch.setattr(kernels, name, getattr(kernels, name).py_func)
        yield kernels.fly.py_func


def test_a_flight_does_not_depend_on_its_neighbours():
    alone, _, _ = _flown(kernels.fly, 1.0)
    many, _, _ = _flown(kernels.fly, 1.0, n=37)
    for row in many:
        assert row.tobytes() == alone[0].tobytes()


def test_a_boost_that_ends_between_two_steps_gives_its_whole_velocity():
    """Without air the boost of 33.3 s is the same whether steps of 2 s or of 0.1 s pass over its end."""
    long, short = (_flown(kernels.fly, step_s, drag=0.0)[0][0, 0] for step_s in (2.0, 0.1))
    assert long == pytest.approx(short, abs=1e-4)


def test_gravity_is_what_the_standard_says_at_equator_and_pole():
    """WGS 84: 9.7803253359 m/s2 at the equator and 9.8321849379 at the poles (to the second zonal term: 1e-5)."""
    equator = motion.gravity_point(6_378_137.0, 0.0, 0.0, WGS_84)
    pole = motion.gravity_point(0.0, 0.0, 6_356_752.3142, WGS_84)
    assert -equator[0] == pytest.approx(9.7803253359, rel=2e-5)
    assert -pole[2] == pytest.approx(9.8321849379, rel=2e-5)
