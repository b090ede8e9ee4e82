"""What the pages of the trail show: what a person may find, a search with its places looked up, a chronology, a proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from portal.accounts.permissions import Permission
from portal.kernel.clock import CHINA, today_cn
from portal.kernel.errors import BadInput, NotFound
from portal.kernel.keyset import Start
from portal.oversight.complaints.routing.queries import visible_locators
from portal.oversight.inspections.queries import numbers_within
from portal.oversight.reads.queries import case_numbers
from portal.oversight.reads.rules import BOUND
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import NATION
from portal.registers.rebuilt import Record, versions_of
from portal.trail.publish import LogFiles
from portal.trail.queries import Entry, get_events
from portal.trail.search.queries import GUARDED_KINDS, Hit, Sight, Wanted, key_of, kinds_of, search
from portal.trail.search.rules import Query, Subject, Term, parse
from portal.trail.verifier import parse_checkpoint
from portal.web import access, paging
from portal.web.actors import learn_actors
from portal.web.hidden_cursors import read_hidden, shown_page
from portal.web.sessions import database, installation, require_principal
from supervision import trail_words as words
from supervision.read_pages import registered, trail_number

CHUNK = 1000
EXPORT_MOST = 20_000
"""More rows than that leave in several files, each with its own event."""


def sight_of() -> Sight:
    """What the present person may find: his places; sealed acts of others where he reviews; cases of his team."""
    session, me = database(), require_principal()
    places = access.scopes(Permission.VIEW_TRAIL)
    sealed = access.can(Permission.REVIEW_READS) or access.can(Permission.VIEW_ACCESS_LOG)
    shown = {
        "case": case_numbers(session, me),
        "complaint": visible_locators(session, me),
        "inspection": numbers_within(places),
    }
    inside = None if NATION in places else divisions.codes_within(places)
    return Sight(me.actor, inside, sealed, shown)


def wanted_of(text: str) -> Wanted:
    """A search as it was typed, its places looked up by code or name. Raises BadInput with what is wrong."""
    query = parse(text, today_cn())
    query = replace(query, subjects=tuple(_as_named(subject) for subject in query.subjects))
    codes = {term: _codes(term) for term in query.divisions}
    wanted = [found for term, found in codes.items() if not term.excluded]
    left_out = [found for term, found in codes.items() if term.excluded]
    return Wanted(query, frozenset().union(*wanted) if wanted else None, frozenset().union(*left_out))


def _as_named(subject: Subject) -> Subject:
    """A subject under the kind and number that the trail has it by, its kind perhaps in Chinese as the pages call it.

    Raises BadInput for a Chinese kind that there is not: searched for letter by letter it would look as if nothing happened.
    """
    if subject.kind is None and subject.no is not None and "一" <= subject.no[:1] <= "\u9fff":
        name, _slash, no = subject.no.partition("/")
        kind = words.kind_named(name)
        if kind is None:
            raise BadInput(
                f"对象“{subject.no}”里，没有叫“{name}”的种类",
                fix="写成 对象:户/H001 或 对象:发放/批次-序号",
                code="search",
            )
        subject = replace(subject, kind=kind, no=no or None)
    known = subject.kind is not None and subject.no is not None
    return replace(subject, no=trail_number(subject.kind or "", subject.no or "")) if known else subject


def _codes(term: Term) -> frozenset[str]:
    session, value = database(), term.value
    if value.isdigit() and len(value) in (2, 4, 6, 9, 12):
        return divisions.expand_codes(session, [value.ljust(12, "0")])
    found = divisions.search_divisions(session, value, limit=2)
    if len(found) != 1:
        raise BadInput(
            f"{'没有' if not found else '不止一个'}叫“{value}”的区划", fix="写全称，或 12 位区划代码", code="search"
        )
    return divisions.expand_codes(session, [found[0].code])


def found_page(wanted: Wanted, sight: Sight, after: str | None, size: int = paging.PAGE_ROWS) -> paging.Page[Hit]:
    """One page of a search, the people on it named."""
    session, cursor = database(), paging.read_cursor(read_hidden(after), 2)
    page = paging.turn_to(cursor, lambda start, n: search(session, wanted, sight, start, n), key_of, size)
    learn_actors(hit.actor for hit in page.rows)
    return shown_page(page)


def all_found(wanted: Wanted, sight: Sight) -> Iterator[Hit]:
    """Every event of a search, read in pieces."""
    session, start = database(), None
    while rows := search(session, wanted, sight, start, CHUNK):
        yield from rows
        start = Start(key_of(rows[-1]))


def bound_subjects(query: Query) -> list[tuple[str, str]]:
    """Whose trails a search would read: the subjects that it asks about by number and that are somebody's."""
    named = [(s.kind, s.no) for s in query.subjects if s.no is not None and not s.excluded]
    known = [(kind, no) for kind, no in named if kind in BOUND]
    bare = [(kind, no) for sort, no in named if sort is None for kind in kinds_of(database(), no, BOUND)]
    return [(kind, no) for kind, no in [*known, *bare] if kind is not None]


