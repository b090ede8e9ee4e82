"""Reads of sign-ins: which household a browser belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.cards.sign_ins.models import HouseholdSignIn
from portal.registers.recipients.cards.sign_ins.rules import IDLE
from portal.registers.recipients.models import Household


@dataclass(frozen=True)
class SignedInHousehold:
    """A household that is signed in, and the card by which it is. `printed_by`: who printed that card."""

    sign_in_id: int
    household_id: int
    household_no: str
    division_code: str
    card_id: int
    card_no: str
    printed_by: str
    csrf_secret: bytes
    last_seen_at: datetime

    @property
    def actor(self) -> str:
        """How the trail names it: by the number of its card, never by a person."""
        return f"card:{self.card_no}"

    def __repr__(self) -> str:
        return f"SignedInHousehold({self.card_no})"


def find_signed_in(session: Session, cookie_hash: bytes, now: datetime) -> SignedInHousehold | None:
    """The household of a cookie: not over, not idle for ten minutes, its card still in force. One statement."""
    query = (
        select(
            HouseholdSignIn.id, Household.id, Household.no, Household.division_code, HouseholdCard.id, HouseholdCard.no,
            HouseholdCard.printed_by, HouseholdSignIn.csrf_secret, HouseholdSignIn.last_seen_at,
        )
        .join(HouseholdCard, HouseholdCard.id == HouseholdSignIn.card_id)
        .join(Household, Household.id == HouseholdCard.household_id)
        .where(
            HouseholdSignIn.cookie_hash == cookie_hash,
            HouseholdSignIn.ended_at.is_(None),
            HouseholdSignIn.expires_at > now,
            HouseholdSignIn.last_seen_at > now - IDLE,
            HouseholdCard.revoked_at.is_(None),
        )
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    return None if row is None else SignedInHousehold(*row)
