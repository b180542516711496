"""`mamori compare` on real runs: a plan with itself, with its baseline, with another plan."""

import json

import pytest


@pytest.fixture(scope="module")
def runs(small, mamori_cli, tmp_path_factory):
    """The small raid with its baseline, and the same with larger magazines."""
    folder = tmp_path_factory.mktemp("compare")
    more = "defence.batteries.upper-west.magazine=8"
    mamori_cli("run", small, "--workers", 1, "--baseline", "--out", folder / "a")
    mamori_cli("run", small, "--workers", 1, "--set", more, "--out", folder / "b")
    mamori_cli("run", small, "--workers", 1, "--seed", 6, "--replicas", 2, "--out", folder / "c")
    return folder


def compared(mamori_cli, *words):
    return json.loads(mamori_cli("compare", *words, "--json").stdout)["comparisons"]


def test_a_plan_is_itself(runs, mamori_cli):
    (found,) = compared(mamori_cli, runs / "a", runs / "a")
    assert {m["difference"] for m in found["measures"].values()} <= {0.0, None}
    assert {m["verdict"] for m in found["measures"].values() if m["pairs"]} == {"same"}
    assert found["changes"] == []


def test_means_are_those_of_the_summary(runs, mamori_cli):
    without, other = compared(mamori_cli, runs / "a", runs / "a" / "baseline", runs / "b")
    for found, run in ((without, runs / "a" / "baseline"), (other, runs / "b")):
        energy = found["measures"]["energy_not_served_mwh"]
        for key, folder in (("mean_a", runs / "a"), ("mean_b", run)):
            summary = json.loads((folder / "summary.json").read_text())
            assert energy[key] == summary["energy_not_served_mwh"]["mean"]
        assert energy["difference"] == pytest.approx(energy["mean_b"] - energy["mean_a"])
    assert without["changes"] == []
    assert "no battery fires" in without["notes"][0]
    assert without["measures"]["leakers_drone_notional"]["verdict"] == "b_worse"
    assert [(c["path"], c["after"]) for c in other["changes"]] == [("defence.batteries.upper-west.magazine", "8")]


def test_table_of_80_columns_and_page(runs, mamori_cli, tmp_path):
    text = mamori_cli("compare", runs / "a", runs / "b", "--all", "--html", tmp_path / "page.html").stdout
    table = text[text.index("Means") :]
    assert max(len(line.rstrip()) for line in table.splitlines() if str(tmp_path) not in line) <= 80
    assert "magazine left:" in text
    assert "magazine left: upper tier" in (tmp_path / "page.html").read_text()


def test_other_luck_is_refused(runs, mamori_cli):
    done = mamori_cli("compare", runs / "a", runs / "c", check=False)
    assert done.returncode == 2
    assert "seed 5 there, 6 here; replicas 6 there, 2 here" in done.stderr
    assert "Traceback" not in done.stderr
