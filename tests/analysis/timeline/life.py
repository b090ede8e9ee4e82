"""A household with something of every kind in its life, and marked words in every place that somebody may not see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from portal.oversight.leads.findings.actions import find
from portal.oversight.leads.findings.models import Finding
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.corrections import Act, RecordRow
from portal.registers.funds.answering.actions import answer_item
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection, VisitAnswer
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import open_procedure, take_step
from portal.registers.recipients.procedures.models import ProcedureKind, Source, Verdict
from portal.registers.recipients.procedures.reconfirmations.actions import ask_to_reconfirm
from portal.registers.recipients.queries import get_household
from portal.registers.recipients.requests.actions import ask_for_help
from portal.registers.recipients.requests.rules import Wish
from portal.trail.actions import record
from tests.factories.board import make_visit
from tests.factories.cards import NUMBER, signed_in_home
from tests.factories.divisions import VILLAGE, make_county, make_parameter, make_unit
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.procedures import full
from tests.factories.recipients import make_household, make_income

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NOTE, FREE, ACCOUNT, BANK = "标记走访备注", "标记收入备注", "user:标记账号", "标记银行原话"
SECRET, TOLD, DENIED = "标记密线索结论", "标记公开结论", "没来过"


@dataclass(frozen=True)
class Life:
    """The household, and the numbers of its leads."""

    home: RecordRow
    secret: str
    own: str
    helpers: str
    waiting: str


def make_lead(
    session: Session, rule: str, kind: str, subject: str, status: LeadStatus = LeadStatus.OPEN, home: str = "HH-1"
) -> Lead:
    """A lead about the household as a run leaves it."""
    number = len(rule) + sum(map(ord, rule + kind + subject)) * 7
    row = Lead(
        id=number, lead_no=f"YD-2026-{number:06d}", rule=rule, rule_version=1, subject_kind=kind, subject_no=subject,
        household_no=home, division_code=VILLAGE, severity="一般", status=status, evidence={}, evidence_digest="0" * 64,
        first_seen=date(2026, 11, 1), last_seen=date(2026, 11, 2), changed_at=AT,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, kind="test.lead", actor="test", subjects=[("lead", row.lead_no)])
    return row


def make_life(session: Session) -> Life:
    """Everything once: incomes, payments that arrived and that did not, a denied visit, a procedure, a request, leads."""
    make_county(session)
    make_parameter(session, "reconfirm_days", "15")
    unit = make_unit(session, "U-MZ", "涟水县民政局")
    household = make_household(session, id_number=NUMBER, lat_e7=337_812_345, lng_e7=1_192_612_345, datum="WGS84")
    make_income(session, household, 800_00, note=FREE, entered_by="标记录入人", entered_unit="柳荫村合作社")
    line = make_line(session, make_programme(session, name="2026年低保金", department_id=unit.id), 100_000_00)
    paid = pay(session, line, [(household.id, 560_00)], paid_on=date(2026, 11, 10), reason="11 月低保金")
    pay(session, line, [(household.id, 384_00)], "失败", paid_on=date(2026, 6, 18))
    pay(session, line, [(household.id, 99_00)], None, paid_on=date(2026, 11, 19))
    helper = make_helper(session)
    make_pairing(session, helper, household_id=household.id)
    visit = make_visit(session, helper, household, date(2026, 11, 12), note=NOTE, findings=["住房漏雨"])
    session.add(
        VisitAnswer(
            check_in_id=visit.id, household_id=household.id, answer=Recollection.DID_NOT_COME, channel=Channel.OWN_PAGE,
            said_by="标记本户", taken_by="card:1", note=None, answered_at=AT,
        )
    )  # fmt: skip
    session.flush()
    record(session, kind="test.answer", actor="test", subjects=[("check_in", visit.claim_id)])
    _procedure(session, household)
    ask_for_help(
        session, Wish("张建国", "13987654321", "", "看病花钱多", "为自己家", "标记求助的话"), VILLAGE, at=AT,
        household_id=household.id,
    )  # fmt: skip
    ask_to_reconfirm(session, household.id, "income", "1", "标记差异内容", Act("user:town", "核实过"), AT)
    me = signed_in_home(session, household.id)
    answer_item(session, me, "payment", f"{paid[0].batch_no}-{paid[0].seq}", "不对", "没收到", AT)
    leads = _leads(session, visit.claim_id)
    return Life(get_household(session, "HH-1"), *leads)


def _procedure(session: Session, household: Household) -> None:
    row = open_procedure(
        session, ProcedureKind.CATEGORY, household.id, Source.REVIEW, Act("user:village", "定期复核"), AT,
        proposal={"category": "低保边缘户"},
    )  # fmt: skip
    take_step(session, row.no, Verdict.WITHDRAWN, full(note="标记环节备注"), Act(ACCOUNT, "撤回"), AT)


def _leads(session: Session, claim_id: str) -> tuple[str, str, str, str]:
    secret = make_lead(session, "H08", "check_in", claim_id)
    own = make_lead(session, "I02", "household", "HH-1")
    helpers = make_lead(session, "H02", "check_in", claim_id)
    waiting = make_lead(session, "I03", "household", "HH-1")
    for lead, words in ((secret, SECRET), (own, TOLD), (helpers, "标记帮扶人结论")):
        find(session, lead.lead_no, Finding.EXPLAINED, Act("user:inspector", words), AT)
    return secret.lead_no, own.lead_no, helpers.lead_no, waiting.lead_no
