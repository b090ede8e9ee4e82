"""Lines of a notice out of the registers: named households, or everybody in a place whom a programme pays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.errors import NotFound
from portal.publishing.notices.disclosure import Source, SourceRow
from portal.publishing.notices.patterns.rules import Of, Pattern
from portal.publishing.notices.rows.rules import MOST_ROWS
from portal.registers.divisions.queries import lies_within
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.models import Household, Person

PAYMENT: Final = "payment"
HEAD: Final = "户主"


def rows_of_households(
    session: Session, pattern: Pattern, numbers: Sequence[str], opinion: str, within: Collection[str] | None = None
) -> list[SourceRow]:
    """A line for each household named by its number: head, group, how many persons. NotFound names those unknown.

    `within`: the places in which they must lie; one of elsewhere is answered as unknown.
    """
    numbers = list(dict.fromkeys(numbers))
    query = select(Household).where(Household.no.in_(numbers))
    if within is not None:
        query = query.where(lies_within(Household.division_code, within))
    found = {row.no: row for row in session.scalars(query)}
    unknown = [number for number in numbers if number not in found]
    if unknown:
        raise NotFound(f"没有这些户：{'、'.join(unknown[:5])}", fix="核对户编号")
    people = _people(session, [row.id for row in found.values()])
    return [_household_row(pattern, found[no], people.get(found[no].id, []), opinion) for no in numbers]


def _people(session: Session, ids: Collection[int]) -> dict[int, list[tuple[str, str | None]]]:
    people: dict[int, list[tuple[str, str | None]]] = {}
    wanted = select(Person.household_id, Person.name, Person.relation).where(Person.household_id.in_(ids))
    for household, name, relation in session.execute(wanted.order_by(Person.id)):
        people.setdefault(household, []).append((name, relation))
    return people


def _household_row(
    pattern: Pattern, row: Household, people: Sequence[tuple[str, str | None]], opinion: str
) -> SourceRow:
    heads = [name for name, relation in people if relation == HEAD] or [name for name, _relation in people]
    values: dict[str, Any] = {
        "name": heads[0] if heads else "",
        "group": row.address or "",
        "persons": len(people),
        "opinion": opinion,
    }
    codes = {column.code for column in pattern.columns}
    return SourceRow({code: value for code, value in values.items() if code in codes and value}, row.no)


def rows_of_programme(
    session: Session, pattern: Pattern, programme_code: str, within: Collection[str]
) -> list[SourceRow]:
    """A line for each household of some places that a programme pays: the sum of its payments, with their numbers."""
    paid = session.execute(
        select(Household, Payment.batch_no, Payment.seq, Payment.amount_fen, Programme.name)
        .join(Payment, Payment.household_id == Household.id)
        .join(Allocation, Allocation.id == Payment.allocation_id)
        .join(Programme, Programme.id == Allocation.programme_id)
        .where(Programme.code == programme_code, lies_within(Household.division_code, within))
        .order_by(Household.no, Payment.id)
        .limit(MOST_ROWS * 12)
    ).all()
    if not paid:
        raise NotFound("这个地方没有这项资金的发放记录", fix="核对资金项目编码和区划")
    sums: dict[str, tuple[Household, int, list[list[str]]]] = {}
    for household, batch, seq, fen, _programme in paid:
        _home, total, facts = sums.get(household.no, (household, 0, []))
        sums[household.no] = (household, total + fen, [*facts, [PAYMENT, f"{batch}-{seq}"]])
    people = _people(session, [home.id for home, _total, _facts in sums.values()])
    item = paid[0][4]
    rows = []
    for home, total, facts in list(sums.values())[:MOST_ROWS]:
        base = _household_row(pattern, home, people.get(home.id, []), "")
        cells = {**base.cells, "item": item, "amount_fen": total}
        kept = {c.code: cells[c.code] for c in pattern.columns if c.code in cells and c.of is not Of.PERSONS}
        rows.append(SourceRow(kept, home.no, facts))
    return rows


def households_of(session: Session, source: Source, division: str) -> dict[int, list[int]]:
    """Which households the lines are about (line from 1 → household ids): by number, else by the person's name in the place."""
    numbered = {str(row.household_no): line for line, row in enumerate(source.rows, 1) if row.household_no}
    found: dict[int, list[int]] = {}
    for home, no in session.execute(select(Household.id, Household.no).where(Household.no.in_(numbered))):
        found.setdefault(numbered[no], []).append(home)
    named: dict[str, list[int]] = {}
    for line, row in enumerate(source.rows, 1):
        if not row.household_no and row.cells.get("name"):
            named.setdefault(str(row.cells["name"]), []).append(line)
    if named:
        wanted = (
            select(Person.name, Person.household_id)
            .join(Household, Household.id == Person.household_id)
            .where(Person.name.in_(named), lies_within(Household.division_code, [division]))
        )
        for name, home in session.execute(wanted):
            for line in named[name]:
                found.setdefault(line, []).append(home)
    return found
