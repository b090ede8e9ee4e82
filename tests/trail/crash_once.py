"""A publishing process of its own that dies at a step: `python -m tests.trail.crash_once HOME URL STEP`.

STEP is a name of a step of the sequencer, or `+SECONDS` to be killed from outside while it works in a loop.
"""

from __future__ import annotations

import os
import signal
import sys

from portal.settings import read_settings
from portal.trail.connect import connect
from tests.trail.arrange import note_something, open_log


def main(home: str, url: str, step: str) -> None:
    settings = read_settings({"YANGGUANG_HOME": home, "YANGGUANG_DATABASE_URL": url})
    engine = connect(settings)
    log = open_log(engine, settings)

    def die(reached: str) -> None:
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)

    log.reached = die
    print("ready", flush=True)
    number = 0
    while True:
        for _ in range(3):
            number += 1
            print(note_something(engine, number), flush=True)  # printed = acknowledged
        log.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
