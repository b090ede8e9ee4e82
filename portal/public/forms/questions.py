"""The form of a public question."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.kernel.errors import BadFields
from portal.publishing.questions.queries import QuestionKind
from portal.publishing.questions.rules import Asked
from portal.web.forms import Form, strip, text
from portal.web.language import gettext as _
from portal.web.report_subjects import read_subject

KINDS = {QuestionKind.QUESTION: _l("提问"), QuestionKind.CORRECTION: _l("指出错误")}


class QuestionForm(Form):
    """What somebody asks. No session is read, so no token is asked for."""

    class Meta(Form.Meta):
        """No token, no cookie."""

        csrf = False

    division = wtforms.SelectField(_l("哪里的事"), validate_choice=False)
    subject = wtforms.HiddenField()
    altcha = wtforms.HiddenField()
    kind = wtforms.RadioField(
        _l("提问，还是指出错误"),
        choices=[SelectChoice(kind.value, name) for kind, name in KINDS.items()],
        default=QuestionKind.QUESTION.value,
        validate_choice=False,
    )
    text = wtforms.TextAreaField(
        _l("想问什么"),
        filters=[strip],
        description=_l("不要写姓名、电话、身份证号和病情；审核后会公开"),
        render_kw={"rows": 4, "maxlength": "2000", "autocomplete": "off"},
    )

    def asked(self, division: str) -> Asked:
        """What was typed."""
        return Asked(self.kind.data or "", division, self.text.data or "", read_subject(self.subject.data or ""))

    def blame_all(self, error: BadFields) -> None:
        """Show each problem beside its field."""
        for problem in error.errors:
            field = self._fields[problem.field]
            field.errors = [*field.errors, _(problem.message)]


class CodeForm(Form):
    """The secret of the receipt."""

    class Meta(Form.Meta):
        """No token, no cookie."""

        csrf = False

    code = text(_l("查询码"), render_kw={"autocomplete": "off", "inputmode": "numeric", "maxlength": "40"})
