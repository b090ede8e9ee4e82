"""Statements and time of the reads behind the money pages, on lines of a city's size (12,000 a year, 60,000 in all).

Rows are made here and put straight into the tables; sums are then made by the product's own bulk path, which is timed
against the bare insert of the same payments in the same run. The bars: a constant number of statements, about 20 ms of
CPU for SQL; summing 1,000,000 fresh payments takes no longer than inserting them bare.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, event, insert
from sqlalchemy.orm import Session

from portal.kernel.database import WRITING, Base, make_engine, now_utc, reading
from portal.registers.divisions.models import Division, Unit
from portal.registers.funds import queries as funds
from portal.registers.funds.actions import sum_again
from portal.registers.funds.flows.queries import read_flow
from portal.registers.funds.flows.rules import Focus
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.actions import absorb_bank_returns, absorb_payments
from portal.registers.funds.payments.models import BankReturn, Payment
from portal.registers.funds.payouts.queries import public_cells
from portal.registers.funds.totals.queries import area_totals, project_money, years_available
from portal.registers.projects.models import Project
from portal.registers.projects.queries import list_projects
from portal.registers.recipients.models import Household
from portal.schema import metadata

COUNTIES, TOWNS, VILLAGES = 8, 14, 13
YEARS = range(2022, 2027)
TODAY = date(2026, 11, 20)
CHUNK = 20_000


def codes() -> list[tuple[str, str, str]]:
    """(county, township, village) of a made-up city of 1,456 villages."""
    return [
        (f"3208{c:02d}000000", f"3208{c:02d}{t:03d}000", f"3208{c:02d}{t:03d}{v:03d}")
        for c in range(1, COUNTIES + 1)
        for t in range(101, 101 + TOWNS)
        for v in range(201, 201 + VILLAGES)
    ]


class Maker:
    """Rows of a city, table by table, deterministic."""

    def __init__(self, session: Session, payments: int) -> None:
        self.session, self.wanted, self.random = session, payments, random.Random(1)
        self.places = codes()
        self.lines: list[dict[str, Any]] = []
        self.paying: list[tuple[int, str]] = []

    def put(self, model: type[Base], rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
        table: Table = model.__table__  # type: ignore[assignment]  # a mapped class has a Table
        pile: list[dict[str, Any]] = []
        for row in rows:
            pile.append({"recorded_at": MOMENT, **row})
            if len(pile) >= CHUNK:
                self.session.execute(insert(table), pile)
                pile = []
        if pile:
            self.session.execute(insert(table), pile)

    def registers(self) -> None:
        """Divisions, units, programmes, projects, households."""
        found = {"320800000000": 2}
        for county, town, village in self.places:
            found |= {county: 3, town: 4, village: 5}
        self.put(
            Division,
            [
                {"id": i, "code": c, "name": f"地{c}", "level": n, "valid_from": date(2000, 1, 1)}
                for i, (c, n) in enumerate(found.items(), 1)
            ],
        )
        kinds = {3: "主管部门", 4: "乡镇", 5: "村居"}
        units = [(c, n) for c, n in found.items() if n in kinds]
        self.units = {c: i for i, (c, _) in enumerate(units, 1)}
        self.put(
            Unit,
            [
                {"id": i, "code": f"U{c}", "name": f"单位{c}", "kind": kinds[n], "division_code": c}
                for i, (c, n) in enumerate(units, 1)
            ],
        )
        classes, levels = ["扶贫资金", "涉农资金", "社会救助", "社会帮扶"], ["中央", "省", "市", "县", "社会"]
        self.put(
            Programme,
            [
                {
                    "id": i,
                    "code": f"P{i}",
                    "name": f"资金{i % 31}",
                    "fund_class": classes[i % 4],
                    "level": levels[i % 5],
                    "year": 2022 + i % 5,
                    "department_id": 1 + i % 8,
                    "currency": "CNY",
                }
                for i in range(1, 154)
            ],
        )
        self.put(
            Project,
            [
                {
                    "id": i,
                    "code": f"X{i:04d}",
                    "name": f"项目{i}",
                    "kind": "产业",
                    "division_code": self.random.choice(self.places)[2],
                    "currency": "CNY",
                }
                for i in range(1, 515)
            ],
        )
        self.put(
            Household,
            ({"id": i, "no": f"H{i}", "division_code": self.places[i % len(self.places)][2]} for i in range(1, 87_601)),
        )

    def allocations(self) -> None:
        """Chains: county department, township, village; about 60,000 lines."""
        for programme in range(1, 154):
            start = date(2022 + programme % 5, 1, 10)
            for county in sorted({c for c, _, _ in self.places}):
                head = self.line(programme, None, county, 10**11, start)
                for town in sorted({t for c, t, _ in self.places if c == county})[programme % 3 :: 2]:
                    middle = self.line(programme, head, town, 10**10, start + timedelta(20))
                    for village in [v for _, t, v in self.places if t == town][programme % 2 :: 2]:
                        line = self.line(programme, middle, village, 10**9, start + timedelta(40))
                        self.paying.append((line, village))
        self.put(Allocation, self.lines)

    def line(self, programme: int, parent: int | None, place: str, fen: int, on: date) -> int:
        line_id = len(self.lines) + 1
        project = self.random.randrange(1, 515) if parent and self.random.random() < 0.02 else None
        self.lines.append(
            {
                "id": line_id,
                "no": f"L{line_id}",
                "programme_id": programme,
                "parent_id": parent,
                "to_unit_id": self.units[place],
                "division_code": place,
                "amount_fen": fen,
                "allocated_on": on,
                "project_id": project,
                "currency": "CNY",
            }
        )
        return line_id

    def payments(self) -> Iterator[dict[str, Any]]:
        """Fresh payments of one batch to households of the line's village."""
        villages = {village: i for i, (_, _, village) in enumerate(self.places)}
        each = 87_600 // len(self.places)
        for i in range(1, self.wanted + 1):
            line, village = self.paying[i % len(self.paying)]
            household = villages[village] + len(self.places) * (i // len(self.paying) % each)
            yield {
                "id": i,
                "batch_no": "B",
                "seq": i,
                "allocation_id": line,
                "household_id": household or 1,
                "amount_fen": 100 + i % 9999,
                "paid_on": date(2026, 6, 1),
                "batch_id": 1,
                "batch_row": i,
                "currency": "CNY",
            }

    def returns(self) -> Iterator[dict[str, Any]]:
        """A return for each payment; one of fifty fails."""
        return (
            {"id": i, "payment_id": i, "result": "失败" if i % 50 == 0 else "成功", "batch_id": 2, "batch_row": i}
            for i in range(1, self.wanted + 1)
        )


MOMENT = now_utc()


@contextmanager
def timed(name: str, sums: dict[str, float]) -> Iterator[None]:
    """CPU seconds of a step."""
    start = time.process_time()
    yield
    sums[name] = time.process_time() - start
    print(f"{name:32s}{sums[name]:9.2f} s CPU", flush=True)


def load(engine: Engine, payments: int) -> None:
    """Fill the database and time the bulk sums against the bare inserts."""
    sums: dict[str, float] = {}
    with Session(engine.execution_options(**{WRITING: True})) as session:
        metadata.create_all(session.connection())
        maker = Maker(session, payments)
        maker.registers()
        with timed("insert allocations", sums):
            maker.allocations()
        with timed("sum allocations", sums):
            sum_again(session)
        with timed("insert payments", sums):
            maker.put(Payment, maker.payments())
        with timed("sum payments", sums):
            absorb_payments(session, 1)
        with timed("insert bank returns", sums):
            maker.put(BankReturn, maker.returns())
        with timed("sum bank returns", sums):
            absorb_bank_returns(session, 2)
        session.commit()
    print(
        f"{len(maker.lines)} lines; sums of payments / bare insert: {sums['sum payments'] / sums['insert payments']:.2f} (bar 1)"
    )
    print(f"sums of bank returns / bare insert: {sums['sum bank returns'] / sums['insert bank returns']:.2f}")


def reads(session: Session) -> dict[str, Callable[[], Any]]:
    """What the pages read."""
    village, town, county = "320801101201", "320801101000", "320801000000"
    return {
        "/ years": lambda: years_available(session),
        "/flow": lambda: read_flow(session, 2026, Focus(), as_of=TODAY),
        "/flow county": lambda: read_flow(session, 2026, Focus("area", county), as_of=TODAY),
        "/areas town": lambda: read_flow(session, 2026, Focus("area", town), as_of=TODAY),
        "/areas village": lambda: read_flow(session, 2026, Focus("area", village), as_of=TODAY),
        "/areas totals of a city": lambda: area_totals(session, 2026, "320800000000"),
        "/funds": lambda: funds.list_programmes(session, year=2026),
        "/funds/P4": lambda: funds.get_programme(session, "P4"),
        "/funds/P4 cells": lambda: public_cells(session, programme="P4"),
        "/funds/P4 flow": lambda: read_flow(session, 2026, Focus("programme", "P4"), as_of=TODAY),
        "/allocations/L3": lambda: funds.allocation_detail(session, "L3"),
        "/ longest held": lambda: funds.longest_held(session, year=2026),
        "/projects": lambda: project_money(session, [row.code for row in list_projects(session)]),
    }


def measure(engine: Engine, rounds: int = 7) -> None:
    """Statements, CPU of the whole read, time inside the database."""
    spent: list[float] = []
    event.listen(engine, "before_cursor_execute", lambda *a: spent.append(-time.perf_counter()))
    event.listen(engine, "after_cursor_execute", lambda *a: spent.append(spent.pop() + time.perf_counter()))
    print(f"{'page':28s}{'statements':>11s}{'CPU ms':>9s}{'execute ms':>11s}")
    with reading(engine) as session:
        for name, read in reads(session).items():
            best = (float("inf"), 0, 0.0)
            for _ in range(rounds):
                spent.clear()
                start = time.process_time()
                read()
                best = min(best, ((time.process_time() - start) * 1000, len(spent), sum(spent) * 1000))
            print(f"{name:28s}{best[1]:11d}{best[0]:9.1f}{best[2]:11.1f}", flush=True)


def main() -> None:
    """Load, then measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--payments", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="a PostgreSQL url; default: SQLite in a temporary folder")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(wanted.database or f"sqlite:///{Path(folder) / 'city.sqlite3'}")
        load(engine, wanted.payments)
        measure(engine)
        engine.dispose()


if __name__ == "__main__":
    main()
