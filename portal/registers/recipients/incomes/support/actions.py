"""What somebody does to obligors: enter one with the evidence, correct, withdraw. By hand it waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
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
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.incomes.support.rules import obligor_problem
from portal.registers.recipients.models import Household

FIELDS: Final = frozenset(
    {
        *("name", "relation", "since", "until", "members", "monthly_income_fen", "supports", "supports_here"),
        *("ruled_fen", "paid_fen", "evidence", "note"),
    }
)


def add_obligor(session: Session, household_id: int, values: Mapping[str, Any], act: Act) -> Obligor:
    """Enter an obligor of a household: a month's figures of his own household, in fen, from a day on."""
    refuse_unknown_fields(values, FIELDS)
    household = get_current(session, Household, household_id)
    full = {"supports": 1, "supports_here": 1, **values}
    obligor_problem(full)
    _refuse_twice(session, household_id, full, None)
    row = Obligor(household_id=household_id, **full)
    add_record(
        session,
        row,
        act,
        kind="obligor.added",
        subjects=lambda: _about(row, household),
        unit=township_of(household.division_code),
    )
    return row


def correct_obligor(
    session: Session, row_id: int, values: Mapping[str, Any], act: Act, version: str | None
) -> list[Change]:
    """Correct an obligor's figures, or give them their last day."""
    refuse_unknown_fields(values, FIELDS)
    row = get_current(session, Obligor, row_id)
    household = get_current(session, Household, row.household_id)
    full = {**{field: getattr(row, field) for field in FIELDS}, **values}
    obligor_problem(full)
    _refuse_twice(session, row.household_id, full, row_id)
    return correct_record(
        session,
        row,
        values,
        act,
        version=version,
        kind="obligor.corrected",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def withdraw_obligor(session: Session, row_id: int, act: Act, version: str | None) -> None:
    """Take out what should not stand there."""
    row = get_current(session, Obligor, row_id)
    household = get_current(session, Household, row.household_id)
    withdraw_record(
        session,
        row,
        act,
        version=version,
        kind="obligor.withdrawn",
        subjects=_about(row, household),
        unit=township_of(household.division_code),
    )


def _refuse_twice(session: Session, household_id: int, values: Mapping[str, Any], but: int | None) -> None:
    """One person's figures never overlap: counted twice, he would pay twice."""
    same = select(Obligor.since, Obligor.until).where(
        Obligor.household_id == household_id, Obligor.name == values["name"], Obligor.id != (but or 0)
    )
    end = values.get("until")
    for since, until in session.execute(same):
        if (until is None or until >= values["since"]) and (end is None or end >= since):
            raise Refused(
                "这名义务人这段时间已经登记过", fix="先给原来的一条填截止日，或更正原来的一条", code="duplicate"
            )


def _about(row: Obligor, household: Household) -> list[tuple[str, str]]:
    return [("obligor", str(row.id)), ("household", household.no)]
