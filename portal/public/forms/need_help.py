"""The form of a request for help: three short fields, two pick lists, and words if one likes."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from portal.kernel.errors import BadFields
from portal.registers.recipients.requests.queries import ForWhom, Trouble
from portal.registers.recipients.requests.rules import Wish
from portal.web.forms import Form, strip, text
from portal.web.language import gettext as _

TROUBLES = {
    Trouble.ILLNESS: _l("看病花钱多"),
    Trouble.DISABILITY: _l("残疾或没人照顾"),
    Trouble.SCHOOLING: _l("孩子上学困难"),
    Trouble.DISASTER: _l("遭了灾、出了事故"),
    Trouble.NO_WORK: _l("没活干、没收入"),
    Trouble.HOUSING: _l("房子不安全"),
    Trouble.WATER: _l("吃水困难"),
    Trouble.OTHER: _l("其他困难"),
}
FOR_WHOM = {ForWhom.SELF: _l("为自己家"), ForWhom.OTHER: _l("替别人")}


class NeedHelpForm(Form):
    """What is asked for, and where to reach the household."""

    at = wtforms.HiddenField()
    kind = wtforms.RadioField(
        _l("最主要的困难"), choices=[SelectChoice(k.value, v) for k, v in TROUBLES.items()], validate_choice=False
    )
    for_whom = wtforms.RadioField(
        _l("替谁申报"),
        choices=[SelectChoice(k.value, v) for k, v in FOR_WHOM.items()],
        default=ForWhom.SELF.value,
        validate_choice=False,
    )
    name = text(_l("有困难的人的姓名"), render_kw={"autocomplete": "off", "maxlength": "40"})
    phone = text(_l("能打通的电话"), render_kw={"autocomplete": "off", "inputmode": "tel", "maxlength": "30"})
    id_number = text(
        _l("有困难的人的身份证号"),
        hint=_l("记不清可以不填"),
        render_kw={"autocomplete": "off", "maxlength": "30"},
    )
    words = wtforms.TextAreaField(
        _l("想说的话"),
        filters=[strip],
        description=_l("可以不填，入户时再说"),
        render_kw={"rows": 3, "maxlength": "500", "autocomplete": "off"},
    )
    altcha = wtforms.HiddenField()

    def wish(self) -> Wish:
        """What was typed."""
        return Wish(
            self.name.data or "", self.phone.data or "", self.id_number.data or "", self.kind.data or "",
            self.for_whom.data or "", self.words.data or "",
        )  # fmt: skip

    def blame_all(self, error: BadFields) -> None:
        """Show each problem beside its field."""
        for problem in error.errors:
            field = self._fields[problem.field]
            field.errors = [*field.errors, _(problem.message)]


class CodeForm(Form):
    """The secret of the receipt."""

    code = text(_l("回执上的 16 位数字"), render_kw={"autocomplete": "off", "inputmode": "numeric", "maxlength": "40"})
