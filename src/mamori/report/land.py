"""The land under the map: its outline from GeoJSON, and degrees that no date line tears."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mamori.records import Floats
from mamori.world.coast import read_coast

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
    """Outer rings of the land as (east, north). Raises CaseError for a file that cannot be read or is not GeoJSON."""
    found = []
    for ring in read_coast(file):
        shift = float(frame.east([float(ring[:, 0].mean())])[0]) - float(ring[:, 0].mean())
        found.append(list(zip((ring[:, 0] + shift).tolist(), ring[:, 1].tolist(), strict=True)))
    return found


def box(points: list[tuple[float, float]], margin: float) -> tuple[list[float], list[float]]:
    """Ranges of longitude and latitude around points, with a margin of their greater span."""
    x, y = np.array(points).T
    room = margin * max(float(np.ptp(x)), float(np.ptp(y)), 0.1)
    return [float(x.min()) - room, float(x.max()) + room], [float(y.min()) - room, float(y.max()) + room]
