"""Every night: tasks of supervision orders are reminded of or marked late, and exposures whose time is over come down."""

from __future__ import annotations

from portal.kernel.console import say
from portal.kernel.database import now_utc, writing
from portal.oversight.orders.reminders.actions import remind
from portal.publishing.exposure.actions import end_due
from portal.settings import Settings
from portal.trail.connect import connected

ACTOR = "job:orders"


def remind_orders(settings: Settings) -> dict[str, int]:
    """Remind of tasks and mark the late ones, each once; returns the counts."""
    with connected(settings) as engine, writing(engine) as session:
        done = remind(session, ACTOR, now_utc())
    if any(done.values()):
        say(f"orders: reminded={done['reminded']} overdue={done['overdue']}")
    return done


def end_exposures(settings: Settings) -> dict[str, int]:
    """Take down exposures that have come to their day; returns the count."""
    with connected(settings) as engine, writing(engine) as session:
        done = end_due(session, "job:exposure", now_utc())
    if done["ended"]:
        say(f"exposures: ended={done['ended']}")
    return done
