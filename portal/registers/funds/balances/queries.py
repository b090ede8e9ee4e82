"""What the balances are made from, and reads of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Table, select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.registers.divisions.models import Division, Unit
from portal.registers.divisions.rules import living_code
from portal.registers.funds.balances.models import LineBalance
from portal.registers.funds.balances.rules import LineFacts
from portal.registers.funds.models import Allocation, Programme
from portal.registers.projects.models import Project

A = table_of(Allocation)
P = table_of(Programme)
U = table_of(Unit)
D = table_of(Division)
J = table_of(Project)
B = table_of(LineBalance)

CHUNK = 400
MANY = 2000
"""From so many touched lines on, everything is read once instead of following single chains."""


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Ids in pieces that a statement can carry."""
    source = iter(sorted(set(ids)))
    while piece := list(islice(source, CHUNK)):
        yield piece


def touched_lines(session: Session, batch_id: int) -> set[int]:
    """Ids of the lines that a batch wrote or ended, and of the lines they named or name as parent."""
    mine = (A.c.batch_id == batch_id, A.c.superseded_batch_id == batch_id)
    ids: set[int] = set()
    for condition in mine:
        for row in session.execute(select(A.c.id, A.c.current_id, A.c.parent_id).where(condition)):
            ids.add(row.current_id or row.id)
            if row.parent_id is not None:
                ids.add(row.parent_id)
    return ids


def touched_programmes(session: Session, batch_id: int) -> set[int]:
    """Ids of the programmes that a batch wrote or ended."""
    return touched_rows(session, P, batch_id)


def touched_units(session: Session, batch_id: int) -> set[int]:
    """Ids of the units that a batch wrote or ended."""
    return touched_rows(session, U, batch_id)


def touched_rows(session: Session, table: Table, batch_id: int) -> set[int]:
    """Stable ids of the rows of a register table that a batch wrote or ended."""
    ids: set[int] = set()
    for condition in (table.c.batch_id == batch_id, table.c.superseded_batch_id == batch_id):
        query = select(table.c.id, table.c.current_id).where(condition)
        ids.update(current or own for own, current in session.execute(query))
    return ids


def lines_of_units(session: Session, unit_ids: Collection[int]) -> set[int]:
    """Ids of all current lines whose money some units hold or are in charge of."""
    if session.scalar(select(A.c.id).limit(1)) is None:
        return set()
    ids: set[int] = set()
    for piece in chunks(unit_ids):
        charged = select(P.c.id).where(P.c.department_id.in_(piece))
        mine = A.c.to_unit_id.in_(piece) | A.c.programme_id.in_(charged)
        ids.update(session.scalars(select(A.c.id).where(mine, A.c.superseded_at.is_(None))))
    return ids


def has_merger(session: Session, batch_id: int) -> bool:
    """Whether a batch of divisions says that one became another, while there is money to move."""
    mine = (D.c.batch_id == batch_id) | (D.c.superseded_batch_id == batch_id)
    merged = session.scalar(select(D.c.id).where(mine, D.c.successor_code.is_not(None)).limit(1))
    return merged is not None and session.scalar(select(A.c.id).limit(1)) is not None


def lines_of_programmes(session: Session, programme_ids: Collection[int]) -> set[int]:
    """Ids of all current lines of some programmes."""
    ids: set[int] = set()
    for piece in chunks(programme_ids):
        ids.update(session.scalars(select(A.c.id).where(A.c.programme_id.in_(piece), A.c.superseded_at.is_(None))))
    return ids


def relatives(session: Session, seeds: Collection[int]) -> set[int]:
    """The lines themselves, everything above and everything below them."""
    found: set[int] = set()
    for piece in chunks(seeds):
        up = _climb(piece)
        down = _fall(piece)
        found.update(session.scalars(select(up.c.id)))
        found.update(session.scalars(select(down.c.id)))
    return found


def lines_below(session: Session, seeds: Collection[int]) -> set[int]:
    """The lines themselves and everything below them."""
    found: set[int] = set()
    for piece in chunks(seeds):
        down = _fall(piece)
        found.update(session.scalars(select(down.c.id)))
    return found


