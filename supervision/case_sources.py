"""Where a case comes from: a lead, a complaint, a household that was drawn, an act or a thing of the trail.

Asked anew whenever an address names one, on the form as well as when it is sent: whoever may not look at it is answered as
if it were not there, and learns from no form that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from portal.accounts.permissions import Permission
from portal.checks.catalogue import RULES
from portal.kernel.database import now_utc
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.oversight.cases import queries as cases
from portal.oversight.cases.links.actions import link
from portal.oversight.cases.links.queries import LinkKind, refuse_unknown_complaint
from portal.oversight.cases.queries import CaseOrigin, CaseRow, CaseState
from portal.oversight.leads.queries import LeadStatus
from portal.registers.corrections import Act
from portal.trail.search.queries import Hit, find_hit
from portal.web import access
from portal.web.sessions import database, require_principal
from supervision.complaint_pages import case_of as complaint_of
from supervision.lead_pages import concerns, lead_of
from supervision.read_pages import place_of, registered, trail_number
from supervision.sample_pages import item_of
from supervision.trail_pages import sight_of

WORK: Final = Permission.EDIT_CASES
MOST_TITLE: Final = 60
LINKABLE: Final[Mapping[str, LinkKind]] = {kind.value: kind for kind in LinkKind} | {"inspection_item": LinkKind.SAMPLE}
"""How the trail calls what a case can be linked to."""


@dataclass(frozen=True)
class Source:
    """Where somebody comes from: what the case starts with, and what is linked to it."""

    origin: CaseOrigin = CaseOrigin.HAND
    no: str = ""
    place: str | None = None
    title: str = ""
    why: str = ""
    about: Sequence[tuple[LinkKind, str]] = field(default=())
    back: str = ""

    @property
    def links(self) -> list[tuple[LinkKind, str]]:
        """Everything that comes along, the thing itself first."""
        itself = OWN_LINK.get(self.origin)
        return list(dict.fromkeys([*([(itself, self.no)] if itself else []), *self.about]))


OWN_LINK: Final = {
    CaseOrigin.LEAD: LinkKind.LEAD, CaseOrigin.COMPLAINT: LinkKind.COMPLAINT, CaseOrigin.SAMPLE: LinkKind.SAMPLE,
}  # fmt: skip


def source_of(asked: Mapping[str, str]) -> Source:
    """What an address names: `?lead=`, `?complaint=`, `?sample=`, `?event=`, or `?kind=…&no=…` of the trail."""
    for name, found in _FOUND.items():
        if no := asked.get(name, "").strip():
            return found(no)
    kind = asked.get("kind", "").strip()
    return _of_thing(kind, asked.get("no", "").strip()) if kind else Source()


def _of_lead(no: str) -> Source:
    """A lead brings its rule as a title, its place, and the household that it is about."""
    lead = lead_of(no, Permission.VIEW_LEADS)
    if lead.status is LeadStatus.ASKED:
        raise Refused("这条疑点还在等本人说明", why="先问本人，再由别人看", fix="等本人说明，或期限过后再立案")
    if concerns(lead, require_principal()):
        raise Refused("不能办理和自己有关的疑点", why="这条疑点说的是您本人、您家或您单位的人", fix="请别人办理")
    title = f"疑点：{RULES.named([lead.rule])[0].title}"[:MOST_TITLE]
    about = [(LinkKind.HOUSEHOLD, lead.household_no)] if lead.household_no else []
    return Source(CaseOrigin.LEAD, no, lead.division_code, title, f"疑点 {no}", about, f"/supervision/leads/{no}")


def _of_complaint(no: str) -> Source:
    """A complaint brings its number and its place; nothing that was written in it."""
    complaint = complaint_of(no)
    return Source(CaseOrigin.COMPLAINT, no, complaint.division_code, "", "举报", (), f"/supervision/complaints/{no}")


def _of_sample(no: str) -> Source:
    """A household that was drawn."""
    item = item_of(no)
    title = f"随机抽查{item.outcome or '入户'}"[:MOST_TITLE]
    at = f"/supervision/sample/visits/{no}"
    return Source(
        CaseOrigin.SAMPLE,
        no,
        item.division_code,
        title,
        f"随机抽查 {no}",
        [(LinkKind.HOUSEHOLD, item.household_no)],
        at,
    )


def _of_event(no: str) -> Source:
    """One act of the trail that the person may find, and what it is about where that can be linked too."""
    hit = event_of(no)
    kind = LINKABLE.get(hit.kind)
    about = [(LinkKind.EVENT, no)]
    if kind is not None and registered(hit.kind, hit.no) is not None:
        about.append((kind, number_of(kind, hit.no)))
        refuse_unlinkable(kind, number_of(kind, hit.no))
    place = hit.division if (hit.division or "").isdigit() else None
    return Source(CaseOrigin.TRAIL, no, place, "", "留痕", about, f"/supervision/log/{no}")


def _of_thing(kind: str, no: str) -> Source:
    """A thing as the trail names it."""
    found = LINKABLE.get(kind)
    if found is None or not no:
        raise NotFound("没有这个编号", why="只能关联平台上有的东西", fix="核对编号")
    if found in (LinkKind.LEAD, LinkKind.COMPLAINT, LinkKind.SAMPLE):
        return _FOUND[found.value](no)
    number = number_of(found, no)
    refuse_unlinkable(found, number)
    record = registered(kind, no)
    at = f"/supervision/trail/{kind}/{no}"
    return Source(CaseOrigin.TRAIL, no, place_of(record), "", "留痕", [(found, number)], at)


_FOUND: Final[Mapping[str, Callable[[str], Source]]] = {
    "lead": _of_lead, "complaint": _of_complaint, "sample": _of_sample, "event": _of_event,
}  # fmt: skip


def event_of(no: str) -> Hit:
    """An act that the present person may find; any other is answered as one that is not there."""
    hit = find_hit(database(), no, sight_of())
    if hit is None:
        raise NotFound("没有这条留痕", fix="请核对编号")
    return hit


def number_of(kind: LinkKind, no: str) -> str:
    """The number under which a case names it: as the trail does."""
    return trail_number(kind.value, no)


def refuse_unlinkable(kind: LinkKind, no: str) -> None:
    """NotFound for what the present person may not look at, in the words for what is not there."""
    if kind is LinkKind.COMPLAINT:
        refuse_unknown_complaint(database(), no, require_principal())
    elif kind is LinkKind.LEAD:
        lead_of(no, Permission.VIEW_LEADS)
    elif kind is LinkKind.SAMPLE:
        item_of(no)
    elif kind is LinkKind.EVENT:
        event_of(no)
    else:
        record = registered(kind.value, no)
        if kind is LinkKind.HOUSEHOLD or (record is not None and record.household_id is not None):
            access.check_scope(place_of(record), WORK)


def open_cases() -> list[CaseRow]:
    """The cases that the present person works on and that take links."""
    rows = cases.list_cases(database(), require_principal(), mine=True, limit=200)
    return [row for row in rows if row.state != CaseState.CLOSED]


def add_to(no: str, source: Source, act: Act) -> None:
    """Link what somebody comes from to a case of his. Raises NotFound, Conflict where all of it is linked already."""
    session = database()
    case = cases.get_case(session, no, require_principal())
    known = {(one.kind, one.no) for one in cases.case_links(session, case.id)}
    fresh = [one for one in source.links if one not in known]
    if not fresh:
        raise Conflict("已经关联过", fix="刷新页面")
    for kind, number in fresh:
        link(session, no, kind, number, act, now_utc())
