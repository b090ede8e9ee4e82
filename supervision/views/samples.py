"""/supervision/sample: random inspections. A seed is promised, published, revealed with the draw; anybody makes it again."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import NotFound, ProductError
from portal.oversight.inspections import actions, queries
from portal.oversight.inspections.queries import InspectionRow
from portal.oversight.inspections.reviews.actions import write_review
from portal.oversight.inspections.supervisors.actions import name_supervisor, take_off_supervisor
from portal.registers.corrections import Act
from portal.registers.divisions import queries as divisions
from portal.web import access
from portal.web.access import requires
from portal.web.actors import learn_actors
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes
from supervision.forms.samples import CommitForm, DrawForm, ReviewForm, SupervisorForm
from supervision.sample_pages import draw_of, draw_page, my_places

blueprint = Blueprint("supervision_samples", __name__, template_folder="../templates", url_prefix="/supervision/sample")
Page = str | tuple[str, int] | Response
AT = "/supervision/sample"


@blueprint.get("")
@requires(Permission.VIEW_INSPECTIONS)
def index() -> str:
    """The draws of my places, what waits to be visited, the reviews of the years."""
    return _index(CommitForm(formdata=None), ReviewForm(formdata=None, year=today_cn().year))


def _index(form: CommitForm, review: ReviewForm, error: ProductError | None = None) -> str:
    session, within = database(), my_places()
    choices = [(code, name) for code, name in divisions.names_of(session, _levels(within)).items()]
    form.division.choices = review.division.choices = choices
    draws, reviews = queries.list_inspections(session, within), queries.list_reviews(session, within)
    items = queries.list_items(session, within, require_principal().username, only_open=True, limit=100)
    places = {d.division_code for d in draws} | {r.division_code for r in reviews} | {i.division_code for i in items}
    learn_actors([d.committed_by for d in draws] + [r.written_by for r in reviews])
    return render_template(
        "supervision/samples.html", draws=draws, reviews=reviews, items=items, names=divisions.names_of(session, places),
        form=form, review=review, error=error, today=today_cn(),
    )  # fmt: skip


def _levels(within: tuple[str, ...]) -> list[str]:
    """The counties and townships of one's places: a draw is made at these levels."""
    return [
        code
        for code in sorted(divisions.expand_codes(database(), within))
        if code.endswith("000") and code[4:6] != "00"
    ]


@blueprint.post("")
@requires(Permission.DRAW_INSPECTIONS)
@writes
def committed() -> Page:
    """Promise a seed: its hash goes into the public log, the seed stays sealed."""
    form, review = CommitForm.from_request(), ReviewForm(formdata=None, year=today_cn().year)
    if not form.sent_well():
        return _index(form, review), 422
    try:
        _inside(form.division.data)
        no = actions.commit_seed(database(), form.division.data, _act(form.why.data), now_utc()).no
    except ProductError as error:
        return _index(form, review, error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


def _act(why: str | None) -> Act:
    return Act(require_principal().actor, why or "", request_no())


def _inside(division: str) -> None:
    if not access.can(Permission.DRAW_INSPECTIONS, division):
        raise NotFound("没有这个区划", fix="从列出的区划里选")


@blueprint.post("/review")
@requires(Permission.DRAW_INSPECTIONS)
@writes
def reviewed() -> Page:
    """The year's review of a place."""
    form, review = CommitForm(formdata=None), ReviewForm.from_request()
    if not review.sent_well():
        return _index(form, review), 422
    try:
        _inside(review.division.data)
        write_review(database(), review.division.data, review.year.data, _act(review.why.data), now_utc())
    except ProductError as error:
        return _index(form, review, error), error.status
    return redirect(access.path_of(AT), 303)


@blueprint.get("/<no>")
@requires(Permission.VIEW_INSPECTIONS)
def show(no: str) -> str:
    """One draw with all that repeats it."""
    return _page(draw_of(no), DrawForm(formdata=None), SupervisorForm(formdata=None))


def _page(row: InspectionRow, form: DrawForm, named: SupervisorForm, error: ProductError | None = None) -> str:
    it = draw_page(row)
    learn_actors([row.committed_by, row.drawn_by, *(item.reported_by for item in it.items)])
    return render_template(
        "supervision/sample.html", it=it, form=form, named=named, error=error, today=today_cn(),
        may=access.can(Permission.DRAW_INSPECTIONS, row.division_code),
    )  # fmt: skip


@blueprint.post("/<no>/draw")
@requires(Permission.DRAW_INSPECTIONS)
@writes
def drawn(no: str) -> Page:
    """Reveal the seed and draw: refused until the promise stands in the public log."""
    row, form = draw_of(no), DrawForm.from_request()
    try:
        _inside(row.division_code)
        actions.draw_inspection(database(), no, _act(form.why.data), now_utc())
    except ProductError as error:
        return _page(row, form, SupervisorForm(formdata=None), error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


@blueprint.post("/<no>/supervisors")
@requires(Permission.DRAW_INSPECTIONS)
@writes
def supervisor_named(no: str) -> Page:
    """A third party goes along, in the places that it is named for."""
    row, form = draw_of(no), SupervisorForm.from_request()
    if not form.sent_well():
        return _page(row, DrawForm(formdata=None), form), 422
    try:
        _inside(row.division_code)
        place, who, organisation = form.division.data, form.username.data, form.organisation.data
        name_supervisor(database(), no, who, place, organisation, _act(form.why.data), now_utc())
    except ProductError as error:
        return _page(row, DrawForm(formdata=None), form, error), error.status
    return redirect(access.path_of(f"{AT}/{no}"), 303)


@blueprint.post("/<no>/supervisors/<int:supervisor_id>/end")
@requires(Permission.DRAW_INSPECTIONS)
@writes
def supervisor_ended(no: str, supervisor_id: int) -> Page:
    """A third party goes along no longer."""
    row = draw_of(no)
    if supervisor_id not in {one.id for one in queries.supervisors_of(database(), row.id)}:
        raise NotFound("没有这名监督员", fix="刷新页面")
    _inside(row.division_code)
    take_off_supervisor(database(), supervisor_id, _act("不再随同抽查"), now_utc())
    return redirect(access.path_of(f"{AT}/{no}"), 303)
