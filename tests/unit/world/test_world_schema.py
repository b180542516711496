import math

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.maths.luck import entity_key
from mamori.world.quantity import resolve
from mamori.world.schema import District, WorldPart, district_table

DISTRICT = {"id": 101, "latitude_deg": 34, "longitude_deg": -150, "people": 1200, "radius_m": 3000, "bus": 7}


def test_districts_become_arrays_and_numbers_become_names():
    spread = DISTRICT | {"id": "b", "radius_m": {"low": 1000, "high": 3000}, "bus": None}
    part = resolve(WorldPart.model_validate({"districts": [DISTRICT, spread]}), lambda _: 0.5)
    table = district_table(part.districts)
    assert part.districts[0].bus == "7"
    assert table.id == ("101", "b")
    assert table.key.tolist() == [entity_key("101"), entity_key("b")]
    assert table.radius_m.tolist() == [3000.0, 2000.0]
    assert table.people.tolist() == [1200.0, 1200.0]
    assert table.latitude_rad == pytest.approx([math.radians(34)] * 2)
    assert table.longitude_rad == pytest.approx([math.radians(-150)] * 2)


def test_no_districts_are_legal():
    table = district_table(WorldPart().districts)
    assert table.id == ()
    assert table.people.dtype == np.float64
    assert table.key.dtype == np.int64


@pytest.mark.parametrize(
    "fields", [{"people": -1}, {"people": 1.5}, {"radius_m": 0}, {"latitude_deg": 3400}, {"id": ""}, {"town": "x"}]
)
def test_what_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError):
        District.model_validate(DISTRICT | fields)
