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
from mamori.sensing.model import SensorTable
from mamori.services.model import ServiceTable
from mamori.world.schema import Port

SPREAD_OUT = ("Wind", "Solar PV", "Solar RTPV", "Sync_Cond")
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


class _Rows:
    def __init__(self) -> None:
        self.id: list[str] = []
        self.kind: list[AssetKind] = []
        self.element: list[int] = []
        self.site: list[str] = []
        self.latitude: list[float] = []
        self.longitude: list[float] = []
        self.worth: list[float] = []
        self.size: list[float] = []

    def add(
        self,
        kind: AssetKind,
        name: str,
        element: int,
        site: str,
        place: tuple[float, float],
        worth: float,
        size: float = 1.0,
    ) -> None:
        self.id.append(f"{kind.name.lower()}:{name}")
        self.kind.append(kind)
        self.element.append(element)
        self.site.append(site)
        self.latitude.append(place[0])
        self.longitude.append(place[1])
        self.worth.append(worth)
        self.size.append(size)


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
    rows = _Rows()
    sites = list(case.site_name)

    def site_place(site: int) -> tuple[float, float]:
        return float(case.site_latitude_rad[site]), float(case.site_longitude_rad[site])

    for i, name in enumerate(case.bus_id):
        site = int(case.site_i[i])
        rows.add(AssetKind.BUS, name, i, sites[site], site_place(site), float(peak_mw[i]))
    for i in np.flatnonzero(case.is_transformer).tolist():
        site = int(case.site_i[case.branch_from_i[i]])
        rows.add(
            AssetKind.TRANSFORMER, case.branch_id[i], int(i), sites[site], site_place(site), float(case.branch_mw[i])
        )
    for i, name in enumerate(case.bus_id):
        if peak_mw[i] > 0.0:
            site = int(case.site_i[i])
            rows.add(AssetKind.FEEDER, name, i, sites[site], site_place(site), float(peak_mw[i]))
    for i, name in enumerate(case.generator_id):
        if case.category[i] not in SPREAD_OUT and case.generator_mw[i] > 0.0:
            site = int(case.site_i[case.generator_bus_i[i]])
            mw = float(case.generator_mw[i])
            rows.add(AssetKind.GENERATOR, name, i, sites[site], site_place(site), mw, mw / 100.0)
    for i, name in enumerate(sensors.id):
        place = (float(sensors.latitude_rad[i]), float(sensors.longitude_rad[i]))
        rows.add(AssetKind.SENSOR, name, i, name, place, OWN_WORTH_MW[AssetKind.SENSOR])
    for i, name in enumerate(batteries.id):
        place = (float(batteries.latitude_rad[i]), float(batteries.longitude_rad[i]))
        rows.add(AssetKind.BATTERY, name, i, name, place, OWN_WORTH_MW[AssetKind.BATTERY])
    for i, name in enumerate(posts.id):
        place = (float(posts.latitude_rad[i]), float(posts.longitude_rad[i]))
        rows.add(AssetKind.COMMAND_POST, name, i, name, place, OWN_WORTH_MW[AssetKind.COMMAND_POST])
    for i, name in enumerate(services.id):
        place = (float(services.latitude_rad[i]), float(services.longitude_rad[i]))
        rows.add(AssetKind.SERVICE, name, i, name, place, OWN_WORTH_MW[AssetKind.SERVICE])
    for i, port in enumerate(ports):
        place = (float(np.radians(port.latitude_deg)), float(np.radians(port.longitude_deg)))
        rows.add(AssetKind.PORT, port.id, i, port.id, place, OWN_WORTH_MW[AssetKind.PORT])
    site_ids = tuple(dict.fromkeys([*sites, *rows.site]))
    site_index = {name: i for i, name in enumerate(site_ids)}
    kind = np.array([int(k) for k in rows.kind], dtype=np.int64)
    key = np.array([entity_key(name) for name in rows.id], dtype=np.int64)
    site_i = np.array([site_index[name] for name in rows.site], dtype=np.int64)
    latitude, longitude = np.array(rows.latitude, dtype=np.float64), np.array(rows.longitude, dtype=np.float64)
    latitude, longitude = damage_places(latitude, longitude, kind, key, table)
    assets = Assets(
        id=tuple(rows.id),
        key=key,
        kind=kind,
        element=np.array(rows.element, dtype=np.int64),
        site_i=site_i,
        latitude_rad=latitude,
        longitude_rad=longitude,
        radius_m=table.radius_m[kind],
        protection=np.zeros(len(kind), dtype=np.int64),
        worth_mw=np.array(rows.worth, dtype=np.float64),
    )
    return Places(assets, site_ids, tuple(k.name.lower() for k in rows.kind), np.array(rows.size, dtype=np.float64))


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
