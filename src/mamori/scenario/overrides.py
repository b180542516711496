"""Values given on the command line: `--set defence.batteries.north.magazine=12`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.scenario.document import Entries, Mark, Table, parse
from mamori.scenario.fields import Spot, nearest

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]*)\]")


def set_values(data: Table, overrides: Sequence[str], top: Spot, faults: list[Fault]) -> Table:
    """The scenario's data with each `path=value` set, the later over the earlier; `data` is left as it was.

    A path names fields, entries of a list by id or by number from 0 (`a.b.north.c` or `a.b[north].c`); a value is YAML.
    Every path that leads nowhere is added to `faults`, with the nearest known name.
    """
    for text in overrides:
        path, equals, written = text.partition("=")
        try:
            if not equals or not path.strip():
                raise _stray(text, say("a value is set by path=value"), say("For instance run.seed=7."))
            data = _Setter(text, _steps(path.strip(), text), parse(written, "--set")).into(data, top)
        except ScenarioError as error:
            faults.extend(
                replace(f, place=f"--set {text}") if f.place.startswith("--set:") else f for f in error.faults
            )
    return data


def _stray(text: str, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError(Fault(f"--set {text}", "", rule, remedy))


def _steps(path: str, text: str) -> list[str]:
    steps, end = list[str](), 0
    for match in _STEP.finditer(path):
        if match.start() != end:
            break
        steps.append(match[1] if match[1] is not None else match[2])
        end = match.end()
    if end != len(path) or not steps:
        raise _stray(
            text,
            say("{path!r} is not a path", path=path),
            say("Write names with dots between: defence.batteries.north.magazine."),
        )
    return steps


class _Setter:
    """Sets one value, copying only what lies on the way to it."""

    def __init__(self, text: str, steps: list[str], value: Any) -> None:
        self.text = text
        self.steps = steps
        self.value = value
        self.mark = Mark(f"--set {text}")

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
            self.text,
            say("{so_far} holds a value and nothing inside it", so_far=so_far),
            say("Set {so_far} itself.", so_far=so_far),
        )

    def _into_table(self, data: Table, spot: Spot | None, at: int) -> Table:
        name = self.steps[at]
        below = spot.below(name, data) if spot else None
        if below is None and spot is not None and not spot.is_open:
            where = ".".join(self.steps[:at])
            rule = (
                say("{name!r} is not known in {where}", name=name, where=where)
                if where
                else say("{name!r} is not known", name=name)
            )
            raise _stray(self.text, rule, nearest(name, spot.names(data)))
        changed = data.copy()
        changed.put(name, self.into(data.get(name), below, at + 1), self.mark)
        return changed

    def _into_entries(self, data: Entries, spot: Spot | None, at: int) -> Entries:
        i, n_steps = self._find(data, at)
        changed = data.copy()
        changed[i] = self.into(data[i], spot.entry if spot else None, at + n_steps)
        if at + n_steps == len(self.steps):
            changed.marks[i] = self.mark
        return changed

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
            raise _stray(self.text, say("{where} has no entries", where=where), say("Write them into the file."))
        known = [known for known in ids if known is not None]
        remedy = (
            nearest(name, known)
            if known
            else say("Its entries have no ids: name one by its number, 0 to {last}.", last=len(data) - 1)
        )
        raise _stray(self.text, say("{where} has no entry {name!r}", where=where, name=name), remedy)
