"""A household's own pages: the year, one tap for each item, what happens next and by when; its own rows and nobody else's."""

from __future__ import annotations

import gzip
import re
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.leads.models import Lead
from portal.registers.corrections import Act
from portal.registers.funds.answering.actions import settle_dispute
from portal.registers.helpers.check_ins.answers.models import VisitAnswer
from portal.registers.recipients.answers.models import HouseholdAnswer, HouseholdDispute
from portal.registers.recipients.models import Household
from portal.registers.recipients.procedures.actions import open_procedure
from portal.registers.recipients.procedures.models import Procedure, ProcedureKind, Source
from portal.registers.recipients.procedures.reconfirmations.actions import ask_to_reconfirm
from portal.registers.recipients.procedures.reconfirmations.models import Reconfirmation
from portal.registers.recipients.queries import get_household
from portal.registers.recipients.requests.models import HelpRequest
from portal.registers.reveals import SHOWN
from portal.trail.actions import record
from tests.factories.accounts import Browser, make_user
from tests.factories.board import make_visit
from tests.factories.cards import FOUR, NUMBER, make_card
from tests.factories.divisions import make_county, make_parameter, make_unit
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household, make_id, make_income

TODAY = today_cn()
YEAR = TODAY.year
PHONE = "13912340000"
PAGES = ("/me", "/me/helper", "/me/seen", "/me/help", "/me/exit")


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


class OwnBrowser(Browser):
    """A phone that has scanned a card."""

    def __init__(self, app: Flask, token: str, digits: str = FOUR) -> None:
        super().__init__(app)
        self.get(f"/q/{token}")
        csrf = self.token("/me/sign-in")
        done = self.client.post("/me/sign-in", base_url=self.base_url, data={"csrf_token": csrf, "digits": digits})
        assert done.status_code == 303, done.text[:500]

    def press(self, path: str, page: str = "/me", **data: str):
        """Press a button of a page."""
        return self.post(path, data, page=page)


def a_village(session: Session) -> None:
    """HH-1 with two payments, an income, a visit and a helper who can be called; HH-2 with a payment of its own."""
    make_county(session)
    home = make_household(session, head="王秀英", id_number=NUMBER)
    unit = make_unit(session, "U-MZ", "涟水县民政局")
    line = make_line(session, make_programme(session, name=f"{YEAR}年低保金", department_id=unit.id), 100_000_00)
    pay(session, line, [(home.id, 560_00), (home.id, 384_00)], paid_on=TODAY.replace(month=1, day=10))
    pay(session, line, [(home.id, 77_00)], "失败", paid_on=TODAY.replace(month=1, day=11))
    pay(session, line, [(home.id, 123_00)], paid_on=TODAY.replace(year=YEAR - 1, month=3, day=5))
    other = make_household(session, "HH-2", head="钱远方", id_number=make_id(9))
    pay(session, line, [(other.id, 888_00)], paid_on=TODAY.replace(month=1, day=12))
    make_income(session, home, 800_00, occurred_on=TODAY.replace(month=1, day=3), entered_unit="柳荫村合作社")
    helper = make_helper(session, phone=PHONE)
    make_pairing(session, helper, household_id=home.id)
    make_visit(session, helper, home, TODAY - timedelta(days=1), claim_id="visit-1", note="不能给本户看的话")


pytestmark = pytest.mark.begins_with(fill=a_village)


@pytest.fixture
def card(app: Flask) -> str:
    """The token of HH-1's card."""
    app.testing = False
    with writing(engine_of(app)) as session:
        return make_card(session, get_household(session, "HH-1").id).token


@pytest.fixture
def phone(app: Flask, card: str) -> OwnBrowser:
    return OwnBrowser(app, card)


def payments(phone: OwnBrowser) -> list[str]:
    """Addresses of the payments on the page, as they stand."""
    return re.findall(r'id="(payment-[^"]+)"', phone.get("/me").text)


def test_the_first_sentence_is_true(phone: OwnBrowser) -> None:
    page = phone.get("/me").text
    assert '<b class="big-sum">944.00</b>' in page, "two payments arrived; one did not"
    assert "一共 2 笔" in page and "王*英家" in page and "王秀英" not in page
    assert "没有打成，钱没有到" in page and "涟水县民政局发的" in page and "柳荫村合作社登记的" in page
    assert "农历" in page and "888.00" not in page and "123.00" not in page
    before = phone.get(f"/me?year={YEAR - 1}").text
    assert f"{YEAR - 1} 年，打到您家" in before and "123.00" in before


