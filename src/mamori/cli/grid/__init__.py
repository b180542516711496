"""`mamori grid`: dispatch, least shed and security of a power grid alone, on any case."""

import typer

from mamori.cli.grid import dispatch, security, shed


def register(app: typer.Typer) -> None:
    """Add the commands of this folder."""
    group = typer.Typer(
        name="grid",
        help="A power grid alone, on any case: dispatch, least shed of a damaged grid, security.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )
    for command in (dispatch, shed, security):
        command.register(group)
    app.add_typer(group)
