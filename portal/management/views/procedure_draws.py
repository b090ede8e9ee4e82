"""/console/procedures/draws: the county's draws among new procedures, which anybody can repeat."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management import procedure_words as words
from portal.management.forms.procedures import DrawForm
from portal.registers.divisions import queries as divisions
from portal.registers.recipients.procedures import queries as procedures
from portal.registers.recipients.procedures.draws import actions, queries
from portal.web import access
from portal.web.access import requires
from portal.web.sessions import database, require_principal, writes

blueprint = Blueprint(
    "console_procedure_draws", __name__, template_folder="../templates", url_prefix="/console/procedures/draws"
)
Page = str | tuple[str, int] | Response


@blueprint.get("")
@requires(Permission.VIEW_HOUSEHOLDS)
def index() -> Page:
    """The draws of one's places, and a new one."""
    return _page(DrawForm(formdata=None))


def _page(form: DrawForm, error: ProductError | None = None) -> Page:
    session, within = database(), access.scopes(Permission.VIEW_HOUSEHOLDS)
    form.division.choices = _counties()
    draws = queries.list_draws(session, within)
    names = divisions.names_of(session, {draw.division_code for draw in draws})
    return render_template(
        "console/procedure_draws.html", draws=draws, names=names, form=form, error=error, words=words
    ), error.status if error else 200


def _counties() -> list[tuple[str, str]]:
    codes = access.scopes(Permission.DECIDE_PROCEDURES) if access.can(Permission.DECIDE_PROCEDURES) else ()
    return list(divisions.names_of(database(), codes).items())


@blueprint.post("")
@requires(Permission.DECIDE_PROCEDURES)
@writes
def drawn() -> Page:
    """Draw among those that wait for the county's decision."""
    form = DrawForm.from_request()
    try:
        if not access.can(Permission.DECIDE_PROCEDURES, form.division.data):
            raise NotFound("没有这个区划", fix="从列出的区划里选")
        month = today_cn().replace(day=1)
        made = actions.record_draw(database(), form.division.data, month, require_principal().actor, now_utc())
    except ProductError as error:
        return _page(form, error)
    return redirect(access.path_of(f"/console/procedures/draws/{made.no}"), 303)


@blueprint.get("/<no>")
@requires(Permission.VIEW_HOUSEHOLDS)
def show(no: str) -> Page:
    """One draw with all that repeats it; `again`: worked out once more from its list, ratio and seed."""
    session, draw = database(), queries.get_draw(database(), no)
    if not access.can(Permission.VIEW_HOUSEHOLDS, draw.division_code):
        raise NotFound("没有这次抽查", fix="核对抽查编号")
    digest, sample = queries.repeat_draw(draw)
    rows = procedures.procedures_with(session, draw.members)
    names = divisions.names_of(session, {draw.division_code, *(row.division_code for row in rows.values())})
    return render_template(
        "console/procedure_draw.html", draw=draw, rows=rows, names=names, words=words, sample=set(sample),
        again=bool(request.args.get("again")), agrees=digest == draw.population_sha256,
    )  # fmt: skip
