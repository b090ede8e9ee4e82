"""What the pages of leads show: which leads a person may see, one with its evidence, its visits, hearing and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, is_accused
from portal.checks.catalogue import RULES
from portal.checks.registry import Rule
from portal.kernel.errors import NotFound, Refused
from portal.oversight.cases.links.queries import LinkKind
from portal.oversight.cases.queries import CaseRef
from portal.oversight.leads.assigning.queries import StepRow, list_steps
from portal.oversight.leads.exceptions.queries import ExceptionRow, list_exceptions
from portal.oversight.leads.findings.queries import FindingRow, list_findings
from portal.oversight.leads.findings.rules import STEPS
from portal.oversight.leads.hearings.queries import Hearing, find_hearing
from portal.oversight.leads.inbox.queries import InboxRow, similar
from portal.oversight.leads.queries import LeadFilter, LeadSeen, LeadStatus, get_lead
from portal.oversight.leads.rounds.queries import RoundRow, list_rounds, said_in
from portal.oversight.leads.rules import concerned
from portal.registers.divisions import queries as divisions
from portal.registers.funds.payments.queries import PaymentRow, payments_of_household
from portal.registers.helpers.check_ins.answers.queries import answers_to
from portal.registers.helpers.check_ins.boards.queries import find_visits
from portal.registers.helpers.check_ins.disclosure import SupervisionVisit, console_visit, supervision_visit
from portal.registers.helpers.check_ins.photos.queries import photos_of
from portal.registers.helpers.check_ins.questions.queries import list_questions
from portal.registers.helpers.queries import find_helper
from portal.web import access
from portal.web.lead_words import EvidenceLine, evidence_in_words
from portal.web.sessions import database, installation, require_principal
from supervision.case_links import known_cases
from supervision.inbox_pages import filter_of

MOST_VISITS = 6


def my_leads(status: str = "", severity: str = "", rule: str = "") -> LeadFilter:
    """The leads that the present person may look at, narrowed to what the address asks for."""
    supervises = access.can(Permission.VIEW_SUPERVISION)
    codes = [each.code for each in RULES.all() if supervises or not each.only_supervision]
    chosen = [code for code in codes if rule in ("", code)]
    me = require_principal()
    return LeadFilter(access.scopes(Permission.VIEW_LEADS), chosen, supervises, status, severity, me)


@dataclass(frozen=True)
class LeadPage:
    """One lead with all that a finding rests on, and what the person may do with it."""

    lead: LeadSeen
    rule: Rule
    place: str
    evidence: Sequence[EvidenceLine]
    visits: Sequence[SupervisionVisit]
    households: Mapping[str, str]
    hearing: Hearing | None
    findings: Sequence[FindingRow]
    may_find: bool
    full: bool
    rounds: Sequence[RoundRow]
    said: Mapping[int, tuple[str, str]]
    steps: Sequence[StepRow]
    exceptions: Sequence[ExceptionRow]
    alike: Sequence[InboxRow]
    may_review: bool
    may_decide: bool
    may_except: bool
    money: Sequence[PaymentRow]
    cases: Sequence[CaseRef]
    may_open_case: bool

    @property
    def waits(self) -> bool:
        """Whether the person concerned may still explain, so that nobody else looks yet."""
        return self.lead.status is LeadStatus.ASKED


def lead_of(lead_no: str, permission: Permission) -> LeadSeen:
    """A lead where the person holds a permission; any other is answered as one that nobody knows."""
    lead = get_lead(database(), lead_no, require_principal())
    inside = lead.division_code is not None and access.can(permission, lead.division_code)
    nowhere = lead.division_code is None and access.can(Permission.VIEW_SUPERVISION)
    if not (inside or nowhere) or lead.rule not in my_leads().rules:
        raise NotFound("没有这条疑点", fix="核对编号，或从清单查找")
    return lead


def page_of(lead: LeadSeen, me: Principal) -> LeadPage:
    """Everything that the page shows. Of a lead that waits for its hearing: nothing but until when."""
    session, waits = database(), lead.status is LeadStatus.ASKED
    visits = [] if waits else _visits(lead)
    place = divisions.written_path(session, lead.division_code) if lead.division_code else ""
    may_find = (
        access.can(Permission.VERIFY_LEADS, lead.division_code)
        and lead.status in STEPS
        and not waits
        and not concerns(lead, me)
    )
    return LeadPage(
        lead=lead,
        rule=RULES.named([lead.rule])[0],
        place=place,
        evidence=[] if waits else evidence_in_words(lead.evidence),
        visits=[visit for visit, _household in visits],
        households={visit.visit.claim_id: household for visit, household in visits},
        hearing=find_hearing(session, lead.id),
        findings=list_findings(session, lead.lead_no),
        may_find=may_find,
        full=access.can(Permission.REVEAL_SEALED, lead.division_code),
        rounds=list_rounds(session, lead.id),
        said=said_in(session, installation().keyring, lead.id) if _opens(lead, waits) else {},
        steps=list_steps(session, lead.id),
        exceptions=list_exceptions(session, lead.id),
        alike=[] if waits else similar(session, filter_of({}), lead.lead_no, lead.rule, lead.division_code),
        may_review=_may(Permission.REVIEW_LEADS, lead, me, LeadStatus.CONCLUDED),
        may_decide=_may(Permission.SETTLE_LEADS, lead, me, LeadStatus.REVIEWED),
        may_except=_may(Permission.VERIFY_LEADS, lead, me, LeadStatus.OPEN, LeadStatus.VERIFYING),
        money=[]
        if waits or lead.household_no is None
        else payments_of_household(session, lead.household_no, MOST_VISITS),
        cases=known_cases(LinkKind.LEAD, lead.lead_no),
        may_open_case=not waits and not concerns(lead, me),
    )


def _may(permission: Permission, lead: LeadSeen, me: Principal, *statuses: LeadStatus) -> bool:
    return lead.status in statuses and access.can(permission, lead.division_code) and not concerns(lead, me)


def _opens(lead: LeadSeen, waits: bool) -> bool:
    """Who verifies, reviews or settles reads what was said on site."""
    wanted = (Permission.VERIFY_LEADS, Permission.REVIEW_LEADS, Permission.SETTLE_LEADS)
    return not waits and any(access.can(permission, lead.division_code) for permission in wanted)


def _visits(lead: LeadSeen) -> list[tuple[SupervisionVisit, str]]:
    """The visits that a lead is about, with their households' numbers; of many the first few."""
    session = database()
    found = find_visits(session, _claims(lead)[:MOST_VISITS])
    numbers = [visit.row.id for visit in found]
    answers, photos = answers_to(session, numbers), photos_of(session, numbers)
    questions = list_questions(session, numbers)
    shown = []
    for visit in found:
        number = visit.row.id
        asked = [question for question in questions if question.check_in_id == number]
        office = console_visit(visit.row, visit.values, asked, answers.get(number), photos.get(number, []))
        shown.append((supervision_visit(office, visit.values, answers.get(number)), visit.household_no))
    return shown


