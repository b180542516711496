"""Where the time of a run goes: processor seconds by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Processor seconds of this thread and number of calls, by stage; what a stage borrows of another counts there."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    _inner_s: list[float] = field(default_factory=list)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count what runs inside towards this stage."""
        self._inner_s.append(0.0)
        start = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - start
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent - self._inner_s.pop()
            if self._inner_s:
                self._inner_s[-1] += spent
            self.calls[stage] = self.calls.get(stage, 0) + 1

    def add(self, other: "Clock") -> None:
        """Add another clock's counts to this one's."""
        for stage, seconds in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
            self.calls[stage] = self.calls.get(stage, 0) + other.calls[stage]
