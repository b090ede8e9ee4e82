"""What the pages of approved exports show and check: the list behind a request, whose scope covers it, the rows now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from portal.accounts.permissions import Permission
from portal.kernel.errors import NotAllowed, NotFound
from portal.management.register_exports import new_number
from portal.management.register_fields import Kind, options
from portal.management.register_pages import RegisterPage
from portal.management.register_rows import all_rows, wanted_of
from portal.management.registers import register_named
from portal.publishing.exports import queries
from portal.publishing.exports.actions import Wanted
from portal.publishing.exports.queries import ExportRequest
from portal.registers.divisions.queries import names_of
from portal.web import access
from portal.web.sessions import database, require_principal


@dataclass(frozen=True)
class Shown:
    """One request as a page shows it."""

    export: ExportRequest
    page: RegisterPage
    filters: Sequence[tuple[Any, str]]
    places: Sequence[str]
    mine: bool
    may_decide: bool


def wanted_export() -> tuple[RegisterPage, Wanted]:
    """The list and filters that the address names, with the rows that stand now; NotFound where names are no matter."""
    page = register_named(request.args.get("list", ""))
    wanted, problems = wanted_of(page)
    if problems or not page.is_personal or page.rows is None or not access.can(page.read):
        raise NotFound("没有这个清单", fix="回到清单，核对筛选条件")
    if not access.can(page.full):
        raise NotAllowed(f"没有“{page.full}”的权限", fix=access.who_can(page.full))
    counted = sum(1 for _row in all_rows(page, wanted, full=False))
    scopes = [wanted["division"]] if "division" in wanted else list(access.scopes(page.read))
    suffix = request.form.get("suffix", "xlsx")
    return page, Wanted(new_number(), page.slug, wanted, suffix, scopes, counted)


def shown(export: ExportRequest) -> Shown:
    """One request for its page."""
    page, names = register_named(export.list_name), names_of(database(), export.scopes)
    mine = is_mine(export)
    places = [names.get(code, code) for code in export.scopes]
    return Shown(export, page, _words(page, export.filters), places, mine, not mine and may_decide(export))


def is_mine(export: ExportRequest) -> bool:
    """True for the person who asked."""
    return export.asked_by == require_principal().actor


def page_to_make(export: ExportRequest) -> RegisterPage:
    """The list of an own request, while the person still has the right to whole names."""
    page = register_named(export.list_name)
    if not is_mine(export) or not all(access.can(page.full, code) for code in export.scopes):
        raise NotFound("没有这份导出申请", why="也可能不在您的管辖范围", fix="从导出清单重新进入")
    return page


@dataclass(frozen=True)
class Asked:
    """What is about to be asked for, in words."""

    page: RegisterPage
    wanted: Wanted
    filters: Sequence[tuple[Any, str]]
    places: Sequence[str]


def words_of(page: RegisterPage, wanted: Wanted) -> Asked:
    """A request before it is sent."""
    names = names_of(database(), wanted.scopes)
    return Asked(page, wanted, _words(page, wanted.filters), [names.get(code, code) for code in wanted.scopes])


def _words(page: RegisterPage, filters: Mapping[str, str]) -> list[tuple[Any, str]]:
    named = {f.name: f for f in page.filters}
    places = names_of(database(), [v for k, v in filters.items() if named[k].kind is Kind.DIVISION])
    found = []
    for name, value in filters.items():
        labels = {str(code): label for code, label in options(named[name].choices)}
        found.append((named[name].label, places.get(value) or labels.get(value) or value))
    return found


def may_decide(export: ExportRequest) -> bool:
    """True when the person may approve in every division that the export reaches, and may read the list there."""
    page = register_named(export.list_name)
    needed = (Permission.APPROVE_EXPORTS, page.read)
    return all(access.can(permission, code) for code in export.scopes for permission in needed)


def export_of(no: str) -> ExportRequest:
    """A request that the person may see: the own one, or one that lies in the own scope to decide."""
    export = queries.get_export(database(), no)
    if not is_mine(export) and not may_decide(export):
        raise NotFound("没有这份导出申请", why="也可能不在您的管辖范围", fix="从导出清单重新进入")
    return export
