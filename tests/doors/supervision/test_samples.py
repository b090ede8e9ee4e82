"""Random inspections through the pages: promised, refused before publication, drawn, recorded on a telephone without a script."""

from __future__ import annotations

import io
from datetime import date

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, select, text

from portal.accounts.permissions import Role
from portal.checks.catalogue import RULES
from portal.checks.health.queries import health_of_rule
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.oversight.inspections.actions import commit_seed, draw_inspection
from portal.oversight.inspections.models import InspectionItem
from portal.oversight.inspections.rules import AGREES, DIFFERS, QUESTIONS
from portal.oversight.leads.models import Lead, LeadStatus
from portal.registers.corrections import Act
from tests.factories.accounts import Browser, make_user, signed_in
from tests.factories.divisions import COUNTY, HONGYAO, VILLAGE, make_county
from tests.factories.leads import make_leads
from tests.factories.recipients import make_household

AT = "/supervision/sample"
ACT = Act("user:inspector", "按计划抽查")


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


@pytest.fixture
def inspector(app: Flask) -> Browser:
    with writing(engine_of(app)) as session:
        make_county(session)
        make_user(session, Role.FINANCE_SUPERVISOR, [COUNTY], username="second")
        for number in range(4):
            make_household(session, f"HH-{number}", VILLAGE, entered_on=date(2021, 3, 1))
    return signed_in(app, Role.INSPECTOR, [COUNTY], username="inspector")


@pytest.fixture
def item(app: Flask, inspector: Browser) -> str:
    """The one household that a county's draw has drawn."""
    with writing(engine_of(app)) as session:
        no = commit_seed(session, COUNTY, ACT, now_utc()).no
    with writing(engine_of(app)) as session:
        draw_inspection(session, no, ACT, now_utc(), is_published=True)
    with reading(engine_of(app)) as session:
        return str(session.scalars(select(InspectionItem.no)).one())


def answers(**more: str) -> dict[str, str]:
    said = {f"answer_{code}": AGREES for code in QUESTIONS}
    return {**said, "visited_on": today_cn().isoformat(), "second_inspector": "second", "met": "yes", **more}


def test_a_seed_is_promised_and_not_drawn_before_it_is_published(app: Flask, inspector: Browser) -> None:
    sent = inspector.post(AT, {"division": COUNTY, "why": "第四季度计划"}, page=AT)
    assert sent.status_code == 303
    path = sent.headers["Location"].removeprefix("http://127.0.0.1:8000")
    assert "还没有公布" in inspector.get(path).text
    refused = inspector.post(f"{path}/draw", {}, page=path)
    assert refused.status_code == 422
    assert "种子的承诺还没有进公开留痕" in refused.text
    promised, stranger = path.rsplit("/", 1)[1], Browser(app)
    assert stranger.get(f"/log/draws/{promised}.json").status_code == 404
    assert promised not in stranger.get("/log/").text
    assert stranger.get(f"/v/{promised}").status_code == 404
    again = inspector.post(AT, {"division": COUNTY, "why": "再来一次"}, page=AT)
    assert "每月只抽一次" in again.text


def test_everybody_gets_the_list_that_names_nobody_and_the_program(app: Flask, item: str) -> None:
    stranger = Browser(app)
    told = stranger.get(f"/log/draws/{item.rsplit('-', 1)[0]}.json")
    assert told.status_code == 200
    assert {one["stratum"]: len(one["tokens"]) for one in told.json["strata"]} == {"related": 0, "new": 0, "other": 4}
    assert "HH-" not in told.text
    assert "def redraw" in stranger.get("/log/redraw.py").text
    listed = stranger.get("/log/").text
    assert f"/log/draws/{told.json['no']}.json" in listed
    assert stranger.get(f"/v/{told.json['no']}").headers["Location"].endswith("/log/#draws")


def test_a_difference_with_a_picture_becomes_a_lead(app: Flask, inspector: Browser, item: str) -> None:
    path = f"{AT}/visits/{item}"
    assert "两个人一起去" in inspector.get(path).text
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 60)).save(picture, "JPEG")
    picture.seek(0)
    sent = answers(answer_house=DIFFERS, note_house="翻建了两间")
    done = inspector.post(path, {**sent, "photos": (picture, "a.jpg")}, page=path, content_type="multipart/form-data")
    assert done.status_code == 303
    with reading(engine_of(app)) as session:
        lead = session.scalars(select(Lead)).one()
    page = inspector.get(path).text
    assert lead.lead_no in page
    assert "翻建了两间" in page
    assert lead.rule == "S09"
    photo = page.split(f'src="{AT}')[1].split('"')[0]
    shown = inspector.get(f"{AT}{photo}")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert signed_in(app, Role.INSPECTOR, [HONGYAO]).get(f"{AT}{photo}").status_code == 404


