"""Grids on an equal-area plane, and the outlines of what they hold as polygons with holes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contourpy import FillType, contour_generator
from shapely import MultiPolygon, Polygon, make_valid, union_all
from shapely.affinity import rotate
from shapely.geometry.base import BaseGeometry

from mamori.maths.equal_area import Plane
from mamori.records import Floats

Edges = Callable[[Floats, Floats], Floats]
"""Where between nodes inside (2, V) and nodes outside (2, V) the edge runs: (2, V) points of the plane."""

HIGH = 1e30


@dataclass(frozen=True)
class Grid:
    """Points (rows, columns) of a plane, even steps apart.

    west_m, south_m: of the first, on the grid's own axes; step_m: between columns; n_rows, n_columns
    turn_rad: bearing of the grid's own north on the plane; row_step_m: between rows, None for the same as step_m
    """

    plane: Plane
    west_m: float
    south_m: float
    step_m: float
    n_rows: int
    n_columns: int
    turn_rad: float = 0.0
    row_step_m: float | None = None

    @classmethod
    def over(
        cls,
        plane: Plane,
        box_m: tuple[float, float, float, float],
        step_m: float,
        *,
        turn_rad: float = 0.0,
        row_step_m: float | None = None,
    ) -> "Grid":
        """The grid that covers a box (west, south, east, north, on its own axes) and one step more on every side."""
        west, south, east, north = box_m
        rise = step_m if row_step_m is None else row_step_m
        columns, rows = (int(np.ceil((b - a) / s)) + 3 for a, b, s in ((west, east, step_m), (south, north, rise)))
        return cls(plane, west - step_m, south - rise, step_m, rows, columns, turn_rad, row_step_m)

    @property
    def east_m(self) -> Floats:
        """(columns,)."""
        return np.asarray(self.west_m + self.step_m * np.arange(self.n_columns), dtype=np.float64)

    @property
    def north_m(self) -> Floats:
        """(rows,)."""
        return np.asarray(self.south_m + (self.row_step_m or self.step_m) * np.arange(self.n_rows), dtype=np.float64)

    def places_rad(self) -> Floats:
        """Latitude and longitude (2, rows, columns) of all points."""
        return self.plane.places_rad(*turned(self.east_m[None, :], self.north_m[:, None], self.turn_rad))


def turned(east_m: Floats, north_m: Floats, turn_rad: float) -> tuple[Floats, Floats]:
    """Points of the plane from points on axes whose north has this bearing on it."""
    sine, cosine = float(np.sin(turn_rad)), float(np.cos(turn_rad))
    return cosine * east_m + sine * north_m, cosine * north_m - sine * east_m


def outline(grid: Grid, values: Floats, level: float, edges: Edges | None = None) -> BaseGeometry:
    """Where values (rows, columns) reach a level: polygons on the plane, empty where they do nowhere.

    edges: finds the edge between a node that reaches the level and one that does not, on a grid that is not turned and
    has one step; left out, it is where the straight line between their values meets the level
    Between these points the outline is straight.
    """
    found: Any = contour_generator(
        grid.east_m, grid.north_m, np.minimum(values, 0.5 * HIGH), fill_type=FillType.OuterOffset
    ).filled(level, HIGH)
    rings = [
        points[start:stop]
        for points, offsets in zip(*found, strict=True)
        for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    ]
    if not rings:
        return MultiPolygon()
    flat = np.concatenate(rings)
    if edges is not None:
        flat = _moved(grid, values, level, edges, flat)
    cuts = np.cumsum([len(ring) for ring in rings])[:-1]
    moved = iter(np.split(flat, cuts))
    shapes = [
        Polygon(outer, [next(moved) for _ in range(len(offsets) - 2)])
        for offsets in found[1]
        for outer in [next(moved)]
    ]
    whole = areal(union_all([shape if shape.is_valid else make_valid(shape) for shape in shapes]))
    return rotate(whole, -grid.turn_rad, origin=(0.0, 0.0), use_radians=True) if grid.turn_rad else whole


def _moved(grid: Grid, values: Floats, level: float, edges: Edges, points: Floats) -> Floats:
    """Points (V, 2) of a contour, each moved along the leg of the grid on which it lies, to the edge itself."""
    column, row = (points[:, 0] - grid.west_m) / grid.step_m, (points[:, 1] - grid.south_m) / grid.step_m
    near = np.stack([np.rint(column), np.rint(row)])
    off = np.abs(near - np.stack([column, row]))
    is_level = off[1] <= off[0]  # on a leg from west to east
    first = np.stack([np.where(is_level, np.floor(column), near[0]), np.where(is_level, near[1], np.floor(row))])
    first = first.astype(np.int64)
    last = first + np.stack([is_level, ~is_level])
    last = np.minimum(last, np.array([[grid.n_columns - 1], [grid.n_rows - 1]]))
    reaches = values[first[1], first[0]] >= level, values[last[1], last[0]] >= level
    between = np.flatnonzero(reaches[0] != reaches[1])
    inside = np.where(reaches[0], first, last)[:, between]
    outside = np.where(reaches[0], last, first)[:, between]
    corner = np.array([[grid.west_m], [grid.south_m]])
    moved = points.copy()
    moved[between] = edges(corner + grid.step_m * inside, corner + grid.step_m * outside).T
    return moved


def areal(shape: BaseGeometry) -> BaseGeometry:
    """The polygons of a shape: lines and points that a union may leave are no area."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    return MultiPolygon([p for part in getattr(shape, "geoms", ()) for p in _polygons(part)])


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    if shape.geom_type == "Polygon":
        return [] if shape.is_empty else [shape]
    return [p for part in getattr(shape, "geoms", ()) for p in _polygons(part)]
