"""Random money over a county, by acts and by batches: the sums stay right, every picture balances and all agree."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.kernel.database import now_utc, reserve_ids
from portal.registers.divisions.models import Division, Unit
from portal.registers.funds.actions import (
    absorb_allocations,
    absorb_divisions,
    absorb_programmes,
    absorb_units,
    sum_again,
)
from portal.registers.funds.balances.queries import A, B
from portal.registers.funds.flow import build_flow
from portal.registers.funds.flows.queries import flow_rows, read_flow, read_picture
from portal.registers.funds.flows.rules import Focus
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.actions import absorb_bank_returns, absorb_households, absorb_payments
from portal.registers.funds.payments.models import BankReturn, Payment
from portal.registers.funds.payouts.queries import public_cells
from portal.registers.funds.totals.queries import area_totals, years_available
from portal.registers.funds.verification.queries import verify_totals
from portal.registers.recipients.models import Household
from portal.trail.actions import record
from tests.factories.divisions import CITY, COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county, make_division, make_unit

TODAY = date(2026, 11, 20)
VILLAGES = [f"3208261042{i:02d}" for i in range(10, 16)] + [f"3208261102{i:02d}" for i in range(10, 14)]
NEIGHBOUR = ["320803000000", "320803101000", "320803101201"]


class Bulk:
    """Rows put in as intake does: straight into the tables, with a batch number, then absorbed."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session = session
        self.random = random.Random(seed)
        self.batch = 0
        self.lines: list[int] = []
        self.payments: list[int] = []

    def put(self, model: Any, rows: list[dict[str, Any]]) -> list[int]:
        self.batch += 1
        first = reserve_ids(self.session.connection(), model.__tablename__, len(rows))
        common = {"recorded_at": now_utc(), "batch_id": self.batch}
        values = [{**common, "id": first + i, "batch_row": i, **row} for i, row in enumerate(rows)]
        self.session.execute(insert(model.__table__), values)
        return [row["id"] for row in values]

    def withdraw(self, model: Any, ids: list[int]) -> None:
        self.batch += 1
        table = model.__table__
        values = {"superseded_at": now_utc(), "superseded_batch_id": self.batch}
        self.session.execute(update(table).where(table.c.id.in_(ids)).values(values))

    def change(self, model: Any, row_id: int, **values: Any) -> None:
        """An update by file: the old values as a copy that this batch ended, the new ones in place."""
        self.batch += 1
        table = model.__table__
        old = dict(self.session.execute(table.select().where(table.c.id == row_id)).mappings().one())
        copy_id = reserve_ids(self.session.connection(), table.name, 1)
        copy = {
            **old,
            "id": copy_id,
            "current_id": row_id,
            "superseded_at": now_utc(),
            "superseded_batch_id": self.batch,
        }
        self.session.execute(insert(table), [copy])
        self.session.execute(update(table).where(table.c.id == row_id).values(batch_id=self.batch, **values))

    def add_lines(self, programmes: list[int], units: list[int]) -> None:
        rows = []
        start = len(self.lines)
        first = reserve_ids(self.session.connection(), "allocations", 0)
        for i in range(30):
            parents = [None, None, *self.lines, *range(first, first + i)]
            rows.append(
                {
                    "no": f"L{start + i}",
                    "programme_id": self.random.choice(programmes),
                    "parent_id": self.random.choice(parents),
                    "to_unit_id": self.random.choice([None, *units]),
                    "division_code": self.random.choice([COUNTY, GAOGOU, HONGYAO, *VILLAGES, *NEIGHBOUR, None]),
                    "amount_fen": self.random.choice([-1, 1, 1, 1, 1]) * self.random.randint(1, 10**8),
                    "allocated_on": date(2026, 1 + self.random.randrange(11), 5),
                    "currency": "CNY",
                }
            )
            if rows[-1]["amount_fen"] < 0 and rows[-1]["parent_id"] is None:
                rows[-1]["amount_fen"] *= -1
        self.lines += self.put(Allocation, rows)
        absorb_allocations(self.session, self.batch)

    def add_payments(self, households: list[int]) -> list[int]:
        positive = [
            i
            for (i,) in self.session.execute(
                A.select().with_only_columns(A.c.id).where(A.c.amount_fen > 0, A.c.superseded_at.is_(None))
            )
        ]
        rows = [
            {
                "batch_no": f"P{self.batch}",
                "seq": i,
                "allocation_id": self.random.choice(positive),
                "household_id": self.random.choice([None, *households]),
                "amount_fen": self.random.randint(1, 10**6),
                "paid_on": date(2026, 1 + self.random.randrange(11), 9),
                "currency": "CNY",
            }
            for i in range(60)
        ]
        ids = self.put(Payment, rows)
        absorb_payments(self.session, self.batch)
        self.payments += ids
        return ids

    def answer(self, payments: list[int]) -> list[int]:
        rows = [{"payment_id": i, "result": self.random.choice(["成功", "成功", "成功", "失败"])} for i in payments]
        ids = self.put(BankReturn, rows)
        absorb_bank_returns(self.session, self.batch)
        return ids


