"""A small raid on the real grid, so that a whole run takes seconds."""

import subprocess
import sys

import pytest

SMALL = """\
schema_version: 1
name: small
extends: night-raid
run: {seed: 5, replicas: 6, worlds: 2}
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
