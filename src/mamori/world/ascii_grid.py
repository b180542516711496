"""Esri ASCII grids of latitude and longitude, plain or gzipped: a small strict reader and writer.

Source: the layout as Esri publishes it: six lines of a name and a number, then the rows from north to south.
"""

import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.records import Floats

MOST_CELLS = 25_000_000
LOWEST_M, HIGHEST_M = -12_000.0, 9_000.0
_MOST_FAULTS = 20
_NAMES = ("ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "nodata_value")


@dataclass(frozen=True)
class Grid:
    """Values at the middles of cells, as a file has them.

    south_deg, west_deg: middle of the south-western cell; latitude_step_deg, longitude_step_deg: size of a cell
    values: (rows, columns) from north to south and from west to east, nan where there is none
    """

    south_deg: float
    west_deg: float
    latitude_step_deg: float
    longitude_step_deg: float
    values: Floats


def read_ascii_grid(path: Path) -> Grid:
    """The grid of a file.

    Raises CaseError with every fault: header, shape, and each row with a cell that is no number or no height on Earth.
    """
    lines = _lines(path)
    faults: list[Fault] = []
    header, n_header = _header(path, lines, faults)
    if faults:
        raise CaseError(faults)
    rows, columns = int(header["nrows"]), int(header["ncols"])
    values = np.full((rows, columns), np.nan)
    body = [(number, line) for number, line in enumerate(lines[n_header:], n_header + 1) if line.strip()]
    if len(body) != rows:
        rule = say("must be followed by so many rows; {n} are there", n=len(body))
        faults.append(Fault(f"{path}: nrows", str(rows), rule, say("Give one line for each row, from north to south.")))
    nodata = header.get("nodata_value", math.nan)
    for i, (number, line) in enumerate(body[:rows]):
        if len(faults) == _MOST_FAULTS:
            rule = say("further faults are not listed")
            faults.append(Fault(str(path), "", rule, say("Mend these first.")))
            break
        fault = _read_row(f"{path}:{number}", line, values[i], nodata)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise CaseError(faults)
    step = header["cellsize"]
    west = header["xllcenter"] if "xllcenter" in header else header["xllcorner"] + 0.5 * step
    south = header["yllcenter"] if "yllcenter" in header else header["yllcorner"] + 0.5 * step
    return Grid(south, west, step, step, values)


def write_ascii_grid(path: Path, grid: Grid, *, nodata: int = -9999) -> None:
    """Write a grid of square cells in whole metres, gzipped if the name ends in `.gz`; the same grid, the same bytes.

    Raises ValueError if the cells are not square.
    """
    step = grid.latitude_step_deg
    if not math.isclose(step, grid.longitude_step_deg, rel_tol=1e-9):
        raise ValueError("an ASCII grid has square cells")
    rows, columns = grid.values.shape
    west, south = (f"{x - 0.5 * step:.10g}" for x in (grid.west_deg, grid.south_deg))
    header = (
        f"ncols {columns}\nnrows {rows}\nxllcorner {west}\nyllcorner {south}\n"
        f"cellsize {step:.10g}\nNODATA_value {nodata}\n"
    )
    whole = np.where(np.isfinite(grid.values), np.rint(grid.values), nodata).astype(np.int64)
    text = (header + "".join(" ".join(map(str, row)) + "\n" for row in whole.tolist())).encode("ascii")
    path.write_bytes(gzip.compress(text, compresslevel=9, mtime=0) if path.suffix == ".gz" else text)


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        return content.decode("ascii").splitlines()
    except (OSError, EOFError, zlib.error) as error:
        rule = say("cannot be read ({reason})", reason=getattr(error, "strerror", None) or str(error))
        raise CaseError(Fault(str(path), "", rule, say("Give an Esri ASCII grid or a GeoTIFF."))) from error
    except UnicodeDecodeError as error:
        rule = say("is neither an ASCII grid nor a GeoTIFF")
        raise CaseError(Fault(str(path), "", rule, say("Give an Esri ASCII grid or a GeoTIFF."))) from error


def _header(path: Path, lines: list[str], faults: list[Fault]) -> tuple[dict[str, float], int]:
    """Numbers by their name in small letters, and how many lines they take."""
    header: dict[str, float] = {}
    n = 0
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or not words[0][0].isalpha() or words[0].lower() == "nan":
            break
        n = number
        name, place = words[0].lower(), f"{path}:{number}"
        if name not in _NAMES:
            known = ", ".join(_NAMES)
            faults.append(Fault(place, words[0], say("this name is not known"), say("Known: {names}.", names=known)))
        elif name in header:
            faults.append(Fault(place, words[0], say("this name stands twice"), say("Keep one of the two.")))
        elif (found := _number(words[1]) if len(words) == 2 else None) is None:
            faults.append(Fault(place, line.strip()[:60], say("must be a name and one number")))
        else:
            header[name] = found
    wanted = ("ncols", "nrows", ("xllcorner", "xllcenter"), ("yllcorner", "yllcenter"), "cellsize")
    is_known = not faults  # a name that is misspelt is not also missing
    for want in wanted:
        names = (want,) if isinstance(want, str) else want
        n_found = sum(name in header for name in names)
        if n_found != 1 and is_known:
            rule = say("must be there") if n_found == 0 else say("only one of the two may be there")
            faults.append(Fault(f"{path}: {'/'.join(names)}", "", rule, say("Begin the file with the six lines.")))
    if not faults:
        _check_header(path, header, faults)
    return header, n


def _check_header(path: Path, header: dict[str, float], faults: list[Fault]) -> None:
    faults.extend(
        Fault(f"{path}: {name}", f"{header[name]:g}", say("must be a whole number of at least 1"))
        for name in ("ncols", "nrows")
        if header[name] < 1 or header[name] != int(header[name])
    )
    if not 0.0 < header["cellsize"] <= 30.0:
        rule = say("must be more than 0 and at most 30 degrees")
        faults.append(Fault(f"{path}: cellsize", f"{header['cellsize']:g}", rule))
    if faults:
        return
    if header["ncols"] * header["nrows"] > MOST_CELLS:
        rule = say("must not be more than {most:,} cells", most=MOST_CELLS)
        given = f"{header['ncols']:.0f} x {header['nrows']:.0f}"
        faults.append(Fault(f"{path}: ncols x nrows", given, rule, say("Cut out the country, or take larger cells.")))
    step = header["cellsize"]
    south = header["yllcorner"] if "yllcorner" in header else header["yllcenter"] - 0.5 * step
    west = header["xllcorner"] if "xllcorner" in header else header["xllcenter"] - 0.5 * step
    north, slack = south + header["nrows"] * step, 1e-6 * step
    projected = say("Give degrees of latitude and longitude, or a GeoTIFF, which mamori projects itself.")
    if south < -90.0 - slack or north > 90.0 + slack:
        rule = say("the rows must lie between 90 degrees south and north; they reach from {south:g} to {north:g}",
                   south=south, north=north)  # fmt: skip
        faults.append(Fault(f"{path}: yllcorner", f"{south:g}", rule, projected))
    if not -360.0 <= west <= 360.0 or header["ncols"] * step > 360.0 + slack:
        rule = say("the columns must begin between -360 and 360 degrees and go round the Earth at most once")
        faults.append(Fault(f"{path}: xllcorner", f"{west:g}", rule, projected))


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _read_row(place: str, line: str, values: Floats, nodata: float) -> Fault | None:
    """Writes a line into values (columns,); the first fault in it, None if there is none."""
    words = line.split()
    if len(words) != values.size:
        rule = say("the row has {n} values and the grid {columns} columns", n=len(words), columns=values.size)
        return Fault(place, "", rule, say("Give one line for each row, from north to south."))
    try:
        row = np.array(words, dtype=np.float64)
    except ValueError:
        column = next(i for i, word in enumerate(words) if _number(word) is None)
        return Fault(f"{place}:{column + 1}", words[column][:60], say("must be a number"))
    row[row == nodata] = np.nan
    is_wrong = ~np.isnan(row) & ~((row >= LOWEST_M) & (row <= HIGHEST_M))
    if is_wrong.any():
        column = int(is_wrong.argmax())
        rule = say("must be a height between {low:,.0f} and {high:,.0f} m", low=LOWEST_M, high=HIGHEST_M)
        remedy = say("Give metres, and name what stands for no value as NODATA_value.")
        return Fault(f"{place}:{column + 1}", words[column], rule, remedy)
    values[:] = row
    return None
