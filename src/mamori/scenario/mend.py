"""A scenario whose fields are at fault, mended so far that what hangs between its parts can be looked at as well.

What is wrong makes way for the default, or where a value is needed for a stand-in that the schema takes. Each such
place is kept in `Touched`, so that nothing is said about it, or because of it. A mended scenario never runs.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from mamori.scenario.document import Entries, Mark, Table
from mamori.scenario.faults import ANY, At, Path, has, meant
from mamori.scenario.fields import Spot, fields, spot
from mamori.world.quantity import Spread

ROUNDS = 12
"""Rounds of mending; each takes what is at fault one place further out, and few files are deeper."""

_MARK = Mark("stand-in")
_NOTHING: Any = object()
ModelT = TypeVar("ModelT", bound=BaseModel)


class Touched:
    """The places of a scenario that are not as its author wrote or meant them."""

    def __init__(self) -> None:
        self._paths: set[Path] = set()

    def __bool__(self) -> bool:
        return bool(self._paths)

    def add(self, path: Path) -> None:
        self._paths.add(path)

    def holds(self, path: Path) -> bool:
        """Whether this place, or what it stands in, was touched."""
        return any(
            len(other) <= len(path) and all(b in (a, ANY) for a, b in zip(other, path, strict=False))
            for other in self._paths
        )

    def holds_in(self, path: Path) -> bool:
        """Whether this place, what it stands in, or something inside it was touched."""
        return self.holds(path) or any(other[: len(path)] == path for other in self._paths)


def mended(model: type[ModelT], data: Table, error: ValidationError, top: Spot, touched: Touched) -> ModelT | None:
    """The model that the data make once mended, None where mending fails; `data` are left as they are.

    error: what pydantic said of the data; top: their place in the schema; touched: gets every place that was changed
    """
    mender = _Mender(_copy(data), top, touched)
    for _ in range(ROUNDS):
        for at, detail in meant(error, mender.data, top):
            mender.mend(tuple(at.path), detail, is_key=at.is_key)
        try:
            return model.model_validate(mender.data)
        except ValidationError as further:
            error = further
    return None


def _copy(item: Any) -> Any:
    """All the way down, so that what an alias stands for is mended in one place only."""
    if isinstance(item, Table):
        return Table(item.mark, {name: _copy(entry) for name, entry in item.items()}, item.marks)
    if isinstance(item, Entries):
        return Entries(item.mark, [_copy(entry) for entry in item], item.marks)
    return item


class _Mender:
    def __init__(self, data: Table, top: Spot, touched: Touched) -> None:
        self.data = data
        self.top = top
        self.touched = touched
        self._replaced: set[Path] = set()

    def mend(self, path: Path, detail: ErrorDetails, *, is_key: bool) -> None:
        at = At(self.data, self.top)
        for step in path:
            if at.path and not has(at.trail[-1], at.path[-1]):
                return  # went with something that was dropped in the same round
            at.step(step)
        is_there = bool(path) and has(at.trail[-1], path[-1])
        is_missing = bool(path) and detail["type"] == "missing" and isinstance(at.trail[-1], Table)
        if at.above is None or not (is_there or is_missing):
            return
        if Spread in at.above.types:
            self._settle(path[:-1])
        elif detail["type"] == "extra_forbidden" or is_key:
            self._drop_stranger(path, at)
        elif detail["type"] == "twins":
            self._rename_twins(path, at.value, detail["ctx"]["said"].values["what"])
        elif not (isinstance(at.value, Table) and self._mend_inside(path, at)):
            self._settle(path)

    def _settle(self, path: Path) -> None:
        """Leave out what stands here, or put a stand-in where it is needed; if it is one already, go further out."""
        if not path:
            return
        at = At(self.data, self.top)
        for step in path:
            at.step(step)
        holder, name = at.trail[-1], path[-1]
        if path in self._replaced or at.spot is None or not isinstance(holder, Table | Entries):
            self._settle(path[:-1])
            return
        self._replaced.add(path)
        if isinstance(holder, Table) and not _is_needed(at, str(name)):
            holder.pop(str(name), None)
            self.touched.add(path)
            return
        new = _stand_in(at.spot, path)
        if new is _NOTHING:
            self._settle(path[:-1])
            return
        if isinstance(holder, Table):
            holder.put(str(name), new, holder.marks.get(str(name), holder.mark))
        else:
            holder[int(name)] = new
        self.touched.add(path)

    def _drop_stranger(self, path: Path, at: At) -> None:
        """A name that is not known may be a known one misspelt: then that one is not as meant."""
        *above, name = path
        holder = at.trail[-1]
        del holder[name]
        self.touched.add(path)
        names = at.above.names(holder) if at.above else []
        for known in get_close_matches(str(name), names, n=1) or [other for other in names if other not in holder]:
            self.touched.add((*above, known))

    def _rename_twins(self, path: Path, holder: Table, name: str) -> None:
        seen: set[str] = set()
        for i, entry in enumerate(holder[name]):
            if str(entry["id"]) in seen:
                entry["id"] = _text((*path, name, i, "id"))
                self.touched.add((*path, name, i, "id"))
            seen.add(str(entry["id"]))

    def _mend_inside(self, path: Path, at: At) -> bool:
        """Change one field of a mapping whose fields are each sound and do not fit each other."""
        for model in at.spot.models if at.spot else ():
            found = _fitted(model, at.value, path)
            if found is not None:
                at.value.pop(found[0], None)
                if found[1] is not _NOTHING:
                    at.value.put(found[0], found[1], at.value.mark)
                self.touched.add((*path, found[0]))
                return True
        return False


def _is_needed(at: At, name: str) -> bool:
    """Whether the mapping that the place stands in must have a field of this name."""
    if at.above is None:
        return False
    return any(name in fields(model) and fields(model)[name].is_required() for model in at.above.models)


def _fitted(model: type[BaseModel], entry: Table, path: Path) -> tuple[str, Any] | None:
    """A field of the entry, and what to put there (or nothing), with which the model takes it."""
    place = spot(model)
    for name, field in fields(model).items():
        below = place.below(name)
        options = [] if field.is_required() or name not in entry else [_NOTHING]
        options += [option for option in _options(below, (*path, name)) if option] if below else []
        for option in options:
            tried = entry.copy()
            tried.pop(name, None)
            if option is not _NOTHING:
                tried.put(name, option, entry.mark)
            if _takes(model, tried):
                return name, option
    return None


def _stand_in(place: Spot, path: Path) -> Any:
    """A value that may stand at the place, `_NOTHING` where none is found."""
    for option in _options(place, path):
        if _takes(place.annotation, option):
            return option
        for model in place.models if isinstance(option, Table) else ():
            found = _fitted(model, option, path)
            if found is not None and found[1] is not _NOTHING:
                option.put(*found, _MARK)
                return option
    return _NOTHING


def _takes(annotation: Any, option: Any) -> bool:
    try:
        TypeAdapter(annotation).validate_python(option)
    except ValidationError:
        return False
    return True


def _options(place: Spot, path: Path) -> Iterator[Any]:
    """What might stand at a place, the plainest first."""
    for kind in place.types:
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Literal:
            yield from arguments
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind is not Spread:
                yield from _models(kind, path)
        elif isinstance(kind, type) and issubclass(kind, Enum):
            yield from (member.value for member in kind)
        elif kind is bool:
            yield False
        elif kind in (int, float):
            yield from _numbers(place)
        elif kind is str:
            yield from (_text(path), "x")
        elif place.is_list and place.entry is not None:
            yield Entries(_MARK)
            inside = _stand_in(place.entry, (*path, 0))
            if inside is not _NOTHING:
                yield Entries(_MARK, [inside], [_MARK])
        elif origin is dict and place.entry is not None:
            yield Table(_MARK)
            name, inside = _stand_in(spot(arguments[0]), path), _stand_in(place.entry, path)
            if name is not _NOTHING and inside is not _NOTHING:
                yield Table(_MARK, {name: inside}, {name: _MARK})


def _models(model: type[BaseModel], path: Path) -> Iterator[Table]:
    """The model with nothing but what it needs."""
    place, table = spot(model), Table(_MARK)
    for name, field in fields(model).items():
        below = place.below(name)
        if field.is_required() and below is not None:
            table.put(name, _stand_in(below, (*path, name)), _MARK)
    if _NOTHING not in table.values():
        yield table


def _numbers(place: Spot) -> Iterator[int | float]:
    limits: Sequence[Any] = [
        getattr(item, end, None) for item in get_args(place.annotation) for end in ("ge", "gt", "le", "lt")
    ]
    if place.quantity is not None:
        limits = [*limits, place.quantity.ge, place.quantity.gt, place.quantity.le, place.quantity.lt]
    ends = [limit for limit in limits if limit is not None]
    yield from (1, 0, *ends, *(end + 1 for end in ends), *(end - 1 for end in ends))
    if ends:
        yield 0.5 * (min(ends) + max(ends))


def _text(path: Path) -> str:
    """A text for the place that nothing else in the scenario will be called by."""
    return f"stand-in for {'.'.join(map(str, path))}"
