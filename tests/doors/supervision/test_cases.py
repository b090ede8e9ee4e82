"""The pages of cases, orders and outcomes: three clicks to an order, two persons, and nothing for whoever may not know."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading, writing
from portal.kernel.keyset import Start
from portal.oversight.cases.models import Case
from portal.oversight.orders.models import Order
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from portal.web.paging import Cursor, write_cursor
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, make_county, make_unit
from tests.factories.phones import engine_of
from tests.factories.recipients import make_household

TITLE = "高沟镇补贴名单不实"
DEMAND = "逐户核对 2026 年补贴名单，报核对表。"
STUDY = {"disposition": "初步核实", "present": "周正、吴明、郑清", "opinions": "一致同意初步核实"}


def fill(session: Session) -> None:
    """The county, a township's unit, a household."""
    make_county(session)
    make_unit(session, "U-GG", "高沟镇人民政府", kind="乡镇", division_code=GAOGOU)
    make_household(session, "HH-1", GAOGOU[:9] + "201")


pytestmark = pytest.mark.begins_with(fill=fill)


@pytest.fixture
def jia(app: Flask) -> Browser:
    """An inspector."""
    return signed_in(app, Role.INSPECTOR, [COUNTY], username="jia")


@pytest.fixture
def head(app: Flask) -> Browser:
    """The head of inspection."""
    return signed_in(app, Role.INSPECTION_HEAD, [COUNTY], username="head")


