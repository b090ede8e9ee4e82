"""Printing a notice: from what everybody reads and nothing else; the same notice on the same day gives the same bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from portal.kernel.clock import start_of_day_cn
from portal.kernel.printing import print_pdf, qr_svg
from portal.publishing.notices.disclosure import PublicNotice, cell_text
from portal.publishing.notices.models import NoticeKind
from portal.publishing.notices.patterns.rules import Of
from portal.publishing.notices.rules import WORKING

_DOCUMENT: Final = Path(__file__).with_name("sheet.typ")
_RIGHT: Final = frozenset({Of.MONEY, Of.PERSONS, Of.HOUSEHOLDS, Of.QUANTITY})


class Paper(StrEnum):
    """纸张."""

    A4 = "a4"
    A3 = "a3"


_NARROWEST: Final = 8
_WIDEST: Final = 28
"""Half-squares: a column is as wide, beside the others, as its longest cell, but no name is squeezed and no text takes all."""


def print_notice(notice: PublicNotice, paper: Paper, site: str, on: date) -> bytes:
    """The sheet as PDF. `site`: the address of this site (`https://host`), for the code; `on`: the day that it bears."""
    address = f"{site}/v/{notice.no}"
    values = {**_values(notice, on), "paper": paper, "address": address, "code": qr_svg(address)}
    return print_pdf(_DOCUMENT, values, start_of_day_cn(on))


def _values(notice: PublicNotice, on: date) -> dict[str, Any]:
    cells = [
        [cell_text(row[code], of) if code in row else "" for code, _label, of in notice.columns] for row in notice.rows
    ]
    labels = [label for _code, label, _of in notice.columns]
    columns = zip(*cells, strict=True) if cells else [() for _label in labels]
    return {
        "no": notice.no,
        "title": notice.title,
        "kind": notice.kind,
        "place": notice.place,
        "lead": notice.lead,
        "details": [[label, cell_text(value, of)] for label, value, of in notice.details],
        "heads": ["序号", *labels] if notice.columns else [],
        "right": [True, *(of in _RIGHT for _code, _label, of in notice.columns)],
        "widths": [_width((label, *column)) for label, column in zip(labels, columns, strict=True)],
        "rows": [[str(number), *row] for number, row in enumerate(cells, 1)],
        "sums": [
            f"共 {len(notice.rows)} 行",
            *(f"{label}合计 {cell_text(total, of)}" for label, total, of in notice.sums),
        ],
        "window": window_words(notice),
        "board": notice.board_place,
        "contact": notice.contact,
        "hotlines": notice.hotlines,
        "basis": notice.basis,
        "issuer": notice.issuer,
        "day": f"{on.year} 年 {on.month} 月 {on.day} 日",
    }


def _width(cells: Iterable[str]) -> int:
    longest = max(sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in cell) for cell in cells)
    return min(max(longest + 1, _NARROWEST), _WIDEST)


def window_words(notice: PublicNotice) -> str:
    """How long it hangs, as the sheet says it before anybody knows the day on which it is put up."""
    if notice.kind != NoticeKind.POSTING or not notice.days:
        return ""
    unit = f"个{WORKING}" if notice.day_unit == WORKING else notice.day_unit
    return f"公示期：自张贴之日起 {notice.days} {unit}（张贴当日不算）。对公示内容有异议的，请在公示期内提出。"
