"""Everything that an impact can break, where it stands, and what its loss means to the grid.

The parts of a site stand spread over it: they are not one point, so one impact rarely breaks all of them. Wind, solar
and rooftop plant is spread over far more ground than one impact covers and is no asset of its own; it is lost with
the switchyard of its bus.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mamori.damage.model import AssetTable
from mamori.damage.model import places as damage_places
from mamori.defence.model import BatteryTable, CommandPostTable
from mamori.grid.case import GridCase
from mamori.grid.potential import Potential
from mamori.maths.luck import entity_key
from mamori.records import AssetKind, Assets, DamageState, Floats, GridState, Ints
from mamori.scenario.assets import Actor, asset_entries
from mamori.sensing.model import SensorTable
from mamori.services.model import ServiceTable
from mamori.world.schema import Port

OWN_WORTH_MW = {
    AssetKind.SENSOR: 150.0, AssetKind.BATTERY: 150.0, AssetKind.COMMAND_POST: 300.0, AssetKind.SERVICE: 20.0,
    AssetKind.PORT: 200.0,
}  # fmt: skip
"""Worth of what carries no power, in megawatts that a defender would give for it (assumption: of the order of one large
substation, so that defenders do not leave themselves for last)."""


@dataclass(frozen=True)
class Places:
    """The assets and the sites that they stand on.

    site: (S,) ids, first those of the grid; kind_name: (A,) of each asset; size: (A,) factor on repair work and cost
    """

    assets: Assets
    site: tuple[str, ...]
    kind_name: tuple[str, ...]
    size: Floats

    def of_kind(self, kind: AssetKind) -> Ints:
        """Indices of the assets of a kind, in order of their element."""
        found = np.flatnonzero(self.assets.kind == kind)
        return found[np.argsort(self.assets.element[found], kind="stable")]


def build(
    case: GridCase,
    peak_mw: Floats,
    sensors: SensorTable,
    batteries: BatteryTable,
    posts: CommandPostTable,
    services: ServiceTable,
    ports: Sequence[Port],
    table: AssetTable,
) -> Places:
    """All assets of a world.

    peak_mw: (N,) greatest demand of each bus over the horizon
    """
    port_at = np.radians([[port.latitude_deg, port.longitude_deg] for port in ports]).reshape(-1, 2)
    rows = asset_entries(
        case,
        peak_mw > 0.0,
        {
            AssetKind.SENSOR: _actors(sensors.id, sensors.latitude_rad, sensors.longitude_rad),
            AssetKind.BATTERY: _actors(batteries.id, batteries.latitude_rad, batteries.longitude_rad),
            AssetKind.COMMAND_POST: _actors(posts.id, posts.latitude_rad, posts.longitude_rad),
            AssetKind.SERVICE: _actors(services.id, services.latitude_rad, services.longitude_rad),
            AssetKind.PORT: _actors([port.id for port in ports], port_at[:, 0], port_at[:, 1]),
        },
    )
    power_mw = {
        AssetKind.BUS: peak_mw, AssetKind.FEEDER: peak_mw, AssetKind.TRANSFORMER: case.branch_mw,
        AssetKind.GENERATOR: case.generator_mw,
    }  # fmt: skip
    worth = [float(power_mw[r.kind][r.element]) if r.kind in power_mw else OWN_WORTH_MW[r.kind] for r in rows]
    size = [mw / 100.0 if r.kind == AssetKind.GENERATOR else 1.0 for r, mw in zip(rows, worth, strict=True)]
    site_ids = tuple(dict.fromkeys([*case.site_name, *(r.site for r in rows)]))
    site_index = {name: i for i, name in enumerate(site_ids)}
    kind = np.array([int(r.kind) for r in rows], dtype=np.int64)
    key = np.array([entity_key(r.id) for r in rows], dtype=np.int64)
    site_i = np.array([site_index[r.site] for r in rows], dtype=np.int64)
    latitude = np.array([r.latitude_rad for r in rows], dtype=np.float64)
    longitude = np.array([r.longitude_rad for r in rows], dtype=np.float64)
    latitude, longitude = damage_places(latitude, longitude, kind, key, table)
    assets = Assets(
        id=tuple(r.id for r in rows),
        key=key,
        kind=kind,
        element=np.array([r.element for r in rows], dtype=np.int64),
        site_i=site_i,
        latitude_rad=latitude,
        longitude_rad=longitude,
        radius_m=table.radius_m[kind],
        protection=np.zeros(len(kind), dtype=np.int64),
        worth_mw=np.array(worth, dtype=np.float64),
    )
    return Places(assets, site_ids, tuple(r.kind.name.lower() for r in rows), np.array(size, dtype=np.float64))


def _actors(ids: Sequence[str], latitude_rad: Floats, longitude_rad: Floats) -> list[Actor]:
    return list(zip(ids, latitude_rad.tolist(), longitude_rad.tolist(), strict=True))


class GridOfAssets:
    """What of the grid stands, from the damage of the assets."""

    def __init__(self, case: GridCase, places: Places, table: AssetTable) -> None:
        kinds = (AssetKind.BUS, AssetKind.TRANSFORMER, AssetKind.FEEDER, AssetKind.GENERATOR)
        self._rows = {kind: places.of_kind(kind) for kind in kinds}
        self._element = places.assets.element
        self._shape = (len(case.bus_id), len(case.generator_id), len(case.branch_id))
        self._left = np.ones((len(AssetKind), len(DamageState)))
        self._left[:, DamageState.LIGHT] = table.capacity_left_light
        self._left[:, DamageState.HEAVY :] = 0.0

    def __call__(self, damage: Ints) -> GridState:
        """State of the grid for (A,) DamageState of the assets.

        A lightly damaged switchyard or transformer stays in service; a feeder or generator keeps the share that its
        class says; anything heavier is out.
        """
        n_buses, n_generators, n_branches = self._shape
        state = GridState(
            np.ones(n_buses, np.bool_), np.ones(n_buses), np.ones(n_generators), np.ones(n_branches, np.bool_)
        )
        for kind, of_state in (
            (AssetKind.BUS, state.bus), (AssetKind.FEEDER, state.feeder), (AssetKind.GENERATOR, state.generator),
            (AssetKind.TRANSFORMER, state.branch),
        ):  # fmt: skip
            rows = self._rows[kind]
            level = damage[rows]
            if of_state.dtype == np.bool_:
                of_state[self._element[rows]] = level < DamageState.HEAVY
            else:
                of_state[self._element[rows]] = self._left[kind, level]
        return state

    def gains(self, found: Potential) -> Floats:
        """(A,) what the grid expects of mending each asset; 0 for what is no part of it."""
        gain = np.zeros(len(self._element))
        for kind, of_kind in (
            (AssetKind.BUS, found.bus), (AssetKind.TRANSFORMER, found.branch), (AssetKind.FEEDER, found.feeder),
            (AssetKind.GENERATOR, found.generator),
        ):  # fmt: skip
            gain[self._rows[kind]] = of_kind[self._element[self._rows[kind]]]
        return gain
