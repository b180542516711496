"""Costs of generation as a convex programme takes them: a line and a square, or the greatest of several lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.cases.power import Cost, PowerCase
from mamori.language.message import say
from mamori.records import Floats, Ints

ROUNDING = 1e-4
"""Relative amount by which a slope may fall from one piece to the next: files give five to seven digits."""


@dataclass(frozen=True)
class Costs:
    """Costs an hour of K sources by their power in MW: constant + linear P + square P², and what pieces add.

    constant, linear, square: (K,); piece_i, slope, level: (J,) pieces: source piece_i costs at least slope P + level
    """

    constant: Floats
    linear: Floats
    square: Floats
    piece_i: Ints
    slope: Floats
    level: Floats

    def at(self, power_mw: Floats) -> Floats:
        """(K,) cost an hour of each source."""
        cost: Floats = self.constant + (self.linear + self.square * power_mw) * power_mw
        pieces = np.full(len(cost), -np.inf)
        np.maximum.at(pieces, self.piece_i, self.slope * power_mw[self.piece_i] + self.level)
        return cost + np.where(np.isfinite(pieces), pieces, 0.0)


def costs(case: PowerCase) -> tuple[Costs, Costs]:
    """Costs of the generators and of the DC lines of a case.

    Raises CaseError with every cost that is not convex, or if the case has none at all.
    """
    faults: list[Fault] = []
    if len(case.cost) != len(case.generator_id):
        rule = say("has no rows in mpc.{name}", name="gencost")
        faults.append(Fault(case.name, "", rule, say("A dispatch needs the costs of generators; is the file whole?")))
        raise CaseError(faults)
    found = _read(case.cost, case.generator_id, case.name, faults)
    dc = case.dc.cost or (Cost(is_polynomial=True, numbers=()),) * len(case.dc.id)
    found_dc = _read(dc, case.dc.id, case.name, faults)
    if faults:
        raise CaseError(faults, say("The costs of {case} cannot be used:", case=case.name))
    return found, found_dc


def _read(given: Sequence[Cost], ids: Sequence[str], name: str, faults: list[Fault]) -> Costs:
    terms = np.zeros((3, len(given)))
    pieces: list[tuple[int, float, float]] = []
    for k, (cost, source) in enumerate(zip(given, ids, strict=True)):
        place = f"{name}:{cost.line} {source}" if cost.line else f"{name} {source}"
        if cost.is_polynomial:
            rising = cost.numbers[::-1]
            if any(rising[3:]):
                rule, remedy = say("must be of degree 2 or less"), say("Give points, or a square that is near.")
                faults.append(Fault(place, " ".join(f"{c:g}" for c in cost.numbers), rule, remedy))
            terms[: len(rising[:3]), k] = rising[:3]
            if terms[2, k] < 0.0:
                rule, remedy = say("must not have a negative square"), say("Give a cost that rises ever faster.")
                faults.append(Fault(place, f"{terms[2, k]:g}", rule, remedy))
            continue
        mw, dollars = np.array(cost.numbers[::2]), np.array(cost.numbers[1::2])
        if np.any(np.diff(mw) <= 0.0):
            rule, remedy = say("the power of its points must rise"), say("Give each point once, in order.")
            faults.append(Fault(place, " ".join(f"{x:g}" for x in mw), rule, remedy))
            continue
        slope = np.diff(dollars) / np.diff(mw)
        if np.any(np.diff(slope) < -ROUNDING * np.abs(slope).max()):
            rule, remedy = say("the slope of its pieces must not fall"), say("Give a cost that rises ever faster.")
            faults.append(Fault(place, " ".join(f"{x:g}" for x in slope), rule, remedy))
            continue
        if len(slope) == 1:
            terms[0, k], terms[1, k] = dollars[0] - slope[0] * mw[0], slope[0]
        else:
            pieces += [
                (k, s, d - s * p) for s, p, d in zip(slope.tolist(), mw.tolist(), dollars.tolist(), strict=False)
            ]
    at, slopes, levels = zip(*pieces, strict=True) if pieces else ((), (), ())
    return Costs(
        terms[0], terms[1], terms[2], np.array(at, np.int64), np.array(slopes, np.float64), np.array(levels, np.float64)
    )
