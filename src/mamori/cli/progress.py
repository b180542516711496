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

from mamori.language.message import say
from mamori.language.speech import ENGLISH, Language
from mamori.study.run import Progress as Told

LINE_EVERY_S = 10.0


class _Rate(TextColumn):
    """Replicas a second and time left, counted over this session only."""

    def __init__(self, language: Language) -> None:
        super().__init__("")
        self._language = language

    def render(self, task: RichTask) -> RichText:
        done, left = task.completed - task.fields["first"], (task.total or 0) - task.completed
        return RichText(_pace(done, task.elapsed or 0.0, left, self._language))


def _pace(done: float, seconds: float, left: float, language: Language) -> str:
    if done <= 0 or seconds <= 0:
        return ""
    rate = done / seconds
    minutes, rest = divmod(round(left / rate), 60)
    return language.say("{rate:.1f} replicas/s, {left} left", rate=rate, left=f"{minutes}:{rest:02d}")


@contextmanager
def showing(name: str, language: Language = ENGLISH) -> Iterator[Callable[[Told], None]]:
    """A function to tell progress to, shown while the block runs."""
    if sys.stderr.isatty():
        yield from _bar(name, language)
    else:
        yield from _lines(name, language)


def _bar(name: str, language: Language) -> Iterator[Callable[[Told], None]]:
    columns = (Text("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(language), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None, first=0)
        started = False

        def tell(told: Told) -> None:
            nonlocal started
            if told.stage == "replicas" and not started:
                started = True
                bar.reset(task, total=told.total, completed=told.done, first=told.done)
            bar.update(task, description=f"{name}: {language.text(told.stage)}", total=told.total, completed=told.done)

        yield tell


def _lines(name: str, language: Language) -> Iterator[Callable[[Told], None]]:
    start = last = time.monotonic()
    first: int | None = None

    def tell(told: Told) -> None:
        nonlocal start, last, first
        now = time.monotonic()
        if told.stage != "replicas" or first is None:
            if told.stage == "replicas":
                start, first = now, told.done
            line = say(
                "{name}: {stage} ({done:,} of {total:,})",
                name=name, stage=language.text(told.stage), done=told.done, total=told.total,
            )  # fmt: skip
            print(language.text(line), file=sys.stderr, flush=True)
        elif now - last > LINE_EVERY_S or told.done == told.total:
            pace = _pace(told.done - first, now - start, told.total - told.done, language)
            line = say(
                "{name}: {done:,} of {total:,} replicas, {pace}",
                name=name, done=told.done, total=told.total, pace=pace,
            )  # fmt: skip
            print(language.text(line), file=sys.stderr, flush=True)
            last = now

    yield tell
