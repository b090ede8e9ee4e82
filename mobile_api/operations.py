"""One declaration per operation: route, access, limits, and everything that OpenAPI says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Blueprint, Response
from werkzeug.routing import BaseConverter

from mobile_api.payloads import JSON, need_body
from mobile_api.tokens import caller
from portal.accounts.permissions import Permission
from portal.web import rates
from portal.web.access import public, requires
from portal.web.rates import Rate
from portal.web.sessions import writes
from portal.web.uploads import Uploads

View = TypeVar("View", bound=Callable[..., Any])
ANY_OPERATION = ("http_400", "error", "busy")
WITH_TOKEN = ("sign_in_needed", "not_allowed", "https_only", "not_a_helper", "too_many_requests")
WITH_BODY = ("length_required", "http_413", "unsupported_type")
WITH_JSON = ("bad_json", "bad_fields")
SMALL_BODY = 64 * 1024
USUAL = Rate("usual", burst=600, per_second=5)
SELDOM = Rate("seldom", burst=60, per_second=0.1)

api = Blueprint("api_v1", __name__, url_prefix="/api/v1")


class DigestConverter(BaseConverter):
    """The SHA-256 of something in an address: 64 hexadecimal digits in lower case."""

    regex = "[0-9a-f]{64}"


@api.after_request
def _keep_nothing(response: Response) -> Response:
    """Tokens and files of households are for this one client, this once."""
    response.headers["Cache-Control"] = "no-store"
    return response


api.record_once(lambda state: state.app.url_map.converters.update(digest=DigestConverter))


@dataclass(frozen=True)
class Operation:
    """What one method of one address takes and answers."""

    name: str
    method: str
    summary: str
    tag: str
    body: type[Any] | None
    media: tuple[str, ...]
    query: type[Any] | None
    answers: Mapping[int, type[Any] | None]
    problems: tuple[str, ...]
    bearer: bool
    says: Mapping[str, str]


def operation(
    method: str,
    rule: str,
    *,
    summary: str,
    tag: str,
    answers: Mapping[int, type[Any] | None],
    body: type[Any] | None = None,
    media: tuple[str, ...] = (),
    query: type[Any] | None = None,
    problems: tuple[str, ...] = (),
    bearer: bool = True,
    commits: bool = False,
    max_body: int = SMALL_BODY,
    files: Uploads | None = None,
    rate: Rate = USUAL,
    says: Mapping[str, str] | None = None,
) -> Callable[[View], View]:
    """Declare an operation. `commits`: the view gets the writing session. `says`: what the parts of the address mean."""
    taken = media or ((JSON,) if body is not None else ())
    known = (*ANY_OPERATION, *(WITH_TOKEN if bearer else ("https_only",)), *(WITH_BODY if taken else ()))
    known += WITH_JSON if body is not None else ("bad_fields",) if query is not None else ()

    def declare(view: View) -> View:
        inner = writes(view) if commits else view

        @wraps(view)
        def guarded(*args: Any, **values: Any) -> Any:
            if bearer:
                rates.take(rate, caller().helper_no)
            if taken:
                need_body(taken)
            return inner(*args, **values)

        described = Operation(
            view.__name__, method, summary, tag, body, taken, query, answers,
            tuple(dict.fromkeys((*known, *problems))), bearer, says or {},
        )  # fmt: skip
        guarded.__dict__["__operation__"] = described
        policy = requires(Permission.USE_PHONE, bearer=True, max_body=max_body) if bearer else None
        declared = (policy or public(csrf=False, max_body=max_body, files=files))(guarded)
        api.add_url_rule(rule, view.__name__, declared, methods=[method])
        return view

    return declare
