"""What people read in their language, from the command line on."""

import os
import subprocess
import sys

import pytest

BROKEN = """schema_version: 1
name: broken
extends: night-raid
run: {replicas: 0, sed: 3}
recovery: {detour_factor: 0.5}
"""


@pytest.fixture
def mamori(tmp_path):
    (tmp_path / "broken.yaml").write_text(BROKEN)

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mamori.cli", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "MAMORI_LANGUAGE": "", **variables},
        )  # fmt: skip

    return run


def test_check_in_ukrainian(mamori):
    english = mamori("check", "broken.yaml", LANG="uk_UA.UTF-8").stdout
    assert "error    run.sed (broken.yaml:4:20) = 3: this name is not known here. Did you mean `seed`?" in english
    ukrainian = mamori("--language", "uk", "check", "broken.yaml").stdout
    assert "run.sed (broken.yaml:4:20) = 3: такої назви тут немає. Можливо, `seed`?" in ukrainian
    assert "recovery.detour_factor (broken.yaml:5:12) = 0.5: має бути щонайменше 1" in ukrainian
    assert "3 помилки" in ukrainian
    assert len(english.splitlines()) == len(ukrainian.splitlines())


def test_every_way_to_ask_gives_the_same(mamori):
    first = mamori("--language", "ja", "check", "broken.yaml").stdout
    assert "broken.yaml: エラー3件。" in first
    assert "error" not in first
    assert mamori("check", "broken.yaml", "--language", "ja").stdout == first
    assert mamori("check", "broken.yaml", MAMORI_LANGUAGE="ja").stdout == first
    assert mamori("check", "broken.yaml", "--language", "ja", MAMORI_LANGUAGE="uk").stdout == first


def test_errors_that_end_a_command(mamori):
    done = mamori("run", "nix.yaml", "--language", "uk")
    assert done.returncode == 2
    assert done.stderr.startswith("nix.yaml: такого файлу немає")
    assert mamori("query", "nix", "SELECT 1", MAMORI_LANGUAGE="ja").stderr.startswith("nix: ")


def test_a_language_that_is_not_spoken(mamori):
    for done in (mamori("--language", "xx", "scenarios"), mamori("scenarios", MAMORI_LANGUAGE="xx")):
        assert done.returncode == 2
        assert done.stderr == (
            "--language = xx: mamori does not speak this language. "
            "Give one of en (English), uk (Українська), ja (日本語).\n"
        )


def test_english_starts_without_what_other_languages_need():
    code = (
        "import sys, mamori.cli; mamori.cli._register(); print(sorted(set(sys.modules) & {'babel', 'rich', 'numpy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
