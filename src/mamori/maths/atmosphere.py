"""The US Standard Atmosphere 1976: by its own equations to 86 km, by its printed table from there to 1,000 km.

Below 86 km everything follows from the standard's defining constants and layers; the temperature is the
molecular-scale one (the kinetic one is at most 0.04 % lower, above 80 km). Above 86 km the standard computes number
densities of six gases by a numerical integration; here stand the densities and molecular weights that it prints,
joined by smooth cubics in the logarithm, and its closed formulas of the kinetic temperature. Held against a new
integration of the standard's equations (the package `ussa1976`) its density stays within 8 %. Above 1,000 km there is
no air.

Source: US Standard Atmosphere 1976 (NOAA-S/T 76-1562), tables I and 8, equations 18 to 33 (layers, conversions) and 25
to 31 (temperature above 86 km).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GRAVITY_M_S2 = 9.80665
GAS_CONSTANT_J_KG_K = 8.31432 / 0.0289644
EARTH_RADIUS_M = 6_356_766.0
HEAT_RATIO = 1.4
LAYERS_TOP_M = 86_000.0
"""Geometric height where the layers end and the printed table begins."""
TOP_M = 1_000_000.0
"""There is no air above."""

_BASE_M = np.array([0.0, 11_000.0, 20_000.0, 32_000.0, 47_000.0, 51_000.0, 71_000.0])
_LAPSE_K_M = np.array([-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3])
_MOLAR_KG = 0.0289644

# Geometric height km, density kg/m3, mean molar mass g/mol; the first density is set to the layers' own.
_HIGH = np.array([
    (86, 6.958e-6, 28.95), (90, 3.416e-6, 28.91), (95, 1.393e-6, 28.73), (100, 5.604e-7, 28.40),
    (110, 9.708e-8, 27.27), (120, 2.222e-8, 26.20), (130, 8.152e-9, 25.44), (140, 3.831e-9, 24.75),
    (150, 2.076e-9, 24.10), (160, 1.233e-9, 23.49), (180, 5.194e-10, 22.34), (200, 2.541e-10, 21.30),
    (250, 6.073e-11, 19.19), (300, 1.916e-11, 17.73), (400, 2.803e-12, 15.98), (500, 5.215e-13, 14.33),
    (600, 1.137e-13, 11.51), (700, 3.070e-14, 8.00), (800, 1.136e-14, 5.54), (900, 5.759e-15, 4.40),
    (1000, 3.561e-15, 3.94),
])  # fmt: skip


class Air(NamedTuple):
    """State of the air, each in the shape of the heights asked for."""

    temperature_k: Floats
    pressure_pa: Floats
    density_kg_m3: Floats
    sound_m_s: Floats


def _layer_bases() -> tuple[Floats, Floats]:
    """Temperature and pressure at the foot of each layer, by the hydrostatic equation from sea level up."""
    temperature, pressure = [288.15], [101_325.0]
    for low, high, lapse in zip(_BASE_M, _BASE_M[1:], _LAPSE_K_M, strict=False):
        warm = temperature[-1]
        cold = warm + lapse * (high - low)
        if lapse == 0.0:
            factor = math.exp(-GRAVITY_M_S2 * (high - low) / (GAS_CONSTANT_J_KG_K * warm))
        else:
            factor = (cold / warm) ** (-GRAVITY_M_S2 / (GAS_CONSTANT_J_KG_K * lapse))
        temperature.append(cold)
        pressure.append(pressure[-1] * factor)
    return np.array(temperature), np.array(pressure)


_BASE_K, _BASE_PA = _layer_bases()


def _layers(geopotential_m: Floats) -> tuple[Floats, Floats]:
    """Temperature and density in the layers; below sea level the lowest one goes on, above 86 km the highest."""
    k = np.clip(np.searchsorted(_BASE_M, geopotential_m, side="right") - 1, 0, _BASE_M.size - 1)
    above_m = geopotential_m - _BASE_M[k]
    lapse = _LAPSE_K_M[k]
    temperature = _BASE_K[k] + lapse * above_m
    is_even = lapse == 0.0
    power = -GRAVITY_M_S2 / (GAS_CONSTANT_J_KG_K * np.where(is_even, 1.0, lapse))
    even = np.exp(-GRAVITY_M_S2 * np.where(is_even, above_m, 0.0) / (GAS_CONSTANT_J_KG_K * _BASE_K[k]))
    pressure = _BASE_PA[k] * np.where(is_even, even, (temperature / _BASE_K[k]) ** power)
    return temperature, pressure / (GAS_CONSTANT_J_KG_K * temperature)


_HIGH_M = _HIGH[:, 0] * 1e3
_HIGH_LOG = np.log(np.append(_layers(EARTH_RADIUS_M * _HIGH_M[:1] / (EARTH_RADIUS_M + _HIGH_M[:1]))[1], _HIGH[1:, 1]))
# Slopes at the knots: the parabola through each and its neighbours.
_HIGH_SLOPE = np.gradient(_HIGH_LOG, _HIGH_M, edge_order=2)


def _kinetic_k(height_m: Floats) -> Floats:
    """Kinetic temperature from 86 to 1,000 km."""
    z = height_m / 1e3
    bowl = 263.1905 - 76.3232 * np.sqrt(np.maximum(0.0, 1.0 - ((z - 91.0) / 19.9429) ** 2))
    xi = (z - 120.0) * (6356.766 + 120.0) / (6356.766 + z)
    hot = 1000.0 - 640.0 * np.exp(-0.01875 * xi)
    kelvin: Floats = np.select([z <= 91.0, z <= 110.0, z <= 120.0], [186.8673, bowl, 240.0 + 12.0 * (z - 110.0)], hot)
    return kelvin


def _high_density(height_m: Floats) -> Floats:
    """Density above 86 km, by cubics in the logarithm between the printed values; none above 1,000 km."""
    k = np.clip(np.searchsorted(_HIGH_M, height_m, side="right") - 1, 0, _HIGH_M.size - 2)
    width = _HIGH_M[k + 1] - _HIGH_M[k]
    u = np.clip((height_m - _HIGH_M[k]) / width, 0.0, 1.0)
    value = (1.0 + 2.0 * u) * (1.0 - u) ** 2 * _HIGH_LOG[k] + u * u * (3.0 - 2.0 * u) * _HIGH_LOG[k + 1]
    slope = u * (1.0 - u) ** 2 * _HIGH_SLOPE[k] - u * u * (1.0 - u) * _HIGH_SLOPE[k + 1]
    return np.where(height_m > TOP_M, 0.0, np.exp(value + width * slope))


def air(height_m: Floats | float) -> Air:
    """State of the air at geometric heights.

    height_m: any shape, from -5 km upwards
    Returns temperature, pressure, density and speed of sound in the same shape; no pressure and density above 1,000 km.
    Source: US Standard Atmosphere 1976; see the module for what it is above 86 km.
    """
    height = np.asarray(height_m, dtype=np.float64)
    low_k, low_density = _layers(geopotential_height_m(np.minimum(height, LAYERS_TOP_M)))
    is_high = height > LAYERS_TOP_M
    high = np.maximum(height, LAYERS_TOP_M)
    molar = np.interp(high, _HIGH_M, _HIGH[:, 2]) / 1e3
    kinetic = _kinetic_k(np.minimum(high, TOP_M))
    temperature = np.where(is_high, kinetic, low_k)
    scaled = np.where(is_high, kinetic * _MOLAR_KG / molar, low_k)
    density = np.where(is_high, _high_density(high), low_density)
    return Air(
        temperature_k=temperature,
        pressure_pa=density * GAS_CONSTANT_J_KG_K * scaled,
        density_kg_m3=density,
        sound_m_s=np.sqrt(HEAT_RATIO * GAS_CONSTANT_J_KG_K * scaled),
    )


def geometric_height_m(geopotential_m: Floats | float) -> Floats:
    """Geometric height, m, of a geopotential one, m, as the standard converts them."""
    geopotential = np.asarray(geopotential_m, dtype=np.float64)
    return EARTH_RADIUS_M * geopotential / (EARTH_RADIUS_M - geopotential)


def geopotential_height_m(geometric_m: Floats | float) -> Floats:
    """Geopotential height, m, of a geometric one, m, as the standard converts them."""
    geometric = np.asarray(geometric_m, dtype=np.float64)
    return EARTH_RADIUS_M * geometric / (EARTH_RADIUS_M + geometric)


# --- the same in a table, for compiled loops -------------------------------------------------------------------------

_FOOT_M = -5_000.0
_LOW_CELL_M = 500.0  # of geopotential height: every layer begins at the foot of a cell
_HIGH_CELL_M = 2_000.0  # of geometric height
_N_LOW = 180
_N_HIGH = int((TOP_M - LAYERS_TOP_M) / _HIGH_CELL_M)
CELL = 8
"""Numbers in one cell of the table."""


def air_table() -> Floats:
    """Density and squared speed of sound as polynomials, cell by cell: (cells * CELL,).

    Each cell: four coefficients of the density (cubic in the share of the cell, through four points of it: within 1e-6
    of `air` below 86 km and 1e-4 above), two of the squared speed of sound (straight), two unused. The last has no air.
    """
    low = _FOOT_M + _LOW_CELL_M * np.arange(_N_LOW)
    high = LAYERS_TOP_M + _HIGH_CELL_M * np.arange(_N_HIGH)
    share = np.array([0.0, 0.25, 0.75, 1.0])
    # The upper end of a cell belongs to the cell: a hair below it, or the layer above would be read.
    inside = share * (1.0 - 1e-12)
    low_k, low_density = _layers(low[:, None] + _LOW_CELL_M * inside)
    high_air = air(high[:, None] + _HIGH_CELL_M * inside)
    density = np.concatenate([low_density, high_air.density_kg_m3])
    sound_2 = np.concatenate([HEAT_RATIO * GAS_CONSTANT_J_KG_K * low_k, high_air.sound_m_s**2])
    table = np.zeros((_N_LOW + _N_HIGH + 1, CELL))
    table[:-1, :4] = np.linalg.solve(np.vander(share, increasing=True), density.T).T
    table[:-1, 4], table[:-1, 5] = sound_2[:, 0], sound_2[:, 3] - sound_2[:, 0]
    table[-1, 4] = 1.0
    return table.ravel()


def cell_of_geopotential(geopotential_m: Floats) -> Floats:
    """Cells of the table that begin at geopotential heights below 85 km, m, as numbers that may have a fraction."""
    return (geopotential_m - _FOOT_M) / _LOW_CELL_M


@njit(forceinline=True, error_model="numpy")
def cell_point(height_m: float) -> float:
    """Cell of the table at one geometric height, with the share of it that lies below as its fraction."""
    part = height_m / EARTH_RADIUS_M
    # The geopotential height as a series, to 0.1 mm below 86 km: cheaper than a division, and there is no branch.
    geopotential = height_m * (1.0 - part * (1.0 - part * (1.0 - part * (1.0 - part))))
    low = (geopotential - _FOOT_M) * (1.0 / _LOW_CELL_M)
    high = _N_LOW + (height_m - LAYERS_TOP_M) * (1.0 / _HIGH_CELL_M)
    return min(max(low if height_m < LAYERS_TOP_M else high, 0.0), _N_LOW + _N_HIGH + 0.5)
