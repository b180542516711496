"""Demand of the buses and power available from the generators, hour by hour.

Source: the day-ahead series of RTS-GMLC (timeseries_data_files), split over buses as its README says: a bus takes the
share of its area's load that it has of the area's `MW Load` in bus.csv.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.case import GridCase
from mamori.language.message import COMMAS, joined, say
from mamori.records import Floats, Ints

LOAD = "Load/DAY_AHEAD_regional_Load.csv"
PLANT = (
    "WIND/DAY_AHEAD_wind.csv", "PV/DAY_AHEAD_pv.csv", "RTPV/DAY_AHEAD_rtpv.csv", "Hydro/DAY_AHEAD_hydro.csv",
    "CSP/DAY_AHEAD_Natural_Inflow.csv",
)  # fmt: skip
STAMPS = ("Year", "Month", "Day", "Period")
WITHOUT_ENERGY = ("Storage", "Sync_Cond")
"""Categories that make no energy: the one storage unit (50 MW) stands for reserve, condensers for voltage."""


@dataclass(frozen=True)
class GridSeries:
    """Hourly demand and plant over a horizon.

    demand_mw: (H, N) by bus, scaled; available_mw: (H, G) by generator, of the intact plant
    load_scale: factor that was put on the demand; margin: smallest of available over demand - 1, inf without demand
    """

    demand_mw: Floats
    available_mw: Floats
    load_scale: float
    margin: float


def read_series(
    case: GridCase,
    start: datetime,
    n_hours: int,
    *,
    turn_days: int = 0,
    load_scale: float | None = None,
    peak_margin: float | None = None,
) -> GridSeries:
    """Demand and available plant of `n_hours` hours from the full hour of `start`.

    turn_days: how many days later in the year all series are read; they wrap around the year
    load_scale: factor on demand; peak_margin: or the smallest (plant available / demand - 1) of the horizon instead
    Wind, sun, run of river and hydro give what their series say, at most their greatest power (so does the thermal
    inflow of the concentrating solar plant); storage and condensers nothing; all others their greatest power.
    Raises CaseError where a series does not fit the case.
    """
    demand, available = _hours(case, _hour_of_year(start) + 24 * turn_days, n_hours)
    total, plant = demand.sum(axis=1), available.sum(axis=1)
    has_load = total > 0.0
    ratio = float((plant[has_load] / total[has_load]).min()) if has_load.any() else np.inf
    scale = 1.0 if load_scale is None else load_scale
    if peak_margin is not None and np.isfinite(ratio):
        scale = ratio / (1.0 + peak_margin)
    return GridSeries(demand * scale, available, scale, ratio / scale - 1.0 if scale > 0.0 else np.inf)


def split_demand(demand_mw: Floats, critical_mw: Floats, industry_share: float) -> Floats:
    """Demand by class.

    demand_mw: (H, N); critical_mw: (N,) of the critical services at each bus, taken first and never more than the
    demand of the hour; industry_share: in [0, 1], of the rest
    Returns (H, N, C) MW in the order of LoadClass.
    """
    critical = np.minimum(critical_mw, demand_mw)
    industry = industry_share * (demand_mw - critical)
    return np.stack([critical, demand_mw - critical - industry, industry], axis=2)


def _hour_of_year(start: datetime) -> int:
    """Hours from 1 January in a leap year (RTS-GMLC's 2020), by month, day and hour; minutes are cut off."""
    new_year = datetime(2020, 1, 1, tzinfo=UTC)  # local time in truth; both ends in the same
    same_day = datetime(2020, start.month, start.day, start.hour, tzinfo=UTC)
    return round((same_day - new_year).total_seconds() / 3600.0)


def _hours(case: GridCase, first_hour: int, n_hours: int) -> tuple[Floats, Floats]:
    folder = Path(case.folder) / "timeseries_data_files"
    faults: list[Fault] = []
    demand = np.broadcast_to(case.load_mw, (n_hours, len(case.bus_id))).copy()
    areas = tuple(sorted(set(case.area)))
    area_i = np.array([areas.index(a) for a in case.area])
    area_mw = np.bincount(area_i, case.load_mw, len(areas))
    if (folder / LOAD).is_file():
        columns, values = _block(str(folder / LOAD), first_hour, n_hours)
        for k, area in enumerate(areas):
            if area in columns and area_mw[k] > 0.0:
                share = case.load_mw * (area_i == k) / area_mw[k]
                demand[:, area_i == k] = (values[:, columns.index(area), None] * share)[:, area_i == k]
            elif area_mw[k] > 0.0:
                faults.append(
                    Fault(
                        say("{file}: column {column}", file=LOAD, column=area),
                        "",
                        say("is missing"),
                        say("Give the load of every area."),
                    )
                )
    no_energy = np.array([c in WITHOUT_ENERGY for c in case.category], bool)
    available = np.broadcast_to(np.where(no_energy, 0.0, case.generator_mw), (n_hours, no_energy.size)).copy()
    index = {name: g for g, name in enumerate(case.generator_id)}
    for file in PLANT:
        if not (folder / file).is_file():
            continue
        columns, values = _block(str(folder / file), first_hour, n_hours)
        for k, name in enumerate(columns):
            if name in index:
                available[:, index[name]] = np.minimum(values[:, k], case.generator_mw[index[name]])
            else:
                faults.append(
                    Fault(
                        say("{file}: column {column}", file=file, column=name),
                        "",
                        say("must be a GEN UID of gen.csv"),
                        say("Mend the name."),
                    )
                )
    if faults:
        raise CaseError(faults, say("The hourly series in {folder} do not fit the case:", folder=folder))
    return demand, available


def _block(path: str, first_hour: int, n_hours: int) -> tuple[tuple[str, ...], Floats]:
    """Names of the columns and (H, K) values of the hours wanted of one file, wrapped around its end."""
    return _read_block(path, Path(path).stat().st_mtime_ns, first_hour, n_hours)


@lru_cache(maxsize=64)
def _read_block(path: str, _changed_ns: int, first_hour: int, n_hours: int) -> tuple[tuple[str, ...], Floats]:
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(
            Fault(path, "", say("cannot be read: {reason}", reason=str(error)), say("Give a CSV table in UTF-8."))
        ) from error
    names = [name.strip() for name in lines[0].split(",")] if lines else []
    rows = [line for line in lines[1:] if line]
    if tuple(names[:4]) != STAMPS or not rows:
        rule = say("must start with the columns {columns} and hold at least one hour", columns=joined(STAMPS, COMMAS))
        raise CaseError(Fault(path, "", rule, say("Give it in the layout of RTS-GMLC.")))
    wanted: Ints = (first_hour + np.arange(n_hours)) % len(rows)
    values = np.zeros((n_hours, len(names) - 4))
    faults = []
    for h, row in enumerate(wanted.tolist()):
        cells = rows[row].split(",")
        try:
            numbers = [float(cell) for cell in cells[4:]]
        except ValueError:
            numbers = []
        values[h] = numbers if len(numbers) == len(names) - 4 else np.nan
        if not np.all(np.isfinite(values[h]) & (values[h] >= 0.0)):
            rule = say("must hold {n} cells, from the fifth on numbers of at least 0", n=len(names))
            faults.append(
                Fault(say("{file}: row {row}", file=path, row=row + 2), rows[row][:80], rule, say("Mend the row."))
            )
    if faults:
        raise CaseError(faults, say("The hourly series cannot be used:"))
    return tuple(names[4:]), values
