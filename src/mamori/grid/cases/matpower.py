"""A power-flow case from a MATPOWER case file, version 2, with all its standard fields."""

import math
from pathlib import Path

import numpy as np

from mamori.grid.cases.power import Cost, DcLines, PowerCase, Storage, numbered
from mamori.grid.cases.text import CaseText, Matrix
from mamori.language.message import say
from mamori.records import Floats

FULL_CIRCLE_DEG = 360.0
"""Angle limits from here on, and both of 0, say that there is none (MATPOWER User's Manual, table B-3)."""


def read_power(path: Path) -> PowerCase:
    """The case as it stands in the file. Raises CaseError with every fault, file and line."""
    text = CaseText(path)
    bus, gen, branch = (text.matrix(name) for name in ("bus", "gen", "branch"))
    base = text.scalar("baseMVA", 100.0)
    bus_id = text.bus_ids(bus)
    index = {name: i for i, name in enumerate(bus_id)}
    generator_bus = text.buses(gen, "GEN_BUS", index)
    start, end = (text.buses(branch, name, index) for name in ("F_BUS", "T_BUS"))
    x = text.column(branch, "BR_X")
    rates = [text.column(branch, f"RATE_{name}", low=0.0, may_be_infinite=True) for name in "ABC"]
    text.check_ends(branch, start, end, bus_id)
    p_max, p_min = _ordered(text, gen, "PMAX", "PMIN")
    q_max, q_min = (text.column(gen, name, may_be_infinite=True) for name in ("QMAX", "QMIN"))
    low, high = _angles(text, branch)
    branch_on = text.column(branch, "BR_STATUS") > 0.0
    r = text.column(branch, "BR_R")
    for i in np.flatnonzero(branch_on & (x == 0.0) & (r == 0.0)).tolist():
        rule = say("must not be 0: a power flow divides by it")
        remedy = say("Give the series reactance; join two buses that nothing lies between into one.")
        text.fault(branch.line[i], "branch", "BR_X", "0", rule, remedy)
    costs = text.check_costs(len(gen.rows))
    case = PowerCase(
        name=path.stem,
        base_mva=base,
        bus_id=bus_id,
        bus_name=tuple(text.texts("bus_name", len(bus_id)) or [""] * len(bus_id)),
        bus_type=np.nan_to_num(text.column(bus, "BUS_TYPE", low=1.0)).astype(np.int64),
        load_mw=text.column(bus, "PD"),
        load_mvar=text.column(bus, "QD"),
        shunt_mw=text.column(bus, "GS"),
        shunt_mvar=text.column(bus, "BS"),
        kv=text.column(bus, "BASE_KV", low=0.0),
        voltage=text.column(bus, "VM"),
        angle_rad=np.radians(text.column(bus, "VA")),
        v_max=text.column(bus, "VMAX", may_be_infinite=True),
        v_min=text.column(bus, "VMIN", may_be_infinite=True),
        generator_id=numbered([f"g{bus_id[i]}" if bus_id else "" for i in generator_bus.tolist()]),
        generator_bus_i=generator_bus,
        p_mw=text.column(gen, "PG"),
        q_mvar=text.column(gen, "QG"),
        q_max=q_max,
        q_min=q_min,
        v_set=text.column(gen, "VG"),
        p_max=p_max,
        p_min=p_min,
        generator_on=text.column(gen, "GEN_STATUS") > 0.0,
        cost=_costs(text, costs, len(gen.rows)),
        branch_id=numbered([f"{bus_id[i]}-{bus_id[k]}" for i, k in zip(start.tolist(), end.tolist(), strict=True)])
        if bus_id
        else (),
        branch_from_i=start,
        branch_to_i=end,
        r=r,
        x=x,
        b=text.column(branch, "BR_B"),
        rate_a=rates[0],
        rate_b=rates[1],
        rate_c=rates[2],
        tap=text.column(branch, "TAP", low=0.0),
        shift_rad=np.radians(text.column(branch, "SHIFT")),
        angle_low_rad=low,
        angle_high_rad=high,
        branch_on=branch_on,
        dc=_dc_lines(text, index, bus_id),
        storage=_storage(text, index),
    )
    text.end()
    return case


def _ordered(text: CaseText, matrix: Matrix, high: str, low: str) -> tuple[Floats, Floats]:
    """Two columns of which the second must not be above the first, where the row is in service."""
    most, least = (text.column(matrix, name, may_be_infinite=True) for name in (high, low))
    is_on = text.column(matrix, "GEN_STATUS" if matrix.name == "gen" else "BR_STATUS") > 0.0
    for i in np.flatnonzero((least > most) & is_on).tolist():
        rule = say("must not be more than {name}, {most}", name=high, most=f"{most[i]:g}")
        text.fault(matrix.line[i], matrix.name, low, f"{least[i]:g}", rule, say("Look whether the two are exchanged."))
    return most, least


