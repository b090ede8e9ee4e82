"""Import profiles 导入方案: how a table that does not look like the data dictionary is read.

A profile is a YAML file; those in this folder ship with the product, each with its line in `programmes.csv`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from portal.intake.declaration import Kind
from portal.intake.kinds import find_kind
from portal.kernel.errors import BadInput
from portal.kernel.money import FEN_PLACES

SHIPPED = Path(__file__).parent
KEYS = frozenset(
    {"kind", "title", "source", "sheet", "header_row", "encoding", "unit", "columns", "constants", "make"}
    | {"totals", "balances", "currency", "where", "none", "round", "ignore"}
)


@dataclass(frozen=True)
class TotalLevel:
    """One label of a totals row; `contains` narrows what it sums to rows with this text in any cell."""

    label: str
    contains: str | None = None


@dataclass(frozen=True)
class Totals:
    """Which rows are totals, from the lowest level up, and of which column."""

    column: str
    levels: tuple[TotalLevel, ...]
    whole: bool = False


@dataclass(frozen=True)
class Balance:
    """A row's whole must equal the sum of its parts, by source header."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """One import profile, checked when loaded."""

    name: str
    sha256: str
    kind: str
    title: str = ""
    source: str = ""
    sheet: int | str = 1
    header_row: int = 1
    encoding: str | None = None
    unit: str = "元"
    columns: Mapping[str, str] = field(default_factory=dict)  # source header → header of the dictionary
    constants: Mapping[str, str] = field(default_factory=dict)
    make: Mapping[str, str] = field(default_factory=dict)  # header → pattern with {row}
    totals: Totals | None = None
    balances: tuple[Balance, ...] = ()
    currency: str = "CNY"
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none: tuple[str, ...] = ()
    round: str | None = None
    ignore: tuple[str, ...] = ()  # source headers that are neither imported nor kept


def shipped_profiles() -> list[str]:
    """Names of the profiles that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_profile(name_or_file: str, kind: Kind | None = None, saved_in: Path | None = None) -> Profile:
    """Load a profile by shipped or saved name, or from a file; BadInput says which line of it is wrong."""
    path = _find(name_or_file, saved_in)
    return read_profile(path.read_bytes(), path.stem, kind)


def read_profile(content: bytes, name: str, kind: Kind | None = None) -> Profile:
    """A profile from its YAML; BadInput says which line of it is wrong, or that it is for another kind."""
    try:
        parsed = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"第 {mark.line + 1} 行" if mark else ""
        raise BadInput(f"导入方案 {name} 读不懂{where}", why="不是正确的 YAML", fix="核对缩进和冒号") from None
    if not isinstance(parsed, dict):
        raise BadInput(f"导入方案 {name} 是空的", fix="至少要有 kind 和 columns")
    profile = parse_profile(parsed, name, hashlib.sha256(content).hexdigest())
    if kind is not None and profile.kind != kind.name:
        raise BadInput(
            f"导入方案 {profile.name} 是给“{profile.kind}”的，不是“{kind.name}”", fix=f"改用 import {profile.kind}"
        )
    return profile


def _find(name_or_file: str, saved_in: Path | None) -> Path:
    plain_name = name_or_file.replace("-", "").replace("_", "").isalnum()
    folders = [SHIPPED] if saved_in is None else [saved_in, SHIPPED]
    if plain_name:
        for folder in folders:
            path = folder / f"{name_or_file}.yaml"
            if path.is_file():
                return path
    path = Path(name_or_file)
    if path.is_file():
        return path
    raise BadInput(f"找不到导入方案 {name_or_file}", fix=f"写文件路径，或用自带的：{'、'.join(shipped_profiles())}")


def parse_profile(parsed: Mapping[str, Any], name: str, sha256: str) -> Profile:
    """Check every key of a profile; an unknown key is refused, since a misspelt one would be silently without effect."""
    unknown = sorted(set(map(str, parsed)) - KEYS)
    if unknown:
        raise BadInput(
            f"导入方案 {name} 里有不认识的项：{'、'.join(unknown)}", fix=f"可用的项：{'、'.join(sorted(KEYS))}"
        )
    kind = find_kind(str(parsed.get("kind", "")))
    headers = {column.header for column in kind.columns}
    columns = _texts(parsed, "columns", name)
    constants, make = _texts(parsed, "constants", name), _texts(parsed, "make", name)
    for target in (*columns.values(), *constants, *make):
        if target not in headers:
            raise BadInput(
                f"导入方案 {name}：“{kind.title}”没有“{target}”这一列", fix=f"可用的列：{'、'.join(sorted(headers))}"
            )
    unit = str(parsed.get("unit", "元"))
    if unit not in FEN_PLACES:
        raise BadInput(f"导入方案 {name}：金额单位“{unit}”认不出", fix=f"可用：{'、'.join(FEN_PLACES)}")
    if parsed.get("round") not in (None, "half_even"):
        raise BadInput(f"导入方案 {name}：round 只能是 half_even", fix="改成 half_even 或去掉这一行")
    currency = str(parsed.get("currency", "CNY"))
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise BadInput(f"导入方案 {name}：currency 要写 ISO 4217 的三个字母", fix="例如 CNY、MXN")
    return Profile(
        name=name,
        sha256=sha256,
        kind=kind.name,
        title=str(parsed.get("title", "")),
        source=str(parsed.get("source", "")),
        sheet=parsed.get("sheet", 1),
        header_row=_positive(parsed.get("header_row", 1), name),
        encoding=parsed.get("encoding"),
        unit=unit,
        columns=columns,
        constants=constants,
        make=make,
        totals=_totals(parsed.get("totals"), name),
        balances=_balances(parsed.get("balances"), name),
        currency=currency,
        where={key: tuple(_listed(value)) for key, value in _mapping(parsed, "where", name).items()},
        none=tuple(_listed(parsed.get("none"))),
        round=parsed.get("round"),
        ignore=tuple(_listed(parsed.get("ignore"))),
    )


def _positive(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise BadInput(f"导入方案 {name}：header_row 要写第几行", fix="例如 header_row: 9，从 1 数起")
    return value


def _mapping(parsed: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    value = parsed.get(key) or {}
    if not isinstance(value, dict):
        raise BadInput(f"导入方案 {name}：{key} 要写成“左: 右”的样子", fix=f"例如 {key}: {{村名: 拨入单位}}")
    return {str(left): right for left, right in value.items()}


def _texts(parsed: Mapping[str, Any], key: str, name: str) -> dict[str, str]:
    return {left: str(right) for left, right in _mapping(parsed, key, name).items()}


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else [str(value)]


def _totals(value: Any, name: str) -> Totals | None:
    if value is None:
        return None
    if not isinstance(value, dict) or "column" not in value or not value.get("rows"):
        raise BadInput(
            f"导入方案 {name}：totals 要有 column 和 rows", fix="例如 totals: {column: 金额, rows: [小计, 合计]}"
        )
    levels = [
        TotalLevel(str(row["label"]), str(row["contains"]) if row.get("contains") else None)
        if isinstance(row, dict)
        else TotalLevel(str(row))
        for row in value["rows"]
    ]
    return Totals(str(value["column"]), tuple(levels), value.get("check") == "whole")


def _balances(value: Any, name: str) -> tuple[Balance, ...]:
    if not value:
        return ()
    try:
        return tuple(Balance(str(item["whole"]), tuple(map(str, item["parts"]))) for item in value)
    except (KeyError, TypeError):
        raise BadInput(
            f"导入方案 {name}：balances 的每一项要有 whole 和 parts", fix="照数据字典第 6 节的例子写"
        ) from None
