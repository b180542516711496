import pytest
from pydantic import ValidationError

from mamori.tracking.model import TrackingRules
from mamori.tracking.schema import TrackingPart, tracking_rules


def test_the_rules_are_the_parts():
    assert tracking_rules(TrackingPart(m=2, n=4, memory_looks=9)) == TrackingRules(2, 4, 9)
    assert tracking_rules(TrackingPart()) == TrackingRules(3, 5, 20)


@pytest.mark.parametrize("fields", [{"m": 4, "n": 3}, {"m": 0}, {"n": 9}, {"memory_looks": 1}, {"q": 1}])
def test_what_cannot_be_is_refused(fields):
    with pytest.raises(ValidationError):
        TrackingPart(**fields)
