"""Rules that mostly accuse wrongly pause themselves; a person lets them run again. Findings are made by named persons only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.checks.actions import run_rules
from portal.checks.catalogue import RULES
from portal.checks.health.actions import pause_unreliable, resume
from portal.checks.health.queries import health_of_rule, paused_rules
from portal.checks.queries import list_rules
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import BadInput, Refused
from portal.oversight.leads.actions import Hit, RuleFacts, absorb_hits
from portal.oversight.leads.findings.actions import find
from portal.oversight.leads.findings.models import Finding, LeadFinding
from portal.oversight.leads.findings.queries import list_findings
from portal.oversight.leads.findings.rules import Health, health_of
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.trail import actions as trail
from portal.trail.models import TrailEvent

DAY = date(2026, 11, 20)
AT = now_utc()
ACT = Act("user:wang.jian", "到户看过")


def leads(session: Session, count: int, rule: str = "H02") -> list[Lead]:
    hits = [Hit("check_in", f"c{n}", {"received_at": AT}) for n in range(count)]
    facts = RuleFacts(rule, 1, "一般")
    absorb_hits(
        session,
        facts,
        [Hit(h.subject_kind, h.subject_no, {"n": n}) for n, h in enumerate(hits)],
        as_of=DAY,
        actor="test",
    )
    return list(session.scalars(select(Lead).where(Lead.rule == rule).order_by(Lead.id)))


def found(session: Session, rows: list[Lead], true: int) -> None:
    """Findings about leads, the first `true` of them true; written past the action, which takes them one by one."""
    trail.record(session, kind="test.set_up", actor="test", subjects=[])
    session.add_all(
        LeadFinding(
            id=lead.id, lead_id=lead.id, rule=lead.rule, rule_version=1, why="看过", found_by="user:a", found_at=AT,
            finding=Finding.TRUE if n < true else Finding.UNFOUNDED,
        )
        for n, lead in enumerate(rows)
    )  # fmt: skip
    session.flush()


@pytest.mark.parametrize(
    ("closed", "confirmed", "pauses"),
    [(199, 0, False), (200, 39, True), (200, 40, False), (1000, 199, True), (1000, 200, False), (0, 0, False)],
)
def test_under_a_fifth_of_two_hundred_is_too_few(closed: int, confirmed: int, pauses: bool) -> None:
    assert Health(closed, confirmed).is_unreliable is pauses


def test_only_findings_that_end_a_lead_count() -> None:
    health = health_of({"说明成立": 3, "需要到户": 5, "移交": 7, "属实": 2, "不属实": 1})
    assert (health.closed, health.confirmed, health.precision) == (6, 2, 0.3333)
    assert health_of({}).precision is None


def test_a_rule_pauses_itself_and_a_person_resumes_it(engine: Engine) -> None:
    rules = RULES.named(["H02"])
    with writing(engine) as session:
        found(session, leads(session, 200), 39)
    with writing(engine) as session:
        result = run_rules(session, rules, as_of=DAY, actor="job:nightly")
    assert result.rules[0]["paused"] is True
    assert (result.rules[0]["closed"], result.rules[0]["opened"]) == (0, 0)
    with reading(engine) as session:
        assert set(paused_rules(session)) == {"H02"}
        assert session.scalars(select(Lead.status).distinct()).all() == ["open"]
        listed = {rule["code"]: rule for rule in list_rules(session)}["H02"]
        assert (listed["closed_by_people"], listed["confirmed"], listed["precision"]) == (200, 39, 0.195)
        assert listed["paused_since"] is not None
        leaves = b"".join(session.scalars(select(TrailEvent.leaf)))
    assert b'"t":"check.rule.paused"' in leaves and b'"confirmed":39' in leaves
    with pytest.raises(Refused, match="由人来作"), writing(engine) as session:
        resume(session, "H02", Act("job:nightly", "再试试"), now_utc())
    with pytest.raises(BadInput), writing(engine) as session:
        resume(session, "H02", Act("user:li", " "), now_utc())
    with writing(engine) as session:
        resume(session, "H02", Act("user:li", "坐标已经更正"), now_utc() + timedelta(seconds=1))
        assert pause_unreliable(session, rules, actor="job:nightly", at=now_utc()) == []
        assert health_of_rule(session, rules[0]) == Health(0, 0)
    with pytest.raises(Refused, match="没有暂停"), writing(engine) as session:
        resume(session, "H02", Act("user:li", "再来一次"), now_utc())


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([Finding.EXPLAINED], "concluded"), ([Finding.NEEDS_VISIT], "verifying"), ([Finding.REFERRED], "verifying"),
        ([Finding.NEEDS_VISIT, Finding.REFERRED, Finding.TRUE], "concluded"),
    ],
)  # fmt: skip
def test_a_person_explains_sends_on_refers_and_concludes(
    session: Session, findings: list[Finding], status: str
) -> None:
    lead = leads(session, 1)[0]
    for finding in findings:
        find(session, lead.lead_no, finding, ACT, AT)
    assert lead.status == status
    assert [row.finding for row in list_findings(session, lead.lead_no)] == findings
    assert {row.found_by for row in list_findings(session, lead.lead_no)} == {"user:wang.jian"}


def test_a_job_finds_nothing_and_a_concluded_lead_is_not_found_about_again(session: Session) -> None:
    lead = leads(session, 1)[0]
    with pytest.raises(Refused, match="由人来作"):
        find(session, lead.lead_no, Finding.REFERRED, Act("job:nightly", "自动移交"), AT)
    find(session, lead.lead_no, Finding.UNFOUNDED, ACT, AT)
    with pytest.raises(Refused, match="已经有结论"):
        find(session, lead.lead_no, Finding.TRUE, ACT, AT)
