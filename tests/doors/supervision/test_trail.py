"""The trail for inspectors: search, chronology, what it is bound to, files, and what nobody may tell from it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.oversight.reads.models import BoundRead
from portal.registers.corrections import Act
from portal.registers.recipients.actions import correct_household
from portal.registers.recipients.models import Household
from portal.registers.recipients.queries import get_household
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from supervision import trail_words as words
from tests.factories.accounts import Browser, signed_in
from tests.factories.board import make_visit
from tests.factories.cases import TEAM, make_case
from tests.factories.divisions import COUNTY, HONGYAO, VILLAGE, make_county
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household

HOME = "/supervision/trail/household/HH-1"
NO_CASE = {"basis": "无案件", "why": "领导交办，核对旧账"}


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture(autouse=True)
def county(app: Flask) -> None:
    with writing(engine_of(app)) as session:
        make_county(session)
        make_household(session, "HH-1", VILLAGE)
    with writing(engine_of(app)) as session:
        record(session, kind="payment.line.recorded", actor="user:wang", subjects=[("payment", "FF-1/1")], unit=VILLAGE)
        record(session, kind="access.login", actor="user:wang", subjects=[("account", "wang")], sealed=True)
        record(session, kind="case.opened", actor="user:head", subjects=[("case", "AJ-1")], sealed=True)


@pytest.fixture
def inspector(app: Flask) -> Browser:
    return signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")


def acts(app: Flask, actor: str) -> list[str | None]:
    with reading(engine_of(app)) as session:
        return list(
            session.scalars(select(TrailSubject.type).where(TrailSubject.actor == actor).order_by(TrailSubject.id))
        )


def test_a_search_shows_open_acts_and_is_itself_recorded(app: Flask, inspector: Browser) -> None:
    page = inspector.get("/supervision/log?q=操作人:wang").text
    assert "发放 · 记录" in page
    assert "找到 1 条" in page
    assert "查的是最近 30 天" in page
    assert "access.login" not in page
    assert "log.searched" in acts(app, "user:inspector")


def test_an_auditor_also_finds_log_ins_and_nobody_finds_a_case(app: Flask, inspector: Browser) -> None:
    auditor = signed_in(app, Role.AUDITOR, [COUNTY], username="auditor")
    assert "access.login" in auditor.get("/supervision/log?q=操作人:wang").text
    for browser in (inspector, auditor):
        for query in ("动作:case.*", "对象:case/AJ-1", "对象:AJ-1"):
            assert "找到 0 条" in browser.get(f"/supervision/log?q={query}").text
        known, unknown = (browser.get(f"/supervision/trail/case/{no}") for no in ("AJ-1", "AJ-9"))
        assert (known.status_code, unknown.status_code) == (404, 404)
        assert known.text.count("AJ-1") == unknown.text.count("AJ-9")


def test_what_is_not_understood_says_where(inspector: Browser) -> None:
    answer = inspector.get("/supervision/log?q=张三")
    assert answer.status_code == 422
    assert "第 1 个字起的“张三”前面没有写查什么" in answer.text
    assert "不能按网络地址查" in inspector.get("/supervision/log?q=ip:10.0.0.1").text


def test_a_kind_may_be_called_as_the_pages_call_it(inspector: Browser) -> None:
    for query in ("对象:发放", "对象:payment", "对象:发放/FF-1/1"):
        answer = inspector.get(f"/supervision/log?q={query}")
        assert (answer.status_code, "发放 · 记录" in answer.text) == ((200, True) if "/" not in query else (403, False))
    assert inspector.get("/en/supervision/log?q=subject:发放").status_code == 200
    answer = inspector.get("/supervision/log?q=对象:牛/3")
    assert answer.status_code == 422 and "没有叫“牛”的种类" in answer.text and 'value="对象:牛/3"' in answer.text
    assert set(words.CALLED.values()) <= set(words.NOUNS)


@pytest.mark.parametrize("day", ["9999-12-31", "2026-13-01", "abc", "0000-00-00", "١٢٣"])
def test_a_day_that_cannot_be_shown_says_which_and_what_to_write(inspector: Browser, day: str) -> None:
    assert inspector.post(HOME, NO_CASE, page=HOME).status_code == 303
    answer = inspector.get(f"{HOME}?as_of={day}")
    assert answer.status_code == 422 and f"“回到某一天”的日期“{day}”" in answer.text and "怎么办" in answer.text


@pytest.mark.parametrize("suffix", ["csv", "json", "xlsx"])
def test_a_file_is_marked_counted_and_recorded(app: Flask, inspector: Browser, suffix: str) -> None:
    answer = inspector.get(f"/supervision/log.{suffix}?q=动作:payment.*")
    assert answer.status_code == 200
    if suffix == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        assert [row["动作"] for row in rows] == ["payment.line.recorded"]
        assert len(rows[0]["导出编号"]) == 12
    assert "list.exported" in acts(app, "user:inspector")


def test_a_file_of_too_many_is_refused_with_the_number(
    app: Flask, inspector: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervision.views.log.EXPORT_MOST", 0)
    answer = inspector.get("/supervision/log.csv")
    assert answer.status_code == 422
    assert "不能一次导出" in answer.text


def test_a_households_trail_opens_only_on_behalf_of_something(app: Flask, inspector: Browser) -> None:
    refused = inspector.get(HOME)
    assert refused.status_code == 403
    assert "先登记" in refused.text
    assert "张建国" not in refused.text
    assert inspector.get("/supervision/log?q=对象:household/HH-1").status_code == 403
    assert inspector.get("/supervision/log.csv?q=对象:HH-1").status_code == 403
    assert inspector.get("/supervision/log?q=对象:account/wang").status_code == 403, "an account's trail too"
    assert acts(app, "user:inspector").count("trail.read.refused") == 4
    assert inspector.post(HOME, {"basis": "无案件", "why": ""}, page=HOME).status_code == 422
    assert inspector.post(HOME, {"basis": "案件", "case_no": "AJ-1"}, page=HOME).status_code == 422
    before = acts(app, "user:inspector").count("trail.read.refused")
    assert inspector.post(HOME, NO_CASE).status_code == 303
    assert acts(app, "user:inspector").count("trail.read.refused") == before, "who says what for is not refused"
    page = inspector.get(HOME)
    assert page.status_code == 200
    assert "没有案件，已列给另一个机关复查" in page.text
    assert inspector.get("/supervision/log?q=对象:household/HH-1").status_code == 200
    assert "trail.read" in acts(app, "user:inspector")


def test_somebody_elses_place_is_answered_as_if_it_did_not_exist(app: Flask) -> None:
    away = signed_in(app, Role.INSPECTOR, [HONGYAO])
    assert away.get(HOME).status_code == 404
    assert signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY]).get(HOME).status_code == 403


def test_a_case_one_is_on_opens_it_and_stands_in_no_list(app: Flask) -> None:
    team = signed_in(app, Role.INSPECTOR, [COUNTY], username=TEAM)
    with writing(engine_of(app)) as session:
        case_no = make_case(session).no
    page = team.get(HOME).text
    assert case_no in page
    assert team.post(HOME, {"basis": "案件", "case_no": case_no}, page=HOME).status_code == 303
    assert f"凭案件 {case_no} 查阅" in team.get(HOME).text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(BoundRead.basis)).all() == ["案件"]


def test_the_chronology_tells_before_after_versions_and_the_day(app: Flask, inspector: Browser) -> None:
    with writing(engine_of(app)) as session:
        home = get_household(session, "HH-1").id
        correct_household(session, home, {"address": "二组 9 号"}, Act("user:maker", "搬到新房"), version=None)
    inspector.post(HOME, NO_CASE, page=HOME)
    page = inspector.get(f"{HOME}?as_of={today_cn()}").text
    assert "搬到新房" in page
    assert "→ 二组 9 号" in page
    assert "与留痕一致" in page
    before = inspector.get(f"{HOME}?as_of={today_cn() - timedelta(days=400)}").text
    assert "那一天还没有这条记录" in before


def test_what_an_act_says_of_another_thing_is_not_taken_for_the_records_own_fields(
    app: Flask, inspector: Browser
) -> None:
    """A procedure that changes a household says its own number, which is not the household's."""
    with writing(engine_of(app)) as session:
        home, about = get_household(session, "HH-1").id, [("procedure", "CX-2026-000001"), ("household", "HH-1")]
        record(session, kind="procedure.opened", actor="user:maker", subjects=about, after={"no": "CX-2026-000001"})
        correct_household(session, home, {"address": "二组 9 号"}, Act("user:maker", "拟退出"), version=None)
    inspector.post(HOME, NO_CASE, page=HOME)
    page = inspector.get(f"{HOME}?as_of={today_cn()}").text
    assert "与留痕一致" in page and "拟退出" in page
    assert "不同" not in page


