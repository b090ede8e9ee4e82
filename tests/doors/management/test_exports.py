"""Taking lists out: masked and marked for one person, whole names only with a second one, once and for a day."""

import hashlib
import html
import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.jobs.purge import purge
from portal.kernel.database import now_utc, reading, writing
from portal.publishing.exports import queries
from portal.publishing.exports.models import ExportPart, ExportRequest
from portal.settings import Settings
from portal.trail import actions as trail
from portal.trail.actions import seal_name
from portal.trail.keys import keys_of
from portal.trail.models import TrailOpening, TrailSubject
from tests.doors.management.test_registers_people import engine_of
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, make_county
from tests.factories.recipients import make_household, make_id

NEW = "/console/exports/new?list=households"


def a_county(session: Session) -> None:
    make_county(session)
    make_household(session, "HH-1", head="张建国", id_number=make_id(33))
    make_household(session, "HH-2", head="李秀英", id_number=make_id(35))
    make_household(session, "HH-3", OTHER_VILLAGE, head="王小明", id_number=make_id(44))


pytestmark = pytest.mark.begins_with(fill=a_county)


@pytest.fixture
def county(app: Flask) -> Flask:
    return app


@pytest.fixture
def clerk(county: Flask) -> Browser:
    return signed_in(county, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


@pytest.fixture
def leader(county: Flask) -> Browser:
    return signed_in(county, Role.LEADER, [COUNTY], username="leader")


def ask(browser: Browser, why: str = "发放回访", suffix: str = "xlsx", path: str = NEW) -> str:
    answer = browser.post(path, {"why": why, "suffix": suffix})
    assert answer.status_code == 303, html.unescape(answer.text)
    return answer.headers["Location"]


def made(clerk: Browser, leader: Browser, suffix: str = "xlsx") -> str:
    path = ask(clerk, suffix=suffix)
    assert leader.post(f"{path}/decide", {"verdict": "approve"}).status_code == 303
    assert clerk.post(f"{path}/make").status_code == 303
    return path


def opened(app: Flask, kind: str) -> dict[str, str]:
    """Field → JSON text of the newest event of a kind."""
    with reading(engine_of(app)) as session:
        event = session.scalar(
            select(TrailSubject.event_id).where(TrailSubject.type == kind).order_by(TrailSubject.id.desc()).limit(1)
        )
        rows = session.execute(
            select(TrailOpening.field, TrailOpening.sealed).where(TrailOpening.event_id == event)
        ).all()
        ring = keys_of(session).keyring
        return {field: ring.open_(sealed, seal_name(event or "", field)) for field, sealed in rows if sealed}


def test_a_file_that_one_person_takes_has_masked_names_and_its_number_on_every_row(
    county: Flask, clerk: Browser
) -> None:
    answer = clerk.get("/console/households.csv")
    text = answer.data.decode("utf-8-sig")
    assert "张建国" not in text
    assert "张*国" in text
    number = re.search(r"households-([0-9A-F]{12})\.csv", answer.headers["Content-Disposition"])
    assert number is not None
    lines = text.strip().splitlines()
    assert lines[0].endswith("导出编号")
    assert all(line.endswith(number.group(1)) for line in lines[1:])
    event = opened(county, "list.exported")["after"]
    assert hashlib.sha256(answer.data).hexdigest() in event
    assert "rows_sha256" in event


def test_the_same_rows_have_the_same_digest_in_every_form_of_file(county: Flask, clerk: Browser) -> None:
    digests = set()
    for suffix in ("csv", "xlsx", "json"):
        assert clerk.get(f"/console/households.{suffix}").status_code == 200
        found = re.search(r'"rows_sha256":"([0-9a-f]{64})"', opened(county, "list.exported")["after"])
        assert found is not None
        digests.add(found.group(1))
    assert len(digests) == 1


def test_a_workbook_says_at_the_foot_and_in_its_properties_who_took_it(clerk: Browser) -> None:
    book = openpyxl.load_workbook(BytesIO(clerk.get("/console/households.xlsx").data))
    assert "clerk" in (book.properties.description or "")
    assert "clerk" in (book.active.oddFooter.left.text or "")


def test_whole_names_are_asked_for_approved_by_another_made_once_and_fetched(
    county: Flask, clerk: Browser, leader: Browser
) -> None:
    page = html.unescape(clerk.get(NEW).text)
    assert "按现在的筛选有 2 行" in page
    path = ask(clerk)
    assert clerk.get(f"{path}/file").status_code == 404
    assert "等您批准" in leader.get("/console/exports").text
    assert "发放回访" in leader.get(path).text
    assert leader.post(f"{path}/decide", {"verdict": "approve"}).status_code == 303
    assert clerk.post(f"{path}/make").status_code == 303
    assert clerk.post(f"{path}/make").status_code == 409
    answer = clerk.get(f"{path}/file")
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    names = {row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert names == {"张建国", "李秀英"}
    digest = hashlib.sha256(answer.data).hexdigest()
    assert digest in opened(county, "export.made")["after"]
    assert digest in opened(county, "export.fetched")["after"]
    assert digest in clerk.get(path).text
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_approves_his_own_export_nor_one_outside_his_scope(county: Flask, clerk: Browser) -> None:
    officer = signed_in(county, Role.DEPARTMENT_OFFICER, [COUNTY], username="officer")
    own = ask(officer)
    refused = officer.post(f"{own}/decide", {"verdict": "approve"})
    assert refused.status_code == 422
    assert "不能自己批准" in html.unescape(refused.text)
    assert officer.post(f"{own}/make").status_code == 409
    elsewhere = signed_in(county, Role.LEADER, [HONGYAO], username="elsewhere")
    path = ask(clerk)
    assert elsewhere.get(path).status_code == 404
    assert elsewhere.post(f"{path}/decide", {"verdict": "approve"}).status_code == 404
    assert clerk.post(f"{path}/decide", {"verdict": "approve"}).status_code == 403


def test_a_refusal_needs_a_reason_and_ends_it(clerk: Browser, leader: Browser) -> None:
    path = ask(clerk)
    assert leader.post(f"{path}/decide", {"verdict": "refuse", "why": ""}).status_code == 422
    assert leader.post(f"{path}/decide", {"verdict": "refuse", "why": "范围太大"}).status_code == 303
    assert "范围太大" in clerk.get(path).text
    assert clerk.post(f"{path}/make").status_code == 409


def test_the_file_never_holds_more_rows_than_were_approved(county: Flask, clerk: Browser, leader: Browser) -> None:
    path = ask(clerk)
    leader.post(f"{path}/decide", {"verdict": "approve"})
    with writing(engine_of(county)) as session:
        make_household(session, "HH-9", head="赵后来", id_number=make_id(77))
    answer = clerk.post(f"{path}/make")
    assert answer.status_code == 422
    assert "多了 1 行" in html.unescape(answer.text)


def test_only_the_person_who_asked_fetches_it(county: Flask, clerk: Browser, leader: Browser) -> None:
    path = made(clerk, leader)
    other = signed_in(county, Role.DEPARTMENT_OFFICER, [COUNTY], username="other")
    assert other.get(f"{path}/file").status_code == 404
    assert leader.get(f"{path}/file").status_code == 403
    assert signed_in(county, Role.TOWNSHIP_CLERK, [GAOGOU], username="second").get(path).status_code == 404


def test_who_may_not_see_whole_names_cannot_ask_for_them(county: Flask) -> None:
    auditor = signed_in(county, Role.AUDITOR, [COUNTY], username="auditor")
    assert auditor.get(NEW).status_code == 403
    assert "要完整姓名" not in auditor.get("/console/households").text


def test_a_list_without_names_needs_no_approval(clerk: Browser) -> None:
    assert clerk.get("/console/exports/new?list=divisions").status_code == 404
    assert clerk.get("/console/exports/new?list=nothing").status_code == 404


def test_after_a_day_the_file_is_gone_and_its_digests_stay(
    county: Flask, clerk: Browser, leader: Browser, settings: Settings
) -> None:
    path = made(clerk, leader, "csv")
    assert "张建国" in clerk.get(f"{path}/file").data.decode("utf-8-sig")
    with writing(engine_of(county)) as session:
        export = queries.get_export(session, path.rsplit("/", 1)[1])
        export.expires_at = now_utc() - timedelta(minutes=1)
        trail.record(session, kind="export.aged", actor="test", subjects=[("export", export.no)])
    assert clerk.get(f"{path}/file").status_code == 404
    assert purge(settings)["files"] == 1
    with reading(engine_of(county)) as session:
        assert session.scalars(select(ExportPart.sealed)).all() == [None]
        assert session.scalars(select(ExportRequest.file_sha256)).one()
    assert "已到期删除" in clerk.get(path).text


def test_the_kept_file_is_sealed(county: Flask, clerk: Browser, leader: Browser) -> None:
    made(clerk, leader, "csv")
    with reading(engine_of(county)) as session:
        sealed = b"".join(part for part in session.scalars(select(ExportPart.sealed)) if part)
    assert "张建国".encode() not in sealed
