"""/console/helpers/<no>/phone: the code for a helper's phone, made at the township office, and a lost phone revoked."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.devices import actions, queries
from portal.accounts.devices.actions import CodeShown
from portal.accounts.permissions import Permission
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.management.forms.accounts import ActForm
from portal.management.forms.devices import RevokeForm
from portal.registers.corrections import RecordRow
from portal.registers.helpers.queries import get_helper
from portal.web import access
from portal.web.access import requires
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, short_write

blueprint = Blueprint("console_devices", __name__, template_folder="../templates", url_prefix="/console/helpers")
Page = str | tuple[str, int] | Response


def _helper(no: str) -> RecordRow:
    return get_helper(database(), no, access.scopes(Permission.ENROL_DEVICES))


@blueprint.get("/<no>/phone")
@requires(Permission.ENROL_DEVICES)
def show(no: str) -> Page:
    """The phone in force, earlier ones, and the code that waits."""
    return _page(_helper(no), RevokeForm(formdata=None))


def _page(
    helper: RecordRow, form: RevokeForm, error: ProductError | None = None, shown: CodeShown | None = None
) -> str:
    session, no = database(), str(helper.values["no"])
    return render_template(
        "console/phone.html", helper=helper, form=form, error=error, shown=shown, act=ActForm(formdata=None),
        phones=queries.list_devices_of(session, no), waiting=queries.find_waiting_code(session, no, now_utc()),
        accounts=queries.accounts_of_helper(session, no),
    )  # fmt: skip


@blueprint.post("/<no>/phone/code")
@requires(Permission.ENROL_DEVICES)
def make_code(no: str) -> Page:
    """Make the code; it is on this one page and nowhere else."""
    ActForm.from_request()
    helper = _helper(no)
    with short_write() as session:
        shown = actions.make_enrolment_code(session, require_principal(), no, now_utc(), request_id=request_no())
    return _page(helper, RevokeForm(formdata=None), shown=shown)


@blueprint.post("/<no>/phone/<device_id>/revoke")
@requires(Permission.ENROL_DEVICES)
def revoke(no: str, device_id: str) -> Page:
    """Revoke a phone at once; what still waits on it comes in later and is asked about."""
    helper, form = _helper(no), RevokeForm.from_request()
    if not form.sent_well():
        return _page(helper, form), 422
    found = queries.find_device(database(), device_id)
    if found is None or found.helper_no != no:
        raise NotFound("没有这部手机", fix="从帮扶人的页面重新进入")
    try:
        with short_write() as session:
            actions.revoke_device(
                session, require_principal(), device_id, form.why.data, now_utc(), request_id=request_no()
            )
    except ProductError as error:
        return _page(helper, form, error), error.status
    return redirect(access.path_of(f"/console/helpers/{no}/phone"), 303)
