"""Tables broken on purpose: every fault is named, by file, sheet, row and column, with what to do."""

import io
import json
import struct
import zipfile

import pytest
import xlsxwriter

DISTRICTS = "id,name,people,latitude_deg,longitude_deg,radius_m,bus\n"
GOOD = "a,Alpha,1000,34.1,166.1,2000,101\nb,Beta,2000,34.2,166.2,2000,102\nc,Gamma,3000,34.3,166.3,2000,103\n"


def district(**changed: object) -> str:
    row = {"id": "d", "name": "Delta", "people": 10, "lat": 34.4, "lon": 166.4, "radius": 1500, "bus": 104} | changed
    return ",".join(str(value) for value in row.values()) + "\n"


def workbook(fill) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        fill(book)
    return out.getvalue()


def features(*entries: tuple[dict, dict | None]) -> str:
    listed = [{"type": "Feature", "properties": own, "geometry": shape} for own, shape in entries]
    return json.dumps({"type": "FeatureCollection", "features": listed})


def polygon(*points: tuple[float, float]) -> dict:
    return {"type": "Polygon", "coordinates": [list(points)]}


def only(faults: list[str], *words: str) -> None:
    """There is one fault, and it says all this."""
    assert len(faults) == 1, faults
    for word in words:
        assert word in faults[0], faults[0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"people": -5}, ["(districts.csv, row 5, column people) = -5 people: must be at least 0 people"]),
        ({"people": "many"}, ["row 5, column people) = 'many': must be a whole number", "It is: People who live here"]),
        ({"people": "3.5.2024"}, ["districts.csv, row 5, column people = '3.5.2024': is a date or a time", "3.5"]),
        (
            {"people": ""},
            ["districts.csv, row 5, column people: the cell is empty, and `people` is needed", "Give people"],
        ),
        (
            {"lat": 166.4, "lon": 34.4},
            ["row 5, column latitude_deg = 166.4, 34.4: latitude and longitude look swapped"],
        ),
        ({"lat": 95}, ["row 5, column latitude_deg) = 95 deg: must be at least -90 and at most 90 deg"]),
        ({"lat": "north"}, ["row 5, column latitude_deg) = 'north': must be a number"]),
        ({"radius": 0}, ["row 5, column radius_m) = 0 m: must be more than 0"]),
        ({"bus": 999}, ["world.districts[d].bus", "row 5, column bus) = '999': must be the id of a bus", "Known: 101"]),
        ({"id": "a"}, ["row 5, column id = 'a': this id stands twice: first in districts.csv, row 2. Give each"]),
        ({"bus": "104,extra"}, ["districts.csv, row 5: the row has 8 cells and the table 7 columns. Count the"]),
    ],
)
def test_a_wrong_row_of_districts(folder, refused, row, words):
    only(refused(folder(districts_csv=DISTRICTS + GOOD + district(**row))), *words)


def test_a_place_that_is_swapped_though_both_ends_are_possible(folder, refused):
    table = "id,class,bus,latitude_deg,longitude_deg\n" + "".join(
        f"h{i},hospital-notional,101,{50 + i / 10},{30 + i / 10}\n" for i in range(6)
    )
    table += "odd,hospital-notional,101,30.2,50.3\n"
    only(
        refused(folder(hospitals_csv=table)), "hospitals.csv, row 8, column latitude_deg = 30.2, 50.3: latitude and lo"
    )


def test_a_column_that_is_missing_is_told_once_with_the_mapping_to_write(folder, refused):
    table = "id,latitude_deg,longitude_deg,radius_m,Einwohner\na,34,166,1000,5\nb,34,166,1000,5\n"
    only(
        refused(folder(districts_csv=table)),
        "districts.csv: no column gives `people` (People who live here)",
        "`- {file: districts.csv, part: districts, columns: {people: COLUMN}}`",
        "Columns not used: Einwohner",
    )


def test_a_column_that_is_misspelt_is_proposed(folder, refused):
    table = "id,latitude_deg,longitude_deg,radius_m,Poplation\na,34,166,1000,5\n"
    only(refused(folder(districts_csv=table)), "columns: {people: Poplation}")


def test_a_class_that_is_not_known(folder, refused):
    table = "id,class,latitude_deg,longitude_deg\nr,surveilance-radar-notional,34,166\n"
    only(
        refused(folder(sensors_csv=table)),
        "(sensors.csv, row 2, column class) = 'surveilance-radar-notional'",
        "Did you mean `surveillance-radar-notional`?",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", ["districts.csv: the table is empty. Fill it"]),
        (DISTRICTS.encode(), ["districts.csv: the table has names of columns and no rows. Fill it"]),
        (DISTRICTS.encode() + "d,Київ".encode("cp1251"), ["districts.csv:2:1", "is not UTF-8", "`encoding: cp1251`"]),
        (b"id,id,people\na,b,1\n", ["districts.csv, row 1, column id = 'id': this column stands twice. Keep one"]),
        (b"id,,people\na,b,1\n", ["districts.csv, row 1: column 2 has no name. Name each column"]),
        (b'id,people\n"a,1\n', ["districts.csv, row 2: this is not CSV", "Look at the quotes"]),
    ],
)
def test_files_that_are_no_tables(folder, refused, text: bytes, words):
    only(refused(folder(districts_csv=text)), *words)


