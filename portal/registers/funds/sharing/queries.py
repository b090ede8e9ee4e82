"""Reads what the rule on shared places needs of one programme and year: one statement over kept sums."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.registers.funds.payouts.queries import LP
from portal.registers.funds.sharing.rules import kept_back

Pair = tuple[int, int]  # programme, year


def find_kept_back(session: Session, pair: Pair) -> set[int]:
    """Lines of a programme and year whose own sums the public may not see."""
    query = select(LP.c.allocation_id, LP.c.shown_code, LP.c.households)
    shares: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line, shown, households in session.execute(query.where(LP.c.programme_id == pair[0], LP.c.year == pair[1])):
        shares[shown][line] += int(households)  # a household lives in one village only
    return kept_back(shares)
