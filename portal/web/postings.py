"""A notice as everybody sees it: one page and one set of files, for the public door and for the office's preview alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Response, render_template
from sqlalchemy.orm import Session

from portal.publishing.notice_gate import GatedFile
from portal.publishing.notices.disclosure import PublicNotice
from portal.publishing.notices.patterns.rules import Of
from portal.publishing.notices.queries import NoticeKind, NoticeRow, NoticeState, public_text_of
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.queries import Step, name_path
from portal.web.exports import SUFFIXES, Column, Kind, download
from portal.web.language import gettext as _

_KINDS: dict[str, Kind] = {Of.MONEY: "fen", Of.PERSONS: "number", Of.HOUSEHOLDS: "number"}


@dataclass(frozen=True)
class PostingView:
    """A notice with what holds today: whether its list is read, how many days are left."""

    row: NoticeRow
    notice: PublicNotice
    path: Sequence[Step]
    shows: bool
    left: int | None
    until: date | None
    is_draft: bool = False

    @property
    def is_posting(self) -> bool:
        """公示, not 公告."""
        return self.row.kind == NoticeKind.POSTING

    @property
    def takes_objections(self) -> bool:
        """The door for objections: open as long as the notice is out; after the window it is feedback."""
        return not self.is_draft and self.row.state not in (NoticeState.RETRACTED, NoticeState.REPLACED)

    @property
    def state(self) -> str:
        """How it stands, in a word for everybody."""
        if self.row.state == NoticeState.RETRACTED:
            return "已撤回"
        if self.row.state == NoticeState.REPLACED or self.row.state == NoticeState.REPOSTED:
            return "已有新版" if self.row.state == NoticeState.REPLACED else "重新公示"
        if not self.is_posting:
            return "现行有效"
        if self.left is None and self.shows:
            return "待张贴"
        return "公示中" if self.shows else "公示期已满"


def view_of(session: Session, row: NoticeRow, today: date) -> PostingView:
    """A published notice as it stands today."""
    days = overrides(session)
    return PostingView(
        row, public_text_of(session, row), name_path(session, row.division_code, top=1), row.shows_list(today, days),
        row.left(today), row.list_until(days),
    )  # fmt: skip


def view_of_draft(session: Session, row: NoticeRow, notice: PublicNotice, today: date) -> PostingView:
    """A draft as it will stand on the day of its publication."""
    as_if = replace(row, published_on=today, state=NoticeState.PUBLISHED)
    return PostingView(as_if, notice, name_path(session, row.division_code, top=1), True, None, None, is_draft=True)


def page(view: PostingView, **more: Any) -> str:
    """The page of a notice."""
    return render_template("posting.html", view=view, row=view.row, notice=view.notice, **more)


def list_columns(notice: PublicNotice) -> list[Column]:
    """The columns of its list, for files."""
    return [Column("line", _("序"), "number")] + [
        Column(code, str(_(label)), _KINDS.get(of, "text")) for code, label, of in notice.columns
    ]


def list_rows(notice: PublicNotice) -> list[dict[str, Any]]:
    """Its lines, for files."""
    return [{"line": number, **row} for number, row in enumerate(notice.rows, 1)]


def file_of(view: PostingView, suffix: str) -> Response:
    """Its list as a file; without lines when their time is over."""
    notice = view.notice
    rows = list_rows(notice) if view.shows else []
    about = {
        "no": notice.no, "kind": notice.kind, "title": notice.title, "division_code": notice.division_code,
        "issuer": notice.issuer, "state": view.state, "ends_on": view.row.ends_on, "totals": notice.totals,
        "sha256": view.row.content_sha256,
    }  # fmt: skip
    return download(rows, list_columns(notice), f"posting-{notice.no}", suffix, **about)


def pages_of(session: Session, row: NoticeRow, today: date) -> Callable[[PublicNotice], Sequence[GatedFile]]:
    """What `finishing` asks of a door: the page and the files of a notice, for the gate."""
    made: dict[str, Sequence[Step]] = {}

    def make(notice: PublicNotice) -> list[GatedFile]:
        path = made.setdefault("path", name_path(session, row.division_code, top=1))
        as_if = replace(row, published_on=today, state=NoticeState.PUBLISHED)
        view = PostingView(as_if, notice, path, True, None, None)
        files = [GatedFile(f"{notice.no}.html", "text/html; charset=utf-8", page(view).encode())]
        for suffix in SUFFIXES:
            answer = file_of(view, suffix)
            files.append(GatedFile(f"posting-{notice.no}.{suffix}", answer.content_type or "", answer.get_data()))
        return files

    return make
