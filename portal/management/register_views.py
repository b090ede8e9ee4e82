"""The views of every register page, made from its declaration. Each: parse, call, render."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.accounts.rules import may
from portal.kernel.cells import CellError
from portal.kernel.errors import Conflict, NotFound, ProductError, Refused
from portal.management import register_cells as cells
from portal.management.register_fields import Kind, Read, asked, form_class, options, read_form, typed_of
from portal.management.register_pages import Filter, RegisterPage, Row, key_of, read_filters
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.history import HIDDEN, since_version
from portal.registers.recipients.queries import households_of_id
from portal.web import access, exports, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.witness import witness

Page = str | tuple[str, int] | Response | AnyResponse
CHUNK = 500
EXPORT_LIMIT = 300_000


def blueprint_of(page: RegisterPage) -> Blueprint:
    """All routes of a register, each with its permission."""
    made = Blueprint(f"console_{page.slug}", __name__, template_folder="templates", url_prefix="/console")
    at, one = f"/{page.slug}", f"/{page.slug}/<name>"

    def route(rule: str, endpoint: str, view: Callable[..., Page], permission: Permission, *methods: str) -> None:
        called: Callable[..., Any] = lambda **kw: view(page, **kw)  # noqa: E731  # one closure per page and view
        called.__name__ = endpoint
        guarded = writes(called) if "POST" in methods else called
        made.add_url_rule(rule, endpoint, requires(permission)(guarded), methods=list(methods) or ["GET"])

    if page.rows is not None:
        route(at, "index", index, page.read)
        route(f"{at}.<any(csv,xlsx,json):suffix>", "export", export, Permission.EXPORT_LISTS)
    if page.searches_ids:
        route(f"{at}/by-id", "by_id", by_id, page.read, "POST")
    if page.add is not None:
        route(f"{at}/new", "new", new, page.write, "GET", "POST")
    route(one, "show", show, page.read)
    if page.correct is not None:
        route(f"{one}/correct", "correct", correct, page.write, "GET", "POST")
    if page.withdraw is not None:
        route(f"{one}/withdraw", "withdraw", withdraw, page.write, "POST")
    if page.reveal is not None:
        route(f"{one}/reveal", "reveal", reveal, Permission.REVEAL_SEALED, "POST")
    return made


def index(page: RegisterPage) -> Page:
    """The list: filters first, fifty rows a page."""
    session = database()
    wanted, problems = _wanted(page)
    cursor = paging.read_cursor(request.args.get("after"), len(page.key))
    rows = _rows(page, wanted, cursor.after if cursor else None, paging.PAGE_ROWS + 1)
    listed = paging.page_of(rows, lambda row: key_of(page, row), cursor)
    return render_template(
        "console/register_list.html",
        page=page,
        listed=listed,
        table=cells.table_cells(session, page, listed.rows),
        wanted=wanted,
        problems=problems,
        filters=[(f, _filter_options(page, f, wanted)) for f in page.filters],
        url=lambda after: _address(page.path, {**wanted, "after": after}),
        query=urlencode(wanted),
        may_add=page.add is not None and access.can(page.write),
    ), 422 if problems else 200


def _wanted(page: RegisterPage) -> tuple[dict[str, str], list[str]]:
    """The filters of the address; a division outside the person's scope is no filter of theirs."""
    wanted, problems = read_filters(database(), page, request.args)
    for f in page.filters:
        if f.kind is Kind.DIVISION and f.name in wanted and not access.can(page.read, wanted[f.name]):
            del wanted[f.name]
            problems.append(_("这个区划不在您的管辖范围"))
    return wanted, problems


def _rows(page: RegisterPage, wanted: Mapping[str, str], after: Sequence[Any] | None, limit: int) -> Sequence[Row]:
    if page.rows is None:
        raise NotFound("没有这个清单")
    rows = page.rows(database(), access.scopes(page.read), wanted, after, limit)
    full = access.can(page.full)
    return [page.shape(row, full) for row in rows]


def _address(path: str, query: Mapping[str, Any]) -> str:
    given = {k: v for k, v in query.items() if v}
    return access.path_of(path) + (f"?{urlencode(given)}" if given else "")


def _filter_options(page: RegisterPage, f: Filter, wanted: Mapping[str, str]) -> Sequence[tuple[str, Any]]:
    if f.kind is not Kind.DIVISION:
        return options(f.choices)
    session, chosen = database(), wanted.get(f.name)
    roots = [chosen] if chosen else list(access.scopes(page.read))
    found = {s.code: s.name for s in (divisions.name_path(session, chosen) if chosen else ())}
    found |= divisions.names_of(session, roots)
    for root in roots:
        found |= {place.code: place.name for place in divisions.list_children(session, root)}
    return list(found.items())


