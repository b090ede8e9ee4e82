"""一分钱的路: rows of the flow become nodes in pinned tiers and the links between them. Pure.

Tiers: 1 source 级次, 2 kind 资金类别, 3 department 主管部门, 4 county and town, 5 project, village and households.
For every node, exactly: in = out + paid + held + returned. In and out are gross: what comes back from below counts in
the parent's in; returned is what a holder sent up. Anything else raises `Unbalanced`: a picture that does not add up is
never shown. A negative held is no error: more went out than came in (F03), and it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.kernel.money import format_sentence, format_yuan

SOURCE, KIND, DEPARTMENT, TOWN, LEAF = 1, 2, 3, 4, 5


class Unbalanced(ArithmeticError):
    """A node's sums do not meet: the totals were not kept with the lines. Never shown, always reported."""


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One holder of money in one tier; all sums gross, in fen. `held_days`: the longest that any of its money waits."""

    id: str
    tier: int
    name: str
    in_fen: int = 0
    out_fen: int = 0
    paid_fen: int = 0
    held_fen: int = 0
    returned_fen: int = 0
    href: str = ""
    held_days: int | None = None
    household: bool = False
    focal: bool = False

    @property
    def gap_fen(self) -> int:
        """in - (out + paid + held + returned); 0 in every picture that is shown."""
        return self.in_fen - self.out_fen - self.paid_fen - self.held_fen - self.returned_fen


@dataclass(frozen=True, slots=True)
class FlowLink:
    """Money that went from one node to another, in fen, gross."""

    source: str
    target: str
    fen: int


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """The figures of the sentence, from the same rows: received = paid + held + returned + passed_outside."""

    received_fen: int
    paid_fen: int
    held_fen: int
    returned_fen: int
    outside_fen: int
    longest_days: int | None

    @property
    def reached_permille(self) -> int:
        """Share of the net receipts that reached projects or households, in tenths of a per cent, cut downwards."""
        net = self.received_fen - self.returned_fen
        return self.paid_fen * 1000 // net if net > 0 else 0


@dataclass(frozen=True)
class FlowPicture:
    """Nodes by tier, links, and the sentence's figures: one set of rows, one truth."""

    year: int | None
    focus: str
    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    summary: FlowSummary
    as_of: date

    def in_tier(self, tier: int) -> tuple[FlowNode, ...]:
        """The nodes of one tier, in order."""
        return tuple(node for node in self.nodes if node.tier == tier)


@dataclass(slots=True)  # not frozen: a city has thousands, and freezing costs four times the making
class FlowRow:
    """Lines of one route summed (or one line): where they stand, and their sums in fen, gross.

    Nodes are ids (`unit:…`, `area:…`, `project:…`, `small:…`), blank where nobody in that tier held or ruled the money.
    `parent_tier` is 0 where the money comes in from outside the picture; `enters` is False for what moved within one
    node. `through` marks money that only passes these holders on its way to the households in focus.
    """

    source: str
    kind: str
    department: str
    town: str
    leaf: str
    tier: int
    parent_tier: int
    enters: bool
    payee: str = ""
    gross_fen: int = 0
    back_fen: int = 0
    passed_on_fen: int = 0
    returned_fen: int = 0
    paid_fen: int = 0
    paid_household_fen: int = 0
    held_fen: int = 0
    waiting_since: date | None = None
    through: bool = False

    def path(self) -> list[tuple[int, str]]:
        """(tier, node id) of every holder from the source down to this row's own node."""
        names = (f"source:{self.source}", f"kind:{self.kind}", self.department, self.town, self.leaf)
        return [(tier, node) for tier, node in enumerate(names, 1) if node and tier <= self.tier]


OTHERS = "payees:"
OUTSIDE = "outside:"
DIRECT = "direct:"
_IN, _OUT, _PAID, _HELD, _RETURNED = range(5)
_NATURAL = {"source": SOURCE, "kind": KIND, "unit": DEPARTMENT, "project": LEAF, "small": LEAF, "payees": LEAF}


