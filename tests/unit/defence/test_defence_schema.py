"""What a scenario and the catalogue may say about defence, and the arrays that come of it."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.defence.schema import (
    DEFENCE_SECTION,
    BatteryClass,
    DefencePart,
    battery_table,
    command_post_table,
    defence_rules,
)
from mamori.errors import ScenarioError
from mamori.maths.luck import entity_key
from mamori.world.quantity import resolve

SECTION = {
    "p_kill": {"drone": 0.6, "ballistic": 0.4},
    "max_range_m": 20e3,
    "envelope": {"ballistic": {"max_range_m": 12e3}},
    "max_height_m": 5e3,
    "interceptor_speed_m_s": 500.0,
    "reaction_s": 5.0,
    "channels": 2,
    "magazine": 4,
    "reloads": 2,
    "shots_per_salvo": {"ballistic": 2},
    "assess_s": 3.0,
    "cost_per_shot_eur": 1000.0,
}
PLACE = {"latitude_deg": 10.0, "longitude_deg": 20.0}


def without_sources(item: object) -> object:
    if not isinstance(item, dict):
        return item
    rest = {name: without_sources(entry) for name, entry in item.items() if name != "source"}
    return rest["value"] if set(rest) == {"value"} else rest


def test_every_class_of_the_catalogue_is_valid_and_every_number_has_a_source():
    text = files("mamori.scenario").joinpath("catalogue", "defence.toml").read_text("utf-8")
    catalogue = tomllib.loads(text)
    assert set(catalogue) == {
        "upper-tier-notional", "area-defence-notional", "point-defence-notional", "gun-post-notional",
        "interceptor-drone-team-notional", "patrol-craft-notional", "medium-range-notional", "jammer-notional",
    }  # fmt: skip
    for entry in catalogue.values():
        DEFENCE_SECTION.validate_python(without_sources(entry["defence"]))

    def check(item: object, is_sourced: bool) -> None:
        if isinstance(item, dict):
            for name, below in item.items():
                if name != "source":
                    check(below, "source" in item)
        elif not isinstance(item, bool | str):
            assert is_sourced, item

    check(catalogue, False)


def test_battery_table():
    part = DefencePart.model_validate(
        {
            "batteries": [
                {"id": "north", "class": "x", **PLACE, "command_post": "hq", "sensors": ["s2"]},
                {"id": "south", "class": "x", **PLACE, "magazine": 7, "reloads": 0, "sensors": ["s1", "s2"]},
            ],
            "command_posts": [{"id": "spare", **PLACE}, {"id": "hq", **PLACE}],
        }
    )
    table = battery_table(part, {"x": BatteryClass.model_validate(SECTION)}, ("s1", "s2", "s3"))
    assert table.id == ("north", "south")
    assert table.key.tolist() == [entity_key("north"), entity_key("south")]
    assert table.classes == ("x",)
    assert table.latitude_rad == pytest.approx(np.radians([10.0, 10.0]))
    assert table.engages.tolist() == [[True, False, True, False]] * 2
    assert table.p_kill.tolist() == [[0.4, 0.0, 0.6, 0.0]] * 2
    assert table.max_range_m.tolist() == [[12e3, 20e3, 20e3, 20e3]] * 2
    assert table.shots_per_salvo.tolist() == [[2, 1, 1, 1]] * 2
    assert table.magazine.tolist() == [4, 7]
    assert table.stock.tolist() == [12, 7]
    assert table.own_sensor.tolist() == [[False, True, False], [True, True, False]]
    assert table.post_i.tolist() == [1, -1]
    assert command_post_table(part).id == ("spare", "hq")
    assert defence_rules(part).correlation.tolist() == [0.4, 0.2, 0.1, 0.1]


def test_no_batteries_at_all():
    part = DefencePart()
    table = battery_table(part, {}, ("s1",))
    assert table.key.shape == (0,)
    assert table.p_kill.shape == (0, 4)
    assert table.own_sensor.shape == (0, 1)
    assert command_post_table(part).key.shape == (0,)


def test_every_fault_at_once():
    part = DefencePart.model_validate(
        {
            "batteries": [
                {"id": "a", "class": "y", **PLACE, "sensors": ["s9"]},
                {"id": "b", "class": "x", **PLACE, "command_post": "hq"},
            ]
        }
    )
    section = BatteryClass.model_validate({**SECTION, "sector_deg": 90.0})
    with pytest.raises(ScenarioError) as caught:
        battery_table(part, {"x": section}, ("s1",))
    assert [(fault.place, fault.value) for fault in caught.value.faults] == [
        ("defence.batteries[0].sensors", "s9"),
        ("defence.batteries[0].class", "y"),
        ("defence.batteries[1].command_post", "hq"),
        ("defence.batteries[1].boresight_deg", ""),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reaction_s": -5.0}, "must be at least 0"),
        ({"p_kill": {"drone": 1.2}}, "must be at least 0 and at most 1"),
        ({"p_kill": {}}, "at least one of"),
        ({"p_kill": {"ship": 0.5}}, "Extra inputs"),
        ({"min_range_m": 15e3}, "min_range_m must be less than max_range_m"),
        ({"min_height_m": {"low": 1e3, "high": 6e3}}, "min_height_m must be less than max_height_m"),
        ({"interceptor_speed_m_s": 0.0}, "more than 0"),
        ({"magazine": -1}, "must be at least 0"),
        ({"shots_per_salvo": 0}, "must be at least 1"),
        ({"assess_s": float("nan")}, "finite"),
    ],
)
def test_a_class_that_cannot_be(change, words):
    with pytest.raises(ValidationError, match=words):
        BatteryClass.model_validate({**SECTION, **change})


def test_spreads_are_drawn_before_the_table():
    section = BatteryClass.model_validate({**SECTION, "p_kill": {"drone": {"low": 0.2, "high": 0.4}}})
    part = DefencePart.model_validate({"batteries": [{"id": "a", "class": "x", **PLACE}]})
    drawn = resolve(section, lambda _: 0.5)
    assert battery_table(part, {"x": drawn}).p_kill[0, 2] == pytest.approx(0.3)
    with pytest.raises(TypeError, match="has not been drawn"):
        battery_table(part, {"x": section})
