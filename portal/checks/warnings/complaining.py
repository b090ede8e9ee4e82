"""Rules over how complaints are handled: S02. It names the locator, never who wrote or what about."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, literal, or_, select

from portal.checks.registry import Looking, Rule, RuleVersion, Statement
from portal.oversight.complaints.handling.models import Handling
from portal.oversight.complaints.handling.rules import ANSWERED, OVER
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import SUBJECT
from portal.oversight.leads.queries import Severity

FIRST = (RuleVersion(1, date(2026, 11, 22), "首次发布"),)


def late_complaints(looking: Looking) -> Statement:
    """Open complaints past their last day, silent for too long, or taken up a level for either."""
    late = or_(
        Handling.due_on < looking.as_of,
        Handling.silent_on < looking.as_of,
        and_(Handling.raised > 0, Handling.raised_on <= looking.as_of),
    )
    return (
        select(
            literal(SUBJECT).label("subject_kind"),
            Complaint.locator.label("subject_no"),
            Complaint.authority.label("division_code"),
            Complaint.state.label("status"),
            Handling.due_on.label("since"),
            Handling.raised.label("times"),
        )
        .join(Handling, Handling.complaint_id == Complaint.id)
        .where(Complaint.state.not_in([*OVER, *ANSWERED]), late)
    )


COMPLAINING = (
    Rule(
        code="S02",
        title="举报办理超期",
        looks_at="举报的受理、办理期限和有没有动静",
        condition="过了受理或办理期限，或者规定的天数里没有动静，已经提级或者应当提级",
        severity=Severity.SERIOUS,
        verifier="上一级纪检监察机关",
        may_follow="提级办理，挂牌督办；压案不查的，追究责任",
        guide="只看编号和期限，不看内容，不问是谁反映的。先看有没有批准延期，再看在哪一步停下、谁经办。",
        legal_basis="纪检监察机关处理检举控告工作规则（2020）；信访工作条例（2022）",
        expression=late_complaints,
        history=FIRST,
        only_supervision=True,
    ),
)
