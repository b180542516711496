"""The US Standard Atmosphere 1976 up to 84.852 km of geopotential height, and an isothermal continuation above.

Source: the standard's defining constants and layers (NOAA-S/T 76-1562); held in the tests against its layer bases. The
continuation keeps the temperature of the top: at 100 km and above, where air hardly slows anything, its density is of
the right order only. The standard's small fall of the mean molecular weight from 80 to 86 km is left out.
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
_BASE_M = (0.0, 11_000.0, 20_000.0, 32_000.0, 47_000.0, 51_000.0, 71_000.0, 84_852.0)
_LAPSE_K_M = (-6.5e-3, 0.0, 1.0e-3, 2.8e-3, 0.0, -2.8e-3, -2.0e-3, 0.0)
_N_LAYERS = len(_BASE_M)


class Air(NamedTuple):
    """State of the air, each in the shape of the heights asked for."""

    temperature_k: Floats
    pressure_pa: Floats
    density_kg_m3: Floats
    sound_m_s: Floats


def _layer_bases() -> tuple[tuple[float, ...], tuple[float, ...]]:
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
    return tuple(temperature), tuple(pressure)


_BASE_K, _BASE_PA = _layer_bases()


@njit(cache=True, nogil=True)
def air_point(height_m: float) -> tuple[float, float]:
    """Temperature, K, and pressure, Pa, at one geometric height; below sea level the lowest layer goes on."""
    geopotential_m = EARTH_RADIUS_M * height_m / (EARTH_RADIUS_M + height_m)
    k = 0
    while k + 1 < _N_LAYERS and geopotential_m >= _BASE_M[k + 1]:
        k += 1
    above_m = geopotential_m - _BASE_M[k]
    lapse = _LAPSE_K_M[k]
    temperature = _BASE_K[k] + lapse * above_m
    if lapse == 0.0:
        return temperature, _BASE_PA[k] * math.exp(-GRAVITY_M_S2 * above_m / (GAS_CONSTANT_J_KG_K * temperature))
    exponent = -GRAVITY_M_S2 / (GAS_CONSTANT_J_KG_K * lapse)
    return temperature, _BASE_PA[k] * (temperature / _BASE_K[k]) ** exponent


@njit(cache=True, nogil=True)
def density_point(height_m: float) -> float:
    """Density of the air at one geometric height, kg/m3."""
    temperature, pressure = air_point(height_m)
    density: float = pressure / (GAS_CONSTANT_J_KG_K * temperature)
    return density


def air(height_m: Floats | float) -> Air:
    """State of the air at geometric heights.

    height_m: any shape, from -5 km upwards
    Returns temperature, pressure, density and speed of sound in the same shape.
    Source: US Standard Atmosphere 1976.
    """
    heights = np.asarray(height_m, dtype=np.float64)
    pairs = np.array([air_point(float(h)) for h in heights.ravel()], dtype=np.float64).reshape(-1, 2)
    temperature, pressure = pairs[:, 0].reshape(heights.shape), pairs[:, 1].reshape(heights.shape)
    return Air(
        temperature_k=temperature,
        pressure_pa=pressure,
        density_kg_m3=pressure / (GAS_CONSTANT_J_KG_K * temperature),
        sound_m_s=np.sqrt(HEAT_RATIO * GAS_CONSTANT_J_KG_K * temperature),
    )


def geometric_height_m(geopotential_m: Floats | float) -> Floats:
    """Geometric height, m, of a geopotential one, m, as the standard converts them."""
    geopotential = np.asarray(geopotential_m, dtype=np.float64)
    return EARTH_RADIUS_M * geopotential / (EARTH_RADIUS_M - geopotential)
