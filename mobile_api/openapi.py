"""The OpenAPI 3.1 document: made from the declared operations, the messages and the routes themselves; no copy by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from mobile_api.errors import CODES, Problem, by_status
from mobile_api.operations import Operation, api
from mobile_api.shapes import _l, fields_of, is_optional, kind_of, schema_of
from portal.web.errors import PROBLEM
from portal.web.language import gettext as _

VERSION = "1.0"
BEARER = "bearer"
WAITS = {429, 503}
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_PART_SCHEMAS: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[^/]+$"},
}
TITLE = _l("阳光帮扶 · 帮扶人手机接口")
ABOUT = (
    _l("登录得到令牌，登记一把只在手机里的签名密钥，然后上传签名的走访、照片和收入。"),
    _l("写入都用 PUT 和手机自己的编号：同样的内容发几次都只算一次。"),
    _l("金额的单位是分，时间是 RFC 3339。每个错误都是 application/problem+json，code 不会变。"),
)


@dataclass(frozen=True)
class Route:
    """An operation at its address."""

    path: str
    operation: Operation
    parts: tuple[tuple[str, str], ...]  # name and converter of each variable of the address


def routes(app: Flask) -> Iterator[Route]:
    """Every declared operation, in the order of addresses."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(f"{api.name}.")]
    for rule in sorted(rules, key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        yield _route(app, rule)


def _route(app: Flask, rule: Rule) -> Route:
    operation: Operation = app.view_functions[rule.endpoint].__dict__["__operation__"]
    parts = tuple((name, converter) for converter, name in _PART.findall(rule.rule))
    return Route(_PART.sub(r"{\2}", rule.rule), operation, parts)


def document(app: Flask) -> dict[str, Any]:
    """The whole document, in the language of the address."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes(app):
        paths.setdefault(route.path, {})[route.operation.method.lower()] = _described(route, schemas)
    schema_of(Problem, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": _(TITLE), "version": VERSION, "description": " ".join(_(text) for text in ABOUT)},
        "paths": paths,
        "components": {
            "schemas": {name: _translated(schema) for name, schema in sorted(schemas.items())},
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation = route.operation
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": _(operation.summary),
        "tags": [_(operation.tag)],
        "parameters": [*_parts(route), *_query(operation, schemas)],
        "responses": {**_successes(operation, schemas), **_refusals(operation)},
        "security": [{BEARER: []}] if operation.bearer else [],
    }
    if operation.media:
        described["requestBody"] = {"required": True, "content": _content(operation, schemas)}
    return described


def _parts(route: Route) -> Iterator[dict[str, Any]]:
    for name, converter in route.parts:
        says = _(route.operation.says[name])
        yield {"name": name, "in": "path", "required": True, "description": says, "schema": _PART_SCHEMAS[converter]}


def _query(operation: Operation, schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for field, kind in fields_of(operation.query) if operation.query is not None else ():
        schema = _schema_of_kind(kind.of, kind.shape.least, kind.shape.most, schemas)
        asked = {"name": field.name, "in": "query", "required": not is_optional(field), "schema": schema}
        yield {**asked, "description": _(kind.shape.says)}


def _schema_of_kind(of: Any, least: int | None, most: int | None, schemas: dict[str, Any]) -> dict[str, Any]:
    limits = {"minimum": least, "maximum": most} if kind_of(of).of is int else {}
    return {**schema_of(of, schemas), **{name: limit for name, limit in limits.items() if limit is not None}}


def _content(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.body is not None:
        return {media: {"schema": schema_of(operation.body, schemas)} for media in operation.media}
    return {media: {"schema": {"type": "string", "contentMediaType": media}} for media in operation.media}


def _successes(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status, message in operation.answers.items():
        answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if message is not None:
            answer["content"] = {"application/json": {"schema": schema_of(message, schemas)}}
        answers[str(status)] = answer
    return answers


def _refusals(operation: Operation) -> dict[str, Any]:
    return {str(status): _refusal(status, codes) for status, codes in by_status(operation.problems).items()}


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    answer: dict[str, Any] = {
        "description": "\n".join(f"`{code}` {_(CODES[code][1])}" for code in codes),
        "content": {PROBLEM: {"schema": schema}},
    }
    if status in WAITS:
        seconds = {"type": "integer", "minimum": 1}
        answer["headers"] = {"Retry-After": {"required": True, "schema": seconds, "description": _("等这么多秒再试")}}
    return answer


def _translated(schema: Any) -> Any:
    """Descriptions of fields are Chinese texts of the catalogue; everything else stays."""
    if isinstance(schema, dict):
        return {
            name: _(held) if name == "description" and isinstance(held, str) else _translated(held)
            for name, held in schema.items()
        }
    return [_translated(each) for each in schema] if isinstance(schema, list) else schema
