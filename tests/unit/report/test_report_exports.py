"""A replica as CZML, GeoJSON and KML: structure, places and times, against the replica itself."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fastkml import KML
from fastkml.features import Placemark
from fastkml.gx import Track
from fastkml.validator import validate

from mamori.errors import ScenarioError, StoreError
from mamori.report.exports.czml import czml
from mamori.report.exports.geojson import geojson, line
from mamori.report.exports.kml import kml
from mamori.report.exports.scene import Flown, Scene, geodetic, results, thin
from mamori.report.words import Words
from mamori.study.replay import bad_night, is_defended, replay, replay_of_run

WORDS = Words()


@pytest.fixture(scope="session")
def scene(scenario):
    """The first replica of the small scenario in which something comes down, and results of two districts."""
    found = {d.id: {"p_loses_power": 0.5, "hours_off_mean": 7.0, "hours_off_p5": 0.0, "hours_off_p95": 20.0}
             for d in scenario.world.districts[:2]}  # fmt: skip
    nights = (replay(scenario, number) for number in range(20))
    return Scene(next(n for n in nights if len(n.outcome.impacts.threat_i)), scenario.name, found)


@pytest.fixture(scope="session")
def packets(scene):
    return json.loads(czml(scene, WORDS))


def at(text):
    return datetime.fromisoformat(text)


def times(interval):
    start, end = map(at, interval.split("/"))
    assert start <= end
    return start, end


# ---- thinning


def test_a_straight_path_keeps_its_ends():
    time_s = np.linspace(0.0, 100.0, 51)
    assert thin(time_s, np.outer(time_s, [1.0, 2.0, 3.0]), 0.001).tolist() == [0, 50]


def test_a_path_with_a_stop_is_straight_in_space_but_not_in_time():
    time_s = np.array([0.0, 1.0, 2.0, 3.0])
    place = np.outer([0.0, 0.0, 0.0, 300.0], [1.0, 0.0, 0.0])
    assert thin(time_s, place, 10.0).tolist() == [0, 2, 3]


@pytest.mark.parametrize("tolerance_m", [1.0, 50.0])
def test_thinned_paths_stay_near_at_every_time(tolerance_m):
    time_s = np.linspace(0.0, 400.0, 4001)
    place = np.stack([1500.0 * time_s, 2000.0 * time_s - 4.9 * time_s**2, np.sin(time_s / 30.0) * 1e4], axis=1)
    kept = thin(time_s, place, tolerance_m)
    drawn = np.stack([np.interp(time_s, time_s[kept], place[kept, axis]) for axis in range(3)], axis=1)
    away = np.linalg.norm(drawn - place, axis=1).max()
    assert 0.1 * tolerance_m < away <= tolerance_m
    assert len(kept) < 1000


# ---- the scene


def test_paths_end_where_the_threat_ended(scene):
    o, t = scene.replay.outcome, scene.replay.trajectories
    assert len(scene.paths) == len(o.threats.id)
    for i, path in enumerate(scene.paths):
        rows = slice(int(t.first[i]), int(t.first[i + 1]))
        assert path.time_s[-1] == min(o.end_s[i], t.time_s[rows][-1])
        assert path.time_s[0] == o.threats.launch_s[i]
        raw = t.time_s[rows][t.time_s[rows] <= path.time_s[-1]]
        drawn = np.stack([np.interp(raw, path.time_s, path.position_m[:, axis]) for axis in range(3)], axis=1)
        assert np.linalg.norm(drawn - t.position_m[rows][: len(raw)], axis=1).max() <= 50.0
        assert path.latitude_deg[0] == pytest.approx(np.degrees(o.threats.launch_latitude_rad[i]), abs=1e-6)
        assert path.longitude_deg[0] == pytest.approx(np.degrees(o.threats.launch_longitude_rad[i]), abs=1e-6)


def test_results_by_hand(make_run, tmp_path, scenario):
    run = make_run(tmp_path / "run")
    found = results(run)
    assert list(found) == [d.id for d in scenario.world.districts]
    # replica r of four leaves district d without power for d (r + 1) hours, of which d also without the raid
    second = found[scenario.world.districts[1].id]
    assert second["p_loses_power"] == 0.5
    assert second["hours_off_mean"] == 2.5
    assert second["hours_off_p95"] == pytest.approx(np.quantile([1.0, 2.0, 3.0, 4.0], 0.95))
    assert set(found[scenario.world.districts[0].id].values()) == {0.0}


# ---- CZML


def test_the_document_comes_first(packets, scene):
    first, *rest = packets
    assert (first["id"], first["version"]) == ("document", "1.0")
    assert times(first["clock"]["interval"])[0] == at(first["clock"]["currentTime"]) == scene.start
    assert times(first["clock"]["interval"])[1] == scene.start + timedelta(hours=scene.n_hours)
    ids = [packet["id"] for packet in packets]
    assert len(set(ids)) == len(ids)
    assert all("version" not in packet and "clock" not in packet for packet in rest)


def test_everything_happens_within_the_clock(packets):
    first, last = times(packets[0]["clock"]["interval"])
    n = 0
    for packet in packets[1:]:
        availability = packet.get("availability", [])
        for interval in [availability] if isinstance(availability, str) else availability:
            start, end = times(interval)
            assert first <= start < end <= last, packet["id"]
            n += 1
    assert n > 10


def test_threats_move_on_their_paths(packets, scene):
    found = [packet for packet in packets if packet["id"].startswith("threat/")]
    assert len(found) == len(scene.paths)
    for packet, path in zip(found, scene.paths, strict=True):
        samples = np.array(packet["position"]["cartesian"]).reshape(-1, 4)
        assert packet["position"]["epoch"] == scene.clock(0.0)
        assert packet["position"]["referenceFrame"] == "FIXED"
        assert packet["position"]["interpolationAlgorithm"] == "LINEAR"
        np.testing.assert_allclose(samples[:, 0], path.time_s, atol=5e-4)
        np.testing.assert_allclose(samples[:, 1:], path.position_m, atol=0.051)
        _, end = times(packet["availability"])
        assert (end - scene.start).total_seconds() == pytest.approx(path.time_s[-1], abs=2e-3)
        assert set(packet["point"]["color"]["rgba"]) != {0}


def test_districts_darken_hour_by_hour(packets, scene):
    first, last = packets[0]["clock"]["interval"].split("/")
    by_id = {packet["id"]: packet for packet in packets}
    shades = set()
    for district in scene.districts:
        packet = by_id[f"district/{district.id}"]
        colours = packet["ellipse"]["material"]["solidColor"]["color"]
        edges = [entry["interval"].split("/") for entry in colours]
        assert edges[0][0] == first
        assert edges[-1][1] == last
        assert all(a[1] == b[0] for a, b in pairwise(edges))
        assert all(len(entry["rgba"]) == 4 for entry in colours)
        shades |= {tuple(entry["rgba"]) for entry in colours}
        off = scene.clock(3600.0 * int(np.argmax(district.off_share)))
        worst = next(c for c in colours if at(c["interval"].split("/")[0]) <= at(off) < at(c["interval"].split("/")[1]))
        assert worst["rgba"][0] == max(c["rgba"][0] for c in colours)  # the redder, the darker
        assert ("Over all nights" in packet["description"]) == bool(district.results)
    assert len(shades) > 1
    land = [packet for packet in packets if packet["id"].startswith("land/")]
    assert land
    assert all(len(packet["polygon"]["positions"]["cartographicDegrees"]) % 3 == 0 for packet in land)


def test_what_fired_fell_and_broke_is_there(packets, scene):
    def count(start):
        return sum(packet["id"].startswith(start) for packet in packets)

    o, w = scene.replay.outcome, scene.replay.world
    assert count("shot/") == count("intercept/") == len(o.engagements.battery_i) > 0
    assert count("impact/") == len(o.impacts.threat_i)
    assert count("sensor/") == len(w.sensors.id)
    assert count("battery/") == len(w.batteries.id)
    assert count("alarm/") == len(set(o.warnings.district_i.tolist()))
    assert 0 < count("damage/") <= len(scene.damage)


def test_the_same_bytes_twice_and_small(scene):
    text = czml(scene, WORDS)
    assert text == czml(scene, WORDS)
    assert len(text) < 1e6


def test_names_cannot_break_out_of_a_description(scene, monkeypatch):
    path = scene.paths[0]
    odd = Flown(path.threat | {"class": "<b>&"}, *(getattr(path, f) for f in list(Flown.__dataclass_fields__)[1:]))
    monkeypatch.setitem(scene.__dict__, "paths", [odd])
    packet = next(p for p in json.loads(czml(scene, WORDS)) if p["id"].startswith("threat/"))
    assert "&lt;b&gt;&amp;" in packet["description"]


# ---- GeoJSON


def corners(geometry):
    shape = geometry["coordinates"]
    depth = {"Point": 0, "LineString": 1, "MultiLineString": 2}[geometry["type"]]
    for _ in range(2 - depth):
        shape = [shape]
    return [corner for part in shape for corner in part]


def test_geojson(scene):
    found = json.loads(geojson(scene, WORDS))
    assert found["type"] == "FeatureCollection"
    assert found["start"] == scene.clock(0.0)
    ids = [feature["id"] for feature in found["features"]]
    assert len(set(ids)) == len(ids)
    layers = {feature["properties"]["layer"] for feature in found["features"]}
    assert layers == {"district", "site", "sensor", "battery", "path", "impact", "damage"}
    for feature in found["features"]:
        for lon, lat, *height in corners(feature["geometry"]):
            assert -180.0 <= lon <= 180.0
            assert -90.0 <= lat <= 90.0
            assert len(height) <= 1
        for name, value in feature["properties"].items():
            if name.endswith(("_s", "_m", "_h", "hours_off")):
                assert name in found["units"], name
                assert value is None or isinstance(value, (int, float, list))
    first = found["features"][0]["properties"]
    assert (first["p_loses_power"], first["hours_off_mean"]) == (0.5, 7.0)
    assert len(first["off_share_by_hour"]) == scene.n_hours
    paths = [feature for feature in found["features"] if feature["properties"]["layer"] == "path"]
    assert len(paths) == len(scene.paths)
    for feature, path in zip(paths, scene.paths, strict=True):
        assert len(feature["properties"]["times_s"]) == len(corners(feature["geometry"])) == len(path.time_s)


def test_a_line_is_cut_at_the_antimeridian():
    path = Flown({}, np.array([0.0, 10.0, 20.0]), np.zeros((3, 3)), np.array([178.0, 179.0, -179.0]),
                 np.array([10.0, 11.0, 13.0]), np.array([0.0, 100.0, 300.0]))  # fmt: skip
    geometry, times_s = line(path)
    assert geometry["type"] == "MultiLineString"
    assert geometry["coordinates"] == [
        [[178.0, 10.0, 0.0], [179.0, 11.0, 100.0], [180.0, 12.0, 200.0]],
        [[-180.0, 12.0, 200.0], [-179.0, 13.0, 300.0]],
    ]
    assert times_s == [[0.0, 10.0, 15.0], [15.0, 20.0]]


# ---- KML


def test_kml(scene, tmp_path):
    file = tmp_path / "night.kml"
    file.write_text(kml(scene, WORDS), encoding="utf-8")
    assert validate(file_to_validate=Path(file))
    (document,) = KML.parse(file).features
    folders = {folder.name: folder.features for folder in document.features}
    assert {"Districts", "Sites", "Sensors", "Batteries", "drones", "Impacts", "Damage"} <= set(folders)
    assert len(folders["Impacts"]) == len(scene.rows("impacts"))
    tracks = [
        mark.kml_geometry for marks in folders.values() for mark in marks
        if isinstance(mark, Placemark) and isinstance(mark.kml_geometry, Track)
    ]  # fmt: skip
    assert len(tracks) == len(scene.paths)
    assert sum(len(track.track_items) for track in tracks) == sum(len(path.time_s) for path in scene.paths)
    impact = folders["Impacts"][0]
    assert impact.times.begin.dt >= scene.start
    assert {mark.style_url.url for marks in folders.values() for mark in marks} <= {
        f"#{style.id}" for style in document.styles
    }
    assert all(style.styles[0].icon is not None for style in document.styles)


def test_geodetic_is_the_place():
    longitude, latitude, height = geodetic(np.array([[6378137.0 + 100.0, 0.0, 0.0]]))
    assert (longitude[0], latitude[0], height[0]) == (0.0, 0.0, pytest.approx(100.0))


# ---- which replica


def test_a_run_that_another_mamori_made_is_told(make_run, tmp_path):
    run = make_run(tmp_path / "run", baseline=True)
    assert bad_night(run) == 3
    with pytest.raises(StoreError, match="replica 3 followed again does not serve what it did"):
        replay_of_run(run, 3)
    with pytest.raises(ScenarioError, match="replicas 0 to 3"):
        replay_of_run(run, 4)
    assert is_defended(run)


def test_there_is_no_replica_below_zero(scenario):
    with pytest.raises(ScenarioError, match="counted from 0"):
        replay(scenario, -1)
