"""Public questions: answered and let out by two persons, past the gate; joined by anybody; told to whoever asked."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from portal.kernel.errors import BadFields, BadInput, Conflict, NotFound, Refused
from portal.publishing.notice_gate import GateRefused
from portal.publishing.questions.actions import Answer, Proof, Taken, ask, join, propose, release, retract, return_
from portal.publishing.questions.queries import find_asked, get_office, get_public, list_office, list_public
from portal.publishing.questions.rules import TRANSITIONS, Asked
from portal.registers.corrections import Act
from portal.trail.actions import record
from tests.factories.divisions import GAOGOU, VILLAGE, make_county
from tests.factories.recipients import make_household, make_id, make_person

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WANG, LI = Act("user:wang", "核对过", None), Act("user:li", "看过了", None)
TAPS = Answer("公开答复", "自来水什么时候通到三组？", "管道已经铺到村口，12 月 10 日前通水。", "红窑镇人民政府")


@pytest.fixture
def place(session: Session) -> Session:
    make_county(session)
    home = make_household(session, "HH-1", VILLAGE)
    make_person(session, home, "欧阳娜娜", born_on=date(2010, 5, 6))
    record(session, kind="household.added", actor="test", subjects=[("household", "HH-1")])
    return session


def asked(session: Session, words: str = "欧阳娜娜家什么时候有自来水？", locator: str = "K7M2Q9X4") -> Taken:
    return ask(session, Asked("提问", VILLAGE, words, ("division", VILLAGE)), Proof(locator, b"h" * 32, b"s" * 16), AT)


def test_a_question_waits_sealed_until_two_persons_have_let_it_out(place: Session) -> None:
    taken = asked(place)
    assert taken.due_on == date(2026, 12, 11)  # 15 working days
    with pytest.raises(NotFound):
        get_public(place, taken.no)
    assert get_office(place, taken.no, [GAOGOU]).words == "欧阳娜娜家什么时候有自来水？"
    propose(place, taken.no, TAPS, WANG, AT)
    with pytest.raises(Refused, match="两个人"):
        release(place, taken.no, WANG, AT)
    assert list_public(place) == []
    release(place, taken.no, LI, AT)
    (row,) = list_public(place, inside=GAOGOU)
    assert (row.question, row.answer, row.joined) == (TAPS.question, TAPS.answer, 0)
    join(place, row.id)
    join(place, row.id)
    assert get_public(place, taken.no).joined == 2
    assert [one.no for one in list_public(place, subject=("division", VILLAGE))] == [taken.no]
    retract(place, taken.no, LI, AT)
    assert (get_public(place, taken.no).question, list_public(place)) == ("", [])


@pytest.mark.parametrize(
    ("question", "answer", "what"),
    [
        ("欧阳娜娜家有自来水吗？", TAPS.answer, "未成年人的姓名"),
        ("自来水什么时候通？", "请打 13912345678 找我。", "手机号码"),
        (f"{make_id(7, '19490101')} 有没有低保？", TAPS.answer, "身份证件号码"),
    ],
)
def test_the_gate_stops_names_and_numbers_before_anybody_reads_them(
    place: Session, question: str, answer: str, what: str
) -> None:
    taken = asked(place)
    with pytest.raises(GateRefused, match=what):
        propose(place, taken.no, Answer("公开答复", question, answer, "红窑镇"), WANG, AT)
    assert get_office(place, taken.no, [GAOGOU]).row.state != "已公开"


def test_what_is_sent_back_waits_again_and_its_reason_is_kept(place: Session) -> None:
    taken = asked(place)
    propose(place, taken.no, TAPS, WANG, AT)
    return_(place, taken.no, Act("user:li", "没有写是哪个组"), AT)
    seen = get_office(place, taken.no, [GAOGOU])
    assert (seen.row.state, seen.checked_why) == ("待答复", "没有写是哪个组")
    propose(place, taken.no, TAPS, WANG, AT)
    release(place, taken.no, LI, AT)
    with pytest.raises(Conflict):
        propose(place, taken.no, TAPS, WANG, AT)


def test_the_asker_learns_the_answer_and_the_reason_when_it_is_not_published(place: Session) -> None:
    taken = asked(place)
    propose(place, taken.no, Answer("不公开", "", "说的是一家一户的私事，已经转给村里上门。", "红窑镇"), WANG, AT)
    kept = find_asked(place, taken.locator)
    assert kept is not None and (kept.told.state, kept.told.answer) == ("待审核", "")
    release(place, taken.no, LI, AT)
    kept = find_asked(place, taken.locator)
    assert kept is not None and kept.told.answer.startswith("说的是一家一户的私事")
    assert find_asked(place, "00000000") is None
    with pytest.raises(NotFound):
        get_public(place, taken.no)


def test_a_question_asked_twice_joins_the_first(place: Session) -> None:
    first, second = asked(place), asked(place, "三组的水？啥时候通", "B3B3B3B3")
    propose(place, first.no, TAPS, WANG, AT)
    release(place, first.no, LI, AT)
    with pytest.raises(NotFound):
        propose(place, second.no, Answer("并入已有的提问", "", "和前面一条一样。", "红窑镇", second.no), WANG, AT)
    propose(place, second.no, Answer("并入已有的提问", "", "和前面一条一样。", "红窑镇", first.no), WANG, AT)
    release(place, second.no, LI, AT)
    assert get_public(place, first.no).joined == 1
    assert list_office(place, [GAOGOU]) == []
    assert {row.state for row in list_office(place, [GAOGOU], closed=True)} == {"已公开", "已并入"}
    assert list_office(place, ["320830000000"]) == []


def test_wrong_questions_and_answers_are_refused_by_field(place: Session) -> None:
    with pytest.raises(BadFields) as caught:
        ask(place, Asked("闲聊", VILLAGE, "?"), Proof("A", b"h", b"s"), AT)
    assert {problem.field for problem in caught.value.errors} == {"kind", "text"}
    taken = asked(place)
    for wrong in (
        Answer("随便", "", "", ""),
        Answer("公开答复", "", TAPS.answer, "镇"),
        Answer("不公开", "", "略", "镇"),
    ):
        with pytest.raises(BadInput):
            propose(place, taken.no, wrong, WANG, AT)


def test_every_state_is_reached_and_ends() -> None:
    reached = {to for steps in TRANSITIONS.values() for targets in steps.values() for to in targets}
    assert reached | {"待答复"} == set(TRANSITIONS)
