"""Decoys cost shots and break nothing."""

import mamori
from mamori.raid.pipeline import Raid

DECOYS = (
    "raid.variants=[{id: one, groups: [{id: d, class: decoy-notional, count: 12, launch_s: 0, interval_s: 30, "
    "launch_latitude_deg: 34.7, launch_longitude_deg: 165.0, targets: [Cecil]}]}]"
)


def test_decoys_are_shot_at_and_break_nothing():
    raid = Raid(mamori.load("night-raid", [DECOYS, "recovery.days=1", "raid.aim_draws=1", "run.worlds=1"]))
    outcome = raid.play(0)
    assert outcome.engagements.n_shots.sum() > 5
    assert outcome.impacts.threat_i.size == 0
    assert outcome.damage.asset_i.size == 0
    bare = Raid(raid.scenario, is_defended=False).play(0)
    assert bare.damage.asset_i.size == 0
