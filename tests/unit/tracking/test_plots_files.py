"""Measurements from NPZ and CSV, tracks into both, scores, and the command."""

import csv
import json
import math

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mamori.cli import track as command
from mamori.errors import CaseError, ScenarioError
from mamori.tracking.plots.files import read_npz, read_truth
from mamori.tracking.plots.model import Tracked
from mamori.tracking.plots.score import score
from mamori.tracking.plots.tables import read_csv

N_SCANS = 12


@pytest.fixture(scope="module")
def held():
    """Three targets that fly straight, all seen in every scan, and a false plot each time."""
    rng = np.random.default_rng(1)
    x = np.array(
        [[4e4, 100.0, 3e4, 50.0, 5e3, 0.0], [-3e4, 80.0, 5e4, 0.0, 6e3, 0.0], [-6e4, 0.0, 100.0, -90.0, 7e3, 0]]
    )
    step = np.kron(np.eye(3), [[1.0, 1.0], [0.0, 1.0]])
    truth = [x]
    for _ in range(N_SCANS - 1):
        truth.append(truth[-1] @ step.T)
    p = np.array(truth)[:, :, ::2]
    r = np.linalg.norm(p, axis=2)
    z = np.stack([np.arcsin(p[..., 2] / r), np.arctan2(p[..., 1], p[..., 0]), r], axis=-1)
    z += np.array([1e-3, 1e-3, 30.0]) * rng.standard_normal(z.shape)
    false = rng.uniform([0.0, -3.0, 1e4], [0.3, 3.0, 1.5e5], (N_SCANS, 1, 3))
    meas = np.concatenate([z, false], axis=1)
    return {
        "truth": np.array(truth), "meas": meas.reshape(-1, 3), "meas_scan": np.repeat(np.arange(N_SCANS), 4),
        "R": np.diag([1e-6, 1e-6, 900.0]), "dt": 1.0, "pd": 0.9, "clutter_rate": 1.0, "clutter_volume": 3e5,
    }  # fmt: skip


def written(tmp_path, held, **changes):
    path = tmp_path / "m.npz"
    np.savez(path, **{name: value for name, value in (held | changes).items() if value is not None})
    return path


def call(*arguments):
    app = typer.Typer()
    command.register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_writes_tracks_and_scores_them(tmp_path, held):
    path, out = written(tmp_path, held), tmp_path / "t.npz"
    result = call(path, "--out", out, "--truth", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["scans"], told["plots"]) == (N_SCANS, 4 * N_SCANS)
    assert told["all"]["gospa_mean"] < 400.0
    assert told["settled"]["missed_mean"] == 0.0
    with np.load(out) as found:
        k = len(found["scan"])
        shapes = {"track_id": (k,), "pos": (k, 3), "vel": (k, 3), "cov": (k, 6, 6), "exists": (k,), "time_s": (k,)}
        assert {name: found[name].shape for name in shapes} == shapes
        assert found["p_model"].shape == (k, len(found["models"]))
        last = found["pos"][found["scan"] == N_SCANS - 1]
    assert len(last) == 3
    for place in held["truth"][-1][:, ::2]:
        assert np.linalg.norm(last - place, axis=1).min() < 300.0


def test_truth_may_stand_in_a_file_of_its_own(tmp_path, held):
    truth = tmp_path / "truth.npz"
    np.savez(truth, truth=held["truth"])
    path = written(tmp_path, held, truth=None)
    result = call(path, "--truth", truth)
    assert result.exit_code == 0
    assert result.output.count("GOSPA") == 2
    with pytest.raises(CaseError, match="truth: is missing"):
        read_truth(path)
    assert isinstance(call(path, "--truth").exception, CaseError)


@pytest.mark.parametrize(
    "words",
    [
        ("--filter", "ekf", "--association", "gnn", "--management", "m-of-n", "--confirm", "3/5"),
        ("--filter", "ukf", "--models", "calm,fall", "--gate", "3.5"),
    ],
)
def test_other_choices(tmp_path, held, words):
    result = call(written(tmp_path, held), "--truth", "--json", *words)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["settled"]["missed_mean"] == 0.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gate", "0"), "--gate = 0: must be above 0"),
        (("--confirm", "5/3"), "--confirm = 5/3: must be M/N"),
        (("--models", "glide"), "glide: is no motion model"),
        (("--out", "x.txt"), "--out = x.txt: must end in .npz or .csv"),
    ],
)
def test_options_that_cannot_be(tmp_path, held, words, said):
    result = call(written(tmp_path, held), *words)
    assert isinstance(result.exception, (CaseError, ScenarioError))
    assert said in str(result.exception)


