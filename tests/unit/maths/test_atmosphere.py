"""The air: compiled and plain agree, layers join, and it thins upwards to its top."""

import numpy as np
import pytest

from mamori.maths.atmosphere import CELL, air, air_table, cell_point, geometric_height_m

HEIGHTS = [-1_000.0, 0.0, 5_000.0, 15_000.0, 25_000.0, 40_000.0, 49_000.0, 60_000.0, 80_000.0, 120_000.0, 400_000.0]


def in_table(height_m):
    """Density and speed of sound as a compiled loop reads them."""
    cell = cell_point(height_m)
    at, share = int(cell), cell - int(cell)
    row = air_table()[CELL * at : CELL * (at + 1)]
    return np.polynomial.Polynomial(row[:4])(share), np.sqrt(row[4] + share * row[5])


@pytest.mark.parametrize("height_m", HEIGHTS)
def test_compiled_and_plain_agree(height_m):
    assert cell_point(height_m) == pytest.approx(cell_point.py_func(height_m), rel=1e-13)


@pytest.mark.parametrize("height_m", HEIGHTS)
def test_the_table_is_the_air(height_m):
    density, sound_m_s = in_table(height_m)
    there = air(height_m)
    assert density == pytest.approx(float(there.density_kg_m3), rel=1e-6 if height_m < 86e3 else 1e-4)
    assert sound_m_s == pytest.approx(float(there.sound_m_s), rel=1e-3)


def test_the_air_keeps_the_shape():
    heights = np.array(HEIGHTS[:10]).reshape(2, 5)
    got = air(heights)
    assert got.density_kg_m3.shape == (2, 5)
    np.testing.assert_array_equal(got.density_kg_m3[1], air(heights[1]).density_kg_m3)


def test_above_the_top_there_is_no_air():
    assert in_table(1_100e3)[0] == 0.0
    assert air(1_100e3).density_kg_m3 == 0.0


def test_no_heights_are_legal():
    assert air(np.zeros(0)).sound_m_s.shape == (0,)


@pytest.mark.parametrize("base_m", [11_000.0, 20_000.0, 32_000.0, 47_000.0, 51_000.0, 71_000.0, 84_852.0])
def test_layers_join(base_m):
    below, above = air(geometric_height_m(np.array([base_m - 1e-3, base_m + 1e-3]))).density_kg_m3
    assert above == pytest.approx(below, rel=1e-6)


def test_density_falls_and_stays_positive():
    density = air(np.linspace(-2e3, 600e3, 2_000)).density_kg_m3
    assert (np.diff(density) < 0.0).all()
    assert density[-1] > 0.0


@pytest.mark.parametrize(
    ("geopotential_m", "temperature_k"),
    [(10_999.0, 216.6565), (31_999.0, 228.649), (46_999.0, 270.6472), (70_999.0, 214.6528), (84_851.0, 186.948)],
)
def test_a_layer_ends_at_its_geopotential_height(geopotential_m, temperature_k):
    """One metre below the layer's end its own lapse still holds: by hand from the standard's table of layers."""
    assert air(geometric_height_m(geopotential_m)).temperature_k == pytest.approx(temperature_k, abs=1e-6)
