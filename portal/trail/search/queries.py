"""Search over the plain columns of the trail: one statement a page, whatever the number of events.

Openings stay sealed: a search says that something happened, when, by whom, about what; what it said is another read.
What somebody may not find is left out in the same statement, so that no page, count or end of a list tells of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.kernel.errors import BadInput
from portal.kernel.keyset import Start
from portal.kernel.prefix import begins
from portal.trail.models import TrailEvent, TrailSubject
from portal.trail.search.rules import Query, Subject, Term

GUARDED: Final = ("case.", "complaint.", "report.", "inspection.")
"""Acts that are found through what they are about, by those who may know of that."""
GUARDED_KINDS: Final = ("case", "complaint", "report")
"""Subjects that are found only by who may know of them, whatever the act was."""
NEVER: Final = ("canary.",)
"""Acts that no search finds: which household is watched is nobody's business."""
MOST_COUNTED: Final = 2_000
_MOST_WALKS: Final = 60  # more indexes than that side by side are no faster than the days one after the other
_MOST_VALUES: Final = 3_000

S, E = table_of(TrailSubject), table_of(TrailEvent)
Picked = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Sight:
    """What the person who searches may find.

    `inside`: a select of division codes (None: everywhere); `sealed`: also log-ins, reveals and reads of others; `shown`:
    of each guarded kind of subject a select of the numbers that he may know of. His own acts he always finds.
    """

    actor: str
    inside: Picked | None = None
    sealed: bool = False
    shown: Mapping[str, Picked] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A search with its places looked up: the codes of `division:` terms, wanted and excluded."""

    query: Query
    divisions: frozenset[str] | None = None
    not_divisions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """One event as a list shows it: nothing that is sealed. `index`: its place in the published tree."""

    id: int
    event_id: str
    at: datetime
    actor: str
    type: str
    division: str | None
    kind: str
    no: str
    sealed: bool
    index: int | None


def search(session: Session, wanted: Wanted, sight: Sight, start: Start | None, limit: int) -> list[Hit]:
    """Events, the latest first, beside the key (moment, number) of `start`."""
    back = start is not None and start.back
    _walk_alone(session)
    picked = _picked(session, wanted, sight, start, limit).subquery()
    query = (
        select(S.c.id, S.c.event_id, S.c.recorded_at, S.c.actor, S.c.type, S.c.division, S.c.kind, S.c.no, S.c.sealed, E.c.seq)
        .select_from(picked.join(S, S.c.id == picked.c.id).outerjoin(E, E.c.event_id == S.c.event_id))
        .order_by(*_order((picked.c.recorded_at, picked.c.id), back))
    )  # fmt: skip
    rows = [Hit(*tuple(row)) for row in session.execute(query)]
    return _each_once(rows[::-1] if back else rows)


def find_hit(session: Session, event_id: str, sight: Sight) -> Hit | None:
    """One event by its number, where the person may find it; None for one that is not there, and for any other."""
    query = (
        select(S.c.id, S.c.event_id, S.c.recorded_at, S.c.actor, S.c.type, S.c.division, S.c.kind, S.c.no, S.c.sealed, E.c.seq)
        .select_from(S.outerjoin(E, E.c.event_id == S.c.event_id))
        .where(S.c.event_id == event_id, _may_find(sight))
        .order_by(S.c.is_first.desc(), S.c.id)
    )  # fmt: skip
    row = session.execute(query.limit(1)).one_or_none()
    return None if row is None else Hit(*tuple(row))


def count_found(session: Session, wanted: Wanted, sight: Sight, most: int = MOST_COUNTED) -> int:
    """How many events a search finds, counted up to `most` + 1."""
    _walk_alone(session)
    picked = _picked(session, wanted, sight, None, most + 1).subquery()
    return session.scalar(select(func.count()).select_from(picked)) or 0


def _walk_alone(session: Session) -> None:
    """A walk along an index stops after a page: PostgreSQL must neither start helpers nor compile for it.

    Each start of a helper costs more than the whole page; it would start some for every index that is walked.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            select(func.set_config("max_parallel_workers_per_gather", "0", True), func.set_config("jit", "off", True))
        )


