"""A hit is asked of the helper first: it waits seven days, then stands open for whoever verifies; nothing happens by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.queries import replay
from portal.kernel.database import reading, writing
from portal.oversight.leads.hearings.models import LeadHearing
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.judgements.actions import explain, judge
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.questions.models import VisitQuestion
from tests.checks.warnings.helping.conftest import FRIDAY, run
from tests.factories.visits import NOON, Walker

FAR = {"lat": 33.9, "lng": 119.26, "accuracy_m": 5, "datum": "WGS84"}


def lead(engine: Engine, rule: str) -> Lead:
    with reading(engine) as session:
        return session.scalars(select(Lead).where(Lead.rule == rule)).one()


def state(engine: Engine, claim: str) -> str:
    with reading(engine) as session:
        return session.scalars(select(CheckIn.state).where(CheckIn.claim_id == claim)).one()


@pytest.mark.parametrize(("days", "status"), [(0, "asked"), (7, "asked"), (8, "open")])
def test_a_lead_waits_for_the_helper_and_stands_open_after_seven_days(
    session: Session, engine: Engine, walk: Walker, days: int, status: str
) -> None:
    walk.visit(session, location=FAR)
    session.commit()
    assert run(engine, ["H02"])["H02"]["opened"] == 1
    run(engine, ["H02"], FRIDAY + timedelta(days=days))
    assert lead(engine, "H02").status == status
    with reading(engine) as own:
        hearing = own.scalars(select(LeadHearing)).one()
    assert (hearing.answer_by, hearing.over_at is None) == (FRIDAY + timedelta(days=7), status == "asked")


def test_what_the_phone_was_asked_at_once_is_not_asked_again(session: Session, engine: Engine, walk: Walker) -> None:
    answer = walk.visit(session, location=FAR)
    assert [question.rule for question in answer.questions] == ["H02"]
    session.commit()
    assert run(engine, ["H02"])["H02"]["asked"] == 0
    with reading(engine) as own:
        assert own.scalars(select(VisitQuestion.rule)).all() == ["H02"]


def test_a_hit_that_only_a_run_sees_is_asked_by_it_once(session: Session, engine: Engine, walk: Walker) -> None:
    walk.visit(session)
    claim = walk.visit(session, counter=7).id  # a gap is not asked at once: what is missing may be on its way
    session.commit()
    assert state(engine, claim) == "accepted"
    assert [run(engine, ["H09"], at=NOON + timedelta(hours=n))["H09"]["asked"] for n in (1, 2)] == [1, 0]
    assert state(engine, claim) == "asked"
    assert (lead(engine, "H09").status, lead(engine, "H09").severity) == ("asked", "严重")


def test_an_answer_hands_the_lead_on_and_decides_nothing(session: Session, engine: Engine, walk: Walker) -> None:
    claim = walk.visit(session, location=FAR).id
    session.commit()
    run(engine, ["H02"])
    with writing(engine) as own:
        explain(own, walk.context, claim, "B-1", {"H02": "在村部见的面"}, NOON + timedelta(days=1))
    run(engine, ["H02"], FRIDAY + timedelta(days=1))
    assert (lead(engine, "H02").status, state(engine, claim)) == ("open", "explained")
    with writing(engine) as own:
        judge(own, claim, State.COUNTED, Act("user:town", "村里证实"), NOON + timedelta(days=2))
    run(engine, ["H02"], FRIDAY + timedelta(days=2))
    assert (lead(engine, "H02").status, state(engine, claim)) == ("open", "counted")


def test_nobody_is_asked_about_a_visit_that_was_judged_not_to_count(
    session: Session, engine: Engine, walk: Walker
) -> None:
    walk.visit(session)
    claim = walk.visit(session, counter=7).id
    judge(session, claim, State.NOT_COUNTED, Act("user:town", "本人承认"), NOON)
    session.commit()
    assert run(engine, ["H09"])["H09"]["asked"] == 0
    assert (lead(engine, "H09").status, state(engine, claim)) == ("open", "not_counted")


def test_a_denial_goes_to_a_person_and_nobody_is_asked(session: Session, engine: Engine, walk: Walker) -> None:
    claim = walk.visit(session).id
    household = session.scalars(select(CheckIn.household_id)).one()
    said = Recollection.DID_NOT_COME
    answer_visit(session, walk.context, claim, household, said, Channel.IN_PERSON, "户主", "", NOON)
    session.commit()
    assert "asked" not in run(engine, ["H08"])["H08"]
    assert (lead(engine, "H08").status, lead(engine, "H08").severity) == ("open", "严重")
    assert state(engine, claim) == "accepted"


def test_what_lies_before_the_window_stays_as_people_left_it(session: Session, engine: Engine, walk: Walker) -> None:
    walk.visit(session, location=FAR)
    session.commit()
    run(engine, ["H02"])
    result = run(engine, ["H02"], FRIDAY + timedelta(days=90))["H02"]
    assert (result["hits"], result["closed"]) == (0, 0)
    assert lead(engine, "H02").status == "open"


def test_a_gap_that_is_filled_closes_its_lead(session: Session, engine: Engine, walk: Walker) -> None:
    claims = [walk.claim(captured_at=NOON + timedelta(minutes=n)) for n in range(3)]
    walk.send(session, claims[0])
    walk.send(session, claims[2])
    session.commit()
    run(engine, ["H09"])
    with writing(engine) as own:
        walk.send(own, claims[1])
    assert run(engine, ["H09"])["H09"]["closed"] == 1
    assert lead(engine, "H09").status == "closed"


def test_a_run_is_replayed_after_judgements_and_later_claims(session: Session, engine: Engine, walk: Walker) -> None:
    codes = ["H01", "H02", "H04", "H05", "H06", "H07", "H09"]
    claim = walk.visit(session, location=FAR).id
    walk.visit(session, "HH-2", captured_at=NOON + timedelta(minutes=1))
    walk.visit(session, "HH-3", counter=9, captured_at=NOON - timedelta(hours=13))
    session.commit()
    results = run(engine, codes, date(2026, 11, 20))
    assert {code: results[code]["hits"] for code in codes} == {
        "H01": 3, "H02": 1, "H04": 1, "H05": 0, "H06": 0, "H07": 1, "H09": 1,
    }  # fmt: skip
    with writing(engine) as own:
        judge(own, claim, State.NOT_COUNTED, Act("user:town", "没有去"), NOON)
        walk.visit(own, "HH-4", location=FAR)
        for row in own.scalars(select(Claim)):
            row.point_sealed = None
    with reading(engine) as own:
        again = replay(own, f"YX-2026-{1:06d}")
    assert [(one["code"], one["agree"]) for one in again] == [(code, True) for code in codes]
