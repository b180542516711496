"""Bad input is one readable message and exit code 2, and nothing is lost: hand-made files, odd words, odd grids."""

import errno
import itertools
import json
from pathlib import Path

import pytest

import mamori
import mamori.study.size
from islands import BUSES, GROUP, GUN, SCENARIO, hashes

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in itertools.pairwise("abcdefghij")
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("run: {replicsa: 3}", ["run.replicsa (bad.yaml:1:", "Did you mean `replicas`?"]),
        ("world: {ports: [{id: p, latitude_deg: 3400, longitude_deg: 160}]}", ["3400 deg", "at most 90 deg"]),
        ("grid: {industry_share: .nan}", ["grid.industry_share", "must be a finite number"]),
        ("raid: {variants: [{id: a, groups: [{id: g, count: -3}]}]}", ["groups[g].count", "= -3", "0"]),
        ("raid: {variants: [{id: a, weight: 0}]}", ["weight", "more than 0"]),
        ("raid: {variants: [{id: b, groups: [" + GROUP.replace("1", "0") + "]}]}", ["`aims` must give at least one"]),
        ("raid: {variants: [{id: a, groups: [{id: g, launch_s: {low: 5, high: 3}}]}]}", ["launch_s", "low 5"]),
        ("world: {ports: [{id: p, latitude_deg: 3, longitude_deg: 3}, {id: p, latitude_deg: 3, longitude_deg: 3}]}",
         ["ports[p]", "twice"]),
        ("catalogue: {drone-notional: {flight: {speed_m_s: 0.05}}}", ["0.05 m/s", "must be at least 1"]),
        ("run: {replicas: 0}", ["run.replicas", "at least 1"]),
        ("run: {seed: -1}", ["run.seed", "at least 0"]),
        ("extends: missing.yaml", ["bad.yaml", "missing.yaml", "no such file"]),
        ("extends: bad.yaml", ["in a circle", "bad.yaml → bad.yaml"]),
        ("{a: [", ["bad.yaml:", "not YAML"]),
        ("", ["this one holds nothing", "mamori init"]),
        ("\x00\x01\x02", ["not YAML", "Is it a text file?"]),
        (BOMB, ["unfolds to more than 1,000,000 entries"]),
    ],
    ids=["unknown field", "wrong scale", "nan", "negative count", "no weight", "no aim", "falling spread", "twins",
         "km in place of m", "no replicas", "seed", "missing include", "cycle", "not YAML", "empty", "binary", "bomb"],
)  # fmt: skip
def test_a_bad_file_is_refused(islands, refused, text, told):
    bad = islands.with_name("bad.yaml")
    bad.write_text(text if "extends" in text or ":" not in text or text == BOMB else f"{text}\nextends: islands.yaml\n")
    refused(["run", bad, "--out", islands.with_name("run")], *told)
    assert not islands.with_name("run").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--replicas", 0], ["replicas = 0", "at least 1"]),
        (["--replicas", 10**12], ["replicas = 1000000000000", "at most 100000000"]),
        (["--replicas", 1.5], ["--replicas", "integer"]),
        (["--workers", 0], ["workers = 0", "at least 1"]),
        (["--block", 0], ["block = 0", "at least 1"]),
        (["--seed", -1], ["seed = -1", "at least 0"]),
        (["--seed", 10**25, "--replica", 0], ["seed = 1", "at most 9223372036854775807"]),
        (["--replica", -1], ["replica = -1", "counted from 0"]),
        (["--replica", 10**25], ["replica = 1", "below 100000000"]),
        (["--set", "run.sede=3"], ["'sede' is not known in run", "`seed`"]),
        (["--set", "run.seed"], ["path=value"]),
        (["--set", "run.seed=[1"], ["--set run.seed=[1: this is not YAML"]),
        (["--set", "raid.variants.b.weight=2"], ["no entry 'b'"]),
        (["--replicsa", 3], ["No such option", "--replicas"]),
    ],
)
def test_a_bad_word_of_the_command_is_refused(islands, refused, words, told):
    refused(["run", islands, "--out", islands.with_name("run"), *words], *told)
    assert not islands.with_name("run").exists()


def test_what_is_not_there_is_named_with_the_nearest(refused, cli, tmp_path):
    refused(["run", "night-riad"], "night-riad", "Did you mean `night-raid`?")
    refused(["rnu"], "No such command", "run")
    refused(["run", tmp_path / "no.yaml"], "no such file")
    refused(["run", tmp_path], "scenario.yaml", "cannot be read")
    refused(["report", tmp_path], "is not a run folder", "mamori run")
    file = tmp_path / "file"
    file.write_text("{}")
    refused(["report", file], "is a file")
    code, out, _ = cli("check", file)  # whether a file is sound is a question, and no is an answer
    assert code == 1
    assert "is needed and not given" in out


