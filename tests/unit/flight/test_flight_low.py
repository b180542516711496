"""Low flight: over the ground and never under it, by way-points, anywhere on Earth, with wander drawn by key."""

import math
from itertools import pairwise

import numpy as np
import pytest
from pyproj import Geod

from mamori.flight.level import kernels
from mamori.flight.level.paths import legs_of, level_paths, way_lengths_m
from mamori.flight.level.wander import MOST_SIGMAS, wandering
from mamori.maths.earth import distance_m, ecef, geodetic_point
from mamori.maths.luck import entity_key
from mamori.records import Ways
from mamori.world.terrain import SEA, Terrain

GEOD = Geod(ellps="WGS84")
CRUISE = {"speed_m_s": 240.0, "height_m": 60.0, "climb_rad": math.radians(10.0), "dive_rad": math.radians(20.0)}


def ridges(west_deg=150.0, south_deg=34.0, n=200, step_deg=0.02, highest_m=2000.0):
    """Rough ground: sharp ridges from north to south on a rising plain, sea to the west of them."""
    east = np.arange(n) * step_deg
    height = highest_m * np.abs(np.sin(east * 25.0)) ** 3 * np.minimum(east / 1.0, 1.0)
    return Terrain(
        math.radians(south_deg), math.radians(west_deg), math.radians(step_deg), math.radians(step_deg),
        np.ascontiguousarray(np.broadcast_to(height, (n, n))),
    )  # fmt: skip


def fly(launch_deg, aim_deg, terrain=SEA, via=None, step_s=20.0, is_afloat=False, **numbers):
    place = np.radians(np.array([*launch_deg, *aim_deg], dtype=np.float64))[:, None]
    columns = {name: np.array([number]) for name, number in (CRUISE | numbers).items()}
    ways = None
    if via is not None:
        latitude, longitude, height = np.array(via, dtype=np.float64).reshape(-1, 3).T
        ways = Ways(np.array([0, len(via)]), np.radians(latitude), np.radians(longitude), height.copy())
    return level_paths(
        place, **columns, step_s=np.array([step_s]), ways=ways, terrain=terrain, is_afloat=np.array([is_afloat])
    )


def above(path, terrain, n=20):
    """Heights above the ground along straight pieces between the rows."""
    share = np.linspace(0.0, 1.0, n)
    points = path.position_m[:-1, None] + share[:, None] * (path.position_m[1:] - path.position_m[:-1])[:, None]
    at = np.array([geodetic_point(*p) for p in points.reshape(-1, 3)])
    return at[:, 2] - terrain.ground_m(at[:, 0], at[:, 1])


def test_clears_every_ridge_and_keeps_low_where_it_can():
    terrain = ridges()
    one = fly((35.5, 149.0), (36.0, 153.5), terrain)
    clear = above(one, terrain)
    at_ends = 1500.0 / np.linalg.norm(one.position_m[-1] - one.position_m[0])
    inner = slice(int(at_ends * clear.size) + 40, -int(at_ends * clear.size) - 40)
    assert clear[inner].min() > 60.0 - kernels.HEIGHT_MISS_M - 1.0
    assert np.median(one.height_m - one.ground_m) < 600.0  # ridges a path of 10 degrees cannot follow
    assert one.height_m.max() > 1900.0
    slope = np.diff(one.height_m) / np.linalg.norm(np.diff(one.position_m, axis=0), axis=1)
    assert np.abs(slope[:-3]).max() < math.sin(math.radians(10.0)) + 0.01


def test_over_gentle_ground_the_height_is_the_classs():
    terrain = ridges(highest_m=300.0)
    one = fly((35.5, 149.0), (36.0, 153.5), terrain)
    middle = (one.time_s > 60.0) & (one.time_s < one.duration_s[0] - 60.0)
    np.testing.assert_allclose((one.height_m - one.ground_m)[middle], 60.0, atol=0.5)
    exact = [geodetic_point(*p) for p in one.position_m]
    np.testing.assert_allclose(one.height_m, [p[2] for p in exact], atol=1e-6)
    ground = np.array([float(terrain.ground_m(p[0], p[1])) for p in exact])
    np.testing.assert_allclose(one.ground_m, ground, atol=2.0)


def test_the_path_ends_on_the_mountain_that_it_aims_at():
    terrain = ridges()
    column = int(terrain.height_m[0].argmax())
    top = 36.0, 150.0 + 0.02 * column
    one = fly((35.0, 149.0), top, terrain)
    assert one.height_m[-1] == pytest.approx(terrain.height_m.max(), rel=1e-6)
    assert one.height_m[-1] == one.ground_m[-1]
    at = ecef(*np.radians(np.array(top)), np.array(terrain.height_m.max()))
    np.testing.assert_allclose(one.position_m[-1], at, atol=1e-3)


