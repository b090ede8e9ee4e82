"""A visit by hand: five taps, a draft that outlives the battery, no place, no camera, not possible, an income."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select

from portal.kernel.database import now_utc, reading, writing
from portal.registers.helpers.check_ins.judgements.actions import ask
from portal.registers.helpers.check_ins.models import CheckIn
from portal.registers.helpers.check_ins.questions.queries import list_questions
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.recipients.incomes.models import Income
from tests.browser.phone.handset import BY_DAY, FILL, Phone, PhoneSite

SOAK = os.environ.get("YANGGUANG_SOAK") == "1"
GPS = 0x8825
LAST_ID = "import('/static/app/work/queue.js').then(q => q.rows()).then(rows => rows.at(-1).id)"
PHOTOS = """
async () => {
  const { rows } = await import('/static/app/work/queue.js');
  const { read } = await import('/static/app/work/photos.js');
  const { queueKey } = await import('/static/app/work/device.js');
  const { base64 } = await import('/static/app/core/bytes.js');
  const { required } = await import('/static/app/work/session.js');
  const key = await queueKey(required().owner);
  return Promise.all((await rows()).at(-1).photos.map(async (digest) => base64(await read(key, digest))));
}
"""
BODY = """
async () => {
  const { rows, opened } = await import('/static/app/work/queue.js');
  return (await opened((await rows()).slice(-1)))[0].inside.body;
}
"""


BOOT = "import('/static/app/core/clock.js').then(c => c.moment().boot)"


def saved(page: Page) -> None:
    page.wait_for_selector("text=存好了，在手机里")


def row_of(site: PhoneSite, claim_id: str) -> CheckIn:
    with reading(site.engine) as session:
        return session.scalars(select(CheckIn).where(CheckIn.claim_id == claim_id)).one()


def questions_about(site: PhoneSite, claim_id: str) -> dict[str, str | None]:
    """What was asked about a visit, and what was answered."""
    with reading(site.engine) as session:
        row = session.scalars(select(CheckIn).where(CheckIn.claim_id == claim_id)).one()
        return {question.rule: question.answer for question in list_questions(session, [row.id])}


def noisy_picture() -> bytes:
    """A large photo as a phone takes one: much detail, place and time inside."""
    noise = np.random.default_rng(7).integers(0, 255, (2400, 3200, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0110] = "SECRET-MODEL"
    exif.get_ifd(GPS)[2] = (33.0, 48.0, 45.0)
    made = io.BytesIO()
    Image.fromarray(noise).resize((3200, 2400)).save(made, "JPEG", quality=90, exif=exif)
    return made.getvalue()


def test_a_visit_is_five_taps_and_the_picture_small_and_clean(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    page = phone.set_up()
    phone.offline()
    taps = []

    def tap(selector: str) -> None:
        taps.append(selector)
        page.click(selector)

    tap("nav .arrived")
    tap("button.card >> nth=0")
    page.wait_for_selector(".shutter")
    phone.until("document.querySelector('video').videoWidth > 0")
    phone.until("document.querySelector('.camera .said').textContent.match(/离登记位置|已定位/) !== null")
    tap(".shutter")
    page.wait_for_selector(".photos img[src^=blob]")
    tap("label.choice:has-text('核对收入')")
    page.evaluate(
        "document.querySelector('#save').click(); document.querySelector('#save').click()"
    )  # a thumb that shakes
    taps.append("#save")
    saved(page)
    assert len(taps) == 5
    assert phone.states() == {"waiting": 1, "sent": 0, "refused": 0}
    pictures = [base64.b64decode(each) for each in page.evaluate(PHOTOS)]
    claim_id, body = page.evaluate(LAST_ID), json.loads(page.evaluate(BODY))
    assert [len(p) <= 300_000 for p in pictures] == [True]
    image = Image.open(io.BytesIO(pictures[0]))
    assert (image.format, dict(image.getexif())) == ("JPEG", {})
    assert body["location"] == {"lat": 33.8126, "lng": 119.3125, "accuracy_m": 12, "datum": "WGS84"}
    assert body["fixes"][0]["lat"] == 33.8126
    assert (body["activities"], body["nonce"] != "", body["mono_ms"] > 0) == (["核对收入"], True, True)
    if SOAK:
        assert page.evaluate("performance.getEntriesByName('saved')[0].duration") <= 300
    phone.offline(False)
    phone.wait_sent()
    row = row_of(phone_site, claim_id)
    assert (row.visit, row.has_location, row.photo_count, row.not_before is not None) == ("done", True, 1, True)


def test_a_dead_battery_costs_nothing_of_a_visit_begun(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    phone.offline()
    page.click("nav .arrived")
    page.click("button.card >> nth=0")
    phone.until("document.querySelector('video')?.videoWidth > 0")
    page.click(".shutter")
    page.wait_for_selector(".photos img[src^=blob]")
    page.click("label.choice:has-text('讲政策')")
    page.fill("#note", "说到一半")
    phone.until("import('/static/app/work/drafts.js').then(d => d.list()).then(l => l[0].note === '说到一半')")
    begun = page.evaluate("import('/static/app/work/drafts.js').then(d => d.list()).then(l => l[0])")
    assert begun["boot"] == page.evaluate(BOOT)
    phone.kill()
    page = phone.open(offline=True)
    page.click("a:has-text('继续上次未完成的')")
    page.wait_for_selector(".photos img[src^=blob]")
    assert page.is_checked("input[value=讲政策]")
    assert page.input_value("#note") == "说到一半"
    page.click("#save")
    saved(page)
    assert json.loads(page.evaluate(BODY))["boot"] == begun["boot"] != page.evaluate(BOOT)  # the clock of the picture
    phone.offline(False)
    phone.wait_sent()
    assert row_of(phone_site, page.evaluate(LAST_ID)).note == "说到一半"


def test_without_a_place_a_reason_is_enough(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones(permissions=["camera"])
    page = phone.set_up()
    page.click("nav .arrived")
    page.click("button.card >> nth=0")
    page.click("text=先不拍")
    page.wait_for_selector("text=手机没有允许定位，也能存")
    page.click("label.choice:has-text('看住房')")
    page.click("#save")
    page.wait_for_selector("legend:has-text('为什么没有定位')")
    page.click("label.choice:has-text('没有给定位权限')")
    page.click("#save")
    saved(page)
    phone.wait_sent()
    row = row_of(phone_site, page.evaluate(LAST_ID))
    assert (row.has_location, row.no_location_reason) == (False, "没有给定位权限")


def test_not_possible_is_one_tap_away_and_complete(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    page.click("nav a[data-page=households]")
    page.click("a.card >> nth=0")
    page.click("text=无法走访，因为…")
    page.wait_for_selector("legend:has-text('无法走访，因为…')")
    page.wait_for_selector("text=精度 ±12 米 · WGS-84")
    page.click("#save")
    assert page.inner_text("[role=alert]") == "选一个原因，就算办了。"
    page.click("label.choice:has-text('道路不通')")
    page.click("#save")
    saved(page)
    phone.wait_sent()
    row = row_of(phone_site, page.evaluate(LAST_ID))
    assert (row.visit, row.not_possible_reason, row.photo_count) == ("not_possible", "道路不通", 0)


def test_without_a_live_camera_the_phones_own_is_asked_and_its_picture_made_small(
    phones: Callable[..., Phone], tmp_path: Path
) -> None:
    phone = phones(permissions=["geolocation"], flags=["--use-fake-device-for-media-stream"])
    page = phone.set_up()
    phone.offline()
    page.click("nav .arrived")
    page.click("button.card >> nth=0")
    page.wait_for_selector("#more-photos")
    taken = tmp_path / "IMG_0001.jpg"
    taken.write_bytes(noisy_picture())
    assert taken.stat().st_size > 2_000_000
    page.set_input_files("#photo-file", taken)
    page.wait_for_selector(".photos img[src^=blob]")
    page.click("label.choice:has-text('其他')")
    page.click("#save")
    saved(page)
    (picture,) = (base64.b64decode(each) for each in page.evaluate(PHOTOS))
    image = Image.open(io.BytesIO(picture))
    assert len(picture) <= 300_000
    assert dict(image.getexif()) == {}
    assert b"SECRET-MODEL" not in picture
    assert max(image.size) >= 640


def test_an_income_is_one_question_a_page_and_arrives(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    page = phone.set_up()
    page.click("nav a[data-page=households]")
    page.click("a.card >> nth=0")
    page.click("text=记一笔收入")
    page.wait_for_selector("h2:has-text('这是哪一类收入？')")
    page.click(".act button")
    page.wait_for_selector("text=选一类。")
    page.click("label.choice:has-text('经营性')")
    page.click(".act button")
    page.click("label.choice:has-text('养殖')")
    page.click(".act button")
    page.fill("#amount", "一百二")
    page.click(".act button")
    page.wait_for_selector("text=读不出数字")
    page.fill("#amount", "1,280.50")
    page.click(".act button")
    page.fill("#cost", "80.5")
    page.click(".act button")
    page.wait_for_selector("#occurred_on")
    page.click(".act button")
    page.fill("#evidence_no", "收据 0012")
    page.click(".act button")
    page.wait_for_selector("text=看一遍，对了就保存")
    assert "1,280.50 元" in page.inner_text("main")
    page.go_back()
    page.wait_for_selector("#evidence_no")
    page.click(".act button")
    page.wait_for_selector("text=看一遍，对了就保存")
    page.click(".act button")
    saved(page)
    phone.wait_sent()
    with reading(phone_site.engine) as session:
        row = session.scalars(select(Income).where(Income.voucher_no == "收据 0012")).one()
    assert (row.category, row.item, row.amount_fen, row.cost_fen) == ("经营性", "养殖", 128050, 8050)


SAME_PHOTO_AGAIN = """
async () => {
  const { rows, addCheckIn } = await import('/static/app/work/queue.js');
  const { known } = await import('/static/app/work/sync.js');
  const { uuid } = await import('/static/app/core/bytes.js');
  const [home] = (await known()).households.slice(-1);
  const photos = (await rows()).at(-1).photos.map((sha256) => ({ sha256, bytes: 1 }));
  const id = uuid();
  await addCheckIn(id, { household_no: home.no, captured_at: BY_DAY, location: null, no_location_reason: '其他',
    visit: 'done', photos: photos.map((p) => p.sha256), activities: ['其他'], note: '', offline: true }, { name: home.name, photos });
  return id;
}
"""


def test_words_written_without_a_signal_outlive_the_battery_and_arrive_once(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    page = phone.set_up()
    page.evaluate(FILL, {"n": 1, "side": 64, "photos": True})
    claim_id = page.evaluate(SAME_PHOTO_AGAIN.replace("BY_DAY", BY_DAY))
    phone.upload()
    phone.wait_sent()
    phone.until("import('/static/app/work/sync.js').then(s => s.sync(true)).then(() => true)")
    phone.offline()
    page.click("nav a[data-page=queue]")
    page.click("#tab-sent")
    page.click("text=有一句要问您")
    page.wait_for_selector("textarea#text")
    assert "问一句不等于有错" in page.inner_text("main")
    assert page.locator("article").count() >= 1
    page.fill("#text", "啊")
    page.click("main button[type=submit]")
    page.wait_for_selector("[role=alert] >> text=写一句当时的情况。")
    page.fill("#text", "两户住一个院子，照片一起拍的")
    page.click("main button[type=submit]")
    saved(page)
    assert page.locator("#items article:has-text('两户住一个院子')").count() == 1
    phone.kill()
    with writing(phone_site.engine) as session:  # meanwhile somebody asks about something else
        ask(session, claim_id, [Question("H02", "在哪里见的面？")], "system:test", now_utc(), "测试")
    page = phone.open(f"/app/visits/{claim_id}", offline=True)
    assert "您说过了，等信号" in page.inner_text("main")
    assert "两户住一个院子" in page.inner_text("main")
    assert phone.states() == {"waiting": 1, "sent": 2, "refused": 0}
    phone.offline(False)
    phone.wait_sent()
    phone.upload()
    asked = questions_about(phone_site, claim_id)
    assert asked == {"H03": "两户住一个院子，照片一起拍的", "H02": None}  # the one that he has not seen stays open
    phone.until("import('/static/app/work/sync.js').then(s => s.sync(true)).then(() => true)")
    phone.go(f"/app/visits/{claim_id}")
    assert "在哪里见的面" in page.inner_text("main")
    page.fill("#text", "在村口见的面")
    page.click("main button[type=submit]")
    saved(page)
    phone.wait_sent()
    assert row_of(phone_site, claim_id).state == "explained"
    phone.go(f"/app/visits/{claim_id}")
    phone.until("document.querySelector('main').innerText.includes('您说过了，等核实')")
    assert "在村口见的面" in page.inner_text("main")
