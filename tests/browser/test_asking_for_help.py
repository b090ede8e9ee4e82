"""Asking for help by hand: with a script the work is done meanwhile, without one it waits; four questions without a script."""

from __future__ import annotations

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import opened, violations
from tests.browser.conftest import Village


def fill_in(page: Page) -> None:
    page.get_by_label("看病花钱多").check()
    page.get_by_label("有困难的人的姓名").fill("赵桂兰")
    page.get_by_label("能打通的电话").fill("051782345678")


def test_four_taps_and_short_fields_lead_to_a_receipt(browser: Browser, village: Village) -> None:
    address = f"{village.url}/need-help?at={village.village_code}"
    with opened(browser, address, 390) as page:
        fill_in(page)
        page.get_by_role("button", name="提交申报").click()  # before the work is done: the page sends when it is
        page.wait_for_selector(".receipt", timeout=60_000)
        assert page.locator(".receipt .big").count() == 2
        assert "?" not in page.url
        assert violations(page) == []


def test_without_a_script_the_same_form_works(browser: Browser, village: Village) -> None:
    address = f"{village.url}/need-help?at={village.village_code}"
    with opened(browser, address, 390, java_script_enabled=False) as page:
        fill_in(page)
        page.get_by_label("有困难的人的姓名").fill("")
        page.get_by_role("button", name="提交申报").click()
        assert page.locator(".why").count() == 1
        page.get_by_label("有困难的人的姓名").fill("钱有福")
        page.get_by_role("button", name="提交申报").click()
        no, code = page.locator(".receipt .big").all_inner_texts()
        page.get_by_role("link", name="查进度").click()
        page.get_by_label("回执上的 16 位数字").fill(code)
        page.get_by_role("button", name="查进度").click()
        assert "还没有上门" in page.inner_text("h1") and no.replace(" ", "") in page.url


def test_four_questions_without_a_script(browser: Browser, village: Village) -> None:
    with opened(browser, f"{village.url}/entitlements", 390, java_script_enabled=False) as page:
        page.get_by_label("80 岁以上的老人").check()
        page.get_by_role("button", name="下一题").click()
        page.get_by_label("不知道").check()
        page.get_by_role("button", name="下一题").click()
        page.get_by_label("都不是").check()
        page.get_by_role("button", name="下一题").click()
        for question in page.get_by_role("radio", name="不知道").all():
            question.check()
        page.get_by_role("button", name="看结果").click()
        assert "高龄津贴" in page.inner_text("main") and "农村最低生活保障" in page.inner_text("main")
        assert page.url.endswith("/entitlements")


def test_the_receipt_of_a_report_is_saved_as_a_picture_and_offered_only_with_a_script(
    browser: Browser, village: Village
) -> None:
    with opened(browser, f"{village.url}/report", 390) as page:
        asked: list[str] = []
        page.locator(".tile").first.click()
        page.get_by_role("button", name="提交").click()
        page.wait_for_selector(".receipt", timeout=60_000)
        page.on("request", lambda request: asked.append(request.url))
        with page.expect_download() as saved:
            page.get_by_role("button", name="存图片").click()
        with Image.open(saved.value.path()) as picture:
            ink = sum(picture.convert("L").histogram()[:128])
            assert (picture.format, picture.width) == ("PNG", 780) and ink > 20_000
        assert saved.value.suggested_filename == "便民服务.png"
        assert not [url for url in asked if url.startswith("http") and "/static/" not in url]
    with opened(browser, f"{village.url}/report", 390, java_script_enabled=False) as page:
        page.locator(".tile").first.click()
        page.get_by_role("button", name="提交").click()
        assert page.locator(".receipt .big").count() == 2 and not page.get_by_text("存图片").is_visible()