def test_a_dive_is_steeper_where_a_slope_is_in_the_way():
    wall = np.zeros((60, 60))
    wall[:, 30] = 3000.0
    terrain = Terrain(*np.radians([34.0, 150.0, 0.02, 0.02]), wall)
    behind = 34.6, 150.61  # 900 m behind the crest
    one = fly((34.6, 149.0), behind, terrain)
    assert above(one, terrain).min() > -1.0
    last = one.velocity_m_s[-1] / np.linalg.norm(one.velocity_m_s[-1])
    up = one.position_m[-1] / np.linalg.norm(one.position_m[-1])
    assert math.degrees(math.asin(-last @ up)) > 40.0


def test_way_points_are_rows_and_the_way_is_theirs():
    via = [(34.0, 151.0, -math.inf), (36.0, 152.0, -math.inf)]
    one = fly((33.0, 150.0), (35.0, 153.0), via=via)
    points = [(33.0, 150.0), *(p[:2] for p in via), (35.0, 153.0)]
    length = sum(GEOD.inv(a[1], a[0], b[1], b[0])[2] for a, b in pairwise(points))
    assert one.duration_s[0] == pytest.approx(length / 240.0, rel=1e-3)
    for point in via:
        at = ecef(*np.radians(np.array(point[:2])), 60.0)
        assert np.linalg.norm(one.position_m - at, axis=1).min() < 1e-3
    k = int(np.linalg.norm(one.position_m - ecef(*np.radians(np.array(via[0][:2])), 60.0), axis=1).argmin())
    ahead = one.position_m[k + 1] - one.position_m[k]
    velocity = one.velocity_m_s[k]
    assert velocity @ ahead == pytest.approx(np.linalg.norm(velocity) * np.linalg.norm(ahead), rel=1e-4)


def test_a_high_way_point_is_passed_at_its_height():
    one = fly((33.0, 150.0), (33.0, 153.0), via=[(33.0, 151.5, 1200.0)])
    assert one.height_m.max() == pytest.approx(1200.0)
    # down again at the steepest, 6.5 km on either side
    assert (one.height_m > 61.0).sum() < 0.2 * one.height_m.size


def test_a_way_point_under_the_ground_is_passed_above_it():
    terrain = ridges()
    one = fly((35.5, 149.0), (35.5, 153.5), terrain, via=[(35.5, 152.0, 1.0)])
    assert (one.height_m - one.ground_m)[1:-1].min() > -1e-9


def test_boats_do_not_climb():
    one = fly((35.5, 149.0), (35.5, 153.5), ridges(), is_afloat=True, height_m=0.0)
    np.testing.assert_array_equal(one.height_m, 0.0)
    np.testing.assert_array_equal(one.ground_m, 0.0)


@pytest.mark.parametrize(
    ("launch", "aim"),
    [((10.0, 178.0), (12.0, -177.0)), ((89.0, 20.0), (88.0, -160.0)), ((-90.0, 0.0), (-85.0, 77.0)),
     ((0.0, 0.0), (0.0, 180.0))],
)  # fmt: skip
def test_over_the_date_line_and_the_poles_and_to_antipodes(launch, aim):
    one = fly(launch, aim, step_s=200.0)
    assert one.duration_s[0] == pytest.approx(GEOD.inv(launch[1], launch[0], aim[1], aim[0])[2] / 240.0, rel=5e-3)
    np.testing.assert_allclose(one.position_m[-1], ecef(*np.radians(np.array(aim))), atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(one.velocity_m_s, axis=1), 240.0, rtol=7e-3)


def test_terrain_across_the_date_line_is_flown_over():
    here = fly((34.5, 149.5), (35.5, 153.0), ridges())
    there = fly((34.5, 178.5), (35.5, -178.0), ridges(west_deg=179.0))
    np.testing.assert_allclose(np.interp(here.time_s, there.time_s, there.height_m), here.height_m, atol=2.5)
    assert here.height_m.max() > 1000.0


