"""Numbers as people read them, in each language; names of all measures."""

import math
from dataclasses import replace

import pytest

from mamori.language.message import say
from mamori.language.speech import CODES, language
from mamori.raid.measures import measures
from mamori.report.measures_table import shown
from mamori.report.names import CLASSES, PUBLIC, STEPS, class_name, step_name
from mamori.report.subject import Subject
from mamori.report.words import KINDS, PERSON, Words

W = Words()
BOAT = KINDS["boat"]


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
    assert W.number(x) == text


def test_words_around_numbers():
    assert W.percent(0.2534) == "25.3 %"
    assert W.percent(None) == W.percent(math.nan) == "\N{EN DASH}"
    assert W.counted(1.0, BOAT) == W.counted(0.9999, BOAT) == "1 boat"
    assert W.counted(3.2, BOAT) == "3.2 boats"
    assert W.hours(62.4) == "62.4 hours (2.6 days)"
    assert W.hours(None) == "\N{EN DASH}"
    assert (W.span(168), W.span(5), W.span(24)) == ("7 days", "5 hours", "1 day")
    assert [W.listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert W.say_n(1200, "{n} night", "{n} nights") == "1,200 nights"
    assert W.say_n(1.0001, "{n} night", "{n} nights") == "1 night"
    assert W.sentences(["A.", "", "B."]) == "A. B."


def test_a_pair_says_its_word_once():
    assert W.pair(1.2e6, 3e6) == "1.2 to 3 million"
    assert W.pair(0.9e6, 3e6) == "900,000 to 3 million"
    assert W.pair(0.1, 0.2, text=W.percent) == "10 to 20 %"
    assert W.pair(math.nan, math.nan) == "\N{EN DASH} to \N{EN DASH}"


def test_a_band_never_goes_below_nothing():
    assert W.between(-4.0, 12.0) == "0 to 12"
    assert W.between(None, 12.0) == "\N{EN DASH}"


def test_numbers_in_other_languages():
    ukrainian, japanese = Words(language("uk")), Words(language("ja"))
    assert [w.number(8389.17) for w in (ukrainian, japanese)] == ["8\N{NO-BREAK SPACE}390", "8,390"]
    assert [w.number(0.01234) for w in (ukrainian, japanese)] == ["0,0123", "0.0123"]
    assert [w.number(-4.63) for w in (ukrainian, japanese)] == ["\N{MINUS SIGN}4,63", "\N{MINUS SIGN}4.63"]
    assert japanese.number(1_234_000.0) == "123万"
    assert [ukrainian.number(x) for x in (2e6, 1.5e6, 113e6)] == ["2 мільйони", "1,5 мільйона", "113 мільйонів"]
    short = replace(ukrainian, is_short=True), replace(W, is_short=True)
    assert [w.number(-1.5e6) for w in short] == ["\N{MINUS SIGN}1,5\N{NO-BREAK SPACE}млн", "\N{MINUS SIGN}1.5 M"]
    assert (W.separators, ukrainian.separators) == (".,", ",\N{NO-BREAK SPACE}")
    assert japanese.sentences(["甲。", "乙。"]) == "甲。乙。"


@pytest.mark.parametrize("code", CODES)
def test_a_word_that_is_counted_elsewhere_can_stand_alone(code):
    w = Words(language(code))
    assert "{" not in w.term(BOAT[0]) + w.noun(3.0, BOAT)
    assert w.counted(2.0, PERSON).startswith("2")
    assert w.term(say("{n} x", n=1)) == "1 x"


def test_every_measure_has_a_name():
    found = measures(tuple(CLASSES), tuple(CLASSES))
    steps = {step for measure in found for step in measure.path}
    assert steps - set(STEPS) - set(CLASSES) == set()
    assert set(STEPS) <= steps
    assert {measure.path[0] for measure in found} >= PUBLIC
    assert step_name(W, "time_to_get_there_h") == "time to get there"
    assert class_name(W, "my-own-notional") == "my own"


def test_the_public_is_not_shown_a_measure_that_nobody_has_thought_about(make_run, tmp_path):
    run = make_run(tmp_path / "run")
    subject = Subject(run, is_public=True)
    subject.summary["new"] = dict(subject.summary["cost_of_damage"])
    assert {path[0] for path, _ in shown(subject)} == PUBLIC & set(subject.summary)
