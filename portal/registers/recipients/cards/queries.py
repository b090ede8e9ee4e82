"""Reads of cards: the state of every household's, for the window that prints them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Key, Start, rows_beside
from portal.registers.divisions.queries import codes_within
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.recipients.rules import HEAD


@dataclass(frozen=True)
class CardRow:
    """One card; neither its code nor its digits."""

    id: int
    no: str
    household_id: int
    household_no: str
    division_code: str
    printed_by: str
    printed_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    why: str | None


@dataclass(frozen=True)
class CardState:
    """A household of the list and its card in force, None where it has none. `head_name` is not masked here."""

    household_id: int
    household_no: str
    division_code: str
    head_name: str | None
    card_no: str | None
    printed_by: str | None
    printed_at: datetime | None


_CARD: Select[*tuple[Any, ...]] = select(
    HouseholdCard.id, HouseholdCard.no, HouseholdCard.household_id, Household.no, HouseholdCard.division_code,
    HouseholdCard.printed_by, HouseholdCard.printed_at, HouseholdCard.revoked_at, HouseholdCard.revoked_by,
    HouseholdCard.why,
).join(Household, Household.id == HouseholdCard.household_id)  # fmt: skip
_LIVING = and_(HouseholdCard.household_id == Household.id, HouseholdCard.revoked_at.is_(None))
_HEAD = (
    select(func.min(Person.name))
    .where(Person.household_id == Household.id, Person.relation == HEAD)
    .correlate(Household)
    .scalar_subquery()
)
LISTED = (HouseholdStatus.LISTED, HouseholdStatus.OUT_OF_POVERTY)
"""Households that get a card: on the list, and those that left it and are still followed."""


def list_cards(
    session: Session, within: Collection[str], after: Start | None = None, limit: int = 51, *, missing: bool = False
) -> list[CardState]:
    """Households on the list inside some divisions with their card in force, by village and number.

    `missing`: only those that have none.
    """
    query = (
        select(
            Household.id, Household.no, Household.division_code, _HEAD, HouseholdCard.no, HouseholdCard.printed_by,
            HouseholdCard.printed_at,
        )
        .outerjoin(HouseholdCard, _LIVING)
        .where(_listed(within))
    )  # fmt: skip
    if missing:
        query = query.where(HouseholdCard.id.is_(None))
    rows = rows_beside(session, query, (Household.division_code, Household.no), after, limit)
    return [CardState(*row) for row in rows]


def count_missing(session: Session, within: Collection[str]) -> int:
    """How many households on the list inside some divisions have no card in force."""
    query = select(func.count()).select_from(Household).outerjoin(HouseholdCard, _LIVING).where(_listed(within))
    return session.scalar(query.where(HouseholdCard.id.is_(None))) or 0


def _listed(within: Collection[str]) -> ColumnElement[bool]:
    return and_(Household.division_code.in_(codes_within(within)), Household.status.in_(LISTED))


def place_key(row: CardState) -> Key:
    """Where a household stands in the list."""
    return (row.division_code, row.household_no)


def get_card(session: Session, no: str) -> CardRow:
    """A card by its number; raises NotFound."""
    row = session.execute(_CARD.where(HouseholdCard.no == no)).one_or_none()
    if row is None:
        raise NotFound("没有这张卡", fix="核对卡号，或从列表查找")
    return CardRow(*row)


def find_living(session: Session, household_id: int) -> CardRow | None:
    """The card of a household that is in force."""
    query = _CARD.where(HouseholdCard.household_id == household_id, HouseholdCard.revoked_at.is_(None))
    row = session.execute(query).one_or_none()
    return None if row is None else CardRow(*row)


def cards_of(session: Session, household_id: int) -> list[CardRow]:
    """Every card of a household, the newest first."""
    query = _CARD.where(HouseholdCard.household_id == household_id).order_by(HouseholdCard.id.desc())
    return [CardRow(*row) for row in session.execute(query)]
