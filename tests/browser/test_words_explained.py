"""Words say what they mean under a pointer, at a touch, with the keyboard, inside the screen; a real browser prints."""

import io

import pypdf
import pytest

from mamori.report.subject import Subject
from mamori.report.write import content

TIP = "xpath=following-sibling::span[1]"


@pytest.fixture(scope="module")
def public(small_run, tmp_path_factory):
    """The public page: the same words, fewer charts to draw."""
    file = tmp_path_factory.mktemp("public") / "report.html"
    file.write_bytes(content(Subject(small_run, is_public=True), "html"))
    return file


@pytest.mark.parametrize(("width", "is_touch"), [(390, True), (1280, False)])
def test_a_meaning_is_shown_whole(opened, public, width, is_touch):
    page, _ = opened(public, width, 800, has_touch=is_touch)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    words = page.locator(".term")
    assert words.count() > 20
    for n in range(0, words.count(), 6):
        word, tip = words.nth(n), words.nth(n).locator(TIP)
        assert not tip.is_visible()
        word.scroll_into_view_if_needed()
        word.tap() if is_touch else word.hover()
        box = tip.bounding_box()
        assert box is not None, word.inner_text()
        assert box["x"] >= 0, word.inner_text()
        assert box["x"] + box["width"] <= width, word.inner_text()
        assert box["y"] + box["height"] <= 801, word.inner_text()
        covered = page.evaluate(  # what is on top there is the meaning itself
            "([x, y]) => !document.elementFromPoint(x, y)?.closest('.tip')",
            [box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, 799)],
        )
        assert not covered, word.inner_text()


def test_the_keyboard_reaches_a_word_and_escape_closes_it(opened, public):
    page, _ = opened(public)
    word = page.locator(".term").first
    for _ in range(40):
        page.keyboard.press("Tab")
        if word.evaluate("word => word === document.activeElement"):
            break
    assert word.locator(TIP).is_visible()
    page.keyboard.press("Escape")
    assert not word.locator(TIP).is_visible()


def test_chromium_prints_the_report(browser, small_run):
    pages = pypdf.PdfReader(io.BytesIO(content(Subject(small_run, is_public=True), "pdf"))).pages
    text = "".join(page.extract_text() for page in pages)
    assert "In short" in text
    assert "energy not served" in text  # the table is unfolded
    assert "Demand served, hour by hour" in text
    assert text.index("Words") > text.index("Demand served, hour by hour")
