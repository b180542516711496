"""The map: land, grid, people, defences, one raid's aims and where impacts fell. Drawn on its own axes, without map tiles."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mamori.errors import MamoriError
from mamori.grid.schema import grid_case
from mamori.raid.pipeline import Raid
from mamori.raid.threats import draw
from mamori.records import Floats, Ints
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.subject import Subject
from mamori.report.theme import BATTERY_SYMBOLS, HOURS_OFF_SCALE, SYMBOLS
from mamori.report.words import KINDS, counted, hours, listed, number
from mamori.scenario.schema import Scenario

TITLE = "The map"
MOST_IMPACTS = 1500
KM_A_DEGREE = 111.2
Trace = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """Longitudes counted from the middle of the country, so that the date line does not tear it."""

    middle_deg: float

    def east(self, longitude_deg: Floats | Sequence[float]) -> Floats:
        """Longitudes within half a turn of the middle."""
        return (np.asarray(longitude_deg, dtype=np.float64) - self.middle_deg + 180.0) % 360.0 - 180.0 + self.middle_deg


def section(subject: Subject) -> Section:
    """The map of a run."""
    scenario = subject.scenario
    if scenario is None:
        return Section(
            "island", TITLE, missing=(f"The scenario of this run cannot be read, so there is no map: {subject.scenario_fault}",)
        )
    missing: list[str] = []
    grid, places = _grid(scenario, missing)
    frame = Frame(_middle(places, scenario))
    coast, outline = _coast(scenario, frame, missing)
    people, told_people = _districts(subject, scenario, frame, missing)
    sites = [*_moved(grid, frame), *people, *_defences(scenario, frame, missing)]
    lines, told_lines = _launches(subject, scenario, frame, missing)
    impacts, told_impacts = _impacts(subject, frame, missing)
    data = [*coast, *lines, *impacts, *sites]
    land = outline or [(x, y) for trace in sites for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None]
    if not land:
        return Section("island", TITLE, missing=("The scenario has no places to draw.", *missing))
    everything = land + [(x, y) for trace in lines for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None]
    near, far = _box(land, 0.08), _box(everything, 0.04)
    data.append(_scale_bar(near))
    layout = _layout(near, far if lines else None)
    counts = [
        counted(len(scenario.sensing.sensors), "sensor", "sensors"),
        counted(len(scenario.defence.batteries), "battery", "batteries"),
        counted(len(scenario.world.districts), "district", "districts"),
        counted(len(scenario.world.ports), "port", "ports"),
    ]
    says = " ".join([f"{listed(counts)}.", *(t for t in (told_people, told_lines, told_impacts) if t)])
    title = "Who and what is where, and how long the lights are out"
    return Section("island", TITLE, figures=(Figure("map", title, says, data, layout, 760, is_map=True),), missing=tuple(missing))


def _grid(scenario: Scenario, missing: list[str]) -> tuple[list[Trace], list[float]]:
    try:
        case = grid_case(scenario.grid, Path())
    except MamoriError as error:
        missing.append(f"The grid is not drawn: {error}")
        return [], []
    latitude, longitude = np.degrees(case.site_latitude_rad), np.degrees(case.site_longitude_rad)
    start, end = case.site_i[case.branch_from_i], case.site_i[case.branch_to_i]
    pairs = sorted({(min(a, b), max(a, b)) for a, b in zip(start.tolist(), end.tolist(), strict=True) if a != b})
    x = [v for a, b in pairs for v in (float(longitude[a]), float(longitude[b]), None)]
    y = [v for a, b in pairs for v in (float(latitude[a]), float(latitude[b]), None)]
    n_buses, plant_mw = np.bincount(case.site_i), np.zeros(len(latitude))
    np.add.at(plant_mw, case.site_i[case.generator_bus_i], case.generator_mw)
    text = [
        f"{safe(name)}: {counted(float(n), 'bus', 'buses')}, plant of {number(float(mw))} MW"
        for name, n, mw in zip(case.site_name, n_buses, plant_mw, strict=True)
    ]
    lines = {
        "type": "scatter", "mode": "lines", "name": "lines", "x": x, "y": y, "hoverinfo": "skip",
        "line": {"color": "@wire", "width": 1.2}, **_group("grid", "Grid"),
    }  # fmt: skip
    sites = _marks("sites", longitude, latitude, text, "@site", "square", 5, _group("grid", "Grid"))
    return [lines, sites], longitude.tolist()


def _moved(traces: list[Trace], frame: Frame) -> list[Trace]:
    return [{**t, "x": [None if x is None else float(frame.east([x])[0]) for x in t["x"]]} for t in traces]


def _middle(longitudes: list[float], scenario: Scenario) -> float:
    """Mean direction of all places, right across the date line too."""
    world = scenario.world
    places = [*world.districts, *world.ports, *scenario.sensing.sensors, *scenario.defence.batteries]
    found = np.radians(longitudes or [place.longitude_deg for place in places] or [0.0])
    return math.degrees(math.atan2(float(np.sin(found).sum()), float(np.cos(found).sum())))


def _coast(scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], list[tuple[float, float]]]:
    file = scenario.world.coast_file
    if file is None:
        missing.append("No coast is drawn: the scenario names no coast file.")
        return [], []
    try:
        rings = [_ring(ring, frame) for ring in _outer_rings(json.loads(Path(file).read_text(encoding="utf-8")))]
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        missing.append("No coast is drawn: the scenario's coast file is gone or is not GeoJSON of polygons.")
        return [], []
    x = [v for ring in rings for v in (*(p[0] for p in ring), None)]
    y = [v for ring in rings for v in (*(p[1] for p in ring), None)]
    land = {
        "type": "scatter", "mode": "lines", "name": "coast", "x": x, "y": y, "fill": "toself", "fillcolor": "@land",
        "line": {"color": "@shore", "width": 1}, "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    return ([land] if x else []), [p for ring in rings for p in ring]


def _outer_rings(shape: Any) -> Iterator[Any]:
    """Outer rings of all polygons; lakes are left out, for it is a sketch."""
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


def _districts(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    places = scenario.world.districts
    if not places:
        missing.append("The scenario has no districts: nobody's hours without power are known.")
        return [], ""
    rows = subject.read("districts", ["district", "hours_off"]).group_by("district").aggregate([("hours_off", "mean")])
    off = dict(zip(rows["district"].to_pylist(), rows["hours_off_mean"].to_pylist(), strict=True))
    mean = [off.get(place.id) or 0.0 for place in places]
    names = [place.name or place.id for place in places]
    text = [
        f"{safe(name)}: {number(place.people)} people, {hours(x)} off on average"
        for name, place, x in zip(names, places, mean, strict=True)
    ]
    most = max((place.people for place in places), default=0) or 1
    mark = {
        "color": mean, "colorscale": HOURS_OFF_SCALE, "cmin": 0.0, "cmax": max(*mean, 1e-9), "line": {"color": "@soft", "width": 1},
        "size": [8.0 + 26.0 * math.sqrt(place.people / most) for place in places], "opacity": 0.9,
        "colorbar": {
            "title": {"text": "mean hours without power", "side": "top"}, "orientation": "h", "y": 1.0, "yanchor": "bottom",
            "x": 0.5, "len": 0.6, "thickness": 10, "outlinewidth": 0,
        },
    }  # fmt: skip
    trace = _marks("districts", _east(places, frame), _north(places), text, "@off1", "circle", 9, _group("people", "People"))
    worst = max(range(len(places)), key=lambda i: mean[i])
    told = (
        f"The district longest without power is {names[worst]} with {hours(mean[worst])} on average; "
        f"{number(sum(1 for x in mean if x < 1.0))} of {len(mean)} districts lose less than an hour."
    )
    return [{**trace, "marker": mark}, *_ports(scenario, frame)], told


def _ports(scenario: Scenario, frame: Frame) -> list[Trace]:
    ports = scenario.world.ports
    text = [safe(port.name or port.id) for port in ports]
    group = _group("people", "People")
    return [_marks("ports", _east(ports, frame), _north(ports), text, "@port", "star", 10, group)] if ports else []


def _defences(scenario: Scenario, frame: Frame, missing: list[str]) -> list[Trace]:
    group, found = _group("defence", "Defence"), []
    sensors, batteries = scenario.sensing.sensors, scenario.defence.batteries
    if sensors:
        text = [f"{safe(s.id)}: {safe(s.class_name)}" for s in sensors]
        found.append(_marks("sensors", _east(sensors, frame), _north(sensors), text, "@sensor", "triangle-up-open", 10, group))
    else:
        missing.append("The scenario has no sensors.")
    if not batteries:
        missing.append("The scenario has no batteries.")
    for i, name in enumerate(sorted({battery.class_name for battery in batteries})):
        mine = [battery for battery in batteries if battery.class_name == name]
        text = [f"{safe(b.id)}: {safe(name)}" for b in mine]
        symbol = BATTERY_SYMBOLS[i % len(BATTERY_SYMBOLS)]
        label = safe(name.removesuffix("-notional").replace("-", " "))
        found.append(_marks(label, _east(mine, frame), _north(mine), text, "@battery", symbol, 10, group))
    return found


def _launches(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    """Straight lines from launch to aim of one night: who comes from where, not the paths flown."""
    rows = subject.read("threats", ["threat", "fate"], subject.night)
    if not len(rows):
        missing.append("No threat was launched in the night that is shown.")
        return [], ""
    which = subject.replicas.filter(pa.compute.equal(subject.replicas["replica"], subject.night))
    try:
        world = Raid(scenario).world(subject.night)
        variant = next(v for v in world.scenario.raid.variants if v.id == which["variant"][0].as_py())
        aim_draw = int(which["aim_draw"][0].as_py())
        threats = draw(variant, world.threat_classes, world.kinds, world.aims, scenario.run.seed, aim_draw)
    except (MamoriError, StopIteration, KeyError):
        threats = None
    if threats is None or list(threats.id) != rows["threat"].to_pylist():
        missing.append("Launches and aims are not drawn: the scenario does not give this run's threats any more.")
        return [], ""
    east = frame.east(np.degrees(threats.launch_longitude_rad)), frame.east(np.degrees(threats.aim_longitude_rad))
    north = np.degrees(threats.launch_latitude_rad), np.degrees(threats.aim_latitude_rad)
    kinds: Ints = threats.kind
    found: list[Trace] = []
    for code, kind in enumerate(KINDS):
        mine = np.flatnonzero(kinds == code).tolist()
        if mine:
            x = [v for i in mine for v in (float(east[0][i]), float(east[1][i]), None)]
            y = [v for i in mine for v in (float(north[0][i]), float(north[1][i]), None)]
            found.append(
                {"type": "scatter", "mode": "lines", "name": KINDS[kind][1], "x": x, "y": y, "opacity": 0.45,
                 "line": {"color": f"@{kind}", "width": 0.8}, "hoverinfo": "skip",
                 **_group("raid", "One night, launch to aim")}
            )  # fmt: skip
    through = sum(1 for fate in rows["fate"].to_pylist() if fate == "impact")
    told = f"In the night that is drawn (replica {subject.night}), {through} of {len(rows)} threats came down working."
    return found, told


def _impacts(subject: Subject, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    """Where impacts fell, every n-th of all nights, so that the picture keeps their density."""
    rows = subject.read("impacts", ["threat", "latitude_deg", "longitude_deg"])
    if not len(rows):
        missing.append("Nothing came down in any night.")
        return [], ""
    step = -(-len(rows) // MOST_IMPACTS)
    rows = rows.take(pa.array(range(0, len(rows), step)))
    codes = subject.kinds(rows["threat"])
    names = list(KINDS)
    known = [names[c] if c >= 0 else "" for c in codes.tolist()]
    marker = {
        "color": [f"@{kind}" if kind else "@soft" for kind in known], "symbol": [SYMBOLS.get(kind, "circle") for kind in known],
        "size": 5, "opacity": 0.35,
    }  # fmt: skip
    group = _group("raid", "One night, launch to aim")
    text = [KINDS[kind][0] if kind else "threat" for kind in known]
    trace = _marks("impacts of all nights", frame.east(rows["longitude_deg"].to_numpy()), rows["latitude_deg"].to_numpy(), text,
                   "@soft", "circle", 5, group)  # fmt: skip
    told = f"The small marks are {'every impact' if step == 1 else f'one impact in {number(float(step))}'} of all nights."
    return [{**trace, "marker": marker}], told


def _marks(
    name: str, x: Floats, y: Floats, text: list[str], colour: str, symbol: str, size: int, group: dict[str, Any]
) -> Trace:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": x.tolist(), "y": y.tolist(), "text": text,
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": colour, "symbol": symbol, "size": size, "line": {"color": "@paper", "width": 1}}, **group,
    }  # fmt: skip


def _group(name: str, title: str) -> dict[str, Any]:
    return {"legendgroup": name, "legendgrouptitle": {"text": title}}


def _east(places: Sequence[Any], frame: Frame) -> Floats:
    return frame.east([place.longitude_deg for place in places])


def _north(places: Sequence[Any]) -> Floats:
    return np.array([place.latitude_deg for place in places], dtype=np.float64)


def _box(points: list[tuple[float, float]], margin: float) -> tuple[list[float], list[float]]:
    """Ranges of longitude and latitude around points, with a margin of their greater span."""
    x, y = np.array(points).T
    room = margin * max(float(np.ptp(x)), float(np.ptp(y)), 0.1)
    return [float(x.min()) - room, float(x.max()) + room], [float(y.min()) - room, float(y.max()) + room]


def _scale_bar(box: tuple[list[float], list[float]]) -> Trace:
    (west, east), (south, north) = box
    wide_km = (east - west) * KM_A_DEGREE * math.cos(math.radians(0.5 * (south + north)))
    km = next((k for k in (1000, 500, 200, 100, 50, 20, 10, 5, 2) if k < 0.35 * wide_km), 1)
    degrees = km / KM_A_DEGREE / math.cos(math.radians(0.5 * (south + north)))
    x, y = west + 0.03 * (east - west), south + 0.03 * (north - south)
    return {
        "type": "scatter", "mode": "lines+text", "name": "scale", "x": [x, x + degrees], "y": [y, y], "hoverinfo": "skip",
        "text": [f"{km} km", ""], "textposition": "top right", "line": {"color": "@ink", "width": 3}, "showlegend": False,
    }  # fmt: skip


def _layout(near: tuple[list[float], list[float]], far: tuple[list[float], list[float]] | None) -> dict[str, Any]:
    middle = math.radians(0.5 * sum(near[1]))
    layout: dict[str, Any] = {
        "xaxis": axis("longitude, degrees east", range=near[0], constrain="domain", zeroline=False, ticksuffix="°"),
        "yaxis": axis(
            "latitude, degrees north", range=near[1], scaleanchor="x", scaleratio=1.0 / math.cos(middle), constrain="domain",
            zeroline=False, ticksuffix="°",
        ),
        "plot_bgcolor": "@sea",
        "dragmode": "pan",
        "legend": {"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "itemsizing": "constant", "groupclick": "toggleitem"},
    }  # fmt: skip
    if far is not None:
        views = (("the island", near), ("the whole raid", far))
        layout["updatemenus"] = [
            {
                "type": "buttons", "direction": "right", "x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "showactive": False,
                "bgcolor": "@paper", "bordercolor": "@grid", "font": {"color": "@ink"},
                "buttons": [
                    {"label": label, "method": "relayout", "args": [{"xaxis.range": box[0], "yaxis.range": box[1]}]}
                    for label, box in views
                ],
            }
        ]  # fmt: skip
    return layout
