"""A language: its catalogue of messages, and how it writes numbers, shares and lists."""

import math
from collections.abc import Sequence
from functools import cache, cached_property
from io import BytesIO
from numbers import Real
from string import Formatter
from typing import Any

from mamori.language.message import Message

CODES = {"en": "English", "uk": "Українська", "ja": "日本語"}
"""Languages that mamori speaks; each but English has its catalogue in `catalogues/CODE.po`."""

PLURALS = ("one", "few", "many", "other")
"""Order of a catalogue's plural forms, of those that the language has (Unicode CLDR's names)."""


class Language:
    """One of `CODES`. `language(code)` gives it, and the same one every time."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tag = {"en": "en-GB"}.get(code, code)
        self.full_stop = "\N{IDEOGRAPHIC FULL STOP}" if code == "ja" else ". "
        """Ends a sentence that another one follows."""

    def say(self, template: str, /, **values: object) -> str:
        """A sentence with its values, in this language. template: a literal in English."""
        return self.text(Message(template, values))

    def say_n(self, n: float, one: str, many: str, /, **values: object) -> str:
        """A sentence that hangs on a number, which stands as {n} in this language's writing unless `values` has it."""
        return self.text(Message(one, {"n": self.decimal(n), **values}, many, n))

    def text(self, message: str) -> str:
        """A message said in this language; plain text, and what the catalogue lacks, as it is."""
        if not isinstance(message, Message):
            return str(message) if self.code == "en" else self._lookup(str(message))
        values = {name: self._value(value) for name, value in message.values.items()}
        return self._writing.vformat(self._template(message), (), values)

    def as_given(self, text: str) -> str:
        """A message said in this language; plain text, such as a name or a value that a person typed, as it is."""
        return self.text(text) if isinstance(text, Message) else text

    def _value(self, value: object) -> object:
        return self.text(value) if isinstance(value, Message) else value

    def _template(self, message: Message) -> str:
        found = self._catalogue.get(message.template if message.many is None else (message.template, message.many))
        if not found:
            return message.template if message.many is None or message.n == 1 else message.many
        return found if isinstance(found, str) else found[self._plural(1.0 if message.n is None else message.n)]

    def _lookup(self, text: str) -> str:
        return str(self._catalogue.get(text, text))

    def _plural(self, n: float) -> int:
        rule = self._locale.plural_form
        forms = [name for name in PLURALS if name == "other" or name in rule.tags]
        return forms.index(rule(int(n) if float(n).is_integer() else n))

    @cached_property
    def _writing(self) -> Formatter:
        return Formatter() if self.code == "en" else _Writing(self._locale)

    @cached_property
    def _locale(self) -> Any:
        from babel import Locale

        return Locale.parse({"en": "en_GB"}.get(self.code, self.code))

    @cached_property
    def _catalogue(self) -> "dict[str | tuple[str, ...], str | tuple[str, ...]]":
        if self.code == "en":
            return {}
        from importlib.resources import files  # slow to import, and English needs none of it

        from babel.messages.pofile import read_po

        raw = (files("mamori.language") / "catalogues" / f"{self.code}.po").read_bytes()
        return {
            entry.id: entry.string
            for entry in read_po(BytesIO(raw), locale=self.code)
            if entry.id and not entry.fuzzy and (entry.string if isinstance(entry.string, str) else all(entry.string))
        }

    def decimal(self, x: float, digits: int = 3) -> str:
        """A number with so many digits that matter, whole ones in full: "1,234", "0.0123"."""
        from babel.numbers import format_decimal

        places = 0 if float(x).is_integer() else max(0, digits - 1 - math.floor(math.log10(abs(x))))
        pattern = "#,##0." + "#" * places if places else "#,##0"
        return str(format_decimal(round(x, places), format=pattern, locale=self._locale))

    def compact(self, x: float, digits: int = 3, *, is_short: bool = False) -> str:
        """A large number in words: "1.23 million", "1,23 мільйона", "123万"; is_short: as in "1,23 млн"."""
        from babel.numbers import format_compact_decimal

        kind = "short" if is_short or "long" not in self._locale.compact_decimal_formats else "long"
        rounded = int(float(f"{x:.{digits - 1}e}"))  # a whole number: Babel takes 2.0 for a fraction
        return str(format_compact_decimal(rounded, format_type=kind, locale=self._locale, fraction_digits=2))

    def listed(self, items: Sequence[str]) -> str:
        """ "a, b and c"; the empty list is the empty text."""
        from babel.lists import format_list

        return str(format_list(list(items), locale=self._locale)) if items else ""


class _Writing(Formatter):
    """Fills templates. Numbers that a template shows grouped, with fixed places or as a share (`{n:,}`, `{x:.1f}`,
    `{p:.0%}`) are written as the language has it; bare ones and `:g` stay as a person would type them in a file."""

    def __init__(self, locale: Any) -> None:
        from babel.numbers import get_decimal_symbol, get_group_symbol

        self._signs = str.maketrans({".": get_decimal_symbol(locale), ",": get_group_symbol(locale)})

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        is_read = isinstance(value, Real) and format_spec.endswith((",", "f", "%"))
        return text.translate(self._signs) if is_read else text


@cache
def language(code: str) -> Language:
    """The language of a code. Raises KeyError for one that mamori does not speak."""
    if code not in CODES:
        raise KeyError(code)
    return Language(code)


ENGLISH = language("en")
