"""Heights from a GeoTIFF of any projection, on a grid of latitude and longitude; needs the extra `raster`."""

import math
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.world.ascii_grid import HIGHEST_M, LOWEST_M, MOST_CELLS, Grid

_METRES = ("", "m", "metre", "metres", "meter", "meters")


def read_geotiff(path: Path) -> Grid:
    """The only band of a file as heights in m, resampled (bilinear) where it is not in degrees of WGS 84 already.

    Raises CaseError with every fault; one that names the extra if rasterio is not installed.
    """
    try:
        import rasterio
        from rasterio.crs import CRS
        from rasterio.enums import Resampling
        from rasterio.vrt import WarpedVRT
    except ImportError as error:
        rule = say("is a GeoTIFF, and what reads it is not installed")
        remedy = say("Install mamori with the extra `raster`: pip install 'mamori[raster]'.")
        raise CaseError(Fault(str(path), "", rule, remedy)) from error
    try:
        with rasterio.open(path) as file:
            faults = _faults(path, file)
            if faults:
                raise CaseError(faults)
            with WarpedVRT(file, crs=CRS.from_epsg(4326), resampling=Resampling.bilinear, dtype="float64",
                           nodata=math.nan) as degrees:  # fmt: skip
                if degrees.width * degrees.height > MOST_CELLS:
                    rule = say("must not be more than {most:,} cells", most=MOST_CELLS)
                    given = f"{degrees.width} x {degrees.height}"
                    raise CaseError(Fault(str(path), given, rule, say("Cut out the country, or take larger cells.")))
                values = np.asarray(degrees.read(1), dtype=np.float64)
                at = degrees.transform
    except rasterio.errors.RasterioError as error:
        rule = say("cannot be read ({reason})", reason=str(error))
        raise CaseError(Fault(str(path), "", rule, say("Give an Esri ASCII grid or a GeoTIFF."))) from error
    is_wrong = np.isfinite(values) & ((values < LOWEST_M) | (values > HIGHEST_M))
    if is_wrong.any():
        row, column = np.argwhere(is_wrong)[0].tolist()
        rule = say("must be a height between {low:,.0f} and {high:,.0f} m", low=LOWEST_M, high=HIGHEST_M)
        remedy = say("Give metres, and name what stands for no value as NODATA_value.")
        raise CaseError(
            Fault(
                say("{file}: row {row}, column {column}", file=path, row=row + 1, column=column + 1),
                f"{values[row, column]:g}",
                rule,
                remedy,
            )
        )
    return Grid(
        south_deg=at.f + (values.shape[0] - 0.5) * at.e,
        west_deg=at.c + 0.5 * at.a,
        latitude_step_deg=-at.e,
        longitude_step_deg=at.a,
        values=values,
    )


def _faults(path: Path, file: object) -> list[Fault]:
    found = []
    crs, count, units = (getattr(file, name) for name in ("crs", "count", "units"))
    if crs is None:
        found.append(Fault(str(path), "", say("names no coordinate system"), say("Write it into the file.")))
    if count != 1:
        rule = say("must have one band, the height of the ground")
        found.append(Fault(str(path), str(count), rule, say("Keep that band only.")))
    elif (units[0] or "").lower() not in _METRES:
        found.append(Fault(str(path), str(units[0]), say("the heights must be in metres"), say("Convert them.")))
    return found
