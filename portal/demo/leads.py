"""Leads in several states for the demonstration: given away, put off, on site, reviewed, decided, excepted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.demo.build import Demonstration
from portal.demo.pictures import sheet_picture
from portal.demo.procedures import COUNTY
from portal.kernel.database import now_utc, writing
from portal.oversight.leads.assigning.actions import assign, snooze
from portal.oversight.leads.exceptions.actions import propose_exception
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.rounds.actions import conclude, decide, keep_photo, record_visit, review
from portal.oversight.leads.rounds.models import Disposition, Speaker
from portal.oversight.leads.rounds.rules import OnSite
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.actions import add_parameter

CLERK, OFFICER, HEAD = "user:demo-township_clerk", "user:demo-department_officer", "user:demo-inspection_head"
LEADS = "leads"
DAYS = {"lead_verify_days": "10", "lead_review_days": "5", "lead_settle_days": "5"}
FIRST = ["L09"]
LATE, LATE_DAYS = ["H06"], 30  # a few that nobody took in hand: past their day by now
WATCHING = ["S01"]
FEWEST = 8


def load_leads(engine: Engine, files: Path, demonstration: Demonstration) -> int:
    """Days to verify in, one run of the rules over the registers, and some of its leads in hand; returns how many."""
    today = demonstration.plan.as_of
    at = min(datetime.combine(today, time(2), UTC), now_utc())  # nothing of the demonstration lies ahead
    with writing(engine) as session:
        for name, days in DAYS.items():
            values = {"name": name, "division_code": COUNTY, "valid_from": date(2020, 1, 1), "value": days}
            add_parameter(session, {**values, "basis": "演示数值，不是任何地方的现行规定"}, Act(OFFICER, "演示"))
        before = timedelta(days=LATE_DAYS)
        run_rules(session, RULES.named(LATE), as_of=today - before, actor="job:nightly", at=at - before)
        run_rules(session, RULES.named([*FIRST, *LATE, *WATCHING]), as_of=today, actor="job:nightly", at=at)
    with writing(engine) as session:
        return work_leads(session, keep_photo(session, files, sheet_picture("入户核实（演示）")), at)


def work_leads(session: Session, photo: str, at: datetime) -> int:
    """Take some open leads about households through the inbox; returns how many were touched."""
    query = (
        select(Lead.lead_no)
        .where(Lead.status == LeadStatus.OPEN, Lead.rule.in_(FIRST), Lead.household_no.is_not(None))
        .order_by(Lead.id)
    )
    numbers = list(session.scalars(query.limit(40)))
    if len(numbers) < FEWEST:
        return 0
    head = Act(HEAD, "按片分工")
    assign(session, numbers[:2], head, at, person="demo-inspector")
    snooze(session, numbers[2:3], (at + timedelta(days=30)).date(), Act(HEAD, "等下月的数据"), at)
    snooze(session, numbers[3:4], None, Act(HEAD, "变重了再看"), at)
    propose_exception(session, numbers[4], Act(CLERK, "已登记为残疾人代步车"), at)
    for place, number in enumerate(numbers[5:8]):
        _verify(session, number, photo, at, place)
    return FEWEST


def _verify(session: Session, number: str, photo: str, at: datetime, how_far: int) -> None:
    lead = session.scalars(select(Lead).where(Lead.lead_no == number)).one()
    seen = OnSite(
        max(lead.first_seen, at.date()), "演示乡镇经办人", "演示同去的人", Speaker.HOUSEHOLD, "去年就和村里说过这件事",
        "现场看到的和登记一致", photo,
    )  # fmt: skip
    record_visit(session, number, seen, Act(CLERK, "入户核实"), at)
    if how_far >= 1:
        conclude(session, number, Finding.UNFOUNDED, Act(CLERK, "入户看过，和登记一致"), at)
    if how_far >= 2:
        review(session, number, Act(OFFICER, "材料齐全"), at, agrees=True)
        decide(session, number, Disposition.KEEP, Act(HEAD, "核查清楚，保留"), at)
