"""An objection that is found right at the 公告: the decision does not simply stand, another person revokes or confirms it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import record_notice_concluded, take_step
from portal.registers.recipients.procedures.cycles.rules import CYCLES
from portal.registers.recipients.procedures.models import End, Procedure, StepKey
from portal.registers.recipients.procedures.models import ProcedureKind as K
from portal.registers.recipients.procedures.models import Verdict as V
from portal.registers.recipients.procedures.objections.actions import answer_objection
from portal.registers.recipients.procedures.queries import reason_of
from portal.registers.sealed import keyring_of
from tests.factories import procedures as p
from tests.factories.divisions import VILLAGE

pytestmark = pytest.mark.begins_with(fill=p.make_lines)
SECOND = "user:county-second"


def announced(session: Session, kind: K = K.ENTRY, outcome: str = "异议成立") -> Procedure:
    """A procedure whose announcement is over, with an outcome."""
    listed = kind is K.EXIT
    if listed:
        home = p.make_listed(session)
        p.earn(session, home, 90_000)
    else:
        values = {"no": "HH-5", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因灾"}
        head = {"name": "陈玉梅", "relation": "户主"}
        home = p.register_household(session, values, [head], p.act("user:set-up"), p.DAY)
    row = p.walk(session, p.begin(session, kind, home), StepKey.ANNOUNCE)
    record_notice_concluded(session, row.no, "GG-1", outcome, "system:notices", p.AT)
    return row


def status(session: Session, row: Procedure) -> str | None:
    return session.get_one(Household, row.household_id).status


def decide(session: Session, row: Procedure, verdict: V, actor: str = SECOND, **facts: str) -> Procedure:
    return take_step(session, row.no, verdict, p.full(**facts), p.act(actor), p.AT)


@pytest.mark.parametrize("kind", [kind for kind in K if CYCLES[kind].step(StepKey.ANNOUNCE)])
def test_what_is_found_right_at_an_announcement_comes_before_the_county_again(kind: K) -> None:
    review = CYCLES[kind].step(StepKey.ANNOUNCED_REVIEW)
    announce = CYCLES[kind].step(StepKey.ANNOUNCE)
    assert announce is not None and announce.leads[V.RETURNED] is StepKey.ANNOUNCED_REVIEW
    assert review is not None and set(review.leads) == {V.UPHELD, V.REVOKED}


@pytest.mark.parametrize(("kind", "during", "after"), [(K.ENTRY, "在册", "已注销"), (K.EXIT, "已脱贫", "在册")])
def test_another_person_revokes_the_decision_and_the_status_is_what_it_was(
    session: Session, kind: K, during: str, after: str
) -> None:
    row = announced(session, kind)
    assert (row.state, status(session, row)) == (StepKey.ANNOUNCED_REVIEW, during)
    for somebody in (p.COUNTY_DESK, p.CLERK, p.TOWN):
        with pytest.raises(Refused, match="换一个人"):
            decide(session, row, V.REVOKED, somebody)
    with pytest.raises(Refused, match="没有写原因"):
        decide(session, row, V.REVOKED, note="")
    with pytest.raises(Refused, match="决定文号"):
        decide(session, row, V.REVOKED, document="")
    decide(session, row, V.REVOKED, note="他家去年在县城买了房")
    assert (row.state, row.outcome, row.decided_by, row.closed_on) == (End.REVOKED, V.REVOKED, SECOND, p.DAY)
    assert status(session, row) == after
    assert "行政复议" in (row.how_to_object or "")
    assert reason_of(session, keyring_of(session), row.id) == "他家去年在县城买了房"


def test_another_person_confirms_the_decision_and_it_goes_on(session: Session) -> None:
    row = announced(session)
    with pytest.raises(Refused, match="换一个人"):
        decide(session, row, V.UPHELD, p.COUNTY_DESK)
    decide(session, row, V.UPHELD)
    assert (row.state, row.outcome, row.decided_by) == (StepKey.HELP_PLAN, V.APPROVED, p.COUNTY_DESK)
    assert status(session, row) == "在册"
    p.step_on(session, row)
    assert row.state == End.DONE


def test_an_objection_that_came_to_the_office_itself_is_not_passed_over_by_a_clear_notice(session: Session) -> None:
    home = p.make_listed(session)
    p.earn(session, home, 90_000)
    row = p.walk(session, p.begin(session, K.EXIT, home), StepKey.ANNOUNCE)
    found = p.object_to(session, row.no, p.Objector.VILLAGER, p.DAY, "他家收入没有那么多", p.act(), p.AT)
    answer_objection(session, row.id, found.no, True, "查过，确实算错了", p.act(p.TOWN), p.AT)
    record_notice_concluded(session, row.no, "GG-1", "无异议", "system:notices", p.AT)
    assert (row.state, status(session, row)) == (StepKey.ANNOUNCED_REVIEW, "已脱贫")


def test_without_an_objection_nothing_is_reviewed(session: Session) -> None:
    row = announced(session, K.EXIT, "无异议")
    assert (row.state, status(session, row)) == (End.DONE, "已脱贫")
