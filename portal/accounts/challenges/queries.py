"""Whether a challenge was used: asked before anything costly is done with its solution."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.challenges.models import SpentChallenge


def is_spent(session: Session, digest: bytes) -> bool:
    """True when somebody has handed in this challenge's solution before."""
    return session.scalar(select(SpentChallenge.digest).where(SpentChallenge.digest == digest)) is not None
