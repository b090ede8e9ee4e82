"""Asking for help without an account and without a script: sealed, limited, answered with a receipt shown once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from portal.accounts.passwords import HASHING
from portal.kernel.clock import day_cn
from portal.kernel.database import reading, writing
from portal.registers.corrections import Act
from portal.registers.recipients.companions.rules import Companion
from portal.registers.recipients.requests import actions
from portal.registers.recipients.requests.models import HelpRequest
from portal.registers.recipients.requests.rules import Step
from portal.settings import Settings
from portal.web.sessions import Installation
from tests.factories.divisions import VILLAGE, make_county
from tests.factories.recipients import make_id

pytestmark = pytest.mark.begins_with(fill=make_county)
MARKED = {"name": "欧阳标记", "phone": "13987654321", "id_number": make_id(77), "words": "标记：屋顶塌了一角"}
GOOD = {**MARKED, "at": VILLAGE, "kind": "房子不安全", "for_whom": "替别人", "altcha": ""}


@pytest.fixture
def reader(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser that keeps cookies; hashes are cheap here."""
    monkeypatch.setattr(HASHING, "_hasher", type(HASHING)(memory_kib=8, passes=1)._hasher)
    app.testing = False
    return app.test_client()


WITH = Companion("乙", unit="村民委员会", sheet="0" * 64)


def installed(client: FlaskClient) -> Installation:
    found: Installation = client.application.extensions["portal.installation"]
    return found


def token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found is not None, page.text[:500]
    return found[1]


def send(client: FlaskClient, **change: str) -> TestResponse:
    page = client.get(f"/need-help?at={VILLAGE}")
    return client.post("/need-help", data={"csrf_token": token(page), **GOOD, **change})


def receipt(sent: TestResponse) -> tuple[str, str]:
    no, code = re.findall(r'<b class="big">([^<]+)</b>', sent.text)
    return no.replace(" ", ""), code


def test_the_village_is_picked_by_taps(reader: FlaskClient) -> None:
    county = reader.get("/need-help")
    assert "Set-Cookie" not in county.headers
    assert "高沟镇" in county.text and "红窑镇" in county.text
    town = reader.get("/need-help?at=320826104000")
    assert "扎新村" in town.text and "长乐村" in town.text
    form = reader.get(f"/need-help?at={VILLAGE}")
    assert 'action="/need-help"' in form.text and "看病花钱多" in form.text
    assert form.headers["Cache-Control"] == "no-store"
    assert reader.get("/need-help?at=999999999999").status_code == 404


def test_the_number_on_the_receipt_leads_to_its_page(reader: FlaskClient) -> None:
    assert reader.get("/need-help/find?no=o1l2 34ab").headers["Location"] == "/need-help/011234AB"
    assert "回执上的编号" in reader.get("/need-help/find").text


def test_a_receipt_is_given_and_opens_the_progress(reader: FlaskClient) -> None:
    sent = send(reader)
    assert sent.status_code == 201, sent.text[:2000]
    assert not any(value in sent.text for value in MARKED.values())
    no, code = receipt(sent)
    asks = reader.get(f"/need-help/{no}")
    assert "16 位数字" in asks.text and "还没有上门" not in asks.text
    told = reader.post(f"/need-help/{no.lower()}", data={"csrf_token": token(asks), "code": code.replace(" ", "-")})
    assert told.status_code == 200 and "还没有上门" in told.text
    assert not any(value in told.text for value in MARKED.values())


def test_the_asker_reads_the_answer(reader: FlaskClient) -> None:
    no, code = receipt(send(reader))
    with writing(installed(reader).engine) as session:
        row = session.scalars(select(HelpRequest)).one()
        act = Act("user:clerk", "入户核实")
        actions.record_visit(
            session,
            no,
            day_cn(row.asked_at),
            ("甲", WITH),
            "看过了",
            act,
            row.asked_at,
        )
        actions.answer_request(session, no, Step.DECLINE, "家庭收入高于标准，可以提出异议", act, row.asked_at)
    asks = reader.get(f"/need-help/{no}")
    told = reader.post(f"/need-help/{no}", data={"csrf_token": token(asks), "code": code})
    assert "家庭收入高于标准" in told.text and "12317" in told.text


