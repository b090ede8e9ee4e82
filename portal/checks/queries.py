"""Reading rules and runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.checks.actions import digest_of, look, nation_values
from portal.checks.catalogue import RULES
from portal.checks.health.queries import Pause, findings_of_rule, health_of_rule, list_pauses, paused_rules
from portal.checks.models import CheckRun
from portal.checks.registry import ParameterRead, Rule
from portal.checks.warnings.complaining import COMPLAINING
from portal.kernel.errors import NotFound
from portal.kernel.keeping import as_known_at
from portal.oversight.leads.findings.rules import Health, health_of
from portal.oversight.leads.queries import count_by_rule
from portal.registers.divisions.parameters.queries import list_rows_of
from portal.registers.divisions.parameters.rules import ParameterRow
from portal.registers.helpers.check_ins.questions import queries as questions

__all__ = ["RULES", "RuleSeen", "get_rule", "list_rules", "replay", "rules_seen"]


def list_rules(session: Session) -> list[dict[str, Any]]:
    """Every rule with version, parameters, hit rate, precision (found true ÷ ended by people) and whether it is paused."""
    leads, paused = count_by_rule(session), paused_rules(session)
    persons = session.scalar(select(CheckRun.persons).order_by(CheckRun.id.desc()).limit(1)) or 0
    rules = []
    for rule in RULES.all():
        counts = leads.get(rule.code, {})
        health = health_of_rule(session, rule)
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
                "closed_by_people": health.closed, "confirmed": health.confirmed, "precision": health.precision,
                "paused_since": paused[rule.code].isoformat() if rule.code in paused else None,
                "asks_first": rule.question is not None,
            }
        )  # fmt: skip
    return rules


@dataclass(frozen=True)
class ParameterSeen:
    """A parameter that a rule reads: what holds nation-wide on the day, and every dated row."""

    read: ParameterRead
    value: str
    rows: Sequence[ParameterRow]


@dataclass(frozen=True)
class RuleSeen:
    """One rule for its page: leads by status, questions put and answered, what people found, pauses, parameters."""

    rule: Rule
    leads: Mapping[str, int]
    asked: int
    answered: int
    findings: Mapping[str, int]
    pauses: Sequence[Pause]
    parameters: Sequence[ParameterSeen]

    @property
    def health(self) -> Health:
        """Leads of the version in force that people ended, and how many of these they found true."""
        return health_of(self.findings)

    @property
    def pause(self) -> Pause | None:
        """The pause that lasts, where the rule is paused."""
        return next((pause for pause in self.pauses if pause.resumed_at is None), None)

    @property
    def total(self) -> int:
        """Leads that the rule has ever raised."""
        return sum(self.leads.values())


def rules_seen(session: Session, on: date, me: Principal) -> list[RuleSeen]:
    """Every rule with what became of its hits, and the parameters in force on a day.

    Leads about complaints are counted for those who may know of them, what was found about such leads for nobody:
    a number alone would tell that there is one.
    """
    leads, put = count_by_rule(session, me), questions.count_by_rule(session)
    return [_seen(session, rule, leads.get(rule.code, {}), put.get(rule.code, (0, 0)), on) for rule in RULES.all()]


def get_rule(session: Session, code: str, on: date, me: Principal) -> RuleSeen:
    """One rule; raises NotFound."""
    found = next((seen for seen in rules_seen(session, on, me) if seen.rule.code == code), None)
    if found is None:
        raise NotFound("没有这条规则", fix="从规则清单重新进入")
    return found


def _seen(session: Session, rule: Rule, leads: Mapping[str, int], put: tuple[int, int], on: date) -> RuleSeen:
    rows = {read.name: list_rows_of(session, read.name) for read in rule.parameters}
    values = nation_values(rule, rows, on)
    parameters = [
        ParameterSeen(
            read, values[read.name], [r for r in rows[read.name] if r.name == read.name or r.name not in rows]
        )
        for read in rule.parameters
    ]  # a row of a family stands under its own name where the rule reads that too
    findings = {} if rule in COMPLAINING else findings_of_rule(session, rule)
    return RuleSeen(rule, leads, *put, findings, list_pauses(session, rule.code), parameters)


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
            rule = RULES.named([result["code"]])[0]
            hits = look(session, rule, run.as_of, result["version"], known_at=run.started_at).hits
            agree = digest_of(hits) == result["digest"]
            again.append({"code": result["code"], "hits_then": result["hits"], "hits_now": len(hits), "agree": agree})
    return again


def count_runs(session: Session) -> int:
    """Number of runs so far."""
    return session.scalar(select(func.count()).select_from(CheckRun)) or 0
