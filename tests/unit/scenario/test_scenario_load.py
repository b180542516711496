from datetime import timedelta

import pytest

import mamori
from mamori.errors import ScenarioError
from mamori.scenario.builtin import builtin_names, builtin_titles
from mamori.scenario.document import UnreadableError
from mamori.scenario.fields import spot
from mamori.scenario.hash import scenario_hash
from mamori.scenario.load import dump, find, load
from mamori.scenario.schema import Scenario


def faults_of(path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [str(fault) for fault in caught.value.faults]


def test_minimal_file_loads(write, minimal):
    scenario = load(write("x.yaml", minimal))
    assert scenario.name == "small"
    assert scenario.defence.batteries == ()
    assert scenario.sensing.sensors == ()
    assert scenario.raid.variants[0].groups == ()
    assert mamori.load is load


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_scenarios_load_and_have_titles(name: str):
    assert load(name).name == name
    assert builtin_titles()[name]


def test_hour_stays_local(write, minimal):
    scenario = load(write("x.yaml", minimal + "start: 2027-01-15T20:00:00+09:00\n"))
    assert scenario.start.hour == 20
    assert scenario.start.utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("runn: {seed: 1}", ["runn (x.yaml:7:1) = a mapping: this name is not known here. Did you mean `run`?"]),
        ("run: {sed: 1}", ["run.sed (x.yaml:7:7) = 1", "Did you mean `seed`?"]),
        ("run: {replicas: 0}", ["run.replicas (x.yaml:7:7) = 0: must be at least 1"]),
        ("run: {replicas: -5}", ["run.replicas (x.yaml:7:7) = -5: must be at least 1"]),
        ("run: {replicas: many}", ["= 'many': must be a whole number"]),
        ("run: 7", ["run (x.yaml:7:1) = 7: must be a mapping"]),
        ("run:", ["run (x.yaml:7:1) = nothing: must be a mapping"]),
        ("warning: {latency_s: .nan}", ["= nan s: must be a finite number"]),
        ("warning: {latency_s: .inf}", ["= inf s: must be a finite number"]),
        ("warning: {latency_s: {low: 1, high: .inf}}", ["warning.latency_s.high", "must be a finite number"]),
        ("warning: {latency_s: -5}", ["warning.latency_s (x.yaml:7:11) = -5 s: must be at least 0 s"]),
        ("warning: {latency_s: {low: -5, high: 2}}", ["= {low: -5, high: 2} s: must be at least 0 s"]),
        ("warning: {latency_s: {low: 3, high: 2}}", ["low, mode and high must not fall"]),
        ("warning: {latency_s: {low: 3, hihg: 4}}", ["latency_s.high", "Did you mean `high`?"]),
        ("warning: {latency_s: soon}", ["= 'soon': must be a number", "where it is not known"]),
        ("warning: {latency_s: [1]}", ["= a list of 1: must be a number"]),
        ("start: tomorrow", ["= 'tomorrow': must be a date and a time. Write it as"]),
        ("start: 2027-01-15T20:00:00", ["must say its time zone"]),
        ("schema_version: 2", ["must be 1"]),
        ("grid: {rating: longterm}", ["= 'longterm': must be", "Did you mean `long_term`?"]),
        ("defence: {batteries: {id: a}}", ["must be a list"]),
        ("classes: {}", ["Did you mean `catalogue`?"]),
        ("catalogue: [1]", ["catalogue", "must be a mapping"]),
        ("catalogue: {x: {flght: {}}}", ["catalogue.x.flght", "Did you mean `flight`?"]),
        ("catalogue: {drone-notional: {flight: {speed_m_s: -4}}}", ["= -4 m/s: must be at least 1"]),
        ("catalogue: {drone-notional: {flight: {spede_m_s: 4}}}", ["Did you mean `speed_m_s`?"]),
        ("recovery: {spares: {switchgaer: 2}}", ["recovery.spares", "`switchgear`"]),
    ],
)
def test_each_fault_says_place_value_rule_remedy(write, minimal, text: str, words: list[str]):
    lines = minimal if not text.startswith("schema_version") else minimal.removeprefix("schema_version: 1\n")
    told = "\n".join(faults_of(write("x.yaml", lines + text + "\n")))
    for word in words:
        assert word in told
    assert "union" not in told
    assert "pydantic" not in told


