"""The ranking of protective measures, from run folders written by hand."""

import json
import math

import numpy as np
import pyarrow.parquet
import pytest

from mamori.errors import StoreError
from mamori.raid.measures import measures
from mamori.store.folder import IDENTITY
from mamori.store.tables import Column, table
from mamori.study.compare import Verdict
from mamori.study.protection import ENERGY, EXPOSED, FOLDER, RANKED_BY, ranking

CLASSES = (("drone-notional",), ("gun-post-notional",))
N, WORLDS = 8, 2


def write(path, replicas, *, status="finished", measure=None, **columns):
    """A run folder in which every measure is 10 but those given."""
    found = measures(*CLASSES)
    own = {
        "replica": list(range(replicas)), "world": [r % WORLDS for r in range(replicas)],
        "variant": ["night"] * replicas, "aim_draw": [0] * replicas, "passes": [1] * replicas,
        **{m.column: np.full(replicas, 10.0) for m in found},
        **{name: np.asarray(x, dtype=float) for name, x in columns.items()},
    }  # fmt: skip
    (path / "tables").mkdir(parents=True)
    extra = [Column(m.column, pyarrow.float64(), m.meaning) for m in found]
    pyarrow.parquet.write_table(table("replicas", own, extra), path / "tables" / "replicas.parquet")
    manifest = dict.fromkeys(IDENTITY, 1) | {"status": status, "replicas": replicas, "worlds": WORLDS}
    if measure is not None:
        facts = {"id": measure, "title": "", "assumption": "", "cost_eur": None}
        manifest["protective_measure"] = facts | {"title": measure.title()}
    (path / "manifest.json").write_text(json.dumps(manifest))
    leakers, magazines = ({name: {"mean": 1.0} for name in names} for names in CLASSES)
    (path / "summary.json").write_text(json.dumps({"leakers": leakers, "magazine_left": magazines}))


def with_measure(run, name, replicas=N, *, cost_eur=None, status="finished", **columns):
    folder = run / FOLDER / name
    write(folder, replicas, measure=name, status=status, **columns)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["protective_measure"]["cost_eur"] = cost_eur
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture
def run(tmp_path):
    """Energy not served 20 in every night."""
    write(tmp_path / "run", N, **{ENERGY: np.full(N, 20.0)})
    return tmp_path / "run"


def test_nothing_followed_nothing_ranked(run):
    assert ranking(run) == ()


def test_ranked_by_energy_saved_then_by_the_rest(run):
    with_measure(run, "little", **{ENERGY: np.full(N, 19.0)})
    with_measure(run, "much", **{ENERGY: np.full(N, 15.0)}, cost_eur=1000.0)
    with_measure(run, "none", **{ENERGY: np.full(N, 20.0)})
    with_measure(run, "people", **{ENERGY: np.full(N, 20.0), EXPOSED: np.full(N, 4.0)})
    with_measure(run, "harm", **{ENERGY: np.full(N, 21.0)}, cost_eur=1000.0)
    found = ranking(run)
    assert [saving.id for saving in found] == ["much", "little", "people", "none", "harm"]
    much, _, people, none, harm = found
    assert much.saved() == (5.0, 5.0, 5.0)
    assert (much.name, much.replicas, much.verdict) == ("Much", N, Verdict.B_BETTER)
    assert much.eur_per_mwh == 200.0
    assert people.saved(EXPOSED)[0] == 6.0
    assert people.verdict is none.verdict is Verdict.SAME
    assert math.copysign(1.0, none.saved()[0]) == 1.0  # no minus zero
    assert harm.verdict is Verdict.B_WORSE
    assert harm.eur_per_mwh is None  # a cost for nothing is no price
    assert set(much.rows) == set(RANKED_BY)


def test_over_the_first_replicas_alone_and_what_luck_hides(run):
    # By hand, pairs of world 0 and 1: saved (2, 0) and (4, -2) on average 1; the worlds' means are 3 and -1.
    with_measure(run, "some", 4, **{ENERGY: [18.0, 20.0, 16.0, 22.0]}, cost_eur=5.0)
    (saving,) = ranking(run)
    assert saving.replicas == 4
    mean, low, high = saving.saved()
    assert mean == 1.0
    # t(0.975, 1) = 12.7062; cluster-robust: sqrt(2 / 1 * (4^2 + 4^2)) / 4 = 2
    assert (low, high) == pytest.approx((1.0 - 12.7062 * 2.0, 1.0 + 12.7062 * 2.0), rel=1e-5)
    assert saving.verdict is Verdict.UNTOLD
    assert saving.rows[ENERGY].share_better == 0.5
    assert saving.to_tell.worlds > WORLDS
    assert saving.to_tell.replicas == 2 * saving.to_tell.worlds
    assert saving.eur_per_mwh is None
    told = saving.as_dict()
    assert told["saved"][ENERGY]["saved"] == 1.0
    assert told["replicas_to_tell"] == saving.to_tell.replicas
    json.dumps(told, allow_nan=False)


def test_one_replica_has_a_mean_and_no_interval(run):
    with_measure(run, "once", 1, **{ENERGY: [18.0]})
    (saving,) = ranking(run)
    assert saving.saved()[0] == 2.0
    assert all(map(math.isnan, saving.saved()[1:]))
    json.dumps(saving.as_dict(), allow_nan=False)


def test_unfinished_ones_are_left_out_and_a_broken_one_is_named(run):
    with_measure(run, "half", status="unfinished")
    assert ranking(run) == ()
    (run / FOLDER / "half" / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="half"):
        ranking(run)
