"""What happens to the health of rules: one pauses itself, a person lets it run again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.checks.health.models import RulePause
from portal.checks.health.queries import health_of_rule, paused_rules
from portal.checks.registry import Rule
from portal.kernel.database import reserve_ids
from portal.kernel.errors import Refused
from portal.oversight.leads.findings.rules import need_person
from portal.oversight.leads.inbox.queries import ABOUT_COMPLAINTS
from portal.registers.corrections import Act, need_reason
from portal.trail.actions import record


def pause_unreliable(session: Session, rules: Sequence[Rule], *, actor: str, at: datetime) -> list[str]:
    """Pause every rule of which people found less than 20 % true among at least 200 ended leads; returns their codes."""
    there = paused_rules(session)
    found = []
    for rule in rules:
        if rule.code in ABOUT_COMPLAINTS:  # a matter of days, not of judgement; a pause would tell how many there were
            continue
        health = health_of_rule(session, rule)
        if rule.code in there or not health.is_unreliable:
            continue
        session.add(
            RulePause(
                id=reserve_ids(session.connection(), "rule_pauses", 1), rule=rule.code, rule_version=rule.version,
                closed=health.closed, confirmed=health.confirmed, paused_at=at,
            )
        )  # fmt: skip
        facts = {"rule": rule.code, "closed": health.closed, "confirmed": health.confirmed}
        record(
            session, kind="check.rule.paused", actor=actor, subjects=[("rule", rule.code)], after=facts, public=facts,
            at=at,
        )  # fmt: skip
        found.append(rule.code)
    session.flush()
    return found


def resume(session: Session, code: str, act: Act, at: datetime) -> None:
    """A person lets a paused rule run again, with a reason; its precision is counted anew from now. Refused for a job."""
    need_person(act.actor)
    why = need_reason(act)
    row = session.scalar(select(RulePause).where(RulePause.rule == code, RulePause.resumed_at.is_(None)))
    if row is None:
        raise Refused(f"规则 {code} 没有暂停", fix="用 yangguang rules list 看各条规则的状态")
    row.resumed_at, row.resumed_by, row.resumed_why = at, act.actor, why
    record(
        session, kind="check.rule.resumed", actor=act.actor, subjects=[("rule", code)], after={"rule": code}, why=why,
        request_id=act.request_id, at=at,
    )  # fmt: skip
    session.flush()
