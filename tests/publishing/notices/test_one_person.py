"""Whatever one person does with a notice, alone and in any order: it is neither published nor concluded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.kernel.errors import ProductError
from portal.publishing.notices import actions
from portal.publishing.notices.drafts.actions import (
    draft_notice,
    drop_notice,
    return_notice,
    rewrite_notice,
    submit_notice,
)
from portal.publishing.notices.models import Notice
from portal.publishing.notices.queries import get_notice, list_for_office
from tests.factories.divisions import VILLAGE
from tests.factories.notices import AT, act, draft_of, finish_as, later, make_village, photo

ALONE = act("user:alone", "一个人办")
Step = Callable[[Session, Path, Notice], object]
STEPS: dict[str, Step] = {
    "rewrite": lambda s, _f, r: rewrite_notice(s, r.no, draft_of(title="换个标题的公示"), ALONE, AT),
    "submit": lambda s, _f, r: submit_notice(s, r.no, finish_as(s, get_notice(s, r.no)), ALONE, AT),
    "return": lambda s, _f, r: return_notice(s, r.no, ALONE, AT),
    "publish": lambda s, f, r: actions.publish_notice(s, r.no, finish_as(s, get_notice(s, r.no)), f, ALONE, AT),
    "put up": lambda s, f, r: actions.put_up(s, r.no, photo(), f, ALONE, AT),
    "conclude": lambda s, _f, r: actions.conclude_notice(s, r.no, ALONE, later(30)),
    "anew": lambda s, _f, r: actions.post_anew(s, r.no, ALONE, AT),
    "version": lambda s, _f, r: actions.new_version(s, r.no, ALONE, AT),
    "drop": lambda s, _f, r: drop_notice(s, r.no, ALONE, AT),
    "night": lambda s, _f, _r: actions.withdraw_ended(s, "job:notices", later(60)),
}


@pytest.mark.begins_with(fill=make_village)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=3, max_size=8))
def test_one_person_alone_publishes_nothing(session: Session, tmp_path: Path, steps: list[str]) -> None:
    row = draft_notice(session, draft_of(), ALONE, AT)
    for name in ["submit", *steps]:
        try:
            with session.begin_nested():
                STEPS[name](session, tmp_path, row)
        except ProductError:
            session.refresh(row)
    assert {n.published_on for n in list_for_office(session, [VILLAGE])} == {None}
    assert {n.conclusion for n in list_for_office(session, [VILLAGE])} == {None}
