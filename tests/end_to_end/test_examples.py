"""Every example and the README's Python run as they stand."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_example_runs(example, tmp_path):
    done = subprocess.run([sys.executable, str(example)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "MWh" in done.stdout


def test_python_of_the_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_commands_of_the_readme_exist():
    text = "".join(re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL))
    commands = set(re.findall(r"^(?:python3 .*uv run )?mamori (\w+)", text, flags=re.MULTILINE))
    known = subprocess.run(
        [sys.executable, "-m", "mamori.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert {"run", "report", "init", "check"} <= commands
    for command in commands:
        assert re.search(rf"\b{command}\b", known), command
