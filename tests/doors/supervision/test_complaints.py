"""The case room: opened by a passphrase, two persons for every decision, 404 for whoever may not know."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select

from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.complaints.actions import submit
from portal.oversight.complaints.handling.models import Handling, IdentityOpening
from portal.oversight.complaints.handling.queries import list_steps
from portal.oversight.complaints.handling.writers.queries import standing_of
from portal.oversight.complaints.models import Complaint, ComplaintKind, Mode
from portal.oversight.complaints.queries import talk_for_writer
from portal.oversight.complaints.rooms.models import CaseRoom
from portal.oversight.complaints.rules import Attachment, Submission, derive, prepare
from portal.trail.models import TrailSubject
from tests.factories.accounts import Browser, cheap_hashes
from tests.factories.complaints import CITY, COUNTY, PASSPHRASE, PEPPER, TEXT, VILLAGE, a_county, arrive, sign_in_as

pytestmark = pytest.mark.begins_with(fill=a_county)
AT = "/supervision/complaints"
HEAD = [("钱有为", "红窑镇人民政府")]


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def locator(app: Flask) -> str:
    with writing(engine_of(app)) as session:
        return arrive(session, HEAD, named="反映人李四，电话 13800000000").locator


def _opened(app: Flask, username: str) -> Browser:
    browser = sign_in_as(app, username)
    assert browser.post(f"{AT}/room", {"passphrase": PASSPHRASE}).status_code == 303
    return browser


def _said(browser: Browser, path: str) -> tuple[int, str]:
    """An answer without what is drawn anew for each: the number of the request, tokens, the address itself."""
    answer = browser.get(path)
    bare = answer.text.replace(path.rsplit("/", 1)[1], "")
    return answer.status_code, re.sub(r"[0-9A-Z]{10}|(?:nonce|value)=\"[^\"]*\"", "", bare)


def _kinds(app: Flask, locator: str) -> list[str]:
    with reading(engine_of(app)) as session:
        query = select(TrailSubject.type).where(TrailSubject.kind == "complaint", TrailSubject.no == locator)
        return [str(kind) for kind in session.scalars(query.order_by(TrailSubject.id))]


def test_the_list_shows_numbers_and_days_and_nothing_that_was_written(app: Flask, locator: str) -> None:
    page = sign_in_as(app, "county-inspector").get(AT)
    assert page.status_code == 200
    assert locator[:4] in page.text and TEXT not in page.text and "李四" not in page.text
    assert (
        sign_in_as(app, "county-inspector").get(f"{AT}?q={locator[:3].lower()}").text.count(f'href="{AT}/{locator}"')
        == 1
    )


def test_a_paper_is_looked_at_as_pictures_and_its_original_is_a_download_after_a_warning(app: Flask) -> None:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "red").save(out, "PDF", author="somebody")
    with writing(engine_of(app)) as session, cheap_hashes():
        files = [Attachment(out.getvalue(), "application/pdf"), Attachment(b"OggS voice", "audio/ogg")]
        files.append(Attachment(b"PK\x03\x04 ledger", "application/vnd.openxmlformats"))
        said = Submission(ComplaintKind.FAVOURS, Mode.ANONYMOUS, VILLAGE, text=TEXT, attachments=files)
        where = app.extensions["portal.installation"].settings.sealed_dir
        locator = submit(session, said, prepare(PEPPER), where, now_utc()).locator
    closed = sign_in_as(app, "county-inspector").get(f"{AT}/{locator}/files/1/pages/1")
    assert closed.status_code in (303, 403, 404)
    browser = _opened(app, "county-inspector")
    page = browser.get(f"{AT}/{locator}").text
    link = re.search(rf"{AT}/{locator}/files/\d+/pages/1", page)
    assert link is not None and "Office 文件画不成图，只能下载。" in page and "录音 ·" in page
    shown = browser.get(link.group())
    assert "附件第 1 页，共 1 页" in shown.text
    assert "data:image/jpeg;base64," in shown.text
    assert "somebody" not in shown.text
    assert "只在不连网的电脑上打开" in shown.text
    assert browser.get(link.group()[:-1] + "2").status_code == 422
    assert "complaint.file_read" in _kinds(app, locator)
    voice = next(one for one in re.findall(rf"{AT}/{locator}/files/\d+(?=\")", page))
    assert browser.get(f"{voice}/pages/1").status_code == 404
    assert sign_in_as(app, "city-head").get(link.group()).status_code in (303, 403, 404)


def test_the_content_opens_with_the_passphrase_and_is_an_event(app: Flask, locator: str) -> None:
    browser = sign_in_as(app, "county-inspector")
    assert TEXT not in browser.get(f"{AT}/{locator}").text
    assert browser.post(f"{AT}/room", {"passphrase": "完全不是这一句口令啊"}).status_code == 403
    browser.post(f"{AT}/room", {"passphrase": PASSPHRASE})
    page = browser.get(f"{AT}/{locator}").text
    assert TEXT in page and "李四" not in page
    assert _kinds(app, locator).count("complaint.read") == 1
    browser.post(f"{AT}/room/close")
    assert TEXT not in browser.get(f"{AT}/{locator}").text


def test_the_room_closes_after_a_quarter_of_an_hour_and_the_cookie_is_of_no_use_elsewhere(
    app: Flask, locator: str
) -> None:
    browser = _opened(app, "county-inspector")
    cookie = browser.client.get_cookie("yg_room", domain="127.0.0.1")
    assert cookie is not None and cookie.http_only
    other = sign_in_as(app, "county-inspector-2")
    other.client.set_cookie("yg_room", cookie.value, domain="127.0.0.1")
    assert TEXT not in other.get(f"{AT}/{locator}").text
    with writing(engine_of(app)) as session:
        room = session.scalars(select(CaseRoom)).one()
        room.used_at = now_utc() - timedelta(minutes=16)
    assert TEXT not in browser.get(f"{AT}/{locator}").text


@pytest.mark.parametrize("username", ["town-head", "town-clerk", "village-clerk", "county-leader", "county-auditor"])
def test_whoever_may_not_know_is_not_even_let_in(app: Flask, locator: str, username: str) -> None:
    browser = sign_in_as(app, username)
    assert browser.get(AT).status_code == 403
    assert _said(browser, f"{AT}/{locator}") == _said(browser, f"{AT}/ZZZZ0000")


def test_another_organ_gets_the_answer_of_a_number_that_nobody_knows(app: Flask, locator: str) -> None:
    browser = sign_in_as(app, "city-inspector")
    assert _said(browser, f"{AT}/{locator}") == _said(browser, f"{AT}/ZZZZ0000")
    assert _said(browser, f"{AT}/{locator}")[0] == 404
    assert browser.post(f"{AT}/{locator}/step/登记", page="/account").status_code == 404


def test_two_persons_take_it_through_and_the_notes_stay_sealed(app: Flask, locator: str) -> None:
    one, head = _opened(app, "county-inspector"), _opened(app, "county-head")
    study = {"proposed": "初步核实", "studied_by": "沈知行、顾明川\n程守正", "note": "集体研究，一致同意核实。"}
    for step, data in (("登记", {}), ("本级办理", {}), ("提出处置意见", study)):
        assert one.post(f"{AT}/{locator}/step/{step}", data).status_code == 303, step
    assert one.post(f"{AT}/{locator}/step/批准").status_code == 404
    assert head.post(f"{AT}/{locator}/step/批准").status_code == 303
    closing = {"note": "查了三年名册。", "evidence": ["书证账目"]}
    assert one.post(f"{AT}/{locator}/step/提请办结", closing).status_code == 303
    assert head.post(f"{AT}/{locator}/step/批准").status_code == 303
    silent = one.post(f"{AT}/{locator}/step/反馈", {"note": "已告知反映人。"})
    assert silent.status_code == 422 and "没有写给反映人的答复" in silent.text, "nothing is answered without words"
    assert "给反映人的答复" in one.get(f"{AT}/{locator}").text
    assert one.post(f"{AT}/{locator}/step/反馈", {"answer": "查实了，钱下周补发。"}).status_code == 303
    page = one.get(f"{AT}/{locator}").text
    assert "集体研究，一致同意核实。" in page and "查实了，钱下周补发。" in page
    assert "集体研究，一致同意核实。" not in sign_in_as(app, "county-inspector-2").get(f"{AT}/{locator}").text
    with reading(engine_of(app)) as session:
        complaint = session.scalars(select(Complaint)).one()
        assert (complaint.state, len(list_steps(session, complaint.id))) == ("反馈", 7)


def test_an_answer_to_a_petition_goes_out_with_the_approval_and_its_words(app: Flask) -> None:
    with writing(engine_of(app)) as session, cheap_hashes():
        where = app.extensions["portal.installation"].settings.sealed_dir
        said = Submission(ComplaintKind.NOT_ARRIVED, Mode.ANONYMOUS, VILLAGE, text=TEXT)
        receipt = submit(session, said, prepare(PEPPER), where, now_utc())
    at, one, head = f"{AT}/{receipt.locator}", _opened(app, "county-inspector"), _opened(app, "county-head")
    for step, data in (
        ("登记", {}),
        ("受理", {}),
        ("提出答复意见", {"proposed": "予以支持", "note": "少发一个月，属实。"}),
    ):
        assert one.post(f"{at}/step/{step}", data).status_code == 303, step
    assert head.post(f"{at}/step/批准").status_code == 422
    assert head.post(f"{at}/step/批准", {"answer": "查实少发一个月，本月补发。"}).status_code == 303
    assert "查实少发一个月，本月补发。" in head.get(at).text
    with reading(engine_of(app)) as session, cheap_hashes():
        complaint = session.scalars(select(Complaint).where(Complaint.locator == receipt.locator)).one()
        derived = derive(PEPPER, receipt.code, complaint.code_salt)
        assert [one.text for one in talk_for_writer(session, complaint, derived.private)] == [
            "查实少发一个月，本月补发。"
        ]
        assert standing_of(session, complaint, today_cn()).outcome == "予以支持"


def test_a_refused_step_says_why_and_shows_no_content(app: Flask, locator: str) -> None:
    browser = _opened(app, "county-inspector")
    answer = browser.post(f"{AT}/{locator}/step/提请办结", {"note": "没有问题。", "evidence": ["被反映人说明"]})
    assert answer.status_code == 422
    assert "现在是" in answer.text and TEXT not in answer.text


def test_the_identity_needs_a_reason_and_a_second_person(app: Flask, locator: str) -> None:
    one, head = _opened(app, "county-inspector"), sign_in_as(app, "county-head")
    assert one.post(f"{AT}/{locator}/identity/open").status_code == 403
    one.post(f"{AT}/{locator}/identity", {"why": "要当面核对发放名册"})
    with reading(engine_of(app)) as session:
        opening = session.scalars(select(IdentityOpening.id)).one()
    assert one.post(f"{AT}/{locator}/identity/{opening}").status_code == 403
    assert head.post(f"{AT}/{locator}/identity/{opening}").status_code == 303
    assert "李四" in one.post(f"{AT}/{locator}/identity/open").text
    assert one.post(f"{AT}/{locator}/identity/open").status_code == 403
    kinds = [kind for kind in _kinds(app, locator) if "identity" in kind]
    assert kinds == [f"complaint.identity_{what}" for what in ("refused", "asked", "agreed", "seen", "refused")]
    review = sign_in_as(app, "county-auditor").get(f"{AT}/openings").text
    assert "要当面核对发放名册" in review and "李四" not in review


def test_a_further_accused_of_the_organ_takes_it_away_at_once(app: Flask, locator: str) -> None:
    one = _opened(app, "county-inspector")
    assert one.post(f"{AT}/{locator}/accused", {"name": "程守正", "unit": "涟水县纪委监委"}).status_code == 303
    assert one.get(f"{AT}/{locator}").status_code == 404
    city = _opened(app, "city-inspector")
    assert TEXT in city.get(f"{AT}/{locator}").text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Complaint.authority)).one() == CITY


def test_sending_up_leaves_the_locator_and_no_key(app: Flask, locator: str) -> None:
    one = _opened(app, "county-inspector")
    assert one.post(f"{AT}/{locator}/step/转送上级", {"note": "涉及市管干部，转市里办。"}).status_code == 303
    page = one.get(AT).text
    assert locator[:4] in page and f'href="{AT}/{locator}"' not in page
    assert TEXT in _opened(app, "city-head").get(f"{AT}/{locator}").text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Handling.told_organ)).one() == COUNTY


def test_a_lost_passphrase_is_mended_by_a_colleague_and_a_third_person(app: Flask, locator: str) -> None:
    lost = sign_in_as(app, "county-inspector")
    fresh = "一句新的案件口令谁也猜不到"
    assert lost.post(f"{AT}/room/passphrase", {"first": fresh, "second": fresh}).status_code == 303
    lost.post(f"{AT}/room", {"passphrase": fresh})
    assert TEXT not in lost.get(f"{AT}/{locator}").text
    colleague = _opened(app, "county-inspector-2")
    assert colleague.post(f"{AT}/room/grant/{COUNTY}/county-inspector").status_code == 303
    share = re.search(r"room/agree/(\d+)", sign_in_as(app, "county-head").get(f"{AT}/room").text)
    assert share is not None
    assert colleague.post(f"{AT}/room/agree/{share.group(1)}").status_code == 404
    assert sign_in_as(app, "county-head").post(f"{AT}/room/agree/{share.group(1)}").status_code == 303
    lost.post(f"{AT}/room", {"passphrase": fresh})
    assert TEXT in lost.get(f"{AT}/{locator}").text


def test_a_rotated_key_opens_what_is_open(app: Flask, locator: str) -> None:
    head = _opened(app, "county-head")
    assert head.post(f"{AT}/room/rotate/{COUNTY}").status_code == 303
    assert TEXT in _opened(app, "county-inspector").get(f"{AT}/{locator}").text


def test_a_declared_relative_ends_the_knowing(app: Flask, locator: str) -> None:
    one = sign_in_as(app, "county-inspector")
    declared = {"name": "钱有为", "relation": "姻亲", "unit": "红窑镇人民政府"}
    assert one.post(f"{AT}/relations/relative", declared).status_code == 303
    assert "钱有为" in one.get(f"{AT}/relations").text
    assert "钱有为" not in sign_in_as(app, "county-inspector-2").get(f"{AT}/relations").text.split("<table", 1)[0]
    assert one.get(f"{AT}/{locator}").status_code == 404
    head = sign_in_as(app, "county-head")
    post = {"username": "county-inspector-2", "unit": "红窑镇人民政府", "duty": "挂职", "since_on": "2026-01-01"}
    assert head.post(f"{AT}/relations/post", post).status_code == 303
    assert sign_in_as(app, "county-inspector-2").get(f"{AT}/{locator}").status_code == 404


def test_the_file_of_the_list_holds_no_word_of_it_and_is_an_event(app: Flask, locator: str) -> None:
    answer = sign_in_as(app, "county-inspector").get(f"{AT}.csv?tab=待研判")
    assert answer.status_code == 200
    assert locator in answer.text and TEXT not in answer.text and "红窑镇人民政府" not in answer.text


def test_nothing_is_joined_to_a_complaint_that_the_person_may_not_know_of(app: Flask, locator: str) -> None:
    with writing(engine_of(app)) as session:
        own = arrive(session, [("钱多多", "红窑镇人民政府")]).locator
    one = sign_in_as(app, "county-inspector")
    one.post(f"{AT}/relations/relative", {"name": "钱有为", "relation": "姻亲", "unit": "红窑镇人民政府"})
    assert one.get(f"{AT}/{own}").status_code == 200
    answers = {
        number: one.post(f"{AT}/{own}/step/并案", {"earlier": number, "note": "像是同一件事"}, page="/account")
        for number in (locator, "ZZZZ0000")
    }
    said = {re.sub(rf"[0-9A-Z]{{10}}|{number}", "", answer.text) for number, answer in answers.items()}
    assert {answer.status_code for answer in answers.values()} == {404} and len(said) == 1
    head = sign_in_as(app, "county-head")
    assert head.post(f"{AT}/{own}/step/并案", {"earlier": locator, "note": "像是同一件事"}).status_code == 303
