"""No sequence of actions by one person puts a household on the list or takes it off; and who may change 状态 at all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.kernel.database import writing
from portal.kernel.errors import ProductError
from portal.registers.recipients import actions
from portal.registers.recipients.actions import register_household
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from portal.registers.recipients.procedures.actions import agree_to_exit, record_county_visit, take_step
from portal.registers.recipients.procedures.changes.actions import confirm_change, propose_change
from portal.registers.recipients.procedures.changes.models import ChangeKind, HouseholdChange
from portal.registers.recipients.procedures.cycles.rules import CYCLES, Level
from portal.registers.recipients.procedures.draws.actions import record_draw
from portal.registers.recipients.procedures.models import (
    Procedure,
    ProcedureKind,
    ProcedureStep,
    StepKey,
    Through,
    Verdict,
)
from portal.registers.recipients.procedures.objections.actions import answer_objection, object_to
from portal.registers.recipients.procedures.objections.models import Objection, Objector
from portal.registers.recipients.procedures.reconfirmations.actions import (
    answer_reconfirmation,
    ask_to_reconfirm,
    conclude_reconfirmation,
)
from portal.registers.recipients.procedures.reconfirmations.models import Conclusion, Reconfirmation, Response
from tests.factories import procedures as p
from tests.factories.divisions import COUNTY, VILLAGE, make_parameter

ROOT = Path(__file__).parents[4]
PEOPLE = ("user:a", "user:b", "user:c")


class Office(RuleBasedStateMachine):
    """An office in which everybody may try everything; notices conclude by themselves, documents are always there."""

    session: Session
    people: tuple[str, ...] = PEOPLE

    @initialize()
    def begin(self) -> None:
        """One household on the list with income over the line, one that is not on it, and one to be merged."""
        self.savepoint = self.session.begin_nested()
        self.listed = p.make_listed(self.session, "HH-1")
        p.earn(self.session, self.listed, 90_000)
        p.make_listed(self.session, "HH-2")
        values = {"no": "HH-3", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因灾"}
        head = {"name": "陈玉梅", "relation": "户主"}
        self.candidate = register_household(self.session, values, [head], p.act("user:set-up"), p.DAY)
        self.before = self.statuses()

    def teardown(self) -> None:
        """The next run begins anew."""
        if hasattr(self, "savepoint"):
            self.savepoint.rollback()
            self.session.expire_all()

    def statuses(self) -> dict[str, str | None]:
        """状态 of every household."""
        return {no: status for no, status in self.session.execute(select(Household.no, Household.status))}

    def home(self, number: int) -> Household:
        """One of the three."""
        return self.session.scalars(select(Household).where(Household.no == f"HH-{number}")).one()

    def attempt(self, doing: Callable[[], Any]) -> None:
        """Try something; a refusal changes nothing."""
        inner = self.session.begin_nested()
        try:
            doing()
            inner.commit()
        except ProductError:
            inner.rollback()
            self.session.expire_all()

    @rule(who=st.sampled_from(PEOPLE), number=st.integers(1, 3), kind=st.sampled_from(list(ProcedureKind)))
    def open(self, who: str, number: int, kind: ProcedureKind) -> None:
        """Begin a procedure."""
        proposal = {"category": "低保边缘户"} if kind is ProcedureKind.CATEGORY else {}
        self.attempt(lambda: p.begin(self.session, kind, self.home(number), self.someone(who), **proposal))

    @rule(who=st.sampled_from(PEOPLE), pick=st.integers(0, 9), dice=st.integers(0, 5), times=st.integers(1, 12))
    def go_on(self, who: str, pick: int, dice: int, times: int) -> None:
        """Take the steps that a procedure waits for, one after the other, as far as this person gets."""
        rows = list(self.session.scalars(select(Procedure).where(Procedure.closed_on.is_(None)).order_by(Procedure.id)))
        for _ in range(times if rows else 0):
            row = rows[pick % len(rows)]
            step = CYCLES[ProcedureKind(row.kind)].step(row.state)
            if step is None:
                return
            if step.level is Level.PLATFORM:
                self.attempt(lambda row=row: p.step_on(self.session, row))
                continue
            p.bring_files(self.session, row)
            verdicts = sorted(step.leads, key=lambda v: v not in (Verdict.DONE, Verdict.APPROVED))
            verdict = verdicts[dice % len(verdicts)] if dice > 3 else verdicts[0]
            self.attempt(
                lambda row=row, v=verdict: take_step(self.session, row.no, v, p.full(), p.act(self.someone(who)), p.AT)
            )

    @rule(who=st.sampled_from(PEOPLE), pick=st.integers(0, 9))
    def draw_and_visit(self, who: str, pick: int) -> None:
        """Make the county's draw, and visit."""
        someone = self.someone(who)
        self.attempt(lambda: record_draw(self.session, COUNTY, p.DAY.replace(day=1), someone, p.AT, seed="一"))
        rows = list(self.session.scalars(select(Procedure).order_by(Procedure.id)))
        if rows:
            no = rows[pick % len(rows)].no
            self.attempt(lambda: record_county_visit(self.session, no, p.full(), p.act(someone), p.AT))

    @rule(who=st.sampled_from(PEOPLE), upheld=st.booleans())
    def object_and_answer(self, who: str, upheld: bool) -> None:
        """Object to the newest procedure, and answer oneself."""
        act = p.act(self.someone(who))
        newest = self.session.scalar(select(Procedure).order_by(Procedure.id.desc()).limit(1))
        if newest is None:
            return
        said = "他家有房子，不该进"
        self.attempt(lambda: object_to(self.session, newest.no, Objector.VILLAGER, p.DAY, said, act, p.AT))
        for found in list(self.session.scalars(select(Objection))):
            self.attempt(
                lambda found=found: answer_objection(
                    self.session, newest.id, found.no, upheld, "查过，答复如下", act, p.AT
                )
            )

    @rule(who=st.sampled_from(PEOPLE), number=st.integers(1, 3), kind=st.sampled_from(list(ChangeKind)))
    def change_family(self, who: str, number: int, kind: ChangeKind) -> None:
        """Propose a family change, and confirm whatever waits."""
        home, act = self.home(number), p.act(self.someone(who))
        person = self.session.scalar(select(Person.id).where(Person.household_id == home.id).limit(1))
        values = {
            "person": {"name": "新来的", "relation": "子女"},
            "people": [person],
            "household": {"address": "四组1号"} if kind is ChangeKind.CORRECTION else {"no": f"HH-9{number}"},
        }
        self.attempt(
            lambda: propose_change(
                self.session, home.id, kind, p.DAY, values, act, p.AT, basis="户口簿", person_id=person,
                other_household_id=self.home(2).id,
            )
        )  # fmt: skip
        for row in list(self.session.scalars(select(HouseholdChange))):
            self.attempt(lambda row=row: confirm_change(self.session, row.household_id, row.n, act, p.AT))

    @rule(who=st.sampled_from(PEOPLE), number=st.integers(1, 3), response=st.sampled_from(list(Response)))
    def reconfirm(self, who: str, number: int, response: Response) -> None:
        """Ask, answer and conclude, oneself as far as it goes."""
        home, someone = self.home(number), self.someone(who)
        act, later = p.act(someone), p.AT + timedelta(days=40)
        self.attempt(lambda: ask_to_reconfirm(self.session, home.id, "lead", "XS-1", "有一辆车", act, p.AT))
        self.attempt(lambda: agree_to_exit(self.session, home.id, True, Through.PAPER, p.AT, actor=someone))
        for row in list(self.session.scalars(select(Reconfirmation))):
            self.attempt(
                lambda row=row: answer_reconfirmation(
                    self.session, row.no, response, "本户这样说", Through.PAPER, someone, p.AT
                )
            )
            self.attempt(
                lambda row=row: conclude_reconfirmation(self.session, row.no, Conclusion.FALSE, "不属实", act, later)
            )

    @rule(who=st.sampled_from(PEOPLE), number=st.integers(1, 3), status=st.sampled_from(list(HouseholdStatus)))
    def correct(self, who: str, number: int, status: HouseholdStatus) -> None:
        """Correct what one may, and try to decide alone."""
        home, someone = self.home(number), self.someone(who)
        self.attempt(
            lambda: actions.correct_household(self.session, home.id, {"address": "三组"}, p.act(someone), None)
        )
        decided = {"decided_on": p.DAY, "document": "自己写的", "prepared_by": someone}
        self.attempt(lambda: actions.decide_status(self.session, home.id, status, p.act(someone), None, **decided))

    def someone(self, who: str) -> str:
        """Who does it: of one person's office always the same one."""
        return who if who in self.people else self.people[0]


