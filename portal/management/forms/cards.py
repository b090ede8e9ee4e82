"""Forms of cards and of disputes."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.registers.recipients.answers.queries import Finding
from portal.web.forms import Form, choice, needed, strip, text

FINDINGS = {
    Finding.CORRECTED: _l("已更正"),
    Finding.EXPLAINED: _l("已说明"),
    Finding.UNCLEAR: _l("查不清"),
}


class PrintForm(Form):
    """Nothing but the token: which households stands in the address."""


class CardReasonForm(Form):
    """Why a card is replaced or taken out of force."""

    why = text(_l("为什么"), needed(_l("写明为什么：丢了、坏了、给错了、搬走了")))


class FindingForm(Form):
    """What was found, in words that the household reads."""

    finding = choice(
        _l("核查结果"), [("", _l("（选一个）")), *((k.value, v) for k, v in FINDINGS.items())], needed(_l("选一个结果"))
    )
    words = wtforms.TextAreaField(
        _l("给本户的答复"),
        filters=[strip],
        description=_l("本户会看到这几句话：查了什么、结果是什么、下一步怎么办"),
        validators=[needed(_l("写给本户的答复"))],
        render_kw={"rows": 4, "maxlength": "500"},
    )
