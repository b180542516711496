import jsonschema
import pytest

from mamori.scenario.builtin import builtin_file, builtin_names
from mamori.scenario.document import parse, read
from mamori.scenario.json_schema import json_schema
from mamori.scenario.load import dump, load
from mamori.scenario.template import template


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", builtin_names())
def test_built_in_files_keep_to_it(validator, name: str):
    assert [error.message for error in validator.iter_errors(read(builtin_file(name)))] == []


def test_dumped_scenarios_keep_to_it(validator):
    dumped = parse(dump(load("night-raid")), "dumped")
    assert [error.message for error in validator.iter_errors(dumped)] == []


def test_files_that_extend_keep_to_it(validator):
    text = "{schema_version: 1, name: x, extends: night-raid, defence: {batteries: [{id: a, remove: true}, {id: 7}]}}"
    assert list(validator.iter_errors(parse(text, "x"))) == []
    own = "catalogue: {gun: {defence: {magazine: {value: 3, source: me}}}}"
    assert list(validator.iter_errors(parse("schema_version: 1\nname: x\nextends: y\n" + own, "x"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "{schema_version: 1, name: x}",
        "{schema_version: 2, name: x, extends: y}",
        "{schema_version: 1, name: x, extends: y, runn: {}}",
        "{schema_version: 1, name: x, extends: y, run: {replicas: 0}}",
        "{schema_version: 1, name: x, extends: y, warning: {latency_s: -1}}",
        "{schema_version: 1, name: x, extends: y, world: {districts: [{id: a, latitude_deg: 3400}]}}",
        "{schema_version: 1, name: x, extends: y, catalogue: {gun: {defence: {magasine: 3}}}}",
        "{schema_version: 1, name: x, extends: y, catalogue: {gun: {defense: {}}}}",
    ],
)
def test_what_is_wrong_breaks_it(validator, text: str):
    assert list(validator.iter_errors(parse(text, "x")))


def test_it_tells_units_and_descriptions():
    definitions = json_schema()["$defs"]
    latency = definitions["WarningPart"]["properties"]["latency_s"]
    assert latency["unit"] == "s"
    assert latency["minimum"] == 0.0
    assert "decision" in latency["description"]


def test_annotated_file_is_its_base_until_something_is_changed(write):
    text = template("mine")
    base = load("night-raid")
    as_written = load(write("mine.yaml", text))
    assert as_written.name == "mine"
    assert as_written.built_on == ("night-raid",)
    same = {"name": base.name, "title": base.title, "built_on": ()}
    assert as_written.model_copy(update=same) == base


def test_annotated_values_are_those_that_hold(write):
    """Every comment sign taken away, the file says the same."""
    head, _, rest = template("mine").partition("extends: night-raid\n")
    rest = rest[: rest.index("# # Classes of your own")]
    bare = "\n".join(line.removeprefix("# ") for line in rest.splitlines())
    assert "latency_s:" in bare
    base = load("night-raid")
    same = {"name": base.name, "title": base.title, "built_on": ()}
    assert load(write("mine.yaml", f"{head}extends: night-raid\n{bare}\n")).model_copy(update=same) == base


def test_annotated_file_names_the_schema_and_the_units():
    text = template("mine")
    assert text.startswith("# yaml-language-server: $schema=mamori.schema.json\n")
    assert "(at least 0 s)" in text
