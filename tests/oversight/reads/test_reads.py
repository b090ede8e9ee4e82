"""Who opens somebody's trail says on behalf of what; without a case another organ reviews it, and nobody his own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.accounts.rules import Principal
from portal.kernel.errors import BadInput, Conflict, ProductError, Refused
from portal.oversight.reads.actions import Wish, open_read, review_read
from portal.oversight.reads.models import Basis, BoundRead, Organ, Verdict
from portal.oversight.reads.queries import find_open_read, get_loose, list_loose, list_weeks
from portal.oversight.reads.rules import LASTS, organ_of, reviewed_by, week_of
from portal.registers.corrections import Act
from portal.trail.models import TrailEvent, TrailSubject
from tests.factories.accounts import principal_of

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
HOME = ("household", "HH-1")


@pytest.fixture
def inspector(session: Session) -> Principal:
    return principal_of(session, Role.INSPECTOR, username="inspector")


def opened(session: Session, who: Principal, wish: Wish, at: datetime = NOW) -> BoundRead:
    return open_read(session, who, HOME, "320826104201", wish, ["AJ-1"], ["YD-1"], at)


def test_a_read_names_a_case_one_is_on_and_holds_for_a_day(session: Session, inspector: Principal) -> None:
    row = opened(session, inspector, Wish(Basis.CASE, case_no="AJ-1"))
    found = find_open_read(session, inspector.actor, *HOME, NOW + timedelta(hours=1))
    assert found is not None
    assert (found.no, found.case_no, found.lead_no) == (row.no, "AJ-1", None)
    assert find_open_read(session, inspector.actor, *HOME, NOW + LASTS) is None
    assert find_open_read(session, "user:other", *HOME, NOW) is None
    assert find_open_read(session, inspector.actor, "household", "HH-2", NOW) is None
    assert list_weeks(session, list(Organ)) == []


@pytest.mark.parametrize(
    "wish",
    [
        Wish(Basis.CASE, case_no="AJ-2"), Wish(Basis.CASE), Wish(Basis.LEAD, lead_no="YD-2"), Wish(Basis.NONE),
        Wish(Basis.NONE, why="看看"),
    ],
)  # fmt: skip
def test_another_ones_case_or_lead_and_no_reason_are_refused(
    session: Session, inspector: Principal, wish: Wish
) -> None:
    with pytest.raises(ProductError):
        opened(session, inspector, wish)
    assert session.scalar(select(BoundRead)) is None


def test_a_read_without_a_case_lands_in_the_week_and_its_reason_is_sealed(
    session: Session, inspector: Principal
) -> None:
    row = opened(session, inspector, Wish(Basis.NONE, why="领导交办核对旧账"))
    week = list_weeks(session, reviewed_by(Organ.AUDIT))
    assert [(w.monday, w.reads, w.waiting) for w in week] == [(week_of(NOW.date()), 1, 1)]
    assert list_loose(session, reviewed_by(Organ.AUDIT), week[0].monday)[0].why == "领导交办核对旧账"
    assert list_loose(session, reviewed_by(Organ.INSPECTION), None) == []
    kept = session.execute(text("SELECT why_sealed FROM bound_reads")).scalar_one()
    assert "旧账".encode() not in bytes(kept)
    event = session.execute(
        select(TrailEvent.sealed, TrailEvent.leaf).join(TrailSubject, TrailSubject.event_id == TrailEvent.event_id)
        .where(TrailSubject.no == row.no)
    ).one()  # fmt: skip
    assert event.sealed
    assert b"HH-1" not in event.leaf


def test_the_other_organ_reviews_once_and_nobody_his_own(session: Session, inspector: Principal) -> None:
    row = opened(session, inspector, Wish(Basis.NONE, why="领导交办核对旧账"))
    with pytest.raises(Refused):
        review_read(session, row.no, Verdict.PROPER, Organ.INSPECTION, Act("user:head", "看过了"), NOW)
    with pytest.raises(BadInput):
        review_read(session, row.no, Verdict.PROPER, Organ.AUDIT, Act("user:auditor", " "), NOW)
    review_read(session, row.no, Verdict.EXPLAIN, Organ.AUDIT, Act("user:auditor", "没有交办的文"), NOW)
    assert get_loose(session, row.no).verdict == Verdict.EXPLAIN
    with pytest.raises(Conflict):
        review_read(session, row.no, Verdict.PROPER, Organ.AUDIT, Act("user:auditor", "算了"), NOW)


def test_an_auditors_read_is_reviewed_by_inspection(session: Session) -> None:
    auditor = principal_of(session, Role.AUDITOR, username="auditor")
    row = opened(session, auditor, Wish(Basis.NONE, why="年度审计抽看一户"))
    assert organ_of(auditor.role_names) is Organ.AUDIT
    with pytest.raises(Refused):
        review_read(session, row.no, Verdict.PROPER, Organ.AUDIT, Act("user:auditor-2", "同事"), NOW)
    assert [one.no for one in list_loose(session, reviewed_by(Organ.INSPECTION), None)] == [row.no]
    review_read(session, row.no, Verdict.PROPER, Organ.INSPECTION, Act("user:head", "有年度计划"), NOW)


def test_a_read_with_a_case_is_not_reviewed_here(session: Session, inspector: Principal) -> None:
    row = opened(session, inspector, Wish(Basis.CASE, case_no="AJ-1"))
    with pytest.raises(Refused):
        review_read(session, row.no, Verdict.PROPER, Organ.AUDIT, Act("user:auditor", "看看"), NOW)