def _each_once(rows: Iterable[Hit]) -> list[Hit]:
    return list({hit.event_id: hit for hit in rows}.values())


def _order(columns: Sequence[Any], back: bool) -> list[Any]:
    return [column.asc() if back else column.desc() for column in columns]


def _picked(
    session: Session, wanted: Wanted, sight: Sight, start: Start | None, limit: int
) -> Select[tuple[datetime, int]]:
    """Moment and number of the rows that are wanted: each walk along one index stops when it has enough."""
    back = start is not None and start.back
    walks = _walks(session, wanted, sight)
    rest = and_(*_filters(wanted, sight), *_beside(start))
    found = [
        select(S.c.recorded_at, S.c.id).where(walk, rest).order_by(*_order((S.c.recorded_at, S.c.id), back)).limit(limit)
        for walk in walks
    ]  # fmt: skip
    if len(found) == 1:
        return found[0]
    together = union_all(*[select(one.subquery()) for one in found] or [select(S.c.recorded_at, S.c.id).where(false())])
    both = together.subquery()
    return select(both.c.recorded_at, both.c.id).order_by(*_order((both.c.recorded_at, both.c.id), back)).limit(limit)


def _walks(session: Session, wanted: Wanted, sight: Sight) -> list[ColumnElement[bool]]:
    """Along which indexes is walked: the narrowest that the search names."""
    query = wanted.query
    if subjects := [s for s in query.subjects if not s.excluded and s.no is not None]:
        kinds = values_of(session, "kind") if any(s.kind is None for s in subjects) else []
        return [_is_about(s, kinds) for s in subjects]
    for column, terms in (("actor", query.actors), ("type", query.actions)):
        values = _values(session, column, [t for t in terms if not t.excluded])
        if values is not None and len(values) <= _MOST_WALKS:
            return [and_(S.c[column] == value, S.c.is_first) for value in values]
    if wanted.divisions is not None and len(wanted.divisions) <= _MOST_WALKS:
        return [and_(S.c.division == code, S.c.is_first) for code in sorted(wanted.divisions)]
    return [S.c.is_first]


def _is_about(subject: Subject, kinds: Collection[str]) -> ColumnElement[bool]:
    kind = S.c.kind == subject.kind if subject.kind is not None else S.c.kind.in_(sorted(kinds))
    return and_(kind, S.c.no == subject.no)


def kinds_of(session: Session, no: str, kinds: Collection[str]) -> list[str]:
    """Under which of some kinds the trail knows a number: what a search for the bare number would find."""
    return list(session.scalars(select(S.c.kind).where(S.c.kind.in_(sorted(kinds)), S.c.no == no).distinct()))


def _values(session: Session, column: str, terms: Sequence[Term]) -> list[str] | None:
    """The values that some terms name; None without terms."""
    if not terms:
        return None
    exact = {term.value for term in terms if not term.begins}
    words = [term.value for term in terms if term.begins]
    if words and column == "type":
        exact.update(value for value in values_of(session, column) if value.startswith(tuple(words)))
    elif words:
        return None
    return sorted(exact)


def values_of(session: Session, column: str) -> list[str]:
    """The different values of `type` or `kind`, found by leaping along the index; raises BadInput where there are too many."""
    key = S.c[column]
    first: list[ColumnElement[bool]] = [S.c.is_first] if column == "type" else []
    leap = select(func.min(key).label("value")).where(*first).cte("leap", recursive=True)
    step = select(func.min(key)).where(*first, key > leap.c.value).scalar_subquery()
    leap = leap.union_all(select(step).where(leap.c.value.is_not(None)))
    found = session.scalars(select(leap.c.value).where(leap.c.value.is_not(None)).limit(_MOST_VALUES + 1)).all()
    if len(found) > _MOST_VALUES:
        raise BadInput("这里的种类太多，不能按开头查", fix="写出完整的动作", code="search")
    return list(found)


