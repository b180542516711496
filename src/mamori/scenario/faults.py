"""What pydantic found wrong, told in the user's own terms: place, value with unit, rule, remedy, file and line."""

import math
import re
from collections.abc import Iterable
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mamori.errors import Fault
from mamori.language.message import OR, Message, joined, say, say_n, term
from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.fields import Spot, alike, nearest
from mamori.world.quantity import Spread

Path = tuple[str | int, ...]
"""A place in the data: names of fields, numbers of entries."""

ANY = "*"
"""Every entry of a list, in a path that is asked for."""

GAP = -1
"""An entry that a list lacks, because it could not be read."""

_MARK = re.compile(r"(?:\(|^)(?P<file>[^()]*):(?P<line>\d+):(?P<column>\d+)(?:\)|\s|$)")
_SCALAR_TAGS = ("float", "int", "str", "bool", "constrained", "literal", "datetime", "nullable")
_LIST = say("must be a list"), say("Start each entry with `- `, or write [] for none.")
_TYPES = {
    "int": (say("must be a whole number"), ""),
    "string": (say("must be text"), say("Put it in quotes.")),
    "bool": (say("must be true or false"), ""),
    "model": (say("must be a mapping of names to values"), say("Write its fields below it, indented.")),
    "dict": (say("must be a mapping of names to values"), say("Write its entries below it, indented.")),
    "list": _LIST,
    "tuple": _LIST,
    "datetime": (say("must be a date and a time"), say("Write it as 2027-01-15T18:00:00Z.")),
    "timezone": (say("must say its time zone"), say("End it with Z for UTC: 2027-01-15T18:00:00Z.")),
}
_BOUNDS = {
    "greater_than": term("must be greater than {gt:g}"),
    "greater_than_equal": term("must be greater than or equal to {ge:g}"),
    "less_than": term("must be less than {lt:g}"),
    "less_than_equal": term("must be less than or equal to {le:g}"),
    "multiple_of": term("must be a multiple of {multiple_of:g}"),
    "string_pattern_mismatch": term("must match the pattern {pattern}"),
    "too_long": term("must have at most {max_length} entries, not {actual_length}"),
}
"""Bounds that pydantic itself holds, by its names of the errors."""


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
    return _written(place, at.mark) if at.mark and has(data, path[0]) else place


def _written(place: str, mark: Mark) -> str:
    """A place with where it is written, which itself may be words."""
    return say("{place} ({mark})", place=place, mark=str(mark))


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
        return say("a mapping")
    if isinstance(value, list):
        return say("a list of {n}", n=len(value)) if value else "[]"
    if value is None:
        return say("nothing")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" + (f" {unit}" if unit else "") if isinstance(value, float) else f"{value} {unit}".strip()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fault(detail: ErrorDetails, here: At, place: str) -> Fault:
    kind, spot = detail["type"], here.spot
    unit = spot.quantity.unit if spot and spot.quantity else ""
    where = _written(place, here.mark) if here.mark else place
    value = value_text(here.value, unit)
    hint = say("It is: {text}.", text=described(spot)) if spot and spot.text else ""
    if kind == "missing":
        return Fault(
            where,
            "",
            say("is needed and not given"),
            say("Give it: {text}.", text=described(spot)) if spot and spot.text else say("Add it."),
        )
    if kind == "extra_forbidden":
        known = here.above.names(here.trail[-1]) if here.above else []
        return Fault(where, value, say("this name is not known here"), nearest(str(here.path[-1]), known))
    if kind == "quantity":
        return Fault(where, value, _message(detail), _in_bounds(spot, here.value) or hint)
    if kind == "finite_number" or (isinstance(here.value, float) and not math.isfinite(here.value)):
        return Fault(where, value, say("must be a finite number"), _give_number(spot))
    context = detail.get("ctx", {})
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        names, options = _options(expected), joined(expected.rsplit(" or ", 1), OR)
        if here.is_key:
            return Fault(
                where,
                value,
                say("this name must be {options}", options=options),
                alike(str(here.path[-1]), names),
            )
        return Fault(where, value, say("must be {options}", options=options), alike(str(here.value), names))
    if kind.startswith("union_tag"):
        name, options = str(context["discriminator"]).strip("'"), str(context.get("expected_tags", ""))
        given = here.value.get(name) if isinstance(here.value, dict) else None
        rule = (
            say("must be one of {options}", options=options)
            if options
            else say("is needed to say which it is, and not given")
        )
        at = f"{place}.{name}" + where.removeprefix(place)
        return Fault(at, "" if given is None else value_text(given), rule, alike(str(given), _options(options)))
    if kind == "too_short":
        least = int(context["min_length"])
        rule = (
            say("must have at least one entry")
            if least == 1
            else say("must have at least {least} entries", least=least)
        )
        return Fault(where, value, rule, hint)
    family = kind.partition("_")[0]
    if family == "float":
        return Fault(where, value, say("must be a number"), _give_number(spot))
    if family in _TYPES:
        rule, remedy = _TYPES[family]
        is_bound = kind in ("string_too_short", "string_pattern_mismatch", "string_too_long")
        return Fault(where, value, _message(detail) if is_bound else rule, hint if is_bound else remedy or hint)
    return Fault(where, value, _message(detail), hint)


def _options(listed: Any) -> list[str]:
    """Names that pydantic lists as "'a', 'b' or 'c'"."""
    return [option.strip("' ") for option in str(listed).replace(" or ", ",").split(",") if option.strip()]


def _give_number(spot: Spot | None) -> str:
    if spot and Spread in spot.types:
        return say("Give a number, or {{low: ..., high: ...}} where it is not known.")
    return say("Give a number.")


def _in_bounds(spot: Spot | None, value: Any) -> str:
    if spot is None or spot.quantity is None or not isinstance(value, int | float):
        return ""
    if spot.quantity.unit == "deg" and abs(value) > 360:
        return say("Give degrees; {value:g} looks like minutes, metres or a lost decimal point.", value=value)
    return ""


def described(spot: Spot) -> Message:
    """The field's description; `scripts/messages` finds those of the whole schema for translation."""
    return Message(spot.text.replace("{", "{{").replace("}", "}}"), {})


def _message(detail: ErrorDetails) -> str:
    """What pydantic says, or one of our own validators, as the middle of a sentence."""
    context, kind, message = detail.get("ctx", {}), detail["type"], detail["msg"]
    if isinstance(context.get("said"), Message):
        return cast("Message", context["said"])
    if kind == "string_too_short":
        n = int(context["min_length"])
        return say_n(n, "must have at least {n} character", "must have at least {n} characters")
    if kind == "string_too_long":
        n = int(context["max_length"])
        return say_n(n, "must have at most {n} character", "must have at most {n} characters")
    if kind in _BOUNDS:
        return Message(_BOUNDS[kind], context)
    text = message.removeprefix("Value error, ").removeprefix("Input ").removeprefix("should ").rstrip(".")
    return ("must " + text) if message.startswith("Input should ") else text[:1].lower() + text[1:]
