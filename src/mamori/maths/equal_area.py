"""A plane on which areas are those of the ellipsoid: for grids and outlines that know neither poles nor date line.

Lambert's azimuthal equal-area projection of the authalic sphere (Snyder, Map Projections: A Working Manual, USGS
Professional Paper 1395, 1987, equations 3-11, 3-12, 3-18 and 24-2 to 24-4). An area is right to parts in a million
wherever it lies; lengths are off by c^2 / 8 at the angle c from the middle (0.3 % at
1,000 km, 1.2 % at 2,000 km) and, since the sphere stands for the ellipsoid, by up to 0.4 % everywhere.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mamori.maths.earth import ECCENTRICITY_2, SEMI_MAJOR_M

Floats = NDArray[np.float64]

_E = math.sqrt(ECCENTRICITY_2)
_E4, _E6 = ECCENTRICITY_2**2, ECCENTRICITY_2**3
_Q_POLE = 1.0 - (1.0 - ECCENTRICITY_2) / (2.0 * _E) * math.log((1.0 - _E) / (1.0 + _E))
AUTHALIC_RADIUS_M = SEMI_MAJOR_M * math.sqrt(0.5 * _Q_POLE)
"""Radius of the sphere with the surface of the ellipsoid."""


@njit(cache=True, nogil=True)
def authalic_point(latitude_rad: float) -> float:
    """Latitude on the sphere below which as much of it lies as of the ellipsoid below a geodetic latitude."""
    sine = math.sin(latitude_rad)
    q = sine / (1.0 - ECCENTRICITY_2 * sine * sine)
    q = (1.0 - ECCENTRICITY_2) * (q - math.log((1.0 - _E * sine) / (1.0 + _E * sine)) / (2.0 * _E))
    return math.asin(min(max(q / _Q_POLE, -1.0), 1.0))


@njit(cache=True, nogil=True)
def geodetic_latitude(authalic_rad: float) -> float:
    """The reverse of `authalic_point`, by Snyder's series: to 1e-9 rad."""
    return (
        authalic_rad
        + (ECCENTRICITY_2 / 3.0 + 31.0 * _E4 / 180.0 + 517.0 * _E6 / 5040.0) * math.sin(2.0 * authalic_rad)
        + (23.0 * _E4 / 360.0 + 251.0 * _E6 / 3780.0) * math.sin(4.0 * authalic_rad)
        + 761.0 * _E6 / 45360.0 * math.sin(6.0 * authalic_rad)
    )


@njit(cache=True, nogil=True)
def plane_point(
    sin_middle: float, cos_middle: float, middle_rad: float, latitude_rad: float, longitude_rad: float
) -> tuple[float, float]:
    """East and north of a point on the plane, m; sin_middle, cos_middle: of the middle's authalic latitude."""
    beta, east = authalic_point(latitude_rad), longitude_rad - middle_rad
    sine, cosine = math.sin(beta), math.cos(beta)
    # At the antipode of the middle, which is a circle on the plane, any point of it will do.
    near = max(1.0 + sin_middle * sine + cos_middle * cosine * math.cos(east), 1e-12)
    scale = AUTHALIC_RADIUS_M * math.sqrt(2.0 / near)
    return (
        scale * cosine * math.sin(east),
        scale * (cos_middle * sine - sin_middle * cosine * math.cos(east)),
    )


@njit(cache=True, nogil=True)
def place_point(
    sin_middle: float, cos_middle: float, middle_rad: float, east_m: float, north_m: float
) -> tuple[float, float]:
    """Latitude and longitude of a point of the plane, rad; the longitude within half a turn of the middle's."""
    rho = math.sqrt(east_m * east_m + north_m * north_m)
    if rho == 0.0:
        return geodetic_latitude(math.asin(sin_middle)), middle_rad
    half = min(rho / (2.0 * AUTHALIC_RADIUS_M), 1.0)
    sine, cosine = 2.0 * half * math.sqrt(1.0 - half * half), 1.0 - 2.0 * half * half
    beta = math.asin(min(max(cosine * sin_middle + north_m * sine * cos_middle / rho, -1.0), 1.0))
    across = math.atan2(east_m * sine, rho * cos_middle * cosine - north_m * sin_middle * sine)
    return geodetic_latitude(beta), middle_rad + across


@njit(cache=True, nogil=True)
def _fill_plane(
    sin_middle: float, cos_middle: float, middle_rad: float, latitude_rad: Floats, longitude_rad: Floats, out: Floats
) -> None:
    for i in range(latitude_rad.size):
        out[0, i], out[1, i] = plane_point(sin_middle, cos_middle, middle_rad, latitude_rad[i], longitude_rad[i])


@njit(cache=True, nogil=True)
def _fill_places(
    sin_middle: float, cos_middle: float, middle_rad: float, east_m: Floats, north_m: Floats, out: Floats
) -> None:
    for i in range(east_m.size):
        out[0, i], out[1, i] = place_point(sin_middle, cos_middle, middle_rad, east_m[i], north_m[i])


class Plane(NamedTuple):
    """The projection round a middle; a tuple, as compiled loops take it: sine and cosine of the middle's authalic
    latitude, and its longitude."""

    sin_middle: float
    cos_middle: float
    middle_rad: float

    @classmethod
    def round(cls, latitude_rad: float, longitude_rad: float) -> "Plane":
        """The plane that touches the Earth at a place."""
        beta = authalic_point(latitude_rad)
        return cls(math.sin(beta), math.cos(beta), longitude_rad)

    @classmethod
    def amid(cls, latitude_rad: Floats, longitude_rad: Floats) -> "Plane":
        """The plane that touches the Earth amid places (n,), n > 0."""
        cosine = np.cos(latitude_rad)
        x, y = float((cosine * np.cos(longitude_rad)).sum()), float((cosine * np.sin(longitude_rad)).sum())
        return cls.round(math.atan2(float(np.sin(latitude_rad).sum()), math.hypot(x, y)), math.atan2(y, x))

    def points_m(self, latitude_rad: Floats, longitude_rad: Floats) -> Floats:
        """East and north (2, ...) of places (...)."""
        latitude, longitude = np.broadcast_arrays(latitude_rad, longitude_rad)
        out = np.empty((2, latitude.size))
        _fill_plane(*self, np.ascontiguousarray(latitude).ravel(), np.ascontiguousarray(longitude).ravel(), out)
        return out.reshape(2, *latitude.shape)

    def places_rad(self, east_m: Floats, north_m: Floats) -> Floats:
        """Latitude and longitude (2, ...) of points (...), longitudes within half a turn of the middle's."""
        east, north = np.broadcast_arrays(east_m, north_m)
        out = np.empty((2, east.size))
        _fill_places(*self, np.ascontiguousarray(east).ravel(), np.ascontiguousarray(north).ravel(), out)
        return out.reshape(2, *east.shape)
