"""Protective measures: read, checked, applied one at a time; they change neither the raid, the run nor its hash."""

import pytest

from mamori.errors import ScenarioError
from mamori.scenario.changes import changes
from mamori.scenario.document import read
from mamori.scenario.hash import scenario_hash
from mamori.scenario.load import dump, examine, load
from mamori.scenario.plans import plans

MEASURES = """\
protective_measures:
- id: shots
  title: More shots
  set: {"defence.batteries[class=gun-post-notional].magazine": 60}
- id: post
  set:
    "defence.command_posts[+]": {id: second-post, latitude_deg: 34.0, longitude_deg: 139.3}
  cost_eur: {low: 1e6, high: 3e6}
  assumption: a van
"""


def with_set(path: str, value: str) -> str:
    return f"protective_measures: [{{id: m, set: {{'{path}': {value}}}}}]\n"


def test_each_measure_alone(write, country):
    scenario = load(write("x.yaml", country + MEASURES))
    shots, post = plans(scenario)
    assert [b.magazine for b in shots.scenario.defence.batteries] == [None, 60]
    assert len(shots.scenario.defence.command_posts) == 1
    assert [p.id for p in post.scenario.defence.command_posts] == ["post", "second-post"]
    assert [b.magazine for b in post.scenario.defence.batteries] == [None, 7]
    assert post.measure.cost_eur.quantile(0.5) == 2e6
    for plan in (shots, post):
        assert plan.scenario.protective_measures == ()
        assert plan.scenario.raid is scenario.raid
        assert scenario_hash(plan.scenario) != scenario_hash(scenario)


def test_a_plan_is_what_set_would_make(write, country):
    path = write("x.yaml", country + MEASURES)
    set_by_hand = load(path, ["defence.batteries[class=gun-post-notional].magazine=60"])
    assert scenario_hash(plans(load(path))[0].scenario) == scenario_hash(set_by_hand)


def test_a_class_that_only_a_measure_names_is_no_part_of_the_scenario(write, country):
    scenario = load(write("x.yaml", country + with_set("damage.protection[+]", "{at: bus, level: shelter-notional}")))
    assert "shelter-notional" not in scenario.classes.damage
    (plan,) = plans(scenario)
    assert "shelter-notional" in plan.scenario.classes.damage


def test_measures_change_no_hash_and_are_no_difference(write, country):
    plain, measured = write("a.yaml", country), write("b.yaml", country + MEASURES)
    more = "run.protection_replicas=7"
    assert scenario_hash(load(plain)) == scenario_hash(load(measured)) == scenario_hash(load(measured, [more]))
    assert changes(read(plain), read(measured)) == []
    run = write("c.yaml", country + "run: {protection_replicas: 3, seed: 2}\n")
    assert [change.path for change in changes(read(write("d.yaml", country + "run: {seed: 1}\n")), read(run))] == [
        "run.seed"
    ]


def test_written_out_and_read_again(write, country):
    scenario = load(write("x.yaml", country + MEASURES))
    again = load(write("y.yaml", dump(scenario)))
    assert again == scenario
    assert plans(again) == plans(scenario)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("defence.bateries[*].magazine", "3", "Did you mean `batteries`?"),
        ("defence.batteries[*].magazine", "-3", "magazine"),
        ("raid.variants[*].weight", "3", "neither the raid"),
        ("raid", "{}", "neither the raid"),
        ("run.seed", "3", "neither the raid"),
        ("catalogue.gun-post-notional.defence.magazine", "3", "nor the run, its days or the catalogue"),
        ("recovery.days", "3", "its days"),
        ("defence..x", "3", "not a path"),
    ],
)
def test_a_wrong_measure_is_a_fault(write, country, path, value, words):
    file = write("x.yaml", country + with_set(path, value))
    with pytest.raises(ScenarioError, match=r"protective_measures\[m\] \(x.yaml:\d+:\d+\)") as caught:
        load(file)
    assert words in str(caught.value)
    _, found = examine(file)
    assert [str(fault) for fault in found.errors] == [str(fault) for fault in caught.value.faults]


def test_all_that_is_wrong_with_a_measure_at_once(write, country):
    text = country + "protective_measures: [{id: m, set: {defense.x: 1, run.sed: 2}}, {id: M, set: {grid.x: 1}}]\n"
    with pytest.raises(ScenarioError) as caught:
        load(write("x.yaml", text))
    for words in ("'defense' is not known", "neither the raid", "stands twice", "'x' is not known in grid"):
        assert words in str(caught.value)


@pytest.mark.parametrize("text", ["set: {}", "set: 3", "title: no changes", "set: {a: 1}, id: a/b"])
def test_a_measure_needs_a_name_and_changes(write, country, text):
    entry = text if "id:" in text else f"id: m, {text}"
    with pytest.raises(ScenarioError, match="protective_measures"):
        load(write("x.yaml", country + f"protective_measures: [{{{entry}}}]\n"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("services.sites[*].backup_h", "3"),
        ("defence.batteries[class=patrol-craft-notional].magazine", "3"),
        ("defence.batteries.third.magazine", "3"),
        ("defence.batteries[second].command_post", "nobody"),
    ],
)
def test_a_measure_that_finds_nothing_is_warned_of_and_left_out(write, country, path, value):
    file = write("x.yaml", country + with_set(path, value))
    (plan,) = plans(load(file))
    assert plan.scenario is None
    assert not plan.is_wrong
    assert plan.faults
    _, found = examine(file)
    assert not found.errors
    assert any("left out of the ranking" in str(fault) for fault in found.warnings)
