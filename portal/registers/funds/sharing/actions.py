"""Keep with each line whether its own sums are public, in the transaction that changes payments. Sums: no event."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from portal.registers.funds.balances.queries import B, chunks
from portal.registers.funds.payouts.queries import HP, LP, PC, SUCCEEDED, R, Y
from portal.registers.funds.sharing.queries import Pair, find_kept_back


def count_households(session: Session, lines: Collection[int]) -> None:
    """Count again how many households lines reached in each village: reads these lines' payments."""
    reached = func.count(Y.c.household_id.distinct()).label("households")
    same = (HP.c.household_id == Y.c.household_id, HP.c.programme_id == B.c.programme_id, HP.c.year == B.c.year)
    counted = (
        select(Y.c.allocation_id, HP.c.village_code, reached)
        .select_from(Y)
        .join(B, B.c.allocation_id == Y.c.allocation_id)
        .join(R, and_(R.c.payment_id == Y.c.id, R.c.superseded_at.is_(None)))
        .join(HP, and_(*same))
        .where(Y.c.superseded_at.is_(None), SUCCEEDED)
        .group_by(Y.c.allocation_id, HP.c.village_code)
    )
    for piece in chunks(sorted(lines)):
        found = counted.where(Y.c.allocation_id.in_(piece)).subquery()
        mine = (LP.c.allocation_id == found.c.allocation_id, LP.c.village_code == found.c.village_code)
        session.execute(update(LP).where(*mine).values(households=found.c.households))


def keep_back_again(session: Session, pairs: Collection[Pair]) -> None:
    """Decide anew which lines of (programme, year) pairs keep their sums back; only differences are written."""
    for pair in sorted(pairs):
        mine = (B.c.programme_id == pair[0], B.c.year == pair[1], B.c.kept_back)
        before = set(session.scalars(select(B.c.allocation_id).where(*mine)))
        now = find_kept_back(session, pair)
        for lines, value in ((now - before, True), (before - now, False)):
            for piece in chunks(sorted(lines)):
                session.execute(update(B).where(B.c.allocation_id.in_(piece)).values(kept_back=value))


def keep_back_everywhere(session: Session) -> None:
    """Count and decide for every line there is: after an upgrade from a version that did not keep it."""
    count_households(session, session.scalars(select(LP.c.allocation_id).distinct()).all())
    session.execute(update(B).where(B.c.kept_back, B.c.paid_household_fen == 0).values(kept_back=False))
    keep_back_again(session, [(p, y) for p, y in session.execute(select(PC.c.programme_id, PC.c.year).distinct())])
