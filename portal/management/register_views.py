"""The views of every register page, made from its declaration. Each: parse, call, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.checks.actions import refresh_rule
from portal.kernel.cells import CellError
from portal.kernel.clock import today_cn
from portal.kernel.errors import Conflict, NotFound, ProductError, Refused
from portal.management import register_cells as cells
from portal.management.register_changes import change
from portal.management.register_exports import export
from portal.management.register_fields import Kind, Read, asked, form_class, options, read_form, typed_of
from portal.management.register_pages import Filter, RegisterPage, key_of
from portal.management.register_rows import record_of, rows_of, wanted_of
from portal.registers.corrections import Act, Change, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.history import HIDDEN, since_version
from portal.registers.recipients.queries import households_of_id
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.sign_in import step_up
from portal.web.witness import witness

Page = str | tuple[str, int] | Response | AnyResponse


def blueprint_of(page: RegisterPage) -> Blueprint:
    """All routes of a register, each with its permission."""
    made = Blueprint(f"console_{page.slug}", __name__, template_folder="templates", url_prefix="/console")
    at, one = f"/{page.slug}", f"/{page.slug}/<name>"

    def route(rule: str, endpoint: str, view: Callable[..., Page], permission: Permission, *methods: str) -> None:
        called: Callable[..., Any] = lambda **kw: view(page, **kw)  # noqa: E731  # one closure per page and view
        called.__name__ = endpoint
        guarded = writes(called) if "POST" in methods and view is not reveal else called  # reveal opens its own
        made.add_url_rule(rule, endpoint, requires(permission)(guarded), methods=list(methods) or ["GET"])

    if page.rows is not None:
        route(at, "index", index, page.read)
        route(f"{at}.<any(csv,xlsx,json):suffix>", "export", export, Permission.EXPORT_LISTS)
    if page.searches_ids:
        route(f"{at}/by-id", "by_id", by_id, page.read, "POST")
    if page.add is not None:
        route(f"{at}/new", "new", new, page.write, "GET", "POST")
    if page.shows:
        route(one, "show", show, page.read)
        route(f"{one}/changes/<int:n>", "change", change, page.read)
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
    wanted, problems = wanted_of(page)
    cursor = paging.read_cursor(request.args.get("after"), len(page.key))
    listed = paging.turn_to(cursor, lambda start, n: rows_of(page, wanted, start, n), lambda row: key_of(page, row))
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


def show(page: RegisterPage, name: str) -> Page:
    """One record: what stands, what hangs on it, and who changed what."""
    record = record_of(page, name, page.read)
    shown = _show(page, name, record)
    if page.witnessed is not None:
        witness(*page.witnessed(record))
    return shown


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
        if not page.proposed:
            _refuse_elsewhere(page, name)
    except (ProductError, CellError) as error:
        return _form(page, form, read, changes, None, error)
    return _on(page, f"{page.path}/{name}", name)


def _on(page: RegisterPage, then: str, done: object) -> AnyResponse:
    """Where an act leads: to what waits for a second person, where this register asks for one."""
    return redirect(access.path_of(f"{page.proposed}/{done}" if page.proposed else then), 303)


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
    record = record_of(page, name, page.write)
    present = _present(page, record)
    form = form_class(page.fields, False, present).from_request(**present)
    read = read_form(database(), form, page.fields, False, present) if request.method == "POST" else Read()
    changes = _changed(page, record, read)
    if request.method == "GET" or read.errors or form.step.data != "save":
        return _form(page, form, read, changes, record)
    done: object = None
    try:
        values = {f.name: read.values[f.name] for f in page.fields if f.source in {c.field for c in changes}}
        if page.correct is not None:
            done = page.correct(database(), record.id, values, _act(form), form.version.data or record.version)
        _refuse_elsewhere(page, name)
    except (ProductError, CellError) as error:
        return _form(page, form, read, changes, record, error)
    return _on(page, f"{page.path}/{name}", done)


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
    record = record_of(page, name, page.write)
    Form.from_request()
    back = page.parent(database(), record)[0] if page.parent else page.path
    act, done = Act(require_principal().actor, request.form.get("why", ""), request_no()), None
    try:
        if page.withdraw is not None:
            done = page.withdraw(database(), record.id, act, request.form.get("version") or None)
    except ProductError as error:
        return _show(page, name, record, error=error), error.status
    return _on(page, back, done)


def reveal(page: RegisterPage, name: str) -> Page:
    """Show one sealed field once, on this answer only. Beyond the day's quota a fresh code is asked for, each time."""
    record = record_of(page, name, Permission.REVEAL_SEALED)
    Form.from_request()
    asked_for = {key: request.form.get(key, "").strip() for key in ("field", "why")}
    if page.reveal is None or asked_for["field"] not in {f.name for f in page.fields if f.kind is Kind.SEALED}:
        raise NotFound("没有这一项")
    try:
        if code := request.form.get("code", "").strip():
            step_up(require_principal().username, code)
    except ProductError as error:
        return _show(page, name, record, error=error, stepping=asked_for, **_label(page, asked_for)), error.status
    act = Act(require_principal().actor, asked_for["why"], request_no(), stepped_up=bool(code))
    return writes(_shown)(page, name, record, asked_for, act)


def _label(page: RegisterPage, asked_for: Mapping[str, str]) -> dict[str, Any]:
    return {"shown_label": page.field_named(asked_for["field"]).label}


def _shown(page: RegisterPage, name: str, record: RecordRow, asked_for: Mapping[str, str], act: Act) -> Page:
    """The act itself, in one transaction with its event and, beyond the quota, the lead."""
    session = database()
    try:
        shown = page.reveal(session, record.id, asked_for["field"], act) if page.reveal else None
    except ProductError as error:
        return _show(page, name, record, error=error), error.status
    if shown is not None and shown.over:
        refresh_rule(session, "S06", as_of=today_cn(), actor=act.actor)
    stepping = asked_for if shown is not None and shown.is_over_quota else None
    return _show(page, name, record, shown=shown, stepping=stepping, **_label(page, asked_for))
