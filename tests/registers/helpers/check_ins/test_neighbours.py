"""What a new visit is compared with is the same whether it was read at once or by four statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from sqlalchemy.orm import Session

from portal.registers.helpers.check_ins.evidence import queries as evidence
from portal.registers.helpers.check_ins.models import CheckIn, Source, State
from tests.factories.divisions import VILLAGE, make_county
from tests.factories.helpers import make_helper
from tests.factories.recipients import make_household

NOON = datetime(2031, 5, 6, 4, tzinfo=UTC)
MINUTES = (-70_000, -50_000, -43_200, -43_199, -3_000, -1_440, -1_439, -31, -30, -5, 0, 1, 30, 31, 900)


@pytest.mark.parametrize("limit", [300, 14, 3])
def test_one_statement_finds_what_four_find(session: Session, limit: int) -> None:
    make_county(session)
    helper, home = make_helper(session, "H-1"), make_household(session, "HH-1")
    for at, minutes in enumerate(MINUTES):
        moment = NOON + timedelta(minutes=minutes)
        session.add(
            CheckIn(
                claim_id=f"00000000-0000-4000-8000-{at:012d}", source=Source.PHONE, helper_id=helper.id,
                household_id=home.id, division_code=VILLAGE, visited_on=moment.date(), captured_at=moment,
                received_at=moment, offline=False, visit="done", activities=[], findings=[], has_location=at % 3 != 0,
                photo_count=0, signals={}, state=State.ACCEPTED,
            )
        )  # fmt: skip
    session.info["unguarded"] = True
    session.flush()
    span = timedelta(minutes=30)
    with patch.object(evidence, "MOST_AT_ONCE", limit):
        found = evidence.neighbours(session, helper.id, NOON, span)
    assert list(found.before) == evidence.list_before(session, helper.id, NOON)
    assert found.after == evidence.find_after(session, helper.id, NOON)
    assert list(found.around) == evidence.list_around(session, helper.id, NOON, span)
    assert (found.of_month, found.of_day) == evidence.count_recent(session, helper.id, NOON) == (8, 5)
