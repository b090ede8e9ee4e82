"""Two persons for every entry made by hand: by the action, by the database, and whatever one person tries alone (T1)."""

from __future__ import annotations

import itertools
import uuid
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, writing
from portal.kernel.errors import Conflict, NotFound, ProductError, Refused
from portal.registers.corrections import Act, version_of
from portal.registers.recipients.incomes import actions
from portal.registers.recipients.incomes.adjustments.actions import add_adjustment
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.incomes.confirming.actions import confirm_entry
from portal.registers.recipients.incomes.confirming.models import SecondHand
from portal.registers.recipients.incomes.confirming.queries import Entered, Hands
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.support.actions import add_obligor, correct_obligor, withdraw_obligor
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.models import Household
from portal.trail.models import TrailBatch
from tests.factories.divisions import make_county, make_parameter
from tests.factories.incomes import put_income
from tests.factories.recipients import TODAY, make_household, make_income

ONE, OTHER = Act("user:one", "登记"), Act("user:other", "对照凭证")
DAY = date(2026, 11, 22)
OBLIGOR = {
    "name": "张小国", "relation": "子女", "since": date(2026, 1, 1), "members": 1, "monthly_income_fen": 9_000_00,
    "evidence": "HD-1",
}  # fmt: skip


def fill(session: Session) -> None:
    make_county(session)
    make_parameter(session, "poverty_line", "6000")
    make_parameter(session, "dibao_standard", "600")
    make_household(session)


pytestmark = pytest.mark.begins_with(fill=fill)


def home(session: Session) -> Household:
    return session.query(Household).one()


def confirm(session: Session, row: Income | Obligor, act: Act, version: str | None = None) -> SecondHand:
    kind = Entered.INCOME if isinstance(row, Income) else Entered.OBLIGOR
    return confirm_entry(session, kind, row.id, row.household_id, act, version, now_utc())


def hands(session: Session) -> list[Hands]:
    return [item.standing.hands for item in computation_of(session, home(session).id, DAY).items]


def test_an_entry_counts_for_an_exit_when_another_account_confirmed_it(session: Session) -> None:
    row = make_income(session, home(session), 7_000_00)
    assert hands(session) == [Hands.WAITING]
    with pytest.raises(Refused, match="要两个人"):
        confirm(session, row, Act("user:maker", "对照"))
    confirm(session, row, OTHER, version_of(row))
    it = computation_of(session, home(session).id, DAY)
    assert (it.exit_total_fen, it.waiting, hands(session)) == (7_000_00, [], [Hands.CONFIRMED])
    assert it.items[0].standing.confirmed_by == "user:other"
    with pytest.raises(Refused, match="已经复核过"):
        confirm(session, row, Act("user:third", "对照"))


def test_a_correction_needs_a_second_person_anew_and_may_make_the_recorder_the_second(session: Session) -> None:
    row = make_income(session, home(session), 7_000_00)
    old = version_of(row)
    confirm(session, row, OTHER)
    session.commit()
    actions.correct_income(session, row.id, {"amount_fen": 9_000_00}, OTHER, None, today=TODAY)
    session.commit()
    assert computation_of(session, home(session).id, DAY).exit_total_fen == 0
    with pytest.raises(Conflict):
        confirm(session, row, Act("user:maker", "对照"), old)
    with pytest.raises(Refused):
        confirm(session, row, OTHER)
    confirm(session, row, Act("user:maker", "对照"))
    assert computation_of(session, home(session).id, DAY).exit_total_fen == 9_000_00


def test_an_obligor_counts_for_an_exit_when_another_account_confirmed_him(session: Session) -> None:
    row = add_obligor(session, home(session).id, OBLIGOR, ONE)
    it = computation_of(session, home(session).id, DAY)
    assert (it.support_fen, it.exit_total_fen) == (11 * 1_950_00, 0)  # January to November
    confirm(session, row, OTHER)
    assert computation_of(session, home(session).id, DAY).exit_total_fen == 11 * 1_950_00


def test_a_file_s_entries_count_and_say_whether_a_second_person_saw_them(session: Session) -> None:
    for number, actor in ((901, "cli:root"), (902, "user:clerk")):
        batch = {"event_id": str(uuid.uuid4()), "kind": "import.incomes", "n": 1, "root": b"0" * 32, "counts": {}}
        session.execute(insert(TrailBatch).values(id=number, actor=actor, recorded_at=now_utc(), **batch))
        put_income(session, home(session), 1_000, batch_id=number, batch_row=1)
    assert sorted(hands(session)) == sorted([Hands.COMMAND, Hands.FILE])
    assert computation_of(session, home(session).id, DAY).exit_total_fen == 2_000_00
    row = session.query(Income).first()
    with pytest.raises(Refused, match="来自文件"):
        confirm(session, row, OTHER)  # type: ignore[arg-type]  # there is one
    actions.correct_income(session, row.id, {"amount_fen": 9_000_00}, ONE, None, today=TODAY)  # type: ignore[union-attr]  # there is one
    assert computation_of(session, home(session).id, DAY).exit_total_fen == 1_000_00


def test_the_database_itself_keeps_the_two_apart(engine: Engine) -> None:
    values = {"kind": "income", "row_id": 1, "version": "v", "why": "w", "confirmed_at": now_utc()}
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(insert(SecondHand).values(id=1, recorded_by="user:one", confirmed_by="user:one", **values))


