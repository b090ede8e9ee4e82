"""H01 and H06 at the edges of their days: "more than N days" begins with day N+1, a pairing counts on its last day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.kernel.clock import CHINA
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.helpers.check_ins.judgements.actions import judge
from portal.registers.helpers.check_ins.models import State
from portal.registers.helpers.models import Pairing
from portal.registers.recipients.models import Household
from tests.checks.warnings.helping.conftest import Hits
from tests.factories.visits import Walker

LAST = date(2026, 10, 1)


def at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=CHINA)


def visit(session: Session, walk: Walker, household: str, day: date, **more: Any) -> str:
    return walk.visit(session, household, captured_at=at(day), at=at(day), **more).id


def others(session: Session, *, keep: str = "HH-1") -> None:
    """End the other pairings, so that one is looked at."""
    for household in session.query(Household).where(Household.no != keep):
        for pairing in session.query(Pairing).where(Pairing.household_id == household.id):
            pairing.ended_on = pairing.started_on
    session.flush()


@pytest.mark.parametrize(("days", "seen"), [(0, 0), (29, 0), (30, 0), (31, 1), (400, 1)])
def test_a_visit_is_late_from_the_day_after_the_cycle(
    session: Session, walk: Walker, hits: Hits, days: int, seen: int
) -> None:
    others(session)
    visit(session, walk, "HH-1", LAST)
    assert len(hits("H01", LAST + timedelta(days=days))) == seen


@pytest.mark.parametrize(("day", "seen"), [(date(2026, 1, 31), 0), (date(2026, 2, 1), 6)])
def test_without_any_visit_the_pairing_s_first_day_counts(walk: Walker, hits: Hits, day: date, seen: int) -> None:
    found = hits("H01", day)
    assert len(found) == seen
    assert all(hit.evidence["cycle_days"] == 30 and "last_visited_on" not in hit.evidence for hit in found)


@pytest.mark.parametrize(
    ("agreed", "category", "status", "days"),
    [
        (7, None, "在册", 7), (None, "脱贫不稳定户", "在册", 30), (None, "低保户", "已脱贫", 90),
        (None, "边缘易致贫户", "已脱贫", 30), (45, "低保户", "已脱贫", 45),
    ],
)  # fmt: skip
def test_the_cycle_is_the_pairing_s_or_the_class_s(
    session: Session, walk: Walker, hits: Hits, agreed: int | None, category: str | None, status: str, days: int
) -> None:
    others(session)
    household = session.query(Household).where(Household.no == "HH-1").one()
    household.category, household.status, household.exited_on = category, status, None
    session.query(Pairing).where(Pairing.household_id == household.id).one().visit_days = agreed
    visit(session, walk, "HH-1", LAST)
    assert hits("H01", LAST + timedelta(days=days)) == []
    (hit,) = hits("H01", LAST + timedelta(days=days + 1))
    assert hit.evidence["cycle_days"] == days
    assert (hit.subject_kind, hit.subject_no) == ("pairing", "B-1/HH-1/2026-01-01")
    assert (hit.household_no, hit.division_code) == ("HH-1", household.division_code)


@pytest.mark.parametrize(
    ("place", "valid_from", "days"),
    [
        ("320826000000", date(2026, 1, 1), 10),
        ("320826104000", date(2026, 1, 1), 10),
        ("320826000000", LAST + timedelta(days=11), 10),  # not yet on the tenth day, and then
        ("320826000000", date(2027, 1, 1), 30),
        ("330000000000", date(2026, 1, 1), 30),
        ("000000000000", date(2026, 1, 1), 10),
    ],
)
def test_a_place_s_own_days_hold_from_their_first_day_on(
    session: Session, walk: Walker, hits: Hits, place: str, valid_from: date, days: int
) -> None:
    others(session)
    session.add(Parameter(name="visit_days", division_code=place, value="10", valid_from=valid_from))
    visit(session, walk, "HH-1", LAST)
    assert hits("H01", LAST + timedelta(days=days)) == []
    assert len(hits("H01", LAST + timedelta(days=days + 1))) == 1


def test_the_nearest_place_decides(session: Session, walk: Walker, hits: Hits) -> None:
    others(session)
    for place, value in (("320826104000", "20"), ("320826000000", "10"), ("000000000000", "5")):
        session.add(Parameter(name="visit_days", division_code=place, value=value, valid_from=date(2026, 1, 1)))
    visit(session, walk, "HH-1", LAST)
    assert hits("H01", LAST + timedelta(days=20)) == []
    assert [hit.evidence["cycle_days"] for hit in hits("H01", LAST + timedelta(days=21))] == [20]


def test_a_reason_why_it_could_not_be_meets_the_duty(session: Session, walk: Walker, hits: Hits) -> None:
    others(session)
    visit(session, walk, "HH-1", LAST, visit="not_possible", not_possible_reason="住院", activities=[])
    assert hits("H01", LAST + timedelta(days=30)) == []


def test_a_visit_asked_about_counts_and_one_judged_not_to_count_does_not(
    session: Session, walk: Walker, hits: Hits
) -> None:
    others(session)
    far = {"lat": 33.9, "lng": 119.26, "accuracy_m": 5, "datum": "WGS84"}
    claim = visit(session, walk, "HH-1", LAST, location=far)
    assert hits("H01", LAST + timedelta(days=30)) == []
    judge(session, claim, State.NOT_COUNTED, Act("user:town", "本人承认没有去"), at(LAST))
    assert [hit.evidence["started_on"] for hit in hits("H01", LAST + timedelta(days=30))] == ["2026-01-01"]


@pytest.mark.parametrize(("ended", "late", "without"), [(date(2026, 11, 20), 1, 0), (date(2026, 11, 19), 0, 1)])
def test_a_pairing_is_in_force_on_its_last_day(
    session: Session, walk: Walker, hits: Hits, ended: date, late: int, without: int
) -> None:
    household = session.query(Household).where(Household.no == "HH-1").one()
    session.query(Pairing).where(Pairing.household_id == household.id).one().ended_on = ended
    assert len([hit for hit in hits("H01") if hit.household_no == "HH-1"]) == late
    assert [hit.subject_no for hit in hits("H06")] == ["HH-1"] * without


@pytest.mark.parametrize(
    ("status", "exited", "late"),
    [("已退出", date(2026, 11, 20), 5), ("已退出", date(2026, 11, 21), 6), ("已注销", None, 5), ("已脱贫", None, 6)],
)
def test_a_household_that_is_out_needs_no_visit(
    session: Session, walk: Walker, hits: Hits, status: str, exited: date | None, late: int
) -> None:
    household = session.query(Household).where(Household.no == "HH-1").one()
    household.status, household.exited_on = status, exited
    assert len(hits("H01")) == late


def test_only_listed_households_must_have_a_helper(session: Session, walk: Walker, hits: Hits) -> None:
    for pairing in session.query(Pairing):
        pairing.ended_on = date(2026, 6, 30)
    rows = session.query(Household).order_by(Household.no).all()
    rows[0].status, rows[0].exited_on = "已退出", date(2026, 6, 1)
    rows[1].status = "已脱贫"
    found = hits("H06")
    assert [hit.subject_no for hit in sorted(found, key=lambda hit: hit.subject_no)] == ["HH-3", "HH-4", "HH-5", "HH-6"]
    assert {hit.evidence["last_ended_on"] for hit in found} == {"2026-06-30"}
    assert len(hits("H06", date(2026, 6, 30))) == 0
