"""Fields of a register page: how one is shown, typed, read and compared. Shape and wording only.

A value is read by the same reader as a cell of a file, so that a form and a file accept and refuse alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import wtforms
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms import validators

from portal.kernel.cells import CLEAR, CellError, CellKind, CellRule, read_cell
from portal.kernel.errors import BadInput, ProductError
from portal.kernel.money import format_yuan
from portal.registers.divisions import queries as divisions
from portal.registers.divisions.rules import pad_code
from portal.web.forms import Form, choice, strip, text
from portal.web.language import clauses

Choices = Sequence[tuple[str, Any]] | Callable[[], Sequence[tuple[str, Any]]]
NOTHING: Mapping[str, str] = {}
YES_NO = (("", _l("不知道")), ("是", _l("是")), ("否", _l("否")))


class Kind(StrEnum):
    """What a field holds; it decides input, reading and display."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    MONEY = "fen"  # yuan on the screen, fen inside
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    DIVISION = "division"  # code or unique name; shown by its path
    UNIT = "unit"  # code or unique name in the form, the unit's id inside
    WORDS = "words"  # typed freely; words that the trade knows are shown in the reader's language
    DEGREES = "degrees"  # ×10^7 inside
    SEALED = "sealed"  # typed in the open, kept sealed, shown masked


_READERS = {
    Kind.TEXT: CellRule(CellKind.TEXT),
    Kind.LONG: CellRule(CellKind.TEXT),
    Kind.WORDS: CellRule(CellKind.TEXT),
    Kind.NUMBER: CellRule(CellKind.INTEGER),
    Kind.MONEY: CellRule(CellKind.MONEY),
    Kind.DATE: CellRule(CellKind.DATE),
    Kind.YES_NO: CellRule(CellKind.YN),
    Kind.DIVISION: CellRule(CellKind.TEXT),
    Kind.UNIT: CellRule(CellKind.TEXT),
    Kind.DEGREES: CellRule(CellKind.DEGREES),
}


@dataclass(frozen=True)
class Field:
    """One field of a record: `name` is what the action takes; `column` where its value stands, if it differs.

    `key`: asked when a record is new, shown and not asked in a correction. `shown_only`: never asked. `private`: whoever
    lacks the page's full right sees its masked form, or nothing.
    """

    name: str
    label: Any
    kind: Kind = Kind.TEXT
    choices: Choices = ()
    required: bool = False
    hint: Any = ""
    key: bool = False
    shown_only: bool = False
    column: str = ""
    private: bool = False

    @property
    def source(self) -> str:
        """The column of the record."""
        return self.column or self.name


