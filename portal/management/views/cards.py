"""/console/cards: who has a card, printing those that are missing, a new one for a lost one, taking one out of force.

The window prints and does nothing else: whoever may record or approve in the village is told why he may not print.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from portal.accounts.permissions import Permission
from portal.kernel.clock import day_cn
from portal.kernel.database import now_utc
from portal.kernel.errors import ProductError, Refused
from portal.kernel.masking import mask_name
from portal.management.forms.cards import CardReasonForm, PrintForm
from portal.management.place_choice import PlaceChoice, chosen_place
from portal.publishing.cards.printing import print_papers
from portal.publishing.cards.queries import papers_of
from portal.registers.corrections import Act, RecordRow
from portal.registers.divisions import queries as divisions
from portal.registers.recipients import queries as recipients
from portal.registers.recipients.cards import actions, queries
from portal.registers.recipients.cards.rules import Print
from portal.web import access, paging
from portal.web.access import requires
from portal.web.actors import learn_actors
from portal.web.errors import request_no
from portal.web.sessions import database, require_principal, writes
from portal.web.site import address_of_site

blueprint = Blueprint("console_cards", __name__, template_folder="../templates", url_prefix="/console/cards")
Page = str | tuple[str, int] | AnyResponse
AT = "/console/cards"
VILLAGE_LEVEL = 5


@blueprint.get("")
@requires(Permission.PRINT_CARDS)
def index() -> str:
    """Households of one place and their cards."""
    return _page(chosen_place(request.args.get("village", ""), Permission.PRINT_CARDS))


@blueprint.post("/print")
@requires(Permission.PRINT_CARDS)
@writes
def printed() -> Page:
    """Every card that a village still lacks, in one file that is kept nowhere."""
    place = chosen_place(request.args.get("village", ""), Permission.PRINT_CARDS)
    try:
        return _file(_print_missing(place))
    except ProductError as error:
        return _page(place, error), error.status


def _print_missing(place: PlaceChoice) -> Sequence[Print]:
    if place.level != VILLAGE_LEVEL:
        raise Refused("先选一个村", why="卡按村打印", fix="从“村”里选一个")
    rows = queries.list_cards(database(), place.within, limit=actions.MOST, missing=True)
    ids = [row.household_id for row in rows]
    return actions.print_cards(database(), require_principal(), ids, _act("按村打印"), now_utc())


def _file(prints: Sequence[Print]) -> Response:
    at = now_utc()
    papers = papers_of(database(), [one.household_id for one in prints], day_cn(at))
    response = Response(print_papers(prints, papers, address_of_site(), at), content_type="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename=cards-{prints[0].no}-{len(prints)}.pdf"
    return response


@blueprint.get("/households/<no>")
@requires(Permission.PRINT_CARDS)
def show(no: str) -> str:
    """The cards of one household, and what can be done."""
    return _household(_home(no), CardReasonForm(formdata=None))


@blueprint.post("/households/<no>/print")
@requires(Permission.PRINT_CARDS)
@writes
def first(no: str) -> Page:
    """The first card of a household."""
    home = _home(no)
    try:
        return _file(actions.print_cards(database(), require_principal(), [home.id], _act("打印"), now_utc()))
    except ProductError as error:
        return _household(home, CardReasonForm(formdata=None), error), error.status


@blueprint.post("/households/<no>/reprint")
@requires(Permission.PRINT_CARDS)
@writes
def again(no: str) -> Page:
    """A new card for a lost or broken one, which no longer opens anything."""
    home, form = _home(no), CardReasonForm.from_request()
    if not form.sent_well():
        return _household(home, form), 422
    try:
        me, act = require_principal(), _act(form.why.data or "")
        return _file([actions.reprint_card(database(), me, home.id, act, now_utc())])
    except ProductError as error:
        return _household(home, form, error), error.status


@blueprint.post("/households/<no>/revoke")
@requires(Permission.PRINT_CARDS)
@writes
def revoked(no: str) -> Page:
    """Take a card out of force at once, without a new one."""
    home, form = _home(no), CardReasonForm.from_request()
    if not form.sent_well():
        return _household(home, form), 422
    try:
        actions.revoke_card(database(), home.id, _act(form.why.data or ""), now_utc())
    except ProductError as error:
        return _household(home, form, error), error.status
    return redirect(access.path_of(f"{AT}/households/{no}"), 303)


def _act(why: str) -> Act:
    return Act(require_principal().actor, why, request_no())


def _home(no: str) -> RecordRow:
    home = recipients.get_household(database(), no)
    access.check_scope(home.values["division_code"], Permission.PRINT_CARDS)
    return home


def _page(place: PlaceChoice, error: ProductError | None = None) -> str:
    session, missing = database(), request.args.get("show") != "all"
    listed = paging.turn_to(
        paging.read_cursor(request.args.get("after"), 2),
        lambda start, n: queries.list_cards(session, place.within, start, n, missing=missing),
        queries.place_key,
    )
    learn_actors(row.printed_by for row in listed.rows)
    asked = {"village": place.code, "show": "" if missing else "all"}
    given = {name: value for name, value in asked.items() if value}
    return render_template(
        "console/cards.html", place=place, listed=listed, missing=missing, error=error, form=PrintForm(formdata=None),
        count=queries.count_missing(session, place.within), most=actions.MOST, mask=mask_name,
        names=divisions.names_of(session, {row.division_code for row in listed.rows}),
        is_village=place.level == VILLAGE_LEVEL, barred=_barred(place.within),
        url=lambda after: access.path_of(AT) + "?" + urlencode({**given, **({"after": after} if after else {})}),
    )  # fmt: skip


def _barred(codes: Sequence[str]) -> Refused | None:
    """Why this person may not print in some place; None when he may."""
    try:
        for code in codes:
            actions.check_printer(database(), require_principal(), code)
    except Refused as error:
        return error
    return None


def _household(home: RecordRow, form: CardReasonForm, error: ProductError | None = None) -> str:
    cards = queries.cards_of(database(), home.id)
    learn_actors(by for card in cards for by in (card.printed_by, card.revoked_by))
    members = recipients.list_persons(database(), home.id)
    return render_template(
        "console/card_show.html", home=home, cards=cards, form=form, error=error,
        head=mask_name(members[0].values["name"]) if members else "",
        living=next((card for card in cards if card.revoked_at is None), None),
        place=divisions.written_path(database(), home.values["division_code"]),
        barred=_barred([home.values["division_code"]]),
    )  # fmt: skip
