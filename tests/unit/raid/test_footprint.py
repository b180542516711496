"""What batteries defend: shots counted by hand, and one battery on the sea against a drone that flies past."""

import numpy as np
import pytest
from shapely import contains_xy

import mamori
from mamori.defence.model import Opportunities
from mamori.errors import ScenarioError
from mamori.raid import footprint
from mamori.raid.cover import cover, median_world, rule_of
from mamori.raid.footprint import Course, footprints, shots, threats_at
from mamori.records import ThreatKind, Tracks
from mamori.tracking.model import TrackingRules

ALONE = [
    "world.terrain_file=null", "run.worlds=1",
    "sensing.sensors=[{id: eye, class: low-level-radar-notional, latitude_deg: 33.6, longitude_deg: 168.1}]",
    (
        "defence={batteries: [{id: post, class: point-defence-notional, latitude_deg: 33.6, longitude_deg: 168.1, "
        "sensors: [eye]}]}"
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def alone():
    """A battery with a radar of its own, without hills."""
    return median_world(mamori.load("night-raid", ALONE))


class Battery:
    id = ("b",)
    reaction_s = np.array([10.0])
    assess_s = np.array([20.0])
    stock = np.array([9])


def window(joined):
    return Opportunities(
        battery_i=np.array([0]), threat_i=np.array([0]), pair_first=np.array([0, 1]), first=np.array([0, 2]),
        intercept_s=np.array([100.0, 200.0]), launch_by_s=np.array([50.0, 150.0]), is_joined=np.array([False, joined]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("available_s", "until_s", "joined", "expected"),
    [
        (
            0.0,
            np.inf,
            True,
            2,
        ),  # at 50 s, met at 100; looked at 120, met at 100 + 0.7 * 100 = 170; at 190 it is too late
        (0.0, 100.0, True, 1),  # the track is lost before the second
        (141.0, np.inf, True, 0),  # reaction ends a second after the last launch
        (140.0, np.inf, True, 1),
        (0.0, np.inf, False, 2),  # two moments: at 50 s, and at 150 s
        (np.inf, -np.inf, True, 0),
    ],
)
def test_shots_are_counted_one_after_another(available_s, until_s, joined, expected):
    n = shots(window(joined), Battery(), np.array([[available_s]]), np.array([[until_s]]))
    assert n.tolist() == [[expected]]


def test_a_magazine_of_one_has_one_shot():
    class Spent(Battery):
        stock = np.array([1])

    assert shots(window(joined=True), Spent(), np.array([[0.0]]), np.array([[np.inf]])).tolist() == [[1]]


def test_a_track_counts_from_the_look_that_makes_it_likely():
    known = Tracks(
        threat_i=np.array([1]), sensor_i=np.array([0]), key=np.array([7]), first=np.array([0, 3]),
        time_s=np.array([5.0, 10.0, 15.0]), p_confirmed=np.array([0.1, 0.6, 0.9]), last_look_s=np.array([15.0]),
        sigma_m=np.array([1.0]), interval_s=np.array([5.0]), latency_s=np.array([2.0]),
    )  # fmt: skip
    assert footprint.first_confirmed_s(known, 2, 1).tolist() == [[np.inf], [12.0]]


def test_a_battery_defends_what_lies_behind_it_as_wide_as_it_reaches(alone):
    found = footprints(alone, classes=["drone-notional"], from_deg=[270.0], step_m=12e3)
    (one,) = found.footprints
    post = one.areas["post"]
    reach_m = float(alone.batteries.max_range_m[0, ThreatKind.DRONE])  # 18.3 km
    assert 17e3 < reach_m < 20e3
    # The plane's middle is the battery. A step is 12 km, and the great circles bend by 2 km over 160 km.
    for east_m, north_m, is_defended in (
        (0.0, 0.0, True), (120e3, 0.0, True), (120e3, 8e3, True), (120e3, 32e3, False), (120e3, -32e3, False),
        (-60e3, 0.0, False), (0.0, 32e3, False),
    ):  # fmt: skip
        assert contains_xy(post, east_m, north_m) == is_defended, (east_m, north_m)
    assert one.together.area == post.area
    assert one.all_shots.max() >= 2
    (back,) = footprints(alone, classes=["drone-notional"], from_deg=[90.0], step_m=12e3).footprints
    assert contains_xy(back.together, -120e3, 0.0)
    assert not contains_xy(back.together, 120e3, 0.0)


def test_without_its_radar_a_battery_defends_nothing(alone):
    blind = median_world(mamori.load("night-raid", [*ALONE, "sensing.sensors.eye.latitude_deg=36.2"]))
    (one,) = footprints(blind, classes=["drone-notional"], from_deg=[270.0], step_m=20e3).footprints
    assert one.together.is_empty
    assert one.share_of_people == 0.0


def test_threats_begin_on_one_line_before_the_country(alone):
    grid = footprints(alone, classes=["drone-notional"], from_deg=[270.0], step_m=40e3).footprints[0].grid
    threats = threats_at("drone-notional", ThreatKind.DRONE, Course(270.0, None), 2e6, grid)
    east, _ = grid.plane.points_m(threats.launch_latitude_rad, threats.launch_longitude_rad)
    assert len(threats.id) == grid.n_rows * grid.n_columns
    wide = grid.north_m[-1] - grid.north_m[0]
    assert np.ptp(east) < 0.02 * wide
    assert east.mean() == pytest.approx(-grid.north_m[-1] - footprint.FRONT_M, rel=0.02)


def test_what_is_asked_wrongly_is_said_at_once(alone):
    with pytest.raises(ScenarioError) as caught:
        footprints(alone, classes=["boat-notional"], from_deg=[400.0], step_m=1.0)
    assert {fault.place for fault in caught.value.faults} == {"--from-deg", "--aim-step-km", "--class"}
    with pytest.raises(ScenarioError, match="from 100 to 700 km"):
        footprints(alone, classes=["srbm-notional"], range_m=50e3)
    with pytest.raises(ScenarioError) as caught:
        cover(alone, classes=["x"], heights_m=[-5.0], sensors=["nobody"], rules=["2"], step_m=1.0)
    places = {"--height-m", "--sensor", "--step-km", "--class", "--p"}
    assert {fault.place for fault in caught.value.faults} == places
    with pytest.raises(ScenarioError, match="not a class of threat"):
        cover(alone, classes=["low-level-radar-notional"])
    nobody = median_world(mamori.load("night-raid", ["sensing.sensors=[]", "defence={}", "run.worlds=1"]))
    with pytest.raises(ScenarioError, match=r"sensing\.sensors"):
        cover(nobody)
    with pytest.raises(ScenarioError, match=r"defence\.batteries"):
        footprints(nobody)


def test_rules():
    m_of_n = TrackingRules(m=3, n=5)
    assert rule_of("0.5", m_of_n).p_look == 0.5
    track = rule_of("track", m_of_n)
    p = track.p_look
    # At least 3 of 5, by hand: 10 p^3 q^2 + 5 p^4 q + p^5.
    assert 10 * p**3 * (1 - p) ** 2 + 5 * p**4 * (1 - p) + p**5 == pytest.approx(0.9)
    assert rule_of("track:0.5", m_of_n).p_look == pytest.approx(0.5)
    for text in ("", "often", "1", "0", "track:2", "nan"):
        with pytest.raises(ScenarioError):
            rule_of(text, m_of_n)


def test_areas_people_and_sites(alone):
    found = cover(alone, classes=["drone-notional", "boat-notional"], heights_m=[300.0], rules=["0.5", "track"])
    assert [(s.class_name, s.above_m, s.rule.name) for s in found.sights] == [
        ("drone-notional", 300.0, "look"), ("drone-notional", 300.0, "track"),
        ("boat-notional", 0.0, "look"), ("boat-notional", 0.0, "track"),
    ]  # fmt: skip
    look, track = found.sights[:2]
    assert track.together.area < look.together.area
    assert 0.0 < look.share_of_people < 1.0
    (lowest, _) = found.lowest
    inside = contains_xy(
        look.together, *found.plane.points_m(*np.array([(s.latitude_rad, s.longitude_rad) for s in found.sites]).T)
    )
    # What is seen at 300 m is seen from 300 m or lower on; here nothing hides what is higher.
    np.testing.assert_array_equal(inside, lowest.height_m <= 300.0)
    assert set(lowest.sensor) == {"eye", ""}
