"""Every path that is found ends at its aim, never dips below the ground before, and runs forward in time."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.flight.ballistic import ballistic_flight
from mamori.flight.level.paths import level_paths
from mamori.maths.earth import ecef

latitudes = st.floats(-1.5, 1.5)
longitudes = st.floats(-math.pi, math.pi)


def away(latitude, longitude, range_m, bearing):
    d = range_m / 6_371_009.0
    sin_lat = math.sin(latitude) * math.cos(d) + math.cos(latitude) * math.sin(d) * math.cos(bearing)
    east = math.sin(bearing) * math.sin(d) * math.cos(latitude)
    return math.asin(sin_lat), longitude + math.atan2(east, math.cos(d) - math.sin(latitude) * sin_lat)


@settings(max_examples=25, deadline=None)
@given(
    latitude=latitudes,
    longitude=longitudes,
    bearing=longitudes,
    range_m=st.floats(100e3, 1500e3),
    ratio=st.floats(0.2, 0.6),
    burn_s=st.floats(40.0, 85.0),
    coefficient=st.floats(3000.0, 20_000.0),
)
def test_ballistic(*, latitude, longitude, bearing, range_m, ratio, burn_s, coefficient):
    aim = away(latitude, longitude, range_m, bearing)
    path = ballistic_flight(
        latitude, longitude, *aim, ratio * range_m, burn_s=burn_s, ballistic_coefficient_kg_m2=coefficient
    )
    assert path.status == 0
    assert np.linalg.norm(path.position_m[-1] - ecef(np.array(aim[0]), np.array(aim[1]))) < 10.0
    assert (np.diff(path.time_s) > 0.0).all()
    assert (path.height_m[1:-1] > 0.0).all()
    assert abs(path.apogee_m - ratio * range_m) < 10.0


@settings(max_examples=25, deadline=None)
@given(
    latitude=latitudes,
    longitude=longitudes,
    bearing=longitudes,
    range_m=st.floats(0.0, 2000e3),
    speed_m_s=st.floats(1.0, 400.0),
    height_m=st.floats(0.0, 12e3),
    slope=st.floats(0.02, 1.5),
    step_s=st.floats(5.0, 500.0),
)
def test_level(*, latitude, longitude, bearing, range_m, speed_m_s, height_m, slope, step_s):
    aim = away(latitude, longitude, range_m, bearing)
    place = np.array([[latitude], [longitude], [aim[0]], [aim[1]]])
    one = level_paths(
        place,
        speed_m_s=np.array([speed_m_s]),
        height_m=np.array([height_m]),
        climb_rad=np.array([slope]),
        dive_rad=np.array([0.5]),
        step_s=np.array([step_s]),
    )
    assert np.linalg.norm(one.position_m[-1] - ecef(np.array(aim[0]), np.array(aim[1]))) < 1e-3
    assert (np.diff(one.time_s) > 0.0).all()
    assert one.time_s[-1] == one.duration_s[0]
    assert ((one.height_m >= 0.0) & (one.height_m <= height_m * (1.0 + 1e-12))).all()
    speed = np.linalg.norm(one.velocity_m_s, axis=1)
    assert (speed <= speed_m_s * 1.01).all()
    assert one.duration_s[0] >= (0.99 * range_m - 1e-3) / speed_m_s
