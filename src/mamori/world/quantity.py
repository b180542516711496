"""Schema types that every stage shares: numbers with a unit and bounds that may be uncertain, and places.

A number in a scenario or the catalogue is either certain (`12.5`) or not known (`{low: 10, high: 15}`, uniform; or
`{low: 10, mode: 12, high: 15}`, triangular). A world draws the unknown ones once (`resolve`); the stages then see
floats.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import PydanticCustomError, core_schema

from mamori.language.message import AND, Message, joined, say


def refusal(kind: str, rule: Message) -> PydanticCustomError:
    """The error of a validator of ours; it carries the rule, so that the rule can be said in other languages."""
    return PydanticCustomError(kind, "{said}", {"said": rule})


class Part(BaseModel):
    """Base of every part of a scenario: frozen, and no field that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Spread(Part):
    """A number that is not known: uniform between low and high, or triangular with a mode."""

    low: float
    high: float
    mode: float | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Spread":
        middle = self.low if self.mode is None else self.mode
        if not self.low <= middle <= self.high:
            rule = say(
                "low, mode and high must not fall: got low {low}, mode {mode}, high {high}",
                low=self.low, mode=middle, high=self.high,
            )  # fmt: skip
            raise refusal("spread_order", rule)
        return self

    def quantile(self, u: float) -> float:
        """Value below which the share u in [0, 1] of the distribution lies."""
        width = self.high - self.low
        if self.mode is None:
            return self.low + u * width
        if width == 0.0:
            return self.low
        rise = (self.mode - self.low) / width
        if u < rise:
            return self.low + math.sqrt(u * width * (self.mode - self.low))
        return self.high - math.sqrt((1.0 - u) * width * (self.high - self.mode))


Number = float | Spread


@dataclass(frozen=True)
class Quantity:
    """Unit and bounds of a `Number` or `float` field; the bounds hold for every end of a spread.

    unit: as written in the field's name, "" for a pure number; ge, gt, le, lt: bounds, None for none
    """

    unit: str = ""
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def rule(self) -> str:
        """The bounds in words."""
        low = [say("at least {x}", x=_plain(self.ge))] if self.ge is not None else []
        low += [say("more than {x}", x=_plain(self.gt))] if self.gt is not None else []
        high = [say("at most {x}", x=_plain(self.le))] if self.le is not None else []
        high += [say("less than {x}", x=_plain(self.lt))] if self.lt is not None else []
        bounds = joined(low + high, AND)
        return say("{number} {unit}", number=bounds, unit=self.unit) if self.unit else bounds

    def _check(self, value: Any) -> Any:
        ends = (
            [value] if isinstance(value, int | float) else [value.low, value.high] if isinstance(value, Spread) else []
        )
        for x in ends:
            outside = (
                not math.isfinite(x)
                or (self.ge is not None and x < self.ge)
                or (self.gt is not None and x <= self.gt)
                or (self.le is not None and x > self.le)
                or (self.lt is not None and x >= self.lt)
            )
            if outside:
                raise refusal("quantity", say("must be {what}", what=self.rule() or say("finite")))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        json = handler(schema)
        bounds = {
            "minimum": self.ge, "exclusiveMinimum": self.gt, "maximum": self.le, "exclusiveMaximum": self.lt,
        }  # fmt: skip
        json.update({name: bound for name, bound in bounds.items() if bound is not None})
        if self.unit:
            json["unit"] = self.unit
        return json


Probability = Annotated[Number, Quantity(ge=0.0, le=1.0)]
"""A probability or share, certain or not."""

Latitude = Annotated[float, Quantity("deg", ge=-90.0, le=90.0)]
Longitude = Annotated[float, Quantity("deg", ge=-180.0, le=360.0)]


class Place(Part):
    """A point on the ground."""

    latitude_deg: Latitude
    longitude_deg: Longitude


def _plain(x: float) -> float:
    """The number without the point that a whole one does not need."""
    return int(x) if float(x).is_integer() else x


def value(number: Number) -> float:
    """The number as a float, once a world has drawn it.

    Raises TypeError if it is still a spread: `resolve` comes before the arrays are made.
    """
    if isinstance(number, Spread):
        raise TypeError(f"{number!r} has not been drawn; call resolve() first")
    return float(number)


PartT = TypeVar("PartT", bound=BaseModel)


def resolve(part: PartT, draw: Callable[[str], float], path: str = "") -> PartT:
    """The part with every spread drawn.

    part: a model, whose fields may hold models, lists, tuples and dicts of models and numbers
    draw: uniform in [0, 1) for a path such as `defence.batteries.north.reload_s`; entries of a list stand in it by
    their `id` where they have one, so that reordering a file leaves every draw as it was
    path: where the part stands
    """
    drawn = {name: _resolve(getattr(part, name), draw, _join(path, name)) for name in type(part).model_fields}
    changed = {name: new for name, new in drawn.items() if new is not getattr(part, name)}
    return part.model_copy(update=changed) if changed else part


def _resolve(item: Any, draw: Callable[[str], float], path: str) -> Any:
    if isinstance(item, Spread):
        return item.quantile(draw(path))
    if isinstance(item, BaseModel):
        return resolve(item, draw, path)
    if isinstance(item, dict):
        new = {key: _resolve(entry, draw, _join(path, str(key))) for key, entry in item.items()}
        return new if any(new[key] is not item[key] for key in item) else item
    if isinstance(item, list | tuple):
        entries = [_resolve(entry, draw, _join(path, str(getattr(entry, "id", i)))) for i, entry in enumerate(item)]
        return type(item)(entries) if any(a is not b for a, b in zip(entries, item, strict=True)) else item
    return item


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
