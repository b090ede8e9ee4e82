"""Whose turn comes first when the processors are all at work: the slow hash of what was let in, before more answers.

A flood of messages that are refused at little cost would otherwise share the processors evenly with the few that were let
in, and these would wait for seconds. Threads that answer requests give way a little; those that hash do not.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BEHIND: Final = 5
"""Steps of niceness: about a third of the share of a thread that does not give way."""


class GivingWay:
    """A WSGI application whose threads give way to those that hash (`Hashing.start`), from their first request on."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner, self._thread = inner, threading.local()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The inner application's answer."""
        if not hasattr(self._thread, "gives_way"):
            self._thread.gives_way = give_way()
        return self._inner(environ, start_response)


def give_way() -> bool:
    """Let this thread give way for good; False where the system knows no priorities of single threads."""
    if sys.platform != "linux":
        return False
    me = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, me, os.getpriority(os.PRIO_PROCESS, me) + BEHIND)
    return True
