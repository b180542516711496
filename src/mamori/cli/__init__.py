"""The command line: one file a group of commands, each with a `register(app)`; heavy imports wait inside the
commands."""

import os
import signal
import sys
import time
from types import FrameType

import typer

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
def _root(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        from mamori import __version__

        typer.echo(f"mamori {__version__}")
        raise typer.Exit


def _register() -> None:
    from mamori.cli import bench, compare, query, report, run, scenario

    for group in (run, report, compare, query, scenario, bench):
        group.register(app)


def main() -> None:
    """Run the command; turn mamori's own errors into text on stderr and exit code 2."""
    from mamori.errors import MamoriError, StoppedError

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
        app()
    except StoppedError as error:
        typer.echo(str(error), err=True)
        sys.exit(TERMINATED if terminated else STOPPED)
    except SystemExit as end:  # typer's own word for Ctrl-C outside the replicas
        if end.code != STOPPED:
            raise
        typer.echo("Stopped.", err=True)
        sys.exit(TERMINATED if terminated else STOPPED)
    except MamoriError as error:
        typer.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    except OSError as error:
        if error.filename is None and sys.stdout is not None:  # output is full: do not try again at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        typer.echo(f"{error.filename or 'output'}: {error.strerror or error}.", err=True)
        sys.exit(BAD_INPUT)
    except MemoryError:
        typer.echo("Memory is short. Ask for fewer workers, or for a smaller raid.aim_draws.", err=True)
        sys.exit(BAD_INPUT)
