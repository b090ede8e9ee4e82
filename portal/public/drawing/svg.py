"""The drawing as SVG: every node a real link, labels with a white halo, held money hatched. No script, no style needed.

Presentation attributes only, so the same markup stands in a page (under a strict content policy) and alone as a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from portal.public.drawing.layout import BAR, Band, Box, Drawing
from portal.public.drawing.picture import HELD, FlowNode, FlowPicture

INK, INK_2, RULE, STILL, BAD, BAD_2 = "#1A1A1A", "#555B61", "#8A8D90", "#EDEBE5", "#B00020", "#FBE9EB"
TIERS = {1: "#8C2D19", 2: "#6B6355", 3: "#9A4B00", 4: "#2F6B4F", 5: "#1F5F8B"}
SOURCES = ("#8C2D19", "#A8523A", "#C07B60", "#D19F87", "#B5964A")
HOME = "#5B4B8A"
SERIAL = "①②③④⑤⑥"
LETTER = 14.0
FACES = "PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif"
PATTERNS = (
    '<pattern id="{p}h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<path fill="{STILL}" d="M0 0h6v6H0z"/><path fill="{RULE}" d="M0 0h2.4v6H0z"/></pattern>'
    '<pattern id="{p}m" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<path fill="{BAD_2}" d="M0 0h6v6H0z"/><path fill="{BAD}" d="M0 0h2.4v6H0z"/></pattern>'
)


@dataclass(frozen=True)
class Words:
    """What the drawing says, in the reader's language; `amount` writes fen in the picture's unit."""

    amount: Callable[[int], str]
    describe: Callable[[FlowNode], str]
    held: str
    short: str
    days: Callable[[int], str]
    title: str
    description: str


def px(value: float) -> str:
    """A coordinate with one decimal, without a trailing zero."""
    return f"{round(value, 1):g}"


def colour(node: FlowNode, tier_rank: int, source_rank: int = 0) -> str:
    """Fill of a node: the tier's colour, households purple, sources from dark to light."""
    if node.household:
        return HOME
    if node.tier == 1 and tier_rank == 0:
        return SOURCES[min(source_rank, len(SOURCES) - 1)]
    return TIERS.get(node.tier, TIERS[5])


def text_width(text: str) -> float:
    """Width of a label at 14 px: full-width signs count one em, the rest about half."""
    return sum(LETTER if ord(sign) > 0x2E80 else LETTER * 0.56 for sign in text)


def shorten(text: str, room: float) -> str:
    """A label cut to its room; the whole text stays in the accessible name."""
    if text_width(text) <= room:
        return text
    while text and text_width(text + "…") > room:
        text = text[:-1]
    return text + "…"


def draw(picture: FlowPicture, drawing: Drawing, words: Words, *, prefix: str = "f", alone: bool = False) -> str:
    """The SVG of a placed picture. `prefix` keeps ids apart on one page; `alone` makes a file of it."""
    frame = drawing.frame
    height = frame.top + frame.height + 30
    fills = _fills(drawing)
    gradients, paints = _gradients(drawing, fills, prefix)
    number = {box.node.id: i for i, box in enumerate(drawing.boxes)}
    size = f'viewBox="0 0 {px(frame.width)} {px(height)}"'
    if alone:
        size += f' width="{px(frame.width)}" height="{px(height)}" xmlns="http://www.w3.org/2000/svg"'
    still = "".join(_band(b, number, f"{prefix}h", drawing) for b in drawing.bands if b.held)
    moving = "".join(_band(b, number, paints[b], drawing) for b in drawing.bands if not b.held)
    parts = [
        f'<svg {size} role="group" aria-labelledby="{prefix}t {prefix}d" font-size="14" font-family="{FACES}">',
        f'<title id="{prefix}t">{escape(words.title)}</title>',
        f'<desc id="{prefix}d">{escape(words.description)}</desc><defs>',
        PATTERNS.format(p=prefix) + gradients + "</defs>",
        '<path fill="#fff" d="M0 0h9999v9999H0z"/>' if alone else "",
        _titles(picture, drawing),
        f'<g aria-hidden="true" fill-opacity=".26">{moving}</g><g aria-hidden="true">{still}</g>',
        f'<g fill="{INK}" stroke="#fff" stroke-width="0" paint-order="stroke" stroke-linejoin="round">',
        "".join(_node(box, drawing, fills, number, words, prefix) for box in drawing.boxes),
        "</g></svg>",
    ]
    return "".join(parts)


def _fills(drawing: Drawing) -> dict[str, str]:
    fills: dict[str, str] = {}
    sources = 0
    for box in drawing.boxes:
        fills[box.node.id] = colour(box.node, box.column, sources)
        sources += box.column == 0
    return fills


