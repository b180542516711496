"""`mamori grid shed`: what a damaged grid can still serve, by class."""

import json
from pathlib import Path
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
from mamori.language.message import say, say_n

if TYPE_CHECKING:
    from mamori.grid.shed.model import Shed, System
    from mamori.language.speech import Language
    from mamori.records import Floats


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(shed)


def shed(
    name: CaseName,
    branches_out: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Branches that are out, with commas: 11-14,14-16; 20-23 is every circuit between the two buses, "
            "20-23.2 one.",
        ),
    ] = "",
    buses_out: Annotated[str, typer.Option(metavar="NAMES", help="Buses that are out, with commas.")] = "",
    generators_out: Annotated[
        str, typer.Option(metavar="NAMES", help="Generators that are out, by id (g23.1) or bus (23: all at it).")
    ] = "",
    classes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of who the load is: columns bus, and if wanted feeder, mw, hospital, water, heat, telecom, other "
            "(shares). All other if left out.",
        ),
    ] = None,
    feeders: Annotated[
        bool, typer.Option("--feeders", help="Also with whole feeders on or off, and the difference.")
    ] = False,
    worst: Annotated[
        int, typer.Option(metavar="K", help="Ask instead every choice of K branches out at once; the worst are told.")
    ] = 0,
    convention: Convention = Way.POWERMODELS,
    rating: RatingOption = Rating.CONTINUOUS,
    folder: Folder = None,
    as_json: AsJson = False,
    code: Code = "",
) -> None:
    """Least shed of a damaged grid: what can be served, by class, with every injection curtailable."""
    from mamori.grid.cases.names import read_named
    from mamori.grid.cases.outages import without
    from mamori.grid.shed.loads import all_other, read_loads
    from mamori.grid.shed.model import system

    case = read_named(name)
    loads = read_loads(classes, case) if classes is not None else all_other(case)
    asked = system(case, loads, convention.value, rating.value)
    state = without(case, branches_out.split(","), buses_out.split(","), generators_out.split(","))
    language = speaking(code)
    head: dict[str, Any] = {"case": case.name, "convention": convention.value, "rating": rating.value}
    if worst:
        _worst(asked, worst, head, folder, language, as_json=as_json)
        return
    found = asked.shed(state)
    switched = None
    if feeders:
        from mamori.grid.shed.feeders import switch_feeders

        switched = switch_feeders(asked, state, convention.value, rating.value)
    facts = head | _facts(asked, state, found)
    if switched is not None:
        facts["feeders"] = _by_class(found.demand_mw, switched.served_mw) | {
            "more_shed_mw": clean(found.served_mw.sum() - switched.served_mw.sum()),
            "off": [loads.feeder_id[f] for f, is_on in enumerate(switched.is_on) if not is_on],
            "gap": clean(switched.gap, 9),
        }
    tables = _tables(asked, state, found)
    if folder is not None:
        write_csv(folder, tables)
    if as_json:
        typer.echo(json.dumps(facts | tables, indent=1))
    else:
        _print(facts, tables, language)


def _facts(asked: "System", state: Any, found: "Shed") -> dict[str, Any]:
    from mamori.grid.shed.model import out_of_service

    return {
        "out": list(out_of_service(asked, state)),
        **_by_class(found.demand_mw, found.served_mw),
        "local_mw": clean(found.local_mw),
        "network_mw": clean(found.network_mw),
        "deficit_mw": clean(found.deficit_mw),
        "shunt_shed_mw": clean(found.shunt_shed_mw),
        "islands": found.n_islands,
        "dc_lines_left_out": list(asked.case.dc.id),
    }


def _by_class(demand_mw: "Floats", served_mw: "Floats") -> dict[str, Any]:
    from mamori.grid.shed.loads import CLASSES

    wanted, served = demand_mw.sum(axis=0), served_mw.sum(axis=0)
    return {
        "demand_mw": clean(wanted.sum()),
        "served_mw": clean(served.sum()),
        "shed_mw": clean(wanted.sum() - served.sum()),
        "classes": {
            name: {
                "demand_mw": clean(wanted[c]),
                "served_mw": clean(served[c]),
                "shed_mw": clean(wanted[c] - served[c]),
            }
            for c, name in enumerate(CLASSES)
        },
    }


