"""Signing in with a card and out again. A try is written down before it is checked, so that many at once gain nothing.

The same statements and the same digests for a card in force, a revoked one and a code that nobody printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from portal.registers.divisions.rules import township_of
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.cards.rules import digits_hash, token_hash
from portal.registers.recipients.cards.sign_ins.models import CardTries, HouseholdSignIn
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.cards.sign_ins.rules import FORGET, FREE_TRIES, LONGEST, is_among, pause_after
from portal.registers.recipients.models import Household
from portal.trail.actions import record


@dataclass(frozen=True)
class CardTry:
    """One try, already counted as failed. `card_id` is None for codes that open nothing."""

    card_key: str
    failures: int
    wait: timedelta | None  # set: too early, nothing may be checked
    card_id: int | None
    card_no: str
    household_no: str
    division_code: str
    digits: tuple[str, ...]

    @property
    def locks(self) -> bool:
        """True when this failure is the first that costs a pause."""
        return self.failures == FREE_TRIES

    def __repr__(self) -> str:
        return f"CardTry({self.failures})"


def reserve_try(session: Session, token: str, now: datetime) -> CardTry:
    """Count a try as failed before it is checked; a success takes it back. Same statements for every code."""
    kept = token_hash(token)
    query = (
        select(HouseholdCard.id, HouseholdCard.no, HouseholdCard.digits, Household.no, Household.division_code)
        .join(Household, Household.id == HouseholdCard.household_id)
        .where(HouseholdCard.token_hash == kept, HouseholdCard.revoked_at.is_(None))
    )
    found = session.execute(query).one_or_none()
    card_id, card_no, digits, household, division = found if found is not None else (None, "", [], "", "")
    key = f"card:{card_id}" if card_id is not None else f"none:{kept[:2].hex()}"
    state = _state(session, key)
    wait = state.blocked_until - now if state.blocked_until and state.blocked_until > now else None
    forgotten = state.last_failed_at is None or now - state.last_failed_at > FORGET
    failures = (0 if forgotten else state.failures) + (wait is None)
    until = now + pause_after(failures) if wait is None else state.blocked_until
    session.execute(
        update(CardTries)
        .where(CardTries.card_key == key)
        .values(failures=failures, last_failed_at=now, blocked_until=until)
    )
    return CardTry(key, failures, wait, card_id, card_no, household, division, tuple(digits))


def _state(session: Session, key: str) -> CardTries:
    dialect = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = dialect(CardTries).values(card_key=key, failures=0)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["card_key"]))
    return session.scalars(select(CardTries).where(CardTries.card_key == key).with_for_update()).one()


def check_digits(attempt: CardTry, key: bytes, token: str, digits: str) -> bool:
    """Whether the digits open the card; one digest and as many comparisons for every code. Needs no database."""
    return is_among(digits_hash(key, token, digits), attempt.digits) and attempt.card_id is not None


def open_sign_in(
    session: Session,
    attempt: CardTry,
    cookie_hash: bytes,
    csrf_secret: bytes,
    now: datetime,
    *,
    request_id: str | None = None,
) -> None:
    """Sign the household of a right try in: at most two hours. The event is sealed and names the card, nobody's person."""
    session.execute(
        update(CardTries)
        .where(CardTries.card_key == attempt.card_key)
        .values(failures=0, last_failed_at=None, blocked_until=None)
    )
    session.add(
        HouseholdSignIn(
            cookie_hash=cookie_hash, card_id=attempt.card_id, csrf_secret=csrf_secret, opened_at=now, last_seen_at=now,
            expires_at=now + LONGEST,
        )
    )  # fmt: skip
    session.flush()
    record(
        session, kind="household.signed_in", actor=f"card:{attempt.card_no}",
        subjects=[("household_card", attempt.card_no), ("household", attempt.household_no)],
        after={"card": attempt.card_no}, unit=township_of(attempt.division_code), request_id=request_id, sealed=True,
        at=now,
    )  # fmt: skip


def record_lock(session: Session, attempt: CardTry, now: datetime, *, request_id: str | None = None) -> None:
    """Write down that a card, or codes that nobody printed, must wait after too many failures."""
    record(
        session, kind="household_card.locked", actor="system",
        subjects=[("card_tries", attempt.card_key)], after={"failures": attempt.failures}, request_id=request_id,
        sealed=True, at=now,
    )  # fmt: skip


def touch_sign_in(session: Session, sign_in_id: int, now: datetime) -> None:
    """Note that a sign-in is in use (at most once a minute; not an event)."""
    session.execute(update(HouseholdSignIn).where(HouseholdSignIn.id == sign_in_id).values(last_seen_at=now))


def end_sign_in(
    session: Session, home: SignedInHousehold, now: datetime, *, not_ours: bool = False, request_id: str | None = None
) -> None:
    """Sign out. `not_ours`: whoever looked said that this is not his household."""
    session.execute(update(HouseholdSignIn).where(HouseholdSignIn.id == home.sign_in_id).values(ended_at=now))
    record(
        session, kind="household.not_ours" if not_ours else "household.signed_out", actor=home.actor,
        subjects=[("household_card", home.card_no), ("household", home.household_no)],
        after={"card": home.card_no}, unit=township_of(home.division_code), request_id=request_id, sealed=True, at=now,
    )  # fmt: skip


def forget_sign_ins(session: Session, before: datetime) -> int:
    """Delete the rows of sign-ins that ended, or reached their limit, before a moment; returns how many."""
    over = or_(HouseholdSignIn.ended_at < before, HouseholdSignIn.expires_at < before)
    done = session.execute(delete(HouseholdSignIn).where(over))
    return done.rowcount if isinstance(done, CursorResult) else 0
