"""`trace` and `flow`: where a sum came from, where it went, and how the money of a place or programme runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from portal.kernel.clock import today_cn
from portal.kernel.console import answer, exits_with_cure, json_option
from portal.kernel.database import reading
from portal.kernel.errors import CannotRun, NotFound
from portal.kernel.money import format_yuan
from portal.registers.funds.flow import FlowPicture
from portal.registers.funds.flows.queries import focus_name, focus_years, read_flow
from portal.registers.funds.flows.rules import Focus, as_document, parse_focus, say
from portal.registers.funds.trace import Trace
from portal.registers.funds.traces.queries import (
    read_allocation_trace,
    read_household_trace,
    read_payment_trace,
)
from portal.settings import read_settings
from portal.trail.connect import connect

READERS: dict[str, Callable[[Session, str], Trace]] = {
    "allocation": read_allocation_trace,
    "payment": read_payment_trace,
    "household": read_household_trace,
}


@contextmanager
def _database() -> Iterator[Session]:
    engine = connect(read_settings())
    try:
        with reading(engine) as session:
            yield session
    finally:
        engine.dispose()


@click.command("trace")
@click.argument("kind", type=click.Choice(list(READERS)))
@click.argument("no")
@json_option
@exits_with_cure
def trace(kind: str, no: str, as_json: bool) -> None:
    """The path of money up to the treasury and down to the payees (payment numbers are 批次号-序号)."""
    with _database() as session:
        found = READERS[kind](session, no)
    answer(found.as_json(), as_json=as_json, text="\n".join(_lines(found)))


def _lines(found: Trace) -> list[str]:
    chain = [f"{step['no']}  {format_yuan(step['amount_fen'])} 元  {_givers(step)}" for step in reversed(found.up)]
    return [*chain, *_tree(found.down, 0), f"余额 {format_yuan(found.balance_fen)} 元"]


def _givers(step: dict[str, Any]) -> str:
    return f"{step.get('from') or '财政'} → {step.get('to') or '未填'}  {step.get('document_no') or ''}".rstrip()


def _tree(node: dict[str, Any], depth: int) -> list[str]:
    if not node:
        return []
    what = _givers(node) if node["kind"] == "allocation" else f"{node.get('payee') or ''} {node.get('result') or ''}"
    own = f"{'  ' * depth}{node['no']}  {format_yuan(node['amount_fen'])} 元  {what}".rstrip()
    return [own, *(line for child in node.get("children", ()) for line in _tree(child, depth + 1))]


@click.command("flow")
@click.option("--programme", help="资金项目编码")
@click.option("--division", help="区划代码（不足 12 位的在后面补 0）")
@click.option("--year", type=int, help="the money's year (default: the latest that has money)")
@json_option
@exits_with_cure
def flow(programme: str | None, division: str | None, year: int | None, as_json: bool) -> None:
    """Nodes and links of the fund flow of a programme or a division, to the fen."""
    if bool(programme) == bool(division):
        raise CannotRun("要看哪里的钱？", fix="写 --programme 项目编码，或者 --division 区划代码，二选一")
    focus = parse_focus(f"programme:{programme}" if programme else f"area:{division}")
    with _database() as session:
        picture, sentence = _picture(session, focus, year)
    sums = picture.summary
    document = {
        **as_document(picture, sentence),
        "received_fen": sums.received_fen,
        "paid_fen": sums.paid_fen,
        "held_fen": sums.held_fen,
        "returned_fen": sums.returned_fen,
        "outside_fen": sums.outside_fen,
    }
    answer(document, as_json=as_json, text="\n".join([sentence, *_links(picture)]))


def _picture(session: Session, focus: Focus, year: int | None) -> tuple[FlowPicture, str]:
    name = focus_name(session, focus)
    if year is None:
        years = focus_years(session, focus, exact=True)
        if not years:
            raise NotFound(f"{name}还没有资金记录", fix="先导入资金拨付，或换一个编码")
        year = years[0]
    picture = read_flow(session, year, focus, as_of=today_cn(), exact=True)
    return picture, say(picture.summary, year, name)


def _links(picture: FlowPicture) -> list[str]:
    names = {node.id: node.name for node in picture.nodes}
    return [f"{names[k.source]} → {names[k.target]}  {format_yuan(k.fen)} 元" for k in picture.links]
