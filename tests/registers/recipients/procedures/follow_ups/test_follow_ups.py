"""Who left the list is looked at until the follow-up period is over; who is on 低保 is looked at again every year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.recipients.actions import decide_status
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import open_procedure, take_step
from portal.registers.recipients.procedures.follow_ups import queries
from portal.registers.recipients.procedures.follow_ups.rules import Look, since_before
from portal.registers.recipients.procedures.models import End, Source
from portal.registers.recipients.procedures.models import ProcedureKind as K
from portal.registers.recipients.procedures.models import Verdict as V
from portal.registers.recipients.procedures.requirements.rules import months_after
from tests.factories import procedures as p
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, make_parameter

TODAY = p.DAY
pytestmark = pytest.mark.begins_with(fill=p.make_lines)


@given(
    today=st.dates(date(2020, 1, 1), date(2030, 12, 31)), months=st.integers(1, 60), days=st.integers(-1, 60),
    back=st.integers(0, 2200),
)  # fmt: skip
def test_the_cutoff_is_the_last_day_that_is_due(today: date, months: int, days: int, back: int) -> None:
    since = today + timedelta(days=61 - back)
    is_due = months_after(since, months) <= today + timedelta(days=days)
    assert (since <= since_before(today, months, days=days)) is is_due


def left(session: Session, no: str, on: date) -> Household:
    """A household that left the list on a day."""
    home = p.make_listed(session, no, entered_on=date(2020, 1, 1))
    decided = {"decided_on": on, "document": "涟扶发〔2025〕9号", "prepared_by": "user:somebody"}
    decide_status(session, home.id, "已脱贫", p.act(p.COUNTY_DESK), None, **decided)
    return home


def nos(session: Session, look: Look, within: str = COUNTY, today: date = TODAY) -> list[str]:
    return [row.household_no for row in queries.list_due(session, look, [within], today)]


def test_who_left_the_list_stands_here_until_somebody_has_found_it_stable(session: Session) -> None:
    make_parameter(session, "track_months", "12")
    late, soon = left(session, "HH-1", date(2025, 11, 1)), left(session, "HH-2", date(2025, 12, 10))
    left(session, "HH-3", date(2026, 5, 1))
    assert nos(session, Look.TRACKING) == ["HH-1", "HH-2"]
    assert queries.count_due(session, Look.TRACKING, [COUNTY], TODAY) == (2, 1)
    assert [row.is_late(TODAY) for row in queries.list_due(session, Look.TRACKING, [GAOGOU], TODAY)] == [True, False]
    assert nos(session, Look.TRACKING, HONGYAO) == []
    row = open_procedure(session, K.FOLLOW_UP, late.id, Source.REVIEW, p.act(), p.AT)
    assert [r.under_way for r in queries.list_due(session, Look.TRACKING, [COUNTY], TODAY)] == [row.no, None]
    p.step_on(session, row)
    with pytest.raises(Refused, match="换一个人"):
        take_step(session, row.no, V.STABLE, p.full(), p.act(p.CLERK), p.AT)
    p.step_on(session, row, V.STABLE)
    assert (row.state, row.outcome, late.status) == (End.DONE, V.STABLE, "已脱贫")
    assert nos(session, Look.TRACKING) == [soon.no]


def test_who_has_fallen_back_stays_here_and_goes_back_by_a_procedure(session: Session) -> None:
    make_parameter(session, "track_months", "12")
    home = left(session, "HH-1", date(2025, 11, 1))
    row = p.begin(session, K.FOLLOW_UP, home)
    p.step_on(session, row)
    p.step_on(session, row, V.RELAPSED)
    back = open_procedure(
        session, K.MONITOR, home.id, Source.RELAPSE, p.act(), p.AT, proposal={"category": "突发严重困难户"}
    )
    p.walk(session, back)
    assert (back.state, home.status) == (End.DONE, "在册")
    assert nos(session, Look.TRACKING) == []


def test_a_place_without_a_period_has_no_list(session: Session) -> None:
    left(session, "HH-1", date(2020, 11, 1))
    assert nos(session, Look.TRACKING) == []
    assert queries.count_due(session, Look.TRACKING, [COUNTY], TODAY) == (0, 0)


def test_dibao_is_due_a_year_after_the_last_decision(session: Session) -> None:
    home = p.make_listed(session, "HH-1", category="低保户", entered_on=date(2025, 11, 25))
    p.make_listed(session, "HH-2", category="低保户", entered_on=date(2026, 3, 1))
    p.make_listed(session, "HH-3", category="低保边缘户", entered_on=date(2024, 1, 1))
    assert nos(session, Look.RECHECK) == ["HH-1"]
    row = p.begin(session, K.RECHECK, home)
    p.step_on(session, row)
    p.step_on(session, row)
    p.step_on(session, row, V.FADING)
    assert nos(session, Look.RECHECK) == []
    next_year = date(2027, 11, 1)
    due = {one.household_no: one for one in queries.list_due(session, Look.RECHECK, [COUNTY], next_year)}
    assert due["HH-1"].fades_until == date(2027, 5, 20) and due["HH-1"].due_on == date(2027, 11, 20)
