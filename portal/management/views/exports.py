"""/console/exports: lists with whole names. Asked for, approved by a second person, made once, fetched within a day."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template
from flask_babel import gettext as _
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import export_pages as pages
from portal.management.forms.accounts import ActForm
from portal.management.forms.exports import AskForm, DecideForm
from portal.management.register_exports import make_file, pieces
from portal.publishing.exports import actions, queries
from portal.publishing.exports.rules import PART_BYTES, refuse_step
from portal.registers.corrections import Act
from portal.web import access, exports
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, short_write, writes
from portal.web.witness import witness

blueprint = Blueprint("console_exports", __name__, template_folder="../templates", url_prefix="/console/exports")
Page = str | tuple[str, int] | Response | AnyResponse


def _act(why: str = "") -> Act:
    return Act(require_principal().actor, why, request_no())


@blueprint.get("")
@requires(Permission.VIEW_CONSOLE)
def index() -> str:
    """What I asked for, and what waits for my decision."""
    session, me = database(), require_principal().actor
    mine = [pages.shown(export) for export in queries.list_of(session, me)]
    others = [seen for e in queries.list_for_others(session, me) if (seen := pages.shown(e)).may_decide]
    return render_template("console/exports.html", mine=mine, others=others, now=now_utc())


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EXPORT_LISTS)
def new() -> Page:
    """Ask for a list with whole names; the address names the list and its filters. Rows are counted without a lock."""
    form = AskForm.from_request()
    page, wanted = pages.wanted_export()
    if form.sent_well():
        with short_write() as session:
            actions.ask_export(session, wanted, _act(form.why.data))
        return redirect(access.path_of(f"/console/exports/{wanted.no}"), 303)
    asked = pages.words_of(page, wanted)
    return render_template("console/export_new.html", form=form, asked=asked), 422 if form.errors else 200


@blueprint.get("/<no>")
@requires(Permission.VIEW_CONSOLE)
def show(no: str) -> str:
    """One request: what, why, who decided, what the file holds."""
    return _show(no)


def _show(no: str, **said: object) -> str:
    export = pages.export_of(no)
    form = said.pop("form", None) or DecideForm(formdata=None)
    return render_template(
        "console/export_show.html", it=pages.shown(export), ready=queries.is_ready(export, now_utc()), now=now_utc(),
        form=form, act=ActForm(formdata=None), **said,
    )  # fmt: skip


@blueprint.post("/<no>/decide")
@requires(Permission.APPROVE_EXPORTS)
@writes
def decide(no: str) -> Page:
    """Approve, or refuse with a reason. The person who asked is refused, whatever his roles."""
    form = DecideForm.from_request()
    export = pages.export_of(no)
    if not pages.may_decide(export):
        raise NotFound("没有这份导出申请", why="也可能不在您的管辖范围", fix="从导出清单重新进入")
    decided = actions.approve_export if form.verdict.data == "approve" else actions.refuse_export
    try:
        decided(database(), export, _act(form.why.data or ""))
    except ProductError as error:
        return _show(no, form=form, error=error), error.status
    return redirect(access.path_of(f"/console/exports/{no}"), 303)


@blueprint.post("/<no>/make")
@requires(Permission.EXPORT_LISTS)
def make(no: str) -> Page:
    """Write the file of an approved request, once. Rows are read before the lock is taken."""
    ActForm.from_request()
    export = pages.export_of(no)
    page = pages.page_to_make(export)
    try:
        refuse_step(export.state, queries.ExportState.MADE, now_utc(), export.expires_at)
        made = make_file(page, export.filters, export.suffix, export.no, full=True)
        with made.file, short_write() as session:
            file = actions.File(made.rows.n, made.rows.hexdigest(), made.sha256, pieces(made.file, PART_BYTES))
            actions.keep_file(session, installation().keyring, queries.get_export(session, no), file, _act())
    except ProductError as error:
        return _show(no, error=error), error.status
    return redirect(access.path_of(f"/console/exports/{no}"), 303)


@blueprint.get("/<no>/file")
@requires(Permission.EXPORT_LISTS)
def fetch(no: str) -> Response:
    """The file, to the person who asked for it only; every fetch is recorded."""
    export = pages.export_of(no)
    if not pages.is_mine(export) or not queries.is_ready(export, now_utc()):
        raise NotFound(_("这份文件不在"), why=_("没有生成，或者已经到期删除"), fix=_("需要时重新申请"))
    body = b"".join(queries.open_file(database(), installation().keyring, export))
    witness("export.fetched", [("export", no)], seen={"sha256": export.file_sha256, "rows": export.rows})
    response = Response(body, content_type=exports.TYPES[export.suffix])
    name = f"{export.list_name}-{export.no}.{export.suffix}"
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response
