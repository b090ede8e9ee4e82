"""Reads of requests for help. Sealed columns leave here sealed; `disclosure` shapes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.divisions.queries import codes_within
from portal.registers.recipients.requests.disclosure import SealedRequest
from portal.registers.recipients.requests.models import Channel as Channel
from portal.registers.recipients.requests.models import ForWhom as ForWhom
from portal.registers.recipients.requests.models import HelpRequest
from portal.registers.recipients.requests.models import RequestState as RequestState
from portal.registers.recipients.requests.models import Trouble as Trouble
from portal.registers.recipients.requests.rules import OPEN, read_no

_COLUMNS = tuple(getattr(HelpRequest, name) for name in SealedRequest.__dataclass_fields__ if name != "linked")
_FOLLOWER = aliased(HelpRequest)
_LINKED = (
    select(func.count(_FOLLOWER.id))
    .where(_FOLLOWER.linked_to == HelpRequest.id)
    .correlate(HelpRequest)
    .scalar_subquery()
)
_ROWS = select(*_COLUMNS, _LINKED.label("linked"))


def _row(row: Any) -> SealedRequest:
    return SealedRequest(*row)


def find_request(session: Session, no: str) -> SealedRequest | None:
    """One request by its number, however it was typed; None when unknown."""
    row = session.execute(_ROWS.where(HelpRequest.no == read_no(no))).one_or_none()
    return None if row is None else _row(row)


def get_request(session: Session, no: str) -> SealedRequest:
    """As `find_request`; raises NotFound."""
    found = find_request(session, no)
    if found is None:
        raise NotFound("没有这条申报", fix="核对编号，或从列表重新进入")
    return found


@dataclass(frozen=True)
class Asked:
    """What proves an asker, and what he may then see: his request and the one that it was linked to."""

    code_hash: str | None
    request: SealedRequest
    head: SealedRequest


def find_asked(session: Session, no: str) -> Asked | None:
    """A request with the hash of its receipt's code and the request that it follows. One statement, found or not."""
    head = aliased(HelpRequest)
    heads = tuple(getattr(head, column.key) for column in _COLUMNS)
    query = (
        select(HelpRequest.code_hash, *_COLUMNS, *heads)
        .join(head, head.id == func.coalesce(HelpRequest.linked_to, HelpRequest.id))
        .where(HelpRequest.no == read_no(no))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    width = len(_COLUMNS)
    return Asked(row[0], SealedRequest(*row[1 : width + 1]), SealedRequest(*row[width + 1 :]))


def list_requests(
    session: Session,
    within: Collection[str],
    now: datetime,
    *,
    closed: bool = False,
    after: Start | None = None,
    limit: int = 51,
) -> list[SealedRequest]:
    """Requests of some divisions that have come up in the list, by due day; those linked to another count there."""
    rows = rows_beside(session, _listed(_ROWS, within, now, closed), (HelpRequest.due_on, HelpRequest.id), after, limit)
    return [_row(row) for row in rows]


def _listed(
    query: Select[*tuple[Any, ...]], within: Collection[str], now: datetime, closed: bool
) -> Select[*tuple[Any, ...]]:
    state = HelpRequest.state.not_in(OPEN) if closed else HelpRequest.state.in_(OPEN)
    return query.where(
        state, HelpRequest.linked_to.is_(None), HelpRequest.shown_from <= now,
        HelpRequest.division_code.in_(codes_within(within)),
    )  # fmt: skip


@dataclass(frozen=True)
class Waiting:
    """How many requests wait, and how many of them are late."""

    open: int
    late: int


def count_waiting(session: Session, within: Collection[str], now: datetime, today: date) -> Waiting:
    """Open requests of some divisions. One statement."""
    query = _listed(select(func.count(), func.count().filter(HelpRequest.due_on < today)), within, now, closed=False)
    total, late = session.execute(query.select_from(HelpRequest)).one()
    return Waiting(total, late)


def requests_of_household(session: Session, household_id: int, limit: int = 20) -> list[SealedRequest]:
    """A household's own requests, newest first."""
    query = _ROWS.where(HelpRequest.household_id == household_id).order_by(HelpRequest.id.desc()).limit(limit)
    return [_row(row) for row in session.execute(query)]


def linked_nos(session: Session, request_id: int) -> list[str]:
    """Numbers of the later requests about the same persons, oldest first."""
    query = select(HelpRequest.no).where(HelpRequest.linked_to == request_id).order_by(HelpRequest.id)
    return list(session.scalars(query))


def open_head(
    session: Session, household_id: int | None, id_index: bytes | None, phone_index: bytes | None
) -> int | None:
    """The stable id of an open request of the same household, person or telephone in nobody else's name; None when new."""
    same = [
        column == value
        for column, value in (
            (HelpRequest.household_id, household_id),
            (HelpRequest.id_index, id_index),
        )
        if value is not None
    ]
    if id_index is None and household_id is None and phone_index is not None:
        same = [and_(HelpRequest.phone_index == phone_index, HelpRequest.id_index.is_(None))]
    for condition in same:
        query = select(HelpRequest.id).where(condition, HelpRequest.state.in_(OPEN), HelpRequest.linked_to.is_(None))
        found = session.scalar(query.order_by(HelpRequest.id).limit(1))
        if found is not None:
            return found
    return None
