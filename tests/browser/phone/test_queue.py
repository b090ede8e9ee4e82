"""The queue: nothing is lost, nothing arrives twice, everything arrives in order."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Route

from portal.registers.helpers.check_ins.claims.rules import FIRST
from tests.browser.phone.handset import Phone, PhoneSite


def test_fifty_saved_offline_survive_kills_and_arrive_once_each_in_order(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    ids = phone.fill(50)
    phone.kill()
    phone.open("/app/queue", offline=True)
    assert "50 条待上传，一条都没丢" in phone.page.inner_text("h1")
    assert phone.states() == {"waiting": 50, "sent": 0, "refused": 0}
    assert phone_site.claims(ids) == []
    phone.offline(False)
    phone.wait_sent(at_least=5)
    phone.kill()  # in the middle of it
    phone.open("/app/queue")
    phone.wait_sent()
    assert phone.states() == {"waiting": 0, "sent": 50, "refused": 0}
    arrived = phone_site.claims(ids)
    assert [claim.claim_id for claim in arrived] == ids
    assert [claim.counter for claim in arrived] == list(range(1, 51))
    heads = [FIRST, *(claim.message_sha256 for claim in arrived)]
    assert [claim.previous_sha256 for claim in arrived] == heads[:-1]


def test_a_sign_in_that_ends_keeps_the_queue_and_asks_again(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    page = phone.set_up()
    phone.offline()
    ids = phone.fill(4)
    phone_site.end_sessions()
    phone.offline(False)
    page.click("nav a[data-page=queue]")
    page.click("#upload-now")
    page.wait_for_selector(".state:has-text('需登录')")
    assert phone.states() == {"waiting": 4, "sent": 0, "refused": 0}
    assert page.locator(".tag:has-text('需登录')").count() == 4
    page.click("a:has-text('登录')")
    assert "一条都不会丢" in page.inner_text("main")
    phone.sign_in()
    phone.wait_sent()
    assert [claim.claim_id for claim in phone_site.claims(ids)] == ids


def test_an_aeroplane_in_mid_upload_loses_nothing(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    assert phone.context is not None
    line = phone.context.new_cdp_session(page)
    line.send("Network.enable")
    conditions = {"offline": False, "latency": 20, "downloadThroughput": 100_000, "uploadThroughput": 15_000}
    line.send("Network.emulateNetworkConditions", conditions)
    phone.go("/app/queue")
    ids = phone.fill(1, side=420)
    page.evaluate("import('/static/app/work/upload.js').then(u => { u.now(); })")
    page.wait_for_selector(".tag:has-text('上传中')")
    phone.until("import('/static/app/work/upload.js').then(u => u.progress.part > 0.1)")
    line.send("Network.emulateNetworkConditions", conditions | {"offline": True})
    page.wait_for_selector("text=上次：信号断了")
    assert phone.states()["waiting"] == 1
    assert "再试" in page.inner_text("article")
    line.send("Network.emulateNetworkConditions", conditions | {"uploadThroughput": -1})
    page.click("#upload-now")
    phone.wait_sent()
    assert [claim.claim_id for claim in phone_site.claims(ids)] == ids


def test_an_answer_that_is_lost_has_one_effect(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones(service_workers="block")
    phone.open()
    phone.sign_in()
    phone.enrol()
    lost: list[str] = []

    def lose(route: Route) -> None:
        if len(lost) < 4 and route.request.method == "PUT":
            route.fetch()
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route(re.compile(r"/api/v1/(check-ins|photos)/"), lose)
    ids = phone.fill(2)
    for _try in range(8):
        phone.upload()
    phone.wait_sent()
    assert len(lost) == 4
    assert [claim.claim_id for claim in phone_site.claims(ids)] == ids


def test_what_the_server_refuses_says_why_and_lets_the_others_pass(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    page = phone.set_up()
    phone.offline()
    page.evaluate(
        """async () => {
          const { addCheckIn } = await import('/static/app/work/queue.js');
          const { uuid } = await import('/static/app/core/bytes.js');
          const said = { household_no: 'NOBODY-1', captured_at: new Date().toISOString(), location: null,
            no_location_reason: '其他', visit: 'done', photos: [], activities: ['其他'], note: '', offline: true };
          await addCheckIn(uuid(), said, { name: '别人', photos: [] });
        }"""
    )
    ids = phone.fill(1)
    phone.offline(False)
    phone.wait_sent()
    assert phone.states() == {"waiting": 0, "sent": 1, "refused": 1}
    assert [(claim.claim_id, claim.counter) for claim in phone_site.claims(ids)] == [(ids[0], 2)]
    page.click("nav a[data-page=queue]")
    page.click("#tab-refused")
    page.wait_for_selector("#items:has-text('退回的原因')")
    page.click("nav a[data-page=today]")
    page.wait_for_selector(".state:has-text('1 条被退回')")


def test_both_counts_stand_side_by_side(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    page.click("nav a[data-page=record]")
    page.wait_for_selector("#count-server")
    before = int(page.inner_text("#count-server").split()[0])
    phone.fill(3, photos=False)
    phone.upload()
    phone.wait_sent()
    phone.until("document.querySelector('#count-phone')?.textContent.startsWith('3 ')")
    phone.until(f"document.querySelector('#count-server')?.textContent.startsWith('{before + 3} ')")
    assert "服务器都收到了" in page.inner_text("#counts")
