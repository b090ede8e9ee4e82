"""Rows of the picture by focus: one statement for the rows, one for payouts from elsewhere, four for the names.

The public sees a line where its small cells are merged (`shown_*`); the console sees everything (`exact=True`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.registers.divisions.queries import names_of
from portal.registers.funds.balances.queries import A, B, J, P, U
from portal.registers.funds.balances.rules import prefix, range_of
from portal.registers.funds.flow import FlowPicture, FlowRow, build_flow, named
from portal.registers.funds.flows.actions import C, wider
from portal.registers.funds.flows.rules import (
    CLOSE_LEVEL,
    COUNTY_LEVEL,
    SOURCES,
    Focus,
    Line,
    node_names_from,
    place_closely,
)
from portal.registers.funds.payouts.queries import LP, PC

_SUMS = (
    "gross_fen", "back_fen", "passed_on_fen", "returned_fen", "paid_fen", "paid_household_fen", "held_fen",
)  # fmt: skip
Value = ColumnElement[Any]
Route = tuple[Value, Value, Value, Value, Value]
_ROUTE = ("source", "kind", "department", "town", "leaf", "tier", "parent_tier", "enters")


def read_flow(
    session: Session, year: int, focus: Focus, *, as_of: date, currency: str = "CNY", exact: bool = False
) -> FlowPicture:
    """The whole picture of a focus with names: sentence, nodes and links from the same rows. Raises Unbalanced."""
    picture = read_picture(session, year, focus, as_of=as_of, currency=currency, exact=exact)
    ids = [node.id for node in picture.nodes]
    return named(picture, node_names(session, ids, year, focus, exact=exact), {})


def read_picture(
    session: Session, year: int, focus: Focus, *, as_of: date, currency: str = "CNY", exact: bool = False
) -> FlowPicture:
    """The whole picture without names, for those who show a part of it. Raises Unbalanced."""
    rows = flow_rows(session, year, focus, currency=currency, exact=exact, short=True)
    return build_flow(rows, year=year, focus=str(focus), as_of=as_of)


def flow_rows(
    session: Session, year: int, focus: Focus, *, currency: str = "CNY", exact: bool = False, short: bool = False
) -> list[FlowRow]:
    """Rows of the flow of one year and currency; `focus` picks the lines, what lies above them comes along.

    `short` leaves out what a picture does not ask of money that moved within it: the holders above its giver.
    """
    here = and_(B.c.year == year, B.c.currency == currency)
    if focus.level >= CLOSE_LEVEL or focus.kind == "project":
        lines = _close_lines(session, and_(here, _picked(focus, exact)), focus, exact)
        rows = place_closely(lines, focus)
    elif focus.level >= COUNTY_LEVEL or not _is_wide(session):
        columns = (B.c.town, _leaf(exact))
        rows = _grouped(session, and_(here, _picked(focus, exact)), _from_outside(focus, exact), columns, short)
    elif exact or focus.kind == "programme":
        wide = (wider(B.c.town, COUNTY_LEVEL), wider(_leaf(exact), CLOSE_LEVEL))
        rows = _grouped(session, and_(here, _picked(focus, exact)), _from_outside(focus, exact), wide, short)
    else:
        rows = _cells(session, year, focus, currency, short)
    if focus.kind == "area":
        rows += _payouts_from_elsewhere(session, year, focus, currency, exact)
    return rows


def place_columns(exact: bool) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """Code of a line's place and the level where its money enters, as the asker may see them."""
    return (B.c.place_code, B.c.entry_level) if exact else (B.c.shown_code, B.c.shown_entry_level)


def _picked(focus: Focus, exact: bool) -> ColumnElement[bool]:
    match focus.kind:
        case "area":
            return place_columns(exact)[0].between(*range_of(focus.code))
        case "programme":
            return B.c.programme_id.in_(select(P.c.id).where(P.c.code == focus.code, P.c.superseded_at.is_(None)))
        case "project":
            return B.c.holder == f"project:{focus.code}"
        case "unit":
            node = f"unit:{focus.code}"
            return or_(B.c.department == node, B.c.town == node, B.c.leaf == node)
        case "source":
            return B.c.source == focus.code
        case "kind":
            return B.c.kind == focus.code
        case _:
            return literal(1) == 1


def _from_outside(focus: Focus, exact: bool) -> ColumnElement[bool]:
    """Whether a line's money comes into the picture from above it."""
    root = B.c.parent_tier == 0
    match focus.kind:
        case "area":
            return or_(root, place_columns(exact)[1] <= focus.level)
        case "programme":
            return or_(root, B.c.enters_programme)
        case "unit":
            node = f"unit:{focus.code}"
            tier = case((B.c.department == node, 3), (B.c.town == node, 4), else_=5)
            return or_(root, and_(B.c.parent_tier < tier))
        case _:
            return root


