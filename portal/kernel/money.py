"""Money: integer fen (分) inside, exact parsing of what offices write, and the forms that people read.

No binary floating point takes part: text is read as decimal, and a number from a spreadsheet by the digits it shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from portal.kernel.cell_errors import CellError
from portal.kernel.characters import plain

#: Decimal places between a unit and the fen: 1 万元 = 10^6 fen.
FEN_PLACES: Final = {
    "分": 0, "角": 1, "元": 2, "圆": 2, "百元": 4, "千元": 5, "万": 6, "万元": 6, "十万元": 7, "百万元": 8,
    "百万": 8, "千万元": 9, "千万": 9, "亿": 10, "亿元": 10, "万亿元": 14, "元整": 2, "万元整": 6,
}  # fmt: skip
#: Largest amount kept: it and any sum of a few of them fit a signed 64-bit column.
MAX_FEN: Final = 10**18
_EXACT: Final = Context(prec=80)
_SYMBOLS: Final = {
    "CNY": ("¥", "RMB", "CNY", "人民币"), "USD": ("$", "US$", "USD"), "MXN": ("$", "MX$", "MXN"),
    "EUR": ("€", "EUR"), "GBP": ("£", "GBP"), "ALL": ("L", "LEK", "ALL"), "HKD": ("HK$", "HKD"),
}  # fmt: skip
_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,3}(?: \d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+"
_UNITS: Final = "|".join(sorted(FEN_PLACES, key=len, reverse=True))
_AMOUNT: Final = re.compile(
    rf"(?P<sign>[-+])?\s*(?P<symbol>[^\d\s.,()+-]{{1,4}})?\s*(?P<inner_sign>[-+])?\s*"
    rf"(?P<number>{_NUMBER})(?P<exponent>[eE][-+]?\d{{1,3}})?\s*(?P<unit>{_UNITS})?\s*(?P<note>(?:[(\[【<;]|,?其中).*)?",
    re.DOTALL | re.ASCII,
)
_BRACKETED: Final = re.compile(r"\((?P<inside>[^()]+)\)(?P<unit>\s*(?:" + _UNITS + r"))?", re.ASCII)
_FEN_QUANTUM: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class ParsedMoney:
    """One amount as read: exact fen, a note beside the number, and what rounding took (in fen, exact − kept)."""

    fen: int
    note: str | None = None
    difference: Decimal = Decimal(0)
    normalised: bool = False


def parse_money(
    value: str | int | float | Decimal, unit: str = "元", *, allow_finer: bool = False, currency: str = "CNY"
) -> ParsedMoney:
    """Read an amount exactly. `unit` is the column's; a unit inside the cell (`73.5万元`) wins.

    `10(其中,灾情因素6万元)` is 10 with the rest as note; `（1,000）` and `－5` are negative. Anything finer than a
    fen is refused unless `allow_finer`, which rounds half to even and returns the difference. Raises CellError.
    """
    if unit not in FEN_PLACES:
        raise ValueError(f"unknown money unit {unit!r}")
    if isinstance(value, bool):
        raise CellError(value, "这里是“是/否”，不是金额", "填数字，例如 1234.50")
    if isinstance(value, float):
        value = number_text(value)
    return _parse_text(str(value), value, unit, allow_finer, currency)


def number_text(value: float) -> str:
    """The digits that a spreadsheet shows for a stored number: 15 significant ones, without a float's binary tail."""
    return format(value, ".15g")


def _parse_text(raw: str, value: object, unit: str, allow_finer: bool, currency: str) -> ParsedMoney:
    text = plain(raw)
    negative = False
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        negative, text = True, bracketed["inside"].strip() + (bracketed["unit"] or "")
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise _unreadable(value, text)
    _check_symbol(value, match["symbol"], currency)
    signs = [sign for sign in (match["sign"], match["inner_sign"]) if sign]
    if len(signs) + negative > 1:
        raise CellError(value, "有两个正负号，看不出是多少", "只留一个负号，例如 -1000")
    exact = _EXACT.create_decimal(match["number"].replace(",", "").replace(" ", "") + (match["exponent"] or ""))
    if negative or "-" in signs:
        exact = -exact
    exact = _EXACT.scaleb(exact, FEN_PLACES[match["unit"] or unit])
    fen, difference = _to_fen(value, exact, allow_finer)
    note = match["note"]
    tidied = not raw.strip().isascii() or _odd(match)
    return ParsedMoney(fen, note.strip() if note else None, difference, tidied)


def _odd(match: re.Match[str]) -> bool:
    return "," in match["number"] or any(match[name] for name in ("unit", "symbol", "note", "exponent"))


def _check_symbol(value: object, symbol: str | None, currency: str) -> None:
    if symbol is None or symbol.upper().rstrip(":") in _SYMBOLS.get(currency, (currency,)):
        return
    known = any(symbol.upper() in names for names in _SYMBOLS.values())
    if known:
        why = f"币种是“{symbol}”，这一列按 {currency} 记账，两种币种不能相加"
        raise CellError(value, why, "换一个币种的导入方案，或改正这一格")
    raise CellError(value, f"数字前面有“{symbol}”，不是确定的金额", "只填数字，说明文字写在备注里")


