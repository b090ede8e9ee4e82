"""/sessions: signing in and out."""

from __future__ import annotations

from flask import Response

from mobile_api import tokens
from mobile_api.answers import HelperName, SessionOpened, respond
from mobile_api.operations import operation
from mobile_api.payloads import SignIn, read_body
from mobile_api.shapes import _l
from portal.kernel.database import now_utc
from portal.web.access import refuse_plain_http


@operation(
    "POST",
    "/sessions",
    summary=_l("登录"),
    tag=_l("登录和手机"),
    body=SignIn,
    answers={201: SessionOpened},
    problems=("invalid_credentials", "otp_required", "not_a_helper", "too_many_tries"),
    bearer=False,
)
def open_session() -> Response:
    """Password and second factor once, for a bearer token. Sent twice, the code is used up and the second is refused."""
    refuse_plain_http()
    given = read_body(SignIn)
    opened = tokens.sign_in(given.username, given.password, given.otp)
    helper = HelperName(opened.helper_no, opened.helper_name)
    return respond(SessionOpened(opened.token, now_utc() + opened.lives, helper, opened.needs_device), 201)


@operation("DELETE", "/sessions/current", summary=_l("退出"), tag=_l("登录和手机"), answers={204: None})
def close_session() -> Response:
    """End the session of this token; what waits in the phone's queue stays there."""
    tokens.sign_out()
    return Response(status=204)
