"""Security by the AC power flow: lightsim2grid solves, mamori asks it outage by outage and follows overloads.

The grid starts from its least-cost DC dispatch, with the voltage set points of the case; every unit takes up losses
and what an outage leaves unbalanced in proportion to its room. Reactive limits of units are not held. After an outage
only the largest island is solved; load outside it counts as lost. An outage
without a solution may mean a collapse: it is told as such.
Source: lightsim2grid (B. Donnot and others, RTE), Newton-Raphson with a sparse factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mamori.errors import Fault, ScenarioError, SolverError
from mamori.grid.cases.convention import DcBranches
from mamori.grid.cases.power import PowerCase
from mamori.grid.dispatch.model import Dispatched, islands
from mamori.language.message import say
from mamori.records import Bools, Floats, Ints

MOST_ITERATIONS, TOLERANCE = 30, 1e-8
BATCH = 128
"""Outages that are asked at once: results take 40 bytes for each of them and branch."""

MOST_ROUNDS = 50
LEAST_ROOM_MW = 1e-3
OVER_MVA = 1e-3
DEAD = 1e-9
"""Voltage, per unit, below which a bus counts as outside the island that was solved."""


@dataclass(frozen=True)
class AcFate:
    """What an outage comes to by the AC power flow.

    out: ids; is_solved: whether there is a solution, right afterwards and in every round of trips
    loading, fullest, n_over: right afterwards, by apparent power at the fuller end; v_low, v_high: lowest and highest
    voltage then, per unit; n_outside: buses then outside their limits
    tripped: rounds of branches that trip; lost_mw: load outside the island at the end, nan without a solution
    """

    out: tuple[str, ...]
    is_solved: bool
    loading: float
    fullest: str | None
    n_over: int
    v_low: float
    v_high: float
    n_outside: int
    tripped: tuple[tuple[str, ...], ...]
    lost_mw: float


@dataclass(frozen=True)
class _Rows:
    """Results of a batch: is_solved (K,), voltage (K, N) per unit (0 outside the island), flow_mva (K, L)."""

    is_solved: Bools
    voltage: Floats
    flow_mva: Floats


class AcGrid:
    """The largest island of a dispatched case in lightsim2grid; buses (N,) and branches (L,) are those of the case."""

    def __init__(self, case: PowerCase, branch: DcBranches, found: Dispatched, rating: str, trip_at: float) -> None:
        """Raises ScenarioError if lightsim2grid is not installed, SolverError if the case has no AC solution."""
        try:
            from lightsim2grid.network import init_from_matpower
        except ImportError:
            remedy = say("Install it: pip install 'mamori[ac]'.")
            raise ScenarioError(Fault("--ac", "", say("needs lightsim2grid"), remedy)) from None
        self.case, self.trip_at = case, trip_at
        self.limit_mva = case.limit_mw(rating)
        island = islands(case, branch)[1]
        main = int(np.argmax(np.bincount(island[island >= 0])))
        self.bus = np.flatnonzero(island == main)
        self.place = np.full(len(case.bus_id), -1)
        self.place[self.bus] = np.arange(len(self.bus))
        self.line = np.flatnonzero(branch.is_on & (island[case.branch_from_i] == main))
        self.model = init_from_matpower(self._matrices(found))
        room = np.maximum(case.p_max[self.unit] - found.generation_mw[self.unit], 0.0)
        for k, mw in enumerate(np.where(np.isfinite(room), room, case.load_mw.sum()).tolist()):
            if mw > LEAST_ROOM_MW:
                self.model.add_gen_slackbus(k, mw)
        start = np.ones(len(self.bus), complex) * np.exp(1j * found.angle_rad[self.bus])
        self.start = self.model.ac_pf(start, MOST_ITERATIONS, TOLERANCE)
        if not len(self.start):
            raise SolverError(say("the AC power flow of the dispatched case has no solution"))

    def _matrices(self, found: Dispatched) -> dict[str, Any]:
        """The island as MATPOWER's matrices; every branch has a tap, so that lightsim2grid keeps them in order."""
        case, bus, line = self.case, self.bus, self.line
        unit = np.flatnonzero(case.generator_on & (self.place[case.generator_bus_i] >= 0))
        kinds = case.bus_type[bus].copy()
        kinds[kinds == 3] = 2
        holds = kinds[self.place[case.generator_bus_i[unit]]] == 2
        fixed, unit = unit[~holds], unit[holds]
        if not len(unit):
            raise SolverError(say("the AC power flow needs a unit that holds its voltage"))
        reference = np.flatnonzero(case.bus_type[bus] == 3)
        at = self.place[case.generator_bus_i[unit]]
        room = np.bincount(at, np.maximum(case.p_max[unit], 0.0), len(bus))
        slack = next((i for i in reference.tolist() if i in at), int(np.argmax(room)))
        kinds[slack] = 3
        p, q = case.load_mw[bus].copy(), case.load_mvar[bus].copy()
        np.subtract.at(p, self.place[case.generator_bus_i[fixed]], found.generation_mw[fixed])
        np.subtract.at(q, self.place[case.generator_bus_i[fixed]], case.q_mvar[fixed])
        dc = case.dc
        for ends, mw in ((dc.from_i, found.dc_mw), (dc.to_i, dc.loss_mw - (1.0 - dc.loss_share) * found.dc_mw)):
            inside = dc.is_on & (self.place[ends] >= 0)
            np.add.at(p, self.place[ends[inside]], mw[inside])
        n, n_unit, n_line = len(bus), len(unit), len(line)
        kv = case.kv[bus] if np.all(case.kv[bus] > 0.0) else np.ones(n)
        one, number = np.ones(n), np.arange(1.0, n + 1.0)
        unit_one, line_zero = np.ones(n_unit), np.zeros(n_line)
        self.unit = unit
        tap = np.where(case.tap[line] > 0.0, case.tap[line], 1.0)
        return {
            "baseMVA": case.base_mva,
            "bus": np.column_stack(
                [number, kinds, p, q, case.shunt_mw[bus], case.shunt_mvar[bus], one, one, 0 * one, kv, one,
                 case.v_max[bus], case.v_min[bus]]
            ),
            "gen": np.column_stack(
                [at + 1.0, found.generation_mw[unit], case.q_mvar[unit], case.q_max[unit], case.q_min[unit],
                 case.v_set[unit], case.base_mva * unit_one, unit_one, case.p_max[unit], case.p_min[unit]]
            ),
            "branch": np.column_stack(
                [self.place[case.branch_from_i[line]] + 1.0, self.place[case.branch_to_i[line]] + 1.0, case.r[line],
                 case.x[line], case.b[line], line_zero, line_zero, line_zero, tap, np.degrees(case.shift_rad[line]),
                 line_zero + 1.0]
            ),
        }  # fmt: skip

    def base(self) -> AcFate:
        """The grid before any outage."""
        return self._fate((), self._now(self.start), 0, ())

    def units(self) -> list[AcFate]:
        """The fate of each unit that holds its voltage, alone; overloads are not followed."""
        fates = []
        for k, g in enumerate(self.unit.tolist()):
            self.model.deactivate_gen(k)
            volt = self.model.ac_pf(self.start, MOST_ITERATIONS, TOLERANCE)
            fates.append(self._fate((self.case.generator_id[g],), self._now(volt), 0, ()))
            self.model.reactivate_gen(k)
        self.model.ac_pf(self.start, MOST_ITERATIONS, TOLERANCE)
        return fates

    def _now(self, volt: Any) -> _Rows:
        """What the model says of its last power flow, which gave these voltages, or none."""
        if not len(volt):
            return _Rows(np.zeros(1, bool), np.zeros((1, len(self.bus))), np.zeros((1, len(self.line))))
        ends = [np.hypot(*parts[:2]) for parts in (self.model.get_trafo_res1(), self.model.get_trafo_res2())]
        return _Rows(np.ones(1, bool), np.abs(volt)[None], np.maximum(*ends)[None])

    def fates(self, outages: Sequence[tuple[int, ...]], names: Sequence[tuple[str, ...]]) -> list[AcFate]:
        """The fate of each outage, several branches (of the case) at once, and its name."""
        found: list[AcFate] = []
        for low in range(0, len(outages), BATCH):
            found += self._batch(outages[low : low + BATCH], names[low : low + BATCH])
        return found

    def _batch(self, outages: Sequence[tuple[int, ...]], names: Sequence[tuple[str, ...]]) -> list[AcFate]:
        place = np.full(len(self.case.branch_id), -1)
        place[self.line] = np.arange(len(self.line))
        out = [sorted({int(place[k]) for k in one if place[k] >= 0}) for one in outages]
        rows = self._solve(out)
        fates = [self._fate(name, rows, k, ()) for k, name in enumerate(names)]
        open_ones, trips = list(range(len(out))), [list[tuple[str, ...]]() for _ in out]
        for _ in range(MOST_ROUNDS):
            limit = self.trip_at * self.limit_mva[self.line] + OVER_MVA
            over = [np.flatnonzero(rows.flow_mva[k] > limit).tolist() for k in range(len(open_ones))]
            goes_on = [k for k, trip in enumerate(over) if trip and rows.is_solved[k]]
            for k, one in enumerate(open_ones):
                fates[one] = self._ended(fates[one], rows, k, trips[one])
            if not goes_on:
                break
            for k in goes_on:
                trips[open_ones[k]].append(tuple(self.case.branch_id[self.line[b]] for b in over[k]))
                out[open_ones[k]] = sorted({*out[open_ones[k]], *over[k]})
            open_ones = [open_ones[k] for k in goes_on]
            rows = self._solve([out[one] for one in open_ones])
        return fates

    def _solve(self, outages: Sequence[Sequence[int]]) -> _Rows:
        from lightsim2grid.contingencyAnalysis import ContingencyAnalysisCPP

        n, n_line = len(self.bus), len(self.line)
        analysis = ContingencyAnalysisCPP(self.model)
        analysis.handle_disconnected_grid = True
        asked = {tuple(one) for one in outages if one}
        for one in asked:
            analysis.add_nk(list(one))
        at: dict[tuple[int, ...], int] = {}
        solved, volt, flow = np.ones(0, bool), np.zeros((0, n)), np.zeros((0, n_line))
        if asked:
            analysis.compute(self.start, MOST_ITERATIONS, TOLERANCE)
            at = {tuple(sorted(one)): k for k, one in enumerate(analysis.my_defaults())}
            solved, volt = np.array(analysis.converged_mask()), np.abs(analysis.get_voltages())
            parts = analysis.compute_branch_results()
            flow = np.maximum(np.hypot(parts[..., 0], parts[..., 1]), np.hypot(parts[..., 2], parts[..., 3]))
        rows = [at.get(tuple(one), -1) for one in outages]
        whole = np.abs(self.start)
        zero = np.zeros(n_line)
        return _Rows(
            np.array([k < 0 or bool(solved[k]) for k in rows]),
            np.array([whole if k < 0 else volt[k] for k in rows]).reshape(-1, n),
            np.array([zero if k < 0 else flow[k] for k in rows]).reshape(-1, n_line),
        )

    def _fate(self, out: tuple[str, ...], rows: _Rows, k: int, tripped: tuple[tuple[str, ...], ...]) -> AcFate:
        if not rows.is_solved[k]:
            return AcFate(out, False, np.nan, None, 0, np.nan, np.nan, 0, tripped, np.nan)  # noqa: FBT003
        limit = self.limit_mva[self.line]
        share = rows.flow_mva[k] / limit
        volt, live = rows.voltage[k], rows.voltage[k] > DEAD
        case = self.case
        outside = live & ((volt > case.v_max[self.bus] + 1e-6) | (volt < case.v_min[self.bus] - 1e-6))
        top = int(np.argmax(share)) if share.size else -1
        return AcFate(
            out=out,
            is_solved=True,
            loading=float(share[top]) if top >= 0 else 0.0,
            fullest=case.branch_id[self.line[top]] if top >= 0 and share[top] > 0.0 else None,
            n_over=int((rows.flow_mva[k] > limit + OVER_MVA).sum()),
            v_low=float(volt[live].min(initial=np.inf)),
            v_high=float(volt[live].max(initial=0.0)),
            n_outside=int(outside.sum()),
            tripped=tripped,
            lost_mw=self._lost_mw(live),
        )

    def _ended(self, fate: AcFate, rows: _Rows, k: int, trips: Sequence[tuple[str, ...]]) -> AcFate:
        """The fate with the state of its last round."""
        is_solved = fate.is_solved and bool(rows.is_solved[k])
        lost = self._lost_mw(rows.voltage[k] > DEAD) if is_solved else np.nan
        return AcFate(**{**fate.__dict__, "is_solved": is_solved, "tripped": tuple(trips), "lost_mw": lost})

    def _lost_mw(self, live: Bools) -> float:
        return float(np.maximum(self.case.load_mw[self.bus], 0.0)[~live].sum())


def branches_out(case: PowerCase, whole: Bools) -> tuple[list[tuple[int, ...]], list[tuple[str, ...]]]:
    """Every branch in service alone: indices and names."""
    single: Ints = np.flatnonzero(whole)
    return [(k,) for k in single.tolist()], [(case.branch_id[k],) for k in single.tolist()]
