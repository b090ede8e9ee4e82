"""Reads of notices: lists for everybody and for the office, one notice with its text, and what the gate must know."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.clock import Overrides
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.publishing.notices.disclosure import PublicNotice, Source
from portal.publishing.notices.models import Conclusion as Conclusion
from portal.publishing.notices.models import Notice, NoticeText
from portal.publishing.notices.models import NoticeKind as NoticeKind
from portal.publishing.notices.models import NoticeState as NoticeState
from portal.publishing.notices.objections.models import NoticeObjection, ObjectionState
from portal.publishing.notices.patterns.rules import PATTERNS, Pattern, get_pattern
from portal.publishing.notices.rules import HANGING, days_left, is_list_open, list_ends_on
from portal.registers.divisions.queries import lies_within
from portal.registers.sealed import keyring_of

SOURCE_SEAL: Final = "notice_texts.source_sealed"
PUBLIC_SEAL: Final = "notice_texts.public_sealed"
PHOTO_FOLDER: Final = "notices"
OPEN, ALL = "open", ""


@dataclass(frozen=True)
class NoticeRow:
    """A notice as it stands, without its text."""

    id: int
    no: str
    kind: str
    pattern: str
    division_code: str
    title: str
    issuer: str
    state: str
    procedure_no: str | None
    source: str | None
    days: int | None
    day_unit: str | None
    days_basis: str | None
    totals: Mapping[str, int]
    drafted_by: str
    drafted_at: datetime
    checked_by: str | None
    checked_at: datetime | None
    returned_why: str | None
    published_on: date | None
    publication_event: str | None
    content_sha256: str | None
    a4_sha256: str | None
    a3_sha256: str | None
    starts_on: date | None
    ends_on: date | None
    photo_sha256: str | None
    posted_by: str | None
    conclusion: str | None
    conclusion_text: str | None
    concluded_by: str | None
    concluded_on: date | None
    replaces_no: str | None
    replaced_by_no: str | None

    @property
    def declared(self) -> Pattern:
        """What a notice of this pattern carries."""
        return get_pattern(self.pattern)

    def list_until(self, overrides: Overrides) -> date | None:
        """The last day on which its list of people is read; None before the publication, and for other notices."""
        if self.published_on is None or not self.declared.lists_people:
            return None
        return list_ends_on(self.published_on, self.ends_on, self.days, self.day_unit, overrides)

    def shows_list(self, today: date, overrides: Overrides) -> bool:
        """Whether everybody reads its lines."""
        return is_list_open(self.declared.lists_people, self.state, self.list_until(overrides), today)

    def left(self, today: date) -> int | None:
        """Days left of its window."""
        return days_left(self.ends_on, today)

    def is_open(self, today: date) -> bool:
        """A window that anybody can still object in."""
        return self.kind == NoticeKind.POSTING and self.state in HANGING and (self.left(today) != 0)


_NAMES = tuple(NoticeRow.__dataclass_fields__)
_ROWS = select(*(getattr(Notice, name) for name in _NAMES))


def find_notice(session: Session, no: str) -> NoticeRow | None:
    """A notice by its number, whatever its state; None when unknown."""
    row = session.execute(_ROWS.where(Notice.no == no)).one_or_none()
    return None if row is None else NoticeRow(*row)


def get_notice(session: Session, no: str) -> NoticeRow:
    """As `find_notice`; raises NotFound."""
    found = find_notice(session, no)
    if found is None:
        raise NotFound("没有这份公示或公告", why="也可能不在您的管辖范围", fix="从列表重新进入")
    return found


def find_public(session: Session, no: str) -> NoticeRow | None:
    """A notice that has been published; drafts do not exist for anybody outside."""
    found = find_notice(session, no)
    return found if found is not None and found.published_on is not None else None


@dataclass(frozen=True)
class Wanted:
    """The filters of the public list."""

    inside: str = ""
    kind: str = ""
    only_open: bool = False


def _public(wanted: Wanted, today: date) -> Select[Any]:
    query = _ROWS.where(Notice.published_on.is_not(None), Notice.state != NoticeState.RETRACTED)
    if wanted.inside:
        query = query.where(lies_within(Notice.division_code, [wanted.inside]))
    if wanted.kind:
        query = query.where(Notice.kind == wanted.kind)
    if wanted.only_open:
        query = query.where(_open(today))
    return query


def _open(today: date) -> ColumnElement[bool]:
    still = or_(Notice.ends_on.is_(None), Notice.ends_on >= today)
    return (Notice.kind == NoticeKind.POSTING) & Notice.state.in_(HANGING) & still


def list_public(
    session: Session, wanted: Wanted, today: date, after: Start | None = None, limit: int | None = 51
) -> list[NoticeRow]:
    """Published notices, the newest first."""
    rows = rows_beside(
        session, _public(wanted, today), (Notice.published_on, Notice.id), after, limit, latest_first=True
    )
    return [NoticeRow(*row) for row in rows]


def count_open(session: Session, today: date, inside: str = "") -> int:
    """How many windows are open now."""
    query = select(func.count(Notice.id)).where(Notice.published_on.is_not(None), _open(today))
    if inside:
        query = query.where(lies_within(Notice.division_code, [inside]))
    return session.scalar(query) or 0


def list_for_office(session: Session, within: Collection[str], state: str = "", limit: int = 200) -> list[NoticeRow]:
    """Notices of some divisions: what is due soonest first, then what has no day yet, the newest before the older."""
    query = _ROWS.where(lies_within(Notice.division_code, within))
    if state:
        query = query.where(Notice.state == state)
    over = Notice.state.in_([NoticeState.WITHDRAWN, NoticeState.REPOSTED, NoticeState.REPLACED, NoticeState.DROPPED])
    query = query.order_by(over, Notice.ends_on.is_(None), Notice.ends_on, Notice.id.desc()).limit(limit)
    return [NoticeRow(*row) for row in session.execute(query)]


def notices_of_procedure(session: Session, procedure_no: str) -> list[NoticeRow]:
    """Notices that were drafted for a procedure, the newest first."""
    query = _ROWS.where(Notice.procedure_no == procedure_no).order_by(Notice.id.desc())
    return [NoticeRow(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class Text:
    """The newest text of a notice: which writing, by whom, before and after masking."""

    n: int
    made_by: str
    source: Source
    public: PublicNotice


def text_of(session: Session, row: NoticeRow) -> Text:
    """The newest text, opened: for those who write or check it, and for the gate."""
    kept = _newest(session, row.id)
    keyring, name = keyring_of(session), f"{row.no}/{kept.n}"
    source = Source.of(json.loads(keyring.open_(kept.source_sealed, f"{SOURCE_SEAL}/{name}")))
    public = PublicNotice.of(json.loads(keyring.open_(kept.public_sealed, f"{PUBLIC_SEAL}/{name}")))
    return Text(kept.n, kept.made_by, source, public)


def public_text_of(session: Session, row: NoticeRow) -> PublicNotice:
    """What everybody reads of a notice; whether its list may still be shown is asked of the row."""
    kept = _newest(session, row.id)
    opened = keyring_of(session).open_(kept.public_sealed, f"{PUBLIC_SEAL}/{row.no}/{kept.n}")
    return PublicNotice.of(json.loads(opened))


def _newest(session: Session, notice_id: int) -> NoticeText:
    query = select(NoticeText).where(NoticeText.notice_id == notice_id).order_by(NoticeText.n.desc()).limit(1)
    return session.scalars(query).one()


def makers_of(session: Session, notice_id: int) -> set[str]:
    """Everybody who has written at a notice."""
    return set(session.scalars(select(NoticeText.made_by).where(NoticeText.notice_id == notice_id)))


def count_objections(session: Session, notice_id: int) -> dict[str, int]:
    """How many objections stand in each state."""
    query = select(NoticeObjection.state, func.count(NoticeObjection.id)).where(NoticeObjection.notice_id == notice_id)
    return {state: count for state, count in session.execute(query.group_by(NoticeObjection.state))}


def count_waiting_objections(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """How many objections of each notice wait for an answer (one statement for a list)."""
    waiting = NoticeObjection.state.in_([ObjectionState.RECEIVED, ObjectionState.TAKEN_UP])
    query = select(NoticeObjection.notice_id, func.count(NoticeObjection.id))
    grouped = query.where(NoticeObjection.notice_id.in_(ids), waiting).group_by(NoticeObjection.notice_id)
    return {notice: count for notice, count in session.execute(grouped)}


def pattern_choices() -> list[tuple[str, str]]:
    """Code and title of every pattern."""
    return [(pattern.code, pattern.title) for pattern in PATTERNS.values()]
