"""The land under the map: its outline from GeoJSON, and degrees that no date line tears."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mamori.records import Floats

KM_A_DEGREE = 111.2
Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Frame:
    """Longitudes counted from the middle of the country, so that the date line does not tear it."""

    middle_deg: float

    def east(self, longitude_deg: Floats | Sequence[float]) -> Floats:
        """Longitudes within half a turn of the middle."""
        return (np.asarray(longitude_deg, dtype=np.float64) - self.middle_deg + 180.0) % 360.0 - 180.0 + self.middle_deg


def middle_deg(longitudes_deg: Sequence[float]) -> float:
    """Mean direction of longitudes; 0 for none."""
    found = np.radians(np.asarray(longitudes_deg, dtype=np.float64))
    return math.degrees(math.atan2(float(np.sin(found).sum()), float(np.cos(found).sum())))


def coast(file: Path, frame: Frame) -> list[Ring]:
    """Outer rings of a GeoJSON file's polygons as (east, north); lakes are left out, for it is a sketch.

    Raises OSError, or ValueError, TypeError, LookupError, AttributeError for a file that is not GeoJSON.
    """
    return [_ring(ring, frame) for ring in _outer_rings(json.loads(file.read_text(encoding="utf-8")))]


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


def _ring(ring: Any, frame: Frame) -> list[tuple[float, float]]:
    points = np.array([(float(p[0]), float(p[1])) for p in ring]).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise ValueError(ring)
    return list(zip(frame.east(points[:, 0]).tolist(), points[:, 1].tolist(), strict=True))


def box(points: list[tuple[float, float]], margin: float) -> tuple[list[float], list[float]]:
    """Ranges of longitude and latitude around points, with a margin of their greater span."""
    x, y = np.array(points).T
    room = margin * max(float(np.ptp(x)), float(np.ptp(y)), 0.1)
    return [float(x.min()) - room, float(x.max()) + room], [float(y.min()) - room, float(y.max()) + room]
