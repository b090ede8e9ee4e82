"""Regenerate the README's pictures: `.venv/bin/python -m tests.browser.screenshots`. Small PNGs of the demonstration."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.chromium import chromium, opened
from tests.browser.conftest import Village, served_demo

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
COLOURS = 256


def shots(village: Village) -> dict[str, tuple[str, int, int]]:
    """Name → (path, width, height in CSS pixels)."""
    place = f"/areas/{village.village_code}"
    return {
        "home-1280": ("/", 1280, 1500),
        "flow-1280": (f"/flow?focus=area:{village.village_code}", 1280, 1200),
        "village-1280": (place, 1280, 1400),
        "flow-390": (f"/flow?focus=area:{village.village_code}", 390, 1300),
        "elder-390": (f"{place}?elder=1", 390, 1300),
        "english-1280": ("/en/flow", 1280, 1200),
    }


def take(browser: Browser, url: str, width: int, height: int) -> Image.Image:
    """One picture of the top of a page."""
    with opened(browser, url, width, device_scale_factor=1) as page:
        page.set_viewport_size({"width": width, "height": height})
        return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    """Write all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served_demo(Path(folder) / "home") as village, chromium() as browser:
        for name, (path, width, height) in shots(village).items():
            picture = take(browser, village.url + path, width, height)
            small = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            small.save(FOLDER / f"{name}.png", optimize=True)
            print(name, (FOLDER / f"{name}.png").stat().st_size)


if __name__ == "__main__":
    main()
