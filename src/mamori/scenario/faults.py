"""What pydantic found wrong, told in the user's own terms: place, value with unit, rule, remedy, file and line."""

import math
import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mamori.errors import Fault
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.fields import Spot, nearest
from mamori.world.quantity import Spread

Path = tuple[str | int, ...]
"""A place in the data: names of fields, numbers of entries."""

ANY = "*"
"""Every entry of a list, in a path that is asked for."""

GAP = -1
"""An entry that a list lacks, because it could not be read."""

_MARK = re.compile(r"(?:\(|^)(?P<file>[^()]*):(?P<line>\d+):(?P<column>\d+)(?:\)|\s|$)")
_SCALAR_TAGS = ("float", "int", "str", "bool", "constrained", "literal", "datetime", "nullable")
_TYPES = {
    "int": ("must be a whole number", ""),
    "string": ("must be text", "Put it in quotes."),
    "bool": ("must be true or false", ""),
    "model": ("must be a mapping of names to values", "Write its fields below it, indented."),
    "dict": ("must be a mapping of names to values", "Write its entries below it, indented."),
    "list": ("must be a list", "Start each entry with `- `, or write [] for none."),
    "tuple": ("must be a list", "Start each entry with `- `, or write [] for none."),
    "datetime": ("must be a date and a time", "Write it as 2027-01-15T18:00:00Z."),
    "timezone": ("must say its time zone", "End it with Z for UTC: 2027-01-15T18:00:00Z."),
}


def faults_of(error: ValidationError, data: Any, top: Spot, prefix: tuple[str | int, ...] = ()) -> list[Fault]:
    """Every fault once, sorted by place in the file; the members of a union that the data do not mean are left out.

    data: what was validated, marked; top: its place in the schema; prefix: where it stands in the scenario
    """
    found = meant(error, data, top)
    faults = dict.fromkeys(_fault(detail, at, place_text((*prefix, *at.path), at.trail)) for at, detail in found)
    return in_file_order(faults)


def meant(error: ValidationError, data: Any, top: Spot) -> "list[tuple[At, ErrorDetails]]":
    """Where each of pydantic's errors stands, without those of the members of a union that the data do not mean."""
    told: dict[Path, list[tuple[At, ErrorDetails]]] = {}
    for detail in error.errors(include_url=False):
        at = At(data, top)
        at.follow(detail)
        is_short = detail["type"] == "too_short" and isinstance(at.value, list | dict)
        if is_short and len(at.value) >= detail["ctx"]["min_length"]:
            continue  # pydantic does not count the entries that are wrong themselves
        told.setdefault(tuple(at.path), []).append((at, detail))
    kept: list[tuple[At, ErrorDetails]] = []
    for path, found in told.items():
        own = [(at, detail) for at, detail in found if not at.is_other_member]
        if not own and not any(len(other) > len(path) and other[: len(path)] == path for other in told):
            own = found[:1]
        kept.extend(own)
    return kept


def in_file_order(faults: Iterable[Fault], first: str = "") -> list[Fault]:
    """Each fault once: file by file, from the top of each down; last what has no line, such as `--set`.

    first: name of the file to begin with; the others follow as they come
    """
    once = list(dict.fromkeys(faults))
    marks = [_MARK.search(fault.place) for fault in once]
    files = list(dict.fromkeys([first, *(mark["file"] for mark in marks if mark)]))

    def at(i: int) -> tuple[int, int, int]:
        mark = marks[i]
        return (files.index(mark["file"]), int(mark["line"]), int(mark["column"])) if mark else (len(files), 0, 0)

    return [once[i] for i in sorted(range(len(once)), key=at)]


def located(path: Path, data: Any) -> str:
    """The place in words, entries by their id, and where it is written, or else what it would stand in; no more than
    words for a part that is written nowhere."""
    at = At(data, None)
    for step in path:
        at.step(step)
    place = place_text(path, at.trail)
    return f"{place} ({at.mark})" if at.mark and has(data, path[0]) else place


class At:
    """A place in the data: what stands there, what it stands in, where it was written, what the schema says of it."""

    def __init__(self, data: Any, top: Spot | None) -> None:
        self.value = data
        self.spot: Spot | None = top
        self.above: Spot | None = None
        self.mark: Mark | None = getattr(data, "mark", None)
        self.path: list[str | int] = []
        self.trail: list[Any] = []  # what each step of the path was looked up in
        self.is_key = False  # the fault is in the name, not in what it stands for
        self.is_other_member = False  # the fault belongs to a member of a union that the data do not mean

    def follow(self, detail: ErrorDetails) -> None:
        """Walk pydantic's path; a step that is not in the data is a member of a union, or a field that is missing."""
        *_, last = detail["loc"] or ("",)
        for step in detail["loc"]:
            inside = self.value
            if has(inside, step) or (step is last and detail["type"] == "missing"):
                self.step(step)
            elif step == "[key]":
                self.is_key = True
            else:
                self.is_other_member = self.is_other_member or not _is_meant(str(step), inside)

    def step(self, step: str | int) -> None:
        """Into the entry of this name or number; None stands where there is none."""
        inside = self.value
        self.path.append(step)
        self.trail.append(inside)
        self.above, self.spot = self.spot, self.spot.below(str(step), inside) if self.spot else None
        if not has(inside, step):
            self.value = None
            return
        if isinstance(inside, Table):
            self.mark = inside.marks[str(step)]
        elif isinstance(inside, Entries):
            self.mark = inside.marks[int(step)]
        self.value = inside[step]


