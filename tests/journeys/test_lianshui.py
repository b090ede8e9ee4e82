"""Story 1: a medical reimbursement entered as income, so that a household "passes" the line.

The console refuses the item as countable; a file brings it in, and the branch secretary confirms it. The exit that is
proposed on it does not get on; the household says on its own page that the sum is wrong; the leads reach an inspector
outside the village, and the exit stands still. A case, an order, an outcome and an exposure follow.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.permissions import Role
from portal.cli import main
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.models import Procedure
from portal.settings import Settings
from tests.factories.accounts import Browser, signed_in
from tests.factories.cards import FOUR, NUMBER, make_card
from tests.factories.divisions import COUNTY, GAOGOU, VILLAGE, make_county, make_parameter
from tests.factories.phones import engine_of
from tests.factories.recipients import make_household
from tests.journeys.supervising import BODY, to_its_end

HOME = "/console/households/HH-1"
LINE, WAGES, REIMBURSED = 6_000_00, 9_000_00, 12_000_00
"""Three people: 3,000 yuan a head without the reimbursement, 7,000 with it."""


def fill(session: Session) -> None:
    """Three people on the list; the line is 6,000 yuan a head."""
    make_county(session)
    make_parameter(session, "poverty_line", "6000", basis="苏扶〔2020〕1号")
    make_parameter(session, "monitor_line", "6000", basis="苏扶〔2020〕1号")
    family = [{"name": "吴桂兰", "relation": "配偶"}, {"name": "程小禾", "relation": "子女"}]
    make_household(session, head="程守田", members=family, id_number=NUMBER)


pytestmark = pytest.mark.begins_with(fill=fill)


def command(settings: Settings, *words: str) -> dict[str, Any]:
    """What a command answers."""
    home = {"YANGGUANG_HOME": str(settings.home), "YANGGUANG_DATABASE_URL": settings.database_url}
    done = CliRunner().invoke(main, [*words, "--json"], env=home)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def enter(accountant: Browser, item: str, category: str, yuan: str, counts: str = "") -> TestResponse:
    """The accountant types an entry."""
    values = {
        "household_no": "HH-1", "occurred_on": (today_cn() - timedelta(days=40)).isoformat(), "category": category,
        "item": item, "amount_fen": yuan, "counts": counts, "voucher_no": "PZ-17", "why": "据凭证登记", "step": "save",
    }  # fmt: skip
    return accountant.post("/console/incomes/new", values, page="/console/incomes/new")


def bring_by_file(settings: Settings, place: Path) -> dict[str, Any]:
    """What the form refuses comes in a file that says 是否计入=是; the secretary stands as its checker."""
    file = place / "incomes.csv"
    names = ["户编号", "发生日期", "收入类别", "收入项目", "金额", "凭证号", "是否计入", "录入人", "录入单位"]
    day = (today_cn() - timedelta(days=30)).isoformat()
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows(
            [names, ["HH-1", day, "转移性", "医疗报销", "12000", "PZ-18", "是", "会计", "扎新村"]]
        )
    return command(settings, "import", "incomes", str(file), "--checker", "secretary")


def propose_exit(app: Flask, accountant: Browser) -> str:
    """The accountant proposes that the household leaves the list."""
    words = {"kind": "脱贫退出", "source": "干部走访", "why": "收入已稳定过线", "category": "", "main_cause": ""}
    at = "/console/procedures/new?household=HH-1"
    answer = accountant.post(at, words, page=at)
    assert answer.status_code == 303, words_of(answer.text)
    with reading(engine_of(app)) as session:
        return session.scalars(select(Procedure.no)).one()


def sheet() -> BytesIO:
    """A photo of a signed sheet."""
    out = BytesIO()
    Image.effect_noise((64, 48), 90).convert("RGB").save(out, "JPEG")
    out.seek(0)
    return out


def upload(browser: Browser, no: str, kind: str) -> None:
    at = f"/console/procedures/{no}"
    answer = browser.post(f"{at}/files", {"kind": kind, "file": (sheet(), "sheet.jpg")}, page=at)
    assert answer.status_code == 303, words_of(answer.text)


def step(browser: Browser, no: str, **said: str) -> TestResponse:
    at = f"/console/procedures/{no}"
    facts = {"verdict": "完成", "happened_on": today_cn().isoformat(), "note": "照程序办理", **said}
    return browser.post(f"{at}/step", facts, page=at)


def review(browser: Browser, no: str) -> None:
    """The villagers' meeting agrees."""
    upload(browser, no, "评议签到表")
    answer = step(browser, no, members="30", present="24", agreed="20")
    assert answer.status_code == 303, words_of(answer.text)


