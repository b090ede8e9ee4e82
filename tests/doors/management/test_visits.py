"""Visits in the console: the list, one visit with its evidence, a person's judgement, photos, paper, calendar, map, gaps."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc, reading, writing
from portal.management.visit_words import SIGNALS
from portal.registers.helpers.check_ins.models import CheckIn, State
from portal.registers.helpers.check_ins.needs.models import Need
from portal.registers.helpers.check_ins.paper.models import PaperVisit
from portal.registers.helpers.check_ins.photos.models import VisitPhoto
from portal.registers.helpers.check_ins.queries import get_check_in
from portal.trail import queries as trail
from portal.trail.actions import record
from portal.trail.models import TrailSubject
from tests.factories.accounts import Browser, signed_in
from tests.factories.board import make_visit
from tests.factories.divisions import COUNTY, GAOGOU, HONGYAO, OTHER_VILLAGE, VILLAGE, make_county, make_parameter
from tests.factories.helpers import make_helper, make_pairing
from tests.factories.recipients import make_household
from tests.factories.visits import HOME, Walker, make_walker, picture

TODAY = today_cn()


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def a_county(session: Session) -> None:
    """HH-1 and HH-2 belong to B-1; HH-9 lies in another township."""
    make_county(session)
    helper = make_helper(session)
    for no, village in (("HH-1", VILLAGE), ("HH-2", "320826104202")):
        make_pairing(session, helper, household_id=make_household(session, no, village, **HOME).id)
    far = make_household(session, "HH-9", OTHER_VILLAGE, head="钱远方")
    make_visit(session, make_helper(session, "B-9", "李远"), far, TODAY, claim_id="far-away")
    make_household(session, "HH-0")


pytestmark = pytest.mark.begins_with(fill=a_county)


@pytest.fixture
def walker(app: Flask) -> Walker:
    """B-1 has a phone."""
    with writing(engine_of(app)) as session:
        files = app.extensions["portal.installation"].settings.files_dir
        return make_walker(session, files, "B-1", now_utc() - timedelta(days=30))


def send(app: Flask, walker: Walker, **more: object) -> str:
    """A visit of now with one photo, from the phone; its id."""
    now = now_utc()
    with writing(engine_of(app)) as session:
        photo = walker.upload(session, picture(7), now)
    with writing(engine_of(app)) as session:
        given = {"captured_at": now, "photos": [photo], "at": now, **more}
        return walker.visit(session, **given).id  # type: ignore[arg-type]  # fields of a claim


@pytest.fixture
def visit(app: Flask, walker: Walker) -> str:
    """A visit recorded four kilometres from the household: asked about, with a note."""
    place = {"lat": 33.82, "lng": 119.26, "accuracy_m": 30, "datum": "WGS84"}
    return send(app, walker, location=place, note="在田里见的面", activities=["看住房"])


@pytest.fixture
def clerk(app: Flask, walker: Walker) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="clerk")


@pytest.fixture
def leader(app: Flask, walker: Walker) -> Browser:
    return signed_in(app, Role.LEADER, [COUNTY], username="leader")


def test_visits_are_listed_where_one_may_look(clerk: Browser, leader: Browser, visit: str) -> None:
    page = clerk.get("/console/visits").text
    assert f"/console/visits/{visit}" in page
    assert "请本人说明" in page
    assert "far-away" not in page
    assert "far-away" in leader.get("/console/visits").text
    assert "张*国" in leader.get("/console/visits").text
    assert "张建国" not in leader.get("/console/visits").text
    assert clerk.get(f"/console/visits?division={HONGYAO}").status_code == 422


def test_one_visit_says_the_evidence_in_words(clerk: Browser, visit: str) -> None:
    page = clerk.get(f"/console/visits/{visit}").text
    for said in (
        "定位离这一户登记的位置远",
        "户坐标的坐标系登记错了",
        "手机定位误差 30 米",
        "都换算成 WGS-84 再比",
        "打卡的地方离这一户登记的位置超出",
        "还没有说明",
        "本户还没有回应",
        "在田里见的面",
        "还没有人判定",
        "能证明的只有一句",
    ):
        assert said in page, said
    assert "33.82" in page  # to a kilometre
    assert "119.2612" not in page


def test_a_visit_of_elsewhere_is_answered_as_one_that_nobody_knows(app: Flask, clerk: Browser, visit: str) -> None:
    there = clerk.get("/console/visits/far-away")
    nowhere = clerk.get("/console/visits/no-such-visit")
    assert there.status_code == nowhere.status_code == 404
    chance = re.compile(r"[0-9a-f-]{8,}|<code>\w+</code>|far-away|no-such-visit")
    assert chance.sub("", there.text) == chance.sub("", nowhere.text)
    assert clerk.post("/console/visits/far-away/judge", {"verdict": "counted", "why": "看过"}).status_code == 404


def test_looking_at_a_visit_is_recorded(app: Flask, clerk: Browser, visit: str) -> None:
    clerk.get(f"/console/visits/{visit}")
    with reading(engine_of(app)) as session:
        looked = session.scalars(
            select(TrailSubject.actor).where(TrailSubject.no == visit, TrailSubject.type == "check_in.read")
        ).all()
    assert looked == ["user:clerk"]


def test_who_lacks_the_full_right_sees_no_note_and_no_original(leader: Browser, visit: str) -> None:
    page = leader.get(f"/console/visits/{visit}").text
    assert "在田里见的面" not in page
    assert "张建国" not in page
    assert "看原图" not in page
    assert "写下判定" not in page
    assert leader.post(f"/console/visits/{visit}/judge", {"verdict": "counted", "why": "看过"}).status_code == 403


def test_a_person_judges_with_a_reason_and_may_judge_again(app: Flask, clerk: Browser, visit: str) -> None:
    at = f"/console/visits/{visit}/judge"
    assert clerk.post(at, {"verdict": "not_counted", "why": ""}).status_code == 422
    assert "写明理由" in clerk.post(at, {"verdict": "not_counted", "why": ""}).text
    assert clerk.post(at, {"verdict": "asked", "why": "随便"}).status_code == 422
    assert clerk.post(at, {"verdict": "not_counted", "why": "本户说没来过，邻居也没见到"}).status_code == 303
    with reading(engine_of(app)) as session:
        assert get_check_in(session, visit).values["state"] == State.NOT_COUNTED
        assert trail.list_history(session, "check_in", visit)[0].kind in ("check_in.not_counted", "check_in.recorded")
    page = clerk.get(f"/console/visits/{visit}").text
    assert "本户说没来过，邻居也没见到" in page
    assert 'value="counted"' in page
    assert 'value="not_counted"' not in page
    assert clerk.post(at, {"verdict": "counted", "why": "后来找到照片"}).status_code == 303


def test_a_photo_is_shown_rebuilt_and_its_original_only_by_an_act(app: Flask, clerk: Browser, visit: str) -> None:
    page = clerk.get(f"/console/visits/{visit}").text
    found = re.search(rf'src="(/console/visits/{visit}/photos/(\d+))"', page)
    assert found is not None
    shown = clerk.get(found[1])
    assert shown.content_type == "image/jpeg"
    assert shown.data[:2] == b"\xff\xd8"
    assert shown.headers["Cache-Control"] == "no-store"
    assert clerk.get(f"/console/visits/{visit}/photos/999").status_code == 404
    at = f"{found[1]}/original"
    refused = clerk.post(at, {"why": ""})
    assert refused.status_code == 422
    assert "data:image/jpeg" not in refused.text
    opened = clerk.post(at, {"why": "核对照片是不是原拍"})
    assert "data:image/jpeg;base64," in opened.text
    assert "data:image/jpeg" not in clerk.get(f"/console/visits/{visit}").text
    with reading(engine_of(app)) as session:
        kinds = session.scalars(
            select(TrailSubject.type).where(TrailSubject.kind == "photo", TrailSubject.no == found[2])
        ).all()
    assert "access.photo_opened" in kinds


def test_beyond_the_quota_an_original_asks_for_a_code_and_is_recorded(app: Flask, clerk: Browser, visit: str) -> None:
    with writing(engine_of(app)) as session:
        make_parameter(session, "reveal_quota", "0", "000000000000")
    photo = re.search(r"photos/(\d+)", clerk.get(f"/console/visits/{visit}").text)
    assert photo is not None
    refused = clerk.post(f"/console/visits/{visit}/photos/{photo[1]}/original", {"why": "核对照片"})
    assert refused.status_code == 422
    assert "动态码" in refused.text
    with reading(engine_of(app)) as session:
        kinds = session.scalars(select(TrailSubject.type).where(TrailSubject.kind == "photo")).all()
    assert "access.reveal_refused" in kinds


PAPER = {
    "helper_no": "B-1", "household_no": "HH-1", "visited_on": TODAY.isoformat(), "visit": "done",
    "not_possible_reason": "", "activities": ["看住房", "讲政策"], "findings": ["住房"], "need_kind": "住房",
    "need_text": "修屋顶", "note": "", "why": "11 月走访表第 7 张",
}  # fmt: skip


def paper_id(app: Flask) -> int:
    with reading(engine_of(app)) as session:
        return session.scalars(select(PaperVisit.id)).one()


def test_a_paper_visit_needs_two_persons(app: Flask, clerk: Browser) -> None:
    village = signed_in(app, Role.VILLAGE_CLERK, [VILLAGE], username="village")
    assert village.post("/console/visits/paper/new", PAPER).status_code == 303
    at = f"/console/visits/paper/{paper_id(app)}"
    assert "请另一位经办人会签" in village.get(at).text
    assert village.post(f"{at}/decide", {"verdict": "sign", "why": "看过"}).status_code == 403
    assert "有 1 张纸质走访表等会签" in clerk.get("/console/visits/paper").text
    with reading(engine_of(app)) as session:
        assert session.scalars(select(CheckIn).where(CheckIn.source == "纸质")).all() == []
    assert clerk.post(f"{at}/decide", {"verdict": "sign", "why": ""}).status_code == 422
    assert clerk.post(f"{at}/decide", {"verdict": "sign", "why": "和纸质表一致"}).status_code == 303
    assert "已经会签" in clerk.get(at).text
    listed = clerk.get("/console/visits?source=纸质").text
    assert "HH-1" in listed
    assert "纸质走访，没有定位" in clerk.get(re.findall(r"/console/visits/[0-9a-f-]{36}", listed)[0]).text


def test_who_entered_a_paper_visit_cannot_countersign_it(app: Flask, clerk: Browser) -> None:
    clerk.post("/console/visits/paper/new", PAPER)
    at = f"/console/visits/paper/{paper_id(app)}"
    refused = clerk.post(f"{at}/decide", {"verdict": "sign", "why": "看过"})
    assert refused.status_code == 422
    assert "录入和会签要两个人" in refused.text
    other = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="other")
    assert other.post(f"{at}/decide", {"verdict": "return", "why": "日期看不清"}).status_code == 303
    assert "日期看不清" in clerk.get(at).text
    assert signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO]).get(at).status_code == 404


def test_a_paper_visit_holds_several_needs_and_is_corrected(app: Flask, clerk: Browser) -> None:
    more = {"need_kind_2": "就医", "need_text_2": "买药", "need_kind_3": "就学", "need_text_3": ""}
    assert clerk.post("/console/visits/paper/new", {**PAPER, **more}).status_code == 303
    at = f"/console/visits/paper/{paper_id(app)}"
    page = clerk.get(at).text
    for said in ("修屋顶", "买药", "就学", f"{at}/correct"):
        assert said in page
    form = clerk.get(f"{at}/correct").text
    assert 'value="修屋顶"' in form
    version = re.search(r'name="version" type="hidden" value="([^"]+)"', form)
    assert version is not None
    gone = {"need_kind_2": "", "need_text_2": "", "need_kind_3": "", "need_text_3": ""}
    right = {**PAPER, **gone, "need_text": "修屋顶和窗", "why": "漏抄了窗", "version": version[1]}
    other = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="other")
    assert other.post(f"{at}/correct", {**right, "why": ""}).status_code == 422
    assert other.post(f"{at}/correct", right).status_code == 303
    assert other.post(f"{at}/correct", {**right, "need_text": "别的"}).status_code == 409  # somebody was faster
    assert "录入和会签要两个人" in other.post(f"{at}/decide", {"verdict": "sign", "why": "看过"}).text
    assert clerk.post(f"{at}/decide", {"verdict": "sign", "why": "和纸质表一致"}).status_code == 303
    with reading(engine_of(app)) as session:
        assert session.scalars(select(Need.text)).all() == ["修屋顶和窗"]
    late = clerk.post(
        f"{at}/correct", {**PAPER, "visited_on": (TODAY - timedelta(days=1)).isoformat(), "why": "日期抄错"}
    )
    assert late.status_code == 422
    assert "不能再改" in late.text
    assert signed_in(app, Role.TOWNSHIP_CLERK, [HONGYAO]).get(f"{at}/correct").status_code == 404
    assert signed_in(app, Role.LEADER, [GAOGOU], username="boss").get(f"{at}/correct").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"household_no": "HH-9"}, "没有这一户"),
        ({"household_no": "HH-0"}, "不是这名帮扶人帮扶的"),
        ({"visited_on": "昨天"}, "visited_on-why"),
        ({"visit": "not_possible"}, "没有写无法走访的原因"),
        ({"why": ""}, "写明依据"),
        ({"visited_on": (TODAY + timedelta(days=3)).isoformat()}, "走访日期在今天之后"),
    ],
)
def test_a_wrong_paper_visit_says_what_is_wrong(app: Flask, clerk: Browser, wrong: dict[str, str], said: str) -> None:
    answer = clerk.post("/console/visits/paper/new", {**PAPER, **wrong})
    assert answer.status_code in (404, 422)
    assert said in answer.text


def test_households_by_how_long_nobody_came(clerk: Browser, leader: Browser, visit: str) -> None:
    page = clerk.get("/console/unvisited").text
    order = re.findall(r"/console/households/(HH-\d)", page)
    assert order.index("HH-0") < order.index("HH-1")
    assert "没有帮扶人" in page
    assert "HH-9" not in page
    assert "张*国" in leader.get("/console/unvisited").text
    narrowed = clerk.get("/console/unvisited?days=1").text
    assert "HH-2" in narrowed
    assert ">HH-1<" not in narrowed


def test_lists_of_visits_are_taken_out_like_every_other(
    app: Flask, clerk: Browser, leader: Browser, visit: str
) -> None:
    rows = json.loads(clerk.get("/console/visits.json").text)
    first = rows["rows"][0] if isinstance(rows, dict) else rows[0]
    assert first["head_name"] == "张*国"
    assert first["state"] == "请本人说明"
    assert first["export_no"]
    assert "张*国" in clerk.get("/console/unvisited.csv").get_data().decode("utf-8-sig")
    assert clerk.get("/console/visits.xlsx").data[:2] == b"PK"
    assert leader.get("/console/visits.csv").status_code == 403


def test_the_calendar_and_its_table_tell_the_same(clerk: Browser, visit: str) -> None:
    page = clerk.get("/console/visits/calendar").text
    assert "1 次走访" in page
    drawn = dict(re.findall(r"<title>(\d{4}-\d\d-\d\d)：(\d+)</title>", page))
    assert drawn[TODAY.isoformat()] == "1"
    assert sum(map(int, drawn.values())) == 1
    linked = re.findall(r"since=(\d{4}-\d\d-\d\d)&amp;until=\1[^>]*aria-label=\"[^\"]*\">(\d+)<", page)
    assert linked == [(TODAY.isoformat(), "1")]
    assert "这段时间没有走访" in clerk.get("/console/visits/calendar?month=2019-05").text
    assert clerk.get("/console/visits/calendar?month=nonsense").status_code == 200
    assert clerk.get(f"/console/visits/calendar?division={HONGYAO}").status_code == 422


def test_the_map_and_its_tables_tell_the_same(clerk: Browser, visit: str) -> None:
    page = clerk.get("/console/visits/map").text
    drawn = dict(re.findall(r"<circle[^>]*><title>([^：]+)：(\d+)</title>", page))
    assert drawn == {"扎新村": "1", "长乐村": "0"}
    for name, count in drawn.items():
        assert re.search(rf">{name}</a></th><td class=\"num\">{count}</td>", page), name
    squares = re.findall(r"<rect[^>]*><title>([0-9.]+, [0-9.]+)：(\d+)</title>", page)
    assert squares == [("33.82, 119.26", "1")]
    assert '<th scope="row">33.82, 119.26</th>' in page
    assert "没有登记这里的轮廓线" in page
    assert "<script" not in page


def test_a_map_of_a_whole_city_asks_for_a_smaller_place(app: Flask, walker: Walker) -> None:
    page = signed_in(app, Role.LEADER, ["320800000000"]).get("/console/visits/map")
    assert "选一个县或乡镇再看地图" in page.text
    assert f'value="{COUNTY}"' in page.text


def test_the_operators_outline_is_drawn(app: Flask, clerk: Browser) -> None:
    folder = app.extensions["portal.installation"].settings.home / "maps"
    folder.mkdir()
    ring = [[119.2, 33.7], [119.3, 33.7], [119.3, 33.9], [119.2, 33.7]]
    shape = {"type": "FeatureCollection", "features": [{"geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    (folder / f"{COUNTY}.geojson").write_text(json.dumps(shape))
    assert '<polygon class="border"' in clerk.get("/console/visits/map").text
    (folder / f"{GAOGOU}.geojson").write_text("not a shape")
    assert clerk.get("/console/visits/map").status_code == 200


def test_the_three_are_counted_and_the_first_without_anybody_listed(clerk: Browser, leader: Browser) -> None:
    page = clerk.get("/console/pairings/gaps").text
    assert "还有 1 户、0 个薄弱村、0 个项目没有人帮" in page
    assert "/console/pairings/new?household_no=HH-0" in page
    assert "登记结对" not in leader.get("/console/pairings/gaps").text


def test_every_signal_has_its_words_and_an_innocent_cause() -> None:
    assert {f"R{n}" for n in range(1, 12)} <= set(SIGNALS)
    assert all(str(looks) and str(cause) for looks, cause in SIGNALS.values())


def test_nobody_else_gets_in(app: Flask, walker: Walker, visit: str) -> None:
    helper = signed_in(app, Role.HELPER, [GAOGOU])
    for path in ("", f"/{visit}", "/calendar", "/map", "/paper", "/paper/new"):
        assert helper.get(f"/console/visits{path}").status_code == 403, path
    assert signed_in(app, Role.LEADER, [GAOGOU]).get("/console/visits/paper/new").status_code == 403


def test_photos_of_two_visits_stand_side_by_side_for_those_who_judge(
    app: Flask, walker: Walker, clerk: Browser, leader: Browser
) -> None:
    first, second = send(app, walker), send(app, walker, household_no="HH-2")
    page = clerk.get(f"/console/visits/{second}").text
    assert "和别的走访相同或相像的照片" in page
    assert "完全相同" in page
    assert f"/console/visits/{first}/photos/" in page
    assert f"/console/visits/{second}/photos/" in clerk.get(f"/console/visits/{first}").text
    assert "和别的走访相同或相像的照片" not in leader.get(f"/console/visits/{second}").text


def test_a_likeness_of_elsewhere_shows_no_picture(app: Flask, walker: Walker, visit: str) -> None:
    with writing(engine_of(app)) as session:
        there = session.scalars(select(CheckIn).where(CheckIn.claim_id == "far-away")).one()
        own = session.scalars(select(VisitPhoto)).one()
        session.add(VisitPhoto(id=own.id + 1, check_in_id=there.id, photo_id=own.photo_id, position=0))
        record(session, kind="test.set_up", actor="test", subjects=[])
    here = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU], username="here").get(f"/console/visits/{visit}").text
    assert "那一次走访不在您的管辖范围，看不到照片" in here
    assert "/console/visits/far-away/photos" not in here
