"""The command line: one file a group of commands, each with a `register(app)`; heavy imports wait inside the
commands."""

import sys

import typer

app = typer.Typer(
    name="mamori",
    help="From a raid's launch to the last household that gets its power back: which protection keeps most lights on?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs 0.3 s at every start
)

DONE, ANSWER_IS_NO, BAD_INPUT, STOPPED = 0, 1, 2, 130


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        from mamori import __version__

        typer.echo(f"mamori {__version__}")
        raise typer.Exit


def _register() -> None:
    from mamori.cli import bench, report, run, scenario

    for group in (run, report, scenario, bench):
        group.register(app)


def main() -> None:
    """Run the command; turn mamori's own errors into text on stderr and exit code 2."""
    from mamori.errors import MamoriError, StoppedError

    _register()
    try:
        app()
    except StoppedError as error:
        typer.echo(str(error), err=True)
        sys.exit(STOPPED)
    except MamoriError as error:
        typer.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(STOPPED)
