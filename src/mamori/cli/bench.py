"""`mamori bench`: speed of each stage on this machine."""

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(bench)


def bench(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a built-in one.")] = "night-raid",
    replicas: Annotated[int, typer.Option(min=1, help="Replicas followed each time.")] = 40,
    repeats: Annotated[int, typer.Option(min=1, help="Times; medians are given.")] = 3,
    overrides: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of a table.")] = False,
) -> None:
    """Measure seconds a replica by stage, replicas a second and peak memory, in one process with one thread."""
    from mamori.bench.speed import measure
    from mamori.scenario.load import load

    found = measure(load(scenario, overrides or ()), replicas, repeats)
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{found['scenario']}: {found['threats']} threats, {replicas} replicas, median of {repeats}",
        title_justify="left",
    )
    table.add_column("stage")
    table.add_column("ms a replica", justify="right")
    table.add_column("share", justify="right")
    total = found["cpu_s_per_replica"]
    for stage, seconds in found["s_per_replica_by_stage"].items():
        table.add_row(stage, f"{1e3 * seconds:.2f}", f"{seconds / total:.0%}")
    table.add_row("all", f"{1e3 * total:.2f}", "100%", style="bold")
    console = Console()
    console.print(table)
    console.print(
        f"{found['replicas_per_s']:.1f} replicas a second on one core; first pass with compilation and geometry "
        f"{found['first_s']:.1f} s, geometry of one raid {1e3 * found['geometry_s']:.0f} ms; peak memory "
        f"{found['peak_memory_mb']:.0f} MB",
        highlight=False,
    )
