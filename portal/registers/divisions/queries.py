"""Reads of divisions and units: by code and date, paths, children, scopes over mergers, search by name or pinyin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.kernel.database import ReadingSession, table_of
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start, rows_beside
from portal.kernel.prepared import Prepared
from portal.registers.corrections import RecordRow, record_row
from portal.registers.divisions.models import Division, Unit
from portal.registers.divisions.models import UnitKind as UnitKind
from portal.registers.divisions.rules import Place as Place
from portal.registers.divisions.rules import level_of, living_code, name_matches, pick, runs, validity
from portal.registers.divisions.rules import path_name as path_name
from portal.registers.history import Version, history_of

_T = table_of(Division)
_CURRENT = _T.c.superseded_at.is_(None)
_PLACE = select(_T.c.code, _T.c.name, _T.c.parent_code, _T.c.level, _T.c.valid_from, _T.c.valid_to, _T.c.successor_code)
SEARCH_LIMIT = 50
MOST_RUNS = 20


@dataclass(frozen=True)
class Step:
    """One division on the way down from the county: its code, name and level (1 province … 5 village)."""

    code: str
    name: str
    level: int


def _places(session: Session, query: Select[Any]) -> Iterator[Place]:
    return (Place(**row._mapping) for row in session.execute(query.where(_CURRENT)))


def find_division(session: Session, code: str, on: date | None = None) -> Place | None:
    """The period of a code that holds on a date (without one: the latest); None for an unknown code."""
    return pick(_places(session, _PLACE.where(_T.c.code == code)), on)


def get_division(session: Session, code: str, on: date | None = None) -> Place:
    """As `find_division`; raises NotFound."""
    found = find_division(session, code, on)
    if found is None:
        raise NotFound("没有这个区划", fix="核对 12 位区划代码，或按名称搜索")
    return found


def code_validity(session: Session, code: str, on: date) -> bool | None:
    """True when the code holds on the date, False when it is known but does not (Q08), None when it is unknown."""
    rows = session.execute(select(_T.c.valid_from, _T.c.valid_to).where(_T.c.code == code, _CURRENT))
    return validity([(start, end) for start, end in rows], on)


def present_code(session: Session, code: str) -> str:
    """The code that stands for this place after all mergers (an old address answers 301 to it)."""
    rows = session.execute(select(_T.c.code, _T.c.successor_code).where(_T.c.successor_code.is_not(None), _CURRENT))
    return living_code(code, {old: new for old, new in rows})


def name_path(session: Session, code: str, top: int = 3) -> tuple[Step, ...]:
    """Ancestors of a division from level `top` (3 = county) down to itself, each by its latest name."""
    return name_paths(session, [code], top).get(code, ())


def name_paths(session: Session, codes: Collection[str], top: int = 3) -> dict[str, tuple[Step, ...]]:
    """The paths of many divisions in one statement; unknown codes are left out."""
    chains = ancestors(session, codes)
    return {
        code: tuple(Step(p.code, p.name, p.level) for p in reversed(chain) if p.level >= top)
        for code, chain in chains.items()
    }


def written_path(session: Session, code: str, top: int = 3) -> str:
    """`涟水县 › 高沟镇 › 某村`; the bare code when nobody knows it."""
    return path_name([step.name for step in name_path(session, code, top)]) or code


def _made_upward(wanted: ColumnElement[bool]) -> Select[Any]:
    up = select(_T.c.code, _T.c.parent_code).where(wanted, _CURRENT).cte(recursive=True)
    up = up.union(select(_T.c.code, _T.c.parent_code).where(_T.c.code == up.c.parent_code, _CURRENT))
    return _PLACE.where(_T.c.code.in_(select(up.c.code)), _CURRENT)


# Once: whatever depends on a place asks for the places above it, most often of one place.
_UPWARD = _made_upward(_T.c.code.in_(bindparam("codes", expanding=True)))
_FROM_ONE = Prepared(_made_upward(_T.c.code == bindparam("code")))


_CHAINS = "division_chains"

_NAMED = (
    select(_T.c.code, _T.c.name)
    .where(_T.c.code.in_(bindparam("codes", expanding=True)), _CURRENT)
    .order_by(_T.c.valid_from)
)


def ancestors(session: Session, codes: Collection[str]) -> dict[str, list[Place]]:
    """Each known code with its chain upward, itself first. One statement, whatever the number of codes."""
    # What only reads sees one state of the register: a page asks a dozen times for the same village.
    known: dict[str, list[Place]] = session.info.setdefault(_CHAINS, {}) if isinstance(session, ReadingSession) else {}
    if wanted := [code for code in codes if code not in known]:
        known.update(_ancestors(session, wanted))
    return {code: list(known[code]) for code in codes if code in known}


def _ancestors(session: Session, codes: Collection[str]) -> dict[str, list[Place]]:
    periods: dict[str, list[Place]] = {}
    connection, asked = session.connection(), list(codes)
    rows = (
        _FROM_ONE.rows(connection, {"code": asked[0]})
        if len(asked) == 1
        else connection.execute(_UPWARD, {"codes": asked})
    )
    for row in rows:
        periods.setdefault(row.code, []).append(Place(**row._asdict()))
    latest = {code: found for code, rows in periods.items() if (found := pick(rows)) is not None}
    return {code: list(_climb(code, latest)) for code in codes if code in latest}


def _climb(code: str | None, latest: dict[str, Place]) -> Iterator[Place]:
    seen: set[str] = set()
    while code is not None and code in latest and code not in seen:
        seen.add(code)
        yield latest[code]
        code = latest[code].parent_code


def names_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The latest name of each known code."""
    wanted = set(codes)
    if not wanted:
        return {}
    return {code: name for code, name in session.execute(_NAMED, {"codes": list(wanted)})}


