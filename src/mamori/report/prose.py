"""Sentences whose numbers know where they stand in summary.json and whose words are explained; as HTML, as plain text.

A number is marked when the sentence is written (`fact`). A word is marked in the sentence itself, as in
"[magazine](magazine)", so that a translation keeps the mark and bends the word as its grammar asks.
"""

import html
import re

from mamori.report.glossary import WORDS
from mamori.report.words import Words

_OPEN, _NEXT, _CLOSE = "\ue000", "\ue001", "\ue002"  # private use: no text of a scenario means them
_FACT = re.compile(f"{_OPEN}([^{_NEXT}]*){_NEXT}([^{_NEXT}]*){_NEXT}([^{_CLOSE}]*){_CLOSE}")
_WORD = re.compile(rf"\[([^\[\]]+)\]\(({'|'.join(WORDS)})\)")


def fact(text: str, path: str, *values: float) -> str:
    """A number, or a range, in a sentence, with its place in summary.json and the exact values."""
    return f"{_OPEN}{path}{_NEXT}{' '.join(map(repr, values))}{_NEXT}{text}{_CLOSE}"


def as_text(text: str) -> str:
    """The sentence alone."""
    return _WORD.sub(r"\1", _FACT.sub(r"\3", text))


def facts(text: str) -> list[dict[str, object]]:
    """The marked numbers of a sentence: path in summary.json, exact values, text."""
    return [
        {"path": path, "values": [float(x) for x in values.split()], "text": said}
        for path, values, said in _FACT.findall(text)
    ]


def as_html(text: str, w: Words) -> str:
    """The sentence as HTML: numbers as `data` elements, words with what they mean."""
    escaped = _FACT.sub(r'<data value="\2" data-path="\1">\3</data>', html.escape(text))
    return _WORD.sub(lambda found: _explained(found.group(1), found.group(2), w), escaped)


def _explained(text: str, word: str, w: Words) -> str:
    return tip(text, html.escape(w.term(WORDS[word][1])), f"means-{word}")


def tip(text: str, meaning: str, described_by: str) -> str:
    """A word that says what it means under the pointer, with the focus of a keyboard, and at a touch.

    text, meaning: HTML; described_by: id of the element of the page that holds the meaning
    """
    attributes = f'class="term" role="button" tabindex="0" aria-describedby="{described_by}"'
    return (
        f'<span class="word"><span {attributes}>{text}</span>'
        f'<span class="tip" aria-hidden="true">{meaning}</span></span>'
    )


_TIP = re.compile(
    r'<span class="word"><span class="term" role="button" tabindex="0" aria-describedby="(means-[a-z-]+)">(.*?)</span>'
    r'<span class="tip".*?</span></span>',
    re.DOTALL,
)


def once(text: str) -> str:
    """HTML in which each word is explained where it stands first, so that lines do not fill the page."""
    seen: set[str] = set()

    def keep_first(found: re.Match[str]) -> str:
        is_first = found.group(1) not in seen
        seen.add(found.group(1))
        return found.group() if is_first else found.group(2)

    return _TIP.sub(keep_first, text)


def words_in(texts: str) -> list[str]:
    """The explained words that stand in HTML made by `as_html`, in the order of the glossary."""
    found = set(re.findall(r'aria-describedby="means-([a-z-]+)"', texts))
    return [word for word in WORDS if word in found]
