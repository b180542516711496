"""What is done is kept: a full disk, a killed worker, a scheduler's stop, a parent that dies."""

import errno
import itertools
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
from islands import hashes
from mamori.store.folder import RunFolder
from mamori.store.tables import TABLES


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
    """Processes that still run when they have had 15 s: long, for a machine that is busy with other things too."""
    end = time.monotonic() + 15.0
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
    """Workers that are at a block of ten minutes end by themselves."""
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
