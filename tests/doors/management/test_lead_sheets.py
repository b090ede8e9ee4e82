"""The round trip of leads on paper: what goes out, what comes back, and that nothing is lost, doubled or told to others."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.leads.findings.models import Finding, LeadFinding
from portal.oversight.leads.models import Lead
from portal.oversight.leads.rounds.actions import conclude, record_visit
from portal.oversight.leads.rounds.models import LeadRound
from portal.oversight.leads.rounds.queries import said_in
from portal.oversight.leads.rounds.rules import OnSite
from portal.oversight.leads.sheets.models import LeadSheet
from portal.registers.corrections import Act
from portal.registers.sealed import keyring_of
from portal.trail.models import TrailSubject
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import GAOGOU, OTHER_VILLAGE, VILLAGE, make_county
from tests.factories.leads import make_leads
from tests.factories.recipients import make_household
from tests.factories.visits import picture

AT = "/console/leads"
TODAY = today_cn()
FILLED = {
    "核实日期": TODAY, "入户人": "王一", "同去的人": "陈二", "先听了谁说": "本户", "本户或帮扶人怎么说": "车是儿子的，早分了户",
    "入户看到了什么": "院里没有车，邻居也说没有", "结论": "不属实", "结论的依据": "两人到户看过，户口本上分了户",
}  # fmt: skip


def fill(session: Session) -> None:
    """Two households with leads of this township, one lead elsewhere, one about an account, one about a complaint."""
    make_county(session)
    for number in range(1, 5):
        make_household(session, f"HH-{number}", VILLAGE)
        make_leads(session, f"P-{number}", rule="L09", household=f"HH-{number}", on=TODAY, evidence={"plate": "=1+1"})
    make_leads(session, "P-away", rule="L09", division=OTHER_VILLAGE, on=TODAY)
    make_leads(session, "user:somebody/2026-11-02", rule="S06", division=VILLAGE, on=TODAY)
    (hidden,) = make_leads(session, "KX3NTT41", rule="L09", division=VILLAGE, on=TODAY)
    hidden.subject_kind = "complaint"


pytestmark = pytest.mark.begins_with(fill=fill)


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def rows_of(content: bytes) -> tuple[Any, Any, list[str], dict[str, int]]:
    """The workbook, its sheet, its header and the line of each lead."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[4]]
    return book, sheet, header, {sheet.cell(n, 1).value: n for n in range(5, sheet.max_row + 1)}


def exported(browser: Browser, query: str = "") -> bytes:
    response = browser.get(f"{AT}/sheet.xlsx{query}")
    assert response.status_code == 200
    return response.data


def filled(content: bytes, values: dict[int, dict[str, Any]], change: Callable[[Any], None] | None = None) -> bytes:
    """The sheet with the rows of these leads (their place in the sheet, from 0) filled in."""
    book, sheet, header, _lines = rows_of(content)
    for place, cells in values.items():
        for name, value in cells.items():
            sheet.cell(5 + place, header.index(name) + 1).value = value
    if change is not None:
        change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(browser: Browser, workbook: bytes, photo: str | None = "签字表.jpg") -> TestResponse:
    data: dict[str, Any] = {"file": (io.BytesIO(workbook), "表.xlsx")}
    if photo:
        data["photos"] = (io.BytesIO(picture()), photo)
    return browser.post(f"{AT}/sheets", data, content_type="multipart/form-data")


def take(browser: Browser, sent: TestResponse) -> TestResponse:
    return browser.post(f"{sent.headers['Location']}/take")


def counts(app: Flask) -> tuple[int, ...]:
    """Leads concluded, rounds, findings."""
    with reading(engine_of(app)) as session:
        concluded = select(func.count()).select_from(Lead).where(Lead.status == "concluded")
        tables = [select(func.count()).select_from(table) for table in (LeadRound, LeadFinding)]
        return tuple(session.scalar(query) or 0 for query in (concluded, *tables))


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


