"""Notices in any state, in a village with some households, one with a child."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from portal.kernel.photos.reading import ReadPhoto
from portal.publishing.notices import actions
from portal.publishing.notices.disclosure import PublicNotice, Source, SourceRow
from portal.publishing.notices.drafts.actions import Draft, draft_notice, submit_notice
from portal.publishing.notices.finishing import Finished, finish
from portal.publishing.notices.models import Notice, NoticeKind
from portal.publishing.notices.queries import NoticeRow, get_notice, text_of
from portal.publishing.notices.sheets.printing import Paper, print_notice
from portal.registers.corrections import Act
from tests.factories.divisions import VILLAGE, make_county, make_parameter
from tests.factories.recipients import make_household, make_id

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SITE = "https://yg.example.gov.cn"
CLERK, CHECKER = "user:clerk", "user:checker"
CHILD, CHILD_ID = "张小豆", make_id(7, "20150312")
HEADS = ("张建国", "李秀兰", "王德海", "赵桂英", "孙立军", "周玉梅")


def act(actor: str = CLERK, why: str = "照村民代表会议记录") -> Act:
    """Who does it."""
    return Act(actor, why)


def make_village(session: Session) -> None:
    """Six households; the first has a child of eleven. Windows end where their days end, whatever day the test runs on."""
    make_county(session)
    make_parameter(session, "window_extends", "否")
    child = {"name": CHILD, "relation": "子", "id_number": CHILD_ID, "health": "健康"}
    for number, head in enumerate(HEADS, 1):
        more: dict[str, Any] = {"members": [child]} if number == 1 else {}
        make_household(
            session, f"HH-{number}", head=head, address=f"扎新村{number}组{number}号", id_number=make_id(number), **more
        )


def listed(count: int = 6) -> tuple[SourceRow, ...]:
    """Lines of the village's households."""
    return tuple(
        SourceRow({"name": head, "group": f"扎新村{n}组{n}号", "persons": 3, "opinion": "拟纳入"}, f"HH-{n}")
        for n, head in enumerate(HEADS[:count], 1)
    )


def draft_of(**more: Any) -> Draft:
    """A register entry of the village."""
    source = more.pop("source", None) or Source(
        board_place="村委会门口公示栏", contact="0517-82345678", rows=more.pop("rows", listed())
    )
    values = {
        "kind": NoticeKind.POSTING, "pattern": "entry", "division_code": VILLAGE, "title": "扎新村拟纳入农户公示",
        "issuer": "扎新村村民委员会", "source": source,
    }  # fmt: skip
    return Draft(**{**values, **more})


@cache
def sheet() -> bytes:
    """A PDF, printed once for all tests that only need one."""
    bare = PublicNotice(
        "GS-2026-000000", "公示", "plain", "公示", "", "", "", "", "", "", "", "", None, None, None, (), (), (), {}
    )
    return print_notice(bare, Paper.A4, SITE, AT.date())


def finish_as(session: Session, row: NoticeRow) -> Finished:
    """The bytes of a notice's newest text, with a sheet that stands in: for tests that are not about the sheets."""
    text = text_of(session, row)
    return Finished(text.n, text.public, sheet(), sheet())


def whole(session: Session, no: str, at: datetime = AT) -> Finished:
    """Really printed."""
    return finish(session, get_notice(session, no), SITE, at.date())


def submitted(session: Session, at: datetime = AT, **more: Any) -> Notice:
    """A notice with the checker."""
    row = draft_notice(session, draft_of(**more), act(), at)
    return submit_notice(session, row.no, finish_as(session, get_notice(session, row.no)), act(), at)


def published(session: Session, files: Path, at: datetime = AT, **more: Any) -> Notice:
    """A notice that is out, not yet on the board."""
    row = submitted(session, at, **more)
    done = finish_as(session, get_notice(session, row.no))
    return actions.publish_notice(session, row.no, done, files, act(CHECKER, "核对无误"), at)


@cache
def photo() -> ReadPhoto:
    """A picture of a board, read."""
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "#9db7c9").save(file, "JPEG")
    return ReadPhoto("image/jpeg", 640, 480, 0, {}, file.getvalue())


def posted(session: Session, files: Path, at: datetime = AT, **more: Any) -> Notice:
    """On the board since `at`."""
    row = published(session, files, at, **more)
    return actions.put_up(session, row.no, photo(), files, act(), at)


def later(days: int) -> datetime:
    """Some days after `AT`."""
    return AT + timedelta(days=days)


TODAY: date = AT.date()
