"""What no table gives as it stands: polygons, shelters, feeders, the nearest bus, a MATPOWER case."""

import json

import numpy as np
import pytest
import shapely

from mamori.scenario.imports.shapes import area_m2, centre_deg, radius_m
from mamori.scenario.load import load
from three_buses import CASE, SITES

DISTRICTS = "id,code,people,latitude,longitude,radius (km)\na,01,1000,34.21,166.2,3\nb,02,2000,34.4,166.41,3\n"


def test_area_keeps_on_the_sphere():
    whole = shapely.box(-180.0, -90.0, 180.0, 90.0)
    assert area_m2(whole) == pytest.approx(4.0 * np.pi * 6371008.77**2, rel=1e-9)
    square = shapely.box(166.0, 60.0, 166.1, 60.1)
    assert area_m2(square) == pytest.approx(0.1 * 0.1 * 111194.93**2 * np.cos(np.radians(60.05)), rel=1e-5)
    assert radius_m(np.pi * 5000.0**2) == 5000.0
    assert centre_deg(square) == (60.05, 166.05)


def test_a_case_with_its_sites(folder, imported):
    path = folder(grid_m=CASE, substations_csv=SITES, districts_csv=DISTRICTS)
    done = imported(path, is_nearest_bus=True)
    scenario = load(done.file)
    assert [(d.id, d.code, d.bus) for d in scenario.world.districts] == [("a", "01", "2"), ("b", "02", "3")]
    assert scenario.grid.case.endswith("grid.m")
    assert [site.name for site in scenario.grid.sites] == ["Plant", "Town", "Cape"]
    assert any("2 of the districts hang on the nearest bus" in note for note in done.assumed)
    assert any("same at every hour" in note for note in done.assumed)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"grid_m": CASE[: CASE.index("];\nmpc.branch")]},
            ["grid.m:9 mpc.gen: begins here and has no closing bracket", "cut off"],
        ),
        (
            {"substations_csv": SITES.replace("3,Cape", "9,Cape")},
            ["substations.csv, row 4, column bus = '9': is no bus"],
        ),
        (
            {"substations_csv": SITES[: SITES.index("3,Cape")]},
            ["substations.csv: 1 buses of the case have no place: 3"],
        ),
        ({"two_m": CASE}, ["grid.m, two.m: the folder holds 2 MATPOWER cases", "`case: grid.m`"]),
    ],
)
def test_a_case_at_fault(folder, refused, files, words):
    told = refused(folder(**{"grid_m": CASE, "substations_csv": SITES} | files))
    assert len(told) == 1, told
    for word in words:
        assert word in told[0]


def test_a_case_without_sites(folder, refused):
    (told,) = refused(folder(grid_m=CASE, districts_csv=DISTRICTS))
    assert "grid.m: a MATPOWER case does not say where its buses stand" in told
    assert "Add a table of sites" in told


def test_shelters_become_room(folder, imported):
    ring = [[166.1, 34.1], [166.3, 34.1], [166.3, 34.3], [166.1, 34.3], [166.1, 34.1]]
    far = [[[x + 0.5, y + 0.5] for x, y in ring]]
    listed = [
        {"type": "Feature", "properties": {"id": name, "code": code, "people": 1000},
         "geometry": {"type": "Polygon", "coordinates": shape}}
        for name, code, shape in (("near", "01", [ring]), ("far", "02", far))
    ]  # fmt: skip
    shelters = "id,places,latitude,longitude,district\ns1,200,34.2,166.2,\ns2,150,34.0,166.0,\ns3,90,34.2,166.2,02\n"
    path = folder(
        districts_geojson=json.dumps({"type": "FeatureCollection", "features": listed}), shelters_csv=shelters
    )
    done = imported(path)
    near, far_one = load(done.file).world.districts
    assert near.shelter_share == 0.35  # one inside, one nearest
    assert far_one.shelter_share == 0.09  # named by its code
    assert near.radius_m == radius_m(area_m2(shapely.Polygon(ring)))
    assert any("1 shelter names no district and lies in none" in note for note in done.assumed)


def test_a_shelter_of_no_district(folder, refused):
    shelters = "id,places,latitude,longitude,district\ns1,200,34.2,166.2,03\ns2,-5,34,166,01\n"
    told = refused(folder(districts_csv=DISTRICTS, shelters_csv=shelters))
    assert len(told) == 2
    assert "shelters.csv, row 2, column district = '03': is neither id nor code of a district" in told[0]
    assert "(shelters.csv, row 3, column places) = -5 people: must be at least 0" in told[1]


def test_shelters_change_a_base(folder, imported):
    shelters = "id,places,latitude,longitude,district\ns1,5000,33,168,d-101\n"
    districts = load(imported(folder(shelters_csv=shelters), base="night-raid").file).world.districts
    assert len(districts) == 51
    assert next(d for d in districts if d.id == "d-101").shelter_share == 0.1


def test_feeders_give_load_and_buses(folder, imported):
    feeders = "id,bus,district,load (kW)\nf1,2,a,30000\nf2,2,a,20000\nf3,3,a,10000\nf4,3,02,5000\n"
    done = imported(folder(grid_m=CASE, substations_csv=SITES, districts_csv=DISTRICTS, feeders_csv=feeders))
    scenario = load(done.file)
    assert [site.load_mw for site in scenario.grid.sites] == [None, 50.0, 15.0]
    assert [d.bus for d in scenario.world.districts] == ["2", "3"]


def test_feeders_at_fault(folder, refused):
    feeders = "id,bus,district,load (kW)\nf1,7,a,30000\nf2,2,nowhere,20000\n"
    told = refused(folder(grid_m=CASE, substations_csv=SITES, districts_csv=DISTRICTS, feeders_csv=feeders))
    assert "feeders.csv, row 2, column bus = '7': must be the id of a bus of the grid. Known: 1, 2, 3." in told
    assert any("feeders.csv, row 3, column district = 'nowhere'" in fault for fault in told)
    assert len(told) == 2


def test_spares_add_up_and_are_checked(folder, imported, refused):
    path = folder(spares_csv="kind,count\ntransformer,2\ntransformer,3\nswitchgear,1\n")
    assert dict(load(imported(path).file).recovery.spares) == {"transformer": 5, "switchgear": 1}


def test_spares_at_fault(folder, refused):
    (told,) = refused(folder(spares_csv="kind,count\ntransfomer,2\n"))
    assert "(spares.csv, row 2, column kind) = 'transfomer'" in told
    assert "Did you mean `transformer`?" in told


def test_density_and_area(folder, imported):
    table = "id,latitude,longitude,area (ha),density (people/km2)\na,34,166,200,1500\n"
    (district,) = load(imported(folder(districts_csv=table)).file).world.districts
    assert (district.people, district.radius_m) == (3000, 798.0)


def test_words_for_classes_of_services(folder, imported):
    table = "id,тип,bus,latitude,longitude\nx,Обласна лікарня,101,34,166\ny,heat-plant-notional,101,34,166\n"
    sites = load(imported(folder(services_csv=table)).file).services.sites
    assert [site.class_name for site in sites] == ["hospital-notional", "heat-plant-notional"]