class OnePerson(Office):
    """The same office with one person in all chairs."""

    people = PEOPLE[:1]

    @invariant()
    def nobody_came_or_went(self) -> None:
        """Whatever one person does, every 状态 stays."""
        if hasattr(self, "before"):
            assert {no: s for no, s in self.statuses().items() if no in self.before} == self.before
            assert all(s is None for no, s in self.statuses().items() if no not in self.before)


class ThreePeople(Office):
    """Three persons: then households come and go, each time by two of them at least."""

    @invariant()
    def who_decided_did_nothing_before(self) -> None:
        """Of every decision that changed a 状态, the decider did none of the steps before it."""
        if not hasattr(self, "before"):
            return
        for row in self.session.scalars(select(Procedure).where(Procedure.decided_by.is_not(None))):
            query = select(ProcedureStep.done_by).where(
                ProcedureStep.procedure_id == row.id,
                ProcedureStep.step.not_in(
                    [StepKey.COUNTY_DECISION, StepKey.HELP_PLAN, StepKey.REGISTER, StepKey.ANNOUNCED_REVIEW]
                ),
            )
            earlier = {row.opened_by, *self.session.scalars(query)}
            if row.kind != ProcedureKind.CANCEL:
                assert row.decided_by not in earlier - {"system:notices"}
            assert row.decided_by != row.opened_by
        changed = [no for no, s in self.before.items() if self.statuses().get(no) != s]
        for no in changed:
            home = self.session.scalars(select(Household).where(Household.no == no)).one()
            decided = self.session.scalar(
                select(Procedure.id)
                .where(Procedure.household_id == home.id, Procedure.decided_by.is_not(None))
                .limit(1)
            )
            merged = self.session.scalar(
                select(HouseholdChange.id).where(
                    HouseholdChange.other_household_id == home.id, HouseholdChange.decided_by.is_not(None)
                )
            )
            assert decided or merged, no


