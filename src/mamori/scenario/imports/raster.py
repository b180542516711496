"""People and ground from rasters; reading them needs the extra `raster`.

A cell counts for the district whose polygon holds its middle, or for the nearest of some points (a Voronoi division).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import Floats, Ints

MOST_CELLS = 200_000_000


@dataclass(frozen=True)
class Population:
    """The cells in which people live.

    latitude_deg, longitude_deg: (C,) of their middles; people: (C,); area_m2: (C,)
    """

    latitude_deg: Floats
    longitude_deg: Floats
    people: Floats
    area_m2: Floats


def read_population(path: Path) -> Population:
    """The cells of a GeoTIFF of people (not people per area), in any coordinate system.

    Raises CaseError if it cannot be read, or names the extra where what reads it is not installed.
    """
    try:
        import rasterio
        from rasterio.warp import transform
    except ImportError as error:
        remedy = say("Install mamori with the extra `raster`: pip install 'mamori[raster]'.")
        rule = say("is a GeoTIFF, and what reads it is not installed")
        raise CaseError(Fault(str(path), "", rule, remedy)) from error
    try:
        with rasterio.open(path) as file:
            if file.crs is None:
                raise CaseError(_fault(path, "", say("names no coordinate system")))
            if file.width * file.height > MOST_CELLS:
                rule = say("must not be more than {most:,} cells", most=MOST_CELLS)
                raise CaseError(_fault(path, f"{file.width} x {file.height}", rule))
            people = np.asarray(file.read(1, masked=True).filled(0), dtype=np.float64)
            at, crs, is_degrees = file.transform, file.crs, bool(file.crs.is_geographic)
    except rasterio.errors.RasterioError as error:
        raise CaseError(_fault(path, "", say("cannot be read ({reason})", reason=str(error)))) from error
    if not np.isfinite(people).all() or (people < 0.0).any():
        people = np.where(np.isfinite(people), people, 0.0)
        if (people < 0.0).any():
            row, column = np.argwhere(people < 0.0)[0].tolist()
            place = say("{file}, row {row}, column {column}", file=path.name, row=row + 1, column=column + 1)
            remedy = say("Name what stands for no value as the raster's nodata.")
            rule = say("a cell holds less than 0 people")
            raise CaseError(Fault(place, f"{people[row, column]:g}", rule, remedy))
    rows, columns = np.nonzero(people)
    x = at.c + (columns + 0.5) * at.a + (rows + 0.5) * at.b
    y = at.f + (columns + 0.5) * at.d + (rows + 0.5) * at.e
    area = np.full(rows.size, abs(at.a * at.e - at.b * at.d))
    if is_degrees:
        area = np.radians(1.0) ** 2 * MEAN_RADIUS_M**2 * np.cos(np.radians(y)) * area
    else:
        found = transform(crs, "EPSG:4326", x.tolist(), y.tolist())
        x, y = np.array(found[0]), np.array(found[1])
    return Population(y, x, people[rows, columns], area)


def _fault(path: Path, value: str, rule: str) -> Fault:
    return Fault(path.name, value, rule, say("Give a GeoTIFF with the number of people in each cell."))


def by_shape(cells: Population, shapes: Sequence[Any]) -> Floats:
    """People inside each shape: (S,); cells in no shape count for none, those in several for each."""
    import shapely

    tree = shapely.STRtree(shapely.points(cells.longitude_deg, cells.latitude_deg))
    found = np.zeros(len(shapes))
    for i, shape in enumerate(shapes):
        if shape is not None:
            found[i] = cells.people[tree.query(shape, predicate="contains")].sum()
    return found


def nearest(cells: Population, latitude_deg: Floats, longitude_deg: Floats) -> Ints:
    """The nearest of the points to each cell: (C,)."""
    from scipy.spatial import cKDTree

    _, found = cKDTree(_up(latitude_deg, longitude_deg)).query(_up(cells.latitude_deg, cells.longitude_deg))
    return np.asarray(found, dtype=np.int64)


def _up(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    cos = np.cos(latitude)
    return np.stack([cos * np.cos(longitude), cos * np.sin(longitude), np.sin(latitude)], axis=-1)


def write_terrain(source: Path, target: Path) -> None:
    """The ground's heights as an ASCII grid that a scenario names.

    Raises CaseError if the raster cannot be read.
    """
    from mamori.world.ascii_grid import read_ascii_grid, write_ascii_grid
    from mamori.world.geotiff import read_geotiff

    is_text = source.name.lower().endswith((".asc", ".asc.gz"))
    write_ascii_grid(target, read_ascii_grid(source) if is_text else read_geotiff(source))
