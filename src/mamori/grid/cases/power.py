"""A power-flow case as arrays: all that MATPOWER's format says of buses, generators, branches, DC lines and storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mamori.records import Bools, Floats, Ints

RATINGS = {"continuous": "A", "long_term": "BA", "short_term": "CBA"}
"""Ratings in the order in which they stand in for each other: 0 says that a branch has none."""

ISOLATED = 4
"""Bus type of what stands outside the grid; 3 is a reference, 2 holds its voltage, 1 does not."""


class Cost(NamedTuple):
    """What a generator costs an hour by its power.

    is_polynomial: then numbers are coefficients, the highest power first; else they are points MW, cost, MW, cost, …
    line: of the file, 0 where there is none
    """

    is_polynomial: bool
    numbers: tuple[float, ...]
    line: int = 0


@dataclass(frozen=True)
class DcLines:
    """Lines whose power is set, (D,) each: what leaves the first bus, and what of it reaches the second.

    id; from_i, to_i; is_on; low_mw, high_mw: of what leaves; loss_mw, loss_share: arriving is leaving (1 - share) - MW
    """

    id: tuple[str, ...]
    from_i: Ints
    to_i: Ints
    is_on: Bools
    low_mw: Floats
    high_mw: Floats
    loss_mw: Floats
    loss_share: Floats
    cost: tuple[Cost, ...]


@dataclass(frozen=True)
class Storage:
    """Storage units, (K,) each: bus_i, is_on, energy_mwh left, discharge_mw at most."""

    bus_i: Ints
    is_on: Bools
    energy_mwh: Floats
    discharge_mw: Floats


@dataclass(frozen=True)
class PowerCase:
    """A power-flow case: N buses, G generators, L branches; what is out of service stands in it with is_on False.

    bus_type, load_mw, load_mvar, shunt_mw, shunt_mvar (at 1 per unit), kv, voltage, angle_rad, v_max, v_min: (N,)
    generator_bus_i, p_mw, q_mvar, q_max, q_min, v_set, p_max, p_min, generator_on: (G,); cost: (G,), or none at all
    branch_from_i, branch_to_i, r, x, b (per unit), rate_a, rate_b, rate_c (0: unlimited), tap (0: 1), shift_rad,
    angle_low_rad, angle_high_rad (-inf, inf: unlimited), branch_on: (L,)
    """

    name: str
    base_mva: float
    bus_id: tuple[str, ...]
    bus_name: tuple[str, ...]
    bus_type: Ints
    load_mw: Floats
    load_mvar: Floats
    shunt_mw: Floats
    shunt_mvar: Floats
    kv: Floats
    voltage: Floats
    angle_rad: Floats
    v_max: Floats
    v_min: Floats
    generator_id: tuple[str, ...]
    generator_bus_i: Ints
    p_mw: Floats
    q_mvar: Floats
    q_max: Floats
    q_min: Floats
    v_set: Floats
    p_max: Floats
    p_min: Floats
    generator_on: Bools
    cost: tuple[Cost, ...]
    branch_id: tuple[str, ...]
    branch_from_i: Ints
    branch_to_i: Ints
    r: Floats
    x: Floats
    b: Floats
    rate_a: Floats
    rate_b: Floats
    rate_c: Floats
    tap: Floats
    shift_rad: Floats
    angle_low_rad: Floats
    angle_high_rad: Floats
    branch_on: Bools
    dc: DcLines
    storage: Storage

    @property
    def bus_on(self) -> Bools:
        """(N,) buses that are part of the grid."""
        return np.asarray(self.bus_type != ISOLATED)

    def limit_mw(self, rating: str) -> Floats:
        """(L,) rating of the branches: continuous, long_term or short_term; inf where the case has none."""
        limit = np.zeros(len(self.branch_id))
        for letter in RATINGS[rating]:
            limit = np.where(limit > 0.0, limit, {"A": self.rate_a, "B": self.rate_b, "C": self.rate_c}[letter])
        return np.where(limit > 0.0, limit, np.inf)


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Names of things at a place: the place's, and `20-23.1`, `20-23.2` where several share it."""
    count: dict[str, int] = {}
    found = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        found.append((name, count[name]))
    return tuple(name if count[name] == 1 else f"{name}.{k}" for name, k in found)


def no_dc_lines() -> DcLines:
    """None of them."""
    none, index = np.zeros(0), np.zeros(0, np.int64)
    return DcLines((), index, index, np.zeros(0, bool), none, none, none, none, ())


def no_storage() -> Storage:
    """None of it."""
    return Storage(np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0), np.zeros(0))
