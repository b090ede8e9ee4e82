"""What a flow drawing is made of. Values only: the drawing knows no register, no session and no Flask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

HELD = "held"
PAID = "paid"
REST = "rest"


class Holder(Protocol):
    """What folding asks of a holder of money, named or not; all in fen."""

    @property
    def id(self) -> str:
        """Its id, unlike every other's."""

    @property
    def tier(self) -> int:
        """Its column, counted from the treasury."""

    @property
    def in_fen(self) -> int:
        """What came in."""

    @property
    def out_fen(self) -> int:
        """What went on."""

    @property
    def paid_fen(self) -> int:
        """What was paid out here."""

    @property
    def held_fen(self) -> int:
        """What stays; negative: a shortfall."""

    @property
    def returned_fen(self) -> int:
        """What was sent back up."""

    @property
    def held_days(self) -> int | None:
        """How long the oldest of what stays has waited."""

    @property
    def household(self) -> bool:
        """Whether households stand behind it."""

    @property
    def focal(self) -> bool:
        """Whether it is what the picture is about."""


class Band(Protocol):
    """What folding asks of money that went from one holder to another."""

    @property
    def source(self) -> str:
        """Where the money came from."""

    @property
    def target(self) -> str:
        """Where it went."""

    @property
    def fen(self) -> int:
        """How much."""


def weight_of(node: Holder) -> int:
    """How tall a node is: the larger of its two sides in fen, so that a shortfall shows too."""
    return max(node.in_fen, node.out_fen + node.paid_fen + max(node.held_fen, 0) + node.returned_fen)


@dataclass(frozen=True)
class FlowNode:
    """One holder of money: what came in, went on, was paid out, stays and was sent back (all gross, in fen)."""

    id: str
    tier: int
    name: str
    in_fen: int
    out_fen: int = 0
    paid_fen: int = 0
    held_fen: int = 0
    returned_fen: int = 0
    href: str = ""
    held_days: int | None = None
    household: bool = False
    focal: bool = False

    @property
    def balanced(self) -> bool:
        """in = out + paid + held + returned."""
        return self.in_fen == self.out_fen + self.paid_fen + self.held_fen + self.returned_fen

    @property
    def weight_fen(self) -> int:
        """How tall the node is."""
        return weight_of(self)


@dataclass(frozen=True)
class FlowLink:
    """Money that went from one node to another, in fen."""

    source: str
    target: str
    fen: int


@dataclass(frozen=True)
class ColumnTitle:
    """Title of a column and the question it answers."""

    title: str
    question: str = ""


@dataclass(frozen=True)
class FlowPicture:
    """Nodes in pinned tiers and the links between them; `columns` names the tiers that occur, in order."""

    nodes: tuple[FlowNode, ...]
    links: tuple[FlowLink, ...]
    columns: tuple[ColumnTitle, ...] = ()
    _by_id: dict[str, FlowNode] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {node.id: node for node in self.nodes})
        if len(self._by_id) != len(self.nodes):
            raise ValueError("two nodes of a flow share an id")
        for link in self.links:
            if self._by_id[link.source].tier >= self._by_id[link.target].tier:
                raise ValueError(f"a flow runs backwards: {link.source} → {link.target}")

    def node(self, node_id: str) -> FlowNode:
        """The node of an id."""
        return self._by_id[node_id]

    @property
    def tiers(self) -> tuple[int, ...]:
        """The tiers that occur, from the treasury down."""
        return tuple(sorted({node.tier for node in self.nodes}))

    def in_tier(self, tier: int) -> tuple[FlowNode, ...]:
        """The nodes of one tier, in the order given."""
        return tuple(node for node in self.nodes if node.tier == tier)

    @property
    def held_fen(self) -> int:
        """What still lies on accounts, shortfalls not netted."""
        return sum(max(node.held_fen, 0) for node in self.nodes)
