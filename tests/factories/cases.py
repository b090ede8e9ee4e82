"""Cases with their people: two inspectors, their head, and a unit that is given something to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.accounts.queries import principal_of
from portal.accounts.rules import Principal
from portal.oversight.cases.dispositions.actions import decide, propose
from portal.oversight.cases.dispositions.models import Decision, Disposition
from portal.oversight.cases.dispositions.rules import Study
from portal.oversight.cases.models import Case
from portal.oversight.cases.opening.actions import NewCase, open_case
from portal.oversight.orders.actions import NewOrder, draft_order, issue_order
from portal.oversight.orders.models import Order
from portal.oversight.orders.replies.actions import accept_task, answer_task
from portal.oversight.orders.rules import Demand
from portal.registers.corrections import Act
from tests.factories.accounts import make_user
from tests.factories.divisions import COUNTY, GAOGOU, make_county, make_unit

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
DAY = date(2026, 11, 20)
TEAM, HEAD, CLERK = "jia", "head", "clerk"
TOWN_UNIT = "U-GG"
ANSWER = "已经逐户核对，多报的 3 户已经停发。"


def act(username: str, why: str = "依程序办理") -> Act:
    """What somebody does, with a reason."""
    return Act(f"user:{username}", why)


def make_office(session: Session) -> None:
    """The county, a township's unit, two inspectors (`jia`, `yi`), their head, and the township's clerk."""
    make_county(session)
    make_unit(session, TOWN_UNIT, "高沟镇人民政府", kind="乡镇", division_code=GAOGOU)
    for username in (TEAM, "yi"):
        make_user(session, Role.INSPECTOR, [COUNTY], username=username)
    make_user(session, Role.INSPECTION_HEAD, [COUNTY], username=HEAD)
    make_user(session, Role.TOWNSHIP_CLERK, [GAOGOU], username=CLERK).unit_code = TOWN_UNIT
    session.flush()


def who(session: Session, username: str) -> Principal:
    """An account as decisions see it."""
    return principal_of(session, session.scalars(select(User).where(User.username == username)).one())


def make_case(session: Session, title: str = "高沟镇补贴名单不实", opener: str = TEAM, **more: Any) -> Case:
    """A case that somebody opened by hand."""
    return open_case(session, NewCase(title, GAOGOU, **more), opener, act(opener), AT)


def study(**more: Any) -> Study:
    """Three people agree."""
    said: dict[str, Any] = {"studied_on": DAY, "present": ["甲", "乙", "丙"], "opinions": "一致同意初步核实。"}
    return Study(**{**said, **more})


def approve(session: Session, case: Case, disposition: Disposition = Disposition.VERIFY) -> Case:
    """Studied, proposed by one and approved by the head."""
    propose(session, case.no, disposition, study(), act(TEAM), AT)
    return decide(session, case.no, Decision.APPROVED, act(HEAD), AT)


def new_order(**more: Any) -> NewOrder:
    """One task for the township."""
    demands = [Demand(TOWN_UNIT, "逐户核对 2026 年补贴名单，报核对表。", 10)]
    said: dict[str, Any] = {
        "title": "核实补贴名单", "body": "请核实反映的补贴名单不实问题，如实报告。", "issuer": "涟水县纪委监委", "demands": demands,
    }  # fmt: skip
    return NewOrder(**{**said, **more})


def make_order(session: Session, case: Case, **more: Any) -> Order:
    """An order that has gone out."""
    order = draft_order(session, case.no, new_order(**more), act(TEAM), AT)
    return issue_order(session, order.no, act(HEAD), AT)


def answer(session: Session, files: Path, order: Order, n: int = 1, data: bytes = b"") -> None:
    """The unit takes a task in hand and answers it."""
    accept_task(session, order.no, n, act(CLERK), AT)
    answer_task(session, files, order.no, n, ANSWER, data, act(CLERK), AT)
