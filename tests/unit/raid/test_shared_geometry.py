"""Worlds that take their geometry from one like them: the same bits, and computed again wherever an input differs."""

import numpy as np
import pytest

import mamori
from mamori.raid.geometry import _same
from mamori.raid.pipeline import Raid

FROM = "launch_latitude_deg: 34, launch_longitude_deg: 163"
GROUPS = (
    f"{{id: drones, class: drone-notional, count: 3, {FROM}, targets: [Carter, Cecil]}}, "
    f"{{id: missiles, class: srbm-notional, count: 2, {FROM}, aims: {{sensor: 1, battery: 1}}}}"
)
SMALL = ["recovery.days=1", "raid.aim_draws=2", f"raid.variants=[{{id: only, groups: [{GROUPS}]}}]"]
PARTS = ("trajectories", "tracks", "opportunities")
PLACE = "latitude_deg: 34.9, longitude_deg: 165.9"


@pytest.fixture(scope="module")
def reference():
    return Raid(mamori.load("night-raid", SMALL))


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ("damage.protection[*].level=concrete-notional", "trajectories tracks opportunities"),
        ("recovery.crews[*].count=9", "trajectories tracks opportunities"),
        ("defence.batteries[*].magazine=40", "trajectories tracks"),
        (f"defence.batteries[+]={{id: new, class: gun-post-notional, {PLACE}, command_post: post-west}}", ""),
        (f"sensing.sensors[+]={{id: new, class: low-level-radar-notional, {PLACE}}}", ""),
        ("tracking.m=2", "trajectories opportunities"),
        ("catalogue.drone-notional.sensing.rcs_m2=1.5", "trajectories opportunities"),
        ("catalogue.drone-notional.flight.speed_m_s=45", ""),
        ("raid.variants.only.groups.drones.count=2", ""),
        ("run.seed=2", ""),
    ],
)
def test_what_is_taken_is_what_would_be_computed(reference, change, taken):
    scenario = mamori.load("night-raid", [*SMALL, change])
    for replica in (0, 1):
        alone = Raid(scenario).world(replica).geometry(0, 1)
        other = Raid(scenario, like=reference).world(replica).geometry(0, 1)
        assert _same(other, alone)
        first = reference.world(replica).geometry(0, 1)
        shared = [name for name in PARTS if getattr(other, name) is getattr(first, name)]
        if "[+]" not in change:  # an actor more may draw an aim to itself, or not
            assert shared == taken.split()


def test_one_more_battery_out_of_everybodys_aim_leaves_paths_and_looks(reference):
    aims = [*SMALL, "raid.variants.only.groups.missiles.aims={service: 1}"]
    like = Raid(mamori.load("night-raid", aims))
    new = f"defence.batteries[+]={{id: new, class: gun-post-notional, {PLACE}, command_post: post-west}}"
    g = Raid(mamori.load("night-raid", [*aims, new]), like=like).world(0).geometry(0, 0)
    first = like.world(0).geometry(0, 0)
    assert g.trajectories is first.trajectories
    assert g.tracks is first.tracks
    assert g.opportunities is not first.opportunities
    assert g.threats.aim_i.tolist() != first.threats.aim_i.tolist()  # the new one moved the others' numbers


def test_without_defence_the_worlds_are_the_same_ones(reference):
    silent = Raid(reference.scenario, is_defended=False, like=reference)
    assert silent.world(3) is reference.world(3)
    a, b = reference.play(3), silent.play(3)
    assert len(a.engagements.battery_i) > 0
    assert len(b.engagements.battery_i) == 0


def test_same_is_to_the_last_bit():
    assert _same((np.array([np.nan, 1.0]), {"a": 1}), (np.array([np.nan, 1.0]), {"a": 1}))
    assert not _same(np.array([1.0]), np.array([np.nextafter(1.0, 2.0)]))
    assert not _same(np.array([1]), np.array([1.0]))
    assert not _same(np.zeros((2, 1)), np.zeros((1, 2)))
    assert not _same({"a": 1}, {"b": 1})
    assert not _same([1], [1, 2])
