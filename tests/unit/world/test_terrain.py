"""The ground: heights between nodes, the sea around them, files read and written, and every fault in a bad one."""

import gzip
import sys

import numpy as np
import pyproj
import pytest
import rasterio

from mamori.errors import CaseError
from mamori.world import kernels
from mamori.world.ascii_grid import Grid, read_ascii_grid, write_ascii_grid
from mamori.world.terrain import SEA, Terrain, read_terrain

HEADER = "ncols 3\nnrows 2\nxllcorner 10\nyllcorner 40\ncellsize 1\nNODATA_value -9999\n"
ROWS = "1 2 3\n10 20 30\n"


def write(tmp_path, text, name="t.asc"):
    path = tmp_path / name
    path.write_text(text, encoding="ascii")
    return path


def ground(terrain, latitude_deg, longitude_deg):
    return terrain.ground_m(np.radians(latitude_deg), np.radians(longitude_deg))


def faults(path):
    with pytest.raises(CaseError) as caught:
        read_terrain(path)
    return [str(fault) for fault in caught.value.faults]


def test_nodes_lie_in_the_middle_of_cells_and_rows_run_from_north_to_south(tmp_path):
    terrain = read_terrain(write(tmp_path, HEADER + ROWS))
    assert ground(terrain, 41.5, 10.5) == pytest.approx(1.0)
    assert ground(terrain, 40.5, 12.5) == pytest.approx(30.0)
    centred = HEADER.replace("xllcorner 10", "XLLCENTER 10.5").replace("yllcorner 40", "yllcenter 40.5")
    np.testing.assert_array_equal(read_terrain(write(tmp_path, centred + ROWS)).height_m, terrain.height_m)


def test_between_nodes_it_runs_straight_both_ways(tmp_path):
    terrain = read_terrain(write(tmp_path, HEADER + ROWS))
    assert ground(terrain, 41.0, 11.0) == pytest.approx((1 + 2 + 10 + 20) / 4)
    np.testing.assert_allclose(ground(terrain, [40.5, 40.75], [11.75, 10.5]), [22.5, 7.75])


