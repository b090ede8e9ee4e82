"""/console/policies: versions of policies — drafted by one person, released or sent back by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import BadInput, ProductError
from portal.management.forms.policies import EXAMPLE, DecideForm, PolicyForm
from portal.publishing.policies import actions, queries
from portal.publishing.policies.facts import FACTS
from portal.publishing.policies.queries import PolicyRow, PolicyState
from portal.publishing.policies.rules import TRANSITIONS, Step
from portal.registers.corrections import Act
from portal.registers.divisions.queries import names_of
from portal.web import access, policy_words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_policies", __name__, template_folder="../templates", url_prefix="/console/policies")
Page = str | tuple[str, int] | Response
AT = "/console/policies"
TAGS = {"已发布": "ok", "待审核": "warn", "草拟": "info", "退回": "bad"}


@blueprint.get("")
@requires(Permission.EDIT_POLICIES)
def index() -> str:
    """Every version, by address; those that wait first."""
    rows = queries.list_versions(database(), limit=None)
    waiting = [row for row in rows if row.state == PolicyState.WAITING]
    return render_template("console/policies.html", rows=rows, waiting=waiting, tags=TAGS, words=policy_words)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.EDIT_POLICIES)
@writes
def new() -> Page:
    """A new version; of a published policy it begins with what that one says."""
    form = PolicyForm.from_request()

    def draft(values: dict[str, Any], act: Act) -> int:
        return actions.draft_policy(database(), form.slug.data or "", values, act, now_utc()).id

    return _form(form, "new", draft)


@blueprint.get("/<int:policy_id>")
@requires(Permission.EDIT_POLICIES)
def show(policy_id: int) -> str:
    """One version as the public will see its conditions."""
    return _page(queries.get_version(database(), policy_id), DecideForm(formdata=None))


@blueprint.get("/<int:policy_id>/again")
@requires(Permission.EDIT_POLICIES)
def again(policy_id: int) -> str:
    """The form of a next version."""
    form = PolicyForm.of(queries.get_version(database(), policy_id))
    return render_template(
        "console/policy_form.html",
        form=form,
        error=None,
        action=f"{AT}/new",
        example=EXAMPLE,
        facts=FACTS,
        words=policy_words,
    )


@blueprint.route("/<int:policy_id>/edit", methods=["GET", "POST"])
@requires(Permission.EDIT_POLICIES)
@writes
def edit(policy_id: int) -> Page:
    """Change a draft, or one that was sent back."""
    row = queries.get_version(database(), policy_id)
    form = PolicyForm.from_request()
    if not form.csrf_token.data and form.title.data is None:
        form = PolicyForm.of(row)

    def change(values: dict[str, Any], act: Act) -> int:
        return actions.edit_policy(database(), policy_id, values, act, now_utc()).id

    return _form(form, f"{policy_id}/edit", change)


def _form(form: PolicyForm, action: str, do: Callable[[dict[str, Any], Act], int]) -> Page:
    error: ProductError | None = None
    if form.sent_well():
        try:
            number = do(form.values(), Act(require_principal().actor, form.why.data or "", request_no()))
            return redirect(access.path_of(f"{AT}/{number}"), 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template(
        "console/policy_form.html", form=form, error=error, action=f"{AT}/{action}", example=EXAMPLE, facts=FACTS,
        words=policy_words,
    ), status  # fmt: skip


@blueprint.post("/<int:policy_id>/submit")
@requires(Permission.EDIT_POLICIES)
@writes
def submitted(policy_id: int) -> Page:
    """Hand it to a second person."""
    return _decide(policy_id, lambda act: actions.submit_policy(database(), policy_id, act, now_utc()))


@blueprint.post("/<int:policy_id>/publish")
@requires(Permission.CHECK_POLICIES)
@writes
def published(policy_id: int) -> Page:
    """Release it; never one's own."""
    return _decide(policy_id, lambda act: actions.publish_policy(database(), policy_id, act, now_utc()))


@blueprint.post("/<int:policy_id>/return")
@requires(Permission.CHECK_POLICIES)
@writes
def returned(policy_id: int) -> Page:
    """Send it back with the reason."""
    return _decide(policy_id, lambda act: actions.return_policy(database(), policy_id, act, now_utc()))


@blueprint.post("/<int:policy_id>/end")
@requires(Permission.CHECK_POLICIES)
@writes
def ended(policy_id: int) -> Page:
    """End a published one."""
    return _decide(policy_id, lambda act: actions.end_policy(database(), policy_id, act, now_utc()))


def _decide(policy_id: int, do: Callable[[Act], object]) -> Page:
    row, form = queries.get_version(database(), policy_id), DecideForm.from_request()
    if not form.sent_well():
        return _page(row, form), 422
    try:
        do(Act(require_principal().actor, form.why.data or "", request_no()))
    except ProductError as error:
        return _page(row, form, error), error.status
    return redirect(access.path_of(f"{AT}/{policy_id}"), 303)


def _page(row: PolicyRow, form: DecideForm, error: ProductError | None = None) -> str:
    steps = TRANSITIONS[PolicyState(row.state)]
    try:
        lines = list(policy_words.lines_of(row.tree()))
    except BadInput as unreadable:  # a fact of the catalogue was renamed since: say so instead of failing
        lines, error = [], error or unreadable
    return render_template(
        "console/policy_show.html", p=row, form=form, error=error, lines=lines, tags=TAGS, words=policy_words,
        may={step.name.lower(): step in steps for step in Step}, own=row.drafted_by == require_principal().actor,
        place=names_of(database(), [row.division_code]).get(row.division_code, row.division_code),
        versions=queries.versions_of(database(), row.slug, published_only=False),
    )  # fmt: skip
