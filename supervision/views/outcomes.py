"""/supervision/cases/<no>/…: what a case found, what became of whom, and the money that came back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError
from portal.oversight.outcomes.actions import add_problem, add_sanction
from portal.oversight.outcomes.queries import Admin, Measure, Party, Standing
from portal.oversight.outcomes.recoveries.actions import NewRecovery, add_recovery
from portal.oversight.outcomes.rules import NewProblem, NewSanction
from portal.registers.corrections import Act
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.forms import Form
from portal.web.once import taken_before
from portal.web.sessions import database, require_principal, writes
from supervision.case_pages import fen_of
from supervision.forms.cases import ProblemForm, RecoveryForm, SanctionForm
from supervision.views.cases import case_of

blueprint = Blueprint("supervision_outcomes", __name__, template_folder="../templates", url_prefix="/supervision/cases")
Page = str | tuple[str, int] | Response
ACT = "据办案材料登记"


@blueprint.route("/<no>/problems/new", methods=["GET", "POST"])
@requires(Permission.EDIT_CASES)
@writes
def problem(no: str) -> Page:
    """查明的问题."""
    form = ProblemForm.from_request(division_code=case_of(no).division_code, found_on=today_cn())

    def do(act: Act) -> None:
        said = NewProblem(form.kind.data, form.division_code.data, form.found_on.data, form.text.data)
        add_problem(database(), no, said, act, now_utc(), corrects=form.corrects.data)

    return _entered(no, form, "problem", do)


@blueprint.route("/<no>/sanctions/new", methods=["GET", "POST"])
@requires(Permission.EDIT_CASES)
@writes
def sanction(no: str) -> Page:
    """处理结果: the form follows from what was decided; what the law does not know is refused."""
    form = SanctionForm.from_request(division_code=case_of(no).division_code, imposed_on=today_cn())

    def do(act: Act) -> None:
        party, admin, measure = form.party.data, form.admin.data, form.measure.data
        said = NewSanction(
            form.person.data, form.division_code.data, Standing(form.standing.data), form.is_member.data,
            form.organ.data, form.document_no.data, form.imposed_on.data, Party(party) if party else None,
            Admin(admin) if admin else None, Measure(measure) if measure else None,
        )  # fmt: skip
        add_sanction(database(), no, said, act, now_utc(), corrects=form.corrects.data)

    return _entered(no, form, "sanction", do)


@blueprint.route("/<no>/recoveries/new", methods=["GET", "POST"])
@requires(Permission.EDIT_CASES)
@writes
def recovery(no: str) -> Page:
    """追缴: of which payment, how much."""
    form = RecoveryForm.from_request(recovered_on=today_cn())

    def do(act: Act) -> None:
        said = NewRecovery(
            form.payment_no.data, fen_of(form.amount.data), form.recovered_on.data, form.into_account.data,
            form.document_no.data,
        )  # fmt: skip
        add_recovery(database(), no, said, act, now_utc(), corrects=form.corrects.data)

    return _entered(no, form, "recovery", do)


def _entered(no: str, form: Form, kind: str, do: Callable[[Act], object]) -> Page:
    case, error = case_of(no), None
    if form.sent_well():
        try:
            if not taken_before():
                do(Act(require_principal().actor, ACT, request_no()))
            return redirect(access.path_of(f"/supervision/cases/{no}") + "#outcomes", 303)
        except ProductError as refused:
            error = refused
    status = error.status if error else 422 if form.errors else 200
    return render_template("supervision/outcome_new.html", case=case, form=form, error=error, kind=kind), status
