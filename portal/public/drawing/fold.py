"""Folding: at most ten nodes a column, the rest as one node "其余 N 项" that keeps every fen and is itself a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from portal.public.drawing.picture import HELD, PAID, REST, FlowLink, FlowNode, FlowPicture

MOST = 10


def fold(
    picture: FlowPicture, rest_name: Callable[[int], str], rest_href: Callable[[int], str], most: int = MOST
) -> FlowPicture:
    """Merge the smallest nodes of each crowded column; focal nodes always stay. Sums do not change.

    A column gives up one place each to "still on account" and "paid out" where the drawing adds them at its end.
    """
    renamed: dict[str, str] = {}
    nodes: list[FlowNode] = []
    last = max(picture.tiers, default=0)
    for tier in picture.tiers:
        room = most - (_ends(picture, last) if tier == last else 0)
        members = picture.in_tier(tier)
        kept, rest = _split(members, room)
        nodes += kept
        if rest:
            merged = _merge(rest, tier, rest_name(len(rest)), rest_href(tier))
            renamed.update((node.id, merged.id) for node in rest)
            nodes.append(merged)
    sums: Counter[tuple[str, str]] = Counter()
    for link in picture.links:
        sums[renamed.get(link.source, link.source), renamed.get(link.target, link.target)] += link.fen
    links = tuple(FlowLink(source, target, fen) for (source, target), fen in sums.items())
    return FlowPicture(tuple(nodes), links, picture.columns)


def _ends(picture: FlowPicture, last: int) -> int:
    before = [node for node in picture.nodes if node.tier < last]
    return int(any(node.held_fen > 0 for node in before)) + int(any(node.paid_fen > 0 for node in before))


def _split(members: tuple[FlowNode, ...], room: int) -> tuple[list[FlowNode], list[FlowNode]]:
    if len(members) <= room:
        return list(members), []
    ranked = sorted(members, key=lambda node: (not node.focal, -node.weight_fen, node.id))
    chosen = {node.id for node in ranked[: room - 1]}
    return [n for n in members if n.id in chosen], [n for n in members if n.id not in chosen]


def _merge(rest: list[FlowNode], tier: int, name: str, href: str) -> FlowNode:
    first = FlowNode(f"{REST}{tier}", tier, name, 0, href=href)
    return replace(
        first,
        in_fen=sum(n.in_fen for n in rest),
        out_fen=sum(n.out_fen for n in rest),
        paid_fen=sum(n.paid_fen for n in rest),
        held_fen=sum(n.held_fen for n in rest),
        returned_fen=sum(n.returned_fen for n in rest),
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
