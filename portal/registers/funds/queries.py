"""Reads of programmes and lines of money: rows and frozen dataclasses; totals come from roll-ups, never from payments."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.registers.corrections import RecordRow, as_record
from portal.registers.divisions.queries import lies_within
from portal.registers.funds.balances.queries import A, B, J, P, U
from portal.registers.funds.models import Allocation, FundClass, FundLevel, PayoutScope, PayoutWay, Programme
from portal.registers.funds.payouts.queries import PC
from portal.registers.funds.retention import HeldLine
from portal.registers.funds.rules import Balance
from portal.registers.history import Version, history_of
from portal.trail.models import TrailSubject

__all__ = ["FundClass", "FundLevel", "PayoutScope", "PayoutWay"]  # words that doors need for their forms


def balance_of(session: Session, allocation_id: int) -> Balance | None:
    """What became of one line; None for a negative or unknown one."""
    query = select(B.c.gross_fen, B.c.back_fen, B.c.passed_on_fen, B.c.paid_fen, B.c.returned_fen, B.c.pending_fen)
    row = session.execute(query.where(B.c.allocation_id == allocation_id)).one_or_none()
    return Balance(*row) if row else None


def ancestor_ids(session: Session, allocation_id: int) -> list[int]:
    """Ids of the lines above one, nearest first."""
    up = select(A.c.id, A.c.parent_id).where(A.c.id == allocation_id).cte("up", recursive=True)
    up = up.union(select(A.c.id, A.c.parent_id).where(A.c.id == up.c.parent_id))
    parents = {line: parent for line, parent in session.execute(select(up.c.id, up.c.parent_id))}
    found: list[int] = []
    current = parents.get(allocation_id)
    while current is not None and current not in found:
        found.append(current)
        current = parents.get(current)
    return found


@dataclass(frozen=True)
class ProgrammeTotal:
    """One programme 资金项目 with what became of its money, in fen of its currency."""

    id: int
    code: str
    name: str
    fund_class: str | None
    level: str | None
    department: str | None
    department_code: str | None
    year: int | None
    budget_fen: int | None
    document_no: str | None
    policy_basis: str | None
    payout_way: str | None
    payout_scope: str | None
    currency: str
    received_fen: int
    returned_fen: int
    paid_fen: int
    held_fen: int
    lines: int
    waiting_since: date | None
    households: int


def _programmes(*wanted: ColumnElement[bool]) -> Select[Any]:
    """Programmes under some conditions; the sums are made of their lines only."""
    chosen = select(P.c.id).where(P.c.superseded_at.is_(None), *wanted)
    sums = (
        select(
            B.c.programme_id,
            func.sum(case((B.c.enters_programme, B.c.gross_fen), else_=0)).label("received"),
            func.sum(case((B.c.enters_programme, B.c.returned_fen), else_=0)).label("returned"),
            func.sum(B.c.paid_fen).label("paid"),
            func.sum(B.c.held_fen).label("held"),
            func.count().label("lines"),
            func.min(case((B.c.held_fen > 0, B.c.received_on))).label("since"),
        )
        .where(B.c.programme_id.in_(chosen))
        .group_by(B.c.programme_id)
        .subquery()
    )
    people = select(func.sum(PC.c.households)).where(PC.c.programme_id == P.c.id).scalar_subquery()
    columns = (
        P.c.id, P.c.code, P.c.name, P.c.fund_class, P.c.level, U.c.name, U.c.code, P.c.year, P.c.budget_fen,
        P.c.document_no, P.c.policy_basis, P.c.payout_way, P.c.payout_scope, P.c.currency,
        sums.c.received, sums.c.returned, sums.c.paid, sums.c.held, sums.c.lines, sums.c.since, people,
    )  # fmt: skip
    source = P.outerjoin(sums, sums.c.programme_id == P.c.id).outerjoin(U, U.c.id == P.c.department_id)
    return select(*columns).select_from(source).where(P.c.superseded_at.is_(None), *wanted)


def _programme(row: Any) -> ProgrammeTotal:
    values: list[Any] = [*row[:14], *(int(n or 0) for n in row[14:19]), row[19], int(row[20] or 0)]
    return ProgrammeTotal(*values)


def list_programmes(
    session: Session, *, year: int | None = None, words: str = "", fund_class: str = "", after: Start | None = None,
    limit: int | None = None,
) -> list[ProgrammeTotal]:  # fmt: skip
    """Programmes with their totals, by code; `after` says where a page starts (keyset paging)."""
    wanted: list[ColumnElement[bool]] = []
    if year is not None:
        wanted.append(P.c.year == year)
    if words:
        like = (P.c.name.contains(words, autoescape=True), P.c.code.startswith(words, autoescape=True))
        wanted.append(or_(*like, P.c.document_no.contains(words, autoescape=True)))
    if fund_class:
        wanted.append(P.c.fund_class == fund_class)
    return [_programme(row) for row in rows_beside(session, _programmes(*wanted), (P.c.code,), after, limit)]


def get_programme(session: Session, code: str) -> ProgrammeTotal:
    """One programme with its totals; raises NotFound."""
    row = session.execute(_programmes(P.c.code == code)).one_or_none()
    if row is None:
        raise NotFound("没有这个资金项目", fix="核对项目编码，或从资金列表里找")
    return _programme(row)


def sibling_years(session: Session, programme: ProgrammeTotal) -> list[ProgrammeTotal]:
    """The same kind of money year by year: programmes of the same name and department, the earliest first."""
    department = select(U.c.id).where(U.c.code == programme.department_code).scalar_subquery()
    query = _programmes(P.c.name == programme.name, P.c.department_id.is_not_distinct_from(department))
    return [_programme(row) for row in session.execute(query.order_by(P.c.year, P.c.code))]


@dataclass(frozen=True)
class AllocationRow:
    """One line of money 资金拨付 with names, and what became of it (a negative line has no sums of its own)."""

    id: int
    parent_id: int | None
    no: str
    programme_code: str
    programme: str
    from_unit: str | None
    to_unit: str | None
    to_unit_code: str | None
    division_code: str | None
    amount_fen: int
    amount_printed: str | None
    document_no: str | None
    allocated_on: date | None
    purpose: str | None
    project_code: str | None
    project: str | None
    currency: str
    back_fen: int
    passed_on_fen: int
    returned_fen: int
    paid_fen: int
    paid_household_fen: int
    paid_count: int
    pending_fen: int
    pending_count: int
    held_fen: int
    first_out_on: date | None
    last_out_on: date | None
    is_shown_here: bool  # False: its small payouts are merged upwards, so its own sums are not public

    @property
    def net_fen(self) -> int:
        """The amount after what was taken back."""
        return self.amount_fen - self.returned_fen

    @property
    def held_line(self) -> HeldLine:
        """For the ageing rules."""
        return HeldLine(self.net_fen, self.held_fen, self.allocated_on)


_FROM, _TO = U.alias("giver"), U.alias("taker")
_IS_SHOWN = and_(B.c.shown_code == B.c.place_code, B.c.kept_back.is_(False))
_ALLOCATION = (
    select(
        A.c.id, A.c.parent_id, A.c.no, P.c.code, P.c.name, _FROM.c.name, _TO.c.name, _TO.c.code, A.c.division_code,
        A.c.amount_fen, A.c.amount_printed, A.c.document_no, A.c.allocated_on, A.c.purpose, J.c.code, J.c.name,
        A.c.currency, B.c.back_fen, B.c.passed_on_fen, B.c.returned_fen, B.c.paid_fen, B.c.paid_household_fen,
        B.c.paid_count, B.c.pending_fen, B.c.pending_count, B.c.held_fen, B.c.first_passed_on, B.c.first_paid_on,
        B.c.last_passed_on, B.c.last_paid_on, _IS_SHOWN,
    )
    .select_from(A)
    .join(P, P.c.id == A.c.programme_id)
    .outerjoin(_FROM, _FROM.c.id == A.c.from_unit_id)
    .outerjoin(_TO, _TO.c.id == A.c.to_unit_id)
    .outerjoin(J, J.c.id == A.c.project_id)
    .outerjoin(B, B.c.allocation_id == A.c.id)
    .where(A.c.superseded_at.is_(None))
)  # fmt: skip


def _allocation(row: Any) -> AllocationRow:
    first = min((d for d in row[26:28] if d), default=None)
    last = max((d for d in row[28:30] if d), default=None)
    values: list[Any] = [*row[:17], *(int(n or 0) for n in row[17:26]), first, last, row[30] is None or bool(row[30])]
    return AllocationRow(*values)


def find_allocation(session: Session, no: str) -> AllocationRow | None:
    """One line by its number."""
    row = session.execute(_ALLOCATION.where(A.c.no == no)).one_or_none()
    return _allocation(row) if row else None


def get_allocation(session: Session, no: str) -> AllocationRow:
    """One line by its number; raises NotFound."""
    found = find_allocation(session, no)
    if found is None:
        raise NotFound("没有这笔拨付", fix="核对拨付编号")
    return found


@dataclass(frozen=True)
class AllocationDetail:
    """A line with the lines above it (nearest first), those below it, and what was taken back from it."""

    line: AllocationRow
    chain: list[AllocationRow]
    children: list[AllocationRow]
    taken_back: list[AllocationRow]
    more_children: bool


CHILDREN = 200


def allocation_detail(session: Session, no: str) -> AllocationDetail:
    """Everything about one line for everybody: a constant number of statements, at most 200 lines below."""
    line = get_allocation(session, no)
    above = allocations_by_id(session, ancestor_ids(session, line.id))
    chain, current = [], line.parent_id
    while current is not None and current in above:
        chain.append(above.pop(current))
        current = chain[-1].parent_id
    query = _ALLOCATION.where(A.c.parent_id == line.id).order_by(A.c.no).limit(CHILDREN + 1)
    below = [_allocation(row) for row in session.execute(query)]
    negative = [row for row in below if row.amount_fen < 0]
    positive = [row for row in below if row.amount_fen >= 0]
    return AllocationDetail(line, chain, positive[:CHILDREN], negative, len(below) > CHILDREN)


def allocations_by_id(session: Session, ids: Collection[int]) -> dict[int, AllocationRow]:
    """Lines by id."""
    if not ids:
        return {}
    rows = [_allocation(row) for row in session.execute(_ALLOCATION.where(A.c.id.in_(ids)))]
    return {row.id: row for row in rows}


def longest_held(
    session: Session, limit: int = 5, *, year: int | None = None, within: Collection[str] | None = None,
    share_percent: int = 10, exact: bool = False,
) -> list[AllocationRow]:  # fmt: skip
    """The lines whose money has waited longest, oldest first: those that still hold more than a share of their net sum."""
    query = _ALLOCATION.where(
        B.c.held_fen > 0,
        B.c.held_fen * 100 > (B.c.gross_fen - B.c.returned_fen) * share_percent,
        B.c.received_on.is_not(None),
    )
    if year is not None:
        query = query.where(B.c.year == year)
    if not exact:
        query = query.where(_IS_SHOWN)
    oldest = query.order_by(B.c.received_on, B.c.allocation_id).limit(limit)
    return [_allocation(row) for row in session.execute(oldest)]


def list_allocations(
    session: Session,
    within: Collection[str] | None = None,
    *,
    words: str = "",
    programme: str = "",
    year: int | None = None,
    held_only: bool = False,
    after: Start | None = None,
    limit: int = 51,
) -> list[AllocationRow]:
    """Lines for the console, the latest entered first; `after` says where a page starts (keyset paging)."""
    query = _ALLOCATION
    if within is not None:
        query = query.where(lies_within(A.c.division_code, within))
    if words:
        numbers = (A.c.no.startswith(words, autoescape=True), A.c.document_no.contains(words, autoescape=True))
        query = query.where(or_(*numbers, A.c.purpose.contains(words, autoescape=True)))
    if programme:
        mine = select(P.c.id).where(P.c.code == programme, P.c.superseded_at.is_(None))
        query = query.where(A.c.programme_id.in_(mine))
    key = A.c.id
    if year is not None:
        query, key = query.where(B.c.year == year), B.c.allocation_id  # the index of the year has them in this order
    if held_only:
        query = query.where(B.c.held_fen > 0)
    return [_allocation(row) for row in rows_beside(session, query, (key,), after, limit, latest_first=True)]


def programme_row(session: Session, code: str) -> RecordRow:
    """One programme for the console; raises NotFound."""
    row = session.scalar(select(Programme).where(Programme.code == code))
    if row is None:
        raise NotFound("没有这个资金项目", fix="核对项目编码，或从资金列表里找")
    return as_record(row)


def allocation_row(session: Session, no: str) -> RecordRow:
    """One line for the console, with the codes of what it names (`programme_code`, `parent_no`, `project_code`)."""
    row = session.scalar(select(Allocation).where(Allocation.no == no))
    if row is None:
        raise NotFound("没有这笔拨付", fix="核对拨付编号")
    record, parent = as_record(row), A.alias("parent")
    query = (
        select(P.c.code.label("programme_code"), parent.c.no.label("parent_no"), J.c.code.label("project_code"))
        .select_from(A)
        .join(P, P.c.id == A.c.programme_id)
        .outerjoin(parent, parent.c.id == A.c.parent_id)
        .outerjoin(J, J.c.id == A.c.project_id)
        .where(A.c.id == row.id)
    )
    return replace(record, values={**record.values, **session.execute(query).mappings().one()})


def allocation_id(session: Session, no: str | None) -> int | None:
    """The id of a line by its number; None for none; raises NotFound."""
    return get_allocation(session, no).id if no else None


def programme_history(session: Session, programme_id: int) -> list[Version]:
    """Versions of a programme, newest first."""
    return history_of(session, Programme, programme_id)


def allocation_history(session: Session, line_id: int) -> list[Version]:
    """Versions of a line, newest first."""
    return history_of(session, Allocation, line_id)


CHECKED = "allocation.checked"


def checker_of(session: Session, no: str, since: datetime) -> str | None:
    """Who checked a line since its present version was recorded; None: no second person yet."""
    query = select(TrailSubject.actor).where(
        TrailSubject.kind == "allocation", TrailSubject.no == no, TrailSubject.type == CHECKED,
        TrailSubject.recorded_at >= since,
    )  # fmt: skip
    return session.scalar(query.order_by(TrailSubject.id.desc()).limit(1))


@dataclass(frozen=True)
class MoneyCounts:
    """How much the registers hold: from roll-ups, no counting of payments."""

    programmes: int
    lines: int
    paid_payments: int
    pending_payments: int


def count_money(session: Session, year: int | None = None) -> MoneyCounts:
    """Counts for the first pages."""
    sums = select(func.count(), func.sum(B.c.paid_count), func.sum(B.c.pending_count))
    programmes = select(func.count()).select_from(P).where(P.c.superseded_at.is_(None))
    if year is not None:
        sums, programmes = sums.where(B.c.year == year), programmes.where(P.c.year == year)
    lines, paid, pending = session.execute(sums).one()
    return MoneyCounts(int(session.scalar(programmes) or 0), int(lines), int(paid or 0), int(pending or 0))
