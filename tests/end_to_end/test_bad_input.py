"""Bad input is one readable message and exit code 2, and nothing is lost: by hand-made files, full disks, kills."""

import errno
import itertools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

import mamori
import mamori.study.size
from mamori.cli import main
from mamori.store.folder import RunFolder
from mamori.store.tables import TABLES

AREA = "launch_latitude_deg: 33, launch_longitude_deg: 164"
GROUP = f"{{id: g, class: drone-notional, count: 5, {AREA}, aims: {{substation: 1, power_plant: 1}}}}"
GUN = "{id: b, class: gun-post-notional, latitude_deg: 34, longitude_deg: 166"
SCENARIO = f"""\
schema_version: 1
name: islands
run: {{seed: 5, replicas: 6, worlds: 2}}
recovery:
  days: 2
  crews: [{{id: crew, latitude_deg: 34, longitude_deg: 166}}]
grid: {{case: grid}}
raid:
  aim_draws: 2
  variants:
    - {{id: a, groups: [{GROUP}]}}
"""
BUSES = """\
Bus ID,Bus Name,BaseKV,MW Load,Area,lat,lng
1,A,138,100,1,34,166
2,B,138,50,1,34.1,166.2
3,C,138,80,1,34.5,166.4
4,D,138,30,1,34.6,166.5
"""
BRANCHES = """\
UID,From Bus,To Bus,R,X,Tr Ratio,Cont Rating,LTE Rating,STE Rating
l1,1,2,0.01,0.1,0,100,100,100
l2,3,4,0.01,0.1,0,100,100,100
"""
PLANTS = "GEN UID,Bus ID,Category,PMax MW\ng1,1,Gas CT,170\ng2,4,Gas CT,90\n"


@pytest.fixture
def islands(tmp_path):
    """File of a scenario on a grid of four buses in two islands, with no sensors, batteries, districts, services."""
    folder = tmp_path / "grid"
    folder.mkdir()
    for name, text in (("bus", BUSES), ("branch", BRANCHES), ("gen", PLANTS)):
        (folder / f"{name}.csv").write_text(text)
    file = tmp_path / "islands.yaml"
    file.write_text(SCENARIO)
    return file


@pytest.fixture
def cli(monkeypatch, capsys):
    """Run the command line in this process: its exit code, what it printed, what it said of errors."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["mamori", *map(str, words)])
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            with pytest.raises(SystemExit) as end:
                main()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return (end.value.code or 0, *capsys.readouterr())

    return call


@pytest.fixture
def refused(cli):
    """A command is refused: exit code 2, nothing printed, and the error holds all of these words."""

    def check(words, *told):
        code, out, error = cli(*words)
        assert code == 2, error
        assert not out
        assert "Traceback" not in error
        for word in told:
            assert word in error
        return error

    return check


def hashes(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


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


@pytest.mark.parametrize("files", [0, 15, 40])
def test_a_full_disk_keeps_what_is_done_and_the_same_command_goes_on(islands, cli, refused, monkeypatch, files):
    """The disk takes so many files and is full then; a block has one for each table."""
    run, whole = islands.with_name("run"), islands.with_name("whole")
    words = ["run", islands, "--workers", 1, "--block", 1, "--out"]
    real, left = pa.OSFile, itertools.count(files, -1)

    def until_full(*given):
        if next(left) <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*given)

    monkeypatch.setattr(pa, "OSFile", until_full)
    refused([*words, run], "the disk is full", "same command")
    monkeypatch.undo()
    kept = [entry.name for entry in (run / "blocks").iterdir()]
    assert len(kept) == files // len(TABLES)
    assert not [name for name in kept if name.endswith(".part")]
    code, _, told = cli(*words, run)
    assert code == 0
    assert ("resumed" in told) == bool(kept)
    assert cli(*words, whole)[0] == 0
    assert hashes(run) == hashes(whole)


def test_a_disk_that_was_full_from_the_start(islands, cli):
    run = islands.with_name("run")
    (run / "blocks").mkdir(parents=True)
    for name in (".lock", "manifest.json.part"):
        (run / name).touch()
    assert cli("run", islands, "--workers", 1, "--out", run)[0] == 0


def command(*words):
    return [sys.executable, "-m", "mamori.cli", *map(str, words)]


def test_a_reader_that_leaves_early_is_no_error():
    with subprocess.Popen(command("scenarios"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert not process.stderr.read()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_an_output_that_is_full_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("scenarios"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "output: No space left on device.\n"


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks workers up in /proc")


def still_there(pids):
    """Processes that still run when they have had 5 s."""
    end = time.monotonic() + 5.0
    while (left := [pid for pid in pids if _runs(pid)]) and time.monotonic() < end:
        time.sleep(0.02)
    return left


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers_of(process):
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(pid) for task in tasks for pid in task.read_text().split()]
    return [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_worker_killed_half_way_changes_nothing(islands):
    killed = []

    def kill_one(told):
        if told.stage == "replicas" and told.done and not killed:
            killed.append(multiprocessing.active_children()[0])
            killed[0].kill()

    words = {"replicas": 24, "block": 2}
    run = mamori.run(islands, workers=2, out=islands.with_name("run"), progress=kill_one, **words)
    assert [child.exitcode for child in killed] == [-signal.SIGKILL]
    assert hashes(run.path) == hashes(mamori.run(islands, **words).path)


def test_a_scheduler_stops_a_run_as_ctrl_c_does(islands, cli, monkeypatch):
    run, whole = islands.with_name("run"), islands.with_name("whole")
    words = ["run", islands, "--workers", 1, "--block", 2, "--out"]
    real = RunFolder.add_block

    def add_block(self, block, tables):
        real(self, block, tables)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(RunFolder, "add_block", add_block)
    code, out, told = cli(*words, run)
    assert (code, out) == (143, "")
    assert "Stopped after" in told
    assert "takes up from there" in told
    monkeypatch.undo()
    assert "resumed" in cli(*words, run)[2]
    assert cli(*words, whole)[0] == 0
    assert hashes(run) == hashes(whole)


POOL = """
from functools import partial
from dying_work import Sleeping
from mamori.study.pool import blocks, compute

if __name__ == "__main__":
    compute(blocks([], 100, 1, 1), partial(Sleeping, {folder!r}), 2, print)
"""


@needs_proc
@pytest.mark.parametrize("how", ["killed", "killed at its start", "stopped twice", "terminated with them"])
def test_no_worker_outlives_its_parent(tmp_path, how):
    """Workers that are at a block of ten minutes end within 5 s."""
    path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", POOL.format(folder=str(tmp_path))],
        stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    while len(workers_of(process)) < 2 or (how != "killed at its start" and len(list(tmp_path.iterdir())) < 2):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    workers = workers_of(process)
    if how == "stopped twice":
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(1.5)  # two signals that wait for a busy machine together are one
    elif how == "terminated with them":
        os.killpg(process.pid, signal.SIGTERM)
    else:
        process.kill()
    left = still_there([process.pid, *workers])
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not left
