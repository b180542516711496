"""What is out: names that people give for branches, buses and generators, as the state of a case.

A branch is named by its id or by its two buses in either order (`11-14`), a generator by its id or its bus. Where
several share a place, the place means all of them (`20-23`), a number behind it one (`20-23.2`).
"""

import difflib
from collections.abc import Sequence

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.grid.cases.power import PowerCase
from mamori.language.message import say
from mamori.records import Bools, GridState

BRANCHES, BUSES, GENERATORS = "--branches-out", "--buses-out", "--generators-out"


def as_given(case: PowerCase) -> GridState:
    """The state in which stands what the case has in service."""
    ends = case.bus_on[case.branch_from_i] & case.bus_on[case.branch_to_i]
    unit = case.generator_on & case.bus_on[case.generator_bus_i]
    return GridState(case.bus_on.copy(), np.ones(len(case.bus_id)), unit.astype(np.float64), case.branch_on & ends)


def without(
    case: PowerCase, branches: Sequence[str] = (), buses: Sequence[str] = (), generators: Sequence[str] = ()
) -> GridState:
    """The state of the case without what is named. Raises ScenarioError with every name that is none."""
    state, faults = as_given(case), list[Fault]()
    names = _branch_names(case)
    state.branch[_named(branches, names, BRANCHES, say("is no branch of the case"), faults)] = False
    names = {name: [i] for i, name in enumerate(case.bus_id)}
    state.bus[_named(buses, names, BUSES, say("is no bus of the case"), faults)] = False
    names = _generator_names(case)
    state.generator[_named(generators, names, GENERATORS, say("is no generator of the case"), faults)] = 0.0
    if faults:
        raise ScenarioError(faults)
    return state


def contingency(case: PowerCase, names: Sequence[str], option: str) -> GridState:
    """The state without branches, generators and buses (`bus 14`) named in one list."""
    buses = [name.removeprefix("bus ").strip() for name in names if name.startswith("bus ")]
    generators = [name for name in names if name in _generator_names(case) and name not in case.bus_id]
    branches = [name for name in names if name not in generators and not name.startswith("bus ")]
    try:
        return without(case, branches, buses, generators)
    except ScenarioError as error:
        raise ScenarioError([Fault(option, one.value, one.rule, one.remedy) for one in error.faults]) from None


def _branch_names(case: PowerCase) -> dict[str, list[int]]:
    """Every name of a branch and the branches that it means."""
    names: dict[str, list[int]] = {}
    circuit: dict[frozenset[int], int] = {}
    for k, (i, j) in enumerate(zip(case.branch_from_i.tolist(), case.branch_to_i.tolist(), strict=True)):
        number = circuit[frozenset((i, j))] = circuit.get(frozenset((i, j)), 0) + 1
        for a, b in ((i, j), (j, i)):
            pair = f"{case.bus_id[a]}-{case.bus_id[b]}"
            names.setdefault(pair, []).append(k)
            names[f"{pair}.{number}"] = [k]
    return names | {name: [k] for k, name in enumerate(case.branch_id) if name not in names}


def _generator_names(case: PowerCase) -> dict[str, list[int]]:
    names: dict[str, list[int]] = {}
    for g, i in enumerate(case.generator_bus_i.tolist()):
        for place in (case.bus_id[i], f"g{case.bus_id[i]}"):
            names.setdefault(place, []).append(g)
            names[f"{place}.{len(names[place])}"] = [g]
    return names | {name: [g] for g, name in enumerate(case.generator_id) if name not in names}


def _named(given: Sequence[str], names: dict[str, list[int]], option: str, rule: str, faults: list[Fault]) -> Bools:
    """(K,) whether each thing is meant by one of the names."""
    meant = np.zeros(1 + max((i for found in names.values() for i in found), default=-1), bool)
    for name in (one.strip() for one in given):
        if name in names:
            meant[names[name]] = True
        elif name:
            near = difflib.get_close_matches(name, names, 3, 0.5)
            remedy = say("Give one of {known}.", known=", ".join(near)) if near else say("Look at the case's tables.")
            faults.append(Fault(option, name, rule, remedy))
    return meant
