"""What a flow drawing is made of. Values only: the drawing knows no register, no session and no Flask."""

from __future__ import annotations

from dataclasses import dataclass, field

HELD = "held"
PAID = "paid"
REST = "rest"


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
        """How tall the node is: the larger of its two sides, so that a shortfall shows too."""
        return max(self.in_fen, self.out_fen + self.paid_fen + max(self.held_fen, 0) + self.returned_fen)


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
