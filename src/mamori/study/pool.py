"""Blocks of replicas over a pool of spawned processes: bounded work under way, results as they come, nothing lost.

A block is a pure function of the scenario and the numbers of its replicas, so neither the number of workers nor the
size of a block can change a result; this file only decides who computes what, and when.
"""

import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from mamori.errors import MamoriError, StoppedError
from mamori.language.message import say
from mamori.store.folder import Block

Result = TypeVar("Result")
Task = TypeVar("Task", bound=tuple[int, ...])
"""A block, or one with more that says what to do with it: (world, start, stop, ...)."""
BLOCKS_AHEAD = 2
"""Blocks that a worker holds: the one that it is at and the next, so that it never waits for us."""
TRIES = 3
"""How often a block is given to a worker before we believe that it is the block that kills them."""

_ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def blocks(done: Sequence[Block], n_replicas: int, n_worlds: int, size: int) -> list[Block]:
    """The blocks that are still missing, each of at most `size` replicas of one world."""
    missing: list[Block] = []
    for world in range(min(n_worlds, n_replicas)):
        end = -(-(n_replicas - world) // n_worlds)
        at = 0
        for start, stop in [*sorted((a, b) for w, a, b in done if w == world), (end, end)]:
            missing += [(world, a, min(a + size, start)) for a in range(at, start, size)]
            at = max(at, stop)
    return missing


def compute(
    todo: Sequence[Task],
    make: Callable[[], Callable[[Task], Result]],
    n_workers: int,
    take: Callable[[Task, Result], None],
) -> None:
    """Compute every block and hand each result to `take`, in the order in which they finish.

    make: picklable; called once in each worker, gives the function that computes a block there
    Raises StoppedError on Ctrl-C, after the blocks under way have been taken; a second Ctrl-C ends at once.
    Raises MamoriError if workers keep dying on a block.
    """
    if n_workers <= 1:
        _compute_here(todo, make, take)
        return
    tries: dict[Task, int] = {}
    with _one_thread_each(), tempfile.NamedTemporaryFile(prefix="mamori-") as file:
        # by file, not by pipe: whoever writes to a starting worker more than a pipe holds waits for ever if it dies
        pickle.dump(make, file)
        file.flush()
        workers: list[_Worker[Task]] = [_Worker(file.name) for _ in range(n_workers)]
        try:
            _share_out(_Waiting(todo), workers, tries, take)
        except BaseException:
            with _interrupts_later():
                for worker in workers:
                    worker.kill()
            raise
        finally:
            with _interrupts_later():
                for worker in workers:
                    worker.close()


def _compute_here(
    todo: Sequence[Task],
    make: Callable[[], Callable[[Task], Result]],
    take: Callable[[Task, Result], None],
) -> None:
    try:
        work = make()
        for block in todo:
            take(block, work(block))
    except KeyboardInterrupt:
        raise StoppedError(say("Stopped")) from None


class _Waiting(Generic[Task]):
    """Blocks that nobody works on yet. A worker stays in one world as long as it has blocks: its geometry costs
    seconds."""

    def __init__(self, todo: Sequence[Task]) -> None:
        self._of_world: dict[int, deque[Task]] = {}
        for block in todo:
            self._of_world.setdefault(block[0], deque()).append(block)

    def __bool__(self) -> bool:
        return bool(self._of_world)

    def clear(self) -> None:
        self._of_world.clear()

    def give(self, world: int | None, others: set[int]) -> Task:
        """A block of the worker's own world, or of a world that no other worker is in, or of the one with most left."""
        if world not in self._of_world:
            free = [w for w in self._of_world if w not in others]
            world = free[0] if free else max(self._of_world, key=lambda w: len(self._of_world[w]))
        blocks_left = self._of_world[world]
        block = blocks_left.popleft()
        if not blocks_left:
            del self._of_world[world]
        return block

    def back(self, block: Task) -> None:
        self._of_world.setdefault(block[0], deque()).appendleft(block)


class _Worker(Generic[Task]):
    """One process, what it is working on, and the world that it is in."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._pool = self._start_pool()
        self._processes: list[Any] = []
        self.under_way: dict[Future[Any], Task] = {}
        self.world: int | None = None

    def _start_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_start, initargs=(self._file, os.getpid()))

    def submit(self, block: Task) -> None:
        self.world = block[0]
        before = [] if self._processes else multiprocessing.active_children()
        with _interrupts_later():
            self.under_way[self._pool.submit(_work_on, block)] = block
        if not self._processes:  # the first block starts it
            self._processes = [child for child in multiprocessing.active_children() if child not in before]

    def restart(self) -> list[Task]:
        """A new process after the old one died; returns the blocks that died with it."""
        died = list(self.under_way.values())
        self.under_way.clear()
        self.close()
        self._pool = self._start_pool()
        self._processes = []
        return died

    def kill(self) -> None:
        """End the process at once: what it is at is not wanted any more."""
        for process in self._processes:
            process.kill()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _share_out(
    waiting: _Waiting[Task], workers: Sequence[_Worker[Task]], tries: dict[Task, int], take: Callable[[Task, Any], None]
) -> None:
    """Keep every worker busy until nothing is left; on Ctrl-C finish what is under way."""
    is_stopping = False
    while waiting or any(worker.under_way for worker in workers):
        try:
            for worker in workers:
                while waiting and len(worker.under_way) < BLOCKS_AHEAD:
                    others = {w.world for w in workers if w is not worker and w.world is not None}
                    block = waiting.give(worker.world, others)
                    try:
                        worker.submit(block)
                    except BrokenProcessPool:
                        waiting.back(block)
                        _again(worker, waiting, tries)
            wait(
                [future for worker in workers for future in worker.under_way], timeout=1.0, return_when=FIRST_COMPLETED
            )
            for worker in workers:
                _collect(worker, waiting, tries, take)
            if is_stopping:
                waiting.clear()  # blocks of a worker that died meanwhile
        except KeyboardInterrupt:
            if is_stopping:
                raise
            is_stopping = True
            waiting.clear()
            for worker in workers:
                for future in list(worker.under_way):
                    if future.cancel():
                        del worker.under_way[future]
    if is_stopping:
        raise StoppedError(say("Stopped"))


def _collect(
    worker: _Worker[Task], waiting: _Waiting[Task], tries: dict[Task, int], take: Callable[[Task, Any], None]
) -> None:
    for future in [future for future in worker.under_way if future.done()]:
        try:
            result = future.result()
        except BrokenProcessPool:
            _again(worker, waiting, tries)
            return
        take(worker.under_way.pop(future), result)


def _again(worker: _Worker[Task], waiting: _Waiting[Task], tries: dict[Task, int]) -> None:
    """Start a worker that died again and put back what it was working on; raise if a block keeps killing workers."""
    for n, block in enumerate(worker.restart()):
        waiting.back(block)
        if n == 0:  # the first is the one that it was at; those behind it had not begun
            tries[block] = tries.get(block, 0) + 1
        if tries.get(block, 0) >= TRIES:
            which = say("block {first} to {last} of world {world}", first=block[1], last=block[2] - 1, world=block[0])
            raise MamoriError(
                say(
                    "A worker process died {tries} times on {which}. Killed from outside, or short of memory? "
                    "Finished replicas are kept: give the same command again, with fewer --workers if memory is "
                    "short.",
                    tries=TRIES,
                    which=which,
                )
            )


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back for a moment: a worker started now inherits the mask, so that they reach the parent
    alone, which lets the worker finish its block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_WORK: Any = None  # in a worker process: the function that it computes blocks with


def _start(file: str, parent: int) -> None:
    """First thing in a worker: die with the parent, then make what the blocks need."""
    global _WORK  # noqa: PLW0603 - a worker has no other place between its blocks
    threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    _WORK = pickle.loads(Path(file).read_bytes())()  # noqa: S301 - the parent wrote it a moment ago


def _work_on(block: tuple[int, ...]) -> Any:
    return _WORK(block)


def _die_with(parent: int) -> None:
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
