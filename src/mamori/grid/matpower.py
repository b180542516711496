"""A grid case from a MATPOWER case file, version 2: the fields that a DC power flow needs, and where the buses stand.

Source: MATPOWER User's Manual, appendix B (data file format): columns of mpc.bus, mpc.gen, mpc.branch, mpc.gencost.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mamori.errors import Fault
from mamori.grid.case import GridCase, shifted_east, sites
from mamori.grid.cases.text import CaseText
from mamori.language.message import say
from mamori.records import Floats

_RATINGS = {"continuous": "A", "long_term": "BA", "short_term": "CBA"}
"""MATPOWER's ratings in the order in which they stand in for each other: 0 says that a branch has none."""

_CATEGORIES = {"wind": "Wind", "solar": "Solar PV", "pv": "Solar PV", "hydro": "Hydro", "nuclear": "Nuclear"}
"""Category of a generator by its entry in mpc.genfuel; all others are thermal."""


class BusPlace(NamedTuple):
    """Where a bus stands. load_mw: instead of the case's demand, None to keep that."""

    bus: str
    name: str
    latitude_deg: float
    longitude_deg: float
    load_mw: float | None = None


def is_matpower(case: str) -> bool:
    """Whether the name of a case is that of a MATPOWER file."""
    return case.lower().endswith(".m")


def read_buses(path: Path) -> tuple[tuple[str, ...], Floats]:
    """Numbers and demand, MW, of the buses of a case whose places are not known yet.

    Raises CaseError with every fault of the file.
    """
    reading = CaseText(path)
    bus = reading.matrix("bus")
    ids = reading.bus_ids(bus)
    load = reading.column(bus, "PD", low=0.0)
    for name in ("gen", "branch"):
        reading.matrix(name)
    reading.end()
    return ids, load


def read_matpower(
    path: Path,
    places: Sequence[BusPlace],
    *,
    shift_longitude_deg: float = 0.0,
    rating: str = "long_term",
    join_sites: bool = True,
) -> GridCase:
    """The case as arrays; what is out of service is left out.

    places: where every bus stands; the other arguments as `read_case` takes them
    A branch without a rating may carry as much as all plant together. Taps, shunts and costs are not used; a generator
    counts with its greatest power, whatever its set point.
    Raises CaseError with every fault, file and line.
    """
    reading = CaseText(path)
    bus, gen, branch = (reading.matrix(name) for name in ("bus", "gen", "branch"))
    bus_id = reading.bus_ids(bus)
    index = {name: i for i, name in enumerate(bus_id)}
    load, kv = reading.column(bus, "PD", low=0.0), reading.column(bus, "BASE_KV", low=0.0)
    generator_bus = reading.buses(gen, "GEN_BUS", index)
    p_max = reading.column(gen, "PMAX", low=0.0)
    start, end = (reading.buses(branch, name, index) for name in ("F_BUS", "T_BUS"))
    r = reading.column(branch, "BR_R", low=0.0)
    x = reading.column(branch, "BR_X", low=0.0, is_open=True)
    rates = {name: reading.column(branch, f"RATE_{name}", low=0.0) for name in "ABC"}
    reading.check_ends(branch, start, end, bus_id)
    reading.check_costs(len(gen.rows))
    fuel = reading.texts("genfuel", len(gen.rows))
    names = reading.texts("bus_name", len(bus_id))
    placed = _placed(reading, bus_id, places)
    reading.end()

    latitude_rad = np.radians([place.latitude_deg for place in placed])
    longitude_rad = np.radians(shifted_east(np.array([place.longitude_deg for place in placed]), shift_longitude_deg))
    load = np.array([mw if p.load_mw is None else p.load_mw for mw, p in zip(load.tolist(), placed, strict=True)])
    bus_name = tuple(place.name or name for place, name in zip(placed, names or [""] * len(bus_id), strict=True))
    gen_on = np.flatnonzero(reading.column(gen, "GEN_STATUS") > 0.0)
    on = np.flatnonzero(reading.column(branch, "BR_STATUS") > 0.0)
    ratio = reading.column(branch, "TAP")
    limit = np.zeros(len(x))
    for name in _RATINGS[rating]:
        limit = np.where(limit > 0.0, limit, rates[name])
    limit = np.where(limit > 0.0, limit, max(1.0, float(p_max.sum())))
    is_transformer = ((ratio != 0.0) | (kv[start] != kv[end]))[on]
    start, end = start[on], end[on]
    joined = np.flatnonzero(is_transformer) if join_sites else np.zeros(0, np.int64)
    site_i, first, site_latitude, site_longitude = sites(latitude_rad, longitude_rad, start[joined], end[joined])
    bus_of_gen = [bus_id[i] for i in generator_bus.tolist()]
    gen_ids = _numbered(bus_of_gen)
    branch_ids = _numbered([f"{bus_id[a]}-{bus_id[b]}" for a, b in zip(start.tolist(), end.tolist(), strict=True)])
    return GridCase(
        folder=str(path.parent), bus_id=bus_id, bus_name=bus_name, latitude_rad=latitude_rad,
        longitude_rad=longitude_rad, kv=kv, area=tuple(f"{row[6]:g}" for row in bus.rows), load_mw=load, site_i=site_i,
        site_name=_site_names([bus_name[i] for i in first], [bus_id[i] for i in first]),
        site_latitude_rad=site_latitude, site_longitude_rad=site_longitude,
        generator_id=tuple(f"g{gen_ids[g]}" for g in gen_on.tolist()),
        category=tuple(_CATEGORIES.get(fuel[g].lower() if fuel else "", "Thermal") for g in gen_on.tolist()),
        generator_bus_i=generator_bus[gen_on], generator_mw=p_max[gen_on], branch_id=branch_ids, branch_from_i=start,
        branch_to_i=end, branch_r=r[on], branch_x=x[on], branch_mw=limit[on], is_transformer=is_transformer,
    )  # fmt: skip


