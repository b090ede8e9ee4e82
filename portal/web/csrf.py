"""Requests that change something must come from our own pages: token in the form, SameSite cookie, Origin check.

The token is HMAC(secret of the session, random mask) and differs in every page. Before sign-in the secret is a random
cookie of its own, which names nobody.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, g, request
from werkzeug.wrappers import Response as AnyResponse

from portal.kernel.errors import NotAllowed
from portal.web import household
from portal.web.sessions import current_session

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SECURE_COOKIE = "__Host-yg_form"
LOOPBACK_COOKIE = "yg_form"
_MASK_BYTES = 16


class ForeignRequest(NotAllowed):
    """The request did not come from a page of ours, or the page is too old."""

    status = 403
    code = "foreign_request"


def install(app: Flask) -> None:
    """Give forms their token and set the cookie of an anonymous form."""
    app.jinja_env.globals.update(csrf_token=token)
    app.after_request(_remember)


def token() -> str:
    """A fresh token for a form on the present page."""
    mask = secrets.token_bytes(_MASK_BYTES)
    return base64.urlsafe_b64encode(mask + _mac(_secret(), mask)).decode()


def protect() -> None:
    """Refuse a changing request that another site sent or whose token is not ours."""
    _check_origin()
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not _is_ours(given):
        raise ForeignRequest(
            "没有写入：这个页面放得太久，或者登录已经换过", fix="返回上一页，刷新后再提交一次（填的内容可以先复制）"
        )


def _check_origin() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise ForeignRequest("没有写入：这个请求来自别的网站", fix="从本站的页面操作")
    origin = request.headers.get("Origin")
    if origin == "null" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return  # a page without referrer hides its origin; the browser itself says that it is ours
    if origin is not None and (urlsplit(origin).scheme, urlsplit(origin).netloc) != (request.scheme, request.host):
        raise ForeignRequest("没有写入：这个请求来自别的网站", fix="从本站的页面操作")


def _cookie_name() -> str:
    return SECURE_COOKIE if request.is_secure else LOOPBACK_COOKIE


def _secret() -> bytes:
    own = household.form_secret()
    if own is not None:
        return own
    signed_in = current_session()
    if signed_in is not None:
        return signed_in.csrf_secret
    kept: str | None = g.get("form_secret") or request.cookies.get(_cookie_name())
    if not kept or len(kept) > 64:
        kept = secrets.token_urlsafe(16)
        g.form_secret_is_new = True
    g.form_secret = kept
    return kept.encode()


def _mac(secret: bytes, mask: bytes) -> bytes:
    return hmac.digest(secret, b"yangguang form" + mask, "sha256")


def _is_ours(given: str) -> bool:
    try:
        raw = base64.b64decode(given, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    mask, mac = raw[:_MASK_BYTES], raw[_MASK_BYTES:]
    return len(raw) == _MASK_BYTES + 32 and hmac.compare_digest(mac, _mac(_secret(), mask))


def _remember(response: AnyResponse) -> AnyResponse:
    if g.pop("form_secret_is_new", False):
        response.set_cookie(
            _cookie_name(), g.form_secret, path="/", secure=request.is_secure, httponly=True, samesite="Strict"
        )
    return response
