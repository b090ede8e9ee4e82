"""One way to start the Chromium that is installed, and the scripts that look at a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Browser, Locator, Page, sync_playwright

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
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
ALIKE = """
() => {
  const mark = 'data-alike';
  for (const e of document.querySelectorAll(`[${mark}]`)) e.removeAttribute(mark);
  const styled = new Set(['class', 'type', 'role', 'lang', 'hidden', 'disabled', 'checked', 'open', 'aria-current']);
  const looks = (e) => e.localName + [...e.attributes].filter(
    (a) => styled.has(a.name) || a.name.startsWith('data-')).map((a) => `[${a.name}=${a.value}]`).join('');
  const shape = (e) => looks(e) + [...e.childNodes].map(
    (n) => n.nodeType === 1 ? `(${shape(n)})` : n.nodeType === 3 && n.data.trim() ? 't' : '').join('');
  const place = (e) => e ? `${place(e.parentElement)}>${looks(e)}` : '';
  const seen = new Set();
  for (const row of document.querySelectorAll('tbody > tr, li, article')) {
    if (row.hasAttribute(mark)) continue;
    const odd = [...row.parentElement.children].indexOf(row) % 2;
    const name = `${place(row.parentElement)} ${odd} ${shape(row)}`;
    if (seen.has(name)) for (const e of [row, ...row.querySelectorAll('*')]) e.setAttribute(mark, '');
    seen.add(name);
  }
  axe.configure({ rules: [{ id: 'color-contrast', selector: '*:not([data-alike])' }] });
}
"""
# Of rows that look alike (same place, same marks, same parts) the contrast of the first odd and even one is measured:
# four fifths of what axe takes goes into measuring the others again. The long programme measures all.


def settled(act: Callable[..., None]) -> Callable[..., None]:
    """The same act, over when the page that came of it is there whole: by itself it ends when its answer begins.

    What a test reads next (text, address, number of rows) would otherwise be read of half a page, now and then.
    """

    @wraps(act)
    def done(on: Locator | Page, *given: Any, **named: Any) -> None:
        act(on, *given, **named)
        page = on.page if isinstance(on, Locator) else on
        if not page.is_closed():
            page.wait_for_load_state("load")

    return done


@contextmanager
def chromium() -> Iterator[Browser]:
    """The installed Chromium, headless."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("no Chromium here: apt-get install chromium fonts-noto-cjk (scripts/browser-needs does it)")
    acts = [{name: settled(getattr(kind, name)) for name in ("click", "press")} for kind in (Locator, Page)]
    with patch.multiple(Locator, **acts[0]), patch.multiple(Page, **acts[1]), sync_playwright() as playwright:
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


@cache
def axe() -> str:
    """The script that looks."""
    return AXE.read_text(encoding="utf-8")


def violations(page: Page, *, printed: bool = False, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds, one line each; empty is the bar. Nobody points at paper: there targets have no least size.

    `rules`: look at these only.
    """
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe())
    if not SOAK:
        page.evaluate(ALIKE)
    asked: dict[str, Any] = {"runOnly": {"type": "rule", "values": list(rules)} if rules else TAGS}
    if printed:
        asked["rules"] = {"target-size": {"enabled": False}}
    found = page.evaluate("asked => axe.run(document, {...asked, resultTypes: ['violations']})", asked)
    return [
        f"{v['id']}: {n['html'][:160]} ({n['failureSummary'][:200]})" for v in found["violations"] for n in v["nodes"]
    ]
