"""Work for the pool's tests, in a module of its own so that spawned workers can import it."""

import os
import signal
import time
from pathlib import Path


class Doubling:
    """Work that dies as often as the scenario of the test says: `marker` counts the deaths so far."""

    def __init__(self, marker="", deaths=0):
        self.marker, self.deaths = marker, deaths

    def __call__(self, block):
        if self.deaths and block[1] == 4:
            died = len(list(Path(self.marker).iterdir()))
            if died < self.deaths:
                (Path(self.marker) / str(died)).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return [2 * i for i in range(*block[1:])]


class Sleeping:
    """Work that never ends; it leaves a file with the worker's number as its name."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, _):
        (Path(self.folder) / str(os.getpid())).touch()
        time.sleep(600.0)
