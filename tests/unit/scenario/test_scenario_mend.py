"""Faults between the parts of a scenario come along with those of its fields, and none that only follow from them."""

import re

import pytest

from mamori.errors import ScenarioError
from mamori.scenario.document import parse
from mamori.scenario.faults import in_file_order
from mamori.scenario.fields import spot
from mamori.scenario.load import examine, load
from mamori.scenario.mend import Touched, mended
from mamori.scenario.schema import Scenario, ScenarioFile

GUN = """\
schema_version: 1
name: x
extends: night-raid
runn: {seed: 1}
defence:
  batteries:
    - {id: gun-a, class: gun-post-notonal, latitude_deg: 3400, longitude_deg: 3, magazine: -4}
"""
GROUP = "  - {{id: {id}, class: {kind}, count: {count}, launch_latitude_deg: 34, launch_longitude_deg: -113, {aim}}}\n"


def told(path, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides)
    return [str(fault) for fault in caught.value.faults]


def places(path, *overrides: str) -> list[str]:
    return [re.split(r" \(| = |: ", fault)[0] for fault in told(path, *overrides)]


def group(name="g", kind="drone-notional", count: object = 1, aim="targets: ['bus:101']") -> str:
    return GROUP.format(id=name, kind=kind, count=count, aim=aim)


@pytest.fixture
def raided(country) -> str:
    """The country, with `GROUPS` where its raid's groups stand."""
    return country.replace("    groups: []\n", "    groups:\nGROUPS")


def with_groups(text: str, *groups: str) -> str:
    return text.replace("GROUPS", "".join("  " + line for line in groups))


def test_class_is_told_with_the_faults_of_fields_from_the_top_of_the_file_down(write):
    faults = told(write("x.yaml", GUN))
    assert [fault.split(":")[1] for fault in faults] == ["4", "7", "7", "7"]
    assert faults[0].startswith("runn (x.yaml:4:1)")
    assert faults[1] == (
        "defence.batteries[gun-a].class (x.yaml:7:19) = 'gun-post-notonal': is no class of the catalogue. "
        "Did you mean `gun-post-notional`?"
    )
    assert faults[2].startswith("defence.batteries[gun-a].latitude_deg (x.yaml:7:44) = 3400 deg")
    assert faults[3].startswith("defence.batteries[gun-a].magazine (x.yaml:7:82) = -4 shots")


def test_checks_come_along_whether_load_checks_or_not(write):
    with pytest.raises(ScenarioError, match="gun-post-notional"):
        load(write("x.yaml", GUN), is_checked=False)


def test_examine_tells_errors_and_warnings_with_their_lines(write, raided):
    text = with_groups(raided, group()).replace("bus: 102", "bus: 1O2").replace(", bus: 101", "")
    scenario, found = examine(write("x.yaml", text))
    assert scenario is not None
    assert [fault.place for fault in found.errors] == ["world.districts[south].bus (x.yaml:11:108)"]
    assert [fault.place for fault in found.warnings] == ["world.districts[north].bus (x.yaml:10:5)", "grid buses"]
    scenario, found = examine(write("x.yaml", text.replace("people: 1000", "people: -1")))
    assert scenario is None
    assert len(found.errors) == 2
    assert found.warnings == []


def test_everything_at_once(write, raided):
    text = with_groups(raided, group(aim="targets: ['bus:9999']"))
    text = text.replace("people: 1000", "people: -1").replace("radius_m: 3000", "radius_m: .nan")
    text = text.replace("bus: 102", "bus: 1O2").replace("id: second", "id: first")
    found = places(write("x.yaml", text))
    assert found == [
        "raid.variants[one].groups[g].targets[0]",
        "world.districts[north].people",
        "world.districts[north].radius_m",
        "world.districts[south].bus",
        "defence.batteries[first].id",
    ]


