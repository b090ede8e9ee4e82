"""The interface as a page to read: operations by group, their fields, their answers. From the same declarations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from typing import Any, get_args, get_origin

from flask import Flask

from mobile_api.errors import CODES, by_status
from mobile_api.openapi import Route, routes
from mobile_api.shapes import Kind, fields_of, is_optional, kind_of
from portal.web.language import gettext as _

_NAMES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


@dataclass(frozen=True)
class FieldLine:
    """A field of a body or an answer."""

    path: str
    kind: str
    required: bool
    says: str


@dataclass(frozen=True)
class Refusal:
    """A code that an operation may answer, and what it means."""

    status: int
    code: str
    says: str


@dataclass(frozen=True)
class Described:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    bearer: bool
    media: tuple[str, ...]
    asked: tuple[FieldLine, ...]
    answered: tuple[FieldLine, ...]
    successes: tuple[int, ...]
    refusals: tuple[Refusal, ...]


def sections(app: Flask) -> dict[str, list[Described]]:
    """Operations by their group."""
    found: dict[str, list[Described]] = {}
    for route in routes(app):
        found.setdefault(_(route.operation.tag), []).append(_described(route))
    return found


def _described(route: Route) -> Described:
    operation = route.operation
    parts = [FieldLine(name, "string", True, _(operation.says[name])) for name, _converter in route.parts]
    query = list(_lines(operation.query, "?")) if operation.query is not None else []
    body = list(_lines(operation.body)) if operation.body is not None else []
    answer = next((message for message in operation.answers.values() if message is not None), None)
    return Described(
        name=operation.name,
        method=operation.method,
        path=route.path,
        summary=_(operation.summary),
        bearer=operation.bearer,
        media=operation.media,
        asked=(*parts, *query, *body),
        answered=tuple(_lines(answer)) if answer is not None else (),
        successes=tuple(operation.answers),
        refusals=tuple(
            Refusal(status, code, _(CODES[code][1]))
            for status, codes in by_status(operation.problems).items()
            for code in codes
        ),
    )


def _lines(message: type[Any], path: str = "") -> Iterator[FieldLine]:
    for field, kind in fields_of(message):
        says = _(kind.shape.says) if kind.shape.says else ""
        here = f"{path}{field.name}"
        yield FieldLine(here, _kind_name(kind), not is_optional(field), says)
        inner = kind_of(get_args(kind.of)[0]) if get_origin(kind.of) is tuple else kind
        if isinstance(inner.of, type) and is_dataclass(inner.of):
            yield from _lines(inner.of, f"{here}{'[]' if inner is not kind else ''}.")


def _kind_name(kind: Kind) -> str:
    if get_origin(kind.of) is tuple:
        return f"[{_kind_name(kind_of(get_args(kind.of)[0]))}]"
    if is_dataclass(kind.of):
        name = "object"
    elif hasattr(kind.of, "__members__"):
        name = " | ".join(each.value for each in kind.of)
    else:
        name = _NAMES.get(kind.of.__name__, kind.of.__name__)
    return f"{name} | null" if kind.nullable else name
