"""What a register page hands out to the person who asks: filters of the address, rows, one record in scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotFound
from portal.kernel.keyset import Start
from portal.management import register_cells as cells
from portal.management.register_fields import Kind
from portal.management.register_pages import RegisterPage, Row, key_of, read_filters
from portal.registers.corrections import RecordRow
from portal.web import access
from portal.web.sessions import database

CHUNK = 500
EXPORT_LIMIT = 300_000


def wanted_of(page: RegisterPage, given: Mapping[str, str] | None = None) -> tuple[dict[str, str], list[str]]:
    """The filters of the address (or as given); a division outside the person's scope is no filter of theirs."""
    wanted, problems = read_filters(database(), page, request.args if given is None else given)
    for f in page.filters:
        if f.kind is Kind.DIVISION and f.name in wanted and not access.can(page.read, wanted[f.name]):
            del wanted[f.name]
            problems.append(_("这个区划不在您的管辖范围"))
    return wanted, problems


def rows_of(
    page: RegisterPage, wanted: Mapping[str, str], after: Start | None, limit: int, full: bool | None = None
) -> Sequence[Row]:
    """Rows inside the person's scope; `full` None: names as the person may see them on the page."""
    if page.rows is None:
        raise NotFound("没有这个清单")
    rows = page.rows(database(), access.scopes(page.read), wanted, after, limit)
    whole = access.can(page.full) if full is None else full
    return [page.shape(row, whole) for row in rows]


def all_rows(page: RegisterPage, wanted: Mapping[str, str], full: bool) -> Iterator[dict[str, Any]]:
    """Every row as a download writes it, with names whole or masked."""
    after: Start | None = None
    for _chunk in range(EXPORT_LIMIT // CHUNK):
        rows = rows_of(page, wanted, after, CHUNK, full)
        yield from cells.download_rows(database(), page, rows)
        if len(rows) < CHUNK:
            return
        after = Start(key_of(page, rows[-1]))


def record_of(page: RegisterPage, name: str, permission: Permission) -> RecordRow:
    """One record, if the person may do this with it where it lies; NotFound otherwise."""
    record = page.find(database(), name)
    if record.is_withdrawn and permission is not page.read:
        raise NotFound("这条记录已经撤销", why="撤销的记录只能看，不能再改", fix="需要时重新登记一条")
    if not (page.finds_in_scope and permission is page.read):
        access.check_scope(page.place(database(), record), permission)
    return record
