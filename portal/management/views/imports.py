"""/console/imports: template → upload → preview → submit → (approve) → undo. Each view: parse, call, render."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.intake.actions import check_approver, check_submitter, discard_batch, submit_batch, version_of
from portal.intake.correcting import list_fixes, wrong_cells
from portal.intake.importing import commit_staged, undo, write_stored_rejects
from portal.intake.kinds import find_kind
from portal.intake.queries import BatchStatus, list_batches
from portal.intake.templates import villages_of, write_template
from portal.kernel.errors import BadInput, NotAllowed, ProductError
from portal.management import imports as page
from portal.management.forms.imports import UPLOADS, UndoForm, UploadForm
from portal.web.access import path_of, requires
from portal.web.language import clauses
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("imports", __name__, template_folder="../templates", url_prefix="/console/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Page = str | tuple[str, int] | AnyResponse
PER_PAGE = 50


def _to(no: str) -> AnyResponse:
    return redirect(path_of(f"/console/imports/{no}"), 303)


@blueprint.get("")
@requires(Permission.VIEW_IMPORTS)
def index() -> Page:
    """The batches, newest first: one's own and those of one's places."""
    before = request.args.get("before", "")
    kind, status = request.args.get("kind", ""), request.args.get("status", "")
    found = list_batches(
        database(), kind=kind, status=status, before=int(before) if before.isdigit() else None, limit=PER_PAGE
    )
    shown = [batch for batch in found if page.may_see(batch)]
    following = found[-1].id if len(found) == PER_PAGE else None
    return render_template(
        "console/imports.html", batches=shown, page=page, kind=kind, status=status, following=following,
        kinds=page.kind_choices(), statuses=list(BatchStatus),
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.IMPORT_FILES, files=UPLOADS)
def new() -> Page:
    """Choose the kind, take the template, upload."""
    form = UploadForm.from_request(kind=request.args.get("kind", "households"))
    form.kind.choices, form.profile.choices = page.kind_choices(), page.profile_choices()
    if request.method == "GET":
        return render_template("console/imports_new.html", page=page, form=form)
    try:
        if not form.file.data or not form.file.data.filename:
            raise BadInput(_("没有选文件"), fix=_("先选好表格文件，再点上传"))
        done = page.upload(form.kind.data, form.file.data, form.profile.data or "")
    except ProductError as error:
        if error.status >= 500:
            raise
        return render_template("console/imports_new.html", page=page, form=form, error=error), error.status
    if done.earlier is not None:
        return render_template("console/imports_new.html", page=page, form=form, earlier=done.earlier)
    return _to(done.no)


@blueprint.get("/templates/<kind>.xlsx")
@requires(Permission.IMPORT_FILES)
def template(kind: str) -> Page:
    """The template of one kind, with drop-downs."""
    declared, made = find_kind(kind), BytesIO()
    write_template(made, declared, villages_of(database()))
    made.seek(0)
    return send_file(made, mimetype=XLSX, as_attachment=True, download_name=f"{declared.title}.xlsx")


@blueprint.get("/<no>")
@requires(Permission.VIEW_IMPORTS)
def show(no: str) -> Page:
    """The preview, or what became of it."""
    return _show(no)


def _show(no: str, error: ProductError | None = None) -> Page:
    batch = page.visible_batch(no)
    me = require_principal()
    if batch.status == BatchStatus.UNMAPPED.value and error is None:
        return redirect(path_of(f"/console/imports/{no}/mapping"), 303)
    after = request.values.get("after", "")
    html = render_template(
        "console/imports_show.html", batch=batch, page=page, error=error, mine=batch.maker == me.actor,
        after=after, version=version_of(batch), undo=UndoForm(formdata=None), states=BatchStatus,
        told=clauses, fixes=list_fixes(database(), batch)[: page.FIXES_SHOWN], tokens=request.form,
        wrong=wrong_cells(page.sources(), batch, after=int(after) if after.isdigit() else 0, rows=page.ROWS_SHOWN),
    )  # fmt: skip
    return html, error.status if error else 200


@blueprint.get("/<no>/rejects.xlsx")
@requires(Permission.IMPORT_FILES)
def rejects(no: str) -> Page:
    """The sender's own sheet with the refused rows; it holds full numbers, so only the sender gets it."""
    batch = page.visible_batch(no)
    if batch.maker != require_principal().actor:
        raise NotAllowed("错误表只给上传的人", why="里面是他上传的原样数据", fix="请他自己下载")
    made = BytesIO()
    write_stored_rejects(page.sources(), batch, made)
    made.seek(0)
    return send_file(made, mimetype=XLSX, as_attachment=True, download_name=f"{batch.no}-退回.xlsx")


@blueprint.post("/<no>/fix")
@requires(Permission.IMPORT_FILES)
def fix(no: str) -> Page:
    """Correct cells on screen: all of the file is checked again, the preview is new, the file stays."""
    batch = page.visible_batch(no)
    try:
        page.correct(batch, request.form)
    except ProductError as error:
        if error.status >= 500:
            raise
        return _show(no, error)
    return redirect(path_of(f"/console/imports/{no}") + "#errors", 303)


@blueprint.post("/<no>/submit")
@requires(Permission.IMPORT_FILES)
def submit(no: str) -> Page:
    """The sender is done looking: what needs no second person enters now, the rest waits for one."""
    batch, me = page.visible_batch(no), require_principal().actor
    try:
        check_submitter(batch, me, request.form.get("version", ""))
        if batch.needs_checker:
            return _wait(no)
        with page.patient():
            commit_staged(page.sources(), batch.no, actor=me, checker=None)
    except ProductError as error:
        return _show(no, error)
    return _to(no)


@writes
def _wait(no: str) -> AnyResponse:
    submit_batch(database(), page.same_batch(database(), no), actor=require_principal().actor)
    return _to(no)


@blueprint.post("/<no>/approve")
@requires(Permission.CHECK_IMPORTS)
def approve(no: str) -> Page:
    """A second account approves: the batch enters with both names."""
    batch, me = page.visible_batch(no), require_principal().actor
    try:
        check_approver(batch, me)
        with page.patient():
            commit_staged(page.sources(), batch.no, actor=batch.maker, checker=me)
    except ProductError as error:
        return _show(no, error)
    return _to(no)


@blueprint.post("/<no>/discard")
@requires(Permission.IMPORT_FILES)
@writes
def discard(no: str) -> Page:
    """Throw the preview away."""
    batch = page.visible_batch(no)
    if batch.maker != require_principal().actor:
        raise NotAllowed("只有上传的人可以放弃", fix=f"请 {page.person(batch.maker)} 处理")
    discard_batch(database(), page.sources(), batch)
    return _to(no)


@blueprint.post("/<no>/undo")
@requires(Permission.UNDO_IMPORTS)
def undo_import(no: str) -> Page:
    """Undo a committed batch by a compensating one."""
    batch, form = page.visible_batch(no), UndoForm.from_request()
    try:
        if len((form.why.data or "").strip()) < 2:
            raise BadInput(_("没有写原因"), fix=_("用一句话写明为什么撤销"))
        with page.patient():
            undo(page.sources(), batch.no, actor=require_principal().actor, why=form.why.data)
    except ProductError as error:
        return _show(no, error)
    return _to(no)
