"""Single flights as files: rows of their paths, CZML for globes, GeoJSON for maps, a picture of height over range."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.flight.single import Flown
from mamori.language.message import say

__all__ = ["write_csv", "write_czml", "write_geojson", "write_plot"]

EPOCH = "2000-01-01T00:00:00Z"
"""When every flight starts in CZML: its clock needs a date."""
_COLOURS = ((213, 94, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233))
"""Okabe and Ito's, which nearly everybody can tell apart."""
_MOST_LEGEND = 12


def write_csv(flown: Sequence[Flown], file: Path) -> None:
    """One row a second and flight: time, place, height, speed over the ground."""
    with file.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(["id", "time_s", "latitude_deg", "longitude_deg", "height_m", "speed_m_s", "ground_range_m"])
        for one in flown:
            rows = zip(
                one.time_s, np.degrees(one.latitude_rad), np.degrees(one.longitude_rad), one.height_m, one.speed_m_s,
                _ranges_m(one), strict=True,
            )  # fmt: skip
            for t, latitude, longitude, height, speed, ground in rows:
                lines.writerow(
                    [one.asked.id, f"{t:.3f}", f"{latitude:.7f}", f"{longitude:.7f}", f"{height:.2f}", f"{speed:.3f}",
                     f"{ground:.1f}"]
                )  # fmt: skip


def write_czml(flown: Sequence[Flown], file: Path) -> None:
    """The flights as moving points with their paths behind them."""
    from czml3.core import Document

    last_s = max((float(one.time_s[-1]) for one in flown if one.time_s.size), default=1.0)
    span = f"{EPOCH}/{_clock(last_s)}"
    packets: list[dict[str, Any]] = [
        {
            "id": "document",
            "name": "mamori flight",
            "version": "1.0",
            "clock": {"interval": span, "currentTime": EPOCH, "multiplier": 10, "range": "CLAMPED"},
        }
    ]
    for n, one in enumerate(one for one in flown if one.time_s.size):
        colour = {"rgba": [*_COLOURS[n % len(_COLOURS)], 255]}
        sampled = np.stack(
            [one.time_s, np.degrees(one.longitude_rad), np.degrees(one.latitude_rad), one.height_m], axis=1
        )
        packets.append(
            {
                "id": f"flight/{n}/{one.asked.id}",
                "name": f"{one.asked.id} ({one.class_name})",
                "availability": f"{EPOCH}/{_clock(float(one.time_s[-1]))}",
                "position": {
                    "epoch": EPOCH,
                    "interpolationAlgorithm": "LAGRANGE",
                    "interpolationDegree": 3,
                    "cartographicDegrees": [round(x, 7) for x in sampled.ravel().tolist()],
                },
                "point": {"pixelSize": 8, "color": colour},
                "path": {"width": 2, "leadTime": 0, "material": {"solidColor": {"color": colour}}},
            }
        )
    file.write_text(Document.model_validate(packets).dumps(), encoding="utf-8")


def write_geojson(flown: Sequence[Flown], file: Path) -> None:
    """Each flight as a line with heights, cut where it crosses the date line, with its numbers as properties."""
    features = []
    for one in flown:
        if not one.time_s.size:
            continue
        longitude, latitude = np.degrees(one.longitude_rad), np.degrees(one.latitude_rad)
        points = np.stack([longitude, latitude, one.height_m], axis=1).round(7)
        cuts = np.flatnonzero(np.abs(np.diff(longitude)) > 180.0) + 1
        lines = [part.tolist() for part in np.split(points, cuts) if len(part) > 1]
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": str(one.asked.id),
                    "class": one.class_name,
                    "flight_time_s": round(one.flight_time_s, 2),
                    "apogee_m": round(one.apogee_m, 1),
                    "range_m": round(one.range_m, 1),
                    "impact_speed_m_s": round(one.impact_speed_m_s, 1),
                    "impact_angle_deg": round(math.degrees(one.impact_angle_rad), 2),
                },
                "geometry": {"type": "MultiLineString", "coordinates": lines}
                if len(lines) > 1
                else {"type": "LineString", "coordinates": lines[0]},
            }
        )
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def write_plot(flown: Sequence[Flown], file: Path) -> None:
    """Height over range as PNG, to the same scale both ways where that leaves something to see."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        remedy = say("Install it: pip install 'mamori[plot]'.")
        raise ScenarioError(Fault("--plot", str(file), say("needs matplotlib, which is not there"), remedy)) from None

    figure = Figure(figsize=(9.0, 5.0), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    there = [one for one in flown if one.time_s.size]
    for n, one in enumerate(there):
        ground_km, height_km = _ranges_m(one) / 1e3, one.height_m / 1e3
        colour = tuple(c / 255 for c in _COLOURS[n % len(_COLOURS)])
        style = ("-", "--", ":", "-.")[n // len(_COLOURS) % 4]
        name = f"{one.asked.id} ({one.class_name}), {one.flight_time_s / 60.0:.1f} min"
        axes.plot(ground_km, height_km, style, color=colour, label=name, linewidth=1.6)
        burn = int(np.searchsorted(one.time_s, one.burnout_s))
        top = int(one.height_m.argmax())
        axes.plot(ground_km[burn : burn + 1], height_km[burn : burn + 1], "o", color=colour, markersize=5)
        axes.plot(ground_km[top], height_km[top], "^", color=colour, markersize=6)
    axes.set_xlabel("range over the ground, km")
    axes.set_ylabel("height, km")
    axes.set_title("Height over range: dots where the boost ends, triangles at the apogee", fontsize=10)
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    axes.grid(alpha=0.3)
    if there and len(there) <= _MOST_LEGEND:
        axes.legend(fontsize=8)
    wide = max((float(_ranges_m(one)[-1]) for one in there), default=1.0)
    high = max((float(one.height_m.max()) for one in there), default=1.0)
    if 0.2 * wide < high < 1.2 * wide:
        axes.set_aspect("equal")
    figure.savefig(file, format="png", metadata={"Software": None})


def _ranges_m(one: Flown) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Way over the ground (P,) from the launch, m; the last is the flight's range."""
    if not one.time_s.size:
        return np.zeros(0)
    cos = np.cos(one.latitude_rad)
    point = np.stack([cos * np.cos(one.longitude_rad), cos * np.sin(one.longitude_rad), np.sin(one.latitude_rad)])
    across = np.linalg.norm(np.cross(point[:, 0], point.T), axis=1)
    angle = np.arctan2(across, point[:, 0] @ point)
    scale: np.ndarray[Any, np.dtype[np.float64]] = angle * (one.range_m / angle[-1] if angle[-1] > 0.0 else 1.0)
    return scale


def _clock(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"2000-01-01T{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}Z"