def said(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def opened(browser: Browser, **more: str) -> str:
    """A case opened by hand; its address."""
    values = {"title": TITLE, "division_code": GAOGOU, "accused": "", "team": "", "why": "日常监督发现", **more}
    answer = browser.post("/supervision/cases/new", values, page="/supervision/cases/new")
    assert answer.status_code == 303, said(answer.text)
    return str(answer.headers["Location"])


def approved(jia: Browser, head: Browser, at: str) -> None:
    """Proposed by one after a study, approved by the other."""
    answer = jia.post(f"{at}/propose", {**STUDY, "studied_on": today_cn().isoformat()}, page=at)
    assert answer.status_code == 303, said(answer.text)
    assert head.post(f"{at}/decide", {"decision": "批准", "why": "同意"}, page=at).status_code == 303


def ordered(jia: Browser, at: str) -> str:
    """An order that has gone out; its address."""
    form = jia.get(f"{at}/orders/new").text
    kept = {
        name: re.search(rf'id="{name}"[^>]*?(?:value="([^"]*)"|>([^<]*)</textarea)', form) for name in ("issuer", "title", "body")
    }  # fmt: skip
    values = {name: next(filter(None, found.groups()), "") for name, found in kept.items() if found}
    values |= {
        "reason": "案件需要",
        "is_listed": "y",
        "unit_1": "U-GG",
        "demand_1": DEMAND,
        "days_1": "10",
        "send": "issue",
    }
    answer = jia.post(f"{at}/orders/new", values, page=f"{at}/orders/new")
    assert answer.status_code == 303, said(answer.text)
    return str(answer.headers["Location"])


def test_a_case_is_there_for_its_team_and_its_head_alone(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    no = at.rsplit("/", 1)[1]
    assert re.fullmatch(r"AJ-\d{4}-\d{6}", no)
    for browser in (jia, head):
        assert TITLE in browser.get(at).text
        assert no in browser.get("/supervision/cases").text
    other = signed_in(app, Role.INSPECTOR, [COUNTY], username="yi")
    unknown = other.get("/supervision/cases/AJ-2026-000000")
    hidden = other.get(at)
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.text.replace(no, "X").split("</head>")[1][:400] == unknown.text.split("</head>")[1][:400]
    assert no not in other.get("/supervision/cases").text
    for role in (Role.AUDITOR, Role.LEADER, Role.TOWNSHIP_CLERK, Role.DEPARTMENT_OFFICER):
        assert signed_in(app, role, [COUNTY]).get(at).status_code == 403
    with reading(engine_of(app)) as session:
        looked = select(TrailSubject.actor).where(TrailSubject.no == no, TrailSubject.type == "case.read")
        assert set(session.scalars(looked)) == {"user:jia", "user:head"}


def test_links_team_and_notes(app: Flask, jia: Browser) -> None:
    at = opened(jia)
    signed_in(app, Role.INSPECTOR, [COUNTY], username="yi")
    assert jia.post(f"{at}/links", {"kind": "household", "no": "HH-1"}, page=at).status_code == 303
    assert jia.post(f"{at}/links", {"kind": "household", "no": "HH-9"}, page=at).status_code == 404
    assert jia.post(f"{at}/links", {"kind": "complaint", "no": "ABCD1234"}, page=at).status_code == 404
    assert jia.post(f"{at}/team", {"username": "yi"}, page=at).status_code == 303
    assert jia.post(f"{at}/notes", {"text": "到户看过，本人说没有领到。"}, page=at).status_code == 303
    page = jia.get(at).text
    for words in ("/supervision/households/HH-1/timeline", "没有领到", "yi"):
        assert words in page
    assert jia.post(f"{at}/notes", {"text": ""}, page=at).status_code == 422


def test_an_order_in_three_clicks_and_back(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    approved(jia, head, at)
    assert f"{at}/orders/new" in jia.get(at).text
    order = ordered(jia, at)
    no = order.rsplit("/", 1)[1]
    paper = jia.get(f"{order}.pdf")
    assert paper.content_type == "application/pdf"
    assert "逐户核对" in PdfReader(BytesIO(paper.data)).pages[0].extract_text()
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")
    mine = f"/console/orders/{no}"
    assert DEMAND in clerk.get("/console/orders").text
    seen = clerk.get(mine).text
    assert TITLE not in seen
    assert at.rsplit("/", 1)[1] not in seen
    assert clerk.get(f"{mine}.pdf").content_type == "application/pdf"
    assert clerk.post(f"{mine}/1/accept", page=mine).status_code == 303
    heavy = {"text": "已经逐户核对，扫描件有三十兆。", "file": (BytesIO(b"%PDF-1.7" + bytes(30 << 20)), "核对表.pdf")}
    refused = clerk.post(f"{mine}/1/answer", heavy, page=mine)
    refused.request.environ["wsgi.input"].close()  # the client's own temporary file
    assert refused.status_code == 422 and "扫描件有三十兆" in refused.text and "一个文件最多 8 MB" in refused.text
    upload = {"text": "已经逐户核对，多报 3 户。", "file": (BytesIO(b"%PDF-1.7 sheet"), "核对表.pdf")}
    assert clerk.post(f"{mine}/1/answer", upload, page=mine).status_code == 303
    page = jia.get(order).text
    file = re.search(rf"{order}/files/\d+", page)
    assert "多报 3 户" in page and file is not None
    assert jia.get(file.group()).data == b"%PDF-1.7 sheet"
    assert (
        jia.post(f"{order}/check", {"n": "1", "result": "pass", "text": "抽查 5 户，属实。"}, page=order).status_code
        == 303
    )
    assert jia.post(f"{order}/clear", {"why": "已经办好"}, page=order).status_code == 303
    assert "已销号" in jia.get(order).text
    assert no in clerk.get("/console/orders?show=done").text
    assert no not in clerk.get("/console/orders").text


def test_an_order_is_nothing_to_anybody_else(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    approved(jia, head, at)
    order = ordered(jia, at)
    no = order.rsplit("/", 1)[1]
    neighbour = signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    assert neighbour.get(f"/console/orders/{no}").status_code == 404
    assert neighbour.get(f"/console/orders/{no}.pdf").status_code == 404
    assert neighbour.post(f"/console/orders/{no}/1/accept").status_code == 404
    other = signed_in(app, Role.INSPECTOR, [COUNTY], username="yi")
    assert other.get(order).status_code == 404
    assert other.get(f"{order}.pdf").status_code == 404
    assert no not in other.get("/supervision/orders").text
    assert no in jia.get("/supervision/orders").text


def test_the_paper_is_genuine_and_tells_nothing(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    approved(jia, head, at)
    no = ordered(jia, at).rsplit("/", 1)[1]
    anybody = Browser(app)
    page = anybody.get(f"/v/{no}")
    assert page.status_code == 200
    assert "是真的：督办单" in page.text
    for secret in (TITLE, DEMAND[:8], "高沟镇", at.rsplit("/", 1)[1], "jia"):
        assert secret not in page.text
    assert anybody.get("/v/DB-2026-00000000").status_code == 404
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Order.state).where(Order.no == no)).one() == "签发"


def test_a_draft_is_known_to_nobody_outside(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    approved(jia, head, at)
    values = {
        "issuer": "涟水县纪委监委", "title": "核实名单", "body": "请核实名单问题。", "reason": "案件需要", "unit_1": "U-GG",
        "demand_1": DEMAND, "days_1": "10", "send": "draft",
    }  # fmt: skip
    order = str(jia.post(f"{at}/orders/new", values, page=f"{at}/orders/new").headers["Location"])
    no = order.rsplit("/", 1)[1]
    assert Browser(app).get(f"/v/{no}").status_code == 404
    assert jia.get(f"{order}.pdf").status_code == 422
    assert "还没有签发" in jia.get(order).text


def test_closing_names_what_is_still_open(jia: Browser, head: Browser) -> None:
    at = opened(jia)
    approved(jia, head, at)
    no = ordered(jia, at).rsplit("/", 1)[1]
    values = {**STUDY, "disposition": "办结", "studied_on": today_cn().isoformat()}
    refused = jia.post(f"{at}/propose", values, page=at)
    assert refused.status_code == 422
    assert f"{no} 第 1 项（高沟镇人民政府，待签收）" in refused.text


def test_outcomes_within_the_law(jia: Browser, head: Browser) -> None:
    at = opened(jia)
    early = {"kind": "虚报冒领", "division_code": GAOGOU, "found_on": today_cn().isoformat(), "text": "多报三户。"}
    assert jia.post(f"{at}/problems/new", early, page=f"{at}/problems/new").status_code == 422
    approved(jia, head, at)
    assert jia.post(f"{at}/problems/new", early, page=f"{at}/problems/new").status_code == 303
    sanction = {
        "person": "周永福", "division_code": GAOGOU, "standing": "村（居）民委员会管理人员", "is_member": "y",
        "party": "党内警告", "admin": "撤职", "measure": "", "organ": "涟水县监委", "document_no": "涟监〔2026〕3号",
        "imposed_on": today_cn().isoformat(),
    }  # fmt: skip
    new = f"{at}/sanctions/new"
    refused = jia.post(new, sanction, page=new)
    assert refused.status_code == 422
    for words in ("第二十二条", "警告", "记过", "记大过"):
        assert words in refused.text
    assert jia.post(new, {**sanction, "admin": "记过"}, page=new).status_code == 303
    page = said(jia.get(at).text)
    assert "第二种形态" in page
    assert "周永福" in page


def test_somebody_accused_later_finds_nothing_any_more(app: Flask, jia: Browser, head: Browser) -> None:
    at = opened(jia)
    assert TITLE in head.get(at).text
    assert jia.post(f"{at}/links", {"kind": "account", "no": "head", "is_accused": "y"}, page=at).status_code == 303
    assert head.get(at).status_code == 404
    assert jia.get(at).status_code == 404, "the head leads the county: his inspectors are under him"
    with writing(engine_of(app)) as session:
        assert session.scalars(select(Case.state)).one() == "待研判"
        session.scalars(select(User).where(User.username == "head")).one()
        record(session, kind="test.read", actor="test", subjects=[])


def test_what_a_case_calls_its_own_things_counts_those_of_no_other_case(
    app: Flask, jia: Browser, head: Browser
) -> None:
    """A number over all cases would tell who works on one how many others there are, and when one more came."""
    found = {
        "kind": "违规认定",
        "division_code": GAOGOU,
        "found_on": today_cn().isoformat(),
        "text": "名单里多报三户。",
    }
    for browser in (signed_in(app, Role.INSPECTOR, [COUNTY], username="yi"), jia):
        at = opened(browser)
        approved(browser, head, at)
        for kind, no in (("household", "HH-1"), ("unit", "U-GG")):
            assert browser.post(f"{at}/links", {"kind": kind, "no": no}, page=at).status_code == 303
        problems = f"{at}/problems/new"
        assert browser.post(problems, found, page=problems).status_code == 303
        assert browser.post(problems, {**found, "corrects": "1"}, page=problems).status_code == 303
        page = browser.get(at).text
        assert re.findall(rf"{at}/links/(\d+)/off", page) == ["1", "2"]
        assert re.findall(r'<tr><th scope="row">(\d+)</th>', page) == ["1", "2"] and "更正第 1 条" in page
        assert browser.post(f"{at}/links/1/off", {"why": "关联错了"}, page=at).status_code == 303
        assert re.findall(rf"{at}/links/(\d+)/off", browser.get(at).text) == ["2"], "the others keep theirs"
        told = browser.get(f"/supervision/trail/case/{at.rsplit('/', 1)[1]}").text
        assert "link" in told and not re.search(r">\s*(3|4)\s*<", told)


@pytest.mark.parametrize(
    "at", ["cases", "orders", "complaints", "complaints/openings", "leads", "", "../console/orders"]
)
def test_the_edge_of_a_page_is_no_number_that_counts_what_others_have(app: Flask, at: str) -> None:
    role = {"complaints/openings": Role.AUDITOR, "../console/orders": Role.TOWNSHIP_CLERK}.get(at, Role.INSPECTOR)
    browser = signed_in(app, role, [COUNTY])
    address = f"/supervision/{at}".replace("/supervision/../", "/")
    assert browser.get(address).status_code == 200
    in_the_open = write_cursor(Cursor(Start(("2026-11-20", 7)[-1 if at in ("leads", "orders") else 0 :]), 2))
    assert browser.get(f"{address}?after={in_the_open}").status_code == 422


def test_a_form_that_arrives_twice_is_taken_once_and_other_words_are_another_form(jia: Browser) -> None:
    """A second click, a reload of the answer, the way back: the same page's token with the same words."""
    at = opened(jia)
    token = jia.token(at)
    for text in ("找村主任谈话", "找村主任谈话", "找会计谈话"):
        assert jia.post(f"{at}/notes", {"csrf_token": token, "text": text}).headers["Location"] == at
    page = jia.get(at).text
    assert (page.count("找村主任谈话"), page.count("找会计谈话")) == (1, 1)
    new = "/supervision/cases/new"
    values = {"csrf_token": jia.token(new), "title": "另一件", "division_code": GAOGOU, "accused": "", "team": ""}
    assert jia.post(new, values).status_code == 422
    assert "AJ-" in jia.post(new, {**values, "why": "日常监督发现"}).headers["Location"]
    assert jia.post(new, {**values, "why": "日常监督发现"}).headers["Location"] == "/supervision/cases"
    assert jia.get("/supervision/cases").text.count("另一件") == 1


def test_words_sent_after_the_session_ran_out_are_shown_again_and_secrets_never(jia: Browser) -> None:
    at = opened(jia)
    token = jia.token(at)
    jia.post("/logout", page=at)
    ours = {"Sec-Fetch-Site": "same-origin"}
    sent = {"csrf_token": token, "text": "找村主任谈话，看了账", "passphrase": "谁也不说的一句口令"}
    late = jia.client.post(f"{at}/notes", base_url=jia.base_url, data=sent, headers=ours)
    assert late.status_code == 401
    assert "找村主任谈话，看了账" in late.text
    assert "/login" in late.text
    assert token not in late.text
    assert "谁也不说的一句口令" not in late.text
    foreign = jia.client.post(f"{at}/notes", base_url=jia.base_url, data=sent)
    assert "找村主任谈话" not in foreign.text
