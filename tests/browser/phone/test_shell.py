"""The shell: installable, opens without a network, fits every hand and eye, in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import BROKEN_NAMES, SMALL_TARGETS, violations
from tests.browser.phone.handset import Phone, PhoneSite

HAN = re.compile(r"[\u4e00-\u9fff]+")
LEAST_TARGET = 44
OF_THE_WIDTH = ("color-contrast", "target-size", "scrollable-region-focusable")
ENTERED = (
    "中文",
    "乡村振兴监督",
    "纪检监察",
)  # the other language's own name; what the office typed as its telephone numbers
TOO_WIDE = """
(width) => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll('body *')].filter(
  (e) => e.getBoundingClientRect().right > width + 0.5).map((e) => e.outerHTML.slice(0, 160))
"""
DATA = """
async () => {
  const { known } = await import('/static/app/work/sync.js');
  const { required } = await import('/static/app/work/session.js');
  return JSON.stringify(await known()) + required().helper.name;
}
"""
AGE = """
async (days) => {
  const { get, put } = await import('/static/app/core/store.js');
  await put('state', { ...(await get('state', 'policies-zh')), at: Date.now() - days * 86400000 }, 'policies-zh');
}
"""


@pytest.fixture(scope="module")
def phone(phone_site: PhoneSite, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """One phone that is set up, with a visit waiting and a draft begun."""
    phone = Phone(phone_site, browser, tmp_path_factory.mktemp("shell") / "phone")
    page = phone.set_up()
    phone.offline()
    phone.fill(2)
    phone.go("/app/checkin")
    page.click("button.card >> nth=0")
    page.click("text=先不拍")
    yield phone
    phone.close()
    assert phone.errors == []


def screens(page: Page) -> list[str]:
    """One address of each kind."""
    household = page.evaluate("import('/static/app/work/sync.js').then(s => s.known()).then(k => k.households[0].no)")
    draft = page.evaluate("import('/static/app/work/drafts.js').then(d => d.list()).then(l => l[0].id)")
    paths = ["", "households", f"households/{household}", "checkin", f"checkin/{draft}", "record", "policy", "sign-in"]
    return [*paths, "enrol", "queue", "queue?tab=drafts", "queue?tab=sent", "queue?tab=refused"]


@pytest.mark.parametrize("root", ["/app/", "/en/app/"])
def test_every_screen_is_accessible_and_fits(phone: Phone, root: str) -> None:
    """Every screen is opened once; of what axe looks at only what depends on the width is asked at both widths."""
    page = phone.page
    phone.offline(False)
    phone.go(root)
    for path in screens(page):
        page.set_viewport_size({"width": 360, "height": 800})
        phone.go(root + path)
        assert violations(page) == [], path
        for width in (360, 414):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(TOO_WIDE, width) == [], (path, width)
            assert page.evaluate(SMALL_TARGETS, LEAST_TARGET) == [], (path, width)
        assert violations(page, rules=OF_THE_WIDTH) == [], path
        assert page.evaluate(BROKEN_NAMES) == [], path


def test_the_english_client_speaks_english(phone: Phone) -> None:
    page = phone.page
    phone.offline(False)
    phone.go("/en/app/")
    phone.until("import('/static/app/work/sync.js').then(s => s.sync(true)).then(() => true)")
    data = page.evaluate(DATA)
    for path in screens(page):
        phone.go("/en/app/" + path)
        shown = (
            page.inner_text("body")
            + page.title()
            + page.evaluate(
                "[...document.querySelectorAll('[aria-label],[alt]')].map(e => e.getAttribute('aria-label') || e.alt).join(' ')"
            )
        )
        said = [word for word in HAN.findall(shown) if word not in data and word not in ENTERED]
        assert said == [], path


def test_it_opens_without_a_network_and_cards_and_files_are_there(phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    page.click("a:has-text('政策卡片')")
    page.wait_for_selector("article")
    phone.close()
    page = phone.open(offline=True)
    assert page.locator(".ring").count() == 1
    phone.go("/app/policy")
    assert "哪些钱不算收入" in page.inner_text("main")
    phone.go("/app/households")
    assert page.locator(".card").count() > 0
    page.evaluate(AGE, 8)
    phone.go("/app/policy")
    assert "超过 7 天" in page.inner_text("main")


@pytest.mark.parametrize("root", ["/app/", "/en/app/"])
def test_chromium_would_install_it(phones: Callable[..., Phone], root: str) -> None:
    phone = phones()
    page = phone.open(root)
    phone.until("navigator.serviceWorker.ready.then(r => Boolean(r.active))")
    assert phone.context is not None
    tools = phone.context.new_cdp_session(page)
    assert tools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert tools.send("Page.getAppManifest")["errors"] == []


def test_the_worker_keeps_no_answer_of_the_api(phone: Phone) -> None:
    kept = phone.dump()["cached"]
    assert len(kept) > 30
    assert [url for url in kept if "/api/" in url or "policies" in url] == []


def test_the_keyboard_alone_makes_a_visit(phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    phone.go("/app/checkin")
    page.focus("button.card >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".camera")
    page.keyboard.press("Escape")
    page.wait_for_selector(".camera", state="detached")
    page.focus("input[name=activities] >> nth=0")
    page.keyboard.press("Space")
    outline = page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle")
    page.focus("#save")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=存好了，在手机里")
    assert outline == "solid"


def test_warnings_come_before_it_hurts(phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    phone.offline()
    phone.fill(1)
    older = """
    async (days) => {
      const { rows, update } = await import('/static/app/work/queue.js');
      await update((await rows())[0].seq, { saved_at: Date.now() - days * 86400000 });
    }
    """
    page.evaluate(older, 3)
    phone.go("/app/")
    assert "已经存了" not in page.inner_text("main")
    page.evaluate(older, 4)
    phone.go("/app/")
    assert "最早的一条已经存了 4 天" in page.inner_text("main")
    page.evaluate("navigator.storage.estimate = async () => ({ usage: 99e6, quota: 100e6 })")
    phone.offline(False)
    page.evaluate("import('/static/app/work/queue.js').then(q => q.tell())")
    phone.wait_sent()
    phone.until("document.querySelector('.state')?.textContent.includes('存储将满')")
