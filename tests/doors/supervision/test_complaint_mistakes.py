"""What a person meets who errs in the case room: what was typed stays, what to do is said, the way back is kept."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from portal.kernel.database import writing
from tests.factories.complaints import PASSPHRASE, TEXT, a_county, arrive, sign_in_as
from tests.factories.phones import engine_of

pytestmark = pytest.mark.begins_with(fill=a_county)
AT = "/supervision/complaints"


@pytest.fixture
def locator(app: Flask) -> str:
    with writing(engine_of(app)) as session:
        return arrive(session, [("钱有为", "红窑镇人民政府")], named="反映人李四").locator


def test_the_passphrase_leads_back_to_where_one_came_from_also_after_a_wrong_one(app: Flask, locator: str) -> None:
    browser = sign_in_as(app, "county-inspector")
    assert f'href="{AT}/room?no={locator}"' in browser.get(f"{AT}/{locator}").text
    assert f'value="{locator}"' in browser.get(f"{AT}/room?no={locator}").text
    wrong = browser.post(f"{AT}/room", {"passphrase": "完全不是这一句口令啊", "no": locator})
    assert wrong.status_code == 403
    assert f'value="{locator}"' in wrong.text
    assert (
        browser.post(f"{AT}/room", {"passphrase": PASSPHRASE, "no": locator}).headers["Location"] == f"{AT}/{locator}"
    )
    elsewhere = browser.post(f"{AT}/room", {"passphrase": PASSPHRASE, "no": "../cases"})
    assert elsewhere.headers["Location"] == AT


def test_a_refused_word_says_that_the_content_is_not_shown_and_where_it_is(app: Flask, locator: str) -> None:
    browser = sign_in_as(app, "county-inspector")
    browser.post(f"{AT}/room", {"passphrase": PASSPHRASE})
    answer = browser.post(f"{AT}/{locator}/identity", {"why": ""})
    assert answer.status_code == 422
    assert "写明理由" in answer.text
    refused = browser.post(f"{AT}/{locator}/step/提出处置意见", {"studied_by": "周正", "note": "拟初步核实"})
    assert TEXT not in refused.text
    assert "错误：" in refused.text
    assert "刚才那一步没有办成" in refused.text
    assert "打开案件室才看得到" not in refused.text
    assert f'href="{AT}/{locator}" target="_blank"' in refused.text


def test_every_label_and_every_link_of_the_summary_leads_to_its_own_field(app: Flask) -> None:
    """Several notes and three reasons stand on one page; what was typed stays where it was typed."""
    with writing(engine_of(app)) as session:
        here = f"{AT}/{arrive(session, kind='钱没到', named='反映人李四').locator}"
    browser = sign_in_as(app, "county-inspector")
    assert browser.post(f"{here}/step/登记").status_code == 303
    registered = browser.get(here).text
    assert registered.count('name="note"') + registered.count('name="answer"') >= 2
    sound(registered)
    assert browser.post(f"{here}/step/受理").status_code == 303
    page = browser.get(here).text
    assert page.count('name="why"') == 3
    sound(page)
    wrong = browser.post(f"{here}/malicious", {"why": ""}).text
    sound(wrong)
    assert 'href="#malicious-why"' in wrong
    refused = browser.post(f"{here}/step/提出答复意见", {"note": "查了三户", "proposed": "没有这一种"}).text
    sound(refused)
    assert refused.count("查了三户") == 1


def test_what_was_typed_for_a_step_that_somebody_took_meanwhile_is_shown_again(app: Flask, locator: str) -> None:
    browser = sign_in_as(app, "county-inspector")
    late = browser.post(f"{AT}/{locator}/step/反馈", {"note": "已经当面说明"})
    assert late.status_code >= 400
    assert late.text.count("已经当面说明") == 1
    assert "您刚才填的还在这里" in late.text


def sound(page: str) -> None:
    """No id twice; every label and every link inside the page leads to something."""
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(set(ids)) == sorted(ids)
    assert set(re.findall(r'(?:\sfor="|href="#)([^"]+)"', page)) <= set(ids)