@pytest.mark.parametrize(
    ("was", "is_now", "place"),
    [
        # an entry, an id or a whole list that cannot be read: others may mean it
        ("- {id: eye, class: surveillance-radar-notional, latitude_deg: 34.0, longitude_deg: 139.0}", "- eye",
         "sensing.sensors[0]"),
        ("{id: eye,", "{id: {},", "sensing.sensors[0].id"),
        ("{id: eye,", "{di: eye,", "sensing.sensors[0].id"),
        ("  sensors:\n", "  sensros:\n", "sensing.sensros"),
        ("sensing:\n", "sensign:\n", "sensign"),
        ("command_posts:\n  - {id: post, latitude_deg: 34.0, longitude_deg: 139.1}", "command_posts: 7",
         "defence.command_posts"),
        # an entry whose id can be read is still there
        ("{id: eye, class: surveillance-radar-notional,", "{id: eye, class: [7],", "sensing.sensors[eye].class"),
        ("latitude_deg: 34.0, longitude_deg: 139.1", "latitude_deg: 340, longitude_deg: 139.1",
         "defence.command_posts[post].latitude_deg"),
        # what a reference stands in
        ("sensors: [eye]", "sensors: [{a: b}]", "defence.batteries[second].sensors[0]"),
        ("command_post: post", "command_post: [post]", "defence.batteries[first].command_post"),
        ("bus: 102", "bus: [102]", "world.districts[south].bus"),
    ],
)  # fmt: skip
def test_what_was_dropped_or_replaced_causes_no_further_fault(write, raided, was: str, is_now: str, place: str):
    text = with_groups(raided, group(aim="targets: [eye, post, north, first]"))
    assert was in text
    found = places(write("x.yaml", text.replace(was, is_now)))
    assert place in found
    inside = place.rpartition(".")[0]
    assert all(other.startswith(inside) for other in found), found
    assert len(found) <= 2


def test_faults_elsewhere_in_a_mended_entry_are_told(write, raided):
    text = with_groups(raided, group(kind="dron-notional", aim="targets: ['bus:9999']", count=-1))
    assert places(write("x.yaml", text)) == [
        f"raid.variants[one].groups[g].{f}" for f in ("class", "count", "targets[0]")
    ]


def test_a_spread_that_is_wrong_twice_hides_nothing_beside_it(write, country):
    text = country.replace("radius_m: 3000, bus: 101", "radius_m: {low: 3, hihg: 4}, bus: x")
    inside = "world.districts[north]"
    names = [f"{inside}.{name}" for name in ("radius_m.high", "radius_m.hihg", "bus")]
    assert sorted(places(write("x.yaml", text))) == sorted(names)


def test_aims_of_which_one_is_dropped_are_not_said_to_be_nowhere(write, raided):
    path = write("x.yaml", with_groups(raided, group(aim="aims: {port: 1, substation: -1}")))
    assert places(path) == ["raid.variants[one].groups[g].aims.substation"]


@pytest.mark.parametrize(
    ("aim", "rule"),
    [
        ("targets: ['bus:101'], aims: {bus: 1}", "must be"),
        ("targets: ['bus:101'], aims: {port: 1}", "either `aims`"),
        ("targets: []", "at least one site or asset"),
        ("aims: {substation: 0}", "at least one kind"),
        ("aims: {substatoin: 1}", "substation"),
        ("launch_s: 0", "either `aims`"),
    ],
)
def test_fields_that_do_not_fit_each_other_hide_nothing(write, raided, aim: str, rule: str):
    path = write("x.yaml", with_groups(raided, group(kind="dron-notional", aim=aim)).replace("bus: 102", "bus: x"))
    faults = told(path)
    assert len(faults) == 3, faults
    assert any("Did you mean `drone-notional`?" in fault for fault in faults)
    assert any(rule in fault for fault in faults)


def test_groups_of_one_id_hide_nothing_and_keep_their_names(write, raided):
    text = with_groups(raided, group(), group(kind="dron-notional"), group(name="h", aim="targets: [nowhere]"))
    assert places(write("x.yaml", text)) == [
        "raid.variants[one]",
        "raid.variants[one].groups[g].class",
        "raid.variants[one].groups[h].targets[0]",
    ]


