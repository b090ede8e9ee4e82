"""A drawing with everything it needs away from its page: sentence, finding, legend, balance, source, link and QR."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from portal.public.drawing.svg import BAD, FACES, INK, INK_2, PATTERNS, px, text_width

WIDTH = 1142.0
EDGE = 40.0
SERIF = "Songti SC,Source Han Serif SC,Noto Serif CJK SC,serif"
SUN, LINE, RED, OK = "#F5B800", "#E2DDD1", "#A61B1E", "#0B6B3A"
SIGNS_BEFORE_WHICH_NO_LINE_ENDS = "，。；：、！？）》”·,.;:!?)"


@dataclass(frozen=True)
class Sheet:
    """The words around a drawing, in the reader's language."""

    sentence: str
    finding: str
    measure: str  # year, unit, as-of date
    legend: Sequence[tuple[str, bool]]  # (words, held: grey hatch, else the red one of a shortfall)
    balance: Sequence[tuple[str, str]]
    verdict: str
    balanced: bool
    source: Sequence[str]
    qr_path: str  # `d` of a path, one unit a module
    qr_modules: int


def compose(sheet: Sheet, drawing: str, height: float) -> str:
    """The sheet as one SVG file; `drawing` is an SVG of 1062 px width and of `height` that stands below the words."""
    parts: list[str] = []
    y = 62.0
    for line in wrap(sheet.sentence, WIDTH - 2 * EDGE, 30):
        parts.append(_text(EDGE, y, line, 30, bold=True, face=SERIF))
        y += 44
    y += 4
    for line in wrap(sheet.finding, WIDTH - 2 * EDGE, 20):
        parts.append(_text(EDGE, y, line, 20, bold=True))
        y += 30
    parts.append(_text(EDGE, y, sheet.measure, 14, fill=INK_2) + _legend(sheet.legend, y))
    y += 22
    # Nothing of it lies outside its frame: a clip would only cost the renderer time.
    place = f'x="{px(EDGE)}" y="{px(y)}" width="{px(WIDTH - 2 * EDGE)}" height="{px(height)}" overflow="visible"'
    parts.append(drawing.replace("<svg ", f"<svg {place} ", 1))
    y += height + 8
    parts.append(_rule(y) + _balance(sheet, y + 24))
    y += 74
    parts.append(_rule(y) + _foot(sheet, y + 30))
    y += max(30 + 22 * len(sheet.source), 136)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {px(WIDTH)} {px(y)}" width="{px(WIDTH)}" '
        f'height="{px(y)}" font-family="{FACES}"><defs>{PATTERNS.format(p="k")}</defs>'
        f'<path fill="#fff" d="M0 0h{px(WIDTH)}v{px(y)}H0z"/><path fill="{RED}" d="M0 0h{px(WIDTH)}v5H0z"/>'
        + "".join(parts)
        + "</svg>"
    )


def wrap(text: str, room: float, size: float) -> list[str]:
    """Lines of a text at a size: clauses stay whole where they fit, else words and Chinese signs do."""
    lines = [""]

    def fits(more: str) -> bool:
        return text_width(lines[-1] + more) * size / 14 <= room

    for clause in re.split(r"(?<=[，；])|(?<=[,;] )", text):
        if lines[-1] and not fits(clause):
            lines.append("")
        for piece in [clause] if fits(clause) else _pieces(clause):
            if lines[-1] and not fits(piece):
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for sign in text:
        last = pieces[-1][-1] if pieces else ""
        joined = sign in SIGNS_BEFORE_WHICH_NO_LINE_ENDS or (
            sign < "\u2e80" and last and last < "\u2e80" and sign != " "
        )
        if pieces and joined:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _text(
    x: float, y: float, text: str, size: float, *, bold: bool = False, fill: str = INK, face: str = "", anchor: str = ""
) -> str:
    more = (' font-weight="700"' if bold else "") + (f' font-family="{face}"' if face else "")
    more += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{px(x)}" y="{px(y)}" font-size="{size:g}" fill="{fill}"{more}>{escape(text)}</text>'


def _rule(y: float) -> str:
    return f'<path stroke="{LINE}" d="M{px(EDGE)} {px(y)}H{px(WIDTH - EDGE)}"/>'


def _legend(legend: Sequence[tuple[str, bool]], y: float) -> str:
    """Hatched keys with their words, set from the right."""
    out, x = [], WIDTH - EDGE
    for words, held in reversed(legend):
        out.append(_text(x, y, words, 14, fill=INK_2, anchor="end"))
        x -= text_width(words) + 30
        edge = "#8A8D90" if held else BAD
        out.append(
            f'<rect x="{px(x)}" y="{px(y - 11)}" width="24" height="12" fill="url(#k{"h" if held else "m"})" '
            f'stroke="{edge}"/>'
        )
        x -= 20
    return "".join(out)


def _balance(sheet: Sheet, y: float) -> str:
    out, x = [], EDGE
    for label, figure in sheet.balance:
        wide = max(text_width(label), text_width(figure) * 22 / 14) + 40
        out.append(_text(x, y, label, 14, fill=INK_2) + _text(x, y + 28, figure, 22, bold=True, face=SERIF))
        x += wide
    fill = OK if sheet.balanced else BAD
    mark = "M-18 -5l5 5 10-11" if sheet.balanced else "M-18 -10l10 10M-8 -10l-10 10"
    at = WIDTH - EDGE - text_width(sheet.verdict)
    out.append(
        f'<path transform="translate({px(at - 6)} {px(y + 14)})" d="{mark}" fill="none" stroke="{fill}" '
        f'stroke-width="2"/>' + _text(WIDTH - EDGE, y + 14, sheet.verdict, 14, fill=fill, anchor="end")
    )
    return "".join(out)


def _foot(sheet: Sheet, y: float) -> str:
    lines = "".join(_text(EDGE, y + 22 * i, line, 13, fill=INK_2) for i, line in enumerate(sheet.source))
    scale = 92 / (sheet.qr_modules or 1)
    at = f'transform="translate({px(WIDTH - EDGE - 92)} {px(y - 18)}) scale({scale:.4f})"'
    return lines + (f'<path {at} stroke="{INK}" fill="none" d="{sheet.qr_path}"/>' if sheet.qr_path else "")
