"""Used challenges of work 工作量证明."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.database import Base, UtcDateTime


class SpentChallenge(Base):
    """A challenge whose solution was handed in: it opens nothing a second time. Forgotten when it has run out anyway."""

    __tablename__ = "spent_challenges"
    __why_unprotected__ = "digests of random numbers that ran out within the hour; holds no fact and names nobody"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
