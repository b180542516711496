"""Flight against published numbers: textbook ellipses, the standard atmosphere, reported flights; and an oracle.

The textbook values are those of Bate, Mueller and White, "Fundamentals of Astrodynamics" (1971), chapter 6, as public
unit tests quote them. Least energy: closed form for R = 6371 km, mu = 398600.4418 km3/s2. Atmosphere: layer bases of
the US Standard Atmosphere 1976 from its defining constants. Reported flights: apogee, range and time as governments and
press gave them, one row a flight, by its date.
"""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from mamori.flight.ballistic import WGS_84, ballistic_flight, sphere
from mamori.flight.motion import drag_shape
from mamori.maths.atmosphere import air, geometric_height_m
from mamori.maths.earth import GM_M3_S2, J2, ROTATION_RAD_S, SEMI_MAJOR_M, geodetic_point

MU = 398_600.4418e9


@pytest.mark.parametrize(
    ("geopotential_m", "temperature_k", "pressure_pa", "density_kg_m3", "sound_m_s"),
    [
        (0, 288.15, 101325, 1.225, 340.294),
        (11_000, 216.65, 22632.06, 0.363918, 295.069),
        (20_000, 216.65, 5474.889, 0.0880349, 295.069),
        (32_000, 228.65, 868.0187, 0.013225, 303.131),
        (47_000, 270.65, 110.9063, 0.00142753, 329.799),
        (51_000, 270.65, 66.93887, 0.000861605, 329.799),
        (71_000, 214.65, 3.95642, 6.4211e-05, 293.704),
        (84_852, 186.946, 0.37338, 6.9578e-06, 274.096),
    ],
)
def test_standard_atmosphere(geopotential_m, temperature_k, pressure_pa, density_kg_m3, sound_m_s):
    got = air(geometric_height_m(float(geopotential_m)))
    assert got.temperature_k == pytest.approx(temperature_k, rel=1e-4)
    assert got.pressure_pa == pytest.approx(pressure_pa, rel=1e-4)
    assert got.density_kg_m3 == pytest.approx(density_kg_m3, rel=1e-4)
    assert got.sound_m_s == pytest.approx(sound_m_s, rel=1e-4)


def least_energy_apogee_m(radius_m, range_rad):
    """Height of the apogee where the second focus lies on the chord between launch and aim."""
    return 0.5 * radius_m * (1.0 + math.sin(0.5 * range_rad)) + 0.5 * radius_m * math.cos(0.5 * range_rad) - radius_m


@pytest.mark.parametrize(
    ("range_km", "speed_km_s", "elevation_deg", "apogee_km", "time_min"),
    [
        (300, 1.696, 44.33, 74, 4.18),
        (500, 2.173, 43.88, 123, 5.46),
        (1000, 3.016, 42.75, 240, 7.91),
        (2000, 4.113, 40.50, 459, 11.70),
        (3000, 4.865, 38.26, 655, 14.92),
        (5500, 6.075, 32.63, 1041, 21.93),
        (8000, 6.805, 27.01, 1264, 27.99),
        (10000, 7.198, 22.52, 1319, 32.18),
        (13000, 7.588, 15.77, 1196, 37.22),
    ],
)
def test_least_energy(range_km, speed_km_s, elevation_deg, apogee_km, time_min):
    """To the digits printed: half a unit of the last, and the 0.5 m that the search may miss by."""
    round_earth = sphere(6_371e3, MU)
    angle = range_km / 6371.0
    apogee_m = least_energy_apogee_m(6_371e3, angle)
    path = ballistic_flight(0.0, 0.3, angle, 0.3, apogee_m, earth=round_earth)
    start = path.velocity_m_s[0]
    up = path.position_m[0] / np.linalg.norm(path.position_m[0])
    assert apogee_m / 1e3 == pytest.approx(apogee_km, abs=0.51)
    assert np.linalg.norm(start) / 1e3 == pytest.approx(speed_km_s, abs=0.00051)
    assert math.degrees(math.asin(start @ up / np.linalg.norm(start))) == pytest.approx(elevation_deg, abs=0.006)
    assert path.duration_s / 60.0 == pytest.approx(time_min, abs=0.0051)


def test_textbook_free_flight_range_angle():
    """BMW p. 290: burnout at height 0.2 with speed 2/3 and apogee 0.5 (canonical) flies 36.390 deg, cos phi 0.625."""
    du_m, tu_s = 6_378_145.0, 806.8118744
    shell = sphere(1.2 * du_m, du_m**3 / tu_s**2)
    path = ballistic_flight(0.0, 0.0, 0.0, math.radians(36.390), 0.3 * du_m, earth=shell)
    speed = np.linalg.norm(path.velocity_m_s[0])
    assert speed / (du_m / tu_s) == pytest.approx(2.0 / 3.0, rel=1e-5)
    assert path.velocity_m_s[0][1] / speed == pytest.approx(0.625, rel=1e-4)


