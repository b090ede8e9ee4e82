"""Whether the installation can serve: one statement on the counter that every public page reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import SiteState


def readiness(session: Session) -> dict[str, Any]:
    """`{"ok", "database", "data_version"}`; raises what the database raises."""
    version = session.scalar(select(SiteState.value).where(SiteState.name == "data_version"))
    return {"ok": True, "database": session.get_bind().dialect.name, "data_version": version or 0}
