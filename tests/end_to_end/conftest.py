"""A small raid on the real grid and a grid of two islands, so that a run takes seconds; the command line called."""

import signal
import subprocess
import sys

import pytest

from islands import BRANCHES, BUSES, PLANTS, SCENARIO
from mamori.cli import main

SMALL = """\
schema_version: 1
name: small
extends: night-raid
run: {seed: 5, replicas: 6, worlds: 2, protection_replicas: 0}
recovery: {days: 2}
raid:
  aim_draws: 1
  variants:
    - {id: defences-first, remove: true}
    - {id: one-axis, remove: true}
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """File of the small scenario."""
    file = tmp_path_factory.mktemp("scenario") / "small.yaml"
    file.write_text(SMALL)
    return file


@pytest.fixture(scope="session")
def mamori_cli():
    """Run the command line in a process of its own."""

    def call(*words, check=True, **options):
        done = subprocess.run(
            [sys.executable, "-m", "mamori.cli", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return call


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
