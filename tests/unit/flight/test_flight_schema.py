"""What the user may write about a raid, and the catalogue's flight sections."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from mamori.errors import ScenarioError
from mamori.flight.ballistic import shots
from mamori.flight.schema import AimKind, FlightClass, RaidPart, ThreatGroup, flight_classes
from mamori.records import ThreatKind
from mamori.world.quantity import resolve

GROUP = {"id": "north", "class": "drone-notional", "count": 3, "launch_latitude_deg": 34, "launch_longitude_deg": 150}
AIMS = {"aims": {"substation": 2, "port": 1}}


def raid(*groups, **more):
    return RaidPart.model_validate({"variants": [{"id": "main", "groups": list(groups)}], **more})


def catalogue():
    text = (files("mamori.scenario") / "catalogue" / "flight.toml").read_text("utf-8")
    return {name: sections["flight"] for name, sections in tomllib.loads(text).items()}


def bare(section):
    def strip(number):
        if not isinstance(number, dict):
            return number
        rest = {key: entry for key, entry in number.items() if key != "source"}
        return rest["value"] if set(rest) == {"value"} else rest

    return TypeAdapter(FlightClass).validate_python({key: strip(entry) for key, entry in section.items()})


def test_a_group_reads_by_alias_and_by_name():
    group = raid(GROUP | AIMS).variants[0].groups[0]
    assert group.class_name == "drone-notional"
    assert group.aims == {AimKind.SUBSTATION: 2.0, AimKind.PORT: 1.0}
    by_name = {key: entry for key, entry in (GROUP | AIMS).items() if key != "class"} | {"class_name": "drone-notional"}
    assert ThreatGroup.model_validate(by_name) == group


def test_targets_used_in_turn_may_be_numbers_in_the_file():
    assert raid(GROUP | {"targets": [101, "port-a"]}).variants[0].groups[0].targets == ("101", "port-a")


def test_no_groups_and_no_threats_are_legal():
    assert raid().variants[0].groups == ()
    assert raid(GROUP | AIMS | {"count": 0}).variants[0].groups[0].count == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        AIMS | {"targets": ["a"]},
        {"targets": []},
        {"aims": {}},
        {"aims": {"substation": 0}},
        {"aims": {"substation": -1, "port": 2}},
        {"aims": {"castle": 1}},
        AIMS | {"count": -1},
        AIMS | {"count": 100_001},
        AIMS | {"launch_latitude_deg": 3400},
        AIMS | {"interval_s": -5},
        AIMS | {"launch_s": float("nan")},
    ],
)
def test_wrong_groups_are_refused(wrong):
    with pytest.raises(ValidationError):
        raid(GROUP | wrong)


def test_twins_and_empty_families_are_refused():
    with pytest.raises(ValidationError, match="unique"):
        raid(GROUP | AIMS, GROUP | AIMS)
    with pytest.raises(ValidationError, match="unique"):
        RaidPart.model_validate({"variants": [{"id": "a"}, {"id": "a"}]})
    with pytest.raises(ValidationError):
        RaidPart.model_validate({"variants": []})
    with pytest.raises(ValidationError):
        raid(aim_draws=0)


def test_a_band_must_not_be_empty():
    with pytest.raises(ValidationError, match="must not exceed"):
        bare({"kind": "boat", "speed_m_s": 18, "min_range_m": 5e3, "max_range_m": 4e3})


def test_rows_follow_the_names_and_a_missing_one_is_named():
    sections = {name: resolve(bare(section), lambda _: 0.5) for name, section in catalogue().items()}
    table = flight_classes(sections, ["boat-notional", "srbm-notional", "boat-notional"])
    np.testing.assert_array_equal(table.kind, [ThreatKind.BOAT, ThreatKind.BALLISTIC, ThreatKind.BOAT])
    assert table.burn_s[1] > 0.0
    assert table.speed_m_s[0] == sections["boat-notional"].speed_m_s
    assert flight_classes(sections, []).kind.shape == (0,)
    with pytest.raises(ScenarioError, match="none-such"):
        flight_classes(sections, ["none-such"])


def test_every_number_of_the_catalogue_has_a_source():
    larger = {"mrbm-notional", "irbm-notional", "icbm-notional", "quasi-ballistic-notional"}
    usual = {"srbm-notional", "cruise-notional", "drone-notional", "decoy-notional", "boat-notional"}
    assert set(catalogue()) == usual | larger
    for name, section in catalogue().items():
        assert bare(section).kind == section["kind"]
        for field, entry in section.items():
            assert field == "kind" or entry["source"], f"{name}.{field}"


@pytest.mark.parametrize("u", [0.0, 0.5, 1.0])
def test_the_whole_range_band_of_the_catalogue_can_be_flown(u):
    section = resolve(bare(catalogue()["srbm-notional"]), lambda path: 1.0 - u if "burn" in path else u)
    range_m = np.linspace(section.min_range_m, section.max_range_m, 5)
    place = np.stack([np.full(5, 0.6), np.full(5, 2.6), 0.6 + range_m / 6_371_009.0, np.full(5, 2.6)])
    paths = shots(
        place,
        apogee_m=section.apogee_to_range_ratio * range_m,
        burn_s=np.full(5, section.burn_s),
        ballistic_coefficient_kg_m2=np.full(5, section.ballistic_coefficient_kg_m2),
    )
    np.testing.assert_array_equal(paths.status, 0)
