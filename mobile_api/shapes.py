"""Messages as frozen dataclasses: read strictly from JSON, written as JSON, described as JSON Schema. One source for all.

Annotations carry what a type does not say: `Annotated[str, Shape(most=64)]`. Errors name the field by its path.
"""

from __future__ import annotations

import math
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

from portal.kernel.database import iso_millis
from portal.kernel.errors import BadFields, FieldProblem
from portal.web.language import gettext as _

Message = TypeVar("Message")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LONGEST_KEY = 60
_MOST_PROBLEMS = 20
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _l(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Shape:
    """Limits of a field: lengths of a text, bounds of a number, how many of a list; and what it means."""

    least: int | None = None
    most: int | None = None
    pattern: str = ""
    says: str = ""
    example: Any = None


class Wrong(Exception):
    """A value is not what the field takes: a stable code and the sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Kind:
    """A field's type taken apart: what it is, whether it may be null, its limits."""

    of: Any
    nullable: bool
    shape: Shape


def _merged(first: Shape, more: Shape) -> Shape:
    """Both say something of one field: what the later one says counts, the rest stays."""
    said = {f.name: getattr(more, f.name) for f in fields(more) if getattr(more, f.name) != f.default}
    return replace(first, **said)


@cache
def kind_of(annotation: Any) -> Kind:
    """`Annotated[X | None, Shape(…)]` in its parts; the annotation may be nested either way round."""
    shape, nullable, rest = Shape(), False, annotation
    while True:
        if get_origin(rest) is Annotated:
            rest, *extras = get_args(rest)
            for extra in extras:
                shape = _merged(shape, extra) if isinstance(extra, Shape) else shape
        elif get_origin(rest) in (typing.Union, types.UnionType):
            inner = [arg for arg in get_args(rest) if arg is not types.NoneType]
            nullable, rest = True, inner[0]
        else:
            return Kind(rest, nullable, shape)


def fields_of(message: Any) -> tuple[tuple[Field[Any], Kind], ...]:
    """The fields of a message with their kinds, in their order."""
    return _fields_of(message)


@cache
def _fields_of(message: Any) -> tuple[tuple[Field[Any], Kind], ...]:
    hints = typing.get_type_hints(message, include_extras=True)
    return tuple((f, kind_of(hints[f.name])) for f in fields(message))


def is_optional(field: Field[Any]) -> bool:
    """True for a field that may be absent."""
    return field.default is not MISSING or field.default_factory is not MISSING


def is_open(message: type[Any]) -> bool:
    """True for a message that may have keys nobody here knows."""
    return bool(getattr(message, "__open__", False))


def read_message(message: type[Message], value: Any) -> Message:
    """A message from parsed JSON; BadFields names every wrong field."""
    problems: list[FieldProblem] = []
    made = _read_object(message, value, "", problems)
    if problems:
        raise BadFields(_("有的栏目没填好"), problems[:_MOST_PROBLEMS])
    return cast(Message, made)


def _read_object(message: type[Any], value: Any, path: str, problems: list[FieldProblem]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(FieldProblem(path, "not_an_object", _("应当是一个对象")))
        return None
    known, found = set(), {}
    for field, kind in fields_of(message):
        known.add(field.name)
        if field.name not in value:
            if not is_optional(field):
                problems.append(FieldProblem(path + field.name, "missing", _("必须填写")))
            continue
        found[field.name] = _read_field(kind, value[field.name], path + field.name, problems)
    if not is_open(message):
        problems += [FieldProblem(path + _shown(key), "unknown", _("没有这一栏")) for key in value if key not in known]
    return None if problems else message(**found)


def _shown(key: str) -> str:
    return _CONTROL.sub("�", key)[:_LONGEST_KEY]


def _read_field(kind: Kind, value: Any, path: str, problems: list[FieldProblem]) -> Any:
    if value is None and kind.nullable:
        return None
    if is_dataclass(kind.of):
        return _read_object(cast("type[Any]", kind.of), value, path + ".", problems)
    if get_origin(kind.of) is tuple:
        return _read_list(kind, value, path, problems)
    try:
        return _READERS[kind.of](value, kind.shape) if kind.of in _READERS else _read_choice(kind.of, value)
    except Wrong as wrong:
        problems.append(FieldProblem(path, wrong.code, wrong.message))
        return None


def _read_list(kind: Kind, value: Any, path: str, problems: list[FieldProblem]) -> Any:
    if not isinstance(value, list):
        problems.append(FieldProblem(path, "not_a_list", _("应当是一个列表")))
        return ()
    most = kind.shape.most
    if most is not None and len(value) > most:
        problems.append(FieldProblem(path, "too_many", _("最多 %(n)s 项", n=most)))
        return ()
    item = kind_of(get_args(kind.of)[0])
    return tuple(_read_field(item, each, f"{path}.{n}", problems) for n, each in enumerate(value))


def _read_text(value: Any, shape: Shape) -> str:
    if not isinstance(value, str):
        raise Wrong("not_text", _("应当是文字"))
    if _CONTROL.search(value):
        raise Wrong("bad_character", _("有不能用的字符"))
    if len(value) < (shape.least or 0):
        raise Wrong("too_short", _("必须填写") if shape.least == 1 else _("最少 %(n)s 个字", n=shape.least))
    if shape.most is not None and len(value) > shape.most:
        raise Wrong("too_long", _("最多 %(n)s 个字", n=shape.most))
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        raise Wrong("bad_form", _("写法不对"))
    return value


def _read_whole(value: Any, shape: Shape) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("not_an_integer", _("应当是整数"))
    _within(value, shape)
    return value


def _read_number(value: Any, shape: Shape) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Wrong("not_a_number", _("应当是数"))
    _within(value, shape)
    return float(value)


def _within(value: float, shape: Shape) -> None:
    if (shape.least is not None and value < shape.least) or (shape.most is not None and value > shape.most):
        raise Wrong("out_of_range", _("要在 %(a)s 到 %(b)s 之间", a=shape.least, b=shape.most))


def _read_flag(value: Any, _shape: Shape) -> bool:
    if not isinstance(value, bool):
        raise Wrong("not_a_flag", _("应当是 true 或 false"))
    return value


def _read_day(value: Any, _shape: Shape) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
    except ValueError:
        raise Wrong("not_a_day", _("日期要写成 2026-11-20 的样子")) from None


def read_moment(value: Any, _shape: Shape = Shape()) -> datetime:  # frozen, so it may be shared
    """A moment as RFC 3339 writes it, with its offset; Wrong otherwise."""
    try:
        found = datetime.fromisoformat(value.upper()) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
        if found is not None and _FIRST_YEAR <= found.year <= _LAST_YEAR:
            return found
    except ValueError:
        pass
    raise Wrong("not_a_moment", _("时间要写成 2026-11-20T09:30:00+08:00 的样子"))


def _read_choice(choices: type[StrEnum], value: Any) -> StrEnum:
    try:
        return choices(value)
    except ValueError:
        raise Wrong("not_a_choice", _("只能从列出的里面选")) from None


_READERS: Mapping[Any, Any] = {
    str: _read_text,
    int: _read_whole,
    float: _read_number,
    bool: _read_flag,
    date: _read_day,
    datetime: read_moment,
}


def as_json(value: Any) -> Any:
    """A message as JSON values: moments in RFC 3339, optional fields without a value left out."""
    if is_dataclass(value) and not isinstance(value, type):
        written = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: as_json(held) for f, held in written if held is not None or not is_optional(f)}
    if isinstance(value, (tuple, list)):
        return [as_json(each) for each in value]
    if isinstance(value, datetime):
        return iso_millis(value)
    return value.isoformat() if isinstance(value, date) else value


_TYPES: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
}


