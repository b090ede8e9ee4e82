"""What is linked to a case, and whom a link keeps out from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.rules import Principal
from portal.kernel.errors import Conflict, NotFound, Refused
from portal.oversight.cases.actions import current, note_event
from portal.oversight.cases.links.models import CaseBar, CaseLink, LinkKind
from portal.oversight.cases.models import Case
from portal.oversight.cases.queries import bar_key, number_in_case
from portal.oversight.cases.rules import closed_refusal, commanded_by_unit, commanded_places, mark
from portal.oversight.leads.queries import get_lead
from portal.registers.corrections import Act, need_reason
from portal.registers.divisions.queries import find_unit, unit_by_id
from portal.registers.funds.payments.queries import find_payment
from portal.registers.funds.queries import find_allocation
from portal.registers.helpers.queries import find_helper
from portal.registers.projects.queries import find_project
from portal.registers.rebuilt import find_registered
from portal.registers.recipients.queries import find_household
from portal.trail.queries import get_event

ACCUSABLE: Final = frozenset({LinkKind.ACCOUNT, LinkKind.HELPER, LinkKind.HOUSEHOLD, LinkKind.UNIT})


REGISTERED: Final = (
    LinkKind.INCOME, LinkKind.CHECK_IN, LinkKind.PAIRING, LinkKind.PROCEDURE, LinkKind.PROGRAMME, LinkKind.ASSET,
)  # fmt: skip
"""Kinds that a register holds under the number by which the trail names them."""


def _known_lead(session: Session, no: str) -> object:
    return get_lead(session, no)


def _registered(kind: str, session: Session, no: str) -> object:
    return find_registered(session, kind, no)


_FINDERS: Final[Mapping[LinkKind, Callable[[Session, str], object]]] = {
    LinkKind.HOUSEHOLD: find_household,
    LinkKind.PAYMENT: find_payment,
    LinkKind.ALLOCATION: find_allocation,
    LinkKind.PROJECT: find_project,
    LinkKind.HELPER: find_helper,
    LinkKind.UNIT: find_unit,
    LinkKind.ACCOUNT: accounts.find_user,
    LinkKind.LEAD: _known_lead,
    LinkKind.SAMPLE: partial(_registered, "inspection_item"),
    **{kind: partial(_registered, kind.value) for kind in REGISTERED},
    LinkKind.EVENT: get_event,
}
"""How it is known that a thing exists; a document is known by its own number, a complaint by who may know of it."""


def link(
    session: Session, no: str, kind: LinkKind, number: str, act: Act, at: datetime, *, is_accused: bool = False,
) -> CaseLink:  # fmt: skip
    """Link a thing on the trail to a case. An accused one keeps himself, his unit and those under him out from now on.

    Raises NotFound for a thing that is not there, Conflict for one that is linked already, Refused once it is closed.
    A complaint is linked by its locator alone; whether this person may know of it is asked by who opens the case from it.
    """
    need_reason(act)
    case = current(session, no)
    closed_refusal(case.state)
    row = put_link(session, case, kind, number, act, at, is_accused=is_accused)
    note_event(
        session, case, "case.linked", act, at, after={"link": number_in_case(session, row), "accused": is_accused}
    )
    return row


def put_link(
    session: Session, case: Case, kind: LinkKind, number: str, act: Act, at: datetime, *, is_accused: bool = False,
) -> CaseLink:  # fmt: skip
    """The same inside another act, which is the one that is written down."""
    said = number.strip()
    finder = _FINDERS.get(kind)
    if not said or (finder is not None and finder(session, said) is None):
        raise NotFound("没有这个编号", why="只能关联平台上有的东西", fix="核对编号", code="no_such_thing")
    if is_accused and kind not in ACCUSABLE:
        raise Refused("被反映对象要是人、户或单位", fix="选账号、帮扶人、户或单位")
    same = select(CaseLink.id).where(
        CaseLink.case_id == case.id, CaseLink.kind == kind, CaseLink.no == said, CaseLink.removed_at.is_(None)
    )
    if session.scalar(same) is not None:
        raise Conflict("已经关联过", fix="刷新页面")
    row = CaseLink(case_id=case.id, kind=kind, no=said, is_accused=is_accused, added_by=act.actor, added_at=at)
    session.add(row)
    session.flush()
    if is_accused:
        bar(session, case, kept_out(session, kind, said), at)
    return row


def unlink(session: Session, no: str, n: int, act: Act, at: datetime) -> None:
    """Take the n-th link of a case off. Whoever it kept out stays out: what was feared once is not told afterwards."""
    need_reason(act)
    case = current(session, no)
    rows = session.scalars(select(CaseLink).where(CaseLink.case_id == case.id).order_by(CaseLink.id))
    row = dict(enumerate(rows, 1)).get(n)
    if row is None or row.removed_at is not None:
        raise NotFound("没有这条关联", fix="刷新页面")
    row.removed_by, row.removed_at = act.actor, at
    session.flush()
    note_event(session, case, "case.unlinked", act, at, before={"link": n})


def bar(session: Session, case: Case, words: set[tuple[str, str]], at: datetime) -> None:
    """Keep somebody out of a case."""
    key = bar_key(session)
    known = set(session.scalars(select(CaseBar.mark).where(CaseBar.case_id == case.id)))
    fresh = {mark(key, what, code) for what, code in words} - known
    session.add_all([CaseBar(case_id=case.id, mark=value, added_at=at) for value in sorted(fresh)])
    session.flush()


def kept_out(session: Session, kind: LinkKind, no: str) -> set[tuple[str, str]]:
    """Whom an accused one keeps out: himself, his unit with all who work there, and those whom he commands."""
    if kind is LinkKind.ACCOUNT:
        return of_account(accounts.principal_of(session, accounts.get_user(session, no)))
    if kind is LinkKind.UNIT:
        unit = find_unit(session, no)
        division = unit.division_code if unit is not None else None
        return {("unit", unit.code if unit is not None else no)} | {("place", c) for c in commanded_by_unit(division)}
    if kind is LinkKind.HELPER:
        helper = find_helper(session, no)
        unit_id = helper.values["unit_id"] if helper is not None else None
        unit = unit_by_id(session, unit_id) if unit_id else None
        return {("helper", no)} | ({("unit", unit.code)} if unit is not None else set())
    return {("household", no)}


def of_account(who: Principal) -> set[tuple[str, str]]:
    """The same of an account."""
    own = {
        ("account", who.username),
        ("helper", who.helper_no),
        ("household", who.household_no),
        ("unit", who.unit_code),
    }
    told = {(what, code) for what, code in own if code}
    return told | {("place", code) for code in commanded_places(who.roles)}
