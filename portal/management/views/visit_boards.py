"""/console/visits/calendar and /console/visits/map: when and where visits were made, with the same values as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from portal.accounts.permissions import Permission
from portal.kernel.clock import today_cn
from portal.management.outlines import Ring, outline_of
from portal.management.place_choice import PlaceChoice, chosen_place
from portal.management.visit_pictures import Outline, calendar_of, months_back, outline_with
from portal.management.visit_tiles import TileSource, source_of
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import VILLAGE_LEVEL
from portal.registers.helpers.check_ins.spread import queries as spread
from portal.web.access import requires
from portal.web.headers import allow_images
from portal.web.sessions import database, installation

blueprint = Blueprint("console_boards", __name__, template_folder="../templates", url_prefix="/console/visits")
LONG, SHORT = 12, 3  # months
DAYS = ("7", "30", "90")
USUAL_DAYS = {True: "30", False: "7"}


@blueprint.get("/calendar")
@requires(Permission.VIEW_HELPERS)
def calendar() -> str:
    """Visits per day: a year of a township, a quarter of anything wider."""
    place = chosen_place(request.args.get("division", ""))
    months = LONG if place.is_narrow else SHORT
    since, until = months_back(_month(request.args.get("month", "")), months)
    tallies = spread.visits_per_day(database(), place.within, since, until)
    earlier, later = since - timedelta(days=1), months_back(until + timedelta(days=1), 1)[0]
    return render_template(
        "console/visit_calendar.html", place=place, calendar=calendar_of(tallies, since, until), since=since,
        until=until, earlier=f"{earlier:%Y-%m}", later=_later(until, months) if later <= today_cn() else "", months=months,
    )  # fmt: skip


def _month(typed: str) -> date:
    try:
        return min(date.fromisoformat(f"{typed}-01"), today_cn())
    except ValueError:
        return today_cn()


def _later(until: date, months: int) -> str:
    number = until.year * 12 + until.month - 1 + months
    return f"{min(date(number // 12, number % 12 + 1, 1), today_cn()):%Y-%m}"


@blueprint.get("/map")
@requires(Permission.VIEW_HELPERS)
def outline() -> str:
    """Visits per village and per square kilometre, drawn here; over a map where the operator set one; no precise place."""
    place = chosen_place(request.args.get("division", ""))
    days = request.args.get("days") if request.args.get("days") in DAYS else USUAL_DAYS[place.is_narrow]
    until = today_cn()
    since = until - timedelta(days=int(days or 7) - 1)
    source = source_of(installation().settings)
    drawn = _outline(database(), place, since, until, source) if place.level >= VILLAGE_LEVEL - 2 else None
    if source is not None and drawn is not None and drawn.tiles:
        allow_images(source.origin)
    return render_template(
        "console/visit_map.html", place=place, drawn=drawn, days=days, choices=DAYS, since=since, until=until,
        source=source,
    )  # fmt: skip


def _outline(session: Session, place: PlaceChoice, since: date, until: date, source: TileSource | None) -> Outline:
    """Squares are drawn for a township and below: of a county they would be too many to read."""
    tallies = spread.visits_per_village(session, place.within, since, until)
    points = spread.village_points(session, place.within)
    squares = spread.visits_per_square(session, place.within, since, until) if place.is_narrow else []
    names = divisions.names_of(session, {*tallies, *points})
    return outline_with(names, tallies, points, squares, _border(session, place.within), source)


def _border(session: Session, within: Sequence[str]) -> list[Ring]:
    folder = installation().settings.home / "maps"
    chain = divisions.name_path(session, within[0]) if len(within) == 1 else ()
    return outline_of(folder, [step.code for step in reversed(chain)])