def _claims(lead: LeadSeen) -> list[str]:
    evidence = lead.evidence
    named = [lead.subject_no] if lead.subject_kind == "check_in" else []
    named += [str(evidence[key]) for key in ("check_in", "other_check_in") if evidence.get(key)]
    return list(dict.fromkeys([*named, *map(str, evidence.get("check_ins", ()))]))


def concerns(lead: LeadSeen, me: Principal) -> bool:
    """Whether a lead is about this person, his own household, or of a confidential kind about somebody of his unit."""
    helper_no = str(lead.evidence.get("helper_no") or "")
    if is_accused(me, concerned(lead.subject_kind, lead.subject_no, lead.household_no, lead.evidence)):
        return True
    return RULES.named([lead.rule])[0].only_supervision and bool(me.unit_code) and _unit_of(helper_no) == me.unit_code


def _unit_of(helper_no: str) -> str | None:
    helper = find_helper(database(), helper_no) if helper_no else None
    unit = divisions.unit_by_id(database(), helper.values["unit_id"]) if helper and helper.values["unit_id"] else None
    return unit.code if unit else None


def refuse_finding(lead: LeadSeen, me: Principal) -> None:
    """Nobody finds about himself, and nobody before the person concerned has had his say."""
    if concerns(lead, me):
        raise Refused("不能核实和自己有关的疑点", why="这条疑点说的是您本人、您家或您单位的人", fix="请别人核实")
    if lead.status is LeadStatus.ASKED:
        raise Refused("这条疑点还在等本人说明", why="先问本人，再由别人看", fix="等本人说明，或期限过后再核实")
