"""Drawn pictures for the visits of the demonstration: a house under hills, no two alike. No photo of anybody's house."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 480, 360
_TWICE: Final = 2  # drawn at double size, then reduced: smooth edges
_SKIES: Final = (("#8fbfe0", "#dcecf5"), ("#b9c4cc", "#e6e9ea"), ("#f0c48a", "#f8e6cf"), ("#9db7c9", "#f3eee4"))
_WALLS: Final = ("#f1ece1", "#e2cfae", "#d8d3c9", "#c9a98c", "#efe4c6")
_ROOFS: Final = ("#5b5a5e", "#8d4a3a", "#6b4b3e", "#4e5d63")
_DOORS: Final = ("#7c2f23", "#3f5a6b", "#6a4a2b", "#2f4d3a")
_GROUNDS: Final = ("#b8a684", "#9fae77", "#c9bfa9", "#a6977c")
_LEAVES: Final = ("#4f6f45", "#6d8550", "#3f5b3c", "#8a8f4a")

Box = tuple[float, float, float, float]


def draw_picture(rng: np.random.Generator) -> bytes:
    """One JPEG. Everything that catches the eye is drawn by lot, so that pictures of two visits are not alike."""
    image = Image.new("RGB", (WIDTH * _TWICE, HEIGHT * _TWICE))
    pen = ImageDraw.Draw(image)
    ground = float(rng.uniform(0.55, 0.8))
    _sky(pen, rng, ground)
    for _ in range(int(rng.integers(1, 4))):
        _hill(pen, rng, ground)
    pen.rectangle(_at(0, ground, 1, 1), fill=_one(rng, _GROUNDS))
    for _ in range(int(rng.integers(0, 4))):
        _tree(pen, rng, float(rng.uniform(0, 1)), ground)
    _house(pen, rng, ground)
    for _ in range(int(rng.integers(0, 3))):
        _tree(pen, rng, float(rng.choice([rng.uniform(0, 0.2), rng.uniform(0.8, 1)])), ground + 0.08)
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6))
    grain = rng.integers(-7, 8, (HEIGHT, WIDTH, 1), dtype=np.int16)
    pixels = np.clip(np.asarray(small, dtype=np.int16) + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=72)
    return out.getvalue()


def _one(rng: np.random.Generator, colours: tuple[str, ...]) -> str:
    return colours[int(rng.integers(len(colours)))]


def _at(left: float, top: float, right: float, bottom: float) -> Box:
    across, down = WIDTH * _TWICE, HEIGHT * _TWICE
    return left * across, top * down, right * across, bottom * down


def _sky(pen: ImageDraw.ImageDraw, rng: np.random.Generator, ground: float) -> None:
    upper, lower = (np.array(_rgb(colour)) for colour in _SKIES[int(rng.integers(len(_SKIES)))])
    for line in range(int(ground * HEIGHT * _TWICE) + 1):
        share = line / (ground * HEIGHT * _TWICE)
        red, green, blue = (int(part) for part in upper + (lower - upper) * share)
        pen.line((0, line, WIDTH * _TWICE, line), fill=(red, green, blue))
    if rng.random() < 0.4:
        x, y, r = rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.3), rng.uniform(0.03, 0.07)
        pen.ellipse(_at(x - r, y - r * WIDTH / HEIGHT, x + r, y + r * WIDTH / HEIGHT), fill="#fdf3d3")


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hill(pen: ImageDraw.ImageDraw, rng: np.random.Generator, ground: float) -> None:
    middle, wide, high = rng.uniform(-0.1, 1.1), rng.uniform(0.3, 0.8), rng.uniform(0.12, 0.45)
    shade = int(rng.integers(95, 165))
    box = _at(middle - wide, ground - high, middle + wide, ground + high)
    pen.ellipse(box, fill=(shade - 30, shade, shade - 15))


def _tree(pen: ImageDraw.ImageDraw, rng: np.random.Generator, x: float, foot: float) -> None:
    tall, wide = rng.uniform(0.2, 0.5), rng.uniform(0.05, 0.14)
    pen.rectangle(_at(x - 0.008, foot - tall * 0.6, x + 0.008, foot), fill="#5c4632")
    for _ in range(5):
        dx, dy = rng.uniform(-wide, wide) / 2, rng.uniform(0, tall * 0.5)
        box = _at(x + dx - wide / 2, foot - tall + dy * 0.6, x + dx + wide / 2, foot - tall * 0.5 + dy * 0.4)
        pen.ellipse(box, fill=_one(rng, _LEAVES))


def _house(pen: ImageDraw.ImageDraw, rng: np.random.Generator, ground: float) -> None:
    left, wide, tall = float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.35, 0.55)), float(rng.uniform(0.2, 0.34))
    foot = ground + float(rng.uniform(0.02, 0.12))
    right, eaves = left + wide, foot - tall
    ridge = eaves - float(rng.uniform(0.07, 0.2))
    pen.rectangle(_at(left, eaves, right, foot), fill=_one(rng, _WALLS))
    over, inset = 0.03, float(rng.uniform(0.02, 0.14))
    corners = [(left - over, eaves), (left + inset, ridge), (right - inset, ridge), (right + over, eaves)]
    pen.polygon([_at(x, y, x, y)[:2] for x, y in corners], fill=_one(rng, _ROOFS))
    place = float(rng.choice([0.2, 0.5, 0.8])) * wide + left
    pen.rectangle(_at(place - 0.04, foot - tall * 0.72, place + 0.04, foot), fill=_one(rng, _DOORS))
    for x in (left + wide * share for share in (0.14, 0.38, 0.62, 0.86)):
        if abs(x - place) > 0.08:
            pen.rectangle(_at(x - 0.035, foot - tall * 0.7, x + 0.035, foot - tall * 0.32), fill="#6f8796")
            pen.line(_at(x, foot - tall * 0.7, x, foot - tall * 0.32), fill="#e8e4da", width=3)


def sheet_picture(title: str) -> bytes:
    """A drawn sheet of paper with lines and a stamp: nobody's document, and no two alike."""
    seed = sum(title.encode())
    image = Image.new("RGB", (640, 800), "#fbfaf5")
    pen = ImageDraw.Draw(image)
    pen.rectangle((60, 50, 580, 750), outline="#8a8578", width=2)
    pen.rectangle((220, 80, 420, 96), fill="#1a1a1a")
    for line in range(22):
        right = 540 - (seed * (line + 3) * 37) % 240
        pen.rectangle((90, 130 + line * 24, right, 136 + line * 24), fill="#6b6f73")
    pen.ellipse((400, 600, 520, 720), outline="#c0392b", width=6)
    for place in range(8):
        pen.point((70 + place, 60 + (seed >> place) % 7), fill="#1a1a1a")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70, comment=title.encode())
    return out.getvalue()
