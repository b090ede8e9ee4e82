"""Forms of exposures."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.web.forms import Form, choice, needed, text
from supervision import case_words as words
from supervision.forms.cases import long_text


class ExposureForm(Form):
    """曝光."""

    title = text(_l("标题"), needed(_l("填写标题")), hint=_l("地方、什么事；不写群众的姓名"))
    kind = choice(_l("问题类别"), [("", _l("（选一个）")), *words.PROBLEMS.items()], needed(_l("选一类")))
    division_code = text(_l("发生地（区划代码）"), needed())
    organ = text(_l("发布机关"), needed(_l("填写机关")))
    body = long_text(
        _l("正文"), _l("写什么问题、怎么处理、钱追回没有。群众一律不写姓名、号码、病情"), 8, needed(_l("写正文"))
    )
    withdraw_on = wtforms.DateField(_l("撤下日期"), [needed(_l("填写日期"))])


class WhyForm(Form):
    """Why it is released, sent back or taken down."""

    why = text(_l("说明"), needed(_l("写明核对了什么，或者为什么")))
