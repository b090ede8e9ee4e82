"""The forms of a household's own pages: taps first, nothing typed where a tap will do."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators
from wtforms.fields.choices import SelectChoice

from portal.kernel.errors import BadFields
from portal.public.forms.need_help import TROUBLES
from portal.registers.helpers.check_ins.answers.queries import Recollection
from portal.registers.recipients.procedures.reconfirmations.queries import Response
from portal.web.forms import Form, strip, text
from portal.web.language import gettext as _

RESPONSES = {
    Response.EXPLAINED: _l("我说明一下情况"),
    Response.CHANGED: _l("原来报错了，我改"),
    Response.MAINTAINED: _l("没有错，就是这样"),
    Response.WITHDREW: _l("我自愿退出"),
}


class AnswerForm(Form):
    """对, 不对 (and what), 不知道: which button was pressed."""

    answer = wtforms.StringField()
    what = wtforms.StringField()
    version = wtforms.StringField()
    year = wtforms.StringField()


class DisputeForm(Form):
    """Whether the household accepts the answer to its dispute."""

    no = wtforms.StringField()
    accepts = wtforms.StringField("", [validators.AnyOf(("yes", "no"))])


class VisitForm(Form):
    """来过, 没来过, 记不清."""

    answer = wtforms.StringField("", [validators.AnyOf([str(one) for one in Recollection])])


class ExitForm(Form):
    """同意, 不同意 退出."""

    agreed = wtforms.StringField("", [validators.AnyOf(("yes", "no"))])


class OwnHelpForm(Form):
    """One tap says what is wrong; who it is stands in the register."""

    kind = wtforms.RadioField(
        _l("最主要的困难"), choices=[SelectChoice(k.value, v) for k, v in TROUBLES.items()], validate_choice=False
    )
    phone = text(
        _l("能打通的电话"), hint=_l("不填，就打登记的电话"),
        render_kw={"autocomplete": "tel", "inputmode": "tel", "maxlength": "30"},
    )  # fmt: skip
    words = wtforms.TextAreaField(
        _l("想说的话"), filters=[strip], description=_l("可以不填，入户时再说"),
        render_kw={"rows": 3, "maxlength": "500", "autocomplete": "off"},
    )  # fmt: skip

    def blame_known(self, error: BadFields) -> None:
        """Show each problem beside its field; what is not asked here (the name) is said on top."""
        for problem in error.errors:
            if (field := self._fields.get(problem.field)) is not None:
                field.errors = [*field.errors, _(problem.message)]


class ReconfirmForm(Form):
    """The household's one answer to a declared difference."""

    response = wtforms.RadioField(
        _l("您家怎么说"), choices=[SelectChoice(k.value, v) for k, v in RESPONSES.items()], validate_choice=False
    )
    words = wtforms.TextAreaField(
        _l("写几句"), filters=[strip], description=_l("选前两项要写"),
        render_kw={"rows": 4, "maxlength": "500", "autocomplete": "off"},
    )  # fmt: skip
