"""What the office does with notices: lines from wherever they come, the finished preview, and who may do the next step."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from werkzeug.datastructures import FileStorage

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, NotFound
from portal.kernel.sheets.reading import read_table as read_sheet
from portal.management.forms.postings import NoticeForm, table_of_rows
from portal.publishing.notice_gate import NoticeFinding
from portal.publishing.notices import queries
from portal.publishing.notices.disclosure import Source, SourceRow
from portal.publishing.notices.drafts.actions import Draft
from portal.publishing.notices.finishing import Finished, findings_of, finish
from portal.publishing.notices.objections.queries import ObjectionRow, list_objections
from portal.publishing.notices.patterns.rules import Pattern
from portal.publishing.notices.queries import NoticeKind, NoticeRow, NoticeState, Text, text_of
from portal.publishing.notices.rows.queries import rows_of_households, rows_of_programme
from portal.publishing.notices.rows.rules import household_numbers, read_table, table_of
from portal.publishing.notices.rules import last_day, unit_of
from portal.registers.divisions.calendar.queries import overrides
from portal.registers.divisions.parameters.queries import ParameterValue, value_for
from portal.registers.divisions.queries import written_path
from portal.web import access
from portal.web.postings import pages_of
from portal.web.sessions import database, installation, require_principal
from portal.web.site import address_of_site

Lines = tuple[Sequence[SourceRow], dict[str, int], str]


def visible(no: str, permission: Permission) -> NoticeRow:
    """A notice inside the person's places; NotFound for every other."""
    row = queries.get_notice(database(), no)
    access.check_scope(row.division_code, permission)
    return row


def lines_of(pattern: Pattern, form: NoticeForm, division: str, kept: Sequence[SourceRow] = ()) -> Lines:
    """The lines that a form asks for, their declared sums, and where they came from. An untouched table keeps its facts."""
    if not pattern.columns:
        return (), {}, ""
    session = database()
    if form.file.data and form.file.data.filename:
        return *read_table(pattern, _cells_of(form.file.data)), "file"
    if form.table.data:
        if kept and _same(form.table.data, table_of_rows(pattern, kept)):
            return kept, {}, "kept"
        table = table_of(form.table.data)
        if pattern.lists_people and (numbers := household_numbers(table)):
            return _of_households(pattern, numbers, form, division), {}, "households"
        return *read_table(pattern, table), "table"
    if form.households.data and pattern.lists_people:
        return _of_households(pattern, form.households.data.split(), form, division), {}, "households"
    if form.programme.data and pattern.lists_people:
        code = form.programme.data.strip()
        return rows_of_programme(session, pattern, code, [division]), {}, f"programme {code}"
    raise BadInput("还没有名单", fix="填户编号、资金项目编码，或者把表格贴过来")


def _of_households(pattern: Pattern, numbers: Sequence[str], form: NoticeForm, division: str) -> list[SourceRow]:
    return rows_of_households(database(), pattern, numbers, form.opinion.data or "", [division])


def _same(one: str, other: str) -> bool:
    return [line.strip() for line in one.splitlines()] == [line.strip() for line in other.splitlines()]


def _cells_of(file: FileStorage) -> list[list[str]]:
    """The cells of an uploaded table, read in the jail; heads first."""
    folder = installation().settings.staging_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".upload") as kept:
        file.save(kept)
        kept.flush()
        with read_sheet(Path(kept.name), scratch=folder) as table:
            batches = table.batches()
            lines = [[cell or "" for cell in row] for batch in batches for row in zip(*batch.columns, strict=True)]
            return [table.names, *lines]


def draft_from(pattern: Pattern, kind: NoticeKind, form: NoticeForm, kept: NoticeRow | None = None) -> Draft:
    """What a form says, as the action takes it; NotFound for a place outside the person's."""
    division = form.division.data or ""
    if not access.can(Permission.EDIT_NOTICES, division):
        raise NotFound("没有这个区划", why="也可能不在您的管辖范围", fix="从列出的里选")
    source = text_of(database(), kept).source if kept else Source()
    rows, declared, origin = lines_of(pattern, form, division, source.rows)
    return Draft(
        kind=kind, pattern=pattern.code, division_code=division, title=form.title.data, issuer=form.issuer.data,
        days=form.wanted_days, origin=(kept.source if kept else None) if origin == "kept" else origin or None,
        procedure_no=kept.procedure_no if kept else None, replaces_no=kept.replaces_no if kept else None,
        source=Source(
            lead=form.lead.data or "", board_place=form.board_place.data or "", contact=form.contact.data or "",
            details=form.details(pattern), rows=rows, declared=declared or (source.declared if origin == "kept" else {}),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Window:
    """How long it would hang if it were put up today: rule, first and last day."""

    rule: ParameterValue
    days: int
    unit: str
    first: date
    last: date


def window_of(pattern: Pattern, division: str, days: int | None, today: date) -> Window:
    """The days that the place's rule asks for, counted with its calendar."""
    rule = value_for(database(), pattern.parameter, division, today)
    count, unit = days or rule.whole, unit_of(rule.unit)
    return Window(rule, count, unit, today, last_day(today, count, unit, overrides(database())))


def finished(row: NoticeRow, today: date) -> Finished:
    """The very bytes of a notice's newest text. Prints: call it outside a writing transaction."""
    return finish(database(), row, address_of_site(), today, pages_of(database(), row, today))


@dataclass(frozen=True)
class Sheet:
    """Everything on the office's page of one notice."""

    row: NoticeRow
    text: Text
    place: str
    findings: Sequence[NoticeFinding]
    objections: Sequence[ObjectionRow]
    window: Window | None
    is_maker: bool
    left: int | None

    @property
    def waiting(self) -> int:
        """How many objections wait for an answer."""
        return sum(1 for one in self.objections if one.state in ("收到", "核查中"))

    @property
    def step(self) -> int:
        """Which of the five steps of the wizard it has reached."""
        early = {NoticeState.DRAFT: 3, NoticeState.PREVIEWED: 3, NoticeState.CHECKING: 4, NoticeState.PUBLISHED: 5}
        return early.get(NoticeState(self.row.state), 6)


def sheet_of(row: NoticeRow, today: date, now_findings: Sequence[NoticeFinding] = ()) -> Sheet:
    """One notice for the office."""
    session = database()
    makers = queries.makers_of(session, row.id)
    window = None
    if row.kind == NoticeKind.POSTING and row.ends_on is None:
        window = window_of(row.declared, row.division_code, row.days, today)
    return Sheet(
        row, text_of(session, row), written_path(session, row.division_code), now_findings,
        list_objections(session, row.id), window, require_principal().actor in makers, row.left(today),
    )  # fmt: skip


def findings_now(row: NoticeRow, today: date) -> list[NoticeFinding]:
    """What the gate says of a draft now."""
    return findings_of(database(), row, finished(row, today), now_utc())
