"""Ways of boats over the sea: the shortest that keep off the land.

Source: shortest ways among polygons run straight between their corners (textbook: the visibility graph), searched by
A*. Straight is meant on the sphere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mamori.flight.sea import kernels
from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import Bools, Floats, Ints

OFF_LAND_M = 500.0
"""Boats keep so far off the coast on file (assumption: shallow water; a coast on file is a sketch)."""

HARBOUR_M = 10e3
"""A boat that starts or ends no farther inland than this goes there straight from the nearest open water: harbours and
estuaries are finer than coasts on file (assumption)."""

MOST_CORNERS = 2000
_NEAR = 0.2  # cosine: what is more than 78 degrees off the middle of a way is not looked at
_CLEAR_M = 20.0
_LONGEST_DEG = 1.0


@dataclass(frozen=True)
class Sea:
    """The land that boats go round, as rings of C corners with the land on their left, grown by what they keep off.

    normal: (C, 3) unit vectors of the corners; before, after: (C,) neighbours in their ring; is_turn: (C,) where a way
    may turn, the corners that stick out into the sea
    """

    normal: Floats
    before: Ints
    after: Ints
    is_turn: Bools

    def way(self, points: Floats) -> Floats | None:
        """The way of a boat by points (n, 2) latitude and longitude in rad: all its corners (m, 2), ends included.

        None if one of the points is too far inland, or land closes the sea between two of them.
        """
        found: list[Floats] = [points[:1]]
        for start, aim in pairwise(points):
            part = self._between(_unit(start[None])[0], _unit(aim[None])[0])
            if part is None:
                return None
            found += [part, aim[None]]
        return np.concatenate(found)

    def _between(self, start: Floats, aim: Floats) -> Floats | None:
        """Latitudes and longitudes (m, 2) of the corners of the way between two unit vectors, without the ends."""
        plane = _Plane.around(start + aim)
        is_near = self.normal @ plane.middle > _NEAR
        corners = np.flatnonzero(is_near & is_near[self.before] & is_near[self.after])
        new = np.full(len(self.normal), -1)
        new[corners] = np.arange(corners.size)
        # Where a ring leaves the view, its last corner in view stands for the rest of it.
        before = np.where(new[self.before[corners]] >= 0, new[self.before[corners]], new[corners])
        after = np.where(new[self.after[corners]] >= 0, new[self.after[corners]], new[corners])
        at = plane.lay(self.normal[corners])
        ends = [_to_open_water(plane.lay(end[None])[0], at, after) for end in (start, aim)]
        if ends[0] is None or ends[1] is None:
            return None
        spots = np.concatenate([at, np.array(ends)])
        n = len(spots)
        came_from = np.zeros(n, dtype=np.int64)
        is_found = kernels.shortest(
            plane.lift(spots), spots[:, 0].copy(), spots[:, 1].copy(), before, after, self.is_turn[corners],
            np.zeros(n), came_from, np.zeros(n, dtype=np.bool_),
        )  # fmt: skip
        if not is_found:
            return None
        chain = [n - 1]
        while came_from[chain[-1]] >= 0:
            chain.append(int(came_from[chain[-1]]))
        keep = [k for k in reversed(chain) if k < n - 2 or not _is_same(spots[k], plane, (start, aim)[k - n + 2])]
        unit = plane.lift(spots[keep])
        return np.stack(
            [np.arctan2(unit[:, 2], np.hypot(unit[:, 0], unit[:, 1])), np.arctan2(unit[:, 1], unit[:, 0])], 1
        )


@dataclass(frozen=True)
class _Plane:
    """A gnomonic plane in metres; middle, east, north: (3,) unit vectors."""

    middle: Floats
    east: Floats
    north: Floats

    @classmethod
    def around(cls, point: Floats) -> "_Plane":
        length = float(np.linalg.norm(point))
        middle = point / length if length > 1e-9 else np.array([1.0, 0.0, 0.0])
        axis = np.eye(3)[int(np.abs(middle).argmin())]
        east = np.cross(axis, middle)
        east /= np.linalg.norm(east)
        return cls(middle, east, np.cross(middle, east))

    def lay(self, unit: Floats) -> Floats:
        """Points (n, 2) of unit vectors (n, 3)."""
        scale = MEAN_RADIUS_M / np.maximum(unit @ self.middle, 1e-6)
        return np.stack([unit @ self.east * scale, unit @ self.north * scale], axis=1)

    def lift(self, spots: Floats) -> Floats:
        """Unit vectors (n, 3) of points (n, 2)."""
        unit = self.middle + (spots[:, :1] * self.east + spots[:, 1:] * self.north) / MEAN_RADIUS_M
        return np.ascontiguousarray(unit / np.linalg.norm(unit, axis=1)[:, None])


def sea_of(coast: Sequence[Floats]) -> Sea:
    """The sea around coasts.

    coast: outer rings of the land, each (n, 2) longitude and latitude in deg
    Coasts are simplified by less than boats keep off them; by more, and boats keep farther off, while they have more
    than 2,000 corners.
    """
    import shapely
    from shapely.affinity import scale
    from shapely.geometry.polygon import orient

    if not coast:
        return Sea(np.zeros((0, 3)), *(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0, dtype=np.bool_))
    longitude = np.radians(np.concatenate([ring[:, 0] for ring in coast]))
    middle = np.degrees(np.arctan2(np.sin(longitude).sum(), np.cos(longitude).sum()))
    off_m = OFF_LAND_M
    while True:
        grown = []
        for ring in coast:
            shift = 360.0 * np.round((ring[:, 0].mean() - middle) / 360.0)
            narrow = max(0.05, float(np.cos(np.radians(ring[:, 1].mean()))))
            flat = scale(shapely.Polygon(ring - [shift, 0.0]), narrow, 1.0, origin=(middle, 0.0))
            off_deg = np.degrees(off_m / MEAN_RADIUS_M)
            flat = shapely.make_valid(flat).buffer(off_deg, quad_segs=2).simplify(0.4 * off_deg)
            grown.append(scale(flat, 1.0 / narrow, 1.0, origin=(middle, 0.0)))
        # Straight in longitude and latitude is what GeoJSON means; long edges would bend as great circles.
        land = shapely.segmentize(shapely.union_all(grown), _LONGEST_DEG)
        rings = [
            np.asarray(ring.coords)[:-1]
            for part in getattr(land, "geoms", [land])
            for ring in (orient(part).exterior, *orient(part).interiors)
        ]
        if sum(map(len, rings)) <= MOST_CORNERS:
            break
        off_m *= 1.5
    first = np.cumsum([0, *map(len, rings)])
    before, after = (
        np.concatenate([a + np.roll(np.arange(len(ring)), by) for a, ring in zip(first[:-1], rings, strict=True)])
        for by in (1, -1)
    )
    unit = _unit(np.radians(np.concatenate(rings)[:, ::-1]))
    is_turn = (np.cross(unit[before], unit) * unit[after]).sum(axis=1) > 0.0
    return Sea(unit, before, after, is_turn)


def _unit(points_rad: Floats) -> Floats:
    """Unit vectors (n, 3) of latitudes and longitudes (n, 2)."""
    latitude, longitude = points_rad.T
    cos = np.cos(latitude)
    return np.ascontiguousarray(np.stack([cos * np.cos(longitude), cos * np.sin(longitude), np.sin(latitude)], axis=1))


def _is_same(spot: Floats, plane: _Plane, unit: Floats) -> bool:
    return bool(np.abs(spot - plane.lay(unit[None])[0]).max() < 1e-6)


def _to_open_water(spot: Floats, corners: Floats, after: Ints) -> Floats | None:
    """The point itself if it lies at sea, else the nearest open water; None where that is too far."""
    if not len(corners):
        return spot
    a, b = corners, corners[after]
    is_between = (a[:, 1] > spot[1]) != (b[:, 1] > spot[1])
    span = np.where(a[:, 1] == b[:, 1], 1.0, b[:, 1] - a[:, 1])
    is_left = spot[0] < a[:, 0] + (b[:, 0] - a[:, 0]) * (spot[1] - a[:, 1]) / span
    edge = b - a
    share = np.clip(((spot - a) * edge).sum(axis=1) / np.maximum((edge * edge).sum(axis=1), 1e-12), 0.0, 1.0)
    foot = a + share[:, None] * edge
    away = np.linalg.norm(foot - spot, axis=1)
    k = int(away.argmin())
    if np.count_nonzero(is_between & is_left) % 2 == 0 and away[k] >= _CLEAR_M:
        return spot
    if away[k] > HARBOUR_M + OFF_LAND_M:
        return None
    out = np.array([edge[k, 1], -edge[k, 0]]) / np.maximum(np.linalg.norm(edge[k]), 1e-9)  # right of the edge is sea
    water: Floats = foot[k] + _CLEAR_M * out
    return water