@dataclass(frozen=True)
class Changed:
    """One field of an act: before and after."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Told:
    """One act of a chronology: what changed, and what may be named beside it."""

    hit: Hit
    entry: Entry
    changes: Sequence[Changed]
    subjects: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Chronology:
    """Everything that the trail has about one thing, the latest first, and the versions that files brought."""

    kind: str
    no: str
    record: Record | None
    page: paging.Page[Told]
    versions: Sequence[Any]
    published: int  # how many leaves the newest public checkpoint has
    signed_at: datetime | None


def chronology(kind: str, no: str, after: str | None) -> Chronology:
    """The chronology of one thing. Raises NotFound where neither trail nor registers know it, in the same words."""
    session, sight = database(), sight_of()
    record = registered(kind, no)
    wanted = Wanted(_about(kind, no))
    hits = found_page(wanted, sight, after, 30)
    if record is None and not hits.rows and not after:
        raise NotFound(f"没有 {kind} {no} 的留痕", fix="核对种类和编号")
    told = [_told(hit, entry) for hit, entry in _opened(hits.rows)]
    versions = versions_of(session, record) if record is not None and not after else []
    learn_actors(v.source.actor for v in versions if v.source)
    size, signed = published_size()
    page = paging.Page(told, hits.number, hits.next, hits.previous)
    return Chronology(kind, no, record, page, versions, size, signed)


def _about(kind: str, no: str) -> Query:
    everything = parse("created:>=2000-01-01", today_cn())
    return Query(everything.since, everything.until, subjects=(Subject(kind, no),))


def _opened(hits: Sequence[Hit]) -> list[tuple[Hit, Entry]]:
    entries = {entry.event_id: entry for entry in get_events(database(), [hit.event_id for hit in hits])}
    return [(hit, entries[hit.event_id]) for hit in hits if hit.event_id in entries]


def _told(hit: Hit, entry: Entry) -> Told:
    before, after = dict(entry.before or {}), dict(entry.after or {})
    names = list(dict.fromkeys([*before, *after]))
    changes = [Changed(name, before.get(name), after.get(name)) for name in names]
    shown = [(kind, no) for kind, no in entry.subjects if kind not in GUARDED_KINDS or (kind, no) == (hit.kind, hit.no)]
    return Told(hit, entry, changes, shown)


def published_size() -> tuple[int, datetime | None]:
    """Leaves in the newest public checkpoint, and when its file was written."""
    files = LogFiles(installation().settings.log_dir)
    note = files.checkpoint()
    if note is None:
        return 0, None
    place = installation().settings.log_dir / "checkpoint"
    return parse_checkpoint(note).size, datetime.fromtimestamp(place.stat().st_mtime).astimezone()


def facts_of(hit: Hit) -> Mapping[str, Any]:
    """One event as a download has it: plain columns only."""
    return {
        "at": hit.at.astimezone(CHINA).isoformat(timespec="seconds"), "actor": hit.actor, "action": hit.type, "division": hit.division,
        "kind": hit.kind, "no": hit.no, "leaf_index": hit.index, "event_id": hit.event_id,
    }  # fmt: skip
