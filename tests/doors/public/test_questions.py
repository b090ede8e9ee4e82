"""A question asked in public: a receipt, an answer by one person, let out by another, joined by anybody."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.passwords import HASHING
from portal.accounts.permissions import Role
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, VILLAGE, make_county

pytestmark = pytest.mark.begins_with(fill=make_county)
WORDS = "自来水什么时候通到三组？"
ANSWER = "管道已经铺到村口，十二月十日前通水。"


@pytest.fixture
def reader(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser without a script; hashes are cheap here."""
    monkeypatch.setattr(HASHING, "memory_kib", 8)
    monkeypatch.setattr(HASHING, "passes", 1)
    app.testing = False
    return app.test_client()


def ask(reader: FlaskClient, **change: str) -> TestResponse:
    sent = {"kind": "提问", "text": WORDS, "division": VILLAGE, "subject": "", "altcha": "", **change}
    return reader.post("/questions/new", data=sent)


def receipt(sent: TestResponse) -> tuple[str, str]:
    assert sent.status_code == 201, sent.text[:2000]
    locator, code = re.findall(r'<b class="big">([^<]+)</b>', sent.text)
    return locator.replace(" ", ""), code


def clerk(app: Flask, username: str) -> Browser:
    return signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username=username)


def act(clerk: Browser, path: str, **sent: str) -> TestResponse:
    return clerk.post(path, sent)


def test_a_question_is_answered_by_one_let_out_by_another_and_read_by_all(app: Flask, reader: FlaskClient) -> None:
    locator, code = receipt(ask(reader))
    assert reader.get("/questions.json").json["rows"] == []
    wang, li = clerk(app, "wang"), clerk(app, "li")
    (no,) = set(re.findall(r"WD-\d{4}-\d{6}", wang.get("/console/inbox/questions").text))
    at = f"/console/inbox/questions/{no}"
    assert WORDS in wang.get(at).text
    said = {"proposal": "公开答复", "question": WORDS, "answer": ANSWER, "unit": "高沟镇人民政府"}
    assert act(wang, f"{at}/answer", **said).status_code == 303
    assert act(li, f"{at}/release").status_code == 303
    page = reader.get(f"/questions/{no}")
    assert WORDS in page.text and ANSWER in page.text
    (row,) = reader.get("/questions.json?in=320826104000").json["rows"]
    assert (row["no"], row["answer"], row["joined"]) == (no, ANSWER, 0)
    assert ANSWER in reader.get(f"/questions/{no}.csv").data.decode("utf-8-sig")
    assert reader.post(f"/questions/{no}").status_code == 303
    assert reader.get("/questions.json").json["rows"][0]["joined"] == 1
    told = reader.post(f"/questions/asked/{locator}", data={"code": code})
    assert "答复已经公开" in told.text and ANSWER in told.text
    assert "/questions" in reader.get("/en/questions").text and WORDS in reader.get("/en/questions").text


def test_who_answered_cannot_let_it_out_and_the_gate_names_what_stops_it(app: Flask, reader: FlaskClient) -> None:
    receipt(ask(reader))
    wang = clerk(app, "wang")
    (no,) = set(re.findall(r"WD-\d{4}-\d{6}", wang.get("/console/inbox/questions").text))
    at = f"/console/inbox/questions/{no}"
    said = {"proposal": "公开答复", "question": WORDS, "answer": "请打 13912345678 找我问。", "unit": "高沟镇"}
    stopped = act(wang, f"{at}/answer", **said)
    assert stopped.status_code == 422 and "手机号码" in stopped.text and "找我问" in stopped.text
    assert act(wang, f"{at}/answer", **{**said, "answer": ANSWER}).status_code == 303
    assert "请另一位有权审核的人办理" in wang.get(at).text
    refused = wang.post(f"{at}/release")
    assert refused.status_code == 422 and "两个人" in refused.text
    assert reader.get(f"/questions/{no}").status_code == 404


def test_wrong_codes_and_unknown_numbers_are_answered_alike(app: Flask, reader: FlaskClient) -> None:
    locator, _code = receipt(ask(reader))
    answers = []
    for no in (locator, "ZZZZZZZZ"):
        before = HASHING.done
        sent = reader.post(f"/questions/asked/{no}", data={"code": "0000 0000 0000 0000"})
        answers.append((sent.status_code, HASHING.done - before, sent.text.replace(no[:4], "").replace(no[4:], "")))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (404, 1)


def test_an_empty_question_is_refused_beside_its_field_and_kept(reader: FlaskClient) -> None:
    sent = ask(reader, text="？")
    assert sent.status_code == 422
    assert "写上想问的话" in sent.text
    assert sent.headers.get("Set-Cookie") is None


def test_questions_of_another_county_do_not_exist_for_an_office(app: Flask, reader: FlaskClient) -> None:
    receipt(ask(reader))
    stranger = signed_in(app, Role.DEPARTMENT_OFFICER, ["320830000000"], username="zhao")
    assert "WD-" not in stranger.get("/console/inbox/questions").text
    assert stranger.get("/console/inbox/questions/WD-2026-000001").status_code == 404
