from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from mamori.errors import CaseError
from mamori.grid.case import read_case
from mamori.grid.schema import GridPart, grid_case, grid_series
from mamori.grid.series import read_series, split_demand

START = datetime(2027, 1, 15, 22, tzinfo=UTC)
LOAD = "Year,Month,Day,Period,1,2\n2020,1,1,1,60,20\n2020,1,1,2,90,30\n2020,1,1,3,120,10\n"
WIND = "Year,Month,Day,Period,3_B\n2020,1,1,1,10\n2020,1,1,2,95\n2020,1,1,3,0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bus.csv").write_text(
        "Bus ID,Bus Name,BaseKV,MW Load,Area,lat,lng\n"
        "1,A,138,75,1,30,140\n2,B,138,25,1,30.5,140\n3,C,138,50,2,31,141\n",
        encoding="utf-8",
    )
    (tmp_path / "gen.csv").write_text(
        "GEN UID,Bus ID,Category,PMax MW\n1_A,1,Coal,120\n3_B,3,Wind,80\n3_C,3,Storage,50\n", encoding="utf-8"
    )
    (tmp_path / "branch.csv").write_text(
        "UID,From Bus,To Bus,R,X,LTE Rating,Tr Ratio\nL1,1,2,0,0.1,60,0\nL2,2,3,0,0.1,60,0\n", encoding="utf-8"
    )
    return tmp_path


def with_series(folder: Path, load: str = LOAD, wind: str = WIND) -> Path:
    for name, text in (("Load/DAY_AHEAD_regional_Load.csv", load), ("WIND/DAY_AHEAD_wind.csv", wind)):
        path = folder / "timeseries_data_files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_without_series_demand_and_plant_are_flat(folder):
    series = read_series(read_case(str(folder)), START, 4)
    assert np.all(series.demand_mw == [75.0, 25.0, 50.0])
    assert np.all(series.available_mw == [120.0, 80.0, 0.0])
    assert series.margin == pytest.approx(200.0 / 150.0 - 1.0)


def test_series_are_split_over_buses_capped_and_wrapped(folder):
    case = read_case(str(with_series(folder)))
    series = read_series(case, datetime(2021, 1, 1, 1, 30, tzinfo=UTC), 3, load_scale=2.0)
    assert series.demand_mw.tolist() == [[135.0, 45.0, 60.0], [180.0, 60.0, 20.0], [90.0, 30.0, 40.0]]
    assert series.available_mw[:, 1].tolist() == [80.0, 0.0, 10.0]


def test_the_margin_of_the_tightest_hour_is_the_one_asked_for():
    case = read_case("rts-gmlc")
    series = read_series(case, START, 168, turn_days=183, peak_margin=0.05)
    ratio = series.available_mw.sum(axis=1) / series.demand_mw.sum(axis=1)
    assert ratio.min() == pytest.approx(1.05)
    assert series.margin == pytest.approx(0.05)
    plain = read_series(case, START, 168, turn_days=183)
    assert np.allclose(series.demand_mw, plain.demand_mw * series.load_scale, rtol=1e-15)


def test_the_turned_year_is_the_other_half_of_it_by_the_hour():
    case = read_case("rts-gmlc")
    turned = read_series(case, datetime(2027, 1, 15, 22, tzinfo=UTC), 48, turn_days=183)
    summer = read_series(case, datetime(2027, 7, 16, 22, tzinfo=UTC), 48)  # 15 January and 183 days, in a leap year
    assert np.array_equal(turned.demand_mw, summer.demand_mw)
    assert np.array_equal(turned.available_mw, summer.available_mw)


def test_rts_gmlc_peaks_in_august_and_its_areas_add_up():
    case = read_case("rts-gmlc")
    demand = read_series(case, datetime(2020, 1, 1, tzinfo=UTC), 8784).demand_mw
    peak = int(np.argmax(demand.sum(axis=1)))
    assert (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=peak)).month == 8
    area_1 = np.array([area == "1" for area in case.area])
    assert demand[0, area_1].sum() == pytest.approx(985.0197922)


def test_classes_add_up_and_critical_load_comes_first():
    demand = np.array([[10.0, 4.0, 0.0]])
    classes = split_demand(demand, np.array([6.0, 6.0, 6.0]), 0.25)
    assert classes.shape == (1, 3, 3)
    assert classes[0].tolist() == [[6.0, 3.0, 1.0], [4.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("load", "wind", "words"),
    [
        (
            LOAD.replace(",1,2\n", ",1\n").replace(",20\n", "\n").replace(",30\n", "\n").replace(",10\n", "\n"),
            WIND,
            "column 2",
        ),
        (LOAD, WIND.replace("3_B", "9_X"), "9_X"),
        (LOAD.replace("90", "x"), WIND, "row 3"),
        (LOAD.replace("90", "-90"), WIND, "row 3"),
        (LOAD.replace("120,10", "120"), WIND, "row 4"),
        ("", WIND, "at least one hour"),
    ],
)
def test_series_that_do_not_fit_are_faults(folder, load, wind, words):
    case = read_case(str(with_series(folder, load, wind)))
    with pytest.raises(CaseError, match=words):
        read_series(case, START, 3)


def test_no_demand_at_all_is_legal(folder):
    with_series(folder, LOAD.replace("60,20", "0,0").replace("90,30", "0,0").replace("120,10", "0,0"))
    series = read_series(read_case(str(folder)), START, 3, peak_margin=0.05)
    assert series.load_scale == 1.0
    assert series.margin == np.inf


def test_the_part_of_a_scenario_says_it_all(folder):
    with_series(folder)
    part = GridPart(case=folder.name, load_scale=1.5, rating="long_term")
    case = grid_case(part, folder.parent)
    assert grid_series(part, case, START, 1).load_scale == 1.5
    with pytest.raises(ValueError, match="exclude each other"):
        GridPart(load_scale=1.0, peak_margin=0.1)
    with pytest.raises(ValueError, match="extra"):
        GridPart.model_validate({"loadscale": 1.0})