def test_a_row_changed_past_the_application_no_longer_agrees(app: Flask, inspector: Browser) -> None:
    inspector.post(HOME, NO_CASE, page=HOME)
    with writing(engine_of(app)) as session:
        session.connection().exec_driver_sql("UPDATE households SET main_cause = '因学' WHERE no = 'HH-1'")
        record(session, kind="test.noted", actor="demo", subjects=[("thing", "1")])
    assert "与留痕不一致" in inspector.get(f"{HOME}?as_of={today_cn()}").text


def test_reads_without_a_case_are_reviewed_by_the_other_organ(app: Flask, inspector: Browser) -> None:
    auditor = signed_in(app, Role.AUDITOR, [COUNTY], username="auditor")
    assert "这一周没有人没有案件就查阅" in auditor.get("/supervision/reads").text
    inspector.post(HOME, NO_CASE, page=HOME)
    with reading(engine_of(app)) as session:
        no = session.scalars(select(BoundRead.no)).one()
    assert "领导交办" in auditor.get("/supervision/reads").text
    head = signed_in(app, Role.INSPECTION_HEAD, [COUNTY], username="head")
    assert head.get(f"/supervision/reads/{no}").status_code == 404
    assert no not in head.get("/supervision/reads").text
    assert inspector.get("/supervision/reads").status_code == 403
    path = f"/supervision/reads/{no}"
    assert auditor.post(path, {"verdict": "需要说明", "why": "没有交办的文"}, page=path).status_code == 303
    assert "没有交办的文" in auditor.get(path).text


def test_the_page_on_checking_says_what_was_found(inspector: Browser) -> None:
    page = inspector.get("/supervision/verify").text
    assert "verifier.py" in page
    assert inspector.get("/supervision/verify?now=1").status_code == 200


def test_a_visits_own_row_stands_in_its_trail_with_source_and_proof(app: Flask, inspector: Browser) -> None:
    with writing(engine_of(app)) as session:
        home = session.scalars(select(Household)).one()
        helper = make_helper(session)
        make_pairing(session, helper, household_id=home.id)
        no = make_visit(session, helper, home, today_cn() - timedelta(days=1), claim_id="visit-1").claim_id
    path = f"/supervision/trail/check_in/{no}"
    away = signed_in(app, Role.INSPECTOR, [HONGYAO], username="away")
    assert away.get(path).status_code == 404, "of another township, as its household is"
    assert inspector.get(path).status_code == 403
    assert inspector.post(path, NO_CASE, page=path).status_code == 303
    page = inspector.get(path).text
    for said in ("登记的每一版", "首次登记", "走访结果", "已走访", "收到时间", "登记里是", "留痕里说"):
        assert said in page, said
    assert "captured_at" not in page and "coarse_lat_e7" not in page and "+00:00" not in page
