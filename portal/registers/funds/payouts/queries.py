"""What a batch or a correction changed in the payouts, as one grouped select each; never the whole table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.registers.funds.balances.queries import P
from portal.registers.funds.balances.rules import range_of
from portal.registers.funds.payments.models import BankReturn, Payment, ReturnResult
from portal.registers.funds.payouts.models import HouseholdPayout, LinePayout, ProgrammeCell
from portal.registers.recipients.models import Household

Y = table_of(Payment)
R = table_of(BankReturn)
H = table_of(Household)
LP = table_of(LinePayout)
HP = table_of(HouseholdPayout)
PC = table_of(ProgrammeCell)


@dataclass(frozen=True)
class Touched:
    """The rows of one act: those of an imported (or undone) batch, or single rows changed under one event."""

    batch_id: int | None = None
    ids: tuple[int, ...] = ()
    event_id: str | None = None

    def now(self, table: Table) -> ColumnElement[bool]:
        """Rows as they stand after the act."""
        mine = table.c.batch_id == self.batch_id if self.batch_id is not None else table.c.id.in_(self.ids)
        return and_(mine, table.c.superseded_at.is_(None))

    def before(self, table: Table) -> ColumnElement[bool]:
        """Rows that the act took out of force: kept copies, and withdrawn rows themselves."""
        if self.batch_id is not None:
            # A copy that was also written by this batch never counted.
            other = or_(table.c.batch_id.is_(None), table.c.batch_id != self.batch_id)
            return and_(table.c.superseded_batch_id == self.batch_id, other)
        mine = or_(table.c.current_id.in_(self.ids), table.c.id.in_(self.ids))
        return and_(mine, table.c.superseded_event_id == self.event_id, table.c.superseded_at.is_not(None))


@dataclass(frozen=True)
class Side:
    """One side of a change: which payments, whether each counts as paid, and how it bears on what is pending."""

    source: FromClause
    where: ColumnElement[bool]
    sign: int
    paid: ColumnElement[bool]
    pending: ColumnElement[int]


SUCCEEDED = R.c.result == ReturnResult.SUCCESS.value


def payment_sides(touched: Touched, with_returns: bool = True) -> list[Side]:
    """Sides of changed payments; `with_returns=False` when none of them can have a bank return yet."""
    if not with_returns:
        return [Side(Y, touched.now(Y), 1, literal(1) == 0, literal(1))]
    pending = case((R.c.id.is_(None), 1), else_=0)
    new = Y.outerjoin(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
    stable = func.coalesce(Y.c.current_id, Y.c.id)
    old = Y.outerjoin(R, and_(R.c.payment_id == stable, R.c.superseded_at.is_(None)))
    return [Side(old, touched.before(Y), -1, SUCCEEDED, pending), Side(new, touched.now(Y), 1, SUCCEEDED, pending)]


def return_sides(touched: Touched) -> list[Side]:
    """Sides of changed bank returns: a return takes its payment out of what is pending, whatever it says."""
    both = R.join(Y, and_(Y.c.id == R.c.payment_id, Y.c.superseded_at.is_(None)))
    taken = literal(-1)
    return [Side(both, touched.before(R), -1, SUCCEEDED, taken), Side(both, touched.now(R), 1, SUCCEEDED, taken)]


def all_sides(programme_lines: Select[Any] | None) -> list[Side]:
    """Every current payment (of some lines): to sum everything again."""
    where: ColumnElement[bool] = Y.c.superseded_at.is_(None)
    if programme_lines is not None:
        where = and_(where, Y.c.allocation_id.in_(programme_lines))
    new = Y.outerjoin(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
    return [Side(new, where, 1, SUCCEEDED, case((R.c.id.is_(None), 1), else_=0))]


def line_sums(side: Side) -> Select[Any]:
    """By line: allocation_id, paid, paid_household, paid_count, pending, pending_count, first, last. Unsigned."""
    to_household = and_(side.paid, Y.c.household_id.is_not(None))
    return (
        select(
            Y.c.allocation_id,
            func.sum(case((side.paid, Y.c.amount_fen), else_=0)).label("paid_fen"),
            func.sum(case((to_household, Y.c.amount_fen), else_=0)).label("paid_household_fen"),
            func.sum(case((side.paid, 1), else_=0)).label("paid_count"),
            func.sum(side.pending * Y.c.amount_fen).label("pending_fen"),
            func.sum(side.pending).label("pending_count"),
            func.min(case((side.paid, Y.c.paid_on))).label("first_paid_on"),
            func.max(case((side.paid, Y.c.paid_on))).label("last_paid_on"),
        )
        .select_from(side.source)
        .where(side.where)
        .group_by(Y.c.allocation_id)
    )


def household_sums(side: Side) -> Select[Any]:
    """By line and household: allocation_id, household_id, village, signed sum and count of successful payments."""
    return (
        select(
            Y.c.allocation_id,
            Y.c.household_id,
            func.coalesce(func.min(H.c.division_code), "").label("village_code"),
            (func.sum(Y.c.amount_fen) * side.sign).label("paid_fen"),
            (func.count() * side.sign).label("payments"),
        )
        .select_from(side.source.join(H, H.c.id == Y.c.household_id))
        .where(side.where, side.paid)
        .group_by(Y.c.allocation_id, Y.c.household_id)
    )


def may_have_returns(session: Session, batch_id: int) -> bool:
    """False when a batch holds only new payments, which no bank return can name yet."""
    if session.scalar(select(Y.c.id).where(Y.c.superseded_batch_id == batch_id).limit(1)) is not None:
        return True
    first, last = session.execute(select(func.min(Y.c.id), func.max(Y.c.id)).where(Y.c.batch_id == batch_id)).one()
    if first is None:
        return False
    return session.scalar(select(R.c.id).where(R.c.payment_id.between(first, last)).limit(1)) is not None


def cells_of(session: Session, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], dict[str, tuple[int, str]]]:
    """(programme, year) → village → (households, shown code)."""
    found: dict[tuple[int, int], dict[str, tuple[int, str]]] = {}
    for programme_id, year in sorted(pairs):
        query = select(PC.c.village_code, PC.c.households, PC.c.shown_code).where(
            PC.c.programme_id == programme_id, PC.c.year == year
        )
        found[programme_id, year] = {village: (n, shown) for village, n, shown in session.execute(query)}
    return found


@dataclass(frozen=True)
class PublicCell:
    """Money to households of one place in one year of one programme, as everybody may see it.

    `merged`: the sum of villages under five households (and of those that hide them), shown as the place's 其他.
    """

    programme_id: int
    programme_code: str
    programme: str
    year: int
    code: str
    merged: bool
    paid_fen: int
    households: int


def _public_cells(programme: str, area: str, year: int | None, *also: ColumnElement[Any]) -> Select[Any]:
    merged = case((PC.c.shown_code != PC.c.village_code, 1), else_=0)
    by = (PC.c.programme_id, P.c.code, P.c.name, PC.c.year, PC.c.shown_code, merged)
    paid = func.sum(PC.c.paid_fen)
    query = (
        select(*by, paid, func.sum(PC.c.households), *also)
        .join(P, P.c.id == PC.c.programme_id)
        .group_by(*by)
        .order_by(paid.desc(), P.c.code, PC.c.shown_code)
    )
    if programme:
        query = query.where(P.c.code == programme, P.c.superseded_at.is_(None))
    if area:
        low, high = range_of(area)
        query = query.where(PC.c.village_code.between(low, high), PC.c.shown_code.between(low, high))
    return query if year is None else query.where(PC.c.year == year)


def _public_cell(row: Any) -> PublicCell:
    values: list[Any] = [*row[:5], bool(row[5]), int(row[6]), int(row[7])]
    return PublicCell(*values)


def public_cells(session: Session, *, programme: str = "", area: str = "", year: int | None = None) -> list[PublicCell]:
    """The merged rows: page, total and download all use these. By programme code and/or area; most money first."""
    return [_public_cell(row) for row in session.execute(_public_cells(programme, area, year))]


@dataclass(frozen=True)
class CellsBegun:
    """The first of the merged rows, how many there are, and the households of all of them."""

    first: list[PublicCell]
    count: int
    households: int


def first_public_cells(session: Session, programme: str, limit: int) -> CellsBegun:
    """What a page shows of a programme that may reach a thousand villages: counted where the rows are, in one statement."""
    whole = (func.count().over(), func.sum(func.sum(PC.c.households)).over())
    rows = session.execute(_public_cells(programme, "", None, *whole).limit(limit)).all()
    count, households = (int(rows[0][8]), int(rows[0][9])) if rows else (0, 0)
    return CellsBegun([_public_cell(row) for row in rows], count, households)


def household_totals(session: Session, household_id: int, year: int | None = None) -> list[tuple[str, str, int, int]]:
    """(programme code, name, year, fen) that one household got; for the household itself and those entitled to it."""
    query = select(P.c.code, P.c.name, HP.c.year, HP.c.paid_fen).join(P, P.c.id == HP.c.programme_id)
    query = query.where(HP.c.household_id == household_id)
    if year is not None:
        query = query.where(HP.c.year == year)
    return [(code, name, y, fen) for code, name, y, fen in session.execute(query.order_by(HP.c.year.desc(), P.c.code))]
