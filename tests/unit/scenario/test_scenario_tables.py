import pytest

from mamori.errors import ScenarioError
from mamori.scenario.load import load

HEADER = "id,latitude_deg,longitude_deg,radius_m,people,bus\n"


def country_with(write, minimal: str, table: str):
    write("sub/d.csv", table)
    return write("sub/x.yaml", minimal + "world: {districts_file: d.csv}\n")


def refused(write, minimal: str, table: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(country_with(write, minimal, table))
    return [str(fault) for fault in caught.value.faults]


def test_rows_become_entries(write, minimal):
    path = country_with(write, minimal, "\ufeff" + HEADER + "a,34,139,1e3,10,101\n\n b , 33.5 ,139,500,0,\n")
    districts = load(path).world.districts
    assert [(d.id, d.latitude_deg, d.radius_m, d.people, d.bus) for d in districts] == [
        ("a", 34.0, 1000.0, 10, "101"),
        ("b", 33.5, 500.0, 0, None),
    ]
    assert load(path).world.districts_file is None


def test_spread_in_two_columns(write, minimal):
    table = "id,latitude_deg,longitude_deg,radius_m.low,radius_m.high,people\na,34,139,1,2,10\n"
    radius = load(country_with(write, minimal, table)).world.districts[0].radius_m
    assert (radius.low, radius.high) == (1.0, 2.0)


def test_entries_of_the_file_go_over_its_table(write, minimal):
    write("d.csv", HEADER + "a,34,139,1e3,10,101\nb,33,139,500,0,\n")
    path = write("x.yaml", minimal + "world: {districts_file: d.csv, districts: [{id: b, people: 3}]}\n")
    assert [(d.id, d.people) for d in load(path).world.districts] == [("a", 10), ("b", 3)]


def test_faults_name_file_row_and_column(write, minimal):
    faults = refused(write, minimal, HEADER + "a,3400,139,1e3,10,101\nb,33,east,-5,nan,\n")
    assert any(f.startswith("world.districts[a].latitude_deg (d.csv:2:2) = 3400 deg") for f in faults)
    assert any("(d.csv:3:3) = 'east': must be a number" in f for f in faults)
    assert any("(d.csv:3:4) = -5 m: must be more than 0" in f for f in faults)
    assert any("(d.csv:3:5)" in f for f in faults)
    assert len(faults) == 4


def test_wrong_columns_are_told_once(write, minimal):
    table = "id,latitude_deg,longitude_deg,radius_m,people,bus,colour,id\n" + "a,1,2,3,4,101,red,a\n" * 3
    faults = refused(write, minimal, table)
    assert [f for f in faults if f.startswith("d.csv:1:7 = 'colour': this column is not known")]
    assert [f for f in faults if f.startswith("d.csv:1:8 = 'id': this column stands twice")]
    assert len(faults) == 2


def test_row_of_another_length(write, minimal):
    faults = refused(write, minimal, HEADER + "a,34,139,1e3,10\n")
    assert faults[0].startswith("d.csv:2:1: the row has 5 cells and the table 6 columns")


@pytest.mark.parametrize(("table", "word"), [("", "empty"), (HEADER + 'a,"x\n', "not CSV")])
def test_what_is_no_table(write, minimal, table: str, word: str):
    assert word in refused(write, minimal, table)[0]


def test_missing_table_names_who_wants_it(write, minimal):
    path = write("x.yaml", minimal + "world: {districts_file: none.csv}\n")
    with pytest.raises(ScenarioError, match=r"none\.csv \(named in x\.yaml:7:9\).*cannot be read"):
        load(path)
