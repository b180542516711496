"""The order of entries in a file changes nothing: not the resolved numbers, not what a check says."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.maths.luck import Stage, entity_key, uniform
from mamori.scenario.check import check
from mamori.scenario.document import parse, to_yaml
from mamori.scenario.load import load
from mamori.world.quantity import Spread, resolve

NAMES = [f"n{i}" for i in range(6)]


def spread(low: float) -> dict[str, float]:
    return {"low": low, "high": 2.0 * low}


def sensor(name: str) -> dict[str, object]:
    place = {"latitude_deg": 34.0, "longitude_deg": 139.0}
    return {"id": f"s-{name}", "class": "surveillance-radar-notional", **place, "height_m": spread(10.0)}


def district(name: str) -> dict[str, object]:
    place = {"latitude_deg": 34.0, "longitude_deg": 139.0}
    return {"id": f"d-{name}", **place, "people": 5, "radius_m": spread(1000.0), "bus": "101"}


def battery(name: str) -> dict[str, object]:
    place = {"latitude_deg": 34.0, "longitude_deg": 139.0}
    return {"id": f"b-{name}", "class": "gun-post-notional", **place, "height_m": spread(5.0), "sensors": [f"s-{name}"]}


def scenario_of(sensors: list[str], districts: list[str], batteries: list[str]):
    data = {
        "schema_version": 1,
        "name": "order",
        "raid": {"variants": [{"id": "one"}]},
        "sensing": {"sensors": [sensor(name) for name in sensors]},
        "world": {"districts": [district(name) for name in districts]},
        "defence": {"batteries": [battery(name) for name in batteries]},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.yaml"
        path.write_text(to_yaml(data), encoding="utf-8")
        return load(path, is_checked=False)


def drawn(scenario, world: int):
    return resolve(scenario, lambda path: uniform(7, world, int(Stage.KNOWLEDGE), entity_key(path), 0))


def numbers(scenario) -> dict[str, float]:
    of = {s.id: s.height_m for s in scenario.sensing.sensors}
    of |= {d.id: d.radius_m for d in scenario.world.districts}
    return of | {b.id: b.height_m for b in scenario.defence.batteries}


WHOLE = scenario_of(NAMES, NAMES, NAMES)
ORDER = st.permutations(NAMES)


@settings(max_examples=15, deadline=None)
@given(ORDER, ORDER, ORDER, st.integers(0, 5), st.integers(1, 6))
def test_order_and_presence_of_others_change_no_draw(sensors, districts, batteries, world, n_kept):
    """Reordered, and with only some of the districts and batteries left, everyone left keeps the numbers it had."""
    other = scenario_of(sensors, districts[:n_kept], batteries[:n_kept])
    expected, found = numbers(drawn(WHOLE, world)), numbers(drawn(other, world))
    assert not any(isinstance(number, Spread) for number in found.values())
    assert len(found) == len(NAMES) + 2 * n_kept
    assert found == {name: expected[name] for name in found}
    assert len(set(found.values())) == len(found)
    assert drawn(other, world).classes == drawn(WHOLE, world).classes
    assert sorted(map(str, check(other).errors)) == sorted(map(str, check(WHOLE).errors)) == []


LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=20)
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=8), TREE, max_size=5))
def test_plain_data_comes_back_from_yaml(data):
    assert parse(to_yaml(data), "f") == data
