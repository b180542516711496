"""Plans in pairs: run folders written by hand, whose every difference is known."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest

from mamori.errors import ScenarioError, StoreError
from mamori.raid.measures import LEADS_S, Better, measures
from mamori.report.comparison import page
from mamori.report.comparison_words import MOST_CHANGES, change_lines, sentences, shown, untold
from mamori.report.words import Words
from mamori.scenario.changes import changes
from mamori.store.folder import IDENTITY
from mamori.store.tables import Column, table
from mamori.study.compare import Verdict, compare

CLASSES = (("drone-notional",), ("gun-post-notional",))
N = 8
W = Words()


def write(path: Path, columns=None, *, classes=CLASSES, scenario="name: small\n", variant=None, **manifest):
    """A run folder of N replicas in which every measure is 1 but those given."""
    found = measures(*classes)
    replicas, worlds = manifest.get("replicas", N), manifest.get("worlds", 2)
    own = {
        "replica": list(range(replicas)),
        "world": [r % worlds for r in range(replicas)],
        "variant": variant or ["night", "day"] * (replicas // 2),
        "aim_draw": [0] * replicas,
        "passes": [1] * replicas,
        **{m.column: np.ones(replicas) for m in found},
        **{name: np.asarray(x, dtype=float) for name, x in (columns or {}).items()},
    }
    (path / "tables").mkdir(parents=True)
    extra = [Column(m.column, pyarrow.float64(), m.meaning) for m in found]
    pyarrow.parquet.write_table(table("replicas", own, extra), path / "tables" / "replicas.parquet")
    identity = {"scenario": "small", "scenario_hash": scenario, "seed": 5, "replicas": N, "worlds": 2, "mamori": "1"}
    identity = dict.fromkeys(IDENTITY, 1) | identity
    (path / "manifest.json").write_text(json.dumps({"status": "finished", **identity, **manifest}))
    (path / "scenario.yaml").write_text(scenario)
    leakers, magazines = ({name: {"mean": 1.0} for name in names} for names in classes)
    (path / "summary.json").write_text(json.dumps({"leakers": leakers, "magazine_left": magazines}))
    return path


def one(a, b):
    (found,) = compare([a, b])
    return found, {row.measure.column: row for row in found.rows}


def test_every_measure_knows_which_way_is_good():
    more = {m.column for m in measures(*CLASSES) if m.better is Better.MORE}
    assert more == {
        "stopped_fraction_drone_notional", "failed_fraction_drone_notional", "magazine_left_gun_post_notional",
        "warning_lead_time_s", *(f"warned_{name}_share" for _, name in LEADS_S),
    }  # fmt: skip
    assert [m.column for m in measures(*CLASSES) if m.is_none_worst] == ["time_to_90_percent_h"]


def test_identical_plans_differ_by_exactly_nothing(tmp_path):
    x = np.linspace(1.0, 2.0, N) ** 9 / 3.0
    columns = {"energy_not_served_mwh": x, "time_to_90_percent_h": [math.nan, *x[1:]]}
    found, rows = one(write(tmp_path / "a", columns), write(tmp_path / "b", columns))
    assert len(rows) == len(measures(*CLASSES))
    for row in rows.values():
        assert row.verdict is Verdict.SAME
        for paired in (row.paired, row.tail, *(v.paired for v in row.variants)):
            assert paired.difference == 0.0
        assert (row.paired.low, row.paired.high) == (0.0, 0.0)
        assert (row.n_better, row.n_tie, row.n_worse) == (0, N, 0)
    assert found.changes == found.only_a == found.only_b == ()
    assert "exactly 0" in " ".join(sentences(W, found, found.rows))
    assert untold(W, found.rows) == []


def test_difference_by_hand(tmp_path):
    # Replicas 0 2 4 6 are world 0 and variant night. b - a by world: (-1 -1 -1 -5) and (-3 -3 -3 1): both mean -2.
    a = np.full(N, 10.0)
    b = a + np.array([-1, -3, -1, -3, -1, -3, -5, 1])
    _, rows = one(
        write(tmp_path / "a", {"energy_not_served_mwh": a}), write(tmp_path / "b", {"energy_not_served_mwh": b})
    )
    row = rows["energy_not_served_mwh"]
    assert (row.paired.mean_a, row.paired.mean_b, row.paired.difference) == (10.0, 8.0, -2.0)
    assert (row.paired.low, row.paired.high) == (-2.0, -2.0)  # the worlds agree
    assert (row.n_better, row.n_tie, row.n_worse) == (7, 0, 1)
    assert row.share_better == 7 / 8
    assert row.verdict is Verdict.B_BETTER
    night, day = sorted(row.variants, key=lambda v: v.id, reverse=True)
    assert (night.id, night.paired.n, night.paired.difference) == ("night", 4, -2.0)
    # One world each: t(0.975, 3) = 3.182446, variance of (-1 -1 -1 -5) is 4.
    assert night.paired.high == pytest.approx(-2.0 + 3.182446 * 2.0 / 2.0, rel=1e-6)
    assert day.verdict is Verdict.UNTOLD
    assert (row.tail.mean_a, row.tail.mean_b, row.tail.difference) == pytest.approx((10.0, 11.0, 1.0))
    assert math.isnan(row.tail.low)  # eight replicas have no tail to speak of


def test_more_is_better_where_it_is(tmp_path):
    up = {"magazine_left_gun_post_notional": np.arange(N), "leakers_drone_notional": np.arange(N)}
    down = {name: x + 3.0 for name, x in up.items()}
    _, rows = one(write(tmp_path / "a", up), write(tmp_path / "b", down))
    left, leakers = rows["magazine_left_gun_post_notional"], rows["leakers_drone_notional"]
    assert (left.verdict, leakers.verdict) == (Verdict.B_BETTER, Verdict.B_WORSE)
    assert (left.n_better, leakers.n_better) == (N, 0)
    assert (left.tail.mean_a, leakers.tail.mean_a) == (0.0, 7.0)  # the worst night: least left, most through
    assert (left.worst_a.id, leakers.worst_a.id) == ("night", "day")  # means 3 and 4


def test_not_getting_there_is_worse_than_getting_there_late(tmp_path):
    nan = math.nan
    a = {"time_to_90_percent_h": [nan, nan, 5, 5, 5, 5, 5, 5], "warning_lead_time_s": [nan, 1, 1, 1, 1, 1, 1, 1]}
    b = {"time_to_90_percent_h": [90, nan, nan, 5, 5, 5, 5, 5], "warning_lead_time_s": [1, 1, 1, 1, 1, 1, 1, 1]}
    found, rows = one(write(tmp_path / "a", a), write(tmp_path / "b", b))
    row = rows["time_to_90_percent_h"]
    assert (row.n_better, row.n_tie, row.n_worse) == (1, 6, 1)
    assert (row.paired.n, row.paired.n_only_a, row.paired.n_only_b) == (5, 1, 1)
    assert row.verdict is Verdict.UNTOLD
    assert any("get there" in text for text in sentences(W, found, found.rows))
    lead = rows["warning_lead_time_s"]  # nobody under an impact says nothing
    assert (lead.n_better, lead.n_tie, lead.n_worse) == (0, 7, 0)


def test_says_how_many_replicas_would_tell(tmp_path):
    a = np.full(N, 10.0)
    b = a + np.array([-8, 4, -8, 4, -8, 4, -8, 4])  # worlds -8 and +4: nothing is told, and only worlds can tell
    found, rows = one(
        write(tmp_path / "a", {"energy_not_served_mwh": a}), write(tmp_path / "b", {"energy_not_served_mwh": b})
    )
    row = rows["energy_not_served_mwh"]
    assert row.verdict is Verdict.UNTOLD
    # Standard deviation between worlds 6 * sqrt(2): t(0.975, 71) * 8.485 / sqrt(72) = 1.994 < 2, and 71 are too few.
    assert (row.to_tell_seen.worlds, row.to_tell_seen.replicas) == (72, 288)
    assert row.to_tell_tenth.worlds > 200  # a difference of 1
    assert row.to_tell_tenth.replicas == 4 * row.to_tell_tenth.worlds
    assert untold(W, found.rows)[0][:2] == ("energy not served, MWh", "290 (72)")
    assert "cannot be told from luck" in " ".join(sentences(W, found, found.rows))


def test_one_replica_tells_nothing(tmp_path):
    folders = [
        write(tmp_path / name, {"energy_not_served_mwh": [x]}, replicas=1, worlds=1, variant=["night"])
        for name, x in (("a", 3.0), ("b", 2.0))
    ]
    found, rows = one(*folders)
    row = rows["energy_not_served_mwh"]
    assert (row.paired.difference, row.verdict, row.to_tell_seen) == (-1.0, Verdict.UNTOLD, None)
    assert json.loads(json.dumps(found.as_dict(), allow_nan=False))["measures"]


def test_measures_of_one_run_alone_are_named(tmp_path):
    b = write(tmp_path / "b", classes=(("drone-notional", "boat-notional"), ()))
    found, rows = one(write(tmp_path / "a"), b)
    assert [m.column for m in found.only_a] == [
        "interceptors_used_gun_post_notional",
        "magazine_left_gun_post_notional",
    ]
    assert {m.column for m in found.only_b} >= {"leakers_boat_notional", "stopped_fraction_boat_notional"}
    assert all("boat" in m.column for m in found.only_b)
    assert "leakers_drone_notional" in rows
    assert "leakers_boat_notional" not in rows


def test_other_variants_count_in_the_mean_alone(tmp_path):
    x = {"energy_not_served_mwh": np.arange(N)}
    b = write(tmp_path / "b", x, variant=["day", "day"] * 4)
    found, rows = one(write(tmp_path / "a", x), b)
    assert found.n_other_variant == 4
    assert [(v.id, v.paired.n) for v in rows["energy_not_served_mwh"].variants] == [("day", 4)]


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        ({"seed": 6}, "seed 5 there, 6 here"),
        ({"replicas": 4}, "replicas 8 there, 4"),
        ({"worlds": 4}, "worlds 2 there"),
    ],
)
def test_runs_that_do_not_share_their_luck_are_refused(tmp_path, manifest, text):
    with pytest.raises(StoreError, match=text) as error:
        compare([write(tmp_path / "a"), write(tmp_path / "b", **manifest), write(tmp_path / "c")])
    assert "--seed 5 --replicas 8 --set run.worlds=2" in str(error.value)
    assert str(tmp_path / "c") not in str(error.value)


def test_fewer_than_two_or_none_there(tmp_path):
    with pytest.raises(ScenarioError, match="compare"):
        compare([write(tmp_path / "a")])
    with pytest.raises(StoreError, match="not a run folder"):
        compare([tmp_path / "a", tmp_path / "nothing"])


def test_baseline_says_so(tmp_path):
    b = write(tmp_path / "b", scenario="name: small\n")
    manifest = json.loads((b / "manifest.json").read_text()) | {"scenario": "small without defence"}
    (b / "manifest.json").write_text(json.dumps(manifest))
    found, _ = one(write(tmp_path / "a"), b)
    assert found.notes == (f"The scenario is the same; in {b} no battery fires.",)


def test_page_is_the_same_bytes_and_escapes(tmp_path):
    a = write(tmp_path / "a", {"energy_not_served_mwh": np.arange(N)})
    b = write(tmp_path / "b", {"energy_not_served_mwh": np.arange(N) ** 2}, scenario="name: <b>\nx: <i>\n")
    found = compare([a, b, a])
    text = page(found, W)
    assert text == page(compare([a, b, a]), W)
    assert "&lt;i&gt;" in text
    assert "<i>" not in text
    assert "<h2>C: small</h2>" in text
    assert len(shown(found[0], is_all=True)) > len(shown(found[0], is_all=False))


def test_changes_are_named_by_path():
    battery = {"id": "north", "magazine": 4}
    a = {"name": "a", "defence": {"batteries": [battery, {"id": "old"}]}, "grid": {"x": 1, "list": [1, 2]}}
    new = [{"id": "new"}, battery | {"magazine": 6}]
    b = {"name": "b", "defence": {"batteries": new}, "grid": {"x": True, "list": [2, 1]}, "more": {"y": "text"}}
    assert change_lines(W, changes(a, b), "B") == [
        "defence.batteries.north.magazine: 4 → 6",
        'defence.batteries.old: only in A: {"id": "old"}',
        'defence.batteries.new: only in B: {"id": "new"}',
        "grid.x: 1 → true",
        "grid.list: [1, 2] → [2, 1]",
        'more: only in B: {"y": "text"}',
    ]
    assert changes(a, dict(a)) == []


def test_changes_in_a_list_without_ids():
    at = [{"at": "substation", "level": "none"}, {"at": "Aiken", "level": "none"}]
    changed = [at[0] | {"level": "concrete"}, at[1], {"at": "Bain"}]
    assert change_lines(W, changes({"p": at}, {"p": changed}), "B") == [
        "p[0].level: none → concrete",
        'p[2]: only in B: {"at": "Bain"}',
    ]
    assert change_lines(W, changes({"p": at}, {"p": at[::-1]}), "B") == [
        "p: in one order → the same entries in another order"
    ]


def test_many_changes_are_cut_short():
    found = changes({}, {f"k{i}": i for i in range(50)})
    lines = change_lines(W, found, "B")
    assert len(lines) == MOST_CHANGES
    assert lines[-1] == "and 31 more places (all with --json)"
