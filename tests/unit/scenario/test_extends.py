import pytest

from mamori.errors import ScenarioError
from mamori.scenario.document import UnreadableError, parse
from mamori.scenario.load import load
from mamori.scenario.merge import merge


def merged(base: str, over: str):
    faults = []
    return merge(parse(base, "base"), parse(over, "over"), faults), faults


def test_mappings_merge_and_other_lists_replace():
    data, faults = merged("{a: 1, b: {c: 2, d: [1, 2]}}", "{b: {d: [3]}, e: 5}")
    assert data == {"a": 1, "b": {"c": 2, "d": [3]}, "e": 5}
    assert faults == []


def test_entries_merge_by_id():
    base = "l: [{id: a, x: 1, y: 1}, {id: b, x: 2}, {id: c, x: 3}]"
    data, faults = merged(base, "l: [{id: d, x: 4}, {id: b, remove: true}, {id: a, x: 9}]")
    assert data == {"l": [{"id": "a", "x": 9, "y": 1}, {"id": "c", "x": 3}, {"id": "d", "x": 4}]}
    assert faults == []


def test_ids_are_the_same_as_numbers_and_as_text():
    assert merged("[{id: 101, x: 1}]", "[{id: '101', x: 2}]")[0] == [{"id": "101", "x": 2}]


def test_empty_list_drops_all():
    assert merged("l: [{id: a}]", "l: []")[0] == {"l": []}


def test_removing_what_is_not_there_is_a_fault():
    _, faults = merged("l: [{id: a}]", "l: [{id: b, remove: true}]")
    assert len(faults) == 1
    assert "cannot be removed" in str(faults[0])
    assert "There: a." in str(faults[0])


def test_spread_replaces_a_number_as_a_whole():
    data, _ = merged("x: {low: 1, mode: 2, high: 3}", "x: {low: 5, high: 6}")
    assert data == {"x": {"low": 5, "high": 6}}


def test_an_id_twice_in_one_file_is_left_for_the_check():
    assert merged("[{id: a, x: 1}]", "[{id: a, x: 2}, {id: a, x: 3}]")[0] == [{"id": "a", "x": 2}, {"id": "a", "x": 3}]


def test_extends_a_file_beside_it(write, country):
    write("base/country.yaml", country)
    path = write(
        "child.yaml",
        "schema_version: 1\nname: child\nextends: base/country.yaml\n"
        "defence: {batteries: [{id: first, magazine: 3}, {id: second, remove: true}]}\n",
    )
    scenario = load(path)
    assert [battery.id for battery in scenario.defence.batteries] == ["first"]
    assert scenario.defence.batteries[0].magazine == 3
    assert scenario.defence.batteries[0].class_name == "area-defence-notional"
    assert scenario.name == "child"
    assert scenario.built_on == ("base/country.yaml",)


def test_extends_two_deep_keeps_the_whole_chain(write, minimal):
    write("a.yaml", minimal)
    write("b.yaml", "schema_version: 1\nname: b\nextends: a.yaml\nrun: {seed: 5}\n")
    path = write("c.yaml", "schema_version: 1\nname: c\nextends: b.yaml\nrun: {replicas: 9}\n")
    scenario = load(path)
    assert scenario.built_on == ("b.yaml", "a.yaml")
    assert (scenario.run.seed, scenario.run.replicas) == (5, 9)


def test_extends_a_built_in(write):
    path = write("x.yaml", "schema_version: 1\nname: mine\nextends: night-raid\nrecovery: {crews: []}\n")
    scenario = load(path)
    assert scenario.recovery.crews == ()
    assert scenario.built_on == ("night-raid",)
    assert scenario.world == load("night-raid").world


def test_circle_is_refused_with_the_chain(write):
    write("a.yaml", "extends: b.yaml\n")
    write("b.yaml", "extends: c.yaml\n")
    path = write("c.yaml", "extends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"circle: c\.yaml → a\.yaml → b\.yaml → c\.yaml"):
        load(path)


def test_missing_base_is_refused_with_the_chain(write):
    write("a.yaml", "extends: nowhere.yaml\n")
    path = write("b.yaml", "extends: a.yaml\n")
    with pytest.raises(ScenarioError, match=r"a\.yaml:1:1.*b\.yaml → a\.yaml.*nowhere\.yaml.*no such file") as caught:
        load(path)
    assert not isinstance(caught.value, UnreadableError)


def test_fault_in_a_base_names_the_base(write, minimal):
    write("base.yaml", minimal + "run: {replicas: 0}\n")
    path = write("child.yaml", "extends: base.yaml\nrun: {seed: -1}\n")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    places = [fault.place for fault in caught.value.faults]
    assert "run.replicas (base.yaml:7:7)" in places
    assert "run.seed (child.yaml:2:7)" in places


def test_a_list_that_is_replaced_keeps_nothing_of_the_base(write, country):
    write("base.yaml", country)
    sensor = "{id: new, class: surveillance-radar-notional, latitude_deg: 34, longitude_deg: 139}"
    text = "schema_version: 1\nname: x\nextends: base.yaml\nreplaces: [sensing.sensors, defence.batteries]\n"
    scenario = load(write("x.yaml", text + f"sensing: {{sensors: [{sensor}]}}\n"))
    assert [sensor.id for sensor in scenario.sensing.sensors] == ["new"]
    assert not scenario.defence.batteries
    assert [post.id for post in scenario.defence.command_posts] == ["post"]


def test_what_is_replaced_must_be_known(write, country):
    write("base.yaml", country)
    text = "schema_version: 1\nname: x\nextends: base.yaml\nreplaces: [sensing.sensers, nothing.there]\n"
    with pytest.raises(ScenarioError) as caught:
        load(write("x.yaml", text))
    told = "\n".join(map(str, caught.value.faults))
    assert "replaces (x.yaml:4:1) = sensing.sensers: this name is not known here. Did you mean `sensors`?" in told
    assert "nothing.there" in told
