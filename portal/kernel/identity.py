"""Identity numbers: resident IDs (GB 11643), unified social credit codes (GB 32100) and bank cards (Luhn).

An ID of the right shape is always accepted as given, because the register must hold what the card says; a wrong check
digit, date or prefix is kept as a finding for rule Q01. Only another shape is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from stdnum import luhn
from stdnum.cn import ric, uscc

from portal.kernel.cell_errors import CellError
from portal.kernel.characters import plain


class IdCheck(StrEnum):
    """What the digits of a resident ID say about themselves (证件号码自检); anything but OK and NO_ID feeds Q01."""

    OK = "ok"
    BAD_CHECK = "bad_check"
    BAD_DATE = "bad_date"
    BAD_PREFIX = "bad_prefix"
    NO_ID = "no_id"


class Sex(StrEnum):
    """性别, from the 17th digit."""

    MALE = "男"
    FEMALE = "女"


#: First two digits of GB/T 2260 (省级代码). Abolished county prefixes stay right for ever, so only these are tested.
PROVINCES: Final = frozenset(
    str(region + number)
    for region, last in ((10, 5), (20, 3), (30, 7), (40, 6), (50, 4), (60, 5), (70, 1), (80, 2))
    for number in range(0 if region == 50 else 1, last + 1)
)
#: Foreigners' permanent residence cards since 2023 (外国人永久居留身份证) carry 9 + a province code.
_FOREIGN_PREFIX: Final = "9"
#: A number that starts so means "this person has no ID" (无证件号码).
NO_ID_PREFIX: Final = "999999"
_LENGTHS: Final = (18, 20, 22)
_SHAPE: Final = re.compile(r"[0-9]{17}[0-9X](?:[0-9]{2}|[0-9]{4})?")
_FLOAT: Final = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[Ee]\+?[0-9]+|[0-9]+\.0*")
_SEPARATORS: Final = re.compile(r"[\s\-'`’‘,，、.·]+")
_FLOAT_WHY: Final = "这个号码被表格软件当成数字，末尾几位已经丢了（例如变成 3.20826E+17）"
_FLOAT_FIX: Final = "把这一列设为“文本”格式，照证件重新填写全部号码"


@dataclass(frozen=True, slots=True)
class ResidentId:
    """One resident ID: the number as kept, its first 18 characters (the person), and what the digits say."""

    normalised: str
    first18: str
    birth_on: date | None
    sex: Sex | None
    prefix: str
    check: IdCheck

    def __repr__(self) -> str:
        """Never the number: reprs end in logs."""
        return f"ResidentId({self.prefix[:2]}…, check={self.check.value})"


def parse_resident_id(value: object) -> ResidentId:
    """Read a resident ID in any common notation: 15 digits are upgraded, 18, 20 and 22 kept; raises CellError."""
    return describe(_normalise_id(value))


def describe(normalised: str) -> ResidentId:
    """What the digits of an already normalised number (18, 20 or 22 characters) say."""
    first18 = normalised[:18]
    if normalised.startswith(NO_ID_PREFIX):
        return ResidentId(normalised, first18, None, None, NO_ID_PREFIX, IdCheck.NO_ID)
    birth_on = _birth(first18)
    sex = Sex.MALE if int(first18[16]) % 2 else Sex.FEMALE
    return ResidentId(normalised, first18, birth_on, sex, first18[:6], _check(first18, birth_on))


def _birth(first18: str) -> date | None:
    try:
        birth_on = date(int(first18[6:10]), int(first18[10:12]), int(first18[12:14]))
    except ValueError:
        return None
    return birth_on if birth_on.year >= 1850 else None


def _check(first18: str, birth_on: date | None) -> IdCheck:
    if first18[:2] not in PROVINCES and not (first18[0] == _FOREIGN_PREFIX and first18[1:3] in PROVINCES):
        return IdCheck.BAD_PREFIX
    if birth_on is None:
        return IdCheck.BAD_DATE
    return IdCheck.OK if ric.calc_check_digit(first18) == first18[17] else IdCheck.BAD_CHECK


def _normalise_id(value: object) -> str:
    if isinstance(value, float) or (isinstance(value, int) and value >= 10**15):
        return _from_float(value, repr(value))
    text = _SEPARATORS.sub("", raw := plain(str(value))).upper()
    if _FLOAT.fullmatch(raw.strip("'")):
        return _from_float(value, raw.strip("'"))
    if _SHAPE.fullmatch(text):
        return text
    if len(text) == 15 and text.isdecimal():
        return upgrade(text)
    raise _not_an_id(value, text)


def _from_float(value: object, text: str) -> str:
    """A number that went through a float is right only where 15 digits hold it, or where its check digit proves it."""
    digits = text.split(".")[0]
    if "E" not in text.upper() and len(digits) == 15:
        return upgrade(digits)
    if "E" not in text.upper() and len(digits) == 18 and describe(digits).check is IdCheck.OK:
        return digits
    if len(digits) in _LENGTHS or "E" in text.upper():
        raise CellError(value, _FLOAT_WHY, _FLOAT_FIX)
    raise _not_an_id(value, digits)


def _not_an_id(value: object, text: str) -> CellError:
    if not text or not re.search(r"[0-9]", text):
        return CellError(value, "这里不是号码", "照证件填写号码；确实没有证件的，留空并填写姓名")
    if "*" in text:
        return CellError(value, "号码被星号遮住了，认不出是谁", "填写没有遮盖的完整号码")
    if re.fullmatch(r"[0-9X]+", text) and len(text) not in _LENGTHS:
        return CellError(
            value, f"号码有 {len(text)} 位，应是 18 位（残疾人证 20 或 22 位）", "照证件补全或删去多余的位"
        )
    return CellError(value, "号码里有不该有的字", "只填数字，最后一位可以是 X")


def upgrade(old: str) -> str:
    """The 18-character form of a 15-digit number: century 19, check digit appended (GB 11643-1999)."""
    body = f"{old[:6]}19{old[6:]}"
    return body + str(ric.calc_check_digit(body + "0"))


@dataclass(frozen=True, slots=True)
class IdColumn:
    """A column of IDs: numbers in step with the input (None where refused), findings and refusals by index."""

    normalised: list[str | None]
    findings: dict[int, IdCheck] = field(default_factory=dict)
    refused: dict[int, CellError] = field(default_factory=dict)
    tidied: int = 0


_WEIGHTS: Final = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int32)
_CHECK_BYTES: Final = np.frombuffer(b"10X98765432", dtype=np.uint8)
_PROVINCE_TABLE: Final = np.array([f"{code:02d}" in PROVINCES for code in range(100)])
_MONTH_DAYS: Final = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] + [0] * 87)


def classify_many(values: Sequence[str]) -> IdColumn:
    """Read many IDs. Clean 18-character ones are checked as an array (millions a second), the others one by one."""
    result = IdColumn(list(values))
    clean = [index for index, value in enumerate(values) if len(value) == 18 and value.isascii()]
    certain: set[int] = set()
    if clean:
        proven = _all_right([values[index] for index in clean])
        certain = {index for index, right in zip(clean, proven.tolist(), strict=True) if right}
    tidied = 0
    if len(certain) == len(values):
        return result
    for index, value in enumerate(values):
        if index in certain:
            continue
        try:
            found = parse_resident_id(value)
        except CellError as refusal:
            result.normalised[index] = None
            result.refused[index] = refusal
            continue
        result.normalised[index] = found.normalised
        tidied += found.normalised != value
        if found.check is not IdCheck.OK:
            result.findings[index] = found.check
    return IdColumn(result.normalised, result.findings, result.refused, tidied)


def _all_right(numbers: list[str]) -> NDArray[np.bool_]:
    """For 18-character ASCII strings: True where shape, province, date and check digit are all right."""
    matrix = np.frombuffer("".join(numbers).encode("ascii"), dtype=np.uint8).reshape(-1, 18)
    digits = matrix[:, :17].astype(np.int32) - ord("0")
    shape: NDArray[np.bool_] = np.all((digits >= 0) & (digits <= 9), axis=1)
    digits = np.where(shape[:, None], digits, 0)
    province: NDArray[np.bool_] = np.take(_PROVINCE_TABLE, digits[:, 0] * 10 + digits[:, 1])
    year = digits[:, 6] * 1000 + digits[:, 7] * 100 + digits[:, 8] * 10 + digits[:, 9]
    month = digits[:, 10] * 10 + digits[:, 11]
    day = digits[:, 12] * 10 + digits[:, 13]
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    dated = (year >= 1850) & (day >= 1) & (day <= _MONTH_DAYS[month]) & ((month != 2) | (day < 29) | leap)
    check = _CHECK_BYTES[(digits @ _WEIGHTS) % 11] == matrix[:, 17]
    right: NDArray[np.bool_] = shape & province & dated & check
    return right


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code (统一社会信用代码) as kept, and whether both its check characters are right."""

    normalised: str
    check_ok: bool