@dataclass(frozen=True)
class Read:
    """A form that was read: values for the action, and what is wrong, by field."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def options(chosen: Choices) -> Sequence[tuple[str, Any]]:
    """The choices of a field, asked for when they are needed."""
    return chosen() if callable(chosen) else chosen


def form_class(fields: Sequence[Field], is_new: bool, present: Mapping[str, str] = NOTHING) -> type[Form]:
    """The form of a page: its fields, the reason, and the version that the person has before the eyes.

    `present`: what stands now, as typed; a value that no list knows stays choosable.
    """
    members: dict[str, Any] = {f.name: _control(f, present.get(f.name, "")) for f in asked(fields, is_new)}
    members["why"] = wtforms.TextAreaField(
        _l("登记依据") if is_new else _l("为什么这样改，依据什么"), filters=[strip], render_kw={"rows": 2}
    )
    members["version"] = wtforms.HiddenField()
    members["seen_at"] = wtforms.HiddenField()
    members["step"] = wtforms.HiddenField(default="look")
    return type("RecordForm", (Form,), members)


def asked(fields: Sequence[Field], is_new: bool) -> list[Field]:
    """The fields that a form asks: keys only for a new record."""
    return [f for f in fields if not f.shown_only and (is_new or not f.key)]


def _control(f: Field, present: str) -> Any:
    if f.kind is Kind.CHOICE:
        listed = options(f.choices)
        unlisted = [] if present in {str(v) for v, _label in listed} else [(present, present or _l("（空）"))]
        if present and not f.required:
            unlisted = [("", _l("（空）")), *unlisted]
        return choice(f.label, [*unlisted, *listed], validators.Optional(), hint=f.hint, validate_choice=False)
    if f.kind is Kind.YES_NO:
        return choice(f.label, YES_NO, validators.Optional(), hint=f.hint, validate_choice=False)
    if f.kind is Kind.LONG:
        return wtforms.TextAreaField(f.label, filters=[strip], description=f.hint, render_kw={"rows": 3})
    more = {"autocomplete": "off"} if f.kind is Kind.SEALED else {}
    if f.kind in (Kind.NUMBER, Kind.MONEY, Kind.DEGREES):
        more["inputmode"] = "decimal"
    return text(f.label, hint=f.hint or _hint(f.kind), render_kw=more)


def _hint(kind: Kind) -> Any:
    return {
        Kind.SEALED: _l("不填就不改；填“清空”就删掉"),
        Kind.DIVISION: _l("12 位代码或唯一的名称"),
        Kind.UNIT: _l("单位编码或唯一的名称"),
        Kind.DATE: _l("例如 2026-09-02"),
        Kind.MONEY: _l("元，最多两位小数"),
    }.get(kind, "")


def read_form(
    session: Session, form: Form, fields: Sequence[Field], is_new: bool, present: Mapping[str, str] = NOTHING
) -> Read:
    """Read what was typed. Blank empties a field; a blank sealed field leaves the number alone."""
    found = Read()
    for f in asked(fields, is_new):
        typed = form[f.name].data or ""
        try:
            is_kept = f.kind is Kind.CHOICE and typed == present.get(f.name)
            value = (typed or None) if is_kept else read_value(session, f, typed)
        except CellError as error:
            found.errors[f.name] = clauses(error.why, error.fix)
            continue
        except ProductError as error:
            found.errors[f.name] = clauses(error.what, error.fix)
            continue
        if f.required and value is None:
            found.errors[f.name] = _("这一项要填")
        elif f.kind is not Kind.SEALED or typed:
            found.values[f.name] = value
    if not (form["why"].data or "").strip():
        found.errors["why"] = (
            _("写明登记依据：每次登记都要说明，并写入留痕") if is_new else _("写明原因：每次更改都要说明，并写入留痕")
        )
    return found


def read_value(session: Session, f: Field, typed: str) -> Any:
    """One typed text as the value that the action takes; CellError or ProductError when it cannot be read."""
    if f.kind is Kind.CHOICE:
        if typed and typed not in {str(value) for value, _label in options(f.choices)}:
            raise BadInput("选项里没有这一项", fix="从列出的各项里选")
        return typed or None
    if f.kind is Kind.SEALED:
        return "" if typed == "清空" else typed
    value = read_cell(typed, _READERS[f.kind]).value
    if value is None or value is CLEAR:
        return None
    if f.kind is Kind.DIVISION:
        return read_division(session, str(value))
    return divisions.get_unit(session, str(value)).id if f.kind is Kind.UNIT else value


def read_division(session: Session, typed: str) -> str:
    """A division's code from a code or a name that only one division has."""
    if typed.isascii() and typed.isdigit() and len(typed) <= 12:
        return divisions.get_division(session, pad_code(typed)).code
    found = [f for f in divisions.search_divisions(session, typed) if f.name == typed]
    if len(found) != 1:
        raise BadInput("按名称找不到唯一的区划", fix="改填 12 位区划代码")
    return found[0].code


def typed_of(f: Field, value: Any, units: Mapping[int, str]) -> str:
    """A kept value as its input shows it."""
    if value is None or f.kind is Kind.SEALED:
        return ""
    if f.kind is Kind.MONEY:
        return format_yuan(value).replace(",", "")
    if f.kind is Kind.DEGREES:
        return f"{value / 10**7:.7f}".rstrip("0").rstrip(".")
    if f.kind is Kind.UNIT:
        return units.get(value, "")
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
