"""Reads of programmes and lines of money: rows and frozen dataclasses; totals come from roll-ups, never from payments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.funds.balances.queries import A, B
from portal.registers.funds.rules import Balance


def balance_of(session: Session, allocation_id: int) -> Balance | None:
    """What became of one line; None for a negative or unknown one."""
    query = select(
        B.c.gross_fen, B.c.back_fen, B.c.passed_on_fen, B.c.paid_fen, B.c.returned_fen, B.c.pending_fen
    ).where(B.c.allocation_id == allocation_id)
    row = session.execute(query).one_or_none()
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
