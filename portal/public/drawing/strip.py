"""The small upright picture for phones: rows of bars from top to bottom with bands between them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from portal.public.drawing.picture import HELD, FlowNode, FlowPicture
from portal.public.drawing.svg import INK, PATTERNS, RULE, Words, colour, px, shorten, text_width

SPACE = 2.0
BAR = 16.0


@dataclass(frozen=True)
class _Cell:
    node: FlowNode
    x: float
    width: float
    fill: str


def strip(picture: FlowPicture, words: Words, *, prefix: str, width: float = 358.0, drop: float = 96.0) -> str:
    """Rows of a picture drawn upright; decoration beside the list that carries the same figures and links."""
    rows: list[list[_Cell]] = []
    for rank, tier in enumerate(picture.tiers):
        rows.append(_row(picture, tier, rank, width, rows[-1] if rows else []))
    if len(rows) < 2:
        return ""
    top = 22.0
    ys = [top + rank * (BAR + drop) for rank in range(len(rows))]
    height = ys[-1] + BAR + 22
    cells = {cell.node.id: (cell, ys[rank]) for rank, row in enumerate(rows) for cell in row}
    scale = _scale(picture, width)
    parts = [
        f'<svg viewBox="0 0 {px(width)} {px(height)}" aria-hidden="true" font-size="13.5">',
        f"<defs>{PATTERNS.format(p=prefix)}</defs>",
        _bands(picture, cells, scale),
        "".join(_bar(cell, ys[rank], scale, prefix) for rank, row in enumerate(rows) for cell in row),
        f'<g fill="{INK}" stroke="#fff" stroke-width="4" paint-order="stroke">{_labels(rows, ys, words, width)}</g>',
        "</svg>",
    ]
    return "".join(parts)


def _scale(picture: FlowPicture, width: float) -> float:
    most = 0.0
    for tier in picture.tiers:
        nodes = picture.in_tier(tier)
        fen = sum(n.weight_fen for n in nodes)
        if fen:
            most = max(most, fen / (width - SPACE * (len(nodes) - 1)))
    return 1 / most if most else 0.0


def _row(picture: FlowPicture, tier: int, rank: int, width: float, above: list[_Cell]) -> list[_Cell]:
    """A row's cells; a lower row is ordered by where its money comes from, so that bands cross little."""
    scale = _scale(picture, width)
    middle = {cell.node.id: cell.x + cell.width / 2 for cell in above}
    pull: dict[str, float] = {}
    for node in picture.in_tier(tier):
        links = [k for k in picture.links if k.target == node.id and k.source in middle]
        fen = sum(k.fen for k in links)
        pull[node.id] = sum(middle[k.source] * k.fen for k in links) / fen if fen else 0.0
    x = 0.0
    row = []
    nodes = list(picture.in_tier(tier))
    if above or rank:
        nodes.sort(key=lambda n: (n.id == HELD, pull[n.id], -n.weight_fen, n.id))
    for place, node in enumerate(nodes):
        size = node.weight_fen * scale
        row.append(_Cell(node, x, size, colour(node, rank, place)))
        x += size + SPACE
    return row


def _bar(cell: _Cell, y: float, scale: float, prefix: str) -> str:
    node = cell.node
    if node.id == HELD:
        return _rect(cell.x, y, cell.width, f"url(#{prefix}h)")
    held = abs(node.held_fen) * scale
    out = _rect(cell.x, y, max(cell.width - held, 0), cell.fill)
    if held:
        out += _rect(cell.x + cell.width - held, y, held, f"url(#{prefix}{'h' if node.held_fen > 0 else 'm'})")
    return out


def _rect(x: float, y: float, width: float, fill: str) -> str:
    if width <= 0:
        return ""
    size = f'width="{px(max(width, 0.7))}" height="{BAR:g}"'
    return f'<rect x="{px(x)}" y="{px(y)}" {size} fill="{fill}"/>'


def _bands(picture: FlowPicture, cells: dict[str, tuple[_Cell, float]], scale: float) -> str:
    leaving: dict[str, float] = {}
    arriving: dict[str, float] = {}
    out = []
    for link in sorted(picture.links, key=lambda k: (cells[k.source][0].x, cells[k.target][0].x)):
        (start, y0), (end, y1) = cells[link.source], cells[link.target]
        x0 = leaving.get(link.source, start.x)
        x1 = arriving.get(link.target, end.x)
        size = link.fen * scale
        leaving[link.source], arriving[link.target] = x0 + size, x1 + size
        a, b = y0 + BAR, y1
        paint = f'fill="{RULE}"' if link.target == HELD else f'fill="{start.fill}" fill-opacity=".2"'
        out.append(f'<path {paint} d="{_band((x0, a), (x1, b), max(size, 0.6))}"/>')
    return "".join(out)


def _band(start: tuple[float, float], end: tuple[float, float], size: float) -> str:
    (x0, a), (x1, b) = start, end
    middle = px((a + b) / 2)
    left, right = f"{px(x0)} {middle} {px(x1)} {middle} {px(x1)} {px(b)}", px(x1 + size)
    back = f"{right} {middle} {px(x0 + size)} {middle} {px(x0 + size)} {px(a)}"
    return f"M{px(x0)} {px(a)}C{left}H{right}C{back}z"


def _labels(rows: list[list[_Cell]], ys: list[float], words: Words, width: float) -> str:
    out = []
    for rank, row in enumerate(rows):
        below = rank == len(rows) - 1
        y = ys[rank] + BAR + 17 if below else ys[rank] - 7
        free = 0.0
        for cell in row:
            room = (width if cell is row[-1] else cell.x + cell.width + 20) - max(cell.x, free)
            name = cell.node.name
            text = f"{name} {words.amount(cell.node.weight_fen)}"
            shown = text if text_width(text) <= room else name if text_width(name) <= room else ""
            if not shown and room > 56:
                shown = shorten(name, room)
            x = max(cell.x, free)
            if not shown and cell is row[-1] and width - text_width(name) > free:
                shown, x = name, width - text_width(name)  # the last one may lean on the edge
            if shown:
                out.append(f'<text x="{px(x)}" y="{px(y)}">{escape(shown)}</text>')
                free = x + text_width(shown) + 10
    return "".join(out)
