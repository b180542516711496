"""The value of every measure in one replica."""

import numpy as np

from mamori.damage.model import merge
from mamori.defence.reasons import Reason
from mamori.raid.measures import HOUSEHOLD_SHARES, LEADS_S, SERVICE_KINDS, column_name
from mamori.raid.outcome import Outcome
from mamori.raid.world import World
from mamori.records import AssetKind, DamageState, Floats
from mamori.services.model import by_kind
from mamori.warning.model import lead_persons

LIGHTS_ON = 0.9


def judge(world: World, outcome: Outcome) -> dict[str, float]:
    """Every measure by its column; nan where a replica has no value (nobody was under an impact, 90 % was not
    reached)."""
    return {
        **_power(world, outcome),
        **_fight(world, outcome),
        **_people(outcome),
        **_households(world, outcome),
    }


def _power(world: World, outcome: Outcome) -> dict[str, float]:
    r = outcome.recovered
    plants = world.places.of_kind(AssetKind.GENERATOR)
    plant_mw = world.case.generator_mw[world.places.assets.element[plants]]
    left = np.ones((len(DamageState),))
    left[DamageState.LIGHT] = world.asset_classes.capacity_left_light[AssetKind.GENERATOR]
    left[DamageState.HEAVY :] = 0.0
    found = {
        "energy_not_served_mwh": float((r.demand_mw - r.served_mw).sum()),
        "energy_not_served_local_mwh": float(r.local_mw.sum()),
        "energy_not_served_network_mwh": float(r.network_mw.sum()),
        "energy_not_served_deficit_mwh": float(r.deficit_mw.sum()),
        "energy_not_served_without_raid_mwh": outcome.without_raid.energy_mwh,
        "customer_hours_without_power": float(r.customers_off.sum()),
        "capacity_missing_mw": float((plant_mw * (1.0 - left[r.damage[plants]])).sum()),
        "time_to_90_percent_h": time_to(LIGHTS_ON, r.demand_mw, r.served_mw),
        "cost_of_damage_eur": float(merge(world.initial, outcome.damage).cost.sum() - world.initial.cost.sum()),
    }
    lost_h = by_kind(r.services_lost, world.services.kind, len(SERVICE_KINDS))
    found |= {f"{kind}_hours_lost": hours for kind, hours in zip(SERVICE_KINDS, lost_h.tolist(), strict=True)}
    return found


def time_to(share: float, demand_mw: Floats, served_mw: Floats) -> float:
    """Hours until at least this share of demand is served and stays so to the end of the horizon; nan if it is not.

    demand_mw, served_mw: (H,)
    """
    below = np.flatnonzero(served_mw < share * demand_mw - 1e-9)
    if not len(below):
        return 0.0
    return float(below[-1] + 1) if below[-1] + 1 < len(demand_mw) else float("nan")


def _fight(world: World, outcome: Outcome) -> dict[str, float]:
    threats, engagements, batteries = outcome.threats, outcome.engagements, world.batteries
    arrives, is_stopped = outcome.arrives, np.isfinite(engagements.killed_s)
    is_failed = ~arrives & ~is_stopped
    found = {
        "cost_of_interceptors_eur": float(
            (engagements.n_shots * batteries.cost_per_shot_eur[engagements.battery_i]).sum()
        )
    }
    for c, name in enumerate(threats.classes):
        is_class = threats.class_i == c
        column = column_name(name)
        found[f"leakers_{column}"] = float(arrives[is_class].sum())
        found[f"stopped_fraction_{column}"] = float(is_stopped[is_class].mean()) if is_class.any() else np.nan
        found[f"failed_fraction_{column}"] = float(is_failed[is_class].mean()) if is_class.any() else np.nan
    for reason in Reason:
        found[f"leaked_{reason.name.lower()}"] = float((outcome.reason == reason).sum())
    for c, name in enumerate(batteries.classes):
        column = column_name(name)
        used = engagements.n_shots[batteries.class_i[engagements.battery_i] == c]
        found[f"interceptors_used_{column}"] = float(used.sum())
        found[f"magazine_left_{column}"] = float(engagements.magazine_left[batteries.class_i == c].sum())
    return found


def _people(outcome: Outcome) -> dict[str, float]:
    x = outcome.exposure
    *by_lead, late, never, people = lead_persons(x, tuple(seconds for seconds, _ in LEADS_S)).tolist()
    is_warned = np.isfinite(x.lead_s)
    warned = float(x.persons_under[is_warned].sum())
    lead = float((x.persons_under * x.lead_s)[is_warned].sum())
    names = (*(name for _, name in LEADS_S), "late", "never")
    return {
        "warning_lead_time_s": lead / warned if warned > 0.0 else np.nan,
        "false_warning_person_hours": x.false_warning_person_hours,
        "persons_exposed": float(x.persons_exposed.sum()),
        **{
            f"warned_{name}_share": persons / people if people > 0.0 else np.nan
            for name, persons in zip(names, (*by_lead, late, never), strict=True)
        },
    }


def _households(world: World, outcome: Outcome) -> dict[str, float]:
    """The least hours without power that this share of the people has at most."""
    off = outcome.recovered.group_hours_off
    people = np.broadcast_to(world.districts.people[:, np.newaxis], off.shape).ravel()
    if not people.sum() > 0.0:
        return dict.fromkeys(HOUSEHOLD_SHARES, np.nan)
    found = np.quantile(off.ravel(), list(HOUSEHOLD_SHARES.values()), weights=people, method="inverted_cdf")
    return dict(zip(HOUSEHOLD_SHARES, found.tolist(), strict=True))