def _leaf(exact: bool) -> ColumnElement[str]:
    return B.c.leaf if exact else B.c.shown_leaf


def _is_wide(session: Session) -> bool:
    """Whether the money reaches more than one county: then towns stand for villages, and counties for towns."""
    place = B.c.place_code
    first = session.scalar(select(place).where(place > "", func.substr(place, 5, 2) != "00").order_by(place).limit(1))
    last = session.scalar(select(place).where(place > "").order_by(place.desc()).limit(1))
    return first is not None and last is not None and prefix(first, COUNTY_LEVEL) != prefix(last, COUNTY_LEVEL)


def _grouped(
    session: Session,
    where: ColumnElement[bool],
    outside: ColumnElement[bool],
    columns: tuple[ColumnElement[str], ColumnElement[str]],
    short: bool,
) -> list[FlowRow]:
    # A line in a full node whose giver lies outside the picture still brings its money in.
    parent_tier = case((outside, 0), else_=B.c.parent_tier)
    enters = or_(B.c.enters, outside)
    payee = case((and_(B.c.tier < 5, B.c.paid_household_fen != 0), B.c.programme_id), else_=0)
    route: Route = (B.c.source, B.c.kind, B.c.department, *columns)
    if short:
        route = _from_giver(route, B.c.tier, parent_tier, enters)
    by = [*route, B.c.tier, parent_tier, enters, payee]
    labels = [column.label(f"k{i}") for i, column in enumerate(by)]
    sums = [func.sum(B.c[name]) for name in _SUMS]
    waiting = func.min(case((B.c.held_fen > 0, B.c.received_on)))
    query = select(*labels, *sums, waiting).where(where).group_by(*labels)
    return _rows(session, session.execute(query).all())


def _rows(session: Session, found: Sequence[Any]) -> list[FlowRow]:
    codes = _programme_codes(session, {row[8] for row in found if row[8]})
    rows = []
    for row in found:
        sums = map(int, row[9:16])
        values: list[Any] = [*row[:7], bool(row[7]), f"payees:{codes.get(row[8], '')}", *sums, row[16]]
        rows.append(FlowRow(*values))
    return rows


def _from_giver(route: Route, tier: Value, parent_tier: Value, enters: ColumnElement[bool]) -> Route:
    """The route from the giver down: of a city's thousands of routes some hundreds are left."""
    _source, _kind, department, town, leaf = route
    nameless = case((tier == 3, department), (tier == 4, town), else_=leaf) == ""  # stands under the last that is known
    whole = or_(parent_tier == 0, nameless)
    given = case((enters, parent_tier), else_=tier)  # what moved within one node has no giver but itself
    kept = [case((or_(whole, given <= at), column), else_="") for at, column in enumerate(route[:4], 1)]
    return kept[0], kept[1], kept[2], kept[3], leaf


def _cells(session: Session, year: int, focus: Focus, currency: str, short: bool) -> list[FlowRow]:
    """Rows of a wide picture from its kept cells."""
    root = C.c.parent_tier == 0
    where: ColumnElement[bool] = literal(1) == 1
    outside: ColumnElement[bool] = root
    if focus.kind == "area":
        where, outside = C.c.county_code.between(*range_of(focus.code)), or_(root, C.c.entry_level <= focus.level)
    elif focus.kind == "unit":
        node = f"unit:{focus.code}"
        where = or_(C.c.department == node, C.c.town == node, C.c.leaf == node)
        outside = or_(root, C.c.parent_tier < case((C.c.department == node, 3), (C.c.town == node, 4), else_=5))
    elif focus.kind in ("source", "kind"):
        where = C.c[focus.kind] == focus.code
    parent_tier = case((outside, 0), else_=C.c.parent_tier)
    enters = or_(C.c.enters, outside)
    route: Route = (C.c.source, C.c.kind, C.c.department, C.c.town, C.c.leaf)
    if short:
        route = _from_giver(route, C.c.tier, parent_tier, enters)
    by = [*route, C.c.tier, parent_tier, enters, C.c.payee_id]
    labels = [column.label(f"k{i}") for i, column in enumerate(by)]
    sums = [func.sum(C.c[name]) for name in _SUMS]
    query = select(*labels, *sums, func.min(C.c.received_on)).where(C.c.year == year, C.c.currency == currency, where)
    return _rows(session, session.execute(query.group_by(*labels)).all())


