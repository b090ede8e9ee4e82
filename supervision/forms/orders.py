"""Forms of supervision orders."""

from __future__ import annotations

from collections.abc import Sequence

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms import validators

from portal.kernel.errors import BadInput
from portal.oversight.orders.rules import Demand
from portal.web.forms import Form, choice, needed, text
from supervision import case_words as words
from supervision.forms.cases import long_text

MORE = (2, 3)


class OrderForm(Form):
    """督办单: filled in from a template; unit and days are what is left to say."""

    issuer = text(_l("签发机关"), needed(_l("填写机关全称")))
    title = text(
        _l("督办事项"), needed(_l("用一句话写明督办什么")), hint=_l("承办单位看得到；不写举报人，不写案由里的细节")
    )
    reason = choice(_l("为什么督办"), list(words.REASONS.items()))
    is_listed = wtforms.BooleanField(_l("挂牌督办"))
    body = long_text(_l("督办要求"), "", 5, needed(_l("写明要求")))
    unit_1 = text(_l("承办单位"), needed(_l("选承办单位")), hint=_l("单位编码或全称"), render_kw={"list": "units"})
    demand_1 = long_text(_l("要它做什么"), "", 2, needed(_l("写明要求")))
    days_1 = wtforms.IntegerField(_l("期限（工作日）"), [needed(_l("填写天数")), validators.NumberRange(1, 180)])
    unit_2 = text(_l("第二个承办单位"), render_kw={"list": "units"})
    demand_2 = long_text(_l("要它做什么"), "", 2)
    days_2 = wtforms.IntegerField(_l("期限（工作日）"), [validators.Optional(), validators.NumberRange(1, 180)])
    unit_3 = text(_l("第三个承办单位"), render_kw={"list": "units"})
    demand_3 = long_text(_l("要它做什么"), "", 2)
    days_3 = wtforms.IntegerField(_l("期限（工作日）"), [validators.Optional(), validators.NumberRange(1, 180)])

    def demands(self) -> Sequence[Demand]:
        """The tasks, as far as a unit is named."""
        found = [Demand(self.unit_1.data, self.demand_1.data or "", self.days_1.data or 0)]
        for n in MORE:
            unit, demand, days = (self[f"{name}_{n}"].data for name in ("unit", "demand", "days"))
            if unit:
                found.append(Demand(unit, demand or "", days or 0))
            elif demand or days:
                raise BadInput(f"第 {n} 项任务没有写承办单位", fix="选承办单位，或者清空这一项")
        return found


class SignForm(Form):
    """签发: nothing more to say."""


class CheckForm(Form):
    """核查."""

    n = wtforms.HiddenField()
    result = choice(
        _l("核查结果"),
        [("", _l("（选一个）")), ("pass", _l("已经办好")), ("return", _l("退回重办"))],
        needed(_l("选结果")),
    )
    text = long_text(_l("核查情况"), _l("看了什么、抽了几户"), 3, needed(_l("写明核查情况")))


class RaiseForm(Form):
    """提级."""

    unit = text(_l("提级给哪个单位"), needed(_l("填写单位")), hint=_l("单位编码或全称"), render_kw={"list": "units"})
    why = text(_l("为什么提级"), needed(_l("写明原因")))
