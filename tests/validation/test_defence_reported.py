"""Reported shares stopped, by kind of threat, beside those of `night-raid`."""

import pytest

from mamori.validate import defence


def test_both_shares_of_a_few_nights(monkeypatch):
    monkeypatch.setattr(defence, "REPLICAS", 6)
    monkeypatch.setattr(defence, "WORLDS", 1)
    found = defence.shares()
    assert list(found) == ["ballistic", "cruise", "drone"]
    for stopped, engageable, stopped_if in found.values():
        # Nothing is stopped that could not be engaged, so the two shares multiply to the third.
        assert 0.0 < stopped < engageable <= 1.0
        assert stopped == pytest.approx(engageable * stopped_if)


@pytest.mark.slow
def test_the_catalogue_comes_near_the_years_that_it_was_held_against():
    cases = defence.defence_cases()
    assert sum(case.is_judged for case in cases) == 3
    assert all(case.is_within for case in cases)
