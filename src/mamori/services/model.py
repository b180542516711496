"""Which services outlast the hours without power: backup drains, recharges, and runs out."""

from dataclasses import dataclass

import numpy as np

from mamori.records import Bools, Floats, Ints
from mamori.services.kernels import drain


@dataclass(frozen=True)
class ServiceTable:
    """Sites that depend on power, one row each.

    id: (K,) names; key: (K,) luck keys; kind: (K,) index into the kinds hospital, water, heat, telecom; bus_i: (K,)
    latitude_rad, longitude_rad: (K,); demand_mw: (K,); backup_h: (K,) hours that full backup lasts
    recharge: (K,) hours of backup won back in an hour of full supply; people: (K,) served
    """

    id: tuple[str, ...]
    key: Ints
    kind: Ints
    bus_i: Ints
    latitude_rad: Floats
    longitude_rad: Floats
    demand_mw: Floats
    backup_h: Floats
    recharge: Floats
    people: Floats


@dataclass(frozen=True)
class Lost:
    """What the services lost in one replica.

    hours: (H, K) part of each hour, in [0, 1], in which the site gave no service
    charge_h: (K,) hours of backup left at the end
    """

    hours: Floats
    charge_h: Floats


def lost(
    share: Floats,
    alive: Bools | Floats,
    backup_h: Floats,
    recharge: Floats | float = 0.0,
    charge_h: Floats | None = None,
) -> Lost:
    """Hours of service that each site lost.

    share: (H, K) share in [0, 1] of the site's power that the grid served in each hour
    alive: (K,) or (H, K), whether the site itself stands, or the part of the hour in which it does
    backup_h: (K,) hours that full backup lasts; recharge: (K,) hours won back in an hour of full supply
    charge_h: (K,) backup at the start, None for full
    Backup drains by what is missing, and a site is lost for what is missing after that; a partly served hour counts as
    an hour that is fed for that part. It recharges only in hours that are fed in full.
    Source: assumption: a site needs all of its power; no load of its own is dropped to stretch the backup.
    """
    hours = np.empty(share.shape)
    charge = np.array(backup_h if charge_h is None else charge_h, dtype=np.float64)
    drain(
        np.ascontiguousarray(share, dtype=np.float64),
        np.array(np.broadcast_to(alive, share.shape), dtype=np.float64),
        np.ascontiguousarray(backup_h, dtype=np.float64),
        np.array(np.broadcast_to(recharge, charge.shape), dtype=np.float64),
        charge,
        hours,
    )
    return Lost(hours=hours, charge_h=charge)


def critical_mw(demand_mw: Floats, bus_i: Ints, n_buses: int) -> Floats:
    """Power that the services need at each bus: (N,) MW.

    demand_mw: (K,) of each site; bus_i: (K,) its bus; n_buses: N
    """
    return np.bincount(bus_i, weights=demand_mw, minlength=n_buses).astype(np.float64)


def by_kind(hours: Floats, kind: Ints, n_kinds: int) -> Floats:
    """Hours lost, added over hours and sites of each kind: (n_kinds,).

    hours: (H, K) of `Lost`; kind: (K,)
    """
    return np.bincount(kind, weights=hours.sum(axis=0), minlength=n_kinds).astype(np.float64)
