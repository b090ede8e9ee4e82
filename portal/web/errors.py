"""Errors become a page or JSON, once: what happened, why, what to do, the request's number; never anybody's data.

The log gets the request's number, the kind of the error and where it happened, but no message: messages of databases
and parsers quote values.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Iterable

import orjson
from flask import Flask, current_app, g, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response

from portal.accounts.passwords import CODE_ALPHABET
from portal.kernel.errors import FieldProblem, ProductError
from portal.web.language import clauses
from portal.web.sessions import DATABASE_ERRORS, busy_or

PROBLEM = "application/problem+json"
PERSONAL_NUMBER = "personal_number"
"""The code of an address that carries somebody's number: not even its path is repeated in links."""
WORKED_IN = ("/supervision/", "/console/")
NEVER_SHOWN = frozenset({"csrf_token", "passphrase", "first", "second", "password", "code"})
"""Names of fields that hold a secret, or that nobody typed."""
SENTENCE = 6
WORDS = {
    400: ("这个请求读不懂", "地址或表单不完整", "从页面上的链接重新进入"),
    404: ("没有这个页面", "地址可能写错，或者记录已经合并、撤下", "从首页或搜索找"),
    405: ("这个地址不接受这种操作", "", "从页面上的按钮操作"),
    413: ("提交的内容太大", "超过了这里能接收的大小", "分成几次提交，或压缩图片"),
    414: ("地址太长", "", "减少筛选条件"),
    415: ("不接收这种格式", "", "换成页面上写明的格式"),
    429: ("操作太频繁", "", "等一会儿再试"),
    500: ("系统出错了", "已经记下，没有写入任何数据", "过一会儿再试；还不行就打电话，报上请求编号"),
}


def install(app: Flask) -> None:
    """Handle every error in one place (factory)."""
    app.register_error_handler(ProductError, _product_error)
    app.register_error_handler(HTTPException, _http_error)
    for kind in DATABASE_ERRORS:
        app.register_error_handler(kind, _database_error)
    app.register_error_handler(Exception, _unexpected)
    app.after_request(_number)


def request_no() -> str:
    """The number of this request: what a person reads out on the telephone."""
    if "request_no" not in g:
        g.request_no = "".join(secrets.choice(CODE_ALPHABET) for _ in range(10))
    return str(g.request_no)


def wants_json() -> bool:
    """True for the API, for `.json` addresses and for programs that ask for JSON only."""
    if request.path.startswith("/api/") or request.path.endswith(".json") or request.is_json:
        return True
    accept = request.accept_mimetypes
    return accept.best_match(["text/html", "application/json"], "text/html") == "application/json"


def _number(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_no()
    return response


def _product_error(error: ProductError) -> Response:
    if error.status >= 500 and error.status != 503:
        _log(error)
    return answer(
        error.status, error.code, error.what, error.why, error.fix,
        getattr(error, "retry_after", None), errors=getattr(error, "errors", ()),
    )  # fmt: skip


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 or isinstance(error, RequestedRangeNotSatisfiable):
        return Response.from_app(error.get_response(request.environ), request.environ)
    what, why, fix = WORDS.get(status, WORDS[400 if status < 500 else 500])
    response = answer(status, f"http_{status}", what, why, fix)
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _database_error(error: Exception) -> Response:
    busy = busy_or(error)
    return _product_error(busy) if isinstance(busy, ProductError) else _unexpected(error)


def _unexpected(error: Exception) -> Response:
    _log(error)
    return answer(500, "error", *WORDS[500])


def _log(error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    current_app.logger.error("request %s: %s at %s", request_no(), type(error).__qualname__, where)


def answer(
    status: int,
    code: str,
    what: str,
    why: str = "",
    fix: str = "",
    retry_after: int | None = None,
    errors: Iterable[FieldProblem] = (),
) -> Response:
    """The answer to a refused request: problem+json (RFC 9457) for programs, a page for people."""
    g.is_error = "/" if code == PERSONAL_NUMBER else request.path
    said = {"what": gettext(what), "why": gettext(why) if why else "", "fix": gettext(fix) if fix else ""}
    if wants_json():
        body = {"type": "about:blank", "status": status, "code": code, "title": said["what"]}
        detail = clauses(why, fix)
        problem: dict[str, object] = {**body, "detail": detail, "request_id": request_no()}
        if fields := [{"field": e.field, "code": e.code, "message": gettext(e.message)} for e in errors]:
            problem["errors"] = fields
        response = Response(orjson.dumps(problem), status, content_type=PROBLEM)
    else:
        response = Response(_page(status, said), status, content_type="text/html; charset=utf-8")
    if status == 401 and request.path.startswith("/api/"):
        response.headers["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, said: dict[str, str]) -> str:
    knows_reader = status < 500 or "_login_user" in g  # a broken database is not asked again who is looking
    return render_template(
        "errors/error.html", status=status, request_id=request_no(), knows_reader=knows_reader,
        typed=_typed() if status == 401 else [], **said,
    )  # fmt: skip


def _typed() -> list[str]:
    """The sentences of a form whose session ran out meanwhile, for copying: sent from a page of ours, never a secret."""
    is_ours = request.headers.get("Sec-Fetch-Site") == "same-origin" and request.path.startswith(WORKED_IN)
    if not is_ours or request.mimetype != "application/x-www-form-urlencoded":
        return []
    try:
        sent = list(request.form.items(multi=True))
    except HTTPException:  # too large to be read: nothing to show
        return []
    return [value for name, value in sent if name not in NEVER_SHOWN and len(value.strip()) >= SENTENCE]
