"""/today and /households: what is due, and the files of the helper's own households."""

from __future__ import annotations

from flask import Response

from mobile_api.answers import HouseholdFile, Households, Today, respond
from mobile_api.operations import operation
from mobile_api.pages import files_of, own_household, tasks_of
from mobile_api.shapes import _l
from mobile_api.tokens import caller
from portal.kernel.clock import today_cn
from portal.registers.helpers.check_ins.queries import list_own_households
from portal.web.sessions import database

TAG = _l("今日任务和我的户")


@operation("GET", "/today", summary=_l("今日任务"), tag=TAG, answers={200: Today})
def today() -> Response:
    """Visits and needs that are late or fall due within a week, the latest first."""
    on = today_cn()
    return respond(Today(tasks_of(database(), caller().helper_no, on), on))


@operation("GET", "/households", summary=_l("我的户"), tag=TAG, answers={200: Households})
def households() -> Response:
    """The files of all households that are paired with this helper today."""
    session, no, on = database(), caller().helper_no, today_cn()
    own = list_own_households(session, no, on)
    return respond(Households(files_of(session, no, own, on), on))


@operation(
    "GET",
    "/households/<household_no>",
    summary=_l("一户的资料"),
    tag=TAG,
    answers={200: HouseholdFile},
    problems=("not_found", "http_404"),
    says={"household_no": _l("户编号")},
)
def household(household_no: str) -> Response:
    """One file. Any other household, of another helper or of none, is answered alike: 404."""
    session, no, on = database(), caller().helper_no, today_cn()
    return respond(files_of(session, no, [own_household(session, no, household_no, on)], on)[0])
