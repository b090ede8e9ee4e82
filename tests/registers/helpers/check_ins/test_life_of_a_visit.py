"""Asked, explained, judged; on paper; what the household says; what is due; what is forgotten. Every step leaves a trace."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.jobs.photos import forget_places
from portal.kernel import sealed_files
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, Conflict, NotFound, Refused
from portal.kernel.keeping import versions
from portal.registers.corrections import Act
from portal.registers.helpers.check_ins import disclosure
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection
from portal.registers.helpers.check_ins.answers.queries import answers_to
from portal.registers.helpers.check_ins.claims.models import Claim
from portal.registers.helpers.check_ins.claims.queries import find_accepted, fixes_of
from portal.registers.helpers.check_ins.judgements.actions import ask, explain, judge
from portal.registers.helpers.check_ins.models import CheckIn, Source, State
from portal.registers.helpers.check_ins.needs.actions import close_need
from portal.registers.helpers.check_ins.needs.models import Need, NeedState
from portal.registers.helpers.check_ins.paper.actions import (
    correct_paper_visit,
    countersign_paper_visit,
    enter_paper_visit,
    return_paper_visit,
)
from portal.registers.helpers.check_ins.paper.queries import list_waiting_papers
from portal.registers.helpers.check_ins.photos.models import Photo
from portal.registers.helpers.check_ins.photos.queries import photos_of
from portal.registers.helpers.check_ins.photos.rules import FOLDER, derivative_name, original_name
from portal.registers.helpers.check_ins.queries import get_check_in, list_tasks_today, visits_of_household
from portal.registers.helpers.check_ins.questions.queries import list_questions
from portal.registers.helpers.check_ins.questions.rules import Question
from portal.registers.helpers.check_ins.rules import TRANSITIONS, may_step
from portal.registers.helpers.check_ins.tasks.rules import due_on, visit_class
from portal.registers.sealed import keyring_of
from portal.settings import Settings
from portal.trail import queries as trail
from tests.factories.divisions import COUNTY, GAOGOU, make_parameter
from tests.factories.visits import HOME, NOON, Walker, make_walk, picture

BOSS = Act("user:office", "电话问过本户，属实")
TODAY = NOON.date()
NIGHT = "2026-11-20T03:00:00+08:00"


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, ["HH-1", "HH-2"])


def state_of(session: Session, claim_id: str) -> State:
    return State(get_check_in(session, claim_id).values["state"])


def test_a_visit_is_asked_explained_and_judged_by_a_person(session: Session, walk: Walker) -> None:
    claim = walk.visit(session, captured_at=NIGHT).id
    assert state_of(session, claim) == State.ASKED
    explain(session, walk.context, claim, "B-1", {"H07": "手机时间不准，其实是下午"}, NOON)
    assert state_of(session, claim) == State.EXPLAINED
    judge(session, claim, State.COUNTED, BOSS, NOON)
    row = get_check_in(session, claim)
    assert (row.values["state"], row.values["judged_by"], row.values["judgement"]) == ("counted", BOSS.actor, BOSS.why)
    kinds = [entry.kind for entry in trail.list_history(session, "check_in", claim)]
    assert kinds == ["check_in.counted", "check_in.explained", "check_in.recorded"]
    assert [version.state for version in versions(session, CheckIn, row.id)] == ["asked", "explained", "counted"]


def test_explaining_takes_every_answer_and_only_the_helper_s_own(session: Session, walk: Walker) -> None:
    walk.visit(session)
    claim = walk.visit(session, captured_at=NIGHT, counter=2, previous_sha256="ee" * 32).id
    with pytest.raises(NotFound):
        explain(session, walk.context, claim, "B-2", {"H07": "不是我"}, NOON)
    with pytest.raises(BadInput):
        explain(session, walk.context, claim, "B-1", {"H07": " "}, NOON)
    with pytest.raises(Refused):
        explain(session, walk.context, claim, "B-1", {"H99": "没有问这个"}, NOON)
    explain(session, walk.context, claim, "B-1", {"H07": "时间不准"}, NOON)
    assert state_of(session, claim) == State.ASKED
    explain(session, walk.context, claim, "B-1", {"H09": "重装过手机"}, NOON)
    assert state_of(session, claim) == State.EXPLAINED
    row = get_check_in(session, claim)
    assert {q.rule: q.answer for q in list_questions(session, [row.id])} == {"H07": "时间不准", "H09": "重装过手机"}


def test_a_rule_asks_once_and_leaves_what_a_person_has_struck_off(session: Session, walk: Walker) -> None:
    claim = walk.visit(session).id
    question = [Question("H03", "照片像以前的")]
    assert ask(session, claim, question, "job:checks", NOON, "夜间比对") == 1
    assert ask(session, claim, question, "job:checks", NOON, "夜间比对") == 0
    assert state_of(session, claim) == State.ASKED
    judge(session, claim, State.NOT_COUNTED, BOSS, NOON)
    assert ask(session, claim, [Question("H05", "一处打卡")], "job:checks", NOON, "夜间比对") == 0
    assert state_of(session, claim) == State.NOT_COUNTED


def test_judging_needs_a_reason_and_a_verdict(session: Session, walk: Walker) -> None:
    claim = walk.visit(session).id
    with pytest.raises(BadInput):
        judge(session, claim, State.COUNTED, Act("user:office", ""), NOON)
    with pytest.raises(Refused):
        judge(session, claim, State.ASKED, BOSS, NOON)
    judge(session, claim, State.COUNTED, BOSS, NOON)
    with pytest.raises(Refused):
        judge(session, claim, State.COUNTED, BOSS, NOON)
    judge(session, claim, State.NOT_COUNTED, BOSS, NOON)  # somebody found out more
    assert state_of(session, claim) == State.NOT_COUNTED


def test_every_state_can_be_judged_and_none_is_reached_but_by_the_table() -> None:
    assert set(TRANSITIONS) == set(State)
    for state in State:
        assert may_step(state, State.COUNTED) or state is State.COUNTED
        assert not may_step(state, state) and not may_step(state, State.ACCEPTED)


PAPER = {"visited_on": TODAY, "visit": "done", "activities": ["讲政策"], "needs": [{"kind": "就医", "text": "要买药"}]}
CLERK, OTHER = Act("user:clerk", "照纸质表录入"), Act("user:other", "核对过原表")


def test_a_paper_visit_counts_when_a_second_person_has_signed(session: Session, walk: Walker) -> None:
    paper = enter_paper_visit(session, "B-1", "HH-1", PAPER, CLERK, NOON)
    assert visits_of_household(session, paper.household_id) == []
    assert [row.no for row in list_waiting_papers(session, [GAOGOU])] == [paper.no]
    with pytest.raises(Refused):
        countersign_paper_visit(session, paper.id, CLERK, NOON)
    check_in = countersign_paper_visit(session, paper.id, OTHER, NOON)
    assert (check_in.source, check_in.state, check_in.visited_on) == (Source.PAPER, State.ACCEPTED, TODAY)
    assert list_waiting_papers(session, [GAOGOU]) == []
    assert session.scalars(select(Need.text)).one() == "要买药"
    with pytest.raises(Refused):
        return_paper_visit(session, paper.id, OTHER, NOON)


def test_a_paper_visit_is_corrected_or_sent_back_before_it_is_signed(session: Session, walk: Walker) -> None:
    paper = enter_paper_visit(session, "B-1", "HH-1", PAPER, CLERK, NOON)
    correct_paper_visit(session, paper.id, {"note": "补一句"}, CLERK, None, NOON)
    return_paper_visit(session, paper.id, OTHER, NOON)
    correct_paper_visit(
        session, paper.id, {"note": "再补"}, CLERK, None, NOON
    )  # a form that was sent back stands again
    assert [row.no for row in list_waiting_papers(session, [GAOGOU])] == [paper.no]
    kinds = [entry.kind for entry in trail.list_history(session, "paper_visit", paper.no)]
    assert kinds == ["paper_visit.corrected", "paper_visit.returned", "paper_visit.corrected", "paper_visit.entered"]


def test_whoever_corrects_a_paper_visit_does_not_countersign_it(session: Session, walk: Walker) -> None:
    paper = enter_paper_visit(session, "B-1", "HH-1", PAPER, CLERK, NOON)
    correct_paper_visit(session, paper.id, {"activities": ["看住房"]}, OTHER, None, NOON)
    with pytest.raises(Refused, match="录入和会签要两个人"):
        countersign_paper_visit(session, paper.id, OTHER, NOON)
    check_in = countersign_paper_visit(session, paper.id, CLERK, NOON)
    assert check_in.signals["paper"] == {"entered_by": "user:other", "countersigned_by": "user:clerk"}
    with pytest.raises(Refused, match="没有任何改动"):
        correct_paper_visit(session, paper.id, {"activities": ["看住房"]}, OTHER, None, NOON)


def test_a_countersigned_visit_is_corrected_by_two_persons_anew(session: Session, walk: Walker) -> None:
    paper = enter_paper_visit(session, "B-1", "HH-1", PAPER, CLERK, NOON)
    check_in = countersign_paper_visit(session, paper.id, OTHER, NOON)
    kept, number = [{"kind": "就医", "text": "要买药"}, {"kind": "住房", "text": "修屋顶"}], check_in.id
    for wrong in ({"visited_on": TODAY - timedelta(days=1)}, {"visit": "not_possible", "not_possible_reason": "住院"}):
        with pytest.raises(Refused, match="不能再改"):
            correct_paper_visit(session, paper.id, wrong, CLERK, None, NOON)
    correct_paper_visit(session, paper.id, {"needs": kept, "findings": ["住房"]}, CLERK, None, NOON)
    assert (check_in.findings, len(session.scalars(select(Need)).all())) == ([], 1)  # as it was, until somebody signs
    assert countersign_paper_visit(session, paper.id, OTHER, NOON).id == number
    assert check_in.findings == ["住房"]
    assert {(n.no[-2:], n.text, n.state) for n in session.scalars(select(Need))} == {
        ("/1", "要买药", "待办"),
        ("/2", "修屋顶", "待办"),
    }
    correct_paper_visit(session, paper.id, {"needs": kept[1:]}, CLERK, None, NOON)
    countersign_paper_visit(session, paper.id, OTHER, NOON)
    assert {n.text: n.state for n in session.scalars(select(Need))} == {"要买药": "不再需要", "修屋顶": "待办"}
    earlier = select(CheckIn.findings).where(CheckIn.current_id == number)
    assert [] in session.scalars(earlier.execution_options(include_superseded=True)).all()


def test_a_form_that_cannot_be_is_refused(session: Session, walk: Walker) -> None:
    for wrong in (
        {"visited_on": TODAY + timedelta(days=1)},
        {"visit": "perhaps"},
        {"visit": "not_possible"},
        {"not_possible_reason": "家中无人"},
        {"activities": ["跳舞"]},
        {"findings": ["没有"]},
    ):
        with pytest.raises(Refused):
            enter_paper_visit(session, "B-1", "HH-1", {**PAPER, **wrong}, CLERK, NOON)
    with pytest.raises(NotFound):
        enter_paper_visit(session, "B-9", "HH-1", PAPER, CLERK, NOON)


def test_a_household_s_denial_is_kept_and_changes_nothing_by_itself(session: Session, walk: Walker) -> None:
    claim = walk.visit(session).id
    row = get_check_in(session, claim)
    home, who = row.values["household_id"], walk.context
    answer_visit(session, who, claim, home, Recollection.DID_NOT_COME, Channel.TELEPHONE, "户主", "没见过他", NOON)
    assert state_of(session, claim) == State.ACCEPTED
    answer_visit(session, who, claim, home, Recollection.CAME, Channel.IN_PERSON, "户主", "想起来了", NOON)
    assert answers_to(session, [row.id])[row.id].answer == Recollection.CAME
    kinds = [entry.before for entry in trail.list_history(session, "check_in", claim) if entry.kind == "visit.answered"]
    assert kinds == [{"answer": "没来过"}, None]
    with pytest.raises(NotFound):
        answer_visit(session, who, claim, home + 1, Recollection.CAME, Channel.OWN_PAGE, "户主", "", NOON)
    with pytest.raises(Refused):
        answer_visit(session, who, claim, home, Recollection.CAME, Channel.OWN_PAGE, " ", "", NOON)


def test_a_need_is_a_task_until_somebody_has_seen_to_it(session: Session, walk: Walker) -> None:
    walk.visit(session, needs=[{"kind": "饮水", "text": "井坏了"}, {"kind": "住房"}])
    soon = TODAY + timedelta(days=25)
    tasks = [task for task in list_tasks_today(session, "B-1", soon) if task.kind == "need"]
    assert [(t.text, t.due_on, t.overdue_days) for t in tasks] == [
        ("饮水：井坏了", TODAY + timedelta(days=30), -5),
        ("住房", TODAY + timedelta(days=30), -5),
    ]
    water = session.scalars(select(Need).where(Need.kind == "饮水")).one()
    close_need(session, water.no, NeedState.DONE, Act("user:helper", "井修好了"), NOON)
    assert [t.text for t in list_tasks_today(session, "B-1", soon) if t.kind == "need"] == ["住房"]
    with pytest.raises(Conflict):
        close_need(session, water.no, NeedState.DONE, BOSS, NOON)


def test_tasks_are_late_first_and_a_reasoned_impossible_visit_meets_the_duty(session: Session, walk: Walker) -> None:
    walk.visit(session, visit="not_possible", not_possible_reason="家中无人", activities=[])
    first = list_tasks_today(session, "B-1", TODAY)
    assert [(t.household_no, t.due_on, t.overdue_days) for t in first] == [("HH-2", date(2026, 1, 31), 293)]
    later = list_tasks_today(session, "B-1", TODAY + timedelta(days=31))
    assert [(t.household_no, t.overdue_days) for t in later] == [("HH-2", 324), ("HH-1", 1)]
    assert later[0].name == "张建国" and later[0].village == "扎新村"
    judge(session, walk.sent[0][0], State.NOT_COUNTED, BOSS, NOON)
    assert [t.household_no for t in list_tasks_today(session, "B-1", TODAY)] == ["HH-1", "HH-2"]
    make_parameter(session, "visit_days", "400", COUNTY)
    assert list_tasks_today(session, "B-1", TODAY) == []


def test_the_class_decides_the_cycle_and_the_last_visit_the_day() -> None:
    assert visit_class("边缘易致贫户", "在册") == "monitored"
    assert visit_class("低保户", "已脱贫") == "stable"
    assert visit_class("低保户", "在册") == ""
    assert due_on(date(2026, 1, 1), date(2026, 3, 1), 30) == date(2026, 3, 31)
    assert due_on(date(2026, 4, 1), date(2026, 3, 1), 30) == date(2026, 5, 1)


def test_after_180_days_body_point_and_exif_are_gone_and_the_rest_stays(
    session: Session, settings: Settings, walk: Walker
) -> None:
    exif = Image.Exif()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (33.0, 46.0, 52.0), "E", (119.0, 15.0, 40.0)
    old = now_utc() - timedelta(days=181)
    located, plain = picture(1, exif=exif.tobytes()), picture(2)
    photos = [walk.upload(session, located, old), walk.upload(session, plain, old)]
    claim = walk.visit(session, photos=photos, captured_at=old, at=old).id
    recent = walk.visit(session, captured_at=now_utc(), at=now_utc()).id
    session.commit()
    assert forget_places(settings) == {"claims": 1, "photos": 1, "leftovers": 0}
    assert forget_places(settings) == {"claims": 0, "photos": 0, "leftovers": 0}
    session.expire_all()
    kept = find_accepted(session, claim)
    assert kept is not None and (kept.body_sealed, kept.point_sealed, kept.signature_ok) == (None, None, True)
    assert fixes_of(session, [claim, recent]).keys() == {recent}
    assert get_check_in(session, claim).values["coarse_lat_e7"] == 337_800_000
    folder, keyring = settings.files_dir / FOLDER, keyring_of(session)
    with pytest.raises(NotFound):
        sealed_files.read(folder, original_name(photos[0]), keyring)
    assert sealed_files.read(folder, derivative_name(photos[0]), keyring)
    assert sealed_files.read(folder, original_name(photos[1]), keyring) == plain
    assert session.scalars(select(Photo.exif_sealed)).all() == [None, None]
    assert walk.send(session, walk.sent[0]).created is False  # the digest still knows the same bytes
    whys = [entry.why for entry in trail.list_history(session, "claims", f"{kept.id}-{kept.id}")]
    assert whys and "第四十七条" in str(whys[0])


def test_each_audience_sees_its_part_and_nobody_the_point(session: Session, walk: Walker) -> None:
    photo = walk.upload(session, picture(1))
    claim = walk.visit(session, captured_at=NIGHT, note="家里有病人", photos=[photo]).id
    row = get_check_in(session, claim)
    visit = visits_of_household(session, row.values["household_id"])[0]
    asked, pictures = list_questions(session, [row.id]), photos_of(session, [row.id])[row.id]
    told = [
        disclosure.household_visit(visit, None),
        disclosure.phone_visit(visit, asked),
        console := disclosure.console_visit(visit, row.values, asked, None, pictures),
        disclosure.supervision_visit(console, row.values, None),
    ]
    for seen in told:
        assert str(HOME["lat_e7"]) not in str(seen) and "33.78123" not in str(seen)
        assert hashlib.sha256(b"x").hexdigest() not in str(seen) and photo not in str(seen)
    assert "家里有病人" not in str(told[0]) and "家里有病人" in str(console)
    assert console.signals == ("R9", "unbracketed")
    assert session.scalar(select(Claim.body_sealed)) is not None
