"""Keep the balances in step with the lines, in the transaction that changes the lines. Sums are no facts: no event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.registers.funds.balances.models import LineBalance
from portal.registers.funds.balances.queries import MANY, A, B, chunks, kept_rows, line_facts, parents_of, relatives
from portal.registers.funds.balances.rules import PLACED, SUMMED, place_lines, placed_rows

_PAYOUT_COLUMNS = ("programme_id", "year", "place_code")


@dataclass(frozen=True)
class Moved:
    """What a change of lines means for the payouts kept under them."""

    lines: frozenset[int]  # lines whose payouts have to be summed again
    programmes: frozenset[int]  # programmes that these lines belong or belonged to
    years: frozenset[int]  # years in which any sum may have changed


def refresh_lines(session: Session, seeds: Collection[int] | None) -> Moved:
    """Place lines (None: all) and everything below them again, and sum what was passed on, sent back and is held."""
    everything = seeds is None or len(seeds) >= MANY
    ids = None if everything else relatives(session, seeds or ())
    facts = line_facts(session, ids)
    before = kept_rows(session, ids)
    rows = placed_rows(facts, place_lines(facts), before)
    gone = [line_id for line_id in before if line_id not in facts]
    for piece in chunks(gone):
        session.execute(delete(B).where(B.c.allocation_id.in_(piece)))
    changed = [row for row in rows if _differs(row, before.get(row["allocation_id"]))]
    _upsert(session, changed)
    _sum_again(session, None if everything else _with_parents(session, set(seeds or ()) | set(facts)))
    years = {row["year"] for row in rows} | {row["year"] for row in before.values()}
    return _moved(changed, before, gone, years)


def _differs(row: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    return old is None or any(old[name] != row[name] for name in PLACED)


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(B).values({name: bindparam(name) for name in ("allocation_id", *PLACED)})
    statement = statement.values({**dict.fromkeys(SUMMED, 0), "held_fen": bindparam("gross_fen"), "kept_back": False})
    statement = statement.on_conflict_do_update(
        index_elements=[B.c.allocation_id], set_={name: statement.excluded[name] for name in PLACED}
    )
    session.connection().execute(statement, rows)


def _with_parents(session: Session, ids: set[int]) -> set[int]:
    """Also the lines above, whose sums count these, and those above them, to whom money came back."""
    above = {parent for parent in parents_of(session, ids).values() if parent is not None}
    further = {parent for parent in parents_of(session, above).values() if parent is not None}
    return ids | above | further


def _sum_again(session: Session, ids: Collection[int] | None) -> None:
    if ids is None:
        _sum_chain(session, None)
        settle(session, None)
        return
    for piece in chunks(ids):
        _sum_chain(session, piece)
        settle(session, piece)


def _sum_chain(session: Session, piece: list[int] | None) -> None:
    mine = true() if piece is None else B.c.allocation_id.in_(piece)
    cleared: dict[str, Any] = dict.fromkeys(("passed_on_fen", "returned_fen", "back_fen"), 0)
    cleared |= {"first_passed_on": None, "last_passed_on": None}
    session.execute(update(B).where(mine).values(cleared))
    positive = A.c.amount_fen >= 0
    below = (
        select(
            A.c.parent_id,
            func.sum(case((positive, A.c.amount_fen), else_=0)).label("passed_on"),
            func.sum(case((positive, 0), else_=-A.c.amount_fen)).label("returned"),
            func.min(case((positive, A.c.allocated_on))).label("first"),
            func.max(case((positive, A.c.allocated_on))).label("last"),
        )
        .where(A.c.superseded_at.is_(None), A.c.parent_id.is_not(None), _under(A.c.parent_id, piece))
        .group_by(A.c.parent_id)
        .subquery()
    )
    values = {
        "passed_on_fen": below.c.passed_on,
        "returned_fen": below.c.returned,
        "first_passed_on": below.c.first,
        "last_passed_on": below.c.last,
    }
    session.execute(update(B).where(B.c.allocation_id == below.c.parent_id).values(values))
    child, negative = A.alias("child"), A.alias("negative")
    back = (
        select(child.c.parent_id, (-func.sum(negative.c.amount_fen)).label("back"))
        .select_from(child.join(negative, negative.c.parent_id == child.c.id))
        .where(child.c.superseded_at.is_(None), child.c.amount_fen >= 0, child.c.parent_id.is_not(None))
        .where(negative.c.superseded_at.is_(None), negative.c.amount_fen < 0, _under(child.c.parent_id, piece))
        .group_by(child.c.parent_id)
        .subquery()
    )
    session.execute(update(B).where(B.c.allocation_id == back.c.parent_id).values(back_fen=back.c.back))


def _under(column: ColumnElement[Any], piece: list[int] | None) -> ColumnElement[bool]:
    return true() if piece is None else column.in_(piece)


def settle(session: Session, piece: list[int] | None) -> None:
    """held = gross + back - passed on - paid - returned; negative where more went out than came in."""
    held = B.c.gross_fen + B.c.back_fen - B.c.passed_on_fen - B.c.paid_fen - B.c.returned_fen
    statement = update(B).where(B.c.held_fen != held).values(held_fen=held)
    session.execute(statement if piece is None else statement.where(B.c.allocation_id.in_(piece)))


def _moved(
    changed: list[dict[str, Any]], before: Mapping[int, Mapping[str, Any]], gone: list[int], years: set[int]
) -> Moved:
    lines: set[int] = set()
    programmes: set[int] = set()
    for row in changed:
        old = before.get(row["allocation_id"])
        if old is None or any(old[name] != row[name] for name in _PAYOUT_COLUMNS):
            lines.add(row["allocation_id"])
            programmes.add(row["programme_id"])
            programmes.update([old["programme_id"]] if old else ())
    for line_id in gone:
        lines.add(line_id)
        programmes.add(before[line_id]["programme_id"])
    return Moved(frozenset(lines), frozenset(programmes), frozenset(years))


def drop_all(session: Session) -> None:
    """Forget all balances before everything is summed again."""
    session.execute(delete(table_of(LineBalance)))
