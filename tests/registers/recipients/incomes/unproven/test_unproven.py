"""Taking out a loss raises a sum as surely as adding an income: so it takes a second hand as well (T1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, writing
from portal.kernel.errors import Conflict, ProductError, Refused
from portal.registers.corrections import Act
from portal.registers.recipients.incomes import actions
from portal.registers.recipients.incomes.adjustments.actions import (
    add_adjustment,
    correct_adjustment,
    withdraw_adjustment,
)
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.computing.queries import Computation, computation_of
from portal.registers.recipients.incomes.confirming.actions import confirm_entry
from portal.registers.recipients.incomes.confirming.queries import Entered
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.support.actions import add_obligor, correct_obligor, withdraw_obligor
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.incomes.unproven.queries import unproven_of
from portal.registers.recipients.incomes.unproven.rules import since_proven
from portal.registers.recipients.models import Household, Person
from tests.factories.divisions import make_county, make_parameter
from tests.factories.recipients import TODAY, make_household, make_income

ONE, OTHER, THIRD = Act("user:one", "登记"), Act("user:other", "对照凭证"), Act("user:third", "对照凭证")
DAY = date(2026, 11, 22)
LOSS = {"category": "经营性", "item": "养殖"}
OBLIGOR = {
    "name": "张小国", "relation": "子女", "since": date(2026, 1, 1), "members": 1, "monthly_income_fen": 9_000_00,
    "evidence": "HD-1",
}  # fmt: skip


def fill(session: Session) -> None:
    make_county(session)
    for name, value in (("poverty_line", "6000"), ("dibao_standard", "600"), ("wage_deduct_living", "是")):
        make_parameter(session, name, value)
    make_parameter(session, "unsold_stock", "at_value")
    make_household(session)


pytestmark = pytest.mark.begins_with(fill=fill)


def home(session: Session) -> Household:
    return session.query(Household).one()


def reckoned(session: Session) -> Computation:
    return computation_of(session, home(session).id, DAY)


def proven(session: Session, fen: int, **more: Any) -> Income:
    """An entry that two persons stand for."""
    row = make_income(session, home(session), fen, **more)
    confirm_entry(session, Entered.INCOME, row.id, row.household_id, OTHER, None, now_utc())
    session.commit()
    return row


def second(session: Session, row_id: int, act: Act, version: str | None = None) -> None:
    confirm_entry(session, Entered.INCOME, row_id, home(session).id, act, version, now_utc())
    session.commit()


def test_a_loss_that_one_person_withdraws_goes_on_being_taken_off_until_another_has_seen_it(session: Session) -> None:
    proven(session, 9_000_00)
    loss = proven(session, 1_000_00, cost_fen=5_000_00, **LOSS)
    assert reckoned(session).exit_total_fen == 5_000_00
    actions.withdraw_income(session, loss.id, ONE, None)
    session.commit()
    it = reckoned(session)
    assert (it.total_fen, it.exit_total_fen) == (9_000_00, 5_000_00)
    [gone] = it.gone
    assert (gone.id, gone.is_withdrawn, gone.changed_by) == (loss.id, True, "user:one")
    with pytest.raises(Refused, match="要两个人"):
        second(session, loss.id, ONE)
    with pytest.raises(Conflict):
        second(session, loss.id, OTHER, "an older version")
    second(session, loss.id, OTHER, gone.event_id)
    it = reckoned(session)
    assert (it.exit_total_fen, list(it.gone)) == (9_000_00, [])
    with pytest.raises(Refused, match="已经复核过"):
        second(session, loss.id, THIRD)


@pytest.mark.parametrize(
    "lessened",
    [{"cost_fen": 0}, {"amount_fen": 9_000_00}, {"counts": False}, {"occurred_on": date(2024, 5, 1)}],
    ids=["no cost", "a larger yield", "not counted", "another year"],
)
def test_a_loss_that_one_person_lessens_is_taken_off_as_it_was(session: Session, lessened: dict[str, Any]) -> None:
    proven(session, 9_000_00)
    loss = proven(session, 1_000_00, cost_fen=5_000_00, **LOSS)
    actions.correct_income(session, loss.id, lessened, ONE, None, today=TODAY)
    session.commit()
    assert reckoned(session).exit_total_fen == 5_000_00
    second(session, loss.id, OTHER)
    assert (reckoned(session).exit_total_fen or 0) >= 9_000_00


def test_a_loss_of_one_hand_that_was_never_seen_weighs_until_its_withdrawal_is_seen(session: Session) -> None:
    proven(session, 9_000_00)
    loss = make_income(session, home(session), 0, cost_fen=2_000_00, **LOSS)
    session.commit()
    actions.withdraw_income(session, loss.id, OTHER, None)
    session.commit()
    assert reckoned(session).exit_total_fen == 7_000_00
    second(session, loss.id, ONE)
    assert reckoned(session).exit_total_fen == 9_000_00


def test_support_that_one_person_strikes_out_as_received_is_not_due_once_more(session: Session) -> None:
    proven(session, 9_000_00)
    received = proven(session, 4_000_00, category="转移性", item="赡养费")
    owed = add_obligor(session, home(session).id, OBLIGOR, ONE)
    confirm_entry(session, Entered.OBLIGOR, owed.id, home(session).id, OTHER, None, now_utc())
    session.commit()
    before = reckoned(session).exit_total_fen or 0
    actions.withdraw_income(session, received.id, ONE, None)
    session.commit()
    assert reckoned(session).exit_total_fen == before - 4_000_00
    second(session, received.id, OTHER)
    assert reckoned(session).exit_total_fen == before


def test_living_away_that_one_person_withdraws_is_still_deducted(session: Session) -> None:
    person = session.query(Person.id).scalar()
    proven(session, 9_000_00, person_id=person)
    facts = {
        "kind": "外出务工生活支出",
        "person_id": person,
        "since": date(2026, 5, 1),
        "amount_fen": 700_00,
        "evidence": "ZF-1",
    }
    row = add_adjustment(session, home(session).id, facts, ONE, today=TODAY)
    session.commit()
    assert reckoned(session).exit_total_fen == 8_300_00
    withdraw_adjustment(session, row.id, ONE, None)
    session.commit()
    it = reckoned(session)
    assert (it.exit_total_fen, [one.id for one in it.given_up]) == (8_300_00, [row.id])
    confirm_entry(session, Entered.ADJUSTMENT, row.id, home(session).id, OTHER, None, now_utc())
    assert reckoned(session).exit_total_fen == 9_000_00


def test_only_what_nobody_else_has_seen_is_looked_at() -> None:
    seen = {"b"}
    assert since_proven("abcd", seen.__contains__) == "bcd"
    assert since_proven("ab", seen.__contains__) == ()
    assert since_proven("cd", seen.__contains__) == "cd"
    assert since_proven("", seen.__contains__) == ()


class OnePerson(RuleBasedStateMachine):
    """A household with entries of two hands and of one; and everything that one more account can do to its income."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.household_id = 0
        self.highest: int | None = None

    @initialize(fen=st.integers(1, 10**6), loss=st.integers(1, 10**6), received=st.integers(0, 10**6))
    def a_household(self, fen: int, loss: int, received: int) -> None:
        """Wages, a loss, support received and owed, living away: each by two hands; a loss and a wage by one."""
        with writing(self.engine) as session:
            number = session.query(Household).count() + 1
            row = make_household(session, f"T-{number}", head=f"户主{number}")
            self.household_id = row.id
        person = {"person_id": self.of(lambda s: s.query(Person.id).filter_by(household_id=self.household_id).scalar())}
        entries: list[tuple[bool, int, dict[str, Any]]] = [
            (True, fen, person),
            (True, 0, {"cost_fen": loss, **LOSS}),
            (True, received, {"category": "转移性", "item": "赡养费"}),
            (False, 0, {"cost_fen": loss, **LOSS}),
            (False, fen, person),
        ]
        for is_proven, sum_fen, more in entries:
            row_id = self.of(
                lambda s, f=sum_fen, m=more: make_income(s, s.get_one(Household, self.household_id), f, **m).id
            )
            if is_proven:
                self.confirm(Entered.INCOME, row_id, OTHER)
        owed = self.of(lambda s: add_obligor(s, self.household_id, {**OBLIGOR, "paid_fen": received}, ONE).id)
        self.confirm(Entered.OBLIGOR, owed, OTHER)
        away = {
            "kind": "外出务工生活支出",
            **person,
            "since": date(2026, 5, 1),
            "amount_fen": 700_00,
            "evidence": "ZF-1",
        }
        fact = self.of(lambda s: add_adjustment(s, self.household_id, away, ONE, today=TODAY).id)
        self.confirm(Entered.ADJUSTMENT, fact, OTHER)
        self.highest = self.exit_fen()

    def of(self, doing: Callable[[Session], Any]) -> Any:
        with writing(self.engine) as session:
            return doing(session)

    def confirm(self, kind: Entered, row_id: int, act: Act) -> None:
        self.of(lambda s: confirm_entry(s, kind, row_id, self.household_id, act, None, now_utc()))

    def exit_fen(self) -> int:
        return self.of(lambda s: computation_of(s, self.household_id, DAY).exit_total_fen or 0)  # type: ignore[no-any-return]  # `of` gives back what it is asked

    def attempt(self, doing: Callable[[Session], Any]) -> None:
        try:
            self.of(doing)
        except ProductError:
            return

    def one_of(self, model: Any, pick: int) -> int:
        query = lambda s: s.query(model.id).filter_by(household_id=self.household_id).order_by(model.id).all()  # noqa: E731  # read where it is used
        rows = [row_id for (row_id,) in self.of(query)]
        return rows[pick % len(rows)] if rows else 0

    @rule(
        fen=st.integers(0, 10**6), cost=st.none() | st.integers(0, 10**6), counts=st.sampled_from([None, True, False])
    )
    def enters(self, fen: int, cost: int | None, counts: bool | None) -> None:
        more = LOSS if cost is not None else {"category": "工资性", "item": "务工工资"}
        values = {"occurred_on": date(2026, 5, 1), "amount_fen": fen, "cost_fen": cost, "counts": counts, **more}
        self.attempt(lambda s: actions.add_income(s, self.household_id, values, ONE, today=TODAY))

    @rule(
        pick=st.integers(0, 9),
        values=st.fixed_dictionaries(
            {},
            optional={
                "amount_fen": st.integers(0, 10**6), "counts": st.sampled_from([None, True, False]),
                "occurred_on": st.sampled_from([date(2024, 5, 1), date(2026, 5, 1), date(2026, 6, 1)]),
                "person_id": st.none(),
            },
        ),
        cost=st.none() | st.integers(0, 10**6),
    )  # fmt: skip
    def corrects(self, pick: int, values: dict[str, Any], cost: int | None) -> None:
        row_id = self.one_of(Income, pick)
        more = {"cost_fen": cost, **LOSS} if cost is not None else {}
        self.attempt(lambda s: actions.correct_income(s, row_id, {**values, **more}, ONE, None, today=TODAY))

    @rule(pick=st.integers(0, 9))
    def makes_it_something_else(self, pick: int) -> None:
        row_id, other = self.one_of(Income, pick), {"category": "转移性", "item": "医疗报销", "cost_fen": None}
        self.attempt(lambda s: actions.correct_income(s, row_id, other, ONE, None, today=TODAY))

    @rule(pick=st.integers(0, 9))
    def withdraws(self, pick: int) -> None:
        row_id = self.one_of(Income, pick)
        self.attempt(lambda s: actions.withdraw_income(s, row_id, ONE, None))

    @rule(pick=st.integers(0, 3), paid=st.none() | st.integers(0, 10**6), away=st.booleans())
    def changes_an_obligor(self, pick: int, paid: int | None, away: bool) -> None:
        row_id = self.one_of(Obligor, pick)
        if away:
            self.attempt(lambda s: withdraw_obligor(s, row_id, ONE, None))
        self.attempt(lambda s: correct_obligor(s, row_id, {"paid_fen": paid}, ONE, None))
        self.attempt(
            lambda s: add_obligor(s, self.household_id, {**OBLIGOR, "name": f"另{pick}", "paid_fen": paid}, ONE)
        )

    @rule(pick=st.integers(0, 3), fen=st.integers(1, 10**6), doing=st.sampled_from(["correct", "withdraw", "stock"]))
    def changes_an_adjustment(self, pick: int, fen: int, doing: str) -> None:
        row_id = self.one_of(Adjustment, pick)
        stock = {"kind": "未出售存货", "since": date(2026, 5, 1), "amount_fen": fen, "evidence": "CY-1"}
        if doing == "stock":
            self.attempt(lambda s: add_adjustment(s, self.household_id, stock, ONE, today=TODAY))
        elif doing == "withdraw":
            self.attempt(lambda s: withdraw_adjustment(s, row_id, ONE, None))
        else:
            self.attempt(lambda s: correct_adjustment(s, row_id, {"amount_fen": fen}, ONE, None, today=TODAY))

    @rule()
    def confirms_whatever_he_changed_himself(self) -> None:
        for kind in (Entered.INCOME, Entered.ADJUSTMENT):
            mine = self.of(
                lambda s, k=kind: [u.id for u in unproven_of(s, k, self.household_id) if u.changed_by == ONE.actor]
            )
            for row_id in mine:
                self.attempt(
                    lambda s, k=kind, i=row_id: confirm_entry(s, k, i, self.household_id, ONE, None, now_utc())
                )

    @invariant()
    def the_sum_for_an_exit_never_rises(self) -> None:
        if self.highest is None:
            return
        now = self.exit_fen()
        assert now <= self.highest
        self.highest = now


def test_no_sequence_of_acts_of_one_person_raises_the_sum_for_an_exit(engine: Engine) -> None:
    machine = type("OnePersonHere", (OnePerson,), {"engine": engine})
    how = settings(
        max_examples=8 if engine.dialect.name == "sqlite" else 2,
        stateful_step_count=12,
        deadline=None,
        phases=[Phase.generate],  # shrinking against a database takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)
