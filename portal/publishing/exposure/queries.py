"""Reads of exposures: for everybody what is out, for the office one with its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.rules import Principal
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.oversight.cases.models import Case
from portal.oversight.cases.queries import visible_to
from portal.publishing.exposure.models import Exposure
from portal.publishing.exposure.models import ExposureState as ExposureState
from portal.publishing.exposure.rules import PUBLIC, is_open
from portal.registers.divisions.queries import codes_within
from portal.registers.sealed import keyring_of, seal_name

TABLE: Final = "exposures"


@dataclass(frozen=True)
class ExposureRow:
    """One exposure, its words opened; empty where they are no longer read."""

    id: int
    no: str
    case_id: int
    division_code: str
    organ: str
    kind: str
    title: str
    body: str
    withdraw_on: date
    state: str
    drafted_by: str
    checked_by: str | None
    checked_at: datetime | None
    checked_why: str | None
    published_on: date | None
    publication_event: str | None
    content_sha256: str | None
    ended_on: date | None

    def is_open(self, today: date) -> bool:
        """Whether everybody reads its words today."""
        return is_open(self.state, self.withdraw_on, today)


_NAMES: Final = tuple(ExposureRow.__dataclass_fields__)
_SEALED: Final = {"title": "title_sealed", "body": "body_sealed"}
_COLUMNS: Final = tuple(getattr(Exposure, _SEALED.get(name, name)) for name in _NAMES)


def _row(session: Session, row: Sequence[Any], today: date | None) -> ExposureRow:
    """`today`: for everybody, so that words whose time is over are not even opened; None for the office."""
    said, keyring = dict(zip(_NAMES, row, strict=True)), keyring_of(session)
    shown = today is None or is_open(said["state"], said["withdraw_on"], today)
    for name, column in _SEALED.items():
        said[name] = keyring.open_(said[name], seal_name(TABLE, column)) if shown else ""
    return ExposureRow(**said)


def list_public(
    session: Session, today: date, *, inside: str = "", after: Start | None = None, limit: int | None = 51
) -> list[ExposureRow]:
    """What is or was out, the latest first; of what is over, number, day and organ alone.

    It goes by number, not by id: ids count drafts as well, and a page's cursor shows what the list goes by.
    """
    query = select(*_COLUMNS).where(Exposure.state.in_(PUBLIC))
    if inside:
        query = query.where(Exposure.division_code.in_(codes_within([inside])))
    rows = rows_beside(session, query, (Exposure.published_on, Exposure.no), after, limit, latest_first=True)
    return [_row(session, row, today) for row in rows]


def get_public(session: Session, no: str, today: date) -> ExposureRow:
    """One of these; NotFound for every other number, a draft's too."""
    row = session.execute(select(*_COLUMNS).where(Exposure.no == no, Exposure.state.in_(PUBLIC))).one_or_none()
    if row is None:
        raise NotFound("没有这篇曝光", why="编号可能抄错了", fix="从监督曝光的列表里找")
    return _row(session, row, today)


def list_for_office(session: Session, who: Principal, limit: int = 200) -> list[ExposureRow]:
    """Exposures of cases that a person may know of, the latest first."""
    mine = select(Case.id).where(visible_to(session, who))
    query = select(*_COLUMNS).where(Exposure.case_id.in_(mine)).order_by(Exposure.id.desc()).limit(limit)
    return [_row(session, row, None) for row in session.execute(query)]


def get_for_office(session: Session, no: str, who: Principal) -> ExposureRow:
    """One of these, with its words; NotFound otherwise."""
    mine = select(Case.id).where(visible_to(session, who))
    row = session.execute(select(*_COLUMNS).where(Exposure.no == no, Exposure.case_id.in_(mine))).one_or_none()
    if row is None:
        raise NotFound("没有这篇曝光", fix="核对编号，或从列表重新进入")
    return _row(session, row, None)


def exposures_of_case(session: Session, case_id: int) -> list[ExposureRow]:
    """The exposures of one case, for those who may know of it."""
    query = select(*_COLUMNS).where(Exposure.case_id == case_id).order_by(Exposure.id)
    return [_row(session, row, None) for row in session.execute(query)]
