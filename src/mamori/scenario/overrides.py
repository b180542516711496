"""Values laid over a scenario's: `--set defence.batteries.north.magazine=12`, and those of protective measures."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import Entries, Mark, Table, parse
from mamori.scenario.fields import Spot, nearest

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]*)\]")
_ASSIGNMENT = re.compile(r"((?:[^=\[]|\[[^\]]*\])+)=(.*)", re.DOTALL)


class AbsentError(ScenarioError):
    """A path through entries that the scenario does not have: right in itself, and nothing to set."""


def set_values(data: Table, overrides: Sequence[str], top: Spot, faults: list[Fault]) -> Table:
    """The scenario's data with each `path=value` set, the later over the earlier; `data` is left as it was.

    A path names fields, and entries of a list by id or by number from 0 (`a.b.north.c` or `a.b[north].c`), all of them
    (`a.b[*].c`), those in which a field has a value (`a.b[class=x].c`), or a new one at the end (`a.b[+]`); a value is
    YAML. Every path that leads nowhere is added to `faults`, with the nearest known name.
    """
    for text in overrides:
        place, found = f"--set {text}", _ASSIGNMENT.fullmatch(text)
        try:
            if not found or not found[1].strip():
                raise _stray(place, say("a value is set by path=value"), say("For instance run.seed=7."))
            data = set_value(data, found[1].strip(), parse(found[2], "--set"), top, place)
        except ScenarioError as error:
            faults.extend(replace(f, place=place) if f.place.startswith("--set:") else f for f in error.faults)
    return data


def set_value(data: Table, path: str, value: Any, top: Spot, place: str) -> Table:
    """The data with one value set; place: what faults name.

    Raises ScenarioError if the path leads nowhere, AbsentError (one of them) if only entries are missing.
    """
    changed: Table = _Setter(place, _steps(path, place), value).into(data, top)
    return changed


def _stray(place: str, rule: str, remedy: str, kind: type[ScenarioError] = ScenarioError) -> ScenarioError:
    return kind(Fault(place, "", rule, remedy))


def _steps(path: str, place: str) -> list[str]:
    steps, end = list[str](), 0
    for match in _STEP.finditer(path):
        if match.start() != end:
            break
        steps.append(match[1] if match[1] is not None else match[2])
        end = match.end()
    if end != len(path) or not steps:
        raise _stray(
            place,
            say("{path!r} is not a path", path=path),
            say("Write names with dots between: defence.batteries.north.magazine."),
        )
    return steps


class _Setter:
    """Sets one value, copying only what lies on the way to it."""

    def __init__(self, place: str, steps: list[str], value: Any) -> None:
        self.place = place
        self.steps = steps
        self.value = value
        self.mark = Mark(place)

    def into(self, data: Any, spot: Spot | None, at: int = 0) -> Any:
        if at == len(self.steps):
            return self.value
        if isinstance(data, Entries) or (data is None and spot is not None and spot.is_list):
            return self._into_entries(data if data is not None else Entries(self.mark), spot, at)
        is_mapping = spot is not None and (spot.is_open or (bool(spot.models) and not isinstance(data, int | float)))
        if isinstance(data, Table) or (data is None and is_mapping):
            return self._into_table(data if data is not None else Table(self.mark), spot, at)
        so_far = ".".join(self.steps[:at])
        raise _stray(
            self.place,
            say("{so_far} holds a value and nothing inside it", so_far=so_far),
            say("Set {so_far} itself.", so_far=so_far),
        )

    def _into_table(self, data: Table, spot: Spot | None, at: int) -> Table:
        name = self.steps[at]
        if name == "*" and data:
            changed = data.copy()
            for known in data:
                changed.put(known, self.into(data[known], spot.below(known, data) if spot else None, at + 1), self.mark)
            return changed
        below = spot.below(name, data) if spot else None
        if below is None and spot is not None and not spot.is_open:
            where = ".".join(self.steps[:at])
            rule = (
                say("{name!r} is not known in {where}", name=name, where=where)
                if where
                else say("{name!r} is not known", name=name)
            )
            raise _stray(self.place, rule, nearest(name, spot.names(data)))
        changed = data.copy()
        changed.put(name, self.into(data.get(name), below, at + 1), self.mark)
        return changed

    def _into_entries(self, data: Entries, spot: Spot | None, at: int) -> Entries:
        changed, entry = data.copy(), spot.entry if spot else None
        if self.steps[at] == "+":
            self._add(changed, at)
            return changed
        picked, n_steps = self._pick(data, at)
        for i in picked:
            changed[i] = self.into(data[i], entry, at + n_steps)
            if at + n_steps == len(self.steps):
                changed.marks[i] = self.mark
        return changed

    def _add(self, data: Entries, at: int) -> None:
        if at + 1 < len(self.steps):
            raise _stray(
                self.place, say("[+] adds an entry, so that nothing follows it"), say("Write the whole entry.")
            )
        for entry in self.value if isinstance(self.value, list) else [self.value]:
            data.add(entry, self.mark)

    def _pick(self, data: Entries, at: int) -> tuple[list[int], int]:
        """The entries that the next steps name, and how many steps that takes."""
        name, where = self.steps[at], ".".join(self.steps[:at])
        field, equals, wanted = name.partition("=")
        if name != "*" and not equals:
            i, n_steps = self._find(data, at)
            return [i], n_steps
        values = [str(entry[field]) if isinstance(entry, dict) and field in entry else None for entry in data]
        picked = list(range(len(data))) if name == "*" else [i for i, own in enumerate(values) if own == wanted]
        if not data:
            raise self._no_entries(where)
        if not picked:
            raise _stray(
                self.place,
                say("{where} has no entry whose {field} is {wanted!r}", where=where, field=field, wanted=wanted),
                nearest(wanted, {own for own in values if own is not None}),
                AbsentError,
            )
        return picked, 1

    def _no_entries(self, where: str) -> ScenarioError:
        rule, remedy = say("{where} has no entries", where=where), say("Write them into the file.")
        return _stray(self.place, rule, remedy, AbsentError)

    def _find(self, data: Entries, at: int) -> tuple[int, int]:
        """The entry that the next steps name, and how many steps its id takes (an id may have dots in it)."""
        ids = [str(entry["id"]) if isinstance(entry, dict) and "id" in entry else None for entry in data]
        for n_steps in range(len(self.steps) - at, 0, -1):
            name = ".".join(self.steps[at : at + n_steps])
            if name in ids:
                return ids.index(name), n_steps
        name, where = self.steps[at], ".".join(self.steps[:at])
        if name.isdecimal() and int(name) < len(data):
            return int(name), 1
        if not data:
            raise self._no_entries(where)
        known = [known for known in ids if known is not None]
        remedy = (
            nearest(name, known)
            if known
            else say("Its entries have no ids: name one by its number, 0 to {last}.", last=len(data) - 1)
        )
        raise _stray(self.place, say("{where} has no entry {name!r}", where=where, name=name), remedy, AbsentError)
