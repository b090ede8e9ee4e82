"""Recognise the header of a file: which column of the sheet is which of the dictionary, and which are local extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portal.intake.declaration import Kind
from portal.intake.profiles import Profile
from portal.kernel.characters import plain
from portal.kernel.errors import BadInput
from portal.kernel.sheets.header import REASON_COLUMN

_NOISE = re.compile(r"[\s　:：]+")
_NOTE = re.compile(r"[(\[【].*?[)\]】]$")
REASON = REASON_COLUMN
TOWN_HELPER = "选镇（不导入）"
COUNTY_HELPER = "选县（不导入）"
IGNORED = frozenset({REASON, TOWN_HELPER, COUNTY_HELPER})
"""The last column of an error workbook: it comes back with the mended sheet and is not a column of the data."""


class StrangeHeader(BadInput):
    """The headings of a sheet are not those of its kind: a profile has to say which column is which."""


@dataclass(frozen=True)
class HeaderPlan:
    """Where each column of the dictionary stands in the sheet (by place), and the columns that are kept as extensions."""

    places: dict[str, int]  # header of the dictionary → place
    extensions: dict[str, int]  # name as the sheet prints it → place
    missing: tuple[str, ...]  # headers of the dictionary that the sheet lacks


def folded(name: str) -> str:
    """A header as it is compared: half-width, without blanks, colons and a note in brackets at its end."""
    text = _NOISE.sub("", plain(name)).strip("*＊")
    return _NOTE.sub("", text) or text


def plan_header(kind: Kind, names: Sequence[str], profile: Profile | None = None) -> HeaderPlan:
    """Match the names of a sheet's columns. Raises BadInput when nothing fits or two columns claim the same header."""
    known: dict[str, str] = {}
    for column in kind.columns:
        for name in (column.header, *column.aliases):
            known.setdefault(folded(name), column.header)
    for column in kind.columns:
        known[folded(column.header)] = column.header
    mapped = {folded(source): target for source, target in profile.columns.items()} if profile else {}
    ignored = {folded(source) for source in profile.ignore} if profile else set()
    places: dict[str, int] = {}
    extensions: dict[str, int] = {}
    exact = {folded(name) for name in names} & {folded(column.header) for column in kind.columns}
    for place, name in enumerate(names):
        fold = folded(name)
        if fold in ignored:
            continue
        target = mapped.get(fold) if profile and fold in mapped else known.get(fold)
        if profile and fold not in mapped and target in mapped.values():
            target = None  # the profile gives this header to another column
        if target and folded(target) != fold and fold not in mapped and folded(target) in exact:
            target = None  # an alternative beside the header itself is a column of its own
        if target is None:
            if name not in IGNORED:
                extensions[name] = place
            continue
        if target in places:
            raise BadInput(
                f"表头里有两列都是“{target}”",
                why=f"“{names[places[target]]}”和“{name}”认成了同一列",
                fix="删掉一列，或改其中一个表头",
            )
        places[target] = place
    _refuse_strangers(kind, names, places, profile, mapped)
    given = {*places, *(profile.constants if profile else ()), *(profile.make if profile else ())}
    missing = tuple(column.header for column in kind.columns if column.header not in given)
    return HeaderPlan(places, extensions, missing)


def _refuse_strangers(
    kind: Kind, names: Sequence[str], places: dict[str, int], profile: Profile | None, mapped: dict[str, str]
) -> None:
    absent = [name for name in (profile.columns if profile else ()) if folded(name) not in {folded(n) for n in names}]
    if absent:
        raise BadInput(
            f"表里没有导入方案要的列：{'、'.join(absent)}",
            why=f"表头是：{'、'.join(names[:20])}",
            fix="核对 header_row 和工作表，或改导入方案的 columns",
        )
    given = {*places, *(profile.constants if profile else ()), *(profile.make if profile else ())}
    needed = [c.header for c in kind.columns if c.field in kind.key and c.required and c.header not in given]
    if not places or needed:
        lacking = "、".join(needed or [c.header for c in kind.columns if c.required])
        raise StrangeHeader(
            f"表头对不上“{kind.title}”，缺：{lacking}",
            why=f"读到的表头是：{'、'.join(name for name in names[:20] if name) or '（空）'}",
            fix=f"用“{kind.title}”的模板；表头不在第一行的，用导入方案写明 header_row",
        )
