"""/supervision/sample/visits: who was drawn, for the telephone at the door: questions, pictures, two inspectors, no signature."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.oversight.inspections import actions, queries
from portal.oversight.inspections.queries import QUESTIONS, ItemRow
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web.access import requires
from portal.web.actors import learn_actors
from portal.web.errors import request_no
from portal.web.sessions import database, installation, require_principal, writes
from portal.web.witness import witness
from supervision.forms.samples import UPLOADS, OnSiteForm
from supervision.sample_pages import item_of, item_page, my_places, take_record

blueprint = Blueprint(
    "supervision_sample_visits", __name__, template_folder="../templates", url_prefix="/supervision/sample/visits"
)
Page = str | tuple[str, int] | AnyResponse


@blueprint.get("")
@requires(Permission.OWN_ACCOUNT)
def index() -> str:
    """What I have to visit: in my places, or as a third party in those that I was named for."""
    session, me = database(), require_principal()
    items = queries.list_items(session, my_places(), me.username)
    names = divisions.names_of(session, {item.division_code for item in items})
    return render_template("supervision/sample_visits.html", items=items, names=names, today=today_cn())


@blueprint.get("/<path:no>")
@requires(Permission.OWN_ACCOUNT)
def show(no: str) -> str:
    """One household: the questions on site, or what was found."""
    item = item_of(no)
    witness("inspection.read", [("inspection_item", no)])
    return _page(item, OnSiteForm(formdata=None, visited_on=today_cn(), once=str(uuid.uuid4())))


def _page(item: ItemRow, form: OnSiteForm, error: ProductError | None = None) -> str:
    it = item_page(item)
    learn_actors([item.first_inspector, item.second_inspector])
    return render_template(
        "supervision/sample_visit.html", it=it, form=form, error=error, questions=QUESTIONS, today=today_cn()
    )


@blueprint.post("/<path:no>")
@requires(Permission.OWN_ACCOUNT, files=UPLOADS)
@writes
def recorded(no: str) -> Page:
    """What two inspectors found; where something differs, a lead follows."""
    item, form = item_of(no), OnSiteForm.from_request()
    if not form.sent_well():
        return _page(item, form), 422
    try:
        take_record(item, form, Act(require_principal().actor, "", request_no()), now_utc())
    except ProductError as error:
        return _page(item, form, error), error.status
    return redirect(access.path_of(f"/supervision/sample/visits/{no}"), 303)


@blueprint.get("/photos/<int:photo_id>/<path:no>")
@requires(Permission.OWN_ACCOUNT)
def photo(photo_id: int, no: str) -> Response:
    """A picture of a visit, without anything that the telephone put into it."""
    item = item_of(no)
    picture = next((one for one in queries.photos_of(database(), item.no) if one.id == photo_id), None)
    if picture is None:
        raise NotFound("没有这张照片", fix="从抽查记录重新进入")
    data = actions.read_photo_file(database(), installation().settings.files_dir, picture.sha256)
    return Response(data, content_type="image/jpeg")