def test_a_fault_leaves_no_file(tmp_path, held):
    meas = held["meas"].copy()
    meas[3, 0] = np.nan
    result = call(written(tmp_path, held, meas=meas), "--out", tmp_path / "t.npz")
    assert "plot[3].elevation" in str(result.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["m.npz"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"R": None, "dt": None}, "m.npz: R: is missing"),
        ({"R": None, "dt": None}, "m.npz: dt: is missing"),
        ({"R": np.ones(3)}, "m.npz: R = float64 (3,): must be numbers in the shape (3, 3)"),
        ({"meas": np.full((48, 3), "x")}, "m.npz: meas = "),
        ({"dt": 0.0}, "m.npz: dt = 0 s: must be above 0 s"),
        ({"meas_scan": np.arange(47)}, "m.npz: meas_scan = 47: must have one number for each of the 48 rows of meas"),
        ({"meas_scan": np.arange(48)[::-1]}, "m.npz: meas_scan[1] = 46 after 47: time goes backwards"),
        ({"meas_scan": np.arange(48) - 1}, "must be whole numbers"),
        ({"meas_scan": np.arange(48) + 0.5}, "must be whole numbers"),
        ({"clutter_volume": 0.0}, "the rate must be at least 0 and the volume above 0"),
    ],
)
def test_files_that_cannot_be(tmp_path, held, changes, said):
    with pytest.raises(CaseError) as caught:
        read_npz(written(tmp_path, held, **changes))
    assert said in str(caught.value)


def test_what_is_no_npz(tmp_path):
    (tmp_path / "m.npz").write_text("no")
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("m.npz", "one.npy"):
        with pytest.raises(CaseError, match="cannot be read as NPZ"):
            read_npz(tmp_path / name)


def test_optional_keys_and_empty_scans(tmp_path, held):
    few = held | {"meas": held["meas"][:4], "meas_scan": np.full(4, 2), "truth": None}
    found = read_npz(written(tmp_path, few, pd=None, clutter_rate=None))
    assert found.plots.first.tolist() == [0, 0, 0, 4]
    assert found.sensors.p_detect[0] == 0.9
    assert np.isnan(found.sensors.clutter[0])
    none = read_npz(written(tmp_path, held, meas=np.zeros((0, 3)), meas_scan=np.zeros(0, int), truth=None))
    assert len(none.plots.scan_s) == 0


# --- CSV --------------------------------------------------------------------------------------------------------------

SENSORS = (
    "sensor,latitude_deg,longitude_deg,height_m,sigma_elevation_deg,sigma_bearing_rad,sigma_range_m,p_detect\n"
    "north,50.0,20.0,100,0.05,0.001,30,0.95\nsouth,49.5,20.5,200,0.05,0.001,30,\n"
)
PLOTS = (
    "time_s,sensor,elevation_rad,bearing_deg,range_m\n"
    "2.5,south,0.1,300,60000\n1.0,north,0.12,90,50000\n1.0,north,0.11,91,51000\n3.0,north,,,\n"
)


def tables(tmp_path, plots=PLOTS, sensors=SENSORS):
    (tmp_path / "p.csv").write_text(plots)
    (tmp_path / "s.csv").write_text(sensors)
    return tmp_path / "p.csv", tmp_path / "s.csv"


def test_csv_of_sensors_with_their_own_clocks(tmp_path):
    found = read_csv(*tables(tmp_path))
    assert found.plots.scan_s.tolist() == [1.0, 2.5, 3.0]
    assert found.plots.sensor_i.tolist() == [0, 1, 0]
    assert found.plots.first.tolist() == [0, 2, 3, 3]
    assert found.plots.z[2].tolist() == [0.1, math.radians(300.0), 60000.0]
    assert found.sensors.p_detect.tolist() == [0.95, 0.9]
    assert np.sqrt(np.diag(found.sensors.noise[0])) == pytest.approx([math.radians(0.05), 0.001, 30.0])
    assert found.is_earth