def verify(browser: Browser, no: str) -> TestResponse:
    """Committee and work team visit the household."""
    looked = {f"guarantee_{n}": "yes" for n in range(6)}
    upload(browser, no, "签字走访单")
    return step(browser, no, visitor_1="周海燕", visitor_2="王志远", visitor_unit="驻村工作队", **looked)


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def dispute(app: Flask) -> str:
    """The household opens its card, taps 不对 at the reimbursement, then 数不对; what it reads then."""
    with writing(engine_of(app)) as session:
        home = session.scalars(select(Household.id)).one()
        card = make_card(session, home, at=now_utc())
    with reading(engine_of(app)) as session:
        entry = session.scalars(select(Income.id).where(Income.item == "医疗报销")).one()
    phone = Browser(app)
    phone.get(f"/q/{card.token}")
    assert phone.post("/me/sign-in", {"digits": FOUR}, page="/me/sign-in").status_code == 303
    assert "12,000" in phone.get("/me").text
    at = f"/me/items/income-{entry}"
    answer = phone.post(at, {"answer": "不对", "what": "不认识"}, page=at)
    assert answer.status_code == 303, words_of(answer.text)
    return words_of(phone.get(at).text)


def leads(settings: Settings, place: Path) -> dict[str, dict[str, Any]]:
    """The leads as an inspector's office takes them."""
    file = place / "leads.json"
    command(settings, "leads", "export", "--to", str(file))
    return {row["rule"]: row for row in json.loads(file.read_text())}


def test_a_reimbursement_makes_nobody_pass_the_line(app: Flask, settings: Settings, tmp_path: Path) -> None:
    accountant = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="accountant")
    secretary = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="secretary")
    township = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="township")
    inspector = signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")
    head = signed_in(app, Role.INSPECTION_HEAD, [COUNTY], username="head")

    assert enter(accountant, "务工工资", "工资性", "9000").status_code == 303
    refused = enter(accountant, "医疗报销", "转移性", "12000", counts="是")
    assert refused.status_code == 422
    assert "不能计入收入" in refused.text
    assert bring_by_file(settings, tmp_path)["accepted"] == 1

    shown = words_of(township.get(f"{HOME}/income").text)
    assert "医疗费用的补偿不是收入" in shown or "登记时写明计入" in shown

    no = propose_exit(app, accountant)
    review(accountant, no)
    upload(accountant, no, "入户照片")
    stopped = verify(accountant, no)
    assert stopped.status_code in (409, 422)
    assert "没有超过收入线 6,000.00 元" in stopped.text

    told = dispute(app)
    assert "以前，会有人联系您" in told
    assert "也不能拿它办您家退出" in told
    assert "没有办结" in words_of(accountant.get(f"/console/procedures/{no}").text)

    command(settings, "compare")
    found = leads(settings, tmp_path)
    assert {"I01", "I02", "I04"} <= set(found)
    assert found["I01"]["severity"] == found["I02"]["severity"] == "严重"
    assert found["I02"]["household_no"] == "HH-1"

    seen = inspector.get("/supervision/leads").text
    assert all(found[rule]["lead_no"] in seen for rule in ("I01", "I02", "I04"))
    for nobody in (accountant, secretary):
        assert nobody.get("/supervision/leads").status_code == 403

    assert verify(accountant, no).status_code in (409, 422)
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Household.status)).one() == "在册"

    no = to_its_end(app, inspector, head, found["I02"]["lead_no"], accountant)
    anybody = Browser(app)
    shown = anybody.get(f"/exposure/{no}").text
    assert all(line in shown for line in BODY.splitlines())
    assert no in anybody.get("/exposure.json").text
    for secret in ("程守田", "周会计", "AJ-"):
        assert secret not in shown + anybody.get("/exposure").text