def test_a_sheet_holds_the_townships_own_leads_and_nothing_that_runs(app: Flask, clerk: Browser) -> None:
    content = exported(clerk)
    _book, sheet, header, lines = rows_of(content)
    with reading(engine_of(app)) as session:
        own = session.scalars(select(Lead.lead_no).where(Lead.household_no.is_not(None))).all()
        assert set(lines) == set(own)  # none of elsewhere, about an office, about a complaint
        kinds = session.scalars(select(TrailSubject.type).where(TrailSubject.kind == "lead_sheet")).all()
        assert kinds == ["lead.sheet.exported"]
    seen = sheet.cell(5, header.index("看到什么") + 1)
    assert "=1+1" in seen.value and seen.data_type == "s"
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists == {'"本户,帮扶人,找不到人"', '"属实,不属实,部分属实,无法核实"'}
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_a_filled_sheet_is_looked_through_then_taken_in_once(app: Flask, clerk: Browser) -> None:
    content = exported(clerk)
    whole = filled(content, {0: FILLED, 1: FILLED | {"结论": "有问题"}, 2: FILLED | {"同去的人": "王一"}})
    sent = send(clerk, whole)
    page = clerk.get(sent.headers["Location"]).text
    assert "1 行可以录入" in page and "2 行要改" in page and "不认识的结论" in page and "不能是同一个人" in page
    assert counts(app) == (0, 0, 0)  # looked through, nothing written
    assert take(clerk, sent).status_code == 303
    assert counts(app) == (1, 1, 1)
    assert take(clerk, sent).status_code == 409  # the same sheet again
    again = send(clerk, whole)
    assert "已经录入过" in clerk.get(again.headers["Location"]).text
    assert take(clerk, again).status_code == 422  # nothing left that is in order
    assert counts(app) == (1, 1, 1)
    mended = send(clerk, filled(whole, {1: FILLED, 2: FILLED}))
    assert take(clerk, mended).status_code == 303
    assert counts(app) == (3, 3, 3)
    with reading(engine_of(app)) as session:
        row = session.scalars(select(LeadRound).order_by(LeadRound.id).limit(1)).one()
        assert said_in(session, keyring_of(session), row.lead_id)[1] == (
            FILLED["本户或帮扶人怎么说"],
            FILLED["入户看到了什么"],
        )
        assert (row.conclusion, row.verified_by, row.photo is not None) == ("不属实", "user:clerk", True)
        kinds = session.scalars(select(TrailSubject.type).where(TrailSubject.kind == "lead_sheet")).all()
        assert sorted(kinds) == [*["lead.sheet.entered"] * 2, "lead.sheet.exported", *["lead.sheet.kept"] * 3]
        kept = session.scalars(select(LeadSheet).order_by(LeadSheet.id)).all()
        assert [(one.rows, one.refused, one.taken_at is None) for one in kept] == [
            (4, 2, False),
            (4, 2, True),
            (4, 0, False),
        ]
        assert "王一".encode() not in kept[0].file_sealed


def test_without_a_picture_nothing_about_a_household_is_taken(app: Flask, clerk: Browser) -> None:
    sent = send(clerk, filled(exported(clerk), {0: FILLED}), photo=None)
    page = clerk.get(sent.headers["Location"]).text
    assert "上传一张入户核实的照片" in page and "没有一行可以录入" in page
    with reading(engine_of(app)) as session:
        own = session.scalars(select(Lead.lead_no).where(Lead.household_no.is_not(None)).order_by(Lead.id)).all()
    named = send(clerk, filled(exported(clerk), {0: FILLED, 1: FILLED}), photo=f"{own[0].lower()}.jpg")
    page = clerk.get(named.headers["Location"]).text
    assert "1 行可以录入" in page and "1 行要改" in page  # a picture of one lead proves no other


