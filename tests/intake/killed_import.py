"""A process that imports one file and is killed (SIGKILL) at a chosen step: `python -m tests.intake.killed_import STEP KIND FILE`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.commands.intake import opened_sources
from portal.intake import actions, importing, merging, stage
from portal.intake.actions import Sender
from portal.intake.importing import Wish, import_file
from portal.intake.kinds import find_kind
from portal.settings import read_settings

STEPS: dict[str, tuple[Any, str, bool]] = {
    "while staging": (stage.Stager, "take", True),
    "staged": (stage.Stager, "finish", True),
    "before the trail": (actions, "record_batch", False),
    "after the trail": (actions, "record_batch", True),
    "before the rows": (merging.Merger, "_insert", False),
    "after the rows": (merging.Merger, "_insert", True),
    "after the merge": (merging.Merger, "run", True),
    "before the commit": (importing, "commit_batch", True),
    "after the commit": (importing, "_tidy", False),
}
"""Where: the owner of a function, its name, and whether death comes after it."""


def die(*_arguments: Any, **_more: Any) -> None:
    """No farewell, no clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Let the process die at the step."""
    owner, name, afterwards = STEPS[step]
    original: Callable[..., Any] = getattr(owner, name)

    def dying(*arguments: Any, **more: Any) -> Any:
        if afterwards:
            original(*arguments, **more)
        die()

    setattr(owner, name, dying)


def main(step: str, kind: str, file: str) -> None:
    """Import, perhaps to the end."""
    if step:
        arm(step)
    print("ready", flush=True)
    with opened_sources(read_settings()) as sources:
        import_file(sources, Path(file), Wish(find_kind(kind)), Sender("cli:killed"))


if __name__ == "__main__":
    main(*sys.argv[1:4])
