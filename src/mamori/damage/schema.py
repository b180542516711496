"""What a scenario says about damage: what impacts do to assets, what protects them, what was broken before.

A catalogue class has its section `[name.damage]`, of one of three types: `munition` (a threat class), `asset` and
`protection`. The functions below turn resolved sections into the tables of `model.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from mamori.damage.model import AssetTable, DebrisTable, MunitionTable, ProtectionTable
from mamori.errors import Fault, ScenarioError
from mamori.language.message import COMMAS, joined, say
from mamori.records import AssetKind, Assets, Damage, DamageState, Floats, Ints, ThreatKind
from mamori.world.quantity import Number, Part, Probability, Quantity, value

StateName = Literal["light", "heavy", "destroyed"]
STATES: dict[str, DamageState] = {
    "light": DamageState.LIGHT,
    "heavy": DamageState.HEAVY,
    "destroyed": DamageState.DESTROYED,
}

KINDS: dict[str, tuple[AssetKind, ...]] = {
    **{kind.name.lower(): (kind,) for kind in AssetKind},
    "substation": (AssetKind.BUS, AssetKind.TRANSFORMER, AssetKind.FEEDER),
}
"""Kinds of asset by the names that `protection.at` may use."""


class ByThreat(Part):
    """One number for each kind of threat."""

    ballistic: Annotated[Number, Quantity(ge=0.0, le=1.0)] = Field(description="against ballistic missiles")
    cruise: Annotated[Number, Quantity(ge=0.0, le=1.0)] = Field(description="against cruise missiles")
    drone: Annotated[Number, Quantity(ge=0.0, le=1.0)] = Field(description="against drones")
    boat: Annotated[Number, Quantity(ge=0.0, le=1.0)] = Field(description="against boats")


class Debris(Part):
    """What is left of a threat of a class that was stopped in the air."""

    p_harmful: Probability = Field(description="probability that a piece that can do harm comes down (share of 1)")
    drag_s: Annotated[Number, Quantity("s", ge=0.0, le=600.0)] = Field(
        description="time constant, s, in which the air takes away its speed over the ground"
    )
    spread: Annotated[Number, Quantity(ge=0.0, le=2.0)] = Field(
        description="standard deviation of its place on either axis, as a share of its way over the ground"
    )
    effect_radius_m: Annotated[Number, Quantity("m", ge=0.0, le=500.0)] = Field(
        description="distance, m, within which an unprotected asset breaks"
    )
    severity: Annotated[Number, Quantity(gt=0.0, le=100.0)] = Field(
        default=0.1, description="factor on the odds of the worse damage states, 1 for a whole cruise missile"
    )


class Munition(Part):
    """What a threat of a class does where it comes down: `[drone-notional.damage]` with `type = "munition"`."""

    type: Literal["munition"]
    p_works: Probability = Field(
        description="probability that one that nobody stopped arrives and functions (share of 1)"
    )
    cep_m: Annotated[Number, Quantity("m", ge=0.0, le=20_000.0)] = Field(
        description="circular error probable, m: half of them come down within this distance of the aim"
    )
    drift: Annotated[Number, Quantity(ge=0.0, le=0.1)] = Field(
        default=0.0,
        description="metres of circular error that navigation adds for each metre from launch to aim; in squares",
    )
    effect_radius_m: Annotated[Number, Quantity("m", ge=0.0, le=5_000.0)] = Field(
        description="distance, m, within which an unprotected asset breaks and an unsheltered person is exposed"
    )
    severity: Annotated[Number, Quantity(gt=0.0, le=100.0)] = Field(
        default=1.0, description="factor on the odds of the worse damage states, 1 for a cruise missile"
    )
    debris: Debris | None = Field(default=None, description="what is left of one that was stopped; nothing if left out")


class AssetClass(Part):
    """How an asset breaks and is mended: `[switchyard-notional.damage]` with `type = "asset"`.

    Repair work is a median in crew hours (one crew working one hour) for each state; what differs from one repair to
    the next is lognormal around it. A generator's work and cost are those of a unit of 100 MW; the raid scales them.
    """

    type: Literal["asset"]
    radius_m: Annotated[Number, Quantity("m", ge=0.0, le=5_000.0)] = Field(description="radius of its footprint, m")
    offset_m: Annotated[Number, Quantity("m", ge=0.0, le=20_000.0)] = Field(
        default=0.0, description="it stands somewhere within this distance, m, of the centre of its site"
    )
    p_heavy_or_worse: Probability = Field(description="probability of heavy damage or worse, given a hit")
    p_destroyed_if_heavy: Probability = Field(description="probability of destruction, given heavy damage or worse")
    work_light_h: Annotated[Number, Quantity("h", ge=0.0)] = Field(description="median repair work, light, crew hours")
    work_heavy_h: Annotated[Number, Quantity("h", ge=0.0)] = Field(description="median repair work, heavy, crew hours")
    work_destroyed_h: Annotated[Number, Quantity("h", ge=0.0)] = Field(
        description="median work to replace it, with the spare at hand, crew hours"
    )
    work_sigma_ln: Annotated[Number, Quantity(ge=0.0, le=2.0)] = Field(
        default=0.0, description="standard deviation of the logarithm of the work from one repair to the next"
    )
    spare: str = Field(default="none", description='kind of spare part that a repair takes, or "none"')
    spare_from: StateName = Field(default="destroyed", description="mildest state that takes the spare")
    capacity_left_light: Probability = Field(
        default=1.0, description="share of its capacity that a lightly damaged one keeps"
    )
    cost_light_eur: Annotated[Number, Quantity("EUR", ge=0.0)] = Field(description="notional cost of light damage, EUR")
    cost_heavy_eur: Annotated[Number, Quantity("EUR", ge=0.0)] = Field(description="notional cost of heavy damage, EUR")
    cost_destroyed_eur: Annotated[Number, Quantity("EUR", ge=0.0)] = Field(
        description="notional cost of replacement, EUR"
    )


class Protection(Part):
    """A level of passive protection: `[gabion-notional.damage]` with `type = "protection"`."""

    type: Literal["protection"]
    radius_factor: ByThreat = Field(description="factor on the effect radius, by kind of threat (1 protects nothing)")
    p_stop: ByThreat = Field(description="probability that a hit on the protected asset is stopped, by kind of threat")
    cost_eur: Annotated[Number, Quantity("EUR", ge=0.0)] = Field(description="notional cost for one site, EUR")


DamageClass = Annotated[Munition | AssetClass | Protection, Field(discriminator="type")]
"""The section `[name.damage]` of a catalogue class."""


class AssetClasses(Part):
    """Catalogue class by which each kind of asset breaks."""

    bus: str = Field(default="switchyard-notional", description="switchyards")
    transformer: str = Field(default="transformer-notional", description="transformers between two voltages")
    feeder: str = Field(default="feeder-notional", description="step-down transformers and feeders to customers")
    generator: str = Field(default="generator-notional", description="generating units")
    sensor: str = Field(default="sensor-site-notional", description="sensors")
    battery: str = Field(default="battery-site-notional", description="batteries, posts, teams")
    command_post: str = Field(default="command-post-notional", description="command posts")
    service: str = Field(default="service-building-notional", description="hospitals, water, heat, telecom")
    port: str = Field(default="port-notional", description="ports")

    def in_order(self) -> tuple[str, ...]:
        """Class names in the order of AssetKind."""
        return tuple(getattr(self, kind.name.lower()) for kind in AssetKind)


class Protected(Part):
    """Protection of one place."""

    at: str = Field(
        description="id of an asset or of a site, or a kind: bus, transformer, feeder, generator, sensor, battery, "
        "command_post, service, port, substation (bus, transformer and feeder)"
    )
    level: str = Field(description='catalogue class of the protection, or "none"')


class InitialDamage(Part):
    """Damage that an earlier raid left."""

    asset: str = Field(description="id of the asset")
    state: StateName = Field(description="light, heavy or destroyed")
    work_h: Annotated[Number, Quantity("h", ge=0.0)] | None = Field(
        default=None, description="crew hours of repair left; without it the median of its class"
    )


class DamagePart(Part):
    """The scenario's `damage:`."""

    asset_classes: AssetClasses = Field(default=AssetClasses(), description="class by kind of asset")
    protection: tuple[Protected, ...] = Field(
        default=(),
        description="what is protected; an entry for an asset goes before one for its site, that before one for its "
        "kind, and of equals the last holds",
    )
    initial: tuple[InitialDamage, ...] = Field(default=(), description="damage from earlier raids")

    def protection_names(self) -> tuple[str, ...]:
        """Protection levels in use, "none" first, then by name: the rows of the protection table."""
        return ("none", *sorted({entry.level for entry in self.protection} - {"none"}))