def test_a_grid_at_fault_says_which_cell(islands, refused):
    (islands.parent / "grid" / "bus.csv").write_text(BUSES.replace("34.1,", "3400,").replace("80", "nan"))
    refused(["run", islands], "bus.csv: row 3, column lat", "3400", "bus.csv: row 4, column MW Load", "grid.case")


def test_too_large_for_the_machine_is_refused_before_it_starts(islands, refused, monkeypatch):
    monkeypatch.setattr(mamori.study.size, "machine_bytes", lambda: 8e9)
    words = ["run", islands, "--out", islands.with_name("run"), "--workers", 1]
    count = "raid.variants.a.groups.g.count=100000"
    refused([*words, "--set", count], "100,000 threats", "GB of memory", "this machine has 8.0 GB", "fewer")
    refused([*words, "--replica", 0, "--set", count], "GB of memory")
    refused([*words, "--replicas", 10**6, "--set", "raid.aim_draws=10000", "--set", count], "aim_draws: 10,000")
    assert not islands.with_name("run").exists()


@pytest.mark.parametrize(
    "changes",
    [
        [],
        ["raid.variants=[{id: none}]"],
        ["raid.variants.a.groups.g.count=0"],
        ["recovery.crews=[]", "recovery.spares={}", "recovery.days=60"],
        ["damage.initial=[{asset: 'bus:2', state: destroyed}, {asset: 'bus:3', state: destroyed}]"],
        [f"defence.batteries=[{GUN}, magazine: 0}}]"],
        [f"defence.batteries=[{GUN}, magazine: 1000000, reloads: 10000}}]"],
    ],
    ids=["islands", "no variant's group", "no threats", "no crews", "damaged before", "empty", "full"],
)  # fmt: skip
def test_odd_but_legal(islands, changes):
    run = mamori.run(mamori.load(islands, changes), replicas=2)
    entry = run.summary()["energy_not_served_mwh"]
    assert entry["mean"] == pytest.approx(entry["local"]["mean"] + entry["network"]["mean"] + entry["deficit"]["mean"])
    assert run.tables["service"]["served_mw"].to_pylist()[0] >= 0.0


def test_one_bus_is_a_grid(islands):
    folder = islands.parent / "grid"
    for name, lines in (("bus", 2), ("branch", 1), ("gen", 2)):
        file = folder / f"{name}.csv"
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:lines]))
    run = mamori.run(islands, replicas=2)
    assert set(run.tables["service"]["demand_mw"].to_pylist()) == {100.0}


def test_names_in_any_letters_and_a_replica_far_out(islands, cli):
    file = islands.with_name("lage 守り ü.yaml")
    file.write_text(SCENARIO.replace("name: islands", 'name: "守り ü"'))
    out = islands.parent / "new folder" / "ünder" / "run"
    assert cli("run", file, "--workers", 1, "--out", out)[0] == 0
    assert cli("report", out)[0] == 0
    code, told, _ = cli("run", file, "--replica", 10_000_000)
    assert code == 0
    assert told


def test_a_folder_that_is_in_the_way_stays_as_it_is(islands, refused, cli):
    run = islands.with_name("run")
    words = ["run", islands, "--workers", 1, "--out"]
    refused([*words, islands], "is a file")
    refused([*words, islands / "inside"], "Not a directory")
    refused([*words, islands.parent], "holds files that are not a run")
    assert cli(*words, run)[0] == 0
    before = hashes(run)
    refused([*words, run, "--set", "recovery.days=3"], "holds another run", "scenario_hash", "--out")
    assert hashes(run) == before
    manifest = json.loads((run / "manifest.json").read_text())
    (run / "manifest.json").write_text(json.dumps({**manifest, "status": "unfinished"}))
    refused(["report", run], "is unfinished")
    for text in ("{", "[1]", "{}"):
        (run / "manifest.json").write_text(text)
        refused(["report", run], "manifest.json", "folder")
        refused([*words, run], "manifest.json", "folder")


def test_no_permission_is_told(islands, refused, monkeypatch):
    def mkdir(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", "x")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    refused(["run", islands, "--out", islands.with_name("run")], "no permission to write", "--out")
