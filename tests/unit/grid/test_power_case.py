"""Cases read whole: every field, and every way in which a file can be wrong."""

import numpy as np
import pytest

from mamori.errors import CaseError, ScenarioError
from mamori.grid.cases.convention import dc_branches
from mamori.grid.cases.matpower import read_power
from mamori.grid.cases.names import read_named
from mamori.grid.cases.outages import contingency, without

CASE = """\
function s = small
% s.bus = [ 1 2 3 ];   a comment is not read
%{
s.bus = [ nor is one of many lines
%}
s.version = '2';
s.baseMVA = 200/2;
s.bus = [ %% a per cent sign after the bracket
\t1\t3\t0\t0\t0\t0\t1\t1\t0\t230\t1\t1.1\t0.9;
\t2\t1\t90\t30\t2\t0\t1\t1\t0\t230\t1\t1.1\t0.9; 7, 2, -5, 0, 0, 19, 2, 1, -3, 115, 1, 1.1, 0.9
\t8\t4\t40\t0\t0\t0\t1\t1\t0\t230\t1\t1.1\t0.9;
];
s.gen = [
\t1\t80\t0\tInf\t-Inf\t1.02\t100\t1\t200\t10;
\t7\t10\t0\t50\t-50\t1\t100\t1\t0\t-30;
\t7\t10\t0\t50\t-50\t1\t100\t0\t1\t30;
];
s.branch = [
\t1\t2\t0.01\t0.10\t0\t120\t130\t140\t1.02\t5\t1\t-30\t40;
\t2\t7\t0.02\t-0.20\t0\t0\t50\t0\t0\t0\t1\t-360\t360;
\t7\t2\t0.02\t0.20\t0\t0 ... and here the row goes on
\t0\t0\t0\t0\t1\t0\t0;
\t2\t8\t0.02\t0.20\t0\t0\t0\t0\t0\t0\t1;
];
s.gencost = [
\t2\t0\t0\t3\t0.1\t20\t5\t0;
\t1\t0\t0\t2\t-30\t-900\t0\t0;
\t1\t0\t0\t3\t0\t0\t1\t10\t2\t30;
];
s.dcline = [
\t1\t7\t1\t5\t0\t0\t0\t1\t1\t-10\t20\t0\t0\t0\t0\t1\t0.05;
];
s.storage = [
\t2\t0\t0\t30\t50\t20\t25\t0.9\t0.9\t40\t0\t0\t0\t0\t0\t0\t1;
];
s.bus_name = {'A 100 % hub]'; 'B; the ''old'' one'; 'C}'; 'D'};
"""


@pytest.fixture
def file(tmp_path):
    def written(text=CASE):
        path = tmp_path / "small.m"
        path.write_text(text)
        return path

    return written


def test_every_field_is_read(file):
    case = read_power(file())
    assert case.base_mva == 100.0
    assert case.bus_id == ("1", "2", "7", "8")
    assert case.bus_name == ("A 100 % hub]", "B; the 'old' one", "C}", "D")
    assert case.bus_on.tolist() == [True, True, True, False]
    assert case.load_mw.tolist() == [0.0, 90.0, -5.0, 40.0]
    assert (case.load_mvar[1], case.shunt_mw[1], case.shunt_mvar[2]) == (30.0, 2.0, 19.0)
    assert (case.kv[2], case.v_set[0]) == (115.0, 1.02)
    assert case.generator_id == ("g1", "g7.1", "g7.2")
    assert case.generator_on.tolist() == [True, True, False]
    assert case.p_min.tolist() == [10.0, -30.0, 30.0]
    assert case.q_max[0] == np.inf
    assert case.branch_id == ("1-2", "2-7", "7-2", "2-8")
    assert case.limit_mw("continuous").tolist() == [120.0, np.inf, np.inf, np.inf]
    assert case.limit_mw("long_term").tolist() == [130.0, 50.0, np.inf, np.inf]
    assert case.limit_mw("short_term").tolist() == [140.0, 50.0, np.inf, np.inf]
    assert np.degrees(case.angle_low_rad).tolist() == pytest.approx([-30.0, -np.inf, -np.inf, -np.inf])
    assert np.degrees(case.angle_high_rad).tolist() == pytest.approx([40.0, np.inf, np.inf, np.inf])
    assert [cost.is_polynomial for cost in case.cost] == [True, False, False]
    assert case.cost[0].numbers == (0.1, 20.0, 5.0)
    assert case.cost[1].numbers == (-30.0, -900.0, 0.0, 0.0)
    assert case.dc.id == ("dc1-7",)
    assert (case.dc.low_mw[0], case.dc.high_mw[0], case.dc.loss_mw[0], case.dc.loss_share[0]) == (-10, 20, 1, 0.05)
    assert (case.storage.energy_mwh[0], case.storage.discharge_mw[0]) == (30.0, 25.0)


