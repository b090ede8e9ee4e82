"""/supervision/cases: what a named team works on. Whoever is not of it, nor its head, is answered as if there were none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.cases import actions, queries
from portal.oversight.cases.dispositions.actions import decide, propose
from portal.oversight.cases.dispositions.queries import Decision, Disposition
from portal.oversight.cases.dispositions.rules import Study
from portal.oversight.cases.links.actions import link, unlink
from portal.oversight.cases.links.queries import LinkKind
from portal.oversight.cases.members.actions import add_member, remove_member
from portal.oversight.cases.opening.actions import open_case
from portal.oversight.cases.queries import CaseRow
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access, order_words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.hidden_cursors import turn_hidden
from portal.web.once import taken_before
from portal.web.sessions import database, require_principal, writes
from portal.web.witness import witness
from supervision import case_words as words
from supervision.case_pages import case_page, new_case, words_of
from supervision.case_sources import Source, add_to, open_cases, refuse_unlinkable, source_of
from supervision.forms.cases import AddForm, CaseForm, DecideForm, LinkForm, MemberForm, NoteForm, ReasonForm, StudyForm

blueprint = Blueprint("supervision_cases", __name__, template_folder="../templates", url_prefix="/supervision/cases")
Page = str | tuple[str, int] | Response
AT = "/supervision/cases"
WORK = Permission.EDIT_CASES


@blueprint.get("")
@requires(WORK)
def index() -> str:
    """My cases and those whose head I am, the latest first."""
    session, who, state = database(), require_principal(), request.args.get("state", "")
    mine = request.args.get("mine") == "1"
    page = turn_hidden(
        request.args.get("after"),
        2,
        lambda start, n: queries.list_cases(session, who, state=state, mine=mine, after=start, limit=n),
        lambda row: (row.opened_on.isoformat(), row.id),
    )
    kept = {"state": state, "mine": "1" if mine else ""}
    return render_template(
        "supervision/cases.html", page=page, words=words, state=state, mine=mine,
        counts=queries.count_by_state(session, who), names=divisions.names_of(session, {r.division_code for r in page.rows}),
        url=lambda after: access.path_of(AT) + "?" + urlencode({k: v for k, v in {**kept, "after": after or ""}.items() if v}),
    )  # fmt: skip


@blueprint.get("/new")
@requires(WORK)
def new() -> Page:
    """Open a case by hand, or from what the address names; or add that to a case that is open."""
    source = source_of(request.args)
    return _new(source, _begun(source), AddForm(formdata=None))


def _begun(source: Source) -> CaseForm:
    """The form as it starts: the words that the source gives, and its place."""
    place = source.place or next(iter(access.scopes(WORK)), "")
    return CaseForm(formdata=None, title=source.title, division_code=place, why=source.why)


def _new(source: Source, form: CaseForm, adding: AddForm, error: ProductError | None = None) -> str:
    adding.fill(open_cases() if source.links else [])
    return render_template(
        "supervision/case_new.html", form=form, adding=adding, error=error, source=source, words=words,
        query=request.query_string.decode(),
    )  # fmt: skip


@blueprint.post("/new")
@requires(WORK)
@writes
def opened() -> Page:
    """Open it; where it comes from is asked again."""
    source, form, adding = source_of(request.args), CaseForm.from_request(), AddForm(formdata=None)
    if not form.sent_well():
        return _new(source, form, adding), 422
    if taken_before():
        return redirect(access.path_of(AT), 303)
    try:
        wish = new_case(database(), form.data, source)
        case = open_case(database(), wish, require_principal().username, _act(form.why.data), now_utc())
    except ProductError as error:
        return _new(source, form, adding, error), error.status
    return redirect(access.path_of(f"{AT}/{case.no}"), 303)


@blueprint.get("/add")
@requires(WORK)
def add() -> Page:
    """The form of this stands on the page of a new case."""
    return redirect(access.path_of(f"{AT}/new?{request.query_string.decode()}"), 303)


@blueprint.post("/add")
@requires(WORK)
@writes
def added() -> Page:
    """Link it to a case that is open; where it comes from is asked again."""
    source, adding = source_of(request.args), AddForm.from_request()
    adding.fill(open_cases())
    if not adding.sent_well():
        return _new(source, _begun(source), adding), 422
    try:
        if not taken_before():
            add_to(adding.case_no.data, source, _act("办案需要"))
    except ProductError as error:
        return _new(source, _begun(source), adding, error), error.status
    return redirect(access.path_of(f"{AT}/{adding.case_no.data}"), 303)


@blueprint.get("/<no>")
@requires(WORK)
def show(no: str) -> str:
    """One case with everything its team has."""
    case = case_of(no)
    witness("case.read", [("case", no)])
    return _page(case)


@blueprint.post("/<no>/links")
@requires(WORK)
@writes
def linked(no: str) -> Page:
    """Link something on the trail."""

    def do(session: Session, form: Form, act: Act) -> None:
        kind, number = LinkKind(form["kind"].data), form["no"].data or ""
        refuse_unlinkable(kind, number.strip())
        link(session, no, kind, number, act, now_utc(), is_accused=form["is_accused"].data)

    return _done(no, LinkForm.from_request(), "linking", do)


@blueprint.post("/<no>/links/<int:n>/off")
@requires(WORK)
@writes
def unlinked(no: str, n: int) -> Page:
    """Take a link off."""
    return _done(no, ReasonForm.from_request(), "reason", lambda s, _f, act: unlink(s, no, n, act, now_utc()))


@blueprint.post("/<no>/team")
@requires(WORK)
@writes
def joined(no: str) -> Page:
    """Bring an account into the team."""
    form = MemberForm.from_request()
    return _done(no, form, "joining", lambda s, f, act: add_member(s, no, f["username"].data, act, now_utc()))


@blueprint.post("/<no>/team/<username>/off")
@requires(WORK)
@writes
def left(no: str, username: str) -> Page:
    """Take an account out of the team."""
    form = ReasonForm.from_request()
    return _done(no, form, "reason", lambda s, _f, act: remove_member(s, no, username, act, now_utc()))


@blueprint.post("/<no>/notes")
@requires(WORK)
@writes
def noted(no: str) -> Page:
    """Write something down."""
    form = NoteForm.from_request()
    return _done(no, form, "noting", lambda s, f, act: actions.add_note(s, no, f["text"].data, act, now_utc()))


@blueprint.post("/<no>/propose")
@requires(WORK)
@writes
def proposed(no: str) -> Page:
    """Propose a disposition after collective study."""

    def do(session: Session, form: Form, act: Act) -> None:
        said = Study(form["studied_on"].data, words_of(form["present"].data), form["opinions"].data or "")
        propose(session, no, Disposition(form["disposition"].data), said, act, now_utc())

    return _done(no, StudyForm.from_request(), "study", do, "集体研究后提出处置意见")


@blueprint.post("/<no>/decide")
@requires(Permission.APPROVE_CASES)
@writes
def decided(no: str) -> Page:
    """Approve it, or send it back; never one's own."""
    form = DecideForm.from_request()
    return _done(no, form, "deciding", lambda s, f, act: decide(s, no, Decision(f["decision"].data), act, now_utc()))


