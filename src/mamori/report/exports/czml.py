"""A replica as CZML: the raid and the days after it, moving, in any Cesium viewer.

Source: the CZML guide of the czml-writer project (packets, intervals, sampled positions), whose structure the library
czml3 holds the packets to.
"""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mamori.errors import CaseError
from mamori.report.exports.scene import District, Flown, Scene
from mamori.report.theme import DARK
from mamori.report.words import KINDS, Words
from mamori.world.coast import read_coast

Packet = dict[str, Any]
Rgba = list[int]

FLASH_S = 90.0
"""How long an intercept is shown."""
SECONDS_A_SECOND = 60
"""How fast the viewer's clock starts."""
STEPS = 20
"""Shades of a district, so that hours of nearly the same share join into one interval."""
LIT, UNLIT = (86, 180, 233), (213, 94, 0)  # of Okabe and Ito's colours, which nearly everybody can tell apart
NEAR_M = {"district": 300e3, "actor": 100e3}
"""Names are drawn only from nearer than this, for many stand close together."""


def czml(scene: Scene, words: Words) -> str:
    """The document, as text. Paths lie within 50 m of those flown at every time (see `scene.TOLERANCE_M`)."""
    from czml3.core import Document

    packets = [_preamble(scene, words), *_land(scene), *_lines(scene), *_districts(scene, words)]
    packets += [*_sensors(scene, words), *_batteries(scene, words), *_paths(scene, words), *_salvoes(scene, words)]
    packets += [*_impacts(scene, words), *_damage(scene, words)]
    return Document.model_validate(packets).dumps()


def _preamble(scene: Scene, words: Words) -> Packet:
    interval = _interval(scene, scene.first_s, scene.last_s)
    text = words.say(
        "One night followed by mamori: all classes are notional, and the country is the scenario's. Replica {replica} "
        "of {case}.",
        replica=scene.replica, case=scene.case,
    )  # fmt: skip
    clock = {
        "interval": interval,
        "currentTime": scene.clock(scene.first_s),
        "multiplier": SECONDS_A_SECOND,
        "range": "CLAMPED",
        "step": "SYSTEM_CLOCK_MULTIPLIER",
    }
    name = words.say("{case}, replica {replica}", case=scene.case, replica=scene.replica)
    return {"id": "document", "name": name, "version": "1.0", "description": html.escape(text), "clock": clock}


def _interval(scene: Scene, start_s: float, end_s: float) -> str:
    """An interval inside the clock's."""
    first, last = (min(max(t, scene.first_s), scene.last_s) for t in (start_s, end_s))
    return f"{scene.clock(first)}/{scene.clock(last)}"


def _rgba(role: str, alpha: int = 255) -> dict[str, Rgba]:
    code = DARK[role].removeprefix("#")
    return {"rgba": [*(int(code[i : i + 2], 16) for i in (0, 2, 4)), alpha]}


def _solid(colour: Any) -> Packet:
    return {"solidColor": {"color": colour}}


def _at(longitude_deg: float, latitude_deg: float, height_m: float = 0.0) -> Packet:
    return {"cartographicDegrees": [round(longitude_deg, 6), round(latitude_deg, 6), round(height_m, 1)]}


def _point(role: str, size: float, outline: str = "@paper") -> Packet:
    return {"pixelSize": size, "color": _rgba(role), "outlineColor": _rgba(outline), "outlineWidth": 1.0}


def _label(text: str, of: str) -> Packet:
    return {
        "text": text, "font": "12px sans-serif", "fillColor": _rgba("@ink"), "outlineColor": _rgba("@paper"),
        "outlineWidth": 3.0, "style": "FILL_AND_OUTLINE", "pixelOffset": {"values": [0.0, -14.0]},
        "distanceDisplayCondition": {"distanceDisplayCondition": {"values": [0.0, NEAR_M[of]]}},
    }  # fmt: skip


def _text(*sentences: str) -> str:
    """Sentences as the HTML of a description."""
    return "".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences if sentence)


def _land(scene: Scene) -> Iterator[Packet]:
    file = scene.replay.world.scenario.world.coast_file
    if file is None:
        return
    try:
        rings = read_coast(Path(file))
    except CaseError:
        return  # the land is only drawn, and a file that is gone hides no result
    for i, ring in enumerate(rings):
        corners = [x for lon, lat in ring.tolist() for x in (round(lon, 5), round(lat, 5), 0.0)]
        yield {
            "id": f"land/{i}", "name": scene.case,
            "polygon": {
                "positions": {"cartographicDegrees": corners}, "material": _solid(_rgba("@land")), "zIndex": 0,
            },
        }  # fmt: skip


