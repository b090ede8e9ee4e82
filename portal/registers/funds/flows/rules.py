"""What a focus is, how single lines are placed when one looks at a small place closely, and the picture in words.

Values only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.kernel.errors import BadInput
from portal.kernel.money import format_sentence, format_yuan
from portal.registers.divisions.rules import level_of, pad_code
from portal.registers.funds.flow import DEPARTMENT, LEAF, OTHERS, TOWN, FlowPicture, FlowRow, FlowSummary

KINDS = ("area", "programme", "project", "unit", "source", "kind")
_CODE = re.compile(r"[^\s\x00-\x1f]{1,80}")
COUNTY_LEVEL = 3
CLOSE_LEVEL = 4
"""From townships down, lines are few: each is placed anew, so that villages and projects show as themselves."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What the picture is about: nothing in particular, or one area, programme, project, unit, source or kind."""

    kind: str = ""
    code: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.code}" if self.kind else ""

    @property
    def level(self) -> int:
        """Level of the area in focus (0 otherwise)."""
        return level_of(self.code) if self.kind == "area" else 0


def parse_focus(text: str | None) -> Focus:
    """`area:320826103205`, `programme:ZX-2026-01`, … or nothing; BadInput for anything else."""
    if not text:
        return Focus()
    kind, _, code = text.partition(":")
    if kind not in KINDS or not _CODE.fullmatch(code):
        raise BadInput("看不懂要看哪里的钱", why="focus 写法不对", fix="例如 area:320826000000 或 programme:项目编码")
    if kind == "area":
        if not re.fullmatch(r"\d{1,12}", code):
            raise BadInput("区划代码不对", fix="填 12 位数字的统计用区划代码")
        code = pad_code(code)
    return Focus(kind, code)


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its stored route and its own holder."""

    id: int
    parent_id: int | None
    row: FlowRow
    holder: str
    holder_tier: int
    merged_into: str  # code of the place whose 其他 takes it in the public's eyes; blank = stands for itself


def place_closely(lines: Iterable[Line], focus: Focus) -> list[FlowRow]:
    """Rows of the lines of a small focus: what lies above becomes one way down, each line below stands as itself."""
    by_id = {line.id: line for line in lines}
    placed: dict[int, FlowRow] = {}
    for line_id in by_id:
        pending: list[int] = []
        current: int | None = line_id
        while current is not None and current in by_id and current not in placed and current not in pending:
            pending.append(current)
            current = by_id[current].parent_id
        for step in reversed(pending):
            line = by_id[step]
            parent = placed.get(line.parent_id) if line.parent_id is not None else None
            placed[step] = _entering(line, focus) if parent is None else _below(line, parent, focus)
    return list(placed.values())


def own_node(line: Line, focus: Focus) -> tuple[int, str]:
    """Tier and node of a line for a focus: in a village, money that has come to it stands under its programme."""
    if line.merged_into and line.holder.startswith("area:"):
        return LEAF, f"small:{line.merged_into}"
    if focus.level == LEAF and line.holder_tier == LEAF and not line.holder.startswith("project:"):
        return LEAF, line.row.payee or OTHERS
    return max(line.holder_tier, DEPARTMENT), line.holder


def _entering(line: Line, focus: Focus) -> FlowRow:
    row = line.row
    tier, node = own_node(line, focus)
    path = row.path()
    above = path[:-1] if row.enters else path
    units = [name for _, name in above if name.startswith("unit:")]
    handlers = [name for step, name in above if step >= TOWN and not name.startswith("unit:")]
    town = handlers[-1] if handlers and tier == LEAF and handlers[-1] != node else ""
    nodes = {DEPARTMENT: units[-1] if units else row.department, TOWN: town, LEAF: ""}
    nodes[tier] = node
    return replace(
        row, department=nodes[DEPARTMENT], town=nodes[TOWN], leaf=nodes[LEAF], tier=tier, parent_tier=0, enters=True
    )


def _below(line: Line, parent: FlowRow, focus: Focus) -> FlowRow:
    tier, node = own_node(line, focus)
    names = {DEPARTMENT: parent.department, TOWN: parent.town, LEAF: parent.leaf}
    same = parent.tier == LEAF or names.get(parent.tier) == node
    if not same:
        tier = max(tier, parent.tier + 1, DEPARTMENT)
        names[tier] = node
    else:
        tier = parent.tier
    return replace(
        line.row,
        source=parent.source,
        kind=parent.kind,
        department=names[DEPARTMENT],
        town=names[TOWN],
        leaf=names[LEAF],
        tier=tier,
        parent_tier=parent.tier,
        enters=not same,
    )


@dataclass(frozen=True, slots=True)
class AreaTotal:
    """What one area got in a year, in fen, of one currency; the same rows as its picture."""

    code: str
    received_fen: int
    paid_fen: int
    held_fen: int
    returned_fen: int
    waiting_since: date | None

    def longest_days(self, as_of: date) -> int | None:
        """How long the oldest held money has waited."""
        return (as_of - self.waiting_since).days if self.waiting_since else None


def node_names_from(
    ids: Iterable[str], units: Mapping[str, str], places: Mapping[str, str], projects: Mapping[str, str],
    programmes: Mapping[str, str], households: Mapping[str, int],
) -> dict[str, str]:  # fmt: skip
    """Chinese names of nodes by id, from the names of what they stand for."""
    names: dict[str, str] = {}
    for node in ids:
        kind, _, rest = node.partition(":")
        code = rest.partition("@")[0] if kind in ("unit", "area", "project") else rest
        names[node] = _name(kind, code, units, places, projects, programmes, households)
    return names


def _name(
    kind: str, code: str, units: Mapping[str, str], places: Mapping[str, str], projects: Mapping[str, str],
    programmes: Mapping[str, str], households: Mapping[str, int],
) -> str:  # fmt: skip
    match kind:
        case "source":
            return SOURCES.get(code, "来源未填")
        case "kind":
            return code or "类别未填"
        case "unit":
            return units.get(code, code or "单位未填")
        case "area":
            return places.get(code, code)
        case "project":
            return projects.get(code, code)
        case "small":
            return f"{places.get(code, code)}其他（不足 5 户的合并）"
        case "payees":
            name = programmes.get(code, "其他单位和个人")
            return f"{name} {households[code]} 户" if code in households else name
        case "direct":
            return "直达农户" if code.startswith("households") else "县级直达"
        case _:
            return "转往别处"


SOURCES = {"中央": "中央财政", "省": "省级财政", "市": "市级财政", "县": "县级财政", "社会": "社会帮扶资金"}


def say(summary: FlowSummary, year: int | None, name: str, *, english: bool = False) -> str:
    """The one true sentence over the picture, from the same rows; shares are cut downwards, never rounded up."""
    share = _share(summary.reached_permille)
    received, held = format_sentence(summary.received_fen), format_sentence(summary.held_fen)
    if english:
        when = f" in {year}" if year else ""
        if not summary.received_fen:
            return f"No money is recorded{f' for {name}' if name else ''}{when}."
        text = f"{name} received {english_yuan(summary.received_fen)}{when}; {share} has reached projects or households"
        if summary.held_fen <= 0:
            return f"{text}."
        days = f", the longest for {summary.longest_days} days" if summary.longest_days is not None else ""
        return f"{text}; {english_yuan(summary.held_fen)} is still on account{days}."
    when = f"{year} 年" if year else ""
    if not summary.received_fen:
        return f"{when}{name}还没有资金记录。"
    text = f"{when}{name}收到 {received}，{share} 已到项目或农户"
    if summary.held_fen <= 0:
        return f"{text}。"
    days = f"，最久 {summary.longest_days} 天" if summary.longest_days is not None else ""
    return f"{text}，{held}还在账上{days}。"


def _share(permille: int) -> str:
    whole, tenth = divmod(permille, 10)
    return f"{whole}.{tenth}%" if tenth else f"{whole}%"


def english_yuan(fen: int) -> str:
    """An amount as an English sentence says it: `¥3.12 million`, `¥27,900`, exact to the fen below a million."""
    if abs(fen) < 10**8:
        return f"¥{format_yuan(fen).removesuffix('.00')}"
    shift, word = (6, "million") if abs(fen) < 10**11 else (9, "billion")
    hundredths = fen // 10 ** (shift + 2 - 2)
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"¥{text} {word}"


def as_document(picture: FlowPicture, sentence: str) -> dict[str, Any]:
    """The picture as `/flow.json` and the command line give it."""
    return {
        "year": picture.year,
        "focus": picture.focus,
        "nodes": [
            {
                "id": node.id,
                "tier": node.tier,
                "name": node.name,
                "in_fen": node.in_fen,
                "out_fen": node.out_fen,
                "paid_fen": node.paid_fen,
                "held_fen": node.held_fen,
                "returned_fen": node.returned_fen,
                "href": node.href,
            }
            for node in picture.nodes
        ],
        "links": [{"from": link.source, "to": link.target, "fen": link.fen} for link in picture.links],
        "sentence": sentence,
        "as_of": picture.as_of.isoformat(),
    }
