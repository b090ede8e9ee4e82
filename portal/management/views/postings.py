"""/console/postings: notices from the draft to the archive. What prints is made before anything is written."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import BadFields, BadInput, ProductError
from portal.kernel.photos.reading import read_photo
from portal.management import postings as pages
from portal.management.forms.postings import (
    UPLOADS,
    AnswerForm,
    NoticeForm,
    PhotoForm,
    WhyForm,
    chosen,
    form_of,
    typed_of,
)
from portal.management.place_choice import chosen_place
from portal.publishing.notice_gate import GateRefused
from portal.publishing.notices import actions, queries
from portal.publishing.notices.drafts import actions as drafts
from portal.publishing.notices.objections.actions import answer_objection, take_up
from portal.publishing.notices.objections.queries import get_objection
from portal.publishing.notices.patterns.rules import PATTERNS, Pattern, get_pattern
from portal.publishing.notices.queries import NoticeKind, NoticeRow, NoticeState
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.registers.recipients.procedures.queries import get_procedure
from portal.web import access
from portal.web import postings as shared
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.filters import today
from portal.web.sessions import database, installation, require_principal, short_write, writes

blueprint = Blueprint("console_postings", __name__, template_folder="../templates", url_prefix="/console/postings")
Page = str | tuple[str, int] | Response | AnyResponse
WRITE, CHECK = Permission.EDIT_NOTICES, Permission.CHECK_NOTICES


def _act(why: str) -> Act:
    return Act(require_principal().actor, why, request_no())


def _to(no: str) -> AnyResponse:
    return redirect(access.path_of(f"/console/postings/{no}"), 303)


@blueprint.get("")
@requires(WRITE)
def index() -> str:
    """My notices, what is due first."""
    state = chosen(request.args, "state", tuple(NoticeState))
    rows = queries.list_for_office(database(), access.scopes(WRITE), state)
    return render_template(
        "console/postings.html", rows=rows, state=state, states=list(NoticeState), today=today(),
        waiting=queries.count_waiting_objections(database(), [row.id for row in rows]),
        names=divisions.names_of(database(), {row.division_code for row in rows}),
        me=require_principal().actor,
    )  # fmt: skip


@blueprint.route("/new", methods=["GET", "POST"])
@requires(WRITE, files=UPLOADS)
def new() -> Page:
    """Step 1: kind and pattern; step 2: what it says, its list, its days."""
    code, kind = request.args.get("pattern", ""), chosen(request.args, "kind", tuple(NoticeKind))
    if code not in PATTERNS or not kind:
        procedure = request.args.get("procedure", "")
        return render_template("console/posting_kind.html", patterns=list(PATTERNS.values()), procedure=procedure)
    pattern, place = PATTERNS[code], chosen_place(request.args.get("in", ""), WRITE)
    form = _form(pattern, place.within[0] if place.within else "", place.title)
    form.division.choices = place.options
    return _written(form, pattern, NoticeKind(kind))


def _form(pattern: Pattern, division: str, place: str) -> NoticeForm:
    return form_of(pattern).from_request(division=division, issuer=place, title=f"{place}{pattern.title}")


def _written(form: NoticeForm, pattern: Pattern, kind: NoticeKind, kept: NoticeRow | None = None) -> Page:
    error: ProductError | None = None
    if form.sent_well():
        try:
            return _to(_write(form, pattern, kind, kept))
        except BadFields as refused:
            form.blame_all(pattern, refused)
            error = refused
        except ProductError as refused:
            error = refused
    division = form.division.data or ""
    window = pages.window_of(pattern, division, None, today()) if division else None
    status = error.status if error else 422 if form.errors else 200
    return render_template(
        "console/posting_form.html", form=form, pattern=pattern, kind=kind, error=error, kept=kept, window=window
    ), status  # fmt: skip


def _write(form: NoticeForm, pattern: Pattern, kind: NoticeKind, kept: NoticeRow | None) -> str:
    draft = pages.draft_from(pattern, kind, form, kept)
    with short_write() as session:
        if kept is not None:
            return drafts.rewrite_notice(session, kept.no, draft, _act(form.why.data), now_utc()).no
        return drafts.draft_notice(session, draft, _act(form.why.data), now_utc()).no


@blueprint.post("/for-procedure")
@requires(WRITE)
@writes
def for_procedure() -> Page:
    """The notice that a procedure waits for, filled in from the register."""
    found = get_procedure(database(), request.form.get("procedure", ""))
    access.check_scope(found.division_code, WRITE)
    row = drafts.draft_for_procedure(database(), found.no, _act(f"{found.kind} {found.no}"), now_utc())
    access.check_scope(row.division_code, WRITE)
    return _to(row.no)


@blueprint.route("/<no>/edit", methods=["GET", "POST"])
@requires(WRITE, files=UPLOADS)
def edit(no: str) -> Page:
    """Write a draft anew."""
    row = pages.visible(no, WRITE)
    pattern, text = get_pattern(row.pattern), queries.text_of(database(), row)
    typed = typed_of(pattern, text.source) | {"title": row.title, "issuer": row.issuer, "division": row.division_code}
    form = form_of(pattern).from_request(**typed, days=str(row.days or ""))
    place = chosen_place(row.division_code, WRITE)
    form.division.choices = place.options
    return _written(form, pattern, NoticeKind(row.kind), row)


@blueprint.get("/<no>")
@requires(WRITE)
def show(no: str) -> str:
    """One notice: how far it is, what the gate says of it, what comes next."""
    return _page(pages.visible(no, WRITE))


def _page(row: NoticeRow, error: ProductError | None = None, form: WhyForm | None = None, **more: object) -> str:
    findings = pages.findings_now(row, today()) if row.state in (NoticeState.DRAFT, NoticeState.CHECKING) else []
    if isinstance(error, GateRefused):
        findings = list(error.findings)
    return render_template(
        "console/posting_show.html", sheet=pages.sheet_of(row, today(), findings), row=row, error=error, today=today(),
        form=form or WhyForm(formdata=None), photo=PhotoForm(formdata=None), answer=AnswerForm(formdata=None),
        may_check=access.can(CHECK, row.division_code), **more,
    )  # fmt: skip


@blueprint.get("/<no>/preview")
@requires(WRITE)
def preview(no: str) -> str:
    """The very page that everybody will see."""
    row = pages.visible(no, WRITE)
    view = shared.view_of_draft(database(), row, queries.public_text_of(database(), row), today())
    return shared.page(view, preview_root=access.path_of(f"/console/postings/{no}"))


@blueprint.get("/<no>/preview-<any(a4, a3):paper>.pdf")
@requires(WRITE)
def preview_sheet(no: str, paper: str) -> Response:
    """The very sheet for the board."""
    done = pages.finished(pages.visible(no, WRITE), today())
    return Response(done.a4 if paper == "a4" else done.a3, content_type="application/pdf")


@blueprint.post("/<no>/write")
@requires(WRITE)
def write(no: str) -> Page:
    """What whoever writes it does next: hand it in, drop it, post it anew, make a new version."""
    row, form = pages.visible(no, WRITE), WhyForm.from_request()
    step, why = request.form.get("step", ""), form.why.data or ""
    try:
        done = pages.finished(row, today()) if step == "submit" else None
        with short_write() as session:
            if done is not None:
                drafts.submit_notice(session, no, done, _act(why), now_utc())
                return _to(no)
            known = {"drop": drafts.drop_notice, "anew": actions.post_anew, "version": actions.new_version}
            if step not in known:
                raise BadInput("没有这一步", fix="刷新页面")
            return _to(known[step](session, no, _act(why), now_utc()).no)
    except ProductError as error:
        return _page(row, error, form), error.status


@blueprint.post("/<no>/check")
@requires(CHECK)
def check(no: str) -> Page:
    """What the second person does next: publish, send back, conclude, take back."""
    row, form = pages.visible(no, CHECK), WhyForm.from_request()
    step, act = request.form.get("step", ""), _act(form.why.data or "")
    try:
        done = pages.finished(row, today()) if step == "publish" else None
        with short_write() as session:
            if done is not None:
                actions.publish_notice(session, no, done, installation().settings.files_dir, act, now_utc())
                return _to(no)
            known = {
                "return": drafts.return_notice, "conclude": actions.conclude_notice, "retract": actions.retract_notice,
            }  # fmt: skip
            if step not in known:
                raise BadInput("没有这一步", fix="刷新页面")
            known[step](session, no, act, now_utc())
    except ProductError as error:
        return _page(row, error, form), error.status
    return _to(no)


@blueprint.post("/<no>/photo")
@requires(WRITE, files=UPLOADS)
def photo(no: str) -> Page:
    """The picture of the board: from today the days count. It is read in the jail before anything is written."""
    row, form = pages.visible(no, WRITE), PhotoForm.from_request()
    try:
        if not form.photo.data or not form.photo.data.filename:
            raise BadInput("没有选照片", fix="拍下公示栏上的公示，再选这张照片")
        read = read_photo(form.photo.data.read())
        with short_write() as session:
            actions.put_up(session, no, read, installation().settings.files_dir, _act("上传公示栏照片"), now_utc())
    except ProductError as error:
        return _page(row, error), error.status
    return _to(no)


@blueprint.post("/<no>/objections/<objection_no>/read")
@requires(CHECK)
@writes
def objection_read(no: str, objection_no: str) -> Page:
    """Read what somebody wrote: it is an act, and the notice is being looked into from now on."""
    row = pages.visible(no, CHECK)
    try:
        opened = take_up(database(), _of(row, objection_no), _act("核查异议"), now_utc())
    except ProductError as error:
        return _page(row, error), error.status
    return _page(queries.get_notice(database(), no), opened=opened, opened_no=objection_no)


@blueprint.post("/<no>/objections/<objection_no>/answer")
@requires(CHECK)
@writes
def objection_answered(no: str, objection_no: str) -> Page:
    """What came of an objection."""
    row, form = pages.visible(no, CHECK), AnswerForm.from_request()
    try:
        is_right = form.verdict.data == "upheld"
        answer_objection(database(), _of(row, objection_no), is_right, _act(form.why.data or ""), now_utc())
    except ProductError as error:
        return _page(row, error), error.status
    return _to(no)


def _of(row: NoticeRow, objection_no: str) -> str:
    """The number of an objection to this very notice; NotFound for another's."""
    found = get_objection(database(), objection_no)
    if found.notice_id != row.id:
        raise BadInput("这条异议不是对这份公示的", fix="从公示页面重新进入")
    return found.no


@blueprint.post("/<no>/archive")
@requires(CHECK)
@writes
def archive(no: str) -> Page:
    """Open the archived full text: with a reason, and written down."""
    row, form = pages.visible(no, CHECK), WhyForm.from_request()
    try:
        source = actions.open_archive(database(), no, _act(form.why.data or ""), now_utc())
    except ProductError as error:
        return _page(row, error, form), error.status
    return _page(row, archived=source)
