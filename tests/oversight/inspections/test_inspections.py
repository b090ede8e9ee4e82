"""A draw whose seed was promised before anybody could draw; anybody makes it again from public files; two write what they saw."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import day_cn
from portal.kernel.database import now_utc, reading, writing
from portal.kernel.errors import BadInput, NotFound, ProductError, Refused
from portal.oversight.inspections import queries
from portal.oversight.inspections.actions import OnSite, commit_seed, draw_inspection, link_lead, record_on_site
from portal.oversight.inspections.models import Inspection, InspectionItem, InspectionState, ItemState, Outcome, Stratum
from portal.oversight.inspections.reviews.actions import write_review
from portal.oversight.inspections.rules import AGREES, DIFFERS, QUESTIONS, Member, commitment_of, stratum_of
from portal.oversight.inspections.supervisors.actions import name_supervisor, take_off_supervisor
from portal.registers.corrections import Act
from portal.settings import Settings
from portal.trail import redraw
from tests.factories.accounts import make_user
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, VILLAGE, make_county
from tests.factories.recipients import make_household
from tests.trail.arrange import open_log

ACT = Act("user:inspector", "按计划抽查")
ALL_AGREE = dict.fromkeys(QUESTIONS, AGREES)


def fill(session: Session, households: int = 45) -> None:
    """A county with households: the first two of cadres' relatives, the next ten listed this year."""
    make_county(session)
    for name in ("inspector", "second"):
        make_user(session, Role.INSPECTOR, [COUNTY], username=name)
    new = day_cn(now_utc()) - timedelta(days=60)
    for number in range(households):
        related = [{"name": "王小明", "relation": "儿子", "related_to_cadre": True}] if number < 2 else []
        entered = new if 2 <= number < 12 else date(2021, 3, 1)
        make_household(session, f"HH-{number:03d}", members=related, entered_on=entered)


@pytest.fixture
def drawn(session: Session) -> Inspection:
    fill(session)
    return draw_inspection(session, commit_seed(session, COUNTY, ACT, now_utc()).no, ACT, now_utc(), is_published=True)


def test_each_stratum_is_drawn_by_its_own_share(session: Session, drawn: Inspection) -> None:
    strata = {one.stratum: (one.population, one.per_cent, one.drawn) for one in queries.strata_of(session, drawn.id)}
    assert strata == {"备案对象": (2, "100", 2), "新纳入": (10, "30", 3), "其他在册": (33, "5", 2)}
    items = queries.list_items(session, [COUNTY], "inspector")
    assert len(items) == 7
    assert {item.household_no for item in items if item.stratum == Stratum.RELATED} == {"HH-000", "HH-001"}
    row = queries.get_inspection(session, drawn.no)
    again = queries.repeat(row, queries.strata_of(session, drawn.id))
    assert all(one.same_population and one.same_sample for one in again)


def test_a_household_stands_in_the_first_stratum_that_fits() -> None:
    since = date(2026, 1, 1)
    assert stratum_of(Member("a", VILLAGE, date(2026, 5, 1), True), since) is Stratum.RELATED
    assert stratum_of(Member("a", VILLAGE, since, False), since) is Stratum.NEW
    assert stratum_of(Member("a", VILLAGE, None, False), since) is Stratum.OTHER


def test_the_seed_is_sealed_until_the_draw_and_was_promised(session: Session) -> None:
    fill(session, 12)
    row = commit_seed(session, COUNTY, ACT, now_utc(), seed="ab" * 32)
    assert row.seed is None
    assert row.commitment == commitment_of(row.no, "ab" * 32)
    kept = session.execute(text("SELECT seed_sealed FROM inspections")).scalar_one()
    assert b"abab" not in bytes(kept)
    with pytest.raises(Refused, match="公开留痕"):
        draw_inspection(session, row.no, ACT, now_utc())
    drawn = draw_inspection(session, row.no, ACT, now_utc(), is_published=True)
    assert drawn.seed == "ab" * 32
    with pytest.raises(Refused, match="已经抽过"):
        draw_inspection(session, row.no, ACT, now_utc(), is_published=True)


