"""Notices for everybody: what hangs, what is left when it is over, the door for objections, and printed sheets checked."""

import csv
import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from portal.jobs.notices import withdraw_notices
from portal.kernel.clock import now
from portal.kernel.database import reading, writing
from portal.publishing.notices import actions
from portal.publishing.notices.objections.queries import list_objections
from portal.publishing.notices.queries import NoticeRow, get_notice
from portal.web.sessions import installation
from tests.factories.accounts import Browser
from tests.factories.divisions import GAOGOU, OTHER_VILLAGE, VILLAGE
from tests.factories.notices import CHECKER, act, draft_of, make_village, posted, published, submitted

pytestmark = pytest.mark.begins_with(fill=make_village)


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def files_of(app: Flask) -> Path:
    with app.app_context():
        return installation().settings.files_dir


def hang(app: Flask, ago: int = 0, **more: object) -> NoticeRow:
    """On the board since some days."""
    with writing(engine_of(app)) as session:
        no = posted(session, files_of(app), moment(ago), **more).no
    with reading(engine_of(app)) as session:
        return get_notice(session, no)


def moment(ago: int) -> datetime:
    return now() - timedelta(days=ago)


def test_the_list_tells_what_hangs_and_for_how_long(app: Flask, client: FlaskClient) -> None:
    row = hang(app, 2)
    page = client.get("/postings").text
    assert row.title in page
    assert "还剩 6 天" in page
    assert "正在公示 1 份" in page
    assert row.title in client.get(f"/postings?in={GAOGOU}&kind=公示&open=1").text
    assert row.title not in client.get(f"/postings?in={OTHER_VILLAGE}").text
    lines = list(csv.DictReader(io.StringIO(client.get("/postings.csv").data.decode("utf-8-sig"))))
    assert [(line["编号"], line["还剩天数"], line["状态"]) for line in lines] == [(row.no, "6", "公示中")]
    assert client.get("/postings.json").get_json()["rows"][0]["sha256"] == row.content_sha256
    assert row.title in client.get("/").text
    assert row.title in client.get(f"/areas/{VILLAGE}").text


def test_a_list_is_read_masked_with_its_files_and_not_indexed(app: Flask, client: FlaskClient) -> None:
    row = hang(app)
    page = client.get(f"/postings/{row.no}")
    assert "张*国" in page.text
    assert "张建国" not in page.text
    assert "HH-1" not in page.text
    assert 'name="robots" content="noindex' in page.text
    for name in ("a4.pdf", "a3.pdf", "board.jpg"):
        assert client.get(f"/postings/{row.no}/{name}").status_code == 200
    for suffix in ("csv", "xlsx", "json"):
        assert client.get(f"/postings/{row.no}.{suffix}").status_code == 200
    assert "Hanging" in client.get(f"/en/postings/{row.no}").text


def test_after_its_last_day_only_totals_are_left(app: Flask, client: FlaskClient) -> None:
    row = hang(app, 8)
    page = client.get(f"/postings/{row.no}").text
    assert "名单已撤下" in page
    assert "张*国" not in page
    assert "6 户" in page
    assert 'id="object"' in page  # what anybody still wants to say is taken
    for name in ("a4.pdf", "a3.pdf", "board.jpg"):
        assert client.get(f"/postings/{row.no}/{name}").status_code == 404
    assert client.get(f"/postings/{row.no}.json").get_json()["rows"] == []
    assert "公示期已满" in client.get("/postings").text
    assert "公示期已满" in client.get(f"/v/{row.no}").text


def test_a_draft_exists_for_nobody(app: Flask, client: FlaskClient) -> None:
    with writing(engine_of(app)) as session:
        draft = submitted(session, moment(0)).no
    unknown = client.get("/postings/GS-2026-999999")
    assert client.get(f"/postings/{draft}").status_code == unknown.status_code == 404
    assert client.post(f"/postings/{draft}", data={"text": "有话说"}).status_code == 404
    told, other = client.get(f"/v/{draft}"), client.get("/v/GS-2026-999999")
    assert told.status_code == other.status_code == 404
    assert told.text.replace(draft, "X") == other.text.replace("GS-2026-999999", "X")
    assert client.get("/v/<script>").status_code == 404


