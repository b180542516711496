"""People and ground from GeoTIFFs made here: sums by polygon and by nearest place, and files at fault."""

import sys

import numpy as np
import pytest
import rasterio

from mamori.errors import CaseError
from mamori.scenario.imports.raster import by_shape, nearest, read_population, write_terrain
from mamori.scenario.load import load
from three_buses import CASE, SITES


def geotiff(path, values, *, west=166.1, north=34.5, step=0.1, crs="EPSG:4326", nodata=-1.0):
    values = np.asarray(values, dtype=np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float32", crs=crs,
        transform=rasterio.Affine(step, 0.0, west, 0.0, -step, north), nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)


CELLS = [[0, 0, 300, 40], [0, 5, -1, 60], [10, 20, 0, 0], [30, 40, 0, 0]]
"""South-west about (34.15, 166.15), north-east about (34.45, 166.45)."""


def test_cells_with_people(tmp_path):
    geotiff(tmp_path / "pop.tif", CELLS)
    cells = read_population(tmp_path / "pop.tif")
    assert cells.people.sum() == 505.0  # what stands for no value counts for nobody
    assert (cells.latitude_deg[0], cells.longitude_deg[0]) == pytest.approx((34.45, 166.35))
    assert cells.area_m2[0] == pytest.approx(0.1**2 * 111195.0**2 * np.cos(np.radians(34.45)), rel=1e-4)
    import shapely

    square = shapely.box(166.1, 34.1, 166.3, 34.3)
    assert by_shape(cells, [square, None]).tolist() == [100.0, 0.0]
    of = nearest(cells, np.array([34.2, 34.4]), np.array([166.2, 166.4]))
    assert np.bincount(of, cells.people).tolist() == [100.0, 405.0]


def test_a_projection(tmp_path):
    geotiff(tmp_path / "pop.tif", [[7.0]], west=499_500.0, north=3_766_500.0, step=1000.0, crs="EPSG:32658")
    cells = read_population(tmp_path / "pop.tif")
    assert cells.longitude_deg[0] == pytest.approx(165.0, abs=1e-6)
    assert cells.latitude_deg[0] == pytest.approx(34.034, abs=2e-3)
    assert cells.area_m2[0] == 1e6


def test_people_of_polygons(folder, imported):
    ring = "[[166.1,34.1],[166.3,34.1],[166.3,34.3],[166.1,34.3],[166.1,34.1]]"
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a"},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )
    path = folder(districts_geojson=text)
    geotiff(path / "population.tif", CELLS)
    done = imported(path)
    (district,) = load(done.file).world.districts
    assert district.people == 100
    assert any("505 people; 19.8% of them" in note for note in done.assumed)


def test_people_of_settlements(folder, imported):
    path = folder(districts_csv="id,latitude,longitude,radius_m\na,34.2,166.2,900\nb,34.4,166.4,900\n")
    geotiff(path / "population.tif", CELLS)
    assert [d.people for d in load(imported(path).file).world.districts] == [100, 405]


def test_districts_of_buses(folder, imported):
    path = folder(grid_m=CASE, substations_csv=SITES)
    geotiff(path / "people.tif", CELLS)
    done = imported(path)
    districts = load(done.file).world.districts
    assert [(d.id, d.people, d.bus) for d in districts] == [("district-2", 100, "2"), ("district-3", 405, "3")]
    assert any("No table gives districts" in note for note in done.assumed)


def test_terrain_becomes_a_grid_that_the_scenario_names(folder, imported):
    path = folder(districts_csv="id,latitude,longitude,radius_m,people\na,34.2,166.2,900,5\n")
    geotiff(path / "dem.tif", np.full((4, 4), 120.0), nodata=-9999.0)
    scenario = load(imported(path).file)
    assert scenario.world.terrain_file is not None
    assert scenario.world.terrain_file.endswith("terrain.asc")
    write_terrain(path / "dem.tif", path / "x.asc")
    assert (path / "x.asc").read_text().startswith("ncols 4")


@pytest.mark.parametrize(
    ("values", "options", "word"),
    [
        ([[-5.0]], {}, "pop.tif, row 1, column 1 = -5: a cell holds less than 0 people"),
        ([[1.0]], {"crs": None}, "pop.tif: names no coordinate system"),
    ],
)
@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_rasters_at_fault(tmp_path, values, options, word):
    geotiff(tmp_path / "pop.tif", values, **options)
    with pytest.raises(CaseError) as caught:
        read_population(tmp_path / "pop.tif")
    assert word in str(caught.value)


def test_what_is_no_raster(folder, refused):
    path = folder(districts_csv="id,latitude,longitude,radius_m\na,34,166,900\n", population_tif="no", map_tif="no")
    told = refused(path)
    assert any("population.tif: cannot be read" in fault for fault in told)
    assert any("map.tif: is a raster, and its name does not tell of what" in fault for fault in told)
    assert len(told) == 2


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(CaseError, match=r"mamori\[raster\]"):
        read_population(tmp_path / "pop.tif")
