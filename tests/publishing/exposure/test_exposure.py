"""An exposure: of a case with an outcome, past the gate, by two persons, until its day; the paper trail tells no case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, NotFound, Refused
from portal.oversight.cases.links.actions import link
from portal.oversight.cases.links.models import LinkKind
from portal.oversight.cases.models import Case
from portal.oversight.outcomes.actions import add_problem, add_sanction
from portal.oversight.outcomes.models import Admin, Standing
from portal.oversight.outcomes.rules import NewProblem, NewSanction
from portal.publishing.exposure.actions import (
    Draft,
    digest_of,
    draft_exposure,
    edit_exposure,
    end_due,
    publish_exposure,
    retract_exposure,
    return_exposure,
    submit_exposure,
)
from portal.publishing.exposure.models import Exposure, ExposureState
from portal.publishing.exposure.queries import get_for_office, get_public, list_for_office, list_public
from portal.publishing.exposure.rules import TRANSITIONS, Step
from portal.publishing.notice_gate import GateRefused, Private
from portal.trail.models import TrailSubject
from tests.factories.cases import AT, DAY, HEAD, TEAM, act, approve, make_case, make_office, who
from tests.factories.divisions import VILLAGE, make_parameter
from tests.factories.recipients import make_household

pytestmark = pytest.mark.begins_with(fill=make_office)
BODY = "扎新村多报三户补贴，多领的钱已经退回县财政专户。\n村里经办人周某受到记过处分。"


@pytest.fixture
def case(session: Session) -> Case:
    """A case with a household, a problem and a sanction."""
    make_household(
        session,
        "HH-1",
        VILLAGE,
        head="程守田",
        members=[{"name": "程小禾", "relation": "子女", "born_on": date(2016, 5, 1)}],
    )
    found = approve(session, make_case(session, about=[(LinkKind.HOUSEHOLD, "HH-1")]))
    add_problem(session, found.no, NewProblem("虚报冒领", VILLAGE, DAY, "多报三户。"), act(TEAM), AT)
    person = NewSanction("周永福", VILLAGE, Standing.VILLAGE, False, "涟水县监委", "3号", DAY, admin=Admin.DEMERIT)
    add_sanction(session, found.no, person, act(TEAM), AT)
    return found


def draft(**more: Any) -> Draft:
    said: dict[str, Any] = {
        "title": "扎新村多报补贴", "body": BODY, "organ": "涟水县纪委监委", "kind": "虚报冒领", "division_code": VILLAGE,
        "withdraw_on": DAY + timedelta(days=90),
    }  # fmt: skip
    return Draft(**{**said, **more})


def published(session: Session, case: Case, **more: Any) -> Exposure:
    row = draft_exposure(session, case.no, draft(**more), act(TEAM), AT)
    submit_exposure(session, row.no, act(TEAM), AT)
    return publish_exposure(session, row.no, act(HEAD, "核对过"), AT)


def test_written_by_one_and_released_by_another(session: Session, case: Case) -> None:
    row = draft_exposure(session, case.no, draft(), act(TEAM), AT)
    with pytest.raises(NotFound):
        get_public(session, row.no, DAY)
    submit_exposure(session, row.no, act(TEAM), AT)
    with pytest.raises(Refused, match="两个人"):
        publish_exposure(session, row.no, act(TEAM), AT)
    publish_exposure(session, row.no, act(HEAD, "核对过"), AT)
    seen = get_public(session, row.no, DAY)
    assert (seen.title, seen.body) == ("扎新村多报补贴", BODY)
    assert seen.content_sha256 == digest_of(row.no, seen.title, seen.body, seen.organ)


def test_numbers_that_everybody_sees_have_no_gaps_that_tell_of_drafts(session: Session, case: Case) -> None:
    first = published(session, case)
    unsent = [draft_exposure(session, case.no, draft(), act(TEAM), AT).no for _n in range(3)]
    second = published(session, case)
    assert int(second.no[-6:]) == int(first.no[-6:]) + 1
    assert all(no.startswith("NG-") for no in unsent)
    assert len(set(unsent)) == 3
    assert [one.no for one in list_public(session, DAY)] == [second.no, first.no]


def test_only_what_was_found_true_is_exposed(session: Session) -> None:
    with pytest.raises(Refused, match="还没有查明的问题"):
        draft_exposure(session, approve(session, make_case(session)).no, draft(), act(TEAM), AT)


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"body": BODY + "\n涉及农户程守田。"}, Private.NAME),
        ({"body": BODY + "\n他家孩子程小禾上学。"}, Private.MINOR),
        ({"body": BODY.replace("周某", "周永福")}, Private.NAME),
        ({"body": BODY + "\n这户因病致贫。"}, Private.ILLNESS),
        ({"body": BODY + "\n电话 13800000071。"}, Private.PHONE),
        ({"title": "程守田家补贴被多报"}, Private.NAME),
    ],
)
def test_the_gate_of_notices_stops_what_is_private(
    session: Session, case: Case, more: dict[str, str], what: Private
) -> None:
    row = draft_exposure(session, case.no, draft(**more), act(TEAM), AT)
    with pytest.raises(GateRefused) as refused:
        submit_exposure(session, row.no, act(TEAM), AT)
    assert what in {one.what for one in refused.value.findings}
    edit_exposure(session, row.no, draft(), act(TEAM), AT)
    submit_exposure(session, row.no, act(TEAM), AT)


def test_the_gate_is_asked_again_when_it_goes_out(session: Session, case: Case) -> None:
    row = draft_exposure(session, case.no, draft(body=BODY + "\n经办人吴大同在场。"), act(TEAM), AT)
    submit_exposure(session, row.no, act(TEAM), AT)
    later = NewSanction("吴大同", VILLAGE, Standing.VILLAGE, False, "涟水县监委", "4号", DAY, admin=Admin.WARNING)
    add_sanction(session, case.no, later, act(TEAM), AT)
    with pytest.raises(GateRefused):
        publish_exposure(session, row.no, act(HEAD, "核对过"), AT)


def test_a_place_may_rule_that_officials_are_named(session: Session, case: Case) -> None:
    make_parameter(session, "exposure_names", "是")
    assert published(session, case, body=BODY.replace("周某", "周永福")).state == ExposureState.PUBLISHED


def test_what_is_sent_back_is_written_anew(session: Session, case: Case) -> None:
    row = draft_exposure(session, case.no, draft(), act(TEAM), AT)
    submit_exposure(session, row.no, act(TEAM), AT)
    return_exposure(session, row.no, act(HEAD, "写清钱退到哪里"), AT)
    edit_exposure(session, row.no, draft(body=BODY + "\n共 600 元。"), act(TEAM), AT)
    assert row.state == ExposureState.DRAFT


def test_from_its_day_on_nobody_reads_it_and_the_night_writes_it_down(session: Session, case: Case) -> None:
    row = published(session, case)
    last = row.withdraw_on
    assert get_public(session, row.no, last - timedelta(days=1)).body == BODY
    gone = get_public(session, row.no, last)
    assert (gone.title, gone.body, gone.organ) == ("", "", "涟水县纪委监委")
    assert [one.title for one in list_public(session, last)] == [""]
    assert end_due(session, "job:exposure", AT + timedelta(days=89)) == {"ended": 0}
    assert end_due(session, "job:exposure", AT + timedelta(days=90)) == {"ended": 1}
    assert end_due(session, "job:exposure", AT + timedelta(days=91)) == {"ended": 0}
    assert row.state == ExposureState.ENDED


def test_it_can_be_taken_back(session: Session, case: Case) -> None:
    row = published(session, case)
    retract_exposure(session, row.no, act(HEAD, "有一处写错"), AT)
    assert get_public(session, row.no, DAY).body == ""


@pytest.mark.parametrize("days", [0, -1, 900])
def test_it_has_an_end_that_can_be(session: Session, case: Case, days: int) -> None:
    with pytest.raises(BadInput, match="撤下日期"):
        draft_exposure(session, case.no, draft(withdraw_on=DAY + timedelta(days=days)), act(TEAM), AT)


def test_the_office_sees_those_of_its_cases_and_its_words_lie_sealed(session: Session, case: Case) -> None:
    row = draft_exposure(session, case.no, draft(), act(TEAM), AT)
    assert [one.no for one in list_for_office(session, who(session, TEAM))] == [row.no]
    assert list_for_office(session, who(session, "yi")) == []
    with pytest.raises(NotFound):
        get_for_office(session, row.no, who(session, "yi"))
    link(session, case.no, LinkKind.ACCOUNT, TEAM, act("yi"), AT, is_accused=True)
    assert list_for_office(session, who(session, TEAM)) == []
    rows = session.execute(text("SELECT * FROM exposures")).all()
    said = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for one in rows for value in one)
    assert "多报" not in said


def test_what_everybody_may_know_names_no_case(session: Session, case: Case) -> None:
    row = published(session, case)
    events = select(TrailSubject.kind, TrailSubject.no).where(TrailSubject.type == "exposure.published")
    assert [tuple(one) for one in session.execute(events)] == [("exposure", row.no)]


def test_its_life_is_declared_whole() -> None:
    assert set(TRANSITIONS) == set(ExposureState)
    assert {step for steps in TRANSITIONS.values() for step in steps} == set(Step)
