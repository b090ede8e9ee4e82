"""The wizard of notices: a clerk writes, the gate names what must not stand, another person publishes, the board counts."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import reading
from portal.publishing.notices.models import NoticeState
from portal.publishing.notices.queries import NoticeRow, get_notice, list_for_office
from tests.factories.accounts import Browser, signed_in
from tests.factories.divisions import GAOGOU, OTHER_VILLAGE, VILLAGE
from tests.factories.notices import CHILD, CHILD_ID, make_village
from tests.publishing.numbers import PHONE

pytestmark = pytest.mark.begins_with(fill=make_village)
NEW = "/console/postings/new?pattern=entry&kind=公示"
LIST = "姓名\t村组\t家庭人口\t初步意见\n张建国\t扎新村1组\t3\t拟纳入\n李秀兰\t扎新村2组\t2\t拟纳入\n"


def engine_of(app: Flask) -> Engine:
    engine: Engine = app.extensions["portal.installation"].engine
    return engine


def newest(app: Flask) -> NoticeRow:
    with reading(engine_of(app)) as session:
        return list_for_office(session, [VILLAGE])[0]


def said(**more: str) -> dict[str, str]:
    return {
        "title": "扎新村拟纳入农户公示", "division": VILLAGE, "issuer": "扎新村村民委员会", "table": LIST,
        "board_place": "村委会门口", "contact": "0517-82345678", "why": "11 月 18 日村民代表会议记录", **more,
    }  # fmt: skip


def picture() -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = PHONE
    Image.effect_noise((640, 480), 60).convert("RGB").save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def clerk(app: Flask) -> Browser:
    return signed_in(app, Role.VILLAGE_CLERK, [VILLAGE])


@pytest.fixture
def town(app: Flask) -> Browser:
    return signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])


def step(browser: Browser, no: str, path: str, **data: str) -> int:
    return browser.post(f"/console/postings/{no}/{path}", data).status_code


def test_a_clerk_writes_another_publishes_and_the_board_counts(app: Flask, clerk: Browser, town: Browser) -> None:
    assert "拟纳入" not in clerk.get("/postings").text
    answer = clerk.post(NEW, said())
    row = newest(app)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/postings/{row.no}")
    page = clerk.get(f"/console/postings/{row.no}").text
    assert "张*国" in page
    assert "张建国" not in page
    preview = clerk.get(f"/console/postings/{row.no}/preview").text
    assert "张建国" not in preview
    assert clerk.get(f"/postings/{row.no}").status_code == 404
    assert clerk.get(f"/v/{row.no}").status_code == 404
    assert clerk.get(f"/console/postings/{row.no}/preview-a4.pdf").data.startswith(b"%PDF")
    assert step(clerk, row.no, "write", step="submit", why="请审核") == 303
    assert step(town, row.no, "check", step="publish", why="核对无误") == 303
    public = clerk.get(f"/postings/{row.no}").text
    assert "张*国" in public
    assert "张建国" not in public
    assert step(clerk, row.no, "photo") == 422
    sent = {"photo": (io.BytesIO(picture()), "board.jpg")}
    assert clerk.post(f"/console/postings/{row.no}/photo", sent, content_type="multipart/form-data").status_code == 303
    row = newest(app)
    assert (row.state, row.starts_on, row.ends_on) == (
        NoticeState.POSTED, today_cn(), today_cn() + timedelta(days=7),
    )  # fmt: skip
    board = clerk.get(f"/postings/{row.no}/board.jpg")
    assert (board.status_code, board.content_type) == (200, "image/jpeg")
    assert not Image.open(io.BytesIO(board.data)).getexif()
    assert step(town, row.no, "check", step="conclude", why="没有异议") == 422  # not before its last day is over
    assert "公示期没有满" in town.post(f"/console/postings/{row.no}/check", {"step": "conclude", "why": "无异议"}).text


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        (f"其子{CHILD}在校", "未成年人的姓名"),
        (CHILD_ID, "身份证件号码"),
        (f"电话{PHONE}", "手机号码"),
        ("因病致贫", "疾病或残疾情况"),
        ("李秀兰代领", "没有遮盖的姓名"),
    ],
)
def test_the_gate_names_field_and_line(app: Flask, clerk: Browser, cell: str, what: str) -> None:
    table = LIST.replace("2\t拟纳入", f"2\t{cell}")
    assert clerk.post(NEW, said(table=table)).status_code == 303
    row = newest(app)
    page = clerk.get(f"/console/postings/{row.no}").text
    assert "第 2 行" in page
    assert "初步意见" in page
    assert what in page
    assert step(clerk, row.no, "write", step="submit", why="请审核") == 422
    assert newest(app).state == NoticeState.DRAFT


@pytest.mark.parametrize(("number", "what"), [(CHILD_ID, "身份证件号码"), (PHONE, "手机号码")])
def test_a_number_behind_a_name_is_refused_and_not_masked_away(
    app: Flask, clerk: Browser, number: str, what: str
) -> None:
    assert clerk.post(NEW, said(table=LIST.replace("张建国", f"张建国 {number}"))).status_code == 303
    no = newest(app).no
    page = clerk.get(f"/console/postings/{no}").text
    assert "第 1 行" in page and what in page
    assert step(clerk, no, "write", step="submit", why="请审核") == 422
    assert newest(app).state == NoticeState.DRAFT


def test_a_column_that_is_never_published_is_refused_by_name(clerk: Browser) -> None:
    table = "姓名\t村组\t家庭人口\t初步意见\t身份证号\n张建国\t1组\t3\t拟纳入\t320826\n"
    answer = clerk.post(NEW, said(table=table))
    assert answer.status_code == 422
    assert "“身份证号”这一列不能上公示" in answer.text


def test_who_wrote_it_does_not_publish_it(app: Flask, town: Browser) -> None:
    town.post(NEW, said())
    row = newest(app)
    assert step(town, row.no, "write", step="submit", why="自己交") == 303
    assert step(town, row.no, "check", step="publish", why="自己发") == 422
    assert newest(app).published_on is None


def test_a_clerk_writes_for_his_own_village_only(app: Flask, clerk: Browser, town: Browser) -> None:
    assert clerk.post(NEW, said(division=OTHER_VILLAGE)).status_code == 404
    town.post(NEW, said())
    row = newest(app)
    stranger = signed_in(app, Role.VILLAGE_CLERK, [OTHER_VILLAGE])
    for path in ("", "/preview", "/edit", "/preview-a4.pdf"):
        assert stranger.get(f"/console/postings/{row.no}{path}").status_code == 404
    assert clerk.post(f"/console/postings/{row.no}/check", {"step": "publish", "why": "x"}).status_code == 403
    auditor = signed_in(app, Role.AUDITOR)
    assert auditor.get("/console/postings").status_code == 403


def test_households_come_from_the_register_by_number(app: Flask, clerk: Browser) -> None:
    sent = said(table="", households="HH-1\nHH-2", opinion="拟纳入")
    assert clerk.post(NEW, sent).status_code == 303
    page = clerk.get(f"/console/postings/{newest(app).no}").text
    assert "扎新村1组" in page
    assert "1号" not in page
    assert clerk.post(NEW, said(table="", households="HH-99")).status_code == 404


def test_an_uploaded_table_is_read_like_a_pasted_one(app: Flask, clerk: Browser) -> None:
    file = (io.BytesIO(LIST.replace("\t", ",").encode()), "名单.csv")
    answer = clerk.post(NEW, {**said(table=""), "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    with reading(engine_of(app)) as session:
        assert get_notice(session, newest(app).no).totals == {}  # two households: too few for a sum


def objected(app: Flask, clerk: Browser, town: Browser) -> str:
    clerk.post(NEW, said())
    no = newest(app).no
    step(clerk, no, "write", step="submit", why="请审核")
    step(town, no, "check", step="publish", why="核对无误")
    clerk.post(
        f"/console/postings/{no}/photo", {"photo": (io.BytesIO(picture()), "b.jpg")}, content_type="multipart/form-data"
    )
    return no


def test_an_objection_is_read_by_an_act_and_never_by_who_wrote_the_notice(
    app: Flask, clerk: Browser, town: Browser
) -> None:
    no = objected(app, clerk, town)
    sent = app.test_client().post(f"/postings/{no}", data={"text": "第二行家里有车", "contact": ""})
    assert sent.status_code == 201
    assert "第二行家里有车" not in sent.text
    number = sent.text.split("YY-")[1][:8]
    assert "第二行家里有车" not in town.get(f"/console/postings/{no}").text
    assert step(clerk, no, f"objections/YY-{number}/read") == 403
    read = town.post(f"/console/postings/{no}/objections/YY-{number}/read")
    assert "第二行家里有车" in read.text
    assert newest(app).state == NoticeState.VERIFYING
    assert step(town, no, f"objections/YY-{number}/answer", verdict="unfounded", why="车是邻居的") == 303
    assert newest(app).state == NoticeState.POSTED
