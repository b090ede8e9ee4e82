"""A report about one payment: its address says nothing, the form says which, and it is kept in the sealed part alone."""

from __future__ import annotations

import html
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts.permissions import Role
from portal.kernel.clock import start_of_day_cn, today_cn
from portal.kernel.database import Base, now_utc, reading, writing
from portal.oversight.complaints.models import Complaint
from portal.oversight.complaints.queries import find_by_locator, open_body
from portal.oversight.complaints.routing.queries import may_know, route_for
from portal.publishing.questions.models import PublicQuestion
from portal.registers.corrections import Act
from portal.registers.divisions.models import Unit
from portal.registers.funds.payments.actions import correct_payment
from portal.registers.funds.payments.models import Payment
from portal.registers.recipients.cards.actions import print_cards
from portal.registers.recipients.models import Household
from portal.trail.models import TrailSubject
from portal.web.rates import rates
from portal.web.sessions import Installation
from tests.doors.public.test_me import OwnBrowser
from tests.doors.public.test_report_traces import files_below
from tests.factories.accounts import cheap_hashes, make_user
from tests.factories.cards import NUMBER, card_clerk
from tests.factories.complaints import COUNTY, PASSPHRASE, STAFF, VILLAGE, a_county, opened, post, sign_in_as, who
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.recipients import make_household

DAY = date(2026, 5, 6)
KNOWING = {"county-inspector", "county-inspector-2", "county-head"}
LENT = "lent-inspector"
"""Works complaints of the county, and has his post in the bureau that paid."""
LINK = re.compile(r'/report\?subject=(entry:[^"]+)"')


def a_paid_village(session: Session) -> None:
    """The county of complaints; a household with one payment out of a line of the county's bureau."""
    a_county(session)
    home = make_household(session, "HH-1", VILLAGE, head="王秀英", id_number=NUMBER)
    bureau = session.scalars(select(Unit).where(Unit.code == "NY-COUNTY")).one()
    line = make_line(
        session, make_programme(session), 100_000_00, no="BF-ENTRY", to_unit_id=bureau.id, division_code=COUNTY
    )
    pay(session, line, [(None, 1_00), (home.id, 560_00)], paid_on=DAY)
    make_user(session, Role.INSPECTOR, [COUNTY], username=LENT)
    post(session, LENT, "NY-COUNTY")


pytestmark = pytest.mark.begins_with(fill=a_paid_village)


@pytest.fixture
def reader(app: Flask) -> Iterator[FlaskClient]:
    """A browser of nobody's."""
    app.testing = False
    rates(app).off = True
    with cheap_hashes():
        yield app.test_client()


def installed(app: Flask) -> Installation:
    found: Installation = app.extensions["portal.installation"]
    return found


def number(app: Flask) -> str:
    """The payment's number, as every page calls it."""
    with reading(installed(app).engine) as session:
        row = session.scalars(select(Payment).where(Payment.seq == 2)).one()
        return f"{row.batch_no}-{row.seq}"


def links(app: Flask) -> list[str]:
    """What the household's page says for its payments."""
    with writing(installed(app).engine) as session:
        home = session.scalars(select(Household)).one()
        clerk = card_clerk(scope=VILLAGE)
        printed = print_cards(session, clerk, [home.id], Act("user:printer", "按村打印明白卡"), now_utc())[0]
    phone = OwnBrowser(app, printed.token)
    return [link for _ in range(2) for link in LINK.findall(phone.get(f"/me?year={DAY.year}").text)]


def send(reader: FlaskClient, **fields: object) -> TestResponse:
    plain = {"kind": "数不对", "door": "confidential", "mode": "anonymous"}
    return reader.post("/report", data={**plain, **fields}, content_type="multipart/form-data")


def kept(app: Flask, sent: TestResponse) -> Complaint:
    assert sent.status_code == 201, sent.text[:2000]
    locator = re.findall(r'<b class="big" data-copy>([^<]+)</b>', sent.text)[0].replace(" ", "")
    with reading(installed(app).engine) as session:
        row = find_by_locator(session, locator)
    assert row is not None
    return row


def test_the_address_says_nothing_and_the_form_says_which_payment(app: Flask, reader: FlaskClient) -> None:
    one, other = links(app)
    assert one != other and len(one) == len(other) == len("entry:") + 60
    batch = number(app).rpartition("-")[0]
    raw = urlsafe_b64decode(one.removeprefix("entry:"))
    assert not any(said in one or said.encode() in raw for said in (batch, VILLAGE))
    page = reader.get("/report", query_string={"subject": one})
    about = html.unescape(page.text.split('class="about"')[1].split("</div>")[0])
    assert "2026 年 5 月 6 日" in about and "560.00 元" in about and "产业发展补助" in about
    assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    assert not any(said in page.text for said in (batch, "HH-1", "王", "柳荫村", VILLAGE)), "not whose, nor where"
    assert f'value="{one}"' in page.text


