"""What was told of a quarter is told for ever: no later change and no other smallest cell tells more."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, NotFound, Refused
from portal.oversight.complaints.counts.actions import correct_counts, publish_closed
from portal.oversight.complaints.counts.queries import told_periods
from portal.oversight.complaints.models import Complaint
from portal.registers.corrections import Act
from portal.trail.models import TrailEvent, TrailSubject
from tests.factories.complaints import COUNTY, a_county, arrive
from tests.factories.divisions import make_parameter

pytestmark = pytest.mark.begins_with(fill=a_county)
IN_MAY, IN_AUGUST = datetime(2026, 5, 12, 4, tzinfo=UTC), datetime(2026, 8, 12, 4, tzinfo=UTC)
IN_JULY, IN_OCTOBER = datetime(2026, 6, 30, 16, 15, tzinfo=UTC), datetime(2026, 9, 30, 16, 15, tzinfo=UTC)
FIRST = date(2026, 1, 1)


def _come(session: Session, number: int, at: datetime) -> None:
    for _n in range(number):
        arrive(session, kind="钱没到", at=at)


def _told(session: Session) -> list[tuple[date, int, list[int]]]:
    return [
        (period.now.first_on, period.now.version, [line["figures"]["received"] for line in period.now.lines])
        for period in told_periods(session)
    ]


def test_a_quarter_is_told_in_its_first_night_and_once(session: Session) -> None:
    _come(session, 6, IN_MAY)
    assert publish_closed(session, "job:counts", datetime(2026, 6, 30, 15, tzinfo=UTC)) == 0  # 23:00 of its last day
    assert publish_closed(session, "job:counts", IN_JULY) == 1
    assert publish_closed(session, "job:counts", IN_JULY) == 0
    assert _told(session) == [(FIRST, 1, [6])]
    event = session.scalars(
        select(TrailEvent).join(TrailSubject, TrailSubject.event_id == TrailEvent.event_id)
        .where(TrailSubject.type == "counts.published")
    ).one()  # fmt: skip
    assert told_periods(session)[0].now.sha256 in bytes(event.leaf).decode()


def test_neither_places_nor_the_cell_nor_late_rows_change_what_was_told(session: Session) -> None:
    _come(session, 6, IN_MAY)
    publish_closed(session, "job:counts", IN_JULY)
    before = told_periods(session)
    session.execute(update(Complaint).values(division_code="320831000000"))
    make_parameter(session, "small_cell", "2")
    _come(session, 1, IN_MAY)
    assert publish_closed(session, "job:counts", IN_OCTOBER) == 0
    _come(session, 3, IN_AUGUST)
    assert publish_closed(session, "job:counts", IN_OCTOBER) == 1
    assert told_periods(session)[1:] == before
    assert _told(session)[0] == (date(2026, 7, 1), 1, [3])


def test_a_correction_is_a_new_version_with_its_reason(session: Session) -> None:
    _come(session, 6, IN_MAY)
    publish_closed(session, "job:counts", IN_JULY)
    first = told_periods(session)[0].now
    _come(session, 5, IN_MAY)
    with pytest.raises(BadInput, match="没有写原因"):
        correct_counts(session, FIRST, Act("user:a", ""), IN_OCTOBER)
    correct_counts(session, FIRST, Act("user:a", "漏计了来信"), IN_OCTOBER)
    (period,) = told_periods(session)
    assert _told(session) == [(FIRST, 2, [11])]
    assert (period.now.why, period.now.published_on) == ("漏计了来信", date(2026, 10, 1))
    assert list(period.earlier) == [first]
    assert publish_closed(session, "job:counts", IN_OCTOBER) == 0


def test_a_correction_that_would_tell_a_case_is_refused(session: Session) -> None:
    _come(session, 6, IN_MAY)
    publish_closed(session, "job:counts", IN_JULY)
    act = Act("user:a", "漏计一件")
    with pytest.raises(Refused, match="没有任何改动"):
        correct_counts(session, FIRST, act, IN_OCTOBER)
    _come(session, 1, IN_MAY)
    with pytest.raises(Refused, match="差得太少"):
        correct_counts(session, FIRST, act, IN_OCTOBER)
    with pytest.raises(NotFound):
        correct_counts(session, date(2026, 7, 1), act, IN_OCTOBER)
    assert [period.now.lines[0]["county"] for period in told_periods(session)] in ([COUNTY], [""])
    assert _told(session) == [(FIRST, 1, [6])]
