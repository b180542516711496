"""Estimates that can be told by hand, on a chain of four buses."""

from types import SimpleNamespace

import numpy as np
import pytest

from mamori.grid.model import network
from mamori.grid.potential import potential
from mamori.records import GridState

WEIGHT = np.array([10.0, 2.0, 1.0])


def chain(limit=100.0, plant=(30.0, 20.0)):
    case = SimpleNamespace(
        bus_id=range(4), generator_bus_i=np.array([0, 3]), branch_from_i=np.array([0, 1, 2]),
        branch_to_i=np.array([1, 2, 3]), branch_x=np.full(3, 0.1), branch_mw=np.full(3, limit),
    )  # fmt: skip
    load = np.array([[[0, 0, 0], [5, 5, 10], [5, 5, 10], [0, 0, 0]]], float)
    return network(case, load, np.array([plant]))


def broken(**parts):
    state = GridState(np.ones(4, bool), np.ones(4), np.ones(2), np.ones(3, bool))
    for name, values in parts.items():
        for i, left in values.items():
            getattr(state, name)[i] = left
    return state


def test_a_lost_generator_brings_what_is_shed_for_want_of_it():
    found = potential(chain(), broken(generator={1: 0.0}), 0, WEIGHT)
    assert found.generator == pytest.approx([0.0, 10.0])  # 10 of 20 MW of industry are shed
    half = potential(chain(plant=(22.0, 16.0)), broken(generator={1: 0.5}), 0, WEIGHT)
    assert half.generator == pytest.approx([0.0, 8.0])


def test_a_feeder_brings_its_customers_less_what_they_take_from_others():
    found = potential(chain(plant=(90.0, 90.0)), broken(feeder={1: 0.5}), 0, WEIGHT)
    assert found.feeder == pytest.approx([0.0, 2.5 * 10 + 2.5 * 2 + 5 * 1, 0.0, 0.0])
    scarce = potential(chain(plant=(25.0, 0.0)), broken(feeder={1: 0.5}), 0, WEIGHT)
    assert scarce.feeder == pytest.approx([0.0, 2.5 * 9 + 2.5 * 1, 0.0, 0.0])


def test_a_line_between_islands_brings_what_is_spare_to_what_is_short():
    found = potential(chain(limit=24.0), broken(generator={1: 0.0}, branch={1: False}), 0, WEIGHT)
    assert found.branch[1] == pytest.approx(10 * 5 + 2 * 5)  # the far island is dark; 10 of 30 MW are spare here
    assert found.branch[0] == found.branch[2] == 0.0


def test_a_dead_bus_brings_its_own_load_and_what_can_pass_it():
    found = potential(chain(plant=(90.0, 90.0)), broken(bus={1: False}), 0, WEIGHT)
    assert found.bus == pytest.approx([0.0, 10 * 5 + 2 * 5 + 10, 0.0, 0.0])
    transit = potential(chain(plant=(90.0, 0.0)), broken(bus={1: False}), 0, WEIGHT)
    assert transit.bus[1] == pytest.approx(70.0 + 70.0)  # the far bus is dark too


def test_nothing_broken_brings_nothing():
    found = potential(chain(), broken(), 0, WEIGHT)
    assert not np.any(np.concatenate([found.bus, found.feeder, found.generator, found.branch]))