def test_outside_is_sea_one_step_on(tmp_path):
    terrain = read_terrain(write(tmp_path, HEADER + ROWS))
    np.testing.assert_allclose(ground(terrain, 40.5, [10.0, 9.5, 9.0, -100.0]), [5.0, 0.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(ground(terrain, [42.0, 42.5, 60.0], 10.5), [0.5, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(ground(terrain, [40.0, 39.5, -60.0], 12.5), [15.0, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(ground(terrain, 40.5, [13.0, 13.5, 14.0]), [15.0, 0.0, 0.0], atol=1e-9)
    assert ground(SEA, 12.0, 34.0) == 0.0


def test_longitudes_may_be_counted_either_way():
    terrain = Terrain(0.0, np.radians(179.0), np.radians(1.0), np.radians(1.0), np.array([[100.0, 200.0, 300.0]]))
    np.testing.assert_allclose(ground(terrain, 0.0, [179.5, -180.0, 180.0, -179.5, 540.5]), [150, 200, 200, 250, 250])


def test_a_grid_round_the_earth_closes_and_goes_over_the_poles():
    whole = Terrain(
        np.radians(-45.0), np.radians(-135.0), np.radians(90.0), np.radians(90.0),
        np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]]),
    )  # fmt: skip
    assert ground(whole, -45.0, 180.0) == pytest.approx(2.5)
    assert ground(whole, -45.0, -180.0) == pytest.approx(2.5)
    assert ground(whole, 90.0, 45.0) == pytest.approx(30.0)
    assert ground(whole, -90.0, 45.0) == pytest.approx(3.0)


def test_no_value_and_what_lies_below_the_sea_is_sea(tmp_path):
    terrain = read_terrain(write(tmp_path, HEADER + "-9999 -50 3\n10 nan 30\n"))
    np.testing.assert_array_equal(terrain.height_m, [[10.0, 0.0, 30.0], [0.0, 0.0, 3.0]])


def test_the_compiled_look_up_is_the_plain_one():
    terrain = Terrain(0.6, 3.0, 0.01, 0.02, np.arange(12.0).reshape(3, 4))
    latitude, longitude = np.array([0.605, 0.6, 0.629, 0.5]), np.array([3.01, 2.99, 3.07, 3.0])
    plain = [kernels.ground_m.py_func(*terrain, *point) for point in zip(latitude, longitude, strict=True)]
    np.testing.assert_array_equal(terrain.ground_m(latitude, longitude), plain)
    assert plain[0] > 0.0


@pytest.mark.parametrize("name", ["t.asc", "t.asc.gz"])
def test_what_is_written_is_read_again_and_is_the_same_bytes(tmp_path, name):
    grid = Grid(32.61, 164.71, 0.02, 0.02, np.array([[1.0, np.nan, 2400.0], [0.0, 5.4, 7.0]]))
    first, second = tmp_path / name, tmp_path / ("again-" + name)
    write_ascii_grid(first, grid)
    write_ascii_grid(second, grid)
    assert first.read_bytes() == second.read_bytes()
    again = read_ascii_grid(first)
    np.testing.assert_array_equal(again.values, np.rint(grid.values))
    assert (again.south_deg, again.west_deg) == (pytest.approx(32.61), pytest.approx(164.71))
    with pytest.raises(ValueError, match="square"):
        write_ascii_grid(first, Grid(0.0, 0.0, 1.0, 2.0, grid.values))


def test_all_faults_of_the_rows_with_their_lines(tmp_path):
    found = faults(write(tmp_path, HEADER + "1 2\n10 x 30\n"))
    assert len(found) == 2
    assert ":7: the row has 2 values and the grid 3 columns." in found[0]
    assert ":8:2 = x: must be a number." in found[1]
    assert ":8:3 = 90000: must be a height" in faults(write(tmp_path, HEADER + "1 2 3\n1 2 90000\n"))[0]
    assert (
        "nrows = 2: must be followed by so many rows; 3 are there" in faults(write(tmp_path, HEADER + "1 2 3\n" * 3))[0]
    )


def test_a_long_list_of_faults_ends(tmp_path):
    text = HEADER.replace("nrows 2", "nrows 45") + "1 2\n" * 45
    found = faults(write(tmp_path, text))
    assert len(found) == 21
    assert "further faults" in found[-1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ncols 3", "ncols 2.5", "ncols = 2.5: must be a whole number"),
        ("nrows 2", "rows 2", "rows: this name is not known. Known: ncols"),
        ("nrows 2", "ncols 2", "this name stands twice"),
        ("cellsize 1\n", "", "cellsize: must be there"),
        ("cellsize 1", "cellsize one", "must be a name and one number"),
        ("cellsize 1", "cellsize -1", "must be more than 0"),
        ("xllcorner 10", "xllcorner 10\nxllcenter 10", "only one of the two"),
        ("yllcorner 40", "yllcorner 500000", "must lie between 90 degrees south and north"),
        ("xllcorner 10", "xllcorner 400000", "go round the Earth at most once"),
        ("ncols 3", "ncols 20000000", "must not be more than 25,000,000 cells"),
    ],
)
def test_faults_of_the_header(tmp_path, old, new, said):
    text = (HEADER + ROWS).replace(old, new)
    if "20000000" in new:
        text = text.replace("cellsize 1", "cellsize 0.00001")
    found = faults(write(tmp_path, text))
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00\x01", b"\x1f\x8b broken", gzip.compress(b"ncols 3\n" * 9)[:20]],
    ids=["binary", "no gzip", "cut short"],
)
def test_files_that_are_no_grid(tmp_path, content):
    path = tmp_path / "t.asc"
    path.write_bytes(content)
    assert len(faults(path)) == 1
    assert str(path) in faults(path)[0]


def test_no_file_or_an_empty_one(tmp_path):
    assert "cannot be read (No such file" in faults(tmp_path / "none.asc")[0]
    assert len(faults(write(tmp_path, ""))) == 5


def tiff(path, values, **profile):
    rows, columns = values.shape
    given = {"crs": "EPSG:4326", "transform": rasterio.Affine(0.5, 0.0, 10.0, 0.0, -0.5, 42.0), "dtype": "float32"}
    given |= profile
    with rasterio.open(path, "w", driver="GTiff", width=columns, height=rows, count=1, **given) as file:
        file.write(values.astype("float32"), 1)


def test_a_geotiff_in_degrees_is_taken_as_it_is(tmp_path):
    path = tmp_path / "t.tif"
    tiff(path, np.array([[1.0, 2.0, -9999.0], [10.0, 20.0, 30.0]]), nodata=-9999.0)
    terrain = read_terrain(path)
    np.testing.assert_array_equal(terrain.height_m, [[10.0, 20.0, 30.0], [1.0, 2.0, 0.0]])
    assert ground(terrain, 41.75, 10.25) == pytest.approx(1.0)
    assert ground(terrain, 41.25, 11.25) == pytest.approx(30.0)


def test_a_projected_geotiff_is_laid_on_degrees(tmp_path):
    path, zone = tmp_path / "utm.tif", "EPSG:32633"
    x, y = np.meshgrid(np.arange(40) * 1e3 + 480_500.0, np.arange(40) * -1e3 + 5_539_500.0)
    height = 0.01 * (x - 480_000.0) + 0.02 * (y - 5_500_000.0)
    tiff(path, height, crs=zone, transform=rasterio.Affine(1e3, 0.0, 480_000.0, 0.0, -1e3, 5_540_000.0))
    longitude, latitude = pyproj.Transformer.from_crs(zone, 4326, always_xy=True).transform(500_000.0, 5_520_000.0)
    assert ground(read_terrain(path), latitude, longitude) == pytest.approx(600.0, abs=2.0)


def test_faults_of_a_geotiff(tmp_path, monkeypatch):
    path = tmp_path / "t.tif"
    tiff(path, np.array([[1.0, 20_000.0]]))
    assert "row 1, column 2 = 20000: must be a height" in faults(path)[0]
    path.write_bytes(path.read_bytes()[:60])
    assert "cannot be read" in faults(path)[0]
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert "extra `raster`" in faults(path)[0]
