"""The raid at other sizes: nested, at the right mean, a function of the replica alone, and in the tables."""

import numpy as np
import pytest

from mamori.errors import ScenarioError
from mamori.raid.clock import Clock
from mamori.raid.pipeline import Raid
from mamori.raid.sizes import RaidSizes, enlarged, sample_of
from mamori.scenario.load import load

SCENARIO = """\
schema_version: 1
name: sizes
extends: night-raid
run: {seed: 3, replicas: 60, worlds: 3, raid_sizes: [0.5, 1, 1.6]}
recovery: {days: 1}
raid:
  aim_draws: 1
  variants:
    - {id: defences-first, remove: true}
    - {id: one-axis, remove: true}
    - id: energy
      remove: true
    - id: only
      groups:
        - {id: drones, class: drone-notional, count: 10, launch_latitude_deg: 34.0, launch_longitude_deg: 163.9,
           launch_radius_m: 1000.0, launch_s: 0, interval_s: 32, targets: [Carter, Arthur]}
        - {id: missiles, class: srbm-notional, count: 4, launch_latitude_deg: 34.5, launch_longitude_deg: 162.0,
           launch_radius_m: 1000.0, launch_s: 600, interval_s: 0, targets: [Arthur]}
"""


@pytest.fixture(scope="module")
def raid(tmp_path_factory):
    file = tmp_path_factory.mktemp("sizes") / "sizes.yaml"
    file.write_text(SCENARIO)
    return Raid(load(file, is_checked=False))


@pytest.fixture(scope="module")
def followed(raid):
    study = RaidSizes(raid)
    return {replica: found for replica in range(60) if (found := study(replica, Clock())) is not None}


@pytest.mark.parametrize(
    ("n_replicas", "n_worlds", "samples", "replicas"),
    [(200, 10, 6, 30), (200, 1, 6, 30), (200, 3, 6, 30), (20, 10, 3, 6), (1, 1, 1, 1), (9999, 50, 6, 30), (4, 2, 1, 2)],
)  # fmt: skip
def test_which_replicas_are_followed(n_replicas, n_worlds, samples, replicas):
    found = {r: at for r in range(n_replicas) if (at := sample_of(r, n_replicas, n_worlds)) is not None}
    assert {n for _, n in found.values()} == {samples}
    assert {sample for sample, _ in found.values()} == set(range(samples))
    assert len(found) == replicas
    for r, (sample, _) in found.items():  # a sample stays in one world
        assert sample % min(n_worlds, samples) == r % n_worlds


def test_what_is_added_comes_between_what_is_written(raid):
    (variant,) = raid.scenario.raid.variants
    large, low, span = enlarged(variant, 1.6)
    drones, more_drones, missiles, more_missiles = large.groups
    assert (drones, missiles) == variant.groups
    assert (more_drones.count, more_missiles.count) == (6, 3)
    assert more_drones.count * more_drones.interval_s == pytest.approx(10 * 32.0)
    assert more_drones.launch_s == pytest.approx(0.5 * more_drones.interval_s)
    assert more_drones.targets == ("Carter", "Arthur")  # ten have gone round twice
    assert (more_missiles.interval_s, more_missiles.launch_s) == (0.0, 600.0)
    assert low.tolist() == [0.0] * 10 + [1.0] * 6 + [0.0] * 4 + [1.0] * 3
    assert span.tolist() == [1.0] * 10 + [0.6] * 6 + [1.0] * 4 + [0.75] * 3


def test_aims_of_what_is_added_go_on_down_the_list(raid):
    (variant,) = raid.scenario.raid.variants
    odd = variant.groups[0].model_copy(update={"count": 3})
    large, _, _ = enlarged(variant.model_copy(update={"groups": (odd,)}), 2.0)
    assert large.groups[1].targets == ("Arthur", "Carter")


def test_nothing_to_add():
    for groups, size in (((), 2.0), (None, 0.5)):
        variant = load("night-raid", is_checked=False).raid.variants[0]
        variant = variant if groups is None else variant.model_copy(update={"groups": groups})
        large, low, span = enlarged(variant, size)
        assert large.groups == variant.groups
        assert len(low) == len(span) == sum(group.count for group in variant.groups)


def test_counts_add_up_and_grow_with_the_raid(followed):
    for at in followed.values():
        assert np.all(at.leaked + at.stopped <= at.launched)
        assert np.all(at.undefended <= at.launched)
        assert np.all(at.leaked <= at.undefended)  # whom nobody shoots at and who works comes down
        assert np.all(np.diff(at.launched, axis=0) >= 0)
        assert np.all(np.diff(at.undefended, axis=0) >= 0)
        assert np.all(at.launched <= [16, 7])
        assert at.classes == ("drone-notional", "srbm-notional")


def test_as_many_as_asked_for_on_average(followed):
    launched = np.array([at.launched for at in followed.values()])
    for z, size in enumerate((0.5, 1.0, 1.6)):
        for c, n in enumerate((10 * size, 4 * size)):
            mean, half = launched[:, z, c].mean(), 3.29 * launched[:, z, c].std() / np.sqrt(len(launched))
            assert abs(mean - n) <= half + 1e-9


def test_size_1_is_the_raid_as_written(raid, followed):
    """Replica by replica: there is one variant and one draw of its aims."""
    for replica, at in followed.items():
        played = raid.play(replica)
        is_of = [played.threats.class_i == c for c in range(2)]
        assert at.launched[1].tolist() == [10, 4]
        assert at.leaked[1].tolist() == [int(played.arrives[mine].sum()) for mine in is_of]
        assert at.stopped[1].tolist() == [int(np.isfinite(played.engagements.killed_s[mine]).sum()) for mine in is_of]


def test_a_replica_alone_is_the_same(raid, followed):
    other = RaidSizes(Raid(raid.scenario))
    for replica in (44, 1):
        found = other(replica, Clock()) if replica in followed else None
        expected = followed.get(replica)
        assert (found is None) == (expected is None)
        if found is not None:
            for name in ("launched", "leaked", "stopped", "undefended"):
                assert np.array_equal(getattr(found, name), getattr(expected, name))


def test_a_smaller_raid_is_part_of_a_larger_one(raid, followed):
    """The threats of each size do not hang on which other sizes are followed."""
    run = raid.scenario.run.model_copy(update={"raid_sizes": (1.0, 1.6)})
    found = RaidSizes(Raid(raid.scenario.model_copy(update={"run": run})))(1, Clock())
    for name in ("launched", "leaked", "stopped", "undefended"):
        assert np.array_equal(getattr(found, name), getattr(followed[1], name)[1:])


def test_no_sizes_nothing_followed(raid):
    run = raid.scenario.run.model_copy(update={"raid_sizes": ()})
    clock = Clock()
    assert RaidSizes(Raid(raid.scenario.model_copy(update={"run": run})))(0, clock) is None
    assert not clock.seconds


@pytest.mark.parametrize(("sizes", "rule"), [("[1, 0.5]", "must rise"), ("[1, 1]", "must rise"), ("[0, 1]", "0")])
def test_sizes_that_make_no_sense_are_refused(tmp_path, sizes, rule):
    file = tmp_path / "sizes.yaml"
    file.write_text(SCENARIO.replace("[0.5, 1, 1.6]", sizes))
    with pytest.raises(ScenarioError, match=rule) as refused:
        load(file, is_checked=False)
    assert "raid_sizes" in str(refused.value)