def test_an_entry_is_confirmed_only_on_the_page_of_its_own_household(session: Session) -> None:
    other = make_household(session, "HH-2", head="王五")
    row = make_income(session, other)
    with pytest.raises(NotFound):
        confirm_entry(session, Entered.INCOME, row.id, other.id + 1000, OTHER, None, now_utc())


_numbers = itertools.count(1)


class OnePerson(RuleBasedStateMachine):
    """Everything that one account can do to a household's income, in any order."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.household_id = 0
        self.versions: list[tuple[Entered, int, str]] = []
        self.phones: list[tuple[str, dict[str, Any]]] = []

    @initialize()
    def a_household(self) -> None:
        with writing(self.engine) as session:
            number = next(_numbers)
            self.household_id = make_household(session, f"T-{number}", head=f"户主{number}").id

    def attempt(self, act: Any) -> None:
        """One act in a transaction of its own; a refusal is an answer."""
        try:
            with writing(self.engine) as session:
                row = act(session)
                if isinstance(row, Income | Obligor):
                    kind = Entered.INCOME if isinstance(row, Income) else Entered.OBLIGOR
                    self.versions.append((kind, row.id, str(row.event_id)))
        except ProductError:
            return

    def entry(self, number: int, model: Any = Income) -> int:
        mine = [row_id for kind, row_id, _ in self.versions if (kind is Entered.INCOME) == (model is Income)]
        return mine[number % len(mine)] if mine else 0

    @rule(
        fen=st.integers(1, 10**7), counts=st.sampled_from([None, True]), item=st.sampled_from(["务工工资", "其他工资"])
    )
    def enters_by_form(self, fen: int, counts: bool | None, item: str) -> None:
        values = {
            "occurred_on": date(2026, 5, 1),
            "category": "工资性",
            "item": item,
            "amount_fen": fen,
            "counts": counts,
        }
        self.attempt(lambda session: actions.add_income(session, self.household_id, values, ONE, today=TODAY))

    @rule(fen=st.integers(1, 10**7), again=st.booleans())
    def enters_by_phone(self, fen: int, again: bool) -> None:
        fresh = {"occurred_on": date(2026, 5, 1), "category": "工资性", "item": "务工工资", "amount_fen": fen}
        entry_id, values = self.phones[-1] if again and self.phones else (str(uuid.uuid4()), fresh)
        self.phones.append((entry_id, values))

        def act(session: Session) -> Income | None:
            actions.record_income_by_helper(session, self.household_id, entry_id, values, ONE, today=TODAY)
            return session.query(Income).filter(Income.content_key == f"phone-{entry_id}").one_or_none()

        self.attempt(act)

    @rule(number=st.integers(0, 9), fen=st.integers(1, 10**7))
    def corrects(self, number: int, fen: int) -> None:
        def act(session: Session) -> Income | None:
            actions.correct_income(session, self.entry(number), {"amount_fen": fen}, ONE, None, today=TODAY)
            return session.get(Income, self.entry(number))

        self.attempt(act)

    @rule(number=st.integers(0, 9))
    def withdraws(self, number: int) -> None:
        self.attempt(lambda session: actions.withdraw_income(session, self.entry(number), ONE, None))

    @rule(number=st.integers(0, 9))
    def confirms_any_version_ever_seen(self, number: int) -> None:
        if self.versions:
            kind, row_id, version = self.versions[number % len(self.versions)]
            for stated in (version, None):
                self.attempt(
                    lambda session, said=stated: confirm_entry(
                        session, kind, row_id, self.household_id, ONE, said, now_utc()
                    )
                )

    @rule(fen=st.integers(0, 10**7), paid=st.none() | st.integers(0, 10**6))
    def enters_an_obligor(self, fen: int, paid: int | None) -> None:
        values = {**OBLIGOR, "name": f"子女{next(_numbers)}", "monthly_income_fen": fen, "paid_fen": paid}
        self.attempt(lambda session: add_obligor(session, self.household_id, values, ONE))

    @rule(number=st.integers(0, 9), fen=st.integers(0, 10**7), away=st.booleans())
    def changes_an_obligor(self, number: int, fen: int, away: bool) -> None:
        def act(session: Session) -> object:
            row_id = self.entry(number, Obligor)
            if away:
                return withdraw_obligor(session, row_id, ONE, None)
            correct_obligor(session, row_id, {"paid_fen": fen}, ONE, None)
            return session.get(Obligor, row_id)

        self.attempt(act)

    @rule(fen=st.integers(1, 10**7))
    def enters_stock(self, fen: int) -> None:
        stock = {"kind": "未出售存货", "since": date(2026, 5, 1), "amount_fen": fen, "evidence": "CY-1"}
        self.attempt(lambda session: add_adjustment(session, self.household_id, stock, ONE, today=TODAY))

    @invariant()
    def nothing_counts_for_an_exit(self) -> None:
        if self.household_id:
            with writing(self.engine) as session:
                it = computation_of(session, self.household_id, DAY)
                assert (it.exit_total_fen or 0) <= 0
                assert all(item.needs_second_hand for item in it.items)
                session.rollback()


def test_no_sequence_of_acts_of_one_person_makes_an_item_count_for_an_exit(engine: Engine) -> None:
    with writing(engine) as session:
        make_parameter(session, "unsold_stock", "at_value")
    machine = type("OnePersonHere", (OnePerson,), {"engine": engine})
    examples = 15 if engine.dialect.name == "sqlite" else 3
    how = settings(
        max_examples=examples,
        stateful_step_count=14,
        deadline=None,
        phases=[Phase.generate],  # shrinking against a database takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)
