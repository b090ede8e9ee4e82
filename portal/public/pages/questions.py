"""The list of published questions, one of them, and what the form is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.keyset import Start
from portal.publishing.questions import queries
from portal.publishing.questions.queries import PublicRow
from portal.registers.divisions import queries as divisions
from portal.web.exports import Column
from portal.web.language import gettext as _
from portal.web.paging import Cursor, Page, turn_to
from portal.web.report_subjects import About, find_about, read_subject


@dataclass(frozen=True)
class QuestionsPage:
    """One page of the list; `about` when it is asked for one record."""

    page: Page[PublicRow]
    places: Mapping[str, str]
    about: About | None


def questions_page(session: Session, inside: str, spoken: str, cursor: Cursor | None, today: date) -> QuestionsPage:
    """What is public, the latest first."""

    def fetch(start: Start | None, limit: int) -> list[PublicRow]:
        return queries.list_public(session, inside=inside, subject=read_subject(spoken), after=start, limit=limit)

    page = turn_to(cursor, fetch, lambda row: (row.published_on.isoformat(), row.id))
    return QuestionsPage(page, places_of(session, page.rows), find_about(session, spoken, today) if spoken else None)


def places_of(session: Session, rows: Sequence[PublicRow]) -> dict[str, str]:
    """Where questions are about, in words."""
    return {code: divisions.written_path(session, code) for code in {row.division_code for row in rows}}


def question_columns() -> list[Column]:
    """The columns of the list."""
    return [
        Column("no", _("编号")), Column("kind", _("类别")), Column("division_code", _("区划代码")), Column("division", _("地区")),
        Column("asked_on", _("提问日期"), "date"), Column("question", _("提问")), Column("answer", _("答复")),
        Column("unit", _("答复单位")), Column("published_on", _("公开日期"), "date"), Column("joined", _("也想知道的人数"), "number"),
    ]  # fmt: skip


def question_rows(session: Session, rows: Sequence[PublicRow]) -> list[dict[str, Any]]:
    """Questions for a download."""
    places = places_of(session, rows)
    return [
        {
            "no": row.no, "kind": row.kind, "division_code": row.division_code, "division": places[row.division_code],
            "asked_on": row.asked_on, "question": row.question, "answer": row.answer, "unit": row.unit,
            "published_on": row.published_on, "joined": row.joined,
        }
        for row in rows
    ]  # fmt: skip


def all_questions(session: Session, inside: str, spoken: str) -> list[PublicRow]:
    """The whole list for a download."""
    return queries.list_public(session, inside=inside, subject=read_subject(spoken), limit=None)