def _programme_codes(session: Session, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {i: code for i, code in session.execute(select(P.c.id, P.c.code).where(P.c.id.in_(ids)))}


def _close_lines(session: Session, where: ColumnElement[bool], focus: Focus, exact: bool) -> list[Line]:
    merged = literal("") if exact else case((B.c.shown_code != B.c.place_code, B.c.shown_code), else_="")
    names = (B.c.source, B.c.kind, B.c.department, B.c.town, B.c.leaf, B.c.tier, B.c.parent_tier, B.c.enters)
    query = (
        select(
            B.c.allocation_id, A.c.parent_id, B.c.holder, B.c.holder_tier, merged, P.c.code, *names,
            *(B.c[name] for name in _SUMS), case((B.c.held_fen > 0, B.c.received_on)),
        )
        .join(A, A.c.id == B.c.allocation_id)
        .join(P, P.c.id == B.c.programme_id)
        .where(where)
        .order_by(B.c.allocation_id)
    )  # fmt: skip
    lines = []
    for row in session.execute(query):
        values: dict[str, Any] = dict(zip((*_ROUTE, *_SUMS), row[6:21], strict=True))
        flow_row = FlowRow(**values, payee=f"payees:{row[5]}", waiting_since=row[21])
        lines.append(Line(row[0], row[1], flow_row, row[2], row[3], row[4]))
    return lines


def _payouts_from_elsewhere(session: Session, year: int, focus: Focus, currency: str, exact: bool) -> list[FlowRow]:
    """What households of the area got out of lines that lie outside it: it passes those holders on its way."""
    village = LP.c.village_code if exact else LP.c.shown_code
    low, high = range_of(focus.code)
    line_place = place_columns(exact)[0]
    by = (B.c.source, B.c.kind, B.c.department, B.c.town, B.c.leaf, B.c.tier, P.c.code)
    query = (
        select(*by, func.sum(LP.c.paid_fen))
        .join(B, B.c.allocation_id == LP.c.allocation_id)
        .join(P, P.c.id == LP.c.programme_id)
        .where(LP.c.year == year, B.c.currency == currency, village.between(low, high))
        .where(LP.c.village_code.between(low, high), LP.c.line_level < focus.level)
        .where(or_(line_place < low, line_place > high))
        .group_by(*by)
    )
    return [
        FlowRow(*row[:6], 0, True, f"payees:{row[6]}", paid_household_fen=int(row[7]), through=True)
        for row in session.execute(query)
    ]


def node_names(session: Session, ids: Iterable[str], year: int, focus: Focus, *, exact: bool = False) -> dict[str, str]:
    """Chinese names of nodes by id; payees with the number of households."""
    wanted: dict[str, set[str]] = {}
    ids = list(ids)
    for node in ids:
        kind, _, rest = node.partition(":")
        wanted.setdefault(kind, set()).add(rest.partition("@")[0] if kind in ("unit", "area", "project") else rest)
    payees = wanted.get("payees", set()) - {""}
    return node_names_from(
        ids,
        _names(session, U, wanted.get("unit", set())),
        names_of(session, wanted.get("area", set()) | wanted.get("small", set())),
        _names(session, J, wanted.get("project", set())),
        _names(session, P, payees),
        _households(session, payees, year, focus, exact),
    )


def _names(session: Session, table: Table, codes: Collection[str]) -> dict[str, str]:
    if not codes:
        return {}
    query = select(table.c.code, table.c.name).where(table.c.code.in_(codes), table.c.superseded_at.is_(None))
    return {code: name for code, name in session.execute(query)}


def _households(session: Session, codes: Collection[str], year: int, focus: Focus, exact: bool) -> dict[str, int]:
    if not codes:
        return {}
    query: Select[Any] = (
        select(P.c.code, func.sum(PC.c.households))
        .join(P, P.c.id == PC.c.programme_id)
        .where(P.c.code.in_(codes), P.c.superseded_at.is_(None), PC.c.year == year)
        .group_by(P.c.code)
    )
    if focus.kind == "area":
        low, high = range_of(focus.code)
        shown = PC.c.village_code if exact else PC.c.shown_code
        query = query.where(PC.c.village_code.between(low, high), shown.between(low, high))
    return {code: int(n) for code, n in session.execute(query)}


def focus_years(session: Session, focus: Focus, *, currency: str = "CNY", exact: bool = False) -> list[int]:
    """Years in which a focus has money, the latest first."""
    query = select(B.c.year).where(B.c.currency == currency, _picked(focus, exact)).group_by(B.c.year)
    return [year for year in session.scalars(query.order_by(B.c.year.desc())) if year]


def focus_name(session: Session, focus: Focus) -> str:
    """What a focus is called; raises NotFound when nobody knows it. The whole is called 各级."""
    if not focus.kind:
        return "各级"
    if focus.kind == "area":
        name = names_of(session, [focus.code]).get(focus.code)
    elif focus.kind in _REGISTERS:
        name = _names(session, _REGISTERS[focus.kind], [focus.code]).get(focus.code)
    else:
        name = SOURCES.get(focus.code) if focus.kind == "source" else focus.code
    if name is None:
        raise NotFound("找不到要看的地方或项目", fix="核对编码，或从列表里点进去")
    return name


_REGISTERS = {"programme": P, "project": J, "unit": U}
