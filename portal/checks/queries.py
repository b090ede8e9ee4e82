"""Reading rules and runs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.checks.actions import digest_of, look
from portal.checks.catalogue import RULES
from portal.checks.models import CheckRun
from portal.kernel.errors import NotFound
from portal.kernel.keeping import as_known_at
from portal.oversight.leads.queries import count_by_rule
from portal.registers.divisions.parameters.queries import list_rows_of

__all__ = ["RULES", "list_rules", "replay"]


def list_rules(session: Session) -> list[dict[str, Any]]:
    """Every rule with version, parameters in force and hit rate (leads found true or settled ÷ leads ever)."""
    leads = count_by_rule(session)
    persons = session.scalar(select(CheckRun.persons).order_by(CheckRun.id.desc()).limit(1)) or 0
    rules = []
    for rule in RULES.all():
        counts = leads.get(rule.code, {})
        living = sum(number for status, number in counts.items() if status != "closed")
        rules.append(
            {
                "code": rule.code, "title": rule.title, "looks_at": rule.looks_at, "condition": rule.condition,
                "version": rule.version, "valid_from": rule.history[-1].valid_from.isoformat(),
                "severity": rule.severity.value, "verifier": rule.verifier, "may_follow": rule.may_follow,
                "guide": rule.guide, "legal_basis": rule.legal_basis,
                "parameters": [
                    {"name": p.name, "default": p.default, "unit": p.unit, "rows": len(list_rows_of(session, p.name))}
                    for p in rule.parameters
                ],
                "leads": counts, "hit_rate": round(living / persons, 6) if persons else None,
            }
        )  # fmt: skip
    return rules


def replay(session: Session, run_no: str) -> list[dict[str, Any]]:
    """Evaluate an earlier run again, for its day and on the registers as they were known then, changing nothing.

    Per rule: the hits then and now, and whether their digests agree (they must, unless records were rewritten).
    """
    run = session.execute(
        select(CheckRun.as_of, CheckRun.started_at, CheckRun.results).where(CheckRun.no == run_no)
    ).one_or_none()
    if run is None:
        raise NotFound(f"没有运行 {run_no}")
    again = []
    with as_known_at(session, run.started_at):
        for result in run.results:
            hits = look(session, RULES.named([result["code"]])[0], run.as_of).hits
            agree = digest_of(hits) == result["digest"]
            again.append({"code": result["code"], "hits_then": result["hits"], "hits_now": len(hits), "agree": agree})
    return again


def count_runs(session: Session) -> int:
    """Number of runs so far."""
    return session.scalar(select(func.count()).select_from(CheckRun)) or 0
