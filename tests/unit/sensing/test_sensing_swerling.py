"""Detection of fluctuating targets: published figures, a simulated detector, a second opinion."""

import math

import numpy as np
import pytest
from scipy.special import gammainccinv

from mamori.sensing import kernels
from mamori.sensing.radar import required_snr
from mamori.sensing.swerling import detection_probability, energy_shape, miss_probability

# Required signal to noise in dB by Swerling case, of (p_detect, p_false_alarm, pulses): textbook figures that the
# project was given to be held against.
PUBLISHED = [
    (0.9, 1e-6, 1, {0: 13.183, 1: 21.144, 3: 17.296}),
    (0.9, 1e-6, 10, {0: 5.267, 1: 13.500, 2: 6.292, 3: 9.601}),
    (0.8, 1e-6, 20, {0: 2.685, 1: 8.207, 2: 3.052, 3: 5.619}),
    (0.5, 1e-6, 1, {0: 11.243, 1: 12.772, 3: 11.954}),
]
CASES = [(p, p_fa, n, case, db) for p, p_fa, n, by_case in PUBLISHED for case, db in by_case.items()]


def threshold(p_false_alarm: float, n_pulses: int) -> float:
    return float(gammainccinv(n_pulses, p_false_alarm))


@pytest.mark.parametrize(("p", "p_fa", "n", "case", "db"), CASES)
def test_required_signal_is_the_published_one(p, p_fa, n, case, db):
    snr = required_snr(p, n, threshold(p_fa, n), energy_shape(case, n))
    assert 10.0 * math.log10(snr) == pytest.approx(db, abs=0.01)


@pytest.mark.parametrize("case", range(5))
@pytest.mark.parametrize("n", [1, 3, 16])
@pytest.mark.parametrize("snr_db", [-3.0, 3.0, 9.0])
def test_agrees_with_a_simulated_square_law_detector(case, n, snr_db):
    """Rician samples around amplitudes drawn as each case says, 40,000 looks."""
    rng = np.random.default_rng(100 * n + case)
    looks, snr, p_fa = 40_000, 10.0 ** (snr_db / 10.0), 1e-3
    if case in (1, 3):
        power = np.repeat(
            rng.gamma(1.0 if case == 1 else 2.0, 1.0, (looks, 1)) / (1.0 if case == 1 else 2.0), n, axis=1
        )
    elif case in (2, 4):
        power = rng.gamma(1.0 if case == 2 else 2.0, 1.0, (looks, n)) / (1.0 if case == 2 else 2.0)
    else:
        power = np.ones((looks, n))
    noise = rng.standard_normal((2, looks, n)) * math.sqrt(0.5)
    total = ((np.sqrt(snr * power) + noise[0]) ** 2 + noise[1] ** 2).sum(axis=1)
    share = np.mean(total > threshold(p_fa, n))
    p = detection_probability(snr, n, threshold(p_fa, n), energy_shape(case, n))
    assert share == pytest.approx(p, abs=4.5 * math.sqrt(p * (1.0 - p) / looks) + 1e-9)


def test_swerling_1_of_one_pulse_is_the_closed_form():
    for snr in (0.0, 0.3, 19.0, 1e4):
        p = detection_probability(snr, 1, threshold(1e-6, 1), 1.0)
        assert p == pytest.approx(1e-6 ** (1.0 / (1.0 + snr)), rel=1e-9)


@pytest.mark.parametrize("case", range(5))
def test_more_signal_never_hurts_and_no_signal_gives_false_alarms_only(case):
    n, vt = 10, threshold(1e-6, 10)
    shape = energy_shape(case, n)
    assert detection_probability(0.0, n, vt, shape) == pytest.approx(1e-6, rel=1e-6)
    p = [detection_probability(10.0 ** (db / 10.0), n, vt, shape) for db in np.linspace(-20, 60, 161)]
    assert np.all(np.diff(p) >= -1e-13)
    assert p[-1] > 0.9999


def test_a_threshold_that_false_alarms_pass_needs_no_signal():
    assert required_snr(1e-3, 1, threshold(1e-2, 1), 1.0) == 0.0


def test_tables_hold_the_exact_values():
    table = np.empty(kernels.N_SNR)
    worst = 0.0
    for case, n, p_fa in ((0, 1, 1e-6), (1, 1, 1e-6), (2, 16, 1e-4), (3, 8, 1e-8), (0, 64, 1e-6)):
        vt, shape = threshold(p_fa, n), energy_shape(case, n)
        kernels.fill_detection(n, vt, shape, table)
        for snr in np.exp(np.linspace(-6.9, 13.9, 997)):
            exact = detection_probability(float(snr), n, vt, shape)
            worst = max(worst, abs(kernels.detected(float(snr), table) - exact))
    assert worst < 1e-5
    assert kernels.detected(1e-30, table) == table[0]
    assert kernels.detected(1e30, table) == pytest.approx(1.0)


def test_compiled_and_plain_agree():
    for snr, n, shape in ((2.5, 1, 1.0), (0.4, 10, 20.0), (3.0, 4, 0.0)):
        vt = threshold(1e-6, n)
        assert kernels.miss_probability(snr, n, vt, shape) == pytest.approx(
            miss_probability(snr, n, vt, shape), abs=1e-14
        )
    table, plain = np.empty(50), np.empty(50)
    kernels.fill_detection(2, 15.0, 2.0, table)
    kernels.fill_detection.py_func(2, 15.0, 2.0, plain)
    assert table == pytest.approx(plain, abs=1e-14)
    assert kernels.detected.py_func(1e-3, plain) == pytest.approx(kernels.detected(1e-3, table), abs=1e-14)


def test_sdr_is_of_the_same_mind():
    """A second opinion, the package `sdr`: exact for steady targets; Shnidman's approximation for the others, which its
    author gives as good to half a decibel."""
    import sdr  # takes seconds to import

    for p, p_fa, n in ((0.9, 1e-6, 1), (0.9, 1e-6, 10), (0.8, 1e-6, 20), (0.5, 1e-4, 3)):
        vt = threshold(p_fa, n)
        other_db = sdr.min_snr(p, p_fa, detector="square-law", n_nc=n)
        assert 10.0 * math.log10(required_snr(p, n, vt, energy_shape(0, n))) == pytest.approx(other_db, abs=1e-3)
        for case in range(1, 5):
            near_db = sdr.shnidman(p, p_fa, n, case)
            assert 10.0 * math.log10(required_snr(p, n, vt, energy_shape(case, n))) == pytest.approx(near_db, abs=0.5)