def test_faults_of_own_classes_come_along_and_cause_none(write, country):
    own = "catalogue: {mine: {defence: {magazine: -1}}, yours: 7, gun-post-notional: {defence: {channels: -1}}}\n"
    text = country.replace("class: area-defence-notional", "class: mine").replace("bus: 102", "bus: x") + own
    text = text.replace("class: surveillance-radar-notional", "class: yours")
    found = places(write("x.yaml", text))
    assert found[0] == "world.districts[south].bus"
    assert {name.split(".")[0] for name in found[1:]} == {"catalogue"}
    assert "catalogue.yours" in found
    assert "catalogue.gun-post-notional.defence.channels" in found
    assert "catalogue.mine.defence.magazine" in found


def test_tables_that_cannot_be_read_come_along_and_cause_none(write, raided):
    text = with_groups(raided, group(aim="targets: [far, nowhere.else]")).replace("bus: 101", "bus: x")
    text = text.replace("world:\n", "world:\n  districts_file: d.csv\n").replace("magazine: 7", "magazine: -7")
    rows = "far,1,2,3,4\nnear,1,2,3\n"
    write("d.csv", "id,latitude_deg,longitude_deg,people,radius_m\n" + rows)
    path = write("x.yaml", text)
    found = places(path)
    assert len(found) == 3
    assert found[:2] == ["world.districts[north].bus", "defence.batteries[second].magazine"]
    assert found[2].startswith("d.csv:3")
    write("d.csv", "id,latitude_deg,longitude_deg,people,radius_m\n" + rows.replace("3\n", "3,4\n"))
    assert "raid.variants[one].groups[g].targets[1]" in places(path)


def test_header_at_fault_is_told_once_and_not_for_each_row(write, raided):
    text = with_groups(raided, group(aim="targets: [far]")).replace("bus: 101", "bus: x")
    write("d.csv", "id,latitude_deg,longitude_deg,peple,radius_m\nfar,1,2,3,4\nnear,1,2,3,4\n")
    found = places(write("x.yaml", text.replace("world:\n", "world:\n  districts_file: d.csv\n")))
    assert found == ["world.districts[north].bus", "d.csv:1:4"]


def test_what_cannot_be_mended_shows_its_fields_faults_alone(write, monkeypatch):
    monkeypatch.setattr("mamori.scenario.mend.ROUNDS", 0)
    assert [fault for fault in places(write("x.yaml", GUN)) if fault.endswith("class")] == []
    assert len(places(write("x.yaml", GUN))) == 3


def test_a_raid_that_is_missing_altogether(write, country):
    text = country[: country.index("raid:")] + country[country.index("world:") :].replace("bus: 102", "bus: x")
    assert set(places(write("x.yaml", text))) == {"raid", "world.districts[south].bus"}


def test_mending_leaves_the_data_as_they_are_and_what_an_alias_stands_for_elsewhere():
    text = """\
schema_version: 1
name: x
raid: {variants: [{id: one}]}
defence:
  batteries:
  - {id: a, class: c, latitude_deg: &far 95, longitude_deg: 1, height_m: {low: 3, hihg: 4}}
  - {id: b, class: c, latitude_deg: 1, longitude_deg: *far}
"""
    data, again, touched = parse(text, "x.yaml"), parse(text, "x.yaml"), Touched()
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as caught:
        Scenario.model_validate(data)
    scenario = mended(Scenario, data, caught.value, spot(ScenarioFile), touched)
    assert data == again
    assert scenario is not None
    first, second = scenario.defence.batteries
    assert -90 <= first.latitude_deg <= 90
    assert first.height_m == 10.0
    assert second.longitude_deg == 95
    entry = ("defence", "batteries", 0)
    assert touched.holds((*entry, "latitude_deg"))
    assert touched.holds((*entry, "height_m"))
    assert not touched.holds((*entry, "class"))
    assert not touched.holds(("defence", "batteries", 1, "longitude_deg"))


def test_file_order_is_by_line_and_each_fault_once():
    from mamori.errors import Fault

    rows = ["b (x.yaml:10:1)", "--set", "a (x.yaml:9:3)", "a[q:1:2] (x.yaml:9:1)", "t.csv:3:1", "a (x.yaml:9:3)"]
    ordered = in_file_order(Fault(place, "", "r") for place in rows)
    assert [fault.place for fault in ordered] == [rows[3], rows[2], rows[0], rows[4], rows[1]]
    assert in_file_order(ordered, "t.csv")[0].place == rows[4]
