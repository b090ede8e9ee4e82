"""I04 and I05: what the household itself says, and three versions of a year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.checks.actions import look
from portal.checks.catalogue import RULES
from portal.registers.corrections import Act
from portal.registers.recipients.answers.actions import answer_fact
from portal.registers.recipients.answers.queries import What, Word, income_fact
from portal.registers.recipients.cards.sign_ins.queries import SignedInHousehold
from portal.registers.recipients.incomes.actions import correct_income
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import Procedure
from tests.checks.comparison.conftest import Found
from tests.factories.cards import AT, fill_home, signed_in_home
from tests.factories.divisions import VILLAGE, make_unit
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.incomes import put_household, put_income, put_parameter, recorded
from tests.factories.recipients import TODAY, make_income

pytestmark = pytest.mark.begins_with(fill=fill_home)
DAY = date(2026, 11, 22)
LATER = AT + timedelta(hours=1)


def find(session: Session, code: str, as_of: date = DAY) -> Found:
    session.flush()
    return {hit.subject_no: dict(hit.evidence) for hit in look(session, RULES.named([code])[0], as_of).hits}


@pytest.fixture
def household(session: Session) -> Household:
    return session.query(Household).one()


@pytest.fixture
def home(session: Session, household: Household) -> SignedInHousehold:
    found = signed_in_home(session, household.id)
    session.commit()
    return found


def enter(session: Session, household: Household, fen: int, **more: Any) -> Income:
    """An entry of one act: who recorded it is who did the act."""
    session.commit()
    row = make_income(session, household, fen, **more)
    session.commit()
    return row


def say(session: Session, home: SignedInHousehold, row: Income, word: Word = Word.RIGHT, at: datetime = LATER) -> None:
    what = What.WRONG_SUM if word is Word.WRONG else None
    answer_fact(session, home, income_fact(session, home.household_id, str(row.id)), word, what, at)


def exiting(session: Session, household: Household, closed_on: date | None = None) -> None:
    recorded(session).add(
        Procedure(
            no="CX-2026-000001", kind="脱贫退出", household_id=household.id, applicant="张建国", division_code=VILLAGE,
            source="定期复核", opened_by="user:village", opened_on=date(2026, 11, 1), proposal={}, state="民主评议",
            state_since=date(2026, 11, 1), closed_on=closed_on,
        )
    )  # fmt: skip


def test_a_disputed_item_is_found_until_the_dispute_is_over(
    session: Session, household: Household, home: SignedInHousehold
) -> None:
    row = enter(session, household, 7_000_00)
    assert find(session, "I04") == {}
    say(session, home, row, Word.WRONG)
    found = find(session, "I04")
    assert set(found) == {household.no}
    assert [no[:8] for no in found[household.no]["disputes"]] == ["YY-2026-"]
    assert find(session, "I04", date(2026, 11, 19)) == {}


def test_an_exit_waits_until_every_item_of_its_year_is_confirmed(
    session: Session, household: Household, home: SignedInHousehold
) -> None:
    first, second = enter(session, household, 5_000_00), enter(session, household, 2_000_00)
    enter(session, household, 900_00, occurred_on=date(2025, 12, 31))
    say(session, home, first)
    assert find(session, "I04") == {}  # nobody is deciding
    exiting(session, household)
    assert find(session, "I04")[household.no] | {"would_clear": ""} == {
        "exit_year": 2026, "entries": 2, "unconfirmed": 1, "would_clear": "",
    }  # fmt: skip
    say(session, home, second, at=LATER + timedelta(minutes=1))
    assert find(session, "I04") == {}
    say(session, home, second, Word.UNKNOWN, at=LATER + timedelta(minutes=2))
    assert find(session, "I04")[household.no]["unconfirmed"] == 1
    say(session, home, second, at=LATER + timedelta(minutes=3))
    correct_income(session, first.id, {"amount_fen": 9_000_00}, Act("user:maker", "更正"), None, today=TODAY)
    assert find(session, "I04")[household.no]["unconfirmed"] == 1  # it confirmed another sum


def test_an_exit_without_any_entry_or_an_answer_by_the_printer_s_own_card_is_not_confirmed(
    session: Session, household: Household
) -> None:
    exiting(session, household)
    assert find(session, "I04")[household.no]["entries"] == 0
    session.commit()
    own = signed_in_home(session, household.id, printer="user:maker")
    say(session, own, enter(session, household, 5_000_00))
    assert find(session, "I04")[household.no]["unconfirmed"] == 1


def test_a_procedure_that_is_over_says_nothing(session: Session, household: Household) -> None:
    exiting(session, household, closed_on=date(2026, 11, 20))
    assert find(session, "I04") == {}
    assert set(find(session, "I04", date(2026, 11, 19))) == {household.no}


def told(session: Session, household: Household, helper_yuan: float, village_yuan: float, year: int = 2025) -> None:
    put_income(
        session, household, helper_yuan, occurred_on=date(year, 3, 1), content_key=f"phone-{year}-{household.no}"
    )
    put_income(session, household, village_yuan, occurred_on=date(year, 12, 31))


def test_helper_and_village_apart_by_more_than_the_gap_are_found(session: Session, household: Household) -> None:
    recorded(session)
    told(session, household, 5_000, 4_499.99)
    told(session, put_household(session, "AT"), 5_000, 4_500)
    alone = put_household(session, "ALONE")
    put_income(session, alone, 5_000, occurred_on=date(2025, 3, 1))
    years = put_household(session, "YEARS")
    told(session, years, 1_000, 9_000, 2024)
    told(session, years, 9_000, 1_000, 2025)
    found = find(session, "I05")
    assert set(found) == {household.no, "YEARS"}
    assert (found["YEARS"]["years"], found["YEARS"]["helper_fen"]) == ([2024, 2025], 9_000_00)
    put_parameter(session, "I05.gap", "500.01", VILLAGE)
    assert set(find(session, "I05")) == {"YEARS"}
    assert find(session, "I05", date(2023, 12, 31)) == {}


def test_only_what_counts_is_compared_and_a_helper_is_known_by_name_or_unit(
    session: Session, household: Household
) -> None:
    recorded(session)
    make_unit(session, "U-BF", "县供电公司", kind="帮扶单位")
    helper = make_helper(session)
    make_pairing(session, helper, household_id=household.id)
    put_income(session, household, 3_000, occurred_on=date(2025, 1, 1), entered_by=helper.name)
    put_income(session, household, 2_000, occurred_on=date(2025, 1, 1), entered_unit="县供电公司")
    put_income(session, household, 5_000, occurred_on=date(2025, 1, 1), entered_by="村会计")
    put_income(session, household, 9_000, "医疗报销", occurred_on=date(2025, 1, 1))
    assert find(session, "I05") == {}
    put_income(session, household, 501, occurred_on=date(2025, 1, 1))
    assert find(session, "I05")[household.no]["village_fen"] == 5_501_00


def test_what_the_household_confirmed_is_the_third_version(
    session: Session, household: Household, home: SignedInHousehold
) -> None:
    right = enter(session, household, 5_000_00)
    enter(session, household, 501_00)
    assert find(session, "I05") == {}
    say(session, home, right)
    found = find(session, "I05", datetime.now(UTC).date())[household.no]
    assert (found["village_fen"], found["own_fen"], found.get("helper_fen")) == (5_501_00, 5_000_00, None)
