"""Sensors and signatures as arrays, for tests of what they see."""

import math

import numpy as np

from mamori.maths.luck import entity_key
from mamori.records import ThreatKind
from mamori.sensing.model import SensorKind, SensorTable, Signatures, detections, watch

_WHOLE = {"kind", "n_pulses", "capacity", "key"}
_FLAGS = {"is_turning"}
_USUAL = {
    "kind": SensorKind.RADAR, "latitude_rad": 0.6, "longitude_rad": -2.6, "height_m": 30.0, "interval_s": 5.0,
    "is_turning": False, "latency_s": 0.0, "readiness": 1.0, "capacity": 2**62, "min_range_m": 0.0,
    "max_range_m": 300e3, "min_elevation_rad": -0.1, "max_elevation_rad": 1.5, "boresight_rad": 0.0,
    "sector_rad": 2.0 * math.pi, "reference_range_m": 70e3, "reference_snr": 20.0, "n_pulses": 1,
    "p_false_alarm": 1e-6, "resolution_m": 0.0, "beam_rad": 0.0, "beam_up_rad": 0.0, "clutter": 0.0,
    "least_radial_m_s": 0.0, "margin_db": 0.0, "per_m2": 0.0, "p_look": 1.0, "sees_at_night": 1.0,
    "range_sigma_m": 30.0, "range_sigma_share": 0.0, "angle_sigma_rad": 0.003, "place_sigma_m": 0.0,
}  # fmt: skip


def sensor_rows(*ids, off=(), **columns):
    """Radars without clutter by the names of ids, n of them; columns replace one value for all or give n values.

    off: (sensor, from, until) of outages, in order of the sensors
    """
    n = len(ids)
    rows = {}
    for name, usual in _USUAL.items():
        kind = np.int64 if name in _WHOLE else np.bool_ if name in _FLAGS else np.float64
        rows[name] = np.broadcast_to(np.asarray(columns.pop(name, usual), dtype=kind), (n,)).copy()
    sees = columns.pop("sees", np.ones((n, len(ThreatKind)), dtype=np.bool_))
    assert not columns, columns
    return SensorTable(
        id=ids, key=np.array([entity_key(name) for name in ids], dtype=np.int64), sees=sees,
        off_first=np.searchsorted([s for s, _, _ in off], np.arange(n + 1)).astype(np.int64),
        off_from_s=np.array([a for _, a, _ in off], dtype=np.float64),
        off_until_s=np.array([b for _, _, b in off], dtype=np.float64), **rows,
    )  # fmt: skip


def signatures(rcs_m2, *, swerling=1, sound_db=-np.inf, visual_m2=0.0, p_mistaken=0.0, recognised_s=0.0):
    """What classes show, one a value of rcs_m2; the others one value for all or as many."""
    rcs_m2 = np.asarray(rcs_m2, dtype=np.float64)

    def column(values, kind=np.float64):
        return np.broadcast_to(np.asarray(values, dtype=kind), rcs_m2.shape).copy()

    return Signatures(
        rcs_m2,
        column(swerling, np.int64),
        column(sound_db),
        column(visual_m2),
        column(p_mistaken),
        column(recognised_s),
    )


LAT, LON = math.radians(34.0), math.radians(-150.0)
"""A place in the open ocean."""


def radars(n, **columns):
    """n sensors 0.3 degrees apart around (34 N, 150 W); columns replace the usual ones."""
    places = {
        "latitude_rad": LAT + 0.005 * np.arange(n),
        "longitude_rad": LON + 0.005 * np.arange(n),
        "min_range_m": 500.0,
    }
    return sensor_rows(*(f"s{i}" for i in range(n)), **(places | columns))


def see(traj, kind, rcs_m2, key, sensors, *, m=3, n=5, hidden=None, air=None, **options):
    """Detections of threats each of a class of its own."""
    watched = watch(sensors, signatures(rcs_m2), air, hidden)
    return detections(traj, kind, np.arange(kind.size), key, sensors, watched, m=m, n=n, **options)
