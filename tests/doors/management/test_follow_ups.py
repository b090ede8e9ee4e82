"""/console/follow-ups: who is due to be looked at again, late ones first, and what can be begun for each household."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading
from portal.publishing.notices.queries import get_notice
from portal.registers.recipients.actions import decide_status
from portal.registers.recipients.procedures.models import ProcedureKind, StepKey
from portal.registers.recipients.procedures.queries import get_procedure
from tests.factories import procedures as p
from tests.factories.accounts import signed_in
from tests.factories.divisions import COUNTY, HONGYAO, VILLAGE, make_parameter

LATE, NEAR, FAR = "HH-LATE", "HH-NEAR", "HH-FAR"
PAGE = "/console/follow-ups"


def years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def fill(session: Session) -> None:
    """Three that left the list a year ago, more and less; three on 低保, decided as long ago; one who is to leave."""
    p.make_lines(session)
    make_parameter(session, "track_months", "12")
    today = today_cn()
    days = {LATE: timedelta(days=-20), NEAR: timedelta(days=20), FAR: timedelta(days=90)}
    for no, off in days.items():
        since = years_before(today + off, 1)
        home = p.make_listed(session, no, entered_on=years_before(today, 4))
        decided = {"decided_on": since, "document": "涟扶发〔2025〕9号", "prepared_by": "user:somebody"}
        decide_status(session, home.id, "已脱贫", p.act(p.COUNTY_DESK), None, **decided)
        p.make_listed(session, f"DB-{no}", category="低保户", entered_on=since)
    leaving = p.make_listed(session, "HH-EXIT", category="低保边缘户")
    p.earn(session, leaving, 90_000)
    p.walk(session, p.begin(session, ProcedureKind.EXIT, leaving), StepKey.VILLAGE_NOTICE)


pytestmark = pytest.mark.begins_with(fill=fill)


def rows(page: str) -> dict[str, str]:
    """Each row of the list by its household."""
    found = re.findall(r'<tr><th scope="row" class="nowrap"><a href="[^"]+">([^<]+)</a></th>(.*?)</tr>', page)
    return {no: unescape(cells) for no, cells in found}


def test_both_lists_name_the_late_ones_first_and_lead_to_the_procedure(app: Flask) -> None:
    clerk = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE])
    page = clerk.get(PAGE).text
    assert "2 户退出后的跟踪期快满或已满。" in page and "1 户过期。" in page
    assert list(rows(page)) == [LATE, NEAR]
    assert "超期" in rows(page)[LATE] and "还有" in rows(page)[NEAR]
    page = clerk.get(f"{PAGE}?list=recheck").text
    assert list(rows(page)) == [f"DB-{LATE}", f"DB-{NEAR}"] and "1 户过期。" in page
    begin = re.search(r'href="(/console/procedures/new[^"]+)"', rows(page)[f"DB-{LATE}"])
    assert begin is not None
    form = clerk.get(begin.group(1)).text
    assert re.search(
        r'<option selected value="低保复核">|value="低保复核"[^>]*selected|checked[^>]*value="低保复核"', form
    )
    sent = {"kind": "低保复核", "source": "定期复核", "category": "", "main_cause": "", "why": "到期复核"}
    under_way = clerk.post(begin.group(1), sent).headers["Location"]
    assert under_way in rows(clerk.get(f"{PAGE}?list=recheck").text)[f"DB-{LATE}"]


def test_the_lists_keep_to_their_readers_places_and_rights(app: Flask) -> None:
    assert rows(signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO]).get(PAGE).text) == {}
    seen = rows(signed_in(app, Role.LEADER, [COUNTY]).get(f"{PAGE}?list=something").text)
    assert list(seen) == [LATE, NEAR] and "procedures/new" not in "".join(seen.values())
    assert signed_in(app, Role.HELPER).get(PAGE).status_code == 403


def test_the_notice_that_a_procedure_waits_for_is_filled_in_from_it(app: Flask) -> None:
    engine: Engine = app.extensions["portal.installation"].engine
    clerk, stranger = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE]), signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO])
    page = clerk.get("/console/procedures").text
    found = re.search(r'href="/console/procedures/(CX-[0-9-]+)">', page)
    assert found is not None
    asked = {"procedure": found.group(1)}
    path = f"/console/procedures/{found.group(1)}"
    assert stranger.post("/console/postings/for-procedure", asked).status_code == 404
    drafted = clerk.post("/console/postings/for-procedure", asked, page=path)
    assert drafted.status_code == 303
    with reading(engine) as session:
        notice = get_notice(session, drafted.headers["Location"].rpartition("/")[2])
        assert get_procedure(session, notice.procedure_no or "").household_no == "HH-EXIT"
    assert "退出" in clerk.get(drafted.headers["Location"]).text