def munition_table(classes: Sequence[Munition]) -> MunitionTable:
    """Table of resolved munitions, row by row (in the order of `Threats.classes`)."""
    return MunitionTable(
        p_works=np.array([value(c.p_works) for c in classes], dtype=np.float64),
        cep_m=np.array([value(c.cep_m) for c in classes], dtype=np.float64),
        effect_radius_m=np.array([value(c.effect_radius_m) for c in classes], dtype=np.float64),
        severity=np.array([value(c.severity) for c in classes], dtype=np.float64),
        debris=_debris_table([c.debris for c in classes]),
        drift=np.array([value(c.drift) for c in classes], dtype=np.float64),
    )


def _debris_table(classes: Sequence[Debris | None]) -> DebrisTable | None:
    if not any(classes):
        return None
    none = Debris(p_harmful=0.0, drag_s=0.0, spread=0.0, effect_radius_m=0.0)
    rows = [c or none for c in classes]
    return DebrisTable(
        p_harmful=np.array([value(c.p_harmful) for c in rows], dtype=np.float64),
        drag_s=np.array([value(c.drag_s) for c in rows], dtype=np.float64),
        spread=np.array([value(c.spread) for c in rows], dtype=np.float64),
        effect_radius_m=np.array([value(c.effect_radius_m) for c in rows], dtype=np.float64),
        severity=np.array([value(c.severity) for c in rows], dtype=np.float64),
    )


