"""Reads of policies: what is in force, one with its versions, what waits for a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.publishing.policies.language import Node, parse
from portal.publishing.policies.models import About as About
from portal.publishing.policies.models import Policy
from portal.publishing.policies.models import PolicyState as PolicyState
from portal.publishing.policies.models import Topic as Topic
from portal.publishing.policies.rules import IN_WORK


@dataclass(frozen=True)
class PolicyRow:
    """One version of a policy, as it is kept."""

    id: int
    slug: str
    version: int
    title: str
    document: str
    document_no: str
    issuer: str
    issued_on: date | None
    valid_from: date
    valid_to: date | None
    division_code: str
    topic: str
    about: str
    card: str
    amount: str
    apply_how: str
    call: str
    programmes: list[str]
    conditions: Mapping[str, Any]
    reached: Mapping[str, Any] | None
    is_followed: bool
    state: str
    drafted_by: str
    drafted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_why: str | None

    def tree(self) -> Node:
        """The conditions, read."""
        return parse(self.conditions, About(self.about))

    def reached_tree(self) -> Node | None:
        """What says that a household has it already, read."""
        return None if self.reached is None else parse(self.reached, About.HOUSEHOLD)

    def holds_on(self, day: date) -> bool:
        """In force on a day."""
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)


_COLUMNS = tuple(getattr(Policy, name) for name in PolicyRow.__dataclass_fields__)
_ROWS = select(*_COLUMNS)


def _rows(session: Session, query: Select[Any]) -> list[PolicyRow]:
    return [PolicyRow(*row) for row in session.execute(query)]


def list_published(session: Session, *, topic: str = "", words: str = "") -> list[PolicyRow]:
    """Every published version, by topic and address: some dozens, one statement."""
    query = _ROWS.where(Policy.state == PolicyState.PUBLISHED)
    if topic:
        query = query.where(Policy.topic == topic)
    if words:
        part = [c.contains(words, autoescape=True) for c in (Policy.title, Policy.document, Policy.document_no)]
        query = query.where(or_(*part))
    order = {topic.value: at for at, topic in enumerate(Topic)}
    return sorted(_rows(session, query), key=lambda row: (order.get(row.topic, 99), row.slug))


def list_in_force(session: Session, on: date) -> list[PolicyRow]:
    """Published versions that hold on a day: what runs and questions are evaluated by."""
    return [row for row in list_published(session) if row.holds_on(on)]


def get_published(session: Session, slug: str, version: int | None = None) -> PolicyRow:
    """The published version of an address, or an older one that was published once; raises NotFound."""
    query = _ROWS.where(Policy.slug == slug)
    shown = (PolicyState.PUBLISHED, PolicyState.REPLACED, PolicyState.ENDED)
    query = query.where(Policy.state.in_(shown)).order_by(Policy.version.desc())
    rows = [row for row in _rows(session, query) if version in (None, row.version)]
    if not rows:
        raise NotFound("没有这项政策", fix="从政策列表里找")
    return rows[0]


def versions_of(session: Session, slug: str, *, published_only: bool = True) -> list[PolicyRow]:
    """Versions of a policy, newest first."""
    rows = _rows(session, _ROWS.where(Policy.slug == slug).order_by(Policy.version.desc()))
    return [row for row in rows if not published_only or row.state not in IN_WORK]


def get_version(session: Session, policy_id: int) -> PolicyRow:
    """One version by its stable id; raises NotFound."""
    rows = _rows(session, _ROWS.where(Policy.id == policy_id))
    if not rows:
        raise NotFound("没有这个版本", fix="从政策列表重新进入")
    return rows[0]


def list_versions(
    session: Session, *, states: tuple[str, ...] = (), after: Start | None = None, limit: int | None = 51
) -> list[PolicyRow]:
    """Versions for the console, newest first."""
    query = _ROWS.where(Policy.state.in_(states)) if states else _ROWS
    ordered = rows_beside(session, query, (Policy.slug, Policy.version), after, limit)
    return [PolicyRow(*row) for row in ordered]


def list_of_programme(session: Session, code: str) -> list[PolicyRow]:
    """Published policies whose money a programme is."""
    return [row for row in list_published(session) if any(fits(pattern, code) for pattern in row.programmes)]


def fits(pattern: str, code: str) -> bool:
    """Whether a programme's code is meant by a pattern: `*` stands for anything."""
    parts = pattern.split("*")
    if len(parts) == 1:
        return pattern == code
    if not code.startswith(parts[0]) or not code.endswith(parts[-1]):
        return False
    at = 0
    for part in parts:
        found = code.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True
