"""Requests for help in the console: by due day, opened by an act with its reason, visited by two, answered or decided."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading
from portal.registers.recipients.procedures.models import Procedure
from portal.registers.recipients.requests.actions import ask_for_help
from portal.registers.recipients.requests.models import HelpRequest, RequestState
from portal.registers.recipients.requests.rules import Wish
from portal.trail.models import TrailEvent
from portal.trail.queries import list_history
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.recipients import make_id

WISH = Wish("赵桂兰", "13812345678", make_id(7), "看病花钱多", "为自己家", "老伴住院两个月")


def visit_by(second: str = "李村干", **more: Any) -> dict[str, Any]:
    """What is sent of a visit: the second visitor has no account, and signed the sheet."""
    sheet = BytesIO()
    Image.new("RGB", (300, 400), "#fbfaf5").save(sheet, "JPEG")
    sheet.seek(0)
    said = {"visited_on": f"{today_cn():%Y-%m-%d}", "first": "王经办", "second": second, "found": "确实困难，欠债三万"}
    return {**said, "second_unit": "村民委员会", "sheet": (sheet, "sheet.jpg"), **more}


def fill(session: Session) -> None:
    """One request, and the same person once more."""
    make_county(session)
    ask_for_help(session, WISH, VILLAGE, at=now_utc())
    ask_for_help(session, WISH, VILLAGE, at=now_utc() + timedelta(seconds=1))


pytestmark = pytest.mark.begins_with(fill=fill)


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def first(app: Flask) -> HelpRequest:
    with reading(engine_of(app)) as session:
        return session.scalars(select(HelpRequest).where(HelpRequest.linked_to.is_(None))).one()


def test_the_list_shows_a_masked_name_and_nothing_of_what_is_asked(app: Flask, clerk: Browser) -> None:
    page = clerk.get("/console/requests").text
    assert "有 1 条求助申报等着办" in page and "赵*兰" in page
    shown = clerk.get(f"/console/requests/{first(app).no}").text
    for secret in (WISH.name, WISH.phone, WISH.id_number, WISH.words):
        assert secret not in page + shown
    assert "打开申报的内容" in shown and "并在一起办" in shown


def test_another_township_sees_nothing(app: Flask, clerk: Browser) -> None:
    other = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO], username="other")
    assert "没有等着办的求助申报" in other.get("/console/requests").text
    assert other.get(f"/console/requests/{first(app).no}").status_code == 404
    village = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="village")
    assert village.get("/console/requests").status_code == 403


def test_opening_is_an_act_with_its_reason(app: Flask, clerk: Browser) -> None:
    at = f"/console/requests/{first(app).no}"
    assert clerk.post(f"{at}/open", {"why": ""}).status_code == 422
    with reading(engine_of(app)) as session:
        before = session.scalars(select(TrailEvent.n)).all()
    opened = clerk.post(f"{at}/open", {"why": "安排入户"})
    assert opened.status_code == 200 and WISH.phone in opened.text and WISH.words in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    with reading(engine_of(app)) as session:
        assert len(session.scalars(select(TrailEvent.n)).all()) == len(before) + 1
    assert WISH.phone not in clerk.get(at).text, "it is shown once"


def test_no_answer_before_two_have_been_there(app: Flask, clerk: Browser) -> None:
    at = f"/console/requests/{first(app).no}"
    early = clerk.post(f"{at}/answer", {"step": "不予帮扶", "answer": "收入高于标准，可以提异议"})
    assert early.status_code == 422 and "还没有入户" in early.text
    for wrong, words in (
        (visit_by("王经办"), "两个不同的人"),
        (visit_by("", second_unit="", sheet=""), "两个人"),
        (visit_by(sheet=""), "走访单"),
        (visit_by("", second_account="clerk"), "不能是您自己的账号"),
        (visit_by("", second_account="nobody"), "没有这个账号"),
    ):
        refused = clerk.post(f"{at}/visit", wrong)
        assert refused.status_code == 422 and words in refused.text, words
    assert clerk.post(f"{at}/visit", visit_by()).status_code == 303
    assert "李村干" in clerk.get(at).text
    done = clerk.post(f"{at}/answer", {"step": "另行帮扶", "answer": "先给临时救助 800 元"})
    assert done.status_code == 303
    assert first(app).state == RequestState.HELPED
    assert "赵*兰" in clerk.get("/console/requests?show=closed").text


def test_a_request_becomes_a_procedure_of_its_own_clock(app: Flask, clerk: Browser) -> None:
    at = f"/console/requests/{first(app).no}"
    clerk.post(f"{at}/visit", visit_by())
    assert clerk.post(f"{at}/answer", {"step": "转认定程序", "answer": ""}).status_code == 303
    row = first(app)
    with reading(engine_of(app)) as session:
        procedure = session.scalars(select(Procedure)).one()
    assert (row.state, row.procedure_no) == (RequestState.PROCEDURE, procedure.no)
    assert (procedure.request_no, procedure.division_code) == (row.no, VILLAGE)
    page = clerk.get(at).text
    assert re.search(rf'href="[^"]*/console/procedures/{procedure.no}"', page)


def test_a_request_is_late_in_orange(app: Flask, clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.management.views.requests.today_cn", lambda: today_cn() + timedelta(days=30))
    page = clerk.get("/console/requests").text
    assert "1 条已经超期" in page and 'class="tag warn"' in page


def test_the_sheet_of_a_visit_is_looked_at_by_an_act(app: Flask, clerk: Browser) -> None:
    at = f"/console/requests/{first(app).no}"
    assert clerk.get(f"{at}/sheet").status_code == 404
    clerk.post(f"{at}/visit", visit_by())
    shown = clerk.get(f"{at}/sheet")
    assert shown.status_code == 200 and shown.content_type == "image/jpeg"
    with reading(engine_of(app)) as session:
        kinds = [entry.kind for entry in list_history(session, "help_request", first(app).no)]
    assert "help.sheet_read" in kinds
