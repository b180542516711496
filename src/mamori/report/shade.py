"""The relief under the map: the ground as lit from the north-west, one layer that light and dark pages share."""

import base64
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.report.land import Frame
from mamori.report.theme import SHADE_SCALE
from mamori.world.terrain import Terrain

MOST_CELLS = 90_000
"""Cells of the picture; a finer grid is averaged. One takes a byte, four thirds of one on the page."""
STEEPER = 4.0
"""Slopes are drawn so much steeper: cells of kilometres flatten them."""
_LIGHT = np.array([-1.0, 1.0, math.sqrt(2.0)]) / 2.0  # from the north-west, 45 degrees high


def shade(terrain: Terrain, frame: Frame) -> dict[str, Any] | None:
    """The layer: 0 where the ground is level or sea, up to 127 on slopes in the light and -127 in their shade; None
    where all is sea."""
    n = max(1, math.ceil(math.sqrt(terrain.height_m.size / MOST_CELLS)))
    rows, columns = (size // n for size in terrain.height_m.shape)
    if not terrain.height_m.any() or rows < 2 or columns < 2:
        return None
    height = terrain.height_m[: rows * n, : columns * n].reshape(rows, n, columns, n).mean(axis=(1, 3))
    step = math.degrees(terrain.latitude_step_rad) * n, math.degrees(terrain.longitude_step_rad) * n
    south = math.degrees(terrain.south_rad) + 0.5 * (step[0] - step[0] / n)
    west = math.degrees(terrain.west_rad) + 0.5 * (step[1] - step[1] / n)
    middle = float(frame.east([west + 0.5 * columns * step[1]])[0])
    lit = _lit(height, south, step)
    z = {"dtype": "i1", "shape": f"{rows}, {columns}", "bdata": base64.b64encode(lit.tobytes()).decode()}
    return {
        "type": "heatmap", "name": "ground", "x0": middle - 0.5 * columns * step[1], "dx": step[1], "y0": south,
        "dy": step[0], "z": z,
        "zmin": -127, "zmax": 127, "colorscale": SHADE_SCALE, "showscale": False, "hoverinfo": "skip",
        "showlegend": False, "zsmooth": "fast",
    }  # fmt: skip


def _lit(height_m: NDArray[np.float64], south_deg: float, step_deg: tuple[float, float]) -> NDArray[np.int8]:
    """(rows, columns) brightness beyond that of level ground, -127 to 127."""
    metres = math.radians(1.0) * MEAN_RADIUS_M
    wide = np.cos(np.radians(south_deg + step_deg[0] * np.arange(len(height_m))))
    north, east = np.gradient(height_m)
    north *= STEEPER / (metres * step_deg[0])
    east *= STEEPER / (metres * step_deg[1] * np.maximum(wide, 0.01))[:, None]
    cosine = (_LIGHT[2] - east * _LIGHT[0] - north * _LIGHT[1]) / np.sqrt(1.0 + east * east + north * north)
    level = _LIGHT[2]
    share = np.where(cosine > level, (cosine - level) / (1.0 - level), (cosine - level) / level)
    brightness: NDArray[np.int8] = np.rint(127.0 * np.clip(share, -1.0, 1.0)).astype(np.int8)
    return brightness
