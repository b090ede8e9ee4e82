"""Whom policies have not reached, in the console: the list, why, what somebody found out; and policies released by two."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.analysis.entitled.actions import run_policies
from portal.analysis.entitled.models import ReachState, Unreached
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.publishing.policies.models import Policy, PolicyState
from portal.trail.actions import record
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, make_county
from tests.factories.policies import OLD_AGE, make_policy, policy_values
from tests.factories.recipients import make_household


def fill(session: Session) -> None:
    """An old woman without her allowance."""
    make_county(session)
    make_household(session, members=({"name": "李秀英", "relation": "配偶", "born_on": date(1940, 1, 1)},))
    make_policy(session)
    run_policies(session, today_cn(), actor="job:nightly")


pytestmark = pytest.mark.begins_with(fill=fill)
WHY = {"why": "核对过文件原文"}


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def row_of(app: Flask) -> Unreached:
    with reading(engine_of(app)) as session:
        return session.scalars(select(Unreached)).one()


def test_the_list_its_filters_and_its_file(app: Flask, clerk: Browser) -> None:
    page = clerk.get("/console/unreached").text
    assert "HH-1" in page and "高龄津贴" in page and "张建国" in page
    assert "HH-1" not in clerk.get("/console/unreached?state=已享受").text
    assert "HH-1" in clerk.get("/console/unreached?policy=gaoling").text
    file = clerk.get("/console/unreached.csv")
    assert "HH-1" in file.text and "张*国" in file.text and "张建国" not in file.text
    assert "1 户次" in clerk.get("/console/unreached/summary").text


def test_a_household_entitled_as_one_has_a_dash_for_its_members(app: Flask, clerk: Browser) -> None:
    found = {}
    for persons in (1, 0):
        with writing(engine_of(app)) as session:
            session.execute(update(Unreached).values(persons=persons))
            record(session, kind="reach.run", actor="test:x", subjects=[("unreached", "1")])
        found[persons] = clerk.get("/console/unreached").text
    assert '<td class="num">1</td>' in found[1]
    assert '<td class="num">0</td>' not in found[0] and '<td class="num">—</td>' in found[0]


def test_each_test_is_shown_with_value_threshold_article_and_source(app: Flask, clerk: Browser) -> None:
    page = clerk.get(f"/console/unreached/items/{row_of(app).id}").text
    for said in (
        "不低于 80 周岁",
        f"{today_cn().year - 1940} 周岁",
        "第三条",
        "对象台账·家庭成员",
        "李秀英",
        "涟政发〔2026〕3号",
    ):
        assert said in page
    whole = clerk.get("/console/unreached/households/HH-1").text
    assert "有 1 项照登记该享受" in whole and "不知道" in whole


def test_another_township_sees_nothing(app: Flask) -> None:
    other = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO], username="other")
    assert "HH-1" not in other.get("/console/unreached").text
    for path in (f"items/{row_of(app).id}", "households/HH-1"):
        assert other.get(f"/console/unreached/{path}").status_code == 404


def test_what_somebody_found_out_is_kept_sealed(app: Flask, clerk: Browser) -> None:
    at = f"/console/unreached/items/{row_of(app).id}"
    assert clerk.post(at, {"step": "本人不要", "note": ""}).status_code == 422
    assert clerk.post(at, {"step": "本人不要", "note": "本人说儿子有钱，不要"}).status_code == 303
    row = row_of(app)
    assert row.state == ReachState.UNWILLING and row.note_sealed is not None
    assert "儿子有钱".encode() not in row.note_sealed
    assert "儿子有钱" in clerk.get(at).text
    assert clerk.post(at, {"step": "已帮助申请", "note": "又来申请了"}).status_code == 422


def form_of(**more: object) -> dict[str, object]:
    values = policy_values(**more)
    return {
        **{name: value for name, value in values.items() if name not in ("conditions", "programmes", "is_followed")},
        "valid_from": "2026-01-01", "conditions": json.dumps(values["conditions"], ensure_ascii=False), "programmes": "*-GL",
        "is_followed": "y", "slug": "jintie", "why": "按县文件录入",
    }  # fmt: skip


def test_a_policy_is_drafted_by_one_and_released_by_another(app: Flask) -> None:
    drafter = signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="drafter")
    checker = signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="checker2")
    assert "能问哪些事实" in drafter.get("/console/policies/new").text
    sent = drafter.post("/console/policies/new", form_of())
    assert sent.status_code == 303, sent.text[:3000]
    at = sent.headers["Location"]
    assert "年龄 不低于 80 周岁" in drafter.get(at).text
    assert drafter.post(f"{at}/submit", WHY).status_code == 303
    own = drafter.post(f"{at}/publish", WHY)
    assert own.status_code == 422 and "两个人" in own.text
    assert "等第二个人审核" in checker.get("/console/policies").text
    assert checker.post(f"{at}/publish", WHY).status_code == 303
    assert app.test_client().get("/policies/jintie").status_code == 200
    again = checker.get(f"{at}/again").text
    assert "涟政发〔2026〕3号" in again and "at_least" in again


def test_a_returned_version_is_changed_and_a_broken_declaration_is_told_where(app: Flask) -> None:
    drafter = signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="drafter")
    checker = signed_in(app, Role.DEPARTMENT_OFFICER, [COUNTY], username="checker2")
    broken = drafter.post("/console/policies/new", {**form_of(), "conditions": '{"all": ['})
    assert broken.status_code == 422 and "第 1 行的格式不对" in broken.text
    unread = drafter.post("/console/policies/new", form_of(conditions={"all": [OLD_AGE, {"test": "height"}]}))
    assert unread.status_code == 422 and "第 1.2 项" in unread.text
    at = drafter.post("/console/policies/new", form_of()).headers["Location"]
    drafter.post(f"{at}/submit", WHY)
    assert checker.post(f"{at}/return", WHY).status_code == 303
    assert "高龄津贴" in drafter.get(f"{at}/edit").text
    changed = drafter.post(f"{at}/edit", {**form_of(amount="每月 80 元"), "why": "按退回意见改"})
    assert changed.status_code == 303
    with reading(engine_of(app)) as session:
        row = session.scalars(select(Policy).where(Policy.slug == "jintie")).one()
    assert (row.state, row.amount, row.decided_by) == (PolicyState.DRAFT, "每月 80 元", None)
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk9")
    assert clerk.get("/console/policies").status_code == 403
