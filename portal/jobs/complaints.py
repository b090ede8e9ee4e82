"""The clocks of complaints: reminders, one level up, ends; and what is told of closed quarters. Prints counts alone."""

from __future__ import annotations

from portal.kernel.console import say
from portal.kernel.database import now_utc, writing
from portal.oversight.complaints.counts.actions import publish_closed
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks
from portal.settings import Settings
from portal.trail.connect import connected

ACTOR = "job:complaints"


def keep_complaint_clocks(settings: Settings) -> dict[str, int]:
    """Do what is due. A worker that slept does it all at its first run, each complaint once."""
    with connected(settings) as engine, writing(engine) as session:
        done = dict(keep_clocks(session, ACTOR, now_utc()))
    if any(done.values()):
        say("complaints: " + " ".join(f"{what}={count}" for what, count in done.items()))
    if done.get("alarms"):
        say("ALARM: complaints are overdue and no organ above has anybody who may take them")
    return done


def publish_counts(settings: Settings) -> int:
    """Tell the quarters that are over and were not told yet; returns how many periods that makes."""
    with connected(settings) as engine, writing(engine) as session:
        told = publish_closed(session, "job:counts", now_utc())
    if told:
        say(f"counts: published={told}")
    return told