def _filters(wanted: Wanted, sight: Sight) -> list[ColumnElement[bool]]:
    query = wanted.query
    found = [S.c.recorded_at >= query.since, S.c.recorded_at < query.until, _may_find(sight)]
    found += _terms(S.c.actor, query.actors) + _terms(S.c.type, query.actions)
    kinds = [s for s in query.subjects if s.no is None and not s.excluded]
    if kinds and not any(s.no is not None and not s.excluded for s in query.subjects):
        found.append(S.c.kind.in_([s.kind for s in kinds]))
    for subject in (s for s in query.subjects if s.excluded):
        same_kind = true() if subject.kind is None else S.c.kind == subject.kind
        found.append(not_(and_(same_kind, true() if subject.no is None else S.c.no == subject.no)))
    if wanted.divisions is not None:
        found.append(S.c.division.in_(sorted(wanted.divisions)))
    if wanted.not_divisions:
        found.append(or_(S.c.division.is_(None), S.c.division.not_in(sorted(wanted.not_divisions))))
    return found


def _terms(column: Any, terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    """Wanted ones are alternatives; every excluded one is left out. The index is chosen by the walk alone."""
    plain = column.concat("")
    like = {term: begins(plain, term.value) if term.begins else plain == term.value for term in terms}
    wanted = [clause for term, clause in like.items() if not term.excluded]
    return ([or_(*wanted)] if wanted else []) + [not_(clause) for term, clause in like.items() if term.excluded]


def _may_find(sight: Sight) -> ColumnElement[bool]:
    """His own acts; the open ones of his places; sealed ones where he may; guarded ones by what they are about."""
    kind = S.c.type.concat("")
    guarded = or_(*[begins(kind, word) for word in GUARDED])
    near = true() if sight.inside is None else or_(S.c.division.is_(None), _no_place(), S.c.division.in_(sight.inside))
    open_ones = and_(not_(guarded), S.c.kind.not_in(GUARDED_KINDS), near, true() if sight.sealed else not_(S.c.sealed))
    other = S.alias()
    shown = [
        S.c.event_id.in_(select(other.c.event_id).where(other.c.kind == name, other.c.no.in_(numbers)))
        for name, numbers in sight.shown.items()
    ]
    own = and_(S.c.actor.concat("") == sight.actor, S.c.kind.not_in(GUARDED_KINDS))  # a vain look proves nothing
    known = [and_(or_(guarded, S.c.kind.in_(GUARDED_KINDS)), or_(*shown))] if shown else []
    return and_(
        *[not_(begins(kind, word)) for word in NEVER],
        or_(open_ones, own, *known),
    )


def _no_place() -> ColumnElement[bool]:
    """A unit's code instead of a division's: no digit in front."""
    return func.substr(S.c.division, 1, 1).not_in([literal(digit) for digit in "0123456789"])


def _beside(start: Start | None) -> list[ColumnElement[bool]]:
    if start is None:
        return []
    try:
        moment, number = datetime.fromisoformat(str(start.key[0])), int(str(start.key[1]))
        assert moment.tzinfo is not None
    except (ValueError, AssertionError, OverflowError):
        raise BadInput("这个翻页地址读不出来", fix="从列表第一页重新翻", code="bad_cursor") from None
    if start.back:
        later = S.c.recorded_at >= moment
        return [later, or_(S.c.recorded_at > moment, S.c.id >= number)]
    return [S.c.recorded_at <= moment, or_(S.c.recorded_at < moment, S.c.id < number)]


def key_of(hit: Hit) -> tuple[str, int]:
    """The key of a row for `paging`."""
    return hit.at.isoformat(), hit.id
