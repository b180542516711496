"""A page printed to PDF by a browser of the Chromium family that is on this machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from mamori.errors import StoreError
from mamori.language.message import say

VARIABLE = "MAMORI_CHROMIUM"
NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
OPTIONS = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-quic", "--no-pdf-header-footer", "--virtual-time-budget=20000",
)  # fmt: skip
MOST_S = 180.0


def printed(page: str) -> bytes:
    """A page as PDF. Raises StoreError where there is no browser, or it does not print."""
    browser = found()
    with tempfile.TemporaryDirectory(prefix="mamori-", ignore_cleanup_errors=True) as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(page, encoding="utf-8")
        command = [browser, *OPTIONS, f"--user-data-dir={Path(folder, 'profile')}", f"--print-to-pdf={target}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start for root otherwise; the page is our own
        complaints = Path(folder, "complaints")  # a file, for a pipe would wait for all that the browser has started
        try:
            with complaints.open("wb") as stream:
                done = subprocess.run(  # noqa: S603
                    [*command, source.as_uri()], stdout=stream, stderr=stream, timeout=MOST_S, check=False
                )
        except subprocess.TimeoutExpired as error:
            raise StoreError(
                say("{browser} did not print the page within {limit} s. Use --format html and print it by hand.",
                    browser=browser, limit=f"{MOST_S:.0f}")
            ) from error  # fmt: skip
        except OSError as error:
            raise StoreError(
                say("{browser} cannot be started ({why}). Give another browser in {variable}.",
                    browser=browser, why=error.strerror or error, variable=VARIABLE)
            ) from error  # fmt: skip
        data = target.read_bytes() if target.exists() else b""
        last = complaints.read_text(errors="replace").strip().rpartition("\n")[2]
    if not data.startswith(b"%PDF"):
        raise StoreError(
            say("{browser} did not print the page ({why}). Use --format html and print it by hand.",
                browser=browser, why=last or say("it ended with code {code}", code=done.returncode))
        )  # fmt: skip
    return data


def found() -> str:
    """The browser to print with. Raises StoreError if there is none."""
    wanted = os.environ.get(VARIABLE)
    for name in [wanted] if wanted else NAMES:
        path = shutil.which(name)
        if path:
            return path
    if wanted:
        raise StoreError(
            say("{variable} = {browser}: there is no such program. Give the path of Chromium or Chrome.",
                variable=VARIABLE, browser=wanted)
        )  # fmt: skip
    raise StoreError(
        say("A PDF is printed by Chromium or Chrome, and neither is found on this machine. Install one, or give its "
            "path in {variable}, or use --format html.", variable=VARIABLE)
    )  # fmt: skip
