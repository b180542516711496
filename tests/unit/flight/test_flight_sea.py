"""Ways of boats: round the land, as short as they can be, the same everywhere on Earth, or none."""

import numpy as np
import pytest
import shapely

from mamori.flight.sea import kernels
from mamori.flight.sea.ways import HARBOUR_M, OFF_LAND_M, Sea, sea_of
from mamori.maths.earth import distance_m

DEGREE_M = 111_195.0


def square(west, south, east, north):
    return np.array([[west, south], [east, south], [east, north], [west, north], [west, south]], dtype=np.float64)


def way(sea, *points_deg):
    return sea.way(np.radians(np.array(points_deg)))


def length_m(found):
    return float(distance_m(found[:-1, 0], found[:-1, 1], found[1:, 0], found[1:, 1]).sum())


ISLAND = sea_of([square(-0.5, -0.5, 0.5, 0.5)])


def test_straight_where_nothing_is_in_the_way():
    found = way(ISLAND, (2.0, -2.0), (2.0, 2.0))
    np.testing.assert_allclose(np.degrees(found), [[2.0, -2.0], [2.0, 2.0]], atol=1e-9)


def test_round_a_square_by_its_corners():
    found = way(ISLAND, (0.1, -2.0), (0.1, 2.0))
    off = OFF_LAND_M / DEGREE_M
    over_the_top = 2.0 * np.hypot(1.5, 0.4 + off) + 1.0
    assert length_m(found) == pytest.approx(over_the_top * DEGREE_M, rel=2e-3)
    assert (np.degrees(found[1:-1, 0]) > 0.5).all()
    np.testing.assert_allclose(way(ISLAND, (0.1, 2.0), (0.1, -2.0)), found[::-1], atol=1e-9)


def test_through_both_corners_of_a_diamond_is_not_straight():
    diamond = sea_of([np.array([[-1.0, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])])
    assert len(way(diamond, (0.0, -3.0), (0.0, 3.0))) > 2


@pytest.mark.parametrize("seed", range(4))
def test_no_way_enters_the_land(seed):
    luck = np.random.default_rng(seed)
    rings = []
    for x, y in luck.uniform(-2.0, 2.0, (9, 2)):
        angle = np.sort(luck.uniform(0.0, 2.0 * np.pi, 11))
        reach = luck.uniform(0.1, 0.8, 11)
        corners = np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1)
        rings.append(np.concatenate([corners, corners[:1]]))
    land = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
    sea = sea_of(rings)
    found = way(sea, (0.3, -4.0), (-0.2, 4.0))
    line = shapely.LineString(np.degrees(found)[:, ::-1])
    assert not line.intersects(land)
    taut = line.length
    assert taut < 1.5 * 8.0
    # Pulling any corner out shortens the way only over land: the way is taut.
    for k in range(1, len(found) - 1):
        cut = shapely.LineString(np.degrees(np.delete(found, k, axis=0))[:, ::-1])
        assert cut.intersects(land.buffer(OFF_LAND_M / DEGREE_M))


def test_the_date_line_changes_nothing():
    moved = sea_of([square(179.5, -0.5, 180.5, 0.5)])
    here, there = way(ISLAND, (0.1, -2.0), (0.1, 2.0)), way(moved, (0.1, 178.0), (0.1, -178.0))
    np.testing.assert_allclose(there[:, 0], here[:, 0], atol=1e-9)
    np.testing.assert_allclose((there[:, 1] - here[:, 1]) % (2.0 * np.pi), np.pi, atol=1e-9)


def test_near_a_pole():
    polar = sea_of([square(-60.0, 80.0, 60.0, 82.0)])
    found = way(polar, (78.0, 0.0), (84.0, 0.0))
    assert found is not None
    assert len(found) > 2


def test_a_harbour_inland_is_reached_and_the_middle_of_the_land_is_not():
    edge = 0.5 - 0.9 * HARBOUR_M / DEGREE_M
    found = way(ISLAND, (0.0, 2.0), (0.0, edge))
    assert np.degrees(found[-1]).tolist() == pytest.approx([0.0, edge])
    assert np.degrees(found[-2, 1]) > 0.5
    assert way(ISLAND, (0.0, 2.0), (0.0, 0.0)) is None
    assert way(ISLAND, (0.0, 0.0), (0.0, 2.0)) is None


def test_water_that_land_closes_in():
    outer, inner = square(-1.0, -1.0, 1.0, 1.0), square(-0.5, -0.5, 0.5, 0.5)
    halves = [
        np.array([[-1, -1], [1, -1], [1, 0], [0.5, 0], [0.5, -0.5], [-0.5, -0.5], [-0.5, 0], [-1, 0], [-1, -1.0]]),
        np.array([[-1, 0], [-0.5, 0], [-0.5, 0.5], [0.5, 0.5], [0.5, 0], [1, 0], [1, 1], [-1, 1], [-1, 0.0]]),
    ]
    assert shapely.union_all([shapely.Polygon(h) for h in halves]).equals(shapely.Polygon(outer, [inner]))
    ring = sea_of(halves)
    assert way(ring, (0.0, 0.0), (0.0, 3.0)) is None
    assert len(way(ring, (0.0, -0.3), (0.0, 0.3))) == 2


def test_by_way_points():
    found = way(ISLAND, (0.1, -2.0), (-2.0, 0.0), (0.1, 2.0))
    assert [-2.0, 0.0] in np.degrees(found).round(9).tolist()
    assert (np.degrees(found[1:-1, 0]) < 0.0).all()


def test_no_coast_and_one_with_too_many_corners():
    assert len(way(sea_of([]), (1.0, 2.0), (3.0, 4.0))) == 2
    angle = np.linspace(0.0, 2.0 * np.pi, 9001)
    rough = 1.0 + 0.05 * np.sin(angle * 900.0)
    ring = np.stack([rough * np.cos(angle), rough * np.sin(angle)], axis=1)
    ring[-1] = ring[0]
    sea = sea_of([ring])
    assert len(sea.normal) <= 2000
    assert way(sea, (0.0, -3.0), (0.0, 3.0)) is not None


def test_compiled_and_plain_find_the_same():
    sea = ISLAND
    x, y = (np.degrees(np.arctan2(sea.normal[:, axis], sea.normal[:, 0])) for axis in (1, 2))
    spots = np.concatenate([np.stack([x, y], axis=1), [[-2.0, 0.1], [2.0, 0.1]]])
    at = np.radians(spots)
    normal = np.stack([np.cos(at[:, 1]) * np.cos(at[:, 0]), np.cos(at[:, 1]) * np.sin(at[:, 0]), np.sin(at[:, 1])], 1)
    n, found = len(spots), []
    for shortest in (kernels.shortest, kernels.shortest.py_func):
        came_from = np.zeros(n, dtype=np.int64)
        assert shortest(
            normal, spots[:, 0].copy(), spots[:, 1].copy(), sea.before, sea.after, sea.is_turn, np.zeros(n), came_from,
            np.zeros(n, dtype=np.bool_),
        )  # fmt: skip
        found.append(came_from)
    np.testing.assert_array_equal(found[0], found[1])
    assert isinstance(sea, Sea)
