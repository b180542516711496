"""Numbers and lists as people read them. British English; three digits that matter."""

import math
from collections.abc import Callable, Sequence

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
KINDS = {
    "ballistic": ("ballistic missile", "ballistic missiles"),
    "cruise": ("cruise missile", "cruise missiles"),
    "drone": ("drone", "drones"),
    "boat": ("boat", "boats"),
}
"""Kinds of threat in the order of every legend: one, many."""


def is_known(x: float | None) -> bool:
    """False for none and for nan, both of which say that there is no number."""
    return x is not None and not math.isnan(x)


def number(x: float | None) -> str:
    """Three digits that matter, thousands apart, millions in words; a dash for none."""
    if x is None or not is_known(x):
        return NONE
    if 0.0 < abs(x) < 1e-3:
        return "under 0.001" if x > 0.0 else f"{MINUS}0.001 to 0"
    rounded = float(f"{x:.2e}")
    sign, size = (MINUS if rounded < 0.0 else ""), abs(rounded)
    for scale, word in ((1e9, " billion"), (1e6, " million")):
        if size >= scale:
            return f"{sign}{_three(size / scale)}{word}"
    return sign + _three(size)


def _three(size: float) -> str:
    return f"{size:,.0f}" if size >= 100.0 else f"{size:.3g}"


def percent(x: float | None) -> str:
    """A share as a percentage."""
    return NONE if x is None else f"{number(100.0 * x)} %"


def counted(x: float, one: str, many: str) -> str:
    """A number and its noun: "1 boat", "3.2 boats"."""
    text = number(x)
    return f"{text} {one if text == '1' else many}"


def hours(x: float | None) -> str:
    """A span in hours; in days too once it is long."""
    if x is None:
        return NONE
    text = counted(x, "hour", "hours")
    return f"{text} ({number(x / 24.0)} days)" if x >= 48.0 else text


def span(n_hours: int) -> str:
    """A length of time in whole days where it is."""
    return counted(n_hours / 24, "day", "days") if n_hours and n_hours % 24 == 0 else counted(n_hours, "hour", "hours")


def listed(items: Sequence[str]) -> str:
    """ "a, b and c"; the empty list is the empty text."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def pair(low: float, high: float, *, text: Callable[[float | None], str] = number) -> str:
    """Two numbers, their word said once: "1.2 to 3 million"; text: writes one of them."""
    first, last = text(low), text(high)
    _, _, word = last.partition(" ")
    return f"{first.removesuffix(f' {word}') if word else first} to {last}"


def between(low: float | None, high: float | None) -> str:
    """A band of a number that is never negative: a bound below 0, which an interval of a mean may have, reads 0."""
    if low is None or high is None or not (is_known(low) and is_known(high)):
        return NONE
    return pair(max(low, 0.0), max(high, 0.0))
