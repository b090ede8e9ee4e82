"""The window that prints cards, and the office that answers disputes."""

import io

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.grants.actions import give_role
from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.kernel.database import now_utc, reading, writing
from portal.registers.funds.answering.actions import answer_item
from portal.registers.recipients.answers.models import HouseholdDispute
from portal.registers.recipients.cards.models import HouseholdCard
from portal.registers.recipients.incomes.models import Income
from portal.registers.recipients.models import Household
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from tests.factories.accounts import Browser, signed_in
from tests.factories.cards import NUMBER, make_card, sign_in
from tests.factories.divisions import GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county
from tests.factories.recipients import make_household, make_id, make_income


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def homes(app: Flask) -> None:
    with writing(engine_of(app)) as session:
        make_county(session)
        make_household(session, "HH-1", VILLAGE, id_number=NUMBER, address="扎新村3组12号")
        make_household(session, "HH-2", VILLAGE, id_number=make_id(8), head="钱有福")
        make_household(session, "HH-9", OTHER_VILLAGE, id_number=make_id(9), head="孙远")


@pytest.fixture
def window(app: Flask, homes: None) -> Browser:
    return signed_in(app, Role.CARD_CLERK, [GAOGOU], username="window")


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).replace(" ", "")


def test_a_village_is_printed_in_one_file_that_is_kept_nowhere(app: Flask, window: Browser) -> None:
    page = window.get("/console/cards")
    assert "2 户没有卡" in page.text and "张*国" in page.text and "HH-9" not in page.text and "张建国" not in page.text
    page = f"/console/cards?village={VILLAGE}"
    assert "打印没有卡的 2 户" in window.get(page).text
    sent = window.post(f"/console/cards/print?village={VILLAGE}", page=page)
    assert (sent.status_code, sent.mimetype) == (200, "application/pdf")
    assert sent.headers["Cache-Control"] == "no-store" and "MB-" in sent.headers["Content-Disposition"]
    assert "扎新村3组" in text_of(sent.data) and "12号" not in text_of(sent.data)
    assert "户户有卡" in window.get(page).text
    again = window.post(f"/console/cards/print?village={VILLAGE}", page="/account")
    assert again.status_code == 422 and "没有要打印的户" in again.text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(HouseholdCard.printed_by)).all() == ["user:window"] * 2
        kinds = session.scalars(select(TrailSubject.type).where(TrailSubject.kind == "household_card")).all()
        assert kinds == ["household_card.printed"] * 2


def test_the_window_prints_for_its_own_places_only(window: Browser) -> None:
    assert window.get(f"/console/cards?village={OTHER_VILLAGE}").status_code == 422
    assert window.get("/console/cards/households/HH-9").status_code == 404
    assert window.post("/console/cards/households/HH-9/print", page="/account").status_code == 404


def test_a_lost_card_is_replaced_with_a_reason(window: Browser) -> None:
    at = "/console/cards/households/HH-1"
    assert window.post(f"{at}/print", page=at).mimetype == "application/pdf"
    assert "有卡：MB-" in window.get(at).text
    assert window.post(f"{at}/print", page=at).status_code == 409
    assert window.post(f"{at}/reprint", {"why": ""}, page=at).status_code == 422
    assert window.post(f"{at}/reprint", {"why": "老人说卡丢了"}, page=at).mimetype == "application/pdf"
    assert "老人说卡丢了" in window.get(at).text
    assert window.post(f"{at}/revoke", {"why": "搬走了"}, page=at).status_code == 303
    assert "没有有效的卡" in window.get(at).text


def test_who_records_in_the_village_is_told_why_he_may_not_print(app: Flask, window: Browser) -> None:
    with writing(engine_of(app)) as session:
        from_role(session, "window")
    page = window.get(f"/console/cards?village={VILLAGE}")
    assert "您不能给这个村打印明白卡" in page.text and "打印没有卡的" not in page.text
    sent = window.post("/console/cards/households/HH-1/print", page="/account")
    assert sent.status_code == 422 and sent.mimetype == "text/html"


def from_role(session: Session, username: str) -> None:
    user = session.scalars(select(User).where(User.username == username)).one()
    give_role(session, user, Role.VILLAGE_CLERK, [VILLAGE], None)
    record(session, kind="account.granted", actor="test", subjects=[("account", username)])


def dispute(app: Flask, what: str = "没收到") -> str:
    with writing(engine_of(app)) as session:
        home = session.scalars(select(Household).where(Household.no == "HH-1")).one()
        make_income(session, home, 300_00)
        signed = sign_in(session, make_card(session, home.id, at=now_utc()))
        assert signed is not None
        no = str(session.scalars(select(Income.id)).one())
        return answer_item(session, signed, "income", no, "不对", what, now_utc()).dispute_no or ""


def test_a_dispute_is_listed_by_its_day_and_answered_by_somebody_without_a_part_in_it(
    app: Flask, window: Browser
) -> None:
    no = dispute(app)
    office = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="office")
    assert "有 1 条异议等答复" in office.get("/console/disputes").text and no in office.get("/console/disputes").text
    page = office.get(f"/console/disputes/{no}")
    assert "没收到" in page.text and "300.00" in page.text
    at = f"/console/disputes/{no}"
    assert office.post(at, {"finding": "", "words": ""}, page=at).status_code == 422
    assert office.post(at, {"finding": "已更正", "words": "已经改好了"}, page=at).status_code == 422
    assert office.post(at, {"finding": "已说明", "words": "十一月六日打到您的社保卡"}, page=at).status_code == 303
    page = office.get(at)
    assert "十一月六日打到您的社保卡" in page.text and "答复本户" not in page.text
    assert "没有等答复的异议" in office.get("/console/disputes").text
    assert no in office.get("/console/disputes?show=closed").text


def test_who_recorded_the_item_sees_why_he_may_not_answer(app: Flask, window: Browser) -> None:
    no = dispute(app)
    maker = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="maker")
    page = maker.get(f"/console/disputes/{no}")
    assert "这一项是您登记的" in page.text and "答复本户" not in page.text
    sent = maker.post(f"/console/disputes/{no}", {"finding": "已说明", "words": "是我登记的没有错"}, page="/account")
    assert sent.status_code == 422 and "换一个人" in sent.text


def test_a_dispute_of_elsewhere_does_not_exist(app: Flask, window: Browser) -> None:
    no = dispute(app)
    other = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO], username="other")
    assert other.get(f"/console/disputes/{no}").status_code == 404
    assert no not in other.get("/console/disputes").text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(HouseholdDispute.state)).one() == "待办"
