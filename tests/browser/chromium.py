"""One way to start the Chromium that is installed, and the scripts that look at a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SMALL_TARGETS = """
(least) => [...document.querySelectorAll('a[href], button, input, select, summary')].filter(e => {
  if (e.closest('svg') || e.closest('.skip') || e.closest('.prose') || e.closest('.note')) return false;
  const style = getComputedStyle(e);
  if (style.display === 'inline' || !e.checkVisibility()) return false;
  const label = e.type === 'checkbox' || e.type === 'radio' ? e.closest('label') : null;
  const box = (label || e).getBoundingClientRect();
  return box.width > 0 && (box.height < least - 0.6 || box.width < least - 0.6);
}).map(e => `${e.tagName} ${(e.innerText || e.name || '').trim()} ${JSON.stringify(e.getBoundingClientRect())}`)
"""
INLINE_LINKS = """
() => [...document.querySelectorAll('a[href]')].filter(e => {
  if (e.closest('svg') || e.closest('.prose') || e.closest('.note') || e.closest('p') || e.closest('.skip')) return false;
  return e.checkVisibility() && getComputedStyle(e).display === 'inline';
}).map(e => e.outerHTML.slice(0, 120))
"""
BROKEN_NAMES = """
() => [...document.querySelectorAll('[aria-label], title, svg text, a')].map(
  e => e.getAttribute('aria-label') || e.textContent.trim() || (e.querySelector('[aria-label]') ? 'ok' : '')
).filter(t => t === '' || /NaN|undefined|None|Infinity/.test(t))
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, headless."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("no Chromium here: apt-get install chromium fonts-noto-cjk (scripts/browser-needs does it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, width: int = 1280, **options: Any) -> Iterator[Page]:
    """A page in a fresh context of a given width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.goto(url, wait_until="load")
    yield page
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds, one line each; empty is the bar."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    return [
        f"{v['id']}: {n['html'][:160]} ({n['failureSummary'][:200]})" for v in found["violations"] for n in v["nodes"]
    ]
