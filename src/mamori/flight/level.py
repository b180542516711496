"""Level flight and boats: a great circle at constant speed, with a straight climb and a straight dive at its ends.

In closed form, for cruise missiles, drones and (at height 0) boats. The path has the length that the ellipsoid gives
it; the speed is the class's on average and within 0.6 % of it everywhere, since the great circle is that of the
geodetic normals. There is no ground but the ellipsoid, no way-point and, for boats, no land in the way.
"""

from dataclasses import dataclass

import numpy as np

from mamori.maths.earth import ECCENTRICITY_2, SEMI_MAJOR_M
from mamori.records import Floats, Ints

_SIMPSON = np.array([1.0, 4.0, 2.0, 4.0, 2.0, 4.0, 2.0, 4.0, 1.0]) / 24.0
_ROW_GAP_S = 1e-3


@dataclass(frozen=True)
class LevelPaths:
    """Great circles of n threats, their three legs and their rows.

    first: (n + 1,); time_s: (P,) after launch; position_m, velocity_m_s: (P, 3); height_m: (P,); duration_s: (n,)
    """

    first: Ints
    time_s: Floats
    position_m: Floats
    velocity_m_s: Floats
    height_m: Floats
    duration_s: Floats


def level_paths(
    place: Floats,
    *,
    speed_m_s: Floats,
    height_m: Floats,
    climb_rad: Floats,
    dive_rad: Floats,
    step_s: Floats,
) -> LevelPaths:
    """Paths of n threats: rows every step_s, at both ends of the level leg, and at the impact.

    place: (4, n) latitude and longitude of the launch, latitude and longitude of the aim, rad; the other arrays (n,)
    Where the way is too short for climb and dive, the height is what they allow.
    """
    start, end = _normals(place[0], place[1]), _normals(place[2], place[3])
    across = np.linalg.norm(np.cross(start, end), axis=1)
    angle = np.arctan2(across, (start * end).sum(axis=1))
    ahead = end - start * np.cos(angle)[:, None]
    ahead = np.where(across[:, None] > 0.0, ahead / np.maximum(across, 1e-300)[:, None], 0.0)
    length_m = _lengths(start, ahead, angle)
    slope_m = height_m * (1.0 / np.tan(climb_rad) + 1.0 / np.tan(dive_rad))
    top_m = height_m * np.minimum(1.0, length_m / np.maximum(slope_m, 1e-300))
    legs_m = np.stack([top_m / np.tan(climb_rad), np.zeros(length_m.size), top_m / np.tan(dive_rad)], axis=1)
    legs_m[:, 1] = np.maximum(0.0, length_m - legs_m[:, 0] - legs_m[:, 2])
    over_ground = speed_m_s[:, None] * np.cos(np.stack([climb_rad, np.zeros(length_m.size), dive_rad], axis=1))
    ends_s = np.cumsum(legs_m / over_ground, axis=1)
    grids = [_grid(row, step) for row, step in zip(ends_s, step_s.tolist(), strict=True)]
    first = np.zeros(len(grids) + 1, dtype=np.int64)
    np.cumsum([grid.size for grid in grids], out=first[1:])
    time_s = np.concatenate([np.zeros(0), *grids])
    i = np.repeat(np.arange(len(grids)), np.diff(first))
    # A corner's row belongs to the leg that it begins; the last row ends the dive. What stays down is all level.
    leg = np.where(top_m[i] > 0.0, (time_s >= ends_s[i, 0]).astype(np.int64) + (time_s >= ends_s[i, 1]), 1)
    from_s = np.where(leg == 0, 0.0, ends_s[i, np.maximum(leg - 1, 0)])
    from_m = np.where(leg == 0, 0.0, np.cumsum(legs_m, axis=1)[i, np.maximum(leg - 1, 0)])
    rate_m_s = over_ground[i, leg]
    along_m = from_m + rate_m_s * (time_s - from_s)
    rise = np.stack([np.tan(climb_rad), np.zeros(length_m.size), -np.tan(dive_rad)], axis=1)[i, leg]
    height = np.where(leg == 0, 0.0, top_m[i]) + rise * rate_m_s * (time_s - from_s)
    last = first[1:] - 1
    height[last] = 0.0
    height = np.maximum(height, 0.0)
    share = np.clip(along_m / np.maximum(length_m[i], 1e-300), 0.0, 1.0)
    share[last] = 1.0
    position, slope = _points(start[i], ahead[i], share * angle[i], height)
    normal = start[i] * np.cos(share * angle[i])[:, None] + ahead[i] * np.sin(share * angle[i])[:, None]
    turn_rad_s = np.where(length_m[i] > 0.0, rate_m_s * angle[i] / np.maximum(length_m[i], 1e-300), 0.0)
    return LevelPaths(
        first=first,
        time_s=time_s,
        position_m=position,
        velocity_m_s=slope * turn_rad_s[:, None] + normal * (rise * rate_m_s)[:, None],
        height_m=height,
        duration_s=ends_s[:, 2].copy(),
    )


def _normals(latitude_rad: Floats, longitude_rad: Floats) -> Floats:
    cos_lat = np.cos(latitude_rad)
    return np.stack([cos_lat * np.cos(longitude_rad), cos_lat * np.sin(longitude_rad), np.sin(latitude_rad)], axis=-1)


def _points(start: Floats, ahead: Floats, turned_rad: Floats, height_m: Floats) -> tuple[Floats, Floats]:
    """Points (..., 3) whose normals have turned from `start` towards `ahead`, and their derivative by the angle.

    Source: the point of an ellipsoid with normal n is (a2 n_x, a2 n_y, b2 n_z) / sqrt(a2 (n_x2 + n_y2) + b2 n_z2).
    """
    cos, sin = np.cos(turned_rad)[..., None], np.sin(turned_rad)[..., None]
    normal, change = start * cos + ahead * sin, ahead * cos - start * sin
    squares = np.array([1.0, 1.0, 1.0 - ECCENTRICITY_2]) * SEMI_MAJOR_M
    scaled, scaled_change = squares * normal, squares * change
    root = np.sqrt((normal * scaled).sum(axis=-1, keepdims=True) / SEMI_MAJOR_M)
    root_change = (scaled * change).sum(axis=-1, keepdims=True) / (SEMI_MAJOR_M * root)
    tall = height_m[..., None]
    return scaled / root + tall * normal, scaled_change / root - scaled * root_change / root**2 + tall * change


def _lengths(start: Floats, ahead: Floats, angle: Floats) -> Floats:
    """Lengths (n,) of the arcs on the ellipsoid, by Simpson's rule in eight parts."""
    turned = angle[:, None] * np.linspace(0.0, 1.0, _SIMPSON.size)
    _, slope = _points(start[:, None, :], ahead[:, None, :], turned, np.zeros(turned.shape))
    lengths: Floats = angle * (np.linalg.norm(slope, axis=-1) * _SIMPSON).sum(axis=1)
    return lengths


def _grid(ends_s: Floats, step_s: float) -> Floats:
    """Times of the rows of one path: every step, the corners, the end; no two nearer than a millisecond."""
    grid = np.append(np.arange(0.0, ends_s[2], step_s), ends_s[:2])
    grid.sort()
    # The end stands last whatever comes just before it.
    grid = grid[grid <= ends_s[2] - _ROW_GAP_S]
    keep = np.append(True, np.diff(grid) >= _ROW_GAP_S) if grid.size else np.zeros(0, dtype=np.bool_)
    return np.append(grid[keep], ends_s[2])
