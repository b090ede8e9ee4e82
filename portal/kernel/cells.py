"""One cell of a messy file to one typed value: the unambiguous is tidied and counted, the rest refused with a cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple

from portal.kernel.cell_errors import CellError
from portal.kernel.characters import plain, tidy, unescape
from portal.kernel.identity import (
    ResidentId,
    parse_account,
    parse_credit_code,
    parse_payee_number,
    parse_resident_id,
)
from portal.kernel.money import number_text, parse_money

__all__ = ["CLEAR", "CellError", "CellKind", "CellRule", "Clear", "Reading", "Tidied", "read_cell"]


class Clear(Enum):
    """`清空`: empty this value of an existing record (a blank cell leaves it alone)."""

    CLEAR = "清空"


CLEAR: Final = Clear.CLEAR


class CellKind(StrEnum):
    """Types of the data dictionary; the comment gives the Python value."""

    TEXT = "text"  # str, safe for names
    CHOICE = "choice"  # str, one of the rule's choices
    MONEY = "money"  # int fen
    DATE = "date"  # datetime.date
    MONTH = "month"  # "YYYY-MM"
    YEAR = "year"  # int
    YN = "yn"  # bool
    CODE12 = "code12"  # 12 digits
    ID = "id"  # 18, 20 or 22 characters
    CREDIT_CODE = "uscc"  # 18 characters
    PAYEE_NUMBER = "id_or_uscc"  # either
    ACCOUNT = "account"  # digits, letters, hyphens
    PHONE = "phone"  # digits and one hyphen
    INTEGER = "int"  # int
    DECIMAL = "decimal"  # Decimal
    PERCENT = "percent"  # int, per cent × 100: 67.5 % is 6750
    DEGREES = "degrees"  # int × 10^7


class Tidied(StrEnum):
    """What was put right by itself (自动整理), for the import report."""

    SPACES = "空格、隐形字符和全角字符"
    NONE = "“无”的写法"
    MONEY = "金额写法"
    DATE = "日期写法"
    MONTH = "月份写法"
    YN = "是否写法"
    CODE = "区划代码补零"
    NUMBER = "数字写法"
    IDENTITY = "号码写法"


@dataclass(frozen=True, slots=True)
class CellRule:
    """How one column is read: its kind, and what a profile or the dictionary adds."""

    kind: CellKind
    unit: str = "元"
    allow_finer: bool = False
    currency: str = "CNY"
    choices: Mapping[str, str] = field(default_factory=dict)
    none: frozenset[str] = frozenset()


class Reading(NamedTuple):
    """A value as read, what was tidied, the note beside an amount, and what rounding took from it (fen)."""

    value: Any
    tidied: Tidied | None = None
    note: str | None = None
    difference: Decimal | None = None


NONE_NOTATIONS: Final = frozenset(
    {"-", "--", "---", "----", "/", "//", "\\", "无", "nan", "NaN", "null", "NULL", "None"}
)
_FORMULA_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
#: Texts that never are a value of their own; a column reader looks only these up.
SPECIAL: Final = NONE_NOTATIONS | _FORMULA_ERRORS | {"清空"}
MAX_TEXT: Final = 5000


def read_cell(value: object, rule: CellRule) -> Reading:
    """Read one cell by its rule. A blank is None, `清空` is CLEAR; raises CellError with why and what to do."""
    if value is None or value == "":
        return Reading(None)
    raw = unescape(as_text(value))
    text = plain(raw)
    if not text:
        return Reading(None)
    if text in _FORMULA_ERRORS:
        raise CellError(raw, f"这一格是公式出错的结果 {text}", "在原表里改好公式，或直接填写数值")
    if text == "清空":
        return Reading(CLEAR)
    if text in NONE_NOTATIONS or raw in rule.none or text in rule.none:
        return Reading(None, Tidied.NONE)
    return _READERS[rule.kind](raw, text, rule)


def as_text(value: object) -> str:
    """The text that a spreadsheet would show for a stored number, date or truth value."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(value)


def _read_text(raw: str, text: str, rule: CellRule) -> Reading:
    tidied = tidy(raw)
    if len(tidied) > MAX_TEXT:
        raise CellError(raw[:50] + "…", f"这一格有 {len(tidied)} 个字，太长", f"缩短到 {MAX_TEXT} 字以内")
    return Reading(tidied, None if tidied == raw else Tidied.SPACES)


def _read_choice(raw: str, text: str, rule: CellRule) -> Reading:
    tidied = tidy(raw)
    found = rule.choices.get(tidied) or rule.choices.get(text) or rule.choices.get(re.sub(r"\s+", "", text))
    if found is None:
        options = list(dict.fromkeys(rule.choices.values()))
        shown = "、".join(options[:12]) + ("……" if len(options) > 12 else "")
        raise CellError(raw, f"“{tidied[:20]}”不在规定的选项里", f"从这些里选一个：{shown}")
    return Reading(found, None if found == raw else Tidied.SPACES)