def list_children(session: Session, code: str | None, on: date | None = None) -> list[Place]:
    """The divisions right below one (None: the topmost), valid on a date (without one: not yet ended), by code."""
    inside = _T.c.parent_code == code if code is not None else _T.c.parent_code.is_(None)
    still = (
        _T.c.valid_to.is_(None)
        if on is None
        else (_T.c.valid_from <= on) & or_(_T.c.valid_to.is_(None), _T.c.valid_to >= on)
    )
    return list(_places(session, _PLACE.where(inside, still).order_by(_T.c.code)))


def home_code(session: Session) -> str:
    """The code of the site's whole area: from the top down while there is only one place; blank when there is none."""
    code = ""
    for _level in range(3):
        below = list_children(session, code or None)
        if len(below) != 1:
            break
        code = below[0].code
    return code


def codes_within(roots: Collection[str]) -> Select[tuple[str]]:
    """A select of every code inside some divisions, for `column.in_(codes_within(scopes))`.

    Inside are the roots, what they became, everything below, and every code that was merged into one of these, so that
    history still adds up after mergers. Roots that no division knows stand for themselves.
    """
    nobody = select(_T.c.code).where(_T.c.code.is_(None))
    start = union_all(nobody, *[select(literal(code)) for code in sorted(roots)]).subquery()
    became = select(start.c.code).cte(recursive=True)
    became = became.union(
        select(_T.c.successor_code).where(_T.c.code == became.c.code, _T.c.successor_code.is_not(None), _CURRENT)
    )
    edges = union_all(
        select(_T.c.parent_code.label("upper"), _T.c.code.label("code")).where(_T.c.parent_code.is_not(None), _CURRENT),
        select(_T.c.successor_code, _T.c.code).where(_T.c.successor_code.is_not(None), _CURRENT),
    ).cte()
    inside = select(became.c.code).cte(recursive=True)
    inside = inside.union(select(edges.c.code).where(edges.c.upper == inside.c.code))
    return select(inside.c.code)


def is_broad(roots: Collection[str]) -> bool:
    """True when a county or more is asked for: then nearly every row of a list is wanted."""
    return any(level_of(code) <= 3 for code in roots)


def lies_within(column: Any, roots: Collection[str]) -> ColumnElement[bool]:
    """`column.in_(codes_within(roots))` for a long list that is read page by page in the order of its own key.

    Of a county or more the list is walked until a page is full, and each row's place looked up; the index of the place
    would gather and sort everything first. The empty text behind the column keeps the databases from it.
    """
    inside: ColumnElement[bool] = (column.concat("") if is_broad(roots) else column).in_(codes_within(roots))
    return inside


def counts_within(session: Session, column: Any, roots: Collection[str]) -> ColumnElement[bool]:
    """As `column.in_(codes_within(roots))` where every row is read to be counted: by runs of neighbouring codes.

    A row is compared with the ends of one run or two instead of being looked up among some thousand codes.
    """
    inside, known = expand_codes(session, roots), session.scalars(select(_T.c.code).where(_CURRENT).distinct())
    found = runs(sorted(inside.union(known)), inside)
    if len(found) > MOST_RUNS:
        return lies_within(column, roots)
    return or_(false(), *[column.between(*run) for run in found])


def expand_codes(session: Session, roots: Collection[str]) -> frozenset[str]:
    """The codes of `codes_within` as a set, for checks on rows in hand."""
    return frozenset(session.scalars(codes_within(roots))) if roots else frozenset()


@dataclass(frozen=True)
class Found:
    """One answer of a search: the division as it stands, and its path."""

    code: str
    name: str
    level: int
    path: str
    valid_to: date | None


def search_divisions(
    session: Session, words: str, within: Collection[str] | None = None, limit: int = SEARCH_LIMIT
) -> list[Found]:
    """Divisions by part of a name, by pinyin (`gg`, `gaogou`) or by the beginning of a code; best first."""
    words = words.strip()
    if not words:
        return []
    query = _PLACE if within is None else _PLACE.where(_T.c.code.in_(codes_within(within)))
    by_code = words.isascii() and words.isdigit()
    if by_code:
        query = query.where(_T.c.code.startswith(words)).order_by(_T.c.code).limit(limit * 2)
    scored = [(1 if by_code else name_matches(p.name, words), p) for p in _places(session, query)]
    best = sorted((s for s in scored if s[0]), key=lambda s: (s[1].valid_to is not None, -s[0], s[1].level, s[1].code))[
        :limit
    ]
    paths = name_paths(session, [p.code for _, p in best])
    return [
        Found(p.code, p.name, p.level, path_name([s.name for s in paths.get(p.code, ())]), p.valid_to) for _, p in best
    ]


