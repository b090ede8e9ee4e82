"""A phone that is lost, lent or signed out tells nothing about anybody; what was not sent stays, sealed."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.kernel.queue_files import open_queue_file
from tests.browser.phone.handset import USERNAME, Phone, PhoneSite

KNOWN = "import('/static/app/work/sync.js').then(s => s.known())"
EXPIRE = """
async (hours) => {
  const { get, put } = await import('/static/app/core/store.js');
  const kept = await get('keys', 'session');
  await put('keys', { ...kept, until: kept.until - hours * 3600000 }, 'session');
}
"""


def personal(phone: Phone) -> list[str]:
    """Every word on this phone that belongs to a person."""
    known: dict[str, Any] = phone.page.evaluate(KNOWN)
    words = {USERNAME, phone.site.helper_no, str(phone.site.account["password"])}
    words.add(phone.page.evaluate("import('/static/app/work/session.js').then(s => s.required().helper.name)"))
    for home in known["households"]:
        words |= {home["no"], home["name"], home["address"]}
        words |= {member["name"] for member in home["members"] if len(member["name"]) > 2}  # 东 alone is in many words
        if home["point"]:
            words |= {str(home["point"]["lat"]), str(home["point"]["lng"])}
    assert len(words) > 10
    return sorted(word for word in words if word)


def found_in(words: list[str], text: str) -> list[str]:
    return [word for word in words if word in text]


def on_disk(profile: Path) -> bytes:
    """The raw files of the browser's databases and caches."""
    folders = ("IndexedDB", "Service Worker", "Cache", "Local Storage", "Session Storage", "Code Cache")
    files = [p for p in profile.rglob("*") if p.is_file() and any(f in p.parts for f in folders)]
    assert any("IndexedDB" in path.parts for path in files)
    return b"".join(path.read_bytes() for path in files)


def begin_a_visit(phone: Phone) -> None:
    phone.go("/app/checkin")
    phone.page.click("button.card >> nth=0")
    phone.page.click("text=先不拍")
    phone.page.fill("#note", "这是没写完的一句")
    phone.until("document.querySelector('.top .tag')?.textContent === '已自动保存'")


def test_while_signed_in_the_files_lie_sealed(phones: Callable[..., Phone]) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    phone.fill(2)
    begin_a_visit(phone)
    words, dumped = personal(phone), phone.dump()
    assert found_in([*words, "这是没写完的一句"], json.dumps(dumped, ensure_ascii=False)) == []
    assert "can be taken out: true" not in json.dumps(dumped)
    phone.close()
    raw = on_disk(phone.profile)
    assert [w for w in words if w.encode() in raw or w.encode("utf-16-le") in raw] == []


def test_after_signing_out_no_personal_word_and_no_key_is_left(
    phone_site: PhoneSite, phones: Callable[..., Phone]
) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    ids = phone.fill(2)
    begin_a_visit(phone)
    words = personal(phone)
    phone.go("/app/record")
    phone.page.click("#sign-out")
    phone.page.wait_for_selector("#username")
    dumped = phone.dump()
    assert found_in(words, json.dumps(dumped, ensure_ascii=False)) == []
    assert dumped["stores"]["files"] == []
    assert len(dumped["stores"]["keys"]) == 1  # of the queue; the session's has left
    assert len(dumped["stores"]["queue"]) == 2
    assert len(dumped["stores"]["drafts"]) == 1
    assert dumped["databases"] == ["yangguang"]
    assert {"keys", "devices", "files", "nonces", "drafts", "photos", "queue", "state"} <= set(dumped["stores"])
    assert dumped["rest"]["cookies"] == dumped["rest"]["name"] == ""
    assert [url for url in dumped["cached"] if "/api/" in url] == []
    assert dumped["local"] == dumped["session"] == {}
    assert found_in(words, phone.page.inner_text("body")) == []
    phone.close()
    raw = on_disk(phone.profile)
    assert [w for w in words if w.encode() in raw or w.encode("utf-16-le") in raw] == []
    phone.open()
    phone.sign_in()
    phone.page.wait_for_selector("text=继续上次未完成的")
    phone.wait_sent()
    assert [claim.claim_id for claim in phone_site.claims(ids)] == ids


def test_the_files_are_dropped_when_the_lease_is_over_and_the_queue_is_not(phones: Callable[..., Phone]) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    phone.fill(2)
    words = personal(phone)
    phone.page.evaluate(EXPIRE, 71)
    phone.go("/app/households")
    assert phone.page.locator(".card").count() > 0
    phone.go("/app/")
    assert "还能看 0 小时" in phone.page.inner_text("main")
    phone.page.evaluate(EXPIRE, 2)
    phone.go("/app/households")
    phone.page.wait_for_selector("#username")
    dumped = phone.dump()
    assert found_in(words, json.dumps(dumped, ensure_ascii=False)) == []
    assert dumped["stores"]["files"] == []
    assert len(dumped["stores"]["queue"]) == 2


def test_a_clock_set_back_prolongs_no_lease(phones: Callable[..., Phone]) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    phone.page.evaluate(EXPIRE, 71)
    phone.page.evaluate(
        "import('/static/app/core/store.js').then(s => s.put('state', Date.now() + 2 * 3600000, 'seen'))"
    )
    phone.go("/app/")
    phone.page.wait_for_selector("#username")
    assert phone.dump()["stores"]["files"] == []


def test_the_exported_queue_is_opened_by_the_server_alone(phone_site: PhoneSite, phones: Callable[..., Phone]) -> None:
    phone = phones()
    phone.set_up()
    phone.offline()
    ids = phone.fill(3)
    words = personal(phone)
    phone.page.click("nav a[data-page=queue]")
    with phone.page.expect_download() as download:
        phone.page.click("#export")
    file = Path(download.value.path()).read_bytes()
    assert re.fullmatch(r"待上传-\d{4}-\d\d-\d\d\.ygq", download.value.suggested_filename)
    assert [w for w in words if w.encode() in file] == []
    told = json.loads(open_queue_file(phone_site.keyring, file))
    assert (told["helper_no"], [item["id"] for item in told["items"]]) == (phone_site.helper_no, ids)
    for item in told["items"]:
        body = json.loads(item["body"])
        assert body["signature"]
        assert body["photos"] == [photo["sha256"] for photo in item["photos"]]
        for photo in item["photos"]:
            assert hashlib.sha256(base64.b64decode(photo["data"])).hexdigest() == photo["sha256"]
    assert phone.states()["waiting"] == 3
