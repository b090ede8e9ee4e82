"""Geometry of the flow drawing: pinned columns, true heights, no overlap. Pure functions on values.

Every node has a slot at least one label high; bands have exactly the height of their money, so what leaves a node and
what stays in it fill its bar to the last fen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from portal.public.drawing.picture import HELD, PAID, REST, FlowLink, FlowNode, FlowPicture

BAR = 12.0
SLOT = 21.0
GAP = 9.0
SWEEPS = 8
WIDEST_GAP = 84.0
FILL = 0.62  # share of a column that bars may take: the rest is air between them


@dataclass(frozen=True)
class Frame:
    """Size of the drawing: `right` is kept free for the last column's labels, `top` for the column titles."""

    width: float = 1062.0
    height: float = 560.0
    right: float = 236.0
    top: float = 58.0


def frame_for(picture: FlowPicture) -> Frame:
    """A frame as high as its fullest column needs: one chain of money is a ribbon, not a wall."""
    most = max((len(picture.in_tier(tier)) for tier in picture.tiers), default=0)
    return Frame(height=min(Frame.height, 90.0 + 80.0 * most))


@dataclass(frozen=True)
class Box:
    """A placed node."""

    node: FlowNode
    column: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical middle."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Band:
    """A placed band between two bars; `held` bands are hatched."""

    source: str
    target: str
    fen: int
    x0: float
    y0: float
    x1: float
    y1: float
    height: float

    @property
    def held(self) -> bool:
        """True when the band leads to money still on account."""
        return self.target == HELD


@dataclass(frozen=True)
class Drawing:
    """Everything placed; `scale` is pixels per fen."""

    frame: Frame
    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    columns: tuple[float, ...]
    scale: float


def lay_out(picture: FlowPicture, frame: Frame) -> Drawing:
    """Place a picture (with its ends added, see `fold.with_ends`) in a frame."""
    tiers = picture.tiers
    if not tiers:
        return Drawing(frame, (), (), (), 0.0)
    nodes = picture.nodes
    flows = [link for link in picture.links if link.fen > 0]
    columns: list[list[FlowNode]] = [[n for n in nodes if n.tier == tier] for tier in tiers]
    scale = _scale(columns, frame.height)
    heights = {n.id: max(n.weight_fen * scale, 0.5) for n in nodes}
    middles = _relax([columns[0], *map(_first_order, columns[1:])], heights, flows, frame.height)
    step = (frame.width - frame.right - BAR) / max(len(tiers) - 1, 1)
    at = [round(i * step, 1) for i in range(len(tiers))]
    place = {tier: i for i, tier in enumerate(tiers)}
    boxes = {
        n.id: Box(n, place[n.tier], at[place[n.tier]], frame.top + middles[n.id] - heights[n.id] / 2, heights[n.id])
        for n in nodes
    }
    bands = _bands(flows, boxes, scale)
    ordered = sorted(boxes.values(), key=lambda box: (box.column, box.y))
    return Drawing(frame, tuple(ordered), tuple(bands), tuple(at), scale)


def _at_foot(node: FlowNode) -> tuple[bool, bool, bool]:
    return node.id == HELD, node.id == PAID, node.id.startswith(REST)


def _first_order(column: list[FlowNode]) -> list[FlowNode]:
    return sorted(column, key=lambda n: (*_at_foot(n), -n.weight_fen, n.id))


def _scale(columns: list[list[FlowNode]], height: float) -> float:
    """The largest scale at which every column fits, each node in a slot at least a label high."""

    def fits(scale: float) -> bool:
        return all(sum(max(n.weight_fen * scale, SLOT) + GAP for n in column) - GAP <= height for column in columns)

    tallest = max(sum(n.weight_fen for n in column) for column in columns)
    if tallest <= 0:
        return 0.0
    low, high = 0.0, height * FILL / tallest
    if fits(high):
        return high
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _relax(
    columns: list[list[FlowNode]], heights: dict[str, float], flows: list[FlowLink], height: float
) -> dict[str, float]:
    """Middles of all nodes: ordered by pulling them towards their partners, then spread evenly; ends keep the foot."""
    middles: dict[str, float] = {}
    for column in columns:
        _spread(column, heights, middles, height)
    before: dict[str, list[tuple[str, int]]] = defaultdict(list)
    after: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for flow in flows:
        before[flow.target].append((flow.source, flow.fen))
        after[flow.source].append((flow.target, flow.fen))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else columns[::-1]:
            partners = before if forward else after
            wish = {
                n.id: _mean(partners[n.id] or (after if forward else before)[n.id], middles, middles[n.id])
                for n in column
            }
            if (
                column is not columns[0]
            ):  # sources keep the order of the budget: central, province, city, county, society
                column.sort(key=lambda n: (*_at_foot(n), wish[n.id], n.id))
            _settle(column, heights, wish, middles, height)
    for column in columns:
        _spread(column, heights, middles, height)
    return middles


def _mean(partners: list[tuple[str, int]], middles: dict[str, float], default: float) -> float:
    weight = sum(fen for _, fen in partners)
    return sum(middles[name] * fen for name, fen in partners) / weight if weight else default


def _slot(node: FlowNode, heights: dict[str, float]) -> float:
    return max(heights[node.id], SLOT)


def _spread(column: list[FlowNode], heights: dict[str, float], middles: dict[str, float], height: float) -> None:
    """Even gaps over the whole height; a short column stands in the middle."""
    used = sum(_slot(n, heights) for n in column)
    gap = min((height - used) / max(len(column) - 1, 1), WIDEST_GAP)
    y = (height - used - gap * (len(column) - 1)) / 2
    for node in column:
        slot = _slot(node, heights)
        middles[node.id] = y + slot / 2
        y += slot + gap


def _settle(
    column: list[FlowNode], heights: dict[str, float], wish: dict[str, float], middles: dict[str, float], height: float
) -> None:
    """Keep the order, give each node its slot, as near its wish as the neighbours allow."""
    y = 0.0
    tops: list[float] = []
    for node in column:
        slot = _slot(node, heights)
        wanted = height - slot if node.id == HELD else wish[node.id] - slot / 2
        tops.append(max(y, wanted))
        y = tops[-1] + slot + GAP
    floor = height
    for i in range(len(column) - 1, -1, -1):
        slot = _slot(column[i], heights)
        tops[i] = max(min(tops[i], floor - slot), 0.0)
        floor = tops[i] - GAP
        middles[column[i].id] = tops[i] + slot / 2


def _bands(flows: list[FlowLink], boxes: dict[str, Box], scale: float) -> list[Band]:
    leaving: dict[str, float] = {}
    arriving: dict[str, float] = {}
    starts: dict[FlowLink, float] = {}
    ends: dict[FlowLink, float] = {}
    for flow in sorted(flows, key=lambda f: (f.source, f.target == HELD, boxes[f.target].middle, f.target)):
        starts[flow] = leaving.setdefault(flow.source, boxes[flow.source].y)
        leaving[flow.source] += flow.fen * scale
    for flow in sorted(flows, key=lambda f: (f.target, boxes[f.source].column, boxes[f.source].middle, f.source)):
        ends[flow] = arriving.setdefault(flow.target, boxes[flow.target].y)
        arriving[flow.target] += flow.fen * scale
    return [
        Band(f.source, f.target, f.fen, boxes[f.source].x + BAR, starts[f], boxes[f.target].x, ends[f], f.fen * scale)
        for f in flows
    ]