def test_what_two_inspectors_see_of_a_lead_counts_for_its_rule(app: Flask, inspector: Browser, item: str) -> None:
    path, rule = f"{AT}/visits/{item}", RULES.named(["L09"])[0]
    with writing(engine_of(app)) as session:
        household = session.scalars(select(InspectionItem.household_no).where(InspectionItem.no == item)).one()
        lead = make_leads(session, household, rule="L09", household=household)[0].lead_no
        assert health_of_rule(session, rule).closed == 0
    assert f'name="lead-{lead}"' in inspector.get(path).text
    assert inspector.post(path, answers(**{f"lead-{lead}": "true"}), page=path).status_code == 303
    with reading(engine_of(app)) as session:
        assert (health_of_rule(session, rule).closed, health_of_rule(session, rule).confirmed) == (1, 1)
        assert session.scalars(select(Lead.status).where(Lead.lead_no == lead)).one() == LeadStatus.CONCLUDED


def test_a_record_sent_twice_counts_once_and_keeps_the_place_it_was_given(
    app: Flask, inspector: Browser, item: str
) -> None:
    path = f"{AT}/visits/{item}"
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(picture, "JPEG")
    sent = answers(once="0b5d9c1e-7c5f-4a44-9d0e-6a1f0a3c2b11", point="337812345 1192651234 12", note="老人在家")
    page = inspector.get(path).text
    assert 'name="once" type="hidden" value="' in page or 'name="once"' in page
    for _n in range(2):
        files = {"photos": (io.BytesIO(picture.getvalue()), "a.jpg")}
        done = inspector.post(path, {**sent, **files}, page=f"{AT}/visits", content_type="multipart/form-data")
        assert done.status_code == 303
    page = inspector.get(path).text
    assert "33.78123, 119.26512 (WGS-84) ±12 m" in page
    assert page.count('<img class="shot"') == 1
    other = inspector.post(path, {**sent, "once": "another"}, page=f"{AT}/visits")
    assert other.status_code == 422
    assert "只写一次" in other.text
    with reading(engine_of(app)) as session:
        raw = session.execute(text("SELECT * FROM inspection_items")).all()
        assert "337812345" not in str(raw)


@pytest.mark.parametrize("point", ["910000000 0 5", "somewhere", "33.7 119.2 5"])
def test_a_place_that_is_none_is_refused(inspector: Browser, item: str, point: str) -> None:
    path = f"{AT}/visits/{item}"
    refused = inspector.post(path, answers(point=point), page=path)
    assert refused.status_code == 422
    assert "位置读不出来" in refused.text


def test_what_is_missing_is_said_and_nothing_kept(app: Flask, inspector: Browser, item: str) -> None:
    path = f"{AT}/visits/{item}"
    for wrong in (
        {"second_inspector": "inspector"},
        {"answer_house": ""},
        {"visited_on": "2020-01-01"},
        {"second_inspector": ""},
    ):
        answer = inspector.post(path, answers(**wrong), page=path)
        assert answer.status_code == 422, wrong
    assert "两个人一起去" in inspector.get(path).text
    assert inspector.post(path, answers(**{"lead-YD-2026-000001": "true"}), page=path).status_code == 404


def test_a_third_party_sees_what_it_was_named_for_and_no_more(app: Flask, inspector: Browser, item: str) -> None:
    draw, path = f"{AT}/{item.rsplit('-', 1)[0]}", f"{AT}/visits/{item}"
    deputy = signed_in(app, Role.LEADER, [HONGYAO], username="deputy")
    assert deputy.get(path).status_code == 404
    assert item not in deputy.get(f"{AT}/visits").text
    named = {"username": "deputy", "organisation": "县人大代表", "division": VILLAGE, "why": "请人大代表随同"}
    assert inspector.post(f"{draw}/supervisors", named, page=draw).status_code == 303
    assert item in deputy.get(f"{AT}/visits").text
    assert deputy.get(path).status_code == 200
    assert deputy.get(draw).status_code == 403


def test_the_draw_is_made_again_on_the_page_and_a_year_is_reviewed(app: Flask, inspector: Browser, item: str) -> None:
    draw = f"{AT}/{item.rsplit('-', 1)[0]}"
    assert "重抽一遍，结果一样" in inspector.get(f"{draw}?again=1").text
    review = {"division": COUNTY, "year": str(today_cn().year), "why": "抽中的户都去过，没有发现不符"}
    assert inspector.post(f"{AT}/review", review, page=AT).status_code == 303
    assert "没有发现不符" in inspector.get(AT).text
    assert signed_in(app, Role.INSPECTOR, [HONGYAO]).get(draw).status_code == 404
    assert signed_in(app, Role.TOWNSHIP_CLERK, [COUNTY]).get(AT).status_code == 403
