"""One world: the scenario with everything that is not known drawn once, as the arrays that the stages take."""

from functools import cached_property
from pathlib import Path

import numpy as np

from mamori.damage.model import standing
from mamori.damage.schema import (
    AssetClass,
    Munition,
    asset_table,
    initial_damage,
    munition_table,
    protection_index,
    protection_sections,
    protection_table,
)
from mamori.defence.schema import battery_table, command_post_table, defence_rules
from mamori.flight.schema import flight_classes, reach_m, threat_kind, wander
from mamori.flight.sea.ways import Sea, sea_of
from mamori.grid.model import network
from mamori.grid.schema import grid_case, grid_series
from mamori.grid.series import split_demand
from mamori.maths.luck import Stage, entity_key, uniform
from mamori.raid.assets import GridOfAssets, build
from mamori.raid.geometry import Geometry, geometry
from mamori.raid.outcome import WithoutRaid
from mamori.raid.supply import Supply
from mamori.raid.threats import Aims, draw
from mamori.records import AssetKind, Floats, State, ThreatKind, Threats
from mamori.recovery.schema import SPARE_KINDS, crew_table, spare_stock
from mamori.scenario.schema import Scenario
from mamori.sensing.model import Hills, hills, watch
from mamori.sensing.table import conditions, sensor_table, signature_table
from mamori.services.model import critical_mw
from mamori.services.schema import service_table
from mamori.tracking.schema import tracking_rules
from mamori.warning.schema import warning_rules
from mamori.world.coast import read_coast
from mamori.world.quantity import resolve, value
from mamori.world.schema import district_table
from mamori.world.terrain import SEA, read_terrain

HOURS_A_DAY = 24
CLASS_WEIGHT = np.array([100.0, 10.0, 1.0])
"""What a megawatt of each load class weighs when repairs are ranked: the order of priority of shedding, as a ratio."""


