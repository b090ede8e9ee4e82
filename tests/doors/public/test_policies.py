"""Policies and the four questions for everybody: in plain words, as files, and nothing of the answers kept."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories.divisions import make_county, make_parameter
from tests.factories.policies import make_draft, make_policy


def fill(session: Session) -> None:
    """Three policies, one of them still a draft, and a 低保 standard."""
    make_county(session)
    make_parameter(session, "dibao_standard", "800")
    make_policy(session)
    below = {"test": "income_for_dibao", "below": {"parameter": "dibao_standard", "months": 12}, "article": "第九条"}
    make_policy(session, "dibao", title="低保", about="户", topic="生活救助", conditions=below, programmes=[])
    make_draft(session, "later", title="还在拟的")


pytestmark = pytest.mark.begins_with(fill=fill)
ANSWERS = {"income": "under", "listed": "none", "unsafe": "unknown", "shock": "no"}


def test_the_list_and_its_files_hold_what_is_published(client: FlaskClient) -> None:
    page = client.get("/policies")
    assert "高龄津贴" in page.text and "低保" in page.text and "还在拟的" not in page.text
    rows = json.loads(client.get("/policies.json").data)["rows"]
    assert {row["slug"] for row in rows} == {"gaoling", "dibao"}
    assert client.get("/policies.csv?topic=养老").text.count("\n") == 2
    assert client.get("/policies.xlsx").data[:2] == b"PK"
    assert "没有符合的政策" in client.get("/policies?q=没有的").text


def test_a_policy_says_who_is_entitled_with_the_article(client: FlaskClient) -> None:
    page = client.get("/policies/gaoling")
    assert "年龄 不低于 80 周岁" in page.text and "第三条" in page.text and "涟政发〔2026〕3号" in page.text
    assert "低保标准 × 12" in client.get("/policies/dibao").text
    told = json.loads(client.get("/policies/gaoling.json").data)
    assert told["conditions"] == {"test": "age", "at_least": 80, "article": "第三条"}
    assert client.get("/policies/later").status_code == 404


def test_four_questions_one_a_page(client: FlaskClient) -> None:
    assert "家里有哪些人" in client.get("/entitlements").text
    second = client.post("/entitlements", data={"step": "1", "who": ["very-old"]})
    assert "不到 800 元" in second.text and 'name="who" value="very-old"' in second.text
    third = client.post("/entitlements", data={"step": "2", "who": ["very-old"], "income": "under"})
    assert "哪一类" in third.text
    again = client.post("/entitlements", data={"step": "2", "who": ["very-old"]})
    assert "选一项" in again.text and "不到 800 元" in again.text
    back = client.post("/entitlements", data={"step": "3", "back": "1", "income": "under"})
    assert re.search(r'value="under" checked', back.text)


def found(client: FlaskClient, **answers: object) -> str:
    page = client.post("/entitlements", data={"step": "4", **ANSWERS, **answers})
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.text)


def test_what_applies_is_told_with_document_and_whom_to_call(client: FlaskClient) -> None:
    page = found(client, who=["very-old"])
    assert "有 2 项可以享受" in page and "镇民政窗口" in page and "第三条" in page
    poor = found(client, who=[], income="over")
    assert "暂时没有能享受的" in poor


def test_i_do_not_know_gives_may_and_never_no(client: FlaskClient) -> None:
    page = found(client, who=["unknown"], income="unknown")
    assert "有 2 项也许可以享受" in page and "还要弄清" in page


def test_answers_leave_no_trace(client: FlaskClient) -> None:
    engine = client.application.extensions["portal.installation"].engine
    count = text("SELECT count(*) FROM trail_events")
    with engine.connect() as connection:
        before = connection.execute(count).scalar()
    answer = client.post("/entitlements", data={"step": "4", **ANSWERS, "who": ["heavy"]})
    assert "Set-Cookie" not in answer.headers
    with engine.connect() as connection:
        assert connection.execute(count).scalar() == before


def test_an_answer_that_no_page_offers_is_refused(client: FlaskClient) -> None:
    assert client.post("/entitlements", data={"step": "4", **ANSWERS, "who": ["king"]}).status_code == 422
    assert client.post("/entitlements", data={"step": "4", **ANSWERS, "income": "a lot"}).status_code == 422
