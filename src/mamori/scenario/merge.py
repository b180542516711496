"""One scenario built on another: how the entries of a file are laid over those that it extends.

Mappings merge name by name. Lists whose entries all have an `id` merge by it: the same id is laid over, a new one comes
after, `{id: x, remove: true}` drops one. Every other list, and every number with its spread, is replaced as a whole.
"""

from typing import Any

from mamori.errors import Fault
from mamori.language.message import say
from mamori.scenario.document import Entries, Table
from mamori.scenario.fields import some


def merge(base: Any, over: Any, faults: list[Fault], place: str = "") -> Any:
    """`over` laid over `base`; neither is changed. What cannot be removed is added to `faults`."""
    if isinstance(base, Table) and isinstance(over, Table):
        return over if {"low", "high"} <= over.keys() else _merge_tables(base, over, faults, place)
    if isinstance(base, Entries) and isinstance(over, Entries) and over and _have_ids(base) and _have_ids(over):
        return _merge_entries(base, over, faults, place)
    return over


def _merge_tables(base: Table, over: Table, faults: list[Fault], place: str) -> Table:
    merged = base.copy()
    for name, item in over.items():
        inside = f"{place}.{name}" if place else name
        merged.put(name, merge(base[name], item, faults, inside) if name in base else item, over.marks[name])
    return merged


def _merge_entries(base: Entries, over: Entries, faults: list[Fault], place: str) -> Entries:
    position = {str(entry["id"]): i for i, entry in enumerate(base)}
    laid: dict[int, Any] = {}
    new: list[int] = []
    removed: set[int] = set()
    for i, entry in enumerate(over):
        at = position.get(str(entry["id"]))
        if entry.get("remove") is True:
            if at is None:
                known = some(sorted(position), 20) or say("none")
                rule = say("nothing of this id stands in what the file extends, so it cannot be removed")
                faults.append(
                    Fault(f"{place}[{entry['id']}] ({over.marks[i]})", "", rule, say("There: {known}.", known=known))
                )
            else:
                removed.add(at)
        elif at is None or at in laid:
            new.append(i)
        else:
            laid[at] = merge(base[at], entry, faults, f"{place}[{entry['id']}]")
    merged = Entries(over.mark)
    for at, entry in enumerate(base):
        if at not in removed:
            merged.add(laid.get(at, entry), laid[at].mark if at in laid else base.marks[at])
    for i in new:
        merged.add(over[i], over.marks[i])
    return merged


def _have_ids(entries: Entries) -> bool:
    return all(isinstance(entry, Table) and "id" in entry for entry in entries)
