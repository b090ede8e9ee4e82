"""The monthly draws of visits: made as soon as a month is over, by chance alone, and put into the queue."""

from __future__ import annotations

from portal.kernel.console import say
from portal.kernel.database import now_utc, writing
from portal.registers.helpers.check_ins.sampling.actions import add_three_running, draw_due
from portal.settings import Settings
from portal.trail.connect import connected

ACTOR = "job:sampling"


def draw_samples(settings: Settings) -> dict[str, int]:
    """Make the draws that are due, add who could not be visited three times running; returns the counts."""
    at = now_utc()
    with connected(settings) as engine, writing(engine) as session:
        done = {"draws": len(draw_due(session, ACTOR, at)), "added": add_three_running(session, ACTOR, at)}
    if any(done.values()):
        say("sampling: " + " ".join(f"{what}={count}" for what, count in done.items()))
    return done
