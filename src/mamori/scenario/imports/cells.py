"""One cell as a value of ours: numbers with either decimal sign, coordinates in any notation, dates told apart."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal

from mamori.errors import Fault
from mamori.language.message import say
from mamori.scenario.imports.words import words

Decimal = Literal["point", "comma"]

_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009 '\u2019"), None)
_COMMA_SURE = re.compile(r"[-+]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})")
_POINT_SURE = re.compile(r"[-+]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})")
_OPEN = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}[-. ][^\W\d]{3,9}\.?([-. ]\d{2,4})?|\d{1,2}:\d{2}(:\d{2})?")
_DMS = re.compile(
    r"(?P<front>[^\W\d]+)?\.?\s*(?P<sign>[-+])?(?P<deg>\d{1,3}(?:\.\d+)?)\s*(?:[\u00b0\u00bad\u5ea6:\s]\s*"
    r"(?:(?P<min>\d{1,2}(?:\.\d+)?)\s*(?:['\u2032\u2019m\u5206:\s]\s*"
    r"(?:(?P<sec>\d{1,2}(?:\.\d+)?)\s*(?:[\"\u2033\u201ds\u79d2]|''|\u2032\u2032)?)?)?)?)?"
    r"\s*(?P<back>[^\W\d]+)?\.?(?:\s*[\u0448\u0434]\.?)?",
    re.IGNORECASE,
)
"""Degrees, minutes and seconds in any of the usual signs; the last two letters begin Ukrainian words for the halves."""


def decimal_of(texts: Iterable[str]) -> Decimal | None:
    """Which decimal sign the texts of a table's numbers use; None where they do not tell and it matters."""
    written = [text.translate(_SPACES) for text in texts]
    has_comma = any(_COMMA_SURE.fullmatch(text) for text in written)
    has_point = any(_POINT_SURE.fullmatch(text) for text in written)
    if has_comma != has_point:
        return "comma" if has_comma else "point"
    is_open = any(_OPEN.fullmatch(text) for text in written)
    return None if is_open or has_comma else "point"


def is_open(text: str) -> bool:
    """Whether the text is one number with a decimal comma and another with a comma between thousands."""
    return bool(_OPEN.fullmatch(text.translate(_SPACES)))


def number(cell: Any, decimal: Decimal) -> float | int | None:
    """The number that a cell holds; None if it holds none."""
    if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        return None
    if isinstance(cell, int | float):
        return cell
    text = str(cell).translate(_SPACES)
    text = text.replace(".", "").replace(",", ".") if decimal == "comma" else text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if re.fullmatch(r"[-+]?\d{1,15}", text) else float(text)


def angle_deg(cell: Any, decimal: Decimal, *, is_latitude: bool) -> float | None:
    """Degrees from a decimal number or from degrees, minutes and seconds, with or without the half of the Earth."""
    is_one = not isinstance(cell, str) or not re.search(r"\d\s+\d", cell)
    plain = number(cell, decimal) if is_one else None
    if plain is not None or not isinstance(cell, str):
        return plain
    text = re.sub(r"(\d),(\d)", r"\1.\2", cell.replace("\u00a0", " ").strip())
    found = _DMS.fullmatch(text)
    if found is None:
        return None
    halves, half = words()["latitude" if is_latitude else "longitude"], 1
    for word in (found["front"], found["back"]):
        if word is not None:
            name = next((name for name in (word.upper(), word.upper()[:2]) if name in halves), "")
            if not name:
                return None
            half = halves[name]
    minutes, seconds = float(found["min"] or 0.0), float(found["sec"] or 0.0)
    if minutes >= 60.0 or seconds >= 60.0:
        return None
    degrees = float(found["deg"]) + minutes / 60.0 + seconds / 3600.0
    return round(half * (-degrees if found["sign"] == "-" else degrees), 9)


def two_angles(cell: Any) -> tuple[str, str] | None:
    """The two halves of `50.45, 30.52` or `50 27 00 N 30 31 00 E`; None if it is not two."""
    text = str(cell).strip().strip("()[]")
    for separator in (";", ", ", ",", "\t", "  "):
        parts = [part.strip() for part in text.split(separator) if part.strip()]
        if len(parts) == 2:
            return parts[0], parts[1]
    found = re.fullmatch(r"(.*?[NSns])\s+(.*)", text) or re.fullmatch(r"(\S+)\s+(\S+)", text)
    return (found[1], found[2]) if found else None


def text_of(cell: Any) -> str:
    """What a cell says as text: 4.0 from a spreadsheet is 4."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def not_a_number(place: str, cell: Any) -> Fault | None:
    """What to say of a cell that should hold a number and holds a date; None for anything else."""
    is_date = isinstance(cell, dt.date | dt.time | dt.timedelta)
    if is_date or (isinstance(cell, str) and _DATE.fullmatch(cell)):
        remedy = say("A spreadsheet takes 3.5 for the third of May: set the column to numbers and write it anew.")
        return Fault(place, repr(str(cell)), say("is a date or a time, and a number is needed"), remedy)
    return None
