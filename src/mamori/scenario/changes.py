"""What differs between two scenarios, path by path, as `--set` writes paths."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

IN_WORDS = ("title", "description", "built_on", "name", "protective_measures")
"""What a scenario says of itself, and the measures that it has ranked: they change no result."""
LONGEST = 48


@dataclass(frozen=True)
class Change:
    """One place that differs: path; before, after: what stands there as short JSON, None where nothing does."""

    path: str
    before: str | None
    after: str | None

    def as_dict(self) -> dict[str, str | None]:
        """For JSON."""
        return asdict(self)


def changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Change]:
    """Every place that differs between two scenarios' data as `document.read` gives them, in order of the file.

    Lists whose entries all have an `id` are compared by it, so that an entry put between others is one change; of other
    lists of mappings, those entries that the other list lacks are named. What both say of themselves is left out.
    """
    return list(_tables(_without_words(first), _without_words(second), ""))


def _without_words(data: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: item for name, item in data.items() if name not in IN_WORDS}
    if isinstance(run := said.get("run"), Mapping):
        said["run"] = {name: item for name, item in run.items() if name != "protection_replicas"}
    return said


def _compare(a: Any, b: Any, path: str) -> Iterator[Change]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        yield from _tables(a, b, path)
    elif _is_list(a) and _is_list(b) and _have_ids(a) and _have_ids(b):
        yield from _tables({str(x["id"]): x for x in a}, {str(x["id"]): x for x in b}, path)
    elif _is_list(a) and _is_list(b) and all(isinstance(x, Mapping) for x in (*a, *b)):
        yield from _entries(a, b, path)
    elif a != b or isinstance(a, bool) is not isinstance(b, bool):
        yield Change(path, _short(a), _short(b))


def _tables(a: Mapping[str, Any], b: Mapping[str, Any], path: str) -> Iterator[Change]:
    for name in [*a, *(name for name in b if name not in a)]:
        inside = f"{path}.{name}" if path else str(name)
        if name not in b:
            yield Change(inside, _short(a[name]), None)
        elif name not in a:
            yield Change(inside, None, _short(b[name]))
        else:
            yield from _compare(a[name], b[name], inside)


def _entries(a: Sequence[Any], b: Sequence[Any], path: str) -> Iterator[Change]:
    """Entries that stand in one list alone; where two such stand at the same place, what differs inside them."""
    left = list(range(len(b)))
    gone = []
    for i, entry in enumerate(a):
        same = next((j for j in left if b[j] == entry), None)
        if same is None:
            gone.append(i)
        else:
            left.remove(same)
    if not gone and not left and list(a) != list(b):
        yield Change(path, "in one order", "the same entries in another order")
    for i in gone:
        if i in left:
            left.remove(i)
            yield from _compare(a[i], b[i], f"{path}[{i}]")
        else:
            yield Change(f"{path}[{i}]", _short(a[i]), None)
    for j in left:
        yield Change(f"{path}[{j}]", None, _short(b[j]))


def _is_list(item: Any) -> bool:
    return isinstance(item, Sequence) and not isinstance(item, str)


def _have_ids(entries: Sequence[Any]) -> bool:
    ids = [str(x["id"]) for x in entries if isinstance(x, Mapping) and "id" in x]
    return len(ids) == len(entries) == len(set(ids))


def _short(item: Any) -> str:
    text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
