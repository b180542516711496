import math

import numpy as np
import pytest

from mamori.sensing import kernels, radar


@pytest.mark.parametrize("snr_db", [0.0, 7.0, 13.0, 20.0])
@pytest.mark.parametrize("p_false_alarm", [1e-2, 1e-3])
def test_swerling_1_agrees_with_a_simulated_square_law_detector(snr_db, p_false_alarm):
    n = 200_000
    snr = 10.0 ** (snr_db / 10.0)
    rng = np.random.default_rng(1)
    draw = rng.standard_normal((4, n)) * math.sqrt(0.5)
    power = (math.sqrt(snr) * draw[0] + draw[1]) ** 2 + (math.sqrt(snr) * draw[2] + draw[3]) ** 2
    share = np.mean(power > -math.log(p_false_alarm))
    p = radar.detection_probability(snr, p_false_alarm)
    assert share == pytest.approx(p, abs=4.5 * math.sqrt(p * (1.0 - p) / n))


def test_swerling_1_by_hand():
    assert radar.detection_probability(0.0, 1e-6) == pytest.approx(1e-6)
    assert radar.detection_probability(19.0, 1e-6) == pytest.approx(10.0**-0.3)
    assert radar.detection_probability(1e12, 1e-6) == pytest.approx(1.0)


def test_signal_falls_with_the_fourth_power_of_range_and_grows_with_the_cross_section():
    assert radar.signal_to_noise(100e3, 1.0, 100e3, 20.0) == pytest.approx(20.0)
    assert radar.signal_to_noise(200e3, 1.0, 100e3, 20.0) == pytest.approx(20.0 / 16.0)
    assert radar.signal_to_noise(100e3, 0.1, 100e3, 20.0) == pytest.approx(2.0)


@pytest.mark.parametrize("p", [1e-3, 0.1, 0.5, 0.9])
def test_range_of_probability_undoes_the_range_equation(p):
    range_m = radar.range_of_probability(p, 0.1, 100e3, 20.0, 1e-6)
    snr = radar.signal_to_noise(range_m, 0.1, 100e3, 20.0)
    assert radar.detection_probability(snr, 1e-6) == pytest.approx(p, rel=1e-9)


def test_a_probability_that_false_alarms_reach_has_no_range():
    assert radar.range_of_probability(1e-3, 0.1, 100e3, 20.0, 1e-2) == math.inf


@pytest.mark.parametrize(("height_m", "horizon_km"), [(0.0, 0.0), (10.0, 13.03), (100.0, 41.2), (1000.0, 130.3)])
def test_horizon_of_the_four_thirds_earth(height_m, horizon_km):
    """The textbooks' 4.12 km times the root of the height in metres (a = 6,371 km)."""
    assert radar.horizon_m(height_m) == pytest.approx(horizon_km * 1e3, rel=2e-3)


def test_horizon_of_a_ballistic_target_is_the_true_earths_and_the_bending():
    """300 km up: sqrt(2 * 6371 * 300 + 300^2) = 1978.0 km, and 0.013 * 6371 = 82.8 km; four thirds would give 2,276."""
    assert radar.horizon_m(300e3) == pytest.approx(2060.9e3, rel=1e-3)


def test_horizon_never_falls_with_height():
    heights = np.linspace(0.0, 60e3, 2000)
    horizons = [radar.horizon_m(float(h)) for h in heights]
    assert np.all(np.diff(horizons) > 0.0)


def test_compiled_and_plain_agree():
    assert kernels.detection_probability(7.3, 1e-5) == pytest.approx(radar.detection_probability(7.3, 1e-5), rel=1e-14)
    assert kernels.signal_to_noise(7e4, 0.1, 1e5, 20.0) == radar.signal_to_noise(7e4, 0.1, 1e5, 20.0)
    assert kernels.horizon_m(123.0) == pytest.approx(radar.horizon_m(123.0), rel=1e-14)
    assert kernels.range_of_probability(0.5, 0.1, 1e5, 20.0, 1e-6) == pytest.approx(
        radar.range_of_probability(0.5, 0.1, 1e5, 20.0, 1e-6), rel=1e-14
    )
