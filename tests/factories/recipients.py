"""Households and persons. Numbers are synthetic: right in form, of nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from stdnum.cn import ric

from portal.registers.corrections import Act
from portal.registers.recipients.actions import add_person, admit_household
from portal.registers.recipients.incomes.actions import add_income
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household, Person
from tests.factories.divisions import VILLAGE

ACT = Act("user:maker", "县里批准纳入", None)
TODAY = date(2026, 11, 20)


def make_id(serial: int = 1, born: str = "19650312", prefix: str = "320826") -> str:
    """An ID number with a right check digit."""
    body = f"{prefix}{born}{serial % 1000:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def make_household(session: Session, no: str = "HH-1", village: str = VILLAGE, **more: Any) -> Household:
    """A household 在册 with its head (`head`: the head's name; `members`: further members)."""
    head, act = more.pop("head", "张建国"), more.pop("act", ACT)
    members = [{"name": head, "relation": "户主", "id_number": more.pop("id_number", None)}, *more.pop("members", ())]
    values = {"no": no, "division_code": village, "category": "低保户", "main_cause": "因病", **more}
    decided = {"decided_on": date(2024, 3, 1), "document": "涟扶发〔2024〕3号", "prepared_by": "user:village"}
    return admit_household(session, values, members, act, **decided)


def make_person(session: Session, household: Household, name: str = "李秀英", **more: Any) -> Person:
    """One more member."""
    return add_person(session, household.id, {"name": name, "relation": "配偶", **more}, ACT)


def make_income(session: Session, household: Household, amount_fen: int = 100_00, **more: Any) -> Income:
    """One entry; wages unless said otherwise."""
    values = {"occurred_on": date(2026, 5, 1), "category": "工资性", "item": "务工工资", "amount_fen": amount_fen}
    return add_income(session, household.id, {**values, **more}, ACT, today=TODAY)
