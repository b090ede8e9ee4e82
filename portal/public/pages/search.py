"""Search over places, programmes, allocations and projects: names, numbers, pinyin initials."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy.orm import Session

from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import name_matches
from portal.registers.funds import queries as funds
from portal.registers.projects import queries as projects
from portal.web.language import gettext as _

MOST = 50
LONGEST_WORDS = 60


@dataclass(frozen=True)
class Hit:
    """One answer: where it leads, what it is."""

    path: str
    name: str
    kind: str
    where: str


def search(session: Session, words: str) -> list[Hit]:
    """The best answers, places first; a constant number of statements."""
    words = words.strip()[:LONGEST_WORDS]
    if not words:
        return []
    hits = [_place(p) for p in divisions.search_divisions(session, words, limit=20)]
    hits += [
        Hit(f"/funds/{quote(p.code, safe='')}", f"{p.name} {p.year or ''}", _("资金项目"), p.department or "")
        for p in funds.list_programmes(session)
        if name_matches(p.name, words) or p.code.startswith(words) or words in (p.document_no or "")
    ][:20]
    hits += [
        Hit(f"/projects/{quote(p.code, safe='')}", p.name, _("项目"), p.executor or "")
        for p in projects.list_projects(session, limit=None)
        if name_matches(p.name, words) or p.code.startswith(words)
    ][:20]
    line = funds.find_allocation(session, words)
    if line is not None:
        hits.append(Hit(f"/allocations/{quote(line.no, safe='')}", line.no, _("拨付"), line.to_unit or ""))
    return hits[:MOST]


def _place(found: divisions.Found) -> Hit:
    kinds = {1: _("省"), 2: _("市"), 3: _("县"), 4: _("乡镇"), 5: _("村")}
    return Hit(f"/areas/{found.code}", found.name, kinds.get(found.level, ""), found.path)