def schema_of(annotation: Any, named: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a type; messages and enums go into `named` and are referred to."""
    kind = kind_of(annotation)
    schema = _schema(kind, named)
    if kind.shape.says:
        schema = {**schema, "description": kind.shape.says}
    if kind.shape.example is not None:
        schema = {**schema, "examples": [kind.shape.example]}
    return {"anyOf": [schema, {"type": "null"}]} if kind.nullable else schema


def _schema(kind: Kind, named: dict[str, Any]) -> dict[str, Any]:
    if kind.of in _TYPES:
        return {**_TYPES[kind.of], **_limits(kind)}
    if get_origin(kind.of) is tuple:
        limits = {"maxItems": kind.shape.most} if kind.shape.most is not None else {}
        return {"type": "array", "items": schema_of(get_args(kind.of)[0], named), **limits}
    name: str = kind.of.__name__
    if name not in named:
        named[name] = {}  # a message may hold itself
        named[name] = _object(kind.of, named) if is_dataclass(kind.of) else _choices(kind.of)
    return {"$ref": f"#/components/schemas/{name}"}


def _limits(kind: Kind) -> dict[str, Any]:
    shape = kind.shape
    low, high = ("minLength", "maxLength") if kind.of is str else ("minimum", "maximum")
    limits = {low: shape.least, high: shape.most, "pattern": f"^(?:{shape.pattern})$" if shape.pattern else None}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _choices(choices: type[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [each.value for each in choices], "description": (choices.__doc__ or "").strip()}


def _object(message: Any, named: dict[str, Any]) -> dict[str, Any]:
    parts = fields_of(message)
    hints = typing.get_type_hints(message, include_extras=True)
    properties = {field.name: schema_of(hints[field.name], named) for field, _kind in parts}
    required = [field.name for field, _kind in parts if not is_optional(field)]
    schema: dict[str, Any] = {
        "type": "object",
        "description": (message.__doc__ or "").strip(),
        "properties": properties,
    }
    if required:
        schema["required"] = required
    if not is_open(message):
        schema["additionalProperties"] = False
    return schema
