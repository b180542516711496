"""After the last impact: power hour by hour while crews mend, services on their backup, households taking turns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mamori.damage.model import merge, standing
from mamori.grid.potential import potential
from mamori.outages.model import rota
from mamori.raid.outcome import Recovered, WithoutRaid
from mamori.raid.world import CLASS_WEIGHT, World
from mamori.records import Damage, DamageState, LoadClass, State
from mamori.recovery.model import Recovery, advance
from mamori.services.model import lost
from mamori.world.quantity import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mamori.raid.clock import Clock
    from mamori.records import Bools, Engagements, Floats, GridState, Impacts, Ints, Service

HOUR_S = 3600.0


def recover(world: World, broken: Damage, engagements: Engagements, fallen: Impacts, clock: Clock) -> Recovered:
    """The hours after a raid's zero hour, from its damage: each impact counts from the start of its hour."""
    last_h = float(fallen.time_s.max(initial=0.0)) / HOUR_S
    with clock("recovery"):
        state = replace(world.state_before(), magazine=engagements.magazine_left)
        state = replace(state, ready_h=np.where(state.damage > DamageState.NONE, last_h, state.ready_h))
        pieces = []
        for hour, part in _by_hour(broken, world.n_hours):
            if hour > state.clock_h:
                pieces.append(_advance(world, state, hour, clock))
                state = pieces[-1].state
            state = _hit(world, state, part, last_h)
        pieces.append(_advance(world, state, world.n_hours, clock))
    with clock("services"):
        return _recovered(world, broken, pieces)


def without_raid(world: World, clock: Clock) -> WithoutRaid:
    """The same hours if the raid did not come; worked out once a world."""
    if world.without_raid is None:
        with clock("recovery"):
            service = _advance(world, world.state_before(), world.n_hours, clock).service
        off = _district_off(world, service.demand_mw, service.served_mw)
        rules = world.scenario.outages
        world.without_raid = WithoutRaid(
            energy_mwh=float((service.demand_mw - service.served_mw).sum()),
            district_hours_off=rota(off, rules.groups, rules.slot_h).mean(axis=1),
        )
    return world.without_raid


def _district_off(world: World, demand_mw: Floats, served_mw: Floats) -> Floats:
    """(H, D) share of each district's households without power, from power by hour, bus and class of load."""
    demand, served = demand_mw[:, :, LoadClass.HOUSEHOLD], served_mw[:, :, LoadClass.HOUSEHOLD]
    off = 1.0 - np.divide(served, demand, out=np.ones_like(served), where=demand > 0.0)
    bus = world.district_bus_i
    return np.where(bus >= 0, off[:, bus], 0.0)


def _by_hour(broken: Damage, n_hours: int) -> Iterator[tuple[int, Damage]]:
    """The damage in the order of the hours in which it was done; what comes after the horizon is left out."""
    hours = np.floor(broken.time_s / HOUR_S).astype(np.int64)
    for hour in np.unique(hours).tolist():
        if hour < n_hours:
            rows = hours == hour
            yield hour, Damage(*(getattr(broken, name)[rows] for name in Damage.__dataclass_fields__))


def _hit(world: World, state: State, part: Damage, last_h: float) -> State:
    """The state after further damage: of an asset that was broken before, the worse stands."""
    broken_i = np.flatnonzero(state.damage > DamageState.NONE)
    none = np.full(len(broken_i), -1, dtype=np.int64)
    before = Damage(
        asset_i=broken_i,
        state=state.damage[broken_i],
        time_s=np.full(len(broken_i), -np.inf),
        silent_s=np.full(len(broken_i), np.inf),
        threat_i=none,
        work_h=state.work_h[broken_i],
        spare_i=state.spare_i[broken_i],
        cost=np.zeros(len(broken_i)),
    )
    level, spare_i, work_h, ready_h = standing(
        merge(before, part), len(state.damage), last_h * HOUR_S, value(world.scenario.recovery.assessment_h)
    )
    return replace(state, damage=level, spare_i=spare_i, work_h=work_h, ready_h=np.maximum(ready_h, state.ready_h))


