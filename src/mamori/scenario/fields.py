"""Which fields the schema knows at a place: for `--set`, "did you mean", the annotated file and units in faults."""

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mamori.language.message import say
from mamori.world.quantity import Quantity, Spread


@dataclass(frozen=True)
class Spot:
    """A place in the schema: the types that may stand there, with unit and bounds, and the field that it belongs to.

    annotation: the whole of it, as pydantic takes it
    """

    types: tuple[Any, ...]
    quantity: Quantity | None = None
    field: FieldInfo | None = None
    annotation: Any = None

    @property
    def models(self) -> tuple[type[BaseModel], ...]:
        return tuple(kind for kind in self.types if isinstance(kind, type) and issubclass(kind, BaseModel))

    @property
    def entry(self) -> "Spot | None":
        """What may stand in the list or mapping of names that this is, None if it is neither."""
        for kind in self.types:
            origin, arguments = get_origin(kind), get_args(kind)
            if origin in (list, tuple, set, frozenset) and arguments:
                return spot(arguments[0])
            if isinstance(origin, type) and issubclass(origin, Mapping):
                return spot(arguments[1])
        return None

    @property
    def is_list(self) -> bool:
        return any(kind in (list, tuple) or get_origin(kind) in (list, tuple, set, frozenset) for kind in self.types)

    @property
    def is_open(self) -> bool:
        """Whether names that the schema does not list may stand here."""
        return Any in self.types or any(get_origin(kind) is dict or kind is dict for kind in self.types)

    @property
    def text(self) -> str:
        """The field's description, one line, without the full stop."""
        words = (self.field.description or "") if self.field else ""
        return " ".join(words.split()).rstrip(".")

    def names(self, data: Any = None) -> list[str]:
        """Fields known here; data: what stands here, to tell which member of a union is meant."""
        return list(dict.fromkeys(name for model in self._meant(data) for name in fields(model)))

    def below(self, name: str, data: Any = None) -> "Spot | None":
        """The place of the named field, or of an entry of a list or mapping; None if there is no such field."""
        for model in self._meant(data):
            if name in fields(model):
                field = fields(model)[name]
                return spot(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation, field)
        return self.entry

    def _meant(self, data: Any) -> tuple[type[BaseModel], ...]:
        models = tuple(model for model in self.models if model is not Spread) or self.models
        if not isinstance(data, dict) or len(models) < 2:
            return models
        return tuple(model for model in models if _may_be(model, data)) or models


def fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The model's fields by the name that stands in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _may_be(model: type[BaseModel], data: dict[str, Any]) -> bool:
    fixed = {n: (f, get_args(f.annotation)) for n, f in fields(model).items() if get_origin(f.annotation) is Literal}
    return all(data.get(name, field.default) in options for name, (field, options) in fixed.items())


def spot(annotation: Any, field: FieldInfo | None = None) -> Spot:
    """The place that an annotation describes, its unions and Annotated taken apart."""
    kinds: list[Any] = []
    quantities: list[Quantity] = []
    _flatten(annotation, kinds, quantities)
    return Spot(tuple(kinds), quantities[0] if quantities else None, field, annotation)


def _flatten(annotation: Any, kinds: list[Any], quantities: list[Quantity]) -> None:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        quantities.extend(item for item in metadata if isinstance(item, Quantity))
        _flatten(inner, kinds, quantities)
    elif get_origin(annotation) in (Union, types.UnionType):
        for option in get_args(annotation):
            _flatten(option, kinds, quantities)
    elif hasattr(annotation, "__value__"):
        _flatten(annotation.__value__, kinds, quantities)
    else:
        kinds.append(annotation)


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that names the nearest known name, or all of them where none is near."""
    names = sorted(set(known))
    return alike(name, names) or (say("Known: {names}.", names=some(names, 20)) if names else "")


def alike(name: str, names: Sequence[str]) -> str:
    """A remedy that names the nearest known name, "" where none is near."""
    begun = [known for known in names if name and known.startswith(name)]
    close = (
        begun
        if len(begun) == 1
        else get_close_matches(name, names, n=1, cutoff=0.6) or get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    )
    return say("Did you mean `{name}`?", name=close[0]) if close else ""


def some(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    told = ", ".join(names[:most])
    return say("{names} and {n} more", names=told, n=len(names) - most) if len(names) > most else told
