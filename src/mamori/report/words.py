"""Numbers, spans and lists as people read them, in the reader's language; three digits that matter."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mamori.language.message import Message, noun, term
from mamori.language.speech import ENGLISH, Language

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
Noun = tuple[str, str]
KINDS = {
    "ballistic": noun("ballistic missile", "ballistic missiles"),
    "cruise": noun("cruise missile", "cruise missiles"),
    "drone": noun("drone", "drones"),
    "boat": noun("boat", "boats"),
}
"""Kinds of threat in the order of every legend, as they are counted."""
KIND_NAMES = {
    "ballistic": term("ballistic missiles"),
    "cruise": term("cruise missiles"),
    "drone": term("drones"),
    "boat": term("boats"),
}
"""What kinds are called where nothing is counted, as in a legend."""
HOUR = noun("hour", "hours")
DAY = noun("day", "days")
PERSON = noun("person", "people")
NIGHT = noun("night", "nights")
LEAST = 1e-3
"""Numbers nearer to nothing are not told apart."""


def is_known(x: float | None) -> bool:
    """False for none and for nan, both of which say that there is no number."""
    return x is not None and not math.isnan(x)


@dataclass(frozen=True)
class Words:
    """What the report says, in one language; is_short: large numbers as a narrow table takes them, "1.2 M"."""

    language: Language = ENGLISH
    is_short: bool = False

    @property
    def separators(self) -> str:
        """Between whole and part, and between thousands, as Plotly takes them."""
        return self.language.decimal(1.5)[1] + self.language.decimal(12345.0)[2]

    def say(self, template: str, /, **values: object) -> str:
        """A sentence with its values. template: a literal in English, so that it is found for translation."""
        return self.language.say(template, **values)

    def say_n(self, n: float, one: str, many: str, /, **values: object) -> str:
        """A sentence that hangs on a number, which stands as {n}. one, many: literals in English."""
        return self.language.text(Message(one, {"n": self.number(n), **values}, many, _rounded(n)))

    def term(self, text: str, /) -> str:
        """A text of a table, where it was marked with `term` or made by `say`."""
        return self.language.text(text)

    def number(self, x: float | None) -> str:
        """Three digits that matter, thousands apart, millions in words; a dash for none."""
        if x is None or not is_known(x):
            return NONE
        if 0.0 < abs(x) < LEAST:
            least = self._digits(LEAST)
            return self.say("under {number}", number=least) if x > 0.0 else self._to(f"{MINUS}{least}", "0")
        rounded = _rounded(x)
        return (MINUS if rounded < 0.0 else "") + self._digits(abs(rounded))

    def _digits(self, size: float) -> str:
        if self.language.code != "en":
            large = size >= 1e6
            return self.language.compact(size, is_short=self.is_short) if large else self.language.decimal(size)
        billion, million = (" bn", " M") if self.is_short else (" billion", " million")
        for scale, word in ((1e9, billion), (1e6, million), (1.0, "")):
            if size >= scale:
                size /= scale
                return f"{size:,.0f}{word}" if size >= 100.0 else f"{size:.3g}{word}"
        return f"{size:.3g}"

    def percent(self, x: float | None) -> str:
        """A share as a percentage."""
        return NONE if x is None or not is_known(x) else self.say("{number} %", number=self.number(100.0 * x))

    def counted(self, x: float, of: Noun) -> str:
        """A number and its noun: "1 boat", "3.2 boats"; of: a noun marked with `noun`."""
        return self.say("{number} {noun}", number=self.number(x), noun=self.noun(x, of))

    def noun(self, x: float, of: Noun) -> str:
        """The noun as it stands after a number; alone it may read otherwise, and needs a `term` of its own."""
        return self.language.text(Message(of[0], {}, of[1], _rounded(x)))

    def hours(self, x: float | None) -> str:
        """A span in hours; in days too once it is long."""
        if x is None or not is_known(x):
            return NONE
        text = self.counted(x, HOUR)
        return self.say("{hours} ({days})", hours=text, days=self.counted(x / 24.0, DAY)) if x >= 48.0 else text

    def span(self, n_hours: float) -> str:
        """A length of time in whole days where it is."""
        return self.counted(n_hours / 24, DAY) if n_hours and n_hours % 24 == 0 else self.counted(n_hours, HOUR)

    def listed(self, items: Sequence[str]) -> str:
        """ "a, b and c"; the empty list is the empty text."""
        return self.language.listed(items)

    def sentences(self, texts: Sequence[str]) -> str:
        """Sentences one after the other; empty ones are left out."""
        return ("" if self.language.code == "ja" else " ").join(text for text in texts if text)

    def pair(self, low: float, high: float, *, text: Callable[[float | None], str] | None = None) -> str:
        """Two numbers, their word said once: "1.2 to 3 million"; text: writes one of them."""
        write = text or self.number
        first, last = write(low), write(high)
        word = re.search(r"\D*$", last)
        return self._to(first.removesuffix(word.group()) if word and word.start() else first, last)

    def _to(self, low: str, high: str) -> str:
        return self.say("{low} to {high}", low=low, high=high)

    def between(self, low: float | None, high: float | None) -> str:
        """A band of a number that is never negative: a bound below 0, as an interval may have, reads 0."""
        if low is None or high is None or not (is_known(low) and is_known(high)):
            return NONE
        return self.pair(max(low, 0.0), max(high, 0.0))


def _rounded(x: float) -> float:
    return float(f"{x:.2e}") if math.isfinite(x) else x
