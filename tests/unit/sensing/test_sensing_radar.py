import math

import pytest

from mamori.sensing import kernels, radar


def test_signal_falls_with_the_fourth_power_of_range_and_grows_with_the_cross_section():
    assert radar.signal_to_noise(100e3, 1.0, 100e3, 20.0) == pytest.approx(20.0)
    assert radar.signal_to_noise(200e3, 1.0, 100e3, 20.0) == pytest.approx(20.0 / 16.0)
    assert radar.signal_to_noise(100e3, 0.1, 100e3, 20.0) == pytest.approx(2.0)


def test_clutter_fills_the_beam_times_a_range_cell():
    """1 degree at 57.3 km is 1 km; times 150 m."""
    assert radar.clutter_area_m2(180e3 / math.pi, math.radians(1.0), 150.0) == pytest.approx(150e3)


def test_errors_by_hand():
    """At a ratio of 50 noise leaves a tenth of a cell, and of a beam over 1.6; floors add in squares."""
    assert radar.range_error_m(50.0, 150.0, 0.0) == pytest.approx(15.0)
    assert radar.range_error_m(50.0, 150.0, 20.0) == pytest.approx(25.0)
    assert radar.angle_error_rad(50.0, 0.016, 0.0) == pytest.approx(0.001)
    assert radar.angle_error_rad(1e12, 0.016, 0.002) == pytest.approx(0.002)


def test_compiled_and_plain_agree():
    assert kernels.range_error_m(7.0, 150.0, 20.0) == pytest.approx(radar.range_error_m(7.0, 150.0, 20.0), rel=1e-14)
    assert kernels.angle_error_rad(7.0, 0.02, 1e-3) == pytest.approx(radar.angle_error_rad(7.0, 0.02, 1e-3), rel=1e-14)
    assert kernels.clutter_area_m2(3e4, 0.02, 75.0) == pytest.approx(radar.clutter_area_m2(3e4, 0.02, 75.0), rel=1e-14)
