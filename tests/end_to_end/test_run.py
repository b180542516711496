"""The command from file to folder: same bytes for any workers and blocks, resumed after a kill, one replica alone."""

import json
import signal
import subprocess
import sys
import time

import pytest

import mamori
from mamori.store.tables import TABLES

PLACE = "launch_latitude_deg: 35, launch_longitude_deg: 163"
DRONES = f"{{id: g, class: drone-notional, count: 3, {PLACE}, aims: {{substation: 1}}}}"

LONGER = 60


def hashes(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["status"] == "finished"
    return {name: table["sha256"] for name, table in manifest["tables"].items()}


@pytest.fixture(scope="module")
def reference(small, mamori_cli, tmp_path_factory):
    """A run by one worker."""
    folder = tmp_path_factory.mktemp("runs") / "one"
    mamori_cli("run", small, "--workers", 1, "--out", folder)
    return folder


@pytest.mark.parametrize(("workers", "block"), [(2, 25), (4, 1), (1, 4)])
def test_same_bytes_for_any_workers_and_blocks(small, mamori_cli, reference, tmp_path, workers, block):
    mamori_cli("run", small, "--workers", workers, "--block", block, "--out", tmp_path / "run")
    assert hashes(tmp_path / "run") == hashes(reference)
    assert (tmp_path / "run" / "summary.json").read_bytes() == (reference / "summary.json").read_bytes()


@pytest.fixture(scope="module")
def longer(small, tmp_path_factory):
    """A run of more replicas than two workers hold at once, so that it can be stopped half-way."""
    return mamori.run(small, replicas=LONGER, out=tmp_path_factory.mktemp("runs") / "longer").path


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_half_way_and_resumed_gives_the_same_bytes(small, longer, tmp_path, mamori_cli, how):
    folder = tmp_path / "run"
    options = ["--replicas", str(LONGER), "--workers", "2", "--block", "1", "--out", str(folder)]
    words = [sys.executable, "-m", "mamori.cli", "run", str(small), *options]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not any(entry.suffix != ".part" for entry in (folder / "blocks").glob("*")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(how)
    _, told = process.communicate(timeout=60)
    assert 1 <= len(list((folder / "blocks").glob("*"))) < LONGER
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "takes up from there" in told
    again = mamori_cli("run", small, "--replicas", LONGER, "--workers", 2, "--out", folder)
    assert "resumed" in again.stderr
    assert hashes(folder) == hashes(longer)


def test_finished_run_is_not_run_again_and_another_is_refused(small, mamori_cli, reference):
    before = hashes(reference)
    assert "already finished" in mamori_cli("run", small, "--out", reference).stderr
    other = mamori_cli("run", small, "--seed", 6, "--out", reference, check=False)
    assert other.returncode == 2
    assert "holds another run" in other.stderr
    assert "seed" in other.stderr
    assert hashes(reference) == before


def test_one_replica_alone_is_the_one_of_the_run(small, mamori_cli, reference):
    events = json.loads(mamori_cli("run", small, "--replica", 3, "--json").stdout)
    run = mamori.Run.open(reference)
    for table, event in (("impacts", "impact"), ("engagements", "fire"), ("repairs", "sets out")):
        rows = run.tables[table].to_pylist()
        told = [e["time_s"] for e in events if e["event"] == event]
        column = {"impacts": "time_s", "engagements": "launch_s", "repairs": "start_h"}[table]
        scale = 3600.0 if column == "start_h" else 1.0
        assert sorted(told) == sorted(row[column] * scale for row in rows if row["replica"] == 3)
    text = mamori_cli("run", small, "--replica", 3).stdout.splitlines()
    assert len(text) == len(events)


def test_tables_and_summary_agree(reference):
    run = mamori.Run.open(reference)
    assert set(run.tables) == set(TABLES)
    summary = run.summary()
    replicas = run.tables["replicas"].to_pydict()
    assert len(replicas["replica"]) == 6
    assert sorted(set(replicas["world"])) == [0, 1]
    ens = summary["energy_not_served_mwh"]
    assert ens["mean"] == pytest.approx(sum(replicas["energy_not_served_mwh"]) / 6)
    assert ens["mean"] == pytest.approx(sum(ens[part]["mean"] for part in ("local", "network", "deficit")), rel=1e-6)
    service = run.tables["service"].to_pydict()
    shed = sum(d - s for d, s in zip(service["demand_mw"], service["served_mw"], strict=True))
    assert ens["mean"] * 6 == pytest.approx(shed)
    leakers = sum(entry["mean"] for entry in summary["leakers"].values())
    assert leakers * 6 == pytest.approx(run.tables["impacts"].num_rows)
    assert sum(v["mean"] for v in summary["interceptors_used"].values()) * 6 == pytest.approx(
        sum(run.tables["engagements"]["shots"].to_pylist())
    )
    for name in (
        "customer_hours_without_power", "critical_load_hours_lost", "stopped_fraction", "magazine_left",
        "warning_lead_time_s", "false_warning_person_hours", "persons_exposed", "capacity_missing_mw",
        "time_to_90_percent_h", "cost_of_interceptors", "cost_of_damage",
    ):  # fmt: skip
        assert name in summary


def test_baseline_is_the_same_raid_without_defence(small, tmp_path):
    run = mamori.run(small, replicas=2, out=tmp_path / "run", baseline=True)
    assert run.baseline is not None
    assert run.baseline.tables["engagements"].num_rows == 0
    with_defence = run.tables["threats"].to_pylist()
    without = run.baseline.tables["threats"].to_pylist()
    assert [(t["threat"], t["aim"], t["launch_s"]) for t in with_defence] == [
        (t["threat"], t["aim"], t["launch_s"]) for t in without
    ]
    assert run.baseline.tables["impacts"].num_rows > run.tables["impacts"].num_rows


@pytest.mark.parametrize(
    "changes",
    [
        ["defence={}", f"raid.variants=[{{id: a, groups: [{DRONES}]}}]"],
        ["sensing.sensors=[]", "defence={}"],
        ["raid.variants=[{id: none}]"],
        ["world.districts=[]"],
        ["recovery.crews=[]", "recovery.spares={}"],
        ["services.sites=[]", "damage.initial=[]"],
    ],
    ids=["no batteries", "no sensors", "no threats", "no districts", "no crews", "no services"],
)  # fmt: skip
def test_empty_parts_are_legal(small, changes):
    run = mamori.run(mamori.load(small, changes), replicas=1)
    assert run.summary()["energy_not_served_mwh"]["mean"] >= 0.0
