"""Which sensor sees which threat, when and how surely."""

from dataclasses import dataclass

from mamori.records import Bools, Floats, Ints


@dataclass(frozen=True)
class SensorTable:
    """Sensors as arrays, one row a sensor.

    id: (S,) names; key: (S,) luck keys; latitude_rad, longitude_rad: (S,)
    height_m: (S,) of the antenna above the ellipsoid
    reference_range_m, reference_snr: (S,) range at which 1 m2 gives that ratio of signal to noise in one look
    p_false_alarm: (S,); interval_s: (S,) between looks; min_range_m, max_range_m: (S,)
    min_elevation_rad, max_elevation_rad: (S,); boresight_rad, sector_rad: (S,) middle and full width of the sector
    range_sigma_m, angle_sigma_rad: (S,) standard errors of one look; sees: (S, 4) whether it looks for that ThreatKind
    """

    id: tuple[str, ...]
    key: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    height_m: Floats
    reference_range_m: Floats
    reference_snr: Floats
    p_false_alarm: Floats
    interval_s: Floats
    min_range_m: Floats
    max_range_m: Floats
    min_elevation_rad: Floats
    max_elevation_rad: Floats
    boresight_rad: Floats
    sector_rad: Floats
    range_sigma_m: Floats
    angle_sigma_rad: Floats
    sees: Bools
