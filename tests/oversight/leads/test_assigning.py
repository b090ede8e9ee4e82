"""Work with many leads at once: one act, one event, undone as a whole; put off until a day or until it gets worse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.database import writing
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.oversight.leads.assigning.actions import assign, snooze, undo
from portal.oversight.leads.exceptions.actions import confirm_exception, propose_exception
from portal.oversight.leads.models import Lead, Trend
from portal.registers.corrections import Act
from portal.trail.models import TrailSubject
from tests.factories.accounts import make_user
from tests.factories.divisions import HONGYAO, make_county
from tests.factories.leads import DAY, make_leads

AT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
ME, OTHER = Act("user:head", "分派"), Act("user:other", "看过了，确实如此")


@pytest.fixture
def leads(engine: Engine) -> list[str]:
    with writing(engine) as session:
        make_county(session)
        make_user(session, Role.INSPECTOR, username="li")
        return [lead.lead_no for lead in make_leads(session, *(f"P-{n}" for n in range(500)))]


def events(session: Session, kind: str) -> int:
    query = select(func.count(TrailSubject.event_id.distinct())).where(TrailSubject.type == kind)
    return session.scalar(query) or 0


def test_five_hundred_are_given_in_one_act_with_one_event_and_taken_back(engine: Engine, leads: list[str]) -> None:
    with writing(engine) as session:
        act_no = assign(session, leads, ME, AT, person="li")
        assert set(session.scalars(select(Lead.assigned_to))) == {"user:li"}
        assert events(session, "lead.assigned") == 1
    with writing(engine) as session:
        with pytest.raises(NotFound):
            undo(session, act_no, OTHER, AT)
        assert undo(session, act_no, ME, AT) == 500
        assert set(session.scalars(select(Lead.assigned_to))) == {None}
        with pytest.raises(Conflict):
            undo(session, act_no, ME, AT)


def test_more_than_five_hundred_none_or_unknown_ones_are_refused_as_a_whole(engine: Engine, leads: list[str]) -> None:
    with writing(engine) as session:
        for numbers in ([], [f"YD-{n}" for n in range(501)]):
            with pytest.raises(BadInput):
                assign(session, numbers, ME, AT, person="li")
        for numbers, person, division in (
            ([*leads[:2], "YD-0"], "li", ""),
            (leads[:2], "nobody", ""),
            (leads[:2], "", "1"),
        ):
            with pytest.raises(NotFound):
                assign(session, numbers, ME, AT, person=person, division=division)
        assert set(session.scalars(select(Lead.assigned_to))) == {None}
        assign(session, leads[:2], ME, AT, division=HONGYAO)
        assert session.scalars(select(func.count()).where(Lead.assigned_division == HONGYAO)).one() == 2


def test_put_off_until_it_gets_worse_it_wakes_when_it_does_and_not_before(engine: Engine, leads: list[str]) -> None:
    with writing(engine) as session:
        snooze(session, leads[:1], None, ME, AT)
        lead = make_leads(session, "P-0", evidence={"amount_fen": 100})[0]
        assert lead.snoozed_until is not None
        lead = make_leads(session, "P-0", evidence={"amount_fen": 90})[0]
        assert lead.snoozed_until is not None
        lead = make_leads(session, "P-0", evidence={"amount_fen": 120})[0]
        assert (lead.snoozed_until, lead.trend) == (None, Trend.WORSE)


def test_a_day_for_putting_off_lies_ahead(engine: Engine, leads: list[str]) -> None:
    with writing(engine) as session:
        for day in (date(2026, 11, 10), AT.date() + timedelta(days=400)):
            with pytest.raises(BadInput):
                snooze(session, leads[:1], day, ME, AT)


def test_an_exception_needs_two_and_holds_until_the_source_row_changes(engine: Engine, leads: list[str]) -> None:
    row = {"source_row": {"file": "车辆 2026-10", "row": 12, "kind": "三轮车"}, "amount_fen": 100}
    with writing(engine) as session:
        lead = make_leads(session, "V-1", rule="E04", evidence=row)[0]
        propose_exception(session, lead.lead_no, ME, AT)
        with pytest.raises(Refused):
            confirm_exception(session, lead.lead_no, ME, AT)
        confirm_exception(session, lead.lead_no, OTHER, AT)
        assert lead.status == "settled"
        again = make_leads(session, "V-1", rule="E04", evidence={**row, "amount_fen": 999}, on=DAY + timedelta(days=30))
        assert again[0].status == "settled"  # another sum, the same row
        changed = {**row, "source_row": {**row["source_row"], "kind": "轿车"}}  # type: ignore[dict-item]  # one dict in it
        again = make_leads(session, "V-1", rule="E04", evidence=changed, on=DAY + timedelta(days=60))
        assert (again[0].status, again[0].trend) == ("open", Trend.AGAIN)
        again = make_leads(session, "V-1", rule="E04", evidence=row, on=DAY + timedelta(days=90))
        assert again[0].status == "open"  # an exception that ended does not come back