def _gradients(drawing: Drawing, fills: dict[str, str], prefix: str) -> tuple[str, dict[Band, str]]:
    """One gradient for each pair of colours and columns, and which band uses which."""
    names: dict[tuple[str, str, float, float], str] = {}
    uses: dict[Band, str] = {}
    for band in drawing.bands:
        if not band.held:
            uses[band] = names.setdefault(
                (fills[band.source], fills[band.target], band.x0, band.x1), f"{prefix}{len(names)}"
            )
    return "".join(
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="{px(x0)}" x2="{px(x1)}">'
        f'<stop stop-color="{first}"/><stop offset="1" stop-color="{second}"/></linearGradient>'
        for (first, second, x0, x1), name in names.items()
    ), uses


def _titles(picture: FlowPicture, drawing: Drawing) -> str:
    out = []
    for rank, (x, column) in enumerate(zip(drawing.columns, picture.columns, strict=False)):
        serial = f"{SERIAL[rank]} " if len(picture.columns) > 1 else ""
        out.append(f'<text x="{px(x)}" y="16" font-weight="700" fill="{INK}">{serial}{escape(column.title)}</text>')
        if column.question:
            out.append(f'<text x="{px(x)}" y="36" fill="{INK_2}">{escape(column.question)}</text>')
    return "".join(out)


def _band(band: Band, number: dict[str, int], paint: str, drawing: Drawing) -> str:
    thick = max(band.height, 0.7)
    x0, y0, x1, y1 = band.x0, band.y0, band.x1, band.y1
    far = x1 - x0 > (drawing.columns[1] - drawing.columns[0]) * 1.6 if len(drawing.columns) > 1 else False
    middle = px((x0 + x1) / 2 if not far else x0 + (x1 - x0) * 0.55)
    top, bottom = px(y1), px(y1 + thick)
    d = (
        f"M{px(x0)} {px(y0)}C{middle} {px(y0)} {middle} {top} {px(x1)} {top}V{bottom}"
        f"C{middle} {bottom} {middle} {px(y0 + thick)} {px(x0)} {px(y0 + thick)}z"
    )
    ends = f'data-s="{number[band.source]}" data-t="{number[band.target]}"'
    edge = f' stroke="{RULE}" stroke-width=".8"' if band.held else ""
    return f'<path class="b" {ends} fill="url(#{paint})"{edge} d="{d}"/>'


def _node(box: Box, drawing: Drawing, fills: dict[str, str], number: dict[str, int], words: Words, prefix: str) -> str:
    node = box.node
    rects = _rects(box, drawing.scale, fills[node.id], prefix)
    label = _label(box, drawing, words)
    name = escape(words.describe(node), quote=True)
    inside = f"<title>{name}</title>{rects}{label}"
    if not node.href:
        return f'<g data-n="{number[node.id]}">{inside}</g>'
    return f'<a href="{escape(node.href, quote=True)}" data-n="{number[node.id]}">{inside}</a>'


def _room(box: Box, drawing: Drawing) -> float:
    if box.column + 1 < len(drawing.columns):
        return drawing.columns[box.column + 1] - box.x - 6
    return drawing.frame.width - box.x


def _rects(box: Box, scale: float, fill: str, prefix: str) -> str:
    """The bar: what went on in the tier's colour, what stays hatched grey at its foot, a shortfall hatched red."""
    node, x, y = box.node, px(box.x), box.y
    if node.id == HELD:
        return _rect(x, y, box.height, f"url(#{prefix}h)", f' stroke="{RULE}" stroke-width="1"')
    held = abs(node.held_fen) * scale
    moved = max(box.height - held, 0.0)
    out = _rect(x, y, moved, fill) if moved > 0.05 else ""
    if node.held_fen > 0:
        out += _rect(x, y + moved, held, f"url(#{prefix}h)", f' stroke="{RULE}" stroke-width="1"')
    elif node.held_fen < 0:
        out += _rect(x, y + moved, held, f"url(#{prefix}m)", f' stroke="{BAD}" stroke-width="1"')
    return out


def _rect(x: str, y: float, height: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x}" y="{px(y)}" width="{BAR:g}" height="{px(max(height, 0.7))}" fill="{fill}"{more}/>'


def _label(box: Box, drawing: Drawing, words: Words) -> str:
    node = box.node
    x = px(box.x + BAR + 7)
    amount = words.amount(node.weight_fen if node.id != HELD else node.held_fen)
    room = _room(box, drawing) - BAR - 12
    name = shorten(node.name, room - text_width(amount) - 8)
    bold = ' font-weight="700"' if node.focal or node.id == HELD else ""
    y = box.middle + 5
    notes: list[tuple[str, str]] = []
    if node.id == HELD and node.held_days is not None:
        notes.append((words.days(node.held_days), INK_2))
    if node.held_fen < 0:
        notes.append((f"{words.short} {words.amount(-node.held_fen)}", BAD))
    lines = "".join(
        f'<text x="{x}" y="{px(y + 17 * i)}" font-size="13" fill="{fill}" stroke-width="4">'
        f"{escape(shorten(text, room))}</text>"
        for i, (text, fill) in enumerate(notes, 1)
    )
    value = f'<tspan fill="{INK_2}" font-weight="400" dx="5">{escape(amount)}</tspan>'
    return f'<text x="{x}" y="{px(y)}" stroke-width="4"{bold}>{escape(name)}{value}</text>{lines}'
