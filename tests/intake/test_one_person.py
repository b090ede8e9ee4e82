"""One account with every permission, its files and its parameters: it moves nobody on or off the list (T1).

The acts of the console are tried in tests/registers/recipients; here are the two ways around them: a file, which writes
rows of the register itself, and a parameter, which decides what counts and where the line is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.intake.actions import Sender, check_approver, check_submitter, check_undoer, new_batch, submit_batch
from portal.intake.files import FileFindings, Sources
from portal.intake.importing import commit_staged, undo
from portal.intake.models import ImportBatch
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import ProductError
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.divisions.parameters.proposals import actions as proposing
from portal.registers.divisions.parameters.proposals.models import ParameterProposal
from portal.registers.divisions.parameters.queries import values_for
from portal.registers.recipients.incomes.computing.queries import computation_of
from portal.registers.recipients.models import Household, HouseholdStatus, Person
from tests.intake.conftest import ALICE, BOB, Put, stage_text

ME = "user:one"
DAY = date(2026, 11, 22)
VILLAGE, COUNTY = "320826100001", "320826"
WATCHED = ("poverty_line", "monitor_line", "income_item.医疗报销", "support_share")
NAMES = st.sampled_from(["张三", "李四", "王五", "新来的"])
IDS = st.sampled_from([ALICE, BOB, ""])
STATUSES = st.sampled_from(["", "清空", *HouseholdStatus])


class OneAccount(RuleBasedStateMachine):
    """Uploads, submits, approves, undoes, proposes and approves: all as one person."""

    sources: Sources
    count = 0

    @initialize()
    def begin(self) -> None:
        self.before = self.seen()

    def seen(self) -> dict[str, Any]:
        """Who is on the list as what, how many live there, what counts for an exit, and what holds."""
        with reading(self.sources.engine) as session:
            homes = {h.no: h for h in session.scalars(select(Household).order_by(Household.id))}
            known = [h for no, h in homes.items() if no in ("H1", "H2")]
            together = select(Person.household_id, func.count()).where(Person.lives_together)
            living = {home: n for home, n in session.execute(together.group_by(Person.household_id))}
            held = values_for(session, WATCHED, VILLAGE, DAY)
            return {
                "listed": {no: h.status for no, h in homes.items() if h.status is not None},
                "as what": {h.no: (h.category, h.entered_on, h.exited_on) for h in known},
                "living": {h.no: living.get(h.id, 0) for h in known},
                "sums": {h.no: computation_of(session, h.id, DAY).exit_total_fen for h in known},
                "holds": {name: value.text for name, value in held.items()},
            }

    def attempt(self, doing: Callable[[Session], Any]) -> None:
        """Try something; a refusal changes nothing."""
        try:
            with writing(self.sources.engine) as session:
                doing(session)
        except ProductError:
            return

    def upload(self, kind: str, content: str) -> None:
        """As the wizard does: stage, preview, submit; what needs nobody else enters, the rest is approved by oneself."""
        staged = stage_text(self.sources, kind, content)
        type(self).count += 1
        found = FileFindings(f"{kind}.csv", f"{self.count:064x}", len(content), "Sheet1", (), [])
        if staged.path is None:
            return
        try:
            with writing(self.sources.engine) as session:
                no = new_batch(session, staged, found, None, Sender(ME)).no
                batch = session.scalars(select(ImportBatch).where(ImportBatch.no == no)).one()
                check_submitter(batch, ME)
                needs = batch.needs_checker
                if needs:
                    submit_batch(session, batch, actor=ME)
            if not needs:
                commit_staged(self.sources, no, actor=ME, checker=None)
            else:
                with reading(self.sources.engine) as session:
                    check_approver(session.scalars(select(ImportBatch).where(ImportBatch.no == no)).one(), ME)
                commit_staged(self.sources, no, actor=ME, checker=ME)
        except ProductError:
            return

    @rule(
        no=st.sampled_from(["H1", "H2", "H7", "H8"]), name=NAMES, number=IDS, status=STATUSES,
        together=st.sampled_from(["", "是", "否"]), relation=st.sampled_from(["户主", "配偶", "子女"]),
        category=st.sampled_from(["", "低保户", "特困供养户"]), entered=st.sampled_from(["", "2025-01-01"]),
    )  # fmt: skip
    def brings_people(self, **cells: str) -> None:
        """A file of households: new ones, new people, another 状态, somebody who lives elsewhere now."""
        head = "户编号,姓名,证件号码,状态,是否共同生活,与户主关系,对象类别,纳入日期,区划代码"
        fields = ("no", "name", "number", "status", "together", "relation", "category", "entered")
        self.upload("households", head + "\n" + ",".join(cells[f] for f in fields) + f",{VILLAGE}\n")

    @rule(
        no=st.sampled_from(["H1", "H2"]), fen=st.integers(0, 10**6), item=st.sampled_from(["务工工资", "医疗报销"]),
        counts=st.sampled_from(["", "是", "否"]),
    )  # fmt: skip
    def brings_incomes(self, no: str, fen: int, item: str, counts: str) -> None:
        """A file of incomes that says of itself that it counts."""
        category = "工资性" if item == "务工工资" else "转移性"
        head = "户编号,发生日期,收入类别,收入项目,金额,是否计入"
        self.upload("incomes", f"{head}\n{no},2026-05-01,{category},{item},{fen / 100:.2f},{counts}\n")

    @rule(
        name=st.sampled_from(WATCHED),
        value=st.sampled_from(["是", "1", "99999"]),
        division=st.sampled_from([COUNTY, VILLAGE]),
    )
    def brings_parameters(self, name: str, value: str, division: str) -> None:
        """A file of parameters: another line, an item that shall count."""
        head = "名称,区划代码,有效期自,值,依据"
        self.upload("parameters", f"{head}\n{name},{division},2026-01-01,{value},口头通知\n")

    @rule(name=st.sampled_from(WATCHED), value=st.sampled_from(["是", "1", "99999"]), away=st.booleans())
    def proposes_a_parameter(self, name: str, value: str, away: bool) -> None:
        """The console's way: enter, correct, withdraw; and approve whatever waits."""
        act, at = Act(ME, "上面的意思"), now_utc()
        values = {"name": name, "division_code": COUNTY, "valid_from": DAY, "value": value, "basis": "口头通知"}
        self.attempt(lambda s: proposing.propose_parameter(s, values, act, at))
        with reading(self.sources.engine) as session:
            rows = list(session.scalars(select(Parameter.id)))
        for row in rows:
            self.attempt(lambda s, row=row: proposing.propose_correction(s, row, {"value": value}, act, None, at))
            if away:
                self.attempt(lambda s, row=row: proposing.propose_withdrawal(s, row, act, None, at))
        with reading(self.sources.engine) as session:
            waiting = list(session.scalars(select(ParameterProposal.no)))
        for no in waiting[-4:]:
            self.attempt(lambda s, no=no: proposing.approve_proposal(s, no, act, at))

    @rule(pick=st.integers(0, 9))
    def undoes(self, pick: int) -> None:
        """Undo one of what entered."""
        with reading(self.sources.engine) as session:
            numbers = list(session.scalars(select(ImportBatch.no).order_by(ImportBatch.id)))
        if not numbers:
            return
        no = numbers[pick % len(numbers)]
        try:
            with reading(self.sources.engine) as session:
                check_undoer(session.scalars(select(ImportBatch).where(ImportBatch.no == no)).one(), ME)
            undo(self.sources, no, actor=ME, why="反悔")
        except ProductError:
            return

    @invariant()
    def nothing_that_decides_has_moved(self) -> None:
        """Not who is listed, not as what, not how many they are, not what counts, not what holds."""
        if hasattr(self, "before"):
            assert self.seen() == self.before


def test_no_file_and_no_parameter_of_one_account_moves_anybody(county: Put, sources: Sources, tmp_path: Path) -> None:
    with writing(sources.engine) as session:
        act, at = Act("user:two", "县文件"), now_utc()
        for name, value in (("poverty_line", "6000"), ("monitor_line", "9000")):
            values = {
                "name": name,
                "division_code": COUNTY,
                "valid_from": date(2020, 1, 1),
                "value": value,
                "basis": "1号",
            }
            no = proposing.propose_parameter(session, values, Act("user:three", "县文件"), at).no
            proposing.approve_proposal(session, no, act, at)
    machine = type("OneAccountHere", (OneAccount,), {"sources": sources})
    how = settings(
        max_examples=6 if sources.engine.dialect.name == "sqlite" else 2,
        stateful_step_count=10,
        deadline=None,
        phases=[Phase.generate],  # shrinking against a database takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)
