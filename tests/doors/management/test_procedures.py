"""Procedures in the console: who may do which step, what the page says is missing, documents, and what one person cannot."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, event

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.public.pages.me_seen import looks_at
from portal.registers.recipients import queries
from portal.registers.recipients.procedures.queries import current_procedures, get_procedure
from tests.factories import procedures as p
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_parameter

TODAY = today_cn().isoformat()


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def village(app: Flask) -> Flask:
    with writing(engine_of(app)) as session:
        p.make_lines(session)
        make_parameter(session, "reconfirm_days", "15")
        home = p.make_listed(session, members=[{"name": "李秀英", "relation": "配偶", "labour": "普通劳动力"}])
        p.make_income(session, home, 4_000_00, occurred_on=date(today_cn().year, 1, 5))
    return app


@pytest.fixture
def clerk(village: Flask) -> Browser:
    return signed_in(village, Role.VILLAGE_CLERK, [VILLAGE], username="clerk")


@pytest.fixture
def town(village: Flask) -> Browser:
    return signed_in(village, Role.TOWNSHIP_CLERK, [GAOGOU], username="town")


@pytest.fixture
def county(village: Flask) -> Browser:
    return signed_in(village, Role.DEPARTMENT_OFFICER, [COUNTY], username="county")


def begin(browser: Browser, kind: str, no: str = "HH-1", **more: str) -> str:
    sent = {"kind": kind, "source": "定期复核", "category": "", "main_cause": "", "why": "年审提出", **more}
    answer = browser.post(f"/console/procedures/new?household={no}", sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def status_of(app: Flask, no: str = "HH-1") -> str | None:
    with reading(engine_of(app)) as session:
        found: str | None = queries.get_household(session, no).values["status"]
        return found


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.effect_noise((320, 240), 80).convert("RGB").save(out, "JPEG")
    out.seek(0)
    return out


def test_a_cancellation_goes_from_the_village_to_another_person_of_the_township(
    village: Flask, clerk: Browser, town: Browser
) -> None:
    path = begin(town, "注销登记")
    page = town.get(path).text
    assert "缺材料：依据材料" in page
    done = {"verdict": "完成", "happened_on": TODAY, "document": "涟高〔2026〕3号", "note": "全家迁出"}
    refused = town.post(f"{path}/step", done)
    assert refused.status_code == 422
    assert "审核要换一个人" in refused.text
    sent = town.post(f"{path}/files", {"kind": "依据材料", "file": (picture(), "身份证.jpg")})
    assert sent.status_code == 303, sent.text
    assert "身份证" not in town.get(path).text  # the name that the file had is not kept
    file = re.search(rf"{path}/files/\d+", town.get(path).text)
    assert file is not None
    assert town.get(file.group(0)).content_type == "image/jpeg"
    assert clerk.post(f"{path}/step", done).status_code == 403
    other = signed_in(village, Role.TOWNSHIP_CLERK, [GAOGOU], username="town2")
    assert other.post(f"{path}/step", {**done, "document": ""}).status_code == 422
    assert status_of(village) == "在册"
    assert other.post(f"{path}/step", done).status_code == 303
    assert status_of(village) == "已注销"
    assert "涟高〔2026〕3号" in other.get("/console/households/HH-1").text


def test_a_category_is_proposed_reviewed_and_decided_by_three(
    village: Flask, clerk: Browser, town: Browser, county: Browser
) -> None:
    path = begin(clerk, "类别调整", category="低保边缘户")
    assert clerk.post(f"{path}/files", {"kind": "依据材料", "file": (picture(), "a.jpg")}).status_code == 303
    said = {"happened_on": TODAY, "note": "核对过残疾证", "document": "涟民〔2026〕8号"}
    assert town.post(f"{path}/step", {**said, "verdict": "完成"}).status_code == 303
    assert town.post(f"{path}/step", {**said, "verdict": "批准"}).status_code == 403
    assert "核对过残疾证" in county.get(path).text
    assert "核对过残疾证" not in signed_in(village, Role.LEADER, [COUNTY], username="leader").get(path).text
    assert county.post(f"{path}/step", {**said, "verdict": "批准"}).status_code == 303
    with reading(engine_of(village)) as session:
        assert queries.get_household(session, "HH-1").values["category"] == "低保边缘户"


def test_an_exit_says_what_is_missing_and_stops(village: Flask, clerk: Browser) -> None:
    path = begin(clerk, "脱贫退出")
    assert clerk.post(f"{path}/files", {"kind": "评议签到表", "file": (picture(), "a.jpg")}).status_code == 303
    review = {"verdict": "完成", "happened_on": TODAY, "members": "30", "present": "19", "agreed": "19", "note": ""}
    few = clerk.post(f"{path}/step", review)
    assert few.status_code == 422
    assert "到会 19 人，不到应到 30 人的 2/3" in few.text
    assert 'value="19"' in few.text  # what was typed is kept
    assert clerk.post(f"{path}/step", {**review, "present": "26"}).status_code == 303
    page = clerk.get(path).text
    assert "没有超过收入线 6,000.00 元" in page or "没有经确认" in page
    visit = {"verdict": "完成", "happened_on": TODAY, "visitor_1": "周海燕", "visitor_2": "王志远"}
    assert "没有写单位" in clerk.post(f"{path}/step", visit).text
    visit["visitor_unit"] = "驻村工作队"
    assert clerk.post(f"{path}/files", {"kind": "签字走访单", "file": (picture(), "b.jpg")}).status_code == 303
    visit |= {f"guarantee_{n}": "yes" for n in range(6)}
    assert clerk.post(f"{path}/files", {"kind": "入户照片", "file": (picture(), "a.jpg")}).status_code == 303
    refused = clerk.post(f"{path}/step", visit)
    assert refused.status_code == 422
    assert "还不能办" in refused.text
    assert status_of(village) == "在册"


def test_what_lies_elsewhere_does_not_exist(village: Flask, clerk: Browser) -> None:
    path = begin(clerk, "低保复核")
    outside = signed_in(village, Role.TOWNSHIP_CLERK, [HONGYAO], username="outside")
    for address in (path, f"{path}/files/1", "/console/households/HH-1/family-changes/1"):
        assert outside.get(address).status_code == 404
    assert outside.post(f"{path}/step", {"verdict": "完成", "happened_on": TODAY}).status_code == 404
    assert "HH-1" not in outside.get("/console/procedures").text


def test_the_list_stands_by_due_date_and_narrows(village: Flask, clerk: Browser, county: Browser) -> None:
    with writing(engine_of(village)) as session:
        for n in range(2, 60):
            p.make_listed(session, f"HH-{n}", head=f"户主{n}")
            home = queries.get_household(session, f"HH-{n}")
            row = p.open_procedure(session, p.ProcedureKind.RECHECK, home.id, p.Source.REVIEW, p.act(), p.AT)
            assert row.state == "入户调查"
    first = county.get("/console/procedures").text
    assert first.count("/console/procedures/CX-") == 50
    following = re.search(r'href="([^"]*after=[^"]+)" rel="next"', first)
    assert following is not None
    second = county.get(following.group(1).replace("&amp;", "&")).text
    assert second.count("/console/procedures/CX-") == 8
    assert county.get("/console/procedures?kind=脱贫退出").text.count("/console/procedures/CX-") == 0
    assert county.get("/console/procedures?show=nonsense&after=x").status_code == 422


def _statements(app: Flask, browser: Browser, path: str) -> int:
    count = 0

    def note(*_said: object) -> None:
        nonlocal count
        count += 1

    event.listen(engine_of(app), "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(engine_of(app), "before_cursor_execute", note)
    return count


def test_a_page_takes_the_same_number_of_statements_however_much_there_is(village: Flask, county: Browser) -> None:
    with writing(engine_of(village)) as session:
        home = queries.get_household(session, "HH-1")
        made = p.open_procedure(session, p.ProcedureKind.RECHECK, home.id, p.Source.REVIEW, p.act(), p.AT)
        p.step_on(session, made)
        p.object_to(session, made.no, p.Objector.VILLAGER, p.DAY, "第一条异议", p.act(), p.AT)
    path = f"/console/procedures/{made.no}"
    county.get(path)
    before = _statements(village, county, path)
    with writing(engine_of(village)) as session:
        row = session.get_one(p.Procedure, made.id)
        for kind in list(p.FileKind)[5:]:
            p.put_file(session, row, kind)
        for n in range(3):
            p.object_to(session, row.no, p.Objector.VILLAGER, p.DAY, f"第 {n} 条异议", p.act(), p.AT)
    assert _statements(village, county, path) <= before


def test_an_objection_is_noted_and_answered(village: Flask, clerk: Browser, town: Browser) -> None:
    path = begin(clerk, "低保复核")
    said = {"objector": "村民", "received_on": TODAY, "words": "他家儿子在城里有房"}
    assert clerk.post(f"{path}/objections", said).status_code == 303
    page = town.get(path).text
    assert "他家儿子在城里有房" in page
    assert "还有 1 条异议没有答复" not in page  # the visit does not wait for it; the review does
    answer = re.search(r'action="([^"]+/objections/[^"]+)"', page)
    assert answer is not None
    assert town.post(answer.group(1), {"upheld": "no", "words": "到不动产中心查过，没有"}).status_code == 303
    assert "异议不成立" in town.get(path).text


def test_the_countys_draw_and_visit(village: Flask, clerk: Browser, town: Browser, county: Browser) -> None:
    with writing(engine_of(village)) as session:
        values = {"no": "HH-9", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因灾"}
        head = {"name": "陈玉梅", "relation": "户主", "related_to_cadre": True}
        home = p.register_household(session, values, [head], p.act(), p.DAY)
        row = p.walk(session, p.begin(session, p.ProcedureKind.MONITOR, home), p.StepKey.COUNTY_DECISION)
        no = row.no
    drawn = county.post("/console/procedures/draws", {"division": COUNTY})
    assert drawn.status_code == 303, drawn.text
    assert "照样再抽一遍，结果一样" in county.get(drawn.headers["Location"] + "?again=1").text
    assert town.post("/console/procedures/draws", {"division": COUNTY}).status_code == 403
    path = f"/console/procedures/{no}"
    said = {"verdict": "批准", "happened_on": TODAY, "document": "涟扶〔2026〕1号", "note": "同意"}
    assert "县级还没有入户" in county.post(f"{path}/step", said).text
    visit = {"happened_on": TODAY, "visitor_1": "赵一", "visitor_2": "钱二", "note": "房子烧毁，情况属实"}
    for account, words in (("", "没有写单位"), ("county", "不能是您自己的账号"), ("nobody", "没有这个账号")):
        assert words in county.post(f"{path}/county-visit", {**visit, "visitor_account": account}).text
    colleague = signed_in(village, Role.DEPARTMENT_OFFICER, [COUNTY], username="county2")
    assert county.post(f"{path}/county-visit", {**visit, "visitor_account": "county2"}).status_code == 303
    assert colleague.post(f"{path}/step", said).status_code == 303
    assert status_of(village, "HH-9") == "在册"


def test_a_family_change_is_proposed_and_confirmed_field_by_field(
    village: Flask, clerk: Browser, town: Browser
) -> None:
    alone = {"household_no": "HH-1", "name": "张小满", "relation": "子女", "why": "新生儿", "step": "save"}
    assert "要由另一人确认" in clerk.post("/console/persons/new", alone).text
    typed = {"kind": "出生", "happened_on": TODAY, "name": "张小满", "relation": "子女", "basis": "出生医学证明"}
    made = clerk.post("/console/households/HH-1/family-changes/new", typed)
    assert made.status_code == 303, made.text
    path = made.headers["Location"]
    assert "张小满" in clerk.get(path).text
    assert clerk.post(path, {"verdict": "confirm", "why": "自己确认"}).status_code == 403
    assert "HH-1" in town.get("/console/family-changes").text
    assert town.post(path, {"verdict": "confirm", "why": "看过出生证"}).status_code == 303
    assert "张小满" in clerk.get("/console/households/HH-1").text


def test_a_household_is_asked_once_and_another_person_concludes(village: Flask, clerk: Browser, town: Browser) -> None:
    said = {"household_no": "HH-1", "subject_no": "XS-2026-1", "difference": "申报没有车，查到一辆轿车"}
    made = town.post("/console/credit", said)
    assert made.status_code == 303, made.text
    path = made.headers["Location"]
    assert clerk.post(f"{path}/answer", {"response": "补充说明", "words": "车是借的，有借条"}).status_code == 303
    assert town.post(f"{path}/conclude", {"conclusion": "不属实", "words": "借条是假的"}).status_code == 422
    other = signed_in(village, Role.TOWNSHIP_CLERK, [GAOGOU], username="town2")
    assert other.post(f"{path}/conclude", {"conclusion": "不属实", "words": "车辆登记在本人名下"}).status_code == 303
    page = other.get("/console/credit").text
    assert "没有诚信记录" not in page
    assert status_of(village) == "在册"


def test_a_self_report_is_tied_to_its_household(village: Flask, town: Browser) -> None:
    with writing(engine_of(village)) as session:
        values = {"no": "HH-9", "division_code": VILLAGE, "category": "突发严重困难户", "main_cause": "因灾"}
        p.register_household(session, values, [{"name": "陈玉梅", "relation": "户主"}], p.act(), p.DAY)
        no = p.open_from_request(session, "QZ-1", VILLAGE, "user:town-desk", p.AT, applicant="陈玉梅")
    path = f"/console/procedures/{no}"
    assert "还没有登记这一户" in town.get(path).text
    assert town.post(f"{path}/household", {"household_no": "HH-0", "why": "核对户口簿"}).status_code == 404
    assert town.post(f"{path}/household", {"household_no": "HH-9", "why": "核对户口簿"}).status_code == 303
    with reading(engine_of(village)) as session:
        row = get_procedure(session, no)
        assert row.household_no == "HH-9"
        assert [r.no for r in current_procedures(session, row.household_id or 0)] == [no]


def test_who_opens_a_document_or_a_household_s_page_is_written_down_and_the_household_reads_it(
    village: Flask, clerk: Browser, county: Browser
) -> None:
    path = begin(clerk, "类别调整", category="低保边缘户")
    clerk.post(f"{path}/files", {"kind": "依据材料", "file": (picture(), "a.jpg")})
    [file] = set(re.findall(rf"{path}/files/[0-9]+", county.get(path).text))
    for address in (file, "/console/households/HH-1", "/console/households/HH-1/income"):
        assert county.get(address).status_code == 200
    with reading(engine_of(village)) as session:
        looked = looks_at(session, "HH-1")
    assert {str(look.what) for look in looked} == {"您家程序里的材料", "您家的登记页面", "您家的收入核算"}
    assert all("county" not in vars(look).values() for look in looked)
