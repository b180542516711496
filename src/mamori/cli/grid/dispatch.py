"""`mamori grid dispatch`: what each unit gives at least cost, what flows, what a megawatt more would cost."""

import json
from typing import TYPE_CHECKING, Any

import typer

from mamori.cli.grid.tables import (
    AsJson,
    CaseName,
    Convention,
    Folder,
    Rating,
    RatingOption,
    Way,
    clean,
    print_table,
    write_csv,
)
from mamori.cli.reader import Code, speaking
from mamori.language.message import say

if TYPE_CHECKING:
    from mamori.grid.cases.power import PowerCase
    from mamori.grid.dispatch.model import Dispatched


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(dispatch)


def dispatch(
    name: CaseName,
    convention: Convention = Way.POWERMODELS,
    rating: RatingOption = Rating.CONTINUOUS,
    folder: Folder = None,
    as_json: AsJson = False,
    code: Code = "",
) -> None:
    """Least-cost dispatch with the DC power flow: generation, flows, prices."""
    from mamori.grid.cases.names import read_named
    from mamori.grid.dispatch.model import dispatch as solve

    case = read_named(name)
    found = solve(case, convention.value, rating.value)
    tables = _tables(case, found, rating.value)
    if folder is not None:
        write_csv(folder, tables)
    load_mw = float((case.load_mw * case.bus_on).sum())
    if as_json:
        head = {
            "case": case.name,
            "convention": convention.value,
            "rating": rating.value,
            "objective_usd_per_h": found.objective_usd_per_h,
            "load_mw": clean(load_mw),
            "generation_mw": clean(found.generation_mw.sum()),
        }
        typer.echo(json.dumps(head | tables, indent=1))
        return
    language = speaking(code)
    told = say(
        "{case}: {cost:,.2f} $/h for {load:,.1f} MW of load, {n} of {all} units running ({convention}).",
        case=case.name, cost=found.objective_usd_per_h, load=load_mw,
        n=int((abs(found.generation_mw) > 1e-6).sum()), all=len(case.generator_id), convention=convention.value,
    )  # fmt: skip
    typer.echo(language.text(told) + "\n")
    by_power = sorted(tables["generation"], key=lambda row: -abs(row["mw"]))
    heads: dict[str, str]
    heads = {"id": say("unit"), "bus": say("bus"), "mw": say("MW"), "p_min_mw": say("least"), "p_max_mw": say("most")}
    print_table(language, say("Units"), heads, by_power)
    heads = {"id": say("branch"), "mw": say("MW"), "rating_mw": say("rating"), "loading_percent": say("loading, %"),
             "congestion_usd_per_mwh": say("worth of a MW more, $/h")}  # fmt: skip
    by_load = sorted(tables["flows"], key=lambda row: -(row["loading_percent"] or 0.0))
    print_table(language, say("Branches, the fullest first"), heads, by_load)
    print_table(language, say("DC lines"), {"id": say("line"), "mw": say("MW")}, tables["dc_lines"])
    by_price = sorted(tables["prices"], key=lambda row: -(row["usd_per_mwh"] or 0.0))
    heads = {"bus": say("bus"), "load_mw": say("load, MW"), "usd_per_mwh": say("price, $/MWh")}
    print_table(language, say("Buses, the dearest first"), heads, by_price)


def _tables(case: "PowerCase", found: "Dispatched", rating: str) -> dict[str, list[dict[str, Any]]]:
    bus = case.bus_id
    limit = case.limit_mw(rating)
    ends = zip(case.branch_from_i.tolist(), case.branch_to_i.tolist(), strict=True)
    return {
        "generation": [
            {
                "id": case.generator_id[g],
                "bus": bus[i],
                "mw": clean(found.generation_mw[g]),
                "p_min_mw": clean(case.p_min[g]),
                "p_max_mw": clean(case.p_max[g]),
                "is_on": bool(case.generator_on[g] and case.bus_on[i]),
            }
            for g, i in enumerate(case.generator_bus_i.tolist())
        ],
        "flows": [
            {
                "id": case.branch_id[k],
                "from": bus[i],
                "to": bus[j],
                "mw": clean(found.flow_mw[k]),
                "rating_mw": clean(limit[k]),
                "loading_percent": clean(100.0 * abs(found.flow_mw[k]) / limit[k], 3) if limit[k] < 1e30 else None,
                "congestion_usd_per_mwh": clean(found.congestion_usd_per_mwh[k]),
            }
            for k, (i, j) in enumerate(ends)
        ],
        "dc_lines": [{"id": name, "mw": clean(found.dc_mw[k])} for k, name in enumerate(case.dc.id)],
        "prices": [
            {
                "bus": bus[i],
                "load_mw": clean(case.load_mw[i]),
                "usd_per_mwh": clean(found.price_usd_per_mwh[i]),
                "angle_rad": clean(found.angle_rad[i], 9),
            }
            for i in range(len(bus))
        ],
    }
