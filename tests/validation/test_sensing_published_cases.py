"""`mamori validate sensing`: every published number is met."""

from mamori.validate.sensing import sensing_cases


def test_every_published_number_is_met():
    cases = sensing_cases()
    outside = [(case.name, case.published, case.computed) for case in cases if not case.is_within]
    assert not outside
    assert len(cases) == 16
    assert all(case.source for case in cases)
