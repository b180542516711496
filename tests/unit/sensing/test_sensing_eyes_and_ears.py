"""Hearing and sight by hand."""

import math

import pytest

from mamori.sensing import kernels
from mamori.sensing.acoustic import ABSORPTION_DB_M, heard_probability, hearing_range_m
from mamori.sensing.optical import EXTINCTION, seen_probability, sight_range_m


def test_a_sound_falls_by_six_decibels_a_doubling_and_by_what_the_air_takes():
    """110 dB at 1 m, 40 dB of noise, 3 dB above it: 67 dB to lose, 2,239 m without absorption."""
    range_m = hearing_range_m(110.0, 40.0, 3.0)
    assert 20.0 * math.log10(range_m) + ABSORPTION_DB_M * range_m == pytest.approx(67.0, abs=1e-9)
    assert 1700.0 < range_m < 2239.0
    assert hearing_range_m(40.0, 40.0, 3.0) == 0.0
    assert hearing_range_m(-math.inf, 40.0, 3.0) == 0.0


def test_some_microphone_hears():
    """One a square kilometre, heard to 1 km: pi of them on average; not above 1 km."""
    assert heard_probability(0.0, 1000.0, 1e-6) == pytest.approx(1.0 - math.exp(-math.pi))
    assert heard_probability(600.0, 1000.0, 1e-6) == pytest.approx(1.0 - math.exp(-0.64 * math.pi))
    assert heard_probability(1000.0, 1000.0, 1e-6) == 0.0


def test_haze_shortens_sight():
    clear, visibility = 10e3, 5e3
    range_m = sight_range_m(clear, visibility)
    assert range_m**2 * math.exp(EXTINCTION * range_m / visibility) == pytest.approx(clear**2, rel=1e-8)
    assert range_m < clear
    assert sight_range_m(clear, 1e9) == pytest.approx(clear, rel=1e-4)
    assert sight_range_m(0.0, visibility) == 0.0


def test_half_of_the_looks_see_at_the_half_range():
    assert seen_probability(4e3, 4e3) == pytest.approx(0.5)
    assert seen_probability(2e3, 4e3) == pytest.approx(0.5 ** (1 / 16))
    assert seen_probability(8e3, 4e3) == pytest.approx(0.5**16)


def test_compiled_and_plain_agree():
    assert kernels.heard_probability(60.0, 2e3, 1e-7) == pytest.approx(heard_probability(60.0, 2e3, 1e-7), rel=1e-14)
    assert kernels.seen_probability(3e3, 4e3) == pytest.approx(seen_probability(3e3, 4e3), rel=1e-14)
