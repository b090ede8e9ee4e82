"""A month's visits are drawn once, by chance alone; anybody can repeat the draw from what was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.kernel.draws import draw
from portal.kernel.errors import Conflict, Refused
from portal.registers.corrections import Act
from portal.registers.divisions.parameters.models import Parameter
from portal.registers.helpers.check_ins.answers.actions import answer_visit
from portal.registers.helpers.check_ins.answers.models import Channel, Recollection, VisitAnswer
from portal.registers.helpers.check_ins.judgements.actions import judge
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.sampling.actions import add_three_running, draw_due, draw_visits, report_sample
from portal.registers.helpers.check_ins.sampling.disclosure import public_draw
from portal.registers.helpers.check_ins.sampling.models import DrawKind, SampleItem, SampleOutcome, VisitDraw
from portal.registers.helpers.check_ins.sampling.queries import list_samples, population_of, repeat_draw
from portal.registers.helpers.check_ins.sampling.rules import draw_problem, month_before, month_end
from portal.settings import Settings
from portal.trail.models import TrailEvent
from tests.factories.visits import NOON, Walker, make_walk

COUNTY, CITY, MONTH = "320826000000", "320800000000", date(2026, 11, 1)
AFTER = datetime(2026, 12, 2, 3, tzinfo=UTC)
REASON = {"visit": "not_possible", "not_possible_reason": "家中无人", "activities": []}


@pytest.fixture
def walk(session: Session, settings: Settings) -> Walker:
    return make_walk(session, settings.files_dir, [f"HH-{n}" for n in range(1, 7)])


def visits(session: Session, walk: Walker, count: int = 11) -> list[str]:
    return [
        walk.visit(session, f"HH-{n % 6 + 1}", captured_at=NOON - timedelta(hours=n), at=NOON + timedelta(minutes=n)).id
        for n in range(count)
    ]


def make(session: Session, kind: DrawKind = DrawKind.COUNTY, seed: str | None = "seed") -> VisitDraw:
    place = CITY if kind is DrawKind.CITY else COUNTY
    return draw_visits(session, kind, place, MONTH, "user:li", AFTER, seed=seed)


def test_a_fifth_of_the_month_s_visits_is_drawn_and_can_be_drawn_again(session: Session, walk: Walker) -> None:
    claims = visits(session, walk)
    walk.visit(session, captured_at=NOON - timedelta(days=30), at=NOON)  # of October
    walk.visit(session, captured_at=NOON, at=AFTER - timedelta(minutes=1))  # came in while the draw was being made
    walk.visit(session, captured_at=NOON, **REASON)
    row = make(session)
    by_hand = draw(claims, Decimal(20), "seed")
    assert (row.population, row.population_sha256, row.per_cent) == (11, by_hand.population_sha256, "20")
    assert [item.claim_id for item in session.scalars(select(SampleItem).order_by(SampleItem.no))] == list(
        by_hand.sample
    )
    again = repeat_draw(session, row.no)
    assert again.agrees and again.sample == by_hand.sample
    shown = public_draw(row)
    assert (shown.seed, shown.drawn, shown.population_sha256) == ("seed", 3, by_hand.population_sha256)


def test_a_draw_stands_when_visits_are_judged_later_and_falls_when_the_record_is_touched(
    session: Session, walk: Walker
) -> None:
    claims = visits(session, walk)
    row = make(session, seed=None)
    assert len(row.seed) == 64
    judge(session, claims[0], State.NOT_COUNTED, Act("user:town", "没有去"), AFTER)
    assert repeat_draw(session, row.no).agrees
    row.seed = "another"
    session.flush()
    again = repeat_draw(session, row.no)
    assert again.same_population and not again.same_sample


def test_the_draw_is_in_the_trail_with_all_that_repeats_it_and_nobody_s_name(session: Session, walk: Walker) -> None:
    visits(session, walk)
    row = make(session)
    session.commit()
    leaves = [leaf for leaf in session.scalars(select(TrailEvent.leaf)) if b'"t":"visit.sample.drawn"' in leaf]
    assert len(leaves) == 1
    for shown in (row.seed, row.population_sha256, row.no, COUNTY):
        assert shown.encode() in leaves[0]
    assert b"B-1" not in leaves[0] and b"HH-" not in leaves[0]


def test_a_month_is_drawn_once_when_it_is_over_and_at_its_own_level(session: Session, walk: Walker) -> None:
    visits(session, walk)
    make(session)
    with pytest.raises(Conflict, match="已经抽过"):
        make(session, seed="a better one")
    assert make(session, DrawKind.CITY).drawn == 1
    for kind, place, month, today in (
        (DrawKind.COUNTY, CITY, MONTH, date(2026, 12, 1)), (DrawKind.CITY, COUNTY, MONTH, date(2026, 12, 1)),
        (DrawKind.COUNTY, COUNTY, MONTH, date(2026, 11, 30)), (DrawKind.COUNTY, COUNTY, date(2026, 10, 2), date(2026, 12, 1)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            draw_problem(kind, place, month, today)
    draw_problem(DrawKind.COUNTY, COUNTY, MONTH, date(2026, 12, 1))
    with pytest.raises(Refused, match="没有走访记录"):
        draw_visits(session, DrawKind.COUNTY, COUNTY, date(2026, 9, 1), "user:li", AFTER)


def test_a_place_s_own_share_holds(session: Session, walk: Walker) -> None:
    visits(session, walk)
    session.add(Parameter(name="visit_sample_county", division_code=COUNTY, value="50", valid_from=date(2026, 11, 30)))
    assert make(session).drawn == 6


def test_a_call_back_draws_households_and_asks_about_their_latest_visit(session: Session, walk: Walker) -> None:
    claims = visits(session, walk)
    row = make(session, DrawKind.CALL_BACK)
    assert (row.population, row.drawn) == (6, 1)
    assert sorted(population_of(session, DrawKind.CALL_BACK, COUNTY, MONTH, AFTER)) == [f"HH-{n}" for n in range(1, 7)]
    (item,) = list_samples(session, [COUNTY])
    assert item.by_telephone and item.claim_id in claims[:6]  # the later visit to each household is the earlier number
    assert repeat_draw(session, row.no).agrees


def test_the_worker_draws_what_is_due_and_no_more(session: Session, walk: Walker) -> None:
    visits(session, walk)
    assert len(draw_due(session, "job:sampling", AFTER)) == 3
    assert draw_due(session, "job:sampling", AFTER + timedelta(days=1)) == []


def test_a_denial_on_the_telephone_becomes_the_household_s_answer(session: Session, walk: Walker) -> None:
    visits(session, walk)
    make(session, DrawKind.CALL_BACK)
    item = list_samples(session, [COUNTY])[0]
    act = Act("user:caller", "电话里说没有人来过")
    report_sample(session, walk.context, item.no, SampleOutcome.DENIED, "户主", act, AFTER)
    answer = session.scalars(select(VisitAnswer)).one()
    assert (answer.answer, answer.channel) == ("没来过", "电话回访")
    assert list_samples(session, [COUNTY]) == []
    with pytest.raises(Conflict):
        report_sample(session, walk.context, item.no, SampleOutcome.CONFIRMED, "户主", act, AFTER)


def test_what_the_household_said_on_its_own_page_stands_over_a_later_call(session: Session, walk: Walker) -> None:
    visits(session, walk)
    make(session, DrawKind.CALL_BACK)
    item = list_samples(session, [COUNTY])[0]
    visit = session.scalars(select(CheckIn).where(CheckIn.claim_id == item.claim_id)).one()
    own = replace(walk.context, actor="card:MB-2026-000001")
    said = (Recollection.DID_NOT_COME, Channel.OWN_PAGE, "本户", "")
    answer_visit(session, own, item.claim_id, visit.household_id, *said, AFTER)
    act = Act("user:caller", "电话里一个男人说来过")
    done = report_sample(session, walk.context, item.no, SampleOutcome.CONFIRMED, "户主", act, AFTER)
    answer = session.scalars(select(VisitAnswer)).one()
    assert (answer.answer, answer.channel, answer.taken_by) == ("没来过", "本户页面", own.actor)
    assert done.outcome == SampleOutcome.CONFIRMED  # what the call found stays with the sample
    with pytest.raises(Refused, match="自己的页面"):
        more = (Recollection.CAME, Channel.TELEPHONE, "户主", "")
        answer_visit(session, walk.context, item.claim_id, visit.household_id, *more, AFTER)


def test_nobody_samples_his_own_visits_and_who_is_not_reached_says_nothing(session: Session, walk: Walker) -> None:
    visits(session, walk)
    make(session)
    item = list_samples(session, [COUNTY])[0]
    with pytest.raises(Refused, match="自己"):
        report_sample(
            session, walk.context, item.no, SampleOutcome.CONFIRMED, "户主", Act(walk.context.actor, "来过"), AFTER
        )
    report_sample(session, walk.context, item.no, SampleOutcome.NOT_REACHED, "", Act("user:x", "三次没有人接"), AFTER)
    assert session.scalars(select(VisitAnswer)).all() == []


def test_three_running_that_could_not_be_are_added_once(session: Session, walk: Walker) -> None:
    def report(household: str, day: int, **more: object) -> None:
        walk.visit(session, household, captured_at=NOON + timedelta(days=day), at=NOON + timedelta(days=day), **more)

    for day in range(3):
        report("HH-1", day, **REASON)
    report("HH-2", 0, **REASON)
    report("HH-2", 1)
    report("HH-2", 2, **REASON)
    report("HH-3", 0, **REASON)
    at = NOON + timedelta(days=3)
    assert [add_three_running(session, "job:sampling", at) for _ in range(2)] == [1, 0]
    (item,) = list_samples(session, [COUNTY])
    assert (item.reason, item.household_no, item.kind) == ("连续三次无法走访", "HH-1", None)
    report("HH-1", 4, **REASON)
    assert add_three_running(session, "job:sampling", at + timedelta(days=2)) == 0
    report_sample(session, walk.context, item.no, SampleOutcome.UNCLEAR, "邻居", Act("user:x", "全家外出"), at)
    assert add_three_running(session, "job:sampling", at + timedelta(days=2)) == 1


def test_months(session: Session) -> None:
    assert (month_before(date(2026, 1, 31)), month_end(date(2026, 12, 1))) == (date(2025, 12, 1), date(2027, 1, 1))
