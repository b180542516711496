"""Everything that an impact can break, by its id, and what of it each kind of aim means.

The one list of them: the checks look names up in it, and a raid builds its arrays from it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from mamori.flight.schema import AimKind
from mamori.grid.case import GridCase
from mamori.records import AssetKind, Bools

SPREAD_OUT = ("Wind", "Solar PV", "Solar RTPV", "Sync_Cond")
"""Categories of generator that are no asset of their own: spread over the land, or without power of their own."""

ASSETS_OF_AIM: Mapping[AimKind, tuple[AssetKind, ...]] = {
    AimKind.SUBSTATION: (AssetKind.BUS, AssetKind.TRANSFORMER, AssetKind.FEEDER),
    AimKind.POWER_PLANT: (AssetKind.GENERATOR,),
    AimKind.BATTERY: (AssetKind.BATTERY,),
    AimKind.SENSOR: (AssetKind.SENSOR,),
    AimKind.COMMAND_POST: (AssetKind.COMMAND_POST,),
    AimKind.PORT: (AssetKind.PORT,),
    AimKind.SERVICE: (AssetKind.SERVICE,),
}
"""The kinds of asset that an aim means; an aim at a district is a point in it and no asset."""

Actor = tuple[str, float, float]
"""Id, latitude and longitude in rad of what stands on a site of its own."""


class AssetEntry(NamedTuple):
    """One asset: which bus, branch, generator or actor it is, and the site that it stands on.

    latitude_rad, longitude_rad: middle of the site
    """

    kind: AssetKind
    name: str
    element: int
    site: str
    latitude_rad: float
    longitude_rad: float

    @property
    def id(self) -> str:
        """`bus:101`."""
        return f"{self.kind.name.lower()}:{self.name}"


def asset_entries(case: GridCase, is_loaded: Bools, actors: Mapping[AssetKind, Iterable[Actor]]) -> list[AssetEntry]:
    """Every asset, first those of the grid, then the actors in the order of their mapping.

    is_loaded: (N,) whether a bus carries load, and so has a feeder
    """
    entries: list[AssetEntry] = []

    def add(kind: AssetKind, name: str, element: int, bus: int) -> None:
        site = int(case.site_i[bus])
        at = float(case.site_latitude_rad[site]), float(case.site_longitude_rad[site])
        entries.append(AssetEntry(kind, name, element, case.site_name[site], *at))

    for i, name in enumerate(case.bus_id):
        add(AssetKind.BUS, name, i, i)
    for i in np.flatnonzero(case.is_transformer).tolist():
        add(AssetKind.TRANSFORMER, case.branch_id[i], i, int(case.branch_from_i[i]))
    for i in np.flatnonzero(is_loaded).tolist():
        add(AssetKind.FEEDER, case.bus_id[i], i, i)
    for i, name in enumerate(case.generator_id):
        if case.category[i] not in SPREAD_OUT and case.generator_mw[i] > 0.0:
            add(AssetKind.GENERATOR, name, i, int(case.generator_bus_i[i]))
    for kind, own in actors.items():
        entries.extend(AssetEntry(kind, name, i, name, *at) for i, (name, *at) in enumerate(own))
    return entries
