"""Showing one sealed field is an act: permission (asked by the door), reason, event, and a daily quota per person.

The event is a sealed leaf: from outside nobody can tell that somebody looked, and at whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.rules import REVEALS_A_DAY
from portal.kernel.clock import CHINA
from portal.kernel.database import now_utc
from portal.kernel.errors import Refused
from portal.registers.corrections import Act, need_reason
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record
from portal.trail.models import TrailSubject

SHOWN = "access.revealed"
OVER_QUOTA = "access.reveal_refused"


@dataclass(frozen=True)
class Revealed:
    """The answer: the value, or None when the day's quota is used up; and how many are left today."""

    value: str | None
    left: int

    @property
    def is_over_quota(self) -> bool:
        """The person must step up: sign in anew and ask; the refusal itself is recorded."""
        return self.value is None


def reveals_today(session: Session, actor: str, now: datetime) -> int:
    """How many sealed fields a person has been shown since midnight (UTC+8)."""
    midnight = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(func.count(TrailSubject.event_id.distinct())).where(
        TrailSubject.actor == actor, TrailSubject.type == SHOWN, TrailSubject.recorded_at >= midnight
    )
    return session.scalar(query) or 0


def reveal(
    session: Session, sealed: bytes | None, table: str, column: str, act: Act, subjects: Sequence[tuple[str, str]]
) -> Revealed:
    """Open one sealed value and write down who saw it, of whom, and why. Over the quota nothing is opened.

    Raises BadInput without a reason, Refused when the field is empty. A refusal for quota does not raise: its own event
    must be committed.
    """
    why = need_reason(act)
    if sealed is None:
        raise Refused("这一项没有登记，没有可看的内容", fix="需要时先补登")
    now = now_utc()
    used = reveals_today(session, act.actor, now)
    over = used >= REVEALS_A_DAY
    record(
        session,
        kind=OVER_QUOTA if over else SHOWN,
        actor=act.actor,
        subjects=subjects,
        after={"field": seal_name(table, column), "of_today": used + 1},
        why=why,
        request_id=act.request_id,
        sealed=True,
        at=now,
    )
    if over:
        return Revealed(None, 0)
    return Revealed(keyring_of(session).open_(sealed, seal_name(table, column)), REVEALS_A_DAY - used - 1)
