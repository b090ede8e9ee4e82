"""Programmes, lines of money and payments."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.registers.corrections import Act
from portal.registers.divisions.models import Unit
from portal.registers.funds.actions import register_allocation, register_programme
from portal.registers.funds.models import Allocation, Programme
from portal.registers.funds.payments.actions import PaymentLine, record_bank_return, record_payment_batch
from portal.registers.funds.payments.models import Payment
from tests.factories.divisions import COUNTY, GAOGOU, VILLAGE, make_unit

ACT = Act("user:maker", "涟财农〔2026〕18号", None)
_numbers = itertools.count(1)


def make_programme(session: Session, code: str = "ZX-2026-01", **more: Any) -> Programme:
    """产业发展, county department, central money of 2026."""
    values = {"code": code, "name": "产业发展补助", "fund_class": "扶贫资金", "level": "中央", "year": 2026}
    return register_programme(session, {**values, "payout_way": "项目", **more}, ACT)


def make_line(
    session: Session, programme: Programme, amount_fen: int, parent: Allocation | None = None, **more: Any
) -> Allocation:
    """One line of money."""
    values = {
        "no": f"BF-{next(_numbers):05d}",
        "programme_id": programme.id,
        "amount_fen": amount_fen,
        "parent_id": parent.id if parent else None,
        "allocated_on": date(2026, 3, 1),
    }
    return register_allocation(session, {**values, **more}, ACT)


def make_holders(session: Session) -> dict[str, Unit]:
    """A county department, a township, a village committee, a bank."""
    return {
        "department": make_unit(session, "U-NY", "涟水县农业农村局"),
        "town": make_unit(session, "U-GG", "高沟镇人民政府", kind="乡镇", division_code=GAOGOU),
        "village": make_unit(session, "U-ZX", "扎新村村委会", kind="村居", division_code=VILLAGE),
        "bank": make_unit(session, "U-NS", "涟水农村商业银行", kind="代理银行", division_code=COUNTY),
    }


def make_chain(session: Session, programme: Programme, fens: tuple[int, int, int]) -> list[Allocation]:
    """Treasury → county department → township → village, with three amounts."""
    units = make_holders(session)
    first = make_line(session, programme, fens[0], to_unit_id=units["department"].id, division_code=COUNTY)
    second = make_line(session, programme, fens[1], first, to_unit_id=units["town"].id, division_code=GAOGOU)
    third = make_line(session, programme, fens[2], second, to_unit_id=units["village"].id, division_code=VILLAGE)
    return [first, second, third]


def pay(
    session: Session, line: Allocation, amounts: list[tuple[int | None, int]], result: str | None = "成功", **more: Any
) -> list[Payment]:
    """A batch of payments to (household id or None, fen); with the bank's answer unless that is None."""
    batch = f"PC-{next(_numbers):05d}"
    values = {"payee_name": "收款人", "paid_on": date(2026, 5, 6), **more}
    lines = [
        PaymentLine(seq=i, amount_fen=fen, household_id=household, **values)
        for i, (household, fen) in enumerate(amounts, 1)
    ]
    rows = record_payment_batch(session, batch, line.id, lines, ACT)
    for row in rows if result else ():
        record_bank_return(session, row.id, str(result), ACT)
    return rows
