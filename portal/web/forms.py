"""The form that every door builds on: the session's token, one value per field, messages in the page's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, cast

import wtforms
from flask import request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import CombinedMultiDict
from wtforms import i18n, validators
from wtforms.csrf.core import CSRF
from wtforms.fields.choices import SelectChoice

from portal.kernel.errors import BadInput
from portal.web import csrf, uploads
from portal.web.language import ENGLISH, clauses, current_language

TOKEN_FIELD = csrf.FIELD
_MANY = (wtforms.SelectMultipleField, wtforms.FieldList, wtforms.MultipleFileField)


class SessionToken(CSRF):  # type: ignore[misc]  # WTForms comes without types
    """Puts the session's token into the form; access.enforce has already refused a wrong one."""

    def generate_csrf_token(self, csrf_token_field: wtforms.Field) -> str:
        """A fresh token for each page."""
        return csrf.token()

    def validate_csrf_token(self, form: wtforms.Form, field: wtforms.Field) -> None:
        """Checked before the view, for every form and every door at once."""


class Form(wtforms.Form):  # type: ignore[misc]  # WTForms comes without types
    """Base of all forms. Print `form.csrf_token` (a hidden field) inside every `<form method=post>`."""

    class Meta(wtforms.meta.DefaultMeta):  # type: ignore[misc]  # WTForms comes without types
        """CSRF on, texts in the page's language."""

        csrf = True
        csrf_class = SessionToken
        csrf_field_name = TOKEN_FIELD

        def get_translations(self, form: wtforms.Form) -> Any:
            """WTForms' own messages in the language of the page."""
            return None if current_language() == ENGLISH else i18n.get_translations(["zh"])

        def render_field(self, field: wtforms.Field, render_kw: dict[str, Any]) -> Any:
            """Our own messages instead of the browser's bubbles, which assistive technology reads badly."""
            render_kw.setdefault("required", False)
            if most := (field.render_kw or {}).get(uploads.MOST):
                render_kw.update(uploads.words(most))
            if field.name == TOKEN_FIELD:
                render_kw.setdefault("id", False)  # nothing leads to it, and a page carries as many as forms
            return super().render_field(field, render_kw)

    @classmethod
    def from_request(cls, **defaults: Any) -> Self:
        """The form as it was sent, or empty with its defaults on a GET."""
        sent: CombinedMultiDict[str, Any] | None = None
        if request.method not in ("GET", "HEAD"):
            sent = CombinedMultiDict(cast(Any, [request.files, request.form]))
        form = cls(sent, **defaults)
        form.refuse_doubles()
        return form

    def refuse_doubles(self) -> None:
        """A field that has one value may be sent once only (parameter pollution)."""
        for name, field in self._fields.items():
            if not isinstance(field, _MANY) and len(request.form.getlist(name)) > 1:
                raise BadInput(
                    "表单里同一项填了两个值", why=f"“{field.label.text}”出现了不止一次", fix="刷新页面后重新填写"
                )

    def sent_well(self) -> bool:
        """True when the form was sent and everything in it is right."""
        return request.method not in ("GET", "HEAD") and bool(self.validate())

    def told_apart(self, name: str) -> Self:
        """Ids of its own, for a page that carries several forms with fields of the same name; what is sent stays."""
        for field in self:
            field.id = field.label.field_id = f"{name}-{field.name}"
        return self

    def blame(self, error: BadInput, field: str) -> None:
        """Show a refusal of an action beside the field that caused it."""
        wrong = self._fields[field]
        wrong.errors = [*wrong.errors, clauses(error.what, error.why, error.fix)]


def strip(value: str | None) -> str | None:
    """Filter: text without blanks around it."""
    return value.strip() if isinstance(value, str) else value


def needed(message: Any = None) -> validators.DataRequired:
    """The field must be filled in; the message says what to fill in."""
    return validators.DataRequired(message or _l("这一项要填"))


def text(label: Any, *more: Any, hint: Any = "", **kw: Any) -> wtforms.StringField:
    """One line of text, stripped."""
    return wtforms.StringField(label, list(more), filters=[strip], description=hint, **kw)


def choice(
    label: Any, choices: Sequence[tuple[str, Any]], *more: Any, hint: Any = "", **kw: Any
) -> wtforms.SelectField:
    """One of a list."""
    shown = [SelectChoice(value, name) for value, name in choices]
    return wtforms.SelectField(label, list(more), choices=shown, description=hint, **kw)
