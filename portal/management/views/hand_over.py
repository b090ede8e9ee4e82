"""/console/helpers/<no>/hand-over: all pairings of a helper who leaves go to others, in one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.errors import ProductError
from portal.management.forms.hand_over import HandOverForm, share_field
from portal.management.hand_over import HandOver, hand_over_of, loads_after, receivers_of, shares_of
from portal.registers.corrections import Act, RecordRow
from portal.registers.helpers.pairings.actions import hand_over
from portal.registers.helpers.pairings.rules import Load
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint("console_hand_over", __name__, template_folder="../templates", url_prefix="/console")


@blueprint.route("/helpers/<no>/hand-over", methods=["GET", "POST"])
@requires(Permission.EDIT_HELPERS)
@writes
def show(no: str) -> str | tuple[str, int] | Response:
    """Who takes over what, with before and after; nothing is written until it has been looked at."""
    session = database()
    form = HandOverForm.from_request(first_day=today_cn().isoformat())
    if not form.sent_well():
        return _page(hand_over_of(session, no, today_cn()), form), 422 if form.errors else 200
    page = hand_over_of(session, no, form.day)
    receivers: Sequence[RecordRow] = ()
    shares: Mapping[int, int] = {}
    loads: Sequence[Load] = ()
    try:
        receivers = receivers_of(session, form.numbers)
        shares = shares_of(page, receivers, request.form)
        loads = loads_after(session, page, shares, form.day)
        if form.step.data == "save":
            act = Act(require_principal().actor, form.why.data, request_no())
            hand_over(
                session, page.helper.id, shares, form.day, act,
                beyond_why=form.beyond_why.data or "", elsewhere=page.elsewhere,
            )  # fmt: skip
            return redirect(access.path_of(f"/console/helpers/{no}"), 303)
    except ProductError as error:
        return _page(page, form, receivers, shares, loads, error), error.status
    return _page(page, form, receivers, shares, loads)


def _page(
    page: HandOver,
    form: HandOverForm,
    receivers: Sequence[RecordRow] = (),
    shares: Mapping[int, int] | None = None,
    loads: Sequence[Load] = (),
    error: ProductError | None = None,
) -> str:
    limits = {
        load.helper_no: _("%(n)s 户", n=load.limit) if load.limit is not None else _("没有规定") for load in loads
    }
    return render_template(
        "console/hand_over.html", page=page, form=form, receivers=receivers, shares=shares or {}, loads=loads,
        limits=limits, is_over=any(load.is_over for load in loads), error=error, share_field=share_field,
    )  # fmt: skip
