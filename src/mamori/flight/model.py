"""Paths of the raid's threats, from launch to impact."""

from dataclasses import dataclass

from mamori.records import Floats, Ints


@dataclass(frozen=True)
class FlightClasses:
    """How each class of threat flies or sails, one row a class (M,).

    Columns that a kind does not use stand at 0 or inf.

    kind: ThreatKind; min_range_m, max_range_m: ground range from launch to aim
    speed_m_s: along the path; height_m: of the level flight above the ellipsoid
    climb_rad, dive_rad: slopes at its two ends
    burn_s: length of the boost; apogee_ratio: apogee over ground range
    ballistic_coefficient_kg_m2: mass over drag coefficient times area
    """

    kind: Ints
    min_range_m: Floats
    max_range_m: Floats
    speed_m_s: Floats
    height_m: Floats
    climb_rad: Floats
    dive_rad: Floats
    burn_s: Floats
    apogee_ratio: Floats
    ballistic_coefficient_kg_m2: Floats
