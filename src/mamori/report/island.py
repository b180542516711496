"""The map: land, grid, people, defences, one raid's aims and where impacts fell; on its own axes, without map tiles."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mamori.errors import CaseError, MamoriError
from mamori.grid.schema import grid_case
from mamori.language.message import noun
from mamori.records import Floats
from mamori.report.darkness import THRESHOLD_H, darkness
from mamori.report.figure import Figure, Section, axis, safe
from mamori.report.flown import flown
from mamori.report.land import KM_A_DEGREE, Frame, Ring, box, coast, middle_deg
from mamori.report.names import class_name
from mamori.report.shade import shade
from mamori.report.subject import Subject
from mamori.report.theme import BATTERY_SYMBOLS, DARKNESS_SCALE, SYMBOLS
from mamori.report.words import KIND_NAMES, KINDS, PERSON, Words
from mamori.scenario.schema import Scenario
from mamori.world.terrain import read_terrain

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
    lines, told_lines = _paths(subject, scenario, frame, missing)
    relief, told_relief = _relief(w, scenario, frame, missing)
    impacts, told_impacts = _impacts(subject, frame, missing)
    places_drawn = [p for ring in outline for p in ring] or _points([*things, *defences])
    if not places_drawn:
        return Section("island", heading, missing=(w.say("The scenario has no places to draw."), *missing))
    near, far = box(places_drawn, 0.08), box([*places_drawn, *_points(lines)], 0.04)
    groups = (
        (w.say("the raid"), [*lines, *impacts]),
        (w.say("the country"), things),
        (w.say("its defence"), defences),
    )
    grouped = [_in_group(name, traces) for name, traces in groups]
    data = [*relief, *_shore(outline), *grouped[0][: len(lines)], *grouped[1], *grouped[0][len(lines) :], *grouped[2],
            _scale_bar(w, near)]  # fmt: skip
    layout = _layout(w, near, far if lines else None) | {"shapes": _land(outline)}
    counts = [
        w.counted(len(scenario.sensing.sensors), SENSOR),
        w.counted(len(scenario.defence.batteries), BATTERY),
        w.counted(len(scenario.world.districts), DISTRICT),
        w.counted(len(scenario.world.ports), PORT),
    ]
    counted = w.say("The map shows {counts}.", counts=w.listed(counts))
    says = w.sentences([counted, told_people, told_lines, told_impacts, told_relief])
    title = w.say("Who and what is where, and how often the lights go out")
    return Section(
        "island",
        heading,
        figures=(Figure("map", title, says, data, layout, 1040, is_map=True),),
        missing=tuple(missing),
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


def _in_group(name: str, traces: list[Trace]) -> list[Trace]:
    """The traces as one group of the legend, under its name."""
    return [
        {**trace, "legendgroup": name, **({"legendgrouptitle": {"text": name}} if i == 0 else {})}
        for i, trace in enumerate(traces)
    ]


def _moved(traces: list[Trace], frame: Frame) -> list[Trace]:
    return [{**t, "x": [None if x is None else float(frame.east([x])[0]) for x in t["x"]]} for t in traces]


def _coast(w: Words, scenario: Scenario, frame: Frame, missing: list[str]) -> list[Ring]:
    file = scenario.world.coast_file
    if file is None:
        missing.append(w.say("No coast is drawn: the scenario names no coast file."))
        return []
    try:
        return coast(Path(file), frame)
    except CaseError:
        missing.append(w.say("No coast is drawn: the scenario's coast file is gone or is not GeoJSON of polygons."))
        return []


def _shore(rings: list[Ring]) -> list[Trace]:
    if not rings:
        return []
    return [
        {
            "type": "scatter", "mode": "lines", "name": "coast",
            "x": [v for ring in rings for v in (*(p[0] for p in ring), None)],
            "y": [v for ring in rings for v in (*(p[1] for p in ring), None)],
            "line": {"color": "@shore", "width": 1}, "hoverinfo": "skip", "showlegend": False,
        }
    ]  # fmt: skip


def _land(rings: list[Ring]) -> list[dict[str, Any]]:
    """The land as filled shapes: these alone lie below the relief."""
    paths = ["M" + "L".join(f"{x:.4f},{y:.4f}" for x, y in ring) + "Z" for ring in rings]
    return [
        {"type": "path", "layer": "below", "path": path, "fillcolor": "@land", "line": {"width": 0}} for path in paths
    ]


def _relief(w: Words, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    file = scenario.world.terrain_file
    if file is None:
        return [], ""
    try:
        terrain = read_terrain(file)
    except CaseError as error:
        missing.append(w.say("The relief is not drawn: {error}", error=error.said(w.language)))
        return [], ""
    layer = shade(terrain, frame)
    told = w.say(
        "The ground is shaded as if lit from the north-west; it rises to {height} m above the sea.",
        height=w.number(float(terrain.height_m.max())),
    )
    return ([layer], told) if layer else ([], "")


def _points(traces: list[Trace]) -> list[tuple[float, float]]:
    return [(x, y) for trace in traces for x, y in zip(trace["x"], trace["y"], strict=True) if x is not None]


def _districts(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    places, w = scenario.world.districts, subject.words
    if not places:
        missing.append(w.say("The scenario has no districts: nobody's hours without power are known."))
        return [], ""
    dark = darkness(subject, [place.id for place in places])
    p, mean, (low, high) = dark.p_dark.tolist(), dark.mean_h.tolist(), dark.band_h
    names = [place.name or place.id for place in places]
    text = [
        w.say(
            "{district}, {people}: without power for more than {threshold} because of the raid in {share} of the "
            "nights; {hours} on average, {low} to {high} in nine of ten nights",
            district=safe(name), people=w.counted(place.people, PERSON), threshold=w.hours(THRESHOLD_H),
            share=w.percent(p[i]), hours=w.hours(mean[i]), low=w.number(low[i]), high=w.hours(high[i]),
        )
        for i, (name, place) in enumerate(zip(names, places, strict=True))
    ]  # fmt: skip
    most = max((place.people for place in places), default=0) or 1
    marker = {
        "color": [100.0 * x for x in p], "colorscale": DARKNESS_SCALE, "cmin": 0.0, "cmax": 100.0, "opacity": 0.9,
        "line": {"color": "@soft", "width": 1}, "size": [8.0 + 26.0 * math.sqrt(p.people / most) for p in places],
        "colorbar": {
            "title": {
                "text": w.say("nights with over {threshold} off, %", threshold=w.hours(THRESHOLD_H)),
                "side": "top", "font": {"size": 11},
            },
            "orientation": "h", "x": 1.0, "xanchor": "right", "y": 1.0, "yanchor": "bottom", "len": 0.5,
            "thickness": 8, "outlinewidth": 0, "tickvals": [0, 25, 50, 75, 100],
        },
    }  # fmt: skip
    found = [_marks(w.say("districts"), _at(places, frame), text, marker)]
    worst = [names[i] for i in range(len(places)) if p[i] == max(p)]
    told = w.say(
        "Each district, larger with more people, is coloured by how often the raid takes its power for more than "
        "{threshold}, what was broken before counting with the delay that the raid brings: {district} most often, in "
        "{share} of the nights; {few} of {all} districts in fewer than one night of ten.",
        threshold=w.hours(THRESHOLD_H), district=w.listed(worst), share=w.percent(max(p)),
        few=w.number(sum(1 for x in p if x < 0.1)), all=w.number(len(p)),
    )  # fmt: skip
    return found, told


def _ports(w: Words, scenario: Scenario, frame: Frame) -> list[Trace]:
    ports = scenario.world.ports
    text = [safe(port.name or port.id) for port in ports]
    marker = {"color": "@port", "symbol": "star", "size": 10}
    return [_marks(w.say("ports"), _at(ports, frame), text, marker)] if ports else []


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
        found.append(_marks(w.say("sensors"), _at(sensors, frame), text, marker))
    for i, name in enumerate(sorted({battery.class_name for battery in batteries})):
        mine = [battery for battery in batteries if battery.class_name == name]
        label = safe(class_name(w, name))
        text = [f"{safe(b.id)}: {label}" for b in mine]
        marker = {"color": "@battery", "symbol": BATTERY_SYMBOLS[i % len(BATTERY_SYMBOLS)], "size": 10}
        found.append(_marks(label, _at(mine, frame), text, marker))
    return found


def _paths(subject: Subject, scenario: Scenario, frame: Frame, missing: list[str]) -> tuple[list[Trace], str]:
    """The paths of one night, to where each ended."""
    w = subject.words
    rows = subject.read("threats", ["threat", "fate", "end_s"], subject.night)
    if not len(rows):
        missing.append(w.say("No threat was launched in the night that is shown."))
        return [], ""
    night = flown(subject, scenario, rows, frame)
    if night is None:
        missing.append(w.say("No paths are drawn: the scenario does not give this run's threats any more."))
        return [], ""
    found: list[Trace] = []
    for code, kind in enumerate(KINDS):
        mine = [line for i, line in enumerate(night.lines) if night.kind[i] == code and len(line)]
        if mine:
            found.append(
                {"type": "scatter", "mode": "lines", "name": w.term(KIND_NAMES[kind]), "opacity": 0.45,
                 "x": [v for line in mine for v in (*line[:, 0].tolist(), None)],
                 "y": [v for line in mine for v in (*line[:, 1].tolist(), None)],
                 "line": {"color": f"@{kind}", "width": 0.9}, "hoverinfo": "skip"}
            )  # fmt: skip
    ends = [
        line[-1] for line, is_stopped in zip(night.lines, night.is_stopped, strict=True) if is_stopped and len(line)
    ]
    if ends:
        at = np.array(ends)
        marker = {"color": "@ink", "symbol": "x-thin", "size": 5, "line": {"color": "@ink", "width": 1}}
        found.append(
            _marks(w.say("stopped, this night"), (at[:, 0], at[:, 1]), [w.say("stopped here")] * len(at), marker)
        )
    through = sum(1 for fate in rows["fate"].to_pylist() if fate == "impact")
    told = w.say(
        "The lines are the paths of one night (replica {replica}), in which {through} of {total} threats came down "
        "working.",
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
    called = {kind: w.term(one) for kind, (one, _) in KINDS.items()} | {"": w.say("threat")}
    marker = {"color": "@ink", "symbol": symbols, "size": 5, "opacity": 0.6}
    trace = _marks(w.say("impacts, all nights"), at, [called[kind] for kind in known], marker)
    told = w.say("The small marks are the impacts of all nights.")
    if step > 1:
        told = w.say("The small marks are the impacts of all nights, one drawn of every {n}.", n=w.number(step))
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


def _scale_bar(w: Words, view: tuple[list[float], list[float]]) -> Trace:
    (west, east), (south, north) = view
    wide_km = (east - west) * KM_A_DEGREE * math.cos(math.radians(0.5 * (south + north)))
    km = next((k for k in (1000, 500, 200, 100, 50, 20, 10, 5, 2) if k < 0.35 * wide_km), 1)
    degrees = km / KM_A_DEGREE / math.cos(math.radians(0.5 * (south + north)))
    x, y = west + 0.03 * (east - west), south + 0.03 * (north - south)
    return {
        "type": "scatter", "mode": "lines+text", "name": "scale", "x": [x, x + degrees], "y": [y, y],
        "hoverinfo": "skip", "showlegend": False,
        "text": [w.say("{distance} km", distance=w.number(km)), ""], "textposition": "top right",
        "line": {"color": "@ink", "width": 3},
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
        "legend": {
            "y": 0, "yanchor": "bottom", "itemsizing": "constant", "groupclick": "toggleitem", "traceorder": "grouped",
        },
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