def _numbered(names: Sequence[str]) -> tuple[str, ...]:
    """`1-2`, and `1-2.2` for the second of the name."""
    count: dict[str, int] = {}
    found = []
    for name in names:
        count[name] = count.get(name, 0) + 1
        found.append(name if count[name] == 1 else f"{name}.{count[name]}")
    return tuple(found)


def _site_names(names: Sequence[str], bus_ids: Sequence[str]) -> tuple[str, ...]:
    """Each site's name, with its first bus where the name alone would not tell it."""
    taken = {name: names.count(name) for name in names}
    taken |= dict.fromkeys(bus_ids, 2)
    return tuple(
        (name if taken[name] == 1 else f"{name} ({bus})") if name else bus
        for name, bus in zip(names, bus_ids, strict=True)
    )


def _placed(reading: CaseText, bus_ids: Sequence[str], places: Sequence[BusPlace]) -> list[BusPlace]:
    """The place of each bus, in their order."""
    by_bus: dict[str, BusPlace] = {}
    for place in places:
        if place.bus in by_bus:
            rule = say("this bus stands twice among the sites")
            reading.faults.append(Fault("grid.sites", place.bus, rule, say("Keep one of the two.")))
        elif place.bus not in bus_ids:
            rule = say("is no bus of the case {case}", case=reading.path.name)
            reading.faults.append(Fault("grid.sites", place.bus, rule, say("Mend the number, or leave the row out.")))
        by_bus[place.bus] = place
    missing = [bus for bus in bus_ids if bus not in by_bus]
    if missing:
        told = ", ".join(missing[:12]) + (" ..." if len(missing) > 12 else "")
        rule = say("{n} buses of the case have no place: {buses}", n=len(missing), buses=told)
        remedy = say("Give each bus its latitude and longitude in `grid.sites` or `grid.sites_file`.")
        reading.faults.append(Fault("grid.sites", "", rule, remedy))
    return [by_bus.get(bus, BusPlace(bus, "", 0.0, 0.0)) for bus in bus_ids]
