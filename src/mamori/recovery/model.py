"""Crews and spare parts mend what is broken, the best repair first, and the grid serves what it can meanwhile.

`advance` carries a state from its clock to a later hour. It works in pieces: going to hour 24 and from there to hour
168 gives the same as going to hour 168 at once, so that a campaign may stop it at the next raid.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mamori.errors import Fault, ScenarioError
from mamori.language.message import say
from mamori.maths.earth import distance_m
from mamori.records import Assets, DamageState, Floats, GridState, Ints, Serve, Service, State
from mamori.recovery.choice import Job, Ledger, Potential, in_order, state_key

PEAK_WINDOW_H = 24  # a repair is judged by the highest demand of the day that follows


@dataclass(frozen=True)
class CrewTable:
    """Crews, one row each.

    id: (W,) names; key: (W,) keys that settle ties; latitude_rad, longitude_rad: (W,) depots
    pace_h_km: (W,) hours on the way for each kilometre of great circle; working_share: (W,) of the clock, at a job
    """

    id: tuple[str, ...]
    key: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    pace_h_km: Floats
    working_share: Floats


@dataclass(frozen=True)
class Repairs:
    """Repairs in order of their start.

    asset_i, crew_i: (Q,); start_h: (Q,) the crew sets out; end_h: (Q,) the asset is whole, perhaps after the clock
    spare_i: (Q,) kind of spare part used, -1 for none
    """

    asset_i: Ints
    crew_i: Ints
    start_h: Floats
    end_h: Floats
    spare_i: Ints


@dataclass(frozen=True)
class Recovery:
    """What `advance` did: the state at its end, power by hour, repairs that were started.

    n_solves: single-hour solves that the choice of repairs took, beyond the hours of `service`
    """

    state: State
    service: Service
    repairs: Repairs
    n_solves: int


def advance(
    state: State,
    until_h: float,
    assets: Assets,
    crews: CrewTable,
    *,
    grid_state: Callable[[Ints], GridState],
    serve: Serve,
    demand_mw: Floats,
    class_weight: Floats,
    potential: Potential | None = None,
    candidates: int = 3,
) -> Recovery:
    """Mend and serve from the state's clock until the given hour.

    until_h: hours after the raid's zero hour; grid_state: what stands, given the (A,) DamageState
    serve: must give for an hour the same, bit for bit, whichever hours it is asked for together with
    demand_mw: (hours,) demand of the whole grid by hour of the run's horizon, which says when the next peak is
    class_weight: (C,) what a MW of each load class weighs in the choice; potential: cheap estimates of gains, None to
    rank by worth before solving; candidates: repairs solved exactly at a decision

    A job is an asset that is damaged and has finite work left. Its crew sets out at `ready_h` or later, takes the spare
    along, works `work_h` and is free again when it is done; the way is always from its own depot, because the state
    does not say where a crew is. A job whose spare is not in stock waits and does not hold a crew up. A free crew never
    idles while a job could be started. The asset is whole from the first full hour at or after the end.
    Whoever changes an asset under repair between two calls (a new raid) takes its crew off it: `crew_asset_i` -1.
    The service covers the full hours h with clock <= h < until_h. Raises ScenarioError if until_h is before the clock.
    """
    if until_h < state.clock_h:
        fault = Fault(
            "recovery.until_h",
            f"{until_h:g} h",
            say("must not be before the state's clock, {clock:g} h", clock=state.clock_h),
        )
        raise ScenarioError(fault)
    ledger = Ledger(grid_state, serve, potential, class_weight)
    site = _Site(state, assets, crews, ledger, demand_mw=demand_mw, candidates=candidates)
    t = state.clock_h
    while t < until_h:
        site.finish(t)
        site.assign(t)
        t = site.next_event_h(t)
    site.finish(until_h)
    return Recovery(
        state=site.state_at(until_h),
        service=_service(state, until_h, site.finished, grid_state, serve),
        repairs=site.repairs(),
        n_solves=ledger.n_solves,
    )


class _Site:
    """The repairs under way: private copies of the state's arrays, changed event by event."""

    def __init__(
        self, state: State, assets: Assets, crews: CrewTable, ledger: Ledger, *, demand_mw: Floats, candidates: int
    ) -> None:
        self._start, self._assets, self._crews, self._ledger = state, assets, crews, ledger
        self._demand_mw, self._candidates = demand_mw, candidates
        self._damage, self._work_h = state.damage.copy(), state.work_h.copy()
        self._spare_i, self._spares = state.spare_i.copy(), state.spares.copy()
        self._free_h, self._asset_i = state.crew_free_h.copy(), state.crew_asset_i.copy()
        self._by_key = [int(w) for w in np.argsort(crews.key)]
        self._way_h = travel_h(crews, assets, np.flatnonzero(state.damage > DamageState.NONE))
        self._started: list[tuple[int, int, float, float, int]] = []
        self.finished: list[tuple[float, int]] = []

    def finish(self, t: float) -> None:
        """Mark what is done at or before t as whole."""
        for w in np.flatnonzero((self._asset_i >= 0) & (self._free_h <= t)):
            a = int(self._asset_i[w])
            self.finished.append((float(self._free_h[w]), a))
            self._damage[a], self._work_h[a], self._asset_i[w] = DamageState.NONE, 0.0, -1

    def assign(self, t: float) -> None:
        """Send free crews to jobs, until there are no more of either."""
        free = [w for w in self._by_key if self._asset_i[w] < 0 and self._free_h[w] <= t]
        waiting = self._waiting()
        if not free or not np.any(self._start.ready_h[waiting] <= t):
            return
        for a in self._in_order(waiting, free, t):
            spare = int(self._spare_i[a])
            if spare >= 0 and self._spares[spare] <= 0:
                continue
            w = min(free, key=lambda w: (self._way_h[w, a], self._crews.key[w]))
            self._send(w, a, t)
            free.remove(w)
            if not free:
                return

    def next_event_h(self, t: float) -> float:
        """When a crew is next free, or a job ready; inf if never."""
        times = np.concatenate([self._free_h, self._start.ready_h[self._waiting()]])
        return float(np.min(times[times > t], initial=math.inf))

    def state_at(self, until_h: float) -> State:
        """The state at the end: work left is what the crews at their jobs have still to do."""
        for w in np.flatnonzero(self._asset_i >= 0):
            a = self._asset_i[w]
            left = (self._free_h[w] - until_h) * self._crews.working_share[w]
            self._work_h[a] = min(self._work_h[a], left)  # all of it while the crew is on its way
        return replace(
            self._start, clock_h=float(until_h), damage=self._damage, work_h=self._work_h, spare_i=self._spare_i,
            spares=self._spares, crew_free_h=self._free_h, crew_asset_i=self._asset_i,
        )  # fmt: skip

    def repairs(self) -> Repairs:
        """What was started, in order."""
        columns = list(zip(*self._started, strict=True)) or [()] * 5
        ints = [np.array(columns[i], dtype=np.int64) for i in (0, 1, 4)]
        floats = [np.array(columns[i], dtype=np.float64) for i in (2, 3)]
        return Repairs(ints[0], ints[1], floats[0], floats[1], ints[2])

    def _waiting(self) -> Ints:
        """Assets to mend that no crew is at and whose spare is in stock."""
        is_job = (self._damage > DamageState.NONE) & (self._work_h > 0.0) & np.isfinite(self._work_h)
        is_job[self._asset_i[self._asset_i >= 0]] = False
        found = np.flatnonzero(is_job)
        spare = self._spare_i[found]
        if not len(self._spares):
            return found[spare < 0]
        return found[(spare < 0) | (self._spares[spare] > 0)]

    def _in_order(self, waiting: Ints, free: list[int], t: float) -> list[int]:
        damage = self._damage.copy()
        damage[self._asset_i[self._asset_i >= 0]] = DamageState.NONE
        crews = np.array(free, dtype=np.int64)[:, None]
        work_h = self._work_h[waiting] / self._crews.working_share[crews]
        columns = (
            waiting, self._assets.kind[waiting], self._assets.site_i[waiting], self._assets.worth_mw[waiting],
            self._assets.key[waiting], np.min(self._way_h[crews, waiting] + work_h, axis=0),
            self._start.ready_h[waiting] <= t, self._spare_i[waiting],
        )  # fmt: skip
        return in_order(
            [Job(*row) for row in zip(*(column.tolist() for column in columns), strict=True)],
            damage, self._spares, self._assets, self._ledger,
            hour=peak_hour(self._demand_mw, t), n_crews=len(free), candidates=self._candidates,
        )  # fmt: skip

    def _send(self, w: int, a: int, t: float) -> None:
        end_h = t + float(self._way_h[w, a]) + float(self._work_h[a] / self._crews.working_share[w])
        spare = int(self._spare_i[a])
        if spare >= 0:
            self._spares[spare] -= 1
            self._spare_i[a] = -1
        self._free_h[w], self._asset_i[w] = end_h, a
        self._started.append((a, w, t, end_h, spare))