def _angles(text: CaseText, branch: Matrix) -> tuple[Floats, Floats]:
    """Least and greatest angle over each branch, rad; infinite where there is no limit."""
    low = text.column(branch, "ANGMIN", may_be_infinite=True, missing=-FULL_CIRCLE_DEG)
    high = text.column(branch, "ANGMAX", may_be_infinite=True, missing=FULL_CIRCLE_DEG)
    is_none = (low == 0.0) & (high == 0.0)
    for i in np.flatnonzero(low > high).tolist():
        rule = say("must not be more than {name}, {most}", name="ANGMAX", most=f"{high[i]:g}")
        text.fault(branch.line[i], "branch", "ANGMIN", f"{low[i]:g}", rule, say("Look whether the two are exchanged."))
    return (
        np.where(is_none | (low <= -FULL_CIRCLE_DEG), -np.inf, np.radians(low)),
        np.where(is_none | (high >= FULL_CIRCLE_DEG), np.inf, np.radians(high)),
    )


def _costs(text: CaseText, matrix: Matrix, n: int) -> tuple[Cost, ...]:
    """The first n costs of active power; none where the file has none."""
    found = []
    for row, line in zip(matrix.rows[:n], matrix.line[:n], strict=True):
        model, count = row[0], row[3]
        if model not in (1.0, 2.0):
            rule = say("must be 1 (points) or 2 (polynomial)")
            text.fault(line, matrix.name, "MODEL", f"{model:g}", rule, say("Mend the cell."))
            continue
        least = 2.0 if model == 1.0 else 0.0
        if not (count >= least and count % 1.0 == 0.0):
            rule = say("must be a whole number of {least} or more", least=f"{least:g}")
            text.fault(line, matrix.name, "NCOST", f"{count:g}", rule, say("Mend the cell."))
            continue
        needed = int(count) * (2 if model == 1.0 else 1)
        numbers = row[4 : 4 + needed]
        if len(numbers) < needed or not all(map(math.isfinite, numbers)):
            rule = say("the row has {n} numbers and needs at least {least}", n=len(row), least=4 + needed)
            remedy = say("Look for a lost number or a row cut short.")
            text.fault(line, matrix.name, "", " ".join(f"{cell:g}" for cell in row)[:40], rule, remedy)
            continue
        found.append(Cost(model == 2.0, tuple(numbers), line))
    return tuple(found)


def _dc_lines(text: CaseText, index: dict[str, int], bus_id: tuple[str, ...]) -> DcLines:
    matrix = text.matrix("dcline", is_needed=False)
    start, end = (text.buses(matrix, name, index) for name in ("F_BUS", "T_BUS"))
    text.check_ends(matrix, start, end, bus_id)
    high, low = _ordered(text, matrix, "PMAX", "PMIN")
    costs = text.matrix("dclinecost", is_needed=False)
    if costs.rows and len(costs.rows) != len(matrix.rows):
        rule = say("has {n} rows for {generators} generators", n=len(costs.rows), generators=len(matrix.rows))
        text.fault(costs.begin, "dclinecost", "", "", rule, say("Give one row a DC line, or leave it out."))
    return DcLines(
        id=numbered([f"dc{bus_id[i]}-{bus_id[k]}" for i, k in zip(start.tolist(), end.tolist(), strict=True)])
        if bus_id
        else (),
        from_i=start,
        to_i=end,
        is_on=text.column(matrix, "BR_STATUS") > 0.0,
        low_mw=low,
        high_mw=high,
        loss_mw=text.column(matrix, "LOSS0"),
        loss_share=text.column(matrix, "LOSS1"),
        cost=_costs(text, costs, len(costs.rows)),
    )


def _storage(text: CaseText, index: dict[str, int]) -> Storage:
    matrix = text.matrix("storage", is_needed=False)
    thermal = text.column(matrix, "THERMAL_RATING", low=0.0, may_be_infinite=True)
    return Storage(
        bus_i=text.buses(matrix, "STORAGE_BUS", index),
        is_on=text.column(matrix, "STATUS") > 0.0,
        energy_mwh=text.column(matrix, "ENERGY", low=0.0),
        discharge_mw=np.minimum(text.column(matrix, "DISCHARGE_RATING", low=0.0), thermal),
    )
