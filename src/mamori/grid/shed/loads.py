"""Who the load of a bus is: shares of priority classes, and the feeders that carry them, from a table.

A row is a feeder of a bus: columns `bus`, and if wanted `feeder` (a name), `mw`, and `hospital`, `water`, `heat`,
`telecom`, `other`: shares of the feeder's load. What the shares leave open is `other`. Feeders without `mw` share what
the bus's other feeders leave of its load; what feeders with `mw` leave is a feeder of its own, all `other`.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.cases.power import PowerCase
from mamori.language.message import say
from mamori.records import Floats, Ints

CLASSES = ("hospital", "water", "heat", "telecom", "other")
"""Load classes, the first in priority first."""

WEIGHTS = np.array([1e4, 1e3, 1e2, 1e1, 1.0])
"""How many megawatts of `other` are shed to spare one of each class (assumption: ten for each step)."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Loads:
    """Feeders (F,) of a case: feeder_id, bus_i, mw (F, C) by class, the first in priority first."""

    feeder_id: tuple[str, ...]
    bus_i: Ints
    mw: Floats

    def by_bus(self, n_buses: int) -> Floats:
        """(N, C) load of the buses by class, MW."""
        load = np.zeros((n_buses, len(CLASSES)))
        np.add.at(load, self.bus_i, self.mw)
        return load


def all_other(case: PowerCase) -> Loads:
    """One feeder a bus with load, all of it `other`."""
    return _assemble(case, {})


def read_loads(path: Path, case: PowerCase) -> Loads:
    """The table of a file. Raises CaseError with every fault in it."""
    faults: list[Fault] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows, head = list(reader), list(reader.fieldnames or ())
    except (UnicodeDecodeError, csv.Error) as error:
        rule = say("cannot be read: {reason}", reason=str(error))
        raise CaseError(Fault(str(path), "", rule, say("Give a CSV table in UTF-8."))) from error
    known = {"bus", "feeder", "mw", *CLASSES}
    if "bus" not in head or not known.issuperset(head):
        rule = say("must have a column bus, and if wanted {columns}", columns=", ".join(sorted(known - {"bus"})))
        raise CaseError(Fault(str(path), ", ".join(str(name) for name in head), rule))
    index = {name: i for i, name in enumerate(case.bus_id)}
    by_bus: dict[int, list[tuple[str, float, Floats]]] = {}
    for number, row in enumerate(rows, 2):
        place = f"{path.name}:{number}"
        cells = {name: (cell or "").strip() for name, cell in row.items() if name is not None}
        bus = cells["bus"]
        if bus not in index:
            rule = say("is no bus of the case {case}", case=case.name)
            faults.append(Fault(f"{place} bus", bus, rule, say("Mend the number, or leave the row out.")))
            continue
        share = np.array([_share(cells, name, place, faults) for name in CLASSES])
        if share.sum() > 1.0 + _ROUNDING:
            rule = say("the shares of a feeder must not be more than 1 together")
            faults.append(Fault(place, f"{share.sum():g}", rule, say("Give shares of the feeder's load.")))
            continue
        share[-1] += max(0.0, 1.0 - share.sum())
        mw = _number(cells, "mw", place, faults) if cells.get("mw") else math.nan
        by_bus.setdefault(index[bus], []).append((cells.get("feeder", ""), mw, share))
    for i, feeders in by_bus.items():
        wanted = sum(mw for _, mw, _ in feeders if not math.isnan(mw))
        if wanted > max(0.0, case.load_mw[i]) + _ROUNDING * max(1.0, wanted):
            rule = say("the feeders of bus {bus} have more than its load of {load:,.3f} MW", bus=case.bus_id[i],
                       load=case.load_mw[i])  # fmt: skip
            faults.append(Fault(path.name, f"{wanted:g} MW", rule, say("Give less, or no mw at all.")))
    if faults:
        raise CaseError(faults, say("The table of classes in {path} cannot be used:", path=path))
    return _assemble(case, by_bus)


def _number(cells: Mapping[str, str], name: str, place: str, faults: list[Fault]) -> float:
    try:
        number = float(cells[name])
    except ValueError:
        number = math.nan
    if not 0.0 <= number < math.inf:
        faults.append(
            Fault(f"{place} {name}", cells[name], say("must be a number of 0 or more"), say("Mend the cell."))
        )
        return 0.0
    return number


def _share(cells: Mapping[str, str], name: str, place: str, faults: list[Fault]) -> float:
    return _number(cells, name, place, faults) if cells.get(name) else 0.0


def _assemble(case: PowerCase, by_bus: Mapping[int, list[tuple[str, float, Floats]]]) -> Loads:
    ids: list[str] = []
    bus_i: list[int] = []
    loads: list[Floats] = []
    for i in np.flatnonzero((case.load_mw > 0.0) & case.bus_on).tolist():
        feeders = by_bus.get(i, [])
        left = case.load_mw[i] - sum(mw for _, mw, _ in feeders if not math.isnan(mw))
        n_open = sum(math.isnan(mw) for _, mw, _ in feeders)
        if not n_open and left > _ROUNDING * case.load_mw[i]:
            feeders = [*feeders, ("", left, np.eye(len(CLASSES))[-1])]
        for k, (name, mw, share) in enumerate(feeders, 1):
            ids.append(name or (case.bus_id[i] if len(feeders) == 1 else f"{case.bus_id[i]}.{k}"))
            bus_i.append(i)
            loads.append((left / n_open if math.isnan(mw) else mw) * share)
    return Loads(tuple(ids), np.array(bus_i, np.int64), np.array(loads).reshape(-1, len(CLASSES)))
