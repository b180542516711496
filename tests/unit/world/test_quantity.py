"""Numbers with units, bounds and spreads."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from mamori.world.quantity import Number, Part, Place, Probability, Quantity, Spread, resolve, value


class Gun(Part):
    id: str
    reload_s: Annotated[Number, Quantity("s", ge=0)] = 5.0
    p_kill: Probability = 0.5


class Defence(Part):
    guns: tuple[Gun, ...] = ()
    by_kind: dict[str, Probability] = Field(default_factory=dict)


def test_bounds_hold_for_every_end_of_a_spread():
    with pytest.raises(ValidationError, match=r"at least 0 and at most 1"):
        Gun(id="a", p_kill={"low": 0.5, "high": 1.5})
    with pytest.raises(ValidationError, match="at least 0 s"):
        Gun(id="a", reload_s=-5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {"low": 2, "high": 1}, {"low": 0, "mode": 3, "high": 1}])
def test_not_a_number_and_unordered_spreads_are_refused(bad):
    with pytest.raises(ValidationError):
        Gun(id="a", reload_s=bad)


def test_latitude_of_3400_is_refused():
    with pytest.raises(ValidationError, match="at most 90 deg"):
        Place(latitude_deg=3400, longitude_deg=0)


def test_resolve_draws_by_id_and_leaves_certain_numbers():
    part = Defence(
        guns=(Gun(id="x", reload_s=3), Gun(id="y", p_kill=Spread(low=0.2, high=0.4))),
        by_kind={"drone": Spread(low=0, high=1)},
    )
    asked = []
    drawn = resolve(part, lambda path: asked.append(path) or 0.5)
    assert asked == ["guns.y.p_kill", "by_kind.drone"]
    assert drawn.guns[1].p_kill == pytest.approx(0.3)
    assert drawn.guns[0] is part.guns[0]
    assert value(drawn.by_kind["drone"]) == 0.5
    with pytest.raises(TypeError, match="not been drawn"):
        value(part.guns[1].p_kill)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_triangular_quantile_inverts_its_distribution(a, b, c, u):
    low, mode, high = sorted((a, b, c))
    x = Spread(low=low, mode=mode, high=high).quantile(u)
    assert low - 1e-12 <= x <= high + 1e-12
    if high - low > 1e-3 and min(mode - low, high - mode) > 1e-6:
        cdf = (
            (x - low) ** 2 / ((high - low) * (mode - low))
            if x < mode
            else 1 - (high - x) ** 2 / ((high - low) * (high - mode))
        )
        assert cdf == pytest.approx(u, abs=1e-6)
