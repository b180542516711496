"""Tatejima: what its files add up to, that they fit each other, that the script writes them again byte for byte."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from shapely import contains_xy, distance, points
from shapely.geometry import MultiPolygon, Point, Polygon

from mamori.grid.schema import grid_case
from mamori.maths.earth import distance_m
from mamori.records import AssetKind
from mamori.scenario.assets import ASSETS_OF_AIM
from mamori.scenario.builtin import builtin_file
from mamori.scenario.check import check
from mamori.scenario.load import load
from mamori.world.terrain import read_terrain

FOLDER = builtin_file("night-raid").parent
SCRIPT = Path(__file__).parents[3] / "scripts" / "make_tatejima.py"
DATA = ("coast.geojson", "districts.csv", "services.csv", "terrain.asc.gz")


@pytest.fixture(scope="module")
def scenario():
    return load("night-raid", is_checked=False)


@pytest.fixture(scope="module")
def case(scenario):
    return grid_case(scenario.grid, FOLDER)


@pytest.fixture(scope="module")
def coast():
    features = json.loads((FOLDER / "coast.geojson").read_text(encoding="utf-8"))["features"]
    return [Polygon(feature["geometry"]["coordinates"][0]) for feature in features]


def shore_km(coast, latitude_deg, longitude_deg):
    """Distance to the nearest shore, positive on land."""
    here = Point(longitude_deg, latitude_deg)
    corners = np.array([corner for land in coast for corner in land.exterior.segmentize(0.005).coords])
    away = distance_m(
        np.radians(latitude_deg), np.radians(longitude_deg), np.radians(corners[:, 1]), np.radians(corners[:, 0])
    )
    return float(away.min()) / 1e3 * (1.0 if any(land.contains(here) for land in coast) else -1.0)


def test_the_scenario_loads_without_a_fault(scenario):
    found = check(scenario)
    assert list(found.errors) == []
    assert list(found.warnings) == []


def test_people_add_up(scenario):
    assert sum(d.people for d in scenario.world.districts) == 4_200_000


def test_services_add_up(scenario):
    assert Counter(site.class_name for site in scenario.services.sites) == {
        "hospital-notional": 40, "water-works-notional": 25, "heat-plant-notional": 20, "telecom-node-notional": 60,
    }  # fmt: skip


def test_every_bus_with_load_has_its_district(scenario, case):
    loaded = [name for name, load_mw in zip(case.bus_id, case.load_mw, strict=True) if load_mw > 0.0]
    assert [d.bus for d in scenario.world.districts] == loaded
    assert len(loaded) == 51


def test_a_district_begins_at_its_bus(scenario, case):
    for district in scenario.world.districts:
        i = case.bus_id.index(district.bus)
        away = distance_m(
            np.radians(district.latitude_deg), np.radians(district.longitude_deg),
            case.latitude_rad[i], case.longitude_rad[i],
        )  # fmt: skip
        assert 2_000 <= district.radius_m <= 15_000
        assert away <= district.radius_m + 500.0


def test_names_differ(scenario):
    assert len({d.name for d in scenario.world.districts}) == 51
    assert len({s.id for s in scenario.services.sites}) == 145


def test_services_lie_in_the_district_of_their_bus(scenario, coast):
    district = {d.bus: d for d in scenario.world.districts}
    for site in scenario.services.sites:
        home = district[site.bus]
        away = distance_m(*np.radians([site.latitude_deg, site.longitude_deg, home.latitude_deg, home.longitude_deg]))
        assert away <= home.radius_m
        assert coast[0].contains(Point(site.longitude_deg, site.latitude_deg))


def test_the_coast_is_valid_and_of_fair_size(coast):
    assert all(land.is_valid and land.exterior.is_closed and land.exterior.is_ccw for land in coast)
    assert not any(a.intersects(b) for i, a in enumerate(coast) for b in coast[:i])
    assert 300 <= sum(len(land.exterior.coords) for land in coast) <= 800
    assert (FOLDER / "coast.geojson").stat().st_size < 60_000


def test_every_site_stands_well_inland(coast, case):
    places = np.degrees(np.stack([case.site_latitude_rad, case.site_longitude_rad], axis=1))
    inland = [shore_km(coast[:1], *place) for place in places]
    assert len(inland) == 60
    assert min(inland) >= 9.0


def test_all_posts_stand_on_land_and_craft_lie_at_sea(scenario, coast):
    posts = [*scenario.sensing.sensors, *scenario.defence.batteries, *scenario.defence.command_posts]
    for post in [*posts, *scenario.recovery.crews, *scenario.world.districts]:
        is_craft = getattr(post, "class_name", "") == "patrol-craft-notional"
        inland = shore_km(coast, post.latitude_deg, post.longitude_deg)
        assert (-5.0 < inland < 0.0) if is_craft else inland > 0.0, post.id


def test_ports_lie_at_the_coast_and_launches_at_sea(scenario, coast):
    assert len(scenario.world.ports) == 2
    for port in scenario.world.ports:
        assert 0.0 < shore_km(coast, port.latitude_deg, port.longitude_deg) < 5.0
    for variant in scenario.raid.variants:
        for group in variant.groups:
            away = -shore_km(coast, group.launch_latitude_deg, group.launch_longitude_deg)
            assert away > 35.0, (variant.id, group.id)


def test_the_main_variant_is_the_published_size(scenario):
    assert [(variant.id, variant.weight) for variant in scenario.raid.variants] == [
        ("energy", 0.5), ("defences-first", 0.3), ("one-axis", 0.2),
    ]  # fmt: skip
    sizes = []
    for variant in scenario.raid.variants:
        size = Counter()
        for group in variant.groups:
            size[group.class_name] += group.count
        sizes.append(size)
        assert 140 <= size.total() <= 160
    assert sizes[0] == {"srbm-notional": 12, "cruise-notional": 16, "drone-notional": 120, "boat-notional": 6}


def test_zero_hour_is_the_first_launch_of_every_variant(scenario):
    for variant in scenario.raid.variants:
        first = min(variant.groups, key=lambda group: group.launch_s)
        assert first.launch_s == 0.0
        assert first.jitter_s == 0.0


def test_every_class_is_in_the_catalogue(scenario):
    classes = scenario.classes
    groups = [group for variant in scenario.raid.variants for group in variant.groups]
    assert {group.class_name for group in groups} <= set(classes.flight) & set(classes.damage) & set(classes.sensing)
    assert {sensor.class_name for sensor in scenario.sensing.sensors} <= set(classes.sensing)
    assert {battery.class_name for battery in scenario.defence.batteries} <= set(classes.defence)
    assert {site.class_name for site in scenario.services.sites} <= set(classes.services)


def test_targets_protected_places_and_old_damage_exist(scenario, case):
    grid = {
        *(f"bus:{name}" for name in case.bus_id),
        *(f"feeder:{name}" for name, mw in zip(case.bus_id, case.load_mw, strict=True) if mw > 0.0),
        *(f"generator:{name}" for name in case.generator_id),
        *(f"transformer:{name}" for name, there in zip(case.branch_id, case.is_transformer, strict=True) if there),
    }
    own = {
        "sensor": scenario.sensing.sensors, "battery": scenario.defence.batteries,
        "command_post": scenario.defence.command_posts, "service": scenario.services.sites,
        "port": scenario.world.ports,
    }  # fmt: skip
    assets = grid | {f"{kind}:{part.id}" for kind, parts in own.items() for part in parts}
    places = assets | set(case.site_name)
    districts = {d.id for d in scenario.world.districts}
    kinds = {kind.name.lower() for kind in AssetKind} | set(ASSETS_OF_AIM)
    targets = {name for variant in scenario.raid.variants for group in variant.groups for name in group.targets or ()}
    assert targets <= places | districts
    assert {entry.at for entry in scenario.damage.protection} <= places | kinds
    assert {entry.asset for entry in scenario.damage.initial} <= assets


@pytest.fixture(scope="module")
def terrain(scenario):
    return read_terrain(scenario.world.terrain_file)


def test_the_relief_is_small_and_has_high_mountains(terrain):
    assert (FOLDER / "terrain.asc.gz").stat().st_size < 150_000
    assert 2_000.0 < terrain.height_m.max() < 2_500.0
    assert (terrain.height_m > 1_000.0).sum() > 0.05 * (terrain.height_m > 0.0).sum()


def test_the_ground_begins_at_the_coast(coast, terrain):
    latitude = np.degrees(terrain.south_rad + terrain.latitude_step_rad * np.arange(terrain.height_m.shape[0]))
    longitude = np.degrees(terrain.west_rad + terrain.longitude_step_rad * np.arange(terrain.height_m.shape[1]))
    at = np.meshgrid(longitude, latitude)
    is_land = contains_xy(MultiPolygon(coast), *at)
    shore = distance(points(*at), MultiPolygon(coast).boundary)
    is_clear = shore > 1e-3  # the polygon on file is rounded to 10 m
    np.testing.assert_array_equal((terrain.height_m > 0.0)[is_clear], is_land[is_clear])


def test_nobody_lives_on_a_mountain(scenario, case, terrain):
    assert terrain.ground_m(case.latitude_rad, case.longitude_rad).max() < 120.0
    places = [*scenario.world.districts, *scenario.services.sites, *scenario.world.ports, *scenario.recovery.crews]
    at = np.radians([[place.latitude_deg, place.longitude_deg] for place in places]).T
    assert terrain.ground_m(*at).max() < 150.0


def test_the_script_writes_the_same_files_again(tmp_path):
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(tmp_path)], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(DATA)
    for name in DATA:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
