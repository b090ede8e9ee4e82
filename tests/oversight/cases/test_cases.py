"""A case: its team and its head know of it, nobody else does; two persons dispose of it, and open tasks hold it open."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.errors import BadInput, Conflict, NotFound, ProductError, Refused
from portal.oversight.cases.actions import add_note, reopen_case
from portal.oversight.cases.dispositions.actions import decide, propose
from portal.oversight.cases.dispositions.models import Decision, Disposition
from portal.oversight.cases.dispositions.queries import dispositions_of
from portal.oversight.cases.dispositions.rules import LAWFUL
from portal.oversight.cases.links.actions import link, unlink
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.members.actions import add_member, remove_member
from portal.oversight.cases.models import CaseState
from portal.oversight.cases.queries import (
    case_links,
    cases_of_thing,
    count_by_state,
    find_case,
    get_case,
    list_cases,
    notes_of,
    open_cases_of,
    visible_numbers,
)
from portal.oversight.cases.rules import TRANSITIONS, Step, next_state
from portal.trail.models import TrailEvent, TrailSubject
from tests.factories.accounts import make_user
from tests.factories.cases import AT, CLERK, HEAD, TEAM, act, answer, approve, make_case, make_office, make_order, study
from tests.factories.cases import who as person
from tests.factories.divisions import CITY, COUNTY, GAOGOU, HONGYAO
from tests.factories.recipients import make_household

pytestmark = pytest.mark.begins_with(fill=make_office)
SECRET = "高沟镇补贴名单不实"


def nothing_known(session: Session, username: str, no: str) -> bool:
    """Whether page, list, count, number and binding are as if the case did not exist."""
    who = person(session, username)
    return (
        find_case(session, no, who) is None
        and list_cases(session, who) == []
        and count_by_state(session, who) == {}
        and visible_numbers(session, [no], who) == set()
        and open_cases_of(session, username) == []
    )


def test_only_the_team_and_its_head_know_of_a_case(session: Session) -> None:
    case = make_case(session)
    for username in (TEAM, HEAD):
        assert get_case(session, case.no, person(session, username)).title == SECRET
    assert [ref.no for ref in open_cases_of(session, TEAM)] == [case.no]
    for username in ("yi", CLERK):
        assert nothing_known(session, username, case.no)
        with pytest.raises(NotFound) as refused:
            get_case(session, case.no, person(session, username))
        with pytest.raises(NotFound) as unknown:
            get_case(session, "AJ-2026-000000", person(session, username))
        assert str(refused.value) == str(unknown.value)
    make_user(session, Role.INSPECTION_HEAD, [HONGYAO], username="elsewhere")
    assert nothing_known(session, "elsewhere", case.no)


def test_a_member_comes_and_goes(session: Session) -> None:
    case = make_case(session)
    add_member(session, case.no, "yi", act(TEAM), AT)
    assert find_case(session, case.no, person(session, "yi")) is not None
    with pytest.raises(Conflict):
        add_member(session, case.no, "yi", act(TEAM), AT)
    with pytest.raises(Refused, match="不能办理案件"):
        add_member(session, case.no, CLERK, act(TEAM), AT)
    remove_member(session, case.no, "yi", act(TEAM), AT)
    assert nothing_known(session, "yi", case.no)
    with pytest.raises(Refused, match="不能没有人"):
        remove_member(session, case.no, TEAM, act(TEAM), AT)


def test_whom_a_case_accuses_is_kept_out_with_his_unit_and_those_under_him(session: Session) -> None:
    make_user(session, Role.LEADER, [COUNTY], username="county-leader")
    make_user(session, Role.INSPECTION_HEAD, [CITY], username="city-head")
    make_user(session, Role.INSPECTOR, [CITY], username="city")
    case = make_case(session, opener="city")
    assert find_case(session, case.no, person(session, HEAD)) is not None
    link(session, case.no, LinkKind.ACCOUNT, "county-leader", act("city"), AT, is_accused=True)
    assert nothing_known(session, HEAD, case.no), "the county's head is led by whom it accuses"
    assert find_case(session, case.no, person(session, "city-head")) is not None
    with pytest.raises(Refused, match="要回避"):
        add_member(session, case.no, TEAM, act("city"), AT)
    unlink(session, case.no, case_links(session, case.id)[0].n, act("city"), AT)
    assert nothing_known(session, HEAD, case.no), "what was feared once is not told afterwards"


def test_an_inspector_of_whom_a_case_comes_to_tell_no_longer_sees_it(session: Session) -> None:
    case = make_case(session, team=["yi"])
    link(session, case.no, LinkKind.ACCOUNT, TEAM, act("yi"), AT, is_accused=True)
    assert nothing_known(session, TEAM, case.no)
    assert find_case(session, case.no, person(session, "yi")) is not None


def test_somebody_of_an_accused_unit_is_not_taken_into_the_team(session: Session) -> None:
    clerk = make_user(session, Role.INSPECTOR, [COUNTY], username="lent")
    clerk.unit_code = "U-GG"
    session.flush()
    with pytest.raises(Refused, match="要回避"):
        make_case(session, team=["lent"], accused=[(LinkKind.UNIT, "U-GG")])


def test_links_are_things_that_are_there(session: Session) -> None:
    make_household(session, "HH-1", GAOGOU[:9] + "201")
    case = make_case(session, about=[(LinkKind.HOUSEHOLD, "HH-1"), (LinkKind.DOCUMENT, "涟纪发〔2026〕3号")])
    assert [(one.kind, one.no) for one in case_links(session, case.id)] == [
        (LinkKind.HOUSEHOLD, "HH-1"), (LinkKind.DOCUMENT, "涟纪发〔2026〕3号"),
    ]  # fmt: skip
    assert [ref.no for ref in cases_of_thing(session, LinkKind.HOUSEHOLD, "HH-1", person(session, TEAM))] == [case.no]
    assert cases_of_thing(session, LinkKind.HOUSEHOLD, "HH-1", person(session, "yi")) == []
    with pytest.raises(NotFound):
        link(session, case.no, LinkKind.PAYMENT, "PC-9-9", act(TEAM), AT)
    with pytest.raises(Conflict):
        link(session, case.no, LinkKind.HOUSEHOLD, "HH-1", act(TEAM), AT)


def test_events_name_the_case_and_never_what_it_is_about(session: Session) -> None:
    make_household(session, "HH-1", GAOGOU[:9] + "201")
    case = make_case(session, about=[(LinkKind.HOUSEHOLD, "HH-1")])
    add_note(session, case.no, "到户看过，本人说没有领到。", act(TEAM), AT)
    events = select(TrailSubject.type, TrailSubject.kind, TrailSubject.no).where(TrailSubject.type.startswith("case."))
    assert {(kind, no) for _type, kind, no in session.execute(events)} == {("case", case.no)}
    bodies = " ".join(str(row) for row in session.scalars(select(TrailEvent.leaf)))
    assert "HH-1" not in bodies.split(case.no)[-1]
    assert SECRET not in bodies
    assert "没有领到" not in bodies


def test_title_and_notes_lie_sealed(session: Session) -> None:
    case = make_case(session)
    add_note(session, case.no, "到户看过，本人说没有领到。", act(TEAM), AT)
    assert [note.text for note in notes_of(session, case.id)] == ["到户看过，本人说没有领到。"]
    for table in ("cases", "case_notes"):
        rows = session.execute(text(f"SELECT * FROM {table}")).all()
        said = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for row in rows for value in row)
        assert SECRET not in said
        assert "没有领到" not in said


@pytest.mark.parametrize("disposition", LAWFUL)
def test_one_proposes_after_a_study_and_another_approves(session: Session, disposition: Disposition) -> None:
    case = make_case(session)
    propose(session, case.no, disposition, study(), act(TEAM), AT)
    assert case.state == CaseState.PROPOSED
    with pytest.raises(Refused, match="两个人"):
        decide(session, case.no, Decision.APPROVED, act(TEAM), AT)
    decide(session, case.no, Decision.APPROVED, act(HEAD), AT)
    expected = {"谈话函询": "办理中", "初步核实": "办理中", "暂存待查": "暂存", "予以了结": "办结"}
    assert case.state == expected[disposition]
    assert case.disposition == disposition
    kept = dispositions_of(session, case.id)
    assert [(row.decision, list(row.present)) for row in kept] == [("批准", ["甲", "乙", "丙"])]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"present": ["甲", "乙"]}, "至少 3 人"),
        ({"present": ["甲", "甲", "乙"]}, "重名"),
        ({"opinions": ""}, "研究意见"),
        ({"studied_on": AT.date().replace(year=2027)}, "研究日期"),
    ],
)
def test_a_poor_study_is_refused(session: Session, more: dict[str, object], message: str) -> None:
    case = make_case(session)
    with pytest.raises(BadInput, match=message):
        propose(session, case.no, Disposition.VERIFY, study(**more), act(TEAM), AT)


def test_what_is_sent_back_is_studied_again(session: Session) -> None:
    case = make_case(session)
    propose(session, case.no, Disposition.DISMISS, study(), act(TEAM), AT)
    decide(session, case.no, Decision.RETURNED, act(HEAD, "证据没有看全"), AT)
    assert case.state == CaseState.OPEN
    assert case.disposition is None
    assert [row.why for row in dispositions_of(session, case.id)] == ["证据没有看全"]


def test_a_case_does_not_end_while_a_task_is_open_and_each_is_named(session: Session, tmp_path: Path) -> None:
    case = approve(session, make_case(session))
    order = make_order(session, case)
    with pytest.raises(ProductError) as refused:
        propose(session, case.no, Disposition.FINISH, study(), act(TEAM), AT)
    assert "还有 1 项督办任务没有办完" in refused.value.what
    assert f"{order.no} 第 1 项（高沟镇人民政府，待签收）" in (refused.value.why or "")
    answer(session, tmp_path, order)
    with pytest.raises(ProductError, match="督办任务"):
        propose(session, case.no, Disposition.FINISH, study(), act(TEAM), AT)


def test_a_clue_that_nobody_looked_into_is_not_finished(session: Session) -> None:
    with pytest.raises(Refused, match="还不能办结"):
        propose(session, make_case(session).no, Disposition.FINISH, study(), act(TEAM), AT)


def test_new_evidence_opens_a_closed_case_again(session: Session) -> None:
    case = approve(session, make_case(session), Disposition.DISMISS)
    with pytest.raises(Refused, match="已经办结"):
        add_note(session, case.no, "又有人说起这件事", act(TEAM), AT)
    assert open_cases_of(session, TEAM) == []
    reopen_case(session, case.no, act(HEAD, "有新证据"), AT)
    assert case.state == CaseState.OPEN
    assert case.closed_on is None


def test_the_life_of_a_case_has_no_other_steps() -> None:
    assert set(TRANSITIONS) == set(CaseState)
    for state in CaseState:
        for step in Step:
            if step in TRANSITIONS[state]:
                assert next_state(state, step) in set(CaseState)
            else:
                with pytest.raises(Refused):
                    next_state(state, step)
