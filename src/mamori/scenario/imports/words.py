"""What headers, files and cells are called in the tables that people have: the words stand in words.toml."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

CONVERSIONS: Mapping[tuple[str, str], float] = {("h", "s"): 3600.0, ("s", "h"): 1.0 / 3600.0}
"""Factor from the first unit of ours to the second, where a field may be in either."""

_BRACKETS = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
_AFTER_COMMA = re.compile("^(.*?)\\s*[,\u3001]\\s*([^,\u3001]+)$")


class Header(NamedTuple):
    """A header as compared: its words, and the unit that it names, "" for none."""

    words: str
    unit: str


@cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """The tables of words.toml."""
    return tomllib.loads((files("mamori.scenario.imports") / "words.toml").read_text(encoding="utf-8"))


@cache
def units() -> Mapping[str, tuple[str, float]]:
    """Unit of ours and factor to it, by the name of a unit as `plain` gives it."""
    return {plain(name): (ours, times) for ours, named in words()["units"].items() for name, times in named.items()}


def plain(text: str) -> str:
    """The text as it is compared."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[_\-./:]+", " ", text).split())


def header(text: str) -> Header:
    """`Range (km)` is `range` in km; so are `range_km` and `Range, km`."""
    text = unicodedata.normalize("NFKC", text)
    inside = [plain(unit) for unit in _BRACKETS.findall(text)]
    bare = plain(_BRACKETS.sub(" ", text))
    for unit in inside:
        if unit in units():
            return Header(bare, unit)
    after = _AFTER_COMMA.match(text)
    if after and plain(after[2]) in units():
        return Header(plain(after[1]), plain(after[2]))
    *first, last = bare.split() or [""]
    if len(first) > 1 and f"{first[-1]} {last}" in units():
        return Header(" ".join(first[:-1]), f"{first[-1]} {last}")
    if first and last in units() and units()[last][0] != "people":
        return Header(" ".join(first), last)
    return Header(bare, "")


def factor(unit: str, ours: str) -> float | None:
    """What a number in the unit is multiplied by to be in ours; None if the two measure different things."""
    if unit == plain(ours):
        return 1.0
    if unit not in units():
        return None
    base, times = units()[unit]
    if base == ours:
        return times
    between = CONVERSIONS.get((base, ours))
    return None if between is None else times * between


def service_class(text: str) -> str:
    """The class of service that words tell, "" for none."""
    told = f" {plain(text)}"
    found = [name for name, begins in words()["services"].items() if any(_begins(begin, told) for begin in begins)]
    return found[0] if len(found) == 1 else ""


def parts_named(text: str) -> list[str]:
    """Parts that the name of a file or sheet tells."""
    told = f" {plain(text)}"
    return [part for part, begins in words()["parts"].items() if any(_begins(begin, told) for begin in begins)]


def _begins(begin: str, told: str) -> bool:
    """Whether a word of the text begins so; where words are not set apart, whether the text holds it."""
    is_spaced = unicodedata.name(begin[0]).startswith(("LATIN", "CYRILLIC"))
    return (f" {begin}" if is_spaced else begin) in told
