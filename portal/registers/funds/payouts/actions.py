"""Keep the payouts in step with payments and bank returns, in the same transaction: grouped statements, no row by row.

Order: sums of the lines, sums by household and by village, the cells of programme × village × year, and last what the
public is shown of them. Records nothing: sums are no facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.registers.divisions.rules import living_code
from portal.registers.funds.balances.actions import Moved, settle
from portal.registers.funds.balances.queries import A, B, chunks, kept_rows, lines_below, parents_of, successors
from portal.registers.funds.balances.rules import Shown, show_lines
from portal.registers.funds.flows.actions import C, refresh_cells, refresh_cells_of_lines
from portal.registers.funds.payouts.queries import (
    HP,
    LP,
    PC,
    H,
    Side,
    Y,
    all_sides,
    cells_of,
    household_sums,
    line_sums,
)
from portal.registers.funds.payouts.rules import merged_places, shown_codes
from portal.registers.funds.sharing.actions import count_households, keep_back_again

SUMS = ("paid_fen", "paid_household_fen", "paid_count", "pending_fen", "pending_count")

_TOUCH = Table(
    "payout_touch",
    MetaData(),
    Column("allocation_id", BigInteger),
    Column("household_id", BigInteger),
    Column("paid_fen", BigInteger),
    Column("payments", BigInteger),
    Column("village_code", String(12)),
    prefixes=["TEMPORARY"],
)


def apply_sides(session: Session, sides: Iterable[Side]) -> None:
    """Add what a change of payments or returns means to every sum that counts them."""
    sides = list(sides)
    lines, shrunk = _add_to_lines(session, sides)
    _first_and_last_again(session, shrunk)
    for piece in chunks(lines):
        settle(session, piece)
    _TOUCH.create(session.connection(), checkfirst=False)
    if _note_households(session, sides):
        _add_payouts(session)
    _TOUCH.drop(session.connection(), checkfirst=False)
    refresh_cells_of_lines(session, lines)


def _add_to_lines(session: Session, sides: list[Side]) -> tuple[set[int], set[int]]:
    net: dict[int, dict[str, Any]] = {}
    shrunk: set[int] = set()
    for side in sides:
        for row in session.execute(line_sums(side)).mappings():
            line = net.setdefault(row["allocation_id"], dict.fromkeys(SUMS, 0) | {"first": None, "last": None})
            for name in SUMS:
                line[name] += side.sign * int(row[name] or 0)
            if side.sign > 0 and row["first_paid_on"] is not None:
                line["first"] = min(filter(None, (line["first"], row["first_paid_on"])))
                line["last"] = max(filter(None, (line["last"], row["last_paid_on"])))
            elif side.sign < 0 and row["paid_count"]:
                shrunk.add(row["allocation_id"])
    if net:
        first, last = bindparam("first", type_=B.c.first_paid_on.type), bindparam("last", type_=B.c.last_paid_on.type)
        earlier = B.c.first_paid_on.is_(None) | (B.c.first_paid_on > first)
        later = B.c.last_paid_on.is_(None) | (B.c.last_paid_on < last)
        values: dict[str, Any] = {name: B.c[name] + bindparam(f"add_{name}", type_=BigInteger) for name in SUMS}
        values["first_paid_on"] = case((first.is_not(None) & earlier, first), else_=B.c.first_paid_on)
        values["last_paid_on"] = case((last.is_not(None) & later, last), else_=B.c.last_paid_on)
        rows = [
            {"line": i, "first": n["first"], "last": n["last"], **{f"add_{name}": n[name] for name in SUMS}}
            for i, n in net.items()
        ]
        session.connection().execute(update(B).where(B.c.allocation_id == bindparam("line")).values(values), rows)
    return set(net), shrunk


def _first_and_last_again(session: Session, lines: set[int]) -> None:
    """Where a payment stopped counting, the first and last day have to be looked up."""
    for piece in chunks(lines):
        session.execute(update(B).where(B.c.allocation_id.in_(piece)).values(first_paid_on=None, last_paid_on=None))
        side = all_sides(select(A.c.id).where(A.c.id.in_(piece)))[0]
        found = line_sums(side).subquery()
        values = {"first_paid_on": found.c.first_paid_on, "last_paid_on": found.c.last_paid_on}
        session.execute(update(B).where(B.c.allocation_id == found.c.allocation_id).values(values))


def _note_households(session: Session, sides: list[Side]) -> bool:
    """Fill the scratch table: line × household, signed, with the village by today's code."""
    connection = session.connection()
    names = ["allocation_id", "household_id", "village_code", "paid_fen", "payments"]
    for side in sides:
        connection.execute(insert(_TOUCH).from_select(names, household_sums(side)))
    noted = connection.scalar(select(_TOUCH.c.allocation_id).limit(1)) is not None
    after = successors(session)
    if noted and after:
        villages = connection.scalars(select(_TOUCH.c.village_code).distinct()).all()
        for old in sorted(set(villages) & set(after)):
            now = living_code(old, after)
            connection.execute(update(_TOUCH).where(_TOUCH.c.village_code == old).values(village_code=now))
    if noted and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE payout_touch")
    return noted