@blueprint.post("/<no>/reopen")
@requires(Permission.APPROVE_CASES)
@writes
def reopened(no: str) -> Page:
    """New evidence."""
    form = ReasonForm.from_request()
    return _done(no, form, "reopening", lambda s, _f, act: actions.reopen_case(s, no, act, now_utc()))


def case_of(no: str) -> CaseRow:
    """The case of an address, where the present person may know of it."""
    return queries.get_case(database(), no, require_principal())


def _act(why: str | None) -> Act:
    return Act(require_principal().actor, why or "", request_no())


def _done(no: str, form: Form, name: str, do: Callable[[Session, Form, Act], object], why: str = "办案需要") -> Page:
    """Do it and show the case again; what was typed wrongly, and what is refused, is said on the same page."""
    case = case_of(no)
    if not form.sent_well():
        return _page(case, **{name: form}), 422
    try:
        if not taken_before():
            do(database(), form, _act(form["why"].data if "why" in form else why))
    except ProductError as error:
        return _page(case, error, **{name: form}), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _which(address: Mapping[str, object]) -> str:
    """What the reason was given for: taking off a link, or somebody leaving the team."""
    return f"out-{address['username']}" if "username" in address else f"off-{address.get('n', '')}"


def _page(case: CaseRow, error: ProductError | None = None, **sent: Form) -> str:
    kinds: dict[str, type[Form]] = {
        "linking": LinkForm, "joining": MemberForm, "noting": NoteForm, "study": StudyForm, "deciding": DecideForm,
        "reason": ReasonForm, "reopening": ReasonForm,
    }  # fmt: skip
    forms = {name: (sent.get(name) or kind(formdata=None)).told_apart(name) for name, kind in kinds.items()}
    forms["reason"].told_apart(_which(request.view_args or {}))
    if "study" not in sent:
        forms["study"]["studied_on"].data = today_cn()
    return render_template(
        "supervision/case.html", it=case_page(database(), case, require_principal()), error=error, words=words, tasks=order_words,
        today=today_cn(), wrong=any(form.errors for form in sent.values()), me=require_principal(), **forms,
    )  # fmt: skip