def _read_money(raw: str, text: str, rule: CellRule) -> Reading:
    parsed = parse_money(raw, rule.unit, allow_finer=rule.allow_finer, currency=rule.currency)
    tidied = Tidied.MONEY if parsed.normalised else None
    return Reading(parsed.fen, tidied, parsed.note, parsed.difference or None)


_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE: Final = re.compile(
    r"([0-9]{4})\s*[年./-]\s*([0-9]{1,2})\s*[月./-]\s*([0-9]{1,2})\s*[日号]?"
    r"(?:[T ]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?")
_SERIAL: Final = re.compile(r"([2-7][0-9]{4})(?:\.[0-9]+)?")
_SERIAL_EPOCH: Final = date(1899, 12, 30)
_DATE_FIX: Final = "写成 2020-09-02 这样的年月日"


def _read_date(raw: str, text: str, rule: CellRule) -> Reading:
    if _ISO.fullmatch(raw):
        return Reading(_make_date(raw, raw[:4], raw[5:7], raw[8:]))
    serial = _SERIAL.fullmatch(text)
    if serial:
        return Reading(_SERIAL_EPOCH + timedelta(days=int(serial[1])), Tidied.DATE)
    match = _DATE.fullmatch(text) or _COMPACT_DATE.fullmatch(text)
    if match is None:
        raise _unreadable_date(raw, text)
    return Reading(_make_date(raw, *match.groups()[:3]), Tidied.DATE)