def test_nobody_draws_twice_until_he_likes_it(session: Session) -> None:
    fill(session, 3)
    commit_seed(session, COUNTY, ACT, now_utc())
    with pytest.raises(Refused, match="每月只抽一次"):
        commit_seed(session, COUNTY, ACT, now_utc())
    with pytest.raises(Refused, match="县或乡镇"):
        commit_seed(session, VILLAGE, ACT, now_utc())
    commit_seed(session, GAOGOU, ACT, now_utc())


@pytest.fixture
def published(engine: Engine, settings: Settings) -> tuple[Settings, str, dict[str, Any]]:
    """A log with promise, publication, draw, publication, and the public list of the draw beside it."""
    sequencer = open_log(engine, settings)
    with writing(engine) as session:
        fill(session)
        no = commit_seed(session, COUNTY, ACT, now_utc()).no
    with writing(engine) as session, pytest.raises(Refused):
        draw_inspection(session, no, ACT, now_utc())
    sequencer.run()
    with writing(engine) as session:
        draw_inspection(session, no, ACT, now_utc())
    sequencer.run()
    with reading(engine) as session:
        row = queries.get_inspection(session, no)
        public = queries.public_list(row, queries.strata_of(session, row.id))
    place = settings.log_dir / "draws" / f"{no}.json"
    place.parent.mkdir()
    place.write_text(json.dumps(public))
    return settings, no, public


def test_anybody_makes_the_draw_again_from_public_files_alone(
    engine: Engine, tmp_path: Path, published: tuple[Settings, str, dict[str, Any]]
) -> None:
    settings, no, public = published
    told = redraw.redraw(redraw.reader(str(settings.log_dir)), no)
    assert told["problems"] == []
    assert {one["stratum"]: one["drawn"] for one in told["strata"]} == {"related": 2, "new": 3, "other": 2}
    with reading(engine) as session:
        tokens = set(session.scalars(select(InspectionItem.token)))
    assert {token for one in told["strata"] for token in one["sample"]} == tokens
    assert "HH-0" not in json.dumps(public), "the public list names no household"
    shutil.copy(str(redraw.__file__), tmp_path / "redraw.py")
    run = [sys.executable, "-I", str(tmp_path / "redraw.py"), "--log", str(settings.log_dir), "--no", no, "--json"]
    alone = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (alone.returncode, json.loads(alone.stdout)["ok"]) == (0, True)


def test_a_list_that_was_changed_since_is_noticed(published: tuple[Settings, str, dict[str, Any]]) -> None:
    settings, no, public = published
    place = settings.log_dir / "draws" / f"{no}.json"
    public["strata"][2]["tokens"].pop()
    place.write_text(json.dumps(public))
    told = redraw.redraw(redraw.reader(str(settings.log_dir)), no)
    assert not told["ok"]
    assert any(problem.startswith("other:") for problem in told["problems"])
    assert not redraw.redraw(redraw.reader(str(settings.log_dir)), "SJ-2026-999999")["ok"]


def first_item(session: Session) -> InspectionItem:
    return session.scalars(select(InspectionItem).order_by(InspectionItem.id)).first()  # type: ignore[return-value]  # there are seven


def seen(**more: Any) -> OnSite:
    said = {"visited_on": day_cn(now_utc()), "second_inspector": "second", "met": True, "answers": ALL_AGREE, **more}
    return OnSite(**said)


