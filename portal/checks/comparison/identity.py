"""Q03: sex or birth date in the register and in the ID number. The household register (`population`) is not yet imported.

When department data sets come, a difference from `population` is the other half of the same condition: either is enough.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import String, and_, case, cast, literal, or_, select

from portal.checks.comparison.quality import FIRST
from portal.checks.registry import Looking, Rule, Statement
from portal.checks.warnings.helping.visits import clears
from portal.oversight.leads.queries import Severity
from portal.registers.recipients.models import Household, Person
from portal.registers.recipients.queries import listed_on


def differs_from_id(looking: Looking) -> Statement:
    """Persons of listed households whose registered sex or birth date, where filled, is not that of their ID number."""
    sex = and_(Person.sex.is_not(None), Person.id_sex.is_not(None), Person.sex != Person.id_sex)
    born = and_(Person.born_on.is_not(None), Person.id_born_on.is_not(None), Person.born_on != Person.id_born_on)
    return (
        select(
            literal("person").label("subject_kind"),
            ("P" + cast(Person.identity, String)).label("subject_no"),
            Household.division_code,
            Household.no.label("household_no"),
            Person.identity.label("person_id"),
            case((sex, 1), else_=0).label("sex_differs"),
            case((born, 1), else_=0).label("born_differs"),
            Person.id_check.label("check"),
            clears("照户口簿更正性别、出生日期，或更正证件号码"),
        )
        .join(Household, Household.identity == Person.household_id)
        .where(listed_on(looking.as_of), or_(sex, born))
    )


Q03: Final = Rule(
    code="Q03",
    title="性别或出生日期不一致",
    looks_at="在册户的家庭成员",
    condition="登记的性别或出生日期（填了的）和证件号码里的不一样；户籍数据导入后，和户籍不一样的也算",
    severity=Severity.HINT,
    verifier="户口所在村、乡镇",
    may_follow="照户口簿更正，人不变",
    guide="看户口簿：号码对的改登记，登记对的改号码。出生日期差一天、年月日颠倒的多是抄错；农历生日要换成公历。",
    legal_basis="GB 11643-1999《公民身份号码》",
    expression=differs_from_id,
    history=FIRST,
)
