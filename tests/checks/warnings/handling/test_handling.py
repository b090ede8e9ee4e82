"""S01, S03, S04, S05: hits and near misses, by the rules' own runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.checks.actions import look
from portal.checks.catalogue import RULES
from portal.kernel.database import reading, writing
from portal.oversight.leads.models import Lead
from portal.oversight.leads.rounds.models import LeadRound
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import Procedure, ProcedureStep
from portal.trail.actions import record
from tests.factories import procedures as p
from tests.factories.divisions import VILLAGE, make_county, make_parameter
from tests.factories.funds import make_line, make_programme
from tests.factories.leads import make_leads
from tests.factories.recipients import make_household

TODAY = date(2026, 11, 20)
AT = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


def hits(session: Session, code: str, as_of: date = TODAY) -> list[tuple[str, dict[str, Any]]]:
    return [(hit.subject_no, dict(hit.evidence)) for hit in look(session, RULES.named([code])[0], as_of).hits]


def concluded(session: Session, lead: Lead, finding: str, at: datetime, **more: Any) -> None:
    """A round as it lies there after its conclusion."""
    told = {"conclusion": finding, "verified_by": "user:wang", "verified_at": at, **more}
    session.add(LeadRound(id=lead.id, lead_id=lead.id, round=1, **told))
    record(session, kind="test.set_up", actor="test", subjects=[])


def test_s01_a_lead_is_late_from_the_day_after_its_last(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        unset = make_leads(session, "P-0", rule="E04")[0]
        make_parameter(session, "lead_verify_days", "5")
        lead = make_leads(session, "P-1", rule="E04", on=date(2026, 11, 2))[0]
        about_handling = make_leads(session, "user:x/2026", rule="S06", on=date(2026, 11, 2))[0]
        assert lead.due_on == date(2026, 11, 9) == about_handling.due_on
        assert hits(session, "S01", date(2026, 11, 9)) == []
        assert [no for no, _seen in hits(session, "S01", date(2026, 11, 10))] == [lead.lead_no]
        assert unset.due_on.year == 9999
        lead.status = "concluded"
        session.flush()
        assert hits(session, "S01", date(2026, 11, 10)) == []


@pytest.mark.parametrize(
    ("number", "apart", "more", "seen"),
    [
        (20, timedelta(seconds=30), {}, {"most_within": 20}),
        (19, timedelta(seconds=30), {}, None),
        (20, timedelta(minutes=5), {}, None),
        (20, timedelta(0), {}, None),  # the rows of a sheet, entered at one moment
        (20, timedelta(0), {"photo": "a" * 64}, {"same_photo": 20}),
        (20, timedelta(minutes=5), {"found_index": b"same words here!"}, {"same_words": 20}),
        (20, timedelta(minutes=5), {"photo": "a" * 64}, {"same_photo": 20}),
        (19, timedelta(minutes=5), {"photo": "a" * 64}, None),
    ],
)
def test_s03_haste_or_the_same_words_or_picture_again_and_again(
    engine: Engine, number: int, apart: timedelta, more: dict[str, Any], seen: dict[str, Any] | None
) -> None:
    with writing(engine) as session:
        make_county(session)
        for n, lead in enumerate(make_leads(session, *(f"P-{n}" for n in range(number)), rule="E04")):
            concluded(session, lead, "不属实", AT + n * apart, **more)
        session.flush()
        found = hits(session, "S03")
        if seen is None:
            assert found == []
        else:
            ((no, evidence),) = found
            assert no == "user:wang/2026-11-18"
            assert seen.items() <= evidence.items()
            assert "words" not in evidence and "photo" not in evidence  # how often, never what


def test_s03_what_was_found_true_in_haste_is_another_matter(engine: Engine) -> None:
    with writing(engine) as session:
        make_county(session)
        for lead in make_leads(session, *(f"P-{n}" for n in range(25)), rule="E04"):
            concluded(session, lead, "属实", AT)
        session.flush()
        assert hits(session, "S03") == []


@pytest.mark.parametrize(
    ("finding", "more", "paid_on", "hit"),
    [
        ("属实", {}, date(2026, 11, 1), True),
        ("部分属实", {}, date(2026, 11, 1), True),
        ("属实", {}, date(2026, 10, 31), False),  # thirty days after the first of October
        ("属实", {"disposition": "保留", "decided_by": "user:b"}, date(2026, 11, 1), False),
        ("不属实", {}, date(2026, 11, 1), False),
    ],
)
def test_s04_money_that_still_goes_out_thirty_days_after_a_lead_was_found_true(
    engine: Engine, finding: str, more: dict[str, Any], paid_on: date, hit: bool
) -> None:
    with writing(engine) as session:
        make_county(session)
        home = make_household(session, "HH-1", VILLAGE)
        lead = make_leads(session, "P-1", rule="E04", household="HH-1", on=date(2026, 9, 1))[0]
        concluded(session, lead, finding, datetime(2026, 10, 1, 3, tzinfo=UTC), **more)
        line = make_line(session, make_programme(session), 100_000, division_code=VILLAGE)
        session.add(
            Payment(batch_no="F-1", seq=1, allocation_id=line.id, household_id=home.id, amount_fen=100, paid_on=paid_on)
        )
        session.flush()
        found = hits(session, "S04")
        assert [no for no, _seen in found] == ([lead.lead_no] if hit else [])


def test_s05_one_account_opened_and_reviewed_and_two_accounts_are_none(engine: Engine) -> None:
    with writing(engine) as session:
        p.make_lines(session)
        for n, who in ((1, p.CLERK), (2, p.COUNTY_DESK)):
            home = Household(no=f"HH-{n}", division_code=VILLAGE, status="在册", category="低保户", entered_on=p.DAY)
            session.add(home)
            session.flush()
            row = Procedure(
                no=f"CX-{n}", kind="类别调整", household_id=home.id, applicant="户", division_code=VILLAGE,
                source="定期复核", opened_by=p.CLERK, opened_on=p.DAY, proposal={}, state="县级审批", state_since=p.DAY,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(
                ProcedureStep(
                    procedure_id=row.id, step="乡镇审核", verdict="通过", done_by=who, done_at=p.AT, happened_on=p.DAY, held={},
                )
            )  # fmt: skip
        record(session, kind="test.set_up", actor="test", subjects=[])
    with reading(engine) as session:
        assert [no for no, _seen in hits(session, "S05", p.DAY + timedelta(days=2))] == ["CX-1"]
