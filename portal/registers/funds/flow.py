"""一分钱的路: rows of the flow become nodes in pinned tiers and the links between them. Pure.

Tiers: 1 source 级次, 2 kind 资金类别, 3 department 主管部门, 4 county and town, 5 project, village and households.
For every node, exactly: in = out + paid + held + returned. In and out are gross: what comes back from below counts in
the parent's in; returned is what a holder sent up. Anything else raises `Unbalanced`: a picture that does not add up is
never shown. A negative held is no error: more went out than came in (F03), and it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
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
