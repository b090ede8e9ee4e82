"""What all pages of a household share: their frame, days in the farmers' calendar, what comes before them, the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from flask import Response, g, render_template, request
from markupsafe import escape

from portal.kernel.clock import today_cn
from portal.kernel.lunar import lunar_day
from portal.public.forms.me import ReconfirmForm
from portal.public.pages.me import Frame, frame_of
from portal.registers.recipients.cards.sign_ins.rules import IDLE
from portal.registers.recipients.procedures.reconfirmations.queries import said_in
from portal.web import outgoing
from portal.web.household import current_household
from portal.web.language import ENGLISH, current_language
from portal.web.language import gettext as _
from portal.web.sessions import database, installation

P = ParamSpec("P")
R = TypeVar("R")
ROUTES: Final = frozenset(
    f"public.me{name}"
    for name in (
        "", "_item", "_answer", "_reply", "_helper", "_visit", "_seen", "_help", "_ask", "_exit", "_agree", "_withdraw",
        "_reconfirm",
    )
)  # fmt: skip
"""Endpoints of these pages: they belong to one household and are kept nowhere."""


def frame() -> Frame:
    """The frame of the signed-in household, put together once a request."""
    if "own_frame" not in g:
        g.own_frame = frame_of(database(), installation().keyring, current_household(), today_cn())
    return cast(Frame, g.own_frame)


def page(template: str, **more: Any) -> str:
    """One of these pages."""
    return render_template(template, it=frame(), lunar=lunar, idle=int(IDLE.total_seconds()), **more)


def lunar(day: Any) -> str:
    """The day in the farmers' calendar: `农历十月初二`; empty beyond its table."""
    found = lunar_day(day)
    if found is None:
        return ""
    if current_language() == ENGLISH:
        return _("农历%(month)s月%(day)s日", month=("+" if found.is_leap else "") + str(found.month), day=found.day)
    return f"农历{found.words}"


def comes_first(view: Callable[P, R]) -> Callable[P, R | str | tuple[str, int]]:
    """Show the question that comes before everything else instead of the page, until it is answered."""

    @wraps(view)
    def first(*args: P.args, **kwargs: P.kwargs) -> R | str | tuple[str, int]:
        if frame().must_answer is None:
            return view(*args, **kwargs)
        shown = question(ReconfirmForm(formdata=None))
        return shown if request.method == "GET" else (shown, 409)

    return first


def question(form: ReconfirmForm, **more: Any) -> str:
    """The page of the reconfirmation that waits for the household's word."""
    asked = frame().must_answer
    if asked is None:
        raise LookupError("nothing is asked")
    said = said_in(database(), installation().keyring, asked.no)
    return page("public/me_reconfirm.html", asked=asked, said=said, form=form, **more)


def checked(response: Response) -> Response:
    """The gate for these pages: all of it, but for the telephones that the household may call and what it typed itself.

    When the session is over the page goes away by itself, also where no script runs: the phone may lie about.
    """
    if request.method == "GET" and response.status_code == 200:
        gone = f"{request.script_root}/me/sign-in?bye=idle"
        response.headers["Refresh"] = f"{int(IDLE.total_seconds()) + 5}; url={gone}"
    shown: Mapping[str, Any] = request.form
    own = {escape(value.strip()) for value in shown.values() if len(value.strip()) > len("12345")}
    known = cast(Frame | None, g.get("own_frame"))
    calls = {helper.phone for helper in known.helpers if helper.phone} if known is not None else set()
    content = response.get_data()
    for value in sorted({*map(str, own), *calls}, key=len, reverse=True):
        content = content.replace(value.encode(), b"")
    rest = Response(content, content_type=response.content_type)
    return response if outgoing.checked(rest) is rest else outgoing.checked(response)