def test_rows_of_one_path_do_not_depend_on_the_others():
    terrain = ridges()
    ends = np.radians([[34.5, 149.5, 35.5, 153.0], [35.0, 149.0, 36.0, 152.0], [34.2, 153.5, 35.0, 150.5]]).T
    columns = {name: np.full(3, number) for name, number in CRUISE.items()}
    every = level_paths(np.ascontiguousarray(ends), **columns, step_s=np.full(3, 20.0), terrain=terrain)
    for i in range(3):
        columns = {name: np.full(1, number) for name, number in CRUISE.items()}
        one = level_paths(ends[:, [i]].copy(), **columns, step_s=np.full(1, 20.0), terrain=terrain)
        rows = slice(every.first[i], every.first[i + 1])
        np.testing.assert_array_equal(one.position_m, every.position_m[rows])
        np.testing.assert_array_equal(one.velocity_m_s, every.velocity_m_s[rows])


def test_the_compiled_loops_are_the_plain_ones(monkeypatch):
    terrain = ridges()
    compiled = fly((35.5, 149.5), (36.0, 151.5), terrain, via=[(35.0, 151.0, 2500.0)])
    for name in ("sample_ground", "fill_heights", "fill_rows"):
        monkeypatch.setattr(kernels, name, getattr(kernels, name).py_func)
    plain = fly((35.5, 149.5), (36.0, 151.5), terrain, via=[(35.0, 151.0, 2500.0)])
    np.testing.assert_allclose(plain.position_m, compiled.position_m, atol=1e-6)
    assert compiled.height_m.max() >= 2500.0


KEYS = np.array([entity_key(name) for name in ("a", "b", "c")])
ENDS = np.radians([[34.0, 150.0, 36.0, 153.0], [34.0, 150.0, 36.0, 153.0], [10.0, 170.0, 12.0, -175.0]]).T.copy()


def wander(keys=KEYS, ends=ENDS, ways=None, sigma_m=2000.0, draw=0):
    n = len(keys)
    return wandering(ends, ways, np.full(n, sigma_m), np.full(n, 30e3), 5, draw, keys)


def test_wander_turns_about_every_30_km_and_stays_near():
    ways = wander()
    straight = way_lengths_m(ENDS, None)
    assert np.diff(ways.first).tolist() == [round(length / 30e3) - 1 for length in straight]
    legs = legs_of(ENDS, None)
    cos = np.cos(ways.latitude_rad)
    normal = np.stack(
        [cos * np.cos(ways.longitude_rad), cos * np.sin(ways.longitude_rad), np.sin(ways.latitude_rad)], 1
    )
    aside = np.cross(legs.start, legs.ahead)[np.repeat(np.arange(3), np.diff(ways.first))]
    off_m = 6.37e6 * (normal * aside).sum(axis=1)
    assert np.abs(off_m).max() < MOST_SIGMAS * 2000.0 * 1.05
    assert 1000.0 < off_m.std() < 3000.0
    assert (way_lengths_m(ENDS, ways) < 1.05 * straight).all()


def test_wander_hangs_on_key_and_draw_alone():
    every, last = wander(), wander(KEYS[2:], ENDS[:, 2:].copy())
    np.testing.assert_array_equal(every.latitude_rad[every.first[2] :], last.latitude_rad)
    first, second = (every.latitude_rad[every.first[i] : every.first[i + 1]] for i in (0, 1))
    assert not np.isclose(first, second).any()
    assert not np.isclose(wander(draw=1).latitude_rad, every.latitude_rad).all()


def test_wander_keeps_the_way_points_that_are_given():
    given = Ways(np.array([0, 1, 1, 1]), np.radians([36.5]), np.radians([151.0]), np.array([500.0]))
    ways = wander(ways=given)
    k = int(np.flatnonzero(np.isfinite(ways.height_m))[0])
    assert 0 < k < ways.first[1] - 1
    assert np.degrees([ways.latitude_rad[k], ways.longitude_rad[k]]).tolist() == pytest.approx([36.5, 151.0])
    assert ways.height_m[k] == 500.0
    assert np.isfinite(ways.height_m).sum() == 1
    still = wander(ways=given, sigma_m=0.0)
    assert still.first.tolist() == [0, 1, 1, 1]


def test_no_wander_and_no_way_points_is_none():
    assert wander(sigma_m=0.0) is None
    none = wandering(np.zeros((4, 0)), None, np.zeros(0), np.zeros(0), 5, 0, np.zeros(0, dtype=np.int64))
    assert none is None


def test_wander_of_one_class_leaves_the_other_straight():
    ways = wandering(ENDS, None, np.array([0.0, 1500.0, 0.0]), np.full(3, 30e3), 5, 0, KEYS)
    assert np.diff(ways.first).tolist()[0::2] == [0, 0]
    assert distance_m(ways.latitude_rad[0], ways.longitude_rad[0], *ENDS[:2, 1]) == pytest.approx(30e3, rel=0.05)