def test_an_objection_is_sealed_and_never_repeated(app: Flask, client: FlaskClient) -> None:
    row = hang(app)
    sent = client.post(f"/postings/{row.no}", data={"text": "第一行家里有两辆车", "contact": "13812345678"})
    assert sent.status_code == 201
    assert "YY-" in sent.text
    assert "两辆车" not in sent.text + client.get(f"/postings/{row.no}").text
    with reading(engine_of(app)) as session:
        [kept] = list_objections(session, row.id)
        assert "两辆车".encode() not in kept.text_sealed
    empty = client.post(f"/postings/{row.no}", data={"text": " ", "contact": "13812345678"})
    assert empty.status_code == 422
    assert "13812345678" not in empty.text
    codes = [client.post(f"/postings/{row.no}", data={"text": "再说一次"}).status_code for _ in range(12)]
    assert codes[-1] == 429


def test_who_objected_reads_what_came_of_it_by_number_and_code_and_nobody_else_does(
    app: Flask, client: FlaskClient
) -> None:
    no = hang(app).no
    sent = client.post(f"/postings/{no}", data={"text": "第一行的人有一辆车"})
    assert sent.status_code == 201
    number, code = re.findall(r'<b class="big">([^<]+)</b>', sent.text)
    at = f"/postings/{no}/objections/{number}"
    assert client.get(f"/postings/{no}/objections?no={number.lower()}").headers["Location"].endswith(at)
    reader = Browser(app)
    told = reader.post(at, {"code": code}, page=at)
    assert told.status_code == 200 and "还没有开始查" in told.text and "有一辆车" not in told.text
    wrong = reader.post(at, {"code": "0000 0000 0000 0000"}, page=at)
    unknown = reader.post(f"/postings/{no}/objections/YY-22222222", {"code": code}, page=at)
    assert wrong.status_code == unknown.status_code == 404
    assert "编号或数字不对" in wrong.text and "编号或数字不对" in unknown.text


def test_a_sheet_is_genuine_replaced_or_taken_back(app: Flask, client: FlaskClient) -> None:
    row = hang(app)
    page = client.get(f"/v/{row.no}").text
    assert "是真的" in page
    assert str(row.content_sha256) in page
    assert str(row.a4_sha256) in page
    with writing(engine_of(app)) as session:
        actions.retract_notice(session, row.no, act(CHECKER, "名单贴错了"), moment(0))
    assert "不作数" in client.get(f"/v/{row.no}").text
    gone = client.get(f"/postings/{row.no}").text
    assert "已经撤回" in gone
    assert "张*国" not in gone


def test_a_page_that_is_kept_changes_with_the_notice(app: Flask, client: FlaskClient) -> None:
    row = hang(app)
    assert "张*国" in client.get(f"/postings/{row.no}").text
    with writing(engine_of(app)) as session:
        actions.post_anew(session, row.no, act(why="名单有变"), moment(0))
    assert "张*国" not in client.get(f"/postings/{row.no}").text


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(app: Flask, client: FlaskClient) -> None:
    hang(app)
    client.get("/postings")  # what is watched is read once
    few = statements(app, client, "/postings?a=1")
    with writing(engine_of(app)) as session:
        for number in range(4):
            published(session, files_of(app), moment(number), title=f"第 {number} 份公示", source=draft_of().source)
    assert statements(app, client, "/postings?a=2") == few


def statements(app: Flask, client: FlaskClient, path: str) -> int:
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    event.listen(engine_of(app), "before_cursor_execute", note)
    assert client.get(path).status_code == 200
    event.remove(engine_of(app), "before_cursor_execute", note)
    return len(asked)


def test_every_night_lists_that_are_over_are_taken_down(app: Flask) -> None:
    row = hang(app, 9)
    with writing(engine_of(app)) as session:
        actions.conclude_notice(session, row.no, act(CHECKER, "没有异议"), moment(0))
    with app.app_context():
        assert withdraw_notices(installation().settings) == {"lists": 1, "announced": 0}
    with reading(engine_of(app)) as session:
        assert get_notice(session, row.no).state == "名单撤下"
