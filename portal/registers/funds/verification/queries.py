"""Computes every roll-up of money again from the rows and names each difference. Reads whole tables: never for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.registers.divisions.rules import living_code
from portal.registers.funds.balances.queries import A, B, kept_rows, line_facts, successors
from portal.registers.funds.balances.rules import PLACED, level_over, place_lines, placed_rows
from portal.registers.funds.flows.actions import C, cell_rows
from portal.registers.funds.payouts.queries import HP, LP, PC, H, R, Y, all_sides, line_sums
from portal.registers.funds.payouts.rules import merged_places, shown_codes
from portal.registers.funds.sharing.queries import find_kept_back

CHAIN = ("passed_on_fen", "returned_fen", "back_fen")
PAID = ("paid_fen", "paid_household_fen", "paid_count", "pending_fen", "pending_count", "first_paid_on", "last_paid_on")


@dataclass(frozen=True)
class Difference:
    """One sum that does not agree with its rows."""

    table: str
    key: tuple[Any, ...]
    column: str
    kept: Any
    summed: Any


def verify_totals(session: Session) -> list[Difference]:
    """Every difference between the kept sums and the rows they sum; empty when all is well."""
    kept_lines = kept_rows(session, None)
    facts = line_facts(session, None)
    routes = place_lines(facts)
    cells = _cells(session, kept_lines)
    shown = _shown(cells)
    found = list(_lines(session, kept_lines, placed_rows(facts, routes, kept_lines)))
    found += _payouts(session, cells, shown)
    found += _public_places(kept_lines, shown)
    found += _kept_back(session, kept_lines, shown)
    found += _wide_cells(session)
    return found


def _wide_cells(session: Session) -> Iterator[Difference]:
    names = [column.name for column in C.columns][1:]
    years = set(session.scalars(select(B.c.year).distinct())) | set(session.scalars(select(C.c.year).distinct()))
    kept = Counter(tuple(row) for row in session.execute(select(*(C.c[name] for name in names))))
    summed = Counter(tuple(map(_whole, row)) for row in session.execute(cell_rows(years)))
    for row in sorted((kept - summed) + (summed - kept), key=str):
        yield Difference("flow_cells", row[:13], "sums", row in kept, row in summed)


def _lines(session: Session, kept: Mapping[int, dict[str, Any]], placed: list[dict[str, Any]]) -> Iterator[Difference]:
    for line_id in sorted(set(kept) ^ {row["allocation_id"] for row in placed}):
        yield Difference("line_balances", (line_id,), "allocation_id", line_id in kept, line_id not in kept)
    chain, paid = _chain_sums(session), _paid_sums(session)
    for row in placed:
        line_id = row["allocation_id"]
        if line_id not in kept:
            continue
        wanted = {name: row[name] for name in PLACED}
        wanted |= chain.get(line_id, dict.fromkeys(CHAIN, 0))
        wanted |= paid.get(line_id, {name: None if name.endswith("_on") else 0 for name in PAID})
        wanted["held_fen"] = row["gross_fen"] + wanted["back_fen"] - wanted["passed_on_fen"]
        wanted["held_fen"] -= wanted["paid_fen"] + wanted["returned_fen"]
        for name, value in wanted.items():
            if kept[line_id][name] != value:
                yield Difference("line_balances", (line_id,), name, kept[line_id][name], value)


def _chain_sums(session: Session) -> dict[int, dict[str, int]]:
    lines = {i: (parent, fen) for i, parent, fen in session.execute(_CURRENT)}
    sums: dict[int, dict[str, int]] = {}
    for parent, fen in lines.values():
        if parent is None:
            continue
        own = sums.setdefault(parent, dict.fromkeys(CHAIN, 0))
        own["passed_on_fen" if fen >= 0 else "returned_fen"] += abs(fen)
        above = lines[parent][0] if fen < 0 and parent in lines and lines[parent][1] >= 0 else None
        if above is not None:
            sums.setdefault(above, dict.fromkeys(CHAIN, 0))["back_fen"] -= fen
    return sums


_CURRENT = select(A.c.id, A.c.parent_id, A.c.amount_fen).where(A.c.superseded_at.is_(None))


def _paid_sums(session: Session) -> dict[int, dict[str, Any]]:
    sums = session.execute(line_sums(all_sides(None)[0])).mappings()
    return {row["allocation_id"]: {name: _whole(row[name]) for name in PAID} for row in sums}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) else value  # PostgreSQL sums 64-bit integers to numeric


def _cells(session: Session, lines: Mapping[int, dict[str, Any]]) -> dict[str, dict[tuple[Any, ...], list[int]]]:
    """The three payout tables as they should be: table → key → [fen, payments, households]."""
    after = successors(session)
    query = (
        select(Y.c.allocation_id, Y.c.household_id, H.c.division_code, func.sum(Y.c.amount_fen), func.count())
        .join(R, (R.c.payment_id == Y.c.id) & R.c.superseded_at.is_(None) & (R.c.result == "成功"))
        .join(H, H.c.id == Y.c.household_id)
        .where(Y.c.superseded_at.is_(None))
        .group_by(Y.c.allocation_id, Y.c.household_id, H.c.division_code)
    )
    by_line: dict[tuple[Any, ...], list[int]] = {}
    by_household: dict[tuple[Any, ...], list[int]] = {}
    for line_id, household, code, fen, count in session.execute(query):
        if line_id not in lines:
            continue
        village = living_code(code, after) if code else ""
        line = lines[line_id]
        for sums, key in (
            (by_line, (line_id, village)),
            (by_household, (household, line["programme_id"], line["year"], village)),
        ):
            total = sums.setdefault(key, [0, 0, 0])
            for at, more in enumerate((int(fen), count, 1)):
                total[at] += more
    by_programme: dict[tuple[Any, ...], list[int]] = {}
    for (_, programme, year, village), (fen, count, _lines) in by_household.items():
        total = by_programme.setdefault((programme, year, village), [0, 0, 0])
        total[0] += fen
        total[1] += count
        total[2] += 1
    households = {key: sums[:2] for key, sums in by_household.items()}
    return {"line_payouts": by_line, "household_payouts": households, "programme_cells": by_programme}


def _shown(cells: Mapping[str, Mapping[tuple[Any, ...], list[int]]]) -> dict[tuple[int, int], dict[str, str]]:
    households: dict[tuple[int, int], dict[str, int]] = {}
    for (programme, year, village), sums in cells["programme_cells"].items():
        households.setdefault((programme, year), {})[village] = sums[2]
    return {pair: shown_codes(counts) for pair, counts in households.items()}


def _payouts(
    session: Session,
    cells: Mapping[str, Mapping[tuple[Any, ...], list[int]]],
    shown: Mapping[tuple[int, int], Mapping[str, str]],
) -> Iterator[Difference]:
    lp = (LP.c.allocation_id, LP.c.village_code, LP.c.paid_fen, LP.c.payments, LP.c.households)
    hp = (HP.c.household_id, HP.c.programme_id, HP.c.year, HP.c.village_code, HP.c.paid_fen, HP.c.payments)
    pc = (PC.c.programme_id, PC.c.year, PC.c.village_code, PC.c.paid_fen, PC.c.payments, PC.c.households)
    for name, columns, width in (("line_payouts", lp, 2), ("household_payouts", hp, 4), ("programme_cells", pc, 3)):
        kept = {tuple(row[:width]): list(row[width:]) for row in session.execute(select(*columns))}
        for key in sorted(set(kept) | set(cells[name])):
            if kept.get(key) != cells[name].get(key):
                yield Difference(name, key, "sums", kept.get(key), cells[name].get(key))
    query = select(PC.c.programme_id, PC.c.year, PC.c.village_code, PC.c.shown_code)
    for programme, year, village, code in session.execute(query):
        if (wanted := shown.get((programme, year), {}).get(village)) != code:
            yield Difference("programme_cells", (programme, year, village), "shown_code", code, wanted)
    yield from _line_payout_places(session, shown)


def _line_payout_places(session: Session, shown: Mapping[tuple[int, int], Mapping[str, str]]) -> Iterator[Difference]:
    query = select(
        LP.c.allocation_id, LP.c.village_code, LP.c.programme_id, LP.c.year, LP.c.shown_code, LP.c.line_level
    )
    places = {line: place for line, place in session.execute(select(B.c.allocation_id, B.c.place_code))}
    for line, village, programme, year, code, level in session.execute(query):
        if (wanted := shown.get((programme, year), {}).get(village)) != code:
            yield Difference("line_payouts", (line, village), "shown_code", code, wanted)
        if (over := level_over(places.get(line, ""), village)) != level:
            yield Difference("line_payouts", (line, village), "line_level", level, over)


def _public_places(
    lines: Mapping[int, dict[str, Any]], shown: Mapping[tuple[int, int], Mapping[str, str]]
) -> Iterator[Difference]:
    places = {pair: merged_places(codes) for pair, codes in shown.items()}
    for line_id, row in lines.items():
        place, wanted = row["place_code"], row["place_code"]
        if row["paid_household_fen"]:
            wanted = places.get((row["programme_id"], row["year"]), {}).get(place, place)
        if wanted != row["shown_code"]:
            yield Difference("line_balances", (line_id,), "shown_code", row["shown_code"], wanted)


def _kept_back(
    session: Session, lines: Mapping[int, dict[str, Any]], pairs: Collection[tuple[int, int]]
) -> Iterator[Difference]:
    back = set[int]().union(*(find_kept_back(session, pair) for pair in sorted(pairs)))
    for line_id, row in lines.items():
        if row["kept_back"] != (line_id in back):
            yield Difference("line_balances", (line_id,), "kept_back", row["kept_back"], line_id in back)
