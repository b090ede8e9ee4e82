"""Reads of cases. Every one of them takes who is asking: who may not know of a case finds nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from portal.accounts import queries as accounts
from portal.accounts.permissions import Permission
from portal.accounts.rules import Principal, scopes_for
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.cases.links.models import CaseBar, CaseLink, LinkKind
from portal.oversight.cases.members.models import CaseMember
from portal.oversight.cases.models import Case, CaseNote
from portal.oversight.cases.models import CaseOrigin as CaseOrigin
from portal.oversight.cases.models import CaseState as CaseState
from portal.oversight.cases.rules import OPEN, mark, own_words
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.routing.queries import unbarred, visible_locators
from portal.registers.divisions.queries import lies_within
from portal.registers.sealed import keyring_of, seal_name

TABLE: Final = "cases"
NOTES: Final = "case_notes"


@dataclass(frozen=True)
class CaseRef:
    """A case as another part of the platform may name it to somebody of its team."""

    id: int
    no: str
    state: str
    division_code: str


@dataclass(frozen=True)
class CaseRow:
    """One case as the list shows it, its title opened."""

    id: int
    no: str
    origin: str
    origin_no: str | None
    division_code: str
    title: str
    state: str
    disposition: str | None
    opened_by: str
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True)
class Link:
    """One thing that a case is about; `n`: the how-manieth that was linked to it."""

    n: int
    kind: LinkKind
    no: str
    is_accused: bool
    added_by: str
    added_at: datetime


def bar_key(session: Session) -> bytes:
    """The key of the marks of those who are kept out."""
    return keyring_of(session).derived("case-bars", 32)


def barred(session: Session, who: Principal) -> ColumnElement[bool]:
    """Cases that a person must not learn of: he, his unit, or whoever commands him is accused, by the case itself or by a
    complaint that was ever linked to it.
    """
    key = bar_key(session)
    marks = [mark(key, what, code) for what, code in own_words(who)]
    by_mark = exists().where(CaseBar.case_id == Case.id, CaseBar.mark.in_(marks))
    complained = exists().where(
        CaseLink.case_id == Case.id, CaseLink.kind == LinkKind.COMPLAINT, CaseLink.no == Complaint.locator,
        ~unbarred(session, who),
    )  # fmt: skip
    return or_(by_mark, complained)


def visible_to(session: Session, who: Principal) -> ColumnElement[bool]:
    """The cases that a person may know of: of whose team he is, or whose head; for a `select` over cases."""
    heads = scopes_for(who, Permission.APPROVE_CASES)
    works = Permission.EDIT_CASES in who.permissions
    mine = exists().where(
        CaseMember.case_id == Case.id, CaseMember.username == who.username, CaseMember.removed_at.is_(None)
    )
    may: list[ColumnElement[bool]] = [mine] if works or heads else []
    if heads:
        may.append(lies_within(Case.division_code, heads))
    return and_(or_(false(), *may), ~barred(session, who))


_NAMES: Final = tuple(CaseRow.__dataclass_fields__)
_COLUMNS: Final = tuple(Case.title_sealed if name == "title" else getattr(Case, name) for name in _NAMES)


def _row(session: Session, row: Sequence[Any]) -> CaseRow:
    said = dict(zip(_NAMES, row, strict=True))
    return CaseRow(**{**said, "title": keyring_of(session).open_(said["title"], seal_name(TABLE, "title_sealed"))})


def find_case(session: Session, no: str, who: Principal) -> CaseRow | None:
    """One case by its number; None for an unknown one and for one that this person may not know of."""
    found = session.execute(select(*_COLUMNS).where(Case.no == no, visible_to(session, who))).one_or_none()
    return None if found is None else _told(session, [_row(session, found)], who)[0]


def _told(session: Session, rows: list[CaseRow], who: Principal) -> list[CaseRow]:
    """The same rows; one that came from a complaint does not say so to who may not know of that."""
    named = {row.origin_no for row in rows if row.origin == CaseOrigin.COMPLAINT and row.origin_no}
    if not named:
        return rows
    known = set(session.scalars(visible_locators(session, who).where(Complaint.locator.in_(named))))
    return [
        replace(row, origin=CaseOrigin.HAND, origin_no=None)
        if row.origin == CaseOrigin.COMPLAINT and row.origin_no not in known
        else row
        for row in rows
    ]


def get_case(session: Session, no: str, who: Principal) -> CaseRow:
    """As `find_case`; raises NotFound, with the same words for both."""
    found = find_case(session, no, who)
    if found is None:
        raise NotFound("没有这个案件", fix="核对编号，或从列表重新进入")
    return found


def list_cases(
    session: Session,
    who: Principal,
    *,
    state: str = "",
    mine: bool = False,
    after: Start | None = None,
    limit: int = 51,
) -> list[CaseRow]:
    """The cases that a person may know of, the latest first."""
    query = select(*_COLUMNS).where(visible_to(session, who))
    if state:
        query = query.where(Case.state == state)
    if mine:
        team = select(CaseMember.case_id).where(CaseMember.username == who.username, CaseMember.removed_at.is_(None))
        query = query.where(Case.id.in_(team))
    rows = rows_beside(session, query, (Case.opened_on, Case.id), after, limit, latest_first=True)
    return _told(session, [_row(session, row) for row in rows], who)


def count_by_state(session: Session, who: Principal) -> dict[str, int]:
    """How many of the cases that a person may know of stand where."""
    query = select(Case.state, func.count()).where(visible_to(session, who)).group_by(Case.state)
    return {state: number for state, number in session.execute(query)}


def open_cases_of(session: Session, username: str) -> list[CaseRef]:
    """The open cases of whose team an account is: what a read may be bound to. Those of which it is kept out are not."""
    user = accounts.find_user(session, username)
    if user is None:
        return []
    who = accounts.principal_of(session, user)
    team = select(CaseMember.case_id).where(CaseMember.username == username, CaseMember.removed_at.is_(None))
    query = select(Case.id, Case.no, Case.state, Case.division_code).where(
        Case.id.in_(team), Case.state.in_(OPEN), visible_to(session, who)
    )
    return [CaseRef(*row) for row in session.execute(query.order_by(Case.opened_on.desc(), Case.id.desc()))]


def visible_numbers(session: Session, nos: Collection[str], who: Principal) -> set[str]:
    """Which of some numbers are cases that a person may know of: what a page may name to him."""
    return set(session.scalars(select(Case.no).where(Case.no.in_(nos), visible_to(session, who))))


def case_links(session: Session, case_id: int) -> list[Link]:
    """What a case is about, in the order in which it was linked."""
    columns = [getattr(CaseLink, name) for name in Link.__dataclass_fields__ if name != "n"]
    query = select(CaseLink.removed_at, *columns).where(CaseLink.case_id == case_id).order_by(CaseLink.id)
    rows = enumerate(session.execute(query), 1)
    return [Link(n, LinkKind(row[1]), *row[2:]) for n, row in rows if row[0] is None]


def number_in_case(session: Session, row: CaseLink | CaseMember | CaseNote) -> int:
    """The how-manieth of its kind a row is in its case: so pages and events call it.

    A number that counts those of all cases would tell somebody who works on one how many others there are.
    """
    kind = type(row)
    return session.scalar(select(func.count()).where(kind.case_id == row.case_id, kind.id <= row.id)) or 0


def cases_of_thing(session: Session, kind: LinkKind, no: str, who: Principal) -> list[CaseRef]:
    """The cases about one thing that a person may know of."""
    linked = select(CaseLink.case_id).where(CaseLink.kind == kind, CaseLink.no == no, CaseLink.removed_at.is_(None))
    query = select(Case.id, Case.no, Case.state, Case.division_code).where(
        Case.id.in_(linked), visible_to(session, who)
    )
    return [CaseRef(*row) for row in session.execute(query.order_by(Case.id))]


@dataclass(frozen=True)
class Member:
    """One person of the team."""

    username: str
    added_by: str
    added_at: datetime


def members_of(session: Session, case_id: int) -> list[Member]:
    """The team as it stands."""
    query = select(CaseMember.username, CaseMember.added_by, CaseMember.added_at).where(
        CaseMember.case_id == case_id, CaseMember.removed_at.is_(None)
    )
    return [Member(*row) for row in session.execute(query.order_by(CaseMember.id))]


@dataclass(frozen=True)
class Note:
    """One note, opened."""

    text: str
    written_by: str
    written_at: datetime


def notes_of(session: Session, case_id: int) -> list[Note]:
    """The notes of a case, the first one first."""
    query = select(CaseNote.text_sealed, CaseNote.written_by, CaseNote.written_at).where(CaseNote.case_id == case_id)
    keyring = keyring_of(session)
    return [
        Note(keyring.open_(sealed, seal_name(NOTES, "text_sealed")), by, at)
        for sealed, by, at in session.execute(query.order_by(CaseNote.id))
    ]


def titles_of(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Number and title of some cases, by id; whoever calls has asked who may know of them."""
    keyring = keyring_of(session)
    rows = session.execute(select(Case.id, Case.no, Case.title_sealed).where(Case.id.in_(case_ids)))
    return {row[0]: (row[1], keyring.open_(row[2], seal_name(TABLE, "title_sealed"))) for row in rows}
