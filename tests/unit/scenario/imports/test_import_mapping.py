"""The mapping file, what is guessed, what is asked."""

import pytest

from mamori.errors import ScenarioError
from mamori.scenario.imports.run import draft_mapping, import_tables
from mamori.scenario.load import load

ODD = "nr;wo_n;wo_o;was;hoch\nr1;34,5;166,5;klein;12,5\nr2;34,6;166,6;gross;30\n"
MAPPING = """\
tables:
- file: stellen.csv
  part: sensors
  columns: {id: nr, latitude_deg: wo_n, longitude_deg: wo_o, class: was, height_m: hoch}
  units: {height_m: ft}
  constants: {sector_deg: 360}
  values: {class: {klein: low-level-radar-notional, gross: surveillance-radar-notional}}
"""


def test_a_mapping_says_all(folder, imported):
    done = imported(folder(stellen_csv=ODD, mapping_yaml=MAPPING))
    sensors = load(done.file).sensing.sensors
    assert [(s.id, s.latitude_deg, s.class_name, s.height_m, s.sector_deg) for s in sensors] == [
        ("r1", 34.5, "low-level-radar-notional", 3.81, 360.0),
        ("r2", 34.6, "surveillance-radar-notional", 9.144, 360.0),
    ]


def test_a_mapping_may_lie_elsewhere(folder, imported, tmp_path):
    path = folder(stellen_csv=ODD)
    (tmp_path / "mine.yaml").write_text(MAPPING, encoding="utf-8")
    assert len(load(imported(path, mapping=tmp_path / "mine.yaml").file).sensing.sensors) == 2


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("part: sensors", "part: sensers", "tables[0].part (mapping.yaml:3:3) = 'sensers': must be 'sites'"),
        ("file: stellen.csv", "file: stelen.csv", "there is no such file in the folder. Did you mean `stellen.csv`?"),
        ("height_m: hoch", "heigth_m: hoch", "heigth_m: sensors have no such field. Did you mean `height_m`?"),
        ("class: was", "class: wass", "'wass': the mapping names this column for class, and the table has none"),
        ("height_m: ft", "height_m: kW", "kW: height_m is kept in m, and kW cannot be turned into that"),
        ("units:", "unit:", "tables[0].unit (mapping.yaml:5:3)"),
        ("constants:", "crs: 4326\n  constants:", "tables[0].crs"),
        ("constants:", "encoding: klingon\n  constants:", "stellen.csv = klingon: is no encoding that is known"),
        ("constants:", "crs: EPSG:99999\n  constants:", "EPSG:99999: is no coordinate system that is known"),
    ],
)
def test_a_mapping_at_fault(folder, refused, old: str, new: str, word: str):
    told = refused(folder(stellen_csv=ODD, mapping_yaml=MAPPING.replace(old, new)))
    assert any(word in fault for fault in told), told


def test_encoding_and_projection(folder, imported):
    table = "назва;people;x;y;radius_m\nЩит;10;500000;3766000;900\n".encode("cp1251")
    mapping = """\
tables:
- {file: d.csv, part: districts, columns: {name: назва}, encoding: cp1251, crs: EPSG:32658}
"""
    (district,) = load(imported(folder(d_csv=table, mapping_yaml=mapping)).file).world.districts
    assert district.name == "Щит"
    assert district.latitude_deg == pytest.approx(34.034, abs=0.002)  # UTM zone 58: its middle is 165 E
    assert district.longitude_deg == pytest.approx(165.0, abs=1e-9)


def test_projected_polygons(folder, imported):
    ring = "[[500000,3766000],[502000,3766000],[502000,3768000],[500000,3768000],[500000,3766000]]"
    text = (
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"people":5,"id":"a"},'
        f'"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}]}}'
    )
    mapping = "tables:\n- {file: d.geojson, part: districts, crs: EPSG:32658}\n"
    (district,) = load(imported(folder(d_geojson=text, mapping_yaml=mapping)).file).world.districts
    assert district.radius_m == pytest.approx(2000 / 3.14159**0.5, rel=0.003)
    assert district.longitude_deg == pytest.approx(165.0108, abs=1e-3)


def test_a_draft_says_what_was_guessed_and_gives_the_same(folder, imported, tmp_path):
    path = folder(райони_csv="Код,Населення,Широта,Довгота,Площа (км2),Примітка\n01,10,34,166,20,x\n", stellen_csv=ODD)
    file, faults = draft_mapping(path)
    text = file.read_text(encoding="utf-8")
    assert "code: Код" in text
    assert "area_m2: км2" in text
    assert "# not used: Примітка" in text
    assert len(faults) == 1
    assert "stellen.csv" in str(faults[0])
    with pytest.raises(ScenarioError, match="there already"):
        draft_mapping(path)
    file.write_text(text.replace("part: null", "part: none"), encoding="utf-8")
    (district,) = load(imported(path).file).world.districts
    assert (district.id, district.code, district.radius_m) == ("01", "01", 2523.0)


def test_the_user_is_asked_what_the_tables_do_not_tell(folder, tmp_path):
    asked = []

    def ask(question, answers):
        asked.append((str(question), list(answers)))
        wanted = {"hold": "sensors", "latitude_deg": "wo_n", "longitude_deg": "wo_o", "`class`": "was"}
        return next(answer for word, answer in wanted.items() if word in question)

    path = folder(
        stellen_csv=ODD.replace("klein", "low-level-radar-notional").replace("gross", "low-level-radar-notional")
    )
    done = import_tables(path, tmp_path / "out", ask=ask)
    assert [(s.latitude_deg, s.longitude_deg) for s in load(done.file).sensing.sensors] == [
        (34.5, 166.5),
        (34.6, 166.6),
    ]
    assert asked[0][0] == "What does stellen.csv hold?"
    assert "none" in asked[0][1]
    assert len(asked) == 4


def test_japanese_headers(folder, imported):
    table = (
        "市区町村コード,市区町村名,人口\uff08千人\uff09,緯度,経度,面積\uff08km2\uff09\n01101,北町,12.5,34.5,166.5,50\n"
    )
    (district,) = load(imported(folder(人口_csv=table)).file).world.districts
    assert (district.id, district.code, district.name, district.people) == ("01101", "01101", "北町", 12500)
    assert district.radius_m == 3989.0