def asset_table(classes: Sequence[AssetClass], spare_kinds: Sequence[str]) -> AssetTable:
    """Table of resolved asset classes, one row a kind of asset (`AssetClasses.in_order`).

    spare_kinds: names of the kinds of spare part in the order of `State.spares`
    Raises ScenarioError if a class takes a spare that is not among them.
    """
    known = {"none": -1} | {name: i for i, name in enumerate(spare_kinds)}
    faults = [
        Fault(
            f"{kind.name.lower()}.damage.spare",
            c.spare,
            say("must be one of {known}", known=joined(known, COMMAS)),
            say("Name a spare part."),
        )
        for kind, c in zip(AssetKind, classes, strict=True)
        if c.spare not in known
    ]
    if faults:
        raise ScenarioError(faults)
    # A worse state never takes less work and never costs less, even where the spreads of two states overlap.
    work = [[0.0, value(c.work_light_h), value(c.work_heavy_h), value(c.work_destroyed_h)] for c in classes]
    cost = [[0.0, value(c.cost_light_eur), value(c.cost_heavy_eur), value(c.cost_destroyed_eur)] for c in classes]
    return AssetTable(
        radius_m=np.array([value(c.radius_m) for c in classes], dtype=np.float64),
        offset_m=np.array([value(c.offset_m) for c in classes], dtype=np.float64),
        p_heavy_or_worse=np.array([value(c.p_heavy_or_worse) for c in classes], dtype=np.float64),
        p_destroyed_if_heavy=np.array([value(c.p_destroyed_if_heavy) for c in classes], dtype=np.float64),
        work_h=np.maximum.accumulate(np.array(work, dtype=np.float64), axis=1),
        work_sigma_ln=np.array([value(c.work_sigma_ln) for c in classes], dtype=np.float64),
        spare_i=np.array([known[c.spare] for c in classes], dtype=np.int64),
        spare_from=np.array([STATES[c.spare_from] for c in classes], dtype=np.int64),
        capacity_left_light=np.array([value(c.capacity_left_light) for c in classes], dtype=np.float64),
        cost_eur=np.maximum.accumulate(np.array(cost, dtype=np.float64), axis=1),
    )


def protection_table(levels: Sequence[Protection]) -> ProtectionTable:
    """Table of resolved protection levels, row by row (in the order of `DamagePart.protection_names`)."""
    return ProtectionTable(
        radius_factor=_by_threat([level.radius_factor for level in levels]),
        p_stop=_by_threat([level.p_stop for level in levels]),
        cost_eur=np.array([value(level.cost_eur) for level in levels], dtype=np.float64),
    )


def _by_threat(numbers: Sequence[ByThreat]) -> Floats:
    rows = [[value(getattr(number, kind.name.lower())) for kind in ThreatKind] for number in numbers]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(ThreatKind))


