"""/admin/roles: which role carries which permission. /admin/why: why may this person see this."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal.accounts import queries
from portal.accounts.permissions import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from portal.management.forms.accounts import ExplainForm
from portal.registers.divisions import queries as divisions
from portal.web.access import explanation_of, requires
from portal.web.sessions import database
from portal.web.subjects import find_subject

blueprint = Blueprint("why", __name__, template_folder="../templates", url_prefix="/admin")


@blueprint.get("/roles")
@requires(Permission.VIEW_PEOPLE)
def roles() -> str:
    """The matrix of roles and permissions, from the code itself."""
    shown = [role for role in Role if ROLE_PERMISSIONS[role]]
    matrix = [(permission, [permission in ROLE_PERMISSIONS[role] for role in shown]) for permission in Permission]
    return render_template("admin/roles.html", shown=shown, names=ROLE_NAMES, matrix=matrix)


@blueprint.get("/why")
@requires(Permission.EXPLAIN_ACCESS)
def why() -> str | tuple[str, int]:
    """Role × scope × relation of one question, and the answer in a sentence."""
    form = ExplainForm(request.args)
    if not request.args or not form.validate():
        return render_template("admin/why.html", form=form, answer=None), 422 if form.errors else 200
    user = queries.get_user(database(), form.username.data.strip().lower())
    about = find_subject(database(), form.subject.data) if form.subject.data else None
    permission, division = Permission[form.permission.data], about.division if about else None
    answer = explanation_of(database(), queries.principal_of(database(), user), permission, division)
    places = divisions.names_of(database(), [line.scope for line in answer.lines])
    return render_template(
        "admin/why.html", form=form, person=user, answer=answer, about=about, names=ROLE_NAMES, places=places
    )
