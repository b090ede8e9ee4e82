"""Counting what is shown. The day's row is locked until the commit, so that two at once cannot both be the fiftieth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from portal.accounts.models import RevealDay


@dataclass(frozen=True)
class Counted:
    """Where a person stands after asking: may it be shown, how many were, and how often beyond the quota was asked."""

    allowed: bool
    shown: int
    over: int


def count_reveal(session: Session, actor: str, day: date, quota: int, *, stepped_up: bool) -> Counted:
    """Count one wish to see a sealed field on a day (UTC+8). Beyond the quota only somebody who stepped up is allowed.

    Holds the lock of the person's day until the transaction ends: others of the same person wait for it.
    """
    row = _locked_day(session, actor, day)
    over = row.shown >= quota
    allowed = stepped_up or not over
    row.shown += allowed
    row.over += over
    session.flush()
    return Counted(allowed, row.shown, row.over)


def _locked_day(session: Session, actor: str, day: date) -> RevealDay:
    dialect = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = dialect(RevealDay).values(actor=actor, day=day, shown=0, over=0)
    session.execute(fresh.on_conflict_do_nothing(index_elements=["actor", "day"]))
    query = select(RevealDay).where(RevealDay.actor == actor, RevealDay.day == day)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