def test_two_inspectors_write_what_they_found_and_it_is_sealed(session: Session, drawn: Inspection) -> None:
    item = first_item(session)
    record_on_site(
        session, item.no, seen(answers={**ALL_AGREE, "house": DIFFERS}, notes={"house": "已翻建两层"}), ACT, now_utc()
    )
    assert (item.state, item.outcome) == (ItemState.VISITED, Outcome.DIFFERS)
    assert queries.findings_of(session, item.no)["answers"]["house"] == [DIFFERS, "已翻建两层"]
    kept = session.execute(
        text("SELECT findings_sealed FROM inspection_items WHERE findings_sealed IS NOT NULL")
    ).scalar()
    assert "翻建".encode() not in bytes(kept)
    link_lead(session, item.no, "YD-2026-000001", ACT, now_utc())
    assert item.lead_no == "YD-2026-000001"
    with pytest.raises(Refused):
        record_on_site(session, item.no, seen(), ACT, now_utc())


@pytest.mark.parametrize(
    "wrong",
    [
        {"second_inspector": "inspector"}, {"second_inspector": "nobody"}, {"second_inspector": ""}, {"answers": {}},
        {"visited_on": date(2020, 1, 1)}, {"visited_on": date(2100, 1, 1)}, {"answers": {**ALL_AGREE, "house": "大概"}},
    ],
)  # fmt: skip
def test_a_record_needs_two_known_inspectors_every_answer_and_a_day(
    session: Session, drawn: Inspection, wrong: dict[str, Any]
) -> None:
    item = first_item(session)
    with pytest.raises(ProductError):
        record_on_site(session, item.no, seen(**wrong), ACT, now_utc())
    assert item.state == ItemState.OPEN


def test_who_was_not_met_may_be_visited_later_and_the_last_visit_closes_the_draw(
    session: Session, drawn: Inspection
) -> None:
    items = list(session.scalars(select(InspectionItem).order_by(InspectionItem.id)))
    record_on_site(session, items[0].no, seen(met=False, answers={}), ACT, now_utc())
    assert items[0].outcome == Outcome.NOT_MET
    record_on_site(session, items[0].no, seen(), ACT, now_utc())
    for item in items[1:]:
        assert drawn.state == InspectionState.DRAWN
        record_on_site(session, item.no, seen(), ACT, now_utc())
    assert drawn.state == InspectionState.CLOSED


def test_a_third_party_sees_its_places_and_nothing_else(session: Session, drawn: Inspection) -> None:
    make_user(session, None, username="deputy")
    assert queries.list_items(session, [], "deputy") == []
    named = name_supervisor(session, drawn.no, "deputy", VILLAGE, "县人大代表", ACT, now_utc())
    assert len(queries.list_items(session, [], "deputy")) == 7
    assert queries.list_items(session, [HONGYAO], "nobody") == []
    with pytest.raises(Refused):
        name_supervisor(session, drawn.no, "deputy", "320800000000", "县人大代表", ACT, now_utc())
    with pytest.raises(BadInput):
        name_supervisor(session, drawn.no, "stranger", VILLAGE, "县人大代表", ACT, now_utc())
    take_off_supervisor(session, named.id, ACT, now_utc())
    with pytest.raises(NotFound):
        queries.get_item(session, first_item(session).no, [], "deputy")


def test_a_years_review_keeps_the_figures_as_they_were(session: Session, drawn: Inspection) -> None:
    record_on_site(session, first_item(session).no, seen(answers={**ALL_AGREE, "income": DIFFERS}), ACT, now_utc())
    year = day_cn(now_utc()).year
    review = write_review(session, COUNTY, year, Act("user:head", "备案对象里有一户收入没有及时更正"), now_utc())
    assert review.figures["备案对象"] == {"drawn": 2, "visited": 1, "differs": 1, "not_met": 0, "leads": 0}
    write_review(session, COUNTY, year, Act("user:head", "补充：已经要求镇里限期更正"), now_utc())
    assert [one.conclusion for one in queries.list_reviews(session, [COUNTY])] == ["补充：已经要求镇里限期更正"]
    with pytest.raises(Refused):
        write_review(session, COUNTY, year + 1, Act("user:head", "明年的事明年再说才对"), now_utc())