def has(inside: Any, step: str | int) -> bool:
    """Whether a mapping has an entry of the name, or a list one of the number."""
    if isinstance(inside, list):
        return isinstance(step, int) and step < len(inside)
    return isinstance(inside, dict) and step in inside


def _is_meant(member: str, value: Any) -> bool:
    """Whether the value looks like the member of a union that pydantic tried, told by the name it gives it."""
    if member.startswith(("list", "tuple", "set", "frozenset")):
        return isinstance(value, list)
    if member.startswith(_SCALAR_TAGS):
        return not isinstance(value, dict | list)
    return isinstance(value, dict)


def place_text(path: Iterable[str | int], trail: list[Any] | None = None) -> str:
    """`defence.batteries[north].reload_s`: entries of a list by their id where they have one.

    trail: what each of the last steps was looked up in
    """
    steps = list(path)
    inside: list[Any] = [None] * (len(steps) - len(trail or [])) + list(trail or [])
    text = ""
    for step, parent in zip(steps, inside[-len(steps) :] if steps else [], strict=True):
        if isinstance(step, int):
            entry = parent[step] if isinstance(parent, list) else None
            name = entry.get("id") if isinstance(entry, dict) else None
            text += f"[{name if isinstance(name, str | int | float) else step}]"
        else:
            text += f".{step}" if text else str(step)
    return text


def value_text(value: Any, unit: str = "") -> str:
    """A value as a person would write it, with its unit, cut short."""
    if isinstance(value, dict):
        if {"low", "high"} <= value.keys():
            return f"{{{', '.join(f'{key}: {entry}' for key, entry in value.items())}}}" + (f" {unit}" if unit else "")
        return "a mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "[]"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" + (f" {unit}" if unit else "") if isinstance(value, float) else f"{value} {unit}".strip()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fault(detail: ErrorDetails, here: At, place: str) -> Fault:
    kind, spot = detail["type"], here.spot
    unit = spot.quantity.unit if spot and spot.quantity else ""
    where = f"{place} ({here.mark})" if here.mark else place
    value = value_text(here.value, unit)
    hint = f"It is: {spot.text}." if spot and spot.text else ""
    spread = ", or {low: ..., high: ...} where it is not known" if spot and Spread in spot.types else ""
    if kind == "missing":
        return Fault(
            where, "", "is needed and not given", f"Give {_lower(spot.text)}." if spot and spot.text else "Add it."
        )
    if kind == "extra_forbidden":
        known = here.above.names(here.trail[-1]) if here.above else []
        return Fault(where, value, "this name is not known here", nearest(str(here.path[-1]), known))
    if kind == "quantity":
        return Fault(where, value, detail["msg"], _in_bounds(spot, here.value) or hint)
    if kind == "finite_number" or (isinstance(here.value, float) and not math.isfinite(here.value)):
        return Fault(where, value, "must be a finite number", f"Give a number{spread}.")
    context = detail.get("ctx", {})
    if kind in ("literal_error", "enum"):
        options = str(context.get("expected", ""))
        if here.is_key:
            return Fault(where, value, f"this name must be {options}", _nearest_option(here.path[-1], options))
        return Fault(where, value, f"must be {options}", _nearest_option(here.value, options))
    if kind.startswith("union_tag"):
        name, options = str(context["discriminator"]).strip("'"), str(context.get("expected_tags", ""))
        given = here.value.get(name) if isinstance(here.value, dict) else None
        rule = f"must be one of {options}" if options else "is needed to say which it is, and not given"
        at = f"{place}.{name}" + where.removeprefix(place)
        return Fault(at, "" if given is None else value_text(given), rule, _nearest_option(given, options))
    if kind == "too_short":
        least = int(context["min_length"])
        rule = "must have at least one entry" if least == 1 else f"must have at least {least} entries"
        return Fault(where, value, rule, hint)
    family = kind.partition("_")[0]
    if family == "float":
        return Fault(where, value, "must be a number", f"Give a number{spread}.")
    if family in _TYPES:
        rule, remedy = _TYPES[family]
        bound = detail["msg"] if kind in ("string_too_short", "string_pattern_mismatch", "string_too_long") else ""
        return Fault(where, value, _sentence(bound) if bound else rule, hint if bound else remedy or hint)
    return Fault(where, value, _sentence(detail["msg"]), hint)


def _nearest_option(value: Any, options: str) -> str:
    names = [option.strip("' ") for option in options.replace(" or ", ",").split(",") if option.strip()]
    remedy = nearest(str(value), names)
    return remedy if remedy.startswith("Did") else ""


def _in_bounds(spot: Spot | None, value: Any) -> str:
    if spot is None or spot.quantity is None or not isinstance(value, int | float):
        return ""
    if spot.quantity.unit == "deg" and abs(value) > 360:
        return f"Give degrees; {value:g} looks like minutes, metres or a lost decimal point."
    return ""


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _sentence(message: str) -> str:
    """pydantic's message as the middle of a sentence."""
    text = message.removeprefix("Value error, ").removeprefix("Input ").removeprefix("should ").rstrip(".")
    return ("must " + text) if message.startswith("Input should ") else text[:1].lower() + text[1:]
