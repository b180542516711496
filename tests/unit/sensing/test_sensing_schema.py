import tomllib
from importlib.resources import files

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.errors import ScenarioError
from mamori.sensing.model import SensorKind
from mamori.sensing.schema import SENSING_SECTION, ConditionsPart, RadarClass, Sensor, SignatureClass
from mamori.sensing.table import NO_LIMIT, conditions, sensor_table, signature_table
from mamori.world.quantity import resolve
from mamori.world.terrain import Terrain

CATALOGUE = tomllib.loads(files("mamori.scenario").joinpath("catalogue/sensing.toml").read_text())


def without_source(item):
    if not isinstance(item, dict):
        return item
    left = {key: without_source(entry) for key, entry in item.items() if key != "source"}
    return left["value"] if set(left) == {"value"} else left


SECTIONS = {name: SENSING_SECTION.validate_python(without_source(c["sensing"])) for name, c in CATALOGUE.items()}


def sensor(**fields):
    return Sensor.model_validate({"id": "a", "class": "r", "latitude_deg": 34, "longitude_deg": -150} | fields)


def radar_class(**fields):
    base = {
        "type": "radar", "reference_range_m": 1e5, "reference_snr_db": 13, "p_false_alarm": 1e-6, "scan_interval_s": 5,
        "max_range_m": 2e5, "range_sigma_m": 30, "angle_sigma_deg": 0.2,
    }  # fmt: skip
    return RadarClass.model_validate(base | fields)


def test_the_catalogue_has_the_classes_and_every_number_its_source():
    by_type = {}
    for name, section in SECTIONS.items():
        by_type.setdefault(section.type, set()).add(name)
    assert by_type == {
        "radar": {
            f"{kind}-radar-notional"
            for kind in ("early-warning", "surveillance", "low-level", "battery", "short-range", "coastal")
        },
        "acoustic": {"acoustic-net-notional"},
        "optical": {"lookout-notional", "coastal-camera-notional"},
        "launch-warning": {"launch-warning-notional"},
        "signature": {
            f"{kind}-notional"
            for kind in ("srbm", "quasi-ballistic", "mrbm", "irbm", "icbm", "cruise", "drone", "decoy", "boat")
        },
    }
    for name, entry in CATALOGUE.items():
        for field, number in entry["sensing"].items():
            if field not in {"type", "sees", "antenna"}:
                assert number["source"].strip(), f"{name}.{field}"


def test_the_table_holds_si_units_and_the_sensors_own_values():
    table = sensor_table(
        [sensor(), sensor(id=7, height_m=80.0, boresight_deg=90.0, sector_deg=120.0)],
        {"r": radar_class(sees=["cruise", "drone"], height_m=25.0)},
    )
    assert table.id == ("a", "7")
    assert table.height_m.tolist() == [25.0, 80.0]
    assert table.reference_snr == pytest.approx([19.9526] * 2, rel=1e-5)
    assert np.degrees(table.sector_rad) == pytest.approx([360.0, 120.0])
    assert np.degrees(table.boresight_rad) == pytest.approx([0.0, 90.0])
    assert table.sees.tolist() == [[False, True, True, False]] * 2


def test_all_faults_of_sensors_come_at_once():
    classes = {"r": radar_class(sector_deg=120.0), "t": SignatureClass(type="signature", rcs_m2=1.0)}
    with pytest.raises(ScenarioError) as caught:
        sensor_table([sensor(), sensor(**{"class": "t"}), sensor(**{"class": "x"})], classes)
    assert [fault.place for fault in caught.value.faults] == [
        "sensors[0].boresight_deg", "sensors[1].class", "sensors[2].class",
    ]  # fmt: skip
    assert "Use one of r." in str(caught.value)


def test_classes_of_threats_need_a_signature():
    sections = {"r": radar_class(), "t": SignatureClass(type="signature", rcs_m2=0.2)}
    assert signature_table(("t", "t"), sections).rcs_m2.tolist() == [0.2, 0.2]
    assert signature_table((), sections).rcs_m2.shape == (0,)
    with pytest.raises(ScenarioError) as caught:
        signature_table(("t", "r", "none"), sections)
    assert len(caught.value.faults) == 2


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ValidationError, match="min_range_m must be less than max_range_m"):
        radar_class(min_range_m={"low": 1, "high": 3e5})
    with pytest.raises(ValidationError, match="max_elevation_deg"):
        radar_class(max_elevation_deg=-20)


