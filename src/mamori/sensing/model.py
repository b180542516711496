"""Which sensor sees which threat, when and how surely."""

from dataclasses import dataclass

import numpy as np

from mamori.maths.earth import ecef
from mamori.records import Bools, Detections, Floats, Ints, Trajectories
from mamori.sensing.kernels import fill_looks


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


P_LEAST = 1e-3
"""Looks with a smaller probability of detection are no looks: a track of m such detections does not happen."""

P_UNSETTLED = 1e-12
"""Once a pair is unconfirmed with less than this probability its further looks are left out."""


def detections(
    traj: Trajectories,
    kind: Ints,
    rcs_m2: Floats,
    threat_key: Ints,
    sensors: SensorTable,
    *,
    m: int = 3,
    n: int = 5,
) -> Detections:
    """Looks of every sensor at every threat, with their probabilities of detection: geometry, no die is cast.

    kind: (T,) ThreatKind; rcs_m2: (T,) mean cross-section; threat_key: (T,) luck keys
    m, n: the rule by which tracks will be confirmed; it only decides when further looks can no longer matter
    A sensor looks at times (j + phase) * interval with j whole; the phase is a fixed draw in [0, 1) from the keys of
    sensor and threat, the same in every replica. A pair with fewer than m looks is left out. Between the rows of its
    path a threat moves in a straight line. Nothing hides a threat but the horizon, which its height above the ground
    below it gives, as if all the land between lay as high: no mountain, clutter or jamming.
    The position error of a look is the mean over its three axes (range and two angles), at the pair's mean range.
    """
    n_threats, n_sensors = kind.size, len(sensors.id)
    n_pairs = n_threats * n_sensors
    path_m = np.zeros(traj.time_s.size)
    if path_m.size:
        np.cumsum(np.linalg.norm(np.diff(traj.position_m, axis=0), axis=1), out=path_m[1:])
    pair_threat, pair_sensor, pair_keys = (np.empty(n_pairs, dtype=np.int64) for _ in range(3))
    last_s, sigma_m = np.empty(n_pairs), np.empty(n_pairs)
    first = np.zeros(n_pairs + 1, dtype=np.int64)
    axes, above_m = _axes(sensors), traj.above_ground_m
    room = 200 * n_pairs
    while True:
        look_s, look_p, look_range_m = np.empty(room), np.empty(room), np.empty(room)
        n_found, n_looks = fill_looks(
            traj.first, traj.time_s, traj.position_m, above_m, path_m, kind, rcs_m2, threat_key, sensors.key,
            axes, sensors.height_m, sensors.reference_range_m, sensors.reference_snr, sensors.p_false_alarm,
            sensors.interval_s, sensors.min_range_m, sensors.max_range_m, np.sin(sensors.min_elevation_rad),
            np.sin(sensors.max_elevation_rad), 0.5 * sensors.sector_rad, sensors.range_sigma_m,
            sensors.angle_sigma_rad, sensors.sees, m, n, P_LEAST, P_UNSETTLED, np.empty(m), pair_threat, pair_sensor,
            pair_keys, first, last_s, sigma_m, look_s, look_p, look_range_m,
        )  # fmt: skip
        if n_looks <= room:
            break
        room = n_looks
    pair = slice(0, n_found)
    look = slice(0, n_looks)
    return Detections(
        threat_i=pair_threat[pair].copy(),
        sensor_i=pair_sensor[pair].copy(),
        key=pair_keys[pair].copy(),
        first=first[: n_found + 1].copy(),
        time_s=look_s[look].copy(),
        p_detect=look_p[look].copy(),
        range_m=look_range_m[look].copy(),
        last_look_s=last_s[pair].copy(),
        sigma_m=sigma_m[pair].copy(),
        interval_s=sensors.interval_s[pair_sensor[pair]],
    )


def _axes(sensors: SensorTable) -> Floats:
    """Of each sensor (S, 4, 3): its place, then unit vectors up, along the boresight, and to the right of it."""
    lat, lon, bearing = sensors.latitude_rad, sensors.longitude_rad, sensors.boresight_rad[:, None]
    zero = np.zeros_like(lat)
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=-1)
    ahead = np.cos(bearing) * north + np.sin(bearing) * east
    right = np.cos(bearing) * east - np.sin(bearing) * north
    place = ecef(lat, lon, sensors.height_m)
    return np.ascontiguousarray(np.stack([place, up, ahead, right], axis=1))