def _to_fen(value: object, exact: Decimal, allow_finer: bool) -> tuple[int, Decimal]:
    if abs(exact) > MAX_FEN:
        raise CellError(value, "金额大得不像真的（超过一亿亿元）", "核对小数点和单位（元、万元）")
    rounded = exact.quantize(_FEN_QUANTUM, rounding=ROUND_HALF_EVEN, context=_EXACT)
    difference = _EXACT.subtract(exact, rounded)
    if difference and not allow_finer:
        fix = "最多写到分（元后两位、万元后六位）；确实要取整的，在导入方案里写 round: half_even"
        raise CellError(value, "金额细到一分钱以下", fix)
    return int(rounded), difference


def _unreadable(value: object, text: str) -> CellError:
    if not re.search(r"[0-9]", text):
        return CellError(value, "这里没有数字，读不出金额", "填数字；没有金额就留空")
    if re.match(r"[-+]\s*[-+]|[-+]\s*\(", text):
        return CellError(value, "有两个正负号，看不出是多少", "只留一个负号，例如 -1000")
    if re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?", text):
        return CellError(value, "小数点和千分号像是反的，看不出是多少", "千分号用逗号、小数点用点，例如 1,234.50")
    if re.fullmatch(r"[-+]?[\d,]+(?:\.\d+)?(?:" + _UNITS + ")?", text):
        return CellError(value, "逗号不在三位一节的地方，看不出是多少", "去掉逗号，或按三位一节写，例如 1,234.50")
    if re.search(r"左右|约|近|余|多|以上|以下|上下|~|-\s*\d", text):
        return CellError(value, "这里写的不是一个确定的数", "只填一个确定的数字，说明文字写在备注里")
    return CellError(value, "数字里夹着看不懂的字", "只填数字，例如 1234.50；单位可以写 元、万元、亿元")


def plain_fen(text: str, places: int) -> int:
    """Fen of a plain number (`-1234.5`) in a unit with `places` decimal places; the caller checked the form."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def format_yuan(fen: int) -> str:
    """`1,234.50`: exact, thousands grouped, always two decimals."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def format_wan(fen: int, places: int | None = None) -> str:
    """Amount in 万元: exact (`724.712484`) unless `places` asks for rounding (half even)."""
    return _scaled(fen, 6, places)


def format_yi(fen: int, places: int | None = None) -> str:
    """Amount in 亿元: exact unless `places` asks for rounding (half even)."""
    return _scaled(fen, 10, places)


def _scaled(fen: int, shift: int, places: int | None) -> str:
    amount = _EXACT.scaleb(Decimal(fen), -shift)
    if places is not None:
        return f"{amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN, context=_EXACT):,f}"
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_for(fen: int) -> str:
    """The unit that a sentence reads best in: 元 below 1 万元, 万元 below 1 亿元, else 亿元."""
    magnitude = abs(fen)
    if magnitude < 10**6:
        return "元"
    return "万元" if magnitude < 10**10 else "亿元"


def format_sentence(fen: int, unit: str | None = None) -> str:
    """Amount with its unit for a sentence: `980.50 元`, `724.71 万元`, `1.2 亿元` (idle zeros dropped)."""
    unit = unit or unit_for(fen)
    text = f"{format_yuan(fen)}" if unit == "元" else _scaled(fen, FEN_PLACES[unit], 2)
    if unit == "元":
        return f"{text.removesuffix('.00')} 元"
    return f"{text.rstrip('0').rstrip('.')} {unit}"


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_GROUPS: Final = ("", "万", "亿", "万亿", "亿亿")


def uppercase(fen: int) -> str:
    """Uppercase Chinese amount (大写金额) for documents, by the banks' rules: `壹万贰仟元整`, `壹仟零贰元零伍分`."""
    sign, fen = ("负", -fen) if fen < 0 else ("", fen)
    yuan, (jiao, cents) = fen // 100, divmod(fen % 100, 10)
    whole = _uppercase_whole(yuan)
    if not jiao and not cents:
        return f"{sign}{whole or '零'}元整"
    tail = f"{_DIGITS[jiao]}角" if jiao else ("零" if whole else "")
    tail += f"{_DIGITS[cents]}分" if cents else ""
    return f"{sign}{whole}{'元' if whole else ''}{tail}"


def _uppercase_whole(yuan: int) -> str:
    digits = str(yuan)
    digits = digits.zfill(-(-len(digits) // 4) * 4)
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    text, zero_pending = "", False
    for position, group in enumerate(groups):
        name = _GROUPS[len(groups) - 1 - position]
        for digit, place in zip(group, _PLACES, strict=True):
            if digit == "0":
                zero_pending = bool(text)
                continue
            text += ("零" if zero_pending else "") + _DIGITS[int(digit)] + place
            zero_pending = False
        if group != "0000":
            text += name
            zero_pending = zero_pending and groups[position + 1 : position + 2] != [] and groups[position + 1][0] == "0"
        elif name == "亿" and text and not text.endswith("亿"):
            text += name
    return text
