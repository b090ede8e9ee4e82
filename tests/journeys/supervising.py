"""How story 1 ends: the lead becomes a case, an order goes out, the unit answers, the outcome is entered and exposed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Flask

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import writing
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import GAOGOU, VILLAGE, make_unit
from tests.factories.phones import engine_of

UNIT = "U-GG"
TITLE = "扎新村把医疗报销算成收入"
BODY = "扎新村把医疗报销算成一户的收入，差一点让这户退出。\n村会计周某受到政务警告处分，登记已经更正，这户留在册。"
ANSWER = "已经核对全村转移性收入，3 户登记有误，已经更正。"


def send(browser: Browser, at: str, page: str, **said: Any) -> str:
    """Send a form; where it leads."""
    answer = browser.post(at, said, page=page)
    assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[-2000:]
    return str(answer.headers["Location"])


def to_its_end(app: Flask, inspector: Browser, head: Browser, lead: str, innocent: Browser) -> str:
    """From the lead to the exposure; returns the exposure's number. `innocent`: somebody of the village, who learns nothing."""
    with writing(engine_of(app)) as session:
        make_unit(session, UNIT, "高沟镇人民政府", kind="乡镇", division_code=GAOGOU)
    new = f"/supervision/cases/new?lead={lead}"
    case = send(inspector, new, new, title=TITLE, division_code=VILLAGE, accused="accountant", team="", why="疑点核实")
    assert "HH-1" in inspector.get(case).text
    assert lead in inspector.get(case).text
    today = today_cn().isoformat()
    study = {"studied_on": today, "present": "周正、吴明、郑清", "opinions": "一致同意初步核实"}
    send(inspector, f"{case}/propose", case, disposition="初步核实", **study)
    send(head, f"{case}/decide", case, decision="批准", why="同意")
    order = _ordered(app, inspector, case)
    said = {"kind": "违规认定", "division_code": VILLAGE, "found_on": today, "text": "医疗报销记成转移性收入。"}
    send(inspector, f"{case}/problems/new", f"{case}/problems/new", **said)
    _dealt_with(inspector, case, today)
    no = _exposed(inspector, head, case)
    send(inspector, f"{case}/propose", case, disposition="办结", **study)
    send(head, f"{case}/decide", case, decision="批准", why="同意办结")
    assert "办结" in inspector.get("/supervision/cases").text
    for address in (case, order, f"/console/orders/{order.rsplit('/', 1)[1]}"):
        assert innocent.get(address).status_code in (403, 404)
    return no


def _ordered(app: Flask, inspector: Browser, case: str) -> str:
    """Three clicks; the township answers; the re-check finds it done."""
    order = send(
        inspector, f"{case}/orders/new", f"{case}/orders/new", issuer="涟水县纪委监委", title="核实收入登记", body="请逐户核对登记。",
        reason="案件需要", is_listed="y", unit_1=UNIT, demand_1="核对转移性收入，报更正表。", days_1="10", send="issue",
    )  # fmt: skip
    no = order.rsplit("/", 1)[1]
    assert Browser(app).get(f"/v/{no}").status_code == 200
    assert inspector.get(f"{order}.pdf").data.startswith(b"%PDF")
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="town-clerk")
    mine = f"/console/orders/{no}"
    assert TITLE not in clerk.get(mine).text
    send(clerk, f"{mine}/1/accept", mine)
    assert "办不动，提级" in inspector.get(order).text
    send(clerk, f"{mine}/1/answer", mine, text=ANSWER)
    assert ANSWER in inspector.get(order).text
    send(inspector, f"{order}/check", order, n="1", result="pass", text="抽查 10 户，登记都对。")
    assert "办不动，提级" not in inspector.get(order).text
    send(inspector, f"{order}/clear", order, why="已经办好")
    return order


def _dealt_with(inspector: Browser, case: str, today: str) -> None:
    """A village's accountant: removal is refused by art. 22, a warning is entered."""
    new = f"{case}/sanctions/new"
    said = {
        "person": "周会计", "division_code": VILLAGE, "standing": "村（居）民委员会管理人员", "party": "", "measure": "",
        "organ": "涟水县监委", "document_no": "涟监〔2026〕3号", "imposed_on": today,
    }  # fmt: skip
    refused = inspector.post(new, {**said, "admin": "撤职"}, page=new)
    assert refused.status_code == 422
    assert "第二十二条" in refused.text
    send(inspector, new, new, **said, admin="警告")


def _exposed(inspector: Browser, head: Browser, case: str) -> str:
    """Stopped by the gate while the household is named; released by the head when it is not."""
    new = f"/supervision/exposure/new?case={case.rsplit('/', 1)[1]}"
    last = (today_cn() + timedelta(days=60)).isoformat()
    said = {
        "title": "扎新村医疗报销算成收入", "kind": "违规认定", "division_code": VILLAGE, "organ": "涟水县纪委监委", "withdraw_on": last,
    }  # fmt: skip
    page = send(inspector, new, new, **said, body=BODY + "\n这户是程守田家。")
    stopped = inspector.post(f"{page}/submit", page=page)
    assert stopped.status_code == 422
    assert "没有遮盖的姓名" in stopped.text
    send(inspector, f"{page}/edit", f"{page}/edit", **said, body=BODY)
    send(inspector, f"{page}/submit", page)
    assert inspector.post(f"{page}/publish", {"why": "我自己发"}, page=page).status_code == 403
    page = send(head, f"{page}/publish", page, why="核对过，没有群众的姓名")
    return page.rsplit("/", 1)[1]
