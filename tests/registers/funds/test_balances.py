"""The sums beside the money: kept in step by every act, and the same as when everything is summed again."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import Refused
from portal.registers.funds.actions import correct_allocation, correct_programme, sum_again, withdraw_allocation
from portal.registers.funds.balances.models import LineBalance
from portal.registers.funds.models import Allocation
from portal.registers.funds.payments.actions import correct_payment, record_bank_return
from portal.registers.funds.queries import balance_of
from portal.registers.funds.verification.queries import verify_totals
from tests.factories.divisions import OTHER_VILLAGE, VILLAGE, make_county
from tests.factories.funds import ACT, make_chain, make_line, make_programme, pay
from tests.factories.recipients import make_household


@pytest.fixture
def chain(session: Session) -> list[Allocation]:
    make_county(session)
    return make_chain(session, make_programme(session), (100_00, 60_00, 50_00))


def held(session: Session, line: Allocation) -> int:
    balance = balance_of(session, line.id)
    assert balance is not None
    kept = session.get_one(LineBalance, line.id, populate_existing=True)
    assert kept.held_fen == balance.held_fen
    return balance.held_fen


def test_a_line_holds_what_it_did_not_pass_on(session: Session, chain: list[Allocation]) -> None:
    assert [held(session, line) for line in chain] == [40_00, 10_00, 50_00]
    assert verify_totals(session) == []


def test_more_than_is_left_is_refused_with_the_sum_short(session: Session, chain: list[Allocation]) -> None:
    programme_id = chain[0].programme_id
    with pytest.raises(Refused, match=r"差 5\.00 元"):
        make_line(session, session.get_one(type(make_programme(session, "X")), programme_id), 45_00, chain[0])


def test_a_negative_line_returns_the_money_to_the_line_above(session: Session, chain: list[Allocation]) -> None:
    programme = make_programme(session, "ZX-2026-02")
    make_line(session, programme, -20_00, chain[2])
    assert [held(session, line) for line in chain] == [40_00, 30_00, 30_00]
    balance = balance_of(session, chain[1].id)
    assert balance is not None
    assert (balance.back_fen, balance.passed_on_fen, balance.net_fen) == (20_00, 50_00, 60_00)
    assert verify_totals(session) == []


def test_no_more_can_be_taken_back_than_is_left(session: Session, chain: list[Allocation]) -> None:
    programme = make_programme(session, "ZX-2026-02")
    with pytest.raises(Refused, match=r"差 3\.00 元"):
        make_line(session, programme, -13_00, chain[1])
    with pytest.raises(Refused, match="哪一笔"):
        make_line(session, programme, -13_00)


def test_only_a_bank_return_that_says_success_is_paid(session: Session, chain: list[Allocation]) -> None:
    household = make_household(session)
    waiting = pay(session, chain[2], [(household.id, 3_00)], None)
    pay(session, chain[2], [(household.id, 4_00)], "失败")
    pay(session, chain[2], [(household.id, 5_00), (None, 6_00)])
    kept = session.get_one(LineBalance, chain[2].id, populate_existing=True)
    assert (kept.paid_fen, kept.paid_household_fen, kept.pending_fen, kept.held_fen) == (11_00, 5_00, 3_00, 39_00)
    assert verify_totals(session) == []
    record_bank_return(session, waiting[0].id, "成功", ACT)
    record_bank_return(session, waiting[0].id, "退票", ACT)
    kept = session.get_one(LineBalance, chain[2].id, populate_existing=True)
    assert (kept.paid_fen, kept.pending_fen) == (11_00, 0)
    assert verify_totals(session) == []


def test_a_failed_payment_is_not_made_good_by_a_second_answer(session: Session, chain: list[Allocation]) -> None:
    failed = pay(session, chain[2], [(None, 4_00)], "失败")
    with pytest.raises(Refused, match="不能再记为"):
        record_bank_return(session, failed[0].id, "成功", ACT)


def test_what_waits_for_the_bank_cannot_be_paid_twice(session: Session, chain: list[Allocation]) -> None:
    pay(session, chain[2], [(None, 40_00)], None)
    with pytest.raises(Refused, match=r"差 1\.00 元"):
        pay(session, chain[2], [(None, 11_00)], None)


def test_corrections_move_the_sums(session: Session, chain: list[Allocation]) -> None:
    household, other = make_household(session), make_household(session, "HH-2", OTHER_VILLAGE, head="王芳")
    paid = pay(session, chain[2], [(household.id, 5_00)])
    correct_payment(session, paid[0].id, {"amount_fen": 7_00, "household_id": other.id}, ACT, None)
    assert verify_totals(session) == []
    correct_allocation(session, chain[1].id, {"amount_fen": 70_00}, ACT, None)
    assert [held(session, line) for line in chain] == [30_00, 20_00, 43_00]
    correct_programme(session, chain[0].programme_id, {"year": 2025}, ACT, None)
    assert verify_totals(session) == []
    correct_allocation(
        session, chain[2].id, {"division_code": OTHER_VILLAGE, "parent_id": chain[0].id, "amount_fen": 10_00}, ACT, None
    )
    assert [held(session, line) for line in chain] == [20_00, 70_00, 3_00]
    assert verify_totals(session) == []


def test_a_line_with_money_behind_it_cannot_be_withdrawn(session: Session, chain: list[Allocation]) -> None:
    with pytest.raises(Refused, match="已经有账"):
        withdraw_allocation(session, chain[1].id, ACT, None)
    withdraw_allocation(session, chain[2].id, ACT, None)
    assert held(session, chain[1]) == 60_00
    assert verify_totals(session) == []


def test_a_line_cannot_come_to_lie_below_itself(session: Session, chain: list[Allocation]) -> None:
    with pytest.raises(Refused, match="一个圈"):
        correct_allocation(session, chain[0].id, {"parent_id": chain[2].id}, ACT, None)


def test_maker_and_checker_are_two_persons(session: Session, chain: list[Allocation]) -> None:
    with pytest.raises(Refused, match="复核"):
        correct_allocation(session, chain[0].id, {"amount_fen": 1_00}, ACT, None, checker=ACT.actor)


def test_a_broken_sum_is_named_and_mended(session: Session, chain: list[Allocation]) -> None:
    pay(session, chain[2], [(make_household(session, village=VILLAGE).id, 5_00)])
    kept = session.get_one(LineBalance, chain[0].id, populate_existing=True)
    kept.passed_on_fen += 1
    session.flush()
    found = verify_totals(session)
    lines = [d for d in found if d.table == "line_balances"]
    assert [(d.key, d.column, d.kept - d.summed) for d in lines] == [((chain[0].id,), "passed_on_fen", 1)]
    assert {d.table for d in found} == {"line_balances", "flow_cells"}
    sum_again(session)
    assert verify_totals(session) == []