def test_the_two_conventions_by_hand(file):
    case = read_power(file())
    ours = dc_branches(case, "matpower")
    assert ours.is_on.tolist() == [True, True, True, False]  # the last ends at an isolated bus
    assert ours.mw_per_rad[:3] == pytest.approx([100 / 0.102, -500.0, 500.0])
    shift = -100 / 0.102 * np.radians(5.0)
    assert ours.shift_mw[:3] == pytest.approx([shift, 0.0, 0.0])
    assert (ours.low_mw[0], ours.high_mw[0]) == (-120.0, 120.0)
    theirs = dc_branches(case, "powermodels")
    assert theirs.mw_per_rad[:2] == pytest.approx([100 * 0.1 / 0.0101, -100 * 0.2 / 0.0404])
    assert not theirs.shift_mw.any()
    bound = 100 * 0.2 / 0.0404 * 1.0472  # no limit of its own: 60 degrees, whatever the sign of the reactance
    assert (theirs.low_mw[1], theirs.high_mw[1]) == pytest.approx((-bound, bound))


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("\t2\t1\t90", "\t1\t1\t90", "small.m:10 mpc.bus, BUS_I = 1: this bus stands twice"),
        ("\t2\t1\t90", "\t2.5\t1\t90", "small.m:10 mpc.bus, BUS_I = 2.5: must be a whole number"),
        ("\t2\t1\t90", "\t2\t1\tNaN", "small.m:10 mpc.bus, PD = NaN: must be a number"),
        ("\t2\t1\t90", "\t2\t1\t-Inf", "small.m:10 mpc.bus, PD = -inf: must be a finite number"),
        ("0.01\t0.10", "0\t0", "small.m:19 mpc.branch, BR_X = 0: must not be 0"),
        ("\t7\t10\t0\t50\t-50\t1\t100\t1\t0\t-30", "\t7\t10\t0\t50\t-50\t1\t100\t1\t-40\t-30",
         "small.m:15 mpc.gen, PMIN = -30: must not be more than PMAX, -40"),
        ("\t1\t80\t0", "\t6\t80\t0", "small.m:14 mpc.gen, GEN_BUS = 6: is no bus"),
        ("-30\t40;", "50\t40;", "small.m:19 mpc.branch, ANGMIN = 50: must not be more than ANGMAX, 40"),
        ("\t120\t130", "\t-120\t130", "small.m:19 mpc.branch, RATE_A = -120: must be 0 or more"),
        ("\t1\t0\t0\t3\t0\t0\t1\t10\t2\t30", "\t1\t0\t0\t3\t0\t0\t1\t10\t2",
         "mpc.gencost = 1 0 0 3 0 0 1 10 2: the row has 9"),
        ("\t1\t0\t0\t2\t-30", "\t3\t0\t0\t2\t-30", "mpc.gencost, MODEL = 3: must be 1 (points) or 2"),
        ("200/2", "-5", "mpc.baseMVA = -5: must be a number above 0"),
        ("s.bus_name", "s.bus(:, 3) = s.bus(:, 3) / 1e3;\ns.bus_name", "small.m:36 mpc.bus"),
        ("s.version = '2'", "s.version = '1'", "mpc.version = '1': must be '2'"),
        ("\t1\t7\t1\t5", "\t1\t9\t1\t5", "mpc.dcline, T_BUS = 9: is no bus"),
        ("\t2\t0\t0\t30", "\t2\t0\t0\t-30", "mpc.storage, ENERGY = -30: must be 0 or more"),
    ],
)  # fmt: skip
def test_faults_name_line_and_column(file, old, new, word):
    assert CASE.count(old) == 1
    with pytest.raises(CaseError) as caught:
        read_power(file(CASE.replace(old, new)))
    assert any(word in str(fault) for fault in caught.value.faults), str(caught.value)