def test_a_wrong_code_and_an_unknown_number_are_answered_alike(reader: FlaskClient) -> None:
    no, _code = receipt(send(reader))
    answers = []
    for number in (no, "ZZZZ0000"):
        asks = reader.get(f"/need-help/{number}")
        before = HASHING.done
        told = reader.post(f"/need-help/{number}", data={"csrf_token": token(asks), "code": "1" * 16})
        shown = told.text.replace(number[:4], "····").replace(number[4:], "····")
        answers.append((told.status_code, re.sub(r'value="[^"]+"', "", shown), HASHING.done - before))
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][2]) == (404, 1)


def test_guessing_a_code_is_slowed_down_for_every_number_alike(reader: FlaskClient) -> None:
    for number in ("AAAA0000", receipt(send(reader))[0]):
        csrf = token(reader.get(f"/need-help/{number}"))
        tries = [reader.post(f"/need-help/{number}", data={"csrf_token": csrf, "code": "2" * 16}) for _ in range(6)]
        assert [t.status_code for t in tries] == [404] * 5 + [429]
        assert 0 < int(tries[-1].headers["Retry-After"]) <= 720


def test_a_wrong_field_is_named_and_what_was_typed_stays(reader: FlaskClient) -> None:
    page = send(reader, phone="没有", name="")
    assert page.status_code == 422
    assert "填写姓名" in page.text and "能打通的电话" in page.text
    assert MARKED["id_number"] in page.text and MARKED["words"] in page.text, "what was typed is given back"
    assert page.headers["Cache-Control"] == "no-store"


def test_beyond_the_limit_one_is_told_when_to_come_again_before_anything_is_done(reader: FlaskClient) -> None:
    answers = [send(reader, id_number=make_id(n)) for n in range(5)]
    before = HASHING.done
    late = send(reader, id_number=make_id(99))
    assert [a.status_code for a in answers] == [201] * 5
    assert (late.status_code, HASHING.done - before) == (429, 0)
    assert int(late.headers["Retry-After"]) > 0 and MARKED["words"] in late.text
    with reading(installed(reader).engine) as session:
        assert len(session.scalars(select(HelpRequest)).all()) == 5, "what was answered 201 is there"


def test_without_a_script_it_waits_in_the_slower_queue(reader: FlaskClient) -> None:
    send(reader)
    with reading(installed(reader).engine) as session:
        row = session.scalars(select(HelpRequest)).one()
    assert row.channel == "网上（慢队列）" and row.shown_from > row.asked_at


def test_a_body_too_large_is_refused(reader: FlaskClient) -> None:
    assert send(reader, words="难" * 200_000).status_code == 413


def test_a_form_of_another_site_is_refused(reader: FlaskClient) -> None:
    reader.get(f"/need-help?at={VILLAGE}")
    assert reader.post("/need-help", data=GOOD).status_code == 403


def test_what_was_asked_is_found_in_no_file_of_the_installation(
    reader: FlaskClient, settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert send(reader).status_code == 201
    send(reader, phone="13987654321 错")
    with writing(installed(reader).engine) as session:
        no = session.scalars(select(HelpRequest.no)).one()
        seen = actions.open_request(session, no, Act("user:clerk", "安排入户"))
        assert seen.value is not None and MARKED["words"] in seen.value
    said = capfd.readouterr()
    places = [said.out.encode(), said.err.encode(), *_all_rows(installed(reader))]
    places += [p.read_bytes() for folder in (settings.home, tmp_path) for p in folder.rglob("*") if p.is_file()]
    needles = [
        form for value in (*MARKED.values(), GOOD["kind"], "替别人")
        for form in (value.encode(), value.encode("utf-16-le"), value.encode("unicode_escape"))
    ]  # fmt: skip
    assert len(places) > 3
    assert [needle for needle in needles for place in places if needle in place] == []


def _all_rows(found: Installation) -> list[bytes]:
    """Every row of every table, as the database keeps it."""
    with found.engine.connect() as connection:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if connection.dialect.name == "sqlite":
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
        tables = [row[0] for row in connection.execute(text(names))]
        return [
            b"\n".join(_bytes(v) for r in connection.execute(text(f'SELECT * FROM "{t}"')) for v in r) for t in tables
        ]


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
