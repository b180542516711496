import numpy as np
import pytest
from pydantic import ValidationError

from mamori.outages import kernels, model
from mamori.outages.schema import OutagesPart


def test_half_the_load_off_puts_three_groups_of_six_off_in_turn() -> None:
    assert model.rota(np.full((2, 1), 0.5)).tolist() == [[2, 2, 2, 0, 0, 0]]
    assert model.rota(np.full((4, 1), 0.5)).tolist() == [[2] * 6]


def test_what_is_not_a_whole_turn_is_carried_to_the_next_slot() -> None:
    # 0.75 group-hours an hour: 1.5 in a slot of two hours, so none is off, then one in each.
    by_hours = [model.rota(np.full((h, 1), 0.125))[0].tolist() for h in (2, 4, 8)]
    assert by_hours == [[1.5, 0, 0, 0, 0, 0], [2, 1, 0, 0, 0, 0], [2, 2, 2, 0, 0, 0]]


def test_a_district_in_the_dark_is_off_all_the_time() -> None:
    # Five hours: the last slot is a short one.
    assert model.rota(np.ones((5, 2)), groups=3, slot_h=2).tolist() == [[5.0] * 3] * 2


def test_the_remainder_before_a_short_last_slot_fits_into_the_horizon() -> None:
    shed = np.array([[1.0], [0.9], [1.0]])
    found = model.rota(shed, groups=3, slot_h=2)
    assert found.sum() == pytest.approx(3 * 2.9)
    assert found.max() <= 3.0


def test_districts_do_not_touch_each_other() -> None:
    shed = np.random.default_rng(0).random((48, 3))
    alone = [model.rota(shed[:, d : d + 1])[0].tolist() for d in range(3)]
    assert model.rota(shed).tolist() == alone


def test_no_district_and_no_hour_are_legal() -> None:
    assert model.rota(np.zeros((24, 0))).shape == (0, 6)
    assert model.rota(np.zeros((0, 2))).tolist() == [[0.0] * 6] * 2


def test_kernel_agrees_with_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    shed = np.random.default_rng(3).random((37, 4))
    compiled = model.rota(shed, groups=5, slot_h=3)
    monkeypatch.setattr(model, "turns", kernels.turns.py_func)
    assert model.rota(shed, groups=5, slot_h=3).tolist() == compiled.tolist()


def test_groups_and_slots_have_bounds() -> None:
    assert OutagesPart() == OutagesPart(groups=6, slot_h=2)
    for wrong in ({"groups": 0}, {"slot_h": 0}, {"slot_h": 25}, {"turns": 2}):
        with pytest.raises(ValidationError):
            OutagesPart.model_validate(wrong)
