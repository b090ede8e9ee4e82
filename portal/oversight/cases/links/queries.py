"""Whether somebody may link a complaint, and see one that is linked: only who may know of it learns that it exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.errors import NotFound
from portal.oversight.cases.links.models import LinkKind as LinkKind
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import hides_complaints, visible_to
from portal.oversight.leads.models import Lead


def refuse_unknown_complaint(session: Session, locator: str, who: Principal) -> None:
    """NotFound for a locator that nobody has, and for one that this person may not know of; the words are the same."""
    found = select(Complaint.id).where(Complaint.locator == locator.strip(), visible_to(session, who))
    if session.scalar(found) is None:
        raise NotFound("没有这件举报", fix="核对查询码")


def known_of(session: Session, links: Iterable[tuple[LinkKind, str]], who: Principal) -> set[tuple[LinkKind, str]]:
    """Those of some linked things that a person may know of: complaints, and leads about complaints, are asked for.

    Somebody may be of a case's team without being of the organ that has the complaint; a page names it to him as little as
    any other page does.
    """
    said = set(links)
    complaints = _numbers(said, LinkKind.COMPLAINT)
    leads = _numbers(said, LinkKind.LEAD)
    seen = {
        *((LinkKind.COMPLAINT, no) for no in session.scalars(
            select(Complaint.locator).where(Complaint.locator.in_(complaints), visible_to(session, who))
        )),
        *((LinkKind.LEAD, no) for no in session.scalars(
            select(Lead.lead_no).where(
                Lead.lead_no.in_(leads), hides_complaints(session, who, Lead.subject_kind, Lead.subject_no)
            )
        )),
    }  # fmt: skip
    return {link for link in said if link[0] not in (LinkKind.COMPLAINT, LinkKind.LEAD) or link in seen}


def _numbers(links: Collection[tuple[LinkKind, str]], kind: LinkKind) -> list[str]:
    return [no for what, no in links if what is kind]
