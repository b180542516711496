"""`mamori import`: from a folder of tables to a run, and from broken tables to a list of faults."""

import json
import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "own-tables"


@pytest.fixture(scope="module")
def island(tmp_path_factory, mamori_cli):
    """The example's tables imported: the scenario file, and what was printed."""
    out = tmp_path_factory.mktemp("import") / "island"
    done = mamori_cli("import", EXAMPLE, "--out", out, "--nearest-bus")
    return out / "scenario.yaml", done.stdout


def test_it_says_what_it_took_and_what_it_assumed(island):
    _, told = island
    assert "Imported 6 sites of buses, 4 districts, 2 services, 2 sensors, 1 command post, 4 batteries" in told
    assert "assumed  Demand and plant are the same at every hour: the case has no hourly series." in told
    assert "assumed  2 of the services hang on the nearest bus with load, at most 1 km away." in told
    assert told.splitlines()[-1].startswith("Next: mamori run ")


def test_the_scenario_is_checked_and_runs(island, mamori_cli, tmp_path):
    file, _ = island
    assert "fine" in mamori_cli("check", file).stdout
    words = ("--replicas", 2, "--workers", 1, "--set", "recovery.days=1", "--set", "run.protection_replicas=0")
    done = mamori_cli("run", file, *words, "--out", tmp_path / "run", "--json", cwd=tmp_path)
    summary = json.loads(done.stdout)["summary"]
    assert summary
    assert "grid.m" in (tmp_path / "run" / "scenario.yaml").read_text(encoding="utf-8")


def test_an_unknown_class_and_a_cut_case_end_with_code_2(mamori_cli, tmp_path):
    tables = shutil.copytree(EXAMPLE, tmp_path / "tables")
    case = (tables / "grid.m").read_text(encoding="utf-8")
    (tables / "grid.m").write_text(case[: len(case) // 2], encoding="utf-8")
    batteries = (tables / "batteries.csv").read_text(encoding="utf-8")
    (tables / "batteries.csv").write_text(batteries.replace("gun-post-notional", "gun-pots-notional"), encoding="utf-8")
    done = mamori_cli("import", tables, "--out", tmp_path / "out", "--nearest-bus", check=False)
    assert done.returncode == 2
    assert "2 faults; nothing was written:" in done.stderr
    assert "The file looks cut off" in done.stderr
    assert "(batteries.csv, row 4, column class) = 'gun-pots-notional'" in done.stderr
    assert "Did you mean `gun-post-notional`?" in done.stderr
    assert not (tmp_path / "out").exists()


def test_faults_in_ukrainian(mamori_cli, tmp_path):
    (tmp_path / "districts.csv").write_text("", encoding="utf-8")
    done = mamori_cli("--language", "uk", "import", tmp_path, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "districts.csv" in done.stderr


def test_a_draft_of_the_mapping(mamori_cli, tmp_path):
    (tmp_path / "towns.csv").write_text("id,people,lat,lon,area (km2)\na,10,34,166,20\n", encoding="utf-8")
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = mamori_cli("import", tmp_path, "--draft-mapping")
    assert "to do    odd.csv" in done.stdout
    text = (tmp_path / "mapping.yaml").read_text(encoding="utf-8")
    assert "part: districts" in text  # told by its columns alone
    (tmp_path / "mapping.yaml").write_text(text.replace("part: null", "part: none"), encoding="utf-8")
    assert "1 district" in mamori_cli("import", tmp_path, "--out", tmp_path / "out").stdout


def test_damage_of_what_is_replaced_goes_with_it(mamori_cli, tmp_path):
    (tmp_path / "tables").mkdir()
    text = "id,latitude,longitude,bus,kind\nh1,34.9,166.3,101,hospital\n"
    (tmp_path / "tables" / "hospitals.csv").write_text(text, encoding="utf-8")
    done = mamori_cli("import", tmp_path / "tables", "--base", "night-raid", "--out", tmp_path / "mine")
    assert "What was broken before the raid and is replaced is left out: service:hospital-07." in done.stdout
    written = (tmp_path / "mine" / "scenario.yaml").read_text(encoding="utf-8")
    assert "transformer:B15" in written
    assert "asset: service:hospital-07" not in written
    assert "fine" in mamori_cli("check", tmp_path / "mine" / "scenario.yaml").stdout
