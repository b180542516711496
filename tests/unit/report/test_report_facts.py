"""Every marked number of the page is that of summary.json, and its text says that number."""

import html
import re

import pytest

from mamori.report.page import page, sections
from mamori.report.prose import as_html, as_text, fact, facts
from mamori.report.subject import Subject
from mamori.report.words import Words


@pytest.fixture
def subject(make_run, tmp_path):
    return Subject(make_run(tmp_path / "run", baseline=True))


def at(subject, path):
    """What stands in summary.json, or in the one without defence."""
    first, *steps = path.split("/")
    found = subject.baseline.summary if first == "baseline" else subject.summary[first]
    for step in steps:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def marked(text):
    return re.findall(r'<data value="([^"]*)" data-path="([^"]*)">([^<]*)</data>', text)


def test_every_marked_number_is_that_of_the_summary(subject):
    found = marked(page(subject))
    assert len(found) >= 18
    assert {path.split("/")[0] for _, path, _ in found} >= {
        "energy_not_served_mwh", "persons_exposed", "leakers", "critical_load_hours_lost", "time_to_90_percent_h",
        "capacity_missing_mw", "baseline",
    }  # fmt: skip
    for values, path, _ in found:
        expected = at(subject, path)
        assert [float(x) for x in values.split()] == (expected if isinstance(expected, list) else [expected]), path


def test_the_text_says_the_number(subject):
    w = Words()
    for values, path, text in marked(page(subject)):
        numbers = [float(x) for x in values.split()]
        if len(numbers) == 2:
            assert text == w.between(*numbers), path
        else:
            said = (w.number(max(numbers[0], 0.0)), w.percent(numbers[0]), w.hours(numbers[0]))
            assert text.startswith(said), (path, text)


def test_the_three_sentences_mark_what_they_take_from_the_summary(subject):
    """A number of three digits in the sentences that no mark has would be one that no test sees."""
    (headline,) = [section for section in sections(subject) if section.id == "headline"]
    energy, lights = headline.sentences[1], headline.sentences[2]
    assert [f["path"] for f in facts(energy.lead)] == ["energy_not_served_mwh/mean"]
    assert [f["path"] for f in facts(energy.text)] == [
        "energy_not_served_mwh/mean", "energy_not_served_mwh/interval_95", "energy_not_served_without_raid_mwh/mean",
        "persons_exposed/mean", "persons_exposed/interval_95", "critical_load_hours_lost/hospital/mean",
        "baseline/energy_not_served_mwh/mean", "baseline/persons_exposed/mean",
    ]  # fmt: skip
    assert {f["path"] for f in facts(lights.text)} >= {
        "time_to_90_percent_h/share_of_replicas", "time_to_90_percent_h/p50", "time_to_90_percent_h/p95",
        "time_to_90_percent_h/mean", "capacity_missing_mw/mean",
    }  # fmt: skip


def test_marks_are_seen_by_machines_alone():
    text = f"a {fact('1.2 to 3 & more', 'x/<y>', 1.25, 3.0)} [magazine](magazine) [none](no-word)"
    assert as_text(text) == "a 1.2 to 3 & more magazine [none](no-word)"
    assert facts(text) == [{"path": "x/<y>", "values": [1.25, 3.0], "text": "1.2 to 3 & more"}]
    assert marked(as_html(text, Words())) == [("1.25 3.0", html.escape("x/<y>"), "1.2 to 3 &amp; more")]
