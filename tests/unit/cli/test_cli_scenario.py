import json
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from mamori.cli import scenario as commands
from mamori.errors import ScenarioError
from mamori.scenario.document import UnreadableError

BAD = "schema_version: 1\nname: x\nextends: night-raid\nrun: {sed: 1, replicas: 0}\n"


def call(*arguments: str):
    app = typer.Typer()
    commands.register(app)
    return CliRunner().invoke(app, arguments)


def test_check_of_a_sound_scenario():
    result = call("check", "night-raid", "--set", "run.seed=3")
    assert result.exit_code == 0
    assert result.output.startswith("night-raid: fine.")
    assert result.output.count("\n") == 1


def test_check_lists_all_faults(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    result = call("check", str(path))
    assert result.exit_code == 1
    assert "error    run.sed (bad.yaml:4:7) = 1: this name is not known here. Did you mean `seed`?" in result.output
    assert "error    run.replicas" in result.output
    assert "2 errors." in result.output


def test_check_in_json(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    result = call("check", str(path), "--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    assert {fault["place"] for fault in found["errors"]} == {"run.sed (bad.yaml:4:7)", "run.replicas (bad.yaml:4:15)"}
    assert found["warnings"] == []
    assert set(found["errors"][0]) == {"place", "value", "rule", "remedy"}


def test_check_tells_faults_between_parts():
    result = call("check", "night-raid", "--set", "sensing.sensors.0.class=x")
    assert result.exit_code == 1
    assert "is no class of the catalogue" in result.output


def test_check_lists_faults_between_parts_along_with_those_of_fields(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        BAD + "world: {districts: [{id: a, latitude_deg: 1, longitude_deg: 1, people: 1, radius_m: 1, bus: x}]}\n"
    )
    result = call("check", str(path))
    assert result.exit_code == 1
    assert "3 errors." in result.output
    assert "error    world.districts[a].bus (bad.yaml:" in result.output


def test_check_of_nothing_is_bad_input():
    result = call("check", "nowhere.yaml")
    assert isinstance(result.exception, UnreadableError)


def test_scenarios_are_listed():
    assert "night-raid  " in call("scenarios").output
    assert json.loads(call("scenarios", "--json").output)[0]["name"] == "night-raid"


def test_init_writes_a_file_that_checks_and_never_over_another(tmp_path):
    path = tmp_path / "my country.yaml"
    assert call("init", str(path)).exit_code == 0
    assert "name: my-country" in path.read_text()
    assert json.loads((tmp_path / "mamori.schema.json").read_text())["title"] == "mamori scenario"
    assert call("check", str(path)).exit_code == 0
    path.write_text("mine")
    result = call("init", str(path))
    assert isinstance(result.exception, ScenarioError)
    assert path.read_text() == "mine"
    assert call("init", str(path), "--force").exit_code == 0
    assert path.read_text() != "mine"


def test_init_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    result = call("init", str(tmp_path / "file" / "x.yaml"))
    assert isinstance(result.exception, ScenarioError)


def test_schema_is_json():
    assert json.loads(call("schema").output)["required"] == ["schema_version", "name"]


@pytest.mark.parametrize("module", ["mamori.cli.scenario"])
def test_importing_the_commands_imports_nothing_heavy(module: str):
    code = f"import sys, {module}; print([m for m in ('pydantic', 'numba', 'numpy', 'yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
