"""English text that remembers the template and the values that it was made of."""

from collections.abc import Iterable
from functools import reduce
from typing import Any, Self


class Message(str):
    """Text in English that a `Language` can say again in its own.

    template: the English sentence with {names} for its values; many: the same for other numbers than one, None where
    the sentence hangs on no number; n: that number; values: what stands for the names
    """

    __slots__ = ("many", "n", "template", "values")

    template: str
    many: str | None
    n: float | None
    values: dict[str, Any]

    def __new__(cls, template: str, values: dict[str, Any], many: str | None = None, n: float | None = None) -> Self:
        """The English text, with everything that it was made of."""
        chosen = template if many is None or n == 1 else many
        text = super().__new__(cls, chosen.format_map(values))
        text.template, text.many, text.n, text.values = template, many, n, values
        return text

    def __reduce__(self) -> tuple[type[Self], tuple[str, dict[str, Any], str | None, float | None]]:
        """Errors travel from workers with all that they say."""
        return type(self), (self.template, self.values, self.many, self.n)


def say(template: str, /, **values: object) -> Message:
    """A message. template: a literal, so that it is found for translation; braces of its own are written double."""
    return Message(template, values)


def say_n(n: float, one: str, many: str, /, **values: object) -> Message:
    """A message that hangs on a number; {n} stands for it unless `values` says otherwise.

    one, many: literals, for one and for any other number
    """
    return Message(one, {"n": n, **values}, many, n)


def joined(items: Iterable[str], of_two: str) -> str:
    """Items one after the other, as one message; the empty text for none.

    of_two: how two stand together, one of the templates below or one marked with `term`
    """
    found = list(items)
    return reduce(lambda first, second: Message(of_two, {"first": first, "second": second}), found) if found else ""


def noun(one: str, many: str, /) -> tuple[str, str]:
    """A noun for one and for many, marked so that it is found for translation."""
    return one, many


def term(text: str, /) -> str:
    """A word or sentence of a table, marked so that it is found for translation."""
    return text


COMMAS = term("{first}, {second}")
AND = term("{first} and {second}")
OR = term("{first} or {second}")
SEMICOLONS = term("{first}; {second}")
SENTENCES = term("{first} {second}")
LINES = "{first}\n{second}"
"""How two items of `joined` stand together. Lines are the same in every language."""
