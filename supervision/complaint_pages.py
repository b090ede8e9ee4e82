"""What the pages of complaints show, put together from the register, the opened keys and who may act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.accounts.queries import display_names
from portal.kernel.clock import today_cn
from portal.kernel.sealing import SealError
from portal.oversight.cases.links.queries import LinkKind
from portal.oversight.cases.queries import CaseRef
from portal.oversight.complaints.files.queries import FileFacts, list_files
from portal.oversight.complaints.handling import queries
from portal.oversight.complaints.handling.notes.queries import open_notes
from portal.oversight.complaints.handling.queries import Case, Matter, Opening, StepRow
from portal.oversight.complaints.handling.rules import PERMISSIONS, Step, steps_at, tells_writer
from portal.oversight.complaints.keys.rules import Unlocked
from portal.oversight.complaints.queries import Body, Complaint, Said, find_by_locator, open_body, talk_for_organ
from portal.oversight.complaints.routing.queries import Neighbours, neighbours
from portal.oversight.complaints.routing.staff.queries import staff_of
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web.exports import Column
from portal.web.language import gettext as _
from portal.web.report_subjects import find_about
from portal.web.sessions import database, require_principal
from portal.web.witness import witness
from supervision.case_links import known_cases
from supervision.complaint_money import ReportedMoney, reported_money

#: Records that a complaint may be about, and where the person sees them.
SUBJECTS: Mapping[str, str] = {
    "household": "/console/households/{}", "payment": "/console/payments/{}", "project": "/console/projects/{}",
    "allocation": "/allocations/{}", "notice": "/postings/{}", "division": "/areas/{}", "programme": "/funds/{}",
}  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What the opened keys show of one complaint."""

    body: Body
    talk: Sequence[Said]
    files: Sequence[FileFacts]
    notes: Mapping[int, str]
    money: ReportedMoney | None = None


@dataclass(frozen=True)
class ComplaintPage:
    """One complaint with all that the person may see and do."""

    case: Case
    place: str
    subject: str
    subject_href: str
    steps: Sequence[StepRow]
    openings: Sequence[Opening]
    may: Sequence[Step]
    tells: Sequence[Step]
    near: Neighbours | None
    organs: Mapping[str, str]
    colleagues: Mapping[str, str]
    alike: Sequence[Case]
    content: Content | None
    is_opened: bool
    cases: Sequence[CaseRef]

    @property
    def is_discipline(self) -> bool:
        """Handled by the rules of discipline inspection."""
        return self.case.matter == Matter.DISCIPLINE


def case_of(locator: str) -> Case:
    """A complaint that the present person may know; anything else is a number that nobody knows."""
    return queries.get_case(database(), require_principal(), locator)


def complaint_of(case: Case) -> Complaint:
    """Its row, for those who open its boxes."""
    found = find_by_locator(database(), case.locator)
    if found is None:
        raise LookupError("a complaint never goes")
    return found


def page_of(case: Case, unlocked: Unlocked | None) -> ComplaintPage:
    """Everything that the page shows; with opened keys also what was written, which is an event."""
    session, me, row = database(), require_principal(), complaint_of(case)
    doers = [doer for doer, permission in PERMISSIONS.items() if access.can(permission, case.authority)]
    may = steps_at(case.matter, case.state, doers)
    near = neighbours(session, row) if {Step.SEND_UP, Step.SEND_DOWN} & set(may) else None
    steps = queries.list_steps(session, case.id)
    organs = {step.organ for step in steps} | {case.authority} | ({near.up, near.down} if near else set())
    people = [person.no for person in staff_of(session, case.authority)]
    return ComplaintPage(
        case=case,
        place=divisions.written_path(session, case.division_code),
        subject=_subject(case),
        subject_href=SUBJECTS.get(case.subject_kind or "", "").format(case.subject_no),
        steps=steps,
        openings=queries.list_openings(session, case.id),
        may=[step for step in may if _is_possible(step, near)],
        tells=[step for step in may if tells_writer(case.matter, case.state, step)],
        near=near,
        organs=divisions.names_of(session, {code for code in organs if code}),
        colleagues=display_names(session, people),
        alike=queries.list_alike(session, me, case),
        content=_content(row, case, unlocked) if unlocked else None,
        is_opened=unlocked is not None,
        cases=known_cases(LinkKind.COMPLAINT, case.locator),
    )


def _subject(case: Case) -> str:
    """What the complaint is about, as it is called in public; its number where it has no such name."""
    about = find_about(database(), f"{case.subject_kind}:{case.subject_no}", today_cn()) if case.subject_no else None
    return about.title if about else case.subject_no or ""


def _is_possible(step: Step, near: Neighbours | None) -> bool:
    if step is Step.SEND_UP:
        return near is not None and near.up is not None
    if step is Step.SEND_DOWN:
        return near is not None and near.down is not None
    return True


def _content(row: Complaint, case: Case, unlocked: Unlocked) -> Content | None:
    session = database()
    try:
        body = open_body(session, row, unlocked)
    except SealError:
        return None
    witness("complaint.read", [("complaint", case.locator)])
    return Content(
        body, talk_for_organ(session, row, unlocked), list_files(session, row, unlocked),
        open_notes(session, case.id, unlocked), reported_money(body),
    )  # fmt: skip


def columns() -> Sequence[Column]:
    """The columns of the list as a file: nothing that says what it is about."""
    return (
        Column("locator", _("编号")), Column("kind", _("类别")), Column("matter", _("按哪套规定")),
        Column("division", _("地方")), Column("received_on", _("收到"), "date"), Column("state", _("状态")),
        Column("due_on", _("期限"), "date"), Column("assigned_to", _("经办人")), Column("raised", _("提级"), "number"),
    )  # fmt: skip


def rows(cases: Iterable[Case], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The lines of the list as a file."""
    for case in cases:
        yield {
            "locator": case.locator, "kind": case.kind, "matter": case.matter, "state": case.state,
            "division": names.get(case.division_code, case.division_code), "received_on": case.received_on,
            "due_on": case.last_day, "assigned_to": (case.assigned_to or "").removeprefix("user:"), "raised": case.raised,
        }  # fmt: skip