def test_textbook_speed_for_8000_nautical_miles():
    """BMW p. 295: least energy over 8,000 nautical miles from a height of 344: Q 0.9566, speed 0.9325 (canonical)."""
    du_m, tu_s = 6_378_145.0, 806.8118744
    radius = du_m + 344.0 * 1852.0
    angle = math.radians(8000.0 / 60.0)
    shell = sphere(radius, du_m**3 / tu_s**2)
    path = ballistic_flight(0.0, 0.0, 0.0, angle, least_energy_apogee_m(radius, angle), earth=shell)
    speed = np.linalg.norm(path.velocity_m_s[0]) / (du_m / tu_s)
    assert speed == pytest.approx(0.9325, abs=6e-4)
    assert speed**2 * radius / du_m == pytest.approx(
        0.9566, abs=1.2e-3
    )  # 360 deg are 21,600 nautical miles: to 3 digits


@pytest.mark.parametrize("coefficient_kg_m2", [math.inf, 3000.0])
def test_turning_ellipsoid_against_an_inertial_oracle(coefficient_kg_m2):
    """The flight after burnout in inertial axes by DOP853: the turning frame, gravity, drag and ground are right."""
    path = ballistic_flight(0.6, 2.6, 0.75, 2.75, 400e3, burn_s=60.0, ballistic_coefficient_kg_m2=coefficient_kg_m2)
    spin = np.array([0.0, 0.0, ROTATION_RAD_S])

    def rates(_, s):
        r, v = s[:3], s[3:]
        d = np.linalg.norm(r)
        zonal = 1.5 * J2 * (SEMI_MAJOR_M / d) ** 2
        polar = 5.0 * (r[2] / d) ** 2
        pull = -GM_M3_S2 / d**3 * r * (1.0 + zonal * (np.array([1.0, 1.0, 3.0]) - polar))
        wind = v - np.cross(spin, r)
        here = air(geodetic_point(*r)[2])
        shape = drag_shape.py_func(float(wind @ wind), float(here.sound_m_s) ** 2)
        drag = 0.5 * float(here.density_kg_m3) * shape / coefficient_kg_m2 * np.linalg.norm(wind) * wind
        return np.concatenate([v, pull - drag])

    position, velocity = path.position_m[30], path.velocity_m_s[30]
    assert path.time_s[30] == 60.0
    flown_s = path.duration_s - 60.0
    start = np.concatenate([position, velocity + np.cross(spin, position)])
    end = solve_ivp(rates, (0.0, flown_s), start, method="DOP853", rtol=1e-11, atol=1e-8).y[:3, -1]
    turn = -ROTATION_RAD_S * flown_s
    x, y = end[0] * math.cos(turn) - end[1] * math.sin(turn), end[0] * math.sin(turn) + end[1] * math.cos(turn)
    apart_m = np.linalg.norm(np.array([x, y, end[2]]) - path.position_m[-1])
    assert apart_m < 0.1


REPORTED = [
    # date, apogee km, range km, time min, assumed boost s
    ("2017-05-14", 2111.5, 787, 30.0, 150.0),
    ("2017-05-29", 120.0, 450, 6.0, 65.0),
    ("2017-07-04", 2802.0, 933, 39.0, 290.0),  # a second reporter: 37
    ("2017-07-28", 3724.9, 998, 47.2, 290.0),  # a second reporter: about 45
    ("2017-08-29", 550.0, 2700, 14.0, 150.0),
    ("2017-09-15", 770.0, 3700, 19.0, 150.0),
    ("2017-11-29", 4475.0, 950, 53.0, 290.0),  # a third reporter: 54
]


@pytest.mark.parametrize(("date", "apogee_km", "range_km", "time_min", "boost_s"), REPORTED)
def test_reported_flights(date, apogee_km, range_km, time_min, boost_s):
    """Within 1.6 min of the reported time.

    Why so wide: times are given to the minute, two reporters of one flight differ by up to 2 min, and nobody reported
    the boost. 65 s for the smallest, 150 s for the middle and 290 s for the largest are assumptions (about five minutes
    for the largest is what the reports need). Latitude 39, a course to the east and 7,000 kg/m2 are assumptions too.
    What this shows is that boost, ellipse and re-entry together take the reported time; it cannot tell one drag model
    or boost profile from another.
    """
    latitude = math.radians(39.0)
    apart = range_km * 1e3 / (6_371e3 * math.cos(latitude))
    path = ballistic_flight(
        latitude, 2.2, latitude, 2.2 + apart, apogee_km * 1e3, burn_s=boost_s, ballistic_coefficient_kg_m2=7000.0
    )
    assert path.status == 0
    assert path.duration_s / 60.0 == pytest.approx(time_min, abs=1.6), date


def test_reported_flights_need_their_boost():
    """Over the seven flights the mean error is below half a minute with the boost, and above one without it."""
    latitude = math.radians(39.0)
    errors = []
    for _, apogee_km, range_km, time_min, boost_s in REPORTED:
        apart = range_km * 1e3 / (6_371e3 * math.cos(latitude))
        aim = (latitude, 2.2, latitude, 2.2 + apart, apogee_km * 1e3)
        with_boost = ballistic_flight(*aim, burn_s=boost_s, ballistic_coefficient_kg_m2=7000.0, earth=WGS_84)
        impulsive = ballistic_flight(*aim, ballistic_coefficient_kg_m2=7000.0)
        errors.append((with_boost.duration_s / 60.0 - time_min, impulsive.duration_s / 60.0 - time_min))
    mean = np.mean(errors, axis=0)
    assert abs(mean[0]) < 0.5
    assert mean[1] < -1.0
