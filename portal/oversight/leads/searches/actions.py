"""What happens to saved searches: kept under a name, taken away."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.database import reserve_ids
from portal.kernel.errors import BadInput, NotFound
from portal.oversight.leads.searches.models import LeadSearch

KNOWN = frozenset({"tab", "rule", "family", "severity", "trend", "place", "due", "person"})
MOST = 20


def save_search(session: Session, owner: str, name: str, query: str, at: datetime) -> None:
    """Keep the filters of an address under a name; the same name again replaces them. What is typed to find one lead is not kept."""
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise BadInput("没有写名称", fix="用几个字写明这个搜索找什么", code="name")
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key in KNOWN])[:300]
    mine = session.scalars(select(LeadSearch).where(LeadSearch.owner == owner)).all()
    row = next((one for one in mine if one.name == name), None)
    if row is None:
        if len([one for one in mine if one.removed_at is None]) >= MOST:
            raise BadInput(f"最多保存 {MOST} 个搜索", fix="先删掉不用的", code="too_many")
        row = LeadSearch(id=reserve_ids(session.connection(), "lead_searches", 1), owner=owner, name=name)
        session.add(row)
    row.query, row.made_at, row.removed_at = kept, at, None
    session.flush()


def remove_search(session: Session, owner: str, search_id: int, at: datetime) -> None:
    """Take one of one's own away."""
    row = session.get(LeadSearch, search_id)
    if row is None or row.owner != owner or row.removed_at is not None:
        raise NotFound("没有这个搜索", fix="刷新页面")
    row.removed_at = at
    session.flush()