def travel_h(crews: CrewTable, assets: Assets, asset_i: Ints) -> Floats:
    """(W, A) hours from each crew's depot to the given assets, 0 for the others.

    Rounded to a few milliseconds: the last bit of a sine, which may differ with the place in an array, decides nothing.
    """
    found = np.zeros((len(crews.key), len(assets.key)))
    metres = distance_m(
        crews.latitude_rad[:, None], crews.longitude_rad[:, None],
        assets.latitude_rad[asset_i], assets.longitude_rad[asset_i],
    )  # fmt: skip
    found[:, asset_i] = np.round(1e-3 * metres * crews.pace_h_km[:, None], 6)
    return found


def peak_hour(demand_mw: Floats, t_h: float) -> int | None:
    """Hour of the highest demand within a day from the given time; None where the horizon has no hours."""
    if not len(demand_mw):
        return None
    first = min(max(math.floor(t_h), 0), len(demand_mw) - 1)
    return first + int(np.argmax(demand_mw[first : first + PEAK_WINDOW_H]))


def _service(
    state: State,
    until_h: float,
    finished: list[tuple[float, int]],
    grid_state: Callable[[Ints], GridState],
    serve: Serve,
) -> Service:
    """Power by hour; hours in which the grid stands the same are served in one call."""
    damage = state.damage.copy()
    todo = sorted(finished, reverse=True)
    batches: list[tuple[GridState, list[int]]] = []
    for hour in range(math.ceil(state.clock_h), math.ceil(until_h)):
        is_changed = not batches
        while todo and todo[-1][0] <= hour:
            damage[todo.pop()[1]] = DamageState.NONE
            is_changed = True
        if is_changed:
            now = grid_state(damage.copy())
            if not batches or state_key(now) != state_key(batches[-1][0]):
                batches.append((now, []))
        batches[-1][1].append(hour)
    batches = batches or [(grid_state(damage), [])]
    found = [serve(now, np.array(hours, dtype=np.int64)) for now, hours in batches]
    names = ("hour", "demand_mw", "served_mw", "local_mw", "network_mw", "deficit_mw")
    return Service(*(np.concatenate([getattr(batch, name) for batch in found]) for name in names))
