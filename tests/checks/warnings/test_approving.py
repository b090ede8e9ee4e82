"""S08: two hundred approvals within a minute are one lead, and none of them is stopped (T2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.checks.warnings.approving import busiest
from portal.kernel.clock import day_cn
from portal.kernel.database import writing
from portal.oversight.leads.queries import stream_leads
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import take_step
from portal.registers.recipients.procedures.models import Procedure, Verdict
from portal.trail.actions import record
from tests.factories import procedures as p
from tests.factories.divisions import VILLAGE


def _two_hundred(session: Session) -> None:
    """Changes of category that wait for the county, put in as they come to lie there."""
    p.make_lines(session)
    for n in range(1, 201):
        home = Household(no=f"HH-{n}", division_code=VILLAGE, status="在册", category="低保户", entered_on=p.DAY)
        session.add(home)
        session.flush()
        session.add(
            Procedure(
                no=f"CX-{n}", kind="类别调整", household_id=home.id, applicant=f"户{n}", division_code=VILLAGE,
                source="定期复核", opened_by=p.CLERK, opened_on=p.DAY, proposal={"category": "低保边缘户"},
                state="县级审批", state_since=p.DAY,
            )
        )  # fmt: skip
    session.flush()
    record(session, kind="test.set_up", actor="test", subjects=[])


@pytest.mark.begins_with(fill=_two_hundred)
def test_two_hundred_approvals_in_a_minute_are_one_lead_and_all_of_them_stand(engine: Engine) -> None:
    with writing(engine) as session:
        for n in range(1, 201):
            at = p.AT + timedelta(seconds=0.3 * n)
            row = take_step(session, f"CX-{n}", Verdict.APPROVED, p.full(), p.act(p.COUNTY_DESK), at)
            assert row.state == "已办结"
    for _again in range(2):
        with writing(engine) as session:
            run_rules(session, RULES.named(["S08"]), as_of=day_cn(p.AT), actor="test")
            leads = list(stream_leads(session, rules=["S08"]))
            assert [lead.subject_no for lead in leads] == [f"{p.COUNTY_DESK}/2026-11-20"]


def test_only_those_close_together_count() -> None:
    slow = [p.AT + timedelta(minutes=n) for n in range(200)]
    assert busiest(slow, timedelta(minutes=10)) == 11
    assert busiest([p.AT] * 20, timedelta(minutes=10)) == 20
    assert busiest([], timedelta(minutes=10)) == 0