def _lines(scene: Scene) -> Iterator[Packet]:
    for i, (name, start, end) in enumerate(scene.lines):
        corners = [x for point in (start, end) for x in (round(point[0], 6), round(point[1], 6), 0.0)]
        yield {
            "id": f"line/{i}", "name": name,
            "polyline": {
                "positions": {"cartographicDegrees": corners}, "width": 1.0, "clampToGround": True,
                "material": _solid(_rgba("@wire", 160)),
            },
        }  # fmt: skip


def _districts(scene: Scene, words: Words) -> Iterator[Packet]:
    for district in scene.districts:
        at = _at(district.longitude_deg, district.latitude_deg)
        size = {"semiMajorAxis": district.radius_m, "semiMinorAxis": district.radius_m}
        yield {
            "id": f"district/{district.id}", "name": district.name, "description": _about(district, words),
            "position": at, "label": _label(district.name, "district"),
            "ellipse": {**size, "material": _solid(_shades(scene, district)), "zIndex": 1},
        }  # fmt: skip
        alarms = [_interval(scene, start_s, end_s) for start_s, end_s in district.alarms_s if end_s > start_s]
        if alarms:
            wide = 1.15 * district.radius_m
            yield {
                "id": f"alarm/{district.id}", "name": words.say("Alarm in {district}", district=district.name),
                "availability": alarms, "position": at,
                "ellipse": {
                    "semiMajorAxis": wide, "semiMinorAxis": wide, "height": 0.0, "fill": False, "outline": True,
                    "outlineColor": _rgba("@alarm"), "outlineWidth": 2.0,
                },
            }  # fmt: skip


def _shades(scene: Scene, district: District) -> list[Packet] | Packet:
    """Colour of a district by the share of its households without power, an interval as long as it stays the same."""
    steps = [round(float(share) * STEPS) for share in district.off_share]
    if not steps:
        return _shade(0)
    found: list[Packet] = []
    start = 0
    for hour in range(1, len(steps) + 1):
        if hour == len(steps) or steps[hour] != steps[start]:
            first_s = scene.first_s if start == 0 else 3600.0 * start
            last_s = scene.last_s if hour == len(steps) else 3600.0 * hour
            found.append({"interval": _interval(scene, first_s, last_s), **_shade(steps[start])})
            start = hour
    return found


def _shade(step: int) -> dict[str, Rgba]:
    part = step / STEPS
    mixed = [round(a + part * (b - a)) for a, b in zip(LIT, UNLIT, strict=True)]
    return {"rgba": [*mixed, 110 + round(100 * part)]}


def _about(district: District, words: Words) -> str:
    this_night = words.say(
        "{people} people live here. In this night their households were without power for {hours} on average.",
        people=words.number(district.people), hours=words.hours(district.hours_off),
    )  # fmt: skip
    r = district.results
    if not r:
        return _text(this_night)
    all_nights = words.say(
        "Over all nights of the run, the raid takes more than an hour of power from them in {share} of nights. They "
        "are without it for {hours} on average; nine nights in ten lie between {low} and {high} hours.",
        share=words.percent(r["p_loses_power"]), hours=words.hours(r["hours_off_mean"]),
        low=words.number(r["hours_off_p5"]), high=words.number(r["hours_off_p95"]),
    )  # fmt: skip
    return _text(this_night, all_nights)


def _sensors(scene: Scene, words: Words) -> Iterator[Packet]:
    world = scene.replay.world
    for i, sensor in enumerate(world.scenario.sensing.sensors):
        range_m = float(world.sensors.max_range_m[i])
        about = words.say(
            "Sensor of class {sensor_class}. The ring is the range that it displays, {range} km; how far it sees hangs "
            "on the threat and the horizon.",
            sensor_class=sensor.class_name, range=words.number(range_m / 1e3),
        )  # fmt: skip
        yield {
            "id": f"sensor/{sensor.id}", "name": sensor.id, "description": _text(about),
            "position": _at(sensor.longitude_deg, sensor.latitude_deg), "point": _point("@sensor", 9.0),
            "label": _label(sensor.id, "actor"),
            "ellipse": {
                "semiMajorAxis": range_m, "semiMinorAxis": range_m, "height": 0.0, "fill": False, "outline": True,
                "outlineColor": _rgba("@sensor", 90),
            },
        }  # fmt: skip


def _batteries(scene: Scene, words: Words) -> Iterator[Packet]:
    world = scene.replay.world
    left = scene.replay.outcome.engagements.magazine_left
    for i, battery in enumerate(world.scenario.defence.batteries):
        about = words.say(
            "Battery of class {battery_class}. After this raid it had {left} shots left of {stock}.",
            battery_class=battery.class_name, left=int(left[i]), stock=int(world.batteries.stock[i]),
        )  # fmt: skip
        yield {
            "id": f"battery/{battery.id}", "name": battery.id, "description": _text(about),
            "position": _at(battery.longitude_deg, battery.latitude_deg), "point": _point("@battery", 8.0),
            "label": _label(battery.id, "actor"),
        }  # fmt: skip