class World:
    """The scenario in one world: tables of every stage, the grid, and the geometry of each raid when it is first
    asked for."""

    def __init__(
        self, scenario: Scenario, world: int, like: "World | None" = None, beside: "World | None" = None
    ) -> None:
        """The world of this number.

        like: the same world of another scenario, whose geometry is taken wherever it would come out the same
        beside: another world of the same scenario, whose hills are taken where its sensors stand in the same place
        """
        seed = scenario.run.seed
        drawn = resolve(scenario, lambda path: uniform(seed, world, int(Stage.KNOWLEDGE), entity_key(path), 0))
        self.as_written, self.scenario = scenario, drawn
        self.without_raid: WithoutRaid | None = None
        self._geometry: dict[tuple[int, int], Geometry] = {}
        is_same_raid = like is not None and like.as_written.raid == scenario.raid and like.as_written.run.seed == seed
        self._like = like if is_same_raid else None
        classes = drawn.classes
        self.terrain = SEA if drawn.world.terrain_file is None else read_terrain(drawn.world.terrain_file)
        self.sensors = sensor_table(drawn.sensing.sensors, classes.sensing, self.terrain)
        self.batteries = battery_table(drawn.defence, classes.defence, self.sensors.id)
        self.posts = command_post_table(drawn.defence)
        self.defence = defence_rules(drawn.defence)
        self.tracking = tracking_rules(drawn.tracking)
        self.warning = warning_rules(drawn.warning)
        self.districts = district_table(drawn.world.districts)
        self._make_grid()
        self._make_assets()
        self._make_threat_classes()
        self._make_sight(beside or like)

    def _make_grid(self) -> None:
        drawn = self.scenario
        self.n_hours = HOURS_A_DAY * drawn.recovery.days
        self.case = grid_case(drawn.grid, Path())
        self.series = grid_series(drawn.grid, self.case, drawn.start, self.n_hours)
        bus_index = {name: i for i, name in enumerate(self.case.bus_id)}
        self.services = service_table(drawn.services.sites, drawn.classes.services, bus_index)
        critical = critical_mw(self.services.demand_mw, self.services.bus_i, len(self.case.bus_id))
        self.demand_mw = split_demand(self.series.demand_mw, critical, value(drawn.grid.industry_share))
        self.network = network(self.case, self.demand_mw, self.series.available_mw)
        self.district_bus_i = np.array(
            [bus_index.get(d.bus, -1) if d.bus is not None else -1 for d in drawn.world.districts], dtype=np.int64
        )

    def _make_assets(self) -> None:
        drawn = self.scenario
        sections = drawn.classes.damage
        by_kind = [sections[name] for name in drawn.damage.asset_classes.in_order()]
        self.asset_classes = asset_table([c for c in by_kind if isinstance(c, AssetClass)], SPARE_KINDS)
        peak_mw = self.series.demand_mw.max(axis=0, initial=0.0)
        self.places = build(
            self.case, peak_mw, self.sensors, self.batteries, self.posts, self.services, drawn.world.ports,
            self.asset_classes,
        )  # fmt: skip
        assets = self.places.assets
        asset_sites = [self.places.site[i] for i in assets.site_i.tolist()]
        assets.protection[:] = protection_index(drawn.damage, assets.id, assets.kind, asset_sites)
        self.protections = protection_table(protection_sections(drawn.damage, sections))
        self.initial = initial_damage(drawn.damage, assets, self.asset_classes, self.places.size)
        self.grid_state = GridOfAssets(self.case, self.places, self.asset_classes)
        self.sensor_asset_i = self.places.of_kind(AssetKind.SENSOR)
        self.battery_asset_i = self.places.of_kind(AssetKind.BATTERY)
        bus_i = {name: i for i, name in enumerate(self.case.bus_id)}
        has_limit = np.isfinite(self.batteries.backup_s)
        self.battery_supply = Supply.of(
            self.places,
            [bus_i.get(bus, -1) if is_fed else -1 for bus, is_fed in zip(self.batteries.bus, has_limit, strict=True)],
            np.where(has_limit, self.batteries.backup_s, 0.0).tolist(),
        )
        self.post_asset_i = self.places.of_kind(AssetKind.COMMAND_POST)
        self.service_asset_i = self.places.of_kind(AssetKind.SERVICE)
        self.crews = crew_table(drawn.recovery.crews, drawn.recovery.detour_factor)

    def _make_threat_classes(self) -> None:
        drawn = self.scenario
        groups = [group for variant in drawn.raid.variants for group in variant.groups]
        self.threat_classes = tuple(sorted({group.class_name for group in groups}))
        self.flight = flight_classes(drawn.classes.flight, self.threat_classes)
        self.reach_m = reach_m(self.as_written.classes.flight, self.threat_classes)
        self.wander = wander(drawn.classes.flight, self.threat_classes)
        self.kinds = {name: threat_kind(drawn.classes.flight[name]) for name in self.threat_classes}
        self.signatures = signature_table(self.threat_classes, drawn.classes.sensing)
        sections = [drawn.classes.damage[name] for name in self.threat_classes]
        self.munitions = munition_table([c for c in sections if isinstance(c, Munition)])

    def _make_sight(self, other: "World | None") -> None:
        """Hills that hide threats, and what sensors make of classes; other: a world whose hills may be taken."""
        is_same_land = other is not None and other.terrain is self.terrain
        known = (other.sensors, other.hidden) if other is not None and is_same_land else None
        self.hidden: Hills = hills(self.sensors, self.terrain, known)
        self.watch = watch(self.sensors, self.signatures, conditions(self.scenario.sensing.conditions), self.hidden)
        bus_i = {name: i for i, name in enumerate(self.case.bus_id)}
        parts = self.scenario.sensing.sensors
        self.sensor_supply = Supply.of(
            self.places,
            [-1 if part.bus is None else bus_i[part.bus] for part in parts],
            [value(part.backup_s) for part in parts],
        )

    def batteries_until(self, alive_s: Floats) -> Floats:
        """Until when each battery acts: (B,) s, while it stands and has power; alive_s: (A,) until when assets do."""
        return np.minimum(alive_s[self.battery_asset_i], self.battery_supply.until(alive_s))

    @cached_property
    def sea(self) -> Sea | None:
        """The land that boats go round, None where the scenario has no boats or no coast."""
        file = self.scenario.world.coast_file
        has_boats = ThreatKind.BOAT in self.kinds.values()
        return sea_of(read_coast(file)) if has_boats and file is not None else None

    @cached_property
    def aims(self) -> Aims:
        """What a raid can aim at."""
        return Aims.of(self.places, self.districts)

    def threats(self, variant_i: int, aim_draw: int) -> Threats:
        """The threats of one variant under one draw of its aims."""
        variant, seed = self.scenario.raid.variants[variant_i], self.scenario.run.seed
        return draw(variant, self.threat_classes, self.kinds, self.reach_m, self.aims, seed, aim_draw, self.wander)

    def geometry(self, variant_i: int, aim_draw: int) -> Geometry:
        """Paths, looks and opportunities of one variant under one draw of its aims, computed once."""
        key = (variant_i, aim_draw)
        if key not in self._geometry:
            other = None if self._like is None else (self._like, self._like.geometry(variant_i, aim_draw))
            self._geometry[key] = geometry(self, self.threats(variant_i, aim_draw), other)
        return self._geometry[key]

    def state_before(self) -> State:
        """The country before the raid: damage from earlier raids, full magazines, all crews free."""
        n_assets = len(self.places.assets.id)
        damage, spare_i, work_h, ready_h = standing(self.initial, n_assets, 0.0, 0.0)
        return State(
            clock_h=0.0,
            damage=damage,
            work_h=work_h,
            spare_i=spare_i,
            ready_h=ready_h,
            magazine=self.batteries.stock.copy(),
            spares=spare_stock({str(kind): n for kind, n in self.scenario.recovery.spares.items()}),
            crew_free_h=np.zeros(len(self.crews.id)),
            crew_asset_i=np.full(len(self.crews.id), -1, dtype=np.int64),
        )
