"""Every night: lists of notices whose time is over are taken down; what waits for an announcement's days goes on."""

from __future__ import annotations

from portal.kernel.console import say
from portal.kernel.database import now_utc, writing
from portal.publishing.notices.actions import withdraw_ended
from portal.settings import Settings
from portal.trail.connect import connected

ACTOR = "job:notices"


def withdraw_notices(settings: Settings) -> dict[str, int]:
    """Take down what is over; returns the counts."""
    with connected(settings) as engine, writing(engine) as session:
        done = withdraw_ended(session, ACTOR, now_utc())
    if any(done.values()):
        say("notices: " + " ".join(f"{what}={count}" for what, count in done.items()))
    return done
