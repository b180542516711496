"""Words of the report are explained where they stand and at its end."""

import re

import pytest

from mamori.report.glossary import WORDS
from mamori.report.page import page
from mamori.report.prose import as_html, once
from mamori.report.subject import Subject
from mamori.report.words import Words


@pytest.fixture
def text(make_run, tmp_path):
    return page(Subject(make_run(tmp_path / "run", baseline=True)))


def test_every_word_that_is_pointed_at_is_there(text):
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    pointed = set(re.findall(r'aria-describedby="([^"]+)"', text))
    assert len(pointed) > 40
    assert pointed <= set(ids)
    assert "](" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_only_words_of_the_page_are_listed(text):
    listed = set(re.findall(r'<dd id="means-([a-z-]+)"', text))
    assert {"luck", "knowledge", "night", "mwh", "baseline", "local"} <= listed
    assert listed < set(WORDS)
    assert listed == set(re.findall(r'aria-describedby="means-([a-z-]+)"', text))


def test_every_mark_in_the_code_is_a_word():
    from importlib.resources import files

    marks = set()
    for file in files("mamori.report").iterdir():
        if file.name.endswith(".py"):
            marks |= set(re.findall(r"\[[^\[\]{}\"']+\]\(([a-z-]+)\)", file.read_text(encoding="utf-8")))
    assert "luck" in marks
    assert marks <= set(WORDS)


def test_a_word_is_explained_once_a_section():
    text = as_html("[Luck](luck) and [luck](luck) and [luck](luck)", Words())
    assert text.count('class="tip"') == 3
    assert once(text).count('class="tip"') == 1
    assert re.sub(r'<span class="tip".*?</span>|<[^>]*>', "", once(text)) == "Luck and luck and luck"


def test_words_can_be_reached_by_keyboard():
    assert 'role="button" tabindex="0"' in as_html("[luck](luck)", Words())