def list_divisions(
    session: Session,
    within: Collection[str],
    *,
    words: str = "",
    level: int | None = None,
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Rows of the register for the console, by code and id; `after` says where a page starts."""
    names = ("id", "code", "name", "parent_code", "level", "valid_from", "valid_to", "successor_code", "urban_class")
    query = select(*[_T.c[name] for name in names]).where(_CURRENT, _T.c.code.in_(codes_within(within)))
    if words:
        found = [f.code for f in search_divisions(session, words, within)]
        query = query.where(_T.c.code.in_(found))
    if level is not None:
        query = query.where(_T.c.level == level)
    rows = rows_beside(session, query, (_T.c.code, _T.c.id), after, limit)
    return [dict(zip(names, row, strict=True)) for row in rows]


_U = table_of(Unit)


@dataclass(frozen=True)
class UnitRow:
    """One unit 单位."""

    id: int
    code: str
    name: str
    kind: str
    division_code: str | None


_UNIT = select(_U.c.id, _U.c.code, _U.c.name, _U.c.kind, _U.c.division_code).where(_U.c.superseded_at.is_(None))


def find_unit(session: Session, text: str) -> UnitRow | None:
    """A unit by its code, or by a name that only one unit has; None when unknown or when the name is not unique."""
    text = text.strip()
    rows = [
        UnitRow(**row._mapping)
        for row in session.execute(_UNIT.where(or_(_U.c.code == text, _U.c.name == text)).limit(3))
    ]
    by_code = [row for row in rows if row.code == text]
    if by_code:
        return by_code[0]
    return rows[0] if len(rows) == 1 else None


def get_unit(session: Session, text: str) -> UnitRow:
    """As `find_unit`; raises NotFound."""
    found = find_unit(session, text)
    if found is None:
        raise NotFound("找不到这个单位，或者有几个单位同名", fix="改填单位编码，或先登记这个单位")
    return found


def unit_by_id(session: Session, unit_id: int) -> UnitRow | None:
    """A unit by its stable id."""
    row = session.execute(_UNIT.where(_U.c.id == unit_id)).one_or_none()
    return UnitRow(**row._mapping) if row else None


def names_of_units(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Names of units by their codes, in one statement; unknown ones are left out."""
    return {code: name for code, name in session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes)))}


def unit_names(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Names of units by id."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    return {i: name for i, name in session.execute(select(_U.c.id, _U.c.name).where(_U.c.id.in_(wanted)))}


def list_units(
    session: Session,
    within: Collection[str] | None = None,
    *,
    words: str = "",
    kind: str = "",
    division: str = "",
    after: Start | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:
    """Units for the console, by code: those of the divisions and those that belong to no division."""
    query = _UNIT
    if within is not None:
        query = query.where(or_(_U.c.division_code.is_(None), _U.c.division_code.in_(codes_within(within))))
    if words:
        query = query.where(
            or_(_U.c.name.contains(words, autoescape=True), _U.c.code.startswith(words, autoescape=True))
        )
    if kind:
        query = query.where(_U.c.kind == kind)
    if division:
        query = query.where(_U.c.division_code.in_(codes_within([division])))
    names = ("id", "code", "name", "kind", "division_code")
    return [dict(zip(names, row, strict=True)) for row in rows_beside(session, query, (_U.c.code,), after, limit)]


def unit_ids_within(inside: Select[Any]) -> Select[Any]:
    """A select of the ids of units inside some divisions (`codes_within`), for `column.in_(…)`."""
    return select(_U.c.id).where(_U.c.superseded_at.is_(None), _U.c.division_code.in_(inside))


def division_row(session: Session, division_id: int) -> RecordRow:
    """One row of divisions by its stable id, for the console; raises NotFound."""
    return record_row(session, Division, division_id)


def unit_row(session: Session, unit_id: int) -> RecordRow:
    """One unit by its stable id, for the console; raises NotFound."""
    return record_row(session, Unit, unit_id)


def division_history(session: Session, division_id: int) -> list[Version]:
    """Versions of a division, newest first."""
    return history_of(session, Division, division_id)


def unit_history(session: Session, unit_id: int) -> list[Version]:
    """Versions of a unit, newest first."""
    return history_of(session, Unit, unit_id)


def codes_named(words: str) -> Select[Any]:
    """A select of the codes of divisions whose name begins so, for `column.in_(…)`."""
    return select(_T.c.code).where(_CURRENT, _T.c.name.startswith(words, autoescape=True))
