import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.outages.model import rota


@settings(max_examples=60, deadline=None)
@given(
    shed=st.lists(st.one_of(st.floats(0.0, 1.0), st.sampled_from([0.0, 0.5, 1.0])), max_size=60),
    groups=st.integers(1, 9),
    slot_h=st.integers(1, 5),
)
def test_energy_adds_up_and_no_group_is_off_longer_than_there_is_time(
    shed: list[float], groups: int, slot_h: int
) -> None:
    share = np.array(shed, dtype=np.float64)[:, None]
    off_h = rota(share, groups, slot_h)[0]
    assert off_h.sum() / groups == pytest.approx(share.sum(), abs=1e-6)
    assert off_h.min() >= 0.0
    assert off_h.max() <= len(shed) + 1e-9


@settings(max_examples=60, deadline=None)
@given(shed=st.lists(st.floats(0.0, 1.0), max_size=24), groups=st.integers(1, 9), slot_h=st.integers(1, 5))
def test_groups_never_differ_by_more_than_one_slot(shed: list[float], groups: int, slot_h: int) -> None:
    share = np.repeat(np.array(shed, dtype=np.float64), slot_h)[:, None]  # whole slots
    off_h = rota(share, groups, slot_h)[0]
    assert off_h.max() - off_h.min() <= slot_h + 1e-6