def test_no_sensors_is_legal_and_the_catalogue_resolves():
    assert sensor_table([], {}).sees.shape == (0, 4)
    drawn = resolve(SECTIONS["drone-notional"], lambda _: 0.0)
    assert signature_table(("drone-notional",), {"drone-notional": drawn}).rcs_m2.tolist() == [0.02]


def test_sensors_of_all_kinds_stand_in_one_table():
    radar = radar_class(
        antenna="turning", pulses=8, range_resolution_m=150, beam_width_deg=1.8, beam_height_deg=6, clutter_db=-20,
        clutter_rejection_db=40, min_radial_speed_m_s=12, readiness=0.9, track_capacity=50,
    )  # fmt: skip
    classes = {"r": radar} | {
        name: SENSING_SECTION.validate_python(section) for name, section in {
            "net": {"type": "acoustic", "scan_interval_s": 5, "latency_s": 10, "radius_m": 4e4, "spacing_m": 5e3,
                    "working_share": 0.5, "margin_db": 3, "position_sigma_m": 800},
            "eyes": {"type": "optical", "scan_interval_s": 10, "reference_range_m": 6e3, "night_share": 0.4,
                     "max_range_m": 2e4, "range_sigma_share": 0.3, "angle_sigma_deg": 2},
            "space": {"type": "launch-warning", "scan_interval_s": 5, "p_look": 0.9, "position_sigma_m": 2e3},
        }.items()
    }  # fmt: skip
    table = sensor_table(
        [
            sensor(id=name, **{"class": name}, outages=[{"from_s": 0, "until_s": 60}] * (name == "eyes"))
            for name in classes
        ],
        classes,
    )
    assert table.kind.tolist() == [SensorKind.RADAR, SensorKind.ACOUSTIC, SensorKind.OPTICAL, SensorKind.LAUNCH]
    assert table.is_turning.tolist() == [True, False, False, False]
    assert table.clutter == pytest.approx([1e-6, 0, 0, 0])
    assert table.capacity.tolist() == [50, NO_LIMIT, NO_LIMIT, NO_LIMIT]
    assert table.readiness.tolist() == [0.9, 1.0, 1.0, 1.0]
    assert table.per_m2 == pytest.approx([0, 0.5 / 25e6, 0, 0])
    assert table.max_range_m.tolist() == [2e5, 4e4, 2e4, 0.0]
    assert table.place_sigma_m.tolist() == [0.0, 800.0, 0.0, 2e3]
    assert table.latency_s.tolist() == [0.0, 10.0, 0.0, 0.0]
    assert (table.off_first.tolist(), table.off_until_s.tolist()) == ([0, 0, 0, 1, 1], [60.0])
    assert table.sees[3].tolist() == [True, False, False, False]


def test_heights_count_from_the_ground():
    hill = Terrain(np.radians(33.0), np.radians(-151.0), np.radians(2.0), np.radians(2.0), np.full((2, 2), 700.0))
    table = sensor_table([sensor(height_m=25)], {"r": radar_class()}, hill)
    assert table.height_m == pytest.approx([725.0])


def test_clutter_needs_a_cell_and_outages_an_order():
    with pytest.raises(ValidationError, match="clutter_db needs range_resolution_m"):
        radar_class(clutter_db=-20, beam_width_deg=1)
    with pytest.raises(ValidationError, match="until_s must be later than from_s"):
        sensor(outages=[{"from_s": 10, "until_s": 10}])
    with pytest.raises(ValidationError, match="at most 256"):
        radar_class(pulses=1000)


def test_air_and_light():
    air = conditions(ConditionsPart(visibility_m=5e3, is_dark=True))
    assert (air.visibility_m, air.cloud_base_m, air.is_dark) == (5e3, np.inf, True)
    assert conditions(ConditionsPart(cloud_base_m=300)).cloud_base_m == 300.0