def _add_payouts(session: Session) -> None:
    joined = _TOUCH.join(B, B.c.allocation_id == _TOUCH.c.allocation_id)
    by = [_TOUCH.c.household_id, B.c.programme_id, B.c.year]
    found = select(*by, func.max(_TOUCH.c.village_code), *_TOTAL).select_from(joined).where(true()).group_by(*by)
    _add(session, HP, ["household_id", "programme_id", "year", "village_code"], found.order_by(_TOUCH.c.household_id))
    _add_line_payouts(session)


_TOTAL = (func.sum(_TOUCH.c.paid_fen).label("paid_fen"), func.sum(_TOUCH.c.payments).label("payments"))


def _add_line_payouts(session: Session) -> None:
    connection = session.connection()
    joined = _TOUCH.join(B, B.c.allocation_id == _TOUCH.c.allocation_id)
    pairs = {(p, y) for p, y in connection.execute(select(B.c.programme_id, B.c.year).select_from(joined).distinct())}
    lines = set(connection.scalars(select(_TOUCH.c.allocation_id).distinct()))
    known = _with_payouts(session, lines)
    by = [_TOUCH.c.allocation_id, _TOUCH.c.village_code, B.c.programme_id, B.c.year, B.c.place_code]
    level = _level_over(B.c.place_code, _TOUCH.c.village_code)
    # Of a line without payouts so far, the noted households are all; of others they are counted from the payments.
    reached = func.count(_TOUCH.c.household_id.distinct())
    found = select(*by[:4], level, _TOUCH.c.village_code, reached, *_TOTAL).select_from(joined)
    names = ["allocation_id", "village_code", "programme_id", "year", "line_level", "shown_code", "households"]
    _add(session, LP, names, found.where(true()).group_by(*by))
    for piece in chunks(lines):
        session.execute(delete(LP).where(LP.c.allocation_id.in_(piece), LP.c.payments == 0))
    count_households(session, known)
    show_again(session, pairs)


def _with_payouts(session: Session, lines: Collection[int]) -> set[int]:
    """Lines, among some, that paid households before, or of which payments were just taken back."""
    found = set(session.scalars(select(_TOUCH.c.allocation_id).where(_TOUCH.c.payments < 0).distinct()))
    for piece in chunks(lines):
        found.update(session.scalars(select(LP.c.allocation_id).where(LP.c.allocation_id.in_(piece)).distinct()))
    return found


def move_households(session: Session, household_ids: Iterable[int]) -> None:
    """Households that live in another village now take what they were paid with them."""
    after = successors(session)
    moved: dict[int, tuple[str, str]] = {}
    for piece in chunks(household_ids):
        query = select(HP.c.household_id, HP.c.village_code, H.c.division_code).join(H, H.c.id == HP.c.household_id)
        for household, old, code in session.execute(query.where(HP.c.household_id.in_(piece))):
            now = living_code(code, after) if code else ""
            if now != old:
                moved[household] = (old, now)
    if not moved:
        return
    lines: set[int] = set()
    _TOUCH.create(session.connection(), checkfirst=False)
    for household, villages in sorted(moved.items()):
        lines |= _note_move(session, household, villages)
        session.execute(update(HP).where(HP.c.household_id == household).values(village_code=villages[1]))
    _add_line_payouts(session)
    _TOUCH.drop(session.connection(), checkfirst=False)
    refresh_cells_of_lines(session, lines)


