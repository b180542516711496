"""mamori (守り): from a raid's launch to the last household that gets its power back, thousands of times over.

The public surface is what `__all__` names; each name is imported when it is first asked for, so that
`import mamori` (and with it `mamori --help`) costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mamori.errors import CaseError, MamoriError, ScenarioError, SolverError, StoreError
    from mamori.scenario.load import load
    from mamori.scenario.schema import Scenario
    from mamori.study.run import Run, run

__all__ = [
    "CaseError",
    "MamoriError",
    "Run",
    "Scenario",
    "ScenarioError",
    "SolverError",
    "StoreError",
    "load",
    "run",
]
__version__ = "0.1.0"

_HOMES = {
    "CaseError": "mamori.errors",
    "MamoriError": "mamori.errors",
    "Run": "mamori.study.run",
    "Scenario": "mamori.scenario.schema",
    "ScenarioError": "mamori.errors",
    "SolverError": "mamori.errors",
    "StoreError": "mamori.errors",
    "load": "mamori.scenario.load",
    "run": "mamori.study.run",
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'mamori' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