def _make_date(raw: str, year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise CellError(raw, f"日历上没有 {int(year)} 年 {int(month)} 月 {int(day)} 日", "核对月份和日子") from None
    if not 1850 <= found.year <= 2150:
        raise CellError(raw, f"{found.year} 年不像真的", "核对年份")
    return found


def _unreadable_date(raw: str, text: str) -> CellError:
    if re.fullmatch(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{1,4}|[0-9]{2}年.*", text):
        return CellError(raw, "年份没有写全，分不清年、月、日", _DATE_FIX)
    if re.fullmatch(r"[0-9]{4}(?:[0-9]{2}|\s*[年./-]\s*(?:[0-9]{1,2}\s*月?)?)?", text):
        return CellError(raw, "这里只写到年或月，缺日子", _DATE_FIX)
    return CellError(raw, "看不出是哪一天", _DATE_FIX)


_MONTH: Final = re.compile(r"([0-9]{4})\s*[年./-]\s*([0-9]{1,2})\s*(?:月份?)?")
_COMPACT_MONTH: Final = re.compile(r"([0-9]{4})([0-9]{2})(?:\.0+)?")


def _read_month(raw: str, text: str, rule: CellRule) -> Reading:
    if re.fullmatch(r"[0-9]{4}\.1", text):
        raise CellError(raw, "分不清是 1 月还是 10 月（表格软件会把 2026.10 变成 2026.1）", "写成 2026-01 或 2026-10")
    match = _MONTH.fullmatch(text) or _COMPACT_MONTH.fullmatch(text)
    if match:
        year, month = int(match[1]), int(match[2])
    else:
        try:
            day = _read_date(raw, text, rule).value
        except CellError:
            raise CellError(raw, "看不出是哪个月", "写成 2026-05 这样的年月") from None
        year, month = day.year, day.month
    if not (1 <= month <= 12 and 1850 <= year <= 2150):
        raise CellError(raw, f"没有 {year} 年 {month} 月", "写成 2026-05 这样的年月")
    found = f"{year:04d}-{month:02d}"
    return Reading(found, None if found == raw else Tidied.MONTH)


def _read_year(raw: str, text: str, rule: CellRule) -> Reading:
    match = re.fullmatch(r"([0-9]{4})(?:\.0+)?\s*(?:年度?)?", text)
    if match is None or not 1850 <= int(match[1]) <= 2150:
        raise CellError(raw, "看不出是哪一年", "写成四位年份，例如 2026")
    return Reading(int(match[1]), None if match[1] == raw else Tidied.NUMBER)


_YES: Final = frozenset({"是", "Y", "YES", "TRUE", "T", "1", "1.0", "√", "✓", "✔", "☑", "对"})
_NO: Final = frozenset({"否", "N", "NO", "FALSE", "F", "0", "0.0", "×", "X", "✗", "✘", "不是", "☐"})


def _read_yn(raw: str, text: str, rule: CellRule) -> Reading:
    upper = text.upper()
    if upper in _YES or upper in _NO:
        return Reading(upper in _YES, None if raw in ("是", "否") else Tidied.YN)
    raise CellError(raw, "这里只能填“是”或“否”", "填 是 或 否；不知道就留空")


def _read_code12(raw: str, text: str, rule: CellRule) -> Reading:
    digits = re.sub(r"[\s']", "", text)
    digits = re.sub(r"\.0+$", "", digits)
    if re.fullmatch(r"[0-9.]+[Ee]\+?[0-9]+", digits):
        raise CellError(raw, "代码被表格软件当成数字，末尾几位丢了", "把这一列设为“文本”格式，重新填写 12 位代码")
    if not re.fullmatch(r"[0-9]+", digits):
        raise CellError(raw, "区划代码只能是数字", "填 12 位统计用区划代码，例如 320826103205")
    if len(digits) not in (2, 4, 6, 9, 12):
        raise CellError(raw, f"区划代码有 {len(digits)} 位", "填 12 位代码；省、市、县、乡镇可只填前 2、4、6、9 位")
    code = digits.ljust(12, "0")
    return Reading(code, None if code == raw else Tidied.CODE)


def _identity(parse: Callable[[object], Any]) -> Callable[[str, str, CellRule], Reading]:
    def read(raw: str, text: str, rule: CellRule) -> Reading:
        normalised = parse(raw).normalised
        return Reading(normalised, None if normalised == raw else Tidied.IDENTITY)

    return read


_INTEGER: Final = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.0+)?\s*(?:户|人|天|日|个|次|项|人次)?")


def _read_integer(raw: str, text: str, rule: CellRule) -> Reading:
    if not _INTEGER.fullmatch(text):
        raise CellError(raw, "这里应是整数", "只填整数，例如 12")
    number = int(re.sub(r"\.0+|[^0-9+-]", "", text))
    if abs(number) >= 2**63:
        raise CellError(raw, "这个数大得不像真的", "核对这一格")
    return Reading(number, None if str(number) == raw else Tidied.NUMBER)


def _read_decimal(raw: str, text: str, rule: CellRule) -> Reading:
    grouped = re.fullmatch(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", text)
    try:
        number = Decimal(text.replace(",", "") if grouped else text)
    except InvalidOperation:
        raise CellError(raw, "这里应是数字", "只填数字，例如 12.5") from None
    if not number.is_finite() or "_" in text or abs(number.adjusted()) > 20:
        raise CellError(raw, "这里应是数字", "只填数字，例如 12.5")
    return Reading(number, Tidied.NUMBER if grouped or not raw.isascii() else None)


def _read_percent(raw: str, text: str, rule: CellRule) -> Reading:
    fix = "填 0 到 100 的数，例如 85"
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)\s*(%)?", text)
    if match is None:
        raise CellError(raw, "这里应是 0 到 100 的数", fix)
    number = Decimal(match[1])
    if not match[2] and 0 < number < 1:
        raise CellError(raw, f"分不清是 {number}% 还是 {(number * 100).normalize():f}%", fix)
    if number > 100:
        raise CellError(raw, "超过了 100", fix)
    if number * 100 != int(number * 100):
        raise CellError(raw, "百分数最多记两位小数", fix)
    return Reading(int(number * 100), None if match[1] == raw else Tidied.NUMBER)


_DEGREES: Final = re.compile(r"(?:东经|北纬|[EN])?\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*°?\s*[EN度]?", re.IGNORECASE)


def _read_degrees(raw: str, text: str, rule: CellRule) -> Reading:
    match = _DEGREES.fullmatch(text)
    if match is None:
        raise CellError(raw, "看不出是经度还是纬度的度数", "写成小数度，例如 119.2655")
    scaled = (Decimal(match[1]) * 10**7).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    if abs(scaled) > 180 * 10**7:
        raise CellError(raw, "度数超过了 180", "核对经度和纬度")
    return Reading(int(scaled), None if match[1] == raw else Tidied.NUMBER)


def _read_phone(raw: str, text: str, rule: CellRule) -> Reading:
    digits = re.sub(r"\.0+$", "", re.sub(r"[\s'()]", "", text)).removeprefix("+86").removeprefix("0086")
    if re.fullmatch(r"1[0-9]-?[0-9]{4,5}-?[0-9]{4}|1[0-9]{2}-[0-9]{4}-[0-9]{4}", digits):
        digits = digits.replace("-", "")
    if not re.fullmatch(r"1[0-9]{10}|(?:0[0-9]{2,3}-?)?[0-9]{7,8}(?:-[0-9]{1,6})?|[0-9]{3,6}", digits):
        raise CellError(raw, "这不像电话号码", "填 11 位手机号，或带区号的固定电话，例如 0517-82380000")
    return Reading(digits, None if digits == raw else Tidied.IDENTITY)


def _read_id(raw: str, text: str, rule: CellRule) -> Reading:
    found: ResidentId = parse_resident_id(raw)
    return Reading(found.normalised, None if found.normalised == raw else Tidied.IDENTITY)


_READERS: Final[Mapping[CellKind, Callable[[str, str, CellRule], Reading]]] = {
    CellKind.TEXT: _read_text,
    CellKind.CHOICE: _read_choice,
    CellKind.MONEY: _read_money,
    CellKind.DATE: _read_date,
    CellKind.MONTH: _read_month,
    CellKind.YEAR: _read_year,
    CellKind.YN: _read_yn,
    CellKind.CODE12: _read_code12,
    CellKind.ID: _read_id,
    CellKind.CREDIT_CODE: _identity(parse_credit_code),
    CellKind.PAYEE_NUMBER: _identity(parse_payee_number),
    CellKind.ACCOUNT: _identity(parse_account),
    CellKind.PHONE: _read_phone,
    CellKind.INTEGER: _read_integer,
    CellKind.DECIMAL: _read_decimal,
    CellKind.PERCENT: _read_percent,
    CellKind.DEGREES: _read_degrees,
}