def test_latitude_of_3400_is_told_to_be_no_degrees(write, country):
    faults = faults_of(write("x.yaml", country.replace("latitude_deg: 33.0", "latitude_deg: 3400")))
    assert len(faults) == 1
    assert faults[0].startswith("world.districts[south].latitude_deg (x.yaml:10:17) = 3400 deg: must be at least -90")
    assert "Give degrees" in faults[0]


def test_negative_count_and_unknown_field_of_an_entry_by_its_id(write, country):
    text = country.replace("people: 1000", "people: -1").replace("magazine: 7", "magasine: 7")
    faults = faults_of(write("x.yaml", text))
    assert any(f.startswith("world.districts[north].people") and "at least 0 people" in f for f in faults)
    assert any(f.startswith("defence.batteries[second].magasine") and "`magazine`" in f for f in faults)
    assert len(faults) == 2


def test_what_is_missing_is_told_with_what_it_is(write, country):
    faults = faults_of(write("x.yaml", country.replace("people: 1000, ", "")))
    assert faults == [
        "world.districts[north].people (x.yaml:9:5): is needed and not given. Give it: People who live here."
    ]


def test_file_that_is_not_there():
    with pytest.raises(UnreadableError, match="Did you mean `night-raid`"):
        load("night-rad")
    with pytest.raises(UnreadableError, match="no such file"):
        load("some/where.yaml")


def test_a_folder_stands_for_its_scenario_file(write, minimal):
    path = write("run1/scenario.yaml", minimal)
    assert find(path.parent) == path


@pytest.mark.parametrize("source", ["country", *builtin_names()])
def test_dump_loads_back_equal(write, country, source: str):
    scenario = load(write("x.yaml", country) if source == "country" else source)
    again = load(write("dumped.yaml", dump(scenario)))
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario)
    assert dump(again) == dump(scenario)


def test_dump_carries_its_own_classes(write, country):
    scenario = load(write("x.yaml", country), ["catalogue.gun-post-notional.defence.magazine=11"])
    again = load(write("dumped.yaml", dump(scenario)))
    assert again.classes.defence["gun-post-notional"].magazine == 11
    assert again == scenario


def test_every_field_that_may_be_null_is_null_by_default():
    """Dump leaves nulls out, so that a null must be what loading gives back."""
    seen: set[type] = set()

    def look(model: type) -> None:
        if model in seen:
            return
        seen.add(model)
        for name, field in model.model_fields.items():
            place = spot(field.annotation)
            if type(None) in place.types:
                assert field.default is None, f"{model.__name__}.{name}"
            entry = place.entry
            for inner in (*place.models, *(entry.models if entry else ())):
                look(inner)

    look(Scenario)
    assert len(seen) > 20


def test_classes_are_those_used_and_those_brought(write, country):
    section = "{kind: water, demand_mw: 1, backup_h: {value: 2, source: me}, recharge: 1, people: 9}"
    own = f"catalogue: {{mine: {{services: {section}}}}}"
    classes = load(write("x.yaml", country + own + "\n")).classes
    assert set(classes.defence) == {"area-defence-notional", "gun-post-notional"}
    assert set(classes.sensing) == {"surveillance-radar-notional"}
    assert "none" in classes.damage
    assert classes.services["mine"].backup_h == 2.0
    assert classes.flight == {}


def test_hash_tells_scenarios_apart(write, country):
    path = write("x.yaml", country)
    first = scenario_hash(load(path))
    assert len(first) == 64
    assert scenario_hash(load(path)) == first
    assert scenario_hash(load(path, ["run.seed=2"])) != first
    assert scenario_hash(load(path, ["catalogue.gun-post-notional.defence.magazine=11"])) != first
    assert scenario_hash(load(path, ["catalogue.cruise-notional.flight.speed_m_s=200"])) != first


def test_hash_looks_into_data_files_and_not_at_where_they_lie(write, minimal):
    land = '{"type": "FeatureCollection", "features": []}'
    text = minimal + "world: {coast_file: c.geojson}\n"
    paths = [write(f"{folder}/x.yaml", text) for folder in "ab"]
    for folder in "ab":
        write(f"{folder}/c.geojson", land)
    assert scenario_hash(load(paths[0])) == scenario_hash(load(paths[1]))
    write("b/c.geojson", land + " ")
    assert scenario_hash(load(paths[0])) != scenario_hash(load(paths[1]))


def test_what_it_was_built_on_does_not_count_in_the_hash(write, minimal):
    base = write("x.yaml", minimal)
    child = write("child.yaml", "schema_version: 1\nname: small\nextends: x.yaml\n")
    assert scenario_hash(load(child)) == scenario_hash(load(base))
    assert load(child) != load(base)
