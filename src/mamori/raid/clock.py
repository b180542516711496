"""Where the time of a run goes: processor seconds by stage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Processor seconds of this thread and number of calls, by stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count what runs inside towards this stage."""
        start = time.thread_time()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.thread_time() - start
            self.calls[stage] = self.calls.get(stage, 0) + 1

    def add(self, other: "Clock") -> None:
        """Add another clock's counts to this one's."""
        for stage, seconds in other.seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds
            self.calls[stage] = self.calls.get(stage, 0) + other.calls[stage]
