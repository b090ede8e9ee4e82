"""Rows of the register for rules and sums over incomes, put in as they come to lie there; one event records them all."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.divisions.models import Division
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.rules import ITEMS
from portal.registers.recipients.models import Household, Person
from portal.trail import actions as trail
from tests.factories.divisions import VILLAGE

_keys = itertools.count(1)
LONG_AGO = date(2000, 1, 1)


def recorded(session: Session) -> Session:
    """A session whose rows one event stands for."""
    trail.record(session, kind="test.set_up", actor="test", subjects=[])
    return session


def put_places(session: Session) -> None:
    """A county, a township and two villages, the first with its point."""
    for code, parent, level in (
        ("320826000000", None, 3), ("320826104000", "320826000000", 4), (VILLAGE, "320826104000", 5),
        ("320826104202", "320826104000", 5),
    ):  # fmt: skip
        row = Division(code=code, name=code, parent_code=parent, level=level, valid_from=LONG_AGO)
        if code == VILLAGE:
            row.lat_e7, row.lng_e7, row.datum = 337_800_000, 1_192_600_000, "WGS84"
        session.add(row)
    session.flush()


def put_parameter(session: Session, name: str, value: str, division: str = "320826000000", **more: Any) -> None:
    """One dated row."""
    session.add(
        Parameter(
            **{
                "name": name,
                "division_code": division,
                "value": value,
                "valid_from": LONG_AGO,
                "basis": "县文件",
                **more,
            }
        )
    )


def put_household(session: Session, no: str = "HH-1", members: int = 1, **more: Any) -> Household:
    """A household 在册 and the persons who live together in it."""
    row = Household(**{"no": no, "division_code": VILLAGE, "status": "在册", "entered_on": date(2020, 1, 1), **more})
    session.add(row)
    session.flush()
    for n in range(members):
        session.add(
            Person(household_id=row.id, name=f"{no}-{n}", lives_together=True, relation="户主" if n == 0 else None)
        )
    session.flush()
    return row


def put_income(session: Session, household: Household, yuan: float, item: str = "务工工资", **more: Any) -> Income:
    """One entry in yuan, by the item's own class."""
    known = ITEMS.get(item)
    values = {
        "content_key": f"test-{next(_keys)}", "household_id": household.id, "occurred_on": date(2026, 5, 1),
        "category": known.category if known else "转移性", "item": item, "amount_fen": round(yuan * 100),
    }  # fmt: skip
    row = Income(**{**values, **more})
    session.add(row)
    session.flush()
    return row
