"""S01: a lead that is not verified by its last day."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import literal, select

from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.oversight.leads.models import Lead, LeadStatus
from portal.oversight.leads.queries import Severity


def late_leads(looking: Looking) -> Statement:
    """Leads past their day that nobody has concluded. One whose place has laid down no days is never late."""
    return select(
        literal("lead").label("subject_kind"),
        Lead.lead_no.label("subject_no"),
        Lead.division_code,
        Lead.household_no,
        Lead.due_on.label("until"),
        Lead.first_seen.label("since"),
    ).where(
        Lead.status.in_((LeadStatus.OPEN, LeadStatus.VERIFYING)),
        Lead.due_on < looking.as_of,
        Lead.rule.not_like("S%"),
    )


S01: Final = Rule(
    code="S01",
    title="疑点核查超期",
    looks_at="没有核实结论的疑点和它的核查期限",
    condition="过了核查期限还没有核实结论；没有规定期限的地方不提示",
    severity=Severity.ORDINARY,
    verifier="不在本乡镇的纪检监察员",
    may_follow="催办、改派；长期不办的，挂牌督办",
    guide="先看分派给了谁、有没有暂存的理由，再看同一个乡镇还压着多少条；人手不够的改派，压着不办的督办。",
    legal_basis="核查期限由各地规定；本平台规则：只由人判断",
    expression=late_leads,
    history=(RuleVersion(1, date(2026, 11, 22), "首次发布"),),
    only_supervision=True,
)
