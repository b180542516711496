"""Where the pieces of stopped threats come down."""

import numpy as np

from mamori.damage.model import DebrisTable
from mamori.maths.earth import geodetic_point, offset_point
from mamori.maths.luck import Stage, normal, uniform
from mamori.records import Bools, Floats, Impacts, Threats, Trajectories

STANDARD_GRAVITY_M_S2 = 9.80665
SLOT_ANY, SLOT_EAST, SLOT_NORTH = 3, 4, 5
"""Slots of luck, stage DAMAGE, by threat; the others are in `kernels`."""


def debris(
    threats: Threats, traj: Trajectories, broken_s: Floats, pieces: DebrisTable, seed: int, replica: int
) -> Impacts:
    """Pieces of what was broken in the air, in one replica: at most one that can do harm a threat.

    broken_s: (T,) when each was broken up, inf where it was not
    With probability p_harmful a piece that can do harm comes down. It falls as in a vacuum from the height and with the
    climb or sink at which the threat was broken; along the ground it goes on with the threat's speed, which the air
    takes away with the time constant drag_s. Around that point it is normal with the share spread of the way as its
    standard deviation on either axis. Boats leave nothing: their pieces sink.
    Source: vacuum fall and linear drag are textbook forms; that pieces behave so is an assumption.
    """
    rows: list[tuple[float, int, float, float, float, float]] = []
    for t in np.flatnonzero(np.isfinite(broken_s) & (traj.status == 0)).tolist():
        c, key = int(threats.class_i[t]), int(threats.key[t])
        if uniform(seed, replica, int(Stage.DAMAGE), key, SLOT_ANY) >= pieces.p_harmful[c]:
            continue
        found = _fall(traj, t, float(broken_s[t]), float(pieces.drag_s[c]))
        if found is None:
            continue
        latitude, longitude, fall_s, east, north = found
        spread = float(pieces.spread[c] * np.hypot(east, north))
        east += spread * normal(seed, replica, int(Stage.DAMAGE), key, SLOT_EAST)
        north += spread * normal(seed, replica, int(Stage.DAMAGE), key, SLOT_NORTH)
        rows.append((float(broken_s[t]) + fall_s, t, latitude, longitude, east, north))
    rows.sort(key=lambda row: (row[0], int(threats.key[row[1]])))
    threat_i = np.array([row[1] for row in rows], dtype=np.int64)
    places = np.array([row[2:] for row in rows], dtype=np.float64).reshape(-1, 4).T
    latitudes, longitudes = offset_point(*places)
    return Impacts(
        threat_i=threat_i,
        time_s=np.array([row[0] for row in rows], dtype=np.float64),
        latitude_rad=latitudes,
        longitude_rad=longitudes,
        effect_radius_m=pieces.effect_radius_m[threats.class_i[threat_i]],
        is_debris=np.ones(len(rows), dtype=np.bool_),
    )


def _fall(traj: Trajectories, t: int, at_s: float, drag_s: float) -> tuple[float, float, float, float, float] | None:
    """Latitude, longitude of the breaking, time of the fall, and the way east and north; None on the ground."""
    first, stop = int(traj.first[t]), int(traj.first[t + 1])
    time_s = traj.time_s[first:stop]
    i = int(np.clip(np.searchsorted(time_s, at_s) - 1, 0, len(time_s) - 2))
    step = time_s[i + 1] - time_s[i]
    share = (at_s - time_s[i]) / step if step > 0.0 else 0.0
    a, b = traj.position_m[first + i], traj.position_m[first + i + 1]
    above = traj.above_ground_m[first + i : first + i + 2]
    height, rise_m_s = above[0] + share * (above[1] - above[0]), (above[1] - above[0]) / step if step > 0.0 else 0.0
    if not height > 0.0:
        return None
    x, y, z = (a + share * (b - a)).tolist()
    latitude, longitude, _ = geodetic_point(x, y, z)
    velocity = (b - a) / step
    east = -np.sin(longitude) * velocity[0] + np.cos(longitude) * velocity[1]
    north = -np.sin(latitude) * (np.cos(longitude) * velocity[0] + np.sin(longitude) * velocity[1])
    north += np.cos(latitude) * velocity[2]
    g = STANDARD_GRAVITY_M_S2
    fall_s = float((rise_m_s + np.sqrt(rise_m_s * rise_m_s + 2.0 * g * height)) / g)
    carry_s = drag_s * (1.0 - np.exp(-fall_s / drag_s)) if drag_s > 0.0 else 0.0
    return latitude, longitude, fall_s, float(east * carry_s), float(north * carry_s)


def together(impacts: Impacts, pieces: Impacts) -> Impacts:
    """Impacts and debris as one record, in order of time; an impact before a piece of the same moment."""
    n = impacts.threat_i.size
    time_s = np.concatenate([impacts.time_s, pieces.time_s])
    order = np.argsort(time_s, kind="stable")
    is_debris: Bools = np.concatenate([np.zeros(n, np.bool_), np.ones(pieces.threat_i.size, np.bool_)])
    return Impacts(
        threat_i=np.concatenate([impacts.threat_i, pieces.threat_i])[order],
        time_s=time_s[order],
        latitude_rad=np.concatenate([impacts.latitude_rad, pieces.latitude_rad])[order],
        longitude_rad=np.concatenate([impacts.longitude_rad, pieces.longitude_rad])[order],
        effect_radius_m=np.concatenate([impacts.effect_radius_m, pieces.effect_radius_m])[order],
        is_debris=is_debris[order],
    )
