"""I01, I02, I03: what never counts, exits that rest on it, and income that jumps before an exit."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.checks.actions import left_out
from portal.checks.catalogue import RULES
from portal.registers.recipients.models import Household
from tests.checks.comparison.conftest import DAY, Finder
from tests.factories.divisions import VILLAGE
from tests.factories.incomes import put_household, put_income, put_parameter

OUT = {"status": "已脱贫", "exited_on": date(2025, 11, 20)}
EXIT_YEAR = {"occurred_on": date(2025, 7, 1)}


def test_every_entry_of_an_item_that_never_counts_is_found_unless_it_says_so(place: Session, find: Finder) -> None:
    household = put_household(place)
    blank = put_income(place, household, 12_000, "医疗报销")
    set_to = put_income(place, household, 300, "慰问金", counts=True)
    put_income(place, household, 800, "临时救助", counts=False)
    put_income(place, household, 9_000, "养老金")
    assert set(find("I01")) == {str(blank.id), str(set_to.id)}
    assert find("I01")[str(blank.id)]["amount_fen"] == 12_000_00


def test_an_entry_that_was_corrected_or_lies_ahead_is_not_found(place: Session, find: Finder) -> None:
    household = put_household(place)
    row = put_income(place, household, 12_000, "医疗报销", occurred_on=date(2026, 6, 30))
    assert find("I01", date(2026, 6, 29)) == {}
    assert set(find("I01")) == {str(row.id)}
    row.counts = False
    place.flush()
    assert find("I01") == {}


def lianshui(session: Session, no: str = "LS-1", reimbursed: float = 12_000, **more: object) -> Household:
    """Three persons, a line of 6000: 15,000 yuan of income and a reimbursement that made it look like enough."""
    household = put_household(session, no, 3, **{**OUT, **more})
    put_income(session, household, 15_000, **EXIT_YEAR)
    put_income(session, household, reimbursed, "医疗报销", **EXIT_YEAR)
    return household


def test_an_exit_that_rests_on_a_reimbursement_is_found_with_both_sums(place: Session, find: Finder) -> None:
    put_parameter(place, "poverty_line", "6000")
    lianshui(place)
    assert find("I02") == {
        "LS-1": {
            "exit_on": "2025-11-20", "proposed": 0, "members": 3, "recorded_fen": 27_000_00, "total_fen": 15_000_00,
            "line_fen": 6_000_00, "per_head_fen": 5_000_00,
            "would_clear": "补齐当年能计入的收入和凭证；确实不够线的，撤回退出、恢复在册",
        }
    }  # fmt: skip


def test_one_fen_decides_on_either_side_of_the_line(place: Session, find: Finder) -> None:
    put_parameter(place, "poverty_line", "6000")
    lianshui(place, "AT", 3_000)  # recorded 18,000.00: at the line
    lianshui(place, "UNDER", 2_999.99)
    enough = put_household(place, "ENOUGH", 3, **OUT)
    put_income(place, enough, 18_000, **EXIT_YEAR)
    put_income(place, enough, 5_000, "医疗报销", **EXIT_YEAR)
    short = put_household(place, "SHORT", 3, **OUT)
    put_income(place, short, 17_999.99, **EXIT_YEAR)
    put_income(place, short, 5_000, "医疗报销", **EXIT_YEAR)
    assert set(find("I02")) == {"AT", "SHORT"}


def test_only_the_exit_year_and_its_own_line_are_looked_at(place: Session, find: Finder) -> None:
    put_parameter(place, "poverty_line", "6000", valid_to=date(2024, 12, 31))
    put_parameter(place, "poverty_line", "5000", valid_from=date(2025, 1, 1))
    lianshui(place)  # 5,000 a head: at the line of 2025
    earlier = put_household(place, "BEFORE", 3, status="已脱贫", exited_on=date(2024, 12, 31))
    for day in (date(2024, 1, 1), date(2024, 12, 31)):
        put_income(place, earlier, 7_500, occurred_on=day)
    put_income(place, earlier, 9_000, "危房改造补助", occurred_on=date(2024, 12, 31))
    put_income(place, earlier, 9_000, occurred_on=date(2025, 1, 1))
    assert set(find("I02")) == {"BEFORE"}
    assert find("I02", date(2024, 12, 30)) == {}


def test_a_place_that_rules_otherwise_and_a_place_without_a_line(place: Session, find: Finder) -> None:
    put_parameter(place, "poverty_line", "6000", VILLAGE)
    put_parameter(place, "income_item.医疗报销", "是", VILLAGE, purpose="register", valid_from=date(2025, 6, 1))
    lianshui(place)
    lianshui(place, "ELSEWHERE", division_code="320826104202")
    assert find("I02") == {}
    assert left_out(place, RULES.named(["I02"])[0], DAY) == [
        {"why": "退出当年没有收入线", "divisions": 1, "households": 1}
    ]
    put_parameter(place, "income_item.医疗报销", "否", VILLAGE, purpose="register", valid_from=date(2025, 11, 1))
    assert set(find("I02")) == {"LS-1"}


def rising(session: Session, no: str, before: float, now: float, unproven: float) -> None:
    household = put_household(session, no, 2, **OUT)
    if before:
        put_income(session, household, before, occurred_on=date(2024, 12, 31), voucher_no="V1")
    put_income(session, household, now - unproven, occurred_on=date(2025, 1, 1), voucher_no="V2")
    put_income(session, household, unproven, occurred_on=date(2025, 12, 31), voucher_no=" ".strip())


def test_income_that_doubles_before_an_exit_mostly_without_vouchers_is_found(place: Session, find: Finder) -> None:
    rising(place, "TWICE", 10_000, 20_000, 6_000)
    rising(place, "NEARLY", 10_000, 19_999.99, 9_000)
    rising(place, "PROVEN", 10_000, 20_000, 5_999.99)
    rising(place, "UNKNOWN", 0, 20_000, 20_000)
    assert set(find("I03")) == {"TWICE"}
    assert find("I03")["TWICE"]["growth_unproven_fen"] == 6_000_00


@pytest.mark.parametrize(("times", "hit"), [("2.5", False), ("1.5", True)])
def test_how_many_times_is_the_place_s_own(place: Session, find: Finder, times: str, hit: bool) -> None:
    put_parameter(place, "I03.times", times, VILLAGE)
    rising(place, "TWICE", 10_000, 20_000, 8_000)
    assert bool(find("I03")) is hit
