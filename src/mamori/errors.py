"""Every error that mamori raises on purpose.

    MamoriError
    ├── ScenarioError   the scenario file or a command's values are wrong; carries every fault at once
    ├── CaseError       a grid or data file is wrong
    ├── SolverError     an optimisation ended without an answer
    │   └── InfeasibleError   nothing meets all its constraints
    ├── StoreError      a run folder cannot be read or written
    ├── QueryError      an SQL query of a run's tables is wrong
    └── StoppedError    the person pressed Ctrl-C; what was finished is kept

A fault says place, value with unit, rule and remedy. Texts made by `say` can be read in any language of mamori.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mamori.language.speech import ENGLISH, Language


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where it stands, what stands there, which rule it breaks, what to do."""

    place: str
    value: str
    rule: str
    remedy: str = ""

    def said(self, language: Language) -> str:
        """The fault as people read it, in their language."""
        place = language.as_given(self.place)
        value = f" = {language.as_given(self.value)}" if self.value else ""
        remedy = language.as_given(self.remedy)
        return f"{place}{value}: {language.as_given(self.rule)}{language.full_stop}{remedy}".rstrip()

    def __str__(self) -> str:
        return self.said(ENGLISH)


class MamoriError(Exception):
    """The root: what a caller catches to catch all of mamori's own errors."""

    def said(self, language: Language) -> str:
        """The error as people read it, in their language."""
        return language.as_given(self.args[0]) if self.args else ""


class FaultsError(MamoriError):
    """An error that carries all the faults found, not only the first."""

    def __init__(self, faults: Sequence[Fault] | Fault, title: str = "") -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.title = title
        super().__init__(title, self.faults)

    def said(self, language: Language) -> str:
        """All faults, a line each, in the reader's language."""
        lines = [language.as_given(self.title)] if self.title else []
        return "\n".join(lines + [fault.said(language) for fault in self.faults])

    def __str__(self) -> str:
        return self.said(ENGLISH)

    def __reduce__(self) -> tuple[type["FaultsError"], tuple[tuple[Fault, ...], str]]:
        return type(self), (self.faults, self.title)


class ScenarioError(FaultsError):
    """The scenario file, or a value given on the command line, is wrong."""


class CaseError(FaultsError):
    """A grid case or data file is wrong."""


class SolverError(MamoriError):
    """An optimisation ended without an optimal answer; the text says which and what to try."""


class InfeasibleError(SolverError):
    """An optimisation has no answer: nothing meets all its constraints; the text says which stand against it."""


class StoreError(MamoriError):
    """A run folder cannot be read or written; the text says which file and what to do."""


class QueryError(MamoriError):
    """An SQL query of a run's tables is wrong; the text says where, and which name is nearest."""


class StoppedError(MamoriError):
    """The person pressed Ctrl-C; the text says what is kept and how to go on."""