def protection_index(part: DamagePart, asset_ids: Sequence[str], asset_kinds: Ints, asset_sites: Sequence[str]) -> Ints:
    """Protection level of each asset: (A,) rows of the protection table.

    asset_ids: (A,) names; asset_kinds: (A,) AssetKind; asset_sites: (A,) id of the site that each stands on
    Raises ScenarioError if an entry protects nothing that exists.
    """
    row = {name: i for i, name in enumerate(part.protection_names())}
    ids, sites = set(asset_ids), set(asset_sites)
    by_asset: dict[str, int] = {}
    by_site: dict[str, int] = {}
    by_kind: dict[AssetKind, int] = {}
    faults = []
    for i, entry in enumerate(part.protection):
        level = row[entry.level]
        if entry.at in ids:
            by_asset[entry.at] = level
        elif entry.at in sites:
            by_site[entry.at] = level
        elif entry.at in KINDS:
            by_kind |= dict.fromkeys(KINDS[entry.at], level)
        else:
            rule = say("must be the id of an asset or a site, or a kind of asset")
            faults.append(
                Fault(
                    f"damage.protection[{i}].at", entry.at, rule, say("Kinds are {kinds}.", kinds=joined(KINDS, COMMAS))
                )
            )
    if faults:
        raise ScenarioError(faults)
    found = [
        by_asset.get(name, by_site.get(site, by_kind.get(AssetKind(kind), 0)))
        for name, kind, site in zip(asset_ids, asset_kinds.tolist(), asset_sites, strict=True)
    ]
    return np.array(found, dtype=np.int64)


def initial_damage(part: DamagePart, assets: Assets, table: AssetTable, size: Floats | None = None) -> Damage:
    """Damage that stands before the raid's first hour, as a record of the same form as a raid's own.

    table: asset classes by kind; size: (A,) factor on the work and cost of each asset, None for 1
    Time is minus infinity and threat -1: nobody of this raid did it. Of two entries for one asset the worse holds.
    Raises ScenarioError if an entry names no asset.
    """
    index = {name: i for i, name in enumerate(assets.id)}
    faults = [
        Fault(
            f"damage.initial[{i}].asset",
            entry.asset,
            say("must be the id of an asset"),
            say("See the scenario's assets."),
        )
        for i, entry in enumerate(part.initial)
        if entry.asset not in index
    ]
    if faults:
        raise ScenarioError(faults)
    worst: dict[int, InitialDamage] = {}
    for entry in part.initial:
        i = index[entry.asset]
        if i not in worst or STATES[entry.state] > STATES[worst[i].state]:
            worst[i] = entry
    asset_i = np.array(sorted(worst), dtype=np.int64)
    kind = assets.kind[asset_i]
    state = np.array([STATES[worst[i].state] for i in sorted(worst)], dtype=np.int64)
    factor = np.ones(asset_i.size) if size is None else size[asset_i]
    median = table.work_h[kind, state] * factor
    given = [worst[i].work_h for i in sorted(worst)]
    work = [m if number is None else value(number) for number, m in zip(given, median.tolist(), strict=True)]
    return Damage(
        asset_i=asset_i,
        state=state,
        time_s=np.full(asset_i.size, -np.inf),
        silent_s=np.where(state >= DamageState.HEAVY, -np.inf, np.inf),
        threat_i=np.full(asset_i.size, -1, dtype=np.int64),
        work_h=np.array(work, dtype=np.float64),
        spare_i=np.where(state >= table.spare_from[kind], table.spare_i[kind], -1).astype(np.int64),
        cost=table.cost_eur[kind, state] * factor,
    )


def protection_sections(part: DamagePart, sections: Mapping[str, object]) -> list[Protection]:
    """The protection sections that the scenario names, in the order of `protection_names`.

    sections: catalogue section by class name
    Raises ScenarioError if a level is not a protection class of the catalogue.
    """
    found = {name: section for name, section in sections.items() if isinstance(section, Protection)}
    faults = [
        Fault(
            "damage.protection.level",
            name,
            say("must be a protection class"),
            say("Known are {known}.", known=joined(sorted(found), COMMAS)),
        )
        for name in part.protection_names()
        if name not in found
    ]
    if faults:
        raise ScenarioError(faults)
    return [found[name] for name in part.protection_names()]