def test_a_unit_that_measures_something_else(folder, refused):
    table = "id,people,latitude_deg,longitude_deg,Radius (MW)\na,1,34,166,2\n"
    faults = refused(folder(districts_csv=table))
    only(faults, "districts.csv, column Radius (MW) = mw: radius_m is kept in m, and mw cannot be turned into", "km,")
    table = "id,people,latitude_deg,longitude_deg,Radius (furlongs)\na,1,34,166,2\n"
    only(refused(folder(districts_csv=table)), "column Radius (furlongs) = furlongs: radius_m is kept in m")


def test_a_comma_that_may_be_either(folder, refused, imported):
    table = 'id;people;latitude_deg;longitude_deg;radius_m\na;"1,234";34;166;500\n'
    path = folder(districts_csv=table)
    only(refused(path), "districts.csv, row 2, column people = 1,234: the comma may be", "`decimal: comma`")
    folder(mapping_yaml="tables:\n- {file: districts.csv, part: districts, decimal: point}\n")
    assert "people" in imported(path).file.with_name("districts.csv").read_text(encoding="utf-8")


def test_two_tables_for_one_part(folder, refused, imported):
    path = folder(districts_csv=DISTRICTS + GOOD, raions_csv=DISTRICTS + district())
    only(refused(path), "districts.csv, raions.csv: 2 tables give districts", "`part: none`", "--draft-mapping")
    folder(mapping_yaml="tables:\n- {file: districts.csv, part: districts}\n- {file: raions.csv, part: districts}\n")
    assert {many: n for n, (_, many) in imported(path).counts}["districts"] == 4


def test_a_table_that_does_not_tell_what_it_is(folder, refused):
    only(
        refused(folder(data_csv="a,b\n1,2\n")), "data.csv = a, b: neither its name nor its columns tell", "part: ...}`"
    )


def test_cells_of_a_workbook(folder, refused):
    def fill(book) -> None:
        page = book.add_worksheet("Райони")
        page.write_row(0, 0, ["id", "people", "latitude_deg", "longitude_deg", "radius_m", "bus"])
        page.write_row(1, 0, ["a", 10, 34.1, 166.1, 2000, 101])
        page.write_row(2, 0, ["b", None, 34.2, 166.2, 2000, 102])
        page.write_formula(2, 1, "=NA()", None, "#N/A")
        page.write_row(3, 0, ["c", 10, 34.3, 166.3])
        page.write_datetime(
            3, 4, __import__("datetime").datetime(2024, 5, 3), book.add_format({"num_format": "d.m.yy"})
        )
        page.merge_range(4, 0, 5, 0, "d")

    faults = refused(folder(districts_xlsx=workbook(fill)))
    told = "\n".join(faults)
    assert (
        "districts.xlsx, sheet Райони, row 3, column people = #N/A: this cell holds the error of a formula (B3)" in told
    )
    assert "Mend the formula" in told
    assert "districts.xlsx, sheet Райони, row 5 = A5:A6: these cells are merged" in told
    assert "Unmerge them" in told
    assert "row 4, column radius_m = '2024-05-03': is a date or a time" in told
    assert not [fault for fault in faults if "column id" in fault]


def test_workbooks_that_are_not_opened(folder, refused, monkeypatch):
    only(refused(folder(districts_xlsx=b"PK\x03\x04broken")), "districts.xlsx: this is no XLSX workbook", "save it as")
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
    only(
        refused(folder(districts_xlsx=locked)), "is locked with a password, or is of the old kind", "without a password"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 3_000_000)
    monkeypatch.setattr("mamori.scenario.imports.xlsx_file.MAX_UNPACKED_BYTES", 2_000_000)
    only(refused(folder(districts_xlsx=out.getvalue())), "3 MB: this workbook would unpack to more than 2 MB")