def _advance(world: World, state: State, until_h: float, clock: Clock) -> Recovery:
    def serve(grid: GridState, hours: Ints) -> Service:
        with clock("grid"):
            return world.network.serve(grid, hours)

    def expect(grid: GridState, hour: int) -> Floats:
        with clock("grid"):
            return world.grid_state.gains(potential(world.network, grid, hour, CLASS_WEIGHT))

    return advance(
        state,
        until_h,
        world.places.assets,
        world.crews,
        grid_state=world.grid_state,
        serve=serve,
        demand_mw=world.series.demand_mw.sum(axis=1),
        class_weight=CLASS_WEIGHT,
        potential=expect,
        candidates=world.scenario.recovery.candidates,
    )


def _services_stand(world: World, broken: Damage, pieces: list[Recovery]) -> Bools:
    """(H, K) whether each service's own building stands: not from the hour in which it was hit until it is mended."""
    stands = np.ones((world.n_hours, len(world.services.id)), dtype=np.bool_)
    k_of_asset = {asset: k for k, asset in enumerate(world.service_asset_i.tolist())}
    mended_h = {
        asset: end_h
        for piece in pieces
        for asset, end_h in zip(piece.repairs.asset_i.tolist(), piece.repairs.end_h.tolist(), strict=True)
    }
    for damage in (world.initial, broken):
        for asset, level, time_s in zip(
            damage.asset_i.tolist(), damage.state.tolist(), damage.time_s.tolist(), strict=True
        ):
            if asset in k_of_asset and level >= DamageState.HEAVY:
                first = max(0, int(time_s // HOUR_S)) if time_s > -np.inf else 0
                last = min(world.n_hours, math.ceil(mended_h.get(asset, world.n_hours)))
                stands[first:last, k_of_asset[asset]] = False
    return stands


def _recovered(world: World, broken: Damage, pieces: list[Recovery]) -> Recovered:
    demand = np.concatenate([piece.service.demand_mw for piece in pieces])
    served = np.concatenate([piece.service.served_mw for piece in pieces])
    share = np.divide(served, demand, out=np.ones_like(served), where=demand > 0.0)
    damage = pieces[-1].state.damage
    bus = world.district_bus_i
    district_off = _district_off(world, demand, served)
    household_mw = (demand - served)[:, :, LoadClass.HOUSEHOLD]
    of_bus = np.bincount(bus[bus >= 0], weights=world.districts.people[bus >= 0], minlength=demand.shape[1])
    part = np.divide(
        world.districts.people, of_bus[bus], out=np.zeros(len(bus)), where=(bus >= 0) & (of_bus[bus] > 0.0)
    )
    service_off = lost(
        share[:, world.services.bus_i, LoadClass.CRITICAL],
        _services_stand(world, broken, pieces),
        world.services.backup_h,
        world.services.recharge,
    )
    rules = world.scenario.outages
    repairs = [piece.repairs for piece in pieces]

    def hourly(name: str) -> Floats:
        return np.concatenate([getattr(piece.service, name) for piece in pieces])

    return Recovered(
        demand_mw=demand.sum(axis=(1, 2)),
        served_mw=served.sum(axis=(1, 2)),
        local_mw=hourly("local_mw"),
        network_mw=hourly("network_mw"),
        deficit_mw=hourly("deficit_mw"),
        district_off=district_off,
        customers_off=district_off @ world.districts.people,
        services_lost=service_off.hours,
        district_energy_mwh=np.where(bus >= 0, household_mw[:, bus].sum(axis=0) * part, 0.0),
        group_hours_off=rota(district_off, rules.groups, rules.slot_h),
        repair_asset_i=np.concatenate([r.asset_i for r in repairs]),
        repair_crew_i=np.concatenate([r.crew_i for r in repairs]),
        repair_start_h=np.concatenate([r.start_h for r in repairs]),
        repair_end_h=np.concatenate([r.end_h for r in repairs]),
        repair_spare_i=np.concatenate([r.spare_i for r in repairs]),
        damage=damage,
    )
