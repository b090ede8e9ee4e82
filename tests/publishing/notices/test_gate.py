"""The gate of a notice: a child's name, a number, an illness, an account, a small cell, wherever they stand; and honest sums."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.publishing.notice_gate import Gate, GatedField, GatedFile, GateRefused, KnownPeople, NoticeFinding, Private
from portal.publishing.notices.disclosure import (
    PublicNotice,
    Source,
    SourceRow,
    gated_fields,
    gated_totals,
    public_notice,
)
from portal.publishing.notices.drafts.actions import draft_notice, submit_notice
from portal.publishing.notices.finishing import findings_of, finish
from portal.publishing.notices.patterns.rules import get_pattern
from portal.publishing.notices.people.queries import known_people
from portal.publishing.notices.queries import get_notice, text_of
from portal.publishing.notices.rows.queries import rows_of_programme
from portal.publishing.notices.sheets.printing import Paper, print_notice
from portal.registers.funds.answering.actions import answer_item
from portal.registers.recipients.models import Household
from tests.factories.cards import fill_home, signed_in_home
from tests.factories.divisions import VILLAGE
from tests.factories.funds import make_line, make_programme, pay
from tests.factories.notices import (
    AT,
    CHILD,
    CHILD_ID,
    HEADS,
    SITE,
    TODAY,
    act,
    draft_of,
    finish_as,
    listed,
    make_village,
)
from tests.factories.recipients import make_household, make_id
from tests.publishing.numbers import CARD, ID, PHONE

KNOWN = KnownPeople(
    minors=frozenset({CHILD}),
    names=frozenset(HEADS),
    last_four=frozenset({CHILD_ID[14:]}),
    places=frozenset({"扎新村"}),
)
GATE = Gate(KNOWN)
FACTS: dict[str, Any] = {
    "no": "GS-2026-000001", "kind": "公示", "pattern": "entry", "title": "扎新村拟纳入农户公示", "issuer": "扎新村村民委员会",
    "division_code": VILLAGE, "days": 7, "day_unit": "天", "replaces_no": None,
}  # fmt: skip


def notice(source: Source | None = None, **facts: Any) -> PublicNotice:
    return public_notice({**FACTS, **facts}, source or Source(rows=listed()), "涟水县 高沟镇 扎新村", "12317、12388")


def found(of: PublicNotice, *files: GatedFile, gate: Gate = GATE) -> list[NoticeFinding]:
    return gate.read(list(gated_fields(of)), files, gated_totals(of))


def with_words(words: str) -> PublicNotice:
    rows = listed()
    return notice(Source(rows=(*rows[:2], replace(rows[2], cells={**rows[2].cells, "opinion": words}), *rows[3:])))


def test_an_honest_list_passes() -> None:
    assert found(notice()) == []


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (f"其子{CHILD}在读", Private.MINOR),
        (f"身份证{ID}", Private.ID),
        (CARD, Private.CARD),
        (f"联系{PHONE}", Private.PHONE),
        ("户主患病，因病致贫", Private.ILLNESS),
        ("二级残疾", Private.ILLNESS),
        ("低保A类", Private.RELIEF_CLASS),
        (f"尾号{CHILD_ID[14:]}", Private.LAST_FOUR),
        ("由王德海代领", Private.NAME),
    ],
)
def test_what_stands_in_a_cell_is_named_with_its_line(words: str, what: Private) -> None:
    assert found(with_words(words)) == [NoticeFinding(what, "初步意见", 3)]


@pytest.mark.parametrize(("field", "label"), [("title", "标题"), ("issuer", "发布单位")])
def test_what_stands_above_the_list_is_named_too(field: str, label: str) -> None:
    assert found(notice(**{field: f"{CHILD}家公示"})) == [NoticeFinding(Private.MINOR, label, None)]
    told = found(notice(Source(lead=f"请打{PHONE}", contact=PHONE, rows=listed())))
    assert [(f.what, f.label) for f in told] == [(Private.PHONE, "正文"), (Private.PHONE, "联系电话")]


def test_a_refusal_says_where_and_what_to_do() -> None:
    of = with_words(f"其子{CHILD}在读")
    refused = GateRefused(found(of))
    assert refused.what == "不能发布：第 3 行“初步意见”里有未成年人的姓名"
    assert CHILD not in str(refused)
    assert "改写户主姓名" in refused.fix


def test_a_minor_who_is_himself_listed_and_a_disputed_fact_are_refused() -> None:
    gate = Gate(replace(KNOWN, minor_rows=frozenset({2}), disputed_rows=frozenset({4})))
    told = found(notice(), gate=gate)
    assert told == [NoticeFinding(Private.MINOR, "姓名", 2), NoticeFinding(Private.DISPUTED, "金额", 4)]


def test_a_child_that_is_called_like_its_village_stops_nobody() -> None:
    gate = Gate(replace(KNOWN, minors=frozenset({"扎新"})))
    assert found(notice(), gate=gate) == []
    assert found(with_words("其子扎新"), gate=gate) == [NoticeFinding(Private.MINOR, "初步意见", 3)]


def test_small_counts_and_what_gives_them_away() -> None:
    def counted(*counts: int | None, total: int | None = None) -> PublicNotice:
        cells = [
            {"who": f"第{n}组", "amount_fen": 100} | ({"households": c} if c else {}) for n, c in enumerate(counts)
        ]
        rows = tuple(SourceRow(line) for line in cells)
        return notice(Source(rows=rows, declared={"households": total} if total else {}), pattern="allocation")

    plain = Gate(KNOWN, tells_of_people=False)
    assert found(counted(6, 9), gate=plain) == []
    assert found(counted(6, 3), gate=plain) == [NoticeFinding(Private.SMALL, "受益户数", 2)]
    assert found(counted(6, None, total=9), gate=plain) == [NoticeFinding(Private.SMALL, "受益户数", None)]
    assert found(counted(6, None, total=11), gate=plain) == []


@settings(max_examples=30)
@given(yuan=st.integers(13_000_000_000, 19_999_999_999))
def test_honest_amounts_of_eleven_digits_pass(yuan: int) -> None:
    rows = tuple(SourceRow({"who": name, "amount_fen": yuan * 100}) for name in ("红窑镇", "高沟镇"))
    of = notice(Source(rows=rows, details={"total_fen": yuan * 200}), pattern="allocation")
    assert found(of, gate=Gate(KNOWN, tells_of_people=False)) == []


def test_a_finished_sheet_is_read_word_by_word() -> None:
    of = with_words(f"其子{CHILD}在读")
    paper = GatedFile("a4.pdf", "application/pdf", print_notice(of, Paper.A4, SITE, TODAY))
    assert [f.label for f in GATE.read([], [paper])] == ["a4.pdf"]
    clean = GatedFile("a4.pdf", "application/pdf", print_notice(notice(), Paper.A4, SITE, TODAY))
    assert GATE.read([], [clean]) == []


def test_file_names_pages_and_pictures_are_read() -> None:
    page = f"<p>{CHILD}</p>".encode()
    assert [f.what for f in GATE.read([], [GatedFile("x.html", "text/html", page)])] == [Private.MINOR]
    assert GATE.read([], [GatedFile("x.html", "text/html", page, bare=page)]) == []  # the site's own words
    assert [f.what for f in GATE.read([], [GatedFile(f"{CHILD}.csv", "text/csv", b"")])] == [Private.MINOR]
    alt = f'<img alt="{ID}" src="board.jpg">'.encode()
    assert [f.what for f in GATE.read([], [GatedFile("x.html", "text/html", alt)])] == [Private.ID]
    exif = Image.Exif()
    exif[0x010E] = PHONE
    out = io.BytesIO()
    Image.new("RGB", (16, 16)).save(out, "JPEG", exif=exif)
    assert [f.what for f in GATE.read([], [GatedFile("board.jpg", "image/jpeg", out.getvalue())])] == [Private.PHONE]
    assert [f.what for f in GATE.read([], [GatedFile("a.pdf", "application/pdf", b"%PDF-broken")])] == [
        Private.UNREADABLE,
    ]  # fmt: skip


def test_a_watched_value_stops_everything() -> None:
    gate = Gate(KNOWN, watched=("张守望",))
    assert found(with_words("张守望"), gate=gate) == [NoticeFinding(Private.WATCHED, "初步意见", 3)]


def test_a_year_is_no_last_four() -> None:
    gate = Gate(replace(KNOWN, last_four=frozenset({"2026"})))
    assert found(with_words("2026年拟纳入"), gate=gate) == []
    assert gate.read([GatedField("金额", 1, "金额", "2026 元")], ()) == []


@pytest.mark.begins_with(fill=make_village)
def test_the_register_knows_children_and_numbers(session: Session) -> None:
    row = draft_notice(session, draft_of(rows=listed(2)), act(), AT)
    text = text_of(session, get_notice(session, row.no))
    known = known_people(session, text.public, text.source, TODAY)
    assert CHILD in known.minors
    assert {"张建国", "李秀兰"} <= known.names
    assert CHILD_ID[14:] in known.last_four
    assert "扎新村" in known.places
    assert known_people(session, text.public, text.source, date(2034, 1, 1)).minors == frozenset()  # grown up


@pytest.mark.begins_with(fill=make_village)
def test_a_table_without_numbers_is_held_against_the_village_too(session: Session) -> None:
    rows = [SourceRow({**row.cells, "opinion": f"{CHILD}之父"}) for row in listed(1)]
    row = draft_notice(session, draft_of(rows=rows), act(), AT)
    done = finish_as(session, get_notice(session, row.no))
    assert findings_of(session, get_notice(session, row.no), done, AT) == [NoticeFinding(Private.MINOR, "初步意见", 1)]
    with pytest.raises(GateRefused):
        submit_notice(session, row.no, done, act(), AT)


@pytest.mark.begins_with(fill=make_village)
def test_what_is_really_printed_passes_the_gate(session: Session) -> None:
    row = draft_notice(session, draft_of(), act(), AT)
    notice_row = get_notice(session, row.no)
    done = finish(session, notice_row, SITE, TODAY)
    assert findings_of(session, notice_row, done, AT) == []
    assert done.a4 == finish(session, notice_row, SITE, TODAY).a4  # what was previewed is what is published


def make_paid(session: Session) -> None:
    """Two households of the village whom one programme has paid."""
    first = fill_home(session)
    second = make_household(session, "HH-2", head="李秀兰", address="扎新村2组2号", id_number=make_id(2))
    programme = make_programme(session)
    line = make_line(session, programme, 10_000_00, division_code=VILLAGE)
    pay(session, line, [(first.id, 300_00), (first.id, 200_00), (second.id, 120_00)])


@pytest.mark.begins_with(fill=make_paid)
def test_a_payment_that_its_household_disputes_is_not_published(session: Session) -> None:
    rows = rows_of_programme(session, get_pattern("subsidy"), "ZX-2026-01", [VILLAGE])
    assert [(row.household_no, row.cells["amount_fen"]) for row in rows] == [("HH-1", 500_00), ("HH-2", 120_00)]
    row = get_notice(session, draft_notice(session, draft_of(pattern="subsidy", rows=rows), act(), AT).no)
    assert findings_of(session, row, finish_as(session, row), AT) == []
    home = signed_in_home(session, session.scalars(select(Household.id).order_by(Household.id)).all()[0])
    answer_item(session, home, "payment", rows[0].facts[1][1], "不对", "没收到", AT)
    assert findings_of(session, row, finish_as(session, row), AT) == [NoticeFinding(Private.DISPUTED, "金额", 1)]


@pytest.mark.begins_with(fill=make_village)
def test_a_name_in_a_finished_page_stops_it_too(session: Session) -> None:
    row = get_notice(session, draft_notice(session, draft_of(), act(), AT).no)

    def pages(of: PublicNotice) -> list[GatedFile]:
        return [GatedFile("page.html", "text/html", f"<p>{CHILD if of.title else ''}</p>".encode())]

    done = finish(session, row, SITE, TODAY, pages)
    assert findings_of(session, row, done, AT) == [NoticeFinding(Private.MINOR, "page.html", None)]
    with pytest.raises(GateRefused):
        submit_notice(session, row.no, done, act(), AT)
