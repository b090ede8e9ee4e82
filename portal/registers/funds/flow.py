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


Key = tuple[int, str]
Path = tuple[str, str, str, str, str]


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

    def holders(self) -> Path:
        """The holder in each tier from the source down to this row's own node; blank where nobody held the money."""
        tier = self.tier
        return (
            "source:" + self.source,
            "kind:" + self.kind,
            self.department if tier >= DEPARTMENT else "",
            self.town if tier >= TOWN else "",
            self.leaf if tier >= LEAF else "",
        )

    def path(self) -> list[Key]:
        """(tier, node id) of every holder from the source down to this row's own node."""
        return steps_of(self.holders())


def steps_of(path: Path) -> list[Key]:
    """A path without its gaps."""
    return [(tier, node) for tier, node in enumerate(path, 1) if node]


OTHERS = "payees:"
OUTSIDE = "outside:"
DIRECT = "direct:"
_IN, _OUT, _PAID, _HELD, _RETURNED = range(5)
_NATURAL = {"source": SOURCE, "kind": KIND, "unit": DEPARTMENT, "project": LEAF, "small": LEAF, "payees": LEAF}


class _Builder:
    """Adds rows up to nodes and links; knows no names.

    A row's money is noted once, where it arrived, and taken off where it started; `carry` then takes the sums up the
    paths tier by tier. A wide picture has thousands of rows and few paths.
    """

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of
        self.sums: dict[Key, list[int]] = {}
        self.days: dict[Key, int] = {}
        self.links: dict[tuple[Key, Key], int] = {}
        self.below: dict[Key, list[int]] = {}  # passed on and come back, less what the rows below explain
        self.arrived: dict[Path, int] = {}
        self.received_fen = self.left_fen = self.outside_fen = 0

    def node(self, key: Key) -> list[int]:
        """The sums of a node: in, out, paid, held, returned."""
        found = self.sums.get(key)
        if found is None:
            found = self.sums[key] = [0, 0, 0, 0, 0]
        return found

    def add(self, row: FlowRow) -> None:
        """One row: what came in, what went back up, what was paid, what is held."""
        path = row.holders()
        own = _last(path)
        if row.through:
            self._through(row, path if own[0] < LEAF else (*path[:4], ""))
            return
        sums = self.node(own)
        explained = self.below.setdefault(own, [0, 0])
        explained[0] += row.passed_on_fen
        explained[1] += row.back_fen
        if row.parent_tier == 0:
            self._arrive(path, row.gross_fen)
            self.node((SOURCE, path[0]))[_IN] += row.gross_fen
            self.received_fen += row.gross_fen
            self.left_fen += row.returned_fen
            sums[_RETURNED] += row.returned_fen
        else:
            self._from_within(row, path, own, sums)
        sums[_HELD] += row.held_fen
        self._pay(row, path, own, sums)
        if (
            row.waiting_since is not None
        ):  # given for money that waits, even where another line of the row has a shortfall
            self.days[own] = max(self.days.get(own, 0), (self.as_of - row.waiting_since).days)

    def _from_within(self, row: FlowRow, path: Path, own: Key, sums: list[int]) -> None:
        """Money that a holder of the picture gave: from the first holder at or below the giver's tier."""
        giver = next((key for key in steps_of(path) if key[0] >= row.parent_tier), own) if row.enters else own
        above = self.below.setdefault(giver, [0, 0])
        above[0] -= row.gross_fen
        above[1] -= row.returned_fen
        if row.enters:
            self._arrive(path, row.gross_fen)
            self._arrive(_down_to(path, giver[0]), -row.gross_fen)
            sums[_RETURNED] += row.returned_fen
            self.node(giver)[_IN] += row.returned_fen

    def _arrive(self, path: Path, fen: int) -> None:
        self.arrived[path] = self.arrived.get(path, 0) + fen

    def _pay(self, row: FlowRow, path: Path, own: Key, sums: list[int]) -> None:
        if own[0] == LEAF:
            sums[_PAID] += row.paid_fen
            return
        to_households = row.paid_household_fen
        for name, fen in ((row.payee, to_households), (OTHERS, row.paid_fen - to_households)):
            if fen:
                self._pay_out(path, name or OTHERS, fen)
                self._arrive(path, -fen)

    def _pay_out(self, path: Path, payee: str, fen: int) -> None:
        self._arrive((*path[:4], payee), fen)
        self.node((LEAF, payee))[_PAID] += fen

    def _through(self, row: FlowRow, path: Path) -> None:
        fen = row.paid_household_fen
        self.node((SOURCE, path[0]))[_IN] += fen
        self._pay_out(path, row.payee or OTHERS, fen)
        self.received_fen += fen

    def carry(self) -> None:
        """What arrived below came through every holder above: along neighbouring nodes, from the last tier up."""
        tiers: dict[int, dict[Path, int]] = {tier: {} for tier in range(SOURCE, LEAF + 1)}
        for path, fen in self.arrived.items():
            tiers[_last(path)[0]][path] = fen
        for tier in range(LEAF, SOURCE, -1):
            for path, fen in tiers[tier].items():
                if not fen:
                    continue
                above = _down_to(path, tier - 1)
                giver = _last(above)
                self.move(giver, (tier, path[tier - 1]), fen)
                over = tiers[giver[0]]
                over[above] = over.get(above, 0) + fen

    def move(self, above: Key, under: Key, fen: int) -> None:
        """Money from a holder to the next; a jump over county and town is shown as going directly."""
        if above[0] == DEPARTMENT and under[0] == LEAF:
            direct = (TOWN, f"{DIRECT}{'households' if under[1].startswith(OTHERS) else 'projects'}")
            self._step(above, direct, fen)
            above = direct
        self._step(above, under, fen)

    def _step(self, above: Key, under: Key, fen: int) -> None:
        self.node(above)[_OUT] += fen
        self.node(under)[_IN] += fen
        self.links[above, under] = self.links.get((above, under), 0) + fen

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
                self.move(key, outside, passed)
                self.node(key)[_IN] += back
                self.node(outside)[_RETURNED] += back
                self.node(outside)[_OUT] += passed - back
            self.outside_fen += passed - back


def _last(path: Path) -> Key:
    """The holder where a path ends."""
    for tier in range(LEAF, SOURCE, -1):
        if path[tier - 1]:
            return tier, path[tier - 1]
    return SOURCE, path[0]


def _down_to(path: Path, tier: int) -> Path:
    """A path cut below a tier."""
    return (
        path[0],
        path[1] if tier >= KIND else "",
        path[2] if tier >= DEPARTMENT else "",
        path[3] if tier >= TOWN else "",
        path[4] if tier >= LEAF else "",
    )


def node_id(key: Key) -> str:
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
    builder.carry()
    builder.close()
    ids = {key: node_id(key) for key in builder.sums}
    nodes = tuple(
        FlowNode(
            id=ids[key],
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
    links = tuple(FlowLink(ids[a], ids[b], fen) for (a, b), fen in sorted(builder.links.items()) if fen)
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
