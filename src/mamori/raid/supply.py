"""Actors that hang on the grid: until when they have power in the raid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mamori.records import AssetKind

if TYPE_CHECKING:
    from mamori.raid.assets import Places
    from mamori.records import Floats, Ints


@dataclass(frozen=True)
class Supply:
    """What feeds actors (N): switchyard_i, feeder_i: (N,) assets, -1 for none; backup_s: (N,) that they go on without.

    Only what falls at their own bus counts: what the rest of the grid can still carry is known by the hour, and the
    raid is over before the first of them.
    """

    switchyard_i: Ints
    feeder_i: Ints
    backup_s: Floats

    @classmethod
    def of(cls, places: Places, bus_i: Sequence[int], backup_s: Sequence[float]) -> Supply:
        """bus_i: (N,) bus of each actor, -1 for none; backup_s: (N,)."""
        rows = np.array(bus_i, dtype=np.int64)

        def assets(kind: AssetKind) -> Ints:
            found = places.of_kind(kind)
            of_bus = np.full(1 + max(places.assets.element[found].max(initial=-1), rows.max(initial=-1)), -1)
            of_bus[places.assets.element[found]] = found
            return np.where(rows >= 0, of_bus[rows] if of_bus.size else -1, -1).astype(np.int64)

        return cls(assets(AssetKind.BUS), assets(AssetKind.FEEDER), np.array(backup_s, dtype=np.float64))

    def until(self, alive_s: Floats) -> Floats:
        """Until when each actor has power, (N,), of alive_s (A,) until when each asset works."""
        fed_s = np.full(self.backup_s.size, np.inf)
        for asset_i in (self.switchyard_i, self.feeder_i):
            rows = np.flatnonzero(asset_i >= 0)
            fed_s[rows] = np.minimum(fed_s[rows], alive_s[asset_i[rows]])
        return fed_s + self.backup_s
