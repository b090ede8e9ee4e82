"""S04: a lead was found true, and the money still goes out a month later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import and_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from portal.checks.registry import Looking, ParameterRead, Row, Rule, RuleVersion, Statement
from portal.kernel.clock import day_cn
from portal.oversight.leads.models import Lead
from portal.oversight.leads.queries import Severity
from portal.oversight.leads.rounds.models import Disposition, LeadRound
from portal.oversight.leads.rounds.rules import OF_TRUE
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.models import Household, Person

DAYS: Final = ParameterRead("rectify_days", "30", "天")
LOOK_BACK_DAYS: Final = 60
LATER = aliased(LeadRound)


def still_paid(looking: Looking) -> Statement:
    """Payments of the last sixty days to whom a true lead is about: the person where it names one, else the household.

    A lead that was settled with 保留 asks for no change, nor does one that was sent back and found otherwise.
    """
    days = int(looking.parameters.get(DAYS.name, DAYS.default))
    superseded = exists().where(LATER.lead_id == LeadRound.lead_id, LATER.round > LeadRound.round)
    payee = and_(Lead.person_id.is_not(None), Payment.payee_id_index == Person.id_index)
    home = and_(Lead.person_id.is_(None), Payment.household_id == Household.id)
    return (
        select(
            literal("lead").label("subject_kind"),
            Lead.lead_no.label("subject_no"),
            Lead.division_code,
            Lead.household_no,
            LeadRound.verified_at,
            Payment.paid_on,
            Payment.amount_fen,
        )
        .select_from(LeadRound)
        .join(Lead, Lead.id == LeadRound.lead_id)
        .outerjoin(Household, Household.no == Lead.household_no)
        .outerjoin(Person, Person.id == Lead.person_id)
        .join(Payment, or_(payee, home))
        .where(
            LeadRound.conclusion.in_(OF_TRUE),
            ~superseded,
            or_(LeadRound.disposition.is_(None), LeadRound.disposition != Disposition.KEEP),
            LeadRound.verified_at < looking.since(days),
            Payment.paid_on <= looking.as_of,
            Payment.paid_on > looking.as_of - timedelta(days=LOOK_BACK_DAYS),
        )
        .order_by(Lead.lead_no, Payment.paid_on)
    )


def one_lead_each(looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """The payments of one true lead that went out after its days, together."""
    days = timedelta(days=int(looking.parameters.get(DAYS.name, DAYS.default)))
    for no, group in groupby(rows, key=lambda row: row["subject_no"]):
        late = [row for row in group if row["paid_on"] > day_cn(row["verified_at"]) + days]
        if late:
            first = late[0]
            yield {
                "subject_kind": "lead",
                "subject_no": no,
                "division_code": first["division_code"],
                "household_no": first["household_no"],
                "since": day_cn(first["verified_at"]),
                "last_paid_on": late[-1]["paid_on"],
                "payments": len(late),
                "amount_fen": sum(row["amount_fen"] for row in late),
            }


S04: Final = Rule(
    code="S04",
    title="整改不落实",
    looks_at="核实为属实、部分属实的疑点和之后的发放",
    condition="核实为属实超过限定天数，钱还在发；处置为保留的不提示",
    severity=Severity.SERIOUS,
    verifier="不在本单位的纪检监察员",
    may_follow="督办整改；该停的由主管部门停发，发错的追缴",
    guide="先看处置走到哪一步、台账的程序开了没有；程序在办的看卡在谁手里，没有开的问清是谁没有办。",
    legal_basis="社会救助暂行办法 第六十八条",
    expression=still_paid,
    history=(RuleVersion(1, date(2026, 11, 22), "首次发布"),),
    only_supervision=True,
    parameters=(DAYS,),
    gather=one_lead_each,
)
