"""`mamori grid`: what its commands print, write and refuse."""

import csv
import json

import pytest
import typer
from typer.testing import CliRunner

from mamori.cli import grid, validate
from mamori.errors import CaseError, ScenarioError, SolverError
from mamori.validate import grid as published
from mamori.validate.case import Case


def call(*arguments: str):
    app = typer.Typer()
    grid.register(app)
    validate.register(app)
    return CliRunner().invoke(app, arguments)


def facts(*arguments: str):
    result = call("grid", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_dispatch_in_json_and_csv(tmp_path):
    found = facts("dispatch", "pglib_opf_case5_pjm", "--csv", str(tmp_path / "out"))
    assert f"{found['objective_usd_per_h']:.4e}" == "1.7480e+04"
    assert found["convention"] == "powermodels"
    assert sum(row["mw"] for row in found["generation"]) == pytest.approx(1000.0)
    by_branch = {row["id"]: row for row in found["flows"]}
    assert by_branch["4-5"]["mw"] == pytest.approx(-240.0)
    assert by_branch["4-5"]["loading_percent"] == 100.0
    assert {row["bus"]: row["usd_per_mwh"] for row in found["prices"]}["3"] == pytest.approx(30.0)
    with (tmp_path / "out" / "generation.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["g1.1", "g1.2", "g3", "g4", "g5"]
    assert (tmp_path / "out" / "dc_lines.csv").read_text() == ""


def test_the_conventions_differ_where_taps_and_resistance_count():
    costs = {
        way: facts("dispatch", "case14", "--convention", way)["objective_usd_per_h"]
        for way in ("matpower", "powermodels")
    }
    assert costs["matpower"] == pytest.approx(costs["powermodels"])  # no rating binds
    flows = [facts("dispatch", "case14", "--convention", way)["flows"][7]["mw"] for way in ("matpower", "powermodels")]
    assert abs(flows[0] - flows[1]) > 0.1


def test_dispatch_as_tables():
    result = call("grid", "dispatch", "case9", "--convention", "matpower")
    assert result.exit_code == 0
    assert "case9: 5,216.03 $/h for 315.0 MW of load, 3 of 3 units running (matpower)." in result.output
    assert "Branches, the fullest first" in result.output


def test_shed_in_json():
    found = facts("shed", "case24_ieee_rts", "--branches-out", "11-14,14-16")
    assert (found["shed_mw"], found["served_mw"], found["demand_mw"]) == (194.0, 2656.0, 2850.0)
    assert found["classes"]["other"] == {"demand_mw": 2850.0, "served_mw": 2656.0, "shed_mw": 194.0}
    assert found["classes"]["hospital"]["demand_mw"] == 0.0
    assert (found["islands"], found["out"]) == (2, ["11-14", "14-16"])
    assert facts("shed", "case24_ieee_rts", "--branches-out", "16-19,20-23")["shed_mw"] == 309.0
    assert facts("shed", "case24_ieee_rts", "--branches-out", "19-16,20-23.1,20-23.2")["shed_mw"] == 309.0
    dark = facts("shed", "case24_ieee_rts", "--buses-out", "14", "--generators-out", "18,g21")
    assert dark["local_mw"] == 194.0
    assert "g18" in dark["out"]


def test_shed_by_class_and_by_whole_feeders(tmp_path):
    table = tmp_path / "classes.csv"
    table.write_text("bus,hospital,water\n14,0.1,0.2\n13,0.3,\n")
    asked = ("shed", "case24_ieee_rts", "--branches-out", "11-14", "--generators-out", "23,18,21,13,22")
    found = facts(*asked, "--classes", str(table), "--feeders")
    by_class = found["classes"]
    assert by_class["hospital"]["demand_mw"] == pytest.approx(0.1 * 194 + 0.3 * 265)
    assert by_class["hospital"]["shed_mw"] == 0.0
    assert by_class["other"]["shed_mw"] == pytest.approx(found["shed_mw"])
    assert found["shed_mw"] > 100.0
    whole = found["feeders"]
    assert whole["shed_mw"] - found["shed_mw"] == pytest.approx(whole["more_shed_mw"], abs=1e-5)
    assert whole["more_shed_mw"] >= 0.0
    assert whole["off"]
    result = call("grid", *asked, "--classes", str(table), "--feeders")
    assert "shed with whole feeders" in result.output
    assert "Whole feeders:" in result.output


def test_the_worst_outages():
    found = facts("shed", "case24_ieee_rts", "--worst", "2")
    assert found["states"] == 703
    assert found["worst"][0] == {"shed_mw": 194.0, "branches": ["11-14", "14-16"]}
    assert facts("shed", "case24_ieee_rts", "--worst", "1")["worst"][0]["shed_mw"] == 0.0
    assert "the worst of all 38 choices of 1 branches" in call("grid", "shed", "case24_ieee_rts", "--worst", "1").output


def test_security_in_json_and_csv(tmp_path):
    found = facts("security", "rts-gmlc", "--csv", str(tmp_path))
    assert found["outages"] == 216
    assert found["cascades"] == sum(bool(row["tripped"]) for row in found["contingencies"]) > 0
    with (tmp_path / "dc.csv").open() as file:
        rows = {row["out"]: row for row in csv.DictReader(file)}
    assert rows["B12-1"]["tripped"] == "B13-2"
    assert float(rows["B12-1"]["lost_mw"]) == pytest.approx(found["most_lost_mw"])
    given = facts("security", "case24_ieee_rts", "--outage", "11-14,14-16", "--outage", "bus 14,g23.1")
    assert [row["lost_mw"] for row in given["contingencies"]] == pytest.approx([194.0, 194.0])


def test_security_by_ac():
    found = facts("security", "case24_ieee_rts", "--outage", "11-14,14-16", "--ac")
    assert found["ac"]["contingencies"][0]["lost_mw"] == pytest.approx(194.0)
    assert found["ac"]["base"]["solved"]
    result = call("grid", "security", "case24_ieee_rts", "--ac")
    assert "AC: of 71 outages 0 have no solution" in result.output


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        (("dispatch", "case1188"), CaseError, "case1188: there is no such case"),
        (("dispatch", "nowhere/case.m"), CaseError, "cannot be read"),
        (("shed", "case9", "--branches-out", "1-9"), ScenarioError, "--branches-out = 1-9: is no branch of the case"),
        (("shed", "case9", "--worst", "-1"), ScenarioError, "--worst = -1: must be 1 or more"),
        (("security", "case9", "--outage", "1-9"), ScenarioError, "--outage = 1-9: is no branch of the case"),
        (("dispatch", "pglib_opf_case5_pjm__sad"), SolverError, "no dispatch serves the load"),
    ],
)
def test_bad_input_is_told(arguments, error, word):
    result = call("grid", *arguments)
    assert isinstance(result.exception, error)
    assert word in str(result.exception)


def test_ac_of_given_generators_is_refused():
    result = call("grid", "security", "case24_ieee_rts", "--outage", "g23.1", "--ac")
    assert "--ac takes branches and buses here" in str(result.exception)


def test_validate_grid_ends_with_1_if_a_number_is_outside(monkeypatch):
    monkeypatch.setattr(published, "grid_cases", lambda: [Case("g", "n", "q", [1.0], 2.0, 0.5, "s")])
    result = call("validate", "grid", "--json")
    assert result.exit_code == 1
    assert not json.loads(result.output)["is_within"]
