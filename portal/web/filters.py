"""How figures, dates and shares are written. Money arrives in fen; the exact sum stands in the `title` attribute.

Rounding is half up on integers, so what a page shows never depends on floating point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from flask import Flask
from markupsafe import Markup, escape

from portal.kernel.clock import CHINA
from portal.kernel.money import format_sentence
from portal.registers.funds.flows.rules import english_yuan
from portal.web.elder import current_mode
from portal.web.language import ENGLISH, current_language
from portal.web.language import gettext as _


@dataclass(frozen=True)
class Unit:
    """A unit money is shown in: its Chinese name, how many fen one is, and its decimals."""

    code: str
    name: str
    fen: int
    decimals: int


YUAN = Unit("yuan", "元", 100, 2)
WAN = Unit("wan", "万元", 1_000_000, 1)
YI = Unit("yi", "亿元", 10_000_000_000, 2)
UNITS = {unit.code: unit for unit in (YUAN, WAN, YI)}


def unit_for(amounts_fen: Iterable[int]) -> Unit:
    """The unit that the reader chose, else the one that fits the largest of some amounts."""
    if chosen := UNITS.get(current_mode().unit):
        return chosen
    largest = max((abs(fen) for fen in amounts_fen), default=0)
    return YI if largest >= YI.fen else WAN if largest >= WAN.fen else YUAN


def shown_unit() -> Unit:
    """The unit of lists: the one that the reader chose, else 万元."""
    return UNITS.get(current_mode().unit, WAN)


def unit_choices() -> list[tuple[str, str]]:
    """The units of the switch: code and name."""
    return [(unit.code, unit_name(unit)) for unit in UNITS.values()]


def in_unit(fen: int | None, unit: Unit = WAN) -> str:
    """An amount as digits in a unit, without the unit's name: 312_400_000 fen → `312.4` (万元)."""
    if fen is None:
        return "—"
    step = unit.fen // 10**unit.decimals
    whole = (abs(fen) + step // 2) // step
    if fen and not whole:
        whole, sign = 1, "<" if fen > 0 else "−<"
    else:
        sign = "−" if fen < 0 else ""
    head, tail = divmod(whole, 10**unit.decimals)
    return f"{sign}{head:,}.{tail:0{unit.decimals}d}"


def exact(fen: int | None) -> str:
    """The exact sum: `3,124,000.00 元`."""
    return str(_("没有记录")) if fen is None else f"{in_unit(fen, YUAN)} {_('元')}"


def money(fen: int | None, unit: Unit = WAN) -> Markup:
    """Digits in a unit, the exact sum as title (and in print)."""
    return Markup('<span class="money" title="{}">{}</span>').format(exact(fen), in_unit(fen, unit))


def money_words(fen: int) -> str:
    """An amount with its unit, for sentences: `312.4 万元`, in English `¥3.12 million`."""
    return english_yuan(fen) if current_language() == ENGLISH else format_sentence(fen)


def unit_name(unit: Unit) -> str:
    """The unit's name in the page's language."""
    return str({"yuan": _("元"), "wan": _("万元"), "yi": _("亿元")}[unit.code])


def share(part: int, whole: int) -> str:
    """A share in per cent with one decimal; never 100.0 or 0.0 unless it is exact."""
    if not whole:
        return "—"
    tenths = (abs(part) * 2000 + abs(whole)) // (2 * abs(whole))
    if tenths >= 1000 and abs(part) < abs(whole):
        tenths = 999
    if not tenths and part:
        tenths = 1
    return f"{'−' if part * whole < 0 else ''}{tenths // 10}.{tenths % 10}%"


def percent_width(part: int, whole: int) -> str:
    """Width of a bar, 0–100 with one decimal, for SVG attributes."""
    if whole <= 0 or part <= 0:
        return "0"
    return f"{min(1000, part * 1000 // whole) / 10:g}"


def day(value: date | datetime | None) -> str:
    """A date as the page's language writes it: `2026 年 11 月 20 日`, `20 Nov 2026`."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    if current_language() == ENGLISH:
        return f"{value.day} {value:%b %Y}"
    return f"{value.year} 年 {value.month} 月 {value.day} 日"


def moment(value: datetime | None) -> str:
    """A moment in China's time, to the minute."""
    return "—" if value is None else f"{day(value)} {value.astimezone(CHINA):%H:%M}"


def number(value: int | None) -> str:
    """A count with thousands separators."""
    return "—" if value is None else f"{value:,}"


def today() -> date:
    """The present day in China: what "held for N days" is counted to."""
    return datetime.now(CHINA).date()


def comma() -> str:
    """The comma between two clauses, in the page's language."""
    return ", " if current_language() == ENGLISH else "，"


def stop() -> str:
    """The full stop, in the page's language."""
    return ". " if current_language() == ENGLISH else "。"


def gap() -> str:
    """What stands between a figure and the word after it."""
    return " " if current_language() == ENGLISH else ""


def colon() -> str:
    """The colon, in the page's language."""
    return ": " if current_language() == ENGLISH else "："


def listing() -> str:
    """What stands between the things of a list, in the page's language."""
    return ", " if current_language() == ENGLISH else "、"


class Assets:
    """Addresses of static files with a fingerprint, the same in both languages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """`/static/<name>?v=<size and time>`: changes when the file does."""
        if name not in self.known:
            stat = (self.folder / name).stat()
            self.known[name] = f"/static/{name}?v={stat.st_size:x}{int(stat.st_mtime) & 0xFFFFFF:x}"
        return self.known[name]


def lines(text: str | None) -> Markup:
    """Free text with its line breaks, escaped."""
    return Markup("<br>").join(escape(part) for part in (text or "").splitlines())


def install(app: Flask) -> None:
    """Give every template the same filters."""
    app.jinja_env.filters.update(
        money=money,
        money_words=money_words,
        in_unit=in_unit,
        exact=exact,
        day=day,
        moment=moment,
        number=number,
        lines=lines,
    )
    app.jinja_env.globals.update(
        share=share,
        percent_width=percent_width,
        unit_name=unit_name,
        comma=comma,
        stop=stop,
        colon=colon,
        listing=listing,
        gap=gap,
        unit_for=unit_for,
        unit_choices=unit_choices,
        YUAN=YUAN,
        WAN=WAN,
        YI=YI,
        asset=Assets(Path(app.static_folder or "static")),
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
