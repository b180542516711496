"""The map: land, grid, people, defences, one raid's aims and where impacts fell; on its own axes, without map tiles."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mamori.errors import MamoriError
from mamori.grid.schema import grid_case
from mamori.language.message import noun
from mamori.raid.pipeline import Raid
from mamori.records import Floats, Ints
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.land import KM_A_DEGREE, Frame, Ring, box, coast, middle_deg
from mamori.report.names import class_name
from mamori.report.subject import Subject
from mamori.report.theme import BATTERY_SYMBOLS, HOURS_OFF_SCALE, SYMBOLS
from mamori.report.words import KINDS, PERSON, Words
from mamori.scenario.schema import Scenario

MOST_IMPACTS = 1500
SENSOR = noun("sensor", "sensors")
BATTERY = noun("battery", "batteries")
DISTRICT = noun("district", "districts")
PORT = noun("port", "ports")
BUS = noun("bus", "buses")
Trace = dict[str, Any]


def section(subject: Subject) -> Section | None:
    """The map of a run; none for the public, for a map says where things are."""
    if subject.is_public:
        return None
    scenario, w = subject.scenario, subject.words
    heading = w.say("The map")
    if scenario is None:
        said = w.say(
            "The scenario of this run cannot be read, so there is no map: {fault}", fault=subject.scenario_fault
        )
        return Section("island", heading, missing=(said,))
    missing: list[str] = []
    grid, places = _grid(w, scenario, missing)
    world = scenario.world
    bases = [*world.districts, *world.ports, *scenario.sensing.sensors, *scenario.defence.batteries]
    frame = Frame(middle_deg(places or [base.longitude_deg for base in bases]))
    outline = _coast(w, scenario, frame, missing)
    people, told_people = _districts(subject, scenario, frame, missing)
    things = [*_moved(grid, frame), *people, *_ports(w, scenario, frame)]
    defences = _defences(w, scenario, frame, missing)
    lines, told_lines = _launches(subject, scenario, frame, missing)
    impacts, told_impacts = _impacts(subject, frame, missing)
    places_drawn = [p for ring in outline for p in ring] or _points([*things, *defences])
    if not places_drawn:
        return Section("island", heading, missing=(w.say("The scenario has no places to draw."), *missing))
    near, far = box(places_drawn, 0.08), box([*places_drawn, *_points(lines)], 0.04)
    data = [*_land(outline), *lines, *things, *impacts, *defences, _scale_bar(near)]
    layout = _layout(w, near, far if lines else None)
    counts = [
        w.counted(len(scenario.sensing.sensors), SENSOR),
        w.counted(len(scenario.defence.batteries), BATTERY),
        w.counted(len(scenario.world.districts), DISTRICT),
        w.counted(len(scenario.world.ports), PORT),
    ]
    counted = w.say("The map shows {counts}.", counts=w.listed(counts))
    says = w.sentences([counted, told_people, told_lines, told_impacts])
    title = w.say("Who and what is where, and how long the lights are out")
    return Section(
        "island", heading, figures=(Figure("map", title, says, data, layout, 960, is_map=True),), missing=tuple(missing)
    )


def _grid(w: Words, scenario: Scenario, missing: list[str]) -> tuple[list[Trace], list[float]]:
    try:
        case = grid_case(scenario.grid, Path())
    except MamoriError as error:
        missing.append(w.say("The grid is not drawn: {error}", error=error.said(w.language)))
        return [], []
    latitude, longitude = np.degrees(case.site_latitude_rad), np.degrees(case.site_longitude_rad)
    start, end = case.site_i[case.branch_from_i], case.site_i[case.branch_to_i]
    pairs = sorted({(min(a, b), max(a, b)) for a, b in zip(start.tolist(), end.tolist(), strict=True) if a != b})
    x = [v for a, b in pairs for v in (float(longitude[a]), float(longitude[b]), None)]
    y = [v for a, b in pairs for v in (float(latitude[a]), float(latitude[b]), None)]
    n_buses, plant_mw = np.bincount(case.site_i), np.zeros(len(latitude))
    np.add.at(plant_mw, case.site_i[case.generator_bus_i], case.generator_mw)
    text = [
        w.say(
            "{site}: {buses}, plant of {power} MW",
            site=safe(name), buses=w.counted(float(n), BUS), power=w.number(float(mw)),
        )
        for name, n, mw in zip(case.site_name, n_buses, plant_mw, strict=True)
    ]  # fmt: skip
    lines = {
        "type": "scatter", "mode": "lines", "name": w.say("power lines"), "x": x, "y": y, "hoverinfo": "skip",
        "line": {"color": "@wire", "width": 1.2},
    }  # fmt: skip
    sites = _marks(w.say("grid sites"), (longitude, latitude), text, {"color": "@site", "symbol": "square", "size": 5})
    return [lines, sites], longitude.tolist()


def _moved(traces: list[Trace], frame: Frame) -> list[Trace]:
    return [{**t, "x": [None if x is None else float(frame.east([x])[0]) for x in t["x"]]} for t in traces]


def _coast(w: Words, scenario: Scenario, frame: Frame, missing: list[str]) -> list[Ring]:
    file = scenario.world.coast_file
    if file is None:
        missing.append(w.say("No coast is drawn: the scenario names no coast file."))
        return []
    try:
        return coast(Path(file), frame)
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        missing.append(w.say("No coast is drawn: the scenario's coast file is gone or is not GeoJSON of polygons."))
        return []


def _land(rings: list[Ring]) -> list[Trace]:
    if not rings:
        return []
    return [
        {
            "type": "scatter", "mode": "lines", "name": "coast", "fill": "toself", "fillcolor": "@land",
            "x": [v for ring in rings for v in (*(p[0] for p in ring), None)],
            "y": [v for ring in rings for v in (*(p[1] for p in ring), None)],
            "line": {"color": "@shore", "width": 1}, "hoverinfo": "skip", "showlegend": False,
        }
    ]  # fmt: skip


def _points(traces: list[Trace]) -> list[tuple[float, float]]:
    return [(x, y) for trace in traces for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None]


def _districts(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    places, w = scenario.world.districts, subject.words
    if not places:
        missing.append(w.say("The scenario has no districts: nobody's hours without power are known."))
        return [], ""
    rows = subject.read("districts", ["district", "hours_off"]).group_by("district").aggregate([("hours_off", "mean")])
    off = dict(zip(rows["district"].to_pylist(), rows["hours_off_mean"].to_pylist(), strict=True))
    mean = [off.get(place.id) or 0.0 for place in places]
    names = [place.name or place.id for place in places]
    text = [
        w.say(
            "{district}: {people}, {hours} without power on average",
            district=safe(name), people=w.counted(place.people, PERSON), hours=w.hours(x),
        )
        for name, place, x in zip(names, places, mean, strict=True)
    ]  # fmt: skip
    most = max((place.people for place in places), default=0) or 1
    marker = {
        "color": mean, "colorscale": HOURS_OFF_SCALE, "cmin": 0.0, "cmax": max(*mean, 1e-9), "opacity": 0.9,
        "line": {"color": "@soft", "width": 1}, "size": [8.0 + 26.0 * math.sqrt(p.people / most) for p in places],
        "colorbar": {
            "title": {"text": w.say("mean hours without power"), "side": "top", "font": {"size": 11}},
            "orientation": "h",
            "x": 1.0, "xanchor": "right", "y": 1.0, "yanchor": "bottom", "len": 0.5, "thickness": 8, "outlinewidth": 0,
            "nticks": 4,
        },
    }  # fmt: skip
    found = [_marks(w.many(DISTRICT), _at(places, frame), text, marker)]
    worst = max(range(len(places)), key=lambda i: mean[i])
    told = w.say(
        "The district longest without power is {district} with {hours} on average; {few} of {all} districts lose less "
        "than an hour.",
        district=names[worst], hours=w.hours(mean[worst]), few=w.number(sum(1 for x in mean if x < 1.0)),
        all=w.number(len(mean)),
    )  # fmt: skip
    return found, told


def _ports(w: Words, scenario: Scenario, frame: Frame) -> list[Trace]:
    ports = scenario.world.ports
    text = [safe(port.name or port.id) for port in ports]
    marker = {"color": "@port", "symbol": "star", "size": 10}
    return [_marks(w.many(PORT), _at(ports, frame), text, marker)] if ports else []


def _defences(w: Words, scenario: Scenario, frame: Frame, missing: list[str]) -> list[Trace]:
    found: list[Trace] = []
    sensors, batteries = scenario.sensing.sensors, scenario.defence.batteries
    if not sensors:
        missing.append(w.say("The scenario has no sensors."))
    if not batteries:
        missing.append(w.say("The scenario has no batteries."))
    if sensors:
        text = [f"{safe(s.id)}: {safe(class_name(w, s.class_name))}" for s in sensors]
        line = {"color": "@sensor", "width": 2}
        marker = {"color": "@sensor", "symbol": "triangle-up-open", "size": 10, "line": line}
        found.append(_marks(w.many(SENSOR), _at(sensors, frame), text, marker))
    for i, name in enumerate(sorted({battery.class_name for battery in batteries})):
        mine = [battery for battery in batteries if battery.class_name == name]
        label = safe(class_name(w, name))
        text = [f"{safe(b.id)}: {label}" for b in mine]
        marker = {"color": "@battery", "symbol": BATTERY_SYMBOLS[i % len(BATTERY_SYMBOLS)], "size": 10}
        found.append(_marks(label, _at(mine, frame), text, marker))
    return found


def _launches(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    """Straight lines from launch to aim of one night: who comes from where, not the paths flown."""
    w = subject.words
    rows = subject.read("threats", ["threat", "fate"], subject.night)
    if not len(rows):
        missing.append(w.say("No threat was launched in the night that is shown."))
        return [], ""
    which = subject.replicas.filter(pa.compute.equal(subject.replicas["replica"], subject.night))
    try:
        world = Raid(scenario).world(subject.night)
        variant_i = [v.id for v in world.scenario.raid.variants].index(which["variant"][0].as_py())
        threats = world.threats(variant_i, int(which["aim_draw"][0].as_py()))
    except (MamoriError, ValueError, KeyError):
        threats = None
    if threats is None or list(threats.id) != rows["threat"].to_pylist():
        missing.append(
            w.say("Launches and aims are not drawn: the scenario does not give this run's threats any more.")
        )
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
                {"type": "scatter", "mode": "lines", "name": w.many(KINDS[kind]), "x": x, "y": y, "opacity": 0.45,
                 "line": {"color": f"@{kind}", "width": 0.8}, "hoverinfo": "skip"}
            )  # fmt: skip
    through = sum(1 for fate in rows["fate"].to_pylist() if fate == "impact")
    told = w.say(
        "In the night that is drawn (replica {replica}), {through} of {total} threats came down working.",
        replica=subject.night, through=w.number(through), total=w.number(len(rows)),
    )  # fmt: skip
    return found, told


def _impacts(subject: Subject, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    """Where impacts fell, every n-th of all nights, so that the picture keeps their density."""
    w = subject.words
    rows = subject.read("impacts", ["threat", "latitude_deg", "longitude_deg"])
    if not len(rows):
        missing.append(w.say("Nothing came down in any night."))
        return [], ""
    step = -(-len(rows) // MOST_IMPACTS)
    rows = rows.take(pa.array(range(0, len(rows), step)))
    known = [list(KINDS)[code] if code >= 0 else "" for code in subject.kinds(rows["threat"]).tolist()]
    symbols = [SYMBOLS.get(kind, "circle") for kind in known]
    at = frame.east(rows["longitude_deg"].to_numpy()), np.asarray(rows["latitude_deg"].to_numpy())
    called = {kind: w.noun(1.0, of) for kind, of in KINDS.items()} | {"": w.say("threat")}
    marker = {"color": "@ink", "symbol": symbols, "size": 4.5, "opacity": 0.5}
    trace = _marks(w.say("impacts, all nights"), at, [called[kind] for kind in known], marker)
    told = w.say_n(
        step,
        "The small marks are the impacts of all nights.",
        "The small marks are the impacts of all nights, one drawn of every {n}.",
    )
    return [trace], told


def _marks(name: str, at: tuple[Floats, Floats], text: list[str], marker: dict[str, Any]) -> Trace:
    """Marks at (east, north), each with its text."""
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": at[0].tolist(), "y": at[1].tolist(), "text": text,
        "hovertemplate": "%{text}<extra></extra>", "marker": {"line": {"color": "@paper", "width": 1}, **marker},
    }  # fmt: skip


def _at(places: Sequence[Any], frame: Frame) -> tuple[Floats, Floats]:
    """(east, north) of schema objects that have a place."""
    return frame.east([p.longitude_deg for p in places]), np.array([p.latitude_deg for p in places], dtype=np.float64)


def _scale_bar(view: tuple[list[float], list[float]]) -> Trace:
    (west, east), (south, north) = view
    wide_km = (east - west) * KM_A_DEGREE * math.cos(math.radians(0.5 * (south + north)))
    km = next((k for k in (1000, 500, 200, 100, 50, 20, 10, 5, 2) if k < 0.35 * wide_km), 1)
    degrees = km / KM_A_DEGREE / math.cos(math.radians(0.5 * (south + north)))
    x, y = west + 0.03 * (east - west), south + 0.03 * (north - south)
    return {
        "type": "scatter", "mode": "lines+text", "name": "scale", "x": [x, x + degrees], "y": [y, y],
        "hoverinfo": "skip", "showlegend": False,
        "text": [f"{km} km", ""], "textposition": "top right", "line": {"color": "@ink", "width": 3},
    }  # fmt: skip


def _layout(
    w: Words, near: tuple[list[float], list[float]], far: tuple[list[float], list[float]] | None
) -> dict[str, Any]:
    middle = math.radians(0.5 * sum(near[1]))
    layout: dict[str, Any] = {
        "xaxis": axis(
            w.say("longitude, degrees east"), range=near[0], constrain="domain", zeroline=False, ticksuffix="°"
        ),
        "yaxis": axis(
            w.say("latitude, degrees north"), range=near[1], scaleanchor="x", scaleratio=1.0 / math.cos(middle),
            constrain="domain", zeroline=False, ticksuffix="°", automargin=False,
        ),
        "margin": {"l": 56},  # fixed: a margin that follows the axis, and a scale that follows the margin, never settle
        "plot_bgcolor": "@sea",
        "dragmode": "pan",
        "legend": {"y": 0, "yanchor": "bottom", "itemsizing": "constant"},
    }  # fmt: skip
    if far is not None:
        views = ((w.say("island"), near), (w.say("whole raid"), far))
        layout["updatemenus"] = [
            {
                "type": "buttons", "direction": "right", "x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "bottom",
                "showactive": False, "bgcolor": "@paper", "bordercolor": "@grid", "font": {"color": "@ink"},
                "buttons": [
                    {"label": label, "method": "relayout", "args": [{"xaxis.range": view[0], "yaxis.range": view[1]}]}
                    for label, view in views
                ],
            }
        ]  # fmt: skip
    return layout
