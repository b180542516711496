"""Numbers of summary.json in words, each marked with its place there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mamori.report.prose import fact
from mamori.report.subject import Subject
from mamori.report.words import Noun, Words, is_known

Entry = Mapping[str, Any]
Path = tuple[str, ...]


def entries(summary: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Entry]]:
    """Every measure of a summary with its path, in order."""
    for name, value in summary.items():
        if isinstance(value, dict):
            if "mean" in value:
                yield (*path, name), value
            yield from entries(value, (*path, name))


@dataclass(frozen=True)
class Told:
    """What a run's summary holds, in words; before: what stands before the places, "baseline/" for that run."""

    subject: Subject
    before: str = ""

    @property
    def words(self) -> Words:
        """The reader's."""
        return self.subject.words

    @property
    def baseline(self) -> "Told | None":
        """The same of the run without defence, if there is one."""
        return None if self.subject.baseline is None else Told(self.subject.baseline, "baseline/")

    def value(self, *path: str) -> float | None:
        """What stands at a path; None for nothing."""
        found: Any = self.subject.summary
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return None if found is None else float(found)

    def mark(self, text: str, *path: str) -> str:
        """A text that says the number at a path."""
        value = self.value(*path)
        return text if value is None else fact(text, self.before + "/".join(path), value)

    def number(self, *path: str) -> str:
        """The number."""
        return self.mark(self.words.number(self.value(*path)), *path)

    def percent(self, *path: str) -> str:
        """The number as a percentage."""
        return self.mark(self.words.percent(self.value(*path)), *path)

    def hours(self, *path: str) -> str:
        """The number as a span of hours."""
        return self.mark(self.words.hours(self.value(*path)), *path)

    def counted(self, of: Noun, *path: str) -> str:
        """The number and its noun."""
        return self.mark(self.words.counted(self.value(*path) or 0.0, of), *path)

    def range(self, *path: str) -> tuple[float, float] | None:
        """The two numbers at a path; None where one is missing."""
        found: Any = self.subject.summary
        for step in path:
            found = found[step]
        low, high = found
        return (low, high) if is_known(low) and is_known(high) else None

    def mean(self, name: str, of: Noun | None = None, unit: str = "") -> str:
        """The mean of a measure with its 95 % interval, where there is one; of: what is counted, or its unit."""
        mean = self.number(name, "mean") if of is None else self.counted(of, name, "mean")
        mean += f" {unit}" if unit else ""
        found = self.range(name, "interval_95")
        if found is None:
            return mean
        place = f"{self.before}{name}/interval_95"
        return with_interval(self.words, mean, fact(self.words.between(*found), place, *found))


def with_interval(w: Words, mean: str, interval: str) -> str:
    """A mean and where it may lie."""
    return w.say("{mean} ({interval} with [95 % confidence](confidence))", mean=mean, interval=interval)
