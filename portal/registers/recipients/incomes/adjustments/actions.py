"""What somebody does to 核算事项: enter one with its evidence, correct, withdraw. By hand it waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

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
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.adjustments.rules import adjustment_problem
from portal.registers.recipients.models import Household, Person

FIELDS: Final = frozenset({"kind", "person_id", "since", "until", "amount_fen", "evidence", "note"})


def add_adjustment(
    session: Session, household_id: int, values: Mapping[str, Any], act: Act, *, today: date
) -> Adjustment:
    """Enter a 核算事项 of a household. Amounts in fen: a month's living away, or what the stock is worth."""
    refuse_unknown_fields(values, FIELDS)
    household = get_current(session, Household, household_id)
    _check(session, household_id, values, today)
    row = Adjustment(household_id=household_id, **values)
    add_record(
        session,
        row,
        act,
        kind="adjustment.added",
        subjects=lambda: _about(row, household),
        unit=township_of(household.division_code),
    )
    return row


def correct_adjustment(
    session: Session, row_id: int, values: Mapping[str, Any], act: Act, version: str | None, *, today: date
) -> list[Change]:
    """Correct a 核算事项."""
    refuse_unknown_fields(values, FIELDS)
    row = get_current(session, Adjustment, row_id)
    household = get_current(session, Household, row.household_id)
    _check(session, row.household_id, {**{field: getattr(row, field) for field in FIELDS}, **values}, today)
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="adjustment.corrected",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def withdraw_adjustment(session: Session, row_id: int, act: Act, version: str | None) -> None:
    """Take out what should not stand there."""
    row = get_current(session, Adjustment, row_id)
    household = get_current(session, Household, row.household_id)
    withdraw_record(
        session,
        row,
        act,
        version=version,
        kind="adjustment.withdrawn",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def _check(session: Session, household_id: int, values: Mapping[str, Any], today: date) -> None:
    adjustment_problem(values, today)
    if values.get("person_id") is not None:
        person = get_current(session, Person, values["person_id"])
        if person.household_id != household_id:
            raise Refused("这个人不在这一户", fix="从本户成员里选")


def _about(row: Adjustment, household: Household) -> list[tuple[str, str]]:
    return [("adjustment", str(row.id)), ("household", household.no)]
