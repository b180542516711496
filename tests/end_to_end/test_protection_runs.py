"""Protective measures followed with a run: its own bytes are what they were; taken up again; made longer."""

import json
import shutil

import pytest

import mamori
from islands import BRANCHES, BUSES, PLANTS, SCENARIO, hashes
from mamori.errors import StoppedError
from mamori.study.compare import compare
from mamori.study.run import protect

POST = "{id: eye, class: surveillance-radar-notional, latitude_deg: 34.1, longitude_deg: 165.9}"
GUN = "{id: gun, class: gun-post-notional, latitude_deg: 34.0, longitude_deg: 166.0, sensors: [eye]}"
MEASURES = f"""\
protective_measures:
- {{id: crews, title: More crews, set: {{recovery.crews.crew.count: 3}}, cost_eur: 2e6}}
- {{id: concrete, set: {{"damage.protection[+]": {{at: substation, level: concrete-notional}}}}}}
- {{id: guns, set: {{"sensing.sensors[+]": {POST}, "defence.batteries[+]": {GUN}}}}}
- {{id: nothing, set: {{"defence.batteries[*].magazine": 60}}}}
"""
CONCRETE = "damage.protection[+]={at: substation, level: concrete-notional}"
N, FOLLOWED = 12, 6


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The islands with three measures, and one that finds nothing to change."""
    folder = tmp_path_factory.mktemp("scenario")
    (folder / "grid").mkdir()
    for name, text in (("bus", BUSES), ("branch", BRANCHES), ("gen", PLANTS)):
        (folder / "grid" / f"{name}.csv").write_text(text)
    (folder / "islands.yaml").write_text(SCENARIO + MEASURES)
    return folder / "islands.yaml"


@pytest.fixture(scope="module")
def whole(measured):
    """A run of one worker with its measures."""
    return follow(measured, measured.with_name("whole"))


def follow(file, out, **words):
    settings = [f"run.protection_replicas={FOLLOWED}"]
    return mamori.run(mamori.load(file, settings), replicas=N, out=out, **words)


def every(run):
    """Hashes of the tables of a run, its baseline where it has one, and its measures."""
    folders = [run.path, *(p.parent for p in sorted(run.path.glob("*/**/manifest.json")))]
    return {str(folder.relative_to(run.path)): hashes(folder) for folder in folders}


def test_a_run_is_the_same_with_its_measures_and_without(measured, whole, tmp_path):
    alone = follow(measured, tmp_path / "run", protection=False)
    assert not alone.protection
    assert hashes(alone.path) == hashes(whole.path)
    assert [p.name for p in sorted((whole.path / "protection").iterdir())] == ["concrete", "crews", "guns"]
    assert {saving.id for saving in whole.protection} == {"concrete", "crews", "guns"}


def test_a_measure_is_the_run_that_set_would_make(measured, whole):
    by_hand = mamori.run(mamori.load(measured, [CONCRETE]), replicas=N, protection=False)
    first = by_hand.tables["replicas"][:FOLLOWED]
    followed = mamori.Run.open(whole.path / "protection" / "concrete").tables["replicas"]
    assert followed.equals(first)
    saved = next(s for s in whole.protection if s.id == "concrete").saved()[0]
    mean = {
        run: run.tables["replicas"]["energy_not_served_mwh"][:FOLLOWED].to_numpy().mean() for run in (whole, by_hand)
    }
    assert saved == pytest.approx(mean[whole] - mean[by_hand])
    assert saved > 0.0


@pytest.mark.parametrize(("workers", "block"), [(2, 25), (1, 1)])
def test_same_bytes_for_any_workers_and_blocks(measured, whole, workers, block, tmp_path):
    run = follow(measured, tmp_path / "run", workers=workers, block=block)
    assert every(run) == every(whole)
    assert [saving.as_dict() for saving in run.protection] == [saving.as_dict() for saving in whole.protection]


def test_stopped_and_taken_up_again(measured, whole, tmp_path):
    def stop(told):
        if told.done >= 20 and told.stage == "replicas":
            raise KeyboardInterrupt

    with pytest.raises(StoppedError, match="of 30 replicas"):
        follow(measured, tmp_path / "run", block=2, progress=stop)
    stages = []
    run = follow(measured, tmp_path / "run", progress=lambda told: stages.append((told.stage, told.done)))
    assert any(stage == "resumed" and done >= 20 for stage, done in stages)
    assert every(run) == every(whole)


def test_finished_without_its_measures_they_follow_later(measured, whole, tmp_path):
    other = follow(measured, tmp_path / "run", protection=False, baseline=True)
    before = other.manifest["spent"]
    again = follow(measured, tmp_path / "run")
    assert every(again) == every(whole) | {"baseline": hashes(other.baseline.path)}
    assert again.manifest["spent"]["sessions"] == before["sessions"] + 1
    assert again.manifest["spent"]["cpu_s_by_stage"] == before["cpu_s_by_stage"]


def test_more_replicas_replace_fewer_and_fewer_are_not_made_of_more(whole, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole.path, run)
    longer = protect(run, replicas=10)
    assert {saving.replicas for saving in longer.protection} == {10}
    assert hashes(run) == hashes(whole.path)
    stages = []
    same = protect(run, replicas=4, progress=lambda told: stages.append(told.stage))
    assert {saving.replicas for saving in same.protection} == {10}
    assert "already finished" in stages
    assert {s.replicas for s in protect(run, replicas=1000).protection} == {N}  # the run has no more


def test_what_the_command_prints(measured, cli, tmp_path):
    folder = tmp_path / "run"
    words = ["--replicas", N, "--workers", 1, "--set", f"run.protection_replicas={FOLLOWED}", "--out", folder]
    code, out, told = cli("run", measured, *words)
    assert code == 0
    assert "nothing finds nothing to change here and is left out" in told
    for text in ("Protective measures", "More crews", "concrete", "guns"):
        assert text in out
    code, out, _ = cli("run", measured, *words, "--json")
    ranked = json.loads(out)["protection"]
    assert len(ranked) == 3
    assert ranked == sorted(ranked, key=lambda saving: -saving["saved"]["energy_not_served_mwh"]["saved"])
    code, out, _ = cli("protection", folder, "--replicas", 8, "--workers", 1, "--json")
    assert [saving["replicas"] for saving in json.loads(out)["protection"]] == [8, 8, 8]
    code, out, _ = cli("protection", folder)
    assert "More crews" in out
    code, out, _ = cli("run", measured, *words[:4], "--no-protection", "--out", tmp_path / "bare")
    assert "More crews" not in out


def test_a_run_without_measures_has_none_to_rank(islands, cli):
    folder = islands.with_name("run")
    assert cli("run", islands, "--workers", 1, "--out", folder)[0] == 0
    code, _, told = cli("protection", folder)
    assert code == 2
    assert "names none" in told


def test_runs_with_measures_compare_as_before(measured, whole, tmp_path):
    other = mamori.run(
        mamori.load(measured, [CONCRETE, f"run.protection_replicas={FOLLOWED}"]), replicas=N,
        out=tmp_path / "run",
    )  # fmt: skip
    assert len(other.protection) == 3
    (found,) = compare([whole.path, other.path])
    assert not [change for change in found.changes if "protective_measures" in change.path]
    energy = next(row for row in found.rows if row.measure.column == "energy_not_served_mwh")
    assert energy.paired.n == N
    assert energy.paired.difference < 0.0