def test_a_size_in_the_archive_that_lies_is_no_way_round(folder, refused):
    """A zip bomb that declares a small size is refused by what reads it, not unpacked."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 1_000_000)
        packed.writestr("xl/_rels/workbook.xml.rels", b"<Relationships/>")
    raw = bytearray(out.getvalue())
    at = raw.index(struct.pack("<L", 1_000_000), raw.rindex(b"PK\x01\x02", 0, raw.rindex(b"PK\x01\x02")))
    raw[at : at + 4] = struct.pack("<L", 10)
    only(refused(folder(districts_xlsx=bytes(raw))), "districts.xlsx: this workbook cannot be read")


SQUARE = ((166.0, 34.0), (166.2, 34.0), (166.2, 34.2), (166.0, 34.2))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (polygon(*SQUARE), ["feature 2, property geometry: the ring of the polygon is open", "repeat the first"]),
        (
            polygon(SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]),
            ["feature 2, property geometry: the polygon is not sound (Self-intersection", "fix geometries"],
        ),
        (
            {"type": "Point", "coordinates": [34.0, 166.0]},
            [
                "property geometry = 34, 166: is no longitude and latitude in degrees",
                "look swapped: longitude comes first",
            ],
        ),
        (
            {"type": "Point", "coordinates": [500123.0, 3870000.0]},
            ["is no longitude and latitude in degrees", "`crs: EPSG:...`"],
        ),
        ({"type": "Point", "coordinates": ["166", 34]}, ["the coordinates are not those of a Point"]),
        (
            {"type": "LineString", "coordinates": [[166, 34], [167, 35]]},
            ["property geometry: a LineString is no place"],
        ),
        ({"type": ["Point"], "coordinates": [166, 34]}, ["= ['Point']: is no geometry that can be read"]),
        ({"type": "Circle", "coordinates": [166, 34]}, ["= Circle: is no geometry that can be read"]),
    ],
)
def test_geometry_that_is_not_sound(folder, refused, shape, words):
    good = {"type": "Point", "coordinates": [166.0, 34.0]}
    own = {"people": 10, "radius_m": 900, "bus": "101"}
    text = features(({"id": "a", **own}, good), ({"id": "b", **own}, shape))
    only(refused(folder(districts_geojson=text)), "districts.geojson, feature 2, property geometry", *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"type": "FeatureCollection", "features": [',
            ["districts.geojson:1:", "this is not JSON", "Is the file whole?"],
        ),
        ('{"type": "Topology"}', ["districts.geojson: this is not GeoJSON with a list of features"]),
        ("[" * 100_000, ["districts.geojson: this is not JSON (it is nested too deep)"]),
        (
            '{"type":"FeatureCollection","features":[],"crs":{"properties":{"name":"urn:ogc:def:crs:EPSG::3857"}}}',
            ["EPSG::3857: the coordinates are not in degrees of WGS 84"],
        ),
    ],
)
def test_geojson_that_is_none(folder, refused, text: str, words):
    only(refused(folder(districts_geojson=text)), *words)


BOMB = """<?xml version="1.0"?>
<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>&c;</name></Placemark></Document></kml>
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<kml><Document>", ["ports.kml:1:1: this is not XML", "Is the file whole?"]),
        (BOMB, ["ports.kml = <!DOCTYPE: a KML file with a document type of its own is not read"]),
        ("<gpx></gpx>", ["ports.kml = <gpx>: this is not KML"]),
        (
            "<kml><Placemark><name>p</name><Point><coordinates>166;34</coordinates></Point></Placemark></kml>",
            ["ports.kml, placemark 1, field geometry: the coordinates are not those of a Point"],
        ),
    ],
)
def test_kml_that_is_none(folder, refused, text: str, words):
    only(refused(folder(ports_kml=text)), *words)


def test_all_faults_of_all_tables_at_once(folder, refused):
    path = folder(
        districts_csv=DISTRICTS + district(people=-1) + district(id="e", lat="x"),
        sensors_csv="id,class,latitude_deg,longitude_deg\nr,no-such,34,166\n",
        ports_kml="<kml>",
    )
    told = "\n".join(refused(path))
    for word in ("= -1 people", "row 3, column latitude_deg", "ports.kml:1"):
        assert word in told


def test_very_many_faults_are_counted(folder, refused):
    rows = "".join(district(id=f"d{i}", people=-1) for i in range(150))
    faults = refused(folder(districts_csv=DISTRICTS + rows))
    assert len(faults) == 101
    assert faults[-1] == "...: 50 more faults are not listed. Mend these first."


def test_nothing_is_written_over(folder, imported):
    path = folder(districts_csv=DISTRICTS + GOOD)
    done = imported(path)
    before = done.file.read_text(encoding="utf-8")
    with pytest.raises(Exception, match="there already and is not written over"):
        imported(path)
    (done.file.parent / "notes.txt").write_text("mine", encoding="utf-8")
    folder(districts_csv=DISTRICTS + GOOD + district())
    assert imported(path, is_forced=True).file.read_text(encoding="utf-8") != before
    assert (done.file.parent / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["none", "districts.csv"])
def test_no_folder(tmp_path, imported, name: str):
    (tmp_path / "districts.csv").write_text("x", encoding="utf-8")
    with pytest.raises(Exception, match="there is no such folder"):
        imported(tmp_path / name)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Exception, match="the folder holds no table"):
        imported(tmp_path / "empty")