def test_a_lead_that_changed_meanwhile_keeps_what_was_written_about_it(app: Flask, clerk: Browser) -> None:
    content = exported(clerk)
    at, other = now_utc() + timedelta(seconds=1), Act("user:other", "另一个人先到户")
    with writing(engine_of(app)) as session:
        first, second = session.scalars(select(Lead).where(Lead.household_no.is_not(None)).order_by(Lead.id).limit(2))
        seen = OnSite(TODAY, "李三", "赵四", "本户", "那是借的车", "车不在家，有借条", "a" * 64)
        record_visit(session, first.lead_no, seen, other, at)
        conclude(session, first.lead_no, Finding.TRUE, other, at)
        second.evidence_digest = "f" * 64
        session.flush()
    sent = send(clerk, filled(content, {0: FILLED, 1: FILLED, 2: FILLED}))
    page = clerk.get(sent.headers["Location"]).text
    assert page.count("发出以后这条疑点有变化") == 2
    assert take(clerk, sent).status_code == 303
    with reading(engine_of(app)) as session:
        assert session.scalars(select(LeadRound.conclusion).order_by(LeadRound.id)).all() == ["属实", "不属实"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda sheet: sheet.cell(1, 1, "阳光扶贫疑点核查表　表号 HC-20261122-00000000　校验 0123456789abcdef"), "不是本站发出的核查表"),
        (lambda sheet: sheet.delete_cols(14), "核查表少了"),
    ],
    ids=["foreign", "no column"],
)  # fmt: skip
def test_a_foreign_or_cut_sheet_is_refused_whole(
    app: Flask, clerk: Browser, spoil: Callable[[Any], None], said: str
) -> None:
    answer = send(clerk, filled(exported(clerk), {0: FILLED}, spoil))
    assert answer.status_code == 422 and said in answer.text
    assert counts(app) == (0, 0, 0)


def test_rows_of_elsewhere_altered_rows_and_doubles_are_named_and_never_taken(app: Flask, clerk: Browser) -> None:
    away = signed_in(app, Role.DEPARTMENT_OFFICER, ["320826000000"], username="officer")
    content = exported(away)
    _book, _sheet, header, lines = rows_of(content)
    assert len(lines) == 5
    with reading(engine_of(app)) as session:
        elsewhere = session.scalars(select(Lead.lead_no).where(Lead.division_code == OTHER_VILLAGE)).one()
        own = session.scalars(select(Lead.lead_no).where(Lead.household_no.is_not(None)).order_by(Lead.id)).all()

    def alter(sheet: Any) -> None:
        sheet.cell(lines[own[0]], 1).value = own[1]  # a row turned into another's
        for place in range(1, len(header) + 1):
            sheet.cell(sheet.max_row + (place == 1), place).value = sheet.cell(lines[own[2]], place).value

    places = {line - 5: FILLED for no, line in lines.items() if no != own[3]}
    sent = send(clerk, filled(content, places, alter))
    page = clerk.get(sent.headers["Location"]).text
    assert "另有 1 行没有填" in page
    said = re.findall(
        r'<th scope="row" class="nowrap">(?:<a [^>]*>)?([^<]+).*?</th><td class="nowrap"><span class="tag [^"]*">(?:<svg.*?</svg>)?([^<]+)',
        page,
    )
    assert sorted(said) == sorted(
        [
            (elsewhere, "查不到"), (own[1], "不是本表的行"), (own[1], "填得不对"), (own[2], "可以录入"), (own[2], "填得不对"),
        ]
    )  # fmt: skip


def test_nobody_opens_anothers_sheet_and_a_village_clerk_has_no_such_page(app: Flask, clerk: Browser) -> None:
    sent = send(clerk, filled(exported(clerk), {0: FILLED}))
    other = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    assert other.get(sent.headers["Location"]).status_code == 404
    assert take(other, sent).status_code == 404
    village = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE])
    assert village.get(AT).status_code == 403


def test_the_work_list_names_what_is_due_and_what_was_heard(app: Flask, clerk: Browser) -> None:
    at = now_utc()
    with writing(engine_of(app)) as session:
        first, second = session.scalars(select(Lead).where(Lead.household_no.is_not(None)).order_by(Lead.id).limit(2))
        first.due_on, second.due_on = TODAY - timedelta(days=3), TODAY + timedelta(days=9)
        session.flush()
        seen = OnSite(TODAY, "李三", "赵四", "帮扶人", "那是借的车", "车不在家，有借条", "a" * 64)
        record_visit(session, second.lead_no, seen, Act("user:clerk", "入户核实"), at)
        late, visited = first.lead_no, second.lead_no
    page = clerk.get(AT).text
    assert "有 4 条疑点等核实" in page and "1 条超期" in page and "超期 3 天" in page
    assert page.index(late) < page.index(visited) and "帮扶人" in page and TODAY.isoformat() in page
    only = clerk.get(f"{AT}?due=late").text
    assert late in only and visited not in only
    assert f'href="{AT}"' in clerk.get("/console/").text