def _tables(asked: "System", state: Any, found: "Shed") -> dict[str, list[dict[str, Any]]]:
    from mamori.grid.shed.loads import CLASSES

    case = asked.case
    wanted, served = found.demand_mw.sum(axis=1), found.served_mw.sum(axis=1)
    limit = asked.network.high_mw
    return {
        "buses": [
            {
                "bus": case.bus_id[i],
                "demand_mw": clean(wanted[i]),
                "served_mw": clean(served[i]),
                "shed_mw": clean(wanted[i] - served[i]),
                **{f"{name}_shed_mw": clean(found.demand_mw[i, c] - found.served_mw[i, c])
                   for c, name in enumerate(CLASSES)},
            }
            for i in range(len(case.bus_id))
        ],
        "generation": [
            {
                "id": case.generator_id[g],
                "bus": case.bus_id[case.generator_bus_i[g]],
                "mw": clean(found.generation_mw[g]),
                "p_max_mw": clean(case.p_max[g]),
                "is_on": bool(state.generator[g] > 0.0 and state.bus[case.generator_bus_i[g]]),
            }
            for g in range(len(case.generator_id))
        ],
        "flows": [
            {
                "id": case.branch_id[k],
                "mw": clean(found.flow_mw[k]),
                "low_mw": clean(asked.network.low_mw[k]),
                "high_mw": clean(limit[k]),
                "is_on": bool(state.branch[k]),
            }
            for k in range(len(case.branch_id))
        ],
    }  # fmt: skip


def _worst(
    asked: "System", n_out: int, head: dict[str, Any], folder: Path | None, language: "Language", *, as_json: bool
) -> None:
    from mamori.errors import Fault, ScenarioError
    from mamori.grid.shed.model import WORST_TOLD

    if n_out < 1:
        raise ScenarioError(Fault("--worst", str(n_out), say("must be 1 or more")))
    n_states, told = 0, list[tuple[float, tuple[int, ...]]]()
    for n_states, told in asked.worst(n_out, WORST_TOLD):  # noqa: B007 - the last pair is the answer
        pass
    ids = asked.case.branch_id
    rows = [{"shed_mw": clean(mw), "branches": [ids[k] for k in out]} for mw, out in told]
    if folder is not None:
        write_csv(folder, {"worst": rows})
    if as_json:
        typer.echo(json.dumps(head | {"n_out": n_out, "states": n_states, "worst": rows}, indent=1))
        return
    title = say("{case}: the worst of all {states:,} choices of {n} branches", case=head["case"], states=n_states,
                n=n_out)  # fmt: skip
    print_table(language, title, {"shed_mw": say("shed, MW"), "branches": say("branches out")}, rows)


def _print(facts: dict[str, Any], tables: dict[str, list[dict[str, Any]]], language: "Language") -> None:
    told = say(
        "{case}: {served:,.1f} of {demand:,.1f} MW served, {shed:,.1f} MW shed ({islands}).",
        case=facts["case"], served=facts["served_mw"], demand=facts["demand_mw"], shed=facts["shed_mw"],
        islands=say_n(facts["islands"], "{n:,} island", "{n:,} islands"),
    )  # fmt: skip
    typer.echo(language.text(told))
    if facts["out"]:
        typer.echo(language.text(say("Out: {names}.", names=", ".join(facts["out"]))))
    parts = say(
        "Of what is shed: {local:,.1f} MW at what is dead, {network:,.1f} MW for want of lines, {deficit:,.1f} MW for "
        "want of plant.",
        local=facts["local_mw"], network=facts["network_mw"], deficit=facts["deficit_mw"],
    )  # fmt: skip
    typer.echo(language.text(parts))
    if facts["shunt_shed_mw"]:
        typer.echo(language.text(say("Shunts miss {mw:,.1f} MW besides.", mw=facts["shunt_shed_mw"])))
    if facts["dc_lines_left_out"]:
        typer.echo(
            language.text(say("DC lines carry nothing here: {names}.", names=", ".join(facts["dc_lines_left_out"])))
        )
    typer.echo()
    names = {"hospital": say("hospital"), "water": say("water"), "heat": say("heat"), "telecom": say("telecom"),
             "other": say("other")}  # fmt: skip
    rows = [{"class": language.text(names[key]), **row} for key, row in facts["classes"].items() if row["demand_mw"]]
    heads: dict[str, str]
    heads = {"class": say("class"), "demand_mw": say("demand, MW"), "served_mw": say("served, MW"),
             "shed_mw": say("shed, MW")}  # fmt: skip
    switched = facts.get("feeders")
    if switched is not None:
        heads["whole"] = say("shed with whole feeders, MW")
        wholes = (row["shed_mw"] for row in switched["classes"].values() if row["demand_mw"])
        rows = [row | {"whole": whole} for row, whole in zip(rows, wholes, strict=True)]
    print_table(language, say("By class"), heads, rows)
    if switched is not None:
        told = say(
            "Whole feeders: {shed:,.1f} MW shed, {more:,.1f} MW more; {n} of them off.", shed=switched["shed_mw"],
            more=switched["more_shed_mw"], n=len(switched["off"]),
        )  # fmt: skip
        typer.echo(language.text(told) + "\n")
    hit = sorted((row for row in tables["buses"] if row["shed_mw"]), key=lambda row: -row["shed_mw"])
    heads = {"bus": say("bus"), "demand_mw": say("demand, MW"), "served_mw": say("served, MW"),
             "shed_mw": say("shed, MW")}  # fmt: skip
    print_table(language, say("Buses that are shed"), heads, hit)
