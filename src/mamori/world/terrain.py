"""Height of the ground above the sea on a grid of latitude and longitude.

Sea level is the ellipsoid: what the geoid lies above or below it (up to 100 m) is left out.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.records import Floats
from mamori.world.ascii_grid import Grid, read_ascii_grid
from mamori.world.kernels import fill_ground

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # little- and big-endian TIFF and BigTIFF


class Terrain(NamedTuple):
    """The ground as heights at nodes, between which it runs straight (bilinear); a tuple, as compiled loops take it.

    south_rad, west_rad: of the first node, the south-western one; latitude_step_rad, longitude_step_rad: between nodes
    height_m: (rows, columns) above the sea, from south to north and from west to east; 0 is sea
    One step beyond the outer nodes the ground has fallen to the sea, and all farther points are sea. A grid that goes
    round the Earth closes; over a pole its last row goes on.
    """

    south_rad: float
    west_rad: float
    latitude_step_rad: float
    longitude_step_rad: float
    height_m: Floats

    @classmethod
    def of(cls, grid: Grid) -> "Terrain":
        """The ground of a file's grid: what has no value, or lies below the sea, is sea."""
        heights = np.where(np.isfinite(grid.values), np.maximum(grid.values, 0.0), 0.0)
        return cls(
            south_rad=float(np.radians(grid.south_deg)),
            west_rad=float(np.radians(grid.west_deg)),
            latitude_step_rad=float(np.radians(grid.latitude_step_deg)),
            longitude_step_rad=float(np.radians(grid.longitude_step_deg)),
            height_m=np.ascontiguousarray(heights[::-1]),
        )

    def ground_m(self, latitude_rad: Floats | float, longitude_rad: Floats | float) -> Floats:
        """Height (...) of the ground above the sea, m, at points (...) in rad."""
        latitude, longitude = np.broadcast_arrays(
            np.asarray(latitude_rad, dtype=np.float64), np.asarray(longitude_rad, dtype=np.float64)
        )
        found = np.zeros(latitude.size)
        fill_ground(*self, latitude.ravel(), longitude.ravel(), found)
        return found.reshape(latitude.shape)


SEA = Terrain(0.0, 0.0, 1.0, 1.0, np.zeros((1, 1)))
"""No land at all."""


def read_terrain(path: str | Path) -> Terrain:
    """The ground of a file: an Esri ASCII grid in degrees (`.asc`, also gzipped) or a GeoTIFF of any projection.

    A file that has not changed since is read once.
    Raises CaseError with every fault that was found, by file and line.
    """
    try:
        state = Path(path).stat()
    except OSError as error:
        rule = say("cannot be read ({reason})", reason=error.strerror or str(error))
        raise CaseError(Fault(str(path), "", rule, say("Give an Esri ASCII grid or a GeoTIFF."))) from error
    return _read(Path(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _read(path: Path, _changed_ns: int, _size: int) -> Terrain:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        rule = say("cannot be read ({reason})", reason=error.strerror or str(error))
        raise CaseError(Fault(str(path), "", rule, say("Give an Esri ASCII grid or a GeoTIFF."))) from error
    if begin in _TIFF:
        from mamori.world.geotiff import read_geotiff

        return Terrain.of(read_geotiff(path))
    return Terrain.of(read_ascii_grid(path))
