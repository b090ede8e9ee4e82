"""Keep the cells of the wide picture in step: the years that a change touched are summed again, in its transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, select
from sqlalchemy.orm import Session

from portal.kernel.database import table_of
from portal.registers.funds.balances.queries import B, chunks
from portal.registers.funds.balances.rules import prefix
from portal.registers.funds.flows.models import FlowCell

C = table_of(FlowCell)
SUMS = (
    "gross_fen", "back_fen", "passed_on_fen", "returned_fen", "paid_fen", "paid_household_fen", "held_fen",
)  # fmt: skip
COUNTY, TOWNSHIP = 3, 4


def wider(node: ColumnElement[str], level: int) -> ColumnElement[str]:
    """The node of the place of `level` that a place's node lies in; other nodes as they are."""
    digits = len(prefix("0" * 12, level))
    zeros = "0" * (12 - digits)
    return case(
        (node.startswith("area:"), func.substr(node, 1, 5 + digits) + zeros),
        (node.startswith("small:"), func.substr(node, 1, 6 + digits) + zeros),
        else_=node,
    )


def cell_rows(years: Collection[int]) -> Select[Any]:
    """The cells of some years as their lines make them, in the order of the table's columns after the id."""
    county = case((B.c.shown_code == "", ""), else_=func.substr(B.c.shown_code, 1, 6) + "000000")
    entry = case((B.c.shown_entry_level <= COUNTY, B.c.shown_entry_level), else_=9)
    payee = case(((B.c.tier < 5) & (B.c.paid_household_fen != 0), B.c.programme_id), else_=0)
    by: list[ColumnElement[Any]] = [
        B.c.year, B.c.currency, county.label("county_code"), entry.label("entry_level"), B.c.source, B.c.kind,
        B.c.department, wider(B.c.town, COUNTY).label("town"), wider(B.c.shown_leaf, TOWNSHIP).label("leaf"), B.c.tier,
        B.c.parent_tier, B.c.enters, payee.label("payee_id"),
    ]  # fmt: skip
    keys = select(
        *by, *(B.c[name] for name in SUMS), case((B.c.held_fen > 0, B.c.received_on)).label("received_on")
    ).where(B.c.year.in_(sorted(years)))
    lines = keys.subquery()
    names = [column.name for column in C.columns][1:14]
    grouped = [lines.c[name] for name in names]
    sums = [func.sum(lines.c[name]).label(name) for name in SUMS]
    return select(*grouped, *sums, func.min(lines.c.received_on).label("received_on")).group_by(*grouped)


def refresh_cells(session: Session, years: Collection[int]) -> None:
    """Sum the cells of some years again."""
    if not years:
        return
    session.execute(delete(C).where(C.c.year.in_(sorted(years))))
    names = [column.name for column in C.columns][1:]
    session.execute(insert(C).from_select(names, cell_rows(years)))


def refresh_cells_of_lines(session: Session, lines: Collection[int]) -> None:
    """The same for the years of some lines."""
    years: set[int] = set()
    for piece in chunks(lines):
        years.update(session.scalars(select(B.c.year).where(B.c.allocation_id.in_(piece)).distinct()))
    refresh_cells(session, years)
