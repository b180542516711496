"""Blocks over workers: every block once, whatever dies or stops."""

import functools

import pytest

from dying_work import Doubling
from mamori.errors import MamoriError, StoppedError
from mamori.study.pool import _Waiting, blocks, compute


def test_blocks_are_what_is_missing_of_each_world():
    assert blocks([], 10, 1, 4) == [(0, 0, 4), (0, 4, 8), (0, 8, 10)]
    assert blocks([(0, 4, 8)], 10, 1, 4) == [(0, 0, 4), (0, 8, 10)]
    assert blocks([(0, 6, 7), (0, 0, 3)], 8, 1, 2) == [(0, 3, 5), (0, 5, 6), (0, 7, 8)]
    assert blocks([(0, 0, 10)], 10, 1, 4) == []


@pytest.mark.parametrize(("n", "worlds", "size"), [(10, 3, 2), (2, 5, 4), (7, 7, 1)])
def test_blocks_hold_every_replica_once(n, worlds, size):
    found = [w + worlds * i for w, a, b in blocks([], n, worlds, size) for i in range(a, b)]
    assert sorted(found) == list(range(n))


def test_a_worker_stays_in_its_world():
    waiting = _Waiting(blocks([], 12, 3, 2))
    assert waiting.give(None, set()) == (0, 0, 2)
    assert waiting.give(None, {0}) == (1, 0, 2)
    assert waiting.give(0, {1}) == (0, 2, 4)
    assert waiting.give(0, {1}) == (2, 0, 2)
    waiting.back((1, 0, 2))
    assert waiting.give(1, {2}) == (1, 0, 2)
    assert waiting.give(1, {2}) == (1, 2, 4)
    assert waiting.give(1, {2}) == (2, 2, 4)
    assert not waiting


def collect(n_workers, make, n=20, size=4):
    found = {}
    compute(blocks([], n, 1, size), make, n_workers, found.__setitem__)
    return [x for block in sorted(found) for x in found[block]]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_every_block_once(n_workers):
    assert collect(n_workers, Doubling) == [2 * i for i in range(20)]


def test_a_killed_worker_loses_nothing(tmp_path):
    make = functools.partial(Doubling, str(tmp_path), 1)
    assert collect(2, make) == [2 * i for i in range(20)]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_block_that_kills_every_worker_is_named(tmp_path):
    with pytest.raises(MamoriError, match="4 to 7 of world 0"):
        collect(2, functools.partial(Doubling, str(tmp_path), 99))


def test_ctrl_c_here_keeps_what_is_done():
    taken = []

    def take(block, result):
        taken.append(block)
        if len(taken) == 2:
            raise KeyboardInterrupt

    with pytest.raises(StoppedError):
        compute(blocks([], 20, 1, 4), Doubling, 1, take)
    assert taken == [(0, 0, 4), (0, 4, 8)]
