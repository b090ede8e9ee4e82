"""Exposures for everybody: the count that never becomes smaller, the list, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.kernel.keyset import Start
from portal.oversight.outcomes.counts.queries import chains
from portal.oversight.outcomes.counts.rules import PublicCount, public_count
from portal.publishing.exposure import queries
from portal.publishing.exposure.queries import ExposureRow
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.parameters.queries import value_for
from portal.trail.queries import find_index
from portal.web.exports import Column
from portal.web.language import gettext as _
from portal.web.paging import Cursor, Page, turn_to


@dataclass(frozen=True)
class ExposuresPage:
    """One page of the list, and the count above it."""

    page: Page[ExposureRow]
    count: PublicCount
    places: Mapping[str, str]


def exposures_page(session: Session, inside: str, cursor: Cursor | None, today: date, home: str) -> ExposuresPage:
    """What is or was out, the latest first."""

    def fetch(start: Start | None, limit: int) -> list[ExposureRow]:
        return queries.list_public(session, today, inside=inside, after=start, limit=limit)

    page = turn_to(cursor, fetch, lambda row: (str(row.published_on), row.no))
    return ExposuresPage(page, counted(session, today, home), _places(session, page.rows))


def counted(session: Session, today: date, home: str) -> PublicCount:
    """The count as it is shown here."""
    return public_count(chains(session), value_for(session, "small_cell", home, today).whole)


def _places(session: Session, rows: Sequence[ExposureRow]) -> dict[str, str]:
    return {code: divisions.written_path(session, code) for code in {row.division_code for row in rows}}


def exposure_columns() -> list[Column]:
    """The columns of the list."""
    return [
        Column("no", _("编号")), Column("title", _("标题")), Column("kind", _("问题类别")), Column("division_code", _("区划代码")),
        Column("division", _("地区")), Column("organ", _("发布机关")), Column("published_on", _("发布日期"), "date"),
        Column("withdraw_on", _("撤下日期"), "date"), Column("state", _("状态")), Column("body", _("正文")),
        Column("sha256", _("内容摘要")),
    ]  # fmt: skip


def exposure_rows(session: Session, rows: Sequence[ExposureRow], today: date) -> list[dict[str, Any]]:
    """Exposures for a download; of what is over, no words."""
    places = _places(session, rows)
    return [
        {
            "no": row.no, "title": row.title, "kind": row.kind, "division_code": row.division_code,
            "division": places[row.division_code], "organ": row.organ, "published_on": row.published_on,
            "withdraw_on": row.withdraw_on, "state": state_word(row, today), "body": row.body,
            "sha256": row.content_sha256,
        }
        for row in rows
    ]  # fmt: skip


def count_rows(count: PublicCount) -> list[dict[str, Any]]:
    """The count for the JSON: every line that stands on the page."""
    return [
        {
            "year": chain.year, "problems": chain.problems, "cases": chain.cases, "persons": chain.persons,
            "sanctioned": chain.sanctioned, "recovered_fen": chain.recovered_fen,
        }
        for chain in count.years
    ]  # fmt: skip


def all_exposures(session: Session, inside: str, today: date) -> list[ExposureRow]:
    """The whole list for a download."""
    return queries.list_public(session, today, inside=inside, limit=None)


def state_word(row: ExposureRow, today: date) -> str:
    """How an exposure stands, in a word: from its day on it is over, whether the night has written it down or not."""
    return "到期撤下" if row.state == "已发布" and not row.is_open(today) else row.state


@dataclass(frozen=True)
class ExposurePage:
    """One exposure."""

    row: ExposureRow
    is_open: bool
    place: str
    index: int | None


def exposure_page(session: Session, no: str, today: date) -> ExposurePage:
    """One exposure as it stands today. NotFound for every other number, a draft's too."""
    row = queries.get_public(session, no, today)
    place = divisions.written_path(session, row.division_code)
    return ExposurePage(row, row.is_open(today), place, find_index(session, row.publication_event or "-"))
