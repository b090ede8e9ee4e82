"""Forms of requests for help and of whom policies have not reached."""

from __future__ import annotations

import wtforms
from flask_babel import lazy_gettext as _l

from portal.analysis.entitled.rules import Step as Followed
from portal.registers.recipients.procedures.files.rules import MOST_BYTES
from portal.registers.recipients.requests.rules import Step
from portal.web.forms import Form, choice, needed, strip, text
from portal.web.uploads import Uploads

UPLOADS = Uploads(MOST_BYTES)


def _words(label: object, hint: object = "") -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, filters=[strip], description=hint, render_kw={"rows": 3})


class OpenForm(Form):
    """Why one has to see what is asked for."""

    why = text(
        _l("为什么要看"), needed(_l("写明为什么要看，例如：安排入户")), hint=_l("打开会记一次留痕，计入当天限额")
    )


class VisitForm(Form):
    """Two persons were there."""

    visited_on = wtforms.DateField(_l("入户日期"), [needed(_l("填写日期"))])
    first = text(_l("入户的人"), needed(_l("填写姓名")))
    second_account = text(_l("同去的人的账号"), hint=_l("有账号的填账号；登记的人算第一个人，不能填自己"))
    second = text(_l("同去的人的姓名"), hint=_l("没有账号的，填姓名和单位，并上传两人签字的走访单"))
    second_unit = text(_l("同去的人的单位"))
    sheet = wtforms.FileField(_l("签字走访单的照片"), render_kw=UPLOADS.heed)
    found = _words(_l("看到的情况和本人的话"), _l("加密保存，只有办理的人打开得了"))


class AnswerForm(Form):
    """What comes of it."""

    step = choice(
        _l("怎么办"),
        [
            ("", _l("（选一个）")),
            (Step.PROCEDURE.value, _l("转入认定程序")),
            (Step.HELP.value, _l("另行帮扶")),
            (Step.DECLINE.value, _l("不予帮扶")),
            (Step.WITHDRAW.value, _l("本人撤回")),
        ],
        needed(_l("选一个结果")),
    )
    answer = _words(_l("写给申报人的答复"), _l("本人凭回执看得到；不予帮扶的，写明理由和怎么提异议"))


class FollowForm(Form):
    """What somebody found out about a household that a policy has not reached."""

    step = choice(
        _l("结果"),
        [
            ("", _l("（选一个）")),
            (Followed.APPLY.value, _l("已帮助申请")),
            (Followed.UNWILLING.value, _l("本人不要")),
            (Followed.NOT_ENTITLED.value, _l("核实不符合")),
        ],
        needed(_l("选一个结果")),
    )
    note = _words(_l("情况"), _l("哪天、和谁说的、为什么；加密保存"))