def test_every_page_can_be_read_by_the_old(phone: OwnBrowser) -> None:
    for path in PAGES:
        shown = phone.get(path)
        assert '<html lang="zh-Hans" class="elder">' in shown.text, path
        assert f'href="tel:{PHONE}"' in shown.text and 'href="tel:12317"' in shown.text, path
        assert "这不是我家" in shown.text and "10 分钟不动" in shown.text, path
        assert shown.headers["Cache-Control"] == "no-store", path
        assert shown.headers["Refresh"].startswith("605; url=/me/sign-in"), path
        assert len(gzip.compress(shown.data)) <= 40 << 10, path


def test_beside_each_entry_is_the_way_to_a_report_that_names_no_household(phone: OwnBrowser) -> None:
    page = phone.get("/me").text
    ways = re.findall(r'href="/report\?subject=([^"]+)" rel="nofollow noreferrer"', page)
    assert len(ways) == page.count('<article class="sheet item') > 3
    assert {way.partition(":")[0] for way in ways} == {"entry", "division"}
    for way in set(ways):
        shown = phone.get(f"/report?subject={way}").text
        assert "HH-1" not in way and ("低保金" in shown if way.startswith("entry") else "村" in shown)
        assert 'class="about"' in shown


def test_without_a_card_nothing_is_shown(app: Flask, card: str) -> None:
    stranger = Browser(app)
    for path in (*PAGES, "/me/items/payment-1-1"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/me/sign-in"), path


def test_right_is_one_tap_and_can_be_changed(app: Flask, phone: OwnBrowser) -> None:
    no = payments(phone)[0]
    done = phone.press(f"/me/items/{no}", answer="对", year=str(YEAR))
    assert done.status_code == 303 and done.headers["Location"].endswith(f"#{no}")
    assert "您说：<b>对</b>" in phone.get("/me").text
    phone.press(f"/me/items/{no}", answer="不知道")
    with reading(engine_of(app)) as session:
        assert [row.answer for row in session.scalars(select(HouseholdAnswer))] == ["对", "不知道"]
    assert "您每次怎么说的，都留着" in phone.get(f"/me/items/{no}").text


def test_a_dispute_takes_two_taps_and_says_by_when(app: Flask, phone: OwnBrowser) -> None:
    no = payments(phone)[1]
    asks = phone.get(f"/me/items/{no}?say=wrong").text
    assert all(f'value="{what}"' in asks for what in ("没收到", "数不对", "不认识"))
    done = phone.press(f"/me/items/{no}", answer="不对", what="没收到")
    shown = phone.get(done.headers["Location"]).text
    with reading(engine_of(app)) as session:
        due = session.scalars(select(HouseholdDispute.due_on)).one()
    assert due > TODAY
    assert f"{due.year} 年 {due.month} 月 {due.day} 日 以前，会有人联系您" in shown
    assert "没有经手过这一笔的人去查" in shown
    assert "其中 1 笔您说不对，正在查" in phone.get("/me").text


def test_a_whole_year_is_read_by_pages_and_an_answer_comes_back_to_its_page(app: Flask, phone: OwnBrowser) -> None:
    with writing(engine_of(app)) as session:
        home = session.scalars(select(Household).where(Household.no == "HH-1")).one()
        for n in range(50):
            make_income(session, home, 100 + n, occurred_on=date(2024, 1, 1) + timedelta(days=n // 2))
    assert "看另外 42 笔" in phone.get("/me?year=2024").text
    first = phone.get("/me?year=2024&all=1").text
    assert len(set(re.findall(r'id="(income-[^"]+)"', first))) == 40 and "看另外 10 笔" in first
    older = re.search(r'href="(/me\?year=2024&amp;all=1&amp;until=2024-01-05)"', first)
    assert older is not None
    second = phone.get(older[1].replace("&amp;", "&")).text
    left = re.findall(r'id="(income-[^"]+)"', second)
    assert len(left) == 10 and not set(left) & set(re.findall(r'id="(income-[^"]+)"', first))
    assert "看另外" not in second and "50 笔，共" in second
    version = re.search(rf'{left[3]}\?all=1.*?name="version" value="([^"]+)"', second, re.DOTALL)
    assert version is not None
    back = phone.press(
        f"/me/items/{left[3]}?all=1&until=2024-01-05", older[1].replace("&amp;", "&"), answer="对", year="2024",
        version=version[1],
    )  # fmt: skip
    assert back.headers["Location"] == f"/me?year=2024&all=1&until=2024-01-05#{left[3]}"
    assert phone.get("/me?year=2024&all=1&until=nonsense").status_code == 200


def test_wrong_without_saying_what_is_asked_again(phone: OwnBrowser) -> None:
    no = payments(phone)[0]
    again = phone.press(f"/me/items/{no}", answer="不对")
    assert again.status_code == 422 and "没有说哪里不对" in again.text


def test_two_phones_dispute_the_same_item_and_both_words_are_kept(app: Flask, card: str, phone: OwnBrowser) -> None:
    other, no = OwnBrowser(app, card), payments(phone)[0]
    assert phone.press(f"/me/items/{no}", answer="不对", what="没收到").status_code == 303
    assert other.press(f"/me/items/{no}", answer="不对", what="数不对").status_code == 303
    with reading(engine_of(app)) as session:
        assert {row.what for row in session.scalars(select(HouseholdAnswer))} == {"没收到", "数不对"}
        assert len(session.scalars(select(HouseholdDispute)).all()) == 1
    page = phone.get(f"/me/items/{no}").text
    assert page.count("没收到") and page.count("数不对")


def test_the_answer_to_a_dispute_is_read_and_accepted(app: Flask, phone: OwnBrowser) -> None:
    no = payments(phone)[0]
    phone.press(f"/me/items/{no}", answer="不对", what="没收到")
    with writing(engine_of(app)) as session:
        dispute = session.scalars(select(HouseholdDispute)).one().no
        settle_dispute(
            session, dispute, "已说明", "钱在另一张社保卡上，已经告诉您怎么取", Act("user:town", "查过"), now_utc()
        )
    assert "钱在另一张社保卡上" in phone.get(f"/me/items/{no}").text
    assert phone.press(f"/me/items/{no}/reply", page=f"/me/items/{no}", accepts="yes").status_code == 303
    assert "查过了，您认可" in phone.get("/me").text


def test_another_households_item_is_answered_as_one_that_nobody_knows(app: Flask, phone: OwnBrowser) -> None:
    with reading(engine_of(app)) as session:
        batch = session.execute(text("SELECT batch_no, seq FROM payments WHERE amount_fen = 88800")).one()
    no = quote(f"payment-{batch[0]}-{batch[1]}")
    assert phone.get(f"/me/items/{no}").status_code == 404 == phone.get("/me/items/payment-NONE-1").status_code
    assert phone.press(f"/me/items/{no}", answer="对").status_code == 404
    assert phone.press("/me/helper/someone-elses", page="/me/helper", answer="没来过").status_code == 404


def test_an_item_that_was_corrected_meanwhile_is_not_answered_blindly(phone: OwnBrowser) -> None:
    no = payments(phone)[0]
    old = phone.press(f"/me/items/{no}", answer="对", version="an-older-one")
    assert old.status_code == 422 and "刚刚改过" in old.text


def test_a_denied_visit_reaches_an_inspector_at_once_and_the_note_stays_inside(app: Flask, phone: OwnBrowser) -> None:
    page = phone.get("/me/helper").text
    assert "王帮扶 记了：来过您家" in page and "不能给本户看的话" not in page
    assert phone.press("/me/helper/visit-1", page="/me/helper", answer="没来过").status_code == 303
    with reading(engine_of(app)) as session:
        answer = session.scalars(select(VisitAnswer)).one()
        assert (answer.answer, answer.channel) == ("没来过", "本户页面")
        assert session.scalar(select(Lead.rule)) == "H08"
    assert "已经告诉监督的人" in phone.get("/me/helper").text
    assert phone.press("/me/helper/visit-1", page="/me/helper", answer="编的").status_code == 422


def test_who_looked_is_told_by_office_and_role_never_by_name(app: Flask, card: str, phone: OwnBrowser) -> None:
    with writing(engine_of(app)) as session:
        for role, name in ((Role.TOWNSHIP_CLERK, "town-reader"), (Role.INSPECTOR, "inspector-reader")):
            user = make_user(session, role, username=name)
            user.display_name = f"标记{name}"
        for name in ("town-reader", "inspector-reader"):
            record(
                session, kind=SHOWN, actor=f"user:{name}", subjects=[("person", "1"), ("household", "HH-1")],
                after={"field": "persons.phone_sealed"}, why="标记理由", sealed=True,
            )  # fmt: skip
    page = phone.get("/me/seen").text
    assert "看了完整的电话" in page and "乡镇经办人" in page and "您家自己" in page
    assert page.count("完整的电话") == 1, "what supervision looks at is not listed"
    assert not any(word in page for word in ("town-reader", "inspector", "标记"))


def test_help_is_asked_for_with_one_tap(app: Flask, phone: OwnBrowser) -> None:
    none = phone.press("/me/help", page="/me/help", kind="看病花钱多")
    assert none.status_code == 422 and "能打通的电话" in none.text, "no telephone is registered"
    done = phone.press("/me/help", page="/me/help", kind="看病花钱多", phone="13987654321", words="标记的话")
    assert done.status_code == 303
    with reading(engine_of(app)) as session:
        row = session.scalars(select(HelpRequest)).one()
        assert row.household_id is not None and row.state == "待入户"
    page = phone.get("/me/help").text
    assert "您家报过的" in page and "两个人上门，最晚" in page
    assert not any(word in page for word in ("标记的话", "13987654321"))


def test_an_exit_is_agreed_to_or_not(app: Flask, phone: OwnBrowser) -> None:
    assert "您家现在没有正在办的事" in phone.get("/me/exit").text
    with writing(engine_of(app)) as session:
        home = session.execute(text("SELECT id FROM households WHERE no = 'HH-1'")).scalar_one()
        open_procedure(session, ProcedureKind.EXIT, home, Source.REVIEW, Act("user:village", "收入过线"), now_utc())
    assert "村里提出您家退出帮扶" in phone.get("/me").text
    assert phone.press("/me/exit", page="/me/exit", agreed="no").status_code == 303
    page = phone.get("/me/exit").text
    assert "不同意退出" in page and "最晚" in page and "后面还有" in page
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Procedure)).one().page_agreed is False
    assert phone.press("/me/exit", page="/me/exit", agreed="maybe").status_code == 422


def test_leaving_of_ones_own_will_opens_the_procedure_and_says_what_it_needs(app: Flask, phone: OwnBrowser) -> None:
    assert phone.press("/me/exit/withdraw", page="/me/exit").status_code == 303
    page = phone.get("/me/exit").text
    assert "自愿退出" in page and "当面签了申请表才算" in page and "/me/exit/withdraw" not in page
    assert phone.press("/me/exit/withdraw", page="/me/exit").status_code == 409


def test_a_declared_difference_comes_before_everything_else(app: Flask, phone: OwnBrowser) -> None:
    with writing(engine_of(app)) as session:
        make_parameter(session, "reconfirm_days", "15")
        home = session.execute(text("SELECT id FROM households WHERE no = 'HH-1'")).scalar_one()
        ask_to_reconfirm(session, home, "income", "1", "城里有一套房没有申报", Act("user:town", "核实过"), now_utc())
    for path in PAGES:
        page = phone.get(path).text
        assert "请您再确认一次" in page and "城里有一套房没有申报" in page and "944.00" not in page
    assert phone.press("/me/help", page="/me", kind="看病花钱多", phone="13987654321").status_code == 409
    assert phone.press("/me/reconfirm", response="补充说明", words="").status_code >= 400, "it must be explained"
    done = phone.press("/me/reconfirm", response="补充说明", words="房子是我弟弟的，证在他那里")
    assert done.status_code == 303
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Reconfirmation)).one().state == "待结论"
    assert "944.00" in phone.get("/me").text and "正在由另一个人写结论" in phone.get("/me").text