def test_the_payment_lies_in_the_sealed_part_alone(
    app: Flask, reader: FlaskClient, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    link, before = links(app)[0], set(rows(app))
    assert reader.get("/report", query_string={"subject": link}).status_code == 200
    row = kept(app, send(reader, subject=link, text="少了两百"))
    said = capfd.readouterr()
    traces = b"".join([*files_below(installed(app).settings.home), f"{said}{caplog.text}".encode()])
    assert traces and link.removeprefix("entry:").encode() not in traces
    assert (row.subject_kind, row.subject_no, row.division_code, row.authority) == (None, None, VILLAGE, COUNTY)
    left = b"".join(set(rows(app)) - before)
    batch = number(app).rpartition("-")[0]
    assert len(left) > 1000 and batch.encode() not in left and link.removeprefix("entry:").encode() not in left
    with reading(installed(app).engine) as session:
        assert open_body(session, row, opened(session, "county-inspector")).subject == ("payment", number(app))


def rows(app: Flask) -> Iterator[bytes]:
    """Every row of every table, as text and as bytes."""
    with reading(installed(app).engine) as session:
        for table in Base.metadata.tables:
            for row in session.execute(text(f'SELECT * FROM "{table}"')):
                yield repr(tuple(row)).encode() + b"".join(bytes(v) for v in row if isinstance(v, bytes | memoryview))


def test_whoever_had_a_hand_in_its_way_and_who_paid_it_out_may_not_know(app: Flask, reader: FlaskClient) -> None:
    with writing(installed(app).engine) as session:
        paid = session.scalars(select(Payment).where(Payment.seq == 2)).one()
        act = Act("user:county-inspector-2", "代为更正用途")
        correct_payment(session, paid.id, {"reason": "春季"}, act, None)
    about_it = kept(app, send(reader, subject=links(app)[0]))
    about_the_village = kept(app, send(reader, subject=f"division:{VILLAGE}"))
    everybody = [LENT, *(person[0] for person in STAFF)]
    with reading(installed(app).engine) as session:
        known = [
            {name for name in everybody if may_know(session, who(session, name), row)}
            for row in (about_it, about_the_village)
        ]
        assert known == [KNOWING - {"county-inspector-2"}, KNOWING | {LENT}]
        route = route_for(session, about_it)
    assert {"county-inspector-2", LENT} <= route.excluded, "also when it is routed again, from what was kept at arrival"
    assert route.authority == COUNTY


@pytest.mark.parametrize("days", [-1, 0, 1, 2])
def test_an_address_lasts_two_days_and_says_so_afterwards(app: Flask, reader: FlaskClient, days: int) -> None:
    link = links(app)[0]
    with time_machine.travel(start_of_day_cn(today_cn() + timedelta(days=days)) + timedelta(hours=9), tick=False):
        page, lasts = reader.get("/report", query_string={"subject": link}), days in (0, 1)
        assert ("560.00 元" in page.text) is lasts and ("已经看不出来了" in page.text) is not lasts
        sent = send(reader, subject=link, text="写了很久的话")
        assert sent.status_code == (201 if lasts else 422)
        if not lasts:
            assert "这一笔的链接过期了" in sent.text and "写了很久的话" in sent.text
            assert link not in sent.text, "pressed again it goes, without the payment"


def test_a_forged_or_altered_address_is_answered_like_an_old_one(app: Flask, reader: FlaskClient) -> None:
    made = bytearray(urlsafe_b64decode(links(app)[0].removeprefix("entry:")))
    made[-1] ^= 1
    for forged in (f"entry:{urlsafe_b64encode(bytes(made)).decode()}", f"entry:{'A' * 60}"):
        assert "已经看不出来了" in reader.get("/report", query_string={"subject": forged}).text
        assert send(reader, subject=forged).status_code == 422
        answer = reader.post("/report", json={"kind": "数不对", "subject": {"kind": "entry", "no": forged[6:]}})
        assert answer.status_code == 422 and [one["field"] for one in answer.json["errors"]] == ["subject"]
    for odd in ("entry:", "entry:x", f"entry:{'A' * 61}", f"entry:{'甲' * 20}"):
        assert 'class="about"' not in reader.get("/report", query_string={"subject": odd}).text


def test_asked_openly_it_is_about_the_programme(app: Flask, reader: FlaskClient) -> None:
    link = links(app)[0]
    sent = send(reader, subject=link, door="public", text="什么时候发？")
    assert sent.status_code == 201
    with reading(installed(app).engine) as session:
        asked = session.scalars(select(PublicQuestion)).one()
    assert (asked.subject_kind, asked.subject_no) == ("programme", "ZX-2026-01") and asked.division_code != VILLAGE


def test_the_case_room_shows_the_payment_with_its_file_and_the_trail(app: Flask, reader: FlaskClient) -> None:
    row = kept(app, send(reader, subject=links(app)[0]))
    no, at = number(app), f"/supervision/complaints/{row.locator}"
    browser = sign_in_as(app, "county-inspector")
    shut = browser.get(at).text
    assert no not in shut and "560.00" not in shut
    assert browser.post("/supervision/complaints/room", {"passphrase": PASSPHRASE}).status_code == 303
    page = browser.get(at).text
    for said in ("反映的那一笔", "2026-05-06", "560.00 元", "产业发展补助", "涟水县农业农村局", no, "与留痕一致"):
        assert said in page, said
    assert "王秀英" not in page and "HH-1" not in page, "whose it is is opened with a case"
    with reading(installed(app).engine) as session:
        seen = session.scalars(select(TrailSubject).where(TrailSubject.type == "complaint.read")).all()
        beside = {event for (event,) in session.execute(select(TrailSubject.event_id).where(TrailSubject.no == no))}
    assert seen and not beside & {one.event_id for one in seen}, "the look ties the two together nowhere"
