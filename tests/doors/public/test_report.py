"""Reporting in confidence: one tile and 提交, a receipt shown once, a talk behind its code, and nothing else anywhere."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from portal.accounts import queries as accounts
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.complaints.actions import add_message
from portal.oversight.complaints.files.queries import list_files, open_one
from portal.oversight.complaints.handling.models import ComplaintState, Handling
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.queries import find_by_locator, open_body, open_identity, talk_for_organ
from portal.publishing.questions.models import PublicQuestion
from portal.trail.models import TrailSubject
from portal.web import report_files, reports
from portal.web.rates import rates
from portal.web.sessions import Installation
from tests.factories.accounts import QUICK, cheap_hashes
from tests.factories.complaints import COUNTY, TOWN, VILLAGE, a_county, opened

pytestmark = pytest.mark.begins_with(fill=a_county)
WORDS = "标记：低保款少发一个月，电话 13987654321，还有 <b>尖括号</b>"
PLAIN = {"kind": "钱没到", "door": "confidential", "mode": "anonymous"}
CODE = re.compile(r"\d{4} \d{4} \d{4} \d{4}")


@pytest.fixture
def reader(app: Flask) -> Iterator[FlaskClient]:
    """A browser that keeps cookies; hashes are cheap here and nobody waits."""
    app.testing = False
    rates(app).off = True
    with cheap_hashes():
        yield app.test_client()


def installed(client: FlaskClient) -> Installation:
    found: Installation = client.application.extensions["portal.installation"]
    return found


def send(client: FlaskClient, **fields: object) -> TestResponse:
    return client.post("/report", data={**PLAIN, **fields}, content_type="multipart/form-data")


def receipt(sent: TestResponse) -> tuple[str, str]:
    assert sent.status_code == 201, sent.text[:3000]
    locator, code = re.findall(r'<b class="big" data-copy>([^<]+)</b>', sent.text)
    return locator.replace(" ", ""), code


def kept(client: FlaskClient, locator: str) -> Complaint:
    with reading(installed(client).engine) as session:
        row = find_by_locator(session, locator)
    assert row is not None
    return row


def picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "MARKED-CAMERA"
    Image.new("RGB", (64, 48), "orange").save(out, "JPEG", exif=exif, comment=b"MARKED-COMMENT")
    return out.getvalue() + b"MARKED-TAIL"


def test_one_tile_and_nothing_else_is_enough(reader: FlaskClient) -> None:
    page = reader.get("/report")
    assert page.status_code == 200 and page.text.count('name="kind"') == 6
    locator, code = receipt(send(reader))
    row = kept(reader, locator)
    assert (row.kind, row.mode, row.authority, row.is_slow) == ("钱没到", "anonymous", COUNTY, True)
    assert CODE.fullmatch(code)


def test_the_subject_comes_from_the_page_one_came_from(reader: FlaskClient) -> None:
    for address in (
        f"/report?from=/areas/{VILLAGE}",
        f"/report?subject=division:{VILLAGE}",
        f"/report?from=/en/areas/{VILLAGE}",
    ):
        page = reader.get(address)
        assert "柳荫村" in page.text and f'value="division:{VILLAGE}"' in page.text
    locator, _code = receipt(send(reader, subject=f"division:{VILLAGE}", division=VILLAGE))
    row = kept(reader, locator)
    assert (row.division_code, row.subject_kind, row.subject_no) == (VILLAGE, "division", VILLAGE)
    assert 'class="about"' not in reader.get("/report?subject=division:999999999999").text


@pytest.mark.parametrize(
    ("spoken", "words"),
    [("source:中央", "中央财政的钱"), ("kind:扶贫资金", "扶贫资金的钱"), (f"area:{VILLAGE}", "柳荫村")],
)
def test_a_place_on_the_path_of_money_is_named_and_arrives(reader: FlaskClient, spoken: str, words: str) -> None:
    page = reader.get("/report", query_string={"subject": spoken})
    assert f'<p class="serif">{words}' in page.text or words in page.text.split('class="about"')[1]
    locator, _code = receipt(send(reader, subject=spoken))
    row = kept(reader, locator)
    assert f"{row.subject_kind}:{row.subject_no}" == spoken.replace("area:", "division:")


@pytest.mark.parametrize("kind", ["source", "kind", "unit", "policy", "exposure", "question", "payment", "income", "x"])
def test_a_subject_that_nobody_has_is_left_out(reader: FlaskClient, kind: str) -> None:
    for spoken in (f"{kind}:没有这个", f"{kind}:", f"{kind}:' OR 1=1"):
        page = reader.get("/report", query_string={"subject": spoken})
        assert page.status_code == 200 and 'class="about"' not in page.text
    locator, _code = receipt(send(reader, subject=f"{kind}:没有这个"))
    assert kept(reader, locator).subject_kind is None


def test_no_session_is_read_or_set_and_nothing_may_be_kept(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("somebody asked who is signed in")

    monkeypatch.setattr(accounts, "find_signed_in", asked)
    reader.set_cookie("yg_session", "x" * 22)
    locator, code = receipt(send(reader, text=WORDS))
    pages = [
        reader.get("/report"), reader.get("/report/find"), reader.get(f"/report/{locator}"), send(reader, kind=""),
        reader.post(f"/report/{locator}", data={"code": code}), reader.post("/report/ZZZZ0000", data={"code": code}),
        reader.post(f"/report/{locator}/proof", data={"code": code}),
    ]  # fmt: skip
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store" and page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert not {"Set-Cookie", "ETag", "Last-Modified"} & set(page.headers.keys())
        if "html" in page.content_type and page.status_code != 404:
            assert "<title>便民服务" in page.text, "the title in a browser's history says nothing"


def test_the_writer_and_the_organ_talk_and_nobody_else_reads_it(reader: FlaskClient) -> None:
    locator, code = receipt(send(reader, text=WORDS, accused_name="周大田", accused_unit="柳荫村"))
    with writing(installed(reader).engine) as session:
        row = find_by_locator(session, locator)
        assert row is not None
        body = open_body(session, row, opened(session, "county-inspector"))
        assert (body.text, body.accused) == (WORDS, (("周大田", "柳荫村"),))
        add_message(session, row, "请问是哪个月？", now_utc(), actor="user:county-inspector")
    asks = reader.get(f"/report/{locator.lower()}")
    assert "哪个月" not in asks.text
    said = reader.post(f"/report/{locator}", data={"code": code.replace(" ", "-"), "do": "say", "text": WORDS})
    assert said.status_code == 200 and "请问是哪个月？" in said.text
    assert "13987654321" in said.text and "<b>尖括号</b>" not in said.text
    with reading(installed(reader).engine) as session:
        talk = talk_for_organ(session, kept(reader, locator), opened(session, "county-head"))
    assert [(one.from_writer, one.text) for one in talk] == [(False, "请问是哪个月？"), (True, WORDS)]


def test_a_wrong_code_and_an_unknown_locator_cost_and_say_the_same(reader: FlaskClient) -> None:
    locator, _code = receipt(send(reader))
    answers = []
    for number in (locator, "ZZZZ0000"):
        statements: list[str] = []

        def heard(_c: object, _u: object, statement: str, *_more: object, into: list[str] = statements) -> None:
            into.append(statement)

        event.listen(installed(reader).engine, "before_cursor_execute", heard)
        before = QUICK.done
        page = reader.post(f"/report/{number}", data={"code": "1" * 16})
        event.remove(installed(reader).engine, "before_cursor_execute", heard)
        shown = page.text.replace(number[:4], "····").replace(number[4:], "····")
        answers.append((page.status_code, shown, QUICK.done - before, statements))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][2]) == (404, 1)


def test_guessing_waits_longer_and_longer_and_a_right_code_costs_nothing(reader: FlaskClient) -> None:
    locator, code = receipt(send(reader))
    rates(reader.application).off = False
    assert {reader.post(f"/report/{locator}", data={"code": code}).status_code for _ in range(8)} == {200}
    for number in ("AAAA0000", locator):
        before = QUICK.done
        tries = [reader.post(f"/report/{number}", data={"code": "2" * 16}) for _ in range(4)]
        assert [t.status_code for t in tries] == [404, 404, 429, 429]
        assert QUICK.done - before == 2, "a try that must wait costs no hash"
        assert all(0 < int(t.headers["Retry-After"]) <= 42 for t in tries[2:])


def test_guessing_over_many_locators_is_limited_before_the_slow_hash_and_right_codes_still_pass(
    reader: FlaskClient,
) -> None:
    locator, code = receipt(send(reader))
    rates(reader.application).off = False
    before = QUICK.done
    tries = [reader.post(f"/report/AAAA{n:04d}", data={"code": "2" * 16}) for n in range(20)]
    done = QUICK.done - before
    assert [t.status_code for t in tries] == [404] * done + [429] * (20 - done) and 5 <= done <= 12
    assert all(int(t.headers["Retry-After"]) >= 1 for t in tries[done:])
    other = {"REMOTE_ADDR": "198.51.100.9"}
    rates(reader.application).levels.pop(("report.code.all", ""), None)
    assert reader.post(f"/report/{locator}", data={"code": code}, environ_overrides=other).status_code == 200


def test_what_is_beyond_the_capacity_is_told_when_to_come_again_and_costs_no_hash(reader: FlaskClient) -> None:
    rates(reader.application).off = False
    before = QUICK.done
    sent = [
        reader.post("/report", data=PLAIN, environ_overrides={"REMOTE_ADDR": f"10.0.{n}.1"}) for n in range(40)
    ]  # fmt: skip
    taken = [s for s in sent if s.status_code == 201]
    assert 20 <= len(taken) < 40 and QUICK.done - before == len(taken)
    assert {s.status_code for s in sent} == {201, 429}
    assert all(int(s.headers["Retry-After"]) >= 1 for s in sent if s.status_code == 429)
    with reading(installed(reader).engine) as session:
        assert {row.locator for row in session.scalars(select(Complaint))} == {receipt(s)[0] for s in taken}


def test_whoever_is_told_to_come_again_sends_the_same_from_the_page_that_says_so(reader: FlaskClient) -> None:
    rates(reader.application).off = False
    whom = {"accused_name": "王五", "accused_unit": "村委会", "division": VILLAGE}
    sent, places = {**PLAIN, **whom, "text": "低保<款>少了"}, [{"REMOTE_ADDR": f"10.0.{n}.1"} for n in range(40)]
    answer = [reader.post("/report", data=sent, environ_overrides=place) for place in places][-1]
    again = reader.post("/report", data={**sent, "files": (io.BytesIO(b"x"), "a.jpg")}, environ_overrides=places[0])
    assert (answer.status_code, again.status_code) == (429, 429)
    assert "照片、录音要再选一次" in again.text and "照片、录音要再选一次" not in answer.text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text)
    fields = {name: html.unescape(value) for name, value in hidden}
    fields["text"] = html.unescape(re.findall(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)[0])
    assert {name: fields[name] for name in sent} == sent and "data-work=" in answer.text
    rates(reader.application).off = True
    assert reader.post("/report", data=fields).status_code == 201


def test_names_are_asked_for_by_those_who_want_to_be_named_and_taken_from_nobody_else(reader: FlaskClient) -> None:
    named = send(reader, mode="named_confidential")
    assert named.status_code == 422 and "实名反映要留姓名和联系方式" in named.text
    anonymous = send(reader, contact="陈阿婆 13912345678")
    assert anonymous.status_code == 422 and "匿名反映不留姓名" in anonymous.text
    locator, _code = receipt(send(reader, mode="named_confidential", contact="陈阿婆 13912345678"))
    with reading(installed(reader).engine) as session:
        row = kept(reader, locator)
        assert open_identity(session, row, opened(session, "county-head")) == "陈阿婆 13912345678"


def test_pictures_are_rebuilt_voices_are_sealed_and_the_original_is_kept_when_asked(reader: FlaskClient) -> None:
    voice = b"OggS" + b"MARKED-VOICE" * 40
    locator, _code = receipt(
        send(
            reader, keep_originals="y", files=[(io.BytesIO(picture()), "MARKED-NAME.jpg"), (io.BytesIO(voice), "v.ogg")]
        )
    )
    folder = reports.files_dir
    with reader.application.app_context(), reading(installed(reader).engine) as session:
        row, keys = kept(reader, locator), opened(session, "county-inspector")
        files = {
            f.facts.media_type: f
            for f in (open_one(session, row, one.id, folder(), keys) for one in list_files(session, row, keys))
        }
        assert {name: one.facts.is_original for name, one in files.items()} == {
            "image/jpeg": False, "image/original": True, "audio/ogg": False,
        }  # fmt: skip
        assert b"MARKED" not in files["image/jpeg"].data and Image.open(io.BytesIO(files["image/jpeg"].data)).size == (
            64,
            48,
        )
        assert files["image/original"].data == picture() and files["audio/ogg"].data == voice
        for path in folder().rglob("*"):
            assert not path.is_file() or b"MARKED" not in path.read_bytes()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<svg onload=1>", "收不了"),
        (b"\xff\xd8\xff no picture", "照片打不开"),
        (b"OggS" + bytes(report_files.MOST_BYTES), "一个文件最多 10 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_before_anything_is_kept(
    reader: FlaskClient, data: bytes, said: str
) -> None:
    before = QUICK.done
    page = send(reader, text=WORDS, files=[(io.BytesIO(data), "x.jpg")])
    page.request.environ["wsgi.input"].close()  # the client's own temporary file
    assert page.status_code == 422 and said in page.text and "尖括号" in page.text, "what was typed stays"
    with reading(installed(reader).engine) as session:
        assert session.scalars(select(Complaint)).all() == [] and QUICK.done == before


def test_files_never_spool_to_the_disk(reader: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def spooled(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr("portal.web.uploads.SpooledTemporaryFile", spooled)
    for address in ("/report", "/report/ZZZZ0000"):
        fields = {**PLAIN, "files": (io.BytesIO(b"OggS" + bytes(2 << 20)), "v.ogg")}
        with reader.post(address, data=fields, content_type="multipart/form-data") as answer:
            assert answer.status_code in (201, 404)
            answer.request.environ["wsgi.input"].close()


def test_the_public_door_makes_a_question_of_it_and_no_report(reader: FlaskClient) -> None:
    page = send(reader, door="public", text=WORDS, subject=f"division:{VILLAGE}", division=VILLAGE)
    assert page.status_code == 201 and "/questions/asked/" in page.text
    with reading(installed(reader).engine) as session:
        assert session.scalars(select(Complaint)).all() == []
        (asked,) = session.scalars(select(PublicQuestion)).all()
        assert (asked.division_code, asked.subject_no, asked.state) == (VILLAGE, VILLAGE, "待答复")
    files = {"files": (io.BytesIO(picture()), "x.jpg")}
    refused = send(reader, door="public", text=WORDS, **files)
    assert refused.status_code == 422 and "公开提问不收附件" in refused.text and "尖括号" in refused.text


def test_after_the_answer_its_writer_rates_appeals_and_is_asked_again(reader: FlaskClient) -> None:
    locator, code = receipt(send(reader))
    with writing(installed(reader).engine) as session:
        row = find_by_locator(session, locator)
        assert row is not None
        handling = session.scalars(select(Handling).where(Handling.complaint_id == row.id)).one()
        row.state, handling.ask_again_on = ComplaintState.REPLIED, now_utc().date() - timedelta(days=2)
        add_message(session, row, "已经补发", now_utc(), actor="user:county-inspector")
    told = reader.post(f"/report/{locator}", data={"code": code})
    assert "已经补发" in told.text and "四周过去了" in told.text and "请上一级重新看" in told.text
    act = {"code": code}
    assert "记下了" in reader.post(f"/report/{locator}", data={**act, "do": "rate", "satisfaction": "不满意"}).text
    assert "没有解决" in reader.post(f"/report/{locator}", data={**act, "do": "solved", "solved": "no"}).text
    assert "已经转到上一级" in reader.post(f"/report/{locator}", data={**act, "do": "appeal"}).text
    assert kept(reader, locator).authority != COUNTY
    again = reader.post(f"/report/{locator}", data={**act, "do": "appeal"})
    assert again.status_code == 422 and "现在不能申诉" in again.text


def test_programs_report_and_follow_in_json(reader: FlaskClient) -> None:
    sent = reader.post(
        "/report",
        json={**PLAIN, "text": WORDS, "subject": {"kind": "division", "no": VILLAGE}, "accused": [{"name": "周大田"}]},
    )
    assert sent.status_code == 201 and sent.content_type == "application/json"
    body = orjson.loads(sent.data)
    assert re.fullmatch(r"[0-9A-Z]{8}", body["locator"]) and re.fullmatch(r"\d{16}", body["code"])
    asked = {"X-Report-Code": body["code"], "Accept": "application/json"}
    told = reader.get(f"/report/{body['locator']}", headers=asked)
    assert orjson.loads(told.data)["state"] == "收到"
    wrong = reader.get(f"/report/{body['locator']}", headers={**asked, "X-Report-Code": "0" * 16})
    assert (wrong.status_code, orjson.loads(wrong.data)["code"]) == (404, "not_found")
    bad = reader.post("/report", json={"kind": 7, "accused": "谁"})
    assert bad.status_code == 422 and {e["field"] for e in orjson.loads(bad.data)["errors"]} == {"kind", "accused"}


def test_the_proof_comes_with_the_publication_after_the_half_day(reader: FlaskClient) -> None:
    locator, code = receipt(send(reader))
    early = reader.post(f"/report/{locator}/proof", data={"code": code})
    assert early.status_code == 404 and "还没有发布" in early.text
    assert reader.post(f"/report/{locator}/proof", data={"code": "1" * 16}).status_code == 404


def test_a_place_that_nobody_has_is_refused(reader: FlaskClient) -> None:
    assert send(reader, division="999999999999").status_code == 422
    locator, _code = receipt(send(reader, division=TOWN))
    assert kept(reader, locator).division_code == TOWN


def test_the_interface_takes_reports_without_a_token_and_gives_the_same_receipt(reader: FlaskClient) -> None:
    body = {"kind": "数不对", "mode": "anonymous", "text": WORDS, "subject": {"kind": "division", "no": VILLAGE}}
    sent = reader.post("/api/v1/reports", json=body, headers={"Authorization": "Bearer nobody-reads-this"})
    assert sent.status_code == 201, sent.text
    taken = orjson.loads(sent.data)
    assert "柳荫村" not in sent.text and kept(reader, taken["locator"]).division_code == VILLAGE
    assert reader.post(f"/report/{taken['locator']}", data={"code": taken["code"]}).status_code == 200
    form = {"kind": "数不对", "mode": "anonymous", "subject": f"division:{VILLAGE}", "accused_name": "周大田"}
    files = {"files": (io.BytesIO(picture()), "x.jpg")}
    again = reader.post("/api/v1/reports", data={**form, **files}, content_type="multipart/form-data")
    assert again.status_code == 201 and kept(reader, orjson.loads(again.data)["locator"]).subject_no == VILLAGE
    openly = reader.post("/api/v1/reports", json={**body, "door": "public"})
    told = orjson.loads(openly.data)
    assert openly.status_code == 201 and len(told["code"]) == 16
    assert reader.post(f"/questions/asked/{told['locator']}", data={"code": told["code"]}).status_code == 200


def test_nothing_of_a_report_says_when_beyond_the_half_day(reader: FlaskClient) -> None:
    """Every column that holds a moment, of every row that a report and its talk leave, stands at 00:00 or 12:00 here."""
    locator, code = receipt(send(reader, text=WORDS))
    reader.post(f"/report/{locator}", data={"code": code, "do": "say", "text": "再说一句"})
    with reading(installed(reader).engine) as session:
        row = kept(reader, locator)
        moments = list(session.scalars(select(Handling.recorded_at).where(Handling.complaint_id == row.id)))
        moments += session.scalars(select(TrailSubject.recorded_at).where(TrailSubject.no == locator))
    assert len(moments) >= 3 and {(at.hour, at.minute, at.second) for at in moments} <= {(4, 0, 0), (16, 0, 0)}
