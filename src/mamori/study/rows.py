"""From outcomes to the rows of the run's tables. The one writer of results."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from mamori.defence.reasons import Reason
from mamori.raid.geometry import places_at
from mamori.raid.judge import judge
from mamori.raid.measures import Measure, measures
from mamori.raid.outcome import Outcome
from mamori.raid.pipeline import Raid, class_names
from mamori.raid.sizes import AtSizes
from mamori.raid.world import World
from mamori.records import DamageState, ThreatKind
from mamori.recovery.schema import SPARE_KINDS
from mamori.services.schema import KINDS as SERVICE_KINDS
from mamori.store.tables import TABLES, Column, table

Columns = dict[str, Any]


def tables_of(
    raid: Raid,
    outcomes: Sequence[Outcome],
    sizes: Sequence[AtSizes | None] = (),
    wanted: Collection[str] = tuple(TABLES),
) -> dict[str, pa.Table]:
    """The tables of a block of replicas, in order of replicas.

    sizes: one for each outcome, None where the replica was not followed at other sizes; none at all for none of them
    wanted: names of the tables
    """
    found = {
        name: _stack([make(raid.world(o.replica), o) for o in outcomes], outcomes)
        for name, make in _MAKERS.items()
        if name in wanted
    }
    tables = {name: table(name, columns) for name, columns in found.items()}
    all_measures = measures(*class_names(raid.scenario))
    extra = measure_columns(all_measures)
    judged = [judge(raid.world(o.replica), o) for o in outcomes]
    variants = raid.scenario.raid.variants
    columns: Columns = {
        "replica": [o.replica for o in outcomes],
        "world": [o.world for o in outcomes],
        "variant": [variants[o.variant_i].id for o in outcomes],
        "aim_draw": [o.aim_draw for o in outcomes],
        "passes": [o.passes for o in outcomes],
        **{m.column: np.array([row[m.column] for row in judged], dtype=np.float64) for m in all_measures},
    }
    tables["replicas"] = table("replicas", columns, extra)
    followed = [(o, at) for o, at in zip(outcomes, sizes, strict=False) if at is not None]
    rows = _stack([_sizes(at) for _, at in followed], [o for o, _ in followed]) if followed else _NO_SIZES
    tables["raid_sizes"] = table("raid_sizes", rows)
    return {name: tables[name] for name in wanted}


def measure_columns(all_measures: Sequence[Measure]) -> list[Column]:
    """The columns of `replicas` that hold the measures."""
    return [Column(m.column, pa.float64(), m.meaning, "1" if m.is_share else m.unit) for m in all_measures]


def _stack(parts: Sequence[Columns], outcomes: Sequence[Outcome]) -> Columns:
    """One set of columns from one a replica; strings stay lists."""
    names = list(parts[0]) if parts else []
    stacked: Columns = {}
    for name in names:
        columns = [part[name] for part in parts]
        if isinstance(columns[0], np.ndarray):
            stacked[name] = np.concatenate(columns)
        else:
            stacked[name] = [value for column in columns for value in column]
    lengths = [len(part[names[0]]) for part in parts]
    stacked["replica"] = np.repeat(np.array([o.replica for o in outcomes], dtype=np.int32), lengths)
    return stacked


def _threats(world: World, o: Outcome) -> Columns:
    t, e = o.threats, o.engagements
    assets = world.places.assets
    stopped_by: list[str | None] = [None] * len(t.id)
    is_turned_away = np.zeros(len(t.id), np.bool_)
    for battery, threat, is_kill in zip(e.battery_i.tolist(), e.threat_i.tolist(), e.is_kill.tolist(), strict=True):
        if is_kill:
            stopped_by[threat] = world.batteries.id[battery]
            is_turned_away[threat] = world.batteries.is_soft[battery]
    arrives = o.arrives
    fate = np.where(arrives, "impact", "failed")
    fate = np.where(np.isfinite(e.killed_s), "stopped", fate)
    fate = np.where(o.status != 0, "no path", fate)
    return {
        "threat": list(t.id),
        "class": [t.classes[i] for i in t.class_i.tolist()],
        "kind": [ThreatKind(k).name.lower() for k in t.kind.tolist()],
        "aim": [assets.id[i] if i >= 0 else "district" for i in t.aim_i.tolist()],
        "launch_s": t.launch_s,
        "launch_latitude_deg": np.degrees(t.launch_latitude_rad),
        "launch_longitude_deg": np.degrees(t.launch_longitude_rad),
        "tracked_s": o.tracked_s,
        "end_s": o.end_s,
        "fate": fate.tolist(),
        "stopped_by": stopped_by,
        "why": [Reason(r).text if r >= 0 else None for r in o.reason.tolist()],
        "is_turned_away": is_turned_away,
        "chances": o.chances.astype(np.int32),
    }


def _detections(world: World, o: Outcome) -> Columns:
    threat, sensor = np.nonzero(np.isfinite(o.confirmed_s))
    return {
        "threat": [o.threats.id[i] for i in threat.tolist()],
        "sensor": [world.sensors.id[i] for i in sensor.tolist()],
        "confirmed_s": o.confirmed_s[threat, sensor],
    }


def _warnings(world: World, o: Outcome) -> Columns:
    w = o.warnings
    return {
        "district": [world.districts.id[i] for i in w.district_i.tolist()],
        "start_s": w.start_s,
        "end_s": w.end_s,
        "people": world.districts.people[w.district_i].astype(np.int64),
        "is_false": o.exposure.is_false,
    }


def _engagements(world: World, o: Outcome) -> Columns:
    e, b = o.engagements, world.batteries
    place = places_at(world.geometry(o.variant_i, o.aim_draw).trajectories, e.threat_i, e.intercept_s)
    return {
        "battery": [b.id[i] for i in e.battery_i.tolist()],
        "class": [b.classes[i] for i in b.class_i[e.battery_i].tolist()],
        "layer": [b.layer[i] for i in e.battery_i.tolist()],
        "threat": [o.threats.id[i] for i in e.threat_i.tolist()],
        "launch_s": e.launch_s,
        "intercept_s": e.intercept_s,
        "shots": e.n_shots.astype(np.int32),
        "p_kill": e.p_kill,
        "is_kill": e.is_kill,
        "latitude_deg": np.degrees(place[:, 0]),
        "longitude_deg": np.degrees(place[:, 1]),
        "height_m": place[:, 2],
    }


def _impacts(world: World, o: Outcome) -> Columns:
    i, x = o.impacts, o.exposure
    return {
        "threat": [o.threats.id[t] for t in i.threat_i.tolist()],
        "time_s": i.time_s,
        "latitude_deg": np.degrees(i.latitude_rad),
        "longitude_deg": np.degrees(i.longitude_rad),
        "district": [world.districts.id[d] if d >= 0 else None for d in x.district_i.tolist()],
        "persons_under": x.persons_under,
        "persons_sheltered": x.persons_sheltered,
        "persons_exposed": x.persons_exposed,
        "lead_s": x.lead_s,
        "is_late": x.is_late,
    }


def _damage(world: World, o: Outcome) -> Columns:
    assets, places = world.places.assets, world.places
    both = (world.initial, o.damage)
    asset_i = np.concatenate([d.asset_i for d in both])
    spare_i = np.concatenate([d.spare_i for d in both])
    return {
        "asset": [assets.id[i] for i in asset_i.tolist()],
        "kind": [places.kind_name[i] for i in asset_i.tolist()],
        "site": [places.site[s] for s in assets.site_i[asset_i].tolist()],
        "state": [DamageState(s).name.lower() for s in np.concatenate([d.state for d in both]).tolist()],
        "time_s": np.concatenate([d.time_s for d in both]),
        "threat": [None] * len(world.initial.asset_i) + [o.threats.id[i] for i in o.damage.threat_i.tolist()],
        "work_h": np.concatenate([d.work_h for d in both]),
        "spare": [SPARE_KINDS[s] if s >= 0 else None for s in spare_i.tolist()],
        "cost_eur": np.concatenate([d.cost for d in both]),
    }


def _service(world: World, o: Outcome) -> Columns:
    r = o.recovered
    lost = {kind: r.services_lost[:, world.services.kind == k].sum(axis=1) for k, kind in enumerate(SERVICE_KINDS)}
    return {
        "hour": np.arange(len(r.demand_mw), dtype=np.int32),
        "demand_mw": r.demand_mw,
        "served_mw": r.served_mw,
        "local_mw": r.local_mw,
        "network_mw": r.network_mw,
        "deficit_mw": r.deficit_mw,
        "customers_off": r.customers_off,
        "hospitals_lost": lost["hospital"],
        "water_lost": lost["water"],
        "heat_lost": lost["heat"],
        "telecom_lost": lost["telecom"],
    }


def _districts(world: World, o: Outcome) -> Columns:
    off = o.recovered.group_hours_off
    return {
        "district": list(world.districts.id),
        "people": world.districts.people.astype(np.int64),
        "energy_not_served_mwh": o.recovered.district_energy_mwh,
        "hours_off": off.mean(axis=1),
        "hours_off_best": off.min(axis=1),
        "hours_off_worst": off.max(axis=1),
        "hours_off_without_raid": o.without_raid.district_hours_off,
    }


def _repairs(world: World, o: Outcome) -> Columns:
    r = o.recovered
    return {
        "asset": [world.places.assets.id[i] for i in r.repair_asset_i.tolist()],
        "crew": [world.crews.id[i] for i in r.repair_crew_i.tolist()],
        "start_h": r.repair_start_h,
        "end_h": r.repair_end_h,
        "spare": [SPARE_KINDS[s] if s >= 0 else None for s in r.repair_spare_i.tolist()],
    }


def _households(world: World, o: Outcome) -> Columns:
    off = o.recovered.group_hours_off
    n_districts, n_groups = off.shape
    return {
        "district": [name for name in world.districts.id for _ in range(n_groups)],
        "group": np.tile(np.arange(n_groups, dtype=np.int32), n_districts),
        "people": np.repeat(world.districts.people / n_groups, n_groups),
        "hours_off": off.ravel(),
    }


def _magazines(world: World, o: Outcome) -> Columns:
    b = world.batteries
    return {
        "battery": list(b.id),
        "class": [b.classes[i] for i in b.class_i.tolist()],
        "start": b.stock.astype(np.int32),
        "left": o.engagements.magazine_left.astype(np.int32),
    }


def _sizes(at: AtSizes) -> Columns:
    """Rows by size and, within each, by class, of the classes that the variant has."""
    size_i, class_i = np.nonzero(np.broadcast_to(at.launched.any(axis=0), at.launched.shape))
    counts = {name: getattr(at, name)[size_i, class_i].astype(np.int32) for name in _COUNTS}
    return {"size": at.size[size_i], "class": [at.classes[i] for i in class_i.tolist()], **counts}


_COUNTS = ("launched", "leaked", "stopped", "undefended")
_NO_SIZES: Columns = {name: [] for name in ("replica", "size", "class", *_COUNTS)}
_MAKERS: dict[str, Callable[[World, Outcome], Columns]] = {
    "threats": _threats,
    "detections": _detections,
    "warnings": _warnings,
    "engagements": _engagements,
    "impacts": _impacts,
    "damage": _damage,
    "service": _service,
    "districts": _districts,
    "households": _households,
    "magazines": _magazines,
    "repairs": _repairs,
}
