"""A household's timeline: everything once, in one order, by pages; and for each audience what it must not see."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from functools import partial

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.analysis.timeline.disclosure import Audience, Told, for_household, for_office, for_supervision
from portal.analysis.timeline.queries import timeline_of
from portal.analysis.timeline.rules import Item, Kind
from portal.kernel.database import reading, writing
from portal.kernel.errors import BadInput
from portal.kernel.keyset import Start
from portal.registers.recipients.models import Household
from portal.registers.recipients.queries import get_household
from portal.web.paging import Cursor, turn_to
from tests.analysis.timeline.life import ACCOUNT, FREE, NOTE, SECRET, TOLD, Life, make_life
from tests.factories.board import make_visit
from tests.factories.helpers import make_helper
from tests.factories.recipients import make_household, make_income

TELLS: dict[str, tuple[Audience, Callable[[Item], Told]]] = {
    "household": (Audience.HOUSEHOLD, for_household),
    "office": (Audience.OFFICE, partial(for_office, full=False)),
    "office, full": (Audience.OFFICE, partial(for_office, full=True)),
    "supervision": (Audience.SUPERVISION, for_supervision),
}
INNER = (ACCOUNT, NOTE, FREE, "标记录入人", "标记环节备注", "住房漏雨", "user:", "标记公开结论")
NOBODY = ("标记求助的话", "标记差异内容", "33781", "119261", "13987654321")
MUST_NOT_SEE = {
    "household": (*INNER, *NOBODY, SECRET, "H08", "H02", "YD-2026", "没有走访"),
    "office": (*NOBODY, NOTE, FREE, "标记环节备注", SECRET, TOLD, "没来过", "标记本户"),
    "office, full": (*NOBODY, "标记环节备注", SECRET, "没来过", "标记本户"),
    "supervision": NOBODY,
}
SEES = {
    "household": ("低保金", "银行说已经打到", "没有打成，钱没有到", "银行还没有回音",
        "王帮扶", "涟水县民政局", "没收到", "核实过了，没有问题"),
    "office": ("2026年低保金", "失败", "王帮扶", "待回单", ACCOUNT, "类别调整", "住房漏雨"),
    "office, full": (NOTE, FREE, TOLD, "标记帮扶人结论"),
    "supervision": (NOTE, FREE, TOLD, SECRET, "没来过", "标记本户"),
}  # fmt: skip


@pytest.fixture
def life(session: Session) -> Life:
    return make_life(session)


def told(session: Session, life: Life, audience: str) -> list[Told]:
    who, tell = TELLS[audience]
    return [tell(item) for item in timeline_of(session, life.home, who)]


@pytest.mark.parametrize("audience", TELLS)
def test_each_audience_sees_its_part_and_nothing_else(session: Session, life: Life, audience: str) -> None:
    words = "\n".join(str(asdict(one)) for one in told(session, life, audience))
    assert [word for word in MUST_NOT_SEE[audience] if word in words] == []
    assert [word for word in SEES[audience] if word not in words] == []


def test_every_source_is_there_once_and_in_order(session: Session, life: Life) -> None:
    items = timeline_of(session, life.home, Audience.SUPERVISION)
    assert {item.kind for item in items} == set(Kind) - {Kind.NEED}
    assert [item.key for item in items] == sorted((item.key for item in items), reverse=True)
    assert len({(item.kind, item.id) for item in items}) == len(items)


def test_leads_are_told_only_when_a_person_has_answered_them(session: Session, life: Life) -> None:
    def leads(audience: Audience) -> set[str]:
        return {item.number for item in timeline_of(session, life.home, audience) if item.kind is Kind.LEAD}

    assert leads(Audience.SUPERVISION) == {life.secret, life.own, life.helpers}
    assert leads(Audience.OFFICE) == {life.own, life.helpers}
    assert leads(Audience.HOUSEHOLD) == {life.own}, "of its helper's visits it learns nothing here"


def test_pages_meet_without_a_gap_in_both_directions(session: Session, life: Life) -> None:
    whole = [item.key for item in timeline_of(session, life.home, Audience.OFFICE)]

    def page(cursor: Cursor | None) -> tuple[list[Item], str | None, str | None]:
        turned = turn_to(
            cursor,
            lambda start, n: timeline_of(session, life.home, Audience.OFFICE, start, n),
            lambda item: item.key,
            3,
        )
        return list(turned.rows), turned.next, turned.previous

    from_front: list[object] = []
    place: Start | None = None
    while True:
        rows = timeline_of(session, life.home, Audience.OFFICE, place, 3)
        if not rows:
            break
        from_front += [item.key for item in rows]
        place = Start(rows[-1].key)
    assert from_front == whole
    back = timeline_of(session, life.home, Audience.OFFICE, Start(whole[5], back=True), 3)  # type: ignore[arg-type]
    assert [item.key for item in back] == whole[3:6]
    assert len(page(None)[0]) == 3 and page(None)[2] is None


def test_kinds_narrow_it(session: Session, life: Life) -> None:
    only = timeline_of(session, life.home, Audience.OFFICE, kinds=(Kind.PAYMENT,))
    assert {item.kind for item in only} == {Kind.PAYMENT} and len(only) == 3


def test_a_broken_place_is_explained(session: Session, life: Life) -> None:
    with pytest.raises(BadInput, match="翻页"):
        timeline_of(session, life.home, Audience.OFFICE, Start(("yesterday", "x", 1)))


def test_another_household_has_nothing_of_it(session: Session, life: Life) -> None:
    make_household(session, "HH-2", head="钱远方")
    other = get_household(session, "HH-2")
    assert {item.kind for item in timeline_of(session, other, Audience.SUPERVISION)} == {Kind.STATUS}


def test_the_number_of_statements_is_constant(engine: Engine) -> None:
    with writing(engine) as session:
        life = make_life(session)

    def count() -> int:
        said: list[str] = []
        with reading(engine) as session:
            home = get_household(session, "HH-1")
            listen = lambda _c, _cur, statement, *_more: said.append(statement)  # noqa: E731  # taken off again below
            event.listen(engine, "before_cursor_execute", listen)
            timeline_of(session, home, Audience.SUPERVISION)
            event.remove(engine, "before_cursor_execute", listen)
        return len(said)

    before = count()
    with writing(engine) as session:
        household = session.get_one(Household, life.home.id)
        for n in range(12):
            make_income(session, household, 100_00 + n)
            make_visit(session, make_helper(session, f"B-1{n}"), household, date(2026, 10, 1 + n))
    assert count() == before <= 10
