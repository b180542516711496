"""Ballistic paths: they end at the aim, below nothing, in time order; compiled and plain agree."""

import math

import numpy as np
import pytest

from mamori.flight import kernels
from mamori.flight.ballistic import APOGEE_MISS_M, FOUND, MISS_M, NO_PATH, WGS_84, ballistic_flight, shots, sphere
from mamori.maths.earth import ecef, geodetic_point

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
    assert path.impact_speed_m_s == pytest.approx(fine.impact_speed_m_s, rel=1e-3)


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
    ("aim", "apogee_m", "options"),
    [
        (AIM, 20_000e3, {}),  # not down within three hours
        (AIM, 3e3, {"burn_s": 300.0}),  # still burning at the top
    ],
)
def test_no_path_has_a_status_and_no_rows(aim, apogee_m, options):
    none = ballistic_flight(*LAUNCH, *aim, apogee_m, **options)
    assert none.status == NO_PATH
    assert none.time_s.size == none.height_m.size == 0
    assert math.isnan(none.duration_s)
    assert math.isnan(none.apogee_m)


def test_one_that_fails_leaves_the_others_as_they_are(path):
    place = np.array([[*LAUNCH, *AIM], [*LAUNCH, *AIM], [*LAUNCH, *AIM]]).T
    three = shots(
        place,
        apogee_m=np.array([80e3, 20e6, 80e3]),
        burn_s=np.full(3, 65.0),
        ballistic_coefficient_kg_m2=np.full(3, 7000.0),
    )
    np.testing.assert_array_equal(three.status, [FOUND, NO_PATH, FOUND])
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


STATE = (-4.6e6, 2.6e6, 3.7e6, 900.0, 300.0, 700.0)


def test_small_kernels_compiled_and_plain_agree():
    earth = WGS_84
    thrust = (1.0, 2.0, 3.0)
    for name, arguments in {
        "surface_radius": (*STATE[:3], earth),
        "height_point": (*STATE[:3], earth),
        "gravity_point": (*STATE[:3], earth),
        "climb_rate": (STATE,),
        "acceleration": (STATE, thrust, 1e-4, earth),
        "runge_kutta": (STATE, thrust, 1e-4, earth, 0.5),
    }.items():
        kernel = getattr(kernels, name)
        np.testing.assert_allclose(kernel(*arguments), kernel.py_func(*arguments), rtol=1e-12, err_msg=name)
    compiled, plain = np.zeros(7), np.zeros(7)
    kernels.write_row(compiled, 5.0, STATE)
    kernels.write_row.py_func(plain, 5.0, STATE)
    np.testing.assert_array_equal(compiled, [5.0, *STATE])
    np.testing.assert_array_equal(plain, compiled)


@pytest.mark.parametrize("burn_s", [0.0, 33.3])
def test_flight_compiled_and_plain_agree(burn_s):
    launch = np.array([[6_371_000.0, 0.0, 0.0]])
    boost = np.array([[900.0, 800.0, 10.0]])
    results = []
    for fly in (kernels.fly, kernels.fly.py_func):
        rows, flown, n_rows = np.zeros((200, 7)), np.zeros((1, 9)), np.zeros(1, dtype=np.int64)
        first = np.array([0, 200], dtype=np.int64)
        fly(launch, boost, np.array([burn_s]), np.array([1e-4]), sphere(), 2.0, first, rows, flown, n_rows)
        results.append((rows, flown, n_rows))
    assert 40 < results[0][2][0] < 200
    for compiled, plain in zip(*results, strict=True):
        np.testing.assert_allclose(compiled, plain, rtol=1e-9, atol=1e-6)


def test_a_boost_that_ends_between_two_steps_gives_its_whole_velocity():
    """Without air the boost of 33.3 s is the same whether steps of 2 s or of 0.1 s pass over its end."""
    durations = []
    for step_s in (2.0, 0.1):
        flown, n_rows = np.zeros((1, 9)), np.zeros(1, dtype=np.int64)
        kernels.fly(
            np.array([[6_371_000.0, 0.0, 0.0]]), np.array([[900.0, 800.0, 0.0]]), np.array([33.3]), np.zeros(1),
            sphere(), step_s, np.zeros(2, dtype=np.int64), np.zeros((0, 7)), flown, n_rows,
        )  # fmt: skip
        durations.append(flown[0, 0])
    assert durations[0] == pytest.approx(durations[1], abs=1e-4)


def test_gravity_is_what_the_standard_says_at_equator_and_pole():
    """WGS 84: 9.7803253359 m/s2 at the equator and 9.8321849379 at the poles (to the second zonal term: 1e-5)."""
    equator = kernels.gravity_point(6_378_137.0, 0.0, 0.0, WGS_84)
    pole = kernels.gravity_point(0.0, 0.0, 6_356_752.3142, WGS_84)
    assert -equator[0] == pytest.approx(9.7803253359, rel=2e-5)
    assert -pole[2] == pytest.approx(9.8321849379, rel=2e-5)
