"""Showing one sealed field is an act: permission (asked by the door), reason, event, and a daily quota per person.

The event is a sealed leaf: from outside nobody can tell that somebody looked, and at whom. Beyond the quota a field is
shown only to somebody who has just proven himself anew (`Act.stepped_up`), one field for each proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.accounts.reveals.actions import count_reveal
from portal.kernel.clock import CHINA
from portal.kernel.database import now_utc
from portal.kernel.errors import Refused
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.parameters.queries import value_for
from portal.registers.divisions.rules import NATION
from portal.registers.sealed import keyring_of, seal_name
from portal.trail.actions import record

SHOWN = "access.revealed"
OVER_QUOTA = "access.reveal_refused"
QUOTA = "reveal_quota"


@dataclass(frozen=True)
class Revealed:
    """The answer: the value, or None when the day's quota is used up; how many are left; how often more was asked."""

    value: str | None
    left: int
    quota: int
    over: int = 0

    @property
    def is_over_quota(self) -> bool:
        """The person must step up (a fresh code of the second factor) before this field is shown; that he asked is recorded."""
        return self.value is None


def reveal(
    session: Session, sealed: bytes | None, table: str, column: str, act: Act, subjects: Sequence[tuple[str, str]]
) -> Revealed:
    """Open one sealed value and write down who saw it, of whom, and why. Over the quota nothing is opened.

    Raises BadInput without a reason, Refused when the field is empty. A refusal for quota does not raise: its own event
    must be committed. The quota is the parameter `reveal_quota`, dated and nation-wide.
    """
    why = need_reason(act)
    if sealed is None:
        raise Refused("这一项没有登记，没有可看的内容", fix="需要时先补登")
    now = now_utc()
    day = now.astimezone(CHINA).date()
    quota = value_for(session, QUOTA, NATION, day).whole
    counted = count_reveal(session, act.actor, day, quota, stepped_up=act.stepped_up)
    record(
        session,
        kind=SHOWN if counted.allowed else OVER_QUOTA,
        actor=act.actor,
        subjects=subjects,
        after={"field": seal_name(table, column), "of_today": counted.shown, "over": counted.over},
        why=why,
        request_id=act.request_id,
        sealed=True,
        at=now,
    )
    if not counted.allowed:
        return Revealed(None, 0, quota, counted.over)
    value = keyring_of(session).open_(sealed, seal_name(table, column))
    return Revealed(value, max(0, quota - counted.shown), quota, counted.over)
