"""Using a challenge up, in the transaction of what it lets in: either both happen or neither."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from portal.accounts.challenges.models import SpentChallenge


def spend_challenge(session: Session, digest: bytes, expires_at: datetime, now: datetime) -> bool:
    """Use a challenge up; False when somebody has done so before. Those that ran out are forgotten by the way."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at < now))
    dialect = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    fresh = dialect(SpentChallenge).values(digest=digest, expires_at=expires_at)
    done = session.execute(fresh.on_conflict_do_nothing(index_elements=["digest"]).returning(SpentChallenge.digest))
    return done.scalar_one_or_none() is not None
