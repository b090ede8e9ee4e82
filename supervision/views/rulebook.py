"""/supervision/rules: every rule with what became of its hits; a person lets a paused one run again."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.checks.health.actions import resume
from portal.checks.queries import RuleSeen, get_rule, rules_seen
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.leads.findings.rules import ENOUGH_CLOSED, FEWEST_CONFIRMED
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web import lead_words as words
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.policy_words import parameter_title
from portal.web.sessions import database, require_principal, writes
from supervision.forms.rulebook import ResumeForm

blueprint = Blueprint("supervision_rules", __name__, template_folder="../templates", url_prefix="/supervision/rules")
Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires(Permission.VIEW_RULES)
def index() -> str:
    """Every rule: hits, questions, findings, precision, whether it is paused."""
    rules = rules_seen(database(), today_cn(), require_principal())
    return render_template("supervision/rules.html", rules=rules, words=words, enough=ENOUGH_CLOSED)


@blueprint.get("/<code>")
@requires(Permission.VIEW_RULES)
def show(code: str) -> str:
    """One rule: what it looks for, on what basis, with which parameters, how it has fared, its pauses."""
    return _page(get_rule(database(), code, today_cn(), require_principal()), ResumeForm(formdata=None))


def _page(seen: RuleSeen, form: ResumeForm, error: ProductError | None = None) -> str:
    places = {row.division_code for parameter in seen.parameters for row in parameter.rows}
    return render_template(
        "supervision/rule.html", it=seen, form=form, error=error, words=words, names=divisions.names_of(database(), places),
        enough=ENOUGH_CLOSED, fewest=FEWEST_CONFIRMED, title=parameter_title,
    )  # fmt: skip


@blueprint.post("/<code>/resume")
@requires(Permission.RESUME_RULES)
@writes
def resumed(code: str) -> Page:
    """Let a paused rule run again: its precision is counted anew from now."""
    seen, form = get_rule(database(), code, today_cn(), require_principal()), ResumeForm.from_request()
    if not form.sent_well():
        return _page(seen, form), 422
    try:
        resume(database(), code, Act(require_principal().actor, form.why.data, request_no()), now_utc())
    except ProductError as error:
        return _page(seen, form, error), error.status
    return redirect(access.path_of(f"/supervision/rules/{code}"), 303)
