"""The raid at other sizes: what comes through of what is added, and where it is more than half."""

import json

import numpy as np
import pytest

from mamori.store.tables import table
from mamori.study.knee import knee, marginal, sizes_entry

SIZE = np.array([0.5, 1.0, 1.5, 2.0])


def test_share_of_what_is_added():
    leaked, undefended = np.array([1.0, 3.0, 3.0, 13.0]), np.array([10.0, 20.0, 20.0, 30.0])
    assert marginal(leaked, undefended).tolist() == pytest.approx([0.1, 0.2, np.nan, 1.0], nan_ok=True)


@pytest.mark.parametrize(
    ("leaked", "at"),
    [
        ([0, 2, 12, 22], 1.0),  # all of what is added from size 1 on
        ([0, 5, 10, 15], np.inf),  # half exactly is not more than half
        ([0, 5, 10, 16], 1.5),
        ([6, 6, 6, 6], 0.0),
        ([0, 6, 6, 16], 0.5),  # the first, though the next step is better
    ],
)
def test_the_knee_is_before_the_first_step_over_half(leaked, at):
    rows = np.tile(np.array(leaked, dtype=float), (3, 1))
    undefended = np.tile([10.0, 20.0, 30.0, 40.0], (3, 1))
    assert knee(rows, undefended, SIZE, np.arange(3)) == (at, at, at)


def test_worlds_that_differ_widen_the_interval():
    undefended = np.tile([10.0, 20.0, 30.0, 40.0], (8, 1))
    good, bad = [0.0, 0.0, 0.0, 0.0], [0.0, 6.0, 16.0, 26.0]
    world = np.repeat([0, 1, 2, 3], 2)
    leaked = np.array([bad, bad, bad, bad, bad, bad, good, good])
    at, low, high = knee(leaked, undefended, SIZE, world)
    assert (at, low) == (1.0, 0.5)  # three of four worlds: 4.5 of 10 at first, then 7.5
    assert high == np.inf
    assert knee(leaked, undefended, SIZE, world) == (at, low, high)


def test_one_replica_has_no_interval():
    at, low, high = knee(np.array([[0.0, 9.0]]), np.array([[10.0, 20.0]]), SIZE[:2], np.zeros(1))
    assert at == 0.5
    assert np.isnan([low, high]).all()


def rows(entries):
    names = ("replica", "size", "class", "launched", "leaked", "stopped", "undefended")
    return table("raid_sizes", {name: [entry[i] for entry in entries] for i, name in enumerate(names)})


def test_entry_of_the_summary():
    found = sizes_entry(
        rows(
            [
                (r, size, name, n, leaked, n - leaked, n)
                for r in (0, 1)
                for size, n, leaked in ((0.5, 10, 0), (1.0, 20, 8 + 2 * r))
                for name in (["a", "b"] if r == 0 else ["a"])
            ]
        ),
        2,
    )
    assert found["n_replicas"] == 2
    assert found["size"] == [0.5, 1.0]
    assert found["launched"] == [15.0, 30.0]
    assert found["leaked"] == [0.0, 13.0]
    assert found["leaked_p95"] == pytest.approx([0.0, 15.7])
    assert found["marginal"] == pytest.approx([0.0, 26 / 30])
    assert found["knee"] == 0.5
    assert found["by_class"]["b"]["leaked"] == [0.0, 4.0]  # over both replicas, in one of which it has no part
    assert found["by_class"]["b"]["knee"] == 0.5
    json.dumps(found, allow_nan=False)


def test_no_replica_no_entry():
    assert sizes_entry(rows([]), 3) is None
