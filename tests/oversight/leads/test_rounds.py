"""The life of a lead: two go there, one concludes, another reviews, a third decides; no step of it changes a register."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.kernel.database import reading, writing
from portal.kernel.errors import BadFields, Refused
from portal.oversight.leads.assigning.queries import Work, list_steps
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import NO_DAY, Lead
from portal.oversight.leads.rounds.actions import conclude, decide, record_visit, review
from portal.oversight.leads.rounds.models import Disposition, LeadRound
from portal.oversight.leads.rounds.queries import list_rounds, said_in
from portal.oversight.leads.rounds.rules import FITTING, OnSite, check_disposition
from portal.registers.corrections import Act
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import Procedure
from portal.registers.recipients.procedures.reconfirmations.actions import (
    answer_reconfirmation,
    ask_to_reconfirm,
    conclude_reconfirmation,
)
from portal.registers.recipients.procedures.reconfirmations.models import Conclusion, Response
from portal.registers.sealed import keyring_of
from portal.trail.models import TrailSubject
from tests.factories.divisions import VILLAGE, make_county, make_parameter
from tests.factories.leads import DAY, make_leads
from tests.factories.recipients import make_household

AT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
VERIFIER, REVIEWER, DECIDER = Act("user:wang", "到户看过"), Act("user:li", "材料齐全"), Act("user:zhao", "按规定办")


def visit(**changed: object) -> OnSite:
    told: dict[str, object] = {
        "visited_on": date(2026, 11, 9), "first": "王一", "second": "陈二", "speaker": "本户", "said": "车是儿子的，早分了户",
        "found": "院里没有车，邻居也说没有", "photo": "a" * 64,
    }  # fmt: skip
    return OnSite(**{**told, **changed})  # type: ignore[arg-type]  # fields by name, some of them wrong on purpose


@pytest.fixture
def lead(engine: Engine) -> str:
    with writing(engine) as session:
        make_county(session)
        make_parameter(session, "reconfirm_days", "15")
        make_household(session, "HH-1", VILLAGE)
        return make_leads(session, "P-1", rule="E04", household="HH-1")[0].lead_no


def to_review(session: Session, lead_no: str, finding: Finding = Finding.TRUE) -> None:
    record_visit(session, lead_no, visit(), VERIFIER, AT)
    conclude(session, lead_no, finding, VERIFIER, AT)


def status(session: Session, lead_no: str) -> str:
    return str(session.scalar(select(Lead.status).where(Lead.lead_no == lead_no)))


def test_nothing_about_a_household_is_concluded_from_a_desk(engine: Engine, lead: str) -> None:
    with writing(engine) as session:
        for finding in (Finding.TRUE, Finding.UNFOUNDED, Finding.PARTLY, Finding.UNKNOWN):
            with pytest.raises(Refused) as refused:
                conclude(session, lead, finding, VERIFIER, AT)
            assert refused.value.code == "no_visit"
        assert status(session, lead) == "open"


@pytest.mark.parametrize(
    "wrong",
    [
        {"visited_on": date(2026, 11, 1)}, {"visited_on": date(2026, 11, 12)}, {"second": "王一"}, {"second": " "},
        {"speaker": ""}, {"said": ""}, {"found": "无"}, {"photo": ""},
    ],
)  # fmt: skip
def test_a_visit_is_two_persons_a_photo_and_first_what_the_household_says(
    engine: Engine, lead: str, wrong: dict[str, object]
) -> None:
    with writing(engine) as session, pytest.raises(BadFields) as refused:
        record_visit(session, lead, visit(**wrong), VERIFIER, AT)
    assert {problem.field for problem in refused.value.errors} == set(wrong)


def test_verifier_reviewer_and_decider_are_three_persons(engine: Engine, lead: str) -> None:
    with writing(engine) as session:
        to_review(session, lead)
        with pytest.raises(Refused) as refused:
            review(session, lead, VERIFIER, AT, agrees=True)
        assert refused.value.code == "same_person"
        review(session, lead, REVIEWER, AT, agrees=True)
        for somebody in (VERIFIER, REVIEWER):
            with pytest.raises(Refused) as refused:
                decide(session, lead, Disposition.KEEP, somebody, AT)
            assert refused.value.code == "same_person"
        decide(session, lead, Disposition.KEEP, DECIDER, AT)
        assert status(session, lead) == "settled"
        (row,) = list_rounds(session, session.scalars(select(Lead.id)).one())
        assert (row.verified_by, row.reviewed_by, row.decided_by) == ("user:wang", "user:li", "user:zhao")


def test_sent_back_a_new_round_begins_and_the_old_one_stays(engine: Engine, lead: str) -> None:
    with writing(engine) as session:
        to_review(session, lead, Finding.UNFOUNDED)
        review(session, lead, REVIEWER, AT, agrees=False)
        assert status(session, lead) == "verifying"
        with pytest.raises(Refused) as refused:
            conclude(session, lead, Finding.TRUE, VERIFIER, AT)
        assert refused.value.code == "no_visit"
        to_review(session, lead, Finding.TRUE)
        number = session.scalars(select(Lead.id)).one()
        assert [(row.round, row.conclusion) for row in list_rounds(session, number)] == [(1, "不属实"), (2, "属实")]
        works = [step.work for step in list_steps(session, number)]
        assert works == [Work.VISITED, Work.CONCLUDED, Work.SENT_BACK, Work.VISITED, Work.CONCLUDED]


def test_a_removal_waits_for_a_concluded_reconfirmation_and_begins_the_registers_own_procedure(
    engine: Engine, lead: str
) -> None:
    with writing(engine) as session:
        to_review(session, lead)
        review(session, lead, REVIEWER, AT, agrees=True)
        home = session.scalars(select(Household)).one()
        asked = ask_to_reconfirm(session, home.id, "lead", lead, "车和申报不一样", DECIDER, AT)
        with pytest.raises(Refused) as refused:
            decide(session, lead, Disposition.EXIT, DECIDER, AT)
        assert refused.value.code == "no_reconfirmation"
        answer_reconfirmation(session, asked.no, Response.MAINTAINED, "没有变", "签字表", "user:wang", AT)
        conclude_reconfirmation(session, asked.no, Conclusion.FALSE, "登记证在本户名下", REVIEWER, AT)
        before = home.status
        row = decide(session, lead, Disposition.EXIT, DECIDER, AT)
        assert row.reconfirmation_no == asked.no
        procedure = session.scalars(select(Procedure).where(Procedure.no == row.procedure_no)).one()
        assert (procedure.kind, procedure.closed_on) == ("注销登记", None)
        assert session.scalars(select(Household.status)).one() == before  # only that procedure may end it


def test_what_was_not_found_true_takes_nothing_from_anybody() -> None:
    for finding in (Finding.UNFOUNDED, Finding.EXPLAINED, Finding.UNKNOWN):
        assert not FITTING[finding] & {Disposition.EXIT, Disposition.ADJUST, Disposition.RECOVER}
        with pytest.raises(Refused):
            check_disposition(finding, Disposition.EXIT)


def test_words_of_a_visit_are_sealed_and_in_no_event(engine: Engine, lead: str) -> None:
    with writing(engine) as session:
        to_review(session, lead)
        number = session.scalars(select(Lead.id)).one()
        assert said_in(session, keyring_of(session), number) == {1: (visit().said, visit().found)}
    with reading(engine) as session:
        row = session.scalars(select(LeadRound)).one()
        assert visit().said.encode() not in bytes(row.said_sealed or b"")
        assert session.scalars(select(TrailSubject.type).where(TrailSubject.type == "lead.visit.recorded")).all()


def test_each_stage_has_its_own_days_in_working_days(engine: Engine, lead: str) -> None:
    with writing(engine) as session:
        assert session.scalars(select(Lead.due_on)).one() == NO_DAY
        for name, days in (("lead_verify_days", "5"), ("lead_review_days", "3"), ("lead_settle_days", "2")):
            make_parameter(session, name, days)
        (fresh,) = make_leads(session, "P-2", rule="E04", household="HH-1")
        assert fresh.due_on == date(2026, 11, 9)  # a Monday and five working days
        (older,) = make_leads(session, "P-1", rule="E04", household="HH-1")
        assert older.due_on == date(2026, 11, 9)  # met again, it gets the days that it had none of
        to_review(session, fresh.lead_no)
        assert DAY < fresh.due_on < NO_DAY
        first = fresh.due_on
        review(session, fresh.lead_no, REVIEWER, AT + timedelta(days=1), agrees=True)
        assert fresh.due_on < first
