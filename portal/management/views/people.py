"""/admin/people: accounts, proposals that wait for a second person, invitations and recoveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts import actions, queries
from portal.accounts.codes import actions as codes
from portal.accounts.emergencies.queries import list_waiting
from portal.accounts.grants import actions as grants
from portal.accounts.permissions import Permission, Role
from portal.accounts.reinstating import actions as reinstating
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.management.forms.accounts import ActForm, GrantForm, PersonForm, WhyForm
from portal.management.place_choice import names_of_scopes
from portal.web import access, paging
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("people", __name__, template_folder="../templates", url_prefix="/admin")
Page = str | tuple[str, int] | Response


@blueprint.get("/people")
@requires(Permission.VIEW_PEOPLE)
def index() -> str:
    """Accounts by name, and what waits for a second person."""
    words = request.args.get("q", "").strip()
    cursor = paging.read_cursor(request.args.get("after"), 1)
    page = paging.turn_to(
        cursor,
        lambda start, limit: queries.list_people(database(), words=words, after=start, limit=limit),
        lambda person: (person.user.username,),
    )
    waiting = queries.list_waiting_grants(database())
    waiting_codes = queries.list_waiting_codes(database(), now_utc())
    emergencies = list_waiting(database(), now_utc())
    proposed = {code for grant, _user in waiting for code in grant.scopes}
    taken = {code for it in emergencies for code in it.grant.scopes}
    names = names_of_scopes(_codes(page.rows) | proposed | taken)

    def url(after: str | None) -> str:
        asked = {name: value for name, value in (("q", words), ("after", after)) if value}
        return access.path_of("/admin/people") + ("?" + urlencode(asked) if asked else "")

    returns = queries.list_waiting_returns(database())
    return render_template(
        "admin/people.html", page=page, words=words, waiting=waiting, codes=waiting_codes, names=names,
        emergencies=emergencies, returns=returns, act=ActForm(),
    )  # fmt: skip


def _codes(people: Sequence[queries.Person]) -> set[str]:
    return {code for person in people for held in person.roles for code in held.scopes}


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires(Permission.ADD_PEOPLE)
@writes
def new() -> Page:
    """Open an account; it can do nothing until it is invited and granted a role."""
    form = PersonForm.from_request()
    if not form.sent_well():
        return render_template("admin/new.html", form=form), 422 if form.errors else 200
    try:
        user = actions.open_account(database(), require_principal(), **form.values(), request_id=request_no())
    except ProductError as error:
        return render_template("admin/new.html", form=form, error=error), error.status
    return redirect(access.path_of(f"/admin/people/{user.username}"), 303)


@blueprint.get("/people/<username>")
@requires(Permission.VIEW_PEOPLE)
def person(username: str) -> str:
    """One account: its roles with scopes, its proposals, and what may be done with it."""
    return _person(username)


def _person(username: str, **said: object) -> str:
    session = database()
    user = queries.get_user(session, username)
    held = queries.list_roles(session, user.id)
    proposals = queries.list_grants(session, user.id)
    codes_of = {code for role in held for code in role.scopes} | {code for g in proposals for code in g.scopes}
    form = said.pop("form", None) or GrantForm(formdata=None)
    return render_template(
        "admin/person.html", person=user, held=held, proposals=proposals, form=form,
        why=WhyForm(formdata=None), act=ActForm(formdata=None), names=names_of_scopes(codes_of), **said,
    )  # fmt: skip


@blueprint.post("/people/<username>/grants")
@requires(Permission.PROPOSE_GRANTS)
@writes
def propose(username: str) -> Page:
    """Propose a role; a security administrator who is somebody else decides."""
    form = GrantForm.from_request()
    if not form.sent_well():
        return _person(username, form=form), 422
    user, scopes = queries.get_user(database(), username), form.scopes.data.replace("，", " ").split()
    try:
        grants.propose_grant(
            database(),
            require_principal(),
            user,
            Role(form.role.data),
            scopes,
            why=form.why.data,
            request_id=request_no(),
        )
    except ProductError as error:
        return _person(username, form=form, error=error), error.status
    return redirect(access.path_of(f"/admin/people/{username}"), 303)


@blueprint.post("/grants/<int:grant_id>/<any(approve,refuse):verdict>")
@requires(Permission.APPROVE_GRANTS)
@writes
def decide(grant_id: int, verdict: str) -> Page:
    """Approve a proposal, or refuse it with a reason."""
    form = (ActForm if verdict == "approve" else WhyForm).from_request()
    if not form.sent_well():
        return redirect(access.path_of("/admin/people"), 303)
    if verdict == "approve":
        grants.approve_grant(database(), require_principal(), grant_id, request_id=request_no())
    else:
        grants.refuse_grant(database(), require_principal(), grant_id, why=form.why.data, request_id=request_no())
    return redirect(access.path_of("/admin/people"), 303)


@blueprint.post("/people/<username>/disable")
@requires(Permission.DISABLE_PEOPLE)
@writes
def disable(username: str) -> Page:
    """Stop an account at once."""
    form = WhyForm.from_request()
    user = queries.get_user(database(), username)
    actions.disable_account(database(), require_principal(), user, why=form.why.data or "", request_id=request_no())
    return redirect(access.path_of(f"/admin/people/{username}"), 303)


@blueprint.post("/people/<username>/return")
@requires(Permission.DISABLE_PEOPLE)
@writes
def propose_return(username: str) -> Page:
    """Propose that a disabled account may be used again."""
    form = WhyForm.from_request()
    user = queries.get_user(database(), username)
    why = form.why.data or ""
    try:
        reinstating.propose_reinstating(database(), require_principal(), user, why=why, request_id=request_no())
    except ProductError as error:
        return _person(username, error=error), error.status
    return redirect(access.path_of(f"/admin/people/{username}"), 303)


@blueprint.post("/returns/<int:proposal_id>/<any(approve,refuse):verdict>")
@requires(Permission.APPROVE_GRANTS)
@writes
def decide_return(proposal_id: int, verdict: str) -> Page:
    """Give a disabled account back, or not, with a reason."""
    form = WhyForm.from_request()
    why = form.why.data or ""
    reinstating.decide_reinstating(
        database(), require_principal(), proposal_id, approve=verdict == "approve", why=why, request_id=request_no()
    )
    return redirect(access.path_of("/admin/people"), 303)


@blueprint.post("/people/<username>/roles/<int:role_id>/end")
@requires(Permission.DISABLE_PEOPLE)
@writes
def end_role(username: str, role_id: int) -> Page:
    """Take a role away."""
    form = WhyForm.from_request()
    user = queries.get_user(database(), username)
    actions.end_role(database(), require_principal(), user, role_id, why=form.why.data or "", request_id=request_no())
    return redirect(access.path_of(f"/admin/people/{username}"), 303)


@blueprint.post("/people/<username>/invite")
@requires(Permission.ADD_PEOPLE)
@writes
def invite(username: str) -> str:
    """Make an invitation; its first half is shown once."""
    return _first_half(username, codes.invite)


@blueprint.post("/people/<username>/recover")
@requires(Permission.MAKE_CODES)
@writes
def recover(username: str) -> str:
    """Make a recovery code for a lost password or second factor; its first half is shown once."""
    return _first_half(username, codes.make_recovery)


def _first_half(username: str, make: Callable[..., codes.HalfShown]) -> str:
    ActForm.from_request()
    user = queries.get_user(database(), username)
    shown = make(database(), require_principal(), user, request_id=request_no())
    return render_template("admin/half.html", shown=shown, person=user, first=True)


@blueprint.post("/codes/<int:code_id>/release")
@requires(Permission.RELEASE_CODES)
@writes
def release(code_id: int) -> str:
    """Release a code that somebody else made; the second half is shown once."""
    ActForm.from_request()
    shown = codes.release_code(database(), require_principal(), code_id, request_id=request_no())
    user = queries.get_user_by_id(database(), queries.get_code(database(), code_id).user_id)
    return render_template("admin/half.html", shown=shown, person=user, first=False)
