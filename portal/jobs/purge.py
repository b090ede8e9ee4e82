"""Taking away what must not be kept: sessions and nonces that are long over, exported files whose time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from portal.accounts.devices.actions import forget_nonces
from portal.accounts.sign_in.actions import forget_sessions
from portal.kernel.console import say
from portal.kernel.database import now_utc, writing
from portal.publishing.exports.actions import empty_old_files
from portal.registers.recipients.cards.sign_ins.actions import forget_sign_ins
from portal.settings import Settings
from portal.trail.connect import connected

KEPT: Final = timedelta(days=30)  # signing in and out are events of the trail; the row itself serves nobody any more


def purge(settings: Settings) -> dict[str, int]:
    """Delete sessions and nonces over for 30 days, and empty exported files that have expired; returns the counts."""
    now = now_utc()
    with connected(settings) as engine, writing(engine) as session:
        done = {
            "sessions": forget_sessions(session, now - KEPT) + forget_sign_ins(session, now - KEPT),
            "nonces": forget_nonces(session, now - KEPT),
            "files": empty_old_files(session, now),
        }
    say("purge: " + " ".join(f"{what}={count}" for what, count in done.items()))
    return done
