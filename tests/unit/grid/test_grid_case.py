from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from mamori.errors import CaseError
from mamori.grid.case import read_case

BUS = """Bus ID,Bus Name,BaseKV,MW Load,Area,lat,lng
1,Ainu,138,100,1,30.0,140.0
2,Bora,230,0,1,30.01,140.0
3,Cape,138,50,2,31.0,141.0
"""
GEN = """GEN UID,Bus ID,Category,PMax MW
1_A,1,Coal,120
3_B,3,Wind,80
"""
BRANCH = """UID,From Bus,To Bus,R,X,Cont Rating,LTE Rating,STE Rating,Tr Ratio
T1,1,2,0.01,0.1,50,60,70,1.02
L1,2,3,0.01,0.2,50,60,70,0
"""


def write(folder: Path, bus: str = BUS, gen: str = GEN, branch: str = BRANCH) -> str:
    for name, text in (("bus", bus), ("gen", gen), ("branch", branch)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return str(folder)


def test_rts_gmlc_has_its_published_size():
    case = read_case("rts-gmlc")
    assert (len(case.bus_id), len(case.generator_id), len(case.branch_id)) == (73, 158, 120)
    assert len(case.site_name) == 60
    assert case.load_mw.sum() == 8550.0
    assert (case.load_mw == 0.0).sum() == 22
    assert case.is_transformer.sum() == 16
    b323, b325 = case.bus_id.index("323"), case.bus_id.index("325")
    assert case.site_i[b323] == case.site_i[b325]
    assert read_case("rts-gmlc", join_sites=False).site_i.tolist() == list(range(73))


def test_the_shift_keeps_every_distance_on_the_ellipsoid():
    here, there = read_case("rts-gmlc"), read_case("rts-gmlc", shift_longitude_deg=-76.0)
    assert np.all(there.latitude_rad == here.latitude_rad)
    assert np.all(np.degrees(there.longitude_rad) > 160.0)
    a, b = np.triu_indices(73, 1)
    geod = Geod(ellps="WGS84")
    before, after = (
        geod.inv(case.longitude_rad[a], case.latitude_rad[a], case.longitude_rad[b], case.latitude_rad[b], radians=True)
        for case in (here, there)
    )
    assert np.abs(before[2] - after[2]).max() < 1e-6


def test_the_centre_of_a_site_does_not_jump_across_the_date_line():
    case = read_case("rts-gmlc")
    shift = 180.0 - float(np.degrees(case.longitude_rad[case.bus_id.index("109")])) - 1e-3
    moved = read_case("rts-gmlc", shift_longitude_deg=shift)
    turn = np.radians(shift)
    apart = (moved.site_longitude_rad - case.site_longitude_rad - turn + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(apart).max() < 1e-12
    assert np.all(np.abs(moved.site_longitude_rad) <= np.pi)


def test_a_folder_in_the_same_layout_is_read(tmp_path):
    case = read_case(write(tmp_path), rating="continuous")
    assert case.site_i.tolist() == [0, 0, 1]
    assert case.site_name == ("Ainu", "Cape")
    assert case.branch_mw.tolist() == [50.0, 50.0]
    assert case.generator_bus_i.tolist() == [0, 2]
    assert np.degrees(case.site_latitude_rad[0]) == pytest.approx(30.005)


def test_every_fault_is_told_at_once_with_its_place(tmp_path):
    bus = BUS.replace("30.01", "3400").replace("3,Cape", "1,Cape").replace(",50,2,", ",nan,2,")
    gen = GEN.replace("120", "-1").replace("3_B,3", "3_B,9")
    branch = BRANCH.replace("0.2,50,60", "0,50,").replace("L1,2,3", "L1,2,2")
    with pytest.raises(CaseError) as error:
        read_case(write(tmp_path, bus, gen, branch))
    places = [fault.place for fault in error.value.faults]
    assert places == [
        "bus.csv: row 4, column Bus ID",
        "bus.csv: row 3, column lat",
        "bus.csv: row 4, column MW Load",
        "gen.csv: row 3, column Bus ID",
        "gen.csv: row 2, column PMax MW",
        "branch.csv: row 3, column X",
        "branch.csv: row 3, column LTE Rating",
        "branch.csv: row 3, column To Bus",
    ]
    assert all(fault.rule and fault.remedy for fault in error.value.faults)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"bus": "Bus ID,lat\n1,2\n"}, "bus.csv: column Bus Name"),
        ({"gen": ""}, "gen.csv: column GEN UID"),
        ({"bus": BUS.splitlines()[0] + "\n", "gen": GEN.splitlines()[0], "branch": BRANCH.splitlines()[0]}, "bus.csv"),
    ],
)
def test_a_table_without_its_columns_or_rows_is_a_fault(tmp_path, change, place):
    with pytest.raises(CaseError) as error:
        read_case(write(tmp_path, **change))
    assert error.value.faults[0].place == place


def test_missing_files_and_other_encodings_are_faults(tmp_path):
    write(tmp_path)
    (tmp_path / "gen.csv").unlink()
    (tmp_path / "bus.csv").write_bytes(b"Bus ID\n\xff\n")
    with pytest.raises(CaseError) as error:
        read_case(str(tmp_path))
    assert [Path(fault.place).name for fault in error.value.faults] == ["bus.csv", "gen.csv"]
