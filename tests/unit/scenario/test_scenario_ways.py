"""Ways of a raid: points under the ground, on classes that follow none, and boats that no sea takes to their aim."""

import dataclasses

import numpy as np
import pytest

from mamori.flight.model import FlightStatus, status_text, trajectories
from mamori.raid.pipeline import Raid
from mamori.scenario.load import examine, load
from mamori.world.terrain import read_terrain

GROUP = """\
schema_version: 1
name: ways
extends: night-raid
run: {worlds: 1}
raid:
  aim_draws: 2
  variants:
    - {id: defences-first, remove: true}
    - {id: one-axis, remove: true}
    - {id: energy, remove: true}
    - id: only
      groups:
        - {id: g, class: %s, count: 2, launch_latitude_deg: %s, launch_longitude_deg: %s, targets: [%s]%s}
"""


@pytest.fixture
def scenario(write):
    """A file with one group, and its class, launch, target and further fields."""

    def make(of_class="cruise-notional", launch=(34.3, 163.2), target="Clark", more=""):
        return write("ways.yaml", GROUP % (of_class, *launch, target, more))

    return make


@pytest.fixture(scope="module")
def mountain():
    """Latitude and longitude in degrees, and height, of Tatejima's highest node."""
    terrain = read_terrain(load("night-raid", is_checked=False).world.terrain_file)
    row, column = np.unravel_index(terrain.height_m.argmax(), terrain.height_m.shape)
    latitude = np.degrees(terrain.south_rad + row * terrain.latitude_step_rad)
    return (
        float(latitude),
        float(np.degrees(terrain.west_rad + column * terrain.longitude_step_rad)),
        terrain.height_m.max(),
    )


def found(file):
    _, findings = examine(file)
    return findings


def via(latitude, longitude, height=None):
    at = f"latitude_deg: {latitude:.4f}, longitude_deg: {longitude:.4f}"
    return f", via: [{{{at}}}, {{{at}{'' if height is None else f', height_m: {height}'}}}]"


def test_a_way_point_under_the_ground_is_a_fault_with_place_rule_and_remedy(scenario, mountain):
    *at, height = mountain
    (fault,) = found(scenario(more=via(*at, 900))).errors
    assert "via[1].height_m" in fault.place
    assert "ways.yaml:" in fault.place
    assert fault.value == "900 m"
    assert fault.rule == f"lies under the ground, which is {height:,.0f} m high there"
    assert fault.remedy.startswith("Give more than that")
    assert found(scenario(more=via(*at, 2500))).errors == []
    assert found(scenario(more=via(*at))).errors == []


def test_way_points_where_none_are_followed(scenario):
    (fault,) = found(scenario("srbm-notional", more=via(34.3, 164.0))).errors
    assert fault.rule == "a ballistic class goes from launch to aim without way-points"
    (fault,) = found(scenario("boat-notional", (34.7, 164.4), "port:port-kazanagi", via(34.6, 164.5, 5))).errors
    assert fault.rule == "a boat stays on the sea"


def test_a_way_point_has_a_place_on_earth(scenario):
    found_faults = found(scenario(more=via(95.0, 164.0, -3))).errors
    assert [fault.rule for fault in found_faults] == ["must be at least -90 and at most 90 deg"] * 2 + [
        "must be at least 0 and at most 30000 m"
    ]


def test_boats_that_no_sea_brings_to_their_aim(scenario):
    file = scenario("boat-notional", (34.7, 164.4), "port:port-kazanagi, Clark")
    (warning,) = found(file).warnings
    assert warning.rule.startswith("no way over the sea leads to 1 of the 2 places")
    world = Raid(load(file)).world(0)
    paths = world.geometry(0, 0).trajectories
    assert paths.status.tolist() == [FlightStatus.FOUND, FlightStatus.NO_SEA_WAY]
    assert "no way over the sea" in status_text(FlightStatus.NO_SEA_WAY)
    assert np.isinf(paths.impact_s).tolist() == [False, True]
    assert found(scenario("boat-notional", (34.7, 164.4), "port:port-kazanagi")).warnings == []


def test_boats_go_round_the_island(scenario):
    file = scenario("boat-notional", (33.4, 170.9), "port:port-tatemiya")
    world = Raid(load(file)).world(0)
    paths = world.geometry(0, 0).trajectories
    assert paths.status.tolist() == [0, 0]
    sailed_m = (paths.impact_s[0] - world.threats(0, 0).launch_s[0]) * world.flight.speed_m_s[0]
    assert 350e3 < sailed_m < 500e3  # 293 km as the crow flies, across the south of the island
    rows = slice(paths.first[0], paths.first[1])
    latitude = np.degrees(np.arctan2(paths.position_m[rows, 2], np.hypot(*paths.position_m[rows, :2].T)))
    assert latitude.min() < 32.6


def test_a_way_round_may_be_too_long(scenario):
    world = Raid(load(scenario(more=via(20.0, 164.0)))).world(0)
    assert world.geometry(0, 0).trajectories.status.tolist() == [FlightStatus.TOO_FAR] * 2


def test_each_draw_of_aims_wanders_its_own_way_over_the_ground(scenario, mountain):
    latitude, longitude, _ = mountain
    world = Raid(load(scenario(target="Astor", more=via(latitude, longitude)))).world(0)
    first, second = (world.geometry(0, draw).trajectories for draw in (0, 1))
    assert first.time_s.size != second.time_s.size
    for paths in (first, second):
        assert paths.height_m.max() > 2200.0
        assert paths.above_ground_m.min() > -1e-6
        assert np.median(paths.above_ground_m) < 150.0
    straight = trajectories(world.threats(0, 0), world.flight)
    assert straight.height_m.max() < 110.0


def test_ballistic_paths_end_on_the_mountain_that_they_aim_at(scenario, mountain):
    latitude, longitude, height = mountain
    world = Raid(load(scenario("srbm-notional"))).world(0)
    at = {"aim_latitude_rad": np.full(2, np.radians(latitude)), "aim_longitude_rad": np.full(2, np.radians(longitude))}
    threats = dataclasses.replace(world.threats(0, 0), **at)
    up, flat = trajectories(threats, world.flight, world.terrain), trajectories(threats, world.flight)
    assert up.status.tolist() == flat.status.tolist() == [0, 0]
    assert up.height_m[-1] == pytest.approx(height, abs=1.0)
    assert up.above_ground_m[-1] == pytest.approx(0.0, abs=1.0)
    assert up.above_ground_m.min() >= 0.0
    assert 0.5 < (flat.impact_s - up.impact_s)[0] < 5.0
