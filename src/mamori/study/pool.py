"""Blocks of replicas over a pool of spawned processes: bounded work under way, results as they come, nothing lost.

A block is a pure function of the scenario and the numbers of its replicas, so neither the number of workers nor the
size of a block can change a result; this file only decides who computes what, and when.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, TypeVar

from mamori.errors import MamoriError, StoppedError
from mamori.store.folder import Block

Result = TypeVar("Result")
TRIES = 3
"""How often a block is given to a worker before we believe that it is the block that kills them."""

_ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def blocks(done: Sequence[Block], n_replicas: int, n_worlds: int, size: int, side_by_side: int = 1) -> list[Block]:
    """The blocks that are still missing, each of at most `size` replicas of one world.

    side_by_side: worlds whose blocks take turns in the list, so that so many workers each keep to one world for a while
    """
    missing: list[list[Block]] = []
    for world in range(min(n_worlds, n_replicas)):
        end = -(-(n_replicas - world) // n_worlds)
        at, of_world = 0, []
        for start, stop in [*sorted((a, b) for w, a, b in done if w == world), (end, end)]:
            of_world += [(world, a, min(a + size, start)) for a in range(at, start, size)]
            at = max(at, stop)
        missing.append(of_world)
    return [
        block
        for first in range(0, len(missing), side_by_side)
        for turn in zip_longest(*missing[first : first + side_by_side])
        for block in turn
        if block is not None
    ]


def compute(
    todo: Sequence[Block],
    make: Callable[[], Callable[[Block], Result]],
    n_workers: int,
    take: Callable[[Block, Result], None],
) -> None:
    """Compute every block and hand each result to `take`, in the order in which they finish.

    make: picklable; called once in each worker, gives the function that computes a block there
    Raises StoppedError on Ctrl-C, after the blocks under way have been taken; a second Ctrl-C ends at once.
    Raises MamoriError if workers keep dying on a block.
    """
    if n_workers <= 1:
        _compute_here(todo, make, take)
        return
    waiting = deque(todo)
    tries: dict[Block, int] = {}
    while waiting:
        died = _compute_in_pool(waiting, make, n_workers, take)
        for block in died:
            tries[block] = tries.get(block, 0) + 1
            if tries[block] >= TRIES:
                raise MamoriError(
                    f"A worker process died {TRIES} times on block {block[1]} to {block[2] - 1} of world {block[0]} (out of memory, or killed from "
                    "outside?). Finished replicas are kept: give the same command again, with fewer --workers if memory is short."
                )
        waiting.extendleft(reversed(died))


def _compute_here(
    todo: Sequence[Block],
    make: Callable[[], Callable[[Block], Result]],
    take: Callable[[Block, Result], None],
) -> None:
    try:
        work = make()
        for block in todo:
            take(block, work(block))
    except KeyboardInterrupt:
        raise StoppedError("Stopped") from None


def _compute_in_pool(
    waiting: deque[Block],
    make: Callable[[], Callable[[Block], Result]],
    n_workers: int,
    take: Callable[[Block, Result], None],
) -> list[Block]:
    """Work through `waiting` until it is empty or a worker dies; return the blocks that died with it."""
    under_way: dict[Future[Result], Block] = {}
    died: list[Block] = []
    is_stopping = False
    with _one_thread_each(), _pool(n_workers, make) as pool:
        while (waiting and not died and not is_stopping) or under_way:
            try:
                while waiting and not died and not is_stopping and len(under_way) < 2 * n_workers:
                    with _interrupts_later():
                        under_way[pool.submit(_work_on, waiting[0])] = waiting[0]
                        waiting.popleft()
                finished, _ = wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in finished:
                    block = under_way.pop(future)
                    if future.cancelled():
                        continue
                    try:
                        result = future.result()
                    except BrokenProcessPool:
                        died.append(block)
                    else:
                        take(block, result)
            except BrokenProcessPool:
                died += under_way.values()
                under_way.clear()
            except KeyboardInterrupt:
                if is_stopping:
                    raise
                is_stopping = True
                for future in under_way:
                    future.cancel()
        if is_stopping:
            raise StoppedError("Stopped")
    return died


@contextmanager
def _pool(n_workers: int, make: Callable[[], Any]) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        n_workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start, initargs=(make,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C back for a moment: a worker started now inherits the mask, so that Ctrl-C reaches the parent alone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_WORK: Any = None  # in a worker process: the function that it computes blocks with


def _start(make: Callable[[], Any]) -> None:
    """First thing in a worker: die with the parent, then make what the blocks need."""
    global _WORK  # noqa: PLW0603 - a worker has no other place between its blocks
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _WORK = make()


def _work_on(block: Block) -> Any:
    return _WORK(block)


def _die_with_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Workers inherit an environment that keeps them to one thread each; ours is put back afterwards."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
