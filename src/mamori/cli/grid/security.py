"""`mamori grid security`: what the grid loses when something more falls out."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