@pytest.mark.parametrize(
    ("plots", "sensors", "said"),
    [
        (PLOTS.replace("2.5,south", "2.5,west"), SENSORS, "p.csv:2 sensor = west: there is no such sensor"),
        (PLOTS.replace("50000", "far"), SENSORS, "p.csv:3 range_m = far: must be a number"),
        (PLOTS.replace("0.12", "nan"), SENSORS, "p.csv:3 elevation_rad = nan: must be a number"),
        (PLOTS.replace("range_m", "range_km"), SENSORS, "p.csv: range_m: is missing"),
        (PLOTS.replace("bearing_deg", "azimuth"), SENSORS, "p.csv: bearing_rad or bearing_deg: is missing"),
        (PLOTS, SENSORS.replace("south", "north"), "s.csv:3 sensor = north: stands here twice"),
        (PLOTS, SENSORS.replace("50.0,", "95.0,"), "s.csv:2 latitude_deg = 95.0: must be between"),
        (PLOTS, SENSORS.replace(",30,0.95", ",,0.95"), "s.csv:2 sigma_range_m: must be a number"),
    ],
)
def test_csv_that_cannot_be(tmp_path, plots, sensors, said):
    with pytest.raises(CaseError) as caught:
        read_csv(*tables(tmp_path, plots, sensors))
    assert said in str(caught.value)


def test_a_sensor_under_the_ground_and_a_range_of_zero_come_from_csv_too(tmp_path):
    plots, sensors = tables(tmp_path, PLOTS.replace("51000", "0"), SENSORS.replace(",100,", ",-2000,"))
    error = str(call(plots, "--sensors", sensors).exception)
    assert "plot[1].range = 0: must be above 0 m" in error
    assert "sensor[0].height_m = -2000 m: the sensor is under the ground" in error
    assert "--sensors: is missing" in str(call(plots).exception)
    assert "must end in .npz or .csv" in str(call(tmp_path / "p.txt").exception)


def test_csv_out_names_places_on_the_earth(tmp_path):
    rows = ["time_s,sensor,elevation_deg,bearing_deg,range_m"]
    # 100 km to the north, flying south at 250 m/s in 8 km or so
    rows += [f"{2.0 * k},north,4.0,0.0,{100000 - 500 * k}" for k in range(12)]
    plots, sensors = tables(tmp_path, "\n".join(rows) + "\n")
    out = tmp_path / "t.csv"
    result = call(plots, "--sensors", sensors, "--out", out)
    assert result.exit_code == 0, result.output
    with out.open() as source:
        found = list(csv.DictReader(source))
    last = found[-1]
    assert float(last["latitude_deg"]) == pytest.approx(50.0 + 94.3 / 111.2, abs=0.01)
    assert float(last["longitude_deg"]) == pytest.approx(20.0, abs=0.01)
    assert 6000.0 < float(last["height_m"]) < 8500.0
    assert {row["track_id"] for row in found} == {last["track_id"]}


# --- scores -----------------------------------------------------------------------------------------------------------


def tracks_at(scan, places, ids):
    k = len(scan)
    x = np.zeros((k, 6))
    x[:, :3] = places
    return Tracked(
        np.array(scan), np.array(ids), np.zeros(k), x, np.tile(np.eye(6), (k, 1, 1)), np.ones((k, 1)), np.ones(k),
        np.zeros(k), np.zeros((k, 7)), np.zeros((k, 7, 7)),
    )  # fmt: skip


def test_scores_by_hand():
    truth = np.zeros((2, 2, 6))
    truth[:, 1, 0] = 5000.0
    tracks = tracks_at(
        [0, 0, 1, 1, 1], [[3, 4, 0], [5000, 0, 0], [0, 0, 0], [9000, 0, 0], [7000, 0, 0]], [1, 2, 9, 2, 3]
    )
    found = score(truth, tracks)
    first = (math.sqrt(25.0 / 2.0), 5.0)
    second = (math.sqrt((1000.0**2 + 1000.0**2) / 3.0), math.sqrt(3 * 1000.0**2 / 2.0))
    assert found.ospa_mean == pytest.approx((first[0] + second[0]) / 2.0)
    assert found.gospa_mean == pytest.approx((first[1] + second[1]) / 2.0)
    assert (found.missed_mean, found.false_mean, found.id_switches) == (0.5, 1.0, 1)
    assert found.loc_rmse == pytest.approx(math.sqrt(25.0 / 3.0))
    assert found.nees == pytest.approx(25.0 / 3.0)


def test_targets_that_are_not_there_are_not_missed():
    truth = np.zeros((1, 2, 6))
    truth[0, 1] = np.nan
    found = score(truth, tracks_at([0], [[0, 0, 0]], [1]))
    assert (found.missed_mean, found.gospa_mean) == (0.0, 0.0)


def test_a_truth_of_another_shape_is_named():
    with pytest.raises(CaseError, match="must have a row of x, vx"):
        score(np.zeros((2, 3)), tracks_at([0], [[0, 0, 0]], [1]))
