"""Outlines of the land from GeoJSON."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.language.message import say
from mamori.records import Floats


def read_coast(path: str | Path) -> tuple[Floats, ...]:
    """Outer rings of a GeoJSON file's polygons, each (n, 2) longitude and latitude in deg; lakes are left out.

    A ring's longitudes run on without a jump, past 180 degrees where it crosses the date line. A file that has not
    changed since is read once.
    Raises CaseError for a file that cannot be read or is not GeoJSON.
    """
    try:
        state = Path(path).stat()
    except OSError as error:
        raise CaseError(_fault(path, say("cannot be read ({reason})", reason=error.strerror or str(error)))) from error
    return _read(Path(path), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int, _size: int) -> tuple[Floats, ...]:
    try:
        shape = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_ring(ring) for ring in _outer_rings(shape))
    except OSError as error:
        raise CaseError(_fault(path, say("cannot be read ({reason})", reason=error.strerror or str(error)))) from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise CaseError(_fault(path, say("is not GeoJSON of polygons ({reason})", reason=str(error)))) from error


def _fault(path: str | Path, rule: str) -> Fault:
    return Fault(str(path), "", rule, say("Give GeoJSON polygons in degrees, or leave the coast out."))


def _outer_rings(shape: Any) -> Iterator[Any]:
    match shape["type"]:
        case "FeatureCollection":
            for part in shape["features"]:
                yield from _outer_rings(part)
        case "Feature" if shape["geometry"] is not None:
            yield from _outer_rings(shape["geometry"])
        case "GeometryCollection":
            for part in shape["geometries"]:
                yield from _outer_rings(part)
        case "Polygon":
            yield from shape["coordinates"][:1]
        case "MultiPolygon":
            for polygon in shape["coordinates"]:
                yield from polygon[:1]
        case "Feature" | "Point" | "MultiPoint" | "LineString" | "MultiLineString":
            return
        case other:
            raise ValueError(other)


def _ring(ring: Any) -> Floats:
    points = np.array([(float(p[0]), float(p[1])) for p in ring]).reshape(-1, 2)
    if len(points) < 4 or not np.isfinite(points).all() or np.abs(points[:, 1]).max() > 90.0:
        raise ValueError(ring[:2])
    points[:, 0] = np.unwrap(points[:, 0], period=360.0)
    return points
