"""S08: approvals faster than anybody can read. A lead about how somebody works; no approval is stopped by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, literal, null, select, union_all

from portal.checks.registry import Looking, ParameterRead, Row, Rule, RuleVersion, Statement
from portal.kernel.clock import day_cn
from portal.oversight.leads.queries import Severity
from portal.registers.recipients.incomes.confirming.models import SecondHand
from portal.registers.recipients.procedures.changes.models import HouseholdChange
from portal.registers.recipients.procedures.models import Procedure, ProcedureStep, StepKey

COUNT: Final = ParameterRead("approval_count", "20", "件")
MINUTES: Final = ParameterRead("approval_minutes", "10", "分钟")
LOOK_BACK_DAYS: Final = 60
APPROVING: Final = (StepKey.TOWNSHIP_REVIEW, StepKey.COUNTY_DECISION, StepKey.REGISTER)


def approvals(looking: Looking) -> Statement:
    """What one account after another approved in the days that a run looks at, in the order of account and time."""

    def within(column: Any) -> ColumnElement[bool]:
        return and_(column >= looking.since(LOOK_BACK_DAYS), column < looking.until)

    steps = (
        select(ProcedureStep.done_by.label("actor"), ProcedureStep.done_at.label("at"), Procedure.division_code)
        .join(Procedure, Procedure.id == ProcedureStep.procedure_id)
        .where(ProcedureStep.step.in_(APPROVING), within(ProcedureStep.done_at))
    )
    changes = select(HouseholdChange.decided_by, HouseholdChange.decided_at, HouseholdChange.division_code).where(
        HouseholdChange.decided_by.is_not(None), within(HouseholdChange.decided_at)
    )
    hands = select(SecondHand.confirmed_by, SecondHand.confirmed_at, null().cast(String(12))).where(
        within(SecondHand.confirmed_at)
    )
    every = union_all(steps, changes, hands).subquery()
    return select(
        literal("account").label("subject_kind"), every.c.actor.label("subject_no"), every.c.at, every.c.division_code
    ).order_by(every.c.actor, every.c.at)


def one_lead_a_day(looking: Looking, rows: Iterable[Row]) -> Iterator[Row]:
    """Bring a day on which somebody approved too many too fast together into one hit."""
    count = int(looking.parameters.get(COUNT.name, COUNT.default))
    span = timedelta(minutes=int(looking.parameters.get(MINUTES.name, MINUTES.default)))
    for (actor, day), group in groupby(rows, key=lambda row: (row["subject_no"], day_cn(row["at"]))):
        done = list(group)
        most = busiest([row["at"] for row in done], span)
        if most >= count:
            yield {
                "subject_kind": "account",
                "subject_no": f"{actor}/{day.isoformat()}",
                "division_code": next((row["division_code"] for row in done if row["division_code"]), None),
                "household_no": None,
                "day": day,
                "approvals": len(done),
                "most_within": most,
                "minutes": span // timedelta(minutes=1),
                "received_at": done[-1]["at"],
            }


def busiest(moments: Sequence[datetime], span: timedelta) -> int:
    """The most moments, in order, that lie within a span of time."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > span:
            first += 1
        most = max(most, last - first + 1)
    return most


S08: Final = Rule(
    code="S08",
    title="审批快得来不及看",
    looks_at="每个账号一天里的审核、审批和复核",
    condition="在限定的分钟数内办了限定件数以上；一人一天一条，不拦任何一件",
    severity=Severity.ORDINARY,
    verifier="不在本单位的纪检监察员",
    may_follow="说明成立的了结；没有看材料就批的，抽一部分由乡镇或县里重新审核",
    guide="先看这一天批的是不是同一批、材料是不是会上一起看过的；不是的，随机抽几件请本人说说里面写了什么，再看留痕里打开过没有。",
    legal_basis="本平台规则：只由人判断",
    expression=approvals,
    history=(RuleVersion(1, date(2026, 11, 22), "首次发布"),),
    only_supervision=True,
    parameters=(COUNT, MINUTES),
    window_days=LOOK_BACK_DAYS,
    gather=one_lead_a_day,
)
APPROVED: Final = (S08,)
