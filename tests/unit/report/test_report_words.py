"""Numbers as people read them."""

import math

import pytest

from mamori.report.words import between, counted, hours, listed, number, pair, percent, span


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (None, "\N{EN DASH}"), (math.nan, "\N{EN DASH}"), (0.0, "0"), (1.36e-12, "under 0.001"),
        (-2.9e-12, "\N{MINUS SIGN}0.001 to 0"), (0.0123, "0.0123"),
        (9.996, "10"), (99.96, "100"), (999.6, "1,000"), (8389.17, "8,390"), (999_999.0, "1 million"),
        (306_928_111.0, "307 million"), (1.5e9, "1.5 billion"), (-4.63, "\N{MINUS SIGN}4.63"),
    ],
)  # fmt: skip
def test_number(x, text):
    assert number(x) == text


def test_words_around_numbers():
    assert percent(0.2534) == "25.3 %"
    assert percent(None) == "\N{EN DASH}"
    assert counted(1.0, "boat", "boats") == "1 boat"
    assert counted(3.2, "boat", "boats") == "3.2 boats"
    assert hours(62.4) == "62.4 hours (2.6 days)"
    assert hours(None) == "\N{EN DASH}"
    assert (span(168), span(5), span(24)) == ("7 days", "5 hours", "1 day")
    assert [listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_pair_says_its_word_once():
    assert pair(1.2e6, 3e6) == "1.2 to 3 million"
    assert pair(0.9e6, 3e6) == "900,000 to 3 million"
    assert pair(0.1, 0.2, text=percent) == "10 to 20 %"


def test_a_band_never_goes_below_nothing():
    assert between(-4.0, 12.0) == "0 to 12"
    assert between(None, 12.0) == "\N{EN DASH}"
