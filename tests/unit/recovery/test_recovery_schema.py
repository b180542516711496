"""Crews and spares from the file to arrays."""

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.maths.luck import entity_key
from mamori.recovery.schema import SPARE_KINDS, Crews, RecoveryPart, crew_table, spare_stock
from mamori.world.quantity import resolve

NORTH = {"id": "north", "latitude_deg": 10.0, "longitude_deg": 20.0}


def test_crews_are_counted_out_and_keyed_by_id():
    part = RecoveryPart.model_validate({
        "crews": [{**NORTH, "count": 2, "speed_km_h": 40.0}, {**NORTH, "id": "south", "working_share": 0.5}],
        "detour_factor": 1.5,
    })  # fmt: skip
    table = crew_table(part.crews, part.detour_factor)
    assert table.id == ("north.1", "north.2", "south.1")
    assert table.key.tolist() == [entity_key(name) for name in table.id]
    np.testing.assert_allclose(table.pace_h_km, [1.5 / 40.0, 1.5 / 40.0, 1.5 / 50.0])
    np.testing.assert_array_equal(table.working_share, [1.0, 1.0, 0.5])
    np.testing.assert_allclose(np.degrees(table.latitude_rad), 10.0)
    np.testing.assert_allclose(np.degrees(table.longitude_rad), 20.0)


def test_nothing_given_is_legal():
    part = RecoveryPart()
    assert part.days == 7
    table = crew_table(part.crews, part.detour_factor)
    assert table.id == ()
    assert table.key.dtype == np.int64
    assert table.pace_h_km.shape == (0,)
    np.testing.assert_array_equal(spare_stock(part.spares), [0, 0, 0, 0])
    assert crew_table([Crews(**NORTH, count=0)], 1.3).id == ()


def test_spares_stand_in_the_order_of_the_kinds():
    part = RecoveryPart.model_validate({"spares": {"generator-part": 4, "switchgear": 1}})
    assert SPARE_KINDS == ("switchgear", "transformer", "distribution-transformer", "generator-part")
    np.testing.assert_array_equal(spare_stock(part.spares), [1, 0, 0, 4])
    np.testing.assert_array_equal(spare_stock(part.spares, ("generator-part", "transformer")), [4, 0])


def test_spreads_are_drawn_under_the_depots_id():
    part = RecoveryPart.model_validate({"crews": [{**NORTH, "speed_km_h": {"low": 40.0, "high": 60.0}}]})
    asked = []
    drawn = resolve(part, lambda path: asked.append(path) or 0.25, "recovery")
    assert asked == ["recovery.crews.north.speed_km_h"]
    assert drawn.crews[0].speed_km_h == 45.0


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ({"days": 0}, "at least 1"),
        ({"crews": [{**NORTH, "count": -1}]}, "at least 0"),
        ({"crews": [{**NORTH, "latitude_deg": 3400.0}]}, "at most 90"),
        ({"crews": [{**NORTH, "speed_km_h": 0.0}]}, "more than 0"),
        ({"crews": [{**NORTH, "speed_km_h": {"low": 0.0, "high": 5.0}}]}, "more than 0"),
        ({"crews": [{**NORTH, "working_share": 1.1}]}, "at most 1"),
        ({"crews": [NORTH, NORTH]}, "north stand more than once"),
        ({"spares": {"switchgear": -1}}, "at least 0"),
        ({"spares": {"fuse": 1}}, "switchgear"),
        ({"detour_factor": 0.9}, "at least 1"),
        ({"candidates": 0}, "at least 1"),
        ({"assessment_h": float("nan")}, "finite number|at least 0"),
        ({"crew": []}, "not permitted"),
    ],
)
def test_bad_input_says_the_rule(part, rule):
    with pytest.raises(ValidationError, match=rule):
        RecoveryPart.model_validate(part)
