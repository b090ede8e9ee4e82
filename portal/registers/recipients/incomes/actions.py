"""What somebody does to income entries: enter one with its evidence (a helper from the phone too), correct, withdraw."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import take_turns
from portal.kernel.errors import Conflict, Refused
from portal.kernel.keeping import versions
from portal.registers.corrections import (
    Act,
    Change,
    add_record,
    correct_record,
    get_current,
    refuse_unknown_fields,
    withdraw_record,
)
from portal.registers.divisions.rules import township_of
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.rules import counted_refusal, income_problem, plain_item
from portal.registers.recipients.models import Household, Person
from portal.trail.queries import leaf_hash_of

FIELDS = frozenset(
    {
        "person_id",
        "occurred_on",
        "category",
        "item",
        "amount_fen",
        "cost_fen",
        "voucher_no",
        "counts",
        "entered_by",
        "entered_unit",
        "note",
        "extensions",
    }
)


def add_income(session: Session, household_id: int, values: Mapping[str, Any], act: Act, *, today: date) -> Income:
    """Enter one income of a household. What never counts cannot be set to count (I01). Money in fen."""
    return _add(session, household_id, f"form-{uuid.uuid4()}", values, act, today)


def _add(
    session: Session, household_id: int, content_key: str, values: Mapping[str, Any], act: Act, today: date
) -> Income:
    refuse_unknown_fields(values, FIELDS)
    household = get_current(session, Household, household_id)
    row = Income(household_id=household_id, content_key=content_key, **values)
    row.item = plain_item(row.item)
    _check(session, row, today)
    add_record(
        session,
        row,
        act,
        kind="income.added",
        subjects=lambda: _about(row, household),
        unit=township_of(household.division_code),
    )
    return row


@dataclass(frozen=True)
class KeptIncome:
    """An entry from a phone, as it is acknowledged: the phone's UUID, when it was received, its leaf in the log."""

    id: str
    received_at: datetime
    leaf_hash: str
    created: bool


PHONE_FIELDS: Final = ("occurred_on", "category", "item", "amount_fen", "cost_fen", "voucher_no", "note")


def record_income_by_helper(
    session: Session, household_id: int, entry_id: str, values: Mapping[str, Any], act: Act, *, today: date
) -> KeptIncome:
    """Enter an income under the UUID that the phone gave it: sent again, the answer is the same and nothing happens.

    Compared is what was first received, whatever has been corrected or withdrawn since; Conflict for another content.
    The caller has asked whether the household is the helper's.
    """
    key = f"phone-{entry_id}"
    take_turns(session, key)
    known = _known_entry(session, key)
    if known is None:
        row = _add(session, household_id, key, values, act, today)
        return _kept(session, row, entry_id, created=True)
    first = versions(session, Income, known)[0]
    wanted = {**values, "item": plain_item(values["item"]), "household_id": household_id}
    if any(getattr(first, name) != wanted.get(name) for name in (*PHONE_FIELDS, "household_id")):
        raise Conflict("这个编号已经收过另一条收入", fix="换一个新的编号再发", code="conflict")
    return _kept(session, first, entry_id, created=False)


def _known_entry(session: Session, key: str) -> int | None:
    """The stable id of an entry by its key, also of a withdrawn one. Two questions, each with its own small index."""
    current = session.scalar(select(Income.id).where(Income.content_key == key))
    if current is not None:
        return current
    ended = select(Income.identity).where(Income.content_key == key, Income.superseded_at.is_not(None)).limit(1)
    return session.scalars(ended.execution_options(include_superseded=True)).first()


def _kept(session: Session, row: Income, entry_id: str, *, created: bool) -> KeptIncome:
    leaf = leaf_hash_of(session, str(row.event_id)) or b""
    return KeptIncome(entry_id, row.recorded_at, leaf.hex(), created)


def correct_income(
    session: Session, income_id: int, values: Mapping[str, Any], act: Act, version: str | None, *, today: date
) -> list[Change]:
    """Correct an entry. Its content key stays, so that the file it came from is still recognised."""
    refuse_unknown_fields(values, FIELDS)
    row = get_current(session, Income, income_id)
    household = get_current(session, Household, row.household_id)
    changed = dict(values)
    if "item" in changed:
        changed["item"] = plain_item(changed["item"])
    kept = {field: getattr(row, field) for field in (*FIELDS, "household_id")}
    _check(session, Income(**{**kept, **changed}), today)
    return correct_record(
        session,
        row,
        changed,
        act,
        version=version,
        kind="income.corrected",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def withdraw_income(session: Session, income_id: int, act: Act, version: str | None) -> None:
    """Take an entry out that should not stand there; it stays in the history."""
    row = get_current(session, Income, income_id)
    household = get_current(session, Household, row.household_id)
    withdraw_record(
        session,
        row,
        act,
        version=version,
        kind="income.withdrawn",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def _check(session: Session, row: Income, today: date) -> None:
    income_problem(row.category, row.item, row.cost_fen, row.occurred_on, today)
    counted_refusal(row.item, row.counts)
    if row.person_id is not None:
        person = get_current(session, Person, row.person_id)
        if person.household_id != row.household_id:
            raise Refused("这个人不在这一户", fix="从本户成员里选")


def _about(row: Income, household: Household) -> list[tuple[str, str]]:
    return [("income", str(row.id)), ("household", household.no)]