def export(page: RegisterPage, suffix: str) -> Page:
    """The list as a file. The event names the file's digest, its rows and the filters, never a value searched for."""
    wanted, problems = _wanted(page)
    if problems or page.rows is None or not may(require_principal(), page.read):
        raise NotFound("没有这个清单", fix="回到清单，核对筛选条件")
    number = uuid.uuid4().hex[:12].upper()
    counted = _Counted(_all_rows(page, wanted))
    answer = exports.download(counted, cells.download_columns(page), f"{page.slug}-{number}", suffix, export=number)
    file, digest = _spool(answer.response)
    seen = {f.name: wanted[f.name] for f in page.filters if f.name in wanted and f.kind is not Kind.TEXT}
    about = {"rows": counted.n, "sha256": digest, "number": number, "filters": seen, "suffix": suffix}
    witness("list.exported", [("list", page.slug), ("export", number)], seen=about)
    answer.response = stream_with_context(_pieces(file))
    return answer


class _Counted:
    def __init__(self, rows: Iterator[Row]) -> None:
        self.rows, self.n = rows, 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.n += 1
            yield row


def _all_rows(page: RegisterPage, wanted: Mapping[str, str]) -> Iterator[Row]:
    after: Sequence[Any] | None = None
    for _chunk in range(EXPORT_LIMIT // CHUNK):
        rows = _rows(page, wanted, after, CHUNK)
        yield from cells.download_rows(database(), page, rows)
        if len(rows) < CHUNK:
            return
        after = key_of(page, rows[-1])


def _spool(pieces: Any) -> tuple[SpooledTemporaryFile[bytes], str]:
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115  # closed when sent
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        file.write(piece)
    file.seek(0)
    return file, digest.hexdigest()


def _pieces(file: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 16):
            yield piece


def by_id(page: RegisterPage) -> Page:
    """Find by an ID number that was posted: it never stands in an address, a log or a history of the browser."""
    Form.from_request()
    try:
        found = households_of_id(
            database(), installation().keyring, request.form.get("id_number", ""), access.scopes(page.read)
        )
    except CellError as error:
        return redirect(_address(page.path, {"told": _(error.why)}), 303)
    witness("person.searched", [("list", page.slug)], seen={"found": len(found)})
    if len(found) == 1:
        return redirect(access.path_of(f"{page.path}/{found[0]}"), 303)
    return render_template("console/register_found.html", page=page, found=found)


def _record(page: RegisterPage, name: str, permission: Permission) -> RecordRow:
    record = page.find(database(), name)
    if record.is_withdrawn and permission is not page.read:
        raise NotFound("这条记录已经撤销", why="撤销的记录只能看，不能再改", fix="需要时重新登记一条")
    if not (page.finds_in_scope and permission is page.read):
        access.check_scope(page.place(database(), record), permission)
    return record


def show(page: RegisterPage, name: str) -> Page:
    """One record: what stands, what hangs on it, and who changed what."""
    return _show(page, name, _record(page, name, page.read))


def _show(page: RegisterPage, name: str, record: RecordRow, **said: Any) -> str:
    session = database()
    place = page.place(session, record)
    full = access.can(page.full, place)
    stands = not record.is_withdrawn
    return render_template(
        "console/register_record.html",
        page=page,
        name=name,
        record=record,
        facts=cells.facts(session, page, record, page.masked(session, record, full), full),
        full=full,
        sections=page.sections(session, record, full),
        past=cells.past(session, page, page.history(session, record.id), full),
        path=divisions.written_path(session, place) if place else "",
        parent=page.parent(session, record) if page.parent else None,
        links=[(end, label) for end, label, needed in page.links if stands and access.can(needed, place)],
        may_correct=stands and page.correct is not None and access.can(page.write, place),
        may_withdraw=stands and page.withdraw is not None and access.can(page.write, place),
        may_reveal=stands and page.reveal is not None and access.can(Permission.REVEAL_SEALED, place),
        act=Form(formdata=None),
        **said,
    )


def new(page: RegisterPage) -> Page:
    """Add a record: the form, what will be written, then the act."""
    kinds = form_class(page.fields, is_new=True)
    form = kinds.from_request(**{f.name: request.args.get(f.name, "") for f in page.fields if f.key})
    read = read_form(database(), form, page.fields, is_new=True) if request.method == "POST" else Read()
    changes = [Change(page.field_named(k).source, None, v) for k, v in read.values.items() if v is not None]
    if request.method == "GET" or read.errors or form.step.data != "save":
        return _form(page, form, read, changes, None)
    try:
        name = page.add(database(), _given(read), _act(form)) if page.add else ""
        _refuse_elsewhere(page, name)
    except (ProductError, CellError) as error:
        return _form(page, form, read, changes, None, error)
    return redirect(access.path_of(f"{page.path}/{name}"), 303)


def _refuse_elsewhere(page: RegisterPage, name: str) -> None:
    place = page.place(database(), page.find(database(), name))
    if not access.in_scope(require_principal(), place, page.write):
        raise Refused("这个地方不在您的管辖范围", fix="改填管辖范围里的区划，或请上级登记")


def _given(read: Read) -> dict[str, Any]:
    return {name: value for name, value in read.values.items() if value is not None}


def _act(form: Form) -> Act:
    return Act(require_principal().actor, form["why"].data or "", request_no())


def correct(page: RegisterPage, name: str) -> Page:
    """Correct a record: the form, the difference, then the act. A second editor sees what the first one changed."""
    record = _record(page, name, page.write)
    present = _present(page, record)
    form = form_class(page.fields, False, present).from_request(**present)
    read = read_form(database(), form, page.fields, False, present) if request.method == "POST" else Read()
    changes = _changed(page, record, read)
    if request.method == "GET" or read.errors or form.step.data != "save":
        return _form(page, form, read, changes, record)
    try:
        values = {f.name: read.values[f.name] for f in page.fields if f.source in {c.field for c in changes}}
        if page.correct is not None:
            page.correct(database(), record.id, values, _act(form), form.version.data or record.version)
        _refuse_elsewhere(page, name)
    except (ProductError, CellError) as error:
        return _form(page, form, read, changes, record, error)
    return redirect(access.path_of(f"{page.path}/{name}"), 303)


def _present(page: RegisterPage, record: RecordRow) -> dict[str, Any]:
    units = {f.source: record.values.get(f.source) for f in page.fields if f.kind is Kind.UNIT}
    names = divisions.unit_names(database(), units.values())
    typed = {f.name: typed_of(f, record.values.get(f.source), names) for f in asked(page.fields, is_new=False)}
    return {**typed, "version": record.version, "seen_at": record.recorded_at.isoformat()}


def _changed(page: RegisterPage, record: RecordRow, read: Read) -> list[Change]:
    found = []
    for name, value in read.values.items():
        f = page.field_named(name)
        before = record.values.get(f.source)
        if f.kind is Kind.SEALED:
            found.append(Change(f.source, HIDDEN if before is not None else None, HIDDEN if value else None))
        elif value != before:
            found.append(Change(f.source, before, value))
    return found


def _form(
    page: RegisterPage,
    form: Form,
    read: Read,
    changes: Sequence[Change],
    record: RecordRow | None,
    error: ProductError | CellError | None = None,
) -> tuple[str, int]:
    for name, said in read.errors.items():
        form[name].errors = [said]
    is_stale = isinstance(error, Conflict) or (record is not None and form.version.data not in ("", record.version))
    theirs: Sequence[Change] = ()
    if record is not None and is_stale:
        theirs = since_version(page.history(database(), record.id), _moment(form.seen_at.data, record))
        form.version.data, form.seen_at.data = record.version, record.recorded_at.isoformat()
    is_look = request.method == "POST" and form.step.data == "look"
    confirms = is_look and not read.errors and error is None and bool(changes) and not is_stale
    page_html = render_template(
        "console/register_confirm.html" if confirms else "console/register_form.html",
        page=page,
        form=form,
        fields=asked(page.fields, is_new=record is None),
        record=record,
        error=error,
        changes=cells.differences(database(), page, changes),
        theirs=cells.differences(database(), page, theirs),
        is_stale=is_stale,
        unchanged=is_look and not changes and not read.errors,
        title_of=page.heading(record) if record is not None else "",
        above=_above(page, record),
    )
    wrong = bool(read.errors) or error is not None or is_stale
    return page_html, (409 if is_stale else 422) if wrong and request.method == "POST" else 200


def _above(page: RegisterPage, record: RecordRow | None) -> tuple[str, Any]:
    """Address and label of what a form's page hangs below: the list, or what the record belongs to."""
    if record is not None and page.parent is not None:
        return page.parent(database(), record)
    return (page.path, page.title) if page.rows is not None else ("/console/", _("我的工作"))


def _moment(typed: str | None, record: RecordRow) -> datetime:
    try:
        return datetime.fromisoformat(typed or "")
    except ValueError:
        return record.recorded_at


def withdraw(page: RegisterPage, name: str) -> Page:
    """Take a record out of force, with a reason; it stays in the history."""
    record = _record(page, name, page.write)
    Form.from_request()
    back = page.parent(database(), record)[0] if page.parent else page.path
    act = Act(require_principal().actor, request.form.get("why", ""), request_no())
    try:
        if page.withdraw is not None:
            page.withdraw(database(), record.id, act, request.form.get("version") or None)
    except ProductError as error:
        return _show(page, name, record, error=error), error.status
    return redirect(access.path_of(back), 303)


def reveal(page: RegisterPage, name: str) -> Page:
    """Show one sealed field once, on this answer only. Over the day's quota the refusal is told, and recorded."""
    record = _record(page, name, Permission.REVEAL_SEALED)
    Form.from_request()
    field_name = request.form.get("field", "")
    if page.reveal is None or field_name not in {f.name for f in page.fields if f.kind is Kind.SEALED}:
        raise NotFound("没有这一项")
    act = Act(require_principal().actor, request.form.get("why", ""), request_no())
    try:
        shown = page.reveal(database(), record.id, field_name, act)
    except ProductError as error:
        return _show(page, name, record, error=error), error.status
    return _show(page, name, record, shown=shown, shown_label=page.field_named(field_name).label)