class _Builder:
    """Adds rows up to nodes and links; knows no names."""

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.sums: dict[tuple[int, str], list[int]] = {}
        self.days: dict[tuple[int, str], int] = {}
        self.links: dict[tuple[tuple[int, str], tuple[int, str]], int] = {}
        self.below: dict[tuple[int, str], list[int]] = {}  # passed on and come back, less what the rows below explain
        self.received_fen = self.left_fen = self.outside_fen = 0

    def node(self, key: tuple[int, str]) -> list[int]:
        """The sums of a node: in, out, paid, held, returned."""
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = [0, 0, 0, 0, 0]
        return found

    def move(self, path: list[tuple[int, str]], fen: int) -> None:
        """Money along neighbouring nodes; a jump over county and town is shown as going directly."""
        above = path[0]
        for under in path[1:]:
            if above[0] == DEPARTMENT and under[0] == LEAF:
                direct = (TOWN, f"{DIRECT}{'households' if under[1].startswith(OTHERS) else 'projects'}")
                self._step(above, direct, fen)
                above = direct
            self._step(above, under, fen)
            above = under

    def _step(self, above: tuple[int, str], under: tuple[int, str], fen: int) -> None:
        self.node(above)[_OUT] += fen
        self.node(under)[_IN] += fen
        self.links[above, under] = self.links.get((above, under), 0) + fen

    def add(self, row: FlowRow) -> None:
        """One row: what came in, what went back up, what was paid, what is held."""
        path = row.path()
        own = path[-1]
        if row.through:
            self._through(row, [step for step in path if step[0] < LEAF] or path)
            return
        sums = self.node(own)
        explained = self.below.setdefault(own, [0, 0])
        explained[0] += row.passed_on_fen
        explained[1] += row.back_fen
        from_outside = row.parent_tier == 0
        giver = own if not row.enters else next((s for s in path if s[0] >= row.parent_tier), own)
        if from_outside:
            self.node(path[0])[_IN] += row.gross_fen
            self.move(path, row.gross_fen)
            self.received_fen += row.gross_fen
            self.left_fen += row.returned_fen
            sums[_RETURNED] += row.returned_fen
        else:
            above = self.below.setdefault(giver, [0, 0])
            above[0] -= row.gross_fen
            above[1] -= row.returned_fen
            if row.enters:
                self.move([s for s in path if s[0] >= row.parent_tier], row.gross_fen)
                sums[_RETURNED] += row.returned_fen
                self.node(giver)[_IN] += row.returned_fen
        sums[_HELD] += row.held_fen
        self._pay(row, own)
        if row.held_fen > 0 and row.waiting_since is not None:
            self.days[own] = max(self.days.get(own, 0), (self.as_of - row.waiting_since).days)

    def _pay(self, row: FlowRow, own: tuple[int, str]) -> None:
        if own[0] == LEAF:
            self.node(own)[_PAID] += row.paid_fen
            return
        to_households = row.paid_household_fen
        for name, fen in ((row.payee, to_households), (OTHERS, row.paid_fen - to_households)):
            if fen:
                payee = (LEAF, name or OTHERS)
                self.move([own, payee], fen)
                self.node(payee)[_PAID] += fen

    def _through(self, row: FlowRow, path: list[tuple[int, str]]) -> None:
        payee = (LEAF, row.payee or OTHERS)
        self.node(path[0])[_IN] += row.paid_household_fen
        self.move([*path, payee], row.paid_household_fen)
        self.node(payee)[_PAID] += row.paid_household_fen
        self.received_fen += row.paid_household_fen

    def close(self) -> None:
        """What holders passed on beyond the picture, and what came back from there, gets a node of its own."""
        outside = (LEAF, OUTSIDE)
        for key, (passed, back) in self.below.items():
            if not passed and not back:
                continue
            if key[0] == LEAF:  # nothing stands below the last tier: it left the picture here
                self.node(key)[_OUT] += passed
                self.node(key)[_IN] += back
            else:
                self.move([key, outside], passed)
                self.node(key)[_IN] += back
                self.node(outside)[_RETURNED] += back
                self.node(outside)[_OUT] += passed - back
            self.outside_fen += passed - back


