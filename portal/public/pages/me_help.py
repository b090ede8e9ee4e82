"""Asking for help for oneself: who it is stands in the register, so that one tap is enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.kernel.sealing import Keyring
from portal.public.pages.me import Frame
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.requests.actions import Accepted, ask_for_help
from portal.registers.recipients.requests.disclosure import Progress, progress
from portal.registers.recipients.requests.queries import ForWhom, requests_of_household
from portal.registers.recipients.requests.rules import Wish
from portal.registers.sealed import seal_name


def own_requests(session: Session, household_id: int, keyring: Keyring) -> Sequence[Progress]:
    """What the household asked for, and how far it is. One statement."""
    rows = requests_of_household(session, household_id)
    heads = {row.id: row for row in rows}
    return [progress(row, heads.get(row.linked_to or row.id, row), keyring) for row in rows]


def ask_for_oneself(
    session: Session,
    frame: Frame,
    me: SignedInHousehold,
    keyring: Keyring,
    typed: tuple[str, str, str],
    at: datetime,
    request_id: str | None,
) -> Accepted:
    """Take the request of a signed-in household; `typed`: kind, telephone (empty: the registered one), words."""
    kind, phone, words = typed
    head = frame.members[0].values if frame.members else {}
    sealed = head.get("phone_sealed")
    if not phone and sealed is not None:
        phone = keyring.open_(sealed, seal_name("persons", "phone_sealed"))
    wish = Wish(str(head.get("name", "")), phone, "", kind, ForWhom.SELF, words)
    return ask_for_help(
        session, wish, me.division_code, actor=me.actor, at=at, household_id=me.household_id, request_id=request_id
    )
