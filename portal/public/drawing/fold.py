"""Folding: at most ten nodes a column, the rest as one node "其余 N 项" that keeps every fen and is itself a link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.public.drawing.picture import (
    HELD,
    PAID,
    REST,
    Band,
    ColumnTitle,
    FlowLink,
    FlowNode,
    FlowPicture,
    Holder,
    weight_of,
)

MOST = 10
H = TypeVar("H", bound=Holder)


@dataclass(frozen=True)
class Chosen(Generic[H]):
    """Which nodes of crowded columns stand for themselves, and which are merged, by tier."""

    kept: tuple[H, ...]
    rest: Mapping[int, Sequence[H]]


def choose(nodes: Iterable[H], most: int = MOST) -> Chosen[H]:
    """The nodes that are drawn: the largest of each column and the focal ones. Needs no names.

    A column gives up one place each to "still on account" and "paid out" where the drawing adds them at its end.
    """
    tiers: dict[int, list[H]] = {}
    for node in nodes:
        tiers.setdefault(node.tier, []).append(node)
    last = max(tiers, default=0)
    kept: list[H] = []
    rest: dict[int, list[H]] = {}
    for tier in sorted(tiers):
        room = most - (_ends(tiers, last) if tier == last else 0)
        own, others = _split(tiers[tier], room)
        kept += own
        if others:
            rest[tier] = others
    return Chosen(tuple(kept), rest)


def merge(
    chosen: Chosen[H],
    links: Iterable[Band],
    columns: tuple[ColumnTitle, ...],
    dress: Callable[[H], FlowNode],
    rest_name: Callable[[int], str],
    rest_href: Callable[[int], str],
) -> FlowPicture:
    """The folded picture: the kept nodes dressed with names, one node a column for the rest. Sums do not change."""
    renamed: dict[str, str] = {}
    nodes: list[FlowNode] = [dress(node) for node in chosen.kept]
    for tier, rest in chosen.rest.items():
        merged = _merge(rest, tier, rest_name(len(rest)), rest_href(tier))
        renamed.update((node.id, merged.id) for node in rest)
        nodes.append(merged)
    sums: dict[tuple[str, str], int] = {}
    for link in links:
        way = renamed.get(link.source, link.source), renamed.get(link.target, link.target)
        sums[way] = sums.get(way, 0) + link.fen
    bands = tuple(FlowLink(source, target, fen) for (source, target), fen in sums.items())
    return FlowPicture(tuple(sorted(nodes, key=lambda node: node.tier)), bands, columns)


def fold(
    picture: FlowPicture, rest_name: Callable[[int], str], rest_href: Callable[[int], str], most: int = MOST
) -> FlowPicture:
    """Merge the smallest nodes of each crowded column of a picture that has its names."""
    return merge(choose(picture.nodes, most), picture.links, picture.columns, lambda n: n, rest_name, rest_href)


def _ends(tiers: Mapping[int, Sequence[Holder]], last: int) -> int:
    before = [node for tier, members in tiers.items() if tier < last for node in members]
    return int(any(node.held_fen > 0 for node in before)) + int(any(node.paid_fen > 0 for node in before))


def _split(members: list[H], room: int) -> tuple[list[H], list[H]]:
    if len(members) <= room:
        return members, []
    ranked = sorted(members, key=lambda node: (not node.focal, -weight_of(node), node.id))
    chosen = {node.id for node in ranked[: room - 1]}
    return [n for n in members if n.id in chosen], [n for n in members if n.id not in chosen]


def _merge(rest: Sequence[Holder], tier: int, name: str, href: str) -> FlowNode:
    return FlowNode(
        f"{REST}{tier}",
        tier,
        name,
        in_fen=sum(n.in_fen for n in rest),
        out_fen=sum(n.out_fen for n in rest),
        paid_fen=sum(n.paid_fen for n in rest),
        held_fen=sum(n.held_fen for n in rest),
        returned_fen=sum(n.returned_fen for n in rest),
        href=href,
        held_days=max((n.held_days for n in rest if n.held_days is not None), default=None),
        household=all(n.household for n in rest),
    )


def with_ends(picture: FlowPicture, held_name: str, paid_name: str, href: str = "") -> FlowPicture:
    """Add the ends of money that goes no further: what holders above the last column still hold or paid out."""
    last = max(picture.tiers, default=0)
    above = [node for node in picture.nodes if node.tier < last]
    paid = tuple(FlowLink(n.id, PAID, n.paid_fen) for n in above if n.paid_fen > 0)
    held = tuple(FlowLink(n.id, HELD, n.held_fen) for n in above if n.held_fen > 0)
    nodes = list(picture.nodes)
    if paid:
        fen = sum(link.fen for link in paid)
        nodes.append(FlowNode(PAID, last, paid_name, fen, paid_fen=fen, household=True, href=href))
    if held:
        # Its band is what holders above keep; its figure is all that is held, the last column's own too: the headline's.
        keeping = [n for n in picture.nodes if n.held_fen > 0]
        days = [n.held_days for n in keeping if n.held_days is not None]
        fen, whole = sum(link.fen for link in held), sum(n.held_fen for n in keeping)
        nodes.append(FlowNode(HELD, last, held_name, fen, held_fen=whole, held_days=max(days, default=None), href=href))
    return FlowPicture(tuple(nodes), picture.links + paid + held, picture.columns)


def between(picture: FlowPicture, upper: int, lower: int) -> FlowPicture:
    """Two neighbouring tiers of a picture with the links between them (one screen of the phone's ladder)."""
    nodes = tuple(node for node in picture.nodes if node.tier in (upper, lower) and node.id not in (HELD, PAID))
    ids = {node.id: node.tier for node in nodes}
    links = tuple(k for k in picture.links if ids.get(k.source) == upper and ids.get(k.target) == lower)
    return FlowPicture(nodes, links, ())