def _fill(session: Session) -> None:
    p.make_lines(session)
    make_parameter(session, "reconfirm_days", "15")


@pytest.mark.begins_with(fill=_fill)
@pytest.mark.parametrize("office", [OnePerson, ThreePeople])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_person_alone_moves_nobody(engine: Engine, office: type[Office]) -> None:
    with writing(engine) as session:
        machine = type(office.__name__, (office,), {"session": session})
        run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
            machine,
            settings=settings(
                max_examples=20, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
        session.rollback()


DECIDING = {
    "decide_status": {
        "portal/registers/recipients/procedures/decisions/actions.py",
        "portal/registers/recipients/procedures/changes/actions.py",  # a merge strikes the other household off
        "portal/publishing/canaries/actions.py",  # a household that does not exist
    },
    "admit_household": {"portal/publishing/canaries/actions.py"},
    "decide_category": {"portal/registers/recipients/procedures/decisions/actions.py"},
    "apply_decision": {"portal/registers/recipients/procedures/actions.py"},
}


@pytest.mark.parametrize("name", DECIDING)
def test_nothing_else_decides_on_a_household(name: str) -> None:
    callers = set()
    for path in (ROOT / "portal").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if name not in source:
            continue
        tree = ast.parse(source)
        called = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)]
        names = {getattr(f, "id", None) or getattr(f, "attr", None) for f in called}
        if name in names:
            callers.add(path.relative_to(ROOT).as_posix())
    assert callers == DECIDING[name]


def test_no_action_of_recipients_writes_a_status_of_its_own() -> None:
    """Every assignment to `.status`, and every `"status":` handed to a record, in the register's actions."""
    writing_ones = set()
    for path in (ROOT / "portal/registers/recipients").rglob("actions.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
            for node in ast.walk(function):
                sets = isinstance(node, ast.Attribute) and node.attr == "status" and isinstance(node.ctx, ast.Store)
                keyed = isinstance(node, ast.Dict) and any(
                    isinstance(key, ast.Constant) and key.value == "status" for key in node.keys
                )
                if sets or keyed:
                    writing_ones.add(f"{path.parent.name}.{function.name}")
    assert writing_ones == {"recipients._enter", "recipients.decide_status"}
