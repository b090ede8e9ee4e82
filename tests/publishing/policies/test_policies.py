"""Policies: two persons for each version, versions kept, nobody's number in them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.publishing.policies import actions, queries, rules
from portal.publishing.policies.models import Policy, PolicyState
from tests.factories.divisions import make_county
from tests.factories.policies import AT, CHECKER, DRAFTER, make_draft, make_policy

pytestmark = pytest.mark.begins_with(fill=make_county)


def test_a_draft_shows_nowhere_until_a_second_person_releases_it(session: Session) -> None:
    row = make_draft(session)
    assert queries.list_published(session) == []
    with pytest.raises(NotFound):
        queries.get_published(session, "gaoling")
    actions.submit_policy(session, row.id, DRAFTER, AT)
    with pytest.raises(Refused, match="两个人"):
        actions.publish_policy(session, row.id, DRAFTER, AT)
    actions.publish_policy(session, row.id, CHECKER, AT)
    assert [p.slug for p in queries.list_in_force(session, date(2026, 11, 20))] == ["gaoling"]
    assert queries.list_in_force(session, date(2025, 12, 31)) == []


def test_the_database_itself_wants_two_persons(session: Session) -> None:
    row = make_draft(session)
    for change in ({"decided_by": "user:drafter"}, {"state": PolicyState.PUBLISHED}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(Policy).where(Policy.id == row.id).values(**change))


def test_whoever_changes_a_draft_cannot_release_it(session: Session) -> None:
    row = make_draft(session)
    actions.edit_policy(session, row.id, {"amount": "每月 80 元"}, CHECKER, AT)
    actions.submit_policy(session, row.id, CHECKER, AT)
    with pytest.raises(Refused, match="两个人"):
        actions.publish_policy(session, row.id, CHECKER, AT)


def test_a_new_version_replaces_and_the_old_one_stays_readable(session: Session) -> None:
    make_policy(session)
    make_policy(session, amount="每月 80 元")
    assert queries.get_published(session, "gaoling").amount == "每月 80 元"
    assert queries.get_published(session, "gaoling", 1).state == PolicyState.REPLACED
    assert [v.version for v in queries.versions_of(session, "gaoling")] == [2, 1]


def test_one_version_is_in_work_at_a_time(session: Session) -> None:
    make_draft(session)
    with pytest.raises(Conflict, match="在拟"):
        make_draft(session)


def test_a_returned_version_can_be_changed_and_handed_in_again(session: Session) -> None:
    row = make_draft(session)
    actions.submit_policy(session, row.id, DRAFTER, AT)
    with pytest.raises(Refused, match="现在不能修改"):
        actions.edit_policy(session, row.id, {"amount": "每月 80 元"}, DRAFTER, AT)
    actions.return_policy(session, row.id, CHECKER, AT)
    assert actions.edit_policy(session, row.id, {"amount": "每月 80 元"}, DRAFTER, AT).state == PolicyState.DRAFT


def test_an_ended_policy_is_used_no_longer(session: Session) -> None:
    row = make_policy(session)
    actions.end_policy(session, row.id, CHECKER, AT)
    assert queries.list_in_force(session, date(2026, 11, 20)) == []
    assert queries.get_published(session, "gaoling").state == PolicyState.ENDED


def test_a_persons_number_in_a_text_stops_the_release(session: Session) -> None:
    row = make_draft(session, call="王主任 13812345678")
    actions.submit_policy(session, row.id, DRAFTER, AT)
    with pytest.raises(Refused, match="找谁"):
        actions.publish_policy(session, row.id, CHECKER, AT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"card": " "}, "明白话"),
        ({"topic": "别的"}, "管哪方面"),
        ({"valid_to": date(2025, 1, 1)}, "早于"),
        ({"programmes": ["坏 编码"]}, "资金项目编码"),
        ({"conditions": {"test": "age"}}, "第 1 项"),
    ],
)
def test_a_version_that_lacks_something_is_refused(session: Session, change: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make_draft(session, **change)


@pytest.mark.parametrize("slug", ["", "高龄", "Gaoling", "a--b", "-a", "a" * 61])
def test_an_address_that_would_not_last_is_refused(slug: str) -> None:
    with pytest.raises(BadInput, match="网址名"):
        rules.slug_problem(slug)


def test_programmes_are_meant_by_patterns() -> None:
    assert queries.fits("*-GL", "ZX2026-GL") and queries.fits("ZX*-GL", "ZX2026-GL") and queries.fits("A", "A")
    assert not queries.fits("*-GL", "ZX2026-GLX") and not queries.fits("A", "AB") and not queries.fits("ab*ba", "aba")


def test_the_life_of_a_version_is_a_table() -> None:
    reached = {PolicyState.DRAFT} | {s for steps in rules.TRANSITIONS.values() for s in steps.values()}
    assert reached == set(PolicyState)