def test_a_year_takes_the_same_number_of_statements_however_much_there_is(app: Flask, phone: OwnBrowser) -> None:
    def count() -> int:
        said: list[str] = []
        engine = engine_of(app)
        listen = lambda _c, _cur, statement, *_more: said.append(statement)  # noqa: E731  # taken off again below
        event.listen(engine, "before_cursor_execute", listen)
        assert phone.get("/me").status_code == 200
        event.remove(engine, "before_cursor_execute", listen)
        return len(said)

    before = count()
    with writing(engine_of(app)) as session:
        home = session.execute(text("SELECT id FROM households WHERE no = 'HH-1'")).scalar_one()
        line = make_line(session, make_programme(session, "ZX-2"), 100_000_00)
        pay(session, line, [(home, 10_00 + n) for n in range(20)], paid_on=TODAY.replace(month=1, day=20))
    no = payments(phone)[0]
    phone.press(f"/me/items/{no}", answer="对")
    assert count() == before <= 20


def test_english_is_whole(phone: OwnBrowser) -> None:
    for path in PAGES:
        page = re.sub(r"(?s)<(title|footer).*?</\1>", "", phone.get("/en" + path).text)
        words = re.sub(r"<[^>]+>", " ", page)
        for name in ("王*英", "低保金", "涟水县民政局", "柳荫村合作社", "王帮扶", "中文"):
            words = words.replace(name, "")
        assert re.findall(r"[\u4e00-\u9fff]+", words) == [], path