def _climb(piece: list[int]) -> CTE:
    up = select(A.c.id, A.c.parent_id).where(A.c.id.in_(piece)).cte("up", recursive=True)
    return up.union(select(A.c.id, A.c.parent_id).where(A.c.id == up.c.parent_id))


def _fall(piece: list[int]) -> CTE:
    down = select(A.c.id).where(A.c.id.in_(piece)).cte("down", recursive=True)
    return down.union(select(A.c.id).where(A.c.parent_id == down.c.id, A.c.superseded_at.is_(None)))


def line_facts(session: Session, ids: Collection[int] | None) -> dict[int, LineFacts]:
    """Facts of the current positive lines among `ids` (None: of all lines)."""
    after = successors(session)
    if ids is None:
        return _facts(session, _FACTS, after)
    found: dict[int, LineFacts] = {}
    for piece in chunks(ids):
        found.update(_facts(session, _FACTS.where(A.c.id.in_(piece)), after))
    return found


_HOLDER, _CHARGE = U.alias("holder"), U.alias("charge")
_FACTS = (
    select(
        A.c.id,
        A.c.parent_id,
        A.c.programme_id,
        A.c.amount_fen,
        A.c.currency,
        A.c.allocated_on,
        A.c.division_code,
        _HOLDER.c.code,
        _HOLDER.c.kind,
        _HOLDER.c.division_code.label("holder_place"),
        J.c.code.label("project_code"),
        P.c.level,
        P.c.fund_class,
        P.c.year,
        _CHARGE.c.code.label("department_code"),
    )
    .select_from(A)
    .join(P, P.c.id == A.c.programme_id)
    .outerjoin(_HOLDER, _HOLDER.c.id == A.c.to_unit_id)
    .outerjoin(_CHARGE, _CHARGE.c.id == P.c.department_id)
    .outerjoin(J, J.c.id == A.c.project_id)
    .where(A.c.superseded_at.is_(None), A.c.amount_fen >= 0)
)


def _facts(session: Session, query: Select[Any], successors: dict[str, str | None]) -> dict[int, LineFacts]:
    found: dict[int, LineFacts] = {}
    for row in session.execute(query):
        place = row.division_code or row.holder_place
        found[row.id] = LineFacts(
            id=row.id,
            parent_id=row.parent_id,
            programme_id=row.programme_id,
            amount_fen=row.amount_fen,
            currency=row.currency,
            allocated_on=row.allocated_on,
            place_code=living_code(place, successors) if place else "",
            unit_code=row.code,
            unit_kind=row.kind,
            unit_place=living_code(row.holder_place, successors) if row.holder_place else "",
            project_code=row.project_code,
            level=row.level,
            fund_class=row.fund_class,
            programme_year=row.year,
            department_code=row.department_code,
        )
    return found


def successors(session: Session) -> dict[str, str | None]:
    """Old division codes with the code that came after each."""
    query = select(D.c.code, D.c.successor_code).where(D.c.successor_code.is_not(None), D.c.superseded_at.is_(None))
    return {old: new for old, new in session.execute(query)}


def kept_rows(session: Session, ids: Collection[int] | None) -> dict[int, dict[str, Any]]:
    """Balance rows by line id (None: all)."""
    if ids is None:
        return _kept(session, None)
    found: dict[int, dict[str, Any]] = {}
    for piece in chunks(ids):
        found.update(_kept(session, B.c.allocation_id.in_(piece)))
    return found


def _kept(session: Session, condition: ColumnElement[bool] | None) -> dict[int, dict[str, Any]]:
    query = select(B) if condition is None else select(B).where(condition)
    return {row["allocation_id"]: dict(row) for row in session.execute(query).mappings()}


def parents_of(session: Session, ids: Collection[int]) -> dict[int, int | None]:
    """Parent of each current line."""
    found: dict[int, int | None] = {}
    for piece in chunks(ids):
        query = select(A.c.id, A.c.parent_id).where(A.c.id.in_(piece))
        found.update({i: parent for i, parent in session.execute(query)})
    return found
