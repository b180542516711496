"""A replica as KML: opens in Google Earth, with a folder for each kind of thing and a time slider.

Source: OGC KML 2.2 and Google's gx:Track for what moves; both written by the library fastkml.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from fastkml import Data, Document, ExtendedData, Folder, Placemark, Style, StyleUrl, TimeSpan
from fastkml.enums import AltitudeMode
from fastkml.geometry import Point
from fastkml.gx import Track, TrackItem
from fastkml.kml import KML
from fastkml.styles import IconStyle, LineStyle
from fastkml.times import KmlDateTime
from pygeoif import geometry

from mamori.report.exports.geojson import east
from mamori.report.exports.scene import Flown, Scene
from mamori.report.theme import LIGHT
from mamori.report.words import KINDS, Words

ICONS = "http://maps.google.com/mapfiles/kml/shapes"
"""Google Earth's own marks, which it knows by these names."""
STYLES = {
    "ballistic": ("@ballistic", "triangle", 1.0),
    "cruise": ("@cruise", "open-diamond", 1.0),
    "drone": ("@drone", "placemark_circle", 0.7),
    "boat": ("@boat", "placemark_square", 0.8),
    "sensor": ("@sensor", "target", 0.9),
    "battery": ("@battery", "star", 0.9),
    "site": ("@site", "donut", 0.6),
    "district": ("@soft", "homegardenbusiness", 0.9),
    "impact": ("@ink", "cross-hairs", 1.0),
    "damage": ("@off2", "caution", 0.8),
}
"""Colour by role, shape and size of the mark of each kind of thing: no meaning hangs on colour alone."""
_ABOVE_ELLIPSOID = AltitudeMode.absolute  # above the geoid by the book: the height of the geoid is not told apart


def kml(scene: Scene, words: Words) -> str:
    """The document, as text."""
    folders = (
        (words.say("Districts"), _districts(scene)),
        (words.say("Sites"), _sites(scene)),
        (words.say("Sensors"), _sensors(scene)),
        (words.say("Batteries"), _batteries(scene)),
        *((words.term(KINDS[kind][1]), _paths(scene, kind)) for kind in KINDS),
        (words.say("Impacts"), _impacts(scene, words)),
        (words.say("Damage"), _damage(scene)),
    )
    document = Document(
        name=words.say("{case}, replica {replica}", case=scene.case, replica=scene.replica),
        description=words.say(
            "One night followed by mamori: all classes are notional, and the country is the scenario's. Replica "
            "{replica} of {case}.",
            replica=scene.replica, case=scene.case,
        ),
        styles=[_style(name) for name in STYLES],
        features=[Folder(name=name, features=marks) for name, of in folders if (marks := list(of))],
    )  # fmt: skip
    text: str = KML(features=[document]).to_string(prettyprint=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _style(name: str) -> Style:
    role, shape, scale = STYLES[name]
    code = LIGHT[role].removeprefix("#")
    colour = f"ff{code[4:6]}{code[2:4]}{code[0:2]}"  # alpha, blue, green, red
    icon = IconStyle(color=colour, scale=scale, icon_href=f"{ICONS}/{shape}.png")
    return Style(id=name, styles=[icon, LineStyle(color=colour, width=2.0)])


def _mark(
    style: str, name: str, shape: Any, facts: Mapping[str, object], span: TimeSpan | None = None, about: str = ""
) -> Placemark:
    entries = [Data(name=key, value=str(value)) for key, value in facts.items() if value is not None]
    return Placemark(
        name=name,
        description=about or None,
        style_url=StyleUrl(url=f"#{style}"),
        times=span,
        extended_data=ExtendedData(elements=entries),
        kml_geometry=shape,
    )


def _at(longitude_deg: float, latitude_deg: float) -> Point:
    return Point(geometry=geometry.Point(round(east(longitude_deg), 6), round(latitude_deg, 6)))


def _time(scene: Scene, time_s: float) -> KmlDateTime:
    return KmlDateTime(scene.start + timedelta(milliseconds=round(1000.0 * time_s)))


def _span(scene: Scene, start_s: float | None, end_s: float | None) -> TimeSpan:
    first = _time(scene, scene.first_s if start_s is None else start_s)
    return TimeSpan(begin=first, end=_time(scene, scene.last_s if end_s is None else end_s))


def _districts(scene: Scene) -> Iterator[Placemark]:
    for d in scene.districts:
        facts = {"id": d.id, "people": d.people, "hours_off": round(d.hours_off, 2)}
        yield _mark("district", d.name, _at(d.longitude_deg, d.latitude_deg), facts | _rounded(d.results))


def _rounded(results: Mapping[str, float]) -> dict[str, float]:
    return {name: round(x, 4) for name, x in results.items()}


def _sites(scene: Scene) -> Iterator[Placemark]:
    for site in scene.sites:
        facts = {"kinds": ", ".join(site["kinds"]), "n_assets": site["n_assets"], "n_broken": site["n_broken"]}
        yield _mark("site", site["site"], _at(site["longitude_deg"], site["latitude_deg"]), facts)


def _sensors(scene: Scene) -> Iterator[Placemark]:
    range_m = scene.replay.world.sensors.max_range_m
    for i, s in enumerate(scene.replay.world.scenario.sensing.sensors):
        facts = {"class": s.class_name, "range_m": round(float(range_m[i]), 1)}
        yield _mark("sensor", s.id, _at(s.longitude_deg, s.latitude_deg), facts)


def _batteries(scene: Scene) -> Iterator[Placemark]:
    left = scene.replay.outcome.engagements.magazine_left
    for i, b in enumerate(scene.replay.world.scenario.defence.batteries):
        facts = {"class": b.class_name, "left_shots": int(left[i])}
        yield _mark("battery", b.id, _at(b.longitude_deg, b.latitude_deg), facts)


def _paths(scene: Scene, kind: str) -> Iterator[Placemark]:
    for path in scene.paths:
        row = path.threat
        if row["kind"] == kind:
            names = ("class", "aim", "launch_s", "tracked_s", "end_s", "fate", "stopped_by")
            facts = {name: round(x, 1) if isinstance(x := row[name], float) else x for name in names}
            track = Track(altitude_mode=_ABOVE_ELLIPSOID, track_items=_items(scene, path))
            yield _mark(kind, row["threat"], track, facts)


def _items(scene: Scene, path: Flown) -> Iterable[TrackItem]:
    columns = (path.time_s, path.longitude_deg, path.latitude_deg, path.height_m)
    return [
        TrackItem(when=_time(scene, t), coord=geometry.Point(round(x, 6), round(y, 6), round(z, 1)))
        for t, x, y, z in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _impacts(scene: Scene, words: Words) -> Iterator[Placemark]:
    for row in scene.rows("impacts"):
        facts = {name: row[name] for name in ("threat", "time_s", "district", "persons_under", "persons_exposed")}
        name = words.say("Impact of {threat}", threat=row["threat"])
        at = _at(row["longitude_deg"], row["latitude_deg"])
        yield _mark("impact", name, at, facts, _span(scene, row["time_s"], None))


def _damage(scene: Scene) -> Iterator[Placemark]:
    for row in scene.damage:
        names = ("kind", "site", "state", "time_s", "threat", "work_h", "spare", "mended_s")
        span = _span(scene, row["time_s"], row["mended_s"])
        facts = {name: row[name] for name in names}
        yield _mark("damage", row["asset"], _at(row["longitude_deg"], row["latitude_deg"]), facts, span)