_USCC_SHAPE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def parse_credit_code(value: object) -> CreditCode:
    """Read a GB 32100 code; a wrong check character is told, another shape refused with CellError."""
    text = _SEPARATORS.sub("", plain(str(value))).upper()
    if not _USCC_SHAPE.fullmatch(text):
        if len(text) != 18:
            raise CellError(value, f"统一社会信用代码有 {len(text)} 位，应是 18 位", "照营业执照或法人证书填写")
        raise CellError(value, "统一社会信用代码里有不该有的字（不用 I、O、Z、S、V）", "照营业执照或法人证书填写")
    return CreditCode(text, uscc.calc_check_digit(text[:17]) == text[17] and _organisation_ok(text[8:17]))


def _organisation_ok(code: str) -> bool:
    """Characters 9–17 are an organisation code with a check of its own (GB 11714, mod 11)."""
    total = sum(int(character, 36) * weight for character, weight in zip(code, _ORGANISATION_WEIGHTS, strict=False))
    return "0123456789X"[(11 - total % 11) % 11] == code[8]


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A bank account or card number as kept; `luhn_ok` is None for passbook numbers that carry no check."""

    normalised: str
    luhn_ok: bool | None

    def __repr__(self) -> str:
        """Never the number: reprs end in logs."""
        return f"BankAccount(luhn_ok={self.luhn_ok})"


def parse_account(value: object) -> BankAccount:
    """Read a bank account (6–32 digits, letters and hyphens of old passbooks); Luhn only warns. Raises CellError."""
    raw = plain(str(value)).strip("'")
    if isinstance(value, float) or _FLOAT.fullmatch(raw):
        digits = raw.split(".")[0]
        if "E" in raw.upper() or len(digits) > 15:
            why = "这个账号被表格软件当成数字，末尾几位已经丢了"
            raise CellError(value, why, "把这一列设为“文本”格式，重新填写全部账号")
        raw = digits
    text = re.sub(r"[\s'’‘,，、.·]+", "", raw).upper()
    if 16 <= len(grouped := text.replace("-", "")) <= 19 and grouped.isdecimal():
        text = grouped  # a card as printed on it, in groups; the hyphens of old passbooks stay
    if "*" in text:
        raise CellError(value, "账号被星号遮住了", "填写没有遮盖的完整账号")
    if not re.fullmatch(r"[0-9A-Z-]{6,32}", text) or not re.search(r"[0-9]{4}", text):
        raise CellError(value, "这不像银行账号", "填写开户行给的账号，只有数字和短横线")
    card = 16 <= len(text) <= 19 and text.isdecimal()
    return BankAccount(text, luhn.is_valid(text) if card else None)


def number_key(normalised: str) -> str:
    """What of an account or a telephone enters its blind index: the same however it was grouped with hyphens."""
    return normalised.replace("-", "")


def parse_payee_number(value: object) -> ResidentId | CreditCode:
    """A payee is a person or an organisation: read the ID if it is one, else the credit code; raises CellError."""
    try:
        person = parse_resident_id(value)
    except CellError as refusal:
        text = _SEPARATORS.sub("", plain(str(value))).upper()
        if len(text) == 18 and re.search(r"[A-WYZ]", text):
            return parse_credit_code(value)
        raise refusal
    if person.check is not IdCheck.OK and _USCC_SHAPE.fullmatch(person.normalised):
        organisation = parse_credit_code(person.normalised)
        if organisation.check_ok:
            return organisation
    return person
