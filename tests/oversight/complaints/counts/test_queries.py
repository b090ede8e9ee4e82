"""The tallies of closed quarters, as the handling itself writes them down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.oversight.complaints.counts.queries import tallies
from portal.oversight.complaints.counts.rules import Quarter
from portal.oversight.complaints.handling.actions import Details, take_step
from portal.oversight.complaints.handling.deadlines.actions import keep_clocks
from portal.oversight.complaints.handling.rules import Doer, Step
from portal.oversight.complaints.handling.writers.actions import appeal, rate
from portal.registers.corrections import Act
from tests.factories.complaints import COUNTY, a_county, arrive

pytestmark = pytest.mark.begins_with(fill=a_county)
FEBRUARY = datetime(2026, 2, 2, 4, tzinfo=UTC)
WAY = (
    (Step.REGISTER, Doer.HANDLER, ""), (Step.ACCEPT, Doer.HANDLER, ""), (Step.REPLY, Doer.HANDLER, "予以支持"),
    (Step.APPROVE, Doer.DECIDER, ""),
)  # fmt: skip


def _answer(session: Session, locator: str, at: datetime) -> None:
    for step, doer, proposed in WAY:
        who = "user:county-head" if doer is Doer.DECIDER else "user:county-inspector"
        take_step(session, locator, step, doer, Act(who, ""), at, Details(note="查清楚了，补发", proposed=proposed))


def test_each_thing_counts_in_the_quarter_in_which_it_happened(session: Session) -> None:
    satisfied, late, open_one = (arrive(session, kind="钱没到", at=FEBRUARY) for _n in range(3))
    _answer(session, satisfied.locator, FEBRUARY + timedelta(days=1))
    rate(session, satisfied.locator, "满意", FEBRUARY + timedelta(days=2))
    assert keep_clocks(session, "job:complaints", FEBRUARY + timedelta(days=11))["raised"] == 2
    _answer(session, late.locator, datetime(2026, 4, 3, 4, tzinfo=UTC))
    appeal(session, late.locator, datetime(2026, 4, 4, 4, tzinfo=UTC))
    take_step(
        session, satisfied.locator, Step.END, Doer.CLOCK, Act("job:complaints", ""),
        datetime(2026, 4, 5, 4, tzinfo=UTC), Details(),
    )  # fmt: skip
    found = tallies(session, date(2026, 6, 30))
    first, second = found[Quarter(2026, 1)][COUNTY], found[Quarter(2026, 2)][COUNTY]
    assert (first.received, first.answered, first.in_time, first.petitions, first.granted) == (3, 1, 1, 1, 1)
    assert (second.received, second.answered, second.in_time, second.appealed) == (0, 1, 0, 1)
    assert first.rated == 0
    assert (second.rated, second.satisfied) == (1, 1)
    assert open_one.authority != COUNTY
    assert tallies(session, date(2026, 3, 31)) == {Quarter(2026, 1): {COUNTY: first}}