def _note_move(session: Session, household: int, villages: tuple[str, str]) -> set[int]:
    side = all_sides(None)[0]
    where = side.where & (Y.c.household_id == household)
    paid = session.execute(household_sums(Side(side.source, where, 1, side.paid, side.pending))).all()
    rows = [
        {
            "allocation_id": line,
            "household_id": household,
            "village_code": village,
            "paid_fen": s * fen,
            "payments": s * n,
        }
        for line, _household, _village, fen, n in paid
        for village, s in zip(villages, (-1, 1), strict=True)
    ]
    if rows:
        session.connection().execute(insert(_TOUCH), rows)
    return {row["allocation_id"] for row in rows}


def _add(session: Session, table: Table, names: list[str], found: Select[Any]) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    put = dialect.insert(table).from_select([*names, "paid_fen", "payments"], found)
    sums: dict[str, Any] = {name: table.c[name] + put.excluded[name] for name in ("paid_fen", "payments")}
    if table is HP:
        sums["village_code"] = put.excluded.village_code
    keys = list(table.primary_key.columns)
    session.execute(put.on_conflict_do_update(index_elements=keys, set_=sums))


def _level_over(place: ColumnElement[str], village: ColumnElement[str]) -> ColumnElement[int]:
    """`balances.rules.level_over` in the database's words."""

    def inside(digits: int, level: int) -> ColumnElement[int]:
        return case((func.substr(place, 1, digits) == func.substr(village, 1, digits), level), else_=0)

    return case(
        (place == "", 0),
        (func.substr(place, 10, 3) != "000", inside(12, 5)),
        (func.substr(place, 7, 3) != "000", inside(9, 4)),
        (func.substr(place, 5, 2) != "00", inside(6, 3)),
        (func.substr(place, 3, 2) != "00", inside(4, 2)),
        else_=inside(2, 1),
    )


def show_again(session: Session, pairs: Collection[tuple[int, int]]) -> None:
    """Sum the cells of (programme, year) pairs again and decide anew which of them the public sees merged."""
    before = cells_of(session, pairs)
    for programme_id, year in sorted(pairs):
        mine = (HP.c.programme_id == programme_id, HP.c.year == year)
        session.execute(delete(HP).where(*mine, HP.c.payments == 0))
        session.execute(delete(PC).where(PC.c.programme_id == programme_id, PC.c.year == year))
        sums = (func.sum(HP.c.paid_fen), func.sum(HP.c.payments), func.count())
        by = (HP.c.programme_id, HP.c.year, HP.c.village_code)
        found = select(*by, HP.c.village_code, *sums).where(*mine).group_by(*by)
        names = ["programme_id", "year", "village_code", "shown_code", "paid_fen", "payments", "households"]
        session.execute(insert(PC).from_select(names, found))
    for pair, cells in cells_of(session, pairs).items():
        shown = shown_codes({village: n for village, (n, _) in cells.items()})
        old = {village: code for village, (_, code) in before[pair].items()}
        merged = {v: code for v, code in shown.items() if code != v or old.get(v, v) != code}
        _mark_cells(session, pair, merged)
        _mark_lines(session, pair, shown)
    keep_back_again(session, pairs)


def _mark_cells(session: Session, pair: tuple[int, int], merged: dict[str, str]) -> None:
    rows = [{"p": pair[0], "y": pair[1], "v": village, "s": code} for village, code in sorted(merged.items())]
    if not rows:
        return
    for table in (PC, LP):
        mine = (table.c.programme_id == bindparam("p"), table.c.year == bindparam("y"))
        statement = update(table).where(*mine, table.c.village_code == bindparam("v")).values(shown_code=bindparam("s"))
        session.connection().execute(statement, rows)


