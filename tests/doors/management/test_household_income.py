"""The page of a household's income: the figure first, every item and why, who stands for it, three versions."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.registers.corrections import Act
from portal.registers.helpers import queries as helpers
from portal.registers.recipients.incomes import actions
from portal.registers.recipients.incomes.adjustments import actions as adjustment_actions
from portal.registers.recipients.incomes.adjustments.models import Adjustment
from portal.registers.recipients.incomes.confirming.models import SecondHand
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.incomes.support import actions as obligor_actions
from portal.registers.recipients.incomes.support.models import Obligor
from portal.registers.recipients.models import Household
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, HONGYAO, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household, make_income

PAGE = "/console/households/HH-1/income"
MAY = date(2026, 5, 1)


def fill(session: Session) -> None:
    make_county(session)
    make_parameter(session, "poverty_line", "6000", basis="苏扶〔2020〕1号")
    household = make_household(session)
    make_income(session, household, 7_000_00, occurred_on=today_cn().replace(day=1), voucher_no="GZ-1")
    make_income(
        session, household, 12_000_00, category="转移性", item="医疗报销", occurred_on=today_cn().replace(day=1)
    )


pytestmark = pytest.mark.begins_with(fill=fill)


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY], username="clerk")


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_sentence_has_the_figure_first_and_every_item_says_why(clerk: Browser) -> None:
    shown = words(clerk.get(PAGE).text)
    assert "人均 7,000.00 元，不低于收入线 6,000.00 元。" in shown
    assert "医疗费用的补偿不是收入（报销、救助都不计）" in shown
    assert "涟水县 · 苏扶〔2020〕1号" in shown
    assert "合计 0.00 元，人均 0.00 元 不够线" in shown
    assert "/console/households/HH-1/income" in clerk.get("/console/households/HH-1").text


@pytest.mark.parametrize("asked", ["?on=nonsense", "?on=2999-01-01", "?purpose=other", "?on=2026-05-31&purpose=dibao"])
def test_a_day_or_purpose_that_cannot_be_is_today_s_and_the_register_s(clerk: Browser, asked: str) -> None:
    assert clerk.get(PAGE + asked).status_code == 200


def test_a_past_day_without_entries_is_unknown_not_zero(clerk: Browser) -> None:
    assert "算不出人均：计算期内没有收入记录，是不知道，不是零。" in words(clerk.get(f"{PAGE}?on=2020-05-31").text)


def entry(app: Flask) -> Income:
    with reading(engine_of(app)) as session:
        return session.scalars(select(Income).where(Income.item == "务工工资")).one()


def confirm(browser: Browser, row: Income, **more: str) -> int:
    form = {"kind": "income", "row": str(row.id), "version": str(row.event_id), "why": "对照工资流水 GZ-1", **more}
    return browser.post(PAGE, form, page=PAGE).status_code


def test_a_second_account_confirms_what_it_sees_and_then_it_counts_for_an_exit(app: Flask, clerk: Browser) -> None:
    row = entry(app)
    assert confirm(clerk, row, why=" ") == 422
    assert confirm(clerk, row) == 303
    with reading(engine_of(app)) as session:
        hand = session.scalars(select(SecondHand)).one()
        assert (hand.recorded_by, hand.confirmed_by, hand.version) == ("user:maker", "user:clerk", row.event_id)
    shown = words(clerk.get(PAGE).text)
    assert "合计 7,000.00 元，人均 7,000.00 元 够线" in shown
    assert "第二人已复核" in shown
    assert confirm(clerk, row) == 422


def test_who_recorded_it_cannot_confirm_it_and_is_not_offered_it(app: Flask) -> None:
    maker = signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY], username="maker")
    assert "对照无误" not in maker.get(PAGE).text
    assert confirm(maker, entry(app)) == 422
    with reading(engine_of(app)) as session:
        assert session.scalars(select(SecondHand)).all() == []


def test_an_outdated_version_another_household_and_another_place_are_refused(app: Flask, clerk: Browser) -> None:
    row = entry(app)
    assert confirm(clerk, row, version="00000000-0000-0000-0000-000000000000") == 409
    assert confirm(clerk, row, kind="payment") == 404
    with writing(engine_of(app)) as session:
        make_household(session, "HH-2", head="王五")
    form = {"kind": "income", "row": str(row.id), "version": str(row.event_id), "why": "对照"}
    assert clerk.post("/console/households/HH-2/income", form, page=PAGE).status_code == 404
    elsewhere = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert elsewhere.get(PAGE).status_code == 404
    assert elsewhere.post(PAGE, form, page="/account").status_code == 404
    village = signed_in(app, Role.VILLAGE_CLERK, [COUNTY])
    assert "对照无误" not in village.get(PAGE).text
    assert village.post(PAGE, form, page="/account").status_code == 403


def statements(app: Flask, browser: Browser) -> list[str]:
    seen: list[str] = []

    def note(*sent: object) -> None:
        seen.append(str(sent[2]))

    event.listen(engine_of(app), "before_cursor_execute", note)
    try:
        assert browser.get(PAGE).status_code == 200
    finally:
        event.remove(engine_of(app), "before_cursor_execute", note)
    return seen


def test_the_page_asks_the_same_number_of_statements_for_three_entries_and_for_sixty(
    app: Flask, clerk: Browser
) -> None:
    obligor_and_living(app)
    clerk.get(PAGE)
    before = statements(app, clerk)
    with writing(engine_of(app)) as session:
        household = session.scalars(select(Household)).one()
        for number in range(57):
            act = Act(f"user:u{number % 7}", "登记")
            day = date(2020 + number % 6, 1 + number % 12, 1)
            add(session, household, act, occurred_on=day if number % 2 else today_cn().replace(day=1), amount_fen=100)
    after = statements(app, clerk)
    assert len(after) == len(before)
    assert len(after) < 50  # with the record of who looked


def add(session: Session, household: Household, act: Act, **values: object) -> None:
    from_wages = {"category": "工资性", "item": "务工工资", "amount_fen": 1}
    actions.add_income(session, household.id, {**from_wages, **values}, act, today=today_cn())


def obligor_and_living(app: Flask) -> None:
    with writing(engine_of(app)) as session:
        household = session.scalars(select(Household)).one()
        since = today_cn().replace(day=1)
        given = {"name": "张小国", "relation": "子女", "since": since, "members": 3, "monthly_income_fen": 9_000_00}
        obligor_actions.add_obligor(
            session, household.id, {**given, "evidence": "HD-2026-1"}, Act("user:maker", "核对报告")
        )
        stock = {"kind": "未出售存货", "since": since, "amount_fen": 500_00, "evidence": "CY-1"}
        adjustment_actions.add_adjustment(session, household.id, stock, Act("user:maker", "查验"), today=today_cn())


def test_obligors_and_exemptions_stand_on_the_page_and_are_confirmed_there(app: Flask, clerk: Browser) -> None:
    with writing(engine_of(app)) as session:
        make_parameter(session, "dibao_standard", "600")
    obligor_and_living(app)
    shown = words(clerk.get(PAGE).text)
    assert "其中赡养费补计 450.00 元" in shown  # (3,000 − 2 × 600) × 25 % in the one month of the window
    assert "未出售的不计，卖出时计" in shown
    for kind, model in (("obligor", Obligor), ("adjustment", Adjustment)):
        with reading(engine_of(app)) as session:
            row = session.scalars(select(model)).one()
        form = {"kind": kind, "row": str(row.id), "version": str(row.event_id), "why": "对照核对报告"}
        assert clerk.post(PAGE, form, page=PAGE).status_code == 303
    assert words(clerk.get(PAGE).text).count(" 有第二人 ") == 2


def test_the_forms_of_the_console_enter_an_obligor_and_a_job_just_taken(app: Flask, clerk: Browser) -> None:
    typed = {
        "household_no": "HH-1", "name": "张小国", "relation": "子女", "since": "2026-01-01", "members": "3",
        "monthly_income_fen": "9000", "evidence": "HD-2026-1", "why": "核对报告", "step": "save",
    }  # fmt: skip
    new = "/console/obligors/new?household_no=HH-1"
    assert clerk.post("/console/obligors/new", typed, page=new).status_code == 303
    assert clerk.post("/console/obligors/new", typed, page=new).status_code == 422  # the same person in the same months
    job = {
        "household_no": "HH-1", "kind": "新就业", "member": "张建国", "since": "2026-01-01", "evidence": "HT-1",
        "why": "劳动合同", "step": "save",
    }  # fmt: skip
    new = "/console/income-adjustments/new?household_no=HH-1"
    assert clerk.post("/console/income-adjustments/new", {**job, "member": "无此人"}, page=new).status_code == 422
    assert clerk.post("/console/income-adjustments/new", job, page=new).status_code == 303
    assert "就业豁免只用于低保核算" in words(clerk.get(PAGE).text)
    assert "就业豁免只用于低保核算" not in words(clerk.get(f"{PAGE}?purpose=dibao").text)


def test_two_versions_that_differ_are_marked(app: Flask, clerk: Browser) -> None:
    with writing(engine_of(app)) as session:
        household = session.scalars(select(Household)).one()
        make_pairing(session, make_helper(session), household_id=household.id)
        for who, fen in (("李帮扶", 5_000_00), ("村会计", 4_499_99)):
            make_income(session, household, fen, occurred_on=date(2025, 3, 1), entered_by=who)
        name = helpers.pairings_of_household(session, household.id)[0]["helper_name"]
        row = session.scalars(select(Income).where(Income.entered_by == "李帮扶")).one()
        actions.correct_income(session, row.id, {"entered_by": name}, Act("user:maker", "录入人写错"), None, today=MAY)
    shown = words(clerk.get(PAGE).text)
    assert "2025 5,000.00 4,499.99 — 500.01 相差过大" in shown
