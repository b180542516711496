"""What must hold for any damage, crews and spares, on a small made-up grid in which mending never hurts."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.maths.luck import entity_key
from mamori.records import AssetKind, Assets, DamageState, GridState, Service, State
from mamori.recovery.model import CrewTable, advance

N_BUSES, UNTIL_H = 4, 40.0
LOAD_MW = np.array([[1.0, 4.0, 2.0], [0.0, 6.0, 0.0], [2.0, 1.0, 1.0], [0.0, 4.0, 2.0]])
PLANT_MW = np.array([9.0, 9.0, 4.0])
WEIGHT = np.array([100.0, 10.0, 1.0])
ROWS = [
    *((f"bus:{i}", AssetKind.BUS, i, i // 2, 8.0) for i in range(N_BUSES)),
    *((f"feeder:{i}", AssetKind.FEEDER, i, i // 2, float(LOAD_MW[i].sum())) for i in range(N_BUSES)),
    *((f"generator:{i}", AssetKind.GENERATOR, i, i, PLANT_MW[i]) for i in range(3)),
    ("sensor:s", AssetKind.SENSOR, 0, 5, 3.0), ("port:p", AssetKind.PORT, 0, -1, 3.0),
]  # fmt: skip
N_ASSETS = len(ROWS)


def make_assets():
    columns = list(zip(*ROWS, strict=True))
    place = np.radians(0.01 * (np.arange(N_ASSETS) % 3))
    return Assets(
        columns[0], np.array([entity_key(name) for name in columns[0]], dtype=np.int64),
        *(np.array(columns[i], dtype=np.int64) for i in (1, 2, 3)), place, place,
        np.ones(N_ASSETS), np.zeros(N_ASSETS, dtype=np.int64), np.array(columns[4]),
    )  # fmt: skip


def grid_state_of(assets):
    def grid_state(damage):
        bus, feeder, plant = np.ones(N_BUSES, dtype=bool), np.ones(N_BUSES), np.ones(len(PLANT_MW))
        for a in np.flatnonzero(damage > 0):
            kind, element = assets.kind[a], assets.element[a]
            if kind == AssetKind.BUS:
                bus[element] = False
            elif kind == AssetKind.FEEDER:
                feeder[element] = 0.0
            elif kind == AssetKind.GENERATOR:
                plant[element] = 0.0
        return GridState(bus, feeder, plant, np.ones(0, dtype=bool))

    return grid_state


def serve(state, hours):
    demand = np.repeat(LOAD_MW[None], len(hours), axis=0)
    reached = LOAD_MW * (state.bus * state.feeder)[:, None]
    left = float(np.sum(PLANT_MW * state.generator * state.bus[: len(PLANT_MW)]))
    served = np.zeros_like(LOAD_MW)
    for c in range(3):
        want = float(np.sum(reached[:, c]))
        served[:, c] = reached[:, c] * (min(1.0, left / want) if want > 0.0 else 0.0)
        left = max(0.0, left - want)
    local = np.full(len(hours), np.sum(LOAD_MW - reached))
    short = np.full(len(hours), np.sum(reached - served))
    return Service(hours, demand, np.repeat(served[None], len(hours), axis=0), local, np.zeros(len(hours)), short)


@st.composite
def cases(draw):
    def column(values, n=N_ASSETS):
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    work_h = np.array(column([0.0, 1.0, 2.5, 2.5, 4.0, 30.0]))
    spare_i = np.array(column([-1, -1, 0, 1]), dtype=np.int64)
    ready_h = np.array(column([0.0, 0.0, 3.0, 7.25]))
    n_crews = draw(st.integers(0, 4))
    spares = np.array(column([0, 1, 3], 2), dtype=np.int64)
    pace, share = np.array(column([0.0, 0.5], n_crews)), np.array(column([1.0, 0.5], n_crews))
    names = tuple(f"c{w}" for w in range(n_crews))
    keys = np.array([entity_key(name) for name in names], dtype=np.int64)
    crews = CrewTable(names, keys, np.zeros(n_crews), np.zeros(n_crews), pace, share)
    state = State(
        0.0, np.where(work_h > 0.0, DamageState.HEAVY, DamageState.NONE).astype(np.int64), work_h, spare_i, ready_h,
        np.zeros(0, dtype=np.int64), spares,
        np.array(column([0.0, 2.0], n_crews)), np.full(n_crews, -1, dtype=np.int64),
    )  # fmt: skip
    return state, crews


def run(state, until_h, crews, assets=None):
    assets = make_assets() if assets is None else assets
    return advance(
        state, until_h, assets, crews,
        grid_state=grid_state_of(assets), serve=serve, demand_mw=np.full(48, LOAD_MW.sum()), class_weight=WEIGHT,
    )  # fmt: skip


def as_bytes(record):
    values = (getattr(record, field.name) for field in fields(record))
    return [value.tobytes() if isinstance(value, np.ndarray) else value for value in values]


def joined(records):
    first = records[0]
    names = [field.name for field in fields(first)]
    return type(first)(*(np.concatenate([getattr(record, name) for record in records]) for name in names))


@settings(max_examples=60, deadline=None)
@given(cases(), st.lists(st.sampled_from([0.0, 1.0, 2.5, 3.0, 4.75, 7.25, 10.0, 24.0, UNTIL_H]), max_size=4))
def test_pieces_equal_the_whole(case, cuts):
    state, crews = case
    whole = run(state, UNTIL_H, crews)
    pieces = []
    for until_h in [*sorted(cuts), UNTIL_H]:
        pieces.append(run(pieces[-1].state if pieces else state, until_h, crews))
    assert as_bytes(pieces[-1].state) == as_bytes(whole.state)
    assert as_bytes(joined([piece.service for piece in pieces])) == as_bytes(whole.service)
    assert as_bytes(joined([piece.repairs for piece in pieces])) == as_bytes(whole.repairs)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_crews_spares_and_jobs_are_kept_count_of(case):
    state, crews = case
    done = run(state, UNTIL_H, crews)
    repairs = done.repairs
    assert len(set(repairs.asset_i.tolist())) == len(repairs.asset_i)
    assert (state.work_h[repairs.asset_i] > 0.0).all()
    assert (repairs.start_h >= state.ready_h[repairs.asset_i]).all()
    assert (repairs.end_h >= repairs.start_h + state.work_h[repairs.asset_i]).all()
    assert (np.diff(repairs.start_h) >= 0.0).all()
    for w in range(len(crews.key)):
        own = repairs.crew_i == w
        times = np.column_stack([repairs.start_h[own], repairs.end_h[own]])
        assert all(a[1] <= b[0] for a, b in pairwise(times))
        assert (times[:, 0] >= state.crew_free_h[w]).all()
    used = np.bincount(repairs.spare_i[repairs.spare_i >= 0], minlength=2)
    np.testing.assert_array_equal(done.state.spares, state.spares - used)
    assert (done.state.spares >= 0).all()
    is_mended = np.isin(np.arange(N_ASSETS), repairs.asset_i[repairs.end_h <= UNTIL_H])
    np.testing.assert_array_equal(done.state.damage, np.where(is_mended, 0, state.damage))
    np.testing.assert_array_equal(done.state.work_h > 0.0, done.state.damage > 0)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_served_power_never_falls_while_crews_mend(case):
    state, crews = case
    service = run(state, UNTIL_H, crews).service
    assert (np.diff(service.served_mw.sum(axis=(1, 2))) >= -1e-9).all()
    shed = (service.demand_mw - service.served_mw).sum(axis=(1, 2))
    np.testing.assert_allclose(service.local_mw + service.network_mw + service.deficit_mw, shed, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_no_crew_is_idle_while_a_job_could_be_started(case):
    state, crews = case
    done = run(state, UNTIL_H, crews)
    spare = done.state.spare_i
    waits = (done.state.damage > 0) & ((spare < 0) | (done.state.spares[spare] > 0))
    waits[done.state.crew_asset_i[done.state.crew_asset_i >= 0]] = False
    assert not (waits.any() and (done.state.crew_free_h < UNTIL_H).any())


@settings(max_examples=40, deadline=None)
@given(cases(), st.permutations(range(N_ASSETS)), st.randoms(use_true_random=False))
def test_the_order_of_the_file_changes_nothing(case, order, luck):
    state, crews = case
    by = np.array(order)
    crew_by = np.array(luck.sample(range(len(crews.key)), len(crews.key)), dtype=np.int64)
    assets = make_assets()
    other = Assets(tuple(assets.id[a] for a in by), *(getattr(assets, field.name)[by] for field in fields(assets)[1:]))
    other_crews = CrewTable(
        tuple(crews.id[w] for w in crew_by), *(getattr(crews, field.name)[crew_by] for field in fields(crews)[1:])
    )
    per_asset = {name: getattr(state, name)[by] for name in ("damage", "work_h", "spare_i", "ready_h")}
    done = run(state, UNTIL_H, crews)
    again = run(replace(state, crew_free_h=state.crew_free_h[crew_by], **per_asset), UNTIL_H, other_crews, other)
    assert as_bytes(again.service) == as_bytes(done.service)
    assert again.n_solves == done.n_solves
    a, b = done.repairs, again.repairs
    assert [assets.id[i] for i in a.asset_i] == [other.id[i] for i in b.asset_i]
    assert [crews.id[i] for i in a.crew_i] == [other_crews.id[i] for i in b.crew_i]
    np.testing.assert_array_equal(a.end_h, b.end_h)
