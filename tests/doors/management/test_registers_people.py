"""Households, persons, helpers and pairings in the console: what is masked, what is shown by an act, what is refused."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.database import reading, writing
from portal.registers.helpers import queries as helpers
from portal.registers.recipients import actions, queries
from portal.trail.models import TrailSubject
from tests.doors.management.test_registers import correct
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import (
    COUNTY,
    GAOGOU,
    HONGYAO,
    OTHER_VILLAGE,
    VILLAGE,
    make_county,
    make_parameter,
    make_unit,
)
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household, make_id, make_income, make_person

NUMBER = make_id(33)
ACCOUNT = "6228480402564890018"
PHONE = "13812345678"
NO_ID_DIGITS = re.compile(r"[0-9]{14,}[0-9X]")


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def a_village(session: Session) -> None:
    make_county(session)
    household = make_household(session, "HH-1", head="张建国", id_number=NUMBER, address="扎新村三组12号")
    make_person(
        session, household, "李秀英", account=ACCOUNT, phone=PHONE, health="大病", extensions={"低保证号": "D-7"}
    )
    make_household(session, "HH-2", OTHER_VILLAGE, head="王小明", id_number=make_id(44))
    make_income(session, household, 8_000_00, occurred_on=date(2026, 11, 1))
    helper = make_helper(session, phone="13912340000")
    make_pairing(session, helper, household_id=household.id)


pytestmark = pytest.mark.begins_with(fill=a_village)


@pytest.fixture
def village(app: Flask) -> Flask:
    return app


@pytest.fixture
def clerk(village: Flask) -> Browser:
    return signed_in(village, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


@pytest.fixture
def leader(village: Flask) -> Browser:
    return signed_in(village, Role.LEADER, [COUNTY], username="leader")


def person_path(app: Flask, name: str) -> str:
    with reading(engine_of(app)) as session:
        row = queries.get_household(session, "HH-1")
        found = [p for p in queries.list_persons(session, row.id) if p.values["name"] == name]
        return f"/console/persons/{found[0].id}"


def test_a_clerk_sees_the_households_of_the_own_township_only(clerk: Browser) -> None:
    page = clerk.get("/console/households").text
    assert "HH-1" in page
    assert "张建国" in page
    assert "HH-2" not in page
    assert clerk.get("/console/households/HH-2").status_code == 404
    assert clerk.get("/console/households/HH-0").status_code == 404


def test_a_filter_cannot_reach_beyond_the_own_place(clerk: Browser) -> None:
    for path in ("households", "incomes", "weak-villages", "helpers", "pairings", "divisions"):
        answer = clerk.get(f"/console/{path}?division={HONGYAO}")
        assert answer.status_code == 422, path
        assert "不在您的管辖范围" in answer.text
        assert "沙荡村" not in answer.text
        assert "HH-2" not in answer.text


def test_who_lacks_the_full_right_sees_masked_names_everywhere(village: Flask, leader: Browser) -> None:
    for path in ("/console/households", "/console/households/HH-1", person_path(village, "李秀英")):
        page = leader.get(path).text
        for whole in ("张建国", "李秀英", "12号", "大病", "D-7"):
            assert whole not in page, (path, whole)
    assert "张*国" in leader.get("/console/households").text
    assert (
        "王*明" in leader.get("/console/households.csv").text
        or leader.get("/console/households.csv").status_code == 403
    )
    assert "扎新村三组" in leader.get("/console/households/HH-1").text


def test_numbers_stand_masked_and_never_with_the_last_four_of_an_id(village: Flask, clerk: Browser) -> None:
    page = clerk.get(person_path(village, "李秀英")).text
    assert "****0018" in page
    assert "138****5678" in page
    head = clerk.get(person_path(village, "张建国")).text
    assert "320826************" in head
    assert NUMBER[-4:] not in head
    for text in (page, head, clerk.get("/console/households/HH-1").text):
        assert not NO_ID_DIGITS.search(re.sub(r'value="[^"]*"', "", text))


def test_showing_a_number_is_an_act_with_a_reason(village: Flask, clerk: Browser) -> None:
    path = person_path(village, "张建国")
    refused = clerk.post(f"{path}/reveal", {"field": "id_number", "why": ""})
    assert refused.status_code == 422
    assert NUMBER not in refused.text
    shown = clerk.post(f"{path}/reveal", {"field": "id_number", "why": "核对退票"})
    assert NUMBER in shown.text
    assert "今天还可以查看 49 次" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert NUMBER not in clerk.get(path).text
    assert clerk.post(f"{path}/reveal", {"field": "name", "why": "随便"}).status_code == 404


def test_who_may_not_reveal_gets_no_button_and_no_answer(village: Flask, leader: Browser) -> None:
    path = person_path(village, "张建国")
    assert "显示一次" not in leader.get(path).text
    assert leader.post(f"{path}/reveal", {"field": "id_number", "why": "想看"}).status_code == 403


def test_an_id_number_is_posted_and_never_stands_in_an_address(clerk: Browser) -> None:
    found = clerk.post("/console/households/by-id", {"id_number": NUMBER.lower()})
    assert found.status_code == 303
    assert found.headers["Location"].endswith("/console/households/HH-1")
    none = clerk.post("/console/households/by-id", {"id_number": make_id(44)})
    assert "没有这个号码" in none.text
    wrong = clerk.post("/console/households/by-id", {"id_number": "不详"})
    assert wrong.status_code == 303
    assert NUMBER not in wrong.headers["Location"]


def test_a_corrected_id_number_is_confirmed_without_being_printed_and_keeps_the_person(
    village: Flask, clerk: Browser
) -> None:
    path = person_path(village, "张建国")
    kept = {"name": "张建国", "relation": "户主", "lives_together": "是"}
    look = correct(clerk, path, {**kept, "id_number": make_id(34)})
    assert "●●●●" in look
    page = clerk.get(path).text
    assert "证件号码" in page
    assert "乡镇经办人 clerk" in page
    with reading(engine_of(village)) as session:
        ring = actions.keyring_of(session)
        assert [p.id for p in queries.persons_of_id(session, ring, make_id(34))] == [int(path.rsplit("/", 1)[1])]


def test_an_unreadable_number_is_refused_beside_its_field(village: Flask, clerk: Browser) -> None:
    path = person_path(village, "张建国")
    typed = {"name": "张建国", "relation": "户主", "id_number": "3.20826E+17", "why": "照证件", "step": "save"}
    answer = clerk.post(f"{path}/correct", typed)
    assert answer.status_code == 422
    assert "表格软件当成数字" in answer.text


def test_a_household_is_registered_with_its_head_and_waits_for_its_procedure(village: Flask, clerk: Browser) -> None:
    typed = {
        "no": "HH-9",
        "division_code": "扎新村",
        "category": "低保户",
        "main_cause": "因残",
        "head_name": "赵新户",
        "head_id": make_id(55),
        "why": "本人申请",
    }
    look = clerk.post("/console/households/new", {**typed, "step": "look"})
    assert look.status_code == 200, look.text
    saved = clerk.post("/console/households/new", {**typed, "step": "save"})
    assert saved.status_code == 303
    page = clerk.get(saved.headers["Location"]).text
    assert "赵新户" in page
    assert "低保申请" in page
    with reading(engine_of(village)) as session:
        assert queries.get_household(session, "HH-9").values["status"] is None
    elsewhere = {**typed, "no": "HH-10", "division_code": OTHER_VILLAGE, "step": "save"}
    assert clerk.post("/console/households/new", elsewhere).status_code == 422
    with reading(engine_of(village)) as session:
        assert queries.find_household(session, "HH-10") is None


def test_a_household_page_shows_members_income_and_helpers_with_their_basis(village: Flask, clerk: Browser) -> None:
    with writing(engine_of(village)) as session:
        make_parameter(session, "poverty_line", "7200", COUNTY)
    page = clerk.get("/console/households/HH-1").text
    for words in (
        "李秀英",
        "8,000.00",
        "人均 4,000.00 元",
        "收入线 7,200.00 元（县文件）",
        "王帮扶",
        "在帮扶",
        "涟水县 › 高沟镇 › 扎新村",
    ):
        assert words in page, words


def test_medical_reimbursement_is_refused_as_income_on_the_page(clerk: Browser) -> None:
    typed = {"household_no": "HH-1", "occurred_on": "2026-03-01", "category": "转移性", "item": "医疗报销"}
    answer = clerk.post(
        "/console/incomes/new", {**typed, "amount_fen": "1.2万元", "counts": "是", "why": "报销", "step": "save"}
    )
    assert answer.status_code == 422
    assert "不能计入收入" in answer.text
    saved = clerk.post("/console/incomes/new", {**typed, "amount_fen": "1.2万元", "why": "报销", "step": "save"})
    assert saved.status_code == 303
    assert "12,000.00" in clerk.get(saved.headers["Location"]).text


def test_a_pairing_is_made_from_the_household_s_page_and_ends_on_its_last_day(village: Flask, clerk: Browser) -> None:
    form = clerk.get("/console/pairings/new?household_no=HH-1").text
    assert 'value="HH-1"' in form
    with writing(engine_of(village)) as session:
        make_helper(session, "B-7", "钱帮扶")
    typed = {"helper_no": "B-7", "household_no": "HH-1", "started_on": "2026-02-01", "why": "增派", "step": "save"}
    saved = clerk.post("/console/pairings/new", typed)
    assert saved.status_code == 303, saved.text
    path = saved.headers["Location"]
    assert correct(clerk, path, {"started_on": "2026-02-01", "ended_on": "2026-10-31"})
    assert "2026-10-31" in clerk.get(path).text
    beyond = {**typed, "household_no": "HH-2", "started_on": "2026-03-01"}
    assert clerk.post("/console/pairings/new", beyond).status_code == 422


def test_a_helper_of_another_place_is_not_there(village: Flask) -> None:
    other = signed_in(village, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert other.get("/console/helpers/B-1").status_code == 404
    assert "王帮扶" not in other.get("/console/helpers").text
    with reading(engine_of(village)) as session:
        pairing = helpers.pairings_of_helper(session, helpers.get_helper(session, "B-1").id)[0]
    assert other.get(f"/console/pairings/{pairing['id']}").status_code == 404


def test_a_helper_of_a_county_unit_is_seen_where_help_is_given_and_corrected_by_the_county(village: Flask) -> None:
    with writing(engine_of(village)) as session:
        unit = make_unit(session)
        helper = make_helper(session, "B-3", "孙县派", unit_id=unit.id)
        make_pairing(session, helper, village_code=VILLAGE)
    clerk = signed_in(village, Role.TOWNSHIP_CLERK, [GAOGOU])
    assert clerk.get("/console/helpers/B-3").status_code == 200
    assert clerk.get("/console/helpers/B-3/correct").status_code == 404
    assert signed_in(village, Role.DEPARTMENT_OFFICER, [COUNTY]).get("/console/helpers/B-3/correct").status_code == 200


def test_a_helper_s_page_lists_the_pairings(clerk: Browser) -> None:
    page = clerk.get("/console/helpers/B-1").text
    assert "户 HH-1" in page
    assert "139****0000" in page


def test_a_weak_village_is_entered_in_yuan(village: Flask) -> None:
    officer = signed_in(village, Role.DEPARTMENT_OFFICER, [COUNTY])
    typed = {
        "village_code": VILLAGE,
        "recognised_year": "2024",
        "level": "省定",
        "line_fen": "18万元",
        "why": "认定",
        "step": "save",
    }
    path = officer.post("/console/weak-villages/new", typed).headers["Location"]
    assert "180,000.00" in officer.get(path).text
    assert "扎新村" in officer.get("/console/weak-villages?year=2024").text


def test_the_household_download_has_no_number_and_leaves_an_event(village: Flask, clerk: Browser) -> None:
    csv = clerk.get("/console/households.csv").text
    assert "HH-1" in csv
    assert "HH-2" not in csv
    assert not NO_ID_DIGITS.search(csv.replace("320826104201", ""))
    with reading(engine_of(village)) as session:
        assert session.scalar(select(TrailSubject.actor).where(TrailSubject.type == "list.exported")) == "user:clerk"


@pytest.mark.parametrize(
    "path", ["households", "persons/1", "helpers", "pairings", "incomes", "parameters", "calendar"]
)
def test_nobody_enters_without_signing_in(village: Flask, path: str) -> None:
    answer = Browser(village).get(f"/console/{path}")
    assert answer.status_code == 303
    assert "/login" in answer.headers["Location"]


def test_where_status_was_typed_a_procedure_begins(village: Flask, clerk: Browser) -> None:
    answer = clerk.get("/console/households/HH-1/status")
    assert answer.headers["Location"].endswith("/console/procedures/new?household=HH-1")
    assert clerk.post("/console/households/HH-1/status", {"status": "已脱贫"}).status_code == 405
    page = clerk.get("/console/procedures/new?household=HH-1").text
    assert '<option value="脱贫退出">' in page
    assert '<option value="建档立卡纳入">' not in page
    assert (
        signed_in(village, Role.TOWNSHIP_CLERK, [HONGYAO]).get("/console/procedures/new?household=HH-1").status_code
        == 404
    )


def test_a_form_leads_back_to_what_it_belongs_to(village: Flask, clerk: Browser) -> None:
    page = clerk.get(f"{person_path(village, '张建国')}/correct").text
    assert 'href="/console/households/HH-1"' in page
    assert 'href="/console/persons"' not in page
