"""The command line: one file a group of commands, each with a `register(app)`; heavy imports wait inside the
commands."""

import os
import signal
import sys
import time
from types import FrameType
from typing import Annotated

import typer

from mamori.cli.reader import HELP, VARIABLE, Asked, choose, reader
from mamori.language.message import say

app = typer.Typer(
    name="mamori",
    help="From a raid's launch to the last household that gets its power back: which protection keeps most lights on?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs 0.3 s at every start
)

SAME_PRESS_S = 1.0
"""One Ctrl-C may come twice: from the terminal, and passed on by what started us (`uv run` does so)."""

DONE, ANSWER_IS_NO, BAD_INPUT, STOPPED, TERMINATED = 0, 1, 2, 130, 143


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    _language: Annotated[
        str,
        typer.Option(
            "--language", envvar=VARIABLE, metavar="CODE", callback=choose, is_eager=True, show_default=False, help=HELP
        ),
    ] = "",
) -> None:
    if version:
        from mamori import __version__

        typer.echo(f"mamori {__version__}")
        raise typer.Exit


def _register() -> None:
    from mamori.cli import (
        bench,
        compare,
        cover,
        export,
        flight,
        grid,
        importing,
        protection,
        query,
        report,
        run,
        scenario,
        track,
        validate,
    )

    for group in (
        run,
        report,
        compare,
        protection,
        export,
        importing,
        query,
        scenario,
        flight,
        cover,
        track,
        grid,
        validate,
        bench,
    ):
        group.register(app)


def main() -> None:
    """Run the command; turn mamori's own errors into text on stderr and exit code 2."""
    from mamori.errors import Fault, MamoriError, StoppedError

    asked: Asked = {}
    terminated: list[int] = []
    pressed_s: list[float] = []

    def stop(number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if pressed_s and now - pressed_s[-1] < SAME_PRESS_S:
            return
        pressed_s.append(now)
        if number == signal.SIGTERM:
            terminated.append(number)
        raise KeyboardInterrupt

    _register()
    signal.signal(signal.SIGTERM, stop)  # a scheduler's way to press Ctrl-C
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names in letters that a plain terminal does not have
    try:
        app(obj=asked)
    except StoppedError as error:
        typer.echo(error.said(reader(asked)), err=True)
        sys.exit(TERMINATED if terminated else STOPPED)
    except SystemExit as end:  # typer's own word for Ctrl-C outside the replicas
        if end.code != STOPPED:
            raise
        typer.echo(reader(asked).text(say("Stopped.")), err=True)
        sys.exit(TERMINATED if terminated else STOPPED)
    except MamoriError as error:
        typer.echo(error.said(reader(asked)), err=True)
        sys.exit(BAD_INPUT)
    except OSError as error:
        if error.filename is None and sys.stdout is not None:  # output is full: do not try again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        place = error.filename or say("output")
        fault = Fault(place, "", str(error.strerror or error))
        typer.echo(fault.said(reader(asked)), err=True)
        sys.exit(BAD_INPUT)
    except MemoryError:
        told = say("Memory is short. Ask for fewer workers, or for a smaller raid.aim_draws.")
        typer.echo(reader(asked).text(told), err=True)
        sys.exit(BAD_INPUT)
