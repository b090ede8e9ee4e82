"""S05: the account that entered also approved. The actions refuse it; what came by another way is found here."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import func, literal, select
from sqlalchemy.orm import aliased

from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.checks.warnings.approving import APPROVING
from portal.oversight.leads.queries import Severity
from portal.registers.recipients.procedures.models import Procedure, ProcedureStep

ENTERED = aliased(ProcedureStep)


def same_hand(looking: Looking) -> Statement:
    """Procedures in which one account opened or did a step and also reviewed, decided or registered."""
    entered = (
        select(ENTERED.id)
        .where(
            ENTERED.procedure_id == ProcedureStep.procedure_id,
            ENTERED.done_by == ProcedureStep.done_by,
            ENTERED.step.not_in(APPROVING),
        )
        .exists()
    )
    return (
        select(
            literal("procedure").label("subject_kind"),
            Procedure.no.label("subject_no"),
            Procedure.division_code,
            func.min(ProcedureStep.done_by).label("account"),
            func.count().label("approvals"),
        )
        .join(Procedure, Procedure.id == ProcedureStep.procedure_id)
        .where(
            ProcedureStep.step.in_(APPROVING),
            ProcedureStep.done_by.like("user:%"),
            ProcedureStep.done_at < looking.until,
            (Procedure.opened_by == ProcedureStep.done_by) | entered,
        )
        .group_by(Procedure.no, Procedure.division_code)
    )


S05: Final = Rule(
    code="S05",
    title="经办与审核同一人",
    looks_at="对象进出程序的每一步是谁办的",
    condition="同一个账号既开了程序或办过前面的环节，又办了审核、审批或登记",
    severity=Severity.SERIOUS,
    verifier="不在本单位的纪检监察员",
    may_follow="这一步由另一个人重新审核；借用账号的，收回权限",
    guide="看两步是不是同一个人登录的、用的哪台机器；人手少的地方也要换人，借账号给别人用的查清是谁。",
    legal_basis="行政机关内部控制的不相容岗位分离要求",
    expression=same_hand,
    history=(RuleVersion(1, date(2026, 11, 22), "首次发布"),),
    only_supervision=True,
)
