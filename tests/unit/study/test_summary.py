"""What summary.json says of a table of replicas."""

import numpy as np
import pyarrow as pa
import pytest

from mamori.raid.measures import Measure, Over
from mamori.study.summary import summarise


class Folder:
    """A run folder's table of replicas, without the folder."""

    def __init__(self, **columns):
        self._columns = columns

    def table(self, name, columns):
        assert name == "replicas"
        return pa.table({c: pa.array(np.asarray(self._columns[c], dtype=float), from_pandas=True) for c in columns})


def test_parts_stand_inside_what_they_are_part_of():
    found = summarise(
        Folder(world=[0, 0, 0, 0], e=[1, 2, 3, 4], e_local=[1, 1, 1, 1]),
        [Measure(("e",), "e", "MWh", "energy"), Measure(("e", "local"), "e_local", "MWh", "of it")],
    )
    assert found["e"]["mean"] == 2.5
    assert found["e"]["p50"] == 2.5
    assert found["e"]["unit"] == "MWh"
    assert found["e"]["local"]["mean"] == 1.0
    assert found["e"]["local"]["interval_95"] == [1.0, 1.0]


def test_replicas_without_a_value_are_left_out_and_counted():
    measure = Measure(("t",), "t", "h", "time", Over.REACHED)
    found = summarise(Folder(world=[0] * 4, t=[10, None, 30, None]), [measure])
    assert found["t"]["mean"] == 20.0
    assert found["t"]["share_of_replicas"] == 0.5
    empty = summarise(Folder(world=[0, 0], t=[None, None]), [measure])["t"]
    assert (empty["mean"], empty["interval_95"], empty["share_of_replicas"]) == (None, [None, None], 0.0)


@pytest.mark.parametrize(
    ("column", "most"), [("stopped_fraction_x", 1.0), ("warned_late_share", 1.0), ("leakers_x", None)]
)
def test_intervals_stay_where_the_measure_can_be(column, most):
    found = summarise(Folder(world=[0, 0, 0], **{column: [0, 0, 1]}), [Measure((column,), column, "", "")])[column]
    low, high = found["interval_95"]
    assert low == 0.0
    assert high > 1.0 if most is None else high == most