@pytest.mark.parametrize("share", [0.15, 0.3, 0.45, 0.55, 0.75, 0.85])
def test_a_file_cut_anywhere_says_so_with_its_line(file, share):
    with pytest.raises(CaseError) as caught:
        read_power(file(CASE[: int(len(CASE) * share)]))
    told = str(caught.value)
    assert "cut off" in told or "is the file whole?" in told
    assert "small.m" in told


def test_what_is_off_in_the_file_may_be_wrong_in_it(file):
    case = read_power(file())
    assert case.p_min[2] > case.p_max[2]  # the third unit is out of service
    skipped = CASE.replace("s.bus_name", "fixed = 0;\nif fixed\n  s.gen(1, 9) = 3;\nend\ns.bus_name")
    assert read_power(file(skipped)).p_max[0] == 200.0
    with pytest.raises(CaseError, match="is computed in the file"):
        read_power(file(skipped.replace("fixed = 0", "fixed = 1").replace("if fixed", "if wanted")))


def test_without_reactance_one_convention_divides_and_one_does_not(file):
    case = read_power(file(CASE.replace("0.01\t0.10", "0.01\t0")))
    assert dc_branches(case, "powermodels").mw_per_rad[0] == 0.0
    with pytest.raises(CaseError, match="small = 1-2: has no reactance"):
        dc_branches(case, "matpower")


def test_names_of_cases():
    assert len(read_named("case118").bus_id) == 118
    assert read_named("pglib_opf_case5_pjm").name == "pglib_opf_case5_pjm"
    with pytest.raises(CaseError, match=r"case11: there is no such case\. Give one of .*case118"):
        read_named("case11")
    with pytest.raises(CaseError, match="cannot be read"):
        read_named("nowhere/case118.m")
    with pytest.raises(CaseError, match="is computed in the file"):
        read_named("case33bw")


def test_rts_gmlc_agrees_with_its_own_matpower_file():
    ours, theirs = read_named("rts-gmlc"), read_named("case_RTS_GMLC")
    for name in ("load_mw", "x", "r", "b", "tap", "rate_a", "p_max", "p_min", "generator_on", "kv"):
        assert getattr(ours, name) == pytest.approx(getattr(theirs, name), abs=1e-5), name
    for our, their, on in zip(ours.cost, theirs.cost, ours.generator_on, strict=True):
        if on and not our.is_polynomial:
            assert our.numbers == pytest.approx(their.numbers, rel=1e-5)


def test_outages_by_every_name_that_people_use(file):
    case = read_power(file())
    assert without(case, ["2-1"]).branch.tolist() == [False, True, True, False]
    assert without(case, ["2-7"]).branch.tolist() == [True, False, False, False]
    assert without(case, ["2-7.2"]).branch.tolist() == [True, True, False, False]
    assert without(case, generators=["7"]).generator.tolist() == [1.0, 0.0, 0.0]
    assert without(case, generators=["g1"]).generator.tolist() == [0.0, 1.0, 0.0]
    assert without(case, buses=["7"]).bus.tolist() == [True, True, False, False]
    state = contingency(case, ["1-2", "g7.1", "bus 7"], "--outage")
    assert (state.branch[0], state.generator[1], state.bus[2]) == (False, 0.0, False)
    with pytest.raises(ScenarioError) as caught:
        without(case, ["1-7", "1-2"], ["9"], ["g8"])
    places = [(fault.place, fault.value) for fault in caught.value.faults]
    assert places == [("--branches-out", "1-7"), ("--buses-out", "9"), ("--generators-out", "g8")]
