"""What somebody does to income entries: enter one with its evidence, correct it, withdraw it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
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
    refuse_unknown_fields(values, FIELDS)
    household = get_current(session, Household, household_id)
    row = Income(household_id=household_id, content_key=f"form-{uuid.uuid4()}", **values)
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
