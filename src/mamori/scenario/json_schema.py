"""JSON Schema of a scenario file, for editors: names, types, units, bounds and descriptions as one types.

It does not say what must be given, because a file that extends another gives only what differs; `mamori check` does.
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mamori.scenario.schema import SECTIONS, ScenarioFile

FILE_NAME = "mamori.schema.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generate(GenerateJsonSchema):
    """Says where a number may stand for text: ids such as 101."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        json = super().str_schema(schema)
        return {**json, "type": ["string", "number"]} if schema.get("coerce_numbers_to_str") else json


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) that every scenario file keeps to."""
    schema = ScenarioFile.model_json_schema(schema_generator=_Generate)
    definitions = schema["$defs"]
    for definition in definitions.values():
        _relax(definition)
    schema["properties"]["catalogue"]["additionalProperties"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {stage: _section(definitions["ClassSections"], stage, definitions) for stage in SECTIONS},
    }
    del definitions["ClassSections"]
    schema["required"] = ["schema_version", "name"]
    schema["anyOf"] = [{"required": ["raid"]}, {"required": ["extends"]}]
    return {"$schema": DIALECT, **schema, "title": "mamori scenario"}


def _relax(definition: dict[str, Any]) -> None:
    """Ask for nothing but the id of an entry, which may also be marked for removal, and both ends of a spread."""
    properties = definition.get("properties", {})
    needed = [name for name in definition.pop("required", []) if name in ("id", "low", "high")]
    if needed:
        definition["required"] = needed
    if "id" in properties:
        properties["remove"] = {
            "type": "boolean",
            "description": "true drops the entry of this id from what the file extends",
        }


def _section(classes: dict[str, Any], stage: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Fields of every type of section of a stage; `mamori check` looks at their values, which may carry a source."""
    fields: dict[str, Any] = {}
    for reference in _references(classes["properties"][stage]):
        for name, field in definitions[reference.rpartition("/")[2]]["properties"].items():
            fields[name] = {key: field[key] for key in ("description", "unit") if key in field}
    return {"type": "object", "additionalProperties": False, "properties": fields}


def _references(item: Any) -> list[str]:
    if isinstance(item, dict):
        own = [item["$ref"]] if "$ref" in item else []
        return own + [ref for key, entry in item.items() if key != "discriminator" for ref in _references(entry)]
    return [ref for entry in item for ref in _references(entry)] if isinstance(item, list) else []
