"""The annotated file that `mamori init` writes: it extends a built-in scenario and shows what there is to change."""

import json
import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from mamori.scenario.document import to_yaml
from mamori.scenario.fields import Spot, some, spot
from mamori.scenario.json_schema import FILE_NAME
from mamori.scenario.load import load
from mamori.scenario.schema import SECTIONS, ScenarioFile
from mamori.world.quantity import Spread

_WIDTH = 110
_OWN = ("schema_version", "name", "title", "description", "extends", "replaces", "built_on", "catalogue")
_LIST_HELP = (
    "An entry with an id that is there changes that entry, a new id is added, {id: ..., remove: true} drops one, "
    "[] drops all."
)
_WHOLE_LIST_HELP = "They have no ids: a list given here takes the place of all of them."
_FIRST = ("id", "name", "class")


def template(name: str, base: str = "night-raid") -> str:
    """A scenario file that changes nothing yet: what it extends and, as comments, what may be changed.

    name: of the new scenario; base: what it extends; the values shown are those of the base
    """
    scenario = load(base, is_checked=False)
    data = scenario.model_dump(mode="json", by_alias=True)
    top = spot(ScenarioFile)
    lines = [
        f"# yaml-language-server: $schema={FILE_NAME}",
        "#",
        "# A scenario for mamori. `mamori check FILE` lists every fault in it, `mamori run FILE` follows it.",
        f"# It is {base}, word for word, until you change something: take the `# ` away from a line and from the lines",
        "# above it that it stands in, and write your own value. Values shown are those that hold now.",
        "# A number that you do not know may be a range: {low: 10, high: 15} or {low: 10, mode: 12, high: 15}.",
        "schema_version: 1",
        to_yaml({"name": name}).strip(),
        "title: One line about this scenario",
        f"extends: {base}",
    ]
    for part in ScenarioFile.model_fields:
        if part not in _OWN:
            below = top.below(part)
            lines += ["", *_field(part, below, data.get(part), 0)] if below else []
    lines += ["", *_catalogue()]
    return "\n".join(lines) + "\n"


def _field(name: str, place: Spot, item: Any, depth: int) -> Iterator[str]:
    """A field as comment lines: what it is, then its name and value."""
    indent = "# " + "  " * depth
    yield from _note(_told(place), depth)
    models = [model for model in place.models if model is not Spread]
    if models and not place.is_list and isinstance(item, dict):
        yield f"{indent}{name}:"
        for inner in place.names(item):
            below = place.below(inner, item)
            if below is not None:
                yield from _field(inner, below, item.get(inner), depth + 1)
    elif isinstance(item, list) and item and isinstance(item[0], dict):
        yield from _list(name, place, item, depth)
    elif name.endswith("_file"):
        yield f"{indent}# {name}: FILE"
    else:
        yield f"{indent}{name}: {_inline(item)}"


def _list(name: str, place: Spot, items: list[Any], depth: int) -> Iterator[str]:
    """A list by its first entry, with what its fields are."""
    count = "1 entry" if len(items) == 1 else f"{len(items)} entries"
    has_ids = "id" in items[0]
    ids = some([str(item["id"]) for item in items], 12) if has_ids else ""
    yield from _note(f"{count}{': ' + ids if ids else ''}. {_LIST_HELP if has_ids else _WHOLE_LIST_HELP}", depth)
    indent = "# " + "  " * depth + ("" if has_ids else "# ")
    yield f"{indent}{name}:"
    lead = "- "
    entry = {**{key: items[0][key] for key in _FIRST if key in items[0]}, **items[0]}
    for inner, value in entry.items():
        below = place.entry.below(inner, entry) if place.entry else None
        if below is None or value is None:
            continue
        told = _told(below)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            fields = ", ".join(name for name in value[0] if value[0][name] is not None)
            yield f"{indent}    # {inner}: {len(value)}, the first with {fields}"
            continue
        line = f"{indent}  {lead}{inner}: {_inline(value)}"
        yield line + (f"  # {told}" if told else "")
        lead = "  "


def _told(place: Spot) -> str:
    rule = place.quantity.rule() if place.quantity else ""
    return f"{place.text} ({rule})" if rule and place.text else place.text or rule


def _note(text: str, depth: int) -> Iterator[str]:
    indent = "# " + "  " * depth + "# "
    yield from (indent + line for line in wrap(text, _WIDTH - len(indent)))


def _inline(item: Any) -> str:
    """A value on one line."""
    if isinstance(item, dict):
        pairs = [f"{_key(key)}: {_inline(entry)}" for key, entry in item.items() if entry is not None]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(item, list):
        return "[" + ", ".join(_inline(entry) for entry in item) + "]"
    return "null" if item is None else to_yaml(item).removesuffix("\n").removesuffix("...").strip()


def _key(name: str) -> str:
    """A name inside braces, where the brackets of a path need quotes."""
    return name if re.fullmatch(r"[\w.:-]+", name) else json.dumps(name, ensure_ascii=False)


def _catalogue() -> list[str]:
    text = (
        "Classes of your own, or what you change in the catalogue's: class, stage "
        f"({', '.join(SECTIONS)}), field. What you leave out stays as it is in the catalogue."
    )
    example = ["catalogue:", "  drone-notional:", "    flight:", "      speed_m_s: {low: 40, high: 60}"]
    return [*_note(text, 0), *(f"# {line}" for line in example)]
