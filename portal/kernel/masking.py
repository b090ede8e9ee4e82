"""Masking by the type of a field, never by a pattern in its text: amounts of eleven digits are not telephone numbers.

Only the registers' `disclosure.py` decides what is masked for whom; here is how a masked value looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final


class FieldType(StrEnum):
    """What a personal field holds."""

    NAME = "姓名"
    ID_NUMBER = "证件号码"
    ACCOUNT = "银行账号"
    PHONE = "联系电话"
    ADDRESS = "住址"


_PAIRS: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐"
    "段干百里呼延东郭南门羊舌微生梁丘左丘西门第五南荣东里仲长淳于达奚褚师即墨"
)
#: Surnames of two characters (复姓), kept whole.
COMPOUND_SURNAMES: Final = frozenset(_PAIRS[start : start + 2] for start in range(0, len(_PAIRS), 2))
_DOTS: Final = "·•‧・."
_STAR: Final = "*"


def mask_name(name: str) -> str:
    """`张小明` → `张*明`, `张三` → `张*`, `欧阳娜娜` → `欧阳*娜`, `阿卜杜拉·买买提` → `阿***·***`. Never shows a whole name."""
    name = name.strip()
    for dot in _DOTS:
        if dot in name:
            first, *others = name.split(dot)
            return dot.join([_first_kept(first), *(_STAR * len(part) for part in others)])
    if name.isascii():
        return " ".join(
            [_first_kept(part) if not index else _STAR * len(part) for index, part in enumerate(name.split())]
        )
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
    given = name[len(surname) :]
    if len(given) < 2:
        return surname + _STAR
    return surname + _STAR * (len(given) - 1) + given[-1]


def given_name(name: str) -> str:
    """The name without the surname: `王小明` → `小明`, `欧阳娜娜` → `娜娜`, `买买提·艾力` → `买买提`; one character stays."""
    name = name.strip()
    for dot in _DOTS:
        if dot in name:
            return name.split(dot)[0]
    if name.isascii():
        return name.split()[0] if name else ""
    surname = name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[:1]
    return name[len(surname) :] or name


def _first_kept(part: str) -> str:
    return part[:1] + _STAR * max(len(part) - 1, 1)


def mask_id(number: str) -> str:
    """`320826************`: the county stays, the last digits never (they open a household's own page)."""
    if len(number) < 15:
        return _STAR * max(len(number), 1)
    return number[:6] + _STAR * (len(number) - 6)


def mask_account(account: str) -> str:
    """`****1234`; a number of fewer than ten characters shows nothing."""
    return "****" + account[-4:] if len(account) >= 10 else "****"


def mask_phone(phone: str) -> str:
    """`138****5678`; a fixed line keeps its last two digits only."""
    if len(phone) == 11 and phone.startswith("1"):
        return f"{phone[:3]}****{phone[-4:]}"
    return "****" + phone[-2:] if len(phone) >= 7 else "****"


def mask_address(address: str) -> str:
    """Up to the village, street or group (村、社区、组); house numbers go."""
    for mark in ("组", "村", "社区", "居委会", "街道", "镇", "乡"):
        end = address.find(mark)
        if end >= 0:
            return address[: end + len(mark)]
    return _STAR * 4


_MASKS: Final[Mapping[FieldType, Callable[[str], str]]] = {
    FieldType.NAME: mask_name,
    FieldType.ID_NUMBER: mask_id,
    FieldType.ACCOUNT: mask_account,
    FieldType.PHONE: mask_phone,
    FieldType.ADDRESS: mask_address,
}


def mask(value: str | None, field_type: FieldType) -> str | None:
    """The masked form of a value of this type; nothing stays nothing."""
    return None if not value else _MASKS[field_type](value)
