"""Printing cards: one sheet for each household, printed on both sides and folded once, with the code inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from portal.kernel.clock import day_cn
from portal.kernel.masking import mask_name
from portal.kernel.money import format_yuan
from portal.kernel.printing import print_pdf, qr_svg
from portal.publishing.cards.queries import Paper
from portal.registers.recipients.cards.rules import Print

_DOCUMENT: Final = Path(__file__).with_name("card.typ")
MOST_ITEMS: Final = 12


def print_papers(prints: Sequence[Print], papers: Mapping[int, Paper], site: str, made_at: datetime) -> bytes:
    """One PDF for all of them, two pages for each. `site`: the address of this site (`https://host`), for the code.

    The codes are in these bytes and nowhere else: whoever calls this hands the file to the window and keeps nothing.
    """
    cards = [_card(one, papers[one.household_id], site) for one in prints]
    on = day_cn(made_at)
    return print_pdf(_DOCUMENT, {"cards": cards, "day": f"{on.year} 年 {on.month} 月 {on.day} 日"}, made_at)


def _card(one: Print, paper: Paper, site: str) -> dict[str, Any]:
    shown = paper.items[:MOST_ITEMS]
    return {
        "no": one.no,
        "household": one.household_no,
        "place": paper.place,
        "name": mask_name(paper.head_name),
        "hotlines": paper.hotlines,
        "days": paper.dispute_days,
        "site": site.removeprefix("https://").removeprefix("http://"),
        "code": qr_svg(f"{site}/q/{one.token}"),
        "year": str(paper.year),
        "total": format_yuan(paper.total_fen),
        "items": [
            [
                f"{item.on.month}月{item.on.day}日",
                item.what,
                format_yuan(item.amount_fen),
                _result(item.has_arrived, item.result),
            ]
            for item in shown
        ],
        "more": len(paper.items) - len(shown),
    }


def _result(has_arrived: bool, result: str) -> str:
    return "到账" if has_arrived else result
