"""`mamori grid security`: what the grid loses when something more falls out."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
    from mamori.grid.security.ac import AcFate, AcGrid
    from mamori.grid.security.model import Fate, Grid


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(security)


def security(
    name: CaseName,
    outage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="Things that fall out at once, with commas: branches (11-14), generators (g23.1), buses (bus 14). May "
            "be given again for another outage. Every branch and generator alone if left out.",
        ),
    ] = None,
    ac: Annotated[
        bool, typer.Option("--ac", help="Also by the AC power flow (extra: mamori[ac]), with voltages.")
    ] = False,
    trip_at: Annotated[
        float, typer.Option(help="Share of its rating beyond which a branch trips in a cascade.", min=0.01)
    ] = 1.0,
    convention: Convention = Way.POWERMODELS,
    rating: RatingOption = Rating.LONG_TERM,
    folder: Folder = None,
    as_json: AsJson = False,
    code: Code = "",
) -> None:
    """What single outages, or given ones, cost after least-cost dispatch: overloads, cascades, MW lost."""
    from mamori.grid.cases.names import read_named
    from mamori.grid.cases.outages import contingency
    from mamori.grid.security.model import grid

    case = read_named(name)
    whole = grid(case, convention.value, rating.value, trip_at)
    names = [tuple(part.strip() for part in one.split(",") if part.strip()) for one in outage or ()]
    states = [contingency(case, one, "--outage") for one in names]
    fates = [whole.follow(state, one) for state, one in zip(states, names, strict=True)] if names else whole.single()
    facts: dict[str, Any] = {
        "case": case.name,
        "convention": convention.value,
        "rating": rating.value,
        "trip_at": trip_at,
        "load_mw": clean(whole.load_mw.sum()),
        "outages": len(fates),
        "overloads": sum(fate.n_over > 0 for fate in fates),
        "cascades": sum(bool(fate.tripped) for fate in fates),
        "islands": sum(fate.makes_islands for fate in fates),
        "most_lost_mw": clean(max((fate.lost_mw for fate in fates), default=0.0)),
    }
    tables = {"dc": [_row(fate) for fate in fates]}
    if ac:
        from mamori.grid.security.ac import AcGrid

        looked = AcGrid(case, whole.branch, whole.dispatched, rating.value, trip_at)
        base = looked.base()
        ac_fates = _given(looked, whole, states, names) if names else _single(looked, whole)
        tables["ac"] = [_ac_row(fate) for fate in ac_fates]
        facts["ac"] = {
            "base": _ac_row(base),
            "outages": len(ac_fates),
            "unsolved": sum(not fate.is_solved for fate in ac_fates),
            "overloads": sum(fate.n_over > 0 for fate in ac_fates),
            "voltages": sum(fate.n_outside > base.n_outside for fate in ac_fates),
            "most_lost_mw": clean(max((fate.lost_mw for fate in ac_fates if fate.is_solved), default=0.0)),
        }
    if folder is not None:
        write_csv(folder, {key: [_flat(row) for row in rows] for key, rows in tables.items()})
    if as_json:
        facts = facts | {"contingencies": tables["dc"]}
        if ac:
            facts["ac"]["contingencies"] = tables["ac"]
        typer.echo(json.dumps(facts, indent=1))
    else:
        _print(facts, tables, code)


def _single(looked: "AcGrid", whole: "Grid") -> "list[AcFate]":
    from mamori.grid.security.ac import branches_out

    return [*looked.fates(*branches_out(whole.case, whole.state.branch)), *looked.units()]


def _given(looked: "AcGrid", whole: "Grid", states: Sequence[Any], names: Sequence[tuple[str, ...]]) -> "list[AcFate]":
    """Given outages by their branches, and those of buses as all branches there. Raises ScenarioError for units."""
    from mamori.errors import Fault, ScenarioError

    case, faults, outages = whole.case, [], []
    for state, one in zip(states, names, strict=True):
        if (state.generator < whole.state.generator).any():
            remedy = say("Leave --ac or the generators out; single generators are asked without --outage.")
            faults.append(Fault("--outage", ",".join(one), say("--ac takes branches and buses here"), remedy))
        is_off = whole.state.branch & ~(state.branch & state.bus[case.branch_from_i] & state.bus[case.branch_to_i])
        outages.append(tuple(is_off.nonzero()[0].tolist()))
    if faults:
        raise ScenarioError(faults)
    return looked.fates(outages, names)


def _row(fate: "Fate") -> dict[str, Any]:
    return {
        "out": list(fate.out),
        "lost_mw": clean(fate.lost_mw, 4),
        "loading_percent": clean(100.0 * fate.loading, 3),
        "fullest": fate.fullest,
        "overloads": fate.n_over,
        "tripped": [list(trip) for trip in fate.tripped],
        "islands": fate.makes_islands,
    }


def _ac_row(fate: "AcFate") -> dict[str, Any]:
    return {
        "out": list(fate.out),
        "solved": fate.is_solved,
        "lost_mw": clean(fate.lost_mw, 4),
        "loading_percent": clean(100.0 * fate.loading, 3),
        "fullest": fate.fullest,
        "overloads": fate.n_over,
        "v_low": clean(fate.v_low),
        "v_high": clean(fate.v_high),
        "voltages_outside": fate.n_outside,
        "tripped": [list(trip) for trip in fate.tripped],
    }


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Rounds of trips as one cell: branches with spaces, rounds with semicolons."""
    return row | {"tripped": "; ".join(" ".join(trip) for trip in row["tripped"])}


def _print(facts: dict[str, Any], tables: dict[str, list[dict[str, Any]]], code: str) -> None:
    language = speaking(code)
    told = say(
        "{case}, {load:,.1f} MW of load: of {outages:,} outages {overloads:,} overload a branch, {cascades:,} cascade, "
        "{islands:,} make islands; the worst loses {most:,.1f} MW.",
        case=facts["case"], load=facts["load_mw"], outages=facts["outages"], overloads=facts["overloads"],
        cascades=facts["cascades"], islands=facts["islands"], most=facts["most_lost_mw"],
    )  # fmt: skip
    typer.echo(language.text(told) + "\n")
    heads: dict[str, str]
    heads = {"out": say("out"), "lost_mw": say("lost, MW"), "loading_percent": say("loading, %"),
             "fullest": say("fullest branch"), "overloads": say("overloads"), "trips": say("then trip")}  # fmt: skip
    rows = [_short(row) for row in sorted(tables["dc"], key=_badness)]
    print_table(language, say("By the DC power flow, the worst first"), heads, rows)
    if "ac" not in tables:
        return
    ac = facts["ac"]
    told = say(
        "AC: of {outages:,} outages {unsolved:,} have no solution, {overloads:,} overload a branch, {voltages:,} bring "
        "more voltages outside their limits than the {before} before.",
        outages=ac["outages"], unsolved=ac["unsolved"], overloads=ac["overloads"], voltages=ac["voltages"],
        before=ac["base"]["voltages_outside"],
    )  # fmt: skip
    typer.echo(language.text(told) + "\n")
    heads |= {"v_low": say("lowest V"), "v_high": say("highest V"), "voltages_outside": say("V outside")}
    rows = [_short(row) for row in sorted(tables["ac"], key=lambda row: (row["solved"], *_badness(row)))]
    print_table(language, say("By the AC power flow, the worst first"), heads, rows)


def _badness(row: dict[str, Any]) -> tuple[float, float]:
    return (-(row["lost_mw"] or 0.0), -(row["loading_percent"] or 0.0))


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"trips": sum(map(len, row["tripped"])), "fullest": row["fullest"] or "\N{EN DASH}"}