@pytest.fixture
def county(session: Session) -> tuple[Bulk, list[int], list[int], list[int]]:
    make_county(session)
    for code in [*VILLAGES, *NEIGHBOUR]:
        make_division(session, code, f"{code[-3:]}村")
    units = [
        make_unit(session, "D1", "农业农村局").id,
        make_unit(session, "D2", "水利局").id,
        make_unit(session, "F1", "财政局", kind="财政").id,
        make_unit(session, "T1", "高沟镇政府", kind="乡镇", division_code=GAOGOU).id,
        make_unit(session, "V1", "扎新村委会", kind="村居", division_code=VILLAGE).id,
        make_unit(session, "K1", "农商行", kind="代理银行").id,
    ]
    record(session, kind="import.rows", actor="cli:test", subjects=[], why="随机的账")
    bulk = Bulk(session, 7)
    programmes = bulk.put(
        Programme,
        [
            {
                "code": f"P{i}",
                "name": f"资金{i}",
                "year": 2026,
                "level": "省",
                "fund_class": "扶贫资金",
                "currency": "CNY",
            }
            for i in range(4)
        ],
    )
    households = bulk.put(
        Household, [{"no": f"H{i}", "division_code": VILLAGES[i * i % len(VILLAGES)]} for i in range(40)]
    )
    return bulk, programmes, units, households


def check_pictures(session: Session) -> None:
    for exact in (True, False):
        whole = read_flow(session, 2026, Focus(), as_of=TODAY, exact=exact)
        focuses = [Focus("area", code) for code in (COUNTY, GAOGOU, HONGYAO, VILLAGE, *VILLAGES)]
        focuses += [Focus("programme", f"P{i}") for i in range(4)]
        focuses += [Focus("area", code) for code in (CITY, *NEIGHBOUR)]
        focuses += [Focus("unit", "D1"), Focus("unit", "T1"), Focus("source", "省"), Focus("kind", "扶贫资金")]
        for focus in focuses:
            rows = flow_rows(session, 2026, focus, exact=exact)
            long = build_flow(rows, year=2026, focus=str(focus), as_of=TODAY)
            assert read_picture(session, 2026, focus, as_of=TODAY, exact=exact) == long  # short rows, the same picture
        counties = area_totals(session, 2026, "320800000000", exact=exact)
        county = read_flow(session, 2026, Focus("area", COUNTY), as_of=TODAY, exact=exact).summary
        found = {total.code: total for total in counties}.get(COUNTY)
        assert found is not None
        assert (found.received_fen, found.paid_fen, found.held_fen) == (
            county.received_fen, county.paid_fen, county.held_fen,
        )  # fmt: skip
        city = read_flow(session, 2026, Focus("area", CITY), as_of=TODAY, exact=exact).summary
        inside = area_totals(session, 2026, CITY, exact=exact)
        # A line of one county that pays households of another is seen by both.
        assert city.paid_fen <= sum(total.paid_fen for total in inside)
        assert city.held_fen == sum(total.held_fen for total in inside)
        assert whole.summary.received_fen > 0


def test_batches_keep_every_sum(session: Session, county: tuple[Bulk, list[int], list[int], list[int]]) -> None:
    bulk, programmes, units, households = county
    for _ in range(3):
        bulk.add_lines(programmes, units)
        assert verify_totals(session) == []
        paid = bulk.add_payments(households)
        assert verify_totals(session) == []
        answered = bulk.answer(paid[:45])
        assert verify_totals(session) == []
        bulk.withdraw(BankReturn, answered[:7])
        absorb_bank_returns(session, bulk.batch)
        bulk.withdraw(Payment, paid[50:])
        absorb_payments(session, bulk.batch)
        assert verify_totals(session) == []
        for payment in paid[20:25]:
            bulk.change(Payment, payment, amount_fen=77, household_id=bulk.random.choice(households))
            absorb_payments(session, bulk.batch)
        for answer in answered[30:34]:
            bulk.change(BankReturn, answer, result="退票")
            absorb_bank_returns(session, bulk.batch)
        assert verify_totals(session) == []
    bulk.change(Allocation, bulk.lines[3], division_code=VILLAGE, programme_id=programmes[0])
    absorb_allocations(session, bulk.batch)
    bulk.change(Programme, programmes[1], year=2025)
    absorb_programmes(session, bulk.batch)
    assert verify_totals(session) == []
    for household in households[:5]:
        bulk.change(Household, household, division_code=bulk.random.choice(VILLAGES))
        absorb_households(session, bulk.batch)
    assert verify_totals(session) == []
    bulk.change(Unit, units[1], kind="乡镇", division_code=HONGYAO)
    absorb_units(session, bulk.batch)
    assert verify_totals(session) == []
    gone = session.scalars(select(Division.id).where(Division.code == VILLAGES[0])).one()
    bulk.change(Division, gone, successor_code=VILLAGES[1])
    absorb_divisions(session, bulk.batch)
    assert verify_totals(session) == []
    assert 2026 in years_available(session)
    check_pictures(session)
    before = session.execute(B.select().order_by(B.c.allocation_id)).all()
    sum_again(session)
    assert verify_totals(session) == []
    assert session.execute(B.select().order_by(B.c.allocation_id)).all() == before


def test_page_total_and_download_use_the_same_merged_rows(
    session: Session, county: tuple[Bulk, list[int], list[int], list[int]]
) -> None:
    bulk, programmes, units, households = county
    bulk.add_lines(programmes, units)
    bulk.answer(bulk.add_payments(households))
    bulk.answer(bulk.add_payments(households))
    cells = public_cells(session, year=2026)
    paid = sum(row.paid_household_fen for row in flow_rows(session, 2026, Focus(), exact=True))
    assert sum(cell.paid_fen for cell in cells) == paid
    assert all(cell.households >= 5 for cell in cells if not cell.merged)
    assert any(cell.merged for cell in cells)
