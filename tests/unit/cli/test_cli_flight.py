"""`mamori flight` and `mamori validate`: what they print, write and refuse."""

import csv
import json

import pytest
import typer
from typer.testing import CliRunner

from mamori.cli import flight, validate
from mamori.errors import ScenarioError
from mamori.validate import flight as published
from mamori.validate.case import Case


def call(*arguments: str):
    app = typer.Typer()
    flight.register(app)
    validate.register(app)
    return CliRunner().invoke(app, arguments)


def test_one_flight_in_json():
    result = call("flight", "--apogee-km", "4475", "--range-km", "950", "--json")
    assert result.exit_code == 0
    facts = json.loads(result.output)
    assert facts["class"] == "icbm-notional"
    assert 51.4 * 60 < facts["flight_time_s"] < 54.6 * 60
    assert facts["apogee_km"] == pytest.approx(4475.0, abs=0.01)
    assert facts["range_km"] == 950.0
    assert 3000.0 < facts["impact_speed_m_s"] < 7500.0
    assert 75.0 < facts["impact_angle_deg"] < 90.0
    assert facts["burn_s"] == 270.0


def test_one_flight_as_a_table():
    result = call("flight", "--apogee-km", "120", "--range-km", "450", "--class", "srbm-notional")
    assert result.exit_code == 0
    assert "srbm-notional" in result.output
    assert "6.1" in result.output


def test_many_from_a_table_with_other_columns(tmp_path):
    table = tmp_path / "flights.csv"
    table.write_text("when,apogee_km,range_km,id\n2017,120,450,first\n2017,50,850,second\n")
    paths = tmp_path / "paths.csv"
    result = call("flight", str(table), "--json", "--csv", str(paths))
    assert result.exit_code == 0
    first, second = json.loads(result.output)
    assert (first["id"], second["id"]) == ("first", "second")
    assert second["class"] == "quasi-ballistic-notional"
    with paths.open() as lines:
        rows = list(csv.DictReader(lines))
    assert {row["id"] for row in rows} == {"first", "second"}
    assert float(rows[-1]["ground_range_m"]) == pytest.approx(850e3, abs=1.0)
    assert float(rows[-1]["height_m"]) == 0.0


def test_files_for_globes_and_maps_and_a_picture(tmp_path):
    czml, geojson, png = (tmp_path / name for name in ("a.czml", "a.geojson", "a.png"))
    result = call(
        "flight", "--from", "35,179.5", "--to", "36,-178", "--apogee-km", "60",
        "--czml", str(czml), "--geojson", str(geojson), "--plot", str(png),
    )  # fmt: skip
    assert result.exit_code == 0
    document, moving = json.loads(czml.read_text())
    assert document["id"] == "document"
    assert len(moving["position"]["cartographicDegrees"]) % 4 == 0
    feature = json.loads(geojson.read_text())["features"][0]
    assert feature["geometry"]["type"] == "MultiLineString"  # cut at the date line
    assert feature["properties"]["flight_time_s"] > 200.0
    assert png.read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_flown_ends_with_1_and_says_why():
    result = call("flight", "--apogee-km", "4475", "--range-km", "500", "--class", "srbm-notional", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["flight_time_s"] is None
    assert "max_apogee_m" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("--apogee-km", "100"), "flight"),
        (("--from", "somewhere", "--to", "1,2"), "--from"),
        (("--range-km", "500", "--class", "nothing"), "flight"),
        (("--range-km", "-3"), "flight"),
    ],
)
def test_bad_input_is_refused_with_its_place(arguments, place):
    error = call("flight", *arguments).exception
    assert isinstance(error, ScenarioError)
    assert error.faults[0].place == place


def test_a_bad_table_names_every_cell(tmp_path):
    table = tmp_path / "bad.csv"
    table.write_text("apogee_km,range_km,from\nhigh,450,\n100,far,nowhere\n")
    error = call("flight", str(table)).exception
    assert isinstance(error, ScenarioError)
    assert [fault.place for fault in error.faults] == ["bad.csv:2 apogee_km", "bad.csv:3 from"]


@pytest.mark.parametrize("text", ["", "apogee_km,range_km\n", "height,length\n1,2\n"])
def test_a_table_without_flights_is_refused(tmp_path, text):
    table = tmp_path / "empty.csv"
    table.write_text(text)
    assert isinstance(call("flight", str(table)).exception, ScenarioError)


def test_validation_says_no_where_a_number_is_outside(monkeypatch):
    good = Case("g", "n", "q", [1.0], 1.05, 0.1, "s")
    for cases, code in (([good], 0), ([good, Case("g", "n", "q", [1.0], 1.2, 0.1, "s")], 1)):
        monkeypatch.setattr(published, "flight_cases", lambda cases=cases: cases)
        result = call("validate", "flight")
        assert result.exit_code == code
        assert ("OUTSIDE" in result.output) == bool(code)
        as_json = call("validate", "flight", "--json")
        assert as_json.exit_code == code
        assert json.loads(as_json.output)["is_within"] == (code == 0)
