"""Every message of the code is said in every language, with the same values, and nothing else is in the catalogues."""

import re
from importlib.machinery import SourceFileLoader
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_loader
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from mamori.language.message import noun, say, say_n, term
from mamori.language.speech import CODES, language

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "messages"
FORMS = {"uk": 4, "ja": 1}
SAME = re.compile(r"(\{[^}]*\}|MWh|km|GeoJSON|CVaR|SQL|p5|p50|p95|[A-Z]{1,3}|[^a-zA-Z])*")
"""What may read the same in another alphabet: signs, units, names."""


@pytest.fixture(scope="module")
def in_code() -> Catalog:
    loader = SourceFileLoader("messages", str(SCRIPT))
    module = module_from_spec(spec_from_loader("messages", loader))
    loader.exec_module(module)
    return module.messages()


@pytest.fixture(scope="module", params=FORMS)
def catalogue(request) -> Catalog:
    raw = (files("mamori.language") / "catalogues" / f"{request.param}.po").read_bytes()
    return read_po(BytesIO(raw), locale=request.param)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def fields(text: str) -> set[tuple[str, str, str]]:
    return {(name, spec or "", sign or "") for _, name, spec, sign in Formatter().parse(text) if name is not None}


def marks(text: str) -> list[str]:
    """The words that a sentence explains: `[shelter](shelter)`."""
    return sorted(re.findall(r"\]\(([a-z-]+)\)", text))


def entries(catalogue: Catalog) -> list[Message]:
    return [entry for entry in catalogue if entry.id]


def test_every_message_is_in_the_catalogue_and_nothing_else(in_code, catalogue):
    there, wanted = ({str(entry.id) for entry in entries(c)} for c in (catalogue, in_code))
    assert not wanted - there, "run scripts/messages and translate them"
    assert not there - wanted, "run scripts/messages: these are not in the code"
    assert not catalogue.obsolete


def test_every_message_is_translated_whole(catalogue):
    code = str(catalogue.locale)
    for entry in entries(catalogue):
        found = forms(entry.string)
        assert all(found), f"{entry.id!r} is not translated"
        assert not entry.fuzzy
        assert len(found) == (1 if isinstance(entry.id, str) else FORMS[code]), entry.id


def test_translations_hold_the_same_values(catalogue):
    for entry in entries(catalogue):
        of_one, of_many = (fields(text) for text in (forms(entry.id)[0], forms(entry.id)[-1]))
        for form, text in enumerate(forms(entry.string)):
            assert fields(text) in ((of_one, of_many) if form == 0 else (of_many,)), f"{entry.id!r}: {text!r}"
            assert marks(text) == marks(forms(entry.id)[-1]), f"{entry.id!r}: {text!r}"


def test_translations_are_not_english(catalogue):
    own = re.compile(
        {"uk": "[\u0400-\u04ff]", "ja": "[\u3040-\u30ff\u4e00-\u9fff。、]"}[str(catalogue.locale)], re.IGNORECASE
    )
    left = [
        entry.id for entry in entries(catalogue)
        for text in forms(entry.string)
        if not own.search(text) and not SAME.fullmatch(re.sub(r"\]\([a-z-]+\)", "]", text))
    ]  # fmt: skip
    assert not left


def test_japanese_sentences_end_as_such():
    for entry in entries(read_po(BytesIO((files("mamori.language") / "catalogues" / "ja.po").read_bytes()))):
        for english, text in zip(forms(entry.id), forms(entry.string), strict=False):
            assert english.endswith((".", "?")) == text.endswith("。"), f"{english!r}: {text!r}"


@pytest.mark.parametrize("code", CODES)
def test_what_no_catalogue_has_is_said_in_english(code):
    speech = language(code)
    assert speech.text(say("zzz {x:,}", x=3)) == "zzz 3"
    assert speech.text(say_n(2, "{n} zzz", "{n} zzzs")) == "2 zzzs"
    assert speech.text(term("zzz")) == "zzz"
    assert noun("zzz", "zzzs") == ("zzz", "zzzs")


def test_values_as_typed_stay_and_counts_follow_the_language():
    ukrainian = language("uk")
    assert ukrainian.text(say("{x:g} {n:,} {y:.1f} {z}", x=0.5, n=12345, y=1.25, z=0.5)) == "0.5 12\xa0345 1,2 0.5"
    assert ukrainian.text(say("{name:>3}", name="a,b")) == "a,b"
