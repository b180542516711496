import numpy as np
import pytest

from mamori.errors import CaseError
from mamori.grid.matpower import BusPlace, is_matpower, read_buses, read_matpower

CASE = """\
function mpc = small
% a bus, a transformer on one site, two lines % and a comment
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
\t1\t3\t0\t0\t0\t0\t1\t1\t0\t230\t1\t1.1\t0.9;
\t2\t1\t90\t30\t0\t0\t1\t1\t0\t115\t1\t1.1\t0.9;
\t7, 1, 60, 10, 0, 0, 2, 1, 0, 115, 1, 1.1, 0.9  % commas are legal
];
mpc.gen = [
\t1\t80\t0\t50\t-50\t1\t100\t1\t200\t10;
\t1\t0\t0\t50\t-50\t1\t100\t0\t300\t10;
\t7\t10\t0\t50\t-50\t1\t100\t1\t40\t0;
];
mpc.branch = [
\t1\t2\t0.01\t0.10\t0\t120\t130\t140\t1.02\t0\t1\t-360\t360;
\t2\t7\t0.02\t0.20\t0\t50\t0\t0\t0\t0\t1\t-360\t360;
\t2\t7\t0.02\t0.20\t0\t0\t0\t0\t0\t0\t1\t-360\t360;
\t1\t7\t0.02\t0.20\t0\t0\t0 ...
\t0\t0\t0\t0\t-360\t360;
];
mpc.gencost = [
\t2\t0\t0\t3\t0.1\t20\t0;
\t2\t0\t0\t3\t0.1\t20\t0;
\t2\t0\t0\t3\t0.1\t20\t0;
];
mpc.genfuel = {'gas'; 'gas'; 'wind'};
mpc.bus_name = {'Ainu 230 % hub'; 'Ainu 115'; 'Bora'};
"""
PLACES = [
    BusPlace("1", "Ainu", 34.0, 139.0),
    BusPlace("2", "", 34.01, 139.0),
    BusPlace("7", "", 34.5, 139.5, load_mw=75.0),
]


@pytest.fixture
def file(tmp_path):
    def written(text=CASE):
        path = tmp_path / "small.m"
        path.write_text(text)
        return path

    return written


def faults(path, places=PLACES):
    with pytest.raises(CaseError) as caught:
        read_matpower(path, places)
    return [str(fault) for fault in caught.value.faults]


def test_all_fields(file):
    case = read_matpower(file(), PLACES)
    assert case.bus_id == ("1", "2", "7")
    assert case.bus_name == ("Ainu", "Ainu 115", "Bora")
    assert case.load_mw.tolist() == [0.0, 90.0, 75.0]  # the place's own demand goes before the case's
    assert case.area == ("1", "1", "2")
    assert case.site_i.tolist() == [0, 0, 1]  # 1.1 km of transformer are one site
    assert case.site_name == ("Ainu", "Bora")
    assert case.generator_id == ("g1", "g7")  # the second unit at bus 1 is out of service
    assert case.generator_mw.tolist() == [200.0, 40.0]
    assert case.category == ("Thermal", "Wind")
    assert case.branch_id == ("1-2", "2-7", "2-7.2")
    assert case.branch_mw.tolist() == [130.0, 50.0, 540.0]  # rate B, else A, else all plant
    assert case.is_transformer.tolist() == [True, False, False]
    assert case.branch_x.tolist() == [0.1, 0.2, 0.2]
    assert np.degrees(case.latitude_rad).tolist() == pytest.approx([34.0, 34.01, 34.5])


def test_options(file):
    case = read_matpower(file(), PLACES, shift_longitude_deg=60.0, rating="short_term", join_sites=False)
    assert np.degrees(case.longitude_rad).tolist() == pytest.approx([-161.0, -161.0, -160.5])
    assert case.branch_mw[0] == 140.0
    assert case.site_i.tolist() == [0, 1, 2]
    ids, load = read_buses(file())
    assert ids == ("1", "2", "7")
    assert load.tolist() == [0.0, 90.0, 60.0]
    assert is_matpower("cases/A.M")
    assert not is_matpower("rts-gmlc")


@pytest.mark.parametrize("share", [0.2, 0.4, 0.55, 0.7])
def test_a_file_cut_off_is_told(file, share: float):
    told = faults(file(CASE[: int(len(CASE) * share)]))
    assert any("cut off" in fault or "is the file whole?" in fault for fault in told)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("\t2\t1\t90", "\t2\t1\tmany", "small.m:7 mpc.bus, PD = many: must be a number"),
        ("\t2\t1\t90", "\t2\t1\t-90", "small.m:7 mpc.bus, PD = -90: must be 0 or more. Write what feeds power in"),
        ("\t7, 1,", "\t1, 1,", "small.m:8 mpc.bus, BUS_I = 1: this bus stands twice"),
        ("\t7\t10\t0", "\t9\t10\t0", "small.m:13 mpc.gen, GEN_BUS = 9: is no bus"),
        ("\t2\t7\t0.02\t0.20\t0\t50", "\t2\t7\t0.02\t0\t0\t50", "small.m:17 mpc.branch, BR_X = 0: must be more than 0"),
        ("\t2\t7\t0.02\t0.20\t0\t50", "\t7\t7\t0.02\t0.2\t0\t50", "small.m:17 mpc.branch, T_BUS = 7: must not be"),
        ("\t40\t0;", "\t40;", "small.m:13 mpc.gen"),
        ("version = '2'", "version = '1'", "small.m:3 mpc.version = '1': must be '2'"),
        ("'gas'; 'gas'; ", "'gas'; ", "mpc.genfuel has 2 entries and needs 3"),
        ("mpc.branch", "mpc.lines", "small.m: has no rows in mpc.branch"),
        ("\t2\t0\t0\t3\t0.1\t20\t0;\n];", "];", "small.m:22 mpc.gencost: has 2 rows for 3 generators"),
    ],
)
def test_faults_name_line_and_column(file, old: str, new: str, word: str):
    assert CASE.count(old) == 1 or old == "mpc.branch"
    assert any(fault.startswith(word) or word in fault for fault in faults(file(CASE.replace(old, new, 1))))


def test_places_are_held_against_the_case(file):
    told = faults(file(), [PLACES[0], PLACES[0], BusPlace("8", "", 34.0, 139.0)])
    assert any("grid.sites = 1: this bus stands twice" in fault for fault in told)
    assert any("grid.sites = 8: is no bus of the case small.m" in fault for fault in told)
    assert any("2 buses of the case have no place: 2, 7" in fault for fault in told)


def test_no_such_file(tmp_path):
    with pytest.raises(CaseError, match="cannot be read"):
        read_matpower(tmp_path / "none.m", [])
    (tmp_path / "x.m").write_bytes(b"mpc\xff\xfe")
    with pytest.raises(CaseError, match="byte 4 is not UTF-8"):
        read_matpower(tmp_path / "x.m", [])
