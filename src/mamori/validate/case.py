"""One published number beside the computed one."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A published number, or several of one thing, and what mamori computes.

    group: which table or kind of check; name: which row; quantity: what, with its unit
    published: one or more numbers, of which any counts; tolerance: in the same unit; source: where it was read
    is_judged: False where the numbers stand side by side without a verdict
    """

    group: str
    name: str
    quantity: str
    published: Sequence[float]
    computed: float
    tolerance: float
    source: str
    is_judged: bool = True

    @property
    def error(self) -> float:
        """Computed less the nearest published."""
        return float(min((self.computed - number for number in self.published), key=abs))

    @property
    def is_within(self) -> bool:
        """Whether the computed number is near enough to one of the published, or is not judged."""
        return not self.is_judged or bool(abs(self.error) <= self.tolerance)