def _mark_lines(session: Session, pair: tuple[int, int], shown: dict[str, str]) -> None:
    """A line that pays small cells is shown where they are shown: its own sums would give them away."""
    pays = B.c.paid_household_fen != 0
    query = select(B.c.allocation_id, B.c.place_code, B.c.shown_code, pays).where(
        B.c.programme_id == pair[0], B.c.year == pair[1], or_(pays, B.c.shown_code != B.c.place_code)
    )
    places = merged_places(shown)
    changed: dict[int, str] = {}
    for line, place, old, paying in session.execute(query):
        code = places.get(place, place) if paying else place
        if code != old:
            changed[line] = code
    if not changed:
        return
    rows = [{"line": line, "code": code} for line, code in sorted(changed.items())]
    statement = update(B).where(B.c.allocation_id == bindparam("line")).values(shown_code=bindparam("code"))
    session.connection().execute(statement, rows)
    _enter_again(session, set(changed))


def _enter_again(session: Session, changed: set[int]) -> None:
    """Where lines moved in the public's eyes, they and the lines below them may enter other places than before."""
    ids = lines_below(session, changed)
    parents = parents_of(session, ids)
    known = kept_rows(session, ids | {p for p in parents.values() if p is not None})
    # The lines above the changed ones are only context: they stay as they are shown.
    lines = {
        i: Shown(row["shown_code"], row["place_code"], row["leaf"], row["enters"])
        if i in ids
        else Shown(row["shown_code"], row["shown_code"], row["shown_leaf"], True)
        for i, row in known.items()
    }
    above = {i: parents.get(i) if row["parent_tier"] else None for i, row in known.items()}
    public = show_lines(lines, above)
    rows = [{"line": i, "level": public[i][0], "name": public[i][1]} for i in sorted(ids & set(known))]
    if rows:
        found: dict[str, Any] = {"shown_entry_level": bindparam("level"), "shown_leaf": bindparam("name")}
        statement = update(B).where(B.c.allocation_id == bindparam("line")).values(found)
        session.connection().execute(statement, rows)


def sum_lines_again(session: Session, moved: Moved) -> None:
    """After lines changed: where programme, year or place did, sum the payouts of their programmes again."""
    if _have_payments(session, moved.lines):
        _sum_programmes_again(session, moved)
    refresh_cells(session, moved.years)


def _sum_programmes_again(session: Session, moved: Moved) -> None:
    pairs: set[tuple[int, int]] = set()
    for piece in chunks(moved.programmes):
        pairs |= {
            (p, y) for p, y in session.execute(select(PC.c.programme_id, PC.c.year).where(PC.c.programme_id.in_(piece)))
        }
        for table in (LP, HP, PC):
            session.execute(delete(table).where(table.c.programme_id.in_(piece)))
        cleared: dict[str, Any] = {**dict.fromkeys(SUMS, 0), "first_paid_on": None, "last_paid_on": None}
        session.execute(update(B).where(B.c.programme_id.in_(piece)).values(cleared))
        apply_sides(session, all_sides(select(A.c.id).where(A.c.programme_id.in_(piece))))
    show_again(session, pairs)


def _have_payments(session: Session, lines: Collection[int]) -> bool:
    if session.scalar(select(Y.c.id).limit(1)) is None:
        return False
    return any(
        session.scalar(select(Y.c.id).where(Y.c.allocation_id.in_(piece)).limit(1)) is not None
        for piece in chunks(lines)
    )


def sum_everything_again(session: Session) -> None:
    """Forget all payouts and sum every payment again (after a bulk load, or when verify_totals found a difference)."""
    for table in (LP, HP, PC):
        session.execute(delete(table))
    cleared: dict[str, Any] = {**dict.fromkeys(SUMS, 0), "first_paid_on": None, "last_paid_on": None}
    session.execute(update(B).values(cleared))
    settle(session, None)
    apply_sides(session, all_sides(None))
    session.execute(delete(C))
    refresh_cells(session, set(session.scalars(select(B.c.year).distinct())))
