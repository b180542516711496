"""`mamori cover`: what it prints, writes and refuses."""

import csv
import json

import pytest
import typer
from shapely.geometry import shape
from typer.testing import CliRunner

from mamori.cli import cover
from mamori.errors import CaseError, ScenarioError
from mamori.report import area_map

SMALL = [
    "--set", "run.worlds=1",
    "--set", "sensing.sensors=[{id: eye, class: low-level-radar-notional, latitude_deg: 33.6, longitude_deg: 168.1}]",
    "--set", "defence.command_posts=[]",
    "--set", "defence.batteries=[{id: post, class: point-defence-notional, latitude_deg: 33.6, longitude_deg: 168.1, sensors: [eye]}]",  # noqa: E501
    "--step-km", "2", "--aim-step-km", "30", "--class", "drone-notional",
]  # fmt: skip


def call(*arguments):
    app = typer.Typer()
    cover.register(app)
    return CliRunner().invoke(app, arguments)


def test_tables_files_and_pictures(tmp_path):
    result = call("night-raid", *SMALL, "--height-m", "100,1000", "--from-deg", "250", "--out", str(tmp_path / "new"))
    assert result.exit_code == 0, result.output
    for text in ("eye", "post", "1000 m", "250°", "direction 1 of 1"):
        assert text in result.output
    names = {file.name for file in (tmp_path / "new").iterdir()}
    assert names == {
        "sites.csv", "cover.geojson", "cover-drone-notional.png", "defended.geojson", "defended-drone-notional.png",
    }  # fmt: skip
    features = json.loads((tmp_path / "new" / "cover.geojson").read_text())["features"]
    assert [(f["properties"]["sensor"], f["properties"]["height_m"]) for f in features] == [
        (None, 100.0), ("eye", 100.0), (None, 1000.0), ("eye", 1000.0),
    ]  # fmt: skip
    assert all(shape(f["geometry"]).is_valid for f in features)
    held = json.loads((tmp_path / "new" / "defended.geojson").read_text())["features"]
    assert {f["properties"]["battery"] for f in held} == {None, "post"}
    assert held[0]["properties"]["from_deg"] == 250.0
    for name in names:
        if name.endswith(".png"):
            assert (tmp_path / "new" / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with (tmp_path / "new" / "sites.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert {row["sensor"] for row in rows} == {"eye", ""}


def test_json_and_svg(tmp_path):
    command = ("night-raid", *SMALL, "--only", "sensors", "--format", "svg", "--out", str(tmp_path), "--json")
    result = call(*command)
    facts = json.loads(result.stdout)
    assert [one["height_m"] for one in facts["cover"]] == [60.0, 300.0, 3000.0]
    assert all(one["by_sensor_km2"]["eye"] == one["area_km2"] > 0.0 for one in facts["cover"])
    assert "defended" not in facts
    assert len(facts["lowest_seen"][0]["sites"]) > 50
    svg = tmp_path / "cover-drone-notional.svg"
    first = svg.read_bytes()
    assert b"<svg" in first
    call(*command)
    assert svg.read_bytes() == first


def test_what_is_wrong_is_said(tmp_path, monkeypatch):
    for arguments, error in (
        (["no-such-scenario"], CaseError | ScenarioError),
        (["night-raid", "--height-m", "low"], ScenarioError),
        (["night-raid", "--class", "nothing"], ScenarioError),
    ):
        result = call(*arguments)
        assert isinstance(result.exception, error), (arguments, result.exception)
    file = tmp_path / "a file"
    file.write_text("")
    with pytest.raises(ScenarioError, match="--out"):
        raise call("night-raid", "--out", str(file)).exception
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(ScenarioError, match="matplotlib"):
        area_map.need_matplotlib("--format")
    with pytest.raises(ScenarioError, match="matplotlib"):
        raise call("night-raid", "--out", str(tmp_path)).exception
