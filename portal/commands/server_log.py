"""What the web server's own log may say: never an address, a request line or what an exception quotes.

gunicorn writes the address and the bytes of whatever it cannot read, and the address line of a request that failed. Both are
traces of somebody who reports in confidence. Loaded by the server (`--logger-class`), by nobody else.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any, Final

from gunicorn.glogging import Logger

_OF_A_REQUEST: Final = "Invalid request from"
_OF_THE_START: Final = ("Exception in worker process", "Exception in dirty arbiter process")
_DEPTH: Final = 4


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn brings no types
    """gunicorn's log without anything that came from outside."""

    def warning(self, msg: Any, *args: Any, **options: Any) -> None:
        """A warning; a request that is no HTTP is counted by its line and nothing else is said of it."""
        if str(msg).startswith(_OF_A_REQUEST):
            super().warning("a request that is not HTTP was refused")
            return
        super().warning(msg, *args, **options)

    def exception(self, msg: Any, *args: Any, **options: Any) -> None:
        """An exception: its kind and where it happened. What stops the server at its start is told whole."""
        if str(msg) in _OF_THE_START:
            super().exception(msg, *args, **options)
            return
        kind, _value, trace = sys.exc_info()
        frames = traceback.extract_tb(trace)[-_DEPTH:]
        where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
        self.error("%s at %s", kind.__qualname__ if kind else "error", where)
