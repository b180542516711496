import math

import numpy as np
import pytest

from mamori.sensing import kernels, sightline
from mamori.sensing.sightline import diamond, horizon_m, slope, undiamond


@pytest.mark.parametrize(("heights_m", "horizon_km"), [((10.0, 50.0), 42.18), ((100.0, 10e3), 453.4)])
def test_horizon_of_two_heights_is_the_published_one(heights_m, horizon_km):
    """Textbook figures of the four-thirds Earth, as the project's brief quotes them."""
    assert sum(map(horizon_m, heights_m)) == pytest.approx(horizon_km * 1e3, rel=0.5e-4)


@pytest.mark.parametrize(("height_m", "horizon_km"), [(0.0, 0.0), (10.0, 13.03), (100.0, 41.2), (1000.0, 130.3)])
def test_horizon_of_the_four_thirds_earth(height_m, horizon_km):
    """The textbooks' 4.12 km times the root of the height in metres (a = 6,371 km)."""
    assert horizon_m(height_m) == pytest.approx(horizon_km * 1e3, rel=2e-3)


def test_horizon_of_a_ballistic_target_is_the_true_earths_and_the_bending():
    """300 km up: sqrt(2 * 6371 * 300 + 300^2) = 1978.0 km, and 0.013 * 6371 = 82.8 km; four thirds would give 2,257."""
    assert horizon_m(300e3) == pytest.approx(2060.9e3, rel=1e-3)


def test_horizon_never_falls_with_height():
    heights = np.linspace(0.0, 60e3, 2000)
    assert np.all(np.diff([horizon_m(float(h)) for h in heights]) > 0.0)


def test_the_horizon_is_where_the_seas_slope_is_greatest():
    """Seen from 100 m the sea rises to a slope of -2 h / d at the horizon d, and falls away behind it."""
    earth_m, h = sightline.MEAN_RADIUS_M, 100.0
    way = np.linspace(5e3, 80e3, 20_000)
    seen = [slope(float(d), -h - d * d / (2.0 * earth_m)) for d in way]
    top = int(np.argmax(seen))
    assert way[top] == pytest.approx(horizon_m(h), rel=1e-3)
    assert seen[top] == pytest.approx(-2.0 * h / horizon_m(h), rel=1e-3)


def test_diamond_numbers_grow_with_the_bearing_and_come_back():
    angles = np.linspace(0.0, 2.0 * math.pi, 1001)[:-1]
    numbers = [diamond(math.cos(a), math.sin(a)) for a in angles]
    assert np.all(np.diff(numbers) > 0.0)
    assert numbers[0] == 0.0
    assert max(numbers) < 4.0
    for a, number in zip(angles, numbers, strict=True):
        ahead, right = undiamond(number)
        assert (
            math.hypot(ahead - math.cos(a) * math.hypot(ahead, right), right - math.sin(a) * math.hypot(ahead, right))
            < 1e-12
        )
    assert diamond(0.0, 0.0) == 0.0


def test_compiled_and_plain_agree():
    assert kernels.horizon_m(123.0) == pytest.approx(horizon_m(123.0), rel=1e-14)
    assert kernels.slope(3e4, -50.0) == pytest.approx(slope(3e4, -50.0), rel=1e-14)
    assert kernels.diamond(-3.0, 2.0) == pytest.approx(diamond(-3.0, 2.0), rel=1e-14)
    assert kernels.undiamond(3.3) == pytest.approx(undiamond(3.3), rel=1e-14)
