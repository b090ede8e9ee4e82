"""Notices for everybody: the list, one of them, and whether a printed sheet is genuine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel import sealed_files
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start
from portal.oversight.orders.queries import Printed, find_printed
from portal.publishing.notices import queries as notices
from portal.publishing.notices.queries import NoticeKind, NoticeRow, NoticeState, Wanted
from portal.registers.divisions import queries as divisions
from portal.registers.sealed import keyring_of
from portal.trail.queries import find_index
from portal.web.exports import Column
from portal.web.language import gettext as _
from portal.web.paging import Cursor, Page, turn_to
from portal.web.postings import PostingView, view_of

NEWEST = 5
KINDS = tuple(NoticeKind)


def asked_postings(args: Mapping[str, str]) -> Wanted:
    """The filters of an address: `in` a division, `kind`, `open` for what hangs now."""
    kind = args.get("kind", "")
    return Wanted(args.get("in", "").strip(), kind if kind in KINDS else "", args.get("open") == "1")


@dataclass(frozen=True)
class PostingsPage:
    """One page of the list."""

    asked: Wanted
    page: Page[NoticeRow]
    open_now: int
    places: Mapping[str, Sequence[divisions.Step]]
    inside_name: str
    towns: Sequence[tuple[str, str]]


def postings_page(session: Session, asked: Wanted, cursor: Cursor | None, today: date, home: str) -> PostingsPage:
    """Published notices, the newest first; `home` is the place whose towns are offered as a filter."""

    def fetch(start: Start | None, limit: int) -> list[NoticeRow]:
        return notices.list_public(session, asked, today, start, limit)

    page = turn_to(cursor, fetch, lambda row: (str(row.published_on), row.id))
    places = divisions.name_paths(session, {row.division_code for row in page.rows}, top=1)
    inside = divisions.names_of(session, [asked.inside]).get(asked.inside, "") if asked.inside else ""
    below = divisions.list_children(session, asked.inside or home) if (asked.inside or home) else []
    towns = [(place.code, place.name) for place in below]
    return PostingsPage(asked, page, notices.count_open(session, today, asked.inside), places, inside, towns)


def state_word(row: NoticeRow, today: date) -> str:
    """How a notice stands, in a word."""
    if row.kind == NoticeKind.ANNOUNCEMENT:
        return "已有新版" if row.state == NoticeState.REPLACED else "现行有效"
    if row.state == NoticeState.REPOSTED:
        return "重新公示"
    if row.is_open(today):
        return "待张贴" if row.ends_on is None else "公示中"
    return "公示期已满"


def postings_columns() -> list[Column]:
    """The columns of the list."""
    return [
        Column("no", _("编号")), Column("kind", _("种类")), Column("title", _("标题")), Column("division_code", _("区划代码")),
        Column("division", _("地区")), Column("issuer", _("发布单位")), Column("published_on", _("发布日期"), "date"),
        Column("starts_on", _("公示起"), "date"), Column("ends_on", _("公示止"), "date"),
        Column("days_left", _("还剩天数"), "number"), Column("state", _("状态")), Column("conclusion", _("公示结论")),
        Column("sha256", _("内容摘要")),
    ]  # fmt: skip


def postings_rows(session: Session, asked: Wanted, today: date) -> list[dict[str, Any]]:
    """The whole list for a download."""
    rows = notices.list_public(session, asked, today, limit=None)
    places = divisions.names_of(session, {row.division_code for row in rows})
    return [
        {
            "no": row.no, "kind": row.kind, "title": row.title, "division_code": row.division_code,
            "division": places.get(row.division_code, ""), "issuer": row.issuer, "published_on": row.published_on,
            "starts_on": row.starts_on, "ends_on": row.ends_on,
            "days_left": row.left(today) if row.is_open(today) else None, "state": state_word(row, today),
            "conclusion": row.conclusion, "sha256": row.content_sha256,
        }
        for row in rows
    ]  # fmt: skip


def newest_postings(session: Session, today: date, inside: str = "", limit: int = NEWEST) -> list[NoticeRow]:
    """For the home page and a place's page."""
    return notices.list_public(session, Wanted(inside=inside), today, limit=limit)


def posting_view(session: Session, no: str, today: date) -> PostingView:
    """A published notice. NotFound for every other number, a draft's too."""
    row = notices.find_public(session, no)
    if row is None:
        raise NotFound("没有这份公示或公告", why="编号可能抄错了", fix="从公示公告的列表里找")
    return view_of(session, row, today)


def file_of_posting(session: Session, files: Path, no: str, today: date, which: str) -> bytes:
    """A sheet (`a4`, `a3`) or the picture of the board, as long as the list is read; NotFound afterwards."""
    view = posting_view(session, no, today)
    names = {
        "a4": f"{view.row.a4_sha256}.pdf", "a3": f"{view.row.a3_sha256}.pdf",
        "board": f"{view.row.photo_sha256}.jpg" if view.row.photo_sha256 else "",
    }  # fmt: skip
    if not view.shows or not names[which]:
        raise NotFound("这个文件不再公开", why="公示期已满，名单已撤下", fix="看公示页面上的汇总")
    return sealed_files.read(files / notices.PHOTO_FOLDER, names[which], keyring_of(session))


@dataclass(frozen=True)
class Verification:
    """What may be said of the number on a sheet of paper; `row` None: nothing of this number was ever published."""

    no: str
    row: NoticeRow | None = None
    state: str = ""
    index: int | None = None
    place: str = ""
    order: Printed | None = None  # a supervision order: whose it is and whether it is open, never what it says


def verify(session: Session, no: str, today: date) -> Verification:
    """Whether a sheet is genuine and holds still; the same statements, and the same answer, for every unknown number."""
    row, order = notices.find_public(session, no), find_printed(session, no)
    event = row.publication_event if row else order.event_id if order else None
    index = find_index(session, event or "-")
    place = divisions.written_path(session, row.division_code if row else "")
    if row is None:
        return Verification(no, index=index, order=order)
    state = "已撤回" if row.state == NoticeState.RETRACTED else state_word(row, today)
    return Verification(no, row, state, index, place)
