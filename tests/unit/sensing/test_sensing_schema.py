import tomllib
from importlib.resources import files

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.errors import ScenarioError
from mamori.sensing.schema import SENSING_SECTION, RadarClass, Sensor, SignatureClass, cross_sections, sensor_table
from mamori.world.quantity import resolve

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
    assert {name for name, s in SECTIONS.items() if isinstance(s, RadarClass)} == {
        f"{kind}-radar-notional" for kind in ("early-warning", "surveillance", "low-level", "battery", "coastal")
    }
    assert {name for name, s in SECTIONS.items() if isinstance(s, SignatureClass)} == {
        f"{kind}-notional" for kind in ("srbm", "quasi-ballistic", "mrbm", "irbm", "icbm", "cruise", "drone", "boat")
    }
    for name, entry in CATALOGUE.items():
        for field, number in entry["sensing"].items():
            if field not in {"type", "sees"}:
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


def test_cross_sections_need_a_signature():
    sections = {"r": radar_class(), "t": SignatureClass(type="signature", rcs_m2=0.2)}
    assert cross_sections(("t", "t"), sections).tolist() == [0.2, 0.2]
    assert cross_sections((), sections).shape == (0,)
    with pytest.raises(ScenarioError) as caught:
        cross_sections(("t", "r", "none"), sections)
    assert len(caught.value.faults) == 2


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ValidationError, match="min_range_m must be less than max_range_m"):
        radar_class(min_range_m={"low": 1, "high": 3e5})
    with pytest.raises(ValidationError, match="max_elevation_deg"):
        radar_class(max_elevation_deg=-20)


def test_no_sensors_is_legal_and_the_catalogue_resolves():
    assert sensor_table([], {}).sees.shape == (0, 4)
    drawn = resolve(SECTIONS["drone-notional"], lambda _: 0.0)
    assert cross_sections(("drone-notional",), {"drone-notional": drawn}).tolist() == [0.02]