def node_id(key: tuple[int, str]) -> str:
    """The id of a node: its name, with the tier where it stands in another than its own."""
    tier, name = key
    kind = name.partition(":")[0]
    natural = _NATURAL.get(kind, LEAF if kind in ("outside", "payees") else TOWN)
    if kind == "area" and tier in (TOWN, LEAF):
        natural = LEAF if name[-3:] != "000" else TOWN
    return name if tier == natural else f"{name}@{tier}"


def build_flow(rows: Iterable[FlowRow], *, year: int | None, focus: str, as_of: date) -> FlowPicture:
    """Nodes, links and the sentence's figures from the rows of one currency. Raises Unbalanced when sums do not meet.

    Names and addresses are left blank: `named` puts them in.
    """
    builder = _Builder(as_of)
    for row in rows:
        builder.add(row)
    builder.close()
    nodes = tuple(
        FlowNode(
            id=node_id(key),
            tier=key[0],
            name="",
            in_fen=sums[_IN],
            out_fen=sums[_OUT],
            paid_fen=sums[_PAID],
            held_fen=sums[_HELD],
            returned_fen=sums[_RETURNED],
            held_days=builder.days.get(key),
            household=key[1].startswith(OTHERS),
            focal=key[1] == focus,
        )
        for key, sums in sorted(builder.sums.items(), key=lambda item: (item[0][0], -item[1][_IN], item[0][1]))
    )
    for node in nodes:
        if node.gap_fen:
            raise Unbalanced(f"{node.id}: {node.gap_fen} fen")
    links = tuple(FlowLink(node_id(a), node_id(b), fen) for (a, b), fen in sorted(builder.links.items()) if fen)
    summary = FlowSummary(
        received_fen=builder.received_fen,
        paid_fen=sum(node.paid_fen for node in nodes),
        held_fen=sum(node.held_fen for node in nodes),
        returned_fen=builder.left_fen,
        outside_fen=builder.outside_fen,
        longest_days=max(builder.days.values(), default=None),
    )
    if summary.received_fen != sum((summary.paid_fen, summary.held_fen, summary.returned_fen, summary.outside_fen)):
        raise Unbalanced(f"{focus or 'all'}: received {summary.received_fen} fen")
    return FlowPicture(year, focus, nodes, links, summary, as_of)


def named(picture: FlowPicture, names: Mapping[str, str], hrefs: Mapping[str, str]) -> FlowPicture:
    """The same picture with the names and addresses of its nodes."""
    nodes = tuple(
        FlowNode(
            n.id, n.tier, names.get(n.id, n.id), n.in_fen, n.out_fen, n.paid_fen, n.held_fen, n.returned_fen,
            hrefs.get(n.id, ""), n.held_days, n.household, n.focal,
        )
        for n in picture.nodes
    )  # fmt: skip
    return replace(picture, nodes=nodes)


def say(summary: FlowSummary, year: int | None, name: str, *, english: bool = False) -> str:
    """The one true sentence over the picture, from the same rows; shares are cut downwards, never rounded up."""
    share = _share(summary.reached_permille)
    received, held = format_sentence(summary.received_fen), format_sentence(summary.held_fen)
    if english:
        when = f" in {year}" if year else ""
        if not summary.received_fen:
            return f"No money is recorded for {name}{when}."
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


def focus_of(node: str) -> str:
    """The focus that a node leads to when it is opened: its own id without the tier mark; blank for nodes of no place."""
    name = node.partition("@")[0]
    kind, _, code = name.partition(":")
    if kind == "payees" and code:
        return f"programme:{code}"
    if kind == "small":
        return f"area:{code}"
    return name if kind in ("source", "kind", "unit", "area", "project") and code else ""


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
