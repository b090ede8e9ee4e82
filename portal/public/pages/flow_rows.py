"""The picture's table: every link, and what each holder keeps, pays out or sends back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from portal.public.pages.flow_address import node_subject
from portal.registers.funds.flow import FlowPicture

BRIEF = 12
"""Rows of the table that stand under the picture; the rest has a page of its own."""


@dataclass(slots=True)  # not frozen: a city has thousands, and freezing costs four times the making
class Row:
    """One line of the table: a link of the picture, or what a holder keeps, paid out or sent back."""

    kind: str
    source_id: str
    source: str
    source_href: str
    target_id: str
    target: str
    target_href: str
    fen: int
    whole_fen: int
    fill: str
    days: int | None = None

    @property
    def subject(self) -> str:
        """What a report about the row is about: who got the money, or who keeps it, paid it or sent it back."""
        return node_subject(self.target_id) or node_subject(self.source_id)


@dataclass(slots=True)
class Entry:
    """A row before it has names: `rank` sorts what stands still first, then by amount, then by id."""

    rank: tuple[bool, int, str, str]
    kind: str
    source: str
    target: str
    fen: int


def entries(picture: FlowPicture) -> Iterator[Entry]:
    """Rows of a picture as they come, without names."""
    for link in picture.links:
        yield Entry((True, -abs(link.fen), link.source, link.target), "link", link.source, link.target, link.fen)
    for node in picture.nodes:
        for kind, fen in (("held", node.held_fen), ("returned", node.returned_fen), ("paid", node.paid_fen)):
            if fen:
                yield Entry((kind != "held", -abs(fen), node.id, kind), kind, node.id, "", fen)
