"""The console of money: register a line, see it refused, have it checked by a second person, follow payments, age it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import Engine

from portal.accounts.permissions import Role
from portal.kernel.database import writing
from portal.registers.funds.models import Allocation
from portal.registers.projects.actions import register_project
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.funds import ACT, make_chain, make_programme, pay
from tests.factories.recipients import make_household

HIDDEN_FIELD = re.compile(r'<input[^>]*name="(version|seen_at)"[^>]*value="([^"]*)"')


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def numbers(app: Flask) -> list[str]:
    """Numbers of a chain of three lines, and of a payment batch at its end."""
    with writing(engine_of(app)) as session:
        make_county(session)
        chain = make_chain(session, make_programme(session), (100_00, 60_00, 50_00))
        paid = pay(session, chain[2], [(make_household(session).id, 5_00)], payee_name="张建国")
        register_project(
            session, {"code": "XM-1", "name": "冷链分拣中心", "division_code": VILLAGE, "kind": "产业"}, ACT
        )
        return [*(line.no for line in chain), paid[0].batch_no]


@pytest.fixture
def manager(app: Flask, numbers: list[str]) -> Browser:
    return signed_in(app, Role.FUND_MANAGER, [COUNTY], username="manager")


def hidden(browser: Browser, page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN_FIELD.findall(browser.get(page).text)}


def register(browser: Browser, typed: dict[str, str]) -> str:
    values = {"programme_code": "ZX-2026-01", "allocated_on": "2026-06-01", "why": "涟财农〔2026〕30号", **typed}
    return browser.post("/console/allocations/new", {**values, "step": "save"}).text


def test_a_line_is_registered_and_stands_with_its_chain(manager: Browser, numbers: list[str]) -> None:
    register(manager, {"no": "BF-NEW", "parent_no": numbers[0], "amount_fen": "12.50", "division_code": GAOGOU})
    page = manager.get("/console/allocations/BF-NEW").text
    assert "12.50（壹拾贰元伍角）" in page
    assert numbers[0] in page
    assert "还没有第二个人复核" in page


def test_more_than_is_left_is_refused_on_the_page_with_the_sum_short(manager: Browser, numbers: list[str]) -> None:
    page = register(manager, {"no": "BF-NEW", "parent_no": numbers[0], "amount_fen": "45", "division_code": GAOGOU})
    assert "差 5.00 元" in page


def test_the_maker_cannot_check_and_a_second_person_can(app: Flask, manager: Browser, numbers: list[str]) -> None:
    register(manager, {"no": "BF-NEW", "parent_no": numbers[0], "amount_fen": "10", "division_code": GAOGOU})
    path = "/console/allocations/BF-NEW/check"
    refused = manager.post(path, {**hidden(manager, path), "why": "与文件一致"})
    assert refused.status_code == 422
    assert "不能复核" in refused.text
    second = signed_in(app, Role.FUND_MANAGER, [COUNTY], username="second")
    assert second.post(path, {**hidden(second, path), "why": "与文件一致"}).status_code == 303
    assert "second" in manager.get("/console/allocations/BF-NEW").text


def test_lists_filter_and_show_what_is_held(manager: Browser, numbers: list[str]) -> None:
    held = manager.get("/console/allocations?held=yes&q=BF").text
    assert all(no in held for no in numbers[:3])
    assert "100.00" in manager.get("/console/programmes?year=2026").text
    assert "冷链分拣中心" in manager.get("/console/projects?kind=产业").text
    assert manager.get("/console/assets").status_code == 200
    assert manager.get("/console/programmes/ZX-2026-01").status_code == 200
    assert manager.get("/console/projects/XM-1").status_code == 200


def test_payments_mask_the_payee_for_whoever_may_not_see_names(app: Flask, numbers: list[str]) -> None:
    clerk = signed_in(app, Role.LEADER, [GAOGOU], username="clerk")
    listed = clerk.get(f"/console/payments?batch={numbers[3]}").text
    assert "张*国" in listed
    assert "张建国" not in listed
    assert "张建国" not in clerk.get(f"/console/payments/{numbers[3]}-1").text


def test_another_township_does_not_see_them(app: Flask, numbers: list[str]) -> None:
    other = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO], username="other")
    assert other.get(f"/console/allocations/{numbers[2]}").status_code == 404
    assert other.get(f"/console/payments/{numbers[3]}-1").status_code == 404
    assert numbers[2] not in other.get("/console/allocations").text


def test_retention_ages_the_money_of_ones_place(manager: Browser, numbers: list[str]) -> None:
    page = manager.get("/console/retention?year=2026").text
    assert "停得最久的一笔已经" in page
    assert "95.00%" in page
    assert all(no in page for no in numbers[:3])


def test_a_project_is_corrected_in_per_cent_and_never_upside_down(app: Flask, numbers: list[str]) -> None:
    officer = signed_in(app, Role.PROJECT_MANAGER, [COUNTY], username="pm")
    path = "/console/projects/XM-1/correct"
    typed = {"name": "冷链分拣中心", "kind": "产业", "division_code": VILLAGE, "why": "月报", "step": "save"}
    typed |= {**hidden(officer, path), "percent": "67.5", "started_on": "2026-03-01"}
    assert officer.post(path, typed).status_code == 303
    assert "67.5" in officer.get("/console/projects/XM-1").text
    upside_down = {**typed, **hidden(officer, path), "completed_on": "2026-02-01"}
    assert "早于" in officer.post(path, upside_down).text


def test_the_register_keeps_the_line_that_was_withdrawn(app: Flask, manager: Browser, numbers: list[str]) -> None:
    register(manager, {"no": "BF-NEW", "parent_no": numbers[0], "amount_fen": "10", "division_code": GAOGOU})
    path = "/console/allocations/BF-NEW"
    assert manager.post(f"{path}/withdraw", {**hidden(manager, f"{path}/correct"), "why": "录重了"}).status_code == 303
    assert manager.get(path).status_code == 404
    with writing(engine_of(app)) as session:
        kept = session.query(Allocation).execution_options(include_superseded=True).filter_by(no="BF-NEW").one()
        assert kept.superseded_at is not None