def _paths(scene: Scene, words: Words) -> Iterator[Packet]:
    epoch = scene.clock(0.0)
    for path in scene.paths:
        row, role = path.threat, f"@{path.threat['kind']}"
        samples = [
            round(x, 3 if axis == 0 else 1)
            for time_s, place in zip(path.time_s.tolist(), path.position_m.tolist(), strict=True)
            for axis, x in enumerate((time_s, *place))
        ]
        yield {
            "id": f"threat/{row['threat']}", "name": row["threat"], "description": _text(*_told(path, words)),
            "availability": _interval(scene, float(path.time_s[0]), float(path.time_s[-1])),
            "position": {
                "epoch": epoch, "referenceFrame": "FIXED", "interpolationAlgorithm": "LINEAR",
                "interpolationDegree": 1, "cartesian": samples,
            },
            "point": _point(role, 8.0 if row["kind"] == "ballistic" else 6.0),
            "path": {
                "leadTime": 0.0, "trailTime": round(float(path.time_s[-1] - path.time_s[0]), 3), "width": 1.5,
                "resolution": 600.0, "material": _solid(_rgba(role, 170)),
            },
        }  # fmt: skip


def _told(path: Flown, words: Words) -> list[str]:
    row = path.threat
    about = words.say(
        "Kind: {kind}. Class: {threat_class}. Aim: {aim}.",
        kind=words.term(KINDS[row["kind"]][0]), threat_class=row["class"],
        aim=words.say("a district") if row["aim"] == "district" else row["aim"],
    )  # fmt: skip
    end = {
        "stopped": words.say("Stopped by {battery}.", battery=row["stopped_by"]),
        "impact": words.say("It got through and came down."),
        "failed": words.say("It failed of itself: it did not arrive or not work."),
    }
    return [about, end.get(row["fate"], "")]


def _salvoes(scene: Scene, words: Words) -> Iterator[Packet]:
    for i, salvo in enumerate(scene.salvoes):
        row = salvo.row
        if row["is_kill"]:
            name, role = words.say("{battery} stops {threat}", battery=row["battery"], threat=row["threat"]), "@boat"
        else:
            name, role = words.say("{battery} misses {threat}", battery=row["battery"], threat=row["threat"]), "@soft"
        corners = [x for x0, y0, z0 in (salvo.start, salvo.end) for x in (round(x0, 6), round(y0, 6), round(z0, 1))]
        yield {
            "id": f"shot/{i}", "name": name,
            "availability": _interval(scene, row["launch_s"], max(row["intercept_s"], row["launch_s"] + 1.0)),
            "polyline": {
                "positions": {"cartographicDegrees": corners}, "width": 1.0, "arcType": "NONE",
                "material": _solid(_rgba("@battery", 150)),
            },
        }  # fmt: skip
        yield {
            "id": f"intercept/{i}", "name": name,
            "availability": _interval(scene, row["intercept_s"], row["intercept_s"] + FLASH_S),
            "position": _at(*salvo.end), "point": _point(role, 13.0 if row["is_kill"] else 7.0),
        }  # fmt: skip


def _impacts(scene: Scene, words: Words) -> Iterator[Packet]:
    names = scene.replay.where.name
    for row in scene.rows("impacts"):
        if row["district"] is None:
            about = words.say("It came down outside all districts.")
        else:
            about = words.say(
                "It came down in {district}, with {people} people under it.",
                district=names[row["district"]], people=words.number(row["persons_under"]),
            )  # fmt: skip
        yield {
            "id": f"impact/{row['threat']}", "name": words.say("Impact of {threat}", threat=row["threat"]),
            "description": _text(about), "availability": _interval(scene, row["time_s"], scene.last_s),
            "position": _at(row["longitude_deg"], row["latitude_deg"]), "point": _point("@ballistic", 9.0, "@ink"),
        }  # fmt: skip


def _damage(scene: Scene, words: Words) -> Iterator[Packet]:
    for row in scene.damage:
        start_s = scene.first_s if row["time_s"] is None else row["time_s"]
        end_s = scene.last_s if row["mended_s"] is None else row["mended_s"]
        if end_s <= start_s:
            continue
        about = words.say(
            "Damage: {state}. It takes {hours} crew hours to mend.",
            state=words.term(row["state"]), hours=words.number(row["work_h"]),
        )  # fmt: skip
        by = words.say("Broken by {threat}.", threat=row["threat"]) if row["threat"] else ""
        by = by or words.say("Broken in an earlier raid.")
        mended = words.say("It is not mended within the days that are followed.") if row["mended_s"] is None else ""
        yield {
            "id": f"damage/{row['asset']}", "name": row["asset"], "description": _text(by, about, mended),
            "availability": _interval(scene, start_s, end_s),
            "position": _at(row["longitude_deg"], row["latitude_deg"]), "point": _point("@drone", 7.0, "@ink"),
        }  # fmt: skip
