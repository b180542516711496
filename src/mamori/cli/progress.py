"""How a long command shows that it is alive: a bar on a terminal, a line now and then elsewhere; always on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import Task as RichTask
from rich.progress import TextColumn as Text
from rich.text import Text as RichText

from mamori.study.run import Progress as Told

LINE_EVERY_S = 10.0


class _Rate(TextColumn):
    """Replicas a second and time left, counted over this session only."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> RichText:
        return RichText(
            _pace(task.completed - task.fields["first"], task.elapsed or 0.0, (task.total or 0) - task.completed)
        )


def _pace(done: float, seconds: float, left: float) -> str:
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    minutes, rest = divmod(round(left / rate), 60)
    return f"{rate:.1f} replicas/s, {minutes}:{rest:02d} left"


@contextmanager
def showing(name: str) -> Iterator[Callable[[Told], None]]:
    """A function to tell progress to, shown while the block runs."""
    if sys.stderr.isatty():
        yield from _bar(name)
    else:
        yield from _lines(name)


def _bar(name: str) -> Iterator[Callable[[Told], None]]:
    columns = (Text("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None, first=0)
        started = False

        def tell(told: Told) -> None:
            nonlocal started
            if told.stage == "replicas" and not started:
                started = True
                bar.reset(task, total=told.total, completed=told.done, first=told.done)
            bar.update(task, description=f"{name}: {told.stage}", total=told.total, completed=told.done)

        yield tell


def _lines(name: str) -> Iterator[Callable[[Told], None]]:
    start = last = time.monotonic()
    first: int | None = None

    def tell(told: Told) -> None:
        nonlocal start, last, first
        now = time.monotonic()
        if told.stage != "replicas" or first is None:
            if told.stage == "replicas":
                start, first = now, told.done
            print(f"{name}: {told.stage} ({told.done:,} of {told.total:,})", file=sys.stderr, flush=True)
        elif now - last > LINE_EVERY_S or told.done == told.total:
            pace = _pace(told.done - first, now - start, told.total - told.done)
            print(f"{name}: {told.done:,} of {told.total:,} replicas, {pace}", file=sys.stderr, flush=True)
            last = now

    yield tell
